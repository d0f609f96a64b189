//! Tokens that servers add to requests to models without a measured rule, with their bounds.
//!
//! ```text
//! prompt = base + messages + text + definitions as JSON, and a heading + calls
//! ```
//!
//! Evidence: docs/evidence/billing_other_providers.md, section 9.

use super::dated::Dated;
use crate::model::{CountingGeneration, Host, Model};

/// Likely number of tokens, and the bounds.
pub(crate) type Span = [u64; 3];

/// Costs of a request beyond its strings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForeignRules {
    /// Cost around the whole.
    pub(crate) base: Span,
    /// Cost of a message, and of one of the assistant.
    pub(crate) message: Span,
    pub(crate) assistant: Span,
    /// Cost of the definitions, beside their JSON.
    pub(crate) tools: Span,
    /// Tokens of the definitions, in percent of their JSON.
    pub(crate) definitions: Span,
    /// Cost of a call with its result, beside their strings.
    pub(crate) call: Span,
    /// Cost of a form of the answer, beside its schema.
    pub(crate) answer: Span,
    /// Cost of an image, unless the registry has it.
    pub(crate) image: Span,
    /// Whether the server runs tools of its own, and bills what they find.
    pub(crate) searches: bool,
    /// Encoding whose counts are near, if the model's own is not public.
    pub(crate) near: Near,
}

/// Vocabulary that is near to one that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Near {
    /// Nothing is known.
    Unknown,
    /// Gemma's vocabulary counts text to Nova exactly.
    Gemma,
    /// The vocabulary of Llama 3 is cl100k_base and 28,000 tokens more.
    Llama3,
}

/// A model of which nothing is known. Most templates cost 2 to 5 tokens a message; the hidden
/// prompts of small hosts were up to 250.
const UNKNOWN: ForeignRules = ForeignRules {
    base: [8, 0, 300],
    message: [4, 0, 7],
    assistant: [4, 0, 7],
    tools: [150, 0, 700],
    definitions: [100, 30, 130],
    call: [20, 0, 80],
    answer: [0, 0, 150],
    image: [700, 20, 8_000],
    searches: false,
    near: Near::Unknown,
};

const NOVA_1: ForeignRules = ForeignRules {
    base: [0, 0, 1],
    message: [0, 0, 1],
    assistant: [1, 0, 3],
    tools: [345, 325, 375],
    definitions: [100, 95, 105],
    call: [22, 0, 45],
    answer: [0, 0, 150],
    near: Near::Gemma,
    ..UNKNOWN
};

const NOVA_2: ForeignRules = ForeignRules {
    base: [45, 15, 48],
    message: [0, 0, 2],
    assistant: [3, 0, 6],
    tools: [810, 790, 900],
    call: [40, 10, 520],
    ..NOVA_1
};

/// 43 requests of Chat Completions, 46 of Responses.
const GROK: ForeignRules = ForeignRules {
    base: [190, 4, 215],
    message: [0, 0, 2],
    assistant: [4, 0, 8],
    tools: [40, 0, 220],
    definitions: [90, 60, 110],
    call: [60, 0, 160],
    answer: [50, 0, 80],
    image: [256, 10, 2_000],
    ..UNKNOWN
};

/// Before the server wrote a prompt of its own.
const GROK_2025: ForeignRules = ForeignRules {
    base: [7, 2, 25],
    tools: [130, 60, 260],
    ..GROK
};

const GROK_4: ForeignRules = ForeignRules {
    base: [190, 4, 700],
    tools: [60, 0, 200],
    call: [120, 0, 250],
    ..GROK
};

const GROK_4_FAST: ForeignRules = ForeignRules {
    base: [156, 148, 170],
    tools: [125, 85, 190],
    definitions: [100, 80, 105],
    call: [70, 10, 150],
    ..GROK
};

const GROK_CODE: ForeignRules = ForeignRules {
    base: [204, 196, 218],
    tools: [95, 60, 160],
    definitions: [100, 80, 105],
    call: [130, 20, 190],
    ..GROK
};

