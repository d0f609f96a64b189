//! Billing families: the counting rules that apply to a model.

use std::fmt;

use serde::{Serialize, Serializer};

/// Set of rules by which a provider turns a request to this model into billed input tokens.
///
/// A column of the registry. The families were measured on recorded requests of 2023-03 to 2026-11;
/// docs/accuracy.md and `src/count/rules` have the evidence. Models of one family have the same
/// framing of messages, tools and calls; their encodings may differ.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::BillingFamily;
///
/// let models = Models::builtin();
/// assert_eq!(models.get("gpt-4o")?.billing(), BillingFamily::OpenAiChat);
/// assert_eq!(models.get("gpt-5-mini")?.billing().as_str(), "openai-reasoning");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BillingFamily {
    /// `gpt-3.5-turbo-0301` only: 4 tokens of framing per message; its successors have 3.
    OpenAiChat0301,
    /// OpenAI's chat models without reasoning: gpt-3.5-turbo, gpt-4, gpt-4-turbo, gpt-4o, gpt-4.1,
    /// gpt-4.5.
    OpenAiChat,
    /// `*-search-preview`: only the content is billed, without framing.
    OpenAiSearch,
    /// `o3-mini`: a reasoning model without channel headers.
    OpenAiO3Mini,
    /// o1, o3, o4-mini, and their pro and deep-research variants.
    OpenAiOSeries,
    /// gpt-5 and later. Measured for 5.0 to 5.6; not for gpt-6.
    OpenAiReasoning,
    /// `o1-mini` and `o1-preview`: similar to the o-series, with few measurements.
    OpenAiO1Preview,
    /// OpenAI chat model without known rules.
    OpenAiUnlisted,
    /// gpt-oss: OpenAI's published harmony format.
    Harmony,
    /// Embedding model: the input is bare text.
    Embedding,
    /// Text completion model: the prompt is bare text.
    Completion,
    /// Chat model of another vendor, or open weights with an unknown chat template.
    Other,
    /// Image, audio, video, realtime and moderation models: not billed by text tokens of a chat
    /// request.
    None,
}

impl BillingFamily {
    /// Returns the family as the stable word used in `data/models.json`.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::BillingFamily::OpenAiO3Mini.as_str(), "openai-o3-mini");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            BillingFamily::OpenAiChat0301 => "openai-chat-0301",
            BillingFamily::OpenAiChat => "openai-chat",
            BillingFamily::OpenAiSearch => "openai-search",
            BillingFamily::OpenAiO3Mini => "openai-o3-mini",
            BillingFamily::OpenAiOSeries => "openai-o-series",
            BillingFamily::OpenAiReasoning => "openai-reasoning",
            BillingFamily::OpenAiO1Preview => "openai-o1-preview",
            BillingFamily::OpenAiUnlisted => "openai-unlisted",
            BillingFamily::Harmony => "harmony",
            BillingFamily::Embedding => "embedding",
            BillingFamily::Completion => "completion",
            BillingFamily::Other => "other",
            BillingFamily::None => "none",
        }
    }

    pub(super) const ALL: &[BillingFamily] = &[
        BillingFamily::OpenAiChat0301,
        BillingFamily::OpenAiChat,
        BillingFamily::OpenAiSearch,
        BillingFamily::OpenAiO3Mini,
        BillingFamily::OpenAiOSeries,
        BillingFamily::OpenAiReasoning,
        BillingFamily::OpenAiO1Preview,
        BillingFamily::OpenAiUnlisted,
        BillingFamily::Harmony,
        BillingFamily::Embedding,
        BillingFamily::Completion,
        BillingFamily::Other,
        BillingFamily::None,
    ];
}

impl fmt::Display for BillingFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for BillingFamily {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
