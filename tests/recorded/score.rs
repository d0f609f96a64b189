//! Counts of recorded requests compared with the bill: shares, bounds, widths, and lists of misses.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, Case};
use tokenfit::model::Host;
use tokenfit::request::PartKind;
use tokenfit::{Accuracy, Format, Model, Request, TokenCount};

/// Count of one recorded request.
pub(crate) struct Score {
    pub(crate) id: String,
    pub(crate) model: String,
    /// Row of the table: family, feature, host or generation.
    pub(crate) row: Vec<String>,
    pub(crate) expected: u64,
    pub(crate) total: TokenCount,
    pub(crate) reasons: BTreeSet<&'static str>,
    /// Whether the request does not determine its count.
    pub(crate) hidden: bool,
}

impl Score {
    pub(crate) fn right(&self) -> bool {
        self.total.tokens() == self.expected
    }

    pub(crate) fn upper(&self) -> u64 {
        self.total.upper().unwrap_or(u64::MAX)
    }

    pub(crate) fn held(&self) -> bool {
        (self.total.lower()..=self.upper()).contains(&self.expected)
    }

    pub(crate) fn claims(&self) -> bool {
        self.total.accuracy() == Accuracy::Exact
    }
}

/// Shares of a list of scores, in percent.
pub(crate) struct Shares {
    pub(crate) exact: f64,
    pub(crate) held: f64,
    /// Share of right counts among those that are called exact.
    pub(crate) claimed_right: f64,
    pub(crate) claimed: usize,
    /// Median width of the bounds of the others.
    pub(crate) width: f64,
}

pub(crate) fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

/// Prints and returns the shares of scores.
pub(crate) fn print(name: &str, scores: &[&Score]) -> Shares {
    let of = |is: fn(&Score) -> bool| scores.iter().filter(|score| is(score)).count();
    let mut widths: Vec<f64> = scores
        .iter()
        .filter(|score| !score.claims())
        .map(|score| {
            100.0 * score.upper().saturating_sub(score.total.lower()) as f64
                / score.expected.max(1) as f64
        })
        .collect();
    widths.sort_by(f64::total_cmp);
    let right = of(|score| score.claims() && score.right());
    let shares = Shares {
        exact: percent(of(Score::right), scores.len()),
        held: percent(of(Score::held), scores.len()),
        claimed: of(Score::claims),
        claimed_right: percent(right, of(Score::claims)),
        width: widths.get(widths.len() / 2).copied().unwrap_or_default(),
    };
    let farthest = |off: fn(&Score) -> u64| scores.iter().map(|score| off(score)).max();
    let below = farthest(|score| score.total.tokens().saturating_sub(score.expected));
    let above = farthest(|score| score.expected.saturating_sub(score.total.tokens()));
    println!(
        "{name:<44} {:>4}  exact {:>5.1} %  in bounds {:>5.1} %  called exact {:>4}, right {right:>4}  median width of others {:>5.1} %  off -{} +{}",
        scores.len(),
        shares.exact,
        shares.held,
        shares.claimed,
        shares.width,
        below.unwrap_or_default(),
        above.unwrap_or_default(),
    );
    shares
}

/// Prints a line for each row, and returns the shares of each.
pub(crate) fn print_rows(scores: &[&Score]) -> BTreeMap<Vec<String>, Shares> {
    let mut rows: BTreeMap<&Vec<String>, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        rows.entry(&score.row).or_default().push(score);
    }
    rows.into_iter()
        .map(|(row, scores)| (row.clone(), print(&row.join(" | "), &scores)))
        .collect()
}

/// Prints how often the lower bound holds where the request does not determine its count, and each
/// count that is outside its bounds.
pub(crate) fn print_hidden(hidden: &[&Score]) {
    let below = |score: &&&Score| score.expected < score.total.lower();
    let below = hidden.iter().filter(below).count();
    println!(
        "{} requests that hide something: the lower bound holds in {:.1} %",
        hidden.len(),
        percent(hidden.len() - below, hidden.len())
    );
    for score in hidden.iter().filter(|score| !score.held()) {
        println!(
            "  {} {} billed {}, counted {} ({} to {})",
            score.id,
            score.row.join(" | "),
            score.expected,
            score.total.tokens(),
            score.total.lower(),
            score.upper()
        );
    }
}

