//! Recorded requests in the estimated formats, compared with the provider's own count: how often
//! the bounds hold, and the error of the likely value.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, Case};
use tokenfit::model::Host;
use tokenfit::{Accuracy, Models, Request, TokenCount};

/// Files of recorded cases, and their hosts.
const FILES: [(&str, Host); 16] = [
    ("anthropic_anthropic_messages", Host::Anthropic),
    ("anthropic_anthropic_messages_count_tokens", Host::Anthropic),
    ("bedrock_anthropic_messages", Host::Bedrock),
    ("vertex_anthropic_messages", Host::Vertex),
    ("bedrock_bedrock_converse", Host::Bedrock),
    ("gemini_gemini_countTokens", Host::Gemini),
    ("gemini_gemini_generateContent", Host::Gemini),
    ("vertex_gemini_countTokens", Host::Vertex),
    ("vertex_gemini_generateContent", Host::Vertex),
    ("openai_responses", Host::OpenAi),
    ("azure_responses", Host::Azure),
    ("copilot_responses", Host::GithubCopilot),
    ("bedrock_responses", Host::Bedrock),
    ("deepseek_responses", Host::DeepSeek),
    ("openrouter_responses", Host::OpenRouter),
    ("xai_responses", Host::Xai),
];

struct Score {
    id: String,
    expected: u64,
    total: TokenCount,
    /// Whether the request determines its count: no hidden reasoning, files, or tools of the
    /// provider.
    determined: bool,
}

impl Score {
    fn held(&self) -> bool {
        (self.total.lower()..=self.total.upper().unwrap_or(u64::MAX)).contains(&self.expected)
    }

    fn bounded(&self) -> bool {
        self.total.upper().is_some()
    }

    fn error(&self) -> f64 {
        self.total.tokens().abs_diff(self.expected) as f64 / self.expected.max(1) as f64
    }
}

fn print(name: &str, scores: &[&Score]) {
    let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    let bounded: Vec<&&Score> = scores.iter().filter(|s| s.bounded()).collect();
    let held = |scores: &[&&Score]| scores.iter().filter(|s| s.held()).count();
    let all: Vec<&&Score> = scores.iter().collect();
    let mut errors: Vec<f64> = bounded.iter().map(|s| s.error()).collect();
    errors.sort_by(f64::total_cmp);
    let mut widths: Vec<f64> = bounded
        .iter()
        .map(|s| {
            (s.total.upper().unwrap_or(u64::MAX) - s.total.lower()) as f64
                / s.expected.max(1) as f64
        })
        .collect();
    widths.sort_by(f64::total_cmp);
    let middle = |sorted: &[f64]| sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    println!(
        "{name:<44} {:>4}  in bounds {:>5.1} %   with an upper bound {:>4}: in bounds {:>5.1} %  exact {:>5.1} %  median error {:>5.1} %  mean {:>6.1} %  median width {:>5.0} %",
        scores.len(),
        share(held(&all), all.len()),
        bounded.len(),
        share(held(&bounded), bounded.len()),
        share(errors.iter().filter(|e| **e == 0.0).count(), errors.len()),
        100.0 * middle(&errors),
        100.0 * errors.iter().sum::<f64>() / errors.len().max(1) as f64,
        100.0 * middle(&widths),
    );
}

