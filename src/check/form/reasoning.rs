//! What reasoning models do not take.
//!
//! Source: validation notes, section 3: measured on gpt-5.6-terra (chat 2026-08-30, Responses 2026-08-31), reported for the
//! others. What a model takes is in its row of the registry.

use super::super::finding::{Mend, Phase};
use super::super::server::{RISKY, Verdict};
use super::super::{ApiAnswer, Check, codes};
use super::fields::Found;
use super::path::Path;
use super::words::listed;
use crate::json::{Kind, Value};
use crate::model::{
    Abilities, Effort, Host, Model, ParallelParam, Quirk, Reasoning, Sampling, Set, SystemRole,
    Takes,
};
use crate::request::ToolKind;
use crate::shown::bare_name;
use crate::shown::shown_word;

/// The efforts that the API knows; each model takes some of them.
pub(super) const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// An OpenAI model that reasons, by what its row of the registry says.
#[derive(Debug, Clone)]
pub(super) struct Family {
    model: Model,
    when: Reasoning,
}

impl Family {
    fn abilities(&self) -> &Abilities {
        self.model.abilities()
    }

    /// Of the family that the answers were measured on: gpt-5.6.
    pub(super) fn is_measured(&self) -> bool {
        self.abilities().efforts_measured == Some(true)
    }

    /// It reasons by default and cannot be asked not to; the API names no efforts when it refuses one (gpt-6-astra).
    fn is_astra(&self) -> bool {
        self.when == Reasoning::DefaultOn && self.abilities().reasoning_off == Some(false)
    }

    /// Whether a parameter is seen or documented to be refused.
    fn refuses(&self, parameter: impl Fn(&Sampling) -> Option<Takes>) -> bool {
        self.abilities().takes(parameter) == Some(Takes::No)
    }

    /// The earliest of them, which take no instructions and no tools.
    fn is_first(&self) -> bool {
        self.abilities().system_role == Some(SystemRole::None)
    }

    /// Functions and reasoning do not go together on chat (from gpt-5.4 on).
    fn parts_tools(&self) -> bool {
        self.abilities().tools_with_reasoning_chat == Some(false)
    }

    /// The efforts it takes in Chat Completions, where they are known.
    fn efforts(&self) -> Option<Set<Effort>> {
        self.abilities().efforts
    }

    /// The efforts it takes in the Responses API, where they are known.
    fn efforts_on_responses(&self) -> Option<Set<Effort>> {
        self.abilities().efforts_responses.or(self.efforts())
    }
}

/// Whether a request makes its model reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thinks {
    Yes,
    /// By what the model does when nothing is said, which was documented and not measured.
    Hardly,
    No,
}

impl Family {
    fn thinks(&self, effort: Option<Value<'_>>) -> Thinks {
        match (self.when, effort) {
            (Reasoning::Always, _) => Thinks::Yes,
            (_, Some(effort)) if effort.is_str("none") && !self.is_astra() => Thinks::No,
            (_, Some(_)) | (Reasoning::DefaultOn, None) => Thinks::Yes,
            (_, None) => Thinks::Hardly,
        }
    }
}

impl<'c> Check<'c> {
    /// The model, when it is one of OpenAI's that reasons and it is served by OpenAI or Azure.
    pub(super) fn family(&self) -> Option<Family> {
        let model = self.budget.model()?;
        let served = matches!(
            self.budget.host(),
            None | Some(Host::OpenAi | Host::Azure | Host::GithubCopilot)
        );
        // `-chat-latest` reasons by itself, but takes the settings of models that do not.
        let when = model.abilities().reasoning?;
        let reasons = model.supports().reasoning == Some(true) && when != Reasoning::None;
        (served && model.provider() == "openai" && reasons && model.open_weights() != Some(true))
            .then(|| Family {
                model: model.clone(),
                when,
            })
    }

    /// What a rule that was seen on a model says about a request to it.
    fn as_seen(&self, seen: bool) -> Verdict {
        let certain = self
            .budget
            .model()
            .is_some_and(|model| model.matched().is_certain());
        if seen && certain {
            self.refused_by_openai()
        } else {
            RISKY
        }
    }

