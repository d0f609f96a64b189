//! Google's generateContent: schemas, functions, parts, settings.
//!
//! Source: docs/evidence/validation_other_providers.md, section B.

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault, Fix};
use super::super::finding::{Phase, Repair};
use super::{GEMINI, GEMINI_API, SETTINGS, VERTEX};

pub(super) const NO_CONTENTS: Answer = Answer::google(
    GEMINI_API,
    "* GenerateContentRequest.contents: contents is not specified",
);
pub(super) const NO_CONTENTS_AT_VERTEX: Answer =
    Answer::google(VERTEX, "at least one contents field is required");
const BUILT_IN: Answer = Answer::google(
    GEMINI,
    "Built-in tools ({tools}) and Function Calling cannot be combined in the same request. Please choose one to continue.",
);
const NOT_A_STRUCT: Answer = Answer::google(
    GEMINI,
    "Invalid value at '{place}' (type.googleapis.com/google.protobuf.Struct), {got}",
);

faults! {
    // --- fields
    /// Slots of this and the rows below: `field`, the name; `place`, as the API writes it.
    GEMINI_UNKNOWN = Fault {
        code: codes::UNKNOWN_PARAMETER,
        severity: SETTINGS,
        message: "the endpoint has no field `{param}`",
        remedy: "remove it",
        answers: &[Answer::google(
            GEMINI,
            "Invalid JSON payload received. Unknown name \"{field}\" at '{place}': Cannot find field.",
        )],
        fix: Fix::Field,
        callers_own: true,
        ..FAULT
    };
    /// Slots: `other`, the cloud that has the field.
    GEMINI_FIELD_OF_OTHER_CLOUD = Fault {
        message: "only {other} has the field `{param}`",
        ..GEMINI_UNKNOWN
    };
    GEMINI_INSTRUCTIONS_ARE_TEXT = Fault {
        code: codes::INVALID_TYPE,
        severity: SETTINGS,
        message: "`{param}` must be an object with `parts`, but is a string",
        remedy: "write it as an object with a list `parts`",
        ..FAULT
    };
    /// Clients accept a string and write the list; the API does not.
    GEMINI_CONTENTS_ARE_TEXT = Fault {
        message: "`{param}` must be a list of contents, but is a string",
        remedy: "write it as a list with one object, with the string in its `parts`",
        ..GEMINI_INSTRUCTIONS_ARE_TEXT
    };
    /// Slots: `kind`, the enum; `choices`.
    GEMINI_WORD = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "`{param}` has an unknown value",
        remedy: "use one of {choices}",
        ..FAULT
    };

    // --- schemas
    GEMINI_SCHEMA_KEYWORD = Fault {
        code: codes::INVALID_SCHEMA,
        message: "the schema subset has no keyword `{field}`",
        remedy: "remove it, or send the schema in `{json_field}`",
        fix: Fix::None,
        callers_own: false,
        repair: Repair::Schema,
        ..GEMINI_UNKNOWN
    };
    GEMINI_TWO_SCHEMAS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the object has both `{first}` and `{second}`",
        remedy: "remove one of them",
        ..FAULT
    };
    GEMINI_TYPE_LIST = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` must not be a list",
        remedy: "use one type with `nullable: true`, or `anyOf`",
        answers: &[Answer::google(
            GEMINI,
            "Invalid JSON payload received. Unknown name \"{field}\" at '{place}': Proto field is not repeating, cannot start list.",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    /// Slots: `value`, if it can be shown.
    GEMINI_TYPE_WORD = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` is not a type of the schema subset",
        remedy: "use STRING, NUMBER, INTEGER, BOOLEAN, ARRAY, OBJECT or NULL",
        answers: &[Answer::google(
            GEMINI_API,
            "Invalid value at '{place}' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), \"{value}\"",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    /// Slots: `got`, the number.
    GEMINI_ENUM_NUMBER = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` has a value that is not a string",
        remedy: "write the values as strings, with type STRING",
        answers: &[Answer::google(GEMINI, "Invalid value at '{place}' (TYPE_STRING), {got}")],
        repair: Repair::Schema,
        ..FAULT
    };
    GEMINI_ENUM_EMPTY = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` is an empty string",
        remedy: "remove the value",
        answers: &[Answer::google(GEMINI_API, "* GenerateContentRequest.{named}: cannot be empty")],
        repair: Repair::Schema,
        ..FAULT
    };
    GEMINI_NO_ITEMS = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "the array schema `{param}` has no `items`",
        remedy: "add `items` with a type",
        answers: &[Answer::google(
            GEMINI_API,
            "* GenerateContentRequest.{named}.items: missing field.",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    /// Slots: `property`.
    GEMINI_REQUIRED = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "{property} is in `required`, but is not a property",
        remedy: "remove it from `required`, or define it",
        answers: &[Answer::google(
            GEMINI_API,
            "* GenerateContentRequest.{named}: property is not defined",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    GEMINI_ONLY_FOR_OBJECT = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` is only allowed on type OBJECT",
        remedy: "remove it, or set the type to OBJECT",
        answers: &[Answer::google(
            GEMINI_API,
            "* GenerateContentRequest.{named}: only allowed for OBJECT type",
        )],
        ..FAULT
    };
    /// Older models refuse it.
    GEMINI_EMPTY_OBJECT = Fault {
        code: codes::INVALID_SCHEMA,
        message: "`{param}` is empty; some models require properties below the root",
        remedy: "define a property, or use another type",
        ..FAULT
    };
    GEMINI_FORMAT = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "the model only supports the formats `enum` and `date-time` on a string",
        remedy: "remove `format`, and describe the format in `description`",
        answers: &[Answer::google(
            GEMINI_API,
            "* GenerateContentRequest.{named}: only 'enum' and 'date-time' are supported for STRING type",
        )],
        repair: Repair::Schema,
        ..FAULT
    };
    /// Slots: `function`, `schema`, both for functions only.
    GEMINI_ANY_OF_BESIDE = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "`{param}` has other fields next to `anyOf`",
        remedy: "move the other fields into the branches of `anyOf`",
        answers: &[Answer::google(
            VERTEX,
            "Unable to submit request because `{function}` functionDeclaration `{schema}` schema specified other fields alongside any_of. When using any_of, it must be the only field set.",
        )],
        ..FAULT
    };
    GEMINI_SCHEMA_WITHOUT_JSON = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        message: "`{param}` requires `responseMimeType` `application/json` or `text/x.enum`",
        remedy: "set `responseMimeType`",
        ..FAULT
    };

    // --- functions and tools
    GEMINI_FUNCTION_NAME = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "the name of the function is not allowed",
        remedy: "begin with a letter or `_`; use letters, digits, `_`, `.`, `:` and `-`; at most 64 characters",
        answers: &[Answer::google(
            GEMINI,
            "Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.",
        )],
        ..FAULT
    };
    /// Slots: `length`.
    GEMINI_LONG_FUNCTION_NAME = Fault {
        code: codes::TOOL_NAME_TOO_LONG,
        message: "the name of the function has {length} characters, the documented maximum is 64",
        remedy: "shorten it",
        ..FAULT
    };
    /// Slots: `function`.
    GEMINI_FUNCTION_TWICE = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "function {function} is declared twice",
        remedy: "remove or rename one of the declarations",
        answers: &[Answer::google(GEMINI, "Duplicate function declaration found: {function}")],
        ..FAULT
    };
    /// Slots: `length`, `most`.
    GEMINI_MANY_FUNCTIONS = Fault {
        code: codes::TOO_MANY_TOOLS,
        severity: SETTINGS,
        message: "there are {length} function declarations, the maximum is {most}",
        remedy: "remove declarations",
        ..FAULT
    };
    /// Slots: `tool`; `tools` in braces.
    GEMINI_BUILT_IN_WITH_FUNCTIONS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the model does not support functions together with `{tool}`",
        remedy: "remove one of them",
        answers: &[BUILT_IN],
        ..FAULT
    };
    GEMINI_BUILT_IN_NEEDS_FLAG = Fault {
        message: "functions together with `{tool}` require `toolConfig.includeServerSideToolInvocations`",
        remedy: "set it to true, or remove one of them",
        answers: &[Answer::google(
            GEMINI_API,
            "Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.",
        )],
        ..GEMINI_BUILT_IN_WITH_FUNCTIONS
    };
    /// Slots: `model`.
    GEMINI_NO_SERVER_SIDE = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "the model does not support `{param}`",
        remedy: "remove it",
        answers: &[Answer::google(
            GEMINI_API,
            "Tool call context circulation is not enabled for models/{model}",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    GEMINI_JSON_WITH_FUNCTIONS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the model does not support functions together with a JSON answer",
        remedy: "remove the functions, or `responseMimeType` and the schema",
        answers: &[Answer::google(
            GEMINI,
            "Function calling with a response mime type: 'application/json' is unsupported",
        )],
        ..FAULT
    };
    GEMINI_CALLING_CONFIG_ALONE = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        message: "`{param}` requires function declarations",
        remedy: "remove it, or declare functions",
        ..FAULT
    };
    GEMINI_ALLOWED_NAMES = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        message: "`{param}` requires mode ANY or VALIDATED",
        remedy: "set the mode, or remove the names",
        ..FAULT
    };
    GEMINI_CACHED_CONTENT = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`{param}` cannot be combined with tools, a tool config or instructions",
        remedy: "move them into the cached content, or remove `{param}`",
        answers: &[Answer::google(
            GEMINI,
            "Tool config, tools and system instruction should not be set in the request when using cached content.",
        )],
        ..FAULT
    };

    // --- contents
    /// Slots: `at`, the content.
    GEMINI_NO_PARTS = Fault {
        code: codes::MISSING_CONTENT,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "the content has no parts",
        remedy: "add a part, or remove the content",
        answers: &[
            Answer::google(
                GEMINI_API,
                "* GenerateContentRequest.contents[{at}].parts: contents.parts must not be empty.",
            ),
            Answer::google(VERTEX, "must include at least one parts field"),
        ],
        ..FAULT
    };
    GEMINI_PART_WITHOUT_DATA = Fault {
        code: codes::EMPTY_CONTENT,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "the part has no data",
        remedy: "remove the part, or add text",
        answers: &[Answer::google(
            GEMINI_API,
            "* GenerateContentRequest.{named}.data: required oneof field 'data' must have one initialized field",
        )],
        ..FAULT
    };
    /// Slots: `first`, `second`.
    GEMINI_PART_WITH_TWO = Fault {
        code: codes::PARAMETER_CONFLICT,
        severity: SETTINGS,
        message: "the part has both `{first}` and `{second}`",
        remedy: "split it into two parts",
        answers: &[Answer::google(
            GEMINI,
            "oneof field 'data' is already set. Cannot set '{second}'",
        )],
        ..FAULT
    };
    /// Slots: `got`, unless it is the caller's text.
    GEMINI_NOT_AN_OBJECT = Fault {
        code: codes::INVALID_TYPE,
        severity: SETTINGS,
        message: "`{param}` must be an object",
        remedy: "wrap the value in an object",
        answers: &[NOT_A_STRUCT],
        ..FAULT
    };
    GEMINI_CALL_FIRST = Fault {
        code: codes::ROLES_NOT_ALTERNATING,
        phase: Phase::History,
        severity: SETTINGS,
        message: "the history begins with a function call",
        remedy: "insert a user content before it",
        answers: &[Answer::google(
            GEMINI,
            "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
        )],
        ..FAULT
    };
    /// Slots: `mime`.
    GEMINI_MIME = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::Content,
        message: "the model may not support data of type `{mime}`",
        remedy: "convert the data",
        ..FAULT
    };

    // --- generationConfig
    GEMINI_BUDGET_ZERO = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "the model cannot turn thinking off",
        remedy: "remove `{param}`, or set it to a supported budget",
        answers: &[Answer::google(
            GEMINI_API,
            "Budget 0 is invalid. This model only works in thinking mode.",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    /// Slots: `got`, `least`, `most`.
    GEMINI_BUDGET_RANGE = Fault {
        code: codes::OUT_OF_RANGE,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "`{param}` is {got}; the model supports {least} to {most}",
        remedy: "choose a budget in this range, or -1",
        answers: &[Answer::google(
            GEMINI,
            "The thinking budget {got} is invalid. Please choose a value between {least} and {most}.",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    GEMINI_BUDGET_AND_LEVEL = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`thinkingBudget` and `thinkingLevel` cannot be combined",
        remedy: "remove one of them",
        answers: &[Answer::google(
            GEMINI,
            "You can only set only one of thinking budget and thinking level.",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    GEMINI_NO_LEVEL = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "the model does not support `{param}`",
        remedy: "remove it, or set `thinkingBudget`",
        answers: &[Answer::google(GEMINI, "Thinking level is not supported for this model.")],
        fix: Fix::Field,
        ..FAULT
    };
    /// Slots: `model`.
    GEMINI_NO_THINKING = Fault {
        remedy: "remove it",
        answers: &[Answer::google(GEMINI, "Thinking is not enabled for models/{model}")],
        ..GEMINI_NO_LEVEL
    };
    /// Slots: `level`, `choices`.
    GEMINI_LEVEL = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "the model does not support the thinking level {level}",
        remedy: "use one of {choices}",
        answers: &[Answer::google(
            GEMINI,
            "Thinking level {level} is not supported for this model. Please retry with other thinking level.",
        )],
        fix: Fix::Field,
        ..FAULT
    };
    GEMINI_PENALTY = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "`{param}` is not supported",
        remedy: "remove it",
        answers: &[Answer::google(GEMINI, "Penalty is not enabled for this model")],
        fix: Fix::Field,
        ..FAULT
    };
}
