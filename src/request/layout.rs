//! Layout of a request: positions of its messages, parts, calls and tools as plain data, the same
//! for every format, filled by the format's reader in `provider/`.

use std::ops::Range;

use super::Format;
use crate::json::NodeId;

/// Speaker of a message.
///
/// # Examples
///
/// ```
/// use tokenfit::request::Role;
///
/// assert_eq!(Role::from_name("assistant"), Role::Assistant);
/// assert_eq!(Role::from_name("ghost"), Role::Other);
/// assert_eq!(Role::Assistant.as_str(), "assistant");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The application's instructions.
    System,
    /// The application's instructions, under the name used by reasoning models.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
    /// The result of a legacy function call.
    Function,
    /// A role unknown to the format.
    Other,
}

impl Role {
    /// Parses a role name from a request.
    ///
    /// ```
    /// use tokenfit::request::Role;
    ///
    /// assert_eq!(Role::from_name("developer"), Role::Developer);
    /// assert_eq!(Role::from_name("narrator"), Role::Other);
    /// ```
    pub fn from_name(name: &str) -> Role {
        match name {
            "system" => Role::System,
            "developer" => Role::Developer,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            "function" => Role::Function,
            _ => Role::Other,
        }
    }

    /// Returns the role as one word.
    ///
    /// ```
    /// assert_eq!(tokenfit::request::Role::Developer.as_str(), "developer");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
            Role::Function => "function",
            Role::Other => "other",
        }
    }

    /// Returns whether the role gives the application's instructions: system or developer.
    ///
    /// ```
    /// use tokenfit::request::Role;
    ///
    /// assert!(Role::Developer.is_instructions() && !Role::User.is_instructions());
    /// ```
    pub fn is_instructions(self) -> bool {
        matches!(self, Role::System | Role::Developer)
    }
}

/// Kind of a part of a message's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PartKind {
    /// Text.
    Text,
    /// The model's text when it refused to answer.
    Refusal,
    /// An image, inline or by URL.
    Image,
    /// Audio, inline.
    Audio,
    /// A file, inline or by id.
    File,
    /// A video, inline or by URL.
    Video,
    /// A call among the parts: [`Part::tool_call`](super::Part::tool_call).
    ToolCall,
    /// The result of a call among the parts: [`Part::tool_result`](super::Part::tool_result).
    ToolResult,
    /// The model's readable reasoning.
    Reasoning,
    /// The model's redacted or encrypted reasoning, whose length the request does not show.
    HiddenReasoning,
    /// A value other than text: a tool's answer as an object.
    Json,
    /// An input of token ids: [`Part::len_tokens`](super::Part::len_tokens).
    Tokens,
    /// A mark for the provider's cache, without content.
    CacheMark,
    /// A part of a type unknown to the format.
    Other,
}

/// Kind of a tool definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolKind {
    /// A function of the caller.
    Function,
    /// An entry of the legacy field `functions`.
    LegacyFunction,
    /// A tool of another type: a custom tool, or one run by the host.
    Other,
}

/// Kind of a call in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallKind {
    /// A call of a caller's function.
    Function,
    /// The legacy field `function_call`.
    LegacyFunction,
    /// A call of a provider-run tool (web search, code, MCP), which needs no result.
    Hosted,
    /// A call of another type, such as a custom tool.
    Other,
}

/// Location of a message in its request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MessageLocation {
    /// An entry of the request's list.
    Item(u32),
    /// A field of the request that is a message by itself: the instructions, or a single input.
    Field(&'static str),
}

/// Path below a message: `field/nth/inner/inner_nth`, each step optional. Stored as steps instead
/// of a string, so that reading a request writes no pointers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RelativePath {
    pub(crate) field: &'static str,
    pub(crate) nth: Option<u32>,
    pub(crate) inner: &'static str,
    pub(crate) inner_nth: Option<u32>,
}

impl RelativePath {
    /// The message itself.
    pub(crate) const WHOLE: RelativePath = RelativePath {
        field: "",
        nth: None,
        inner: "",
        inner_nth: None,
    };

    pub(crate) const fn field(field: &'static str) -> RelativePath {
        RelativePath {
            field,
            ..RelativePath::WHOLE
        }
    }

    pub(crate) fn item(field: &'static str, nth: usize) -> RelativePath {
        RelativePath {
            field,
            nth: Some(index_u32(nth)),
            ..RelativePath::WHOLE
        }
    }

    pub(crate) fn inner(self, inner: &'static str) -> RelativePath {
        RelativePath { inner, ..self }
    }

    pub(crate) fn inner_item(self, inner: &'static str, nth: usize) -> RelativePath {
        RelativePath {
            inner,
            inner_nth: Some(index_u32(nth)),
            ..self
        }
    }

    /// Appends the steps to the pointer of the message.
    pub(crate) fn write(&self, pointer: &mut String) {
        for (field, nth) in [(self.field, self.nth), (self.inner, self.inner_nth)] {
            if !field.is_empty() {
                pointer.push('/');
                pointer.push_str(field);
            }
            if let Some(nth) = nth {
                pointer.push_str(&format!("/{nth}"));
            }
        }
    }
}