    /// Chat Completions.
    pub(super) fn chat_reasoning(&mut self, found: &Found<'c>) {
        let effort = found.get("reasoning_effort");
        let Some(family) = self.family() else {
            self.effort_without_reasoning(effort);
            return;
        };
        self.first_models(&family);
        if let Some(value) = found.get("max_tokens") {
            let verdict = self.as_seen(true);
            self.unsupported(
                verdict,
                value,
                "max_tokens",
                Some("max_completion_tokens"),
                // Told while the fields are walked: measured before `store` and behind `n`.
                Phase::Form,
            );
        }
        let thinks = family.thinks(effort);
        let whole = |value: Value<'_>| value.raw().parse::<f64>().is_ok_and(|n| n == 1.0);
        let zero = |value: Value<'_>| value.raw().parse::<f64>().is_ok_and(|n| n == 0.0);
        if let Some(stop) = found.get("stop").filter(|stop| !stop.is_empty()) {
            let verdict = self.as_seen(family.refuses(|sampling| sampling.stop));
            self.unsupported(verdict, stop, "stop", None, Phase::Form);
        }
        if let Some(bias) = found.get("logit_bias").filter(|bias| !bias.is_empty()) {
            let verdict = self.as_seen(thinks != Thinks::Hardly);
            self.unsupported(verdict, bias, "logit_bias", None, Phase::Form);
        }
        if let Some(prediction) = found.get("prediction") {
            let verdict = self.as_seen(family.refuses(|sampling| sampling.prediction));
            self.unsupported(verdict, prediction, "prediction", None, Phase::Unsupported);
        }
        for name in ["presence_penalty", "frequency_penalty"] {
            if let Some(value) = found
                .get(name)
                .filter(|value| is_number(*value) && !zero(*value))
                && thinks == Thinks::Yes
            {
                let verdict = self.as_seen(true);
                self.unsupported(verdict, value, name, None, Phase::Unsupported);
            }
        }
        if let Some(value) = found.get("logprobs")
            && value.kind() == Kind::True
            && thinks == Thinks::Yes
        {
            let verdict = self.as_seen(true);
            self.unsupported(verdict, value, "logprobs", None, Phase::Unsupported);
        }
        if let Some(value) = found.get("top_logprobs").filter(|value| is_number(*value))
            && thinks == Thinks::Yes
        {
            let verdict = self.as_seen(true);
            self.unsupported(verdict, value, "top_logprobs", None, Phase::Unsupported);
        }
        if let Some(value) = found
            .get("top_p")
            .filter(|value| is_number(*value) && !whole(*value))
            && thinks != Thinks::No
        {
            let verdict = self.as_seen(thinks == Thinks::Yes);
            self.unsupported(verdict, value, "top_p", None, Phase::Unsupported);
        }
        if let Some(value) = found.get("parallel_tool_calls")
            && self
                .budget
                .model()
                .and_then(|model| model.abilities().parallel_tool_calls_param)
                == Some(ParallelParam::Refused)
        {
            let verdict = self.as_seen(true);
            self.unsupported(
                verdict,
                value,
                "parallel_tool_calls",
                None,
                Phase::Unsupported,
            );
        }
        if let Some(value) = found
            .get("temperature")
            .filter(|value| is_number(*value) && !whole(*value))
            && thinks != Thinks::No
        {
            let verdict = self.as_seen(thinks == Thinks::Yes);
            self.only_default_temperature(verdict, value);
        }
        if let Some(effort) = effort {
            self.chat_effort(&family, effort);
        }
        self.tools_with_reasoning(&family, effort, thinks);
    }

    fn unsupported(
        &mut self,
        verdict: Verdict,
        value: Value<'c>,
        name: &'static str,
        instead: Option<&'static str>,
        phase: Phase,
    ) {
        let use_instead = instead
            .map(|other| format!(" Use '{other}' instead."))
            .unwrap_or_default();
        let remedy = match instead {
            Some(other) => format!("write `{other}`"),
            None => "leave it out".to_owned(),
        };
        let finding = self.odd(
            verdict,
            (value, &Path::ROOT.field(name)),
            phase,
            codes::UNSUPPORTED_PARAMETER,
            format!("a model that reasons does not take `{name}`"),
            remedy,
            Some(ApiAnswer::openai(
                Some("unsupported_parameter"),
                Some(name.to_owned()),
                format!(
                    "Unsupported parameter: '{name}' is not supported with this model.{use_instead}"
                ),
            )),
        );
        if let (Some(other), Some(finding)) = (instead, finding) {
            finding.mend = Some(Mend::Rename(other));
        }
    }

    fn only_default_temperature(&mut self, verdict: Verdict, value: Value<'c>) {
        let got = super::words::spelled_number(value);
        self.odd(
            verdict,
            (value, &Path::ROOT.field("temperature")),
            Phase::Value,
            codes::UNSUPPORTED_VALUE,
            format!("`temperature` is {got}; a model that reasons takes 1 alone"),
            "leave it out",
            Some(ApiAnswer::openai(
                Some("unsupported_value"),
                Some("temperature".to_owned()),
                format!("Unsupported value: 'temperature' does not support {got} with this model. Only the default (1) value is supported."),
            )),
        );
    }

