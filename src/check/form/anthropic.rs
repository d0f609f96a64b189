//! The fields of Anthropic's Messages API.
//!
//! Source: the API reference (2026-11), and answers that were reported or recorded; which of them stands beside each rule.
//! Vertex and Bedrock have model and version elsewhere.

use super::super::finding::Phase;
use super::super::server::{REFUSED, RISKY, Server, TAKEN, Verdict};
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Field, Found, Is, MOST, Manner, Tongue, field};
use super::openai_chat;
use super::path::Path;
use super::words::{Wrong, listed};
use crate::json::{Kind, Value};
use crate::shown::quoted_name;

const FIELDS: &[Field] = &[
    field("model", Is::Str(0)),
    field("messages", Is::Any),
    field("max_tokens", Is::Int(1, MOST)),
    field("system", Is::Any),
    field("temperature", Is::Dec(0.0, 1.0)),
    field("top_p", Is::Dec(0.0, 1.0)),
    field("top_k", Is::Int(0, MOST)),
    field("stop_sequences", Is::List("a list of strings")),
    field("stream", Is::Bool),
    field("metadata", Is::Obj),
    field("thinking", Is::Obj),
    field("tool_choice", Is::Obj),
    field("tools", Is::List("a list of tools")),
    field("service_tier", Is::Any),
    field("container", Is::Any),
    field("context_management", Is::Any),
    field("mcp_servers", Is::Any),
    field("output_config", Is::Obj),
    field("output_format", Is::Any),
    field("cache_control", Is::Any),
    field("inference_geo", Is::Any),
    field("speed", Is::Any),
    field("anthropic_version", Is::Any),
    field("anthropic_beta", Is::Any),
    field("betas", Is::Any),
];

const NAME_PATTERN: &str = "^[a-zA-Z0-9_-]{1,128}$";
const MOST_CACHE_MARKS: usize = 4;

impl<'c> Check<'c> {
    fn anthropic_manner(&self) -> Manner {
        let known = matches!(
            self.server,
            Server::Anthropic | Server::Bedrock | Server::Google
        );
        let settings = if known { REFUSED } else { RISKY };
        Manner {
            tongue: if known {
                Tongue::Anthropic
            } else {
                Tongue::None
            },
            settings,
            // Fields come with each beta, which a header switches on.
            unknown: if known { RISKY } else { TAKEN },
            slip: settings,
        }
    }

