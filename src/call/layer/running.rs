//! A call that runs inside the layer.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::settings::Shared;
use crate::call::machine::Call;
use crate::call::moment::Moment;

/// A call whose end is observed, also if its client goes away.
pub(super) struct Running {
    pub(super) call: Box<Call>,
    pub(super) shared: Arc<Shared>,
    /// Whether a step may take long.
    is_long: bool,
}

impl Running {
    pub(super) fn new(call: Call, shared: &Arc<Shared>, is_long: bool) -> Running {
        Running {
            call: Box::new(call),
            shared: Arc::clone(shared),
            is_long,
        }
    }

    /// Runs a step of the call.
    pub(super) fn step<'c, T>(&'c mut self, step: impl FnOnce(&'c mut Call) -> T) -> T {
        let call = &mut self.call;
        self.shared.work(self.is_long, move || step(call))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.call.is_over() {
            self.call.cancel(now());
        }
        if let Some(observe) = &self.shared.observe {
            observe(&self.call);
        }
    }
}

/// Returns the system's time, and a random number from the standard library's random keys.
pub(super) fn now() -> Moment {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let random = RandomState::new().hash_one(now_ms) >> 11;
    Moment::new(now_ms, random as f64 / (1u64 << 53) as f64)
}
