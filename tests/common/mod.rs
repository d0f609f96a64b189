//! Shared by the test programs. The recordings were made by others and are not part of the crate; a
//! checkout may have them next to it.

#![allow(dead_code, reason = "each program uses a part of this")]

pub(crate) mod whole;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenfit::Models;

/// Path of a file or folder in `../shared`. A test that needs one is
/// `#[ignore = "needs the recordings"]`; run without them it fails, because a test that measures
/// nothing must not pass.
pub(crate) fn shared(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    assert!(path.exists(), "this test needs {}", path.display());
    path
}

/// The cases of a file in `../shared`, one JSON value per line.
pub(crate) fn shared_lines(path: &str) -> Vec<Value> {
    std::fs::read_to_string(shared(path))
        .unwrap()
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Whether to run over everything instead of a sample.
pub(crate) fn full() -> bool {
    std::env::var_os("TOKENFIT_FULL").is_some_and(|value| value != "0")
}

/// A recorded request with the provider's own count.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) model: Option<String>,
    pub(crate) resp_model: Option<String>,
    pub(crate) request: Box<RawValue>,
    pub(crate) expected_input_tokens: u64,
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// The day, if the answer contains it.
    #[serde(default)]
    pub(crate) recorded: Option<String>,
    /// The URL, if the recording contains it.
    #[serde(default)]
    pub(crate) url: Option<String>,
}

impl Case {
    /// The model that answered, else the requested one.
    pub(crate) fn answered_by(&self) -> &str {
        self.resp_model
            .as_deref()
            .filter(|name| !name.is_empty())
            .or(self.model.as_deref())
            .unwrap_or_default()
    }

    /// The built-in models on the day of the recording, if known; a day before the model's release
    /// counts as unknown.
    pub(crate) fn registry(&self) -> Models {
        let registry = Models::builtin();
        let model = registry.get(self.answered_by());
        let released = model.as_ref().ok().and_then(|model| model.release_date());
        match self.recorded.as_deref() {
            Some(day) if released.is_none_or(|released| released <= day) => {
                registry.on(day.parse().unwrap())
            }
            _ => registry,
        }
    }

    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Whether the count on OpenAI's models depends on more than the request.
    pub(crate) fn not_in_the_request(&self) -> bool {
        const LEFT_OUT: [&str; 5] = [
            "server_file",
            "remote_url",
            "hosted_tool",
            "pro_mode",
            "item:reasoning",
        ];
        self.features.iter().any(|f| LEFT_OUT.contains(&f.as_str()))
    }

    /// Whether the count depends on more than the request (docs/evidence/billing.md, section 1), or
    /// is left to other measurements (audio, prediction).
    pub(crate) fn undetermined(&self) -> bool {
        const LEFT_OUT: &[&str] = &[
            "server_file",
            "remote_url",
            "hosted_tool",
            "item:reasoning",
            "part:thinking",
            "thoughtSignature",
            "pro_mode",
            "part:input_audio",
            "p:audio",
            "p:prediction",
            "prediction",
        ];
        self.features.iter().any(|f| LEFT_OUT.contains(&f.as_str()))
    }
}

/// All cases of a file under `cases/counts`.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    cases_of("counts", file)
}

/// All cases of a file of a set.
pub(crate) fn cases_of(set: &str, file: &str) -> Vec<Case> {
    let path = shared(&format!("cases/{set}/{file}.jsonl"));
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Ids of recordings that are impossible, edited, or not determined by the request.
pub(crate) fn suspicious() -> BTreeSet<String> {
    std::fs::read_to_string(shared("cases/counts_suspicious.md"))
        .unwrap()
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .split(' ')
                .next()
                .map(str::to_owned)
        })
        .filter(|id| id.contains('-') && !id.starts_with('-'))
        .collect()
}

/// The entries of a JSON object in their order, each value as written.
struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn object(json: &str) -> Option<Vec<(String, Box<RawValue>)>> {
    json.starts_with('{')
        .then(|| serde_json::from_str::<Entries>(json).unwrap().0)
}

fn array(json: &str) -> Option<Vec<Box<RawValue>>> {
    json.starts_with('[')
        .then(|| serde_json::from_str(json).unwrap())
}

