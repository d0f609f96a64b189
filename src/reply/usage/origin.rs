//! Origin of an answer, as far as the caller knows it; it resolves ambiguous numbers.

use crate::model::Host;

/// API that an answer came from.
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
    /// OpenAI's Chat Completions and APIs modeled on it.
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
    /// Bedrock's InvokeModel: the body has the maker's own format.
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

    /// Parses the word for an API, as spelled in the command's input lines and `--format`.
    ///
    /// ```
    /// use tokenfit::reply::usage::Api;
    ///
    /// assert_eq!(Api::from_word("converse"), Some(Api::Converse));
    /// ```
    pub fn from_word(word: &str) -> Option<Api> {
        Api::WORDS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))
            .map(|(_, api)| *api)
    }
}

/// Host, API and model of an answer. All are optional: most answers are recognized by their shape.
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
    /// Creates an empty origin.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 8}}"#, &Origin::new())?;    // by its shape
    /// assert_eq!(usage.billed_input(), 8);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> Origin {
        Origin::default()
    }

    /// Sets the host that was called.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::usage::{Origin, Usage}};
    /// // xAI does not include reasoning in the completion.
    /// let body = br#"{"usage": {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 33, "completion_tokens_details": {"reasoning_tokens": 20}}}"#;
    /// assert_eq!(Usage::parse(body, &Origin::new().host(Host::Xai))?.billed_output(), 25);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn host(mut self, host: Host) -> Origin {
        self.host = Some(host);
        self
    }

    /// Sets the API that was called.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Api, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 8, "output_tokens": 5}}"#;
    /// let usage = Usage::parse(body, &Origin::new().api(Api::Messages))?;
    /// assert_eq!(usage.billed_output(), 5);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn api(mut self, api: Api) -> Origin {
        self.api = Some(api);
        self
    }

    /// Sets the requested model; a model named in the answer has precedence. A string that does not
    /// look like a model name is ignored.
    ///
    /// ```
    /// use tokenfit::reply::usage::Origin;
    ///
    /// assert_ne!(Origin::new().model("grok-4.7"), Origin::new());
    /// assert_eq!(Origin::new().model("not a model name"), Origin::new());
    /// ```
    #[must_use]
    pub fn model(mut self, model: &str) -> Origin {
        self.model = crate::shown::is_name(model).then(|| model.into());
        self
    }
}

/// Relation of a count to another total: included, or in addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Inside,
    Outside,
}

/// Deviations of a host from the format it is modeled on. Source: recorded answers of public test
/// suites, state 2026-11-28; each row was seen on bodies whose total or reported cost decides it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// `reasoning_tokens` of the output details, if the total does not decide.
    pub(super) reasoning: Relation,
    /// Whether the total is inconclusive about reasoning.
    pub(super) total_is_silent: bool,
    /// `reasoning_tokens` next to the totals.
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
        // total = prompt + completion, and the cost shows that reasoning is billed in addition.
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
        // Deep research: the documentation's own example has 95,305 reasoning and 11,395 completion
        // tokens.
        Host::Perplexity,
        Habits {
            top_reasoning: Relation::Outside,
            total_is_silent: true,
            ..USUAL
        },
    ),
];

/// Returns the habits of a host in Chat Completions.
pub(super) fn chat_habits(host: Option<Host>) -> Habits {
    CHAT_HABITS
        .iter()
        .find(|(known, _)| Some(*known) == host)
        .map_or(USUAL, |(_, habits)| *habits)
}
