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
        /// The id of a call was renamed, here and in its results.
        RenamedId = "renamed_id", "renamed the id of a call";
        /// An image, a file or a sound that is refused was taken out.
        RemovedMedia = "removed_media", "removed media that is refused";
        /// A media type was set to the kind of the bytes.
        RenamedMediaType = "renamed_media_type", "named the kind that the bytes have";
        /// An item was left out: a copy of an earlier one, or reasoning that nobody keeps.
        DroppedItem = "dropped_item", "dropped an item";
        /// The id of an item was left out.
        DroppedItemId = "dropped_item_id", "dropped the id of an item";
        /// A field that the provider requires was added.
        AddedField = "added_field", "added a field";
        /// A schema was moved to the field that takes it as it is.
        MovedSchema = "moved_schema", "moved a schema to a field that takes it";
        /// A keyword of a schema was written in another way.
        RewroteKeyword = "rewrote_keyword", "rewrote a keyword of a schema";
        /// A keyword of a schema was left out: the model no longer sees it.
        DroppedKeyword = "dropped_keyword", "dropped a keyword of a schema";
        /// A call or a result was written as text.
        WroteToolsAsText = "wrote_tools_as_text", "wrote a call or a result as text";
        /// A mark for the prompt cache was left out.
        DroppedCacheMark = "dropped_cache_mark", "dropped a cache mark";
        /// Thinking was set to what the model can do.
        ChangedThinking = "changed_thinking", "changed the type of thinking";
        /// The request names another model.
        RenamedModel = "renamed_model", "named another model";
        /// A role was given the name that the host knows.
        RenamedRole = "renamed_role", "renamed a role";
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
