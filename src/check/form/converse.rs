//! Rules of Bedrock's Converse: constraints of its service model, and what its models support.
//! `converse_tools.rs` checks tools and their choice, `converse_files.rs` documents and images.
//!
//! Source: docs/evidence/validation_other_providers.md, section C.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::{converse as faults, fields};
use super::super::path::Path;
use super::super::server::{Dialect, RISKY, Verdict};
use super::anthropic_blocks::is_blank;
use super::anthropic_tools::is_word;
use super::misfit::{misfit, word_slots};
use crate::json::{Kind, Value};
use crate::model::{ConverseField, ConverseTraits};
use crate::provider::field::{FieldType, MOST};
use crate::request::{Message, Part, PartKind, Role, ToolCall, ToolResult};

const ID_PATTERN: &str = "[a-zA-Z0-9_.:-]+";
const NAME_PATTERN: &str = "[a-zA-Z0-9_-]+";
const LONGEST_NAME: usize = 64;
const MOST_STOPS: usize = 2_500;
/// Maximum number of documents in one message.
const MOST_DOCUMENTS: usize = 5;

impl<'c> Context<'c> {
    pub(in crate::check) fn converse_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.inference_config(out, root);
        self.converse_system(out, root);
        self.tool_config(out, root);
        if self.unread.is_some() {
            return;
        }
        let mut names = HashSet::new();
        let traits = self.converse_traits();
        for message in self.request.messages() {
            if message.list_index().is_some() {
                self.converse_message(out, &message, &traits, &mut names);
            }
        }
    }

    pub(super) fn converse_traits(&self) -> ConverseTraits {
        self.budget
            .model()
            .and_then(|model| model.abilities().converse)
            .unwrap_or(ConverseTraits::NONE)
    }

    /// Whether the model is one of Anthropic's.
    pub(super) fn is_claude(&self) -> bool {
        self.budget
            .model()
            .is_some_and(|model| model.provider() == "anthropic")
    }

    fn inference_config(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let path = Path::ROOT.field("inferenceConfig");
        let Some(config) = root
            .get_some("inferenceConfig")
            .filter(|config| config.kind() == Kind::Object)
        else {
            return self.additional_fields(out, root, None, None);
        };
        let [max_tokens, temperature, top_p, stops] =
            config.get_all(["maxTokens", "temperature", "topP", "stopSequences"]);
        for (name, value, is) in [
            ("maxTokens", max_tokens, FieldType::Int(1, MOST)),
            ("temperature", temperature, FieldType::Dec(0.0, 1.0)),
            ("topP", top_p, FieldType::Dec(0.0, 1.0)),
        ] {
            if let Some(value) = value {
                self.converse_number(out, &is, value, &path.field(name));
            }
        }
        let there = path.field("stopSequences");
        if let Some(stops) = stops.filter(|stops| stops.kind() != Kind::Array) {
            self.is_of_type(out, &FieldType::List("a list of strings"), stops, &there);
        } else if let Some(stops) = stops {
            let count = stops.items().count();
            if count > MOST_STOPS {
                let site = self.site(stops, &there).count("count", count);
                out.report(&faults::CONVERSE_MANY_STOPS, site.count("most", MOST_STOPS));
            }
            for (nth, stop) in stops
                .items()
                .enumerate()
                .filter(|(_, stop)| stop.is_empty())
            {
                let there = there.item(nth);
                out.report(&faults::CONVERSE_EMPTY, self.site(stop, &there));
            }
        }
        let without = self.converse_traits().without;
        for (field, name, value) in [
            (ConverseField::Temperature, "temperature", temperature),
            (ConverseField::TopP, "topP", top_p),
            (ConverseField::StopSequences, "stopSequences", stops),
        ] {
            if let Some(value) = value
                && without.is_some_and(|without| without.contains(field))
            {
                let there = path.field(name);
                let site = self.site(value, &there).text("field", name);
                out.report(&faults::CONVERSE_FIELD, site);
            }
        }
        self.additional_fields(out, root, temperature, top_p);
    }

    /// Checks sampling of Anthropic's models, whose `top_k` is among the additional fields.
    fn additional_fields(
        &self,
        out: &mut Sink<'_>,
        root: Value<'c>,
        temperature: Option<Value<'c>>,
        top_p: Option<Value<'c>>,
    ) {
        if !self.is_claude() {
            return;
        }
        let config = Path::ROOT.field("inferenceConfig");
        let more = Path::ROOT.field("additionalModelRequestFields");
        let top_k = root.get_path(&["additionalModelRequestFields", "top_k"]);
        self.claude_sampling(
            out,
            [
                (temperature, config.field("temperature"), "temperature"),
                (top_p, config.field("topP"), "top_p"),
                (top_k, more.field("top_k"), "top_k"),
            ],
        );
    }

    fn converse_number(
        &self,
        out: &mut Sink<'_>,
        is: &FieldType,
        value: Value<'c>,
        path: &Path<'_>,
    ) {
        let Some(found) = misfit(is, value) else {
            return;
        };
        let fault: &Fault = match found.fault.name {
            name if name == fields::INTEGER_ABOVE.name || name == fields::DECIMAL_ABOVE.name => {
                &faults::CONVERSE_ABOVE
            }
            name if name == fields::INTEGER_BELOW.name || name == fields::DECIMAL_BELOW.name => {
                &faults::CONVERSE_BELOW
            }
            _ => found.fault,
        };
        let site = self
            .site(value, path)
            .slots(found.slots)
            .text("place", path.dotted());
        out.report(fault, site);
    }

    fn converse_system(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let Some(system) = root.get_some("system") else {
            return;
        };
        let path = Path::ROOT.field("system");
        for (nth, block) in system.items().enumerate() {
            let item = path.item(nth);
            if let Some(text) = block.get_some("text") {
                let there = item.field("text");
                if text.is_empty() {
                    out.report(&faults::CONVERSE_EMPTY, self.site(text, &there));
                } else if is_blank(text) {
                    let verdict = self.strictness.settings.and(RISKY);
                    let site = self.site(text, &there).verdict(verdict);
                    out.report(&faults::CONVERSE_BLANK_SYSTEM, site);
                }
            } else if let Some(mark) = block.get_some("cachePoint") {
                self.cache_point(out, mark, format!("{}/cachePoint", item.pointer()));
            }
        }
        let without = self.converse_traits().without;
        if without.is_some_and(|without| without.contains(ConverseField::System)) {
            let site = self.site(system, &path).text("field", "system");
            out.report(&faults::CONVERSE_FIELD, site);
        }
    }

    /// Checks the name of a tool, in its definition and in its calls.
    pub(super) fn converse_name(&self, out: &mut Sink<'_>, name: Value<'_>, pointer: String) {
        let Some(text) = name.as_str() else {
            return;
        };
        self.constrained(
            out,
            [&faults::CONVERSE_TOOL_NAME, &faults::CONVERSE_LONG_NAME],
            name,
            pointer,
            (NAME_PATTERN, is_word(&text, usize::MAX, b"_-")),
        );
    }

    /// Checks a string against a pattern and a maximum of 64 characters. The first fault is for the
    /// pattern, the second for the length.
    fn constrained(
        &self,
        out: &mut Sink<'_>,
        faults: [&Fault; 2],
        value: Value<'_>,
        pointer: String,
        (pattern, matches): (&'static str, bool),
    ) {
        let text = value.as_str().unwrap_or_default();
        let place = members(&pointer);
        let length = text.chars().count();
        if !matches {
            let site = Site::at(value, pointer).name("value", text);
            let site = site.text("place", place).text("pattern", pattern);
            out.report(faults[0], site);
        } else if length > LONGEST_NAME {
            let site = Site::at(value, pointer).count("length", length);
            out.report(faults[1], site.count("most", LONGEST_NAME));
        }
    }

    /// Checks a value of an enum.
    pub(super) fn converse_word(
        &self,
        out: &mut Sink<'_>,
        words: &[&str],
        value: Value<'_>,
        pointer: String,
    ) {
        let Some(word) = value.as_str().filter(|word| !words.contains(&&**word)) else {
            return;
        };
        let place = members(&pointer);
        let site = Site::at(value, pointer)
            .text("place", place)
            .text("words", words.join(", "))
            .slots(word_slots(&word, words));
        out.report(&faults::CONVERSE_WORD, site);
    }

    fn converse_message(
        &self,
        out: &mut Sink<'_>,
        message: &Message<'_>,
        traits: &ConverseTraits,
        names: &mut HashSet<Cow<'c, str>>,
    ) {
        self.converse_role(out, message, traits);
        for call in message.tool_calls() {
            self.converse_call(out, &call);
        }
        let results = message.tool_results().len();
        for result in message.tool_results() {
            self.converse_result(out, &result, names);
        }
        let Some(content) = message.content_value().filter(|content| !content.is_null()) else {
            return;
        };
        let pointer = message.pointer();
        let at_content = || Site::at(content, format!("{pointer}/content"));
        if content.is_empty() {
            let site = at_content().text("dotted", dotted(&pointer));
            out.report(&faults::CONVERSE_EMPTY_MESSAGE, site);
            return;
        }
        let parts = message.parts().len();
        if results > 0 && parts > results && traits.content_beside_results == Some(false) {
            out.report(&faults::BESIDE_RESULTS, at_content());
        }
        let (mut documents, mut texts) = (0, 0);
        let mut before = None;
        for (nth, part) in message.parts().enumerate() {
            let kind = part.kind();
            match kind {
                PartKind::Text => {
                    texts += 1;
                    self.converse_text(out, &part, parts > 1);
                }
                PartKind::File => {
                    documents += 1;
                    self.document(out, &part, names);
                }
                PartKind::Image => self.converse_image(out, &part),
                PartKind::CacheMark => {
                    if let Some(mark) = part.value().get_some("cachePoint") {
                        let pointer = format!("{}/cachePoint", part.pointer());
                        self.cache_point(out, mark, pointer);
                    }
                    let misplaced = matches!(before, Some(PartKind::CacheMark | PartKind::File));
                    if (nth == 0 || misplaced) && traits.cache_points != Some(false) {
                        let site = Site::at(part.value(), part.pointer());
                        out.report(&faults::CACHE_POINT_PLACE, site);
                    }
                }
                PartKind::Reasoning | PartKind::HiddenReasoning => {
                    self.reasoning_block(out, &part, traits);
                }
                _ => {}
            }
            before = Some(kind);
        }
        if documents > 0 && texts == 0 && results == 0 {
            out.report(&faults::DOCUMENT_WITHOUT_TEXT, at_content());
        }
        if documents > MOST_DOCUMENTS {
            let site = at_content().count("count", documents);
            out.report(&faults::MANY_DOCUMENTS, site.count("most", MOST_DOCUMENTS));
        }
    }

    fn converse_role(&self, out: &mut Sink<'_>, message: &Message<'_>, traits: &ConverseTraits) {
        let role = message.role();
        let (Some(value), pointer) = (
            message.value().get_some("role"),
            format!("{}/role", message.pointer()),
        ) else {
            return;
        };
        if role == Role::Assistant && message.list_index() == Some(0) {
            if traits.first_assistant == Some(false) {
                out.report(&faults::FIRST_ASSISTANT, Site::at(value, pointer));
            }
        } else if !matches!(role, Role::User | Role::Assistant | Role::System) {
            let place = members(&pointer);
            let site = Site::at(value, pointer)
                .text("place", place)
                .text("words", "user, assistant")
                .slots(word_slots(&message.role_name(), &["user", "assistant"]));
            out.report(&faults::CONVERSE_ROLE, site);
        }
    }

    fn converse_call(&self, out: &mut Sink<'_>, call: &ToolCall<'_>) {
        let Some(inner) = call.value().get_some("toolUse") else {
            return;
        };
        let [id, name] = inner.get_all(["toolUseId", "name"]);
        let pointer = format!("{}/toolUse", call.pointer());
        self.converse_id(out, id, format!("{pointer}/toolUseId"));
        if let Some(name) = name {
            self.converse_name(out, name, format!("{pointer}/name"));
        }
        match inner.get("input") {
            None => {
                let site = Site::at(inner, pointer).text("param", "input").unanswered();
                out.report(&fields::MISSING, site);
            }
            Some(input) if input.kind() != Kind::Object => {
                let site = Site::at(input, format!("{pointer}/input"));
                out.report(&faults::CONVERSE_INPUT, site.text("got", input.kind_name()));
            }
            Some(_) => {}
        }
    }

    /// Anthropic's models were reported to refuse dots and colons.
    fn converse_id(&self, out: &mut Sink<'_>, id: Option<Value<'_>>, pointer: String) {
        let Some((id, text)) = id.and_then(|id| Some((id, id.as_str()?))) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let matches = is_word(&text, usize::MAX, b"_.:-");
        if matches && self.is_claude() && !is_word(&text, usize::MAX, b"_-") {
            let site = Site::at(id, pointer)
                .name("value", text)
                .text("pattern", NAME_PATTERN)
                .verdict(self.strictness.settings.and(RISKY));
            out.report(&faults::CONVERSE_CALL_ID, site);
            return;
        }
        self.constrained(
            out,
            [&faults::CONVERSE_CALL_ID, &faults::CONVERSE_LONG_ID],
            id,
            pointer,
            (ID_PATTERN, matches),
        );
    }

    fn converse_result(
        &self,
        out: &mut Sink<'_>,
        result: &ToolResult<'_>,
        names: &mut HashSet<Cow<'c, str>>,
    ) {
        let Some(inner) = result.value().get_some("toolResult") else {
            return;
        };
        let [id, status] = inner.get_all(["toolUseId", "status"]);
        let pointer = format!("{}/toolResult", result.pointer());
        self.converse_id(out, id, format!("{pointer}/toolUseId"));
        if let Some(status) = status {
            let pointer = format!("{pointer}/status");
            self.converse_word(out, &["success", "error"], status, pointer);
        }
        for part in result.parts() {
            match part.kind() {
                PartKind::Text => self.converse_text(out, &part, false),
                PartKind::File => self.document(out, &part, names),
                PartKind::Image => self.converse_image(out, &part),
                _ => {}
            }
        }
    }

    fn converse_text(&self, out: &mut Sink<'_>, part: &Part<'_>, beside: bool) {
        let Some(text) = part.text_value().filter(|text| is_blank(*text)) else {
            return;
        };
        // A model of Anthropic's accepted a blank text block next to others.
        let settings = self.strictness.settings;
        let risky = beside && self.is_claude() && !text.is_empty();
        let verdict = if risky { settings.and(RISKY) } else { settings };
        let site = Site::at(part.value(), part.pointer()).verdict(verdict);
        out.report(&faults::CONVERSE_BLANK_TEXT, site);
    }

    pub(super) fn cache_point(&self, out: &mut Sink<'_>, mark: Value<'_>, pointer: String) {
        if self.converse_traits().cache_points == Some(false) {
            out.report(&faults::CACHE_POINT, Site::at(mark, pointer));
            return;
        }
        let [kind, ttl] = mark.get_all(["type", "ttl"]);
        if let Some(kind) = kind {
            self.converse_word(out, &["default"], kind, format!("{pointer}/type"));
        }
        if let Some(ttl) = ttl {
            self.converse_word(out, &["5m", "1h"], ttl, format!("{pointer}/ttl"));
        }
    }

    /// Checks signatures and hidden reasoning, which only Anthropic's models have.
    fn reasoning_block(&self, out: &mut Sink<'_>, part: &Part<'_>, traits: &ConverseTraits) {
        if traits.signatures != Some(false) {
            return;
        }
        let reasoning = part.value().get_some("reasoningContent");
        let found = reasoning.and_then(|reasoning| {
            match reasoning.get_path(&["reasoningText", "signature"]) {
                Some(value) => Some((value, "/reasoningText/signature")),
                None => Some((reasoning.get_some("redactedContent")?, "/redactedContent")),
            }
        });
        if let Some((value, below)) = found {
            let pointer = format!("{}/reasoningContent{below}", part.pointer());
            let field = format!("reasoningContent{}", below.replace('/', "."));
            let site = Site::at(value, pointer).text("field", field);
            out.report(&faults::CONVERSE_FIELD, site);
        }
    }

    /// Returns the verdict on two consecutive messages of one role.
    pub(in crate::check) fn same_role(&self, role: Role) -> Verdict {
        let rule = self.rules.same_role_twice;
        if self.dialect != Dialect::Converse {
            return rule;
        }
        match self.converse_traits().roles_alternate {
            Some(true) => rule,
            Some(false) if role == Role::User || self.is_claude() => None,
            None if role == Role::User => None,
            _ => rule,
        }
    }
}

/// Converts a pointer to the service's spelling: entries of lists are members, counted from 1.
fn members(pointer: &str) -> String {
    let steps: Vec<Cow<'_, str>> = pointer
        .split('/')
        .skip(1)
        .map(|step| match step.parse::<usize>() {
            Ok(nth) => Cow::Owned(format!("{}.member", nth + 1)),
            Err(_) => Cow::Borrowed(step),
        })
        .collect();
    steps.join(".")
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_are_counted_from_one() {
        let pointer = "/messages/1/content/0/toolUse/toolUseId";
        assert_eq!(
            members(pointer),
            "messages.2.member.content.1.member.toolUse.toolUseId"
        );
    }
}
