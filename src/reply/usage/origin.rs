//! Who answered, as far as the caller knows: it decides where the numbers of an answer leave a choice.

use crate::model::Host;

/// The API an answer came from.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::Api;
///
/// assert_eq!(Api::from_word("generateContent"), Some(Api::GenerateContent));
/// assert_eq!(Api::from_word("smoke signals"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// OpenAI's Chat Completions and what is modelled on it.
    Chat,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Google's generateContent.
    GenerateContent,
    /// Google's Interactions.
    Interactions,
    /// Bedrock's Converse.
    Converse,
    /// Bedrock's InvokeModel: the body is the maker's own.
    Invoke,
    /// Embeddings and reranking: no output.
    Embeddings,
    /// OpenAI's realtime API.
    Realtime,
    /// Speech to text.
    Transcription,
    /// Image generation.
    Images,
}

impl Api {
    const WORDS: &'static [(&'static str, Api)] = &[
        ("chat", Api::Chat),
        ("openai-chat", Api::Chat),
        ("responses", Api::Responses),
        ("openai-responses", Api::Responses),
        ("messages", Api::Messages),
        ("anthropic", Api::Messages),
        ("generateContent", Api::GenerateContent),
        ("gemini", Api::GenerateContent),
        ("interactions", Api::Interactions),
        ("converse", Api::Converse),
        ("bedrock-converse", Api::Converse),
        ("invoke", Api::Invoke),
        ("embeddings", Api::Embeddings),
        ("rerank", Api::Embeddings),
        ("realtime", Api::Realtime),
        ("transcription", Api::Transcription),
        ("images", Api::Images),
    ];

    /// The API of a word, as the command's input lines and `--format` spell it.
    pub fn from_word(word: &str) -> Option<Api> {
        Api::WORDS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))
            .map(|(_, api)| *api)
    }
}

/// Who answered. Everything is optional: most answers say enough by their shape.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::usage::{Api, Origin};
///
/// let origin = Origin::new().host(Host::Xai).api(Api::Chat).model("grok-4.7");
/// assert_ne!(origin, Origin::new());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Origin {
    pub(super) host: Option<Host>,
    pub(super) api: Option<Api>,
    pub(super) model: Option<Box<str>>,
}

impl Origin {
    /// Nothing known.
    pub fn new() -> Origin {
        Origin::default()
    }

    /// Sets the host that was called.
    #[must_use]
    pub fn host(mut self, host: Host) -> Origin {
        self.host = Some(host);
        self
    }

    /// Sets the API that was called.
    #[must_use]
    pub fn api(mut self, api: Api) -> Origin {
        self.api = Some(api);
        self
    }

    /// Sets the model that was asked for; a model named in the answer goes before it. A text that does not look like
    /// the name of a model is not kept.
    #[must_use]
    pub fn model(mut self, model: &str) -> Origin {
        self.model = crate::shown::is_name(model).then(|| model.into());
        self
    }
}

/// Where a count is reported: inside another total, or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Inside,
    Outside,
}

/// How a host departs from the format it is modelled on.
/// Source: recorded answers of public test suites, state 2026-11-28; each row was seen on bodies whose total, or whose
/// reported cost, decides it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// `reasoning_tokens` of the output details, where the total does not decide.
    pub(super) reasoning: Relation,
    /// Whether the total says nothing about reasoning.
    pub(super) total_is_silent: bool,
    /// `reasoning_tokens` beside the totals.
    pub(super) top_reasoning: Relation,
    /// `audio_tokens` of the input details.
    pub(super) audio: Relation,
}

const USUAL: Habits = Habits {
    reasoning: Relation::Inside,
    total_is_silent: false,
    top_reasoning: Relation::Inside,
    audio: Relation::Inside,
};

/// Hosts of the Chat Completions format that differ from OpenAI.
const CHAT_HABITS: &[(Host, Habits)] = &[
    (
        Host::Xai,
        Habits {
            reasoning: Relation::Outside,
            ..USUAL
        },
    ),
    (
        // total = prompt + completion, and the cost shows that reasoning is billed on top.
        Host::Vercel,
        Habits {
            reasoning: Relation::Outside,
            total_is_silent: true,
            ..USUAL
        },
    ),
    (
        Host::Mistral,
        Habits {
            audio: Relation::Outside,
            ..USUAL
        },
    ),
    (
        // Deep research: the documentation's own example has 95,305 reasoning and 11,395 completion tokens.
        Host::Perplexity,
        Habits {
            top_reasoning: Relation::Outside,
            total_is_silent: true,
            ..USUAL
        },
    ),
];

/// The habits of a host in Chat Completions.
pub(super) fn chat_habits(host: Option<Host>) -> Habits {
    CHAT_HABITS
        .iter()
        .find(|(known, _)| Some(*known) == host)
        .map_or(USUAL, |(_, habits)| *habits)
}
