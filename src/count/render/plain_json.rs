//! Tools and calls as JSON, as most chat templates of open models write them: unchanged except for
//! white space.
//!
//! ```text
//! list:   [{"type": "function", "function": {"name": "find", "description": "…", "parameters": {…}}}, …]
//! lines:  {"name": "find", "description": "…", "parameters": {…}}
//! call:   {"name": "find", "arguments": {"city": "Kiel"}}
//! ```
//!
//! `strict` and other fields of a definition are not written. Evidence:
//! docs/evidence/billing_other_providers.md, section 3.

use std::borrow::Cow;

use super::python_json::{self, COMPACT, SPACED, Style, write_string};
use crate::json::Document;
use crate::request::{Request, Tool, ToolKind};

/// Form of definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definitions {
    /// One list with blanks, each function in its wrapper.
    List,
    /// One list without blanks.
    CompactList,
    /// One line per function, without the wrapper.
    Lines,
}

/// Writes the definitions of the caller's functions.
pub(crate) fn definitions(request: &Request<'_>, form: Definitions) -> String {
    let (style, wrapped) = match form {
        Definitions::List => (SPACED, true),
        Definitions::CompactList => (COMPACT, true),
        Definitions::Lines => (SPACED, false),
    };
    let mut out = String::new();
    if wrapped {
        out.push('[');
    }
    let functions = request
        .tools()
        .filter(|tool| tool.kind() != ToolKind::Other);
    for (nth, tool) in functions.enumerate() {
        match (nth, wrapped, style.spaced) {
            (0, ..) => {}
            (_, false, _) => out.push('\n'),
            (_, true, true) => out.push_str(", "),
            (_, true, false) => out.push(','),
        }
        definition(&mut out, &tool, style, wrapped);
    }
    if wrapped {
        out.push(']');
    }
    out
}

fn definition(out: &mut String, tool: &Tool<'_>, style: Style, wrapped: bool) {
    let (comma, colon) = if style.spaced {
        (", ", ": ")
    } else {
        (",", ":")
    };
    if wrapped {
        for piece in [
            "{\"type\"",
            colon,
            "\"function\"",
            comma,
            "\"function\"",
            colon,
        ] {
            out.push_str(piece);
        }
    }
    out.push_str("{\"name\"");
    out.push_str(colon);
    write_string(out, &tool.name().unwrap_or_default(), style);
    out.push_str(comma);
    out.push_str("\"description\"");
    out.push_str(colon);
    write_string(out, &tool.description().unwrap_or_default(), style);
    out.push_str(comma);
    out.push_str("\"parameters\"");
    out.push_str(colon);
    match tool.schema() {
        Some(schema) => python_json::write(out, schema, style),
        None => out.push_str("{}"),
    }
    out.push_str(if wrapped { "}}" } else { "}" });
}

/// Rewrites JSON like `json.dumps`, with or without blanks; a string that is not JSON is returned
/// unchanged.
pub(crate) fn rewritten(text: &str, spaced: bool) -> Cow<'_, str> {
    // Errors of this document are not shown.
    match Document::parse(Cow::Borrowed(text), |_| false) {
        Ok(document) => {
            let mut out = String::with_capacity(text.len());
            let style = if spaced { SPACED } else { COMPACT };
            python_json::write(&mut out, document.root(), style);
            Cow::Owned(out)
        }
        Err(_) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_in_each_form() {
        let request = Request::parse(
            r#"{"messages":[],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object"}}},
            {"type":"function","function":{"description":"é","name":"g"}}]}"#,
        )
        .unwrap();
        assert_eq!(
            definitions(&request, Definitions::CompactList),
            r#"[{"type":"function","function":{"name":"f","description":"","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","description":"é","parameters":{}}}]"#
        );
        assert_eq!(
            definitions(&request, Definitions::Lines),
            "{\"name\": \"f\", \"description\": \"\", \"parameters\": {\"type\": \"object\"}}\n\
             {\"name\": \"g\", \"description\": \"é\", \"parameters\": {}}"
        );
        assert!(
            definitions(&request, Definitions::List)
                .starts_with(r#"[{"type": "function", "function": {"name": "f", "#)
        );
    }

    #[test]
    fn arguments_are_written_again_and_other_texts_are_not() {
        assert_eq!(rewritten(r#"{"a":[1,2]}"#, true), r#"{"a": [1, 2]}"#);
        assert_eq!(rewritten("{\"a\" : 1}", false), r#"{"a":1}"#);
        assert_eq!(rewritten("no {json", true), "no {json");
    }
}
