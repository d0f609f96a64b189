//! The small types of what the registry says about a model.

use std::fmt;

use serde::{Serialize, Serializer};

/// How a name led to a model, from sure to unsure. Of several steps the least sure is named.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::Match;
///
/// let models = Models::builtin();
/// for (name, matched) in [
///     ("gpt-4o", Match::Id),
///     ("gpt-4o-2024-08-06", Match::Alias),
///     ("openrouter/openai/gpt-4o", Match::HostName),
///     ("claude-opus-4.8", Match::Spelling),
///     ("o3-mini-high", Match::Variant),
///     ("ft:gpt-4o-2024-08-06:acme::a1b2c3", Match::FineTune),
///     // Not in the registry; the facts are those of gpt-4o.
///     ("gpt-4o-2026-02-03", Match::Snapshot),
///     ("mistral-large-latest", Match::MovingName),
///     ("my-proxy/gpt-4o", Match::UnknownHost),
/// ] {
///     assert_eq!(models.get(name)?.matched(), matched, "{name}");
/// }
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Match {
    /// The name is the model's id.
    Id,
    /// The name is listed as another name of the model: a dated snapshot with the same limits, or Azure's spelling; or it was
    /// given as one by [`Models::alias`](crate::Models::alias).
    Alias,
    /// A listed name as a host or a gateway writes it: `azure/gpt-4o`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0`,
    /// `claude-opus-4-5@20251101`.
    HostName,
    /// A listed name with other separators or in another order: `claude-opus-4.8`, `claude-4.5-sonnet`.
    Spelling,
    /// A word for the manner of serving stands behind a listed name: `:free`, `-high`, `-fast`, `-thinking`.
    Variant,
    /// A fine-tune of a listed model: `ft:BASE:ORG::ID`. Limits are the base's, the price is not.
    FineTune,
    /// A dated snapshot that is not listed. The facts are its base model's, which is a guess: snapshots of one model have
    /// differed in their limits before (gpt-4o-2024-05-13 writes at most 4,096 tokens, its successors 16,384).
    Snapshot,
    /// A name that the vendor points to another model from time to time (`-latest`, `deepseek-chat`), or a name without the
    /// date that all listed ones have (`claude-3-haiku`). The facts are of the day of the registry.
    MovingName,
    /// A listed name behind a word that no host is known by: `my-proxy/gpt-4o`. The model is known, who serves it is not.
    UnknownHost,
    /// The longest listed name that the name begins with. Only where guesses were asked for:
    /// [`Models::guess`](crate::Models::guess), [`UnknownModels::Guess`](super::UnknownModels::Guess).
    Guess,
    /// The model is not known; the facts are those that [`UnknownModels`](super::UnknownModels) says to assume.
    Assumed,
}

impl Match {
    /// The match as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::Match::Snapshot.as_str(), "snapshot");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Match::Id => "id",
            Match::Alias => "alias",
            Match::HostName => "host_name",
            Match::Spelling => "spelling",
            Match::Variant => "variant",
            Match::FineTune => "fine_tune",
            Match::Snapshot => "snapshot",
            Match::MovingName => "moving_name",
            Match::UnknownHost => "unknown_host",
            Match::Guess => "guess",
            Match::Assumed => "assumed",
        }
    }

    /// Whether the name says which listed model it is: an id, an alias, or another spelling of one.
    ///
    /// The others lead to the model next to it: a fine-tune, a snapshot that came later, what a moving name pointed to when
    /// the registry was made. Their limits are mostly right; that rules measured on the listed model hold for them is not
    /// known.
    ///
    /// ```
    /// use tokenfit::model::Match;
    ///
    /// assert!(Match::HostName.is_certain());
    /// assert!(!Match::Snapshot.is_certain());
    /// ```
    pub fn is_certain(self) -> bool {
        matches!(
            self,
            Match::Id | Match::Alias | Match::HostName | Match::Spelling
        )
    }
}

/// What a model is for, by the endpoint it is served at.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::ModelKind;
///
/// let models = Models::builtin();
/// assert_eq!(models.get("text-embedding-3-small")?.kind(), ModelKind::Embedding);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelKind {
    /// Chat, at OpenAI's chat completions or another vendor's chat endpoint.
    Chat,
    /// Served at OpenAI's Responses API only (or first).
    Responses,
    /// Legacy text completion.
    Completion,
    /// Embeddings.
    Embedding,
    /// Open weights without an endpoint of the vendor's own; limits and chat template are the host's.
    OpenWeights,
    /// Image generation.
    Image,
    /// Video generation.
    Video,
    /// Text to speech.
    AudioSpeech,
    /// Speech to text.
    AudioTranscription,
    /// Speech in both directions over an open connection.
    Realtime,
    /// Moderation.
    Moderation,
}

