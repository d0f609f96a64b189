//! Settings that reasoning models refuse.
//!
//! Source: docs/evidence/validation.md, section 3: measured on gpt-5.6-terra (Chat Completions
//! 2026-08-30, Responses 2026-08-31), reported for the others. The registry lists what a model
//! supports.

use super::super::context::Context;
use super::super::fault::{Fault, Sink};
use super::super::faults::settings as faults;
use super::super::path::Path;
use super::super::server::{RISKY, Verdict};
use super::fields::Found;
use super::misfit::spelled_number;
use crate::json::{Kind, Value};
use crate::model::{
    Abilities, Effort, Host, Model, ParallelParam, Quirk, Reasoning, Sampling, Set, SystemRole,
    Takes,
};
use crate::provider::openai_chat::fields::EFFORTS;
use crate::request::ToolKind;
use crate::shown::{bare_name, shown_word};
use crate::words::listed;

/// An OpenAI model that reasons, according to the registry.
#[derive(Debug, Clone)]
pub(super) struct Family {
    model: Model,
    when: Reasoning,
}

impl Family {
    fn abilities(&self) -> &Abilities {
        self.model.abilities()
    }

    /// Whether the model belongs to the family that was measured: gpt-5.6.
    pub(super) fn is_measured(&self) -> bool {
        self.abilities().efforts_measured == Some(true)
    }

    /// Whether reasoning cannot be disabled; the API lists no efforts when it refuses one
    /// (gpt-6-astra).
    fn is_astra(&self) -> bool {
        self.when == Reasoning::DefaultOn && self.abilities().reasoning_off == Some(false)
    }

    /// Whether a parameter was seen or is documented to be refused.
    fn refuses(&self, parameter: impl Fn(&Sampling) -> Option<Takes>) -> bool {
        self.abilities().takes(parameter) == Some(Takes::No)
    }

    /// Whether the model is one of the first reasoning models, which support neither instructions
    /// nor tools.
    fn is_first(&self) -> bool {
        self.abilities().system_role == Some(SystemRole::None)
    }

    /// Whether functions and reasoning exclude each other on Chat Completions (from gpt-5.4 on).
    fn tools_exclude_reasoning(&self) -> bool {
        self.abilities().tools_with_reasoning_chat == Some(false)
    }

    /// Returns the efforts that Chat Completions accepts, if known.
    fn efforts(&self) -> Option<Set<Effort>> {
        self.abilities().efforts
    }

    /// Returns the efforts that the Responses API accepts, if known.
    fn efforts_on_responses(&self) -> Option<Set<Effort>> {
        self.abilities().efforts_responses.or(self.efforts())
    }
}

/// Whether a request makes its model reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thinks {
    Yes,
    /// The default of the model decides, which is documented but was not measured.
    Undetermined,
    No,
}

impl Family {
    fn thinks(&self, effort: Option<Value<'_>>) -> Thinks {
        match (self.when, effort) {
            (Reasoning::Always, _) => Thinks::Yes,
            (_, Some(effort)) if effort.is_str("none") && !self.is_astra() => Thinks::No,
            (_, Some(_)) | (Reasoning::DefaultOn, None) => Thinks::Yes,
            (_, None) => Thinks::Undetermined,
        }
    }
}

impl<'c> Context<'c> {
    /// Returns the model if it is a reasoning model of OpenAI's that OpenAI or Azure serves.
    pub(super) fn family(&self) -> Option<Family> {
        let model = self.budget.model()?;
        let served = matches!(
            self.budget.host(),
            None | Some(Host::OpenAi | Host::Azure | Host::GithubCopilot)
        );
        // `-chat-latest` reasons by default, but supports the settings of models that do not.
        let when = model.abilities().reasoning?;
        let reasons = model.supports().reasoning == Some(true) && when != Reasoning::None;
        (served && model.provider() == "openai" && reasons && model.open_weights() != Some(true))
            .then(|| Family {
                model: model.clone(),
                when,
            })
    }

    /// Returns the severity of a rule that was or was not seen on a model.
    fn as_seen(&self, seen: bool) -> Verdict {
        let certain = self
            .budget
            .model()
            .is_some_and(|model| model.matched().is_certain());
        if seen && certain {
            self.strictness.openai
        } else {
            RISKY
        }
    }

    /// Reports a setting that the model refuses, with a severity by whether that was seen.
    fn refuses(
        &self,
        out: &mut Sink<'_>,
        fault: &Fault,
        seen: bool,
        value: Value<'c>,
        name: &'static str,
    ) {
        let path = Path::ROOT.field(name);
        let site = self.site(value, &path);
        out.report(fault, site.verdict(self.as_seen(seen)));
    }

