//! Where the messages, parts, calls and tools of a request stand: plain data, the same for every format, filled by the
//! format's reader in `provider/`.

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

    /// Whether instructions of the application are spoken: by the system or a developer.
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
    /// A video, inline or by URL.
    Video,
    /// A call that stands among the parts: [`Part::tool_call`](super::Part::tool_call).
    ToolCall,
    /// The result of a call that stands among the parts: [`Part::tool_result`](super::Part::tool_result).
    ToolResult,
    /// What the model thought before it answered, readable.
    Reasoning,
    /// What the model thought, redacted or encrypted: the request does not show how long it is.
    HiddenReasoning,
    /// A value that is no text: what a tool answered as an object.
    Json,
    /// An input that is given as token ids: [`Part::len_tokens`](super::Part::len_tokens).
    Tokens,
    /// A mark for the provider's cache; it has no content.
    CacheMark,
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
    /// A call of a tool that the provider runs itself (web search, code, MCP): nobody owes it a result.
    Hosted,
    /// A call of another type: of a custom tool.
    Other,
}

/// Where a message stands in its request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    /// An entry of the request's list.
    Item(u32),
    /// A field of the request that is a message by itself: the instructions, or an only input.
    Field(&'static str),
}

/// Where something stands below its message: `field/nth/inner/inner_nth`, each of them if there. Steps instead of a text, so
/// that reading a request writes no pointers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Below {
    pub(crate) field: &'static str,
    pub(crate) nth: Option<u32>,
    pub(crate) inner: &'static str,
    pub(crate) inner_nth: Option<u32>,
}

impl Below {
    /// The message itself.
    pub(crate) const WHOLE: Below = Below {
        field: "",
        nth: None,
        inner: "",
        inner_nth: None,
    };

    pub(crate) const fn field(field: &'static str) -> Below {
        Below {
            field,
            ..Below::WHOLE
        }
    }

    pub(crate) fn item(field: &'static str, nth: usize) -> Below {
        Below {
            field,
            nth: Some(step(nth)),
            ..Below::WHOLE
        }
    }

    pub(crate) fn inner(self, inner: &'static str) -> Below {
        Below { inner, ..self }
    }

    pub(crate) fn inner_item(self, inner: &'static str, nth: usize) -> Below {
        Below {
            inner,
            inner_nth: Some(step(nth)),
            ..self
        }
    }

    /// Writes the steps behind the pointer of the message.
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

/// A position in a list. A list cannot be longer than its text, which is at most 4 GiB.
pub(crate) fn step(nth: usize) -> u32 {
    u32::try_from(nth).unwrap_or(u32::MAX)
}

#[derive(Debug, Clone)]
pub(crate) struct MessageEntry {
    pub(crate) node: NodeId,
    pub(crate) at: At,
    pub(crate) role: Role,
    /// The role as it is spelled; not every format spells one.
    pub(crate) role_node: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    pub(crate) tool_call_id: Option<NodeId>,
    pub(crate) parts: Range<usize>,
    pub(crate) calls: Range<usize>,
    pub(crate) results: Range<usize>,
    /// Something stands in the message that is billed by what the server keeps, not by what is written here.
    pub(crate) hidden: bool,
    /// In a chat request: a list stands here with nothing in it, of calls or of parts.
    pub(crate) empty_list: bool,
    /// The message stands for an item that the server keeps.
    pub(crate) reference: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PartEntry {
    pub(crate) node: NodeId,
    pub(crate) kind: PartKind,
    pub(crate) text: Option<NodeId>,
    pub(crate) at: Below,
    /// Of a call or a result among the parts: its position among those of the message.
    pub(crate) nth: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct CallEntry {
    pub(crate) node: NodeId,
    pub(crate) kind: CallKind,
    pub(crate) id: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    pub(crate) arguments: Option<NodeId>,
    pub(crate) at: Below,
}

#[derive(Debug, Clone)]
pub(crate) struct ResultEntry {
    pub(crate) node: NodeId,
    /// Of a tool that the provider runs itself.
    pub(crate) hosted: bool,
    pub(crate) call_id: Option<NodeId>,
    pub(crate) name: Option<NodeId>,
    /// Whether the provider is told that the call failed.
    pub(crate) is_error: bool,
    pub(crate) parts: ResultParts,
    pub(crate) at: Below,
}

/// Where the parts of a result stand.
#[derive(Debug, Clone)]
pub(crate) enum ResultParts {
    /// The whole message is the result: its own parts.
    OfMessage,
    /// In the list of parts inside of results.
    Inner(Range<usize>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolEntry {
    pub(crate) node: NodeId,
    /// The object that holds name, description and parameters.
    pub(crate) function: NodeId,
    pub(crate) kind: ToolKind,
    /// Below the root of the request.
    pub(crate) at: Below,
}

/// The index of a request.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    /// The pointer of the object that the fields of the request stand in: empty but for a wrapped request.
    pub(crate) root: &'static str,
    /// The field of the list of messages, below the root: empty when the request is the bare list.
    pub(crate) list: &'static str,
    pub(crate) model: Option<NodeId>,
    /// The field that names the model.
    pub(crate) model_field: &'static str,
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) messages: Vec<MessageEntry>,
    pub(crate) parts: Vec<PartEntry>,
    pub(crate) calls: Vec<CallEntry>,
    pub(crate) results: Vec<ResultEntry>,
    /// The parts inside of results that stand among the parts of a message.
    pub(crate) result_parts: Vec<PartEntry>,
    pub(crate) tools: Vec<ToolEntry>,
    pub(crate) tool_choice: Option<NodeId>,
    pub(crate) function_call: Option<NodeId>,
    pub(crate) response_format: Option<NodeId>,
    pub(crate) parallel_tool_calls: Option<bool>,
    pub(crate) prediction: Option<NodeId>,
    pub(crate) audio: Option<NodeId>,
    pub(crate) web_search_options: Option<NodeId>,
    /// Settings of the model's thinking.
    pub(crate) thinking: Option<NodeId>,
    /// Whether the model thinks before it answers: on, off, or as it decides itself.
    pub(crate) thinks: Option<bool>,
    /// The model is told of a budget for its task.
    pub(crate) task_budget: bool,
    /// The field that adds context which the server keeps: an earlier answer, a cache, a stored prompt.
    pub(crate) kept_context: Option<&'static str>,
    /// The field that adds tools which other servers define.
    pub(crate) servers: Option<&'static str>,
    /// The field that lets the server take parts of the history out.
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
            thinks: None,
            task_budget: false,
            kept_context: None,
            servers: None,
            server_edits: None,
        }
    }
}