impl ModelKind {
    /// The kind as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::ModelKind::OpenWeights.as_str(), "open_weights");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            ModelKind::Chat => "chat",
            ModelKind::Responses => "responses",
            ModelKind::Completion => "completion",
            ModelKind::Embedding => "embedding",
            ModelKind::OpenWeights => "open_weights",
            ModelKind::Image => "image",
            ModelKind::Video => "video",
            ModelKind::AudioSpeech => "audio_speech",
            ModelKind::AudioTranscription => "audio_transcription",
            ModelKind::Realtime => "realtime",
            ModelKind::Moderation => "moderation",
        }
    }

    /// The kind of a word of [`as_str`](Self::as_str).
    pub(super) fn from_word(word: &str) -> Option<ModelKind> {
        use ModelKind::*;
        [
            Chat,
            Responses,
            Completion,
            Embedding,
            OpenWeights,
            Image,
            Video,
            AudioSpeech,
            AudioTranscription,
            Realtime,
            Moderation,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}

/// What goes in or comes out of a model.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::Modality;
///
/// let traits = Models::builtin().get("gpt-4o")?.supports();
/// assert_eq!(traits.accepts(Modality::Image), Some(true));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Modality {
    /// Text.
    Text,
    /// Images.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// PDF files, taken as files.
    Pdf,
    /// A vector (output only).
    Embedding,
}

impl Modality {
    /// The modality as a stable word.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::Modality::Pdf.as_str(), "pdf");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Modality::Text => "text",
            Modality::Image => "image",
            Modality::Audio => "audio",
            Modality::Video => "video",
            Modality::Pdf => "pdf",
            Modality::Embedding => "embedding",
        }
    }

    /// The modality of a word of [`as_str`](Self::as_str).
    pub(super) fn from_word(word: &str) -> Option<Modality> {
        use Modality::*;
        [Text, Image, Audio, Video, Pdf, Embedding]
            .into_iter()
            .find(|modality| modality.as_str() == word)
    }
}

/// What a model can do, as far as the sources say. `None` is "no source says", not "no".
///
/// Serializes as an object of the four flags.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::Modality;
///
/// let traits = Models::builtin().get("gpt-3.5-turbo")?.supports();
/// assert_eq!(traits.vision, Some(false));
/// assert_eq!(traits.inputs(), [Modality::Text]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Traits {
    /// Takes function definitions and calls them.
    pub tools: Option<bool>,
    /// Takes images.
    pub vision: Option<bool>,
    /// Keeps to a JSON schema for its answer (structured outputs).
    pub json_schema: Option<bool>,
    /// Thinks before it answers; the thoughts are billed as output.
    pub reasoning: Option<bool>,
    #[serde(skip)]
    pub(super) inputs: Modalities,
    #[serde(skip)]
    pub(super) outputs: Modalities,
}

/// A short list of modalities, kept in place: what an override brings needs no allocation and no lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Modalities {
    list: [Modality; Modalities::MOST],
    len: u8,
}

impl Modalities {
    /// There are six, each at most once in a list.
    pub(super) const MOST: usize = 6;

    /// Panics, at compile time for the tables, on more than [`MOST`](Self::MOST).
    pub(super) const fn of(modalities: &[Modality]) -> Modalities {
        let mut list = [Modality::Text; Modalities::MOST];
        let mut at = 0;
        while at < modalities.len() {
            list[at] = modalities[at];
            at += 1;
        }
        Modalities {
            list,
            len: at as u8,
        }
    }

    pub(super) fn as_slice(&self) -> &[Modality] {
        &self.list[..usize::from(self.len)]
    }
}

impl Traits {
    /// Whether the model takes input of this modality. `None` when the registry lists no inputs for it.
    ///
    /// ```
    /// use tokenfit::model::Modality;
    ///
    /// let traits = tokenfit::Models::builtin().get("gemini-2.5-pro")?.supports();
    /// assert_eq!(traits.accepts(Modality::Video), Some(true));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn accepts(&self, modality: Modality) -> Option<bool> {
        (!self.inputs().is_empty()).then(|| self.inputs().contains(&modality))
    }

    /// What goes in. Empty when not known.
    ///
    /// ```
    /// use tokenfit::model::Modality;
    ///
    /// let traits = tokenfit::Models::builtin().get("gpt-4o")?.supports();
    /// assert_eq!(traits.inputs(), [Modality::Text, Modality::Image]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn inputs(&self) -> &[Modality] {
        self.inputs.as_slice()
    }

    /// What comes out. Empty when not known.
    ///
    /// ```
    /// use tokenfit::model::Modality;
    ///
    /// let traits = tokenfit::Models::builtin().get("text-embedding-3-small")?.supports();
    /// assert_eq!(traits.outputs(), [Modality::Embedding]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn outputs(&self) -> &[Modality] {
        self.outputs.as_slice()
    }
}

/// Where facts about a model come from.
///
/// # Examples
///
/// ```
/// let model = tokenfit::Models::builtin().get("gpt-4o")?;
/// let source = model.sources().find(|s| s.note == Some("encoding")).expect("gpt-4o has a public encoding");
/// assert_eq!(source.name, "tiktoken@0.14.0");
/// assert_eq!(source.date, "2026-08");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// A short name, with the version where it is a package.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// How old its facts are: `YYYY-MM-DD`, or `YYYY-MM` where it is not dated closer. Empty for what was given at run time.
    pub date: &'static str,
    /// What it was used for, where that is one thing only: `encoding`, `hosts` (the windows that hosts offer), or `the host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

macro_rules! shown_as_str {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

shown_as_str!(Match, ModelKind, Modality);
