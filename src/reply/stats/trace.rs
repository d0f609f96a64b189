//! Export of sends and calls as events of the crate `tracing` (feature `tracing`).
//!
//! The macros take field names as literals, so they repeat [`attribute`](super::attribute); a test
//! compares them.

use super::names::provider_name;
use super::record::{Called, Sent};

/// Emits an event for a send: level info if it succeeded, otherwise warn. Target `tokenfit::send`.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Sent, trace_send};
///
/// trace_send("chat", &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
/// ```
pub fn trace_send(operation: &'static str, sent: &Sent<'_>) {
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: "tokenfit::send",
                tracing::Level::$level,
                gen_ai.operation.name = operation,
                gen_ai.provider.name = provider_name(sent.host),
                gen_ai.request.model = sent.model,
                gen_ai.usage.input_tokens = sent.input_tokens,
                gen_ai.usage.output_tokens = sent.output_tokens,
                gen_ai.usage.cache_read.input_tokens = sent.cached_tokens,
                http.response.status_code = sent.status,
                error.type = sent.kind,
                duration_ms = sent.duration_ms,
                first_chunk_ms = sent.first_chunk_ms,
            )
        };
    }
    match sent.kind {
        None => event!(INFO),
        Some(_) => event!(WARN),
    }
}

/// Emits an event for a call. Target `tokenfit::call`.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Called, trace_call};
///
/// trace_call("chat", &Called::new(Host::OpenAi, "gpt-4o", 2).ok().waited_ms(900));
/// ```
pub fn trace_call(operation: &'static str, called: &Called<'_>) {
    tracing::event!(
        target: "tokenfit::call",
        tracing::Level::INFO,
        gen_ai.operation.name = operation,
        gen_ai.provider.name = provider_name(called.host),
        gen_ai.request.model = called.model,
        sends = called.sends,
        succeeded = called.succeeded,
        exhausted = called.exhausted,
        duration_ms = called.duration_ms,
        waited_ms = called.waited_ms,
    );
}
