//! What a repair did: plain data, without any text of the request.

use serde::Serialize;

/// One thing that a repair did.
///
/// # Examples
///
/// ```
/// use tokenfit::check::RepairAction;
///
/// assert_eq!(RepairAction::MovedResult.as_str(), "moved_result");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RepairAction {
    /// A call without a result was answered with a placeholder.
    AddedPlaceholder,
    /// A call without a result was left out.
    RemovedCall,
    /// The second call of an id was left out.
    RemovedDuplicateCall,
    /// A result was moved behind its call.
    MovedResult,
    /// A result without a call was left out.
    DroppedOrphanResult,
    /// A result that did not stand behind its call was left out.
    DroppedDisplacedResult,
    /// The second result of a call was left out.
    DroppedDuplicateResult,
    /// A message with nothing left in it was left out.
    DroppedMessage,
    /// A part that says nothing was left out.
    DroppedPart,
    /// A message was joined to the one before it.
    JoinedMessages,
    /// A number out of its range was set to its bound.
    ClampedSetting,
    /// A setting that is not taken was left out.
    DroppedSetting,
    /// A setting was given the name that the model knows it by.
    RenamedSetting,
}

impl RepairAction {
    /// The word that the command prints.
    pub fn as_str(self) -> &'static str {
        match self {
            RepairAction::AddedPlaceholder => "added_placeholder",
            RepairAction::RemovedCall => "removed_call",
            RepairAction::RemovedDuplicateCall => "removed_duplicate_call",
            RepairAction::MovedResult => "moved_result",
            RepairAction::DroppedOrphanResult => "dropped_orphan_result",
            RepairAction::DroppedDisplacedResult => "dropped_displaced_result",
            RepairAction::DroppedDuplicateResult => "dropped_duplicate_result",
            RepairAction::DroppedMessage => "dropped_message",
            RepairAction::DroppedPart => "dropped_part",
            RepairAction::JoinedMessages => "joined_messages",
            RepairAction::ClampedSetting => "clamped_setting",
            RepairAction::DroppedSetting => "dropped_setting",
            RepairAction::RenamedSetting => "renamed_setting",
        }
    }
}

/// An edit that a repair made.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{RepairAction, RepairPolicy};
///
/// let request = Request::parse(r#"[{"role": "tool", "tool_call_id": "c9", "content": "late"}, {"role": "user", "content": "Hi"}]"#)?;
/// let repaired = Budget::of(&Models::builtin(), &request).repair(&request, &RepairPolicy::default())?;
/// let edit = &repaired.receipt().edits[0];
/// assert_eq!(edit.action, RepairAction::DroppedOrphanResult);
/// assert_eq!((edit.pointer.as_str(), edit.id.as_deref()), ("/0", Some("c9")));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairEdit {
    /// What was done.
    pub action: RepairAction,
    /// The place in the request as it came: the call or result, or the message.
    pub pointer: String,
    /// The id of the call, cut at 64 characters; its length alone when it does not look like an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of a result: the place of its call, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// What a repair did, in the order of the history.
///
/// Serialisable; it holds places and ids, no text of the request.
///
/// # Examples
///
/// ```
/// use tokenfit::check::RepairReceipt;
///
/// assert!(RepairReceipt::default().edits.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepairReceipt {
    /// The edits.
    pub edits: Vec<RepairEdit>,
}
