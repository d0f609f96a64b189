//! Rules of individual hosts of the Chat Completions format. `check/hosts.rs` lists which rules
//! apply to which host.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::hosts as faults;
use super::super::hosts::{CallIds, ChatHost, chat_host};
use super::super::path::{Path, api_name, shown};
use super::super::server::{REFUSED, RISKY, Server, TAKEN, Verdict};
use super::fields::Found;
use super::misfit::spelled_number;
use crate::json::{Kind, Value};
use crate::model::{ForcedToolChoice, Host, Quirk, Reasoning, Takes};
use crate::provider::openai_chat::fields::FIELDS;
use crate::request::{CallKind, Role};
use crate::shown::{hidden_text, is_api_field, shown_word};
use crate::words::listed;

/// Maximum depth that is checked. No API accepts a schema this deep.
const DEEPEST: usize = 48;
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
    fn setting<'s>(&self, root: Value<'c>, path: &'s Path<'s>) -> Option<(Value<'c>, Site<'s>)> {
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
    fn host_thinks(&self, host: &ChatHost, root: Value<'c>) -> bool {
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
    fn sure(&self) -> Verdict {
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

    fn moonshot_function(&self, out: &mut Sink<'_>, function: Value<'c>, path: &Path<'_>) {
        if let Some(name) = function.get_some("name")
            && let Some(text) = name.as_str()
            && !text.is_empty()
            && !text.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            let there = path.field("name");
            out.report(&faults::HOST_TOOL_NAME, self.site(name, &there));
        }
        let Some(schema) = function
            .get_some("parameters")
            .filter(|schema| schema.kind() == Kind::Object)
        else {
            return;
        };
        let there = path.field("parameters");
        if !schema.is_empty() && !schema.get("type").is_some_and(|kind| kind.is_str("object")) {
            out.report(&faults::HOST_SCHEMA_ROOT, self.site(schema, &there));
        }
        self.moonshot_schema(out, schema, &there, 0, TAKEN);
    }

    /// Checks a schema for Moonshot; `untyped` is the verdict on a missing type.
    fn moonshot_schema(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        depth: usize,
        untyped: Verdict,
    ) {
        if depth > DEEPEST {
            return;
        }
        let place = || {
            let pointer = path.pointer();
            let below = pointer.split_once("/parameters/").map(|(_, below)| below);
            below.unwrap_or_default().replace('/', ".")
        };
        match schema.kind() {
            Kind::Object => {}
            Kind::True | Kind::False => {
                out.report(&faults::HOST_SCHEMA_BOOLEAN, self.site(schema, path));
                return;
            }
            _ => return,
        }
        let [
            kind,
            reference,
            description,
            any_of,
            one_of,
            all_of,
            properties,
            required,
            items,
            defs,
            definitions,
        ] = schema.get_all([
            "type",
            "$ref",
            "description",
            "anyOf",
            "oneOf",
            "allOf",
            "properties",
            "required",
            "items",
            "$defs",
            "definitions",
        ]);
        let branches = [any_of, one_of, all_of];
        if kind.is_none() && reference.is_none() && branches.iter().all(Option::is_none) {
            let site = self.site(schema, path).text("where", place());
            out.report(&faults::HOST_SCHEMA_TYPE, site.verdict(untyped));
        }
        if reference.is_some() && description.is_some() {
            out.report(&faults::HOST_SCHEMA_REF, self.site(schema, path));
        }
        if kind.is_some() && any_of.is_some() {
            // The API for coding refuses it, the other one accepts it.
            let verdict = match self.budget.host() {
                Some(Host::KimiCoding) => REFUSED,
                _ => RISKY,
            };
            let site = self.site(schema, path).text("where", place());
            out.report(&faults::HOST_SCHEMA_ANY_OF, site.verdict(verdict));
        }
        if let Some(required) = required.filter(|_| properties.is_some() || kind.is_some()) {
            self.moonshot_required(out, properties, required, &path.field("required"));
        }
        for (keyword, map) in [
            ("properties", properties),
            ("$defs", defs),
            ("definitions", definitions),
        ] {
            let there = path.field(keyword);
            for (name, value) in map.into_iter().flat_map(Value::entries) {
                let name = name.as_str().unwrap_or_default();
                self.moonshot_schema(out, value, &there.field(&name), depth + 1, REFUSED);
            }
        }
        if let Some(items) = items {
            self.moonshot_schema(out, items, &path.field("items"), depth + 1, RISKY);
        }
        for (keyword, list) in ["anyOf", "oneOf", "allOf"].into_iter().zip(branches) {
            let there = path.field(keyword);
            for (nth, value) in list.into_iter().flat_map(Value::items).enumerate() {
                self.moonshot_schema(out, value, &there.item(nth), depth + 1, RISKY);
            }
        }
    }

    /// Linear, using a sorted list of names.
    fn moonshot_required(
        &self,
        out: &mut Sink<'_>,
        properties: Option<Value<'c>>,
        required: Value<'c>,
        path: &Path<'_>,
    ) {
        let mut names: Vec<_> = properties
            .into_iter()
            .flat_map(Value::entries)
            .filter_map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        for (nth, name) in required.items().enumerate() {
            if let Some(text) = name.as_str()
                && names.binary_search(&text).is_err()
            {
                let there = path.item(nth);
                let site = self.site(name, &there);
                out.report(&faults::HOST_SCHEMA_REQUIRED, site.name("property", text));
            }
        }
    }

    /// Checks the fields of messages.
    fn host_messages(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        let Some(known) = host.message else {
            return;
        };
        let Some(messages) = root.get_some("messages") else {
            return;
        };
        for (at, message) in messages.items().enumerate() {
            let item = Path::MESSAGES.item(at);
            let role = message.get("role").and_then(|role| role.as_str());
            let is_tool = role.as_deref() == Some("tool");
            for (key, value) in message.entries() {
                let key = key.as_str().unwrap_or_default();
                let takes =
                    known.contains(&&*key) && !(is_tool && &*key == "name" && host.no_name_of_tool);
                if takes {
                    continue;
                }
                let verdict = match host.unsure_in_message.contains(&&*key) {
                    true => RISKY,
                    false => REFUSED,
                };
                let name = api_name(&key);
                let path = item.field(name);
                let site = match name == key {
                    true => self.site(value, &path),
                    false => self
                        .site(value, &path)
                        .text(
                            "param",
                            format!("{}.{}", item.param(), hidden_text(key.len())),
                        )
                        .unanswered(),
                };
                let site = site
                    .count("at", at)
                    .text("field", shown(&key))
                    .text("role", shown_word(role.as_deref().unwrap_or_default()))
                    .verdict(verdict);
                out.report(&faults::HOST_MESSAGE_FIELD, site);
            }
        }
    }

    fn host_history(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        if host.reasoning_comes_back
            && self.has_quirk(Quirk::ReasoningContentHasToComeBack)
            && self.host_thinks(host, root)
            // A dated name of a model accepts it.
            && self.budget.model().is_some_and(|model| model.listed_name() == model.id())
        {
            for message in self.request.messages() {
                if message.tool_calls().len() > 0
                    && message.value().get_some("reasoning_content").is_none()
                {
                    let at = message.list_index().unwrap_or_default();
                    let site = Site::at(message.value(), message.pointer()).count("at", at);
                    out.report(&faults::HOST_REASONING_LOST, site);
                }
            }
        }
        if host.call_type {
            self.call_types(out);
        }
        self.call_ids(out, host.call_ids);
        if host.needs_user
            && !self.request.layout().messages.is_empty()
            && !self
                .request
                .messages()
                .any(|message| matches!(message.role(), Role::User | Role::Tool))
        {
            let site = Site::at(self.request.list_value(), self.request.list_pointer());
            out.report(&faults::HOST_NO_USER, site);
        }
        if host.alternates {
            self.alternation(out);
        }
        if host.needs_content {
            self.contents_are_there(out);
        }
        self.images_of_host(out, host);
        if self.server == Server::Bedrock
            && let Some(model) = self.budget.model()
            && model.provider() == "openai"
        {
            let path = Path::ROOT.field("logit_bias");
            if let Some((_, site)) = self.setting(root, &path) {
                out.report(&faults::HOST_FIELD, site.verdict(REFUSED));
            }
        }
        if self.server == Server::OvhCloud {
            let path = Path::ROOT.field("parallel_tool_calls");
            if let Some((value, site)) = self.setting(root, &path)
                && value.kind() == Kind::False
            {
                out.report(&faults::HOST_FIELD, site.verdict(REFUSED));
            }
        }
    }

    fn call_types(&self, out: &mut Sink<'_>) {
        for message in self.request.messages() {
            for call in message.tool_calls() {
                if call.kind() != CallKind::LegacyFunction
                    && call.value().get_some("type").is_none()
                {
                    let pointer = call.pointer();
                    let place = pointer.trim_start_matches('/').replace('/', ".");
                    let site = Site::at(call.value(), pointer);
                    out.report(&faults::HOST_CALL_TYPE, site.text("place", place));
                }
            }
        }
    }

    fn call_ids(&self, out: &mut Sink<'_>, ids: CallIds) {
        let verdict = match ids {
            CallIds::Any => return,
            CallIds::NineOfMistral => REFUSED,
            CallIds::NineOfSome if self.has_quirk(Quirk::CallIdsOfNine) => REFUSED,
            CallIds::NineOfSome if self.has_quirk(Quirk::CallIdsOfAnyForm) => return,
            // Refused in 2025; other models have accepted it since.
            CallIds::NineOfSome => RISKY,
        };
        for message in self.request.messages() {
            for call in message.tool_calls() {
                let Some(id) = call.id().filter(|id| !id.is_empty()) else {
                    continue;
                };
                if id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    continue;
                }
                if let Some((value, pointer)) = call.id_place() {
                    let site = Site::at(value, pointer).name("id", id.into_owned());
                    out.report(&faults::HOST_CALL_ID, site.verdict(verdict));
                }
            }
        }
    }

    /// Reports the first message out of turn.
    fn alternation(&self, out: &mut Sink<'_>) {
        let mut before: Option<(bool, bool)> = None;
        for message in self.request.messages() {
            let is_assistant = match message.role() {
                Role::Assistant => true,
                Role::User | Role::Tool => false,
                _ => continue,
            };
            let is_tool = message.role() == Role::Tool;
            let wrong = match before {
                None => is_assistant,
                // It is not known whether several results count as one.
                Some((assistant, tool)) => assistant == is_assistant && !is_tool && !tool,
            };
            if wrong {
                let site = Site::at(message.value(), message.pointer());
                out.report(&faults::HOST_ALTERNATION, site);
                return;
            }
            before = Some((is_assistant, is_tool));
        }
    }

    fn contents_are_there(&self, out: &mut Sink<'_>) {
        for message in self.request.messages() {
            let content = message.content_value().filter(|content| !content.is_null());
            if content.is_some_and(|content| !content.is_empty()) {
                continue;
            }
            let verdict = match content {
                _ if message.tool_calls().len() > 0 => continue,
                // An empty string may count as an element.
                Some(content) if content.kind() == Kind::String => RISKY,
                _ => REFUSED,
            };
            let site = Site::at(message.value(), message.pointer());
            out.report(&faults::HOST_NO_CONTENT, site.verdict(verdict));
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
