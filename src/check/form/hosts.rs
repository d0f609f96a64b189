//! Rules of individual hosts of the Chat Completions format. `check/hosts.rs` lists which rules
//! apply to which host.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::hosts as faults;
use super::super::hosts::{ChatHost, chat_host};
use super::super::path::{Path, shown};
use super::super::server::{REFUSED, RISKY, Server, TAKEN, Verdict};
use super::fields::Found;
use super::misfit::spelled_number;
use crate::json::{Kind, Value};
use crate::model::{ForcedToolChoice, Host, Quirk, Reasoning, Takes};
use crate::provider::openai_chat::fields::FIELDS;
use crate::shown::{is_api_field, shown_word};
use crate::words::listed;

/// Efforts of Qwen's models on Groq.
const EFFORTS_OF_QWEN: &[&str] = &["none", "default"];

impl<'c> Context<'c> {
    pub(super) fn host_form(&self, out: &mut Sink<'_>, root: Value<'c>, found: &Found<'c>) {
        let host = chat_host(self.server, self.uses_mistral_template());
        self.host_fields(out, host, root);
        self.host_ranges(out, host, root);
        self.host_formats(out, host, root, found);
        self.host_thinking(out, host, root, found);
        self.host_sampling(out, host, root);
        self.host_efforts(out, host, found);
        self.host_tools(out, host, root, found);
        self.host_messages(out, host, root);
        if self.unread.is_none() {
            self.host_history(out, host, root);
        }
    }

    fn uses_mistral_template(&self) -> bool {
        matches!(self.budget.host(), Some(Host::Nvidia | Host::Local))
            && self
                .budget
                .model()
                .is_some_and(|model| model.provider() == "mistral")
    }

