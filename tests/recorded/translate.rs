//! Recorded requests in another format: how many are translated, what is refused as a typed error,
//! and how many of the translated ones check clean and have a size that fits.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tokenfit::budget::Fits;
use tokenfit::check::{RepairPolicy, Severity};
use tokenfit::{Budget, ErrorKind, Format, Models, Request};

use crate::common::{Case, shared};

const CORPUS: [(&str, Format); 7] = [
    ("agent_tools", Format::OpenAiChat),
    ("tools_short", Format::OpenAiChat),
    ("multimodal", Format::OpenAiChat),
    ("tool_catalogs", Format::OpenAiChat),
    ("structured", Format::OpenAiChat),
    ("legacy_functions", Format::OpenAiChat),
    ("anthropic_native", Format::Anthropic),
];

const TARGETS: [(&str, Format); 9] = [
    ("claude-sonnet-4-5", Format::Anthropic),
    ("claude-opus-5", Format::Anthropic),
    ("claude-opus-5-5", Format::Anthropic),
    ("claude-3-haiku", Format::Anthropic),
    ("gpt-4o", Format::OpenAiChat),
    ("gpt-5.5", Format::OpenAiChat),
    ("gemini-2.5-flash", Format::Gemini),
    ("gemini-3-flash-preview", Format::Gemini),
    ("deepseek-chat", Format::OpenAiChat),
];

/// Share of the translated requests that must check clean, in percent. The host of DeepSeek takes
/// no JSON schema, which only the check of the host knows.
fn least_clean(model: &str) -> usize {
    match model {
        "deepseek-chat" => 94,
        _ => 99,
    }
}

#[derive(Default)]
struct Row {
    requests: usize,
    translated: usize,
    clean: usize,
    fits: usize,
    errors: BTreeMap<&'static str, usize>,
    findings: BTreeMap<&'static str, usize>,
}

/// Requests with their format, from the counted recordings of both sets and the corpus.
fn recorded() -> Vec<(String, Format, String)> {
    let mut all = Vec::new();
    for folder in ["cases/counts", "cases/counts_2"] {
        for entry in std::fs::read_dir(shared(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let format = match name {
                _ if name.ends_with("chat_completions") => Format::OpenAiChat,
                _ if name.ends_with("anthropic_messages") => Format::Anthropic,
                _ => continue,
            };
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let case: Case = serde_json::from_str(line).unwrap();
                all.push((case.id.clone(), format, case.request.get().to_owned()));
            }
        }
    }
    for (name, format) in CORPUS {
        let text = std::fs::read_to_string(shared(&format!("corpus/{name}.jsonl"))).unwrap();
        for (nth, line) in text.lines().enumerate() {
            let body: Box<RawValue> = serde_json::from_str(line).unwrap();
            all.push((format!("{name}:{}", nth + 1), format, body.get().to_owned()));
        }
    }
    all
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_translated_or_refused_by_name() {
    let models = Models::builtin();
    let policy = RepairPolicy::port();
    let recorded = recorded();
    assert!(recorded.len() > 3_500, "{}", recorded.len());
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut shown: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (id, from, body) in &recorded {
        let Ok(request) = Request::parse_as(*from, body) else {
            continue;
        };
        for (name, to) in TARGETS {
            if *from == to {
                continue;
            }
            let budget = Budget::new(&models.get(name).unwrap());
            let direction = format!("{from} → {name}");
            let row = rows.entry(direction.clone()).or_default();
            row.requests += 1;
            let translated = match budget.translate(&request, Some(to), &policy) {
                Ok(translated) => translated,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Untranslatable, "{id}: {error}");
                    let code = error.untranslatable().unwrap();
                    *row.errors.entry(code).or_default() += 1;
                    let seen = shown.entry((direction, code)).or_default();
                    *seen += 1;
                    if *seen <= 1 && std::env::var_os("TOKENFIT_SHOW").is_some() {
                        println!("{from} → {name}: {id}: {error}");
                    }
                    continue;
                }
            };
            row.translated += 1;
            let refused: Vec<_> = translated
                .remaining()
                .iter()
                .filter(|finding| finding.severity == Severity::Refused)
                .collect();
            match refused.is_empty() {
                true => row.clean += 1,
                false => {
                    for finding in refused.iter().take(1) {
                        *row.findings.entry(finding.code).or_default() += 1;
                        let seen = shown.entry((direction.clone(), finding.code)).or_default();
                        *seen += 1;
                        if *seen <= 2 && std::env::var_os("TOKENFIT_SHOW").is_some() {
                            println!("{from} → {name}: {id}: {finding}");
                        }
                    }
                }
            }
            if budget.fits(translated.request()) == Fits::Yes {
                row.fits += 1;
            }
        }
    }
    for (direction, row) in &rows {
        println!(
            "{direction:<40} {:>5} requests, {:>5} translated, {:>5} clean, {:>5} fit; errors {:?}; findings {:?}",
            row.requests, row.translated, row.clean, row.fits, row.errors, row.findings
        );
        let model = direction.rsplit(' ').next().unwrap_or_default();
        assert!(
            100 * row.clean >= least_clean(model) * row.translated,
            "{direction}"
        );
        assert!(100 * row.translated >= 70 * row.requests, "{direction}");
    }
}
