//! Planned edits: plain data, without text of the request.

use serde::{Deserialize, Serialize};

use crate::edit::{CacheCost, Edit};
use crate::request::Message;

/// Planned edits of a request. It is serializable, contains no text of the request, and can be
/// shown without being applied; [`Fitter::apply`](super::Fitter::apply) applies it.
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
    /// Edits as the receipt will list them: first repairs of a history that the provider would
    /// refuse, then those that make the request smaller. Empty if the request fits unchanged.
    pub edits: Vec<Edit>,
    /// Model that the request is sent to instead, if a fallback of the fitter is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Limit of the input.
    pub limit: u64,
    /// Mark above which requests are trimmed.
    pub high_water: u64,
    /// Mark down to which requests are trimmed.
    pub low_water: u64,
    /// Size of the original request: see [`MessageCounts::size`](super::MessageCounts::size).
    pub tokens_before: u64,
    /// Likely size of the original request, if the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_before: Option<u64>,
    /// Likely size after the edits, if the size is an upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_after: Option<u64>,
    /// Expected size after the edits; applying the plan counts again.
    pub tokens_after: u64,
    /// Effect of the edits on a prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheCost>,
    /// Shape of the request that the plan is for.
    pub(super) shape: Shape,
}

impl Plan {
    /// Returns whether the plan has no edits.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::Preset};
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().for_request(&request)?));
    /// assert!(fitter.plan(&request)?.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.model.is_none()
    }
}

/// Fingerprint of a request without its text; detects a plan for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    pub(super) bytes: usize,
    pub(super) messages: usize,
    /// Hash of the messages' lengths.
    pub(super) lengths: u64,
}

impl Shape {
    pub(super) fn of(request: &crate::Request<'_>) -> Shape {
        Shape {
            bytes: request.as_bytes().len(),
            ..Shape::of_messages(request.messages())
        }
    }

    /// Fingerprint of messages alone; the rest of the request may differ.
    pub(super) fn of_messages<'r>(messages: impl Iterator<Item = Message<'r>>) -> Shape {
        let mut shape = Shape {
            bytes: 0,
            messages: 0,
            lengths: 0xcbf2_9ce4_8422_2325,
        };
        for message in messages {
            // FNV-1a over the lengths, without any text.
            shape.lengths = (shape.lengths ^ message.raw_json().len() as u64)
                .wrapping_mul(0x0000_0100_0000_01b3);
            shape.messages += 1;
        }
        // A plan may pass through programs that read every number as a 64-bit float, which
        // preserves 53 bits.
        shape.lengths >>= 11;
        shape
    }
}