    /// Returns a setting of the request's root that a rule needs.
    pub(super) fn setting<'s>(
        &self,
        root: Value<'c>,
        path: &'s Path<'s>,
    ) -> Option<(Value<'c>, Site<'s>)> {
        let value = root.get_some(path.name())?;
        let site = self.site(value, path).text("field", shown(path.name()));
        Some((value, site))
    }

    fn host_fields(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        for refused in host.refused {
            let path = Path::ROOT.field(refused.name);
            let Some((value, site)) = self.setting(root, &path) else {
                continue;
            };
            // The default is off.
            if value.kind() == Kind::False && refused.name == "logprobs" {
                continue;
            }
            out.report(refused.fault, site.verdict(refused.verdict));
        }
        if host.unknown.is_none() {
            return;
        }
        for (key, value) in root.entries() {
            let key = key.as_str().unwrap_or_default();
            let is_known = FIELDS.iter().any(|field| field.name == key)
                || host.known.contains(&&*key)
                || host.refused.iter().any(|refused| refused.name == key);
            let verdict = match is_api_field(&key) {
                true => host.unknown,
                false => host.unknown_everywhere,
            };
            if !is_known {
                self.is_unknown(out, verdict, value, &Path::ROOT.field(&key), &[]);
            }
        }
    }

    fn host_ranges(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        for range in host.ranges {
            let path = Path::ROOT.field(range.name);
            let Some((value, site)) = self.setting(root, &path) else {
                continue;
            };
            let Ok(number) = value.raw().parse::<f64>() else {
                continue;
            };
            let above = match range.closed.0 {
                true => number >= range.least,
                false => number > range.least,
            };
            let below = match range.closed.1 {
                true => number <= range.most,
                false => number < range.most,
            };
            if !above || !below {
                out.report(
                    &faults::HOST_RANGE,
                    site.text("got", spelled_number(value))
                        .text("range", range.shown)
                        .text("nearest", if above { range.ends.1 } else { range.ends.0 }),
                );
            }
        }
    }

    fn host_formats(
        &self,
        out: &mut Sink<'_>,
        host: &ChatHost,
        root: Value<'c>,
        found: &Found<'c>,
    ) {
        let path = Path::ROOT.field("response_format");
        let Some(format) = found.object("response_format") else {
            return;
        };
        let Some(kind) = format.get_some("type").and_then(|kind| kind.as_str()) else {
            return;
        };
        let has_tools = found.list("tools").is_some_and(|tools| !tools.is_empty());
        let fault: &Fault = if host.no_formats.contains(&&*kind) {
            &faults::HOST_FORMAT
        } else if has_tools && host.no_formats_with_tools.contains(&&*kind) {
            &faults::HOST_FORMAT_WITH_TOOLS
        } else if host.no_json_while_thinking
            && kind == "json_object"
            && asked_to_think(root) == Some(true)
        {
            &faults::HOST_JSON_WHILE_THINKING
        } else {
            return;
        };
        out.report(fault, self.site(format, &path));
    }

    /// Whether the model thinks: by the request, else by default.
    pub(super) fn host_thinks(&self, host: &ChatHost, root: Value<'c>) -> bool {
        asked_to_think(root).unwrap_or_else(|| {
            !host.thinking_is_asked
                && self.budget.model().is_some_and(|model| {
                    matches!(
                        model.abilities().reasoning,
                        Some(Reasoning::Always | Reasoning::DefaultOn)
                    )
                })
        })
    }

    fn host_thinking(
        &self,
        out: &mut Sink<'_>,
        host: &ChatHost,
        root: Value<'c>,
        found: &Found<'c>,
    ) {
        if host.forced_choice
            && let Some(choice) = found.get("tool_choice")
            && (choice.is_str("required") || choice.kind() == Kind::Object)
            && self.host_thinks(host, root)
        {
            let refuses = host.thinking_is_asked
                || self.budget.model().is_some_and(|model| {
                    model.abilities().forced_tool_choice
                        == Some(ForcedToolChoice::NotWhileReasoning)
                });
            if refuses {
                let path = Path::ROOT.field("tool_choice");
                out.report(&faults::HOST_FORCED_CHOICE, self.site(choice, &path));
            }
        }
        let path = Path::ROOT.field("enable_thinking");
        if host.thinking_streamed
            && let Some((value, site)) = self.setting(root, &path)
            && value.kind() == Kind::True
            && !found
                .get("stream")
                .is_some_and(|stream| stream.kind() == Kind::True)
        {
            let verdict = match self.has_quirk(Quirk::ThinkingOnlyStreamed) {
                true => REFUSED,
                // The newest commercial models may accept it.
                false if self.has_quirk(Quirk::ThinkingUnstreamed) => TAKEN,
                false => RISKY,
            };
            out.report(&faults::HOST_THINKING_STREAMED, site.verdict(verdict));
        }
        if host.thinking_types.is_some()
            && let Some(kind) = root.get_path(&["thinking", "type"])
            && let Some(word) = kind.as_str()
            && let Some(types) = self
                .budget
                .model()
                .and_then(|model| model.abilities().thinking_types)
            && !types.contains_word(&word)
        {
            let above = Path::ROOT.field("thinking");
            let path = above.field("type");
            let types: Vec<&str> = types.words().collect();
            out.report(
                &faults::HOST_THINKING_TYPE,
                self.site(kind, &path)
                    .text("got", shown_word(&word))
                    .text("choices", types.join(", "))
                    .verdict(host.thinking_types),
            );
        }
    }

    /// Checks sampling settings that the model does not support according to the registry.
    fn host_sampling(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        let Some(model) = self.budget.model().filter(|_| host.sampling) else {
            return;
        };
        let abilities = model.abilities();
        let path = Path::ROOT.field("temperature");
        if matches!(
            abilities.takes(|sampling| sampling.temperature),
            Some(Takes::OnlyDefault | Takes::No)
        ) && let Some((value, site)) = self.setting(root, &path)
            && value.raw().parse::<f64>().is_ok_and(|number| number != 1.0)
        {
            // Without thinking another value was reported.
            let verdict = match asked_to_think(root) {
                Some(false) => RISKY,
                _ => self.sure(),
            };
            out.report(&faults::HOST_TEMPERATURE, site.verdict(verdict));
        }
        if abilities.takes(|sampling| sampling.penalties) == Some(Takes::No) {
            for (name, camel) in [
                ("presence_penalty", "presencePenalty"),
                ("frequency_penalty", "frequencyPenalty"),
            ] {
                let path = Path::ROOT.field(name);
                let Some((value, site)) = self.setting(root, &path) else {
                    continue;
                };
                let is_zero = value.raw().parse() == Ok(0.0);
                let verdict = if is_zero { RISKY } else { self.sure() };
                out.report(
                    &faults::HOST_PENALTY,
                    site.text("model", model.name().to_owned())
                        .text("camel", camel)
                        .verdict(verdict),
                );
            }
        }
        let path = Path::ROOT.field("stop");
        if abilities.takes(|sampling| sampling.stop) == Some(Takes::No)
            && let Some((value, site)) = self.setting(root, &path)
            && !value.is_empty()
        {
            out.report(
                &faults::HOST_ARGUMENT,
                site.text("model", model.name().to_owned())
                    .text("camel", "stop")
                    .verdict(self.sure()),
            );
        }
    }

    /// Refused if the model's name is in the registry's list.
    pub(super) fn sure(&self) -> Verdict {
        match self.budget.model() {
            Some(model) if model.matched().is_certain() => REFUSED,
            _ => RISKY,
        }
    }

    fn host_efforts(&self, out: &mut Sink<'_>, host: &ChatHost, found: &Found<'c>) {
        let (Some(effort), true) = (found.get("reasoning_effort"), host.efforts) else {
            return;
        };
        let (Some(word), Some(model)) = (effort.as_str(), self.budget.model()) else {
            return;
        };
        let path = Path::ROOT.field("reasoning_effort");
        let site = self
            .site(effort, &path)
            .text("model", model.name().to_owned())
            .text("camel", "reasoningEffort")
            .verdict(self.sure());
        if self.server == Server::Groq && model.provider() == "qwen" {
            if !EFFORTS_OF_QWEN.contains(&&*word) {
                let choices = listed(EFFORTS_OF_QWEN, "or");
                out.report(&faults::HOST_EFFORT, site.text("choices", choices));
            }
            return;
        }
        let Some(efforts) = model.abilities().efforts else {
            return;
        };
        if efforts.contains_word(&word) {
            return;
        }
        if self.server == Server::Xai {
            out.report(&faults::HOST_ARGUMENT, site);
            return;
        }
        let choices: Vec<String> = efforts.words().map(|word| format!("`{word}`")).collect();
        let choices = match choices.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("{}, or {last}", before.join(", "))
            }
            _ => choices.join(""),
        };
        out.report(&faults::HOST_EFFORT, site.text("choices", choices));
    }

    fn host_tools(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>, found: &Found<'c>) {
        if let Some(most) = host.streamed_above {
            let streams = found
                .get("stream")
                .is_some_and(|stream| stream.kind() == Kind::True);
            for name in ["max_tokens", "max_completion_tokens"] {
                let path = Path::ROOT.field(name);
                if let Some((value, site)) = self.setting(root, &path)
                    && value.as_u64().is_some_and(|tokens| tokens > most)
                    && !streams
                {
                    out.report(&faults::HOST_STREAM, site.number("most", most));
                }
            }
        }
        let Some(tools) = found.list("tools") else {
            return;
        };
        if !(host.one_strict || host.parameters || host.own_schemas) {
            return;
        }
        let path = Path::ROOT.field("tools");
        let (mut strict, mut others) = (0, 0);
        for (nth, tool) in tools.items().enumerate() {
            let Some(function) = tool
                .get_some("function")
                .filter(|function| function.kind() == Kind::Object)
            else {
                continue;
            };
            match function.get("strict").map(|strict| strict.kind()) {
                Some(Kind::True) => strict += 1,
                _ => others += 1,
            }
            let item = path.item(nth);
            let there = item.field("function");
            let parameters = function.get_some("parameters");
            if host.parameters
                && parameters.is_none_or(|value| value.kind() == Kind::Object && value.is_empty())
            {
                let path = there.field("parameters");
                let site = match parameters {
                    Some(value) => self.site(value, &path),
                    None => self.lacking(function, &path),
                };
                out.report(&faults::HOST_NO_PARAMETERS, site);
            }
            if host.own_schemas {
                self.moonshot_function(out, function, &there);
            }
        }
        if host.one_strict && strict > 0 && others > 0 {
            out.report(&faults::HOST_STRICT_MIXED, self.site(tools, &path));
        }
    }
}

/// Whether the request turns thinking on or off; `None` if it sets neither.
fn asked_to_think(root: Value<'_>) -> Option<bool> {
    let [thinking, enable, effort, template] = root.get_all([
        "thinking",
        "enable_thinking",
        "reasoning_effort",
        "chat_template_kwargs",
    ]);
    if let Some(kind) = thinking.and_then(|thinking| thinking.get_some("type")) {
        return Some(!kind.is_str("disabled"));
    }
    if let Some(on) = enable.and_then(|enable| enable.as_bool()) {
        return Some(on);
    }
    let by_template = template.and_then(|template| {
        let [enable, thinking] = template.get_all(["enable_thinking", "thinking"]);
        enable.or(thinking)?.as_bool()
    });
    by_template.or_else(|| {
        effort
            .is_some_and(|effort| effort.is_str("none"))
            .then_some(false)
    })
}
