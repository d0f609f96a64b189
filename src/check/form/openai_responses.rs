//! The fields of the Responses API.
//!
//! The order of the table is that in which the API looks at them (measured 2026-08-31): after all of them an input that is
//! empty, then what the model does not take.

use super::super::finding::Phase;
use super::super::server::{REFUSED, Server};
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Field, Found, Is, MOST, Tongue, fault_of, field};
use super::openai_chat::{RETENTIONS, TIERS, VERBOSITIES};
use super::path::Path;
use super::reasoning::EFFORTS;
use super::schema::Of;
use super::words::Wrong;
use crate::json::{Kind, Value};

const INCLUDE: &[&str] = &[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// How the API shortens that list where another type was given.
const INCLUDE_SHORT: &str = "an array of one of 'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts', 'rea...ent', or 'mes...obs'";

pub(super) const FIELDS: &[Field] = &[
    field("model", Is::Any),
    field("input", Is::Any),
    field("previous_response_id", Is::Str(0)),
    field("conversation", Is::Any),
    field("prompt", Is::Obj),
    field("moderation", Is::Obj),
    field("include", Is::List(INCLUDE_SHORT)),
    field("tools", Is::List("an array of tools")),
    field("tool_choice", Is::Any),
    field("metadata", Is::Metadata),
    field("text", Is::Obj),
    field("temperature", Is::Dec(0.0, 2.0)),
    field("top_p", Is::Dec(0.0, 1.0)),
    field("presence_penalty", Is::Dec(-2.0, 2.0)),
    field("frequency_penalty", Is::Dec(-2.0, 2.0)),
    field("parallel_tool_calls", Is::Bool),
    field("stream", Is::Bool),
    field(
        "stream_options",
        Is::Members(&[field("include_obfuscation", Is::Bool)]),
    ),
    field("background", Is::Bool),
    field("max_output_tokens", Is::Int(16, MOST)),
    field("max_tool_calls", Is::Int(1, MOST)),
    field("reasoning", Is::Obj),
    field("user", Is::Str(64)),
    field("safety_identifier", Is::Str(64)),
    field(
        "prompt_cache_options",
        Is::Members(&[field("mode", Is::Any), field("ttl", Is::Any)]),
    ),
    field("prompt_cache_key", Is::Str(64)),
    field("prompt_cache_retention", Is::Word(RETENTIONS)),
    field("truncation", Is::Word(&["auto", "disabled"])),
    field("instructions", Is::Any),
    field("store", Is::Bool),
    field("service_tier", Is::Word(TIERS)),
    field("top_logprobs", Is::Int(0, 20)),
    field("context_management", Is::List("an array of objects")),
];

const REASONING: &[Field] = &[
    field("effort", Is::Any),
    field("summary", Is::Word(&["concise", "detailed", "auto"])),
    // Taken of computer-use-preview in 2025, not known to gpt-5.6.
    field("generate_summary", Is::Any),
    field("context", Is::Any),
    field("mode", Is::Any),
];

impl<'c> Check<'c> {
    pub(super) fn responses_form(&mut self) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(root);
        let kept = self.request.layout().kept_context.is_some()
            || ["previous_response_id", "conversation", "prompt"]
                .into_iter()
                .any(|name| root.get_some(name).is_some());
        if root.get("input").is_none() && !kept {
            if root.get_some("messages").is_some() {
                self.moved_messages(root);
            } else {
                self.missing_first(root, &Path::ROOT.field("input"));
            }
        }
        let manner = self.openai_manner();
        let found = self.fields(root, &Path::ROOT, FIELDS, manner);
        self.input_form(&found, kept);
        self.responses_settings(&found);
        self.responses_tools(&found);
        self.text_format(&found);
        self.responses_reasoning(&found);
        self.wrong_endpoint();
    }

    /// A chat request that was sent here has an answer of its own.
    fn moved_messages(&mut self, root: Value<'c>) {
        let api = (self.server == Server::OpenAi).then(|| {
            ApiAnswer::openai(
                Some("unsupported_parameter"),
                None,
                "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.".to_owned(),
            )
        });
        self.odd(
            REFUSED,
            (root, &Path::ROOT),
            Phase::Missing,
            codes::MISSING_PARAMETER,
            "the request has `messages` and no `input`",
            "send it to Chat Completions, or give the messages as `input`",
            api,
        );
    }

    fn input_form(&mut self, found: &Found<'c>, kept: bool) {
        let Some(input) = found.raw("input") else {
            return;
        };
        let path = Path::ROOT.field("input");
        let tongue = self.openai_tongue();
        match input.kind() {
            // Measured: a null is an object to it.
            Kind::Null if kept => {}
            Kind::Null => {
                let wrong = Wrong::Type {
                    expected: "a string".into(),
                    got: "an object",
                };
                self.wrong(REFUSED, tongue, input, &path, wrong);
            }
            Kind::String | Kind::Array if input.is_empty() && !kept => {
                let verdict = self.refused_by_openai();
                self.odd(
                    verdict,
                    (input, &path),
                    // After all fields, before what the model does not take.
                    Phase::Input,
                    codes::EMPTY_MESSAGES,
                    "the input is empty",
                    "say something in it",
                    Some(ApiAnswer::openai(
                        Some("missing_required_parameter"),
                        None,
                        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.".to_owned(),
                    )),
                );
            }
            Kind::String => {}
            Kind::Array => self.items(input, &path),
            _ => {
                let wrong = Wrong::mistyped("one of a string or array of input items", input);
                self.wrong(REFUSED, tongue, input, &path, wrong);
            }
        }
    }

    fn responses_settings(&mut self, found: &Found<'c>) {
        let manner = self.openai_manner();
        if let Some(instructions) = found.get("instructions")
            // A list of items is documented of what the API gives back.
            && !matches!(instructions.kind(), Kind::String | Kind::Array)
        {
            let path = Path::ROOT.field("instructions");
            let wrong = Wrong::mistyped("a string", instructions);
            self.wrong(manner.settings, manner.tongue, instructions, &path, wrong);
        }
        let path = Path::ROOT.field("include");
        if let Some(include) = found.get("include") {
            for (nth, item) in include.items().enumerate() {
                if let Some(wrong) = fault_of(&Is::Word(INCLUDE), item) {
                    // Older names are taken still.
                    let verdict = if self.is_openai_itself() {
                        manner.settings
                    } else {
                        manner.unknown
                    };
                    self.wrong(verdict, manner.tongue, item, &path.item(nth), wrong);
                }
            }
        }
        self.reasoning_settings(found);
        self.one_state(found);
        let measured = self.family().is_some_and(|family| family.is_measured());
        if let Some(retention) = found.get("prompt_cache_retention").filter(|_| measured)
            && retention.is_str("in_memory")
        {
            self.odd(
                manner.settings,
                (retention, &Path::ROOT.field("prompt_cache_retention")),
                Phase::Value,
                codes::UNSUPPORTED_VALUE,
                "the model keeps its prompt cache for 24 hours only",
                "write '24h', or leave it out",
                Some(ApiAnswer::openai(
                    Some("invalid_parameter"),
                    Some("prompt_cache_retention".to_owned()),
                    "This model is compatible only with 24h extended prompt caching".to_owned(),
                )),
            );
        }
    }

    fn reasoning_settings(&mut self, found: &Found<'c>) {
        let Some(reasoning) = found.get("reasoning").filter(|v| v.kind() == Kind::Object) else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("reasoning");
        let members = self.fields(reasoning, &path, REASONING, manner);
        let measured = self.family().is_some_and(|family| family.is_measured());
        if let Some(summary) = members.get("generate_summary").filter(|_| measured) {
            let wrong = Wrong::Unknown { near: Vec::new() };
            self.wrong(
                manner.settings,
                manner.tongue,
                summary,
                &path.field("generate_summary"),
                wrong,
            );
        }
        let Some(effort) = members.get("effort") else {
            return;
        };
        let there = path.field("effort");
        let wrong = match effort.kind() {
            Kind::String => fault_of(&Is::Word(EFFORTS), effort),
            Kind::Number => Some(Wrong::mistyped(
                "one of 'minimal', 'low', 'medium', or 'high'",
                effort,
            )),
            _ => Some(Wrong::mistyped(
                "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer",
                effort,
            )),
        };
        if let Some(wrong) = wrong {
            self.wrong(manner.settings, manner.tongue, effort, &there, wrong);
        }
    }

    /// Two sources of what came before.
    fn one_state(&mut self, found: &Found<'c>) {
        let (Some(_), Some(earlier)) =
            (found.get("conversation"), found.get("previous_response_id"))
        else {
            return;
        };
        let verdict = self.refused_by_openai();
        self.odd(
            verdict,
            (earlier, &Path::ROOT.field("previous_response_id")),
            Phase::Input,
            codes::PARAMETER_CONFLICT,
            "an earlier answer and a conversation are both given",
            "give one of them",
            Some(ApiAnswer::openai(
                Some("mutually_exclusive_parameters"),
                None,
                "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.".to_owned(),
            )),
        );
    }

    fn text_format(&mut self, found: &Found<'c>) {
        const TYPES: &[&str] = &["json_object", "text", "json_schema"];
        const TEXT: &[Field] = &[
            field("format", Is::Obj),
            field("verbosity", Is::Word(VERBOSITIES)),
        ];
        let Some(text) = found.get("text").filter(|v| v.kind() == Kind::Object) else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("text");
        let members = self.fields(text, &path, TEXT, manner);
        let Some(format) = members.get("format").filter(|v| v.kind() == Kind::Object) else {
            return;
        };
        let there = path.field("format");
        let Some(kind) = format.get_some("type") else {
            self.wrong(
                manner.settings,
                manner.tongue,
                format,
                &there.field("type"),
                Wrong::Missing,
            );
            return;
        };
        if let Some(wrong) = fault_of(&Is::Word(TYPES), kind) {
            self.wrong(
                manner.settings,
                manner.tongue,
                kind,
                &there.field("type"),
                wrong,
            );
        } else if kind.is_str("json_object") {
            self.json_is_named(format, &there);
        } else if kind.is_str("json_schema") {
            self.named_schema(format, &there, Of::TextFormat);
        }
    }

    /// The tongue of the endpoint, for faults in items.
    pub(super) fn items_tongue(&self) -> Tongue {
        self.openai_tongue()
    }
}
