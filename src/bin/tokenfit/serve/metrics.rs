//! Counters for Prometheus: numbers only, no names of the caller's.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use tokenfit::call::{Call, Then};

/// Counters since the start.
#[derive(Default)]
pub(super) struct Metrics {
    counters: Mutex<BTreeMap<(&'static str, String), u64>>,
}

/// Name, help text.
const HELP: &[(&str, &str)] = &[
    (
        "tokenfit_requests_total",
        "Answered requests by route and status.",
    ),
    ("tokenfit_calls_total", "Calls of the proxy by their end."),
    (
        "tokenfit_sends_total",
        "Requests sent upstream by status; 0 for no answer.",
    ),
    ("tokenfit_send_errors_total", "Failed sends by kind."),
    ("tokenfit_retries_total", "Sends after the first of a call."),
    ("tokenfit_edits_total", "Edits of requests by action."),
    (
        "tokenfit_waited_ms_total",
        "Milliseconds that calls waited.",
    ),
    (
        "tokenfit_input_tokens_total",
        "Input tokens that answers report.",
    ),
    (
        "tokenfit_output_tokens_total",
        "Output tokens that answers report.",
    ),
];

impl Metrics {
    fn add(&self, name: &'static str, labels: String, by: u64) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry((name, labels)).or_default() += by;
    }

    pub(super) fn request(&self, route: &'static str, status: u16) {
        let labels = format!(r#"{{route="{route}",status="{status}"}}"#);
        self.add("tokenfit_requests_total", labels, 1);
    }

    /// Counts a call that is over.
    pub(super) fn call(&self, call: &Call) {
        let end = call
            .give_up_reason()
            .map_or("done", |reason| reason.as_str());
        self.add("tokenfit_calls_total", format!(r#"{{end="{end}"}}"#), 1);
        for one in call.tries().iter().filter(|one| one.sent) {
            let status = one.status.unwrap_or(0);
            self.add(
                "tokenfit_sends_total",
                format!(r#"{{status="{status}"}}"#),
                1,
            );
            if let (Some(error), false) = (&one.error, one.then == Then::Done) {
                let labels = format!(r#"{{kind="{}"}}"#, error.kind());
                self.add("tokenfit_send_errors_total", labels, 1);
            }
        }
        self.add(
            "tokenfit_retries_total",
            String::new(),
            u64::from(call.sends().saturating_sub(1)),
        );
        self.add("tokenfit_waited_ms_total", String::new(), call.waited_ms());
        for edit in call.receipts().iter().flat_map(|receipt| &receipt.edits) {
            let labels = format!(r#"{{action="{}"}}"#, edit.action.as_str());
            self.add("tokenfit_edits_total", labels, 1);
        }
        if let Some(usage) = call.usage() {
            self.add(
                "tokenfit_input_tokens_total",
                String::new(),
                usage.billed_input(),
            );
            self.add(
                "tokenfit_output_tokens_total",
                String::new(),
                usage.billed_output(),
            );
        }
    }

    /// Writes the counters in the text format of Prometheus.
    pub(super) fn text(&self) -> String {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        for (name, help) in HELP {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter");
            for ((_, labels), value) in counters.iter().filter(|((known, _), _)| known == name) {
                let _ = writeln!(out, "{name}{labels} {value}");
            }
        }
        out
    }
}
