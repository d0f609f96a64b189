//! Tools of Bedrock's Converse, and their choice.
//!
//! Source: docs/evidence/validation_other_providers.md, section C.

use std::borrow::Cow;

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::converse as faults;
use super::super::path::Path;
use super::super::server::RISKY;
use crate::json::{Kind, Value};

/// Members of a tool: each tool has one of them.
const TOOL: [&str; 3] = ["toolSpec", "systemTool", "cachePoint"];

impl<'c> Context<'c> {
    pub(super) fn tool_config(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let path = Path::ROOT.field("toolConfig");
        let Some(config) = root.get_some("toolConfig") else {
            // The place is the first block that requires the field.
            let block = self.request.messages().find_map(|message| {
                let call = message.tool_calls().next();
                let call = call.map(|call| (call.value(), call.pointer()));
                let result = || message.tool_results().next();
                call.or_else(|| result().map(|result| (result.value(), result.pointer())))
            });
            if let Some((block, pointer)) = block.filter(|_| self.unread.is_none()) {
                out.report(&faults::NO_TOOL_CONFIG, Site::at(block, pointer));
            }
            return;
        };
        if config.kind() != Kind::Object {
            return;
        }
        let there = path.field("tools");
        let tools = config.get_some("tools");
        match tools {
            None => self.lacks(out, config, &there),
            Some(tools) if tools.is_empty() => {
                out.report(&faults::CONVERSE_EMPTY, self.site(tools, &there));
            }
            Some(_) => {}
        }
        let mut names = Vec::new();
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            let item = there.item(nth);
            let [spec, system, mark] = tool.get_all(TOOL);
            if let Some(spec) = spec {
                self.tool_spec(out, spec, &item.field("toolSpec"));
            } else if let Some(mark) = mark {
                self.cache_point(out, mark, format!("{}/cachePoint", item.pointer()));
            } else if system.is_none() && tool.kind() == Kind::Object {
                out.report(&faults::CONVERSE_NO_TOOL, self.site(tool, &item));
            }
            names.extend(
                spec.or(system)
                    .and_then(|tool| tool.get_some("name")?.as_str()),
            );
        }
        if let Some(choice) = config.get_some("toolChoice") {
            self.converse_choice(out, choice, &path.field("toolChoice"), &names);
        }
    }

    fn converse_choice(
        &self,
        out: &mut Sink<'_>,
        choice: Value<'c>,
        path: &Path<'_>,
        names: &[Cow<'c, str>],
    ) {
        let forced = ["any", "tool"]
            .into_iter()
            .find(|name| choice.get_some(name).is_some());
        if let Some(name) = forced
            && self.converse_traits().forced_tool_choice == Some(false)
        {
            let field = format!("toolConfig.toolChoice.{name}");
            let site = self.site(choice, path).text("field", field);
            out.report(&faults::CONVERSE_FIELD, site);
            return;
        }
        let Some(tool) = choice.get_some("tool") else {
            return;
        };
        let inner = path.field("tool");
        let there = inner.field("name");
        match tool.get_some("name") {
            None => self.lacks(out, tool, &there),
            Some(value) => {
                let Some(name) = value.as_str() else {
                    return;
                };
                if !names.contains(&name) {
                    // Reported for models of Anthropic.
                    let settings = self.strictness.settings;
                    let verdict = match self.is_claude() {
                        true => settings,
                        false => settings.and(RISKY),
                    };
                    let site = self.site(value, &there).name("tool", name);
                    out.report(&faults::CONVERSE_CHOSEN_TOOL, site.verdict(verdict));
                }
            }
        }
    }

    fn tool_spec(&self, out: &mut Sink<'_>, spec: Value<'c>, path: &Path<'_>) {
        if spec.kind() != Kind::Object {
            return;
        }
        let [name, description, schema] = spec.get_all(["name", "description", "inputSchema"]);
        match name {
            None => self.lacks(out, spec, &path.field("name")),
            Some(name) => {
                let pointer = path.field("name").pointer();
                self.converse_name(out, name, pointer);
            }
        }
        if let Some(description) = description.filter(|text| text.is_empty()) {
            let there = path.field("description");
            out.report(&faults::CONVERSE_EMPTY, self.site(description, &there));
        }
        let there = path.field("inputSchema");
        match schema {
            None => self.lacks(out, spec, &there),
            Some(schema) if schema.kind() == Kind::Object && schema.get("json").is_none() => {
                self.lacks(out, schema, &there.field("json"));
            }
            Some(_) => {}
        }
    }
}