    pub(super) fn anthropic_form(&mut self) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        let manner = self.anthropic_manner();
        if root.get("messages").is_none() {
            let path = Path::ROOT.field("messages");
            let api = (manner.tongue == Tongue::Anthropic)
                .then(|| Wrong::Missing.anthropic(&path))
                .flatten();
            self.odd(
                REFUSED,
                (root, &Path::ROOT),
                Phase::Missing,
                codes::MISSING_PARAMETER,
                "the request has no `messages`",
                "give it what there is to answer",
                api,
            );
        }
        let found = self.fields(root, &Path::ROOT, FIELDS, manner);
        self.fields_of_others(root, manner);
        if found.get("max_tokens").is_none() {
            // The endpoint that counts takes none, and has the same shape.
            self.wrong(
                RISKY,
                manner.tongue,
                root,
                &Path::ROOT.field("max_tokens"),
                Wrong::Missing,
            );
        }
        if let Some(list) = found.get("messages").filter(|_| self.unread.is_some()) {
            self.anthropic_shape(list);
        }
        self.anthropic_thinking_settings(&found, manner.settings);
        self.anthropic_effort(&found);
        self.anthropic_tools(&found, manner);
        self.cache_marks(&found, manner.settings);
    }

    /// A field of OpenAI's is no beta.
    fn fields_of_others(&mut self, root: Value<'c>, manner: Manner) {
        if manner.settings != REFUSED {
            return;
        }
        let others = |name: &str| {
            openai_chat::FIELDS.iter().any(|field| field.name == name)
                && !FIELDS.iter().any(|field| field.name == name)
        };
        for finding in &mut self.findings {
            let name = finding.pointer.strip_prefix('/').unwrap_or_default();
            if finding.code == codes::UNKNOWN_PARAMETER && others(name) && root.get(name).is_some()
            {
                finding.severity = super::Severity::Refused;
                finding.api =
                    Wrong::Unknown { near: Vec::new() }.anthropic(&Path::ROOT.field(name));
            }
        }
    }

    /// Messages that could not be read: the first fault of each.
    fn anthropic_shape(&mut self, list: Value<'c>) {
        let manner = self.anthropic_manner();
        for (nth, message) in list.items().enumerate() {
            let messages = Path::MESSAGES;
            let path = messages.item(nth);
            if message.kind() != Kind::Object {
                continue;
            }
            for name in ["role", "content"] {
                if message.get_some(name).is_none() {
                    self.wrong(
                        REFUSED,
                        manner.tongue,
                        message,
                        &path.field(name),
                        Wrong::Missing,
                    );
                }
            }
        }
    }

    /// Settings that do not go with thinking: seen as answers of the API.
    fn anthropic_thinking_settings(&mut self, found: &Found<'c>, settings: Verdict) {
        let Some(thinking) = found.get("thinking").filter(|v| v.kind() == Kind::Object) else {
            return;
        };
        let is = |word: &str| thinking.get("type").is_some_and(|kind| kind.is_str(word));
        if !is("enabled") {
            return;
        }
        let path = Path::ROOT.field("thinking");
        let tools = found.get("tools").is_some_and(|tools| !tools.is_empty());
        if let Some(budget) = thinking
            .get_some("budget_tokens")
            .and_then(|value| Some((value, value.as_u64()?)))
        {
            let (value, tokens) = budget;
            let there = path.field("budget_tokens");
            let most = found.get("max_tokens").and_then(|value| value.as_u64());
            if tokens < 1_024 {
                self.odd(
                    settings,
                    (value, &there),
                    Phase::Form,
                    codes::OUT_OF_RANGE,
                    format!("`thinking.budget_tokens` is {tokens}; 1024 is the least"),
                    "give 1024 or more",
                    Some(ApiAnswer::anthropic(
                        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024".to_owned(),
                    )),
                );
            } else if most.is_some_and(|most| most <= tokens) {
                // Between calls a model may think past the limit of one answer, by a beta.
                let verdict = if tools { settings.and(RISKY) } else { settings };
                self.odd(
                    verdict,
                    (value, &there),
                    Phase::Value,
                    codes::PARAMETER_CONFLICT,
                    format!("{tokens} tokens of thinking leave none of `max_tokens` for the answer"),
                    "raise `max_tokens`, or lower the budget",
                    Some(ApiAnswer::anthropic(
                        "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size".to_owned(),
                    )),
                );
            }
        }
        if let Some(temperature) = found.get("temperature")
            && temperature.kind() == Kind::Number
            && temperature
                .raw()
                .parse::<f64>()
                .is_ok_and(|number| number != 1.0)
        {
            self.odd(
                settings,
                (temperature, &Path::ROOT.field("temperature")),
                Phase::Value,
                codes::UNSUPPORTED_VALUE,
                "while the model thinks, `temperature` is 1 alone",
                "leave it out",
                Some(ApiAnswer::anthropic(
                    "`temperature` may only be set to 1 when thinking is enabled or in interleaved thinking mode.".to_owned(),
                )),
            );
        }
        let forced = found.get("tool_choice").filter(|choice| {
            choice
                .get("type")
                .is_some_and(|kind| kind.is_str("any") || kind.is_str("tool"))
        });
        if let Some(choice) = forced {
            self.odd(
                settings,
                (choice, &Path::ROOT.field("tool_choice")),
                Phase::Value,
                codes::PARAMETER_CONFLICT,
                "while the model thinks, no call can be asked of it",
                "leave the choice to the model, or turn thinking off",
                Some(ApiAnswer::anthropic(
                    "Thinking may not be enabled when tool_choice forces tool use.".to_owned(),
                )),
            );
        }
    }

    /// Recorded of claude-opus-4-6 and reported of claude-sonnet-4-6 (2026).
    fn anthropic_effort(&mut self, found: &Found<'c>) {
        let Some(effort) = found
            .get("output_config")
            .and_then(|config| config.get_some("effort"))
        else {
            return;
        };
        let Some(model) = self.budget.model() else {
            return;
        };
        // Models that take no effort are named by catalogues only, and were not seen to refuse one.
        let Some(efforts) = model
            .abilities()
            .efforts
            .filter(|efforts| !efforts.is_empty())
        else {
            return;
        };
        let Some(word) = effort.as_str().filter(|word| !efforts.contains_word(word)) else {
            return;
        };
        // The API lists them in this order.
        let mut supported: Vec<&str> = efforts.words().collect();
        supported.sort_unstable();
        let supported = supported.as_slice();
        let verdict = if self.server == Server::Anthropic && model.ability_is_seen("efforts") {
            REFUSED
        } else {
            RISKY
        };
        let config = Path::ROOT.field("output_config");
        self.odd(
            verdict,
            (effort, &config.field("effort")),
            Phase::Value,
            codes::UNSUPPORTED_VALUE,
            "the model does not think with that effort",
            format!("give one of {}", listed(supported, "or")),
            Some(ApiAnswer::anthropic(format!(
                "This model does not support effort level '{}'. Supported levels: {}.",
                crate::shown::shown_word(&word),
                supported.join(", ")
            ))),
        );
    }

    fn anthropic_tools(&mut self, found: &Found<'c>, manner: Manner) {
        let tools = found
            .get("tools")
            .filter(|tools| tools.kind() == Kind::Array);
        let path = Path::ROOT.field("tools");
        let mut names = Vec::new();
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            let [kind, name, schema] = tool.get_all(["type", "name", "input_schema"]);
            names.extend(name.and_then(|name| name.as_str()));
            // Tools of the provider's own say by their type what they are.
            if kind.is_some_and(|kind| !kind.is_str("custom")) || tool.kind() != Kind::Object {
                continue;
            }
            let item = path.item(nth);
            // The API's spelling has the kind of tool in it.
            let there = item.field("custom");
            let missing = |place: &Path<'_>| Wrong::Missing.anthropic(place);
            let mut faults: Vec<(Value<'c>, &'static str, &'static str, Option<ApiAnswer>)> =
                Vec::new();
            match name.map(|name| (name, name.as_str())) {
                None => faults.push((
                    tool,
                    "",
                    "the tool has no name",
                    missing(&there.field("name")),
                )),
                Some((name, Some(text)))
                    if text.is_empty()
                        || text.len() > 128
                        || !text
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') =>
                {
                    let api = Wrong::Pattern(NAME_PATTERN).anthropic(&there.field("name"));
                    faults.push((
                        name,
                        "name",
                        "the name of the tool has signs that are not taken, or too many",
                        api,
                    ));
                }
                Some(_) => {}
            }
            match schema {
                None => faults.push((
                    tool,
                    "",
                    "the tool has no `input_schema`",
                    missing(&there.field("input_schema")),
                )),
                Some(schema)
                    if schema.kind() == Kind::Object && schema.get_some("type").is_none() =>
                {
                    let api = missing(&there.field("input_schema").field("type"));
                    faults.push((schema, "input_schema", "the schema has no type", api));
                }
                Some(_) => {}
            }
            for (value, member, what, api) in faults {
                let place = item.field(member);
                let place = if member.is_empty() { &item } else { &place };
                let code = if member == "name" {
                    codes::INVALID_VALUE
                } else {
                    codes::MISSING_PARAMETER
                };
                self.odd(
                    manner.settings,
                    (value, place),
                    Phase::Form,
                    code,
                    what,
                    "give it a name of letters, digits, `_` and `-`, and a JSON schema of type object",
                    api.filter(|_| manner.tongue == Tongue::Anthropic),
                );
            }
        }
        self.anthropic_choice(found, &names, manner);
    }

    fn anthropic_choice(
        &mut self,
        found: &Found<'c>,
        names: &[std::borrow::Cow<'c, str>],
        manner: Manner,
    ) {
        let Some(choice) = found
            .get("tool_choice")
            .filter(|v| v.kind() == Kind::Object)
        else {
            return;
        };
        let path = Path::ROOT.field("tool_choice");
        let Some(kind) = choice.get_some("type") else {
            self.wrong(
                manner.settings,
                manner.tongue,
                choice,
                &path.field("type"),
                Wrong::Missing,
            );
            return;
        };
        if !kind.is_str("tool") || found.get("mcp_servers").is_some() {
            return;
        }
        let Some(name) = choice.get_some("name") else {
            self.wrong(
                manner.settings,
                Tongue::None,
                choice,
                &path.field("name"),
                Wrong::Missing,
            );
            return;
        };
        if let Some(text) = name.as_str()
            && !names.contains(&text)
        {
            self.odd(
                RISKY,
                (name, &path.field("name")),
                Phase::Value,
                codes::UNKNOWN_TOOL,
                format!("{} is chosen, and is none of the tools", quoted_name(&text)),
                "choose a tool that is offered, or offer it",
                None,
            );
        }
    }

    /// At most four marks for the cache. Looked for only when the text has the word more often than that.
    fn cache_marks(&mut self, found: &Found<'c>, settings: Verdict) {
        let text = self.request.text().as_bytes();
        let words =
            memchr::memmem::find_iter(text, b"\"cache_control\"").take(MOST_CACHE_MARKS + 1);
        if words.count() <= MOST_CACHE_MARKS || self.unread.is_some() {
            return;
        }
        let marked = |value: Value<'c>| usize::from(value.get_some("cache_control").is_some());
        let list = |value: Option<Value<'c>>| {
            value
                .into_iter()
                .flat_map(Value::items)
                .map(marked)
                .sum::<usize>()
        };
        let mut marks = list(found.get("system")) + list(found.get("tools"));
        for message in found.get("messages").into_iter().flat_map(Value::items) {
            for block in message
                .get_some("content")
                .into_iter()
                .flat_map(Value::items)
            {
                marks += marked(block) + list(block.get_some("content"));
            }
        }
        if marks <= MOST_CACHE_MARKS {
            return;
        }
        let root = self.request.fields();
        self.odd(
            settings,
            (root, &Path::ROOT),
            Phase::Form,
            codes::TOO_MANY_ENTRIES,
            format!("{marks} blocks are marked for the cache; {MOST_CACHE_MARKS} are the most"),
            "mark the last block of what stays the same",
            Some(ApiAnswer::anthropic(format!(
                "A maximum of 4 blocks with cache_control may be provided. Found {marks}."
            ))),
        );
    }
}