/// The feature of a request that is hardest to count.
fn kind(request: &Request<'_>) -> &'static str {
    let calls = request
        .messages()
        .any(|message| message.tool_calls().len() + message.tool_results().len() > 0);
    match () {
        () if calls => "calls",
        () if request.tools().len() > 0 => "tools",
        () => "text",
    }
}

/// The family of a model, for the table.
fn family(id: &str) -> &'static str {
    [
        ("claude-3", "Claude 3"),
        ("claude-opus-4-7", "Claude 4.7 and later"),
        ("claude-opus-4-8", "Claude 4.7 and later"),
        ("claude-opus-5", "Claude 4.7 and later"),
        ("claude-sonnet-5", "Claude 4.7 and later"),
        ("claude-fable", "Claude 4.7 and later"),
        ("claude", "Claude 4 to 4.6"),
        ("gemini-3", "Gemini 3"),
        ("gemini-2.5", "Gemini 2.5"),
        ("gemini", "Gemini 1.5 and 2.0"),
        ("gpt", "OpenAI"),
        ("o1", "OpenAI"),
        ("o3", "OpenAI"),
        ("o4", "OpenAI"),
        ("nova", "Nova"),
        ("grok", "Grok"),
    ]
    .into_iter()
    .find(|(begin, _)| id.contains(begin))
    .map_or("other", |(_, family)| family)
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_counts_stay_in_the_bounds() {
    // Models that are recorded here but not in the registry.
    let nova: Vec<String> = ["lite", "micro", "pro", "2-lite"]
        .iter()
        .map(|name| format!(r#"{{"id":"nova-{name}","provider":"amazon"}}"#))
        .collect();
    let nova = format!("[{}]", nova.join(","));
    let suspicious = common::suspicious();
    let mut scores: Vec<(String, Score)> = Vec::new();
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for (file, host) in FILES {
        let cases = common::cases(file);
        for case in cases {
            if suspicious.contains(&case.id) {
                continue;
            }
            let name = case.answered_by().replace("%3A", ":").replace("%3a", ":");
            let asked = case
                .model
                .as_deref()
                .unwrap_or_default()
                .replace("%3A", ":");
            let registry = case.registry().overrides(&*nova).unwrap();
            let models = registry;
            let Ok(model) = models.get(&name).or_else(|_| models.get(&asked)) else {
                unknown.insert(name);
                continue;
            };
            let request = Request::parse(case.request.get()).unwrap();
            let count = model.at_host(host).count(&request);
            // Only these vendors' models have rules that may claim more.
            let exact = count.accuracy() == Accuracy::Exact;
            let ruled = ["openai", "anthropic", "google"].contains(&model.provider());
            assert!(!exact || ruled, "{}", case.id);
            let format = request.format();
            scores.push((
                format!("{format}: {}, {}", family(model.id()), kind(&request)),
                Score {
                    expected: case.expected_input_tokens,
                    total: count.total(),
                    determined: !case.undetermined() && !omitted(&case),
                    id: case.id,
                },
            ));
        }
    }
    let mut rows: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for (row, score) in &scores {
        rows.entry(row).or_default().push(score);
    }
    for (name, scores) in &rows {
        print(name, scores);
    }
    let all: Vec<&Score> = scores.iter().map(|(_, score)| score).collect();
    let determined: Vec<&Score> = all.iter().copied().filter(|s| s.determined).collect();
    print("all", &all);
    print("all that the request determines", &determined);
    for (row, score) in &scores {
        if !score.held() {
            println!(
                "  outside: {row}: {} billed {}, {} to {} (about {})",
                score.id,
                score.expected,
                score.total.lower(),
                score.total.upper().unwrap_or(u64::MAX),
                score.total.tokens()
            );
        }
    }
    println!("models that the registry does not know: {unknown:?}");
    let held = determined.iter().filter(|score| score.held()).count();
    assert!(
        held * 100 >= determined.len() * 97,
        "{held} of {} in bounds",
        determined.len()
    );
}

/// The native requests of the corpus, with their counts from the index next to them.
#[test]
#[ignore = "needs the recordings"]
fn indexed_counts_stay_in_the_bounds() {
    let models = Models::builtin();
    let mut all = Vec::new();
    for file in ["anthropic_native", "gemini_native", "responses_native"] {
        let path = common::shared(&format!("corpus/{file}.index.tsv"));
        let requests =
            std::fs::read_to_string(path.with_file_name(format!("{file}.jsonl"))).unwrap();
        let requests: Vec<&str> = requests.lines().collect();
        let index = std::fs::read_to_string(path).unwrap();
        let mut scores = Vec::new();
        for row in index.lines().skip(1) {
            let row: Vec<&str> = row.split('\t').collect();
            let [line, _, host, model, _, status, tokens] = row[..] else {
                panic!("{row:?}");
            };
            let (Ok(expected), "200") = (tokens.parse(), status) else {
                continue;
            };
            let host = match host {
                _ if host.contains("aiplatform") => Host::Vertex,
                _ if host.contains("googleapis") => Host::Gemini,
                _ if host.contains("anthropic") => Host::Anthropic,
                _ if host.contains("openai.com") => Host::OpenAi,
                _ if host.contains("bedrock") => Host::Bedrock,
                _ => Host::Other,
            };
            let Ok(model) = models.get(model) else {
                continue;
            };
            let body = requests[line.parse::<usize>().unwrap() - 1];
            let request = Request::parse(body).unwrap();
            let total = model.at_host(host).count(&request).total();
            scores.push(Score {
                id: format!("{file}:{line}"),
                expected,
                total,
                determined: total.upper().is_some(),
            });
        }
        print(file, &scores.iter().collect::<Vec<_>>());
        all.extend(scores);
    }
    let all: Vec<&Score> = all.iter().collect();
    print("the corpus", &all);
    for score in all.iter().filter(|score| !score.held()) {
        let total = score.total;
        println!(
            "  outside: {} billed {}, {} to {} (about {})",
            score.id,
            score.expected,
            total.lower(),
            total.upper().unwrap_or(u64::MAX),
            total.tokens()
        );
    }
    let held = all.iter().filter(|score| score.held()).count();
    assert!(
        held * 100 >= all.len() * 97,
        "{held} of {} in bounds",
        all.len()
    );
}

/// Whether the recorder omitted a large file, so that its size is unknown.
fn omitted(case: &Case) -> bool {
    case.request.get().contains("$omitted")
}
