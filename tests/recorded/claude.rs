//! Recorded requests to Claude on Anthropic's API, Bedrock and Vertex and through gateways: exact
//! counts by host, generation and feature, bounds that hold, and their width if the count is not
//! called exact. Every miss has its reason in `cases/claude_misses.tsv`.

use std::collections::BTreeSet;

use crate::common::{self, Case};
use crate::score::{self, Score, print};
use tokenfit::model::Host;
use tokenfit::request::PartKind;
use tokenfit::{Format, Request};

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

/// Whether a gateway served it.
fn through_gateway(score: &Score) -> bool {
    ["openrouter", "vercel", "databricks"].contains(&score.row[0].as_str())
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

pub(crate) fn scores() -> Vec<Score> {
    let suspicious = common::suspicious();
    let mut scores = Vec::new();
    for set in SETS {
        for (file, host, format) in FILES {
            // The second set has no file for some hosts.
            let folder = common::shared(&format!("cases/{set}"));
            if !folder.join(format!("{file}.jsonl")).exists() {
                continue;
            }
            for case in common::cases_of(set, file) {
                let Some(model) = score::listed_model(&case) else {
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
                let unbounded = count.total().upper().is_none();
                scores.push(Score {
                    hidden: unbounded || hides_something(&case, &request),
                    row: vec![
                        host.as_str().to_owned(),
                        count.rules().id.to_owned(),
                        feature(&request).to_owned(),
                    ],
                    expected: case.expected_input_tokens,
                    total: count.total(),
                    reasons: count.uncertain().iter().map(|place| place.reason).collect(),
                    model: model.id().to_owned(),
                    id: case.id.clone(),
                });
            }
        }
    }
    scores
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_counted_as_billed() {
    let scores = scores();
    let (hidden, all): (Vec<&Score>, Vec<&Score>) = scores.iter().partition(|score| score.hidden);
    score::print_rows(&all);
    let (gateways, own): (Vec<&Score>, Vec<&Score>) =
        all.iter().partition(|score| through_gateway(score));
    println!();
    for family in all
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
    let own = print("Anthropic, Bedrock, Vertex", &own);
    let gateways = print("through gateways", &gateways);
    let shares = print("all", &all);
    score::print_hidden(&hidden);

    let wrong = score::misses(&all, include_str!("../cases/claude_misses.tsv"), |score| {
        !score.right()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));

    assert!(all.len() >= 630, "only {} were read", all.len());
    assert!(
        shares.claimed * 5 >= all.len() * 2,
        "{} are called exact",
        shares.claimed
    );
    assert!(shares.claimed_right >= 98.0, "{}", shares.claimed_right);
    assert!(
        own.exact >= 90.0 && own.held >= 97.0,
        "{} {}",
        own.exact,
        own.held
    );
    assert!(
        gateways.exact >= 90.0 && gateways.held >= 95.0,
        "{} {}",
        gateways.exact,
        gateways.held
    );
    assert!(
        shares.held >= 97.0 && shares.width <= 15.0,
        "{} {}",
        shares.held,
        shares.width
    );
}
