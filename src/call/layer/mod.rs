//! Calls as a `tower` layer around any HTTP service with JSON bodies (feature `tower`).
//!
//! [`CallLayer`] sits between a client and its transport: each request to an endpoint that this
//! crate knows becomes a [`Call`](super::Call). Other requests pass through. The layer reads the
//! system's clock and draws its jitter from the standard library's random keys; the caller provides
//! the sleep of its runtime.
//!
//! | file | contents |
//! |---|---|
//! | `settings.rs` | the layer and its settings |
//! | `service.rs` | the service: one call for each request |
//! | `running.rs` | a call whose end is observed, whatever ends it |
//! | `body.rs` | bodies: read whole, or passed on while the call reads them |

mod body;
mod running;
mod service;
mod settings;

pub use body::CallBody;
pub use service::CallService;
pub use settings::CallLayer;
