//! What the tests over recorded requests share. The recordings were written by others and are not part of the crate;
//! a checkout may have them beside it.

#![allow(dead_code, reason = "every test binary uses a part of this")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

/// The folder beside the checkout, when it is there.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    path.exists().then_some(path)
}

/// Says plainly that a test did nothing.
pub(crate) fn skipped(what: &str) {
    println!("SKIPPED: {what} is not beside this checkout; nothing was measured");
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
}

impl Case {
    /// The model that answered, else the one that was asked.
    pub(crate) fn answered_by(&self) -> &str {
        self.resp_model
            .as_deref()
            .filter(|name| !name.is_empty())
            .or(self.model.as_deref())
            .unwrap_or_default()
    }

    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Features that the request alone does not determine the count of (billing notes, section 1), and those left to
    /// other measurements (audio, prediction).
    pub(crate) fn undetermined(&self) -> bool {
        const LEFT_OUT: &[&str] = &[
            "server_file",
            "remote_url",
            "hosted_tool",
            "item:reasoning",
            "part:thinking",
            "thoughtSignature",
            "pro_mode",
            "era:responses-2025-03",
            "part:input_audio",
            "p:audio",
            "p:prediction",
            "prediction",
        ];
        self.features.iter().any(|f| LEFT_OUT.contains(&f.as_str()))
    }
}

/// All cases of a file under `cases/counts`.
pub(crate) fn cases(file: &str) -> Option<Vec<Case>> {
    let text = std::fs::read_to_string(shared(&format!("cases/counts/{file}.jsonl"))?).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// The ids that are impossible, edited, or not determined by the request.
pub(crate) fn suspicious() -> BTreeSet<String> {
    let Some(path) = shared("cases/counts_suspicious.md") else {
        return BTreeSet::new();
    };
    std::fs::read_to_string(path)
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
