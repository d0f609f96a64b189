//! Rules of each host of the Chat Completions format about its fields, as data; `form/hosts.rs`
//! applies them.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::fault::Fault;
use super::faults::hosts as faults;
use super::server::{REFUSED, RISKY, Server, TAKEN, Verdict, server};
use crate::budget::Budget;
use crate::media::MediaKind;
use crate::request::Format;

/// A field that a host refuses.
pub(super) struct Refused {
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    pub(super) fault: &'static Fault,
}

/// A range that differs from OpenAI's.
pub(super) struct Range {
    pub(super) name: &'static str,
    pub(super) least: f64,
    pub(super) most: f64,
    /// Whether the ends belong to the range.
    pub(super) closed: (bool, bool),
    /// The range as the host's answer writes it.
    pub(super) shown: &'static str,
    /// Minimum and maximum accepted value, to two digits.
    pub(super) ends: (&'static str, &'static str),
}

/// Documented limits on images. A request over a limit is risky, because documents and servers
/// differ.
pub(super) struct ImagesOfHost {
    pub(super) most: Option<usize>,
    /// Bytes of an image in a data URL, and of all images.
    pub(super) bytes: Option<u64>,
    pub(super) bytes_in_all: Option<u64>,
    /// Those are bytes of base64, a third more than the image has.
    pub(super) in_base64: bool,
    pub(super) pixels: Option<u64>,
    /// Each side must be longer. Seen.
    pub(super) side_over: Option<u64>,
    pub(super) kinds: &'static [MediaKind],
}

const NO_LIMITS: ImagesOfHost = ImagesOfHost {
    most: None,
    bytes: None,
    bytes_in_all: None,
    in_base64: false,
    pixels: None,
    side_over: None,
    kinds: &[],
};

/// Rules of a host.
pub(super) struct ChatHost {
    /// Fields of the request that it refuses.
    pub(super) refused: &'static [Refused],
    /// Verdict on a field that neither OpenAI nor this list has.
    pub(super) unknown: Verdict,
    /// Verdict on a name that no API has, if the list of known fields may be incomplete.
    pub(super) unknown_everywhere: Verdict,
    pub(super) known: &'static [&'static str],
    /// Accepted fields of a message; `None` means any.
    pub(super) message: Option<&'static [&'static str]>,
    /// Fields of messages that it may refuse.
    pub(super) unsure_in_message: &'static [&'static str],
    /// Whether `name` of a tool's message is refused.
    pub(super) no_name_of_tool: bool,
    pub(super) ranges: &'static [Range],
    /// Types of `response_format` that it refuses.
    pub(super) no_formats: &'static [&'static str],
    /// Types of `response_format` that it refuses together with tools.
    pub(super) no_formats_with_tools: &'static [&'static str],
    /// Whether `json_object` is refused while the model thinks.
    pub(super) no_json_while_thinking: bool,
    /// Whether an assistant message with calls must contain `reasoning_content` for a thinking
    /// model.
    pub(super) reasoning_comes_back: bool,
    /// Whether a forced choice is refused while a model thinks that does not support it.
    pub(super) forced_choice: bool,
    /// Whether only a setting of the request makes the choice refused: the registry does not know
    /// which models think by default.
    pub(super) thinking_is_asked: bool,
    /// Whether a call must have a type.
    pub(super) call_type: bool,
    /// Whether all tools must have the same `strict`.
    pub(super) one_strict: bool,
    /// Whether a tool must have parameters.
    pub(super) parameters: bool,
    /// Output limit above which the answer must be streamed.
    pub(super) streamed_above: Option<u64>,
    /// Whether `enable_thinking` requires streaming.
    pub(super) thinking_streamed: bool,
    pub(super) needs_user: bool,
    /// Whether user or tool and assistant messages must alternate.
    pub(super) alternates: bool,
    /// Whether a message must have content.
    pub(super) needs_content: bool,
    /// Whether the host has its own subset of JSON Schema.
    pub(super) own_schemas: bool,
    /// Verdict on types of `thinking` that the model does not support.
    pub(super) thinking_types: Verdict,
    /// Whether efforts are checked against the model's.
    pub(super) efforts: bool,
    /// Whether images are refused for models that only read text.
    pub(super) no_images: bool,
    /// Whether images must be `data:` or `s3:` URLs.
    pub(super) no_web_images: bool,
    pub(super) images: ImagesOfHost,
    /// Whether sampling settings that the model does not support are checked.
    pub(super) sampling: bool,
    /// Required form of call ids, for models that have one.
    pub(super) call_ids: CallIds,
}