const SONAR: ForeignRules = ForeignRules {
    base: [0, 0, 2],
    message: [0, 0, 0],
    assistant: [0, 0, 0],
    tools: [4, 0, 40],
    call: [4, 0, 40],
    answer: [0, 0, 0],
    near: Near::Llama3,
    ..UNKNOWN
};

const LLAMA_4: ForeignRules = ForeignRules {
    base: [6, 0, 14],
    message: [4, 0, 7],
    assistant: [4, 0, 7],
    tools: [600, 0, 760],
    definitions: [100, 60, 125],
    call: [20, 0, 120],
    answer: [0, 0, 80],
    image: [600, 100, 2_500],
    ..UNKNOWN
};

const LLAMA_4_GROQ: ForeignRules = ForeignRules {
    tools: [650, 600, 720],
    ..LLAMA_4
};

const LLAMA_4_CLOUDFLARE: ForeignRules = ForeignRules {
    base: [73, 60, 85],
    tools: [145, 60, 300],
    ..LLAMA_4
};

const LLAMA_4_BEDROCK: ForeignRules = ForeignRules {
    tools: [130, 60, 300],
    ..LLAMA_4
};

const MIMO: ForeignRules = ForeignRules {
    base: [244, 30, 258],
    message: [4, 0, 6],
    assistant: [4, 0, 6],
    tools: [188, 160, 215],
    call: [34, 10, 90],
    answer: [95, 0, 110],
    ..UNKNOWN
};

const GEMMA: ForeignRules = ForeignRules {
    base: [8, 4, 11],
    message: [4, 3, 6],
    assistant: [4, 3, 6],
    tools: [0, 0, 10],
    definitions: [90, 50, 110],
    call: [0, 0, 15],
    answer: [95, 0, 170],
    image: [257, 200, 300],
    near: Near::Gemma,
    ..UNKNOWN
};

/// Systems that search before they answer (Groq's Compound: 451 to 140,218 tokens for a sentence).
const SEARCHING: ForeignRules = ForeignRules {
    base: [450, 100, 1_000],
    searches: true,
    ..UNKNOWN
};

/// The day on which Grok began to have a prompt of its own.
const GROK_PROMPT: Dated = Dated {
    old_until: "2025-08-14",
    new_from: "2025-09-13",
};

/// Returns the tokens that servers add to requests to a model.
pub(crate) fn foreign_rules(model: &Model) -> &'static ForeignRules {
    use CountingGeneration as Of;
    let before = || GROK_PROMPT.holds_on(model.day()) == (false, true);
    match (model.counting_generation(), model.host()) {
        (Some(Of::Nova1), _) => &NOVA_1,
        (Some(Of::Nova2), _) => &NOVA_2,
        (Some(Of::Grok4Fast), _) => &GROK_4_FAST,
        (Some(Of::GrokCode), _) => &GROK_CODE,
        (Some(Of::Grok | Of::Grok4), _) if before() => &GROK_2025,
        (Some(Of::Grok4), _) => &GROK_4,
        (Some(Of::Grok), _) => &GROK,
        (Some(Of::Sonar), _) => &SONAR,
        (Some(Of::Llama4), Some(Host::Groq)) => &LLAMA_4_GROQ,
        (Some(Of::Llama4), Some(Host::Cloudflare)) => &LLAMA_4_CLOUDFLARE,
        (Some(Of::Llama4), Some(Host::Bedrock)) => &LLAMA_4_BEDROCK,
        (Some(Of::Llama4), _) => &LLAMA_4,
        (Some(Of::Mimo), _) => &MIMO,
        (Some(Of::Gemma), _) => &GEMMA,
        (Some(Of::Searching), _) => &SEARCHING,
        _ => &UNKNOWN,
    }
}

/// Returns the maximum number of tokens that a host adds: Venice writes a prompt of its own unless
/// it is switched off.
pub(crate) fn foreign_prompt(host: Option<Host>) -> u64 {
    match host {
        Some(Host::Venice) => 1_600,
        _ => 0,
    }
}