    /// Checks a Chat Completions request.
    pub(super) fn chat_reasoning(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let effort = found.get("reasoning_effort");
        let Some(family) = self.family() else {
            self.effort_without_reasoning(out, effort);
            return;
        };
        self.first_models(out, &family);
        if let Some(value) = found.get("max_tokens") {
            self.refuses(out, &faults::MAX_TOKENS, true, value, "max_tokens");
        }
        let thinks = family.thinks(effort);
        let yes = thinks == Thinks::Yes;
        let is =
            |value: Value<'_>, number: f64| value.raw().parse::<f64>().is_ok_and(|n| n == number);
        if let Some(stop) = found.get("stop").filter(|stop| !stop.is_empty()) {
            let seen = family.refuses(|sampling| sampling.stop);
            self.refuses(out, &faults::UNSUPPORTED_FIELD, seen, stop, "stop");
        }
        if let Some(bias) = found.get("logit_bias").filter(|bias| !bias.is_empty()) {
            let seen = thinks != Thinks::Undetermined;
            self.refuses(out, &faults::UNSUPPORTED_FIELD, seen, bias, "logit_bias");
        }
        let unsupported = &faults::UNSUPPORTED_SETTING;
        if let Some(prediction) = found.get("prediction") {
            let seen = family.refuses(|sampling| sampling.prediction);
            self.refuses(out, unsupported, seen, prediction, "prediction");
        }
        for name in ["presence_penalty", "frequency_penalty"] {
            if let Some(value) = found.number(name).filter(|value| yes && !is(*value, 0.0)) {
                self.refuses(out, unsupported, true, value, name);
            }
        }
        if let Some(value) = found.get("logprobs")
            && value.kind() == Kind::True
            && yes
        {
            self.refuses(out, unsupported, true, value, "logprobs");
        }
        if let Some(value) = found.number("top_logprobs").filter(|_| yes) {
            self.refuses(out, unsupported, true, value, "top_logprobs");
        }
        let sampled = |name: &str| {
            found
                .number(name)
                .filter(|value| thinks != Thinks::No && !is(*value, 1.0))
        };
        if let Some(value) = sampled("top_p") {
            self.refuses(out, unsupported, yes, value, "top_p");
        }
        if let Some(value) = found.get("parallel_tool_calls")
            && self
                .budget
                .model()
                .and_then(|model| model.abilities().parallel_tool_calls_param)
                == Some(ParallelParam::Refused)
        {
            self.refuses(out, unsupported, true, value, "parallel_tool_calls");
        }
        if let Some(value) = sampled("temperature") {
            let path = Path::ROOT.field("temperature");
            let site = self.site(value, &path).text("got", spelled_number(value));
            let verdict = self.as_seen(yes);
            out.report(&faults::ONLY_TEMPERATURE_1, site.verdict(verdict));
        }
        if let Some(effort) = effort {
            self.chat_effort(out, &family, effort);
        }
        self.tools_with_reasoning(out, &family, effort, thinks);
    }

    fn chat_effort(&self, out: &mut Sink<'_>, family: &Family, effort: Value<'c>) {
        let Some(efforts) = family.efforts() else {
            return;
        };
        let word = effort.as_str();
        if word
            .as_deref()
            .is_some_and(|word| efforts.contains_word(word))
        {
            return;
        }
        let known = word.as_deref().is_some_and(|word| EFFORTS.contains(&word));
        let got = match &word {
            Some(word) => format!("'{}'", shown_word(word)),
            // The API shows the value, which may contain anything.
            None => format!("({})", effort.kind_name()),
        };
        let (fault, seen): (&Fault, _) = if family.is_astra() {
            (&faults::EFFORT_UNLISTED, true)
        } else {
            (&faults::EFFORT, family.is_measured() || !known)
        };
        let efforts: Vec<&str> = efforts.words().collect();
        let path = Path::ROOT.field("reasoning_effort");
        let site = self
            .site(effort, &path)
            .text("got", got)
            .text("efforts", listed(&efforts, "and"))
            .text("choices", listed(&efforts, "or"));
        out.report(fault, site.verdict(self.as_seen(seen)));
    }

    fn effort_without_reasoning(&self, out: &mut Sink<'_>, effort: Option<Value<'c>>) {
        let Some(effort) = effort else {
            return;
        };
        let classic = self.is_openai()
            && self.budget.model().is_some_and(|model| {
                model.provider() == "openai"
                    && model.abilities().reasoning == Some(Reasoning::None)
                    && model.matched().is_certain()
                    && !model.abilities().has(Quirk::EffortRefusalNotSeen)
            });
        if classic {
            let path = Path::ROOT.field("reasoning_effort");
            out.report(&faults::NO_REASONING, self.site(effort, &path));
        }
    }

    /// Reports instructions for o1-mini and o1-preview.
    fn first_models(&self, out: &mut Sink<'_>, family: &Family) {
        if !family.is_first() || self.unread.is_some() {
            return;
        }
        let request = self.request;
        for message in request
            .messages()
            .filter(|message| message.role().is_instructions())
        {
            let at = message.list_index().unwrap_or_default();
            let messages = Path::MESSAGES;
            let item = messages.item(at);
            let path = item.field("role");
            let role = message.value().get("role").unwrap_or(message.value());
            let name = shown_word(&message.role_name());
            let site = self.site(role, &path).text("got", format!("'{name}'"));
            out.report(&faults::NO_INSTRUCTIONS, site.verdict(self.as_seen(true)));
        }
    }

