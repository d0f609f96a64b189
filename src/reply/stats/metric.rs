//! Export of sends and calls to the facade `metrics` (feature `metrics`).

use metrics::{Label, histogram};

use super::names::{attribute, metric_name, provider_name};
use super::record::{Called, Sent};
use crate::model::Host;

fn labels(operation: &'static str, host: Host, model: &str) -> Vec<Label> {
    vec![
        Label::from_static_parts(attribute::OPERATION_NAME, operation),
        Label::from_static_parts(attribute::PROVIDER_NAME, provider_name(host)),
        Label::new(attribute::REQUEST_MODEL, model.to_owned()),
    ]
}

/// Records a send: duration, time to the first chunk, time per output token, tokens. `operation` is
/// a word of the conventions, usually `chat`.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Sent, emit_send};
///
/// emit_send("chat", &Sent::new(Host::OpenAi, "gpt-4o").ok(200).duration_ms(1_200).tokens(800, 60));
/// ```
pub fn emit_send(operation: &'static str, sent: &Sent<'_>) {
    let mut labels = labels(operation, sent.host, sent.model);
    if let Some(kind) = sent.kind {
        labels.push(Label::from_static_parts(attribute::ERROR_TYPE, kind));
    }
    for (name, ms) in [
        (
            metric_name::OPERATION_DURATION,
            sent.duration_ms.map(|ms| ms as f64),
        ),
        (
            metric_name::TIME_TO_FIRST_CHUNK,
            sent.first_chunk_ms.map(|ms| ms as f64),
        ),
        (metric_name::TIME_PER_OUTPUT_CHUNK, sent.per_token_ms()),
    ] {
        if let Some(ms) = ms {
            histogram!(name, labels.clone()).record(ms / 1_000.0);
        }
    }
    for (kind, tokens) in [("input", sent.input_tokens), ("output", sent.output_tokens)] {
        if tokens > 0 {
            let mut labels = labels.clone();
            labels.push(Label::from_static_parts(attribute::TOKEN_TYPE, kind));
            histogram!(metric_name::TOKEN_USAGE, labels).record(tokens as f64);
        }
    }
}

/// Records a call: its sends, and the time it waited between them.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Called, emit_call};
///
/// emit_call("chat", &Called::new(Host::OpenAi, "gpt-4o", 2).ok().waited_ms(900));
/// ```
pub fn emit_call(operation: &'static str, called: &Called<'_>) {
    let labels = labels(operation, called.host, called.model);
    histogram!(metric_name::SENDS, labels.clone()).record(f64::from(called.sends));
    histogram!(metric_name::WAITED, labels).record(called.waited_ms as f64 / 1_000.0);
}