/// Returns the feature that is hardest to count.
pub(crate) fn feature(request: &Request<'_>) -> &'static str {
    let kinds = |kind: PartKind| {
        request.messages().any(|message| {
            message.parts().any(|part| part.kind() == kind)
                || message
                    .tool_results()
                    .any(|result| result.parts().any(|part| part.kind() == kind))
        })
    };
    let calls = request
        .messages()
        .any(|message| message.tool_calls().len() + message.tool_results().len() > 0);
    match () {
        () if kinds(PartKind::Image) => "image",
        () if kinds(PartKind::Audio) || kinds(PartKind::File) || kinds(PartKind::Video) => "media",
        () if calls => "calls",
        () if request.tools().len() > 0 => "tools",
        () => "text",
    }
}

/// Returns whether the request does not show something: media that the recorder omitted, reasoning,
/// tools that the provider runs.
fn hides_something(case: &Case, request: &Request<'_>) -> bool {
    const HIDDEN: [&str; 5] = [
        "$omitted",
        "\"reasoning_details\"",
        "thought_signature",
        "thoughtSignature",
        "\"preset\"",
    ];
    let reasons = request.messages().any(|message| {
        message
            .parts()
            .any(|part| matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning))
    });
    let body = case.request.get();
    // A router writes a prompt of its own.
    let routed = case
        .model
        .as_deref()
        .is_some_and(|name| name.starts_with("openrouter/"));
    case.undetermined() || reasons || routed || HIDDEN.iter().any(|word| body.contains(word))
}

/// Counts the recorded requests of some files, of both sets, to models that are wanted. The row is
/// the family that `family` returns, and the feature.
pub(crate) fn scores(
    files: &[(&str, Host, Option<Format>)],
    family: impl Fn(&Case, &Model, Host) -> Option<String>,
    model_of: impl Fn(&Case) -> Option<Model>,
) -> Vec<Score> {
    let suspicious = common::suspicious();
    let mut scores = Vec::new();
    for set in ["counts", "counts_2"] {
        for (file, host, format) in files {
            // A set has no file for some hosts.
            let folder = common::shared(&format!("cases/{set}"));
            if !folder.join(format!("{file}.jsonl")).exists() {
                continue;
            }
            for case in common::cases_of(set, file) {
                let Some(model) = model_of(&case) else {
                    continue;
                };
                let Some(family) = family(&case, &model, *host) else {
                    continue;
                };
                if suspicious.contains(&case.id) {
                    continue;
                }
                let body = case.request.get();
                let request = match format {
                    Some(format) => Request::parse_as(*format, body).unwrap(),
                    None => Request::parse(body).unwrap(),
                };
                let count = model.at_host(*host).count(&request);
                let unbounded = count.total().upper().is_none();
                scores.push(Score {
                    row: vec![family, feature(&request).to_owned()],
                    model: model.id().to_owned(),
                    expected: case.expected_input_tokens,
                    total: count.total(),
                    reasons: count.uncertain().iter().map(|place| place.reason).collect(),
                    hidden: unbounded || hides_something(&case, &request),
                    id: case.id,
                });
            }
        }
    }
    scores
}

/// The model that answered, else the one that was asked.
pub(crate) fn listed_model(case: &Case) -> Option<Model> {
    let plain = |name: &str| name.replace("%3A", ":").replace("%3a", ":");
    let models = case.registry();
    models
        .get(&plain(case.answered_by()))
        .or_else(|_| models.get(&plain(case.model.as_deref().unwrap_or_default())))
        .ok()
}

/// Prints the misses with their reasons, and returns what a list of reasons lacks, or has too much.
pub(crate) fn misses(scores: &[&Score], reasons: &str, is_miss: fn(&Score) -> bool) -> Vec<String> {
    let reasons: BTreeMap<&str, &str> = reasons
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut wrong = Vec::new();
    println!("\nmisses");
    for score in scores.iter().filter(|score| is_miss(score)) {
        let reason = reasons.get(score.id.as_str()).copied();
        println!(
            "  {} {} {} billed {}, counted {} ({} to {}, {}): {}   {:?}",
            score.id,
            score.row.join(" | "),
            score.model,
            score.expected,
            score.total.tokens(),
            score.total.lower(),
            score.upper(),
            score.total.accuracy(),
            reason.unwrap_or("NO REASON"),
            score.reasons,
        );
        if reason.is_none() {
            wrong.push(format!("{} is not among the misses", score.id));
        }
    }
    for id in reasons.keys() {
        if !scores.iter().any(|score| score.id == *id && is_miss(score)) {
            wrong.push(format!(
                "{id} is not a miss any more: remove it from the list"
            ));
        }
    }
    wrong
}
