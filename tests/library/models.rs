//! The model registry: its content, how names are resolved, and that the committed data matches its
//! generators.

#[path = "../../tools/classes_from_regex.rs"]
mod classes_from_regex;
#[path = "../../tools/registry_from_reference.rs"]
mod registry_from_reference;
#[path = "../../tools/vocabularies_from_tiktoken.rs"]
mod vocabularies_from_tiktoken;

use std::path::{Path, PathBuf};

use crate::common::shared;
use serde_json::{Value, json};
use tokenfit::model::{
    BillingFamily, Day, Host, Match, Modality, ModelKind, PriceBasis, PriceQuery, data_version,
};
use tokenfit::{Budget, Encoding, Error, ErrorKind, Model, Models, Request};

fn model(name: &str) -> Model {
    Models::builtin()
        .get(name)
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn unknown(name: &str) -> Error {
    let error = Models::builtin().get(name).expect_err(name);
    assert_eq!(error.kind(), ErrorKind::UnknownModel);
    error
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn data(path: &str) -> String {
    std::fs::read_to_string(here(path))
        .unwrap()
        .replace("\r\n", "\n")
}

/// The committed registry, line by line as JSON.
/// The rows of `models.json`.
fn listed() -> Vec<Value> {
    let file: Value = serde_json::from_str(&data("data/models.json")).unwrap();
    file["models"].as_array().unwrap().clone()
}

/// The rows of `models.json`, with those of `own.json` merged into them.
fn lines() -> Vec<Value> {
    let mut lines = listed();
    // Rows by hand override them; those of hosts have their own test.
    let own: Value = serde_json::from_str(&data("data/own.json")).unwrap();
    for row in own["models"].as_array().unwrap() {
        let Some(line) = lines.iter_mut().find(|line| line["id"] == row["id"]) else {
            continue;
        };
        for (field, value) in row.as_object().unwrap() {
            match (&mut line[field], value) {
                _ if field == "hosts" || field == "why" => {}
                (Value::Object(line), Value::Object(row)) => {
                    line.extend(row.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                (line, value) => *line = value.clone(),
            }
        }
    }
    lines
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .map(|a| a.iter().map(|t| t.as_str().unwrap()).collect())
        .unwrap_or_default()
}

// Checked by hand against the vendors' pages and error messages.
#[test]
fn seed_table() {
    for (name, window) in [
        ("gpt-3.5-turbo", 16_385),
        ("gpt-4", 8_192),
        ("gpt-4-turbo", 128_000),
        ("gpt-4o", 128_000),
        ("text-embedding-3-large", 8_192),
        ("text-embedding-3-small", 8_192),
        ("text-embedding-ada-002", 8_192),
    ] {
        assert_eq!(model(name).context_window(), Some(window), "{name}");
    }
}

#[test]
fn three_different_limits() {
    let gpt5 = model("gpt-5");
    assert_eq!(gpt5.context_window(), Some(400_000));
    assert_eq!(gpt5.max_input_tokens(), Some(272_000));
    assert_eq!(gpt5.max_output_tokens(), Some(128_000));
    let gpt4o = model("gpt-4o");
    assert_eq!(
        (gpt4o.max_input_tokens(), gpt4o.max_output_tokens()),
        (None, Some(16_384))
    );
}

#[test]
fn every_name_leads_to_its_own_model() {
    let registry = Models::builtin();
    let mut names = 0;
    for line in lines() {
        let id = line["id"].as_str().unwrap();
        for name in std::iter::once(id).chain(texts(&line["aliases"])) {
            names += 1;
            let matched = match registry.get(name).unwrap().matched() {
                // Listed, but redirected from time to time.
                Match::MovingName => Match::MovingName,
                _ if name == id => Match::Id,
                _ => Match::Alias,
            };
            let swapped: String = name
                .chars()
                .map(|c| {
                    if c.is_lowercase() {
                        c.to_ascii_uppercase()
                    } else {
                        c.to_ascii_lowercase()
                    }
                })
                .collect();
            for asked in [name, &name.to_uppercase(), &name.to_lowercase(), &swapped] {
                let model = registry.get(asked).unwrap();
                assert_eq!(
                    (model.id(), model.name(), model.matched()),
                    (id, name, matched),
                    "{asked}"
                );
            }
        }
    }
    assert_eq!(
        names,
        registry
            .iter()
            .map(|m| 1 + m.aliases().len())
            .sum::<usize>()
    );
}

#[test]
fn azure_names_are_names() {
    for model in Models::builtin().iter() {
        for name in model.azure_names() {
            assert_eq!(Models::builtin().get(name).unwrap().id(), model.id());
        }
    }
}

#[test]
fn snapshots() {
    for (name, id) in [
        ("gpt-4o-2026-02-03", "gpt-4o"),
        ("GPT-4O-2026-02-03", "gpt-4o"),
        ("gpt-4.1-nano-2025-12-31", "gpt-4.1-nano"),
        ("claude-opus-4-5-20251231", "claude-opus-4-5"),
        ("gpt-4-0914", "gpt-4"),
        // A date after an alias: gpt-35-turbo is Azure's name.
        ("gpt-35-turbo-0914", "gpt-3.5-turbo"),
        (
            "text-embedding-3-small-2024-02-29",
            "text-embedding-3-small",
        ),
    ] {
        let model = model(name);
        assert_eq!(
            (model.id(), model.name(), model.matched()),
            (id, name, Match::Snapshot)
        );
    }
    for (name, id, matched) in [
        // Listed ones are separate models with other limits than their base.
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13", Match::Id),
        ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0301", Match::Id),
        ("gpt-4o-2024-08-06", "gpt-4o", Match::Alias),
    ] {
        let model = model(name);
        assert_eq!(
            (model.id(), model.name(), model.matched()),
            (id, name, matched)
        );
    }
    for name in [
        "gpt-4o-2024-13-06",
        "gpt-4o-2024-02-30",
        "gpt-4o-2024-8-6",
        "gpt-4o-20240806x",
        "gpt-4o-1301",
        "gpt-4o-0000",
        "gpt-4o-2024-08-06-2025-01-01",
        "no-such-model-2024-08-06",
        "no-such-model-0613",
        "-2024-08-06",
        "-0613",
        "2024-08-06",
        "gpt-4o-",
        "gpt-4o-2024-08-06-",
    ] {
        unknown(name);
    }
}

#[test]
fn nothing_is_matched_by_prefix() {
    for name in [
        "gpt-4.1-huge",
        "gpt-50",
        "o1x",
        "gpt",
        "gpt-4-turbo-turbo",
        "text-embedding-3",
    ] {
        unknown(name);
    }
}

#[test]
fn shutdown_of_the_snapshot_before_that_of_the_model() {
    let day = |name: &str| model(name).shutdown_date().map(|day| day.to_string());
    for (name, shut_down) in [
        ("gpt-4o-2024-08-06", Some("2027-01-14")),
        ("GPT-4O-2024-08-06", Some("2027-01-14")),
        ("gpt-4o", Some("2027-01-14")),
        ("gpt-5", Some("2026-12-11")),
        ("gpt-5-2025-08-07", Some("2026-12-11")),
        ("gpt-5-2026-01-01", Some("2026-12-11")),
        ("gpt-6-sol", None),
        // The host's own date.
        ("azure/gpt-4o", Some("2027-04-14")),
        ("openrouter/openai/gpt-4o", Some("2027-01-14")),
    ] {
        assert_eq!(day(name).as_deref(), shut_down, "{name}");
    }
}

#[test]
fn near_names() {
    let near = |name: &str| unknown(name).nearest_models().to_vec();
    assert_eq!(near("gpt-4p")[..2], ["gpt-4", "gpt-4o"]);
    assert_eq!(near("GPT-4P"), near("gpt-4p"));
    assert_eq!(near("gpt4o")[0], "gpt-4o");
    assert_eq!(near("gpt-4o-mni")[0], "gpt-4o-mini");
    assert_eq!(near("claude-opus-4.88")[0], "claude-opus-4-8");
    // The parts around the name are not part of the typo.
    assert_eq!(near("openrouter/openai/gpt-4o-mni:free")[0], "gpt-4o-mini");
    assert_eq!(near("text-embeding-3-large")[0], "text-embedding-3-large");
    // In the registry's spelling.
    assert_eq!(near("minimax-m2.77")[0], "MiniMax-M2.7");
    for name in [
        "",
        "o",
        "zzzzzzzzzzzz",
        "llama",
        "the quick brown fox",
        "\u{20ac}\u{20ac}\u{20ac}",
    ] {
        assert!(near(name).is_empty(), "{name}: {:?}", near(name));
    }
    let error = unknown("gpt-4p").to_string();
    assert!(
        error.starts_with("unknown model `gpt-4p`; did you mean `gpt-4`, `gpt-4o` or `"),
        "{error}"
    );
}

#[test]
fn at_most_three_near_names_of_three_models() {
    for model in Models::builtin().iter() {
        let error = unknown(&format!("{}~", model.id()));
        let near = error.nearest_models();
        assert!(near.len() <= 3);
        assert_eq!(near.first().map(String::as_str), Some(model.id()));
        let mut ids: Vec<String> = near
            .iter()
            .map(|n| Models::builtin().get(n).unwrap().id().to_owned())
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), near.len(), "{near:?}");
    }
}

#[test]
fn hostile_names() {
    let megabyte = "a".repeat(1 << 20);
    let long_and_dated = format!("{megabyte}-2024-08-06");
    let euros = "\u{20ac}".repeat(33);
    for name in [
        "",
        " ",
        "\0",
        "gpt-4o\0",
        "gpt-4o\n",
        " gpt-4o",
        "gpt-4o\u{1b}[31m",
        "\u{202e}o4-tpg",
        "gpt-4\u{43e}",
        "gpt-4o-2024-08-0\u{661}",
        "\u{ff47}pt-4o",
        "-",
        "----------------------------------------------------------------------------------------------------",
        &euros,
        &megabyte,
        &long_and_dated,
    ] {
        let error = unknown(name);
        let message = error.to_string();
        assert!(message.len() < 400, "{message}");
        assert!(!message.chars().any(char::is_control), "{message:?}");
        if name.len() > 100 || name.chars().any(char::is_control) {
            assert!(error.nearest_models().is_empty());
        }
    }
}

#[test]
fn billing_families() {
    for (id, family) in [
        ("gpt-3.5-turbo-0301", "openai-chat-0301"),
        ("gpt-3.5-turbo", "openai-chat"),
        ("gpt-3.5-turbo-16k", "openai-chat"),
        ("gpt-4", "openai-chat"),
        ("gpt-4-turbo", "openai-chat"),
        ("gpt-4-1106-preview", "openai-chat"),
        ("gpt-4.1-nano", "openai-chat"),
        ("gpt-4.5-preview", "openai-chat"),
        ("gpt-4o", "openai-chat"),
        ("gpt-4o-2024-05-13", "openai-chat"),
        ("gpt-4o-audio-preview", "openai-chat"),
        ("chatgpt-4o-latest", "openai-chat"),
        ("gpt-4o-search-preview", "openai-search"),
        ("gpt-4o-mini-search-preview", "openai-search"),
        ("o1", "openai-o-series"),
        ("o1-pro", "openai-o-series"),
        ("o3", "openai-o-series"),
        ("o3-deep-research", "openai-o-series"),
        ("o4-mini", "openai-o-series"),
        ("o3-mini", "openai-o3-mini"),
        ("o1-mini", "openai-o1-preview"),
        ("o1-preview", "openai-o1-preview"),
        ("gpt-5", "openai-reasoning"),
        ("gpt-5-codex", "openai-reasoning"),
        ("gpt-5.2-chat-latest", "openai-reasoning"),
        ("gpt-5.6-sol", "openai-reasoning"),
        ("gpt-6.1-terra", "openai-reasoning"),
        ("gpt-oss-20b", "harmony"),
        ("gpt-audio", "openai-chat"),
        ("chat-latest", "openai-unlisted"),
        ("gpt-rosalind-discovery", "openai-unlisted"),
        ("codex-mini-latest", "openai-unlisted"),
        ("computer-use-preview", "openai-unlisted"),
        ("text-embedding-3-small", "embedding"),
        ("gpt-3.5-turbo-instruct", "completion"),
        ("gpt2", "other"),
        ("claude-opus-5", "other"),
        ("llama-3-8b-instruct", "other"),
        ("gpt-4o-realtime-preview", "none"),
        ("gpt-4o-transcribe", "none"),
        ("whisper-1", "none"),
        ("sora-2", "none"),
        ("omni-moderation-latest", "none"),
    ] {
        let model = model(id);
        assert_eq!(
            (model.id(), model.name(), model.billing().as_str()),
            (id, id, family)
        );
    }
    for model in Models::builtin().iter() {
        let vendor_rules = !matches!(
            model.billing(),
            BillingFamily::Other
                | BillingFamily::None
                | BillingFamily::Embedding
                | BillingFamily::Completion
        );
        let openai_chat = model.provider() == "openai"
            && matches!(model.kind(), ModelKind::Chat | ModelKind::Responses);
        assert_eq!(vendor_rules, openai_chat, "{}", model.id());
        assert_eq!(
            model.kind() == ModelKind::Embedding,
            model.billing() == BillingFamily::Embedding,
            "{}",
            model.id()
        );
    }
}

/// Whether JSON values are equal: numbers by value, lists of words in any order.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| equal(a, b)))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// Asserts every price of the line for its day, tier, size and host.
fn prices_are_the_line(model: &Model, line: &Value) {
    const FIELDS: &[&str] = &[
        "input",
        "cached_input",
        "output",
        "explicit_cached_input",
        "reasoning_output",
        "audio_input",
        "audio_cached_input",
        "audio_output",
        "image_input",
        "image_cached_input",
        "image_output",
        "video_input",
    ];
    let id = model.id();
    for period in line["prices"].as_array().into_iter().flatten() {
        let day = period["valid_from"]
            .as_str()
            .or(period["valid_until"].as_str());
        let day: Day = day.unwrap_or("2026-11-28").parse().unwrap();
        for (tier, table) in period.as_object().unwrap() {
            let Some(tier) = model.service_tiers().find(|known| known.as_str() == tier) else {
                assert!(
                    !table.is_object() || period["valid_from"] != Value::Null,
                    "{id}: {tier}"
                );
                continue;
            };
            let query = PriceQuery::new().at(day).tier(tier);
            let mut tables = vec![(0, table)];
            for above in table["tiers"].as_array().into_iter().flatten() {
                let more = u64::from(above["inclusive"] != Value::Bool(true));
                tables.push((above["above_input_tokens"].as_u64().unwrap() + more, above));
            }
            for (tokens, table) in tables {
                let price = model.price_for(&query.input_tokens(tokens));
                let shown = serde_json::to_value(price).unwrap();
                for field in FIELDS {
                    if !table[field].is_null() {
                        assert_eq!(
                            shown[field].as_f64(),
                            table[field].as_f64(),
                            "{id} {tier} {tokens} {field}"
                        );
                    }
                }
                for (ttl, usd) in table["cache_write"].as_object().into_iter().flatten() {
                    assert_eq!(
                        shown["cache_write"][ttl].as_f64(),
                        usd.as_f64(),
                        "{id} {tier} {ttl}"
                    );
                }
            }
        }
    }
    for (host, row) in line["hosts"].as_object().into_iter().flatten() {
        let Ok(host) = host.parse::<Host>() else {
            continue;
        };
        let at_host = model.at_host(host);
        if at_host.host().is_none() {
            continue;
        }
        let of = |field: &str| row[field].as_u64();
        if let Some(window) = of("context_window").filter(|_| !host.sets_window_at_load()) {
            // `data/own.json` corrects some.
            let own = [("gpt-4.1", Host::Azure), ("gpt-3.5-turbo", Host::Azure)];
            if !own.contains(&(id, host)) {
                assert_eq!(at_host.context_window(), Some(window), "{id} at {host}");
            }
        }
        if let Some(prices) = row["price"].as_array() {
            let price = at_host.price();
            assert_eq!(price.basis, PriceBasis::Host);
            for (ours, theirs) in [price.input, price.cached_input, price.output]
                .iter()
                .zip(prices)
            {
                assert_eq!(*ours, theirs.as_f64(), "{id} at {host}");
            }
        }
        if let Some(date) = row["shutdown_date"].as_str() {
            let shut_down = at_host.shutdown_date().map(|day| day.to_string());
            assert_eq!(shut_down.as_deref(), Some(date), "{id} at {host}");
        }
    }
}

/// Compares the tables of `build/registry.rs` with the file they come from, through the whole
/// public interface.
#[test]
fn the_tables_are_the_file() {
    let registry = Models::builtin();
    let lines = lines();
    assert_eq!(lines.len(), registry.iter().count());
    for (model, line) in registry.iter().zip(&lines) {
        let shown = serde_json::to_value(&model).unwrap();
        let id = line["id"].as_str().unwrap();
        // A field that the line omits is null, an empty list, or an object of nulls.
        let same = |ours: &Value, theirs: &Value| match (ours, theirs) {
            (Value::Array(a), Value::Null) => a.is_empty(),
            _ => ours == theirs,
        };
        for field in [
            "id",
            "provider",
            "kind",
            "billing",
            "aliases",
            "context_window",
            "max_input_tokens",
            "max_output_tokens",
            "limits_note",
            "host_limits_seen",
            "encoding",
            "encoding_note",
            "status",
            "azure_names",
        ] {
            assert!(
                same(&shown[field], &line[field]),
                "{id}: {field}: {} {}",
                shown[field],
                line[field]
            );
        }
        for field in ["supports", "modalities"] {
            for (key, value) in shown[field].as_object().unwrap() {
                assert!(same(value, &line[field][key]), "{id}: {field}.{key}");
            }
        }
        for field in ["abilities", "limits", "image_tokens", "price_regional"] {
            let line = &line[field];
            let empty = line.is_null() && (shown[field].is_null() || shown[field] == json!({}));
            assert!(
                empty || equal(&shown[field], line),
                "{id}: {field}: {} {line}",
                shown[field]
            );
        }
        assert_eq!(
            shown["counting_generation"], line["counting_generation"],
            "{id}"
        );
        assert_eq!(shown["open_weights"], line["open_weights"], "{id}");
        let lifecycle = &line["lifecycle"];
        for field in ["release_date", "shutdown_date", "successor"] {
            assert_eq!(shown[field], lifecycle[field], "{id}: {field}");
        }
        prices_are_the_line(&model, line);
        if let Some(snapshots) = line["snapshot_deprecations"].as_object() {
            for (name, date) in snapshots {
                let shut_down = registry.get(name).unwrap().shutdown_date();
                assert_eq!(
                    shut_down.map(|day| day.to_string()).as_deref(),
                    date.as_str(),
                    "{name}"
                );
            }
        }
        let sources: Vec<String> = model
            .sources()
            .map(|s| {
                s.note
                    .map_or(s.name.to_owned(), |note| format!("{} ({note})", s.name))
            })
            .collect();
        assert_eq!(sources, texts(&line["sources"]), "{id}");
    }
}

#[test]
fn encodings_are_those_the_registry_names() {
    let ours = [
        "o200k_base",
        "o200k_harmony",
        "cl100k_base",
        "p50k_base",
        "p50k_edit",
        "r50k_base",
        #[cfg(feature = "claude")]
        "claude_v3",
        #[cfg(feature = "claude")]
        "claude_v47",
        #[cfg(feature = "claude")]
        "claude_v48",
        #[cfg(feature = "gemma")]
        "gemma",
        #[cfg(feature = "mistral")]
        "mistral_tekken",
        #[cfg(feature = "qwen2")]
        "qwen2",
        #[cfg(feature = "qwen35")]
        "qwen35",
        #[cfg(feature = "glm")]
        "glm4",
        #[cfg(feature = "glm")]
        "glm5",
        #[cfg(feature = "minimax")]
        "minimax_m2",
    ];
    for model in Models::builtin().iter() {
        let expected = match model.encoding_name() {
            // The older name of the same vocabulary.
            Some("gpt2") => Some("r50k_base"),
            Some("deepseek_v3" | "deepseek_v4") => cfg!(feature = "deepseek").then_some("deepseek"),
            Some("kimi_k2" | "kimi_k3") => cfg!(feature = "kimi").then_some("kimi_k2"),
            name => name.filter(|n| ours.contains(n)),
        };
        assert_eq!(
            model.encoding().map(|e| e.name()),
            expected,
            "{}",
            model.id()
        );
    }
    assert_eq!(model("gpt-4o").encoding(), Some(Encoding::O200K_BASE));
    assert_eq!(
        model("gpt-3.5-turbo").encoding(),
        Some(Encoding::CL100K_BASE)
    );
    assert_eq!(
        model("gpt-oss-20b").encoding(),
        Some(Encoding::O200K_HARMONY)
    );
    assert_eq!(model("grok-4").encoding(), None);
}

#[test]
fn every_model_names_dated_sources() {
    for model in Models::builtin().iter() {
        assert!(model.sources().count() > 0, "{}", model.id());
        for source in model.sources() {
            assert!(
                matches!(source.date.len(), 7 | 10) && source.date.starts_with("20"),
                "{source:?}"
            );
            assert!(!source.name.is_empty() && !source.what.is_empty());
        }
    }
}

#[test]
fn inputs() {
    let traits = model("gpt-4o").supports();
    assert_eq!(
        (
            traits.accepts(Modality::Image),
            traits.accepts(Modality::Audio)
        ),
        (Some(true), Some(false))
    );
    // No source lists its outputs: unknown is an empty list.
    assert!(model("tts-1-1106").supports().outputs().is_empty());
}

#[test]
fn as_json() {
    let shown = serde_json::to_value(model("gpt-4o-2024-08-06")).unwrap();
    let sources = shown["sources"].as_array().unwrap().clone();
    assert!(
        sources
            .iter()
            .all(|s| s["name"].is_string() && s["what"].is_string() && s["date"].is_string())
    );
    for (field, value) in json!({
        "id": "gpt-4o",
        "name": "gpt-4o-2024-08-06",
        "matched": "alias",
        "certain": true,
        "host": null,
        "day": null,
        "routed_from": null,
        "provider": "openai",
        "kind": "chat",
        "aliases": ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"],
        "context_window": 128_000,
        "max_input_tokens": null,
        "max_output_tokens": 16_384,
        "limits_note": null,
        "limits": {
            "shared_limit": true, "prompt_cache_min_tokens": 1_024, "images": {"most": 1_500}, "request_bytes": 536_870_912
        },
        "host_limits_seen": [],
        "encoding": "o200k_base",
        "encoding_note": null,
        "billing": "openai-chat",
        "supports": {"tools": true, "vision": true, "json_schema": true, "reasoning": false},
        "modalities": {"input": ["text", "image"], "output": ["text"]},
        "price_per_1m_usd": {
            "input": 2.5, "cached_input": 1.25, "output": 10.0, "tier": "standard", "basis": "vendor", "day": "2026-11-28"
        },
        "shutdown_date": "2027-01-14",
        "successor": "gpt-6-luna",
        "status": null,
        "azure_names": [],
    })
    .as_object()
    .unwrap()
    {
        assert_eq!(&shown[field], value, "{field}");
    }
    let fields: Vec<&str> = shown
        .as_object()
        .unwrap()
        .keys()
        .map(|key| &**key)
        .collect();
    let all = "abilities aliases azure_names billing certain context_window counting_generation day encoding \
        encoding_note host host_limits_seen id image_tokens kind limits limits_note matched max_input_tokens \
        max_output_tokens modalities moves_to name name_as_of open_weights price_per_1m_usd price_regional prices \
        provider release_date routed_from routed_to shutdown_date sources status successor supports";
    assert_eq!(fields, all.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        format!("{:?}", model("gpt-4o-2024-08-06")),
        "Model(\"gpt-4o\")"
    );
}

fn on(day: &str) -> Models {
    Models::builtin().on(day.parse().unwrap())
}

#[test]
fn the_model_that_answers_on_a_day() {
    for (day, name, id, from) in [
        ("2026-11-30", "gemini-2.5-pro", "gemini-2.5-pro", None),
        (
            "2026-12-01",
            "gemini-2.5-pro",
            "gemini-3.8-flash",
            Some("gemini-2.5-pro"),
        ),
        // A route of the Gemini API is not one of Vertex.
        (
            "2026-12-01",
            "vertex_ai/gemini-2.5-pro",
            "gemini-2.5-pro",
            None,
        ),
        ("2026-09-09", "deepseek-v4-flash", "deepseek-v4-flash", None),
        (
            "2026-09-10",
            "deepseek-v4-flash",
            "deepseek-v4.1-flash",
            Some("deepseek-v4-flash"),
        ),
        (
            "2026-12-01",
            "openrouter/deepseek/deepseek-v4-flash",
            "deepseek-v4-flash",
            None,
        ),
        // Two consecutive routes, the first with an end.
        (
            "2026-05-01",
            "deepseek-chat",
            "deepseek-v4-flash",
            Some("deepseek-chat"),
        ),
        ("2026-08-01", "deepseek-chat", "deepseek-chat", None),
    ] {
        let model = on(day).get(name).unwrap();
        assert_eq!(
            (model.id(), model.routed_from(), model.name()),
            (id, from, name),
            "{day}"
        );
        // Limits and counting rules are those of the answering model.
        let target = on(day).get(id).unwrap();
        if from.is_some() {
            assert_eq!(model.context_window(), target.context_window());
            assert_eq!(model.counting_generation(), target.counting_generation());
            assert_eq!(model.price(), target.price());
        }
    }
    // Without a day no route is followed, whatever today is.
    assert_eq!(model("deepseek-v4-flash").id(), "deepseek-v4-flash");
}

#[test]
fn a_retired_model_is_refused_with_a_day_only() {
    let models = Models::builtin();
    let body = |model: &str| {
        format!(r#"{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}"#)
    };
    let severity = |model: &str, day: Option<&str>| {
        let text = body(model);
        let request = Request::parse(&text).unwrap();
        let budget = Budget::lenient(&models);
        let budget = match day {
            Some(day) => budget.at(day).unwrap(),
            None => budget,
        };
        let report = budget.check(&request);
        assert_eq!(report.day().map(|day| day.to_string()).as_deref(), day);
        let mut findings = report.findings().iter();
        findings
            .find(|finding| finding.code == "retired_model")
            .map(|finding| finding.severity.to_string())
    };
    for (model, day, expected) in [
        ("gpt-4o", None, None),
        ("gpt-4o", Some("2027-01-13"), None),
        ("gpt-4o", Some("2027-01-14"), Some("refused")),
        ("azure/gpt-4o", Some("2027-01-14"), None),
        ("azure/gpt-4o", Some("2027-04-14"), Some("risky")),
        // Long retired, but risky without a day.
        ("text-davinci-003", None, Some("risky")),
        ("text-davinci-003", Some("2026-11-28"), Some("refused")),
        // Its requests are answered by another model.
        ("gemini-2.5-flash", Some("2026-12-01"), None),
    ] {
        assert_eq!(severity(model, day).as_deref(), expected, "{model} {day:?}");
    }
}

#[test]
fn prices_by_day_size_hour_and_host() {
    let query = PriceQuery::new();
    let input = |name: &str, query: &PriceQuery| model(name).price_for(query).input;
    let at = |day: &str| query.at(day.parse().unwrap());
    for (name, query, price) in [
        ("gpt-5.6-sol", query, Some(4.0)),
        ("gpt-5.6-sol", query.input_tokens(272_000), Some(4.0)),
        ("gpt-5.6-sol", query.input_tokens(272_001), Some(8.0)),
        // Its cost before the price cut is unknown.
        ("gpt-5.6-sol", at("2026-08-20"), None),
        ("gemini-3.8-flash", at("2026-12-31"), Some(0.75)),
        ("gemini-3.8-flash", at("2027-01-01"), Some(1.5)),
        ("grok-4.5", query.input_tokens(199_999), Some(2.0)),
        ("grok-4.5", query.input_tokens(200_000), Some(4.0)),
        ("claude-haiku-5-5", query.input_tokens(100_001), Some(0.5)),
        ("azure/gpt-4o", query, Some(2.5)),
        ("bedrock/gpt-5.6-sol", query, Some(4.4)),
        ("qwen3-coder-plus", query.input_tokens(128_001), Some(3.0)),
        // DeepSeek's peak hours are on weekdays.
        (
            "deepseek-v4-pro",
            at("2026-11-27").at_minute(2 * 60),
            Some(1.32),
        ),
        (
            "deepseek-v4-pro",
            at("2026-11-27").at_minute(4 * 60),
            Some(0.66),
        ),
        (
            "deepseek-v4-pro",
            at("2026-11-28").at_minute(2 * 60),
            Some(0.66),
        ),
    ] {
        assert_eq!(input(name, &query), price, "{name} {query:?}");
    }
    // A host without a row, or a proxy: the vendor's price, marked as such.
    let basis = |name: &str| model(name).price().basis;
    assert_eq!(basis("gpt-4o"), PriceBasis::Vendor);
    assert_eq!(basis("azure/gpt-4o"), PriceBasis::Vendor);
    assert_eq!(basis("my-proxy/gpt-4o"), PriceBasis::VendorElsewhere);
    assert_eq!(basis("bedrock/gpt-5.6-sol"), PriceBasis::Host);
}

#[test]
fn the_data_version_names_a_day_and_a_hash() {
    let version = data_version();
    let (date, hash) = version.rsplit_once('-').unwrap();
    assert!(
        date >= Models::builtin().date() && date.len() == 10,
        "{version}"
    );
    assert!(
        hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()),
        "{version}"
    );
}

/// The reference is not part of the package.
fn reference() -> String {
    std::fs::read_to_string(shared("reference/models_v2.json")).unwrap()
}

#[test]
#[ignore = "needs the recordings"]
fn the_registry_is_what_its_generator_gives() {
    let reference = reference();
    let made = registry_from_reference::registry(&reference).unwrap();
    assert!(
        made == data("data/models.json"),
        "run the command in data/README.md"
    );
}

/// Without the generator: every non-null fact of the reference is in the registry.
#[test]
#[ignore = "needs the recordings"]
fn nothing_of_the_reference_is_lost() {
    let reference = reference();
    let reference: Value = serde_json::from_str(&reference).unwrap();
    let theirs = reference["models"].as_array().unwrap();
    let ours = listed();
    assert_eq!(theirs.len(), ours.len());
    // Every non-null leaf by its path; sources are renamed, and are counted.
    fn leaves(path: String, value: &Value, out: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    leaves(format!("{path}/{key}"), value, out);
                }
            }
            Value::Array(list) => {
                for (nth, value) in list.iter().enumerate() {
                    leaves(format!("{path}/{nth}"), value, out);
                }
            }
            Value::Null => {}
            _ => out.push((path, value.clone())),
        }
    }
    let is_source = |path: &str| {
        path.starts_with("/from/") || path.starts_with("/sources/") || path.contains("/src/")
    };
    let derived = |path: &str| {
        [
            "/price_per_1m_usd",
            "/deprecation_date",
            "/host_limits_seen",
            "/from/price_per_1m_usd",
        ]
        .iter()
        .any(|field| path.starts_with(field))
    };
    let mut compared = 0;
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        leaves(String::new(), theirs, &mut a);
        leaves(String::new(), ours, &mut b);
        a.retain(|(path, value)| {
            !derived(path) && (path, value) != (&"/id_moves".to_owned(), &json!(false))
        });
        b.retain(|(path, _)| !derived(path) && !path.ends_with("/inclusive"));
        assert_eq!(a.len(), b.len(), "{}", theirs["id"]);
        a.sort_by(|a, b| a.0.cmp(&b.0));
        b.sort_by(|a, b| a.0.cmp(&b.0));
        for ((path, theirs), (other, ours)) in a.iter().zip(&b) {
            assert_eq!(path, other);
            compared += 1;
            assert!(
                is_source(path) || equal(theirs, ours),
                "{path}: {theirs} {ours}"
            );
        }
        let seen = theirs["host_limits_seen"].as_object().unwrap();
        for pair in ours["host_limits_seen"].as_array().into_iter().flatten() {
            assert_eq!(seen[&pair[0].to_string()], pair[1]);
        }
    }
    assert!(compared > 40_000, "{compared}");
}

