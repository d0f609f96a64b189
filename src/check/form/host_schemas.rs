//! Moonshot's subset of JSON Schema for tools.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::hosts as faults;
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, TAKEN, Verdict};
use crate::json::{Kind, Value};
use crate::model::Host;

/// Maximum depth that is checked. No API accepts a schema this deep.
const DEEPEST: usize = 48;

impl<'c> Context<'c> {
    pub(super) fn moonshot_function(
        &self,
        out: &mut Sink<'_>,
        function: Value<'c>,
        path: &Path<'_>,
    ) {
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
}