/// Required form of call ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallIds {
    Any,
    /// Nine letters and digits for some models, and perhaps for others.
    NineOfSome,
    /// Nine letters and digits for Mistral's models.
    NineOfMistral,
}

const fn refused(name: &'static str) -> Refused {
    Refused {
        name,
        verdict: REFUSED,
        fault: &faults::HOST_FIELD,
    }
}

const fn renamed(name: &'static str, fault: &'static Fault) -> Refused {
    Refused {
        fault,
        ..refused(name)
    }
}

const fn unsure(name: &'static str) -> Refused {
    Refused {
        verdict: RISKY,
        ..refused(name)
    }
}

const fn most_n(most: f64, shown: &'static str, end: &'static str) -> Range {
    Range {
        name: "n",
        least: 1.0,
        most,
        closed: (true, true),
        shown,
        ends: ("1", end),
    }
}

/// A host without known rules.
const NONE: ChatHost = ChatHost {
    refused: &[],
    unknown: TAKEN,
    unknown_everywhere: TAKEN,
    known: &[],
    message: None,
    unsure_in_message: &[],
    no_name_of_tool: false,
    ranges: &[],
    no_formats: &[],
    no_formats_with_tools: &[],
    no_json_while_thinking: false,
    reasoning_comes_back: false,
    forced_choice: false,
    thinking_is_asked: false,
    call_type: false,
    one_strict: false,
    parameters: false,
    streamed_above: None,
    thinking_streamed: false,
    needs_user: false,
    alternates: false,
    needs_content: false,
    own_schemas: false,
    thinking_types: TAKEN,
    efforts: false,
    no_images: false,
    no_web_images: false,
    images: NO_LIMITS,
    sampling: false,
    call_ids: CallIds::Any,
};

const DEEPSEEK: ChatHost = ChatHost {
    no_formats: &["json_schema"],
    reasoning_comes_back: true,
    forced_choice: true,
    no_images: true,
    ..NONE
};

const MOONSHOT: ChatHost = ChatHost {
    reasoning_comes_back: true,
    forced_choice: true,
    own_schemas: true,
    sampling: true,
    ..NONE
};

const XIAOMI: ChatHost = ChatHost {
    reasoning_comes_back: true,
    ..NONE
};

const MISTRAL: ChatHost = ChatHost {
    refused: &[
        renamed("seed", &faults::HOST_SEED),
        refused("logit_bias"),
        renamed("max_completion_tokens", &faults::HOST_MAX_COMPLETION),
        refused("user"),
    ],
    call_ids: CallIds::NineOfSome,
    images: ImagesOfHost {
        most: Some(8),
        bytes: Some(10 << 20),
        ..NO_LIMITS
    },
    ..NONE
};

/// Servers that apply Mistral's chat template.
const MISTRAL_TEMPLATE: ChatHost = ChatHost {
    call_ids: CallIds::NineOfMistral,
    ..NONE
};

const GROQ: ChatHost = ChatHost {
    refused: &[
        refused("logit_bias"),
        refused("logprobs"),
        refused("top_logprobs"),
    ],
    message: Some(&[
        "role",
        "content",
        "name",
        "tool_calls",
        "tool_call_id",
        "function_call",
        "reasoning",
        "channel",
        "executed_tools",
    ]),
    no_name_of_tool: true,
    ranges: &[most_n(1.0, "1", "1")],
    no_formats_with_tools: &["json_object", "json_schema"],
    call_type: true,
    efforts: true,
    images: ImagesOfHost {
        most: Some(5),
        bytes: Some(4 << 20),
        in_base64: true,
        pixels: Some(33_177_600),
        ..NO_LIMITS
    },
    ..NONE
};

const XAI: ChatHost = ChatHost {
    needs_content: true,
    efforts: true,
    sampling: true,
    images: ImagesOfHost {
        bytes: Some(20 << 20),
        kinds: &[MediaKind::Jpeg, MediaKind::Png],
        ..NO_LIMITS
    },
    ..NONE
};

const CEREBRAS: ChatHost = ChatHost {
    no_formats_with_tools: &["json_schema"],
    one_strict: true,
    ..NONE
};

