//! Retry settings as data: the defaults, and the numbers of published guides and clients.

use serde::Serialize;

/// Jitter: how a random number spreads a backoff `d`. The cap applies afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Jitter {
    /// Exactly `d`.
    None,
    /// Evenly in `[0, d)`: disperses a herd best.
    Full,
    /// `d/2` plus evenly `[0, d/2)`: keeps a minimum distance.
    Half,
    /// Evenly in `[d/2, 3d/2)`.
    Centred,
    /// `d` minus up to a quarter: the official OpenAI and Anthropic clients.
    MinusQuarter,
}

impl Jitter {
    /// Returns the jittered delay in milliseconds, for a random number in `[0, 1)`.
    pub(super) fn apply(self, delay_ms: f64, random: f64) -> f64 {
        match self {
            Jitter::None => delay_ms,
            Jitter::Full => delay_ms * random,
            Jitter::Half => delay_ms * (0.5 + 0.5 * random),
            Jitter::Centred => delay_ms * (0.5 + random),
            Jitter::MinusQuarter => delay_ms * (1.0 - 0.25 * random),
        }
    }
}

/// Named sets of retry settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryPreset {
    /// 5 sends, 1 s × 2 up to 60 s, deadline 600 s.
    Standard,
    /// 3 sends, deadline 60 s, otherwise like [`Standard`](RetryPreset::Standard): for a user who
    /// waits.
    Interactive,
    /// Handler of a 2026-04 guide to OpenAI's errors: 5 *retries* (6 sends), 1 s × 2 up to 60 s, ×
    /// (0.5 … 1.5).
    ///
    /// Differences from the guide's code: the cap applies after the jitter (there up to 90 s), it
    /// does not sleep after the last failure, and quota errors are not retried.
    GuideHandler,
    /// Guide with the Python library tenacity: 5 sends, 1 s × 2, clamped to 4 … 60 s, no jitter: 4,
    /// 4, 4, 8 s.
    GuideTenacity,
    /// Defaults of the official OpenAI and Anthropic clients (openai 3.57.0, anthropic 2.14.0): 3
    /// sends, 0.5 s × 2 up to 8 s, minus up to 25 %.
    OfficialClients,
}

/// One backoff curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curve {
    pub(super) base_ms: u64,
    pub(super) min_ms: u64,
    pub(super) jitter: Jitter,
}

/// All numbers of a policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    pub(super) sends: u32,
    pub(super) factor: f64,
    pub(super) cap_ms: u64,
    pub(super) transient: Curve,
    pub(super) overloaded: Curve,
    pub(super) throttled: Curve,
    pub(super) bad_answer_retries: u32,
    pub(super) longest_wait_ms: u64,
    pub(super) deadline_ms: u64,
}

const fn curve(base_ms: u64, min_ms: u64, jitter: Jitter) -> Curve {
    Curve {
        base_ms,
        min_ms,
        jitter,
    }
}

const STANDARD: Numbers = Numbers {
    sends: 5,
    factor: 2.0,
    cap_ms: 60_000,
    transient: curve(1_000, 0, Jitter::Full),
    overloaded: curve(5_000, 0, Jitter::Half),
    throttled: curve(1_000, 0, Jitter::Half),
    bad_answer_retries: 2,
    // openai 3.57.0: a longer Retry-After means no retry.
    longest_wait_ms: 120_000,
    // The official clients' timeout.
    deadline_ms: 600_000,
};

const PRESETS: &[(RetryPreset, Numbers)] = &[
    (RetryPreset::Standard, STANDARD),
    (
        RetryPreset::Interactive,
        Numbers {
            sends: 3,
            longest_wait_ms: 20_000,
            deadline_ms: 60_000,
            ..STANDARD
        },
    ),
    (
        RetryPreset::GuideHandler,
        Numbers {
            sends: 6,
            transient: curve(1_000, 0, Jitter::Centred),
            overloaded: curve(1_000, 0, Jitter::Centred),
            throttled: curve(1_000, 0, Jitter::Centred),
            ..STANDARD
        },
    ),
    (
        RetryPreset::GuideTenacity,
        Numbers {
            sends: 5,
            transient: curve(1_000, 4_000, Jitter::None),
            overloaded: curve(1_000, 4_000, Jitter::None),
            throttled: curve(1_000, 4_000, Jitter::None),
            ..STANDARD
        },
    ),
    (
        RetryPreset::OfficialClients,
        Numbers {
            sends: 3,
            cap_ms: 8_000,
            transient: curve(500, 0, Jitter::MinusQuarter),
            overloaded: curve(500, 0, Jitter::MinusQuarter),
            throttled: curve(500, 0, Jitter::MinusQuarter),
            ..STANDARD
        },
    ),
];

impl RetryPreset {
    pub(super) fn numbers(self) -> Numbers {
        PRESETS
            .iter()
            .find(|(preset, _)| *preset == self)
            .map_or(STANDARD, |(_, numbers)| *numbers)
    }
}
