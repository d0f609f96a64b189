//! Rule set for Gemini, for requests in any format.
//!
//! ```text
//! prompt = text + a token for each content with a role
//!        + definitions, calls and results in the form of the generation
//!        + images, sound, files
//! ```
//!
//! Source: docs/evidence/billing_gemini.md.

use crate::count::RuleSet;

/// Costs of a request to a generation of Gemini models beyond its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GeminiRules {
    /// Name of the rule set.
    pub(crate) id: &'static str,
    pub(crate) form: GeminiForm,
    /// Tokens of a content, and of the instructions, with a role.
    pub(crate) role: u64,
    pub(crate) answer_schema: AnswerSchema,
    pub(crate) image: GeminiImage,
    /// Tokens per second of audio.
    pub(crate) sound: u64,
    /// Tokens of a page of a PDF, and its bounds.
    pub(crate) page: [u64; 3],
    /// Tokens of a page, with its bounds, next to the result of a call.
    pub(crate) page_of_answer: [u64; 3],
    /// Maximum errors where a count is not exact.
    pub(crate) text_room: Room,
    pub(crate) tool_room: Room,
    pub(crate) call_room: Room,
    /// Additional error of each call and result, in tokens above.
    pub(crate) per_call_above: u64,
    /// Additional cost of definitions with a schema of the result.
    pub(crate) response_above: u64,
    pub(crate) seen_on: GeminiSeen,
    /// First and last month of the recordings.
    pub(crate) seen: (&'static str, &'static str),
    /// Maximum error on models without recordings, in percent.
    pub(crate) stretch: u64,
}

/// Form of definitions, calls and results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeminiForm {
    /// Only strings.
    Plain,
    /// Strings with a price around each; calls as text.
    Listed,
    /// Text with marks.
    Written,
}

/// Cost of the schema of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerSchema {
    Free,
    /// Free in most recordings, else at most its strings and this number of tokens.
    Above(u64),
    /// Free before a day, then its strings and at most this number of tokens.
    Since(&'static str, u64),
}

/// Cost of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeminiImage {
    /// Tokens of every image.
    Flat(u64),
    /// A tile, and for a side over 384 pixels further ones.
    Tiles(u64),
    /// Cells of a grid in the proportions of the image, at most this number.
    Grid(u64),
}

/// Maximum error: tokens below and above, and percent of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) below: u64,
    pub(crate) above: u64,
    pub(crate) below_percent: u64,
    pub(crate) above_percent: u64,
}

impl Room {
    pub(crate) const fn of(below: u64, above: u64) -> Room {
        Room {
            below,
            above,
            below_percent: 0,
            above_percent: 0,
        }
    }
}

/// Models whose recordings were counted exactly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GeminiSeen {
    /// Text.
    pub(crate) text: &'static [&'static str],
    /// Definitions.
    pub(crate) tools: &'static [&'static str],
}

impl GeminiRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: Some(self.seen.0),
            seen_to: Some(self.seen.1),
        }
    }
}
