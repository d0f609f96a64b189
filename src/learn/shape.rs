//! Structure of a request as numbers: how many messages of each role, tools, calls and results.

use serde::{Deserialize, Serialize};

use crate::provider::Choice;
use crate::request::{Message, PartKind, Request, Role, ToolKind};

/// Defines [`Shape`]: each number once, with its name in the JSON.
macro_rules! shape {
    (
        $(#[$of:meta])*
        pub struct Shape {
            $($(#[$doc:meta])* $field:ident = $name:literal,)*
        }
    ) => {
        $(#[$of])*
        pub struct Shape {
            $(
                $(#[$doc])*
                #[serde(rename = $name, skip_serializing_if = "is_zero")]
                pub $field: u32,
            )*
        }

        impl Shape {
            /// Whether a request can have this structure.
            pub(super) fn is_sound(&self) -> bool {
                const MAX: u32 = 1 << 24;
                [$(self.$field),*].into_iter().all(|number| number <= MAX)
            }
        }
    };
}

shape! {
    /// Structure of a request, without any of its text.
    ///
    /// Part of a [`Drift`](super::Drift): what a maintainer needs to know about the request. The
    /// JSON has short names, and omits numbers that are 0.
    #[derive(
        Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
    )]
    #[serde(default)]
    #[non_exhaustive]
    pub struct Shape {
        /// System or developer messages.
        system = "s",
        /// User messages.
        user = "u",
        /// Assistant messages.
        assistant = "a",
        /// Messages that are results of calls.
        tool = "t",
        /// Messages of another role.
        other = "o",
        /// Messages with the same role as the previous one.
        repeated = "rp",
        /// 1 if the last message is the assistant's.
        prefill = "pf",
        /// Messages with a participant's name.
        names = "n",
        /// Function definitions.
        tools = "tl",
        /// Tool choice: 0 auto or none given, 1 none, 2 any, 3 a tool by name.
        choice = "ch",
        /// Calls in the history.
        calls = "c",
        /// Messages with calls.
        call_messages = "cm",
        /// Messages with several calls.
        parallel = "pm",
        /// Messages with calls and text.
        spoken_calls = "ct",
        /// Results of calls.
        results = "r",
        /// 1 if the answer must follow a schema, 2 if it must be JSON.
        format = "f",
        /// Reasoning: 0 not set, 1 off, 2 on.
        thinking = "th",
        /// 1 if parallel calls are turned off.
        one_call = "one",
        /// Images, audio, files and videos.
        media = "m",
        /// Calls and results with characters beyond ASCII, which some servers write with escapes.
        wide_calls = "wc",
        /// Tools with characters beyond ASCII.
        wide_tools = "wt",
        /// Parts and tools whose size the request does not determine: hidden reasoning, the
        /// provider's own tools.
        hidden = "h",
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Shape {
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
