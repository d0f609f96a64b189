//! Data that leaves the process: the names of the conventions, numbers, and no text.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use tokenfit::model::Host;
use tokenfit::reply::retry::{Attempt, Failure, Guard, RetryPolicy};
use tokenfit::reply::stats::{
    Called, Sent, Stats, attribute, emit_call, emit_send, metric_name, trace_call, trace_send,
};
use tracing::field::{Field, Visit};
use tracing::span;

type Records = Arc<Mutex<Vec<(String, Vec<(String, String)>, f64)>>>;

struct Memory(Records);

struct One(Records, Key);

impl HistogramFn for One {
    fn record(&self, value: f64) {
        let labels = self
            .1
            .labels()
            .map(|label| (label.key().to_owned(), label.value().to_owned()))
            .collect();
        self.0
            .lock()
            .unwrap()
            .push((self.1.name().to_owned(), labels, value));
    }
}

impl Recorder for Memory {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(One(self.0.clone(), key.clone())))
    }
}

fn sent() -> Sent<'static> {
    Sent::new(Host::Bedrock, "claude")
        .ok(200)
        .duration_ms(2_500)
        .first_chunk_ms(500)
        .tokens(900, 101)
        .cached_tokens(700)
}

#[test]
fn metrics_have_the_names_and_units_of_the_conventions() {
    let records: Records = Arc::default();
    metrics::with_local_recorder(&Memory(records.clone()), || {
        emit_send("chat", &sent());
        emit_send("chat", &sent().failed(Some(429), "rate_limit"));
        emit_call(
            "chat",
            &Called::new(Host::Bedrock, "claude", 2)
                .ok()
                .waited_ms(1_500),
        );
    });
    let records = records.lock().unwrap();
    let value = |name: &str, label: (&str, &str)| {
        let found = records.iter().find(|(at, labels, _)| {
            at == name
                && labels
                    .iter()
                    .any(|(key, value)| (key.as_str(), value.as_str()) == label)
        });
        found.map(|(.., value)| *value)
    };
    let provider = ("gen_ai.provider.name", "aws.bedrock");
    assert_eq!(
        value("gen_ai.client.operation.duration", provider),
        Some(2.5)
    );
    assert_eq!(
        value("gen_ai.client.operation.time_to_first_chunk", provider),
        Some(0.5)
    );
    assert_eq!(
        value("gen_ai.client.operation.time_per_output_chunk", provider),
        Some(0.02)
    );
    assert_eq!(
        value("gen_ai.client.token.usage", ("gen_ai.token.type", "input")),
        Some(900.0)
    );
    assert_eq!(
        value("gen_ai.client.token.usage", ("gen_ai.token.type", "output")),
        Some(101.0)
    );
    assert_eq!(
        value(
            "gen_ai.client.operation.duration",
            ("error.type", "rate_limit")
        ),
        Some(2.5)
    );
    assert_eq!(
        value(metric_name::SENDS, ("gen_ai.operation.name", "chat")),
        Some(2.0)
    );
    assert_eq!(
        value(metric_name::WAITED, ("gen_ai.request.model", "claude")),
        Some(1.5)
    );
}

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<(String, String)>>>);

impl Visit for Events {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0
            .lock()
            .unwrap()
            .push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn events_have_the_names_of_the_conventions() {
    let events = Events::default();
    tracing::subscriber::with_default(events.clone(), || {
        trace_send("chat", &sent());
        trace_send("chat", &sent().failed(Some(503), "overloaded"));
        trace_call("chat", &Called::new(Host::Bedrock, "claude", 2));
    });
    let fields = events.0.lock().unwrap();
    for (name, value) in [
        (attribute::OPERATION_NAME, "\"chat\""),
        (attribute::PROVIDER_NAME, "\"aws.bedrock\""),
        (attribute::REQUEST_MODEL, "\"claude\""),
        (attribute::INPUT_TOKENS, "900"),
        (attribute::OUTPUT_TOKENS, "101"),
        (attribute::CACHE_READ_TOKENS, "700"),
        (attribute::STATUS_CODE, "503"),
        (attribute::ERROR_TYPE, "\"overloaded\""),
        ("sends", "2"),
    ] {
        assert!(
            fields.contains(&(name.to_owned(), value.to_owned())),
            "{name} in {fields:?}"
        );
    }
}

/// Even a model's name, which could hold anything, is not in any `Debug` output of shared state.
#[test]
fn debug_output_holds_no_text() {
    const MARKER: &str = "MARKER-7f3a";
    let guard = Guard::default();
    let failure = Failure::of_status(500);
    let _ = guard.failed(
        0,
        Host::OpenAi,
        MARKER,
        &RetryPolicy::standard(),
        &Attempt::new(1, 0),
        &failure,
        0.0,
    );
    let stats = Stats::default();
    stats.send(0, &Sent::new(Host::OpenAi, MARKER).failed(None, "timeout"));
    for text in [
        format!("{guard:?}"),
        format!("{stats:?}"),
        format!("{:?}", stats.snapshot(0).total),
    ] {
        assert!(!text.contains(MARKER), "{text}");
    }
}