/// Whether every object has its keys in alphabetical order: then the recorder sorted them, and the
/// original order, which is part of the count, is lost.
fn all_sorted(json: &str) -> bool {
    if let Some(entries) = object(json) {
        entries.is_sorted_by(|a, b| a.0 <= b.0)
            && entries.iter().all(|(_, value)| all_sorted(value.get()))
    } else {
        array(json).is_none_or(|items| items.iter().all(|item| all_sorted(item.get())))
    }
}

/// The request with the properties of its tools in the order of `required`, if the recorder sorted
/// all keys: schema generators list both in the order of the fields (docs/evidence/billing.md,
/// section 1: it makes counts exact, and none wrong). It restores the recording; a real request has
/// its order.
pub(crate) fn in_wire_order(request: &str) -> String {
    if !all_sorted(request) {
        return request.to_owned();
    }
    let entries = object(request)
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| {
            let value = if key == "tools" {
                by_required(value.get())
            } else {
                value.get().to_owned()
            };
            (key, value)
        });
    written(entries)
}

fn written(entries: impl Iterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries
        .map(|(key, value)| format!("{}:{value}", serde_json::to_string(&key).unwrap()))
        .collect();
    format!("{{{}}}", entries.join(","))
}

/// The request with the keys of its tools' schemas in the order in which clients write them, where
/// the recorder sorted all keys: type, title, description, others, properties, required.
pub(crate) fn in_schema_order(request: &str) -> String {
    if !all_sorted(request) {
        return request.to_owned();
    }
    let ordered = in_wire_order(request);
    let entries = object(&ordered)
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| {
            let value = if key == "tools" {
                by_schema(value.get(), false)
            } else {
                value.get().to_owned()
            };
            (key, value)
        });
    written(entries)
}

/// Places of the keys of a schema; others are between the description and the properties.
fn schema_place(key: &str) -> usize {
    match key {
        "type" => 0,
        "title" => 1,
        "description" => 2,
        "properties" => 4,
        "required" => 5,
        "additionalProperties" => 6,
        _ => 3,
    }
}

fn by_schema(json: &str, is_schema: bool) -> String {
    if let Some(items) = array(json) {
        let items: Vec<String> = items
            .iter()
            .map(|item| by_schema(item.get(), is_schema))
            .collect();
        return format!("[{}]", items.join(","));
    }
    let Some(mut entries) = object(json) else {
        return json.to_owned();
    };
    let has = |name: &str| entries.iter().any(|(key, _)| key == name);
    if is_schema && (has("type") || has("properties")) {
        entries.sort_by_key(|(key, _)| schema_place(key));
    }
    written(entries.iter().map(|(key, value)| {
        let value = match object(value.get()) {
            // Keys are names of properties.
            Some(properties) if is_schema && key == "properties" => written(
                properties
                    .into_iter()
                    .map(|(name, value)| (name, by_schema(value.get(), true))),
            ),
            _ => by_schema(value.get(), is_schema || key == "parameters"),
        };
        (key.clone(), value)
    }))
}

fn by_required(json: &str) -> String {
    if let Some(items) = array(json) {
        let items: Vec<String> = items.iter().map(|item| by_required(item.get())).collect();
        return format!("[{}]", items.join(","));
    }
    let Some(entries) = object(json) else {
        return json.to_owned();
    };
    let field = |name: &str| {
        entries
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.get())
    };
    let required: Option<Vec<String>> =
        field("required").and_then(|names| serde_json::from_str(names).ok());
    written(entries.iter().map(|(key, value)| {
        let value = by_required(value.get());
        match (&required, object(&value)) {
            (Some(order), Some(mut properties))
                if key == "properties"
                    && order.len() == properties.len()
                    && properties.iter().all(|(name, _)| order.contains(name)) =>
            {
                properties.sort_by_key(|(name, _)| order.iter().position(|n| n == name));
                (
                    key.clone(),
                    written(
                        properties
                            .into_iter()
                            .map(|(name, value)| (name, value.get().to_owned())),
                    ),
                )
            }
            _ => (key.clone(), value),
        }
    }))
}
