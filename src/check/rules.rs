//! Verdicts of servers on a history: data, one constant for each kind of server.
//!
//! A rule of one host refuses only there. If hosts are known to differ, or nothing was observed, a
//! fault is risky; what recorded requests show to be accepted is not reported. The evidence is next
//! to each entry: *seen* means a recorded or reported answer of that server, *accepted* a recorded
//! request that it answered.

use super::Severity;

/// Verdict of a server: `None` if it accepts, else the severity.
pub(super) type Verdict = Option<Severity>;

pub(super) const REFUSED: Verdict = Some(Severity::Refused);
pub(super) const RISKY: Verdict = Some(Severity::Risky);
pub(super) const TAKEN: Verdict = None;

/// Servers that are distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    /// OpenAI, Azure OpenAI, GitHub Copilot.
    OpenAi,
    Anthropic,
    Google,
    Bedrock,
    Mistral,
    DeepSeek,
    Alibaba,
    Perplexity,
    Moonshot,
    Groq,
    Xai,
    MiniMax,
    Cerebras,
    Fireworks,
    Zai,
    Xiaomi,
    OvhCloud,
    /// Another hosted API in a provider's format, or a gateway to several.
    Compatible,
    /// Self-hosted programs that apply a chat template with little validation.
    Lenient,
}

/// Required position of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// In the messages directly after the call, without other messages between them.
    NextResults,
    /// In the turn after the call; consecutive messages of one role are one turn.
    NextTurn,
    /// In the single message after the calling turn.
    NextMessage,
    /// Anywhere after the call.
    Anywhere,
}

/// Verdicts of a server on a history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) server: Server,
    pub(super) pairing: Pairing,
    /// Whether results must precede any other content of their turn.
    pub(super) results_first: bool,
    /// Whether calls and results without ids are paired by name and order.
    pub(super) by_name: bool,
    pub(super) unanswered: Verdict,
    /// A call at the end of the history, without anything after it.
    pub(super) pending: Verdict,
    pub(super) orphan: Verdict,
    pub(super) misplaced: Verdict,
    pub(super) duplicate_result: Verdict,
    pub(super) duplicate_call: Verdict,
    pub(super) missing_call_id: Verdict,
    pub(super) missing_result_id: Verdict,
    pub(super) empty_calls: Verdict,
    pub(super) arguments: Verdict,
    pub(super) empty_messages: Verdict,
    pub(super) missing_content: Verdict,
    /// A message whose whole text is empty or blank.
    pub(super) empty_content: Verdict,
    /// An assistant message whose whole text is empty or blank.
    pub(super) empty_assistant: Verdict,
    /// `content: []` where content is optional: next to calls, or in a tool's message.
    pub(super) empty_list: Verdict,
    /// An empty text part next to others.
    pub(super) empty_part: Verdict,
    pub(super) unknown_role: Verdict,
    /// Instructions as the first message of the list.
    pub(super) first_system: Verdict,
    /// Instructions after other messages.
    pub(super) late_system: Verdict,
    /// Instructions directly after a tool or the assistant, if that is worse.
    pub(super) system_after_answer: Verdict,
    /// Further instructions, if the server accepts only one message of them.
    pub(super) second_system: Verdict,
    pub(super) same_role_twice: Verdict,
    pub(super) last_assistant: Verdict,
    /// Thinking in a message that is not the assistant's, or at the end of one; thinking without a
    /// signature.
    pub(super) thinking: Verdict,
}

/// OpenAI's Chat Completions, the strictest server of its format. Seen: the words of every refusal
/// (docs/evidence/validation.md, section 4). Accepted: late instructions, consecutive messages of
/// one role, empty strings.
pub(super) const OPENAI_CHAT: Rules = Rules {
    server: Server::OpenAi,
    pairing: Pairing::NextResults,
    results_first: false,
    by_name: false,
    unanswered: REFUSED,
    pending: REFUSED,
    orphan: REFUSED,
    misplaced: REFUSED,
    // Reported both as refused and as accepted.
    duplicate_result: RISKY,
    duplicate_call: REFUSED,
    missing_call_id: REFUSED,
    missing_result_id: REFUSED,
    empty_calls: REFUSED,
    arguments: RISKY,
    empty_messages: REFUSED,
    missing_content: REFUSED,
    empty_content: TAKEN,
    empty_assistant: TAKEN,
    empty_list: RISKY,
    empty_part: RISKY,
    unknown_role: REFUSED,
    first_system: TAKEN,
    late_system: TAKEN,
    system_after_answer: TAKEN,
    second_system: TAKEN,
    same_role_twice: TAKEN,
    last_assistant: TAKEN,
    thinking: TAKEN,
};

/// Other hosts of that API. Seen: DeepSeek, Moonshot, Z.ai and Alibaba refuse broken pairs in
/// OpenAI's words; the required form of an id differs.
pub(super) const COMPATIBLE_CHAT: Rules = Rules {
    server: Server::Compatible,
    missing_call_id: RISKY,
    missing_result_id: RISKY,
    empty_calls: RISKY,
    empty_content: RISKY,
    empty_assistant: RISKY,
    ..OPENAI_CHAT
};

