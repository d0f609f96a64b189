//! Small types for facts of the registry.

use std::fmt;

use serde::{Serialize, Serializer};

/// Kind of match between a name and a model, from certain to uncertain. The least certain of
/// several steps counts.
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
    /// The name is an alias of the model: a dated snapshot with the same limits, Azure's spelling,
    /// or one given by [`Models::alias`](crate::Models::alias).
    Alias,
    /// A listed name as written by a host or gateway: `azure/gpt-4o`,
    /// `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-opus-4-5@20251101`.
    HostName,
    /// A listed name with other separators or in another order: `claude-opus-4.8`,
    /// `claude-4.5-sonnet`.
    Spelling,
    /// A listed name followed by a serving variant: `:free`, `-high`, `-fast`, `-thinking`.
    Variant,
    /// A fine-tune of a listed model: `ft:BASE:ORG::ID`. It has the base's limits, but not its
    /// price.
    FineTune,
    /// An unlisted dated snapshot. Its facts are assumed to be its base model's: snapshots of one
    /// model have differed in limits before (gpt-4o-2024-05-13 writes at most 4,096 tokens, its
    /// successors 16,384).
    Snapshot,
    /// A name that the vendor moves to another model from time to time (`-latest`,
    /// `deepseek-chat`), or a name without the date that all listed names have (`claude-3-haiku`).
    /// The facts are those of the registry's day.
    MovingName,
    /// A listed name after a word that is not a known host: `my-proxy/gpt-4o`. The model is known,
    /// its host is not.
    UnknownHost,
    /// The longest listed name that the name begins with. Only if guesses were requested:
    /// [`Models::guess`](crate::Models::guess),
    /// [`UnknownModels::Guess`](super::UnknownModels::Guess).
    Guess,
    /// An unknown model; its facts are those assumed by [`UnknownModels`](super::UnknownModels).
    Assumed,
}

impl Match {
    /// Returns the match as a stable snake_case word.
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

    /// Returns whether the name identifies a listed model: an id, an alias, or another spelling of
    /// one.
    ///
    /// Other names lead to a related model: the base of a fine-tune or of a later snapshot, or the
    /// target of a moving name on the registry's day. Its limits usually apply; whether rules
    /// measured on it do is unknown.
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

/// Purpose of a model, by the endpoint that serves it.
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
    /// Chat, at OpenAI's Chat Completions or another vendor's chat endpoint.
    Chat,
    /// Served only (or first) at OpenAI's Responses API.
    Responses,
    /// Legacy text completion.
    Completion,
    /// Embeddings.
    Embedding,
    /// Open weights without a vendor endpoint; the host determines limits and chat template.
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
    /// Returns the kind as a stable snake_case word.
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

    pub(super) const ALL: &[ModelKind] = &[
        ModelKind::Chat,
        ModelKind::Responses,
        ModelKind::Completion,
        ModelKind::Embedding,
        ModelKind::OpenWeights,
        ModelKind::Image,
        ModelKind::Video,
        ModelKind::AudioSpeech,
        ModelKind::AudioTranscription,
        ModelKind::Realtime,
        ModelKind::Moderation,
    ];
}

/// Kind of content that a model accepts or generates.
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
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// PDF files, sent as files.
    Pdf,
    /// A vector (output only).
    Embedding,
}

impl Modality {
    /// Returns the modality as a stable word.
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

    /// Parses a word returned by [`as_str`](Self::as_str).
    pub(super) fn from_word(word: &str) -> Option<Modality> {
        use Modality::*;
        [Text, Image, Audio, Video, Pdf, Embedding]
            .into_iter()
            .find(|modality| modality.as_str() == word)
    }
}

/// Basic abilities of a model, as stated by the sources. `None` means that no source states it, not
/// "no".
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
    /// Whether the model calls functions.
    pub tools: Option<bool>,
    /// Whether the model accepts images.
    pub vision: Option<bool>,
    /// Whether the model's answers follow a JSON schema (structured outputs).
    pub json_schema: Option<bool>,
    /// Whether the model thinks before it answers; thoughts are billed as output.
    pub reasoning: Option<bool>,
    #[serde(skip)]
    pub(super) inputs: Modalities,
    #[serde(skip)]
    pub(super) outputs: Modalities,
}

/// Short list of modalities, stored inline so that an override needs neither allocation nor
/// lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Modalities {
    list: [Modality; Modalities::MOST],
    len: u8,
}

impl Modalities {
    /// Maximum length: there are six modalities, each at most once in a list.
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
    /// Returns whether the model accepts input of this modality. `None` if the registry lists no
    /// inputs for it.
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

    /// Returns the accepted modalities. Empty if unknown.
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

    /// Returns the generated modalities. Empty if unknown.
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

/// Source of facts about a model.
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
    /// Short name, with the version if it is a package.
    pub name: &'static str,
    /// Description of the source.
    pub what: &'static str,
    /// Date of its facts: `YYYY-MM-DD`, or `YYYY-MM` if only the month is known. Empty for facts
    /// given at run time.
    pub date: &'static str,
    /// Single use of the source, if it has only one: `encoding`, `hosts` (the windows that hosts
    /// offer), or `the host`.
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
