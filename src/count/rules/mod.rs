//! How requests are billed, as data: one file a rule set, with the models and dates it was seen to hold for.
//!
//! The rules were measured on recorded requests together with the `usage.prompt_tokens` that the provider returned;
//! no provider publishes them. [`ChatRules`] says what is added to the texts of a request; `count/chat/` is the one
//! place that applies it, and `count/render/` writes what it asks for.

mod harmony;
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
mod unknown;

use super::RuleSet;
use crate::model::{BillingFamily, CountingGeneration, Day, Host, Model};
use crate::provider::Counting;
use crate::request::Format;

/// The day the rules were last measured; part of the data version (`build/main.rs` reads it here).
pub const RULES_DATE: &str = "2026-11-28";

/// What a request costs beyond its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChatRules {
    /// The name of the rule set: that of its file, with dashes.
    pub(crate) id: &'static str,
    /// What stands around the texts.
    pub(crate) framing: Framing,
    /// Tool definitions; without rules they are estimates.
    pub(crate) tools: Option<ToolRules>,
    /// Calls and results in the history; without rules they are estimates.
    pub(crate) calls: Option<CallRules>,
    /// The schema of the answer; without rules it is an estimate.
    pub(crate) schema: Option<SchemaRules>,
    /// Models whose recorded text requests the rule set gave the exact count for; snapshots count as their model.
    pub(crate) seen_on: &'static [&'static str],
    /// Names that hide which snapshot answers: it may be one that is billed otherwise.
    pub(crate) hidden_by: &'static [&'static str],
    /// First and last month of those recordings.
    pub(crate) seen: Option<(&'static str, &'static str)>,
    /// How many tokens more than the rules give were billed in recordings that nothing in the request tells apart.
    pub(crate) spread: u64,
    /// Whether anything is known: without, every count is an estimate.
    pub(crate) measured: bool,
}

/// What stands around the texts of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing: the texts alone are billed.
    Bare,
    /// Every message is framed, and a reply begun behind the last.
    Messages {
        /// Tokens of each message beside its role word, text and name.
        per_message: u64,
        /// Tokens more for each message of the assistant (a channel header).
        per_assistant: u64,
        /// What a name costs.
        name: NameCost,
        /// Tokens of the begun reply.
        reply: u64,
        /// Tokens of a system message that the server writes itself.
        preamble: u64,
        /// Tokens more when the first message is of the system or developer.
        instructions: u64,
    },
}

/// What a participant's name costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameCost {
    /// The name is written behind the role, joined by a colon: the tokens of `:name` as one text.
    ColonJoined,
    /// The name stands in the place of the role: its tokens less the role's one.
    InPlaceOfRole,
}

/// How tool definitions are billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolRules {
    /// How the functions of `tools` are written. The legacy field `functions` is always written as in 2023.
    pub(crate) rendering: Rendering,
    /// Where the text stands.
    pub(crate) place: ToolPlace,
    /// Tokens less when the first function has no description.
    pub(crate) first_undescribed: u64,
    /// Whether the choice among the tools is written into the prompt.
    pub(crate) choice_is_written: bool,
    /// Tokens of the choice `required` on Chat.
    pub(crate) required: u64,
    /// Where that was 2 once, as it is in the way of 2023.
    pub(crate) required_once: Option<RequiredOnce>,
    /// Models that the tool rules were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that they were seen to hold for with the legacy field `functions`.
    pub(crate) legacy_seen_on: &'static [&'static str],
}

/// A time when `required` cost 2 tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequiredOnce {
    pub(crate) days: Dated,
    /// Models that it was seen to cost 2 on.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that it was seen to cost nothing on since.
    pub(crate) free_on: &'static [&'static str],
}

/// How function definitions are written as TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    /// As the servers do since 2024: `render/typescript.rs`.
    Current,
    /// As they did before: `render/typescript_2023.rs`.
    Of2023,
}

/// Where tool definitions stand in the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolPlace {
    /// Under a heading behind the text of the first message, when that is of the system or developer, joined to it as
    /// one text; else in a system message of their own, in front.
    InSystemMessage {
        /// What stands above the definitions.
        heading: &'static str,
        /// What joining them saves, or the message of their own.
        saved: u64,
    },
    /// In a part of the prompt that the server writes itself.
    Hidden {
        /// Tokens beside the definitions.
        around: u64,
        /// Whether the blank line in front of the definitions is encoded with the first system message.
        joins_instructions: bool,
        /// Whether that message loses the blanks at its end.
        trims_instructions: bool,
    },
}

/// The heading above the definitions.
pub(crate) const TOOLS_HEADING: &str = "# Tools\n\n## functions\n\n";

/// How a call in the history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallText {
    /// To ` to=functions.NAME`, the arguments read as JSON and written compactly.
    Addressed,
    /// The name by itself, and the arguments as they were sent.
    Of2023,
}

