//! Learning from `usage`, replayed over the recordings: each model is unknown at first, and learned
//! from its answers in time order. And drift: none where nothing changed, and all that is put into
//! the recordings.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, Case};
use tokenfit::learn::{Billed, Calibration, Shape};
use tokenfit::model::Day;
use tokenfit::{Accuracy, Models, Request, RequestCount, TokenCount};

/// A recorded request with its bill.
struct Answer {
    id: String,
    body: String,
    billed: u64,
    day: Option<Day>,
    at: u64,
    kind: &'static str,
    shape: Shape,
}

/// Answers of one model at one host and API, in time order; those without a day come first.
struct Stream {
    file: String,
    model: String,
    family: String,
    /// Whether the crate has the vocabulary.
    public: bool,
    answers: Vec<Answer>,
}

fn kind_of(shape: &Shape) -> &'static str {
    match shape {
        _ if shape.media + shape.hidden > 0 => "media",
        _ if shape.format == 1 => "schema",
        _ if shape.calls + shape.results > 0 => "calls",
        _ if shape.tools > 0 => "tools",
        _ => "text",
    }
}

fn streams() -> Vec<Stream> {
    let suspicious = common::suspicious();
    let mut streams: BTreeMap<(String, String), Stream> = BTreeMap::new();
    for set in ["counts", "counts_2"] {
        let mut files: Vec<String> = std::fs::read_dir(common::shared(&format!("cases/{set}")))
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        for file in files {
            for case in common::cases_of(set, &file) {
                if case.undetermined() || suspicious.contains(&case.id) {
                    continue;
                }
                let Some(answer) = answer(&case) else {
                    continue;
                };
                let known = Models::builtin().get(case.answered_by()).ok();
                streams
                    .entry((file.clone(), case.answered_by().to_owned()))
                    .or_insert_with(|| Stream {
                        file: file.clone(),
                        model: case.answered_by().to_owned(),
                        family: known
                            .as_ref()
                            .map_or("unlisted", |model| model.provider())
                            .to_owned(),
                        public: known.as_ref().is_some_and(|model| {
                            model.encoding().is_some()
                                || matches!(model.provider(), "google" | "anthropic" | "mistral")
                        }),
                        answers: Vec::new(),
                    })
                    .answers
                    .push(answer);
            }
        }
    }
    let mut streams: Vec<Stream> = streams.into_values().collect();
    for stream in &mut streams {
        stream
            .answers
            .sort_by(|one, other| (one.day, &one.id).cmp(&(other.day, &other.id)));
        for (nth, answer) in stream.answers.iter_mut().enumerate() {
            answer.at = nth as u64 * 86_400_000;
        }
    }
    streams
}

fn answer(case: &Case) -> Option<Answer> {
    let body = common::in_wire_order(case.request.get());
    let request = Request::parse(&body).ok()?;
    let shape = Shape::of(&request);
    Some(Answer {
        id: case.id.clone(),
        billed: case.expected_input_tokens,
        day: case.recorded.as_deref().and_then(|day| day.parse().ok()),
        at: 0,
        kind: kind_of(&shape),
        shape,
        body,
    })
}

#[derive(Default)]
struct Row {
    of: usize,
    exact: usize,
    near: usize,
    held: usize,
    called_exact: usize,
    right: usize,
    widths: Vec<f64>,
}

impl Row {
    fn add(&mut self, total: TokenCount, billed: u64) {
        let upper = total.upper().unwrap_or(u64::MAX);
        let exact = total.tokens() == billed;
        self.of += 1;
        self.exact += usize::from(exact);
        self.near += usize::from(total.tokens().abs_diff(billed) * 100 <= billed);
        self.held += usize::from((total.lower()..=upper).contains(&billed));
        self.called_exact += usize::from(total.accuracy() == Accuracy::Exact);
        self.right += usize::from(total.accuracy() == Accuracy::Exact && exact);
        self.widths
            .push((upper - total.lower()) as f64 / total.tokens().max(1) as f64);
    }

    fn percent(&self, of: usize) -> f64 {
        100.0 * of as f64 / self.of.max(1) as f64
    }

