//! Which set of counting rules a model is billed by.

use std::fmt;

use serde::{Serialize, Serializer};

/// The set of rules by which a provider turns a request to this model into billed input tokens.
///
/// A column of the registry. The families were measured on recorded requests of 2023-03 to 2026-11; docs/accuracy.md and
/// `src/count/rules` have the evidence. Two models of one family get the same framing of messages, tools and calls; their encoding may still differ.
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
    /// `gpt-3.5-turbo-0301` alone: 4 tokens of framing per message, where its successors take 3.
    OpenAiChat0301,
    /// OpenAI's chat models that do not reason: gpt-3.5-turbo, gpt-4, gpt-4-turbo, gpt-4o, gpt-4.1, gpt-4.5.
    OpenAiChat,
    /// `*-search-preview`: the content alone is billed, without framing.
    OpenAiSearch,
    /// `o3-mini`: a reasoning model without channel headers.
    OpenAiO3Mini,
    /// o1, o3, o4-mini, their pro and deep-research forms.
    OpenAiOSeries,
    /// gpt-5 and later. Measured for 5.0 to 5.6; not for gpt-6.
    OpenAiReasoning,
    /// `o1-mini` and `o1-preview`: close to the o-series, not the same, and hardly measured.
    OpenAiO1Preview,
    /// A chat model of OpenAI of which no rules are known.
    OpenAiUnlisted,
    /// gpt-oss: OpenAI's published harmony format.
    Harmony,
    /// An embedding model: the input is a bare text.
    Embedding,
    /// A text completion model: the prompt is a bare text.
    Completion,
    /// A chat model of another vendor, or open weights behind an unknown chat template.
    Other,
    /// Image, audio, video, realtime and moderation models: not billed by text tokens of a chat request.
    None,
}

impl BillingFamily {
    /// The family as the stable word that `data/models.json` uses.
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

    /// The family of a word of [`as_str`](Self::as_str).
    pub(super) fn from_word(word: &str) -> Option<BillingFamily> {
        use BillingFamily::*;
        [
            OpenAiChat0301,
            OpenAiChat,
            OpenAiSearch,
            OpenAiO3Mini,
            OpenAiOSeries,
            OpenAiReasoning,
            OpenAiO1Preview,
            OpenAiUnlisted,
            Harmony,
            Embedding,
            Completion,
            Other,
            None,
        ]
        .into_iter()
        .find(|family| family.as_str() == word)
    }
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