/// How calls in the history and their results are billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallRules {
    /// How a call is written.
    pub(crate) text: CallText,
    /// Tokens of one call beside its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of several calls of one message, beside the call and the list of results that they become.
    pub(crate) parallel: u64,
    /// Before this day the list of results was written with ASCII escapes.
    pub(crate) results_raw_from: Dated,
    /// Tokens of one result beside the function's name and the text.
    pub(crate) result: u64,
    /// A host that bills a call by so many tokens less.
    pub(crate) less_at: Option<(Host, u64)>,
    /// Models that the rules for single calls were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that the rules for several calls of one message were seen to hold for.
    pub(crate) parallel_seen_on: &'static [&'static str],
    /// Models whose legacy fields (`function_call`, the role `function`) are billed as in 2023; on the others they are calls
    /// and results as all are (one recording, gpt-4o-mini, 2025-09).
    pub(crate) legacy_of_2023: &'static [&'static str],
}

/// A day on which a rule changed: the last that the old one was seen on, and the first of the new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) old_until: &'static str,
    pub(crate) new_from: &'static str,
}

impl Dated {
    /// Whether the new rule holds on a day, and whether that is known: between the two days it is not. Without a day it is
    /// the newest rule.
    pub(crate) fn holds_on(self, day: Option<Day>) -> (bool, bool) {
        let of = |text: &str| text.parse::<Day>().ok();
        match day {
            None => (true, true),
            Some(_) if of(self.new_from) <= day => (true, true),
            Some(_) => (false, day <= of(self.old_until)),
        }
    }
}

/// The lists of results: escaped in 5 recordings from 2025-08-10 to 2026-02-11, raw in 7 from 2026-03-12 on, on every
/// model, of 6 applications. A public report saw them raw on 2026-03-11.
pub(crate) const RESULTS_RAW: Dated = Dated {
    old_until: "2026-02-11",
    new_from: "2026-03-11",
};

/// How the schema of the answer is billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaRules {
    /// Tokens beside the name, the description and the schema.
    pub(crate) around: u64,
    /// Whether the begun reply names the format, where no tools are given.
    pub(crate) reply_names_format: bool,
    /// Models that the schema rules were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
}

impl ChatRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: self.seen.map(|seen| seen.0),
            seen_to: self.seen.map(|seen| seen.1),
        }
    }

    /// Whether the rules for messages were seen to hold for the model.
    pub(crate) fn seen_for(&self, model: &Model) -> bool {
        self.seen_in(self.seen_on, model)
    }

    /// Whether a model is in a list of a rule set, and is surely the one that answers, as it was measured.
    pub(crate) fn seen_in(&self, seen_on: &[&str], model: &Model) -> bool {
        seen_on.contains(&model.id())
            // A snapshot that is not listed may have come after the measurements; nobody measured a fine-tune.
            && model.matched().is_certain()
            && !model.counting_is_overridden()
            && !self.hidden_by.contains(&model.listed_name())
            && bills_like_openai(model.host())
    }
}

/// How the Responses API bills what it does not bill as Chat does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponsesRules {
    /// The name of the rule set.
    pub(crate) id: &'static str,
    /// Tokens beside the tool definitions.
    pub(crate) tools: u64,
    /// Tokens of one call beside its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of one result beside `functions.NAME` and the text.
    pub(crate) result: u64,
    /// Tokens of a response schema beside its name, description and text.
    pub(crate) schema: u64,
    /// The header of a call that the server has stored.
    pub(crate) stored: StoredHeader,
    /// Tokens less of any request.
    pub(crate) less: u64,
    /// What `parallel_tool_calls: false` costs with tools, and the models that it was seen on.
    pub(crate) one_at_a_time: (u64, &'static [&'static str]),
    /// Models that the rules for texts were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that those for tools were seen to hold for.
    pub(crate) tools_seen_on: &'static [&'static str],
    /// Models that those for calls were seen to hold for.
    pub(crate) calls_seen_on: &'static [&'static str],
    /// Models that those for a schema were seen to hold for.
    pub(crate) schema_seen_on: &'static [&'static str],
    /// First and last month of those recordings.
    pub(crate) seen: (&'static str, &'static str),
}

impl ResponsesRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: Some(self.seen.0),
            seen_to: Some(self.seen.1),
        }
    }
}

/// Tokens more of a request to `/v1/responses/compact` (6 of 6 recordings of 3 applications, 2026).
pub(crate) const COMPACTION: u64 = 93;

/// Models that it was seen on.
pub(crate) const COMPACTION_SEEN_ON: &[&str] = &["gpt-4o-mini"];

/// Until when the Responses API billed what it had in its first month.
pub(crate) const FIRST_MONTH: Dated = Dated {
    old_until: "2025-03-31",
    new_from: "2025-04-01",
};

