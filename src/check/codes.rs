//! The codes of findings, one constant each. They are stable: a code is not renamed or given another meaning.
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
    /// The registry does not know the model: its limits are not checked.
    UNKNOWN_MODEL = "unknown_model";
    /// The model is shut down, or was when the registry was made.
    RETIRED_MODEL = "retired_model";
    /// The model is served at another endpoint.
    WRONG_ENDPOINT = "wrong_endpoint";
    // --- form
    /// A field that has to be there is not.
    MISSING_PARAMETER = "missing_parameter";
    /// The endpoint has no such field.
    UNKNOWN_PARAMETER = "unknown_parameter";
    /// A value is of another type than the endpoint takes.
    INVALID_TYPE = "invalid_type";
    /// A value is none of those that the endpoint knows, or not of the form that it wants.
    INVALID_VALUE = "invalid_value";
    /// A number is too small or too large.
    OUT_OF_RANGE = "out_of_range";
    /// A list or an object has more entries than the endpoint takes.
    TOO_MANY_ENTRIES = "too_many_entries";
    /// The model does not take a setting at all.
    UNSUPPORTED_PARAMETER = "unsupported_parameter";
    /// The model does not take that value of a setting.
    UNSUPPORTED_VALUE = "unsupported_value";
    /// Two settings do not go together, or one needs another.
    PARAMETER_CONFLICT = "parameter_conflict";
    /// Functions are offered to a model that reasons, on an endpoint where it does not do both.
    TOOLS_WITH_REASONING = "tools_with_reasoning";
    /// A tool is chosen that is not offered.
    UNKNOWN_TOOL = "unknown_tool";
    /// A schema is not of the subset that the provider takes.
    INVALID_SCHEMA = "invalid_schema";
    /// JSON is asked for without a schema, and no message says the word.
    MISSING_JSON_WORD = "missing_json_word";
    /// A picture is of a kind, or at a place, that the provider does not take.
    INVALID_IMAGE = "invalid_image";
    /// The JSON cannot be read as a request of its format.
    UNREADABLE_REQUEST = "unreadable_request";
    /// The caller's own screening would not let the content pass.
    CONTENT_POLICY = "content_policy";
    // --- size
    /// The input does not fit the context window.
    CONTEXT_EXCEEDED = "context_exceeded";
    /// The input fits the window, but leaves less room than the answer may take.
    NO_ROOM_FOR_OUTPUT = "no_room_for_output";
    /// The input is over the model's separate limit for input.
    INPUT_LIMIT_EXCEEDED = "input_limit_exceeded";
    /// The input is over a limit of the caller's own, or needs the margin.
    OVER_BUDGET = "over_budget";
    /// The reserve for the answer takes the whole window.
    RESERVE_EXCEEDS_WINDOW = "reserve_exceeds_window";
    /// The answer may be longer than the model can write.
    OUTPUT_LIMIT_EXCEEDED = "output_limit_exceeded";
    /// The request, or a file in it, has more bytes than the provider takes.
    TOO_LARGE = "too_large";
    /// A document, or all of them, have more pages than the provider takes.
    TOO_MANY_PAGES = "too_many_pages";
    /// A text, or a name, is longer than the provider takes there.
    STRING_TOO_LONG = "string_too_long";
    /// The id of a call is longer than the provider takes.
    CALL_ID_TOO_LONG = "call_id_too_long";
    /// The name of a tool is longer than the provider takes.
    TOOL_NAME_TOO_LONG = "tool_name_too_long";
    /// A text holds a file in base64: it is billed as text, and the model cannot see it.
    DATA_AS_TEXT = "data_as_text";
    /// More tools than the provider takes.
    TOO_MANY_TOOLS = "too_many_tools";
    /// The list of tools is empty.
    EMPTY_TOOLS = "empty_tools";
    /// More calls in one message than the provider takes.
    TOO_MANY_CALLS = "too_many_calls";
    /// More images than the provider takes.
    TOO_MANY_IMAGES = "too_many_images";
    /// More texts to embed than the provider takes at once.
    TOO_MANY_INPUTS = "too_many_inputs";
    /// The texts to embed have more tokens together than the provider takes at once.
    REQUEST_TOKENS_EXCEEDED = "request_tokens_exceeded";
    /// A text to embed is empty.
    EMPTY_INPUT = "empty_input";
    // --- calls and results
    /// A call has no result.
    UNANSWERED_TOOL_CALL = "unanswered_tool_call";
    /// A result has no call.
    ORPHAN_TOOL_RESULT = "orphan_tool_result";
    /// A result does not stand right behind its call.
    MISPLACED_TOOL_RESULT = "misplaced_tool_result";
    /// A call has more than one result.
    DUPLICATE_TOOL_RESULT = "duplicate_tool_result";
    /// Two calls of one turn share an id.
    DUPLICATE_TOOL_CALL_ID = "duplicate_tool_call_id";
    /// A call has no id.
    MISSING_CALL_ID = "missing_call_id";
    /// A result names no call.
    MISSING_RESULT_ID = "missing_result_id";
    /// A message has a list of calls with nothing in it.
    EMPTY_TOOL_CALLS = "empty_tool_calls";
    /// The arguments of a call are not JSON.
    ARGUMENTS_NOT_JSON = "arguments_not_json";
    // --- messages
    /// There are no messages.
    EMPTY_MESSAGES = "empty_messages";
    /// A message has no content where it needs some.
    MISSING_CONTENT = "missing_content";
    /// The content of a message is empty or blank.
    EMPTY_CONTENT = "empty_content";
    /// A message has a role that the format does not have.
    UNKNOWN_ROLE = "unknown_role";
    /// Instructions stand where the provider wants none.
    SYSTEM_IN_MESSAGES = "system_in_messages";
    /// Two messages of one role follow each other where the provider wants them to take turns.
    ROLES_NOT_ALTERNATING = "roles_not_alternating";
    /// The last message is of a role that the provider does not answer.
    WRONG_LAST_ROLE = "wrong_last_role";
    // --- thinking
    /// A thinking block stands where the provider takes none.
    MISPLACED_THINKING = "misplaced_thinking";
    /// A thinking block has lost its signature.
    UNSIGNED_THINKING = "unsigned_thinking";
    /// A reasoning item is not followed by what it led to.
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
