//! Report of a fitter that cannot reach its budget: the required size, its largest parts,
//! suggestions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::{counted, grouped};

/// Part of a request that must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequiredPart {
    /// JSON pointer to the part; empty for everything around the messages.
    pub pointer: String,
    /// A message's role, or `around` for tools, schema and framing.
    pub kind: &'static str,
    /// Size in tokens.
    pub tokens: u64,
    /// Rule that keeps the message, in the command's words (`last_user`:
    /// [`Keep::last_user`](crate::fit::Keep::last_user); `message` is a pin). `None` for a message
    /// that no strategy of the fitter removes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<&'static str>,
}

/// Change that would make a request fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Suggestion {
    /// Use a model of the same provider with a larger window.
    LargerModel {
        /// Ids of models whose window is large enough, smallest window first.
        models: Vec<String>,
    },
    /// Reserve fewer tokens for the answer.
    ReserveLess {
        /// Tokens to reserve less.
        tokens: u64,
    },
    /// Send fewer or shorter tools, or a smaller schema.
    ShrinkTools {
        /// Size of tools, schema and framing in tokens.
        tokens: u64,
    },
    /// Protect less: pins, and messages that the fitter is set to keep.
    KeepLess {
        /// Size of the pinned messages in tokens.
        tokens: u64,
    },
    /// Shorten the largest message, by hand or with [`Shorten`](crate::fit::Shorten) or
    /// [`Keep::last_user`](crate::fit::Keep::last_user) set to `false`.
    ShortenMessage {
        /// JSON pointer to the message.
        pointer: String,
        /// Tokens to remove from it.
        tokens: u64,
    },
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Suggestion::LargerModel { models } => {
                let models: Vec<String> = models.iter().map(|model| format!("`{model}`")).collect();
                write!(
                    f,
                    "use a model with a larger window, such as {}",
                    models.join(" or ")
                )
            }
            Suggestion::ReserveLess { tokens } => {
                write!(
                    f,
                    "reserve {} less for the answer",
                    counted(*tokens, "token")
                )
            }
            Suggestion::ShrinkTools { tokens } => {
                write!(
                    f,
                    "send fewer tools or a smaller schema (now {})",
                    counted(*tokens, "token")
                )
            }
            Suggestion::KeepLess { tokens } => {
                write!(
                    f,
                    "pin less (pinned messages: {})",
                    counted(*tokens, "token")
                )
            }
            Suggestion::ShortenMessage { pointer, tokens } => {
                write!(f, "shorten `{pointer}` by {}", counted(*tokens, "token"))
            }
        }
    }
}

/// A fallback model that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PassedOver {
    /// Name of the model.
    pub model: String,
    /// Reason: `shut_down`, `too_large`, or the code of the finding for which it would be refused.
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

/// Report that a request cannot be made to fit, because its required parts alone exceed the budget.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, ErrorKind, Request};
/// use tokenfit::fit::Preset;
///
/// let models = Models::builtin();
/// let model = models.get("gpt-4o")?;
/// let request = Request::parse(r#"{"messages": [{"role": "system", "content": "Answer in verse."},
///     {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let budget = Budget::new(&model).limit_input(10);
/// let error = Preset::SlidingWindow.fitter(budget).fit(&request).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::CannotFit);
/// let cannot_fit = error.cannot_fit().unwrap();
/// assert_eq!((cannot_fit.floor, cannot_fit.budget), (17, 10));
///
/// // The floor is a budget that it fits.
/// let budget = Budget::new(&model).limit_input(17);
/// assert_eq!(Preset::SlidingWindow.fitter(budget).fit(&request)?.request().messages().len(), 2);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CannotFit {
    /// Smallest size in tokens that the fitter can reach; the request fits a budget of this size.
    pub floor: u64,
    /// Budget of the input in tokens.
    pub budget: u64,
    /// Largest required parts, at most five, largest first.
    pub largest: Vec<RequiredPart>,
    /// Size of the pinned messages in tokens.
    pub pinned: u64,
    /// Changes that would help.
    pub suggestions: Vec<Suggestion>,
    /// Fallbacks that were tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
}

impl fmt::Display for CannotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the request cannot be made to fit: it needs at least {}, limit is {}",
            counted(self.floor, "token"),
            grouped(self.budget)
        )?;
        let mut separator = "; ";
        for suggestion in &self.suggestions {
            write!(f, "{separator}{suggestion}")?;
            separator = ", or ";
        }
        Ok(())
    }
}