    /// Reports functions with reasoning on Chat Completions, which exclude each other from gpt-5.4
    /// on; gpt-6-astra supports no functions there at all.
    fn tools_with_reasoning(
        &self,
        out: &mut Sink<'_>,
        family: &Family,
        effort: Option<Value<'c>>,
        thinks: Thinks,
    ) {
        let functions = self
            .request
            .layout()
            .tools
            .iter()
            .any(|tool| tool.kind == ToolKind::Function);
        if !functions
            || !family.tools_exclude_reasoning()
            || matches!(thinks, Thinks::No | Thinks::Undetermined)
        {
            return;
        }
        // Seen on OpenAI and Azure; gateways differ.
        let verdict = match self.budget.host() {
            None | Some(Host::OpenAi | Host::Azure) => self.as_seen(true),
            _ => RISKY,
        };
        let only_responses = family.abilities().has(Quirk::ToolsErrorNamesResponsesOnly);
        let fault: &Fault = match only_responses {
            true => &faults::TOOLS_ONLY_ON_RESPONSES,
            false => &faults::TOOLS_WITH_REASONING,
        };
        let alternative = match family.abilities().reasoning_off {
            Some(false) => "",
            _ => ", or set `reasoning_effort` to none",
        };
        let path = Path::ROOT.field("reasoning_effort");
        let site = match effort {
            Some(effort) => self.site(effort, &path),
            None => self.lacking(self.request.fields(), &path),
        };
        let site = site
            .text("model", self.model_name())
            .text("alternative", alternative);
        out.report(fault, site.verdict(verdict));
    }

    /// Returns the model as the request names it.
    fn model_name(&self) -> String {
        self.request
            .model()
            .map(|name| bare_name(&name))
            .unwrap_or_default()
    }

    /// Checks a Responses request. The API has its own wording, and checks these settings after
    /// everything else.
    pub(super) fn responses_reasoning(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(family) = self.family() else {
            return;
        };
        let effort = found
            .get("reasoning")
            .and_then(|reasoning| reasoning.get_some("effort"));
        let thinks = family.thinks(effort);
        // Accepted without an effort: recorded on gpt-5.4 and gpt-5.4-nano.
        if thinks == Thinks::Yes {
            for name in [
                "temperature",
                "top_p",
                "presence_penalty",
                "frequency_penalty",
            ] {
                let Some(value) = found.number(name) else {
                    continue;
                };
                // Measured: `top_p` is refused whenever it is set; `temperature: 1` was not tried.
                let number: f64 = value.raw().parse().unwrap_or_default();
                let default = match name {
                    "top_p" if family.abilities().has(Quirk::ResponsesRefuseTopPOf1) => None,
                    "temperature" | "top_p" => Some(1.0),
                    _ => Some(0.0),
                };
                if default != Some(number) {
                    self.refuses(out, &faults::UNSUPPORTED_SETTING, true, value, name);
                }
            }
            self.responses_logprobs(out, found);
        }
        if let Some(effort) = effort
            && let Some(word) = effort.as_str()
        {
            self.responses_effort(out, &family, effort, &word);
        }
    }

    fn responses_logprobs(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let included = found.get("include").filter(|list| {
            list.items()
                .any(|item| item.is_str("message.output_text.logprobs"))
        });
        let asked = found.number("top_logprobs");
        for (name, value) in [("include", included), ("top_logprobs", asked)] {
            if let Some(value) = value {
                self.refuses(out, &faults::NO_LOGPROBS, true, value, name);
            }
        }
    }

    fn responses_effort(&self, out: &mut Sink<'_>, family: &Family, effort: Value<'c>, word: &str) {
        let Some(efforts) = family.efforts_on_responses() else {
            return;
        };
        if !EFFORTS.contains(&word) || efforts.contains_word(word) {
            return; // a word that is not the API's is reported with the fields
        }
        let efforts: Vec<&str> = efforts.words().collect();
        let verdict = if family.is_measured() {
            self.as_seen(true)
        } else {
            RISKY
        };
        let reasoning = Path::ROOT.field("reasoning");
        let path = reasoning.field("effort");
        let site = self
            .site(effort, &path)
            .text("got", format!("'{word}'"))
            .text("model", self.model_name())
            .text("efforts", listed(&efforts, "and"))
            .text("choices", listed(&efforts, "or"));
        out.report(&faults::EFFORT, site.verdict(verdict));
    }

    /// Reports tools for models that were seen to refuse them.
    pub(super) fn takes_tools(&self, out: &mut Sink<'_>, tools: Value<'c>) {
        if self.family().is_some_and(|family| family.is_first()) {
            self.refuses(out, &faults::NO_TOOLS, true, tools, "tools");
        }
    }
}
