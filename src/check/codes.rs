//! Codes of findings, one constant each. They are stable: a code is never renamed or reused.
//!
//! ```
//! assert_eq!(tokenfit::check::codes::UNANSWERED_TOOL_CALL, "unanswered_tool_call");
//! ```

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $word;)*

        /// All codes, in the order of this page.
        pub const ALL: &[&str] = &[$($word),*];
    };
}

codes! {
    // --- the model
    /// The registry does not know the model, so its limits are not checked.
    UNKNOWN_MODEL = "unknown_model";
    /// The model is shut down, or was when the registry was made.
    RETIRED_MODEL = "retired_model";
    /// The model is served at another endpoint.
    WRONG_ENDPOINT = "wrong_endpoint";
    // --- form
    /// A required field is missing.
    MISSING_PARAMETER = "missing_parameter";
    /// The endpoint has no such field.
    UNKNOWN_PARAMETER = "unknown_parameter";
    /// A value has another type than the endpoint accepts.
    INVALID_TYPE = "invalid_type";
    /// A value is not one that the endpoint knows, or does not have the required form.
    INVALID_VALUE = "invalid_value";
    /// A number is too small or too large.
    OUT_OF_RANGE = "out_of_range";
    /// A list or an object has more entries than the endpoint accepts.
    TOO_MANY_ENTRIES = "too_many_entries";
    /// The model does not support a setting.
    UNSUPPORTED_PARAMETER = "unsupported_parameter";
    /// The model does not support this value of a setting.
    UNSUPPORTED_VALUE = "unsupported_value";
    /// Two settings exclude each other, or one requires another.
    PARAMETER_CONFLICT = "parameter_conflict";
    /// Functions are offered to a reasoning model on an endpoint that does not support both.
    TOOLS_WITH_REASONING = "tools_with_reasoning";
    /// The chosen tool is not among the tools.
    UNKNOWN_TOOL = "unknown_tool";
    /// A schema is outside of the subset that the provider accepts.
    INVALID_SCHEMA = "invalid_schema";
    /// JSON output is requested without a schema, and no message contains the word.
    MISSING_JSON_WORD = "missing_json_word";
    /// An image has a kind, or is at a place, that the provider does not accept.
    INVALID_IMAGE = "invalid_image";
    /// The JSON cannot be read as a request of its format.
    UNREADABLE_REQUEST = "unreadable_request";
    /// A field is set more than once, with different values.
    DUPLICATE_KEY = "duplicate_key";
    /// The host serves the format that the request looks like, but would refuse it in its own.
    ASSUMED_FORMAT = "assumed_format";
    /// The caller's own screening rejects the content.
    CONTENT_POLICY = "content_policy";
    // --- size
    /// The input does not fit the context window.
    CONTEXT_EXCEEDED = "context_exceeded";
    /// The input fits the window, but leaves less room than the request reserves for the answer.
    NO_ROOM_FOR_OUTPUT = "no_room_for_output";
    /// The input is over the model's separate limit for input.
    INPUT_LIMIT_EXCEEDED = "input_limit_exceeded";
    /// The input is over the caller's own limit, or uses up the margin.
    OVER_BUDGET = "over_budget";
    /// The reserve for the answer is at least the whole window.
    RESERVE_EXCEEDS_WINDOW = "reserve_exceeds_window";
    /// The output limit is over the model's maximum.
    OUTPUT_LIMIT_EXCEEDED = "output_limit_exceeded";
    /// The request, or a file in it, has more bytes than the provider accepts.
    TOO_LARGE = "too_large";
    /// A document, or all documents together, have more pages than the provider accepts.
    TOO_MANY_PAGES = "too_many_pages";
    /// A string or a name is longer than the provider accepts.
    STRING_TOO_LONG = "string_too_long";
    /// The id of a call is longer than the provider accepts.
    CALL_ID_TOO_LONG = "call_id_too_long";
    /// The name of a tool is longer than the provider accepts.
    TOOL_NAME_TOO_LONG = "tool_name_too_long";
    /// A string contains a file in base64: it is billed as text, and the model cannot read it.
    DATA_AS_TEXT = "data_as_text";
    /// More tools than the provider accepts.
    TOO_MANY_TOOLS = "too_many_tools";
    /// The list of tools is empty.
    EMPTY_TOOLS = "empty_tools";
    /// More calls in one message than the provider accepts.
    TOO_MANY_CALLS = "too_many_calls";
    /// More images than the provider accepts.
    TOO_MANY_IMAGES = "too_many_images";
    /// More inputs to embed than the provider accepts in one request.
    TOO_MANY_INPUTS = "too_many_inputs";
    /// The inputs to embed together have more tokens than the provider accepts in one request.
    REQUEST_TOKENS_EXCEEDED = "request_tokens_exceeded";
    /// An input to embed is empty.
    EMPTY_INPUT = "empty_input";
    // --- calls and results
    /// A call has no result.
    UNANSWERED_TOOL_CALL = "unanswered_tool_call";
    /// A result has no call.
    ORPHAN_TOOL_RESULT = "orphan_tool_result";
    /// A result does not directly follow its call.
    MISPLACED_TOOL_RESULT = "misplaced_tool_result";
    /// A call has more than one result.
    DUPLICATE_TOOL_RESULT = "duplicate_tool_result";
    /// Two calls of one turn share an id.
    DUPLICATE_TOOL_CALL_ID = "duplicate_tool_call_id";
    /// A call has no id.
    MISSING_CALL_ID = "missing_call_id";
    /// A result does not name its call.
    MISSING_RESULT_ID = "missing_result_id";
    /// A message has an empty list of calls.
    EMPTY_TOOL_CALLS = "empty_tool_calls";
    /// The arguments of a call are not JSON.
    ARGUMENTS_NOT_JSON = "arguments_not_json";
    // --- messages
    /// There are no messages.
    EMPTY_MESSAGES = "empty_messages";
    /// A message requires content but has none.
    MISSING_CONTENT = "missing_content";
    /// The content of a message is empty or blank.
    EMPTY_CONTENT = "empty_content";
    /// A message has a role that the format does not have.
    UNKNOWN_ROLE = "unknown_role";
    /// Instructions are at a place where the provider does not accept them.
    SYSTEM_IN_MESSAGES = "system_in_messages";
    /// Two consecutive messages have the same role, but the provider requires roles to alternate.
    ROLES_NOT_ALTERNATING = "roles_not_alternating";
    /// The last message has a role that the provider does not answer.
    WRONG_LAST_ROLE = "wrong_last_role";
    // --- thinking
    /// A thinking block is at a place where the provider does not accept it.
    MISPLACED_THINKING = "misplaced_thinking";
    /// A thinking block has no signature.
    UNSIGNED_THINKING = "unsigned_thinking";
    /// A reasoning item is not followed by the item it led to.
    REASONING_WITHOUT_ITEM = "reasoning_without_item";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_distinct_words() {
        for (nth, code) in ALL.iter().enumerate() {
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(!ALL[..nth].contains(code), "{code}");
        }
    }
}