/// Converts a position in a list to `u32`. A list cannot be longer than its text, which is at most
/// 4 GiB.
pub(crate) fn index_u32(nth: usize) -> u32 {
    u32::try_from(nth).unwrap_or(u32::MAX)
}

#[derive(Debug, Clone)]
pub(crate) struct MessageEntry {
    pub(crate) node: NodeId,
    pub(crate) at: MessageLocation,
    pub(crate) role: Role,
    /// The role as spelled; not every format spells one.
    pub(crate) role_node: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    pub(crate) tool_call_id: Option<NodeId>,
    pub(crate) parts: Range<usize>,
    pub(crate) calls: Range<usize>,
    pub(crate) results: Range<usize>,
    /// Whether part of the message is billed by content that the server stores, not by the text
    /// here.
    pub(crate) hidden: bool,
    /// Whether a chat message contains an empty list of calls or parts.
    pub(crate) empty_list: bool,
    /// Whether the message refers to an item that the server stores.
    pub(crate) reference: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PartEntry {
    pub(crate) node: NodeId,
    pub(crate) kind: PartKind,
    pub(crate) text: Option<NodeId>,
    pub(crate) at: RelativePath,
    /// Position of a call or a result among those of the message.
    pub(crate) nth: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct CallEntry {
    pub(crate) node: NodeId,
    pub(crate) kind: CallKind,
    pub(crate) id: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    pub(crate) arguments: Option<NodeId>,
    pub(crate) at: RelativePath,
}

#[derive(Debug, Clone)]
pub(crate) struct ResultEntry {
    pub(crate) node: NodeId,
    /// Whether the provider runs the tool.
    pub(crate) hosted: bool,
    pub(crate) call_id: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    /// Whether the request marks the call as failed.
    pub(crate) is_error: bool,
    pub(crate) parts: ResultParts,
    pub(crate) at: RelativePath,
}

/// Location of the parts of a result.
#[derive(Debug, Clone)]
pub(crate) enum ResultParts {
    /// The whole message is the result: its own parts.
    OfMessage,
    /// In the list of parts inside results.
    Inner(Range<usize>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolEntry {
    pub(crate) node: NodeId,
    /// Object with name, description and parameters.
    pub(crate) function: NodeId,
    pub(crate) kind: ToolKind,
    /// Path below the root of the request.
    pub(crate) at: RelativePath,
}

/// Index of a request.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    /// Pointer of the object with the request's fields: empty except for a wrapped request.
    pub(crate) root: &'static str,
    /// Field of the list of messages, below the root: empty if the request is the bare list.
    pub(crate) list: &'static str,
    pub(crate) model: Option<NodeId>,
    /// Field that names the model.
    pub(crate) model_field: &'static str,
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) messages: Vec<MessageEntry>,
    pub(crate) parts: Vec<PartEntry>,
    pub(crate) calls: Vec<CallEntry>,
    pub(crate) results: Vec<ResultEntry>,
    /// Parts inside results that are among the parts of a message.
    pub(crate) result_parts: Vec<PartEntry>,
    pub(crate) tools: Vec<ToolEntry>,
    pub(crate) tool_choice: Option<NodeId>,
    pub(crate) function_call: Option<NodeId>,
    pub(crate) response_format: Option<NodeId>,
    pub(crate) parallel_tool_calls: Option<bool>,
    pub(crate) prediction: Option<NodeId>,
    pub(crate) audio: Option<NodeId>,
    pub(crate) web_search_options: Option<NodeId>,
    /// Settings of the model's reasoning.
    pub(crate) thinking: Option<NodeId>,
    /// Whether `thinking` is enabled by name.
    pub(crate) enables_thinking: bool,
    /// How hard the model is asked to reason, as a word.
    pub(crate) effort: Option<NodeId>,
    /// Whether the model reasons before it answers: on, off, or `None` if it decides itself.
    pub(crate) thinks: Option<bool>,
    /// Resolution of the media.
    pub(crate) media_resolution: Option<NodeId>,
    /// Whether a budget for the task is included in the prompt.
    pub(crate) task_budget: bool,
    /// Field that adds context stored by the server: an earlier answer, a cache, a stored prompt.
    pub(crate) kept_context: Option<&'static str>,
    /// Field that adds tools defined by other servers.
    pub(crate) servers: Option<&'static str>,
    /// Field that lets the server remove parts of the history.
    pub(crate) server_edits: Option<&'static str>,
}

impl Layout {
    pub(crate) fn new(format: Format, root: &'static str, list: &'static str) -> Layout {
        Layout {
            format,
            root,
            list,
            model: None,
            model_field: "model",
            max_output_tokens: None,
            messages: Vec::new(),
            parts: Vec::new(),
            calls: Vec::new(),
            results: Vec::new(),
            result_parts: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            function_call: None,
            response_format: None,
            parallel_tool_calls: None,
            prediction: None,
            audio: None,
            web_search_options: None,
            thinking: None,
            enables_thinking: false,
            effort: None,
            thinks: None,
            media_resolution: None,
            task_budget: false,
            kept_context: None,
            servers: None,
            server_edits: None,
        }
    }
}
