//! Tools, tool choice and schemas of Anthropic's Messages API.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.4.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::context::Context;
use super::super::fault::{Fault, Sink};
use super::super::faults::{anthropic as faults, fields};
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, Server};
use super::draft::wrong_keyword;
use super::fields::Found;
use super::misfit::Misfit;
use crate::json::{Kind, Value};
use crate::model::ForcedToolChoice;
use crate::provider::anthropic::blocks::CHOICES;
use crate::provider::anthropic::fields::{KEY_PATTERN, NAME_PATTERN, NOT_IN_ANSWER_SCHEMA};
use crate::shown::shown_word;
use crate::words::listed;

/// Maximum length of a tool name in bytes.
const LONGEST_NAME: usize = 128;
/// Maximum length of a property name in bytes.
const LONGEST_KEY: usize = 64;
/// Maximum number of strict tools in a request.
const MOST_STRICT_TOOLS: usize = 20;
/// Maximum number of optional properties of all strict schemas together.
const MOST_OPTIONAL: usize = 24;
/// Maximum number of properties with several types of all strict schemas together.
const MOST_UNIONS: usize = 16;

/// Set of tool names. A few are compared one by one.
#[derive(Default)]
struct Names<'v> {
    few: Vec<Cow<'v, str>>,
    more: HashSet<Cow<'v, str>>,
}

impl<'v> Names<'v> {
    const FEW: usize = 32;

    fn contains(&self, name: &str) -> bool {
        self.few.iter().any(|known| known == name) || self.more.contains(name)
    }

    /// Adds a name. Returns whether it is new.
    fn insert(&mut self, name: Cow<'v, str>) -> bool {
        if self.contains(&name) {
            return false;
        }
        match self.few.len() < Self::FEW {
            true => self.few.push(name),
            false => {
                self.more.insert(name);
            }
        }
        true
    }
}

/// Totals of all strict schemas.
#[derive(Default)]
struct Strict {
    tools: usize,
    optional: usize,
    unions: usize,
}

/// First fault of a schema in the strict subset.
#[derive(Default)]
struct Subset<'v> {
    optional: usize,
    unions: usize,
    without_additional: bool,
    /// A keyword that the answer format does not support, and the type next to it.
    keyword: Option<(&'static str, Option<Value<'v>>)>,
}

impl<'c> Context<'c> {
    pub(super) fn anthropic_tools(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let path = Path::ROOT.field("tools");
        let mut names = Names::default();
        let mut strict = Strict::default();
        let (mut count, mut deferred) = (0, 0);
        for (nth, tool) in found
            .list("tools")
            .into_iter()
            .flat_map(Value::items)
            .enumerate()
        {
            let item = path.item(nth);
            let [kind, name, schema, defer, mark, is_strict] = tool.get_all([
                "type",
                "name",
                "input_schema",
                "defer_loading",
                "cache_control",
                "strict",
            ]);
            count += 1;
            if defer.is_some_and(|defer| defer.as_bool() == Some(true)) {
                deferred += 1;
                if let Some(mark) = mark {
                    let there = item.field("cache_control");
                    let tool = name.and_then(|name| name.as_str()).unwrap_or_default();
                    let site = self.site(mark, &there).name("tool", tool);
                    out.report(&faults::DEFERRED_WITH_CACHE, site);
                }
            }
            if let Some((name, text)) = name.and_then(|name| Some((name, name.as_str()?)))
                && !names.insert(text.clone())
            {
                let there = item.field("name");
                let site = self.site(name, &there).name("tool", text);
                out.report(&faults::TOOL_NAME_TWICE, site);
            }
            if tool.kind() != Kind::Object {
                continue;
            }
            // The type identifies the provider's own tools.
            if let Some(kind) = kind.filter(|kind| !kind.is_str("custom")) {
                self.server_tool(out, kind, &item);
                continue;
            }
            self.custom_tool(out, tool, name, schema, &item);
            if is_strict.is_some_and(|is_strict| is_strict.as_bool() == Some(true)) {
                strict.tools += 1;
                if let Some(schema) = schema.filter(|schema| schema.kind() == Kind::Object) {
                    let there = item.field("input_schema");
                    let spelled = item.field("custom").dotted();
                    self.strict_schema(out, schema, &there, spelled, &mut strict);
                }
            }
        }
        if count > 0 && count == deferred {
            self.at_tools(out, found, &faults::ALL_DEFERRED, 0, 0);
        }
        if let Some(format) = found
            .object("output_config")
            .and_then(|config| config.get_path(&["format", "schema"]))
        {
            let subset = subset_of(format);
            strict.optional += subset.optional;
            strict.unions += subset.unions;
        }
        let many: [(&Fault, usize, usize); 3] = [
            (&faults::MANY_STRICT_TOOLS, strict.tools, MOST_STRICT_TOOLS),
            (&faults::MANY_OPTIONAL, strict.optional, MOST_OPTIONAL),
            (&faults::MANY_UNIONS, strict.unions, MOST_UNIONS),
        ];
        for (fault, count, most) in many {
            if count > most {
                self.at_tools(out, found, fault, count, most);
            }
        }
        self.anthropic_choice(out, found, &names);
    }

