//! Function definitions as TypeScript as the server wrote them in 2023, and still does for the
//! field `functions` and for the gpt-4 of that year.
//!
//! ```text
//! namespace functions {
//!
//! // Do a bing bong
//! type bing_bong = (_: {
//! foo?: {
//!   bar?: "a" | "b",
//!   baz?: boolean,
//! },
//! }) => any;
//!
//! } // namespace functions
//! ```
//!
//! Unlike [today's](super::typescript): an object is always written over several lines; its content
//! is indented by two; titles, defaults, constraints and constants are not shown; descriptions are
//! written only for properties of the function itself.
//!
//! Evidence: 15 of 15 recorded requests with `functions` (2023-06 to 2025-08, gpt-3.5-turbo and
//! gpt-4; 11 of one suite that checks itself against the API), and the one request with `tools` to
//! gpt-4-0613 that distinguishes the renderings (2025-08). Inferred: that the field decides, not
//! the date.

use std::borrow::Cow;
use std::collections::HashSet;

use super::python_json::{self, unique_entries};
use super::{MAX_EXPANSION_BYTES, MAX_RENDERED_DEPTH, Rendered, Stop, text};
use crate::json::{Kind, Value};

/// Renders functions (objects with `name`, `description`, `parameters`) in their order.
pub(in crate::count) fn render<'r>(functions: impl Iterator<Item = Value<'r>>) -> Rendered {
    let mut writer = Writer {
        out: String::from("namespace functions {\n\n"),
        stop: None,
        read: 0,
        limit: MAX_EXPANSION_BYTES,
    };
    for function in functions {
        writer.function(function);
    }
    writer.out.push_str("} // namespace functions");
    Rendered {
        text: writer.out,
        stop: writer.stop,
        inferred: Vec::new(),
    }
}

struct Writer {
    out: String,
    stop: Option<Stop>,
    /// Number of keys read: reading counts like writing, because a list of types visits its
    /// subschemas repeatedly.
    read: usize,
    limit: usize,
}

impl Writer {
    fn function(&mut self, function: Value<'_>) {
        self.limit = self.limit.saturating_add(function.raw().len());
        if let Some(description) = text(function, "description") {
            self.comment(description.trim());
        }
        self.out.push_str("type ");
        self.out
            .push_str(&text(function, "name").unwrap_or_default());
        match function
            .get_some("parameters")
            .filter(|parameters| has_properties(*parameters))
        {
            Some(parameters) => {
                self.out.push_str(" = (_: {\n");
                self.properties(parameters, 0, 0);
                self.out.push_str("}) => any;\n\n");
            }
            None => self.out.push_str(" = () => any;\n\n"),
        }
    }

    fn comment(&mut self, text: &str) {
        for line in text.split('\n') {
            self.out.push_str("// ");
            self.out.push_str(line.trim());
            self.out.push('\n');
        }
    }

    fn properties(&mut self, object: Value<'_>, indent: usize, depth: usize) {
        let required: HashSet<Cow<'_, str>> = object
            .get("required")
            .map(|names| names.items().filter_map(|name| name.as_str()).collect())
            .unwrap_or_default();
        self.read += required.len();
        let blanks = " ".repeat(indent);
        for (name, value) in object
            .get("properties")
            .map(unique_entries)
            .unwrap_or_default()
        {
            if indent == 0
                && let Some(description) = text(value, "description")
            {
                self.comment(description.trim());
            }
            self.out.push_str(&blanks);
            self.out.push_str(&name);
            self.out.push_str(if required.contains(&name) {
                ": "
            } else {
                "?: "
            });
            self.kind(value, None, indent, depth + 1);
            self.out.push_str(",\n");
        }
    }