/// Tokens more of any request in that month (16 of 16 recordings), and of one with function tools that can be called several
/// at once (7 of 8; with `parallel_tool_calls: false` it was the first, once).
pub(crate) const MORE_IN_FIRST_MONTH: (u64, u64) = (18, 216);

/// When the server writes the header that the model itself wrote, instead of a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredHeader {
    /// For a single call that carries the `id` and the `status` under which it is stored.
    ForKnown,
    /// For each call that carries an `id`.
    ForIds,
    /// For the first call of a group, and more for each further one.
    Always,
}

/// The API by whose rules a request is billed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Api {
    Chat,
    Responses(&'static ResponsesRules),
}

/// The API that bills a request: that of its format, unless a gateway sends it to the other one.
///
/// OpenRouter and Vercel take chat requests, and send those to gpt-4.1 and the reasoning models to the Responses API (71 of 71
/// and 8 of 8 recordings); the other models are billed as Chat by OpenRouter, from its Responses endpoint too (14 of 14
/// with tools, one application).
pub(crate) fn api(model: &Model, format: Format) -> Api {
    let called = match format.wire().counting {
        Counting::Responses => responses_rules(model),
        _ => None,
    };
    let sent = match model.host() {
        Some(Host::OpenRouter | Host::Vercel) => {
            let reasons = matches!(
                model.billing(),
                BillingFamily::OpenAiReasoning
                    | BillingFamily::OpenAiOSeries
                    | BillingFamily::OpenAiO3Mini
            );
            if reasons || model.counting_generation() == Some(CountingGeneration::OpenAiGpt41) {
                responses_rules(model)
            } else if model.host() == Some(Host::OpenRouter) {
                None
            } else {
                called
            }
        }
        _ => called,
    };
    sent.map_or(Api::Chat, Api::Responses)
}

/// Whether there are rules for a model's requests to the Responses API.
pub(crate) fn knows_responses(model: &Model) -> bool {
    responses_rules(model).is_some()
}

/// The rules that a model's requests to the Responses API are billed by.
fn responses_rules(model: &Model) -> Option<&'static ResponsesRules> {
    use openai_responses as responses;
    let generation = model.counting_generation();
    match model.billing() {
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiGpt4) => {
            Some(&responses::OF_2023)
        }
        BillingFamily::OpenAiChat
        | BillingFamily::OpenAiChat0301
        | BillingFamily::OpenAiO1Preview
        | BillingFamily::OpenAiSearch => Some(&responses::CHAT),
        BillingFamily::OpenAiReasoning
            if generation == Some(CountingGeneration::ResponsesStoredHeaderNewest) =>
        {
            Some(&responses::NEWEST)
        }
        BillingFamily::OpenAiReasoning => Some(&responses::REASONING),
        BillingFamily::OpenAiOSeries => Some(&responses::O_SERIES),
        BillingFamily::OpenAiO3Mini => Some(&responses::O3_MINI),
        _ => None,
    }
}

/// Hosts whose recorded requests were billed as OpenAI's own are (82 of 87 at Azure, the rest by two models that are
/// told apart; 35 of 35 at Copilot). Others send requests on in another form.
pub(crate) fn bills_like_openai(host: Option<Host>) -> bool {
    matches!(
        host,
        None | Some(Host::OpenAi | Host::Azure | Host::GithubCopilot)
    )
}

/// Gateways whose recorded requests follow the rules of the API that they send them to.
pub(crate) fn passes_on(host: Option<Host>) -> bool {
    matches!(host, Some(Host::OpenRouter | Host::Vercel))
}

/// The rules that a model's chat requests are billed by.
pub(crate) fn chat_rules(model: &Model) -> &'static ChatRules {
    let generation = model.counting_generation();
    match model.billing() {
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiGpt4) => {
            &openai_2023::RULES
        }
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiAudio) => {
            &openai_audio::RULES
        }
        BillingFamily::OpenAiChat => &openai_chat::RULES,
        BillingFamily::OpenAiChat0301 => &openai_chat_0301::RULES,
        BillingFamily::OpenAiSearch => &openai_search::RULES,
        BillingFamily::OpenAiReasoning
            if generation == Some(CountingGeneration::ResponsesStoredHeaderNewest) =>
        {
            &openai_reasoning::NEWEST
        }
        BillingFamily::OpenAiReasoning => &openai_reasoning::RULES,
        BillingFamily::OpenAiOSeries => &openai_o_series::RULES,
        BillingFamily::OpenAiO3Mini => &openai_o3_mini::RULES,
        BillingFamily::OpenAiO1Preview => &openai_o1_preview::RULES,
        BillingFamily::Harmony => &harmony::RULES,
        _ => &unknown::RULES,
    }
}