    fn print(&mut self, name: &str) {
        self.widths.sort_by(f64::total_cmp);
        let median = self
            .widths
            .get(self.widths.len() / 2)
            .copied()
            .unwrap_or(0.0);
        println!(
            "| {name:<34} | {:>4} | {:>5.1} | {:>5.1} | {:>5.1} | {:>6.1} | {:>5.1} | {:>5.1} |",
            self.of,
            self.percent(self.exact),
            self.percent(self.near),
            self.percent(self.held),
            100.0 * median,
            self.percent(self.called_exact),
            100.0 * self.right as f64 / self.called_exact.max(1) as f64,
        );
    }
}

/// After how many answers of the same kind.
fn after(seen: usize) -> Option<&'static str> {
    Some(match seen {
        0 => " 0",
        3..=9 => " 3",
        10..=29 => "10",
        30.. => "30",
        _ => return None,
    })
}

#[test]
#[ignore = "needs the recordings"]
fn each_model_is_unknown_at_first() {
    let hidden = Models::builtin()
        .overrides(r#"{"id": "hidden-model"}"#)
        .unwrap()
        .get("hidden-model")
        .unwrap();
    let mut by_kind: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    let mut by_family: BTreeMap<(String, &str, &str), Row> = BTreeMap::new();
    let mut bounds = Row::default();
    let mut public_text = Row::default();
    let mut misses = Vec::new();
    let mut outside = Vec::new();
    let mut slowest = std::time::Duration::ZERO;
    let mut largest = 0;
    for stream in streams() {
        let mut calibration = Calibration::default();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for answer in &stream.answers {
            let request = Request::parse(&answer.body).unwrap();
            let unknown = hidden.count(&request);
            let before = *seen.entry(answer.kind).or_default();
            let start = std::time::Instant::now();
            let learned = calibration.learn();
            slowest = slowest.max(start.elapsed());
            let count = learned.apply("host", &request, unknown.clone());
            if answer.shape.hidden == 0
                && let Some(after) = after(before)
            {
                let total = count.total();
                by_kind
                    .entry((answer.kind, after))
                    .or_default()
                    .add(total, answer.billed);
                by_family
                    .entry((stream.family.clone(), answer.kind, after))
                    .or_default()
                    .add(total, answer.billed);
                bounds.add(total, answer.billed);
                let upper = total.upper().unwrap_or(u64::MAX);
                if before >= 10 && !(total.lower()..=upper).contains(&answer.billed) {
                    outside.push(format!(
                        "{} {} {} {}: {total}, billed {}",
                        answer.kind, stream.file, stream.model, answer.id, answer.billed
                    ));
                }
                if stream.public && answer.kind == "text" && before >= 10 {
                    public_text.add(total, answer.billed);
                    if total.tokens() != answer.billed {
                        misses.push(format!(
                            "{} {} {}: {total}, billed {}",
                            stream.file, stream.model, answer.id, answer.billed
                        ));
                    }
                }
            }
            *seen.entry(answer.kind).or_default() += 1;
            calibration.observe(
                "host",
                &request,
                &unknown,
                Billed::new(answer.billed),
                answer.at,
            );
            largest = largest.max(calibration.max_model_bytes());
        }
        if stream.answers.len() >= 40 {
            for rule in calibration.learn().rules() {
                println!("{} {}: {rule}", stream.file, stream.model);
            }
        }
    }
    println!(
        "| kind, after | n | exact % | within 1 % | bounds hold | width % | called exact | of these right |"
    );
    for ((kind, after), row) in &mut by_kind {
        row.print(&format!("{kind} {after}"));
    }
    for ((family, kind, after), row) in by_family.iter_mut().filter(|(_, row)| row.of >= 5) {
        row.print(&format!("{family} {kind} {after}"));
    }
    bounds.print("all");
    public_text.print("text after 10, public vocabulary");
    misses.iter().for_each(|miss| println!("  {miss}"));
    println!("outside of their bounds after ten answers:");
    outside.iter().for_each(|miss| println!("  {miss}"));
    println!("slowest search {slowest:?}, largest model {largest} bytes");
    assert!(public_text.percent(public_text.exact) >= 90.0);
    assert!(bounds.percent(bounds.held) >= 97.0);
    assert!(largest <= 64 << 10);
}

/// Counts by the crate's own rules, on the day of the recording.
fn known_count(stream: &Stream, answer: &Answer) -> Option<RequestCount> {
    let models = match answer.day {
        Some(day) => Models::builtin().on(day),
        None => Models::builtin(),
    };
    let request = Request::parse(&answer.body).ok()?;
    let model = models.get(&stream.model).ok()?;
    Some(model.count(&request))
}

/// Files whose host bills as the vendor does.
fn is_own_host(file: &str) -> bool {
    ["openai_", "azure_", "anthropic_", "pub_"]
        .iter()
        .any(|host| file.starts_with(host))
}

fn observed(
    counted: &[(&Answer, RequestCount)],
    more: impl Fn(&Answer) -> i64,
) -> (Calibration, Option<(&'static str, usize)>) {
    let mut calibration = Calibration::default();
    for (nth, (answer, count)) in counted.iter().enumerate() {
        let request = Request::parse(&answer.body).unwrap();
        let billed = answer.billed.saturating_add_signed(more(answer));
        calibration.observe("host", &request, count, Billed::new(billed), answer.at);
        if let Some(drift) = calibration.drifts().first() {
            return (calibration.clone(), Some((drift.has, nth)));
        }
    }
    (calibration, None)
}

#[test]
#[ignore = "needs the recordings"]
fn drift_is_reported_where_it_is_put_in_and_nowhere_else() {
    type Constant = (&'static str, fn(&Shape) -> u32);
    const CONSTANTS: [Constant; 10] = [
        ("request", |_| 1),
        ("system message", |shape| shape.system),
        ("user message", |shape| shape.user),
        ("answer in the history", |shape| shape.assistant),
        ("request with tools", |shape| u32::from(shape.tools > 0)),
        ("tool", |shape| shape.tools),
        ("call", |shape| shape.calls),
        ("result", |shape| shape.results),
        ("schema", |shape| u32::from(shape.format == 1)),
        // Escapes appear or disappear.
        ("call or result beyond ASCII", |shape| shape.wide_calls),
    ];
    let mut false_reports = Vec::new();
    let mut reported: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut observations = 0;
    for stream in streams().iter().filter(|stream| is_own_host(&stream.file)) {
        let counted: Vec<(&Answer, RequestCount)> = stream
            .answers
            .iter()
            .filter_map(|answer| Some((answer, known_count(stream, answer)?)))
            .filter(|(_, count)| count.accuracy() == Accuracy::Exact)
            .collect();
        observations += counted.len();
        if let (_, Some((has, nth))) = observed(&counted, |_| 0) {
            false_reports.push(format!(
                "{} {}: {has} at {}",
                stream.file, stream.model, counted[nth].0.id
            ));
        }
        // Only what the rules give exactly, so that the drift is the only difference.
        let exact: Vec<(&Answer, RequestCount)> = counted
            .into_iter()
            .filter(|(answer, count)| count.tokens() == answer.billed)
            .collect();
        for (name, times) in CONSTANTS {
            let affected: BTreeSet<u64> = exact
                .iter()
                .filter(|(answer, _)| times(&answer.shape) > 0)
                .map(|(answer, _)| answer.at)
                .collect();
            if affected.len() < 6 {
                continue;
            }
            let from = *affected.iter().nth(affected.len() / 2).unwrap();
            for by in [1_i64, -1, 3, -3, 20, -20, 300] {
                let more = |answer: &Answer| match answer.at >= from {
                    true => by * i64::from(times(&answer.shape)),
                    false => 0,
                };
                let valid = exact
                    .iter()
                    .all(|(answer, _)| answer.billed as i64 + more(answer) > 0);
                if !valid {
                    continue;
                }
                let (_, report) = observed(&exact, more);
                let entry = reported.entry(format!("{name} {by:+}")).or_default();
                entry.0 += 1;
                if let Some((_, nth)) = report {
                    let at = exact[nth].0.at;
                    let answers = affected.range(from..=at).count();
                    entry.1 += usize::from(answers <= 3);
                }
            }
        }
    }
    let (mut of, mut within) = (0, 0);
    for (name, (n, ok)) in &reported {
        println!("{name:<28} {ok} of {n} within three answers");
        of += n;
        within += ok;
    }
    println!("reported within three answers: {within} of {of}");
    println!(
        "reports over {observations} recordings as they are: {}",
        false_reports.len()
    );
    false_reports
        .iter()
        .for_each(|report| println!("  {report}"));
    assert!(within * 100 >= of * 95);
}
