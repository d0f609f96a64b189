//! Edits and receipts: the actions with place, reason and sizes.

use crate::error::PassedOver;
use serde::{Deserialize, Serialize};

use super::Action;
use crate::shown::bare_name;

/// One edit of a request: action, place, reason, and the size before and after.
///
/// [`Display`](std::fmt::Display) formats it as one line.
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
/// let edit = &fitted.receipt().edits[0];
/// assert_eq!((edit.action.as_str(), edit.pointer()), ("dropped_group", "/messages/0"));
/// assert_eq!(edit.to_string(), "dropped: /messages/0, 5 → 0 tokens (drop_oldest)");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Edit {
    /// Action.
    #[serde(flatten)]
    pub action: Action,
    /// Places as JSON pointers into the original request: the messages of a group, or the single
    /// place.
    pub pointers: Vec<String>,
    /// For a call or a result: the id of the call, cut at 64 characters; only its length if it does
    /// not look like an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For a result: the original place of its call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_pointer: Option<String>,
    /// Reason: the [code](crate::check::codes) of the finding that it fixes, the strategy that
    /// requested it, `bound_thinking` or `translation`.
    pub reason: String,
    /// Size of the affected messages before this edit, if it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_before: Option<u64>,
    /// Size of the affected messages after this edit; 0 if they are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_after: Option<u64>,
    /// Length of the JSON at the place before this edit, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_before: Option<u64>,
    /// Length of the JSON after this edit; 0 if it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_after: Option<u64>,
}

impl Edit {
    /// Returns the first of the places; empty for the request itself.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // drops the answer to the first question
    /// assert_eq!(fitted.receipt().edits[0].pointer(), "/messages/1");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> &str {
        self.pointers.first().map_or("", String::as_str)
    }

    /// Creates an edit at one place, of `before` bytes that become `after`.
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

    /// Adds the id and place of the call.
    pub(crate) fn of_call(mut self, id: &str, pointer: Option<String>) -> Edit {
        self.id = (!id.is_empty()).then(|| bare_name(id));
        self.call_pointer = pointer;
        self
    }
}

/// Effect of an edit on the provider's prompt cache, and when it pays off: with the prices of the
/// model's day for prompts of that size, and with the provider's price of a cache write for the
/// shortest lifetime it sells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CacheCost {
    /// Tokens before the first edit: a cache of the original request still serves them.
    pub prefix_tokens: u64,
    /// Remaining tokens after the first edit: they are read again once.
    pub rewritten_tokens: u64,
    /// Tokens that every later turn saves.
    pub saved_tokens: u64,
    /// Additional cost of reading them again instead of from the cache, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Saving of every later turn, in USD: the removed tokens at the price of cached input, and the
    /// lower price of a prompt that is no longer above a size threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saving_usd_per_turn: Option<f64>,
    /// Turns after which the saving covers the cost. `None` without prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_even_turns: Option<u64>,
}

/// Receipt of a repair or a fit: the edits and the sizes. Its JSON is what the command prints for
/// both.
///
/// [`Display`](std::fmt::Display) formats the totals, and a line for each edit.
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
/// let receipt = fitted.receipt();
/// assert_eq!(receipt.tokens_before, Some(model.count(&request).tokens()));
/// assert_eq!(receipt.tokens_after, Some(model.count(fitted.request()).tokens()));
/// for edit in receipt {
///     eprintln!("{edit}");
/// }
/// assert!(receipt.to_string().starts_with("2 edits: 20 → 9 tokens, at most 15; 3 → 1 message, "));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// Edits: first repairs, then those that made the request smaller, each in the order of the
    /// history.
    pub edits: Vec<Edit>,
    /// Size of the original request, if it was counted: see
    /// [`MessageCounts::size`](crate::fit::MessageCounts::size). A repair does not count.
    pub tokens_before: Option<u64>,
    /// Size of the edited request, counted again.
    pub tokens_after: Option<u64>,
    /// Likely size of the original request, if the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_before: Option<u64>,
    /// Likely size of the edited request, if the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_after: Option<u64>,
    /// Number of messages without a known upper bound; the sizes include their likely value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unbounded: usize,
    /// Limit of the input in tokens.
    pub limit: Option<u64>,
    /// Size above which the fitter edits, in tokens.
    pub high_water: Option<u64>,
    /// Size down to which it edits, in tokens.
    pub low_water: Option<u64>,
    /// Messages of the original request.
    pub messages_before: usize,
    /// Messages of the edited request.
    pub messages_after: usize,
    /// Bytes of the original request.
    pub bytes_before: usize,
    /// Bytes of the edited request.
    pub bytes_after: usize,
    /// Model that the request is sent to instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Fallback models that were not used, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// Effect of the edits on a prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheCost>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Iterates over the edits.
impl<'r> IntoIterator for &'r Receipt {
    type Item = &'r Edit;
    type IntoIter = std::slice::Iter<'r, Edit>;

    fn into_iter(self) -> Self::IntoIter {
        self.edits.iter()
    }
}

impl Receipt {
    /// Returns whether nothing was edited.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // drops a message
    /// let receipt = fitted.receipt();
    /// assert!(!receipt.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.model.is_none()
    }

    /// Returns whether content was removed only because the size is not exactly known: its likely
    /// value was below the high-water mark.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // drops a message
    /// let receipt = fitted.receipt();
    /// assert!(!receipt.is_for_uncertainty());    // its size is exact
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_for_uncertainty(&self) -> bool {
        !self.is_empty()
            && self
                .likely_before
                .zip(self.high_water)
                .is_some_and(|(likely, high)| likely <= high)
    }

    /// Returns whether the edits include repairs.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // drops a message
    /// let receipt = fitted.receipt();
    /// assert!(!receipt.has_repairs());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn has_repairs(&self) -> bool {
        self.edits.iter().any(|edit| edit.action.is_repair())
    }
}
