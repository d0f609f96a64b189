//! What to do about models that the registry does not know.

use super::columns::abilities::Abilities;
use super::columns::limits::RequestLimits;
use super::columns::prices::RegionalFactors;
use super::table::{Entry, List, Str};
use super::{BillingFamily, ModelKind};
use crate::model::facts::Modalities;

/// What a [`Models`](super::Models) answers for a name that leads nowhere. The default is to refuse.
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
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with the nearest names.
    #[default]
    Refuse,
    /// The model that [`Models::guess`](super::Models::guess) gives; refuse where it gives none.
    Guess,
    /// A model with these limits, of which nothing else is known.
    Assume(Limits),
    /// A model with the limits and abilities of this one. It has no encoding and no billing rules: that an unknown model has
    /// the same would be a guess, so counts are estimates.
    AssumeLike(String),
}

impl UnknownModels {
    /// Take unknown models to have the limits of this one: [`AssumeLike`](Self::AssumeLike).
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

/// The sizes to assume of a model.
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
    /// The whole window in tokens.
    pub context_window: Option<u64>,
    /// The most input tokens, where that is limited apart.
    pub max_input_tokens: Option<u64>,
    /// The most output tokens.
    pub max_output_tokens: Option<u64>,
}

impl Limits {
    /// A window of so many tokens, nothing limited apart.
    pub fn window(tokens: u64) -> Limits {
        Limits {
            context_window: Some(tokens),
            ..Limits::default()
        }
    }

    /// With an input limit of its own.
    #[must_use]
    pub fn max_input_tokens(self, tokens: u64) -> Limits {
        Limits {
            max_input_tokens: Some(tokens),
            ..self
        }
    }

    /// With an output limit.
    #[must_use]
    pub fn max_output_tokens(self, tokens: u64) -> Limits {
        Limits {
            max_output_tokens: Some(tokens),
            ..self
        }
    }
}

const ASSUMED: &str = "assumed for a model that the registry does not know";

/// A model of which only the limits are assumed.
pub(super) fn entry_of(limits: Limits) -> Entry {
    Entry {
        context_window: limits.context_window,
        max_input_tokens: limits.max_input_tokens,
        max_output_tokens: limits.max_output_tokens,
        limits_note: ASSUMED.into(),
        ..nothing_known()
    }
}

/// The model as another one is: its limits and abilities, without what says how it is counted or billed.
pub(super) fn entry_like(like: &Entry) -> Entry {
    let billing = match like.billing {
        // These say what the request is, not how a chat is framed.
        BillingFamily::Embedding | BillingFamily::Completion | BillingFamily::None => like.billing,
        _ => BillingFamily::Other,
    };
    Entry {
        billing,
        // Constants that were measured on the other model say nothing about this one.
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

/// The entry of a model of which nothing is known.
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
