//! Recorded conversations adapted to other models: the result is only refused for faults that only
//! a caller can fix, unaffected parts keep their bytes, and a second time changes nothing.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tokenfit::check::{RepairPolicy, Repaired, Severity};
use tokenfit::model::Host;
use tokenfit::{Budget, ErrorKind, Format, Models, Request};

use crate::common::{full, shared};

const FILES: [(&str, Format); 7] = [
    ("agent_tools", Format::OpenAiChat),
    ("tools_short", Format::OpenAiChat),
    ("multimodal", Format::OpenAiChat),
    ("tool_catalogs", Format::OpenAiChat),
    ("anthropic_native", Format::Anthropic),
    ("gemini_native", Format::Gemini),
    ("responses_native", Format::OpenAiResponses),
];

const TARGETS: [(&str, Option<Host>); 12] = [
    ("gpt-5.4", None),
    ("gpt-4o", None),
    ("claude-sonnet-4-5", None),
    ("claude-sonnet-4-6", None),
    ("claude-opus-5-5", None),
    ("claude-sonnet-4-5", Some(Host::Vertex)),
    ("gemini-2.5-flash", Some(Host::Gemini)),
    ("gemini-3-flash-preview", Some(Host::Vertex)),
    ("mistral-large-latest", Some(Host::Mistral)),
    ("deepseek-v4-pro", Some(Host::DeepSeek)),
    ("kimi-k2.5", Some(Host::Moonshot)),
    ("llama-3.3-70b-versatile", Some(Host::Groq)),
];

/// A message of the list that no edit names is byte for byte what it was, wherever it is now.
fn untouched_messages_keep_their_bytes(before: &Request<'_>, made: &Repaired<'_>) {
    let edits = &made.receipt().edits;
    // A rename goes through calls and results; an edit names the first of them.
    let renames = edits
        .iter()
        .any(|edit| edit.action.as_str() == "renamed_id");
    let names = |pointer: &str| {
        edits.iter().flat_map(|edit| &edit.pointers).any(|place| {
            place == pointer
                || place
                    .strip_prefix(pointer)
                    .is_some_and(|rest| rest.starts_with('/'))
                || pointer
                    .strip_prefix(place.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let left: BTreeMap<&str, usize> =
        made.request()
            .messages()
            .fold(BTreeMap::new(), |mut left, message| {
                *left.entry(message.raw_json()).or_default() += 1;
                left
            });
    for message in before.messages() {
        let moves = renames && message.tool_calls().len() + message.tool_results().len() > 0;
        if !moves && !names(&message.pointer()) {
            assert!(
                left.contains_key(message.raw_json()),
                "{} is another: {:?}",
                message.pointer(),
                made.receipt()
            );
        }
    }
}

#[test]
#[ignore = "needs the recordings"]
fn conversations_made_ready_for_other_models() {
    let models = Models::builtin();
    let policy = RepairPolicy::port();
    let mut left: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let (mut ready, mut clean, mut before) = (0, 0, 0);
    for (file, format) in FILES {
        let path = shared(&format!("corpus/{file}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        let step = if full() { 1 } else { 7 };
        for line in text.lines().step_by(step) {
            let raw: Box<RawValue> = serde_json::from_str(line).unwrap();
            let Ok(request) = Request::parse_as(format, raw.get()) else {
                continue;
            };
            for (model, host) in TARGETS {
                let mut target = Budget::lenient_for(&models, model);
                if let Some(host) = host {
                    target = target.at_host(host);
                }
                let made = match target.port(&request, &policy) {
                    Ok(made) => made,
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::OtherFormat);
                        continue;
                    }
                };
                ready += 1;
                before += usize::from(target.check(&request).is_ok());
                clean += usize::from(made.report().is_ok());
                for finding in made.remaining() {
                    if finding.severity == Severity::Refused {
                        *left
                            .entry((format.as_str(), model, finding.code))
                            .or_default() += 1;
                    }
                }
                if !made.is_changed() {
                    assert_eq!(made.request().as_bytes(), request.as_bytes());
                }
                untouched_messages_keep_their_bytes(&request, &made);
                let again = target.port(made.request(), &policy).unwrap();
                assert!(!again.is_changed(), "{file} {model}: {:?}", again.receipt());
            }
        }
    }
    println!("{clean} of {ready} are not refused, {before} before; refused are");
    for ((format, model, code), count) in &left {
        println!("  {format:18} {model:28} {code:28} {count}");
    }
    assert!(ready > 300);
    assert!(100 * clean >= 90 * ready, "{clean} of {ready}");
}
