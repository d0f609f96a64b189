//! Kinds of servers and what they refuse: data, one constant for each kind.
//!
//! A rule of one host refuses only there. If hosts are known to differ, or nothing was observed, a
//! fault is risky; what recorded requests show to be accepted is not reported. The evidence is next
//! to each entry: *seen* means a recorded or reported answer of that server, *accepted* a recorded
//! request that it answered.

use super::Severity;
use crate::budget::Budget;
use crate::model::{Host, Quirk};
use crate::provider::Vendor;
use crate::request::Format;

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
const OPENAI_CHAT: Rules = Rules {
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
const COMPATIBLE_CHAT: Rules = Rules {
    server: Server::Compatible,
    missing_call_id: RISKY,
    missing_result_id: RISKY,
    empty_calls: RISKY,
    empty_content: RISKY,
    empty_assistant: RISKY,
    ..OPENAI_CHAT
};

/// Seen: `Duplicate value for 'tool_call_id'`.
const DEEPSEEK_CHAT: Rules = Rules {
    server: Server::DeepSeek,
    duplicate_result: REFUSED,
    missing_call_id: REFUSED,
    missing_result_id: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: arguments must be JSON.
const ALIBABA_CHAT: Rules = Rules {
    server: Server::Alibaba,
    arguments: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: `Not the same number of function calls and responses`; instructions after a tool or the
/// assistant, an assistant message at the end. Accepted: an empty list of calls, `content: []`, an
/// assistant message first, a user message after a tool's (refused in 2025). Source:
/// docs/evidence/validation_other_providers.md, section D.
const MISTRAL_CHAT: Rules = Rules {
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
const PERPLEXITY_CHAT: Rules = Rules {
    server: Server::Perplexity,
    late_system: RISKY,
    last_assistant: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Seen: an assistant message must have content.
const MOONSHOT_CHAT: Rules = Rules {
    server: Server::Moonshot,
    empty_assistant: REFUSED,
    ..COMPATIBLE_CHAT
};

/// Reported once: only one message of instructions, at the start.
const MINIMAX_CHAT: Rules = Rules {
    server: Server::MiniMax,
    late_system: RISKY,
    second_system: RISKY,
    ..COMPATIBLE_CHAT
};

/// Depends on the chat template.
const LENIENT_CHAT: Rules = Rules {
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
const OPENAI_RESPONSES: Rules = Rules {
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

const COMPATIBLE_RESPONSES: Rules = Rules {
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
const ANTHROPIC: Rules = Rules {
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
const FIRST_CLAUDE_3: Rules = Rules {
    unanswered: RISKY,
    orphan: RISKY,
    ..ANTHROPIC
};

/// Vendors that use Anthropic's format for their own models.
const COMPATIBLE_ANTHROPIC: Rules = Rules {
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
const GOOGLE: Rules = Rules {
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
const CONVERSE: Rules = Rules {
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
const NO_HISTORY: Rules = Rules {
    missing_content: TAKEN,
    empty_content: TAKEN,
    empty_assistant: TAKEN,
    empty_list: TAKEN,
    empty_part: TAKEN,
    empty_messages: TAKEN,
    ..OPENAI_CHAT
};

/// Verdicts of a server on fields and values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strictness {
    /// Types and ranges of settings.
    pub(super) settings: Verdict,
    /// Unknown values of enums. Other hosts have values of their own.
    pub(super) words: Verdict,
    /// Names of tools and schemas. Other hosts accept dots, colons and slashes.
    pub(super) names: Verdict,
    /// Fields that the endpoint does not have.
    pub(super) unknown: Verdict,
    /// Unknown fields that look like a typo.
    pub(super) typo: Verdict,
    /// Fields of other providers' requests that the endpoint does not have: they are not its betas.
    pub(super) foreign: Verdict,
    /// Refused by OpenAI and the clouds that serve its models; accepted, or unknown, elsewhere.
    pub(super) openai: Verdict,
    /// JSON mode without the word in a message.
    pub(super) json_word: Verdict,
}

/// Wording and shape of a provider's answers on one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAiChat,
    OpenAiResponses,
    OpenAiEmbeddings,
    OpenAiCompletions,
    DeepSeek,
    Mistral,
    /// Anthropic's own API.
    Anthropic,
    /// Anthropic's format on Bedrock and Vertex.
    AnthropicHosted,
    /// Anthropic's format at another vendor.
    AnthropicLike,
    /// Another format at Anthropic.
    AnthropicOther,
    Gemini,
    /// Google's format on Vertex.
    Vertex,
    Converse,
    Perplexity,
    Alibaba,
    Moonshot,
    Groq,
    Xai,
    MiniMax,
    Cerebras,
    Fireworks,
    Zai,
    /// Google's and Bedrock's copies of Chat Completions.
    GoogleChat,
    /// Unknown.
    Other,
}

impl Dialect {
    /// Whether it is the dialect of an OpenAI endpoint.
    pub(super) fn is_openai(self) -> bool {
        matches!(
            self,
            Dialect::OpenAiChat
                | Dialect::OpenAiResponses
                | Dialect::OpenAiEmbeddings
                | Dialect::OpenAiCompletions
        )
    }
}

/// Profile of a server for requests of one format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    pub(super) server: Server,
    pub(super) dialect: Dialect,
    pub(super) rules: &'static Rules,
    pub(super) sizes: Sizes,
    pub(super) strictness: Strictness,
}

/// Returns the server of a budget's model; for an unknown model, the vendor of the format.
pub(super) fn server(budget: &Budget, format: Format) -> Server {
    match budget.host() {
        // Claude there is Anthropic's own API.
        Some(Host::Azure) if format == Format::Anthropic => return Server::Anthropic,
        Some(Host::OpenAi | Host::Azure | Host::GithubCopilot) => return Server::OpenAi,
        Some(Host::Anthropic) => return Server::Anthropic,
        Some(Host::Gemini | Host::Vertex) => return Server::Google,
        Some(Host::Bedrock) => return Server::Bedrock,
        Some(Host::Mistral) => return Server::Mistral,
        Some(Host::DeepSeek) => return Server::DeepSeek,
        Some(Host::Alibaba) => return Server::Alibaba,
        Some(Host::Perplexity) => return Server::Perplexity,
        Some(Host::Moonshot | Host::KimiCoding) => return Server::Moonshot,
        Some(Host::Groq) => return Server::Groq,
        Some(Host::Xai) => return Server::Xai,
        Some(Host::MiniMax) => return Server::MiniMax,
        Some(Host::Cerebras) => return Server::Cerebras,
        Some(Host::Fireworks) => return Server::Fireworks,
        Some(Host::Zai | Host::BigModel) => return Server::Zai,
        Some(Host::Xiaomi) => return Server::Xiaomi,
        Some(Host::OvhCloud) => return Server::OvhCloud,
        Some(Host::Ollama | Host::Local | Host::Other) => return Server::Lenient,
        Some(_) => return Server::Compatible,
        None => {}
    }
    match budget.model().map(|model| model.provider()) {
        Some("openai") => Server::OpenAi,
        Some("anthropic") => Server::Anthropic,
        Some("google") => Server::Google,
        Some("mistral") => Server::Mistral,
        Some("deepseek") => Server::DeepSeek,
        Some("qwen") => Server::Alibaba,
        Some("perplexity") => Server::Perplexity,
        Some("moonshot") => Server::Moonshot,
        Some("xai") => Server::Xai,
        Some("minimax") => Server::MiniMax,
        Some("zai") => Server::Zai,
        Some("xiaomi") => Server::Xiaomi,
        Some(_) => Server::Compatible,
        None => match format.wire().vendor {
            Vendor::OpenAi => Server::OpenAi,
            Vendor::Anthropic => Server::Anthropic,
            Vendor::Google => Server::Google,
            Vendor::Amazon => Server::Bedrock,
        },
    }
}

/// Whether the server is known to be OpenAI or a cloud with its models, by its host or by the
/// model.
pub(super) fn is_openai(budget: &Budget, server: Server) -> bool {
    server == Server::OpenAi && (budget.model().is_some() || budget.host().is_some())
}

/// Whether it is OpenAI itself, not a cloud that serves its models.
pub(super) fn is_openai_itself(budget: &Budget, server: Server) -> bool {
    server == Server::OpenAi && matches!(budget.host(), None | Some(Host::OpenAi))
}

/// Strictness for the fields of OpenAI's endpoints. Other hosts have fields of their own, and most
/// accept unknown ones.
fn openai_strictness(budget: &Budget, server: Server) -> Strictness {
    let known = is_openai(budget, server);
    let (settings, unknown, typo) = match server {
        Server::OpenAi if known && is_openai_itself(budget, server) => (REFUSED, REFUSED, REFUSED),
        Server::OpenAi if known => (REFUSED, RISKY, RISKY),
        // Anybody may serve an unknown model.
        Server::Lenient => (TAKEN, TAKEN, RISKY),
        _ => (RISKY, TAKEN, RISKY),
    };
    let openai = if known { REFUSED } else { TAKEN };
    Strictness {
        settings,
        words: if server == Server::OpenAi {
            settings
        } else {
            TAKEN
        },
        names: if known { settings } else { typo },
        unknown,
        typo,
        foreign: None,
        openai,
        json_word: match server {
            Server::OpenAi => openai,
            // Seen.
            Server::DeepSeek | Server::Alibaba => REFUSED,
            // Accepted without the word.
            Server::Cerebras => TAKEN,
            _ => RISKY,
        },
    }
}

/// Strictness for a provider's own endpoint, on the servers that are known to have it. New fields
/// appear with betas and previews.
fn native_strictness(known: bool, foreign: Verdict) -> Strictness {
    let settings = if known { REFUSED } else { RISKY };
    Strictness {
        settings,
        words: if known { settings } else { TAKEN },
        names: settings,
        unknown: if known { RISKY } else { TAKEN },
        typo: settings,
        foreign: foreign.filter(|_| known),
        openai: TAKEN,
        json_word: RISKY,
    }
}

pub(super) fn openai_chat(budget: &Budget, server: Server) -> Profile {
    let (dialect, rules) = match server {
        Server::OpenAi => (Dialect::OpenAiChat, &OPENAI_CHAT),
        Server::Mistral => (Dialect::Mistral, &MISTRAL_CHAT),
        Server::DeepSeek => (Dialect::DeepSeek, &DEEPSEEK_CHAT),
        Server::Alibaba => (Dialect::Alibaba, &ALIBABA_CHAT),
        Server::Perplexity => (Dialect::Perplexity, &PERPLEXITY_CHAT),
        Server::Moonshot => (Dialect::Moonshot, &MOONSHOT_CHAT),
        Server::Groq => (Dialect::Groq, &COMPATIBLE_CHAT),
        Server::Xai => (Dialect::Xai, &COMPATIBLE_CHAT),
        Server::MiniMax => (Dialect::MiniMax, &MINIMAX_CHAT),
        Server::Cerebras => (Dialect::Cerebras, &COMPATIBLE_CHAT),
        Server::Fireworks => (Dialect::Fireworks, &COMPATIBLE_CHAT),
        Server::Zai => (Dialect::Zai, &COMPATIBLE_CHAT),
        Server::Google => (Dialect::GoogleChat, &COMPATIBLE_CHAT),
        Server::Lenient => (Dialect::Other, &LENIENT_CHAT),
        Server::Anthropic => (Dialect::AnthropicOther, &COMPATIBLE_CHAT),
        Server::Bedrock | Server::Xiaomi | Server::OvhCloud | Server::Compatible => {
            (Dialect::Other, &COMPATIBLE_CHAT)
        }
    };
    Profile {
        server,
        dialect,
        rules,
        sizes: match server {
            Server::OpenAi => OPENAI_CHAT_SIZES,
            _ => NO_SIZES,
        },
        strictness: openai_strictness(budget, server),
    }
}

pub(super) fn openai_responses(budget: &Budget, server: Server) -> Profile {
    let openai = server == Server::OpenAi;
    Profile {
        server,
        dialect: match server {
            Server::OpenAi => Dialect::OpenAiResponses,
            Server::Anthropic => Dialect::AnthropicOther,
            _ => Dialect::Other,
        },
        rules: if openai {
            &OPENAI_RESPONSES
        } else {
            &COMPATIBLE_RESPONSES
        },
        sizes: if openai {
            OPENAI_RESPONSES_SIZES
        } else {
            NO_SIZES
        },
        strictness: openai_strictness(budget, server),
    }
}

pub(super) fn anthropic(budget: &Budget, server: Server) -> Profile {
    let hosted = matches!(server, Server::Bedrock | Server::Google);
    let known = hosted || server == Server::Anthropic;
    Profile {
        server,
        dialect: match server {
            Server::Anthropic => Dialect::Anthropic,
            _ if hosted => Dialect::AnthropicHosted,
            _ => Dialect::AnthropicLike,
        },
        rules: if is_first_claude_3(budget) {
            &FIRST_CLAUDE_3
        } else if known {
            &ANTHROPIC
        } else {
            &COMPATIBLE_ANTHROPIC
        },
        // Images and documents are counted together: `form/anthropic_blocks.rs`.
        sizes: NO_SIZES,
        strictness: native_strictness(known, REFUSED),
    }
}

pub(super) fn gemini(budget: &Budget, server: Server) -> Profile {
    let known = server == Server::Google;
    Profile {
        server,
        dialect: match budget.host() {
            Some(Host::Vertex) => Dialect::Vertex,
            _ => Dialect::Gemini,
        },
        rules: &GOOGLE,
        sizes: GEMINI_SIZES,
        strictness: Strictness {
            // Seen at every level.
            unknown: if known { REFUSED } else { TAKEN },
            ..native_strictness(known, TAKEN)
        },
    }
}

pub(super) fn bedrock_converse(_: &Budget, server: Server) -> Profile {
    Profile {
        server,
        dialect: Dialect::Converse,
        rules: &CONVERSE,
        sizes: CONVERSE_SIZES,
        strictness: native_strictness(server == Server::Bedrock, TAKEN),
    }
}

fn texts(budget: &Budget, server: Server, openai: Dialect) -> Profile {
    Profile {
        server,
        dialect: match server {
            Server::OpenAi => openai,
            Server::Anthropic => Dialect::AnthropicOther,
            _ => Dialect::Other,
        },
        rules: &NO_HISTORY,
        sizes: NO_SIZES,
        strictness: openai_strictness(budget, server),
    }
}

pub(super) fn embeddings(budget: &Budget, server: Server) -> Profile {
    texts(budget, server, Dialect::OpenAiEmbeddings)
}

pub(super) fn completions(budget: &Budget, server: Server) -> Profile {
    texts(budget, server, Dialect::OpenAiCompletions)
}

fn is_first_claude_3(budget: &Budget) -> bool {
    budget
        .model()
        .is_some_and(|model| model.abilities().has(Quirk::CallIdsNotChecked))
}

/// Maxima of a server, and its verdict on more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) tools: Option<(usize, Severity)>,
    pub(super) empty_tools: Verdict,
    pub(super) calls: Option<(usize, Severity)>,
    pub(super) call_id: Option<(usize, Severity)>,
    /// Characters of a tool's name: risky above the first number, refused above the second.
    pub(super) tool_name: Option<(usize, usize)>,
    /// Characters of one string.
    pub(super) text: Option<usize>,
    pub(super) images: Option<(usize, Severity)>,
}

const NO_SIZES: Sizes = Sizes {
    tools: None,
    empty_tools: TAKEN,
    calls: None,
    call_id: None,
    tool_name: None,
    text: None,
    images: None,
};

/// Limits in numbers. Source: docs/evidence/validation.md, section 4, docs/evidence/validation.md,
/// section 5, and docs/evidence/validation.md, section 7; for images the providers' documentation
/// (2026-11), which differs by model, so they are risky.
const OPENAI_CHAT_SIZES: Sizes = Sizes {
    tools: Some((128, Severity::Refused)),
    empty_tools: REFUSED,
    calls: Some((128, Severity::Refused)),
    call_id: Some((40, Severity::Refused)),
    // The documentation says 64; 128 characters were accepted on 2026-10-01, 256 refused.
    tool_name: Some((64, 128)),
    text: Some(1_048_576),
    images: Some((500, Severity::Risky)),
};
const OPENAI_RESPONSES_SIZES: Sizes = Sizes {
    empty_tools: TAKEN,
    calls: None,
    call_id: Some((64, Severity::Refused)),
    text: Some(10_485_760),
    ..OPENAI_CHAT_SIZES
};
const GEMINI_SIZES: Sizes = Sizes {
    images: Some((3_000, Severity::Risky)),
    ..NO_SIZES
};
const CONVERSE_SIZES: Sizes = Sizes {
    images: Some((20, Severity::Risky)),
    ..NO_SIZES
};