    fn chat_effort(&mut self, family: &Family, effort: Value<'c>) {
        let path = Path::ROOT.field("reasoning_effort");
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
        let efforts: Vec<&str> = efforts.words().collect();
        let known = word.as_deref().is_some_and(|word| EFFORTS.contains(&word));
        let got = match &word {
            Some(word) => format!("'{}'", shown_word(word)),
            // The API shows the value; it may hold anything.
            None => format!("({})", effort.kind_name()),
        };
        let (seen, supported) = if family.is_astra() {
            (true, String::new())
        } else {
            (
                family.is_measured() || !known,
                format!(" Supported values are: {}.", listed(&efforts, "and")),
            )
        };
        let verdict = self.as_seen(seen);
        self.odd(
            verdict,
            (effort, &path),
            Phase::Value,
            codes::UNSUPPORTED_VALUE,
            "the model does not reason with that effort",
            format!("give one of {}", listed(&efforts, "or")),
            Some(ApiAnswer::openai(
                Some("unsupported_value"),
                Some("reasoning_effort".to_owned()),
                format!("Unsupported value: 'reasoning_effort' does not support {got} with this model.{supported}"),
            )),
        );
    }

    fn effort_without_reasoning(&mut self, effort: Option<Value<'c>>) {
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
        if !classic {
            return;
        }
        let verdict = self.refused_by_openai();
        self.odd(
            verdict,
            (effort, &Path::ROOT.field("reasoning_effort")),
            Phase::Unsupported,
            codes::UNSUPPORTED_PARAMETER,
            "the model does not reason",
            "leave `reasoning_effort` out",
            Some(ApiAnswer::openai(
                None,
                None,
                "Unrecognized request argument supplied: reasoning_effort".to_owned(),
            )),
        );
    }

    /// o1-mini and o1-preview: no instructions.
    fn first_models(&mut self, family: &Family) {
        if !family.is_first() || self.unread.is_some() {
            return;
        }
        let verdict = self.as_seen(true);
        let request = self.request;
        for message in request
            .messages()
            .filter(|message| message.role().is_instructions())
        {
            let at = message.list_index().unwrap_or_default();
            let messages = Path::MESSAGES;
            let item = messages.item(at);
            let role = message.value().get("role").unwrap_or(message.value());
            let name = shown_word(&message.role_name());
            self.odd(
                verdict,
                (role, &item.field("role")),
                Phase::Value,
                codes::UNSUPPORTED_VALUE,
                "the model takes no instructions of the application",
                "give them to the user's first message",
                Some(ApiAnswer::openai(
                    Some("unsupported_value"),
                    Some(item.field("role").param()),
                    format!(
                        "Unsupported value: '{}' does not support '{name}' with this model.",
                        item.field("role").param()
                    ),
                )),
            );
        }
    }

