//! Resolves names to models: the table of names, hosts, overrides in three formats, policies, and
//! strings that are not names.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::common::shared;
use proptest::prelude::*;
use serde_json::Value;
use tokenfit::model::{
    BillingFamily, Day, Host, Limits, Match, Modality, ModelKind, PriceQuery, UnknownModels,
};
use tokenfit::{Accuracy, Budget, Encoding, Error, ErrorKind, Model, Models, Request};

fn model(name: &str) -> Model {
    of(&Models::builtin(), name)
}

fn day(text: &str) -> Option<Day> {
    Some(text.parse().unwrap())
}

fn of(registry: &Models, name: &str) -> Model {
    registry.get(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn with(json: &str) -> Models {
    Models::builtin()
        .overrides(json)
        .unwrap_or_else(|e| panic!("{json}: {e}"))
}

/// Name, id (or unknown), match, host.
fn cases() -> Vec<[&'static str; 4]> {
    include_str!("../cases/model_names.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            fields.try_into().unwrap()
        })
        .collect()
}

#[test]
fn the_table_of_names() {
    let registry = Models::builtin();
    let cases = cases();
    assert!(cases.len() >= 100);
    let mut wrong = Vec::new();
    for [name, id, matched, host] in cases {
        let found = registry.get(name).ok();
        let ours = match &found {
            Some(model) => [
                model.id(),
                model.matched().as_str(),
                model.host().map_or("-", Host::as_str),
            ],
            None => ["unknown", "-", "-"],
        };
        if ours != [id, matched, host] {
            wrong.push(format!("{name}: {ours:?} for {:?}", [id, matched, host]));
        }
        if let Some(model) = found {
            assert!(model.name().eq_ignore_ascii_case(name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The names of a widely used table. Unresolved ones are size classes, containers, routers, other
/// tools, and weights that differ from their names' bases: a limit of the wrong model would be
/// worse.
#[test]
#[ignore = "needs the recordings"]
fn names_of_a_widely_used_table() {
    let text = std::fs::read_to_string(shared("cases/litellm_names.tsv")).unwrap();
    let registry = Models::builtin();
    let mut left = Vec::new();
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let names: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .collect();
    for name in &names {
        match registry.get(name) {
            Ok(model) => *ways.entry(model.matched().as_str()).or_default() += 1,
            Err(_) => left.push(*name),
        }
    }
    let share = 100.0 * (1.0 - left.len() as f64 / names.len() as f64);
    println!(
        "{share:.1} % of {} names resolve: {ways:?}; {} do not: {left:?}",
        names.len(),
        left.len()
    );
    assert!(names.len() > 3_800 && share >= 98.0);
    for name in left {
        assert!(
            [
                "abliterat",
                "container",
                "preset",
                "lyria",
                "together-ai-",
                "granite-ttm",
                "flux-1",
                "routers",
                "scaledown",
                "sam-3.1",
                "community",
                "20240620",
                "claude-sonnet-4-1",
                "moondream3",
                "41-copilot",
                "70b-instruct-1b",
                "ultramarine",
                "deep-research",
                "pro-search"
            ]
            .iter()
            .any(|class| name.contains(class)),
            "{name} should resolve"
        );
    }
}

/// Case does not matter, and neither does a prefix of a host.
#[test]
fn names_in_other_cases_and_behind_a_gateway() {
    let registry = Models::builtin();
    for [name, id, _, host] in cases() {
        if id == "unknown" || name.contains('%') {
            continue;
        }
        for name in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
            assert_eq!(of(&registry, &name).id(), id, "{name}");
        }
        // Forms of other hosts are not names there.
        let moves_there = name.eq_ignore_ascii_case("gemini-flash-latest");
        if host == "-" && !moves_there && !name.contains(['/', '~']) && !name.starts_with("ft:") {
            let routed = of(&registry, &format!("openrouter/{name}"));
            assert_eq!(
                (routed.id(), routed.host()),
                (id, Some(Host::OpenRouter)),
                "{name}"
            );
        }
    }
}

/// Every listed name still resolves to its own model with a prefix and as a fine-tune.
#[test]
fn listed_names_in_wrappers() {
    let registry = Models::builtin();
    for listed in registry.iter() {
        for name in std::iter::once(listed.id()).chain(listed.aliases()) {
            // A colon ends the base of a fine-tune.
            if name.contains(['/', ':']) {
                continue;
            }
            for wrapped in [
                format!("azure/{name}"),
                format!("azure/global-standard/{name}"),
                format!("ft:{name}:acme::a1b2"),
                format!("{name}:nitro"),
            ] {
                // OpenRouter's own name in this spelling is another model.
                if wrapped == "gemini-flash-latest:nitro" {
                    continue;
                }
                assert_eq!(of(&registry, &wrapped).id(), listed.id(), "{wrapped}");
            }
        }
    }
}

#[test]
fn certain_matches() {
    for (name, certain) in [
        ("gpt-4o", true),
        ("gpt-4o-2024-08-06", true),
        ("azure/gpt-4o", true),
        ("claude-opus-4.8", true),
        ("ft:gpt-4o:acme::1", false),
        ("o3-high", false),
        ("gpt-4o-2026-02-03", false),
        ("azure/gpt-4o-2026-02-03", false),
        ("mistral-large-latest", false),
    ] {
        assert_eq!(model(name).matched().is_certain(), certain, "{name}");
    }
    // Of two steps the less certain one is reported.
    assert_eq!(
        model("ft:gpt-4o-2031-01-01:acme::1").matched(),
        Match::Snapshot
    );
}

#[test]
fn the_name_in_the_registry_behind_the_name_as_given() {
    for (name, listed) in [
        ("azure/GPT-35-Turbo", "gpt-35-turbo"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("ft:gpt-4o-2024-08-06:acme::1", "gpt-4o-2024-08-06"),
        ("gpt-4o-2031-01-01", "gpt-4o"),
        ("claude-4.5-sonnet", "claude-sonnet-4-5"),
    ] {
        assert_eq!(
            (model(name).name(), model(name).listed_name()),
            (name, listed)
        );
    }
    // Shutdown dates depend on the snapshot, wherever it is served.
    assert_eq!(
        model("openai/gpt-4o-2024-08-06").shutdown_date(),
        day("2027-01-14")
    );
}

#[test]
fn windows_at_hosts() {
    for (name, window, output) in [
        ("gpt-4.1", Some(1_047_576), Some(32_768)),
        ("azure/gpt-4.1", Some(300_000), Some(32_768)),
        ("azure/gpt-4.1-2025-04-14", Some(300_000), Some(32_768)),
        ("azure/gpt-4.1-mini", Some(1_047_576), Some(32_768)),
        ("azure/gpt-35-turbo", Some(16_384), Some(4_096)),
        ("gpt-3.5-turbo", Some(16_385), Some(4_096)),
        ("qwen/qwen3-coder:free", Some(262_000), Some(65_536)),
        ("openrouter/qwen/qwen3-coder", Some(262_144), Some(65_536)),
        (
            "anthropic.claude-3-haiku-20240307-v1:0:48k",
            Some(48_000),
            Some(4_096),
        ),
        (
            "anthropic.claude-v2:1:200k",
            Some(200_000),
            model("claude-2.1").max_output_tokens(),
        ),
        ("ollama/llama3.3", None, None),
        ("llama3.1:8b", None, None),
    ] {
        let model = model(name);
        assert_eq!(
            (model.context_window(), model.max_output_tokens()),
            (window, output),
            "{name}"
        );
    }
    let azure = model("gpt-4.1").at_host(Host::Azure);
    assert_eq!(
        (azure.context_window(), azure.host()),
        (Some(300_000), Some(Host::Azure))
    );
    assert!(azure.limits_note().unwrap().contains("standard"));
    assert!(
        azure
            .sources()
            .any(|s| s.note == Some("the host") && s.date == "2026-11-22")
    );
    // Back at the vendor, by the vendor's own name.
    let back = azure.at_host(Host::OpenAi);
    assert_eq!(
        (back.context_window(), back.host()),
        (Some(1_047_576), None)
    );
    let local = model("gpt-oss-20b").at_host(Host::Local);
    assert_eq!(
        (local.context_window(), local.max_input_tokens()),
        (None, None)
    );
    assert!(local.limits_note().unwrap().contains("num_ctx"));
    // A window smaller than the input limit leaves no separate limit.
    let small = model("anthropic.claude-3-haiku-20240307-v1:0:1k");
    assert_eq!(
        (small.context_window(), small.max_output_tokens()),
        (Some(1_000), Some(1_000))
    );
}

#[test]
fn hosts_have_words() {
    for host in Host::ALL {
        assert_eq!(host.as_str().parse::<Host>().unwrap(), *host);
        assert_eq!(
            host.as_str()
                .to_uppercase()
                .replace('-', "_")
                .parse::<Host>()
                .unwrap(),
            *host
        );
    }
    for (word, host) in [
        ("vertex_ai", Host::Vertex),
        ("copilot", Host::GithubCopilot),
        ("amazon-bedrock", Host::Bedrock),
        ("vllm", Host::Local),
    ] {
        assert_eq!(word.parse::<Host>().unwrap(), host);
    }
    let error = "azrue".parse::<Host>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownHost);
    assert!(error.to_string().contains("`azrue`") && error.to_string().contains("azure"));
}

#[test]
fn deployments() {
    let registry = Models::builtin()
        .alias("Prod Chat", "azure/gpt-4.1")
        .unwrap()
        .alias("gpt-4", "gpt-4o-mini")
        .unwrap()
        .alias("second", "prod chat")
        .unwrap();
    let prod = of(&registry, "prod chat");
    assert_eq!(
        (prod.id(), prod.name(), prod.host(), prod.context_window()),
        ("gpt-4.1", "prod chat", Some(Host::Azure), Some(300_000))
    );
    assert!(prod.matched().is_certain());
    // Before the listed name, with a prefix, and through another alias.
    assert_eq!(of(&registry, "gpt-4").id(), "gpt-4o-mini");
    assert_eq!(of(&registry, "azure/gpt-4").id(), "gpt-4o-mini");
    assert_eq!(of(&registry, "second").id(), "gpt-4.1");
    // Similar names are not affected, and neither is the original registry.
    assert_eq!(of(&registry, "gpt-4-0613").id(), "gpt-4");
    assert_eq!(model("gpt-4").id(), "gpt-4");
    // The target's uncertainty is the alias's.
    let dated = registry.clone().alias("x", "gpt-4o-2031-01-01").unwrap();
    assert_eq!(of(&dated, "x").matched(), Match::Snapshot);
    // A repeated alias has its later target; two that name each other are not a loop.
    let swapped = registry.alias("second", "gpt-5").unwrap();
    assert_eq!(of(&swapped, "second").id(), "gpt-5");
    let around = Models::builtin()
        .alias("gpt-4", "gpt-4o")
        .unwrap()
        .alias("gpt-4o", "gpt-4")
        .unwrap();
    assert_eq!(of(&around, "gpt-4").id(), "gpt-4o");
    assert_eq!(of(&around, "gpt-4o").id(), "gpt-4o");

    let unknown = Models::builtin().alias("x", "gpt-4p").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::UnknownModel);
    for bad in ["", "a\nb", &"x".repeat(301)] {
        let error = Models::builtin().alias(bad, "gpt-4o").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRegistry);
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn guesses_only_when_asked_for() {
    let registry = Models::builtin();
    for (name, id) in [
        ("gpt-4.1-huge", "gpt-4.1"),
        (
            "openrouter/google/gemini-2.5-flash-poem",
            "gemini-2.5-flash",
        ),
        ("gpt-4o-2024-08-06-tuned", "gpt-4o"),
        ("gpt-oss-120b-derestricted", "gpt-oss-120b"),
        ("claude-sonnet-4.5-turbo-x", "claude-sonnet-4-5"),
        ("o1-nano", "o1"),
    ] {
        assert!(registry.get(name).is_err(), "{name}");
        let guess = registry.guess(name).unwrap();
        assert_eq!(
            (guess.id(), guess.name(), guess.matched()),
            (id, name, Match::Guess)
        );
    }
    for name in [
        "gpt-50",
        "gpt-4.7",
        "gpt-4.7-mini",
        "gpt-4ox",
        "o1x",
        "claude-opus-4-9",
        "claude-opus-4.9-fast",
        "gpt",
        "",
        "gpt-4o and then a whole prompt",
        "llama-3-2-90b",
    ] {
        assert!(
            registry.guess(name).is_none(),
            "{name}: {:?}",
            registry.guess(name)
        );
    }
    // Known names are not guessed.
    assert_eq!(registry.guess("gpt-4o").unwrap().matched(), Match::Id);
    let guessing = registry.unknown_models(UnknownModels::Guess).unwrap();
    assert_eq!(of(&guessing, "gpt-4.1-huge").matched(), Match::Guess);
    assert!(guessing.get("gpt-50").is_err());
}

#[test]
fn assumed_limits() {
    let registry = Models::builtin()
        .unknown_models(UnknownModels::assume("gpt-4o"))
        .unwrap();
    let assumed = of(&registry, "acme-chat-7");
    assert_eq!(assumed.matched(), Match::Assumed);
    assert_eq!((assumed.id(), assumed.name()), ("gpt-4o", "acme-chat-7"));
    assert_eq!(
        (assumed.context_window(), assumed.max_output_tokens()),
        (Some(128_000), Some(16_384))
    );
    assert_eq!(
        (assumed.encoding(), assumed.billing(), assumed.price().input),
        (None, BillingFamily::Other, None)
    );
    assert!(assumed.sources().count() > 0);
    let models = registry.clone();
    let request =
        Request::parse(r#"{"model":"acme-chat-7","messages":[{"role":"user","content":"Hello"}]}"#)
            .unwrap();
    let count = models.for_request(&request).unwrap().count(&request);
    assert_eq!(
        (count.accuracy(), count.context_window()),
        (Accuracy::Estimated, Some(128_000))
    );
    assert_eq!(assumed.count_text("Hello").accuracy(), Accuracy::Estimated);
    // Known names are still recognized.
    assert_eq!(of(&registry, "gpt-4").matched(), Match::Id);
    // A string that is not a name is not assumed to be one.
    for name in ["", "two words", "a\0b", &"x".repeat(301)] {
        assert_eq!(
            registry.get(name).unwrap_err().kind(),
            ErrorKind::UnknownModel,
            "{name}"
        );
    }
    let limits = Limits::window(32_000)
        .max_input_tokens(30_000)
        .max_output_tokens(2_000);
    let registry = registry
        .unknown_models(UnknownModels::Assume(limits))
        .unwrap();
    let assumed = of(&registry, "acme-chat-7");
    assert_eq!(
        (
            assumed.context_window(),
            assumed.max_input_tokens(),
            assumed.max_output_tokens(),
            assumed.id()
        ),
        (Some(32_000), Some(30_000), Some(2_000), "unknown")
    );
    let refused = Models::builtin().unknown_models(UnknownModels::assume("gpt-4p"));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::UnknownModel);
    let refusing = registry.unknown_models(UnknownModels::Refuse).unwrap();
    assert!(refusing.get("acme-chat-7").is_err());
}

const OWN: &str = r#"{
  "note": "fields that are not known are passed over",
  "models": [
    {
      "id": "Acme-Chat-7",
      "provider": "acme",
      "kind": "chat",
      "billing": "openai-chat",
      "aliases": ["acme-latest-one"],
      "context_window": 65536,
      "max_input_tokens": 60000,
      "max_output_tokens": 8192,
      "limits_note": "ours",
      "host_limits_seen": [[32768, 2]],
      "encoding": "cl100k_base",
      "modalities": {"input": ["text", "image", "text"], "output": ["text"]},
      "supports": {"tools": true, "vision": true, "json_schema": false, "reasoning": null},
      "price_per_1m_usd": {"input": 1.5, "cached_input": 0, "output": 3},
      "deprecation_date": "2027-03-01",
      "snapshot_deprecations": {"acme-latest-one": "2027-02-01"},
      "color": {"of": ["no", "interest"]}
    },
    {"id": "gpt-4o", "max_output_tokens": 4096, "context_window": null},
    {"id": "gpt-5", "context_window": 100000},
    {"id": "azure/gpt-4.1", "context_window": 1047576},
    {"id": "gpt-4-0613", "status": "removed"},
    {"id": "ft:gpt-4o-mini:acme::7", "price_per_1m_usd": {"input": 0.3}}
  ]
}"#;

#[test]
fn overrides_in_our_own_format() {
    let registry = with(OWN);
    let acme = of(&registry, "acme-chat-7");
    assert_eq!(
        (acme.id(), acme.name(), acme.matched()),
        ("Acme-Chat-7", "Acme-Chat-7", Match::Id)
    );
    assert_eq!(
        (acme.provider(), acme.kind(), acme.billing()),
        ("acme", ModelKind::Chat, BillingFamily::OpenAiChat)
    );
    assert_eq!(
        (
            acme.context_window(),
            acme.max_input_tokens(),
            acme.max_output_tokens()
        ),
        (Some(65_536), Some(60_000), Some(8_192))
    );
    assert_eq!(
        (acme.encoding(), acme.limits_note()),
        (Some(Encoding::CL100K_BASE), Some("ours"))
    );
    assert_eq!(acme.host_limits_seen(), [(32_768, 2)]);
    assert_eq!(acme.supports().inputs(), [Modality::Text, Modality::Image]);
    assert_eq!(
        (acme.supports().json_schema, acme.supports().reasoning),
        (Some(false), None)
    );
    assert_eq!(
        (acme.price().cached_input, acme.price().output),
        (Some(0.0), Some(3.0))
    );
    assert_eq!(acme.shutdown_date(), day("2027-03-01"));
    let alias = of(&registry, "ACME-LATEST-ONE");
    assert_eq!(
        (alias.id(), alias.matched(), alias.shutdown_date()),
        ("Acme-Chat-7", Match::Alias, day("2027-02-01"))
    );
    // An added name is found in all the ways of a listed one.
    for (name, matched) in [
        ("azure/acme-chat-7", Match::HostName),
        ("ft:acme-chat-7:me::1", Match::FineTune),
        ("acme-chat-7-2026-12-01", Match::Snapshot),
        ("acme_chat-7", Match::Id),
    ] {
        match registry.get(name) {
            Ok(model) => assert_eq!((model.id(), model.matched()), ("Acme-Chat-7", matched)),
            Err(_) => assert_eq!(name, "acme_chat-7"),
        }
    }
    let near = registry.get("acme-chta-7").unwrap_err();
    assert_eq!(near.nearest_models(), ["Acme-Chat-7"]);

    // Field by field, for all names of the model.
    for name in ["gpt-4o", "gpt-4o-2024-08-06", "azure/gpt-4o"] {
        let gpt = of(&registry, name);
        assert_eq!(
            (gpt.id(), gpt.max_output_tokens(), gpt.context_window()),
            ("gpt-4o", Some(4_096), Some(128_000))
        );
        assert!(
            gpt.sources()
                .any(|s| s.name == "given" && s.date.is_empty())
        );
    }
    // An input limit above the new window has no effect.
    let gpt5 = of(&registry, "gpt-5");
    assert_eq!(
        (gpt5.context_window(), gpt5.max_input_tokens()),
        (Some(100_000), None)
    );
    // For one name at one host; it overrides the built-in window of the host.
    assert_eq!(
        of(&registry, "azure/gpt-4.1").context_window(),
        Some(1_047_576)
    );
    assert_eq!(of(&registry, "azure/gpt-4.1").id(), "gpt-4.1");
    assert_eq!(
        of(&registry, "azure/eu/gpt-4.1").context_window(),
        Some(300_000)
    );
    // For one snapshot.
    assert_eq!(
        (
            of(&registry, "gpt-4-0613").status(),
            of(&registry, "gpt-4-0613").id()
        ),
        (Some("removed"), "gpt-4")
    );
    assert_eq!(of(&registry, "gpt-4").status(), model("gpt-4").status());
    // A fine-tune inherits the rest from its base.
    let tuned = of(&registry, "ft:gpt-4o-mini:acme::7");
    assert_eq!(
        (
            tuned.price().input,
            tuned.context_window(),
            tuned.billing(),
            tuned.matched()
        ),
        (
            Some(0.3),
            Some(128_000),
            BillingFamily::OpenAiChat,
            Match::Id
        )
    );
    // Listed with the others, new ones at the end.
    let ids: Vec<String> = registry.iter().map(|m| m.id().to_owned()).collect();
    assert_eq!(ids.len(), Models::builtin().iter().count() + 2);
    assert_eq!(
        ids[ids.len() - 2..],
        ["Acme-Chat-7", "ft:gpt-4o-mini:acme::7"]
    );
    // The original registry and the built-in one are unchanged.
    assert!(Models::builtin().get("acme-chat-7").is_err());
    assert!(!of(&registry, "gpt-4o").counting_is_overridden());
    assert!(of(&with(r#"{"id":"gpt-4o","billing":"other"}"#), "gpt-4o").counting_is_overridden());
}

#[test]
fn overrides_upon_overrides() {
    let first = with(OWN);
    let second = first
        .clone()
        .overrides(r#"[{"id": "acme-chat-7", "context_window": 131072, "aliases": ["acme-8"]}, {"id": "gpt-4o", "max_output_tokens": 1}]"#)
        .unwrap();
    for name in ["acme-chat-7", "acme-latest-one", "acme-8"] {
        assert_eq!(of(&second, name).context_window(), Some(131_072), "{name}");
    }
    assert_eq!(of(&second, "acme-8").max_output_tokens(), Some(8_192));
    assert_eq!(
        of(&second, "gpt-4o-2024-08-06").max_output_tokens(),
        Some(1)
    );
    assert_eq!(of(&first, "acme-chat-7").context_window(), Some(65_536));
    assert_eq!(of(&first, "gpt-4o").max_output_tokens(), Some(4_096));
    assert_eq!(second.iter().count(), first.iter().count());
    // Aliases of the caller's use the file's facts.
    let named = second.alias("gpt-4o", "acme-chat-7").unwrap();
    assert_eq!(of(&named, "gpt-4o").context_window(), Some(131_072));
    // An empty file has no effect.
    for empty in ["{}", "[]", r#"{"models": []}"#] {
        assert_eq!(with(empty).iter().count(), Models::builtin().iter().count());
    }
}

/// An unheard-of model is one row: counted, checked and priced by that row.
#[test]
fn an_unknown_model_is_one_row() {
    let registry = with(
        r#"[{
            "id": "acme-9", "provider": "openai", "kind": "chat", "billing": "openai-reasoning", "encoding": "o200k_base",
            "context_window": 100000, "max_output_tokens": 20000,
            "limits": {"shared_limit": true, "images": {"most": 7}},
            "supports": {"reasoning": true, "vision": true},
            "abilities": {
                "reasoning": "always", "efforts": ["low", "high"], "efforts_measured": false, "tools_with_reasoning_chat": true,
                "sampling": {"temperature": "only_default"}
            },
            "image_tokens": {"scheme": "tiles", "base": 10, "tile": 100, "low": 10, "seen": true},
            "prices": [
                {"valid_until": "2027-06-30", "standard": {"input": 2, "cached_input": 0.2, "output": 8, "tiers": [
                    {"above_input_tokens": 50000, "whole_request": true, "input": 4, "output": 12}]}},
                {"valid_from": "2027-07-01", "standard": {"input": 3, "output": 9}}
            ],
            "hosts": {"azure": {"context_window": 50000, "price": [2.5, null, 9], "sure": true}},
            "host_names": [{"name": "acme-nine", "host": "azure"}],
            "lifecycle": {"shutdown_date": "2028-01-01", "successor": "gpt-6-sol"}
        }]"#,
    );
    let models = registry.clone();
    let acme = of(&registry, "acme-9");
    // Counted like its family.
    let body = r#"{"model":"acme-9","messages":[{"role":"user","content":"Hello"}]}"#;
    let request = Request::parse(body).unwrap();
    let ours = acme.count(&request).total();
    let like = models.get("gpt-5").unwrap().count(&request).total();
    assert_eq!(ours.tokens(), like.tokens());
    // An image by its own rule: one tile.
    let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let body = format!(
        r#"{{"model":"acme-9","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{pixel}"}}}}]}}]}}"#
    );
    let request = Request::parse(&body).unwrap();
    assert_eq!(acme.count(&request).images().tokens(), 110);
    // Checked by its abilities.
    let body = r#"{"model":"acme-9","temperature":0.3,"reasoning_effort":"medium","messages":[{"role":"user","content":"Hello"}]}"#;
    let request = Request::parse(body).unwrap();
    let report = Budget::lenient(&models).check(&request);
    let found: Vec<(&str, &str)> = report
        .findings()
        .iter()
        .map(|finding| (finding.code, finding.pointer.as_str()))
        .collect();
    assert!(
        found.contains(&("unsupported_value", "/reasoning_effort")),
        "{found:?}"
    );
    assert!(
        found.contains(&("unsupported_value", "/temperature")),
        "{found:?}"
    );
    // Priced by day, size and host.
    let query = PriceQuery::new();
    let next = query.at("2027-07-01".parse().unwrap());
    let price = |model: &Model, query: &PriceQuery| {
        let price = model.price_for(query);
        (price.input, price.cached_input, price.output)
    };
    assert_eq!(price(&acme, &query), (Some(2.0), Some(0.2), Some(8.0)));
    assert_eq!(
        price(&acme, &query.input_tokens(50_001)),
        (Some(4.0), Some(0.2), Some(12.0))
    );
    assert_eq!(price(&acme, &next), (Some(3.0), None, Some(9.0)));
    let azure = of(&registry, "acme-nine");
    assert_eq!((azure.id(), azure.host()), ("acme-9", Some(Host::Azure)));
    assert_eq!(azure.context_window(), Some(50_000));
    assert_eq!(price(&azure, &query), (Some(2.5), None, Some(9.0)));
    assert_eq!(
        (acme.shutdown_date(), acme.successor()),
        (day("2028-01-01"), Some("gpt-6-sol"))
    );
}

/// A value that a column does not accept is refused with its place, without showing text.
#[test]
fn wrong_columns_are_refused_with_their_place() {
    for (json, pointer, words) in [
        (
            r#"{"abilities": {"reasoning": "sometimes"}}"#,
            "/0/abilities/reasoning",
            "none, on_request",
        ),
        (
            r#"{"abilities": {"efforts": ["low", "huge"]}}"#,
            "/0/abilities/efforts/1",
            "minimal",
        ),
        (
            r#"{"abilities": {"efort": []}}"#,
            "/0/abilities/efort",
            "one of the fields",
        ),
        (
            r#"{"abilities": {"prefill": "yes"}}"#,
            "/0/abilities/prefill",
            "a boolean",
        ),
        (
            r#"{"limits": {"images": {"most": -1}}}"#,
            "/0/limits/images/most",
            "an integer",
        ),
        (
            r#"{"image_tokens": {"scheme": "pixels"}}"#,
            "/0/image_tokens/scheme",
            "tiles, patches, flat",
        ),
        (
            r#"{"prices": [{"standard": {"input": -1}}]}"#,
            "/0/prices/0/standard/input",
            "a price",
        ),
        (
            r#"{"prices": [{"valid_from": "soon"}]}"#,
            "/0/prices/0/valid_from",
            "a day",
        ),
        (
            r#"{"prices": [{"standard": {"tiers": [{"input": 1}]}}]}"#,
            "/0/prices/0/standard/tiers/0",
            "above_input_tokens",
        ),
        (
            r#"{"hosts": {"nowhere": {}}}"#,
            "/0/hosts/nowhere",
            "a host",
        ),
        (
            r#"{"hosts": {"azure": {"price": [1]}}}"#,
            "/0/hosts/azure/price",
            "three prices",
        ),
        (
            r#"{"lifecycle": {"routed_to": [{"model": "a"}]}}"#,
            "/0/lifecycle/routed_to/0",
            "`from`",
        ),
        (
            r#"{"counting_generation": "zebra"}"#,
            "/0/counting_generation",
            "one of the words",
        ),
    ] {
        let json = format!("[{{\"id\": \"a\", {}]", &json[1..]);
        let error = refused(&json);
        assert_eq!(
            (error.kind(), error.pointer()),
            (ErrorKind::InvalidRegistry, Some(pointer)),
            "{json}: {error}"
        );
        assert!(error.to_string().contains(words), "{json}: {error}");
    }
    for field in [
        "counting_generation",
        "status_x",
        "abilities",
        "hosts",
        "prices",
        "limits",
    ] {
        let json = format!(r#"[{{"id": "a", "{field}": {{"{MARK}": "{MARK}"}}}}]"#);
        if let Err(error) = Models::builtin().overrides(&json) {
            let shown = format!("{error} {error:?} {:?}", error.pointer());
            assert!(!shown.contains("Zebra"), "{shown}");
        }
    }
}

const LITELLM: &str = r#"{
  "sample_spec": {"max_tokens": "LEGACY parameter", "mode": "one of: chat, embedding", "deprecation_date": "date when the model becomes deprecated"},
  "gpt-4o": {"max_input_tokens": 128000, "max_output_tokens": 16384, "max_tokens": 16384, "input_cost_per_token": 2.6e-06,
    "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06, "litellm_provider": "openai", "mode": "chat",
    "supports_function_calling": true, "supports_vision": true, "supported_endpoints": ["/v1/chat/completions"]},
  "gpt-5": {"max_input_tokens": 272000, "max_output_tokens": 128000, "max_tokens": 128000, "litellm_provider": "openai", "mode": "chat"},
  "azure/eu/gpt-4o": {"max_input_tokens": 100000, "max_output_tokens": 16384, "litellm_provider": "azure", "mode": "chat"},
  "acme/chat-7": {"max_input_tokens": 65536.0, "max_output_tokens": 8192, "input_cost_per_token": 2.5e-07,
    "litellm_provider": "acme", "mode": "chat", "supports_reasoning": true, "supports_response_schema": true,
    "deprecation_date": "2027-03-01"},
  "acme/legacy": {"max_tokens": 4096, "litellm_provider": "acme", "mode": "completion"},
  "acme/embed": {"max_tokens": 512, "litellm_provider": "acme", "mode": "embedding", "output_vector_size": 768},
  "1024-x-1024/acme-image": {"max_tokens": 0, "litellm_provider": "acme", "mode": "image_generation"},
  "gpt-4o-2031-01-01": {"max_input_tokens": 256000, "litellm_provider": "openai", "mode": "chat"}
}"#;

#[test]
fn overrides_in_litellms_format() {
    let registry = with(LITELLM);
    let gpt = of(&registry, "gpt-4o");
    assert_eq!(
        (
            gpt.price().input,
            gpt.price().output,
            gpt.price().cached_input
        ),
        (Some(2.6), Some(10.0), Some(1.25))
    );
    assert_eq!(
        (gpt.provider(), gpt.billing(), gpt.context_window()),
        ("openai", BillingFamily::OpenAiChat, Some(128_000))
    );
    // The input limit is there, not the window.
    let gpt5 = of(&registry, "gpt-5");
    assert_eq!(
        (gpt5.context_window(), gpt5.max_input_tokens()),
        (Some(400_000), Some(272_000))
    );
    assert_eq!(
        of(&registry, "azure/eu/gpt-4o").context_window(),
        Some(100_000)
    );
    assert_eq!(
        of(&registry, "azure/gpt-4o").context_window(),
        Some(128_000)
    );
    let acme = of(&registry, "acme/chat-7");
    assert_eq!(
        (
            acme.context_window(),
            acme.max_output_tokens(),
            acme.price().input
        ),
        (Some(65_536), Some(8_192), Some(0.25))
    );
    assert_eq!(
        (
            acme.provider(),
            acme.supports().json_schema,
            acme.shutdown_date()
        ),
        ("acme", Some(true), day("2027-03-01"))
    );
    let legacy = of(&registry, "acme/legacy");
    assert_eq!(
        (
            legacy.context_window(),
            legacy.max_output_tokens(),
            legacy.billing()
        ),
        (Some(4_096), None, BillingFamily::Completion)
    );
    assert_eq!(of(&registry, "acme/embed").kind(), ModelKind::Embedding);
    assert_eq!(
        of(&registry, "1024-x-1024/acme-image").context_window(),
        None
    );
    // A snapshot that the file lists is no longer an unlisted one.
    let dated = of(&registry, "gpt-4o-2031-01-01");
    assert_eq!(
        (dated.id(), dated.matched(), dated.context_window()),
        ("gpt-4o-2031-01-01", Match::Id, Some(256_000))
    );
    assert_eq!(dated.encoding(), Some(Encoding::O200K_BASE));
}

const MODELS_DEV: &str = r#"{
  "openai": {"id": "openai", "name": "OpenAI", "npm": "@ai-sdk/openai", "models": {
    "gpt-5": {"id": "gpt-5", "limit": {"context": 410000, "input": 280000, "output": 128000}, "cost": {"input": 1.25, "output": 10, "cache_read": 0.125},
      "modalities": {"input": ["text", "image", "scent"], "output": ["text"]}, "tool_call": true, "reasoning": true, "attachment": true}}},
  "azure": {"id": "azure", "models": {"gpt-4o": {"limit": {"context": 120000, "output": 16384}, "attachment": true}}},
  "github-copilot": {"models": {"gpt-4o": {"limit": {"context": 64000, "output": 0}}}},
  "acme": {"models": {
    "chat-7": {"limit": {"context": 65536, "output": 8192}, "cost": {"input": 0.25, "output": 0.5}, "modalities": {"input": ["text"], "output": ["text"]}, "tool_call": false},
    "both": {"limit": {"context": 1000}}}},
  "bcme": {"models": {"both": {"limit": {"context": 2000}}}},
  "empty": {"name": "a provider without models"}
}"#;

#[test]
fn overrides_in_the_format_of_models_dev() {
    let registry = with(MODELS_DEV);
    let gpt5 = of(&registry, "gpt-5");
    assert_eq!(
        (gpt5.context_window(), gpt5.max_input_tokens()),
        (Some(410_000), Some(280_000))
    );
    assert_eq!(gpt5.supports().inputs(), [Modality::Text, Modality::Image]);
    assert_eq!(
        of(&registry, "openai/gpt-5-2025-08-07").context_window(),
        Some(410_000)
    );
    // A host's row is for that host only.
    assert_eq!(
        of(&registry, "azure/gpt-4o").context_window(),
        Some(120_000)
    );
    assert_eq!(of(&registry, "gpt-4o").context_window(), Some(128_000));
    let copilot = of(&registry, "github_copilot/gpt-4o");
    assert_eq!(
        (copilot.context_window(), copilot.max_output_tokens()),
        (Some(64_000), Some(16_384))
    );
    assert_eq!(copilot.host(), Some(Host::GithubCopilot));
    // A model of one provider is also found by its bare name; one of two providers is not.
    for name in ["acme/chat-7", "chat-7"] {
        let acme = of(&registry, name);
        assert_eq!(
            (
                acme.context_window(),
                acme.price().output,
                acme.supports().tools
            ),
            (Some(65_536), Some(0.5), Some(false))
        );
        assert_eq!(
            (acme.provider(), acme.supports().vision),
            ("acme", Some(false))
        );
    }
    assert_eq!(of(&registry, "acme/both").context_window(), Some(1_000));
    assert_eq!(of(&registry, "bcme/both").context_window(), Some(2_000));
    assert!(registry.get("both").is_err());
}

/// The crate's own data is a file of its own format, which changes nothing as an override.
#[test]
fn the_registry_as_its_own_override() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/models.json");
    // Manual corrections stay.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/data/own.json");
    let registry = with(&std::fs::read_to_string(file).unwrap())
        .overrides(std::fs::read_to_string(own).unwrap())
        .unwrap();
    let rows: Value = serde_json::from_str(&std::fs::read_to_string(own).unwrap()).unwrap();
    let counting = ["billing", "encoding", "counting_generation"];
    let corrected: Vec<&str> = rows["models"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| counting.iter().any(|field| !row[field].is_null()))
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    let plain = |model: &Model| {
        let mut shown = serde_json::to_value(model).unwrap();
        let sources = shown["sources"].as_array_mut().unwrap();
        sources.retain(|source| source["name"] != "given");
        shown
    };
    let builtin = Models::builtin();
    assert_eq!(registry.iter().count(), builtin.iter().count());
    for model in builtin.iter() {
        for name in std::iter::once(model.id()).chain(model.aliases()) {
            let (a, b) = (of(&registry, name), of(&builtin, name));
            assert_eq!(plain(&a), plain(&b), "{name}");
            // The few that are counted differently from `models.json` alone are rows of `own.json`.
            assert!(
                !a.counting_is_overridden() || corrected.contains(&a.id()),
                "{name}"
            );
        }
    }
}

fn refused(json: &str) -> Error {
    match Models::builtin().overrides(json) {
        Ok(_) => panic!("accepted: {json}"),
        Err(error) => error,
    }
}

#[test]
fn wrong_overrides_are_refused_with_their_place() {
    for (json, pointer, line, words) in [
        // Our own format.
        ("5", "", 1, "found a number"),
        ("[\n5]", "/0", 2, "expected a model"),
        ("[{}]", "/0", 1, "no `id`"),
        (
            "[{\"id\": 7}]",
            "/0/id",
            1,
            "expected a string, found a number",
        ),
        ("[{\"id\": \"\"}]", "/0/id", 1, "cannot be the name"),
        ("[{\"id\": \"a\\nb\"}]", "/0/id", 1, "cannot be the name"),
        (
            "{\"models\": [\n{\"id\": \"a\"},\n{\"id\": \"b\",\n\"context_window\": \"64k\"}]}",
            "/models/1/context_window",
            4,
            "expected a number, found a string",
        ),
        (
            "[{\"id\": \"a\", \"context_window\": 0}]",
            "/0/context_window",
            1,
            "is 0",
        ),
        (
            "[{\"id\": \"a\", \"context_window\": -1}]",
            "/0/context_window",
            1,
            "negative",
        ),
        (
            "[{\"id\": \"a\", \"context_window\": 1.5}]",
            "/0/context_window",
            1,
            "not an integer",
        ),
        (
            "[{\"id\": \"a\", \"max_output_tokens\": 1e12}]",
            "/0/max_output_tokens",
            1,
            "above 1,000,000,000",
        ),
        (
            "[{\"id\": \"a\", \"max_output_tokens\": 18446744073709551616}]",
            "/0/max_output_tokens",
            1,
            "above",
        ),
        (
            "[{\"id\": \"a\", \"context_window\": 10, \"max_input_tokens\": 11}]",
            "/0/max_input_tokens",
            1,
            "larger",
        ),
        (
            "[{\"id\": \"a\", \"kind\": \"oracle\"}]",
            "/0/kind",
            1,
            "not a kind",
        ),
        (
            "[{\"id\": \"a\", \"billing\": \"openai\"}]",
            "/0/billing",
            1,
            "not a billing family",
        ),
        (
            "[{\"id\": \"a\", \"encoding\": \"o200k\"}]",
            "/0/encoding",
            1,
            "no encoding",
        ),
        (
            "[{\"id\": \"a\", \"supports\": []}]",
            "/0/supports",
            1,
            "found an array",
        ),
        (
            "[{\"id\": \"a\", \"supports\": {\"tools\": \"yes\"}}]",
            "/0/supports/tools",
            1,
            "expected a boolean",
        ),
        (
            "[{\"id\": \"a\", \"modalities\": {\"input\": [\"scent\"]}}]",
            "/0/modalities/input/0",
            1,
            "not a modality",
        ),
        (
            "[{\"id\": \"a\", \"price_per_1m_usd\": {\"input\": -2}}]",
            "/0/price_per_1m_usd/input",
            1,
            "negative",
        ),
        (
            "[{\"id\": \"a\", \"deprecation_date\": \"soon\"}]",
            "/0/deprecation_date",
            1,
            "not a day",
        ),
        (
            "[{\"id\": \"a\", \"deprecation_date\": \"2027-13-01\"}]",
            "/0/deprecation_date",
            1,
            "not a day",
        ),
        (
            "[{\"id\": \"a\", \"host_limits_seen\": [[1]]}]",
            "/0/host_limits_seen/0",
            1,
            "pair",
        ),
        (
            "[{\"id\": \"a\", \"aliases\": \"b\"}]",
            "/0/aliases",
            1,
            "expected an array",
        ),
        (
            "[{\"id\": \"a\", \"aliases\": [\"b\",\n\"gpt-4o\"]}]",
            "/0/aliases/1",
            2,
            "another model",
        ),
        (
            "[{\"id\": \"a\", \"aliases\": [\"b\"]}, {\"id\": \"c\", \"aliases\": [\"B\"]}]",
            "/1/aliases/0",
            1,
            "twice",
        ),
        (
            "[{\"id\": \"a\"}, {\"id\": \"b\", \"aliases\": [\"a\"]}]",
            "/1/aliases/0",
            1,
            "twice",
        ),
        ("[{\"id\": \"a\"},\n{\"id\": \"A\"}]", "/1", 2, "twice"),
        // LiteLLM's format.
        ("{\"gpt-4o\": 5}", "/gpt-4o", 1, "expected a model"),
        (
            "{\n\"azure/a~b\": {\"max_input_tokens\":\n\"8k\"}}",
            "/azure~1a~0b/max_input_tokens",
            3,
            "expected a number",
        ),
        (
            "{\"a\": {\"input_cost_per_token\": 5.0}}",
            "/a/input_cost_per_token",
            1,
            "per token",
        ),
        ("{\"a\": {\"mode\": 5}}", "/a/mode", 1, "expected a string"),
        ("{\"a\": {}, \"a\": {}}", "/a", 1, "twice"),
        // models.dev's format.
        (
            "{\"p\": {\"models\": {\"m\": {\"limit\": {\"context\": -1}}}}}",
            "/p/models/m/limit/context",
            1,
            "negative",
        ),
        (
            "{\"p\": {\"models\": {\"m\": {\"limit\": 5}}}}",
            "/p/models/m/limit",
            1,
            "expected an object",
        ),
        (
            "{\"p\": {\"models\": {\"m\": 5}}}",
            "/p/models/m",
            1,
            "expected a model",
        ),
        (
            "{\"p\": {\"models\": {\"m\": {\"cost\": {\"input\": \"1\"}}}}}",
            "/p/models/m/cost/input",
            1,
            "expected a number",
        ),
        (
            "{\"p\": {\"models\": {}}, \"q\": 7}",
            "/q",
            1,
            "expected a provider",
        ),
    ] {
        let error = refused(json);
        assert_eq!(
            (error.kind(), error.pointer(), error.line()),
            (ErrorKind::InvalidRegistry, Some(pointer), Some(line)),
            "{json}: {error}"
        );
        assert!(error.to_string().contains(words), "{json}: {error}");
    }
    for (json, pointer, line) in [
        ("", "", 1),
        ("[{\"id\": \"a\",}]", "/0", 1),
        ("{\"a\":\n{\"b\": nul}}", "/a/b", 2),
    ] {
        let error = refused(json);
        assert_eq!(
            (error.kind(), error.pointer(), error.line()),
            (ErrorKind::InvalidJson, Some(pointer), Some(line)),
            "{json}"
        );
    }
    let binary = Models::builtin().overrides(b"\xff\xfe").unwrap_err();
    assert_eq!(binary.kind(), ErrorKind::InvalidJson);
}

const MARK: &str = "Zebra crossing, 4711!";

#[test]
fn errors_show_no_text_of_the_callers() {
    for json in [
        format!(r#"[{{"id": "a", "context_window": "{MARK}"}}]"#),
        format!(r#"[{{"id": "a", "kind": "{MARK}"}}]"#),
        format!(r#"[{{"id": "a", "encoding": "{MARK}"}}]"#),
        format!(r#"[{{"id": "a", "deprecation_date": "{MARK}"}}]"#),
        format!(r#"[{{"id": "a", "snapshot_deprecations": {{"{MARK}": 5}}}}]"#),
        format!(r#"[{{"id": "{MARK}"}}, {{"id": "{MARK}"}}]"#),
        format!(r#"{{"{MARK}": {{"mode": 5}}}}"#),
        format!(r#"{{"{MARK}": {{"models": {{"{MARK}": {{"cost": 5}}}}}}}}"#),
        format!(r#"{{"{MARK}": {{"b": nul}}}}"#),
        format!(r#"["{MARK}"]"#),
    ] {
        let error = refused(&json);
        let shown = format!("{error} {error:?} {:?}", error.pointer());
        assert!(
            !shown.contains("Zebra") && !shown.contains("4711"),
            "{shown}"
        );
    }
    let error = Models::builtin().get(MARK).unwrap_err();
    assert!(!error.to_string().contains("Zebra"), "{error}");
}

/// As large as the real files.
#[test]
fn large_files_load_in_time() {
    let models: BTreeMap<String, Value> = (0..5_000)
        .map(|n| {
            (
                format!("acme/model-{n}"),
                serde_json::json!({"max_input_tokens": n + 1, "mode": "chat"}),
            )
        })
        .collect();
    let text = serde_json::to_string(&models).unwrap();
    let start = Instant::now();
    let registry = with(&text);
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(
        of(&registry, "acme/model-4999").context_window(),
        Some(5_000)
    );
    let dev = serde_json::json!({"acme": {"models": (0..5_000).map(|n| (format!("model-{n}"), serde_json::json!({}))).collect::<BTreeMap<_, _>>()}});
    let start = Instant::now();
    assert_eq!(of(&with(&dev.to_string()), "model-17").provider(), "acme");
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn long_and_nested_names_take_no_time() {
    let registry = with(LITELLM).alias("a", "gpt-4o").unwrap();
    let start = Instant::now();
    for part in [
        "openrouter/",
        "ft:",
        "us.",
        "-2024-08-06",
        ":free",
        "-high",
        "%3A",
        "@default",
        "~",
        "p",
        "arn:aws:",
        "-latest",
        "azure/eu/",
        "\u{20ac}",
    ] {
        for count in [1, 20, 100, 100_000] {
            for name in [
                part.repeat(count),
                format!("{}gpt-4o", part.repeat(count)),
                format!("gpt-4o{}", part.repeat(count)),
            ] {
                let _ = registry.get(&name);
                let _ = registry.guess(&name);
            }
        }
    }
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    // A string longer than any name is not a name, whatever its end.
    assert!(
        registry
            .get(&format!("{}gpt-4o", "openai/".repeat(60)))
            .is_err()
    );
    assert_eq!(of(&registry, "openai/openai/openai/gpt-4o").id(), "gpt-4o");
}

/// Pieces of names in any order.
fn name_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "gpt-4o",
        "gpt-35-turbo",
        "claude",
        "sonnet",
        "4.5",
        "4-5",
        "-",
        ".",
        ":",
        "@",
        "/",
        "_",
        "~",
        "%3A",
        "ft:",
        "azure/",
        "us.",
        "anthropic.",
        "bedrock/",
        "openrouter/",
        "-v1:0",
        ":48k",
        ":free",
        "-high",
        "-fast",
        "-2024-08-06",
        "-20240806",
        "-0613",
        "@20251101",
        "-latest",
        "-preview",
        "llama3.1",
        "8b",
        "q4_K_M",
        "arn:aws:bedrock:x:1:p/",
        "models/",
        "publishers/",
        "\u{e9}",
        " ",
        "0",
        "p",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_as_a_name(name in prop_oneof![".{0,40}", name_like(), "[ -~]{0,320}"]) {
        let registry = Models::builtin();
        match registry.get(&name) {
            Ok(model) => {
                prop_assert!(model.name().eq_ignore_ascii_case(&name));
                prop_assert!(model.matched() < Match::Guess);
                // The resolved model is found by its own id.
                let by_id = registry.get(model.id()).unwrap();
                prop_assert_eq!(by_id.id(), model.id());
                // The remaining name resolves to the same model, with no less certainty.
                let left = registry.get(model.listed_name()).unwrap();
                prop_assert_eq!(left.id(), model.id());
                prop_assert!(left.matched() <= model.matched() || left.matched() == Match::Alias);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::UnknownModel);
                prop_assert!(error.to_string().len() < 600);
                if let Some(guess) = registry.guess(&name) {
                    prop_assert_eq!(guess.matched(), Match::Guess);
                }
            }
        }
    }

    #[test]
    fn any_text_as_overrides(text in prop_oneof![
        ".{0,60}",
        r#"\[\{"id": ?("a"|5|null), ?"(aliases|context_window|supports|modalities)": ?(1|-1|"x"|\[\]|\{\}|null)\}\]"#,
        r#"\{"(a|sample_spec|\$x)": ?\{"(max_tokens|mode|models|limit)": ?(1|-1|"x"|\[\]|\{\}|\{"m": ?\{\}\})\}\}"#,
    ]) {
        if let Err(error) = Models::builtin().overrides(&text) {
            prop_assert!(matches!(error.kind(), ErrorKind::InvalidJson | ErrorKind::InvalidRegistry));
            prop_assert!(error.line().is_some() && error.pointer().is_some());
        }
    }
}

/// Names of recorded requests and answers.
#[test]
#[ignore = "needs the recordings"]
fn names_in_recorded_requests() {
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    let registry = Models::builtin();
    for file in std::fs::read_dir(shared("cases/counts")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            for field in ["model", "resp_model"] {
                if let Some(name) = case[field].as_str().filter(|name| !name.is_empty()) {
                    let known = registry.get(name).is_ok();
                    names.insert(name.to_owned(), known);
                }
            }
        }
    }
    let known = names.values().filter(|known| **known).count();
    let unresolved: Vec<&str> = names
        .iter()
        .filter(|(_, known)| !**known)
        .map(|(name, _)| name.as_str())
        .collect();
    println!(
        "{known} of {} names lead to a model; unresolved: {unresolved:#?}",
        names.len()
    );
    // Measured 2026-11-22: 262 of 303. The rest are models that the registry does not have
    // (Amazon's, Perplexity's, image models), names of deployments, and profiles that hide their
    // model.
    let share = known as f64 / names.len() as f64;
    assert!(share >= 0.86, "{share}");
}
