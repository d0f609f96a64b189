//! Structure of a request as numbers: how many messages of each role, tools, calls and results.

use serde::{Deserialize, Serialize};

use crate::provider::Choice;
use crate::request::{Message, PartKind, Request, Role, ToolKind};

/// Structure of a request, without any of its text.
///
/// Part of a [`Drift`](super::Drift): what a maintainer needs to know about the request. The JSON
/// has short names, and omits numbers that are 0.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(default)]
#[non_exhaustive]
pub struct Shape {
    /// System or developer messages.
    #[serde(rename = "s", skip_serializing_if = "is_zero")]
    pub system: u32,
    /// User messages.
    #[serde(rename = "u", skip_serializing_if = "is_zero")]
    pub user: u32,
    /// Assistant messages.
    #[serde(rename = "a", skip_serializing_if = "is_zero")]
    pub assistant: u32,
    /// Messages that are results of calls.
    #[serde(rename = "t", skip_serializing_if = "is_zero")]
    pub tool: u32,
    /// Messages of another role.
    #[serde(rename = "o", skip_serializing_if = "is_zero")]
    pub other: u32,
    /// Messages with the same role as the previous one.
    #[serde(rename = "rp", skip_serializing_if = "is_zero")]
    pub repeated: u32,
    /// 1 if the last message is the assistant's.
    #[serde(rename = "pf", skip_serializing_if = "is_zero")]
    pub prefill: u32,
    /// Messages with a participant's name.
    #[serde(rename = "n", skip_serializing_if = "is_zero")]
    pub names: u32,
    /// Function definitions.
    #[serde(rename = "tl", skip_serializing_if = "is_zero")]
    pub tools: u32,
    /// Tool choice: 0 auto or none given, 1 none, 2 any, 3 a tool by name.
    #[serde(rename = "ch", skip_serializing_if = "is_zero")]
    pub choice: u32,
    /// Calls in the history.
    #[serde(rename = "c", skip_serializing_if = "is_zero")]
    pub calls: u32,
    /// Messages with calls.
    #[serde(rename = "cm", skip_serializing_if = "is_zero")]
    pub call_messages: u32,
    /// Messages with several calls.
    #[serde(rename = "pm", skip_serializing_if = "is_zero")]
    pub parallel: u32,
    /// Messages with calls and text.
    #[serde(rename = "ct", skip_serializing_if = "is_zero")]
    pub spoken_calls: u32,
    /// Results of calls.
    #[serde(rename = "r", skip_serializing_if = "is_zero")]
    pub results: u32,
    /// 1 if the answer must follow a schema, 2 if it must be JSON.
    #[serde(rename = "f", skip_serializing_if = "is_zero")]
    pub format: u32,
    /// Reasoning: 0 not set, 1 off, 2 on.
    #[serde(rename = "th", skip_serializing_if = "is_zero")]
    pub thinking: u32,
    /// 1 if parallel calls are turned off.
    #[serde(rename = "one", skip_serializing_if = "is_zero")]
    pub one_call: u32,
    /// Images, audio, files and videos.
    #[serde(rename = "m", skip_serializing_if = "is_zero")]
    pub media: u32,
    /// Calls and results with characters beyond ASCII, which some servers write with escapes.
    #[serde(rename = "wc", skip_serializing_if = "is_zero")]
    pub wide_calls: u32,
    /// Tools with characters beyond ASCII.
    #[serde(rename = "wt", skip_serializing_if = "is_zero")]
    pub wide_tools: u32,
    /// Parts and tools whose size the request does not determine: hidden reasoning, the provider's
    /// own tools.
    #[serde(rename = "h", skip_serializing_if = "is_zero")]
    pub hidden: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Shape {
    /// Whether a request can have this structure.
    pub(super) fn is_sound(&self) -> bool {
        const MAX: u32 = 1 << 24;
        let Shape {
            system,
            user,
            assistant,
            tool,
            other,
            repeated,
            prefill,
            names,
            tools,
            choice,
            calls,
            call_messages,
            parallel,
            spoken_calls,
            results,
            format,
            thinking,
            one_call,
            media,
            wide_calls,
            wide_tools,
            hidden,
        } = *self;
        [
            system,
            user,
            assistant,
            tool,
            other,
            repeated,
            prefill,
            names,
            tools,
            choice,
            calls,
            call_messages,
            parallel,
            spoken_calls,
            results,
            format,
            thinking,
            one_call,
            media,
            wide_calls,
            wide_tools,
            hidden,
        ]
        .into_iter()
        .all(|number| number <= MAX)
    }

    /// Reads the structure of a request. Linear in messages, parts and tools.
    ///
    /// ```
    /// # use tokenfit::{Request, learn::Shape};
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}"#)?;
    /// let shape = Shape::of(&request);
    /// assert_eq!((shape.system, shape.user, shape.tools), (1, 1, 0));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of(request: &Request<'_>) -> Shape {
        let layout = request.layout();
        let mut shape = Shape::default();
        let mut before = None;
        for message in request.messages() {
            shape.message(&message);
            shape.repeated += u32::from(before == Some(message.role()));
            before = Some(message.role());
        }
        shape.prefill = u32::from(before == Some(Role::Assistant));
        for tool in request.tools() {
            match tool.kind() {
                ToolKind::Other => shape.hidden += 1,
                _ => shape.tools += 1,
            }
            shape.wide_tools += u32::from(!tool.raw_json().is_ascii());
        }
        if let Some(choice) = layout.tool_choice.or(layout.function_call) {
            shape.choice = match (request.format().wire().choice)(request.value(choice)) {
                Choice::Auto => 0,
                Choice::None => 1,
                Choice::Any => 2,
                Choice::Tool(_) => 3,
            };
        }
        if let Some(format) = layout.response_format {
            let paths = request.format().wire().answer_schema;
            let schema = !paths.is_empty() && request.value(format).get_path(paths).is_some();
            shape.format = if schema { 1 } else { 2 };
        }
        shape.thinking = match layout.thinks {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        };
        shape.one_call = u32::from(layout.parallel_tool_calls == Some(false));
        shape.hidden += u32::from(layout.kept_context.is_some())
            + u32::from(layout.servers.is_some())
            + u32::from(layout.server_edits.is_some())
            + u32::from(layout.web_search_options.is_some());
        shape
    }

    fn message(&mut self, message: &Message<'_>) {
        let calls = message.tool_calls().len() as u32;
        let results = message.tool_results().len() as u32;
        let whole = is_result(message);
        match message.role() {
            _ if whole => self.tool += 1,
            Role::System | Role::Developer => self.system += 1,
            Role::User => self.user += 1,
            Role::Assistant => self.assistant += 1,
            _ => self.other += 1,
        }
        self.names += u32::from(!whole && message.name().is_some());
        self.calls += calls;
        self.call_messages += u32::from(calls > 0);
        self.parallel += u32::from(calls > 1);
        self.results += results;
        let wide = |json: &str| u32::from(!json.is_ascii());
        self.wide_calls += message
            .tool_calls()
            .map(|call| wide(call.raw_json()))
            .sum::<u32>()
            + message
                .tool_results()
                .map(|result| wide(result.raw_json()))
                .sum::<u32>();
        self.hidden += u32::from(message.has_hidden() || message.is_reference());
        let mut text = false;
        for part in message.parts() {
            match part.kind() {
                PartKind::Text => text = true,
                PartKind::Image | PartKind::Audio | PartKind::File | PartKind::Video => {
                    self.media += 1;
                }
                PartKind::Reasoning | PartKind::HiddenReasoning | PartKind::Other => {
                    self.hidden += 1;
                }
                _ => {}
            }
        }
        self.spoken_calls += u32::from(calls > 0 && text);
    }
}

/// Whether the whole message is the result of a call.
pub(super) fn is_result(message: &Message<'_>) -> bool {
    matches!(message.role(), Role::Tool | Role::Function)
        || message
            .tool_results()
            .next()
            .is_some_and(|result| result.raw_json().len() == message.raw_json().len())
}
