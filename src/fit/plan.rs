//! What is going to be done: plain data, without any text of the request.

use serde::{Deserialize, Serialize};

use crate::edit::{CacheCost, Edit};
use crate::request::Message;

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
    /// The edits, as the receipt will have them: what is mended first, because the provider would refuse the history, then
    /// what makes the request smaller. Empty when the request fits as it is.
    pub edits: Vec<Edit>,
    /// Another model that the request is for now: a larger one, when the fitter was given some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The most that the input may have.
    pub limit: u64,
    /// The mark above which something is done.
    pub high_water: u64,
    /// The mark down to which it is done, as far as that goes.
    pub low_water: u64,
    /// The size of the request as it came: see [`MessageCounts::size`](super::MessageCounts::size).
    pub tokens_before: u64,
    /// The likeliest size of the request as it came, where the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_before: Option<u64>,
    /// The likeliest size after the edits, where the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_after: Option<u64>,
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
        self.edits.is_empty() && self.model.is_none()
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
