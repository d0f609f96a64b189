//! Policy for models that the registry does not know.

use super::columns::abilities::Abilities;
use super::columns::limits::RequestLimits;
use super::columns::prices::RegionalFactors;
use super::table::{Entry, List, Str};
use super::{BillingFamily, ModelKind};
use crate::model::facts::Modalities;

/// Answer of [`Models`](super::Models) for unknown names. The default is to refuse.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::{Limits, Match, UnknownModels};
///
/// let models = Models::builtin();
/// assert!(models.get("acme-chat-7").is_err());
///
/// let models = models.unknown_models(UnknownModels::Assume(Limits::window(32_000)))?;
/// let model = models.get("acme-chat-7")?;
/// assert_eq!(model.matched(), Match::Assumed);
/// assert_eq!(model.context_window(), Some(32_000));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnknownModels {
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with similar names.
    #[default]
    Refuse,
    /// The model returned by [`Models::guess`](super::Models::guess); refuse if there is none.
    Guess,
    /// A model with these limits and nothing else known.
    Assume(Limits),
    /// A model with the limits and abilities of this one. It has no encoding and no billing rules,
    /// because those of an unknown model would be a guess; counts are estimates.
    AssumeLike(String),
}

impl UnknownModels {
    /// Assumes the limits of `model` for unknown models: [`AssumeLike`](Self::AssumeLike).
    ///
    /// ```
    /// use tokenfit::model::UnknownModels;
    ///
    /// let models = tokenfit::Models::builtin().unknown_models(UnknownModels::assume("gpt-4o"))?;
    /// assert_eq!(models.get("acme-chat-7")?.context_window(), Some(128_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn assume(model: impl Into<String>) -> UnknownModels {
        UnknownModels::AssumeLike(model.into())
    }
}

/// Sizes assumed for a model.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Limits;
///
/// let limits = Limits::window(32_000).max_output_tokens(4_000);
/// assert_eq!(limits.context_window, Some(32_000));
/// assert_eq!(limits.max_input_tokens, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// Window in tokens.
    pub context_window: Option<u64>,
    /// Maximum input in tokens, if limited separately.
    pub max_input_tokens: Option<u64>,
    /// Maximum output in tokens.
    pub max_output_tokens: Option<u64>,
}

impl Limits {
    /// Creates limits with a window of `tokens` tokens and no separate limits.
    ///
    /// ```
    /// use tokenfit::model::{Limits, UnknownModels};
    ///
    /// let local = UnknownModels::Assume(Limits::window(32_000));
    /// let model = tokenfit::Models::builtin().unknown_models(local)?.get("acme-chat-7")?;
    /// assert_eq!(model.context_window(), Some(32_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn window(tokens: u64) -> Limits {
        Limits {
            context_window: Some(tokens),
            ..Limits::default()
        }
    }

    /// Sets the maximum input in tokens.
    ///
    /// ```
    /// let limits = tokenfit::model::Limits::window(32_000).max_input_tokens(28_000);
    /// assert_eq!(limits.max_input_tokens, Some(28_000));
    /// ```
    #[must_use]
    pub fn max_input_tokens(self, tokens: u64) -> Limits {
        Limits {
            max_input_tokens: Some(tokens),
            ..self
        }
    }

    /// Sets the maximum output in tokens.
    ///
    /// ```
    /// let limits = tokenfit::model::Limits::window(32_000).max_output_tokens(4_000);
    /// assert_eq!(limits.max_output_tokens, Some(4_000));
    /// ```
    #[must_use]
    pub fn max_output_tokens(self, tokens: u64) -> Limits {
        Limits {
            max_output_tokens: Some(tokens),
            ..self
        }
    }
}

const ASSUMED: &str = "assumed for a model that the registry does not know";

/// Creates an entry with only limits.
pub(super) fn entry_of(limits: Limits) -> Entry {
    Entry {
        context_window: limits.context_window,
        max_input_tokens: limits.max_input_tokens,
        max_output_tokens: limits.max_output_tokens,
        limits_note: ASSUMED.into(),
        ..nothing_known()
    }
}

/// Creates an entry like another one: its limits and abilities, without its counting and billing.
pub(super) fn entry_like(like: &Entry) -> Entry {
    let billing = match like.billing {
        // These describe the request, not the framing of a chat.
        BillingFamily::Embedding | BillingFamily::Completion | BillingFamily::None => like.billing,
        _ => BillingFamily::Other,
    };
    Entry {
        billing,
        // Constants measured on the other model do not apply to this one.
        generation: None,
        aliases: List::EMPTY,
        azure_names: List::EMPTY,
        moving: List::EMPTY,
        id_moves: false,
        moves_to: Str::NONE,
        moves_to_as_of: None,
        moves_to_is_sure: false,
        snapshot_deprecations: List::EMPTY,
        limits_note: ASSUMED.into(),
        encoding: None,
        encoding_name: Str::NONE,
        encoding_note: ASSUMED.into(),
        prices: List::EMPTY,
        regions: RegionalFactors::NONE.into(),
        hosts: List::EMPTY,
        status: Str::NONE,
        release_date: Str::NONE,
        shutdown_date: None,
        successor: Str::NONE,
        routes: List::EMPTY,
        given: Some(ASSUMED),
        ..like.clone()
    }
}

/// Creates the entry of an entirely unknown model.
pub(super) fn nothing_known() -> Entry {
    Entry {
        id: "unknown".into(),
        provider: "unknown".into(),
        kind: ModelKind::Chat,
        open_weights: None,
        billing: BillingFamily::Other,
        generation: None,
        aliases: List::EMPTY,
        azure_names: List::EMPTY,
        moving: List::EMPTY,
        id_moves: false,
        moves_to: Str::NONE,
        moves_to_as_of: None,
        moves_to_is_sure: false,
        context_window: None,
        max_input_tokens: None,
        max_output_tokens: None,
        limits_note: Str::NONE,
        host_limits_seen: List::EMPTY,
        limits: RequestLimits::NONE.into(),
        encoding: None,
        encoding_name: Str::NONE,
        encoding_note: Str::NONE,
        inputs: Modalities::of(&[]),
        outputs: Modalities::of(&[]),
        tools: None,
        vision: None,
        json_schema: None,
        reasoning: None,
        abilities: Abilities::NONE.into(),
        seen: 0,
        images: None.into(),
        prices: List::EMPTY,
        regions: RegionalFactors::NONE.into(),
        hosts: List::EMPTY,
        status: Str::NONE,
        release_date: Str::NONE,
        shutdown_date: None,
        snapshot_deprecations: List::EMPTY,
        successor: Str::NONE,
        routes: List::EMPTY,
        sources: List::EMPTY,
        counting_changed: false,
        given: Some(ASSUMED),
    }
}