/// The hosts of the reference, with their prefixes and kinds.
#[test]
#[ignore = "needs the recordings"]
fn the_hosts_are_those_of_the_reference() {
    let reference = reference();
    let reference: Value = serde_json::from_str(&reference).unwrap();
    let hosts = reference["_hosts"].as_array().unwrap();
    assert!(hosts.len() > 100);
    for row in hosts {
        let word = row["host"].as_str().unwrap();
        let host: Host = word.parse().unwrap();
        assert_eq!(host.as_str(), word);
        let kind = format!("{:?}", host.kind()).to_lowercase();
        assert_eq!(kind, row["kind"].as_str().unwrap(), "{word}");
        for prefix in texts(&row["prefixes"]) {
            let model = model(&format!("{prefix}gpt-4o"));
            assert_eq!(model.id(), "gpt-4o", "{prefix}");
            // A vendor's prefix names the maker of the model.
            if row["kind"] != "vendor" {
                assert_eq!(model.host(), Some(host), "{prefix}");
            }
        }
    }
}

#[test]
fn the_vocabularies_are_those_of_tiktoken_rs() {
    let made = vocabularies_from_tiktoken::vocabularies().unwrap();
    assert!(
        made == data("data/vocabularies.json"),
        "a vocabulary changed, and counts with it; run the command in data/README.md and say so in the changelog"
    );
    for (name, pairs) in vocabularies_from_tiktoken::pairs().unwrap() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/vocabulary/{name}.pairs"));
        assert!(std::fs::read(path).unwrap() == pairs, "{name}.pairs");
    }
}

#[test]
fn the_character_classes_are_those_of_regex() {
    let made = classes_from_regex::unicode_classes().unwrap();
    assert!(
        made == data("data/unicode_classes.txt"),
        "the tables of Unicode changed, and where texts are split with them; see data/README.md"
    );
}

#[test]
fn overrides_keep_the_aliases_that_were_set_before() {
    let models = Models::builtin()
        .alias("prod-chat", "azure/gpt-4o")
        .unwrap()
        .overrides(r#"[{"id": "our-own-model", "context_window": 32000}]"#)
        .unwrap();
    assert_eq!(models.get("prod-chat").unwrap().id(), "gpt-4o");
    assert_eq!(
        models.get("our-own-model").unwrap().context_window(),
        Some(32_000)
    );
}
