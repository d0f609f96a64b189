//! Rules of Anthropic's Messages API beyond types and ranges. The fields are in `provider/anthropic/fields.rs`.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::{anthropic as faults, fields, tools};
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, Server};
use super::fields::Found;
use super::misfit::Misfit;
use crate::json::{Kind, Value};
use crate::provider::anthropic::fields::{FIELDS, LEAST_THINKING, MOST_CACHE_MARKS, NAME_PATTERN};
use crate::shown::shown_word;
use crate::words::listed;

/// The longest name of a tool, in bytes.
const LONGEST_NAME: usize = 128;

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
        if found.get("max_tokens").is_none() {
            // The endpoint that counts takes none, and has the same shape.
            let path = Path::ROOT.field("max_tokens");
            out.report(&fields::MISSING, self.lacking(root, &path).verdict(RISKY));
        }
        if let Some(list) = found.get("messages").filter(|_| self.unread.is_some()) {
            self.anthropic_shape(out, list);
        }
        self.thinking_settings(out, &found);
        self.anthropic_effort(out, &found);
        self.anthropic_tools(out, &found);
        self.cache_marks(out, &found);
    }

    /// Messages that could not be read: what each lacks.
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

    /// Settings that exclude thinking: seen as answers of the API.
    fn thinking_settings(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(thinking) = found.object("thinking") else {
            return;
        };
        if !thinking
            .get("type")
            .is_some_and(|kind| kind.is_str("enabled"))
        {
            return;
        }
        let path = Path::ROOT.field("thinking");
        let there = path.field("budget_tokens");
        if let Some((value, tokens)) = thinking
            .get_some("budget_tokens")
            .and_then(|value| Some((value, value.as_u64()?)))
        {
            let most = found.get("max_tokens").and_then(|value| value.as_u64());
            let site = self.site(value, &there).number("got", tokens);
            if tokens < LEAST_THINKING {
                out.report(
                    &faults::SMALL_THINKING_BUDGET,
                    site.number("least", LEAST_THINKING),
                );
            } else if most.is_some_and(|most| most <= tokens) {
                // With a beta the model may think between calls past the limit of one answer.
                let tools = found.get("tools").is_some_and(|tools| !tools.is_empty());
                let settings = self.strictness.settings;
                let verdict = if tools { settings.and(RISKY) } else { settings };
                out.report(&faults::THINKING_OVER_MAX_TOKENS, site.verdict(verdict));
            }
        }
        if let Some(temperature) = found.number("temperature")
            && temperature.raw().parse::<f64>().is_ok_and(|n| n != 1.0)
        {
            let path = Path::ROOT.field("temperature");
            let site = self.site(temperature, &path);
            out.report(&faults::TEMPERATURE_WITH_THINKING, site);
        }
        let forced = found.get("tool_choice").filter(|choice| {
            choice
                .get("type")
                .is_some_and(|kind| kind.is_str("any") || kind.is_str("tool"))
        });
        if let Some(choice) = forced {
            let path = Path::ROOT.field("tool_choice");
            let site = self.site(choice, &path);
            out.report(&faults::FORCED_CALL_WITH_THINKING, site);
        }
    }

    fn anthropic_effort(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(effort) = found
            .get("output_config")
            .and_then(|config| config.get_some("effort"))
        else {
            return;
        };
        let Some(model) = self.budget.model() else {
            return;
        };
        // Only catalogues name models without effort; they were not seen to refuse one.
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
        let verdict = if self.server == Server::Anthropic && model.ability_is_seen("efforts") {
            REFUSED
        } else {
            RISKY
        };
        let config = Path::ROOT.field("output_config");
        let path = config.field("effort");
        let site = self
            .site(effort, &path)
            .text("value", shown_word(&word))
            .text("efforts", supported.join(", "))
            .text("choices", listed(&supported, "or"));
        out.report(&faults::EFFORT_LEVEL, site.verdict(verdict));
    }

    fn anthropic_tools(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let tools = found.list("tools");
        let path = Path::ROOT.field("tools");
        let mut names = Vec::new();
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            let [kind, name, schema] = tool.get_all(["type", "name", "input_schema"]);
            names.extend(name.and_then(|name| name.as_str()));
            // The type of the provider's own tools says what they are.
            if kind.is_some_and(|kind| !kind.is_str("custom")) || tool.kind() != Kind::Object {
                continue;
            }
            let item = path.item(nth);
            // The API's spelling has the kind of tool in it.
            let custom = item.field("custom");
            let lacks =
                |out: &mut Sink<'_>, object: Value<'c>, path: &Path<'_>, there: &Path<'_>| {
                    let site = self.lacking(object, path);
                    out.report(&fields::MISSING, site.text("dotted", there.dotted()));
                };
            match name.map(|name| (name, name.as_str())) {
                None => lacks(out, tool, &item.field("name"), &custom.field("name")),
                Some((name, Some(text))) if !is_tool_name(&text) => {
                    let misfit = Misfit::pattern(&fields::WRONG_PATTERN, NAME_PATTERN);
                    let path = item.field("name");
                    let site = self.site(name, &path).slots(misfit.slots);
                    out.report(
                        misfit.fault,
                        site.text("dotted", custom.field("name").dotted()),
                    );
                }
                Some(_) => {}
            }
            let (path, there) = (item.field("input_schema"), custom.field("input_schema"));
            match schema {
                None => lacks(out, tool, &path, &there),
                Some(schema)
                    if schema.kind() == Kind::Object && schema.get_some("type").is_none() =>
                {
                    lacks(out, schema, &path.field("type"), &there.field("type"));
                }
                Some(_) => {}
            }
        }
        self.anthropic_choice(out, found, &names);
    }

    fn anthropic_choice(
        &self,
        out: &mut Sink<'_>,
        found: &Found<'c>,
        names: &[std::borrow::Cow<'c, str>],
    ) {
        let Some(choice) = found.object("tool_choice") else {
            return;
        };
        let path = Path::ROOT.field("tool_choice");
        let Some(kind) = choice.get_some("type") else {
            self.lacks(out, choice, &path.field("type"));
            return;
        };
        if !kind.is_str("tool") || found.get("mcp_servers").is_some() {
            return;
        }
        let there = path.field("name");
        let Some(name) = choice.get_some("name") else {
            // The API's words for this were not seen.
            out.report(&fields::MISSING, self.lacking(choice, &there).unanswered());
            return;
        };
        if let Some(text) = name.as_str()
            && !names.contains(&text)
        {
            let site = self.site(name, &there).name("tool", text);
            out.report(&tools::UNKNOWN_TOOL, site.verdict(RISKY));
        }
    }

    /// Counts marks for the cache, only when the text has the word often enough.
    fn cache_marks(&self, out: &mut Sink<'_>, found: &Found<'c>) {
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
        if marks > MOST_CACHE_MARKS {
            let site = self.site(self.request.fields(), &Path::ROOT);
            out.report(
                &faults::MANY_CACHE_MARKS,
                site.count("count", marks).count("most", MOST_CACHE_MARKS),
            );
        }
    }
}

fn is_tool_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