const FIREWORKS: ChatHost = ChatHost {
    unknown: REFUSED,
    // Recorded.
    unknown_everywhere: REFUSED,
    known: &[
        "top_k",
        "min_p",
        "top_a",
        "typical_p",
        "repetition_penalty",
        "mirostat_target",
        "mirostat_lr",
        "ignore_eos",
        "echo",
        "echo_last",
        "context_length_exceeded_behavior",
        "prompt_truncate_len",
        "prompt_truncate_length",
        "raw_output",
        "perf_metrics_in_response",
        "prompt_cache_isolation_key",
        "prompt_cache_max_len",
        "speculation",
        "thinking",
        "reasoning_history",
        "safe_tokenization",
        "return_token_ids",
        "sampling_mask",
        "chat_template_kwargs",
        "min_tokens",
    ],
    message: Some(&[
        "role",
        "content",
        "name",
        "tool_calls",
        "tool_call_id",
        "function_call",
        "reasoning_content",
    ]),
    unsure_in_message: &["refusal", "annotations", "audio"],
    streamed_above: Some(4_096),
    images: ImagesOfHost {
        most: Some(30),
        bytes_in_all: Some(10 << 20),
        in_base64: true,
        ..NO_LIMITS
    },
    ..NONE
};

const ALIBABA: ChatHost = ChatHost {
    ranges: &[
        most_n(4.0, "[1, 4]", "4"),
        Range {
            name: "temperature",
            least: 0.0,
            most: 2.0,
            closed: (true, false),
            shown: "[0.0, 2.0)",
            ends: ("0", "1.99"),
        },
        Range {
            name: "top_p",
            least: 0.0,
            most: 1.0,
            closed: (false, true),
            shown: "(0.0, 1.0]",
            ends: ("0.01", "1"),
        },
        Range {
            name: "presence_penalty",
            least: -2.0,
            most: 2.0,
            closed: (true, true),
            shown: "[-2.0, 2.0]",
            ends: ("-2", "2"),
        },
    ],
    no_json_while_thinking: true,
    forced_choice: true,
    thinking_is_asked: true,
    thinking_streamed: true,
    images: ImagesOfHost {
        bytes: Some(10 << 20),
        in_base64: true,
        side_over: Some(10),
        ..NO_LIMITS
    },
    ..NONE
};

const ZAI: ChatHost = ChatHost {
    needs_user: true,
    thinking_types: RISKY,
    ..NONE
};

const MINIMAX: ChatHost = ChatHost {
    parameters: true,
    thinking_types: REFUSED,
    ..NONE
};

const PERPLEXITY: ChatHost = ChatHost {
    alternates: true,
    images: ImagesOfHost {
        bytes: Some(50 << 20),
        ..NO_LIMITS
    },
    ..NONE
};

/// Google's copy of the format.
const GOOGLE: ChatHost = ChatHost {
    refused: &[
        refused("store"),
        unsure("frequency_penalty"),
        unsure("presence_penalty"),
    ],
    unknown: REFUSED,
    unknown_everywhere: RISKY,
    known: &["extra_body", "google", "top_k"],
    ..NONE
};

/// Bedrock's copy of the format.
const BEDROCK: ChatHost = ChatHost {
    ranges: &[most_n(1.0, "1", "1")],
    no_web_images: true,
    ..NONE
};

const OVH: ChatHost = ChatHost {
    unknown: REFUSED,
    unknown_everywhere: RISKY,
    known: &[
        "top_k",
        "min_p",
        "repetition_penalty",
        "chat_template_kwargs",
        "skip_special_tokens",
    ],
    ranges: &[Range {
        name: "top_logprobs",
        least: 0.0,
        most: 1.0,
        closed: (true, true),
        shown: "1",
        ends: ("0", "1"),
    }],
    ..NONE
};

/// Returns the rules of a host.
pub(super) fn chat_host(server: Server, uses_template: bool) -> &'static ChatHost {
    match server {
        Server::DeepSeek => &DEEPSEEK,
        Server::Moonshot => &MOONSHOT,
        Server::Xiaomi => &XIAOMI,
        Server::Mistral => &MISTRAL,
        Server::Groq => &GROQ,
        Server::Xai => &XAI,
        Server::Cerebras => &CEREBRAS,
        Server::Fireworks => &FIREWORKS,
        Server::Alibaba => &ALIBABA,
        Server::Zai => &ZAI,
        Server::MiniMax => &MINIMAX,
        Server::Perplexity => &PERPLEXITY,
        Server::Google => &GOOGLE,
        Server::Bedrock => &BEDROCK,
        Server::OvhCloud => &OVH,
        _ if uses_template => &MISTRAL_TEMPLATE,
        _ => &NONE,
    }
}

impl Budget {
    /// Returns whether the server refuses two messages in a row from one side.
    pub(crate) fn turns_alternate(&self, format: Format) -> bool {
        format == Format::OpenAiChat && chat_host(server(self, format), false).alternates
    }
}
