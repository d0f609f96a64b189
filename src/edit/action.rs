//! What an edit can do: one entry for each action, with its word for programs and its words for people.

use serde::{Deserialize, Serialize};

use crate::request::{GroupIndex, PartIndex};

macro_rules! actions {
    (
        repairs { $($(#[$doc:meta])* $repair:ident = $repair_word:literal, $repair_text:literal;)* }
        fits {
            $($(#[$fit_doc:meta])* $fit:ident {
                $($(#[$field_doc:meta])* $field:ident: $kind:ty,)*
            } = $fit_word:literal, $fit_text:literal;)*
        }
    ) => {
        /// What an edit does.
        ///
        /// Repairs are named alone. What a fit does also has what it takes to do it again: positions count from 0, messages
        /// among [`Request::messages`](crate::Request::messages), groups among [`Request::groups`](crate::Request::groups),
        /// parts, calls and results among those of their message. Of a request that was repaired first they are positions
        /// in the repaired one.
        ///
        /// # Examples
        ///
        /// ```
        /// use tokenfit::edit::Action;
        ///
        /// assert_eq!(Action::MovedResult.as_str(), "moved_result");
        /// assert_eq!(Action::DroppedGroup { group: 3.into() }.as_str(), "dropped_group");
        /// assert!(Action::MovedResult.is_repair());
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(tag = "action")]
        #[non_exhaustive]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $repair_word)] $repair,)*
            $($(#[$fit_doc])* #[serde(rename = $fit_word)] $fit {
                $($(#[$field_doc])* $field: $kind,)*
            },)*
        }

        impl Action {
            /// The action as one word: the `action` of the JSON.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Action::$repair => $repair_word,)*
                    $(Action::$fit { .. } => $fit_word,)*
                }
            }

            /// Whether it mends what a provider would refuse; else it makes the request smaller.
            pub fn is_repair(&self) -> bool {
                match self {
                    $(Action::$repair => true,)*
                    $(Action::$fit { .. } => false,)*
                }
            }

            /// The same in words.
            pub(super) fn words(&self) -> &'static str {
                match self {
                    $(Action::$repair => $repair_text,)*
                    $(Action::$fit { .. } => $fit_text,)*
                }
            }
        }
    };
}

actions! {
    repairs {
        /// A call without a result was answered with a placeholder.
        AddedPlaceholder = "added_placeholder", "answered a call with a placeholder";
        /// A call without a result was left out.
        RemovedCall = "removed_call", "removed a call without a result";
        /// The second call of an id was left out.
        RemovedDuplicateCall = "removed_duplicate_call", "removed a second call of one id";
        /// A result was moved behind its call.
        MovedResult = "moved_result", "moved a result behind its call";
        /// A result without a call was left out.
        DroppedOrphanResult = "dropped_orphan_result", "dropped a result without a call";
        /// A result that did not stand behind its call was left out.
        DroppedDisplacedResult = "dropped_displaced_result", "dropped a result far from its call";
        /// The second result of a call was left out.
        DroppedDuplicateResult = "dropped_duplicate_result", "dropped a second result of one call";
        /// A message with nothing left in it was left out.
        DroppedMessage = "dropped_message", "dropped an empty message";
        /// A part that says nothing was left out.
        DroppedPart = "dropped_part", "dropped an empty part";
        /// A message was joined to the one before it.
        JoinedMessages = "joined_messages", "joined a message to the one before";
        /// A number out of its range was set to its bound.
        ClampedSetting = "clamped_setting", "set a number to its limit";
        /// A setting that is not taken was left out.
        DroppedSetting = "dropped_setting", "dropped a setting";
        /// A setting was given the name that the model knows it by.
        RenamedSetting = "renamed_setting", "renamed a setting";
    }
    fits {
        /// Groups gave way to a summary of them, which takes in the earlier summaries.
        Summarized {
            /// The groups.
            groups: Vec<GroupIndex>,
            /// The messages of earlier summaries, which leave.
            replaces: Vec<usize>,
            /// The message that the summary stands in the place of: the first that leaves.
            message: usize,
            /// The bytes of the summary.
            bytes: usize,
        } = "summarized", "summarized";
        /// A group left, with all its messages.
        DroppedGroup {
            /// The group.
            group: GroupIndex,
        } = "dropped_group", "dropped";
        /// A tool's result gave way to a placeholder; the call and its arguments stay.
        ClearedResult {
            /// The message that brings it.
            message: usize,
            /// The result among those of the message.
            result: usize,
            /// What stands in its place.
            placeholder: String,
        } = "cleared_result", "cleared a result";
        /// The arguments of a call became an empty object.
        ClearedArguments {
            /// The message that makes the call.
            message: usize,
            /// The call among those of the message.
            call: usize,
        } = "cleared_arguments", "cleared the arguments of a call";
        /// An image, a sound, a video or a file gave way to a placeholder.
        DroppedMedia {
            /// The message.
            message: usize,
            /// The result that holds the part, when one does.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            result: Option<usize>,
            /// The part among those of the message, or of the result.
            part: PartIndex,
            /// What stands in its place.
            placeholder: String,
        } = "dropped_media", "dropped media";
        /// What the model thought left.
        DroppedReasoning {
            /// The message.
            message: usize,
            /// The part among those of the message.
            part: PartIndex,
        } = "dropped_reasoning", "dropped reasoning";
        /// A text was cut: its beginning and its end stay, a marker stands between them.
        ShortenedText {
            /// The message.
            message: usize,
            /// The result that holds the text, when one does.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            result: Option<usize>,
            /// The part among those of the message, or of the result.
            part: PartIndex,
            /// Bytes of the text that stay at its beginning.
            first_bytes: usize,
            /// Bytes of the text that stay at its end.
            last_bytes: usize,
            /// What stands between them.
            marker: String,
        } = "shortened_text", "shortened a text";
    }
}

impl Action {
    /// The message that is edited in place. `None` for groups, which can have several, and for repairs, whose place is the
    /// pointer.
    pub fn message(&self) -> Option<usize> {
        match self {
            Action::ClearedResult { message, .. }
            | Action::ClearedArguments { message, .. }
            | Action::DroppedMedia { message, .. }
            | Action::DroppedReasoning { message, .. }
            | Action::ShortenedText { message, .. } => Some(*message),
            _ => None,
        }
    }
}
