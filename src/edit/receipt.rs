//! The edit and the receipt: what was done, where and why, and what it came to.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::shown::bare_name;

/// One edit of a request: what was done, where, why, and how large the place was and is.
///
/// [`Display`](std::fmt::Display) shows it as one line.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::Preset;
///
/// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(15);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let fitted = Preset::SlidingWindow.fitter(budget).fit(&request)?;
/// let edit = &fitted.receipt().expect("it was too long").edits[0];
/// assert_eq!((edit.action.as_str(), edit.pointer()), ("dropped_group", "/messages/0"));
/// assert_eq!(edit.to_string(), "dropped: /messages/0, 5 → 0 tokens (drop_oldest)");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Edit {
    /// What was done.
    #[serde(flatten)]
    pub action: Action,
    /// Where, as JSON pointers into the request as it came: the messages of a group, or the one place.
    pub pointers: Vec<String>,
    /// Of a call or a result: the id of the call, cut at 64 characters; its length alone when it does not look like an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of a result: the place of its call, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_pointer: Option<String>,
    /// Why: the [code](crate::check::codes) of the finding that it mends, the strategy that asked for it, or
    /// `bound_thinking`.
    pub reason: String,
    /// Size of the messages concerned before this edit, where it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_before: Option<u64>,
    /// Their size after it: 0 when they leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_after: Option<u64>,
    /// Length of the JSON at the place before this edit, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_before: Option<u64>,
    /// Its length after it: 0 when it leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_after: Option<u64>,
}

impl Edit {
    /// The first of the places; empty for the request itself.
    pub fn pointer(&self) -> &str {
        self.pointers.first().map_or("", String::as_str)
    }

    /// An edit at one place, of `before` bytes that become `after`.
    pub(crate) fn at(
        action: Action,
        pointer: String,
        reason: impl Into<String>,
        (before, after): (usize, usize),
    ) -> Edit {
        Edit {
            action,
            pointers: vec![pointer],
            id: None,
            call_pointer: None,
            reason: reason.into(),
            tokens_before: None,
            tokens_after: None,
            bytes_before: Some(before as u64),
            bytes_after: Some(after as u64),
        }
    }

    /// Names the call that it has to do with.
    pub(crate) fn of_call(mut self, id: &str, pointer: Option<String>) -> Edit {
        self.id = (!id.is_empty()).then(|| bare_name(id));
        self.call_pointer = pointer;
        self
    }
}

/// Cost of an edit with the provider's prompt cache, and when it has paid off: at the prices of the model's day, of
/// prompts of that size, and with what the provider charges for writing its cache, for the shortest time it sells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CacheCost {
    /// Tokens in front of the first edit: a cache of the request as it was still serves them.
    pub prefix_tokens: u64,
    /// Tokens behind it that stay: they are read anew, once.
    pub rewritten_tokens: u64,
    /// Tokens that every further turn saves.
    pub saved_tokens: u64,
    /// What reading anew costs more than the cache would have, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// What every further turn saves, in USD: the tokens that left, at the price of cached input, and the lower price of a
    /// prompt that is no longer above a size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saving_usd_per_turn: Option<f64>,
    /// Turns after which the saving has paid for the rewriting. `None` without prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_even_turns: Option<u64>,
}

/// What a repair or a fit did, and what it came to. Its JSON is what the command prints for both.
///
/// [`Display`](std::fmt::Display) shows the totals, and a line for each edit.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::Preset;
///
/// let model = Models::builtin().get("gpt-4o")?;
/// let budget = Budget::new(&model).limit_input(15);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let fitted = Preset::SlidingWindow.fitter(budget).fit(&request)?;
/// let receipt = fitted.receipt().expect("it was too long");
/// assert_eq!(receipt.tokens_before, Some(model.count(&request).tokens()));
/// assert_eq!(receipt.tokens_after, Some(model.count(fitted.request()).tokens()));
/// assert!(receipt.to_string().starts_with("2 edits: 20 → 9 tokens, at most 15; 3 → 1 message, "));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The edits: first what was mended, then what made the request smaller, each in the order of the history.
    pub edits: Vec<Edit>,
    /// Size of the request as it came, where it was counted: see
    /// [`MessageCounts::size`](crate::fit::MessageCounts::size). A repair counts nothing.
    pub tokens_before: Option<u64>,
    /// Size of the request as it leaves, counted anew.
    pub tokens_after: Option<u64>,
    /// The likeliest size of the request as it came, where the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_before: Option<u64>,
    /// The likeliest size of the request as it leaves, where the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_after: Option<u64>,
    /// Messages of which no upper bound is known: they are in the sizes with their likeliest value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unbounded: usize,
    /// The maximum that the input was fitted to, in tokens.
    pub limit: Option<u64>,
    /// The mark above which a fitter edits, in tokens.
    pub high_water: Option<u64>,
    /// The mark down to which it does, as far as that is possible.
    pub low_water: Option<u64>,
    /// Messages of the request as it came.
    pub messages_before: usize,
    /// Messages of the request as it leaves.
    pub messages_after: usize,
    /// Bytes of the request as it came.
    pub bytes_before: usize,
    /// Bytes of the request as it leaves.
    pub bytes_after: usize,
    /// Another model that the request is for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Models that the fitter could have fallen back to, and why it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// Cost of the edits with a prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheCost>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A model that a fitter could have fallen back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PassedOver {
    /// Its name.
    pub model: String,
    /// Why the request does not go there: `shut_down`, `too_large`, or the code of what it would be refused for.
    pub reason: String,
}

impl PassedOver {
    pub(crate) fn new(model: &str, reason: impl Into<String>) -> PassedOver {
        PassedOver {
            model: model.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Receipt {
    /// Whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.model.is_none()
    }

    /// Whether something was removed only because the size is not known exactly: its likeliest value was below the high
    /// water mark.
    pub fn is_for_uncertainty(&self) -> bool {
        !self.is_empty()
            && self
                .likely_before
                .zip(self.high_water)
                .is_some_and(|(likely, high)| likely <= high)
    }

    /// Whether something was mended.
    pub fn has_repairs(&self) -> bool {
        self.edits.iter().any(|edit| edit.action.is_repair())
    }
}
