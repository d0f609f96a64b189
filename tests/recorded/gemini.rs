//! Recorded requests to Gemini on the Gemini API, on Vertex and through gateways: exact counts by
//! side, generation and feature, bounds that hold, and their width if the count is not called
//! exact. Every miss has its reason in `cases/gemini_misses.tsv`.

use std::collections::BTreeMap;

use crate::score::{self, Score, Shares, print};
use tokenfit::model::Host;
use tokenfit::{Format, Model};

/// Files of recorded cases, their host, and the format if its shape is ambiguous.
const FILES: [(&str, Host, Option<Format>); 8] = [
    ("gemini_gemini_countTokens", Host::Gemini, None),
    ("gemini_gemini_generateContent", Host::Gemini, None),
    ("vertex_gemini_countTokens", Host::Vertex, None),
    ("vertex_gemini_generateContent", Host::Vertex, None),
    (
        "gemini_chat_completions",
        Host::Gemini,
        Some(Format::OpenAiChat),
    ),
    (
        "openrouter_chat_completions",
        Host::OpenRouter,
        Some(Format::OpenAiChat),
    ),
    ("openrouter_responses", Host::OpenRouter, None),
    (
        "vercel_chat_completions",
        Host::Vercel,
        Some(Format::OpenAiChat),
    ),
];

fn family(file: Host, chat: bool, id: &str) -> String {
    let generation = match id {
        _ if id.contains("gemini-1.5") || id.contains("gemini-2.0") => "2.0 and 1.5",
        _ if id.contains("gemini-2.5") => "2.5",
        _ => "3.x",
    };
    match (file, chat) {
        (Host::Gemini, false) => format!("Gemini API {generation}"),
        (Host::Vertex, _) => format!("Vertex {generation}"),
        _ => "through gateways".to_owned(),
    }
}

pub(crate) fn scores() -> Vec<Score> {
    score::scores(
        &FILES,
        |case, model: &Model, host| {
            let gemini = model.id().contains("gemini") && model.encoding().is_some();
            let chat = case.request.get().contains("\"messages\"");
            (model.provider() == "google" && gemini).then(|| family(host, chat, model.id()))
        },
        score::listed_model,
    )
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_counted_as_billed() {
    let scores = scores();
    let (hidden, shown): (Vec<&Score>, Vec<&Score>) = scores.iter().partition(|score| score.hidden);
    let rows = score::print_rows(&shown);
    score::print_hidden(&hidden);
    let row = |family: &str, feature: &str| -> &Shares {
        &rows[[family.to_owned(), feature.to_owned()].as_slice()]
    };
    let of = |name: &str, is: &dyn Fn(&Score) -> bool| {
        let of: Vec<&Score> = shown.iter().copied().filter(|score| is(score)).collect();
        print(name, &of)
    };
    println!();
    let text = of("Gemini API, rendered, text", &|score| {
        ["Gemini API 2.5", "Gemini API 3.x"].contains(&score.row[0].as_str())
            && score.row[1] == "text"
    });
    let api = of("Gemini API, rendered", &|score| {
        ["Gemini API 2.5", "Gemini API 3.x"].contains(&score.row[0].as_str())
    });
    let plain = of("Vertex, 2.0 and 1.5", &|score| {
        score.row[0].starts_with("Vertex") || score.row[0].ends_with("1.5")
    });
    let gateways = of("through gateways", &|score| {
        score.row[0] == "through gateways"
    });
    let all = of("all", &|_| true);

    let wrong = score::misses(
        &shown,
        include_str!("../cases/gemini_misses.tsv"),
        |score| !score.right(),
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let by_name: BTreeMap<&str, &Shares> = [
        ("text", &text),
        ("api", &api),
        ("plain", &plain),
        ("gateways", &gateways),
        ("all", &all),
    ]
    .into();
    for (name, exact, held) in [
        ("text", 98.0, 98.0),
        ("api", 95.0, 98.0),
        ("plain", 85.0, 97.0),
        ("gateways", 65.0, 97.0),
        ("all", 90.0, 98.0),
    ] {
        let shares = by_name[name];
        assert!(
            shares.exact >= exact && shares.held >= held,
            "{name}: {} {}",
            shares.exact,
            shares.held
        );
    }
    let tools = row("Gemini API 3.x", "tools");
    assert!(tools.exact >= 95.0 && tools.held >= 96.0);
    assert!(row("Gemini API 2.5", "tools").held >= 90.0);
    assert!(all.claimed >= 110 && all.claimed_right >= 98.0);
    // Recordings whose length is not read are bounded by their bytes.
    assert!(all.width <= 22.0, "{}", all.width);
}