/// Seen: `Duplicate value for 'tool_call_id'`.
pub(super) const DEEPSEEK_CHAT: Rules = Rules {
    server: Server::DeepSeek,
    duplicate_result: REFUSED,
    missing_call_id: REFUSED,
    missing_result_id: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: arguments must be JSON.
pub(super) const ALIBABA_CHAT: Rules = Rules {
    server: Server::Alibaba,
    arguments: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: `Not the same number of function calls and responses`; instructions after a tool or the
/// assistant, an assistant message at the end. Accepted: an empty list of calls, `content: []`, an
/// assistant message first, a user message after a tool's (refused in 2025). Source:
/// docs/evidence/validation_other_providers.md, section D.
pub(super) const MISTRAL_CHAT: Rules = Rules {
    server: Server::Mistral,
    empty_calls: TAKEN,
    empty_assistant: REFUSED,
    empty_list: TAKEN,
    late_system: RISKY,
    system_after_answer: REFUSED,
    last_assistant: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: after the instructions, user or tool messages and assistant messages alternate, which
/// `form/hosts.rs` checks.
pub(super) const PERPLEXITY_CHAT: Rules = Rules {
    server: Server::Perplexity,
    late_system: RISKY,
    last_assistant: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: an assistant message must have content.
pub(super) const MOONSHOT_CHAT: Rules = Rules {
    server: Server::Moonshot,
    empty_assistant: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Reported once: only one message of instructions, at the start.
pub(super) const MINIMAX_CHAT: Rules = Rules {
    server: Server::MiniMax,
    late_system: RISKY,
    second_system: RISKY,
    ..COMPATIBLE_CHAT
};

/// Depends on the chat template.
pub(super) const LENIENT_CHAT: Rules = Rules {
    server: Server::Lenient,
    unanswered: RISKY,
    pending: RISKY,
    orphan: RISKY,
    misplaced: RISKY,
    duplicate_call: RISKY,
    missing_content: RISKY,
    unknown_role: RISKY,
    ..COMPATIBLE_CHAT
};

/// OpenAI's Responses. Results are found by id anywhere. Accepted: empty strings, any order of
/// messages.
pub(super) const OPENAI_RESPONSES: Rules = Rules {
    pairing: Pairing::Anywhere,
    misplaced: TAKEN,
    empty_messages: RISKY,
    missing_content: TAKEN,
    empty_content: TAKEN,
    empty_assistant: TAKEN,
    empty_list: TAKEN,
    empty_part: TAKEN,
    thinking: REFUSED,
    ..OPENAI_CHAT
};

pub(super) const COMPATIBLE_RESPONSES: Rules = Rules {
    server: Server::Compatible,
    unanswered: RISKY,
    pending: RISKY,
    orphan: RISKY,
    duplicate_call: RISKY,
    missing_call_id: RISKY,
    missing_result_id: RISKY,
    unknown_role: RISKY,
    thinking: TAKEN,
    ..OPENAI_RESPONSES
};

/// Anthropic's Messages, also on Bedrock and Vertex. Messages of one role are joined before any
/// check. Accepted: the assistant first, an id reused in a later turn, calls without a list of
/// tools, a blank text next to other blocks, instructions after other messages (newest models
/// only). Empty assistant messages were refused until 2026 and have been accepted since.
pub(super) const ANTHROPIC: Rules = Rules {
    server: Server::Anthropic,
    pairing: Pairing::NextTurn,
    results_first: true,
    duplicate_result: REFUSED,
    empty_content: REFUSED,
    empty_assistant: RISKY,
    empty_list: TAKEN,
    empty_part: REFUSED,
    first_system: REFUSED,
    late_system: RISKY,
    // Newer models only answer the user.
    last_assistant: RISKY,
    thinking: REFUSED,
    ..OPENAI_CHAT
};

/// The first models with tool calls did not compare ids. Accepted: a result with another id than
/// its call.
pub(super) const FIRST_CLAUDE_3: Rules = Rules {
    unanswered: RISKY,
    orphan: RISKY,
    ..ANTHROPIC
};

/// Vendors that use Anthropic's format for their own models.
pub(super) const COMPATIBLE_ANTHROPIC: Rules = Rules {
    server: Server::Compatible,
    duplicate_result: RISKY,
    empty_content: RISKY,
    empty_part: RISKY,
    first_system: RISKY,
    thinking: TAKEN,
    ..ANTHROPIC
};

/// Google's generateContent, also on Vertex. Contents of one role are joined; calls and results are
/// compared by their number. Accepted: empty strings, the role `function`.
pub(super) const GOOGLE: Rules = Rules {
    server: Server::Google,
    pairing: Pairing::NextTurn,
    results_first: false,
    by_name: true,
    pending: RISKY,
    duplicate_result: REFUSED,
    duplicate_call: RISKY,
    missing_call_id: TAKEN,
    missing_result_id: TAKEN,
    // `form/gemini_contents.rs` reports it.
    missing_content: TAKEN,
    empty_content: TAKEN,
    empty_assistant: TAKEN,
    empty_list: TAKEN,
    empty_part: TAKEN,
    first_system: REFUSED,
    late_system: REFUSED,
    thinking: TAKEN,
    ..OPENAI_CHAT
};

/// Bedrock's Converse. Seen: results must be in the single message after the calls. Accepted:
/// consecutive user messages (refused in 2024), a blank text, the assistant first.
pub(super) const CONVERSE: Rules = Rules {
    server: Server::Bedrock,
    pairing: Pairing::NextMessage,
    duplicate_result: REFUSED,
    empty_content: REFUSED,
    empty_assistant: REFUSED,
    empty_part: REFUSED,
    first_system: REFUSED,
    late_system: REFUSED,
    same_role_twice: RISKY,
    last_assistant: RISKY,
    thinking: TAKEN,
    ..OPENAI_CHAT
};

/// Formats without a history: a prompt, inputs to embed.
pub(super) const NO_HISTORY: Rules = Rules {
    missing_content: TAKEN,
    empty_content: TAKEN,
    empty_assistant: TAKEN,
    empty_list: TAKEN,
    empty_part: TAKEN,
    empty_messages: TAKEN,
    ..OPENAI_CHAT
};
