//! The constants of Claude's generations (docs/evidence/billing_other_providers.md, section 1).

use crate::model::{CountingGeneration, Model};

/// Costs of a generation of models beyond its texts.
#[derive(Debug)]
pub(super) struct Generation {
    /// Counts with the vocabulary of Opus 4.7 and later.
    pub(super) new_vocabulary: bool,
    /// Tokens around the first message.
    pub(super) frame: u64,
    /// Tokens more for each message behind it.
    pub(super) step: u64,
    /// Tokens more when there are instructions.
    pub(super) system: u64,
    /// With tools, the frame included: for the choices `auto` and `none`, `any`, and a tool by name.
    pub(super) tools: [u64; 3],
    /// Tokens of thinking, when it is enabled.
    pub(super) thinking: u64,
    /// Tokens an argument of a call; around a single result.
    pub(super) argument: u64,
    pub(super) result: i64,
    /// The schema of the answer is written into the prompt, with this many tokens around it.
    pub(super) schema: Option<u64>,
}

const OLD: Generation = Generation {
    new_vocabulary: false,
    frame: 7,
    step: 3,
    system: 0,
    tools: [321, 323, 325],
    thinking: 28,
    argument: 6,
    result: 14,
    schema: None,
};

const NEW: Generation = Generation {
    new_vocabulary: true,
    frame: 6,
    step: 2,
    system: 1,
    tools: [361, 481, 483],
    thinking: 29,
    argument: 0,
    result: -4,
    schema: Some(120),
};

/// The constants of a generation; a model without one is taken for the newest.
pub(super) fn generation(model: &Model) -> Generation {
    use CountingGeneration as Of;
    match model.counting_generation() {
        Some(Of::ClaudeOld) => OLD,
        Some(Of::Claude3Opus) => Generation {
            tools: [541, 304, 305],
            ..OLD
        },
        Some(Of::Claude3Sonnet) => Generation {
            tools: [170, 246, 246],
            ..OLD
        },
        Some(Of::Claude3Haiku) => Generation {
            tools: [275, 364, 365],
            ..OLD
        },
        Some(Of::Claude35Haiku) => Generation {
            tools: [272, 364, 365],
            ..OLD
        },
        Some(Of::Claude35Sonnet) => Generation {
            tools: [302, 302, 302],
            ..OLD
        },
        Some(Of::Claude45) => Generation {
            tools: [504, 596, 598],
            thinking: 29,
            schema: Some(81),
            ..OLD
        },
        Some(Of::Claude46) => Generation {
            system: 1,
            tools: [505, 597, 599],
            thinking: 29,
            schema: Some(81),
            ..OLD
        },
        Some(Of::Claude47) => Generation {
            frame: 12,
            step: 3,
            system: 2,
            tools: [690, 819, 821],
            argument: 3,
            result: 17,
            ..NEW
        },
        _ => NEW,
    }
}

/// Whether a model counts with the vocabulary of Opus 4.7 and later.
pub(super) fn is_new_vocabulary(model: &Model) -> bool {
    generation(model).new_vocabulary
}
