//! Where the messages, parts, calls and tools of a request stand: plain data, the same for every format, filled by the
//! format's file in `wire`.

use std::ops::Range;

use super::Format;
use crate::json::NodeId;

/// Who speaks in a message.
///
/// # Examples
///
/// ```
/// use tokenfit::request::Role;
///
/// assert_eq!(Role::from_name("assistant"), Role::Assistant);
/// assert_eq!(Role::from_name("ghost"), Role::Other);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Instructions of the application.
    System,
    /// Instructions of the application, under the name that reasoning models use.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
    /// The result of a legacy function call.
    Function,
    /// A role that the format does not have.
    Other,
}

impl Role {
    /// The role of a name as it stands in a request.
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

    /// The role as one word.
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
}

/// What a part of a message's content is.
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
    /// A part of a type that the format does not have.
    Other,
}

/// What a tool definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolKind {
    /// A function of the caller's.
    Function,
    /// An entry of the legacy field `functions`.
    LegacyFunction,
    /// A tool of another type: a custom tool, or one that the host runs.
    Other,
}

/// What a call in the history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallKind {
    /// A call of a function of the caller's.
    Function,
    /// The legacy field `function_call`.
    LegacyFunction,
    /// A call of another type: of a custom tool.
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct MessageEntry {
    pub(crate) node: NodeId,
    pub(crate) role: Role,
    pub(crate) role_node: NodeId,
    pub(crate) name: Option<NodeId>,
    pub(crate) tool_call_id: Option<NodeId>,
    pub(crate) parts: Range<usize>,
    pub(crate) calls: Range<usize>,
    /// Something stands in the message that is billed by what the server keeps, not by what is written here.
    pub(crate) hidden: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PartEntry {
    pub(crate) node: NodeId,
    pub(crate) kind: PartKind,
    pub(crate) text: Option<NodeId>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct CallEntry {
    pub(crate) kind: CallKind,
    pub(crate) id: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    pub(crate) arguments: Option<NodeId>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolEntry {
    pub(crate) node: NodeId,
    /// The object that holds name, description and parameters.
    pub(crate) function: NodeId,
    pub(crate) kind: ToolKind,
}

/// The index of a request.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    pub(crate) model: Option<NodeId>,
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) messages: Vec<MessageEntry>,
    pub(crate) parts: Vec<PartEntry>,
    pub(crate) calls: Vec<CallEntry>,
    pub(crate) tools: Vec<ToolEntry>,
    pub(crate) tool_choice: Option<NodeId>,
    pub(crate) function_call: Option<NodeId>,
    pub(crate) response_format: Option<NodeId>,
    pub(crate) parallel_tool_calls: Option<bool>,
    pub(crate) prediction: Option<NodeId>,
    pub(crate) audio: Option<NodeId>,
    pub(crate) web_search_options: Option<NodeId>,
}

impl Layout {
    pub(crate) fn new(format: Format) -> Layout {
        Layout {
            format,
            model: None,
            max_output_tokens: None,
            messages: Vec::new(),
            parts: Vec::new(),
            calls: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            function_call: None,
            response_format: None,
            parallel_tool_calls: None,
            prediction: None,
            audio: None,
            web_search_options: None,
        }
    }
}
