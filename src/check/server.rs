//! Profile of each kind of server for each format: its dialect, strictness and limits, and the
//! verdicts of `rules.rs` on its histories.

use super::Severity;
use super::rules::{
    ALIBABA_CHAT, ANTHROPIC, COMPATIBLE_ANTHROPIC, COMPATIBLE_CHAT, COMPATIBLE_RESPONSES, CONVERSE,
    DEEPSEEK_CHAT, FIRST_CLAUDE_3, GOOGLE, LENIENT_CHAT, MINIMAX_CHAT, MISTRAL_CHAT, MOONSHOT_CHAT,
    NO_HISTORY, OPENAI_CHAT, OPENAI_RESPONSES, PERPLEXITY_CHAT,
};
pub(super) use super::rules::{Pairing, REFUSED, RISKY, Rules, Server, TAKEN, Verdict};
use crate::budget::Budget;
use crate::model::{Host, Quirk};
use crate::provider::Vendor;
use crate::request::Format;

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
    /// Whether this is the dialect of an OpenAI endpoint.
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

/// Whether the server is OpenAI itself, not a cloud that serves its models.
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
