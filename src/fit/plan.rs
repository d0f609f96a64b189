//! What is going to be done: plain data, without any text of the request.

use serde::{Deserialize, Serialize};

use crate::request::Message;

/// One edit of a request. Positions count from 0: messages among [`Request::messages`](crate::Request::messages), groups
/// among [`Request::groups`](crate::Request::groups), parts, calls and results among those of their message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Edit {
    /// Groups give way to a summary of them, which takes in the earlier summaries.
    Summarize {
        /// The groups.
        groups: Vec<usize>,
        /// The messages of earlier summaries, which leave.
        replaces: Vec<usize>,
        /// The message that the summary stands in the place of: the first that leaves.
        message: usize,
        /// The bytes of the summary.
        bytes: usize,
    },
    /// A group leaves, with all its messages.
    DropGroup {
        /// The group.
        group: usize,
    },
    /// A tool's result gives way to a placeholder; the call and its arguments stay.
    ClearResult {
        /// The message that brings it.
        message: usize,
        /// The result among those of the message.
        result: usize,
        /// What stands in its place.
        placeholder: String,
    },
    /// The arguments of a call become an empty object.
    ClearArguments {
        /// The message that makes the call.
        message: usize,
        /// The call among those of the message.
        call: usize,
    },
    /// An image, a sound, a video or a file gives way to a placeholder.
    DropMedia {
        /// The message.
        message: usize,
        /// The result that holds the part, when one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<usize>,
        /// The part among those of the message, or of the result.
        part: usize,
        /// What stands in its place.
        placeholder: String,
    },
    /// What the model thought leaves.
    DropReasoning {
        /// The message.
        message: usize,
        /// The part among those of the message.
        part: usize,
    },
    /// A text is cut: its beginning and its end stay, a marker stands between them.
    Shorten {
        /// The message.
        message: usize,
        /// The result that holds the text, when one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<usize>,
        /// The part among those of the message, or of the result.
        part: usize,
        /// Bytes of the text that stay at its beginning.
        first_bytes: usize,
        /// Bytes of the text that stay at its end.
        last_bytes: usize,
        /// What stands between them.
        marker: String,
    },
}

impl Edit {
    /// The kind of the edit as one word.
    ///
    /// ```
    /// use tokenfit::fit::Edit;
    ///
    /// assert_eq!(Edit::DropGroup { group: 3 }.as_str(), "drop_group");
    /// ```
    pub fn as_str(&self) -> &'static str {
        match self {
            Edit::Summarize { .. } => "summarize",
            Edit::DropGroup { .. } => "drop_group",
            Edit::ClearResult { .. } => "clear_result",
            Edit::ClearArguments { .. } => "clear_arguments",
            Edit::DropMedia { .. } => "drop_media",
            Edit::DropReasoning { .. } => "drop_reasoning",
            Edit::Shorten { .. } => "shorten",
        }
    }

    /// The message that is edited; `None` for groups, which can have several.
    pub fn message(&self) -> Option<usize> {
        match self {
            Edit::Summarize { .. } | Edit::DropGroup { .. } => None,
            Edit::ClearResult { message, .. }
            | Edit::ClearArguments { message, .. }
            | Edit::DropMedia { message, .. }
            | Edit::DropReasoning { message, .. }
            | Edit::Shorten { message, .. } => Some(*message),
        }
    }
}

/// An edit with its place, its reason and what it saves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedEdit {
    /// What is done.
    #[serde(flatten)]
    pub edit: Edit,
    /// Where, as JSON pointers into the request as it came: the messages of a group, or the one place.
    pub pointers: Vec<String>,
    /// The strategy that asked for it, or why it had to be.
    pub reason: String,
    /// What the messages concerned cost before this edit.
    pub tokens_before: u64,
    /// What they cost after it: 0 when they leave.
    pub tokens_after: u64,
}

/// What an edit costs with the provider's prompt cache, and when that has paid off: at the prices of the model's day, of
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

/// What a fitter is going to do with a request. Serialisable, holds no text of the request, and can be shown without being
/// applied; [`Fitter::apply`](super::Fitter::apply) does it.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Fitter, Plan, Preset};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(20);
/// let fitter = Preset::SlidingWindow.fitter(budget);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Count to seven, please."},
///     {"role": "assistant", "content": "1 2 3 4 5 6 7"}, {"role": "user", "content": "Thanks. And back?"}]}"#)?;
/// let plan = fitter.plan(&request)?;
/// assert_eq!(plan.edits.len(), 2);
/// assert_eq!(plan.edits[0].pointers, ["/messages/0"]);
///
/// let kept = serde_json::to_string(&plan).unwrap();
/// let plan: Plan = serde_json::from_str(&kept).unwrap();
/// let fitted = fitter.apply(&request, &plan)?;
/// assert_eq!(fitted.request().messages().len(), 1);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The edits, in the order in which they were decided. Empty when the request fits as it is.
    pub edits: Vec<PlannedEdit>,
    /// Another model that the request is for now: a larger one, when the fitter was given some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether the history is mended first, because its provider would refuse it.
    #[serde(default)]
    pub repairs: bool,
    /// The most that the input may have.
    pub limit: u64,
    /// The mark above which something is done.
    pub high_water: u64,
    /// The mark down to which it is done, as far as that goes.
    pub low_water: u64,
    /// The size of the request as it came: see [`MessageCounts::size`](super::MessageCounts::size).
    pub tokens_before: u64,
    /// The size that is expected after the edits; applying counts anew.
    pub tokens_after: u64,
    /// What the edits cost with a prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheCost>,
    /// Of the request that the plan is for.
    pub(super) shape: Shape,
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.model.is_none() && !self.repairs
    }
}

/// What a request looks like from outside: tells that a plan is for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) bytes: usize,
    pub(super) messages: usize,
    /// Of the messages' lengths.
    pub(super) lengths: u64,
}

impl Shape {
    pub(super) fn of(request: &crate::Request<'_>) -> Shape {
        Shape {
            bytes: request.as_bytes().len(),
            ..Shape::of_messages(request.messages())
        }
    }

    /// Of messages alone: what stands around them may be another.
    pub(super) fn of_messages<'r>(messages: impl Iterator<Item = Message<'r>>) -> Shape {
        let mut shape = Shape {
            bytes: 0,
            messages: 0,
            lengths: 0xcbf2_9ce4_8422_2325,
        };
        for message in messages {
            // FNV-1a over the lengths: no text goes into it.
            shape.lengths = (shape.lengths ^ message.raw_json().len() as u64)
                .wrapping_mul(0x0000_0100_0000_01b3);
            shape.messages += 1;
        }
        // A plan may pass through programs that read every number as a 64-bit float: those keep 53 bits.
        shape.lengths >>= 11;
        shape
    }
}
