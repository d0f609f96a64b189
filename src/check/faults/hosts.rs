//! Hosts of the Chat Completions format with their own rules.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault, Fix};
use super::super::finding::{Phase, Repair, Severity};
use crate::check::server::Dialect;

const ALWAYS: By = By::Always(Severity::Refused);

const EXTRA_INPUT: Answer = Answer {
    status: 422,
    ..Answer::new(
        &[Dialect::Mistral],
        "",
        "",
        "Extra inputs are not permitted",
    )
};

faults! {
    // --- fields
    /// Slots: `field`.
    HOST_FIELD = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unknown,
        message: "the host does not support `{param}`",
        remedy: "remove it",
        answers: &[
            EXTRA_INPUT,
            Answer::new(
                &[Dialect::GoogleChat],
                "",
                "",
                "Unknown name \"{field}\": Cannot find field.",
            ),
        ],
        fix: Fix::Field,
        ..FAULT
    };
    HOST_SEED = Fault {
        remedy: "rename it to `random_seed`",
        answers: &[EXTRA_INPUT],
        fix: Fix::Rename("random_seed"),
        ..HOST_FIELD
    };
    HOST_MAX_COMPLETION = Fault {
        remedy: "rename it to `max_tokens`",
        answers: &[EXTRA_INPUT],
        fix: Fix::Rename("max_tokens"),
        ..HOST_FIELD
    };
    /// A field of a message. Slots: `at`, the message; `role`; `field`.
    HOST_MESSAGE_FIELD = Fault {
        code: codes::UNKNOWN_PARAMETER,
        phase: Phase::Unknown,
        severity: ALWAYS,
        message: "the host does not support `{param}`",
        remedy: "remove it from the message",
        answers: &[Answer::new(
            &[Dialect::Groq],
            "",
            "",
            "'messages.{at}' : for 'role:{role}' the following must be satisfied[('messages.{at}' : property '{field}' is unsupported)]",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    /// Slots: `got`, `range`; `nearest`, the nearest value in the range.
    HOST_RANGE = Fault {
        code: codes::OUT_OF_RANGE,
        severity: ALWAYS,
        message: "`{param}` is {got}; the host supports {range}",
        remedy: "choose a value in this range, or remove it",
        answers: &[
            Answer {
                only_for: "temperature",
                ..Answer::new(&[Dialect::Alibaba], "", "", "Temperature should be in {range}")
            },
            Answer::new(&[Dialect::Alibaba], "", "", "Range of {param} should be {range}"),
            Answer::new(&[Dialect::Groq], "", "", "'{param}' : number must be at most {range}"),
        ],
        fix: Fix::Bound("nearest"),
        ..FAULT
    };
    HOST_FORMAT = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "the host does not support this type of `response_format`",
        remedy: "use `json_object`, and describe the schema in a message",
        answers: &[Answer::new(
            &[Dialect::DeepSeek],
            "",
            "",
            "This response_format type is unavailable now",
        )],
        ..FAULT
    };
    HOST_FORMAT_WITH_TOOLS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "the host does not support this type of `response_format` together with tools",
        remedy: "remove the tools, or `response_format`",
        answers: &[
            Answer::new(
                &[Dialect::Groq],
                "",
                "",
                "json mode cannot be combined with tool/function calling",
            ),
            Answer::new(
                &[Dialect::Cerebras],
                "",
                "",
                "\"tools\" is incompatible with \"response_format\"",
            ),
        ],
        ..FAULT
    };
    /// Reported as refused, but accepted on qwen3.8-max in two recordings (2026-08-17).
    HOST_JSON_WHILE_THINKING = Fault {
        severity: By::Always(Severity::Risky),
        message: "the host may not support JSON mode while thinking is enabled",
        remedy: "disable thinking, or remove `response_format`",
        answers: &[],
        ..HOST_FORMAT_WITH_TOOLS
    };

    // --- thinking and sampling
    /// Slots: `at`.
    HOST_REASONING_LOST = Fault {
        code: codes::MISSING_PARAMETER,
        phase: Phase::History,
        severity: ALWAYS,
        message: "the message with tool calls has no `reasoning_content`, which a thinking model requires",
        remedy: "send back the reasoning of that answer, or disable thinking",
        answers: &[
            Answer::new(
                &[Dialect::DeepSeek],
                "",
                "",
                "The `reasoning_content` in the thinking mode must be passed back to the API.",
            ),
            Answer::new(
                &[Dialect::Moonshot],
                "",
                "",
                "thinking is enabled but reasoning_content is missing in assistant tool call message at index {at}",
            ),
        ],
        repair: Repair::Reasoning,
        ..FAULT
    };
    HOST_FORCED_CHOICE = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "a tool call cannot be forced while thinking is enabled",
        remedy: "use `auto`, or disable thinking",
        answers: &[
            Answer::new(
                &[Dialect::DeepSeek],
                "",
                "",
                "Thinking mode does not support this tool_choice",
            ),
            Answer::new(
                &[Dialect::Moonshot],
                "",
                "",
                "tool_choice 'specified' is incompatible with thinking enabled",
            ),
            Answer::new(
                &[Dialect::Alibaba],
                "",
                "",
                "The tool_choice parameter does not support being set to required or object in thinking mode",
            ),
        ],
        ..FAULT
    };
    HOST_THINKING_STREAMED = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "the model only supports thinking in a streamed answer",
        remedy: "set `stream` to true, or `enable_thinking` to false",
        answers: &[Answer::new(
            &[Dialect::Alibaba],
            "",
            "",
            "parameter.enable_thinking must be set to false for non-streaming calls",
        )],
        ..FAULT
    };
    /// Slots: `got`, `choices`.
    HOST_THINKING_TYPE = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Unsupported,
        severity: ALWAYS,
        message: "the model does not support the thinking type `{got}`",
        remedy: "use one of {choices}",
        answers: &[Answer::new(
            &[Dialect::MiniMax],
            "",
            "",
            "invalid thinking.type: \"{got}\" (allowed: {choices})",
        )],
        ..FAULT
    };
    HOST_TEMPERATURE = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Unsupported,
        severity: ALWAYS,
        message: "the model only supports `temperature` 1",
        remedy: "remove `temperature`",
        answers: &[Answer::new(
            &[Dialect::Moonshot],
            "",
            "",
            "invalid temperature: only 1 is allowed for this model",
        )],
        fix: Fix::Remove,
        ..FAULT
    };
    /// Slots: `model`, `camel`.
    HOST_PENALTY = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        severity: ALWAYS,
        message: "the model does not support `{param}`",
        remedy: "remove it",
        answers: &[Answer::new(
            &[Dialect::Xai],
            "",
            "",
            "Model {model} does not support parameter {camel}.",
        )],
        fix: Fix::Remove,
        ..FAULT
    };
    HOST_ARGUMENT = Fault {
        answers: &[Answer::new(
            &[Dialect::Xai],
            "",
            "",
            "Argument not supported on this model: {camel}",
        )],
        ..HOST_PENALTY
    };
    /// Slots: `choices`.
    HOST_EFFORT = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Unsupported,
        severity: ALWAYS,
        message: "the model does not support this effort",
        remedy: "use one of {choices}",
        answers: &[Answer::new(
            &[Dialect::Groq],
            "",
            "",
            "`reasoning_effort` must be one of {choices}",
        )],
        fix: Fix::Field,
        ..FAULT
    };

    // --- tools
    HOST_STRICT_MIXED = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "the tools have different values of `strict`",
        remedy: "set `strict` to the same value on every tool",
        answers: &[Answer::new(
            &[Dialect::Cerebras],
            "wrong_api_format",
            "tools",
            "Tools with mixed values for 'strict' are not allowed. Please set all tools to 'strict: true' or 'strict: false'",
        )],
        repair: Repair::Strict,
        ..FAULT
    };
    HOST_NO_PARAMETERS = Fault {
        code: codes::MISSING_PARAMETER,
        severity: ALWAYS,
        message: "the function has no `parameters`",
        remedy: "set them to a schema of type object, with empty `properties` if there are none",
        answers: &[Answer {
            kind: "bad_request_error",
            ..Answer::new(
                &[Dialect::MiniMax],
                "",
                "",
                "invalid params, function parameters is empty (2013)",
            )
        }],
        repair: Repair::Schema,
        ..FAULT
    };
    HOST_TOOL_NAME = Fault {
        code: codes::INVALID_VALUE,
        severity: ALWAYS,
        message: "the name of the function does not begin with a letter",
        remedy: "rename the function",
        ..FAULT
    };
    /// Slots: `at`, the position of the call in the message.
    HOST_CALL_TYPE = Fault {
        code: codes::MISSING_PARAMETER,
        severity: ALWAYS,
        message: "the tool call has no `type`",
        remedy: "set it to `function`",
        answers: &[Answer::new(
            &[Dialect::Groq],
            "",
            "",
            "'{place}' : property 'type' is missing",
        )],
        ..FAULT
    };
    /// Slots: `id`.
    HOST_CALL_ID = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::History,
        severity: ALWAYS,
        message: "call id {id} is not nine letters and digits",
        remedy: "give the call and its result an id of nine letters and digits",
        answers: &[Answer::new(
            &[Dialect::Mistral],
            "3280",
            "",
            "Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.",
        )],
        repair: Repair::CallId,
        ..FAULT
    };
    /// Slots: `where`, the position in the schema.
    HOST_SCHEMA_TYPE = Fault {
        code: codes::INVALID_SCHEMA,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "the schema `{param}` has no type",
        remedy: "set its `type`",
        answers: &[Answer::new(
            &[Dialect::Moonshot],
            "",
            "",
            "tools.function.parameters is not a valid moonshot flavored json schema, details: <At path '{where}': type is not defined>",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    HOST_SCHEMA_BOOLEAN = Fault {
        message: "the schema `{param}` is a boolean",
        remedy: "write it as an object with a `type`",
        answers: &[],
        repair: Repair::None,
        ..HOST_SCHEMA_TYPE
    };
    HOST_SCHEMA_ROOT = Fault {
        message: "the root of the schema is not of type object",
        remedy: "add `\"type\": \"object\"` at its root",
        answers: &[],
        ..HOST_SCHEMA_TYPE
    };
    /// Slots: `property`.
    HOST_SCHEMA_REQUIRED = Fault {
        message: "{property} is in `required`, but is not a property",
        remedy: "remove it from `required`, or define it",
        answers: &[],
        ..HOST_SCHEMA_TYPE
    };
    HOST_SCHEMA_REF = Fault {
        message: "`{param}` has a `description` next to `$ref`",
        remedy: "move the description into the referenced schema",
        answers: &[],
        ..HOST_SCHEMA_TYPE
    };
    HOST_SCHEMA_ANY_OF = Fault {
        message: "`{param}` has a `type` next to `anyOf`",
        remedy: "move the type into the branches of `anyOf`",
        answers: &[Answer::new(
            &[Dialect::Moonshot],
            "",
            "",
            "tools.function.parameters is not a valid moonshot flavored json schema, details: <At path '{where}': when using anyOf, type should be defined in anyOf items instead of the parent schema>",
        )],
        repair: Repair::None,
        ..HOST_SCHEMA_TYPE
    };

    // --- messages
    /// Slots: `most`.
    HOST_STREAM = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: ALWAYS,
        message: "`{param}` over {most} requires `stream`",
        remedy: "set `stream` to true, or lower it to {most}",
        answers: &[Answer::new(
            &[Dialect::Fireworks],
            "",
            "",
            "Requests with max_tokens > {most} must have stream=true",
        )],
        ..FAULT
    };
    HOST_NO_USER = Fault {
        code: codes::MISSING_CONTENT,
        phase: Phase::Content,
        severity: ALWAYS,
        message: "there is no user message",
        remedy: "add a user message",
        answers: &[Answer::new(
            &[Dialect::Zai],
            "1214",
            "",
            "The messages parameter is illegal. Please check the documentation.",
        )],
        ..FAULT
    };
    HOST_ALTERNATION = Fault {
        code: codes::ROLES_NOT_ALTERNATING,
        phase: Phase::History,
        severity: ALWAYS,
        message: "after the instructions, user and assistant messages must alternate, beginning with the user",
        remedy: "join messages of one role, or insert a message of the other role between them",
        answers: &[Answer {
            kind: "invalid_message",
            ..Answer::new(
                &[Dialect::Perplexity],
                "",
                "",
                "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).",
            )
        }],
        ..FAULT
    };
    HOST_NO_CONTENT = Fault {
        code: codes::EMPTY_CONTENT,
        phase: Phase::Content,
        severity: ALWAYS,
        message: "the message has no content",
        remedy: "add text, or remove the message",
        answers: &[Answer::new(
            &[Dialect::Xai],
            "",
            "",
            "Each message must have at least one content element.",
        )],
        ..FAULT
    };
    HOST_NO_IMAGES = Fault {
        code: codes::INVALID_IMAGE,
        phase: Phase::Content,
        severity: ALWAYS,
        message: "the model only reads text",
        remedy: "remove the image",
        answers: &[Answer::new(
            &[Dialect::DeepSeek],
            "",
            "",
            "unknown variant `image_url`, expected `text`",
        )],
        repair: Repair::Media,
        ..FAULT
    };
    HOST_IMAGE_URL = Fault {
        code: codes::INVALID_IMAGE,
        phase: Phase::Content,
        severity: ALWAYS,
        message: "the host only reads images from `data:` and `s3:` URLs",
        remedy: "embed the image in the request",
        repair: Repair::Media,
        ..FAULT
    };
}
