//! Recorded requests to Claude on Anthropic's API, Bedrock and Vertex and through gateways: exact
//! counts by host, generation and feature, bounds that hold, and their width if the count is not
//! called exact. Every miss has its reason in `cases/claude_misses.tsv`.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, Case};
use tokenfit::model::Host;
use tokenfit::request::PartKind;
use tokenfit::{Accuracy, Format, Request, TokenCount};

/// Files of recorded cases, their host, and the format if its shape is ambiguous.
const FILES: [(&str, Host, Option<Format>); 8] = [
    ("anthropic_anthropic_messages", Host::Anthropic, None),
    (
        "anthropic_anthropic_messages_count_tokens",
        Host::Anthropic,
        None,
    ),
    ("bedrock_anthropic_messages", Host::Bedrock, None),
    ("bedrock_bedrock_converse", Host::Bedrock, None),
    ("vertex_anthropic_messages", Host::Vertex, None),
    (
        "openrouter_chat_completions",
        Host::OpenRouter,
        Some(Format::OpenAiChat),
    ),
    (
        "vercel_chat_completions",
        Host::Vercel,
        Some(Format::OpenAiChat),
    ),
    (
        "databricks_chat_completions",
        Host::Databricks,
        Some(Format::OpenAiChat),
    ),
];

const SETS: [&str; 2] = ["counts", "counts_2"];

struct Score {
    id: String,
    /// Host, generation, feature.
    row: [String; 3],
    expected: u64,
    total: TokenCount,
    reasons: BTreeSet<&'static str>,
}

impl Score {
    fn right(&self) -> bool {
        self.total.tokens() == self.expected
    }

    fn upper(&self) -> u64 {
        self.total.upper().unwrap_or(u64::MAX)
    }

    fn held(&self) -> bool {
        (self.total.lower()..=self.upper()).contains(&self.expected)
    }

    fn claims(&self) -> bool {
        self.total.accuracy() == Accuracy::Exact
    }

    fn through_gateway(&self) -> bool {
        ["openrouter", "vercel", "databricks"].contains(&self.row[0].as_str())
    }
}

/// Returns the feature that is hardest to count.
fn feature(request: &Request<'_>) -> &'static str {
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
    let body = std::str::from_utf8(request.as_bytes()).unwrap();
    match () {
        () if kinds(PartKind::Image) => "image",
        () if body.contains("json_schema") => "schema",
        () if calls => "calls",
        () if request.tools().len() > 0 => "tools",
        () => "text",
    }
}

/// Returns whether the request does not show something: documents, tools of other servers or tools
/// that are loaded later, media that the recorder omitted, reasoning.
fn hides_something(case: &Case, request: &Request<'_>) -> bool {
    const HIDDEN: [&str; 5] = [
        "$omitted",
        "\"defer_loading\"",
        "\"mcp_servers\"",
        "\"document\"",
        "\"reasoning_details\"",
    ];
    let reasons = request.messages().any(|message| {
        message
            .parts()
            .any(|part| matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning))
    });
    let body = case.request.get();
    case.undetermined() || reasons || HIDDEN.iter().any(|word| body.contains(word))
}

