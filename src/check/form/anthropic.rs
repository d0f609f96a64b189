//! Settings of Anthropic's Messages API beyond types and ranges. The fields are in
//! `provider/anthropic/fields.rs`; tools are in `anthropic_tools.rs`, blocks in
//! `anthropic_blocks.rs`, cache marks in `anthropic_marks.rs`.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.1.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::{anthropic as faults, fields};
use super::super::path::{Path, shown};
use super::super::server::{REFUSED, RISKY, Server, TAKEN, Verdict};
use super::fields::Found;
use super::misfit::Misfit;
use crate::json::{Kind, Value};
use crate::model::{ContextEdit, Quirk, Reasoning, Takes, ThinkingType};
use crate::provider::anthropic::fields::{FIELDS, LEAST_THINKING};
use crate::provider::field::{FieldType, MOST};
use crate::shown::shown_word;
use crate::words::listed;

impl<'c> Context<'c> {
    pub(in crate::check) fn anthropic_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        if root.get("messages").is_none() {
            self.lacks_first(out, root, "messages");
        }
        let found = self.fields(out, root, &Path::ROOT, FIELDS);
        if found.get("max_tokens").is_none() && !self.budget.only_counts() {
            let path = Path::ROOT.field("max_tokens");
            let site = self.lacking(root, &path);
            out.report(
                &faults::NO_OUTPUT_LIMIT,
                site.verdict(self.needs_output_limit()),
            );
        }
        if let Some(list) = found.get("messages").filter(|_| self.unread.is_some()) {
            self.anthropic_shape(out, list);
        }
        self.anthropic_values(out, &found);
        let thinks = self.thinking_settings(out, &found);
        self.anthropic_sampling(out, &found, thinks);
        self.anthropic_output(out, &found);
        self.context_edits(out, &found, thinks);
        self.anthropic_tools(out, &found);
        if self.unread.is_none() {
            self.anthropic_blocks(out, &found);
            self.anthropic_members(out);
        }
    }

    /// Verdict on a request without an output limit. The endpoint that counts tokens requires none,
    /// and its requests have the same shape; gateways set a limit of their own.
    fn needs_output_limit(&self) -> Verdict {
        let is_known = matches!(
            self.server,
            Server::Anthropic | Server::Bedrock | Server::Google
        );
        let is_said = self.budget.named_host().is_some() || self.request.format_is_given();
        if is_known && is_said { REFUSED } else { RISKY }
    }

    /// Checks values of settings that are lists, objects or words.
    fn anthropic_values(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let path = Path::ROOT.field("stop_sequences");
        for (nth, stop) in found
            .list("stop_sequences")
            .into_iter()
            .flat_map(Value::items)
            .enumerate()
        {
            let there = path.item(nth);
            match stop.as_str() {
                Some(text) if text.trim().is_empty() => {
                    out.report(&faults::BLANK_STOP, self.site(stop, &there));
                }
                Some(_) => {}
                None => self.misfits(out, stop, &there, Misfit::mistyped("a string", stop)),
            }
        }
        if let Some(metadata) = found.object("metadata") {
            let path = Path::ROOT.field("metadata");
            self.only_members(out, metadata, &path, &["user_id"], "metadata");
            if let Some(id) = metadata.get_some("user_id") {
                self.is_of_type(out, &FieldType::Str(0), id, &path.field("user_id"));
            }
        }
        if let (Some(speed), Some(model)) = (found.get("speed"), self.budget.model())
            && speed.is_str("fast")
        {
            let verdict = match model.abilities().fast_mode {
                Some(true) => TAKEN,
                Some(false) => self.strictness.settings,
                None => self.strictness.settings.and(RISKY),
            };
            let path = Path::ROOT.field("speed");
            let site = self.site(speed, &path);
            out.report(&faults::SPEED, site.verdict(verdict));
        }
        let most = match self.server {
            Server::Bedrock => 20 << 20,
            Server::Google => 30 << 20,
            _ => 32 << 20,
        };
        let bytes = self.request.text().len();
        if bytes > most {
            let site = self.site(self.request.fields(), &Path::ROOT);
            let site = site.count("got", bytes).count("most", most);
            out.report(&faults::LARGE_REQUEST, site);
        }
    }

    /// Reports unknown members of an object. `spelled` is its place in the API's spelling.
    pub(super) fn only_members(
        &self,
        out: &mut Sink<'_>,
        object: Value<'c>,
        path: &Path<'_>,
        known: &[&str],
        spelled: &str,
    ) {
        for (key, value) in object.entries() {
            let key = key.as_str().unwrap_or_default();
            if known.contains(&&*key) {
                continue;
            }
            let there = path.field(&key);
            let site = self
                .site(value, &there)
                .text("field", shown(&key))
                .text("dotted", format!("{spelled}.{}", shown(&key)));
            let verdict = self.strictness.settings;
            out.report(&fields::UNKNOWN_MEMBER, site.verdict(verdict));
        }
    }

    /// Checks messages that could not be read and reports what each lacks.
    fn anthropic_shape(&self, out: &mut Sink<'_>, list: Value<'c>) {
        for (nth, message) in list.items().enumerate() {
            let messages = Path::MESSAGES;
            let path = messages.item(nth);
            if message.kind() != Kind::Object {
                continue;
            }
            for name in ["role", "content"] {
                if message.get_some(name).is_none() {
                    let there = path.field(name);
                    let site = self.lacking(message, &there);
                    out.report(&fields::MISSING, site.verdict(REFUSED));
                }
            }
        }
    }

    /// Checks the type of thinking, its budget, and excluded settings. Returns whether the model
    /// thinks; `None` if the request leaves it to the model.
    fn thinking_settings(&self, out: &mut Sink<'_>, found: &Found<'c>) -> Option<bool> {
        let thinking = found.object("thinking")?;
        let path = Path::ROOT.field("thinking");
        let there = path.field("type");
        let Some(kind) = thinking.get_some("type") else {
            out.report(
                &fields::MISSING,
                self.lacking(thinking, &there).unanswered(),
            );
            return None;
        };
        let word = kind.as_str()?;
        match &*word {
            "enabled" => {
                self.thinking_type(out, kind, &there, ThinkingType::Enabled);
                self.thinking_budget(out, found, thinking, &path);
                Some(true)
            }
            "adaptive" => {
                self.thinking_type(out, kind, &there, ThinkingType::Adaptive);
                Some(true)
            }
            "disabled" => {
                self.thinking_off(out, found, kind, &there);
                let display = path.field("display");
                if let Some(value) = thinking.get_some("display") {
                    let site = self.site(value, &display);
                    out.report(&faults::DISPLAY_WITHOUT_THINKING, site);
                }
                Some(false)
            }
            _ => None,
        }
    }

    fn thinking_type(
        &self,
        out: &mut Sink<'_>,
        value: Value<'c>,
        path: &Path<'_>,
        kind: ThinkingType,
    ) {
        let types = self
            .budget
            .model()
            .and_then(|model| model.abilities().thinking_types);
        let Some(types) = types.filter(|types| !types.contains(kind)) else {
            return;
        };
        let site = self.site(value, path).text("type", kind.as_str());
        // Models without thinking: their answer was not seen.
        match (kind, types.is_empty()) {
            (ThinkingType::Adaptive, _) => out.report(&faults::ADAPTIVE_THINKING, site),
            (_, true) => out.report(
                &faults::NO_THINKING,
                site.verdict(self.strictness.settings.and(RISKY)),
            ),
            (_, false) => out.report(&faults::THINKING_TYPE, site),
        }
    }

    /// Checks thinking that is turned off: some models do not support that, others not at high
    /// efforts.
    fn thinking_off(
        &self,
        out: &mut Sink<'_>,
        found: &Found<'c>,
        value: Value<'c>,
        path: &Path<'_>,
    ) {
        let Some(model) = self.budget.model() else {
            return;
        };
        let abilities = model.abilities();
        let off = ThinkingType::Disabled;
        let site = self.site(value, path).text("type", off.as_str());
        let settings = self.strictness.settings;
        if abilities
            .thinking_types
            .is_some_and(|types| !types.is_empty() && !types.contains(off))
        {
            let disputed = abilities.has(Quirk::ThinkingOffDisputed);
            let verdict = if disputed {
                settings.and(RISKY)
            } else {
                settings
            };
            out.report(&faults::THINKING_TYPE, site.verdict(verdict));
            return;
        }
        let effort = found
            .object("output_config")
            .and_then(|config| config.get_some("effort"))
            .and_then(|effort| effort.as_str());
        if let (Some(efforts), Some(effort)) = (abilities.reasoning_off_efforts, effort)
            && abilities
                .efforts
                .is_some_and(|known| known.contains_word(&effort))
            && !efforts.contains_word(&effort)
        {
            out.report(
                &faults::THINKING_OFF_AT_EFFORT,
                site.text("effort", effort.into_owned()),
            );
        }
    }

    fn thinking_budget(
        &self,
        out: &mut Sink<'_>,
        found: &Found<'c>,
        thinking: Value<'c>,
        path: &Path<'_>,
    ) {
        let there = path.field("budget_tokens");
        let Some(value) = thinking.get_some("budget_tokens") else {
            out.report(
                &fields::MISSING,
                self.lacking(thinking, &there).unanswered(),
            );
            return;
        };
        let Some(tokens) = value.as_u64() else {
            self.is_of_type(
                out,
                &FieldType::Int(LEAST_THINKING as i64, MOST),
                value,
                &there,
            );
            return;
        };
        if tokens < LEAST_THINKING {
            let site = self.site(value, &there).number("got", tokens);
            out.report(
                &faults::SMALL_THINKING_BUDGET,
                site.number("least", LEAST_THINKING),
            );
            return;
        }
        let limit = found.get("max_tokens");
        if let Some(limit) = limit.filter(|limit| limit.as_u64().is_some_and(|most| most <= tokens))
        {
            // With a beta the model may think between calls beyond the limit of one answer.
            let tools = found.get("tools").is_some_and(|tools| !tools.is_empty());
            let settings = self.strictness.settings;
            let verdict = if tools { settings.and(RISKY) } else { settings };
            let path = Path::ROOT.field("max_tokens");
            let site = self.site(limit, &path).number("got", tokens);
            out.report(&faults::THINKING_OVER_MAX_TOKENS, site.verdict(verdict));
        }
    }

    /// Checks temperature, `top_p` and `top_k`, by model and by thinking.
    fn anthropic_sampling(&self, out: &mut Sink<'_>, found: &Found<'c>, thinks: Option<bool>) {
        let [temperature, top_p, top_k] =
            ["temperature", "top_p", "top_k"].map(|name| found.number(name));
        let root = Path::ROOT;
        let values = [
            (temperature, root.field("temperature"), "temperature"),
            (top_p, root.field("top_p"), "top_p"),
            (top_k, root.field("top_k"), "top_k"),
        ];
        self.claude_sampling(out, values);
        let while_thinking = [
            (
                temperature.filter(|value| number_of(*value) != Some(1.0)),
                &faults::TEMPERATURE_WITH_THINKING,
                "temperature",
            ),
            (
                top_p.filter(|value| number_of(*value).is_some_and(|n| n < 0.95)),
                &faults::TOP_P_WITH_THINKING,
                "top_p",
            ),
            (top_k, &faults::TOP_K_WITH_THINKING, "top_k"),
        ];
        for (value, fault, name) in while_thinking {
            if let (Some(value), Some(true)) = (value, thinks)
                && self.claude_takes(name) != Some(Takes::No)
            {
                let path = root.field(name);
                out.report(fault, self.site(value, &path));
            }
        }
    }

    fn claude_takes(&self, name: &str) -> Option<Takes> {
        self.budget.model()?.abilities().takes(|all| match name {
            "temperature" => all.temperature,
            "top_p" => all.top_p,
            _ => all.top_k,
        })
    }

    /// Checks sampling parameters that the model does not support, or not together: the value of
    /// each, its path, and its name in Anthropic's spelling.
    pub(super) fn claude_sampling(
        &self,
        out: &mut Sink<'_>,
        values: [(Option<Value<'c>>, Path<'_>, &'static str); 3],
    ) {
        let settings = self.strictness.settings;
        for (value, path, name) in &values {
            if let Some(value) = *value
                && self.claude_takes(name) == Some(Takes::No)
            {
                // The default value was both refused and accepted.
                let number = number_of(value);
                let default = match *name {
                    "temperature" => number == Some(1.0),
                    "top_p" => number.is_some_and(|n| n >= 0.99),
                    _ => false,
                };
                let verdict = if default {
                    settings.and(RISKY)
                } else {
                    settings
                };
                let site = self.site(value, path).text("field", *name);
                out.report(&faults::SAMPLING, site.verdict(verdict));
            }
        }
        if let [(Some(temperature), path, _), (Some(_), ..), _] = &values
            && self.claude_takes("top_p") == Some(Takes::OneOfTemperatureAndTopP)
        {
            out.report(
                &faults::TEMPERATURE_AND_TOP_P,
                self.site(*temperature, path),
            );
        }
    }

    /// Checks `output_config`: effort, answer format, task budget.
    fn anthropic_output(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let path = Path::ROOT.field("output_config");
        if let Some(config) = found.object("output_config") {
            let [effort, format, budget] = config.get_all(["effort", "format", "task_budget"]);
            if let Some(effort) = effort {
                self.anthropic_effort(out, effort, &path.field("effort"));
            }
            if let Some(format) = format {
                self.answer_format(out, format, &path.field("format"));
            }
            if let (Some(budget), Some(model)) = (budget, self.budget.model())
                && model.abilities().task_budget == Some(false)
            {
                let path = path.field("task_budget");
                let verdict = self.strictness.settings.and(RISKY);
                out.report(
                    &faults::TASK_BUDGET,
                    self.site(budget, &path).verdict(verdict),
                );
            }
        }
        if let Some(format) = found.object("output_format") {
            self.answer_format(out, format, &Path::ROOT.field("output_format"));
        }
    }

    fn anthropic_effort(&self, out: &mut Sink<'_>, effort: Value<'c>, path: &Path<'_>) {
        let efforts = self
            .budget
            .model()
            .and_then(|model| model.abilities().efforts);
        let (Some(efforts), Some(word)) = (efforts, effort.as_str()) else {
            return;
        };
        if efforts.is_empty() {
            out.report(&faults::NO_EFFORT, self.site(effort, path));
            return;
        }
        if efforts.contains_word(&word) {
            return;
        }
        // The order in which the API lists them.
        let mut supported: Vec<&str> = efforts.words().collect();
        supported.sort_unstable();
        let site = self
            .site(effort, path)
            .text("value", shown_word(&word))
            .text("efforts", supported.join(", "))
            .text("choices", listed(&supported, "or"));
        out.report(
            &faults::EFFORT_LEVEL,
            site.verdict(self.strictness.settings),
        );
    }

    /// Checks context edits that require thinking, and settings that exclude compaction.
    fn context_edits(&self, out: &mut Sink<'_>, found: &Found<'c>, thinks: Option<bool>) {
        let settings = self.strictness.settings;
        let path = Path::ROOT.field("context_management");
        let edits = found
            .object("context_management")
            .and_then(|management| management.get_some("edits"));
        for (nth, edit) in edits.into_iter().flat_map(Value::items).enumerate() {
            let clears = edit
                .get("type")
                .is_some_and(|kind| kind.is_str(ContextEdit::ClearThinking.as_str()));
            if !clears || thinks == Some(true) {
                continue;
            }
            // A model that thinks by default may need no setting.
            let by_itself = self.budget.model().is_some_and(|model| {
                matches!(
                    model.abilities().reasoning,
                    Some(Reasoning::Always | Reasoning::DefaultOn)
                )
            });
            let risky = thinks.is_none() && by_itself;
            let verdict = if risky { settings.and(RISKY) } else { settings };
            let there = path.field("edits");
            let there = there.item(nth);
            let site = self.site(edit, &there).verdict(verdict);
            out.report(&faults::CLEAR_WITHOUT_THINKING, site);
        }
        if let Some(compaction) = found.get("compaction") {
            let path = Path::ROOT.field("compaction");
            let has = |name: &str| {
                found
                    .object("output_config")
                    .is_some_and(|config| config.get_some(name).is_some())
            };
            let others = [
                (
                    found.get("context_management").is_some(),
                    "context_management",
                ),
                (found.get("stop_sequences").is_some(), "stop_sequences"),
                (has("format"), "output_config.format"),
            ];
            for (_, other) in others.into_iter().filter(|(there, _)| *there) {
                let site = self.site(compaction, &path).text("other", other);
                out.report(&faults::COMPACTION_WITH, site);
            }
        }
    }
}

/// Returns the value of a number.
pub(super) fn number_of(value: Value<'_>) -> Option<f64> {
    value.raw().parse().ok()
}
