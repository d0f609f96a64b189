//! Call statistics: rates, percentiles and alerts over sliding windows (feature `stats`).
//!
//! A **send** is one HTTP exchange; a **call** is one request of the application with all its
//! retries. A call saved by its second send is no error for the user, but one of the host; so both
//! are counted, and alerts name which they mean.
//!
//! | type | contents |
//! |---|---|
//! | [`Sent`], [`Called`] | one record: numbers, and words of fixed lists |
//! | [`Stats`] | the windows, by host and model; shared by threads |
//! | [`Snapshot`] | the numbers at one time; serializable |
//! | [`AlertRule`] | a threshold with a minimum count and hysteresis; [`AlertRule::DEFAULTS`] has five common ones |
//!
//! Percentiles come from `sketches-ddsketch` 0.4: relative error 1 %, mergeable without loss, no
//! clock. `hdrhistogram` needs a fixed range, and `tdigest` loses accuracy when merged.
//!
//! # Examples
//!
//! ```
//! use tokenfit::model::Host;
//! use tokenfit::reply::stats::{Called, Sent, Stats};
//!
//! let stats = Stats::default();
//! stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit_tokens").duration_ms(80));
//! stats.send(3_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).duration_ms(1_900).first_chunk_ms(420).tokens(1_200, 85));
//! stats.call(3_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok().duration_ms(3_100));
//!
//! let snapshot = stats.snapshot(4_000);
//! assert_eq!(snapshot.total.sends, 2);
//! assert_eq!(snapshot.total.send_error_rate(), Some(0.5));
//! assert_eq!(snapshot.total.call_error_rate(), Some(0.0));
//! assert_eq!(snapshot.total.kinds["rate_limit_tokens"], 1);
//! ```

mod alert;
mod bucket;
#[cfg(feature = "metrics")]
mod metric;
mod names;
mod record;
mod snapshot;
mod timing;
#[cfg(feature = "tracing")]
mod trace;
mod window;

pub use alert::{Alert, AlertRule, AlertState, Measure};
#[cfg(feature = "metrics")]
pub use metric::{emit_call, emit_send};
pub use names::{attribute, metric_name, provider_name};
pub use record::{Called, Sent};
pub use snapshot::{Numbers, Series, Snapshot};
pub use timing::Percentiles;
#[cfg(feature = "tracing")]
pub use trace::{trace_call, trace_send};
pub use window::{Stats, StatsSettings};