fn scores() -> (Vec<Score>, Vec<Score>) {
    let suspicious = common::suspicious();
    let (mut determined, mut hidden) = (Vec::new(), Vec::new());
    for set in SETS {
        for (file, host, format) in FILES {
            // The second set has no file for some hosts.
            let folder = common::shared(&format!("cases/{set}"));
            if !folder.join(format!("{file}.jsonl")).exists() {
                continue;
            }
            for case in common::cases_of(set, file) {
                let name = case.answered_by().replace("%3A", ":").replace("%3a", ":");
                let asked = case
                    .model
                    .as_deref()
                    .unwrap_or_default()
                    .replace("%3A", ":");
                let models = case.registry();
                let Ok(model) = models.get(&name).or_else(|_| models.get(&asked)) else {
                    continue;
                };
                if model.provider() != "anthropic"
                    || model.encoding().is_none()
                    || suspicious.contains(&case.id)
                {
                    continue;
                }
                let body = case.request.get();
                let request = match format {
                    Some(format) => Request::parse_as(format, body).unwrap(),
                    None => Request::parse(body).unwrap(),
                };
                let count = model.at_host(host).count(&request);
                let score = Score {
                    row: [
                        host.as_str().to_owned(),
                        count.rules().id.to_owned(),
                        feature(&request).to_owned(),
                    ],
                    expected: case.expected_input_tokens,
                    total: count.total(),
                    reasons: count.uncertain().iter().map(|place| place.reason).collect(),
                    id: case.id.clone(),
                };
                let unbounded = count.total().upper().is_none();
                if unbounded || hides_something(&case, &request) {
                    hidden.push(score);
                } else {
                    determined.push(score);
                }
            }
        }
    }
    (determined, hidden)
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

/// Prints and returns the share of exact counts, the share of bounds that hold, and the median
/// width of counts that are not called exact.
fn print(name: &str, scores: &[&Score]) -> (f64, f64, f64) {
    let of = |is: fn(&Score) -> bool| scores.iter().filter(|score| is(score)).count();
    let mut widths: Vec<f64> = scores
        .iter()
        .filter(|score| !score.claims())
        .map(|score| 100.0 * (score.upper() - score.total.lower()) as f64 / score.expected as f64)
        .collect();
    widths.sort_by(f64::total_cmp);
    let width = widths.get(widths.len() / 2).copied().unwrap_or_default();
    let exact = percent(of(Score::right), scores.len());
    let held = percent(of(Score::held), scores.len());
    println!(
        "{name:<44} {:>4}  exact {exact:>5.1} %  in bounds {held:>5.1} %  called exact {:>4}, right {:>4}  median width of others {width:>5.1} %",
        scores.len(),
        of(Score::claims),
        of(|score| score.claims() && score.right()),
    );
    (exact, held, width)
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_counted_as_billed() {
    let (scores, hidden) = scores();
    let mut rows: BTreeMap<String, Vec<&Score>> = BTreeMap::new();
    for score in &scores {
        rows.entry(score.row.join(" | ")).or_default().push(score);
    }
    for (name, scores) in &rows {
        print(name, scores);
    }
    let all: Vec<&Score> = scores.iter().collect();
    let (gateways, own): (Vec<&Score>, Vec<&Score>) =
        all.iter().partition(|score| score.through_gateway());
    println!();
    for family in scores
        .iter()
        .map(|score| &score.row[1])
        .collect::<BTreeSet<_>>()
    {
        let of: Vec<&Score> = own
            .iter()
            .copied()
            .filter(|score| score.row[1] == *family)
            .collect();
        print(family, &of);
    }
    let (own_exact, own_held, _) = print("Anthropic, Bedrock, Vertex", &own);
    let (gateway_exact, gateway_held, _) = print("through gateways", &gateways);
    let (_, held, width) = print("all", &all);
    let below: Vec<&Score> = hidden
        .iter()
        .filter(|score| score.expected < score.total.lower())
        .collect();
    println!(
        "{} requests that hide something: the lower bound holds in {:.1} %",
        hidden.len(),
        percent(hidden.len() - below.len(), hidden.len())
    );
    for score in below {
        println!(
            "  below: {} billed {}, at least {}",
            score.id,
            score.expected,
            score.total.lower()
        );
    }

    let reasons: BTreeMap<&str, &str> = include_str!("../cases/claude_misses.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut wrong = Vec::new();
    println!("\nmisses");
    for score in scores.iter().filter(|score| !score.right()) {
        let reason = reasons.get(score.id.as_str()).copied();
        println!(
            "  {} {} billed {}, counted {} ({} to {}, {}): {}   {:?}",
            score.id,
            score.row.join(" | "),
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
        if !scores.iter().any(|score| score.id == *id && !score.right()) {
            wrong.push(format!("{id} is no miss any more: take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));

    assert!(scores.len() >= 630, "only {} were read", scores.len());
    let claimed: Vec<&Score> = scores.iter().filter(|score| score.claims()).collect();
    let right = claimed.iter().filter(|score| score.right()).count();
    assert!(
        claimed.len() * 5 >= scores.len() * 2,
        "{} are called exact",
        claimed.len()
    );
    assert!(
        percent(right, claimed.len()) >= 98.0,
        "{right} of {}",
        claimed.len()
    );
    assert!(
        own_exact >= 90.0 && own_held >= 97.0,
        "{own_exact} {own_held}"
    );
    assert!(
        gateway_exact >= 90.0 && gateway_held >= 95.0,
        "{gateway_exact} {gateway_held}"
    );
    assert!(held >= 97.0 && width <= 15.0, "{held} {width}");
}
