//! Actions of an edit: one entry each, with its word for programs and its words for people.

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
        /// Action of an edit.
        ///
        /// Repairs have only a name. Actions of a fit also have the data to repeat them: positions
        /// count from 0, messages among [`Request::messages`](crate::Request::messages), groups
        /// among [`Request::groups`](crate::Request::groups), parts, calls and results among those
        /// of their message. For a request that was repaired first they are positions in the
        /// repaired one.
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
            /// Returns the action as one word: the `action` of the JSON.
            ///
            /// ```
            /// assert_eq!(tokenfit::edit::Action::MovedResult.as_str(), "moved_result");
            /// ```
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Action::$repair => $repair_word,)*
                    $(Action::$fit { .. } => $fit_word,)*
                }
            }

            /// Returns whether the action fixes something that a provider would refuse, or is
            /// part of a translation; otherwise it makes the request smaller.
            ///
            /// ```
            /// use tokenfit::edit::Action;
            ///
            /// assert!(Action::RenamedId.is_repair());
            /// assert!(!Action::DroppedGroup { group: 3.into() }.is_repair());
            /// ```
            pub fn is_repair(&self) -> bool {
                match self {
                    $(Action::$repair => true,)*
                    $(Action::$fit { .. } => false,)*
                }
            }

            /// Returns the action in words.
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
        /// A call without a result was removed.
        RemovedCall = "removed_call", "removed a call without a result";
        /// A second call with the same id was removed.
        RemovedDuplicateCall = "removed_duplicate_call", "removed a second call with the same id";
        /// A result was moved directly after its call.
        MovedResult = "moved_result", "moved a result directly after its call";
        /// A result without a call was removed.
        DroppedOrphanResult = "dropped_orphan_result", "dropped a result without a call";
        /// A result that did not directly follow its call was removed.
        DroppedDisplacedResult = "dropped_displaced_result", "dropped a result far from its call";
        /// A second result of a call was removed.
        DroppedDuplicateResult = "dropped_duplicate_result", "dropped a second result of one call";
        /// A message without remaining content was removed.
        DroppedMessage = "dropped_message", "dropped an empty message";
        /// A part without content was removed.
        DroppedPart = "dropped_part", "dropped an empty part";
        /// A message was joined to the one before it.
        JoinedMessages = "joined_messages", "joined a message to the one before";
        /// A number out of its range was set to its bound.
        ClampedSetting = "clamped_setting", "set a number to its limit";
        /// A setting that is not supported was removed.
        DroppedSetting = "dropped_setting", "dropped a setting";
        /// A setting was renamed to the name that the model supports.
        RenamedSetting = "renamed_setting", "renamed a setting";
        /// The id of a call was renamed, here and in its results.
        RenamedId = "renamed_id", "renamed the id of a call";
        /// An image, file or audio that is refused was removed.
        RemovedMedia = "removed_media", "removed refused media";
        /// A media type was set to that of the data.
        RenamedMediaType = "renamed_media_type", "corrected a media type";
        /// An item was removed: a copy of an earlier one, or reasoning that nobody stores.
        DroppedItem = "dropped_item", "dropped an item";
        /// The id of an item was removed.
        DroppedItemId = "dropped_item_id", "dropped the id of an item";
        /// A field that the provider requires was added.
        AddedField = "added_field", "added a field";
        /// A schema was moved to a field that accepts it unchanged.
        MovedSchema = "moved_schema", "moved a schema to a field that accepts it";
        /// A keyword of a schema was rewritten.
        RewroteKeyword = "rewrote_keyword", "rewrote a keyword of a schema";
        /// A keyword of a schema was removed: the model no longer sees it.
        DroppedKeyword = "dropped_keyword", "dropped a keyword of a schema";
        /// A call or a result was written as text.
        WroteToolsAsText = "wrote_tools_as_text", "wrote a call or a result as text";
        /// A cache mark was removed.
        DroppedCacheMark = "dropped_cache_mark", "dropped a cache mark";
        /// Thinking was set to a mode that the model supports.
        ChangedThinking = "changed_thinking", "changed the type of thinking";
        /// The request names another model.
        RenamedModel = "renamed_model", "changed the model";
        /// A role was renamed to one that the host knows.
        RenamedRole = "renamed_role", "renamed a role";
        /// A request was written in another format.
        ChangedFormat = "changed_format", "wrote the request in another format";
        /// A field without a counterpart in the other format was removed.
        DroppedField = "dropped_field", "dropped a field that the other format does not have";
        /// Reasoning of another provider's model was removed.
        DroppedForeignReasoning = "dropped_foreign_reasoning", "dropped reasoning of another provider";
        /// Instructions between messages were moved before the conversation.
        MovedInstructions = "moved_instructions", "moved instructions before the conversation";
        /// A part was moved to the place where the other format has it.
        MovedPart = "moved_part", "moved a part to its place in the other format";
        /// The parts of a result were joined to one string.
        JoinedParts = "joined_parts", "joined the parts of a result";
        /// A refusal or a document was written as text.
        WroteAsText = "wrote_as_text", "wrote a part as text";
    }
    fits {
        /// Groups were replaced by a summary, which includes earlier summaries.
        Summarized {
            /// The groups.
            groups: Vec<GroupIndex>,
            /// Messages of earlier summaries, which are removed.
            replaces: Vec<usize>,
            /// Message that the summary replaces: the first of those removed.
            message: usize,
            /// Length of the summary in bytes.
            bytes: usize,
        } = "summarized", "summarized";
        /// A group was removed with all its messages.
        DroppedGroup {
            /// The group.
            group: GroupIndex,
        } = "dropped_group", "dropped";
        /// A tool result was replaced by a placeholder; the call and its arguments stay.
        ClearedResult {
            /// Message that contains it.
            message: usize,
            /// Position among the results of the message.
            result: usize,
            /// Text that replaces it.
            placeholder: String,
        } = "cleared_result", "cleared a result";
        /// The arguments of a call were replaced by an empty object.
        ClearedArguments {
            /// Message that contains the call.
            message: usize,
            /// Position among the calls of the message.
            call: usize,
        } = "cleared_arguments", "cleared the arguments of a call";
        /// An image, audio, video or file was replaced by a placeholder.
        DroppedMedia {
            /// The message.
            message: usize,
            /// Result that contains the part, if any.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            result: Option<usize>,
            /// Position among the parts of the message, or of the result.
            part: PartIndex,
            /// Text that replaces it.
            placeholder: String,
        } = "dropped_media", "dropped media";
        /// Reasoning was removed.
        DroppedReasoning {
            /// The message.
            message: usize,
            /// Position among the parts of the message.
            part: PartIndex,
        } = "dropped_reasoning", "dropped reasoning";
        /// A string was cut: its beginning and end stay, with a marker between them.
        ShortenedText {
            /// The message.
            message: usize,
            /// Result that contains the string, if any.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            result: Option<usize>,
            /// Position among the parts of the message, or of the result.
            part: PartIndex,
            /// Bytes kept at its beginning.
            first_bytes: usize,
            /// Bytes kept at its end.
            last_bytes: usize,
            /// Text between them.
            marker: String,
        } = "shortened_text", "shortened a string";
    }
}

impl Action {
    /// Returns the message that is edited in place. `None` for groups, which can have several, and
    /// for repairs, whose place is the pointer.
    ///
    /// ```
    /// use tokenfit::edit::Action;
    ///
    /// assert_eq!(Action::DroppedReasoning { message: 4, part: 0.into() }.message(), Some(4));
    /// assert_eq!(Action::DroppedGroup { group: 3.into() }.message(), None);
    /// ```
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