    /// Writes a type; `only` is one of a list of types.
    fn kind(&mut self, value: Value<'_>, only: Option<&str>, indent: usize, depth: usize) {
        self.read += value.entries().count();
        let stop = if depth > MAX_RENDERED_DEPTH {
            Some(Stop::Depth)
        } else if self.out.len() + self.read > self.limit {
            Some(Stop::Size)
        } else {
            None
        };
        if stop.is_some() {
            self.stop = self.stop.or(stop);
            return self.out.push_str("any");
        }
        if only.is_none() {
            let list = |keyword| value.get(keyword).filter(|list| list.kind() == Kind::Array);
            if let Some(variants) = list("anyOf") {
                for (nth, variant) in variants.items().enumerate() {
                    self.out.push_str(if nth > 0 { " | " } else { "" });
                    self.kind(variant, None, indent, depth + 1);
                }
                return;
            }
            if let Some(types) = list("type") {
                for (nth, kind) in types.items().enumerate() {
                    self.out.push_str(if nth > 0 { " | " } else { "" });
                    self.kind(
                        value,
                        Some(&kind.as_str().unwrap_or_default()),
                        indent,
                        depth + 1,
                    );
                }
                return;
            }
        }
        let kind = match only {
            Some(kind) => Cow::Borrowed(kind),
            None => value
                .get("type")
                .and_then(|kind| kind.as_str())
                .unwrap_or_default(),
        };
        match &*kind {
            "string" | "number" | "integer" => {
                self.values(value, if kind == "string" { "string" } else { "number" })
            }
            "boolean" => self.out.push_str("boolean"),
            "null" => self.out.push_str("null"),
            "object" => {
                self.out.push_str("{\n");
                self.properties(value, indent + 2, depth);
                // An empty line if there are no properties, because the lines are joined.
                self.out
                    .push_str(if has_properties(value) { "}" } else { "\n}" });
            }
            "array" => match value
                .get_some("items")
                .filter(|items| items.entries().next().is_some())
            {
                Some(items) => {
                    self.kind(items, None, indent, depth + 1);
                    self.out.push_str("[]");
                }
                None => self.out.push_str("any[]"),
            },
            _ => self.out.push_str("any"),
        }
    }

    /// Writes the allowed values, or the type that all of them have.
    fn values(&mut self, value: Value<'_>, kind: &str) {
        let mut values = value
            .get("enum")
            .into_iter()
            .flat_map(|values| values.items())
            .peekable();
        if values.peek().is_none() {
            return self.out.push_str(kind);
        }
        for (nth, value) in values.enumerate() {
            self.out.push_str(if nth > 0 { " | " } else { "" });
            python_json::write(&mut self.out, value, python_json::SPACED);
        }
    }
}

fn has_properties(object: Value<'_>) -> bool {
    object
        .get("properties")
        .is_some_and(|properties| properties.entries().next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    #[test]
    fn as_in_2023() {
        let document = Document::parse(
            r#"[{"name": "bing_bong", "description": " Do a bing bong\n now ", "parameters": {"type": "object", "properties": {
                "foo": {"type": "object", "description": "D", "title": "T", "properties": {
                    "bar": {"type": "string", "enum": ["a", "b"], "description": "not shown"},
                    "baz": {"type": ["boolean", "null"], "default": true}}, "required": ["bar"]},
                "list": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string", "const": "x"}]}},
                "any": {}, "none": {"type": "object"}}}},
                {"name": "ping", "parameters": {"type": "object", "properties": {}}}]"#
                .into(),
            |_| true,
        )
        .unwrap();
        let rendered = render(document.root().items());
        assert_eq!(rendered.stop, None);
        assert_eq!(
            rendered.text,
            "namespace functions {\n\n// Do a bing bong\n// now\ntype bing_bong = (_: {\n\
             // D\nfoo?: {\n  bar: \"a\" | \"b\",\n  baz?: boolean | null,\n},\n\
             list?: number | string[],\nany?: any,\nnone?: {\n\n},\n}) => any;\n\n\
             type ping = () => any;\n\n} // namespace functions"
        );
    }

    #[test]
    fn what_repeats_itself_is_stopped() {
        let types = vec!["\"array\""; 30].join(",");
        let nested = format!(
            "{}{{}}{}",
            format!(r#"{{"type": [{types}], "items": "#).repeat(40),
            "}".repeat(40)
        );
        let json =
            format!(r#"[{{"name": "f", "parameters": {{"properties": {{"p": {nested}}}}}}}]"#);
        let document = Document::parse(json.as_str().into(), |_| true).unwrap();
        let rendered = render(document.root().items());
        assert_eq!(rendered.stop, Some(Stop::Size));
        assert!(rendered.text.len() < 2 * MAX_EXPANSION_BYTES);
    }
}