    /// Reports a fault of all tools together at their list, or at the request if only its answer
    /// has a schema.
    fn at_tools(
        &self,
        out: &mut Sink<'_>,
        found: &Found<'c>,
        fault: &Fault,
        count: usize,
        most: usize,
    ) {
        let path = match found.get("tools") {
            Some(_) => Path::ROOT.field("tools"),
            None => Path::ROOT.field("output_config"),
        };
        if let Some(value) = found.get(path.name()) {
            let site = self.site(value, &path).count("count", count);
            out.report(fault, site.count("most", most));
        }
    }

    fn custom_tool(
        &self,
        out: &mut Sink<'_>,
        tool: Value<'c>,
        name: Option<Value<'c>>,
        schema: Option<Value<'c>>,
        item: &Path<'_>,
    ) {
        // The API's spelling contains the kind of the tool.
        let custom = item.field("custom");
        let lacks = |out: &mut Sink<'_>, object: Value<'c>, path: &Path<'_>, there: &Path<'_>| {
            let site = self.lacking(object, path);
            out.report(&fields::MISSING, site.text("dotted", there.dotted()));
        };
        match name.map(|name| (name, name.as_str())) {
            None => lacks(out, tool, &item.field("name"), &custom.field("name")),
            Some((name, Some(text))) if !is_word(&text, LONGEST_NAME, b"_-") => {
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
        let Some(schema) = schema else {
            lacks(out, tool, &path, &there);
            return;
        };
        if schema.kind() != Kind::Object {
            let misfit = Misfit::mistyped("an object", schema);
            self.misfits(out, schema, &path, misfit);
            return;
        }
        let [kind, properties, one_of, all_of, any_of] =
            schema.get_all(["type", "properties", "oneOf", "allOf", "anyOf"]);
        match kind {
            None => lacks(out, schema, &path.field("type"), &there.field("type")),
            Some(kind) if !kind.is_str("object") => {
                let inner = path.field("type");
                let spelled = there.field("type").dotted();
                let site = self.site(kind, &inner).text("dotted", spelled);
                out.report(&faults::SCHEMA_NOT_OBJECT, site);
            }
            Some(_) => {}
        }
        let site = || self.site(schema, &path).text("dotted", there.dotted());
        let combinator = [("oneOf", one_of), ("allOf", all_of), ("anyOf", any_of)]
            .into_iter()
            .find(|(_, value)| value.is_some());
        if let Some((keyword, _)) = combinator {
            let site = site().text("keyword", keyword);
            out.report(&faults::SCHEMA_COMBINATOR, site);
        }
        let wrong = properties
            .into_iter()
            .flat_map(Value::entries)
            .any(|(key, _)| {
                !key.as_str()
                    .is_some_and(|key| is_word(&key, LONGEST_KEY, b"_.-"))
            });
        if wrong {
            out.report(&faults::SCHEMA_KEY, site().text("pattern", KEY_PATTERN));
        }
        if let Some(keyword) = wrong_keyword(schema) {
            out.report(&faults::SCHEMA_DRAFT, site().text("keyword", keyword));
        }
    }

    /// Checks tools that the provider runs: the clouds do not offer all of them.
    fn server_tool(&self, out: &mut Sink<'_>, kind: Value<'c>, item: &Path<'_>) {
        let Some(word) = kind.as_str() else {
            return;
        };
        let there = item.field("type");
        let site = self
            .site(kind, &there)
            .text("dotted", item.dotted())
            .text("value", shown_word(&word));
        // A tool of OpenAI's.
        if word == "function" {
            out.report(&faults::UNKNOWN_TAG, site.text("choices", "custom"));
            return;
        }
        if !matches!(self.server, Server::Bedrock | Server::Google) {
            return;
        }
        let is = |name: &str| {
            word.strip_prefix(name)
                .is_some_and(|date| date.starts_with('_'))
        };
        let searches = is("web_search");
        let others = is("web_fetch") || is("code_execution") || is("advisor");
        let verdict = match self.server {
            Server::Google if searches && word == "web_search_20250305" => return,
            Server::Google if searches => RISKY,
            _ if searches || others => REFUSED,
            _ => return,
        };
        let site = site.text("choices", "the tools of this cloud, or tools of your own");
        out.report(&faults::UNKNOWN_TAG, site.verdict(verdict));
    }

    fn anthropic_choice(&self, out: &mut Sink<'_>, found: &Found<'c>, names: &Names<'c>) {
        let Some(choice) = found.object("tool_choice") else {
            return;
        };
        let path = Path::ROOT.field("tool_choice");
        let Some(kind) = choice.get_some("type") else {
            self.lacks(out, choice, &path.field("type"));
            return;
        };
        if let Some(word) = kind.as_str()
            && !CHOICES.contains(&&*word)
        {
            let there = path.field("type");
            let tags: Vec<String> = CHOICES.iter().map(|word| format!("'{word}'")).collect();
            let site = self
                .site(kind, &there)
                .text("dotted", path.dotted())
                .text("value", shown_word(&word))
                .text("choices", listed(CHOICES, "or"))
                .text("tags", tags.join(", "));
            out.report(&faults::UNKNOWN_TAG, site);
            return;
        }
        let offered = found.list("tools").is_some_and(|tools| !tools.is_empty())
            || found.get("mcp_servers").is_some();
        if kind.is_str("any") && !offered {
            out.report(&faults::FORCED_CALL_WITHOUT_TOOLS, self.site(choice, &path));
            return;
        }
        if kind.is_str("any") || kind.is_str("tool") {
            let forced = self
                .budget
                .model()
                .and_then(|model| model.abilities().forced_tool_choice);
            let thinks = found
                .object("thinking")
                .and_then(|thinking| thinking.get_some("type"))
                .is_some_and(|kind| kind.is_str("enabled"));
            if forced == Some(ForcedToolChoice::No) {
                out.report(&faults::NO_FORCED_CALL, self.site(choice, &path));
            } else if thinks {
                let site = self.site(choice, &path);
                out.report(&faults::FORCED_CALL_WITH_THINKING, site);
            }
        }
        if !kind.is_str("tool") || found.get("mcp_servers").is_some() {
            return;
        }
        let there = path.field("name");
        let Some(name) = choice.get_some("name") else {
            // The API's wording for this was not seen.
            out.report(&fields::MISSING, self.lacking(choice, &there).unanswered());
            return;
        };
        if let Some(text) = name.as_str()
            && !names.contains(&text)
        {
            let site = self.site(name, &there).name("tool", text);
            out.report(&faults::CHOSEN_TOOL_MISSING, site);
        }
    }

    /// Checks a schema in strict mode: every object lists its properties and allows no others.
    fn strict_schema(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        spelled: String,
        strict: &mut Strict,
    ) {
        let subset = subset_of(schema);
        strict.optional += subset.optional;
        strict.unions += subset.unions;
        if subset.without_additional {
            let site = self.site(schema, path).text("schema", spelled);
            out.report(&faults::STRICT_ADDITIONAL, site);
        }
    }

    /// Checks the answer format, in `output_config.format` or in its older place.
    pub(super) fn answer_format(&self, out: &mut Sink<'_>, format: Value<'c>, path: &Path<'_>) {
        let schema = format.get_some("schema");
        let Some(schema) = schema.filter(|schema| schema.kind() == Kind::Object) else {
            return;
        };
        let subset = subset_of(schema);
        let there = path.field("schema");
        let site = || self.site(schema, &there).text("schema", there.dotted());
        if subset.without_additional {
            out.report(&faults::STRICT_ADDITIONAL, site());
        }
        if let Some((keyword, kind)) = subset.keyword {
            let site = site().text("keyword", keyword);
            match kind.and_then(|kind| kind.as_str()) {
                _ if keyword == "oneOf" => out.report(&faults::FORMAT_ONE_OF, site),
                Some(kind) => {
                    out.report(
                        &faults::FORMAT_KEYWORD,
                        site.text("type", shown_word(&kind)),
                    );
                }
                None => out.report(&faults::FORMAT_KEYWORD, site),
            }
        }
        if refers_to_itself(schema) {
            out.report(&faults::FORMAT_RECURSION, site());
        }
        if self.has_citations() {
            out.report(&faults::CITATIONS_WITH_FORMAT, self.site(format, path));
        }
    }

    /// Whether a document of the history has citations. Only searches if the request contains the
    /// word.
    fn has_citations(&self) -> bool {
        memchr::memmem::find(self.request.text().as_bytes(), b"\"citations\"").is_some()
            && self.request.messages().any(|message| {
                message.parts().any(|part| {
                    part.value()
                        .get_path(&["citations", "enabled"])
                        .is_some_and(|enabled| enabled.as_bool() == Some(true))
                })
            })
    }
}

/// Whether a name consists of 1 to `most` letters, digits and `signs`.
pub(super) fn is_word(text: &str, most: usize, signs: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= most
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || signs.contains(&b))
}

/// Returns the faults of a schema and its subschemas in the strict subset. Linear; the parser
/// limits the depth.
fn subset_of(schema: Value<'_>) -> Subset<'_> {
    let mut subset = Subset::default();
    look_into(schema, &mut subset);
    subset
}

fn look_into<'v>(schema: Value<'v>, subset: &mut Subset<'v>) {
    let [kind, properties, required, additional, any_of] = schema.get_all([
        "type",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
    ]);
    let types: usize = kind.map_or(0, |kind| kind.items().count());
    let is_object = kind.is_some_and(|kind| {
        kind.is_str("object") || kind.items().any(|kind| kind.is_str("object"))
    });
    subset.unions += usize::from(any_of.is_some() || types > 1);
    if is_object && additional.and_then(|value| value.as_bool()) != Some(false) {
        subset.without_additional = true;
    }
    let required: HashSet<Cow<'_, str>> = required
        .into_iter()
        .flat_map(Value::items)
        .filter_map(|name| name.as_str())
        .collect();
    for (name, inner) in properties.into_iter().flat_map(Value::entries) {
        subset.optional += usize::from(!name.as_str().is_some_and(|name| required.contains(&name)));
        look_into(inner, subset);
    }
    for (key, value) in schema.entries() {
        let Some(key) = key.as_str() else {
            continue;
        };
        if subset.keyword.is_none()
            && let Some(keyword) = NOT_IN_ANSWER_SCHEMA.into_iter().find(|name| *name == key)
        {
            subset.keyword = Some((keyword, kind));
        }
        match &*key {
            "minItems" if subset.keyword.is_none() && value.as_u64().is_some_and(|n| n > 1) => {
                subset.keyword = Some(("minItems", kind));
            }
            "items" if value.kind() == Kind::Object => look_into(value, subset),
            "anyOf" | "allOf" | "oneOf" | "prefixItems" => {
                value.items().for_each(|inner| look_into(inner, subset));
            }
            "$defs" | "definitions" => {
                value
                    .entries()
                    .for_each(|(_, inner)| look_into(inner, subset));
            }
            _ => {}
        }
    }
}

/// Whether a reference in a schema leads back to an enclosing schema.
fn refers_to_itself(schema: Value<'_>) -> bool {
    // The definitions, and the definitions that each refers to.
    let definitions: Vec<(String, Value<'_>)> = ["$defs", "definitions"]
        .into_iter()
        .flat_map(|field| {
            schema
                .get_some(field)
                .into_iter()
                .flat_map(Value::entries)
                .filter_map(move |(name, inner)| {
                    Some((format!("#/{field}/{}", name.as_str()?), inner))
                })
        })
        .collect();
    let mut to_root = Vec::new();
    references(schema, &mut to_root);
    if to_root.iter().any(|target| target == "#") {
        return true;
    }
    if definitions.is_empty() || to_root.is_empty() {
        return false;
    }
    let place = |target: &str| definitions.iter().position(|(name, _)| name == target);
    let edges: Vec<Vec<usize>> = definitions
        .iter()
        .map(|(_, inner)| {
            let mut targets = Vec::new();
            references(*inner, &mut targets);
            targets.iter().filter_map(|target| place(target)).collect()
        })
        .collect();
    // Repeatedly remove definitions without references to remaining ones: any rest is a cycle.
    let mut left: Vec<bool> = vec![true; edges.len()];
    for _ in 0..edges.len().min(MOST_ROUNDS) {
        let before = left.iter().filter(|left| **left).count();
        for nth in 0..edges.len() {
            left[nth] = left[nth] && edges[nth].iter().any(|&to| left[to]);
        }
        if left.iter().filter(|left| **left).count() == before {
            return before > 0;
        }
    }
    false
}

/// Maximum length of a chain of references; longer ones are not checked.
const MOST_ROUNDS: usize = 64;

fn references(value: Value<'_>, targets: &mut Vec<String>) {
    for (key, inner) in value.entries() {
        if key.is_str("$ref") {
            targets.extend(inner.as_str().map(Cow::into_owned));
        }
        references(inner, targets);
    }
    for inner in value.items() {
        references(inner, targets);
    }
}
