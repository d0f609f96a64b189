//! What a fitter says when it cannot: how much has to stay, what of it is large, and what would help.

use std::fmt;

use serde::Serialize;

use crate::words::{counted, grouped};

/// A part of what has to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Held {
    /// The place in the request; empty for what stands around the messages.
    pub pointer: String,
    /// What it is: a message's role, or `around` for tools, schema and framing.
    pub kind: &'static str,
    /// What it costs.
    pub tokens: u64,
}

/// What would make a request fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Suggestion {
    /// Take a model with a larger window: some of the same provider that would take what has to stay.
    LargerModel {
        /// Their ids, the smallest sufficient window first.
        models: Vec<String>,
    },
    /// Keep fewer tokens for the answer.
    ReserveLess {
        /// By how many.
        tokens: u64,
    },
    /// Send fewer or shorter tools, or a smaller schema.
    ShrinkTools {
        /// What tools, schema and framing cost.
        tokens: u64,
    },
    /// Keep less: what the caller pinned or told the fitter to keep.
    KeepLess {
        /// What pins cost.
        tokens: u64,
    },
    /// Shorten the largest message, by hand or with [`Shorten`](crate::fit::Shorten) or
    /// [`Keep::last_user`](crate::fit::Keep::last_user) set to `false`.
    ShortenMessage {
        /// The message.
        pointer: String,
        /// By how many tokens.
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
                    "take a model with a larger window, as {}",
                    models.join(" or ")
                )
            }
            Suggestion::ReserveLess { tokens } => {
                write!(f, "keep {} less for the answer", counted(*tokens, "token"))
            }
            Suggestion::ShrinkTools { tokens } => {
                write!(
                    f,
                    "send fewer tools or a smaller schema: they take {}",
                    counted(*tokens, "token")
                )
            }
            Suggestion::KeepLess { tokens } => {
                write!(
                    f,
                    "pin less: pinned messages take {}",
                    counted(*tokens, "token")
                )
            }
            Suggestion::ShortenMessage { pointer, tokens } => {
                write!(f, "shorten `{pointer}` by {}", counted(*tokens, "token"))
            }
        }
    }
}

/// Why a request cannot be made to fit: what has to stay is too large by itself.
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
    /// The least that the fitter can bring the request down to: a budget of this size it fits.
    pub floor: u64,
    /// What the input may have.
    pub budget: u64,
    /// The largest of what has to stay, at most five, the largest first.
    pub largest: Vec<Held>,
    /// What the pinned messages cost.
    pub pinned: u64,
    /// What would help.
    pub suggestions: Vec<Suggestion>,
}

impl fmt::Display for CannotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the request cannot be made to fit: {} tokens have to stay, {} is the limit",
            grouped(self.floor),
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