    /// Functions and reasoning do not go together on chat from gpt-5.4 on; gpt-6-astra takes no functions there at all.
    fn tools_with_reasoning(&mut self, family: &Family, effort: Option<Value<'c>>, thinks: Thinks) {
        let functions = self
            .request
            .layout()
            .tools
            .iter()
            .any(|tool| tool.kind == ToolKind::Function);
        if !functions || !family.parts_tools() || thinks == Thinks::No || thinks == Thinks::Hardly {
            return;
        }
        // Seen of OpenAI and of Azure; the others' gateways differ.
        let verdict = match self.budget.host() {
            None | Some(Host::OpenAi | Host::Azure) => self.as_seen(true),
            _ => RISKY,
        };
        let name = self
            .request
            .model()
            .map(|name| bare_name(&name))
            .unwrap_or_default();
        let instead = match self
            .budget
            .model()
            .is_some_and(|model| model.abilities().has(Quirk::ToolsErrorNamesResponsesOnly))
        {
            true => "Please use /v1/responses instead.",
            false => "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        };
        let root = self.request.fields();
        let path = Path::ROOT.field("reasoning_effort");
        let (value, path) = match effort {
            Some(effort) => (effort, path),
            None => (root, Path::ROOT),
        };
        let remedy = if family.abilities().reasoning_off == Some(false) {
            "send it to the Responses API"
        } else {
            "send it to the Responses API, or set `reasoning_effort` to none"
        };
        self.odd(
            verdict,
            (value, &path),
            Phase::Value,
            codes::TOOLS_WITH_REASONING,
            "on this endpoint the model does not reason and call functions at once",
            remedy,
            Some(ApiAnswer::openai(
                None,
                Some("reasoning_effort".to_owned()),
                format!("Function tools with reasoning_effort are not supported for {name} in /v1/chat/completions. {instead}"),
            )),
        );
    }

    /// The Responses API, which has its own words, and looks at these after everything else.
    pub(super) fn responses_reasoning(&mut self, found: &Found<'c>) {
        let Some(family) = self.family() else {
            return;
        };
        let effort = found
            .get("reasoning")
            .and_then(|reasoning| reasoning.get_some("effort"));
        let thinks = family.thinks(effort);
        // Taken when nothing is asked: recorded on gpt-5.4 and gpt-5.4-nano.
        if thinks == Thinks::Yes {
            for name in [
                "temperature",
                "top_p",
                "presence_penalty",
                "frequency_penalty",
            ] {
                let Some(value) = found.get(name).filter(|value| is_number(*value)) else {
                    continue;
                };
                // Measured: `top_p` is refused whenever it is there; `temperature: 1` was not tried.
                let number: f64 = value.raw().parse().unwrap_or_default();
                let default = match name {
                    "top_p" if family.abilities().has(Quirk::ResponsesRefuseTopPOf1) => None,
                    "temperature" | "top_p" => Some(1.0),
                    _ => Some(0.0),
                };
                if default == Some(number) {
                    continue;
                }
                let verdict = self.as_seen(true);
                self.odd(
                    verdict,
                    (value, &Path::ROOT.field(name)),
                    Phase::Unsupported,
                    codes::UNSUPPORTED_PARAMETER,
                    format!("a model that reasons does not take `{name}`"),
                    "leave it out",
                    Some(ApiAnswer::openai(
                        None,
                        Some(name.to_owned()),
                        format!(
                            "Unsupported parameter: '{name}' is not supported with this model."
                        ),
                    )),
                );
            }
            self.responses_logprobs(found);
        }
        if let Some(effort) = effort
            && let Some(word) = effort.as_str()
        {
            self.responses_effort(&family, effort, &word);
        }
    }

    fn responses_logprobs(&mut self, found: &Found<'c>) {
        let included = found.get("include").filter(|list| {
            list.items()
                .any(|item| item.is_str("message.output_text.logprobs"))
        });
        let asked = found.get("top_logprobs").filter(|value| is_number(*value));
        let verdict = self.as_seen(true);
        for (name, value) in [("include", included), ("top_logprobs", asked)] {
            let Some(value) = value else {
                continue;
            };
            self.odd(
                verdict,
                (value, &Path::ROOT.field(name)),
                Phase::Value,
                codes::UNSUPPORTED_PARAMETER,
                "a model that reasons gives no log probabilities",
                "do not ask for them",
                Some(ApiAnswer::openai(
                    Some("unsupported_parameter"),
                    Some(name.to_owned()),
                    "logprobs are not supported with reasoning models.".to_owned(),
                )),
            );
        }
    }

    fn responses_effort(&mut self, family: &Family, effort: Value<'c>, word: &str) {
        let Some(efforts) = family.efforts_on_responses() else {
            return;
        };
        if !EFFORTS.contains(&word) || efforts.contains_word(word) {
            return; // not a word of the API at all: told with the fields
        }
        let efforts: Vec<&str> = efforts.words().collect();
        let name = self
            .request
            .model()
            .map(|name| bare_name(&name))
            .unwrap_or_default();
        let verdict = if family.is_measured() {
            self.as_seen(true)
        } else {
            RISKY
        };
        let reasoning = Path::ROOT.field("reasoning");
        self.odd(
            verdict,
            (effort, &reasoning.field("effort")),
            Phase::Value,
            codes::UNSUPPORTED_VALUE,
            "the model does not reason with that effort",
            format!("give one of {}", listed(&efforts, "or")),
            Some(ApiAnswer::openai(
                Some("unsupported_value"),
                Some("reasoning.effort".to_owned()),
                format!(
                    "Unsupported value: '{word}' is not supported with the '{name}' model. Supported values are: {}.",
                    listed(&efforts, "and")
                ),
            )),
        );
    }

    /// Models without tools, as far as the API was seen to refuse them.
    pub(super) fn takes_tools(&mut self, tools: Value<'c>) {
        if !self.family().is_some_and(|family| family.is_first()) {
            return;
        }
        let verdict = self.as_seen(true);
        let path = Path::ROOT.field("tools");
        self.odd(
            verdict,
            (tools, &path),
            Phase::Unsupported,
            codes::UNSUPPORTED_PARAMETER,
            "the model calls no tools",
            "leave them out, or take another model",
            Some(ApiAnswer::openai(
                Some("unsupported_parameter"),
                Some("tools".to_owned()),
                "Unsupported parameter: 'tools' is not supported with this model.".to_owned(),
            )),
        );
    }
}

/// A setting of another type is told as such.
fn is_number(value: Value<'_>) -> bool {
    value.kind() == Kind::Number
}
