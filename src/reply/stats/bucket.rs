//! Numbers of one series in one minute.

use std::collections::BTreeMap;

use super::record::{Called, Sent};
use super::snapshot::Numbers;
use super::timing::Timing;

/// Maximum number of kinds and statuses distinguished in one minute; further ones count as `other`.
const MAX_WORDS: usize = 64;

#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    pub(super) numbers: Numbers,
    pub(super) kinds: BTreeMap<&'static str, u64>,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) duration: Timing,
    pub(super) call_duration: Timing,
    pub(super) first_chunk: Timing,
    pub(super) per_token: Timing,
}

impl Bucket {
    pub(super) fn send(&mut self, sent: &Sent<'_>) {
        let numbers = &mut self.numbers;
        numbers.sends += 1;
        if let Some(kind) = sent.kind {
            numbers.send_errors += 1;
            let kind = match self.kinds.len() {
                MAX_WORDS.. if !self.kinds.contains_key(kind) => "other",
                _ => kind,
            };
            *self.kinds.entry(kind).or_default() += 1;
        }
        // Status 0 means "no answer".
        let status = sent.status.unwrap_or(0);
        let shown = match self.statuses.len() {
            MAX_WORDS.. if !self.statuses.contains_key(&status) => 999,
            _ => status,
        };
        *self.statuses.entry(shown).or_default() += 1;
        // A limit or a server fault can also arrive inside a 200 (a stream); then the kind states
        // it.
        let kind = sent.kind.unwrap_or("");
        let in_200 = (200..300).contains(&status);
        if status == 429 || (in_200 && kind.starts_with("rate_limit")) {
            numbers.sends_throttled += 1;
        }
        if (500..600).contains(&status)
            || (in_200 && matches!(kind, "server_error" | "overloaded" | "timeout"))
        {
            numbers.sends_server_error += 1;
        }
        numbers.input_tokens = numbers.input_tokens.saturating_add(sent.input_tokens);
        numbers.cached_tokens = numbers.cached_tokens.saturating_add(sent.cached_tokens);
        numbers.output_tokens = numbers.output_tokens.saturating_add(sent.output_tokens);
        // A refusal after 50 ms is not evidence about the duration of answers.
        if sent.kind.is_none() {
            for (timing, value) in [
                (&mut self.duration, sent.duration_ms.map(|ms| ms as f64)),
                (
                    &mut self.first_chunk,
                    sent.first_chunk_ms.map(|ms| ms as f64),
                ),
                (&mut self.per_token, sent.per_token_ms()),
            ] {
                if let Some(value) = value {
                    timing.record(value);
                }
            }
        }
    }

    pub(super) fn call(&mut self, called: &Called<'_>) {
        let numbers = &mut self.numbers;
        numbers.calls += 1;
        numbers.calls_failed += u64::from(!called.succeeded);
        numbers.calls_exhausted += u64::from(called.exhausted);
        numbers.calls_retried += u64::from(called.sends > 1);
        numbers.waited_ms = numbers.waited_ms.saturating_add(called.waited_ms);
        if let Some(duration) = called.duration_ms {
            self.call_duration.record(duration as f64);
        }
    }

    pub(super) fn merge(&mut self, other: &Bucket) {
        self.numbers.add(&other.numbers);
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.duration.merge(&other.duration);
        self.call_duration.merge(&other.call_duration);
        self.first_chunk.merge(&other.first_chunk);
        self.per_token.merge(&other.per_token);
    }

    /// Returns the counts with their maps and percentiles.
    pub(super) fn totals(&self) -> Numbers {
        Numbers {
            kinds: self
                .kinds
                .iter()
                .map(|(kind, count)| ((*kind).to_owned(), *count))
                .collect(),
            statuses: self.statuses.clone(),
            duration: self.duration.percentiles(),
            call_duration: self.call_duration.percentiles(),
            first_chunk: self.first_chunk.percentiles(),
            per_output_token: self.per_token.percentiles(),
            ..self.numbers.clone()
        }
    }
}
