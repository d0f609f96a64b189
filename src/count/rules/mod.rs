//! Billing rules as data: one file per rule set, with the models and dates that confirm it.
//!
//! The rules were measured on recorded requests with the `usage.prompt_tokens` that the provider
//! returned; no provider publishes them. [`ChatRules`] lists the costs beyond the text of a
//! request; only `count/chat/` applies it, and `count/render/` writes the renderings.
//!
//! `chat.rs` and `responses.rs` declare the parts of a rule set, `choice.rs` selects the rule set
//! of a request.

mod chat;
mod choice;
mod claude;
mod claude_3;
mod claude_4;
mod claude_4_5;
mod claude_4_6;
mod claude_4_7;
mod claude_5;
mod claude_choice;
mod dated;
mod deepseek;
mod foreign;
mod gemini;
mod gemini_2_5;
mod gemini_3;
mod gemini_choice;
mod gemini_plain;
mod glm;
mod gpt_oss;
mod hosted_tools;
mod hosts;
mod kimi;
mod llama;
mod mimo;
mod minimax;
mod mistral;
mod open;
mod open_choice;
mod openai_2023;
mod openai_audio;
mod openai_chat;
mod openai_chat_0301;
mod openai_o1_preview;
mod openai_o3_mini;
mod openai_o_series;
mod openai_reasoning;
mod openai_responses;
mod openai_search;
mod qwen;
mod responses;
mod unknown;

pub(crate) use chat::{
    CallRules, CallText, ChatRules, Framing, NameCost, PREDICTION, PREDICTION_FREE, RESULTS_RAW,
    Rendering, RequiredOnce, SchemaRules, TOOLS_HEADING, ToolPlace, ToolRules,
};
pub(crate) use choice::{Api, api, chat_rules, knows_responses};
pub(crate) use claude::{ClaudeRules, Stretch, ToolPrompt};
pub(crate) use claude_choice::{claude_rules, is_new_claude};
pub(crate) use dated::Dated;
pub(crate) use foreign::{ForeignRules, Near, Span, foreign_prompt, foreign_rules};
pub(crate) use gemini::{AnswerSchema, GeminiForm, GeminiImage, GeminiRules, Room};
pub(crate) use gemini_choice::{GeminiChoice, gemini_rules, has_gemini_rules};
pub(crate) use hosted_tools::hosted_tool;
pub(crate) use hosts::{
    bills_like_anthropic, bills_like_openai, likely_passes_on, more_undescribed, passes_on,
    passes_on_claude,
};
pub(crate) use mistral::{CHOICE_2026, TEKKEN_LATEST};
#[cfg(feature = "templates")]
pub(crate) use open::ANY_HOST;
pub(crate) use open::{
    ArgumentsForm, DeepSeekTemplate, Definition, Frame, HarmonyCalls, HostRoom, MistralTemplate,
    OpenHost, OpenRules, QwenTemplate, Service, Template, Version,
};
pub(crate) use open_choice::open_rules;
pub(crate) use responses::{
    FIRST_MONTH, MORE_IN_FIRST_MONTH, ResponsesRules, StoredHeader, compaction,
};

/// The day the rules were last measured; part of the data version (`build/main.rs` reads it here).
pub const RULES_DATE: &str = "2026-11-28";
