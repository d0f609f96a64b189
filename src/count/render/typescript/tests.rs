//! Rules of the rendering, each with a minimal schema.

use super::*;
use crate::json::Document;
use proptest::prelude::*;

fn rendered(functions: &str) -> Rendered {
    let document = Document::parse(functions.into(), |_| true).unwrap();
    render(document.root().items(), false)
}

/// Returns the text between `(_: ` and `) => any;` for a function with these parameters.
fn parameters(schema: &str) -> String {
    let rendered = rendered(&format!(r#"[{{"name": "f", "parameters": {schema}}}]"#));
    assert_eq!(rendered.stop, None);
    let text = rendered.text;
    let from = text.find("(_: ").expect("parameters are rendered") + 4;
    let to = text.rfind(") => any;").expect("the type ends");
    text[from..to].to_owned()
}

/// Renders the only property `p`, which is not required, as one line after `p?: `.
fn property(schema: &str) -> String {
    let text = parameters(&format!(r#"{{"properties": {{"p": {schema}}}}}"#));
    text.strip_prefix("{ p?: ")
        .and_then(|text| text.strip_suffix(" }"))
        .unwrap_or(&text)
        .to_owned()
}

#[test]
fn the_whole() {
    let text = rendered(
        r#"[
        {"name": "find_order", "description": "Find an order.", "parameters": {"type": "object", "properties": {
            "order_number": {"type": "string", "description": "Like K-20931."},
            "limit": {"type": "integer", "default": 5}}}},
        {"name": "ping", "description": "", "parameters": {"type": "object", "properties": {}}},
        {"name": "pong"}]"#,
    )
    .text;
    assert_eq!(
        text,
        "namespace functions {\n\n\
         // Find an order.\ntype find_order = (_: {\n// Like K-20931.\norder_number?: string,\nlimit?: number, // default: 5\n}) => any;\n\n\
         type ping = () => any;\n\n\
         type pong = () => any;\n\n\
         } // namespace functions"
    );
}

#[test]
fn descriptions_are_stripped_line_by_line() {
    let text = rendered(r#"[{"name": "f", "description": "\n  One. \n\n\t Two.\n "}]"#).text;
    assert!(
        text.contains("{\n\n// One.\n//\n// Two.\ntype f = () => any;\n"),
        "{text}"
    );
}

#[test]
fn objects_without_comments_are_one_line() {
    assert_eq!(
        parameters(
            r#"{"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]}"#
        ),
        "{ a: number, b?: string }"
    );
    // The same one level down.
    assert_eq!(
        property(r#"{"type": "object", "properties": {"x": {"type": "boolean"}}}"#),
        "{ x?: boolean }"
    );
    // The order is the request's.
    assert_eq!(
        parameters(r#"{"properties": {"z": {}, "a": {}}}"#),
        "{ z?: any, a?: any }"
    );
}

#[test]
fn anything_that_is_a_comment_spreads_the_object() {
    for (schema, lines) in [
        (
            r#"{"type": "string", "description": " D. "}"#,
            "// D.\np?: string,",
        ),
        (r#"{"type": "string", "title": "T"}"#, "// T\np?: string,"),
        (
            r#"{"type": "string", "title": "T", "description": "D"}"#,
            "// T\n//\n// D\np?: string,",
        ),
        (
            r#"{"type": "string", "default": "x"}"#,
            "p?: string, // default: \"x\"",
        ),
        (
            r#"{"type": "string", "default": null}"#,
            "p?: string, // default: null",
        ),
        (
            r#"{"type": "array", "default": [1, {"a": 2}]}"#,
            "p?: any[], // default: [1, {\"a\": 2}]",
        ),
        (
            r#"{"type": "string", "minLength": 1}"#,
            "// minLength: 1\np?: string,",
        ),
        (
            r#"{"type": "string", "format": "date", "maxLength": 9}"#,
            "// maxLength: 9, format: \"date\"\np?: string,",
        ),
        (
            r#"{"type": "integer", "minimum": 0, "maximum": 1.50}"#,
            "// minimum: 0\n// maximum: 1.5\np?: number,",
        ),
        (
            r#"{"type": "number", "minimum": 0}"#,
            "// minimum: 0.0\np?: number,",
        ),
        (
            r#"{"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1e20}"#,
            "// exclusiveMinimum: 1.0\n// exclusiveMaximum: 1e+20\np?: number,",
        ),
        (
            r#"{"type": "array", "items": {"type": "string", "description": " D "}}"#,
            "p?: Array<\n// D\nstring\n>,",
        ),
        (
            r#"{"anyOf": [{"type": "string", "description": "D"}, {"type": "null"}]}"#,
            "p?:\n// D\n | string\n | null\n,",
        ),
        (
            r#"{"type": "string", "examples": ["a", 1]}"#,
            "// Examples:\n// - \"a\"\n// - 1\np?: string,",
        ),
    ] {
        assert_eq!(property(schema), format!("{{\n{lines}\n}}"), "{schema}");
    }
    // These are not shown, and do not spread the object over lines.
    for schema in [
        r#"{"type": "string", "pattern": "a"}"#,
        r#"{"type": "string", "description": ""}"#,
        r#"{"type": "string", "examples": []}"#,
        r#"{"type": "string", "minimum": 1}"#,
    ] {
        assert_eq!(property(schema), "string", "{schema}");
    }
    assert_eq!(
        property(r#"{"type": "array", "minItems": 1, "items": {"type": "number"}}"#),
        "number[]"
    );
}

#[test]
fn types() {
    for (schema, kind) in [
        (r#"{"type": "string"}"#, "string"),
        (r#"{"type": "number"}"#, "number"),
        (r#"{"type": "integer"}"#, "number"),
        (r#"{"type": "boolean"}"#, "boolean"),
        (r#"{"type": "null"}"#, "null"),
        (r#"{"type": "object"}"#, "object"),
        (r#"{"type": "object", "properties": {}}"#, "object"),
        (r#"{"type": "array"}"#, "any[]"),
        (r#"{"type": "array", "items": {}}"#, "any[]"),
        (
            r#"{"type": "array", "items": {"type": "array", "items": {"type": "string"}}}"#,
            "string[][]",
        ),
        ("{}", "any"),
        ("true", "any"),
        (r#"{"type": "widget"}"#, "any"),
        (
            r#"{"enum": ["a", 1, null, "é"], "type": "string"}"#,
            r#""a" | 1 | null | "é""#,
        ),
        (r#"{"const": "a"}"#, r#""a""#),
        (
            r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#,
            "string | null",
        ),
        (
            r#"{"oneOf": [{"type": "string"}, {"enum": ["b"]}]}"#,
            r#"string | "b""#,
        ),
        (r#"{"type": ["string", "null"]}"#, "string | null"),
        (
            r#"{"type": ["array", "null"], "items": {"type": "string"}}"#,
            "string[] | null",
        ),
        (
            r#"{"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}"#,
            "{ a?: string }[]",
        ),
    ] {
        assert_eq!(property(schema), kind, "{schema}");
    }
}

#[test]
fn the_parameters_themselves_have_a_title_and_a_description() {
    assert_eq!(
        parameters(
            r#"{"title": "add_args", "description": "What to add.", "properties": {"a": {"type": "number"}}}"#
        ),
        "// add_args\n//\n// What to add.\n{ a?: number }"
    );
}

#[test]
fn arrays_of_commented_objects() {
    assert_eq!(
        property(
            r#"{"type": "array", "items": {"title": "Item", "type": "object", "properties": {"a": {"type": "string", "description": "A"}}}}"#
        ),
        "Array<\n// Item\n{\n// A\na?: string,\n}\n>"
    );
}

#[test]
fn unions_with_constraints_are_spread() {
    assert_eq!(
        property(
            r#"{"description": "D", "anyOf": [{"type": "integer", "minimum": 0, "maximum": 255}, {"type": "null"}]}"#
        ),
        "{\n// D\np?:\n// minimum: 0, maximum: 255\n | number\n | null\n,\n}"
    );
}

#[test]
fn a_list_of_types_repeats_its_description_in_an_array_only() {
    let listed = r#"{"type": ["string", "null"], "description": "D"}"#;
    assert_eq!(property(listed), "{\n// D\np?: string | null,\n}");
    let items = format!(
        r#"{{"type": "array", "items": {{"type": "object", "properties": {{"q": {listed}}}}}}}"#
    );
    assert_eq!(
        property(&items),
        "Array<\n{\n// D\nq?:\n// D\n | string\n// D\n | null\n,\n}\n>"
    );
}

#[test]
fn references_are_written_out() {
    assert_eq!(
        parameters(
            r##"{"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/definitions/A", "description": "B"}, "c": {"$ref": "#/$defs/none"}},
                "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"enum": ["x"]}}}"##
        ),
        "{\na?: \"x\",\n// B\nb?: \"x\",\nc?: any,\n}"
    );
}

#[test]
fn an_object_that_is_open_ends_in_a_member_for_the_rest() {
    assert_eq!(
        parameters(r#"{"properties": {"a": {"type": "string"}}, "additionalProperties": true}"#),
        "{ a?: string, [k: string]: any }"
    );
    assert_eq!(
        parameters(
            r#"{"properties": {"a": {"type": "string", "title": "A"}}, "additionalProperties": true}"#
        ),
        "{\n// A\na?: string,\n[k: string]: any,\n}"
    );
    assert_eq!(
        parameters(r#"{"properties": {"a": {"type": "string"}}, "additionalProperties": false}"#),
        "{ a?: string }"
    );
}

#[test]
fn a_schema_that_is_made_strict_has_no_optional_lines() {
    let text = |strict: &str| {
        let functions = format!(
            r#"[{{"name": "f"{strict}, "parameters": {{"properties": {{"a": {{"type": "string", "title": "A"}}}}}}}}]"#
        );
        let document = Document::parse(functions.as_str().into(), |_| true).unwrap();
        render(document.root().items(), true).text
    };
    assert!(text("").contains("\na: string,\n"));
    assert!(text(r#", "strict": true"#).contains("\na: string,\n"));
    assert!(text(r#", "strict": false"#).contains("\na?: string,\n"));
}

#[test]
fn repeated_keys_are_pythons() {
    assert_eq!(
        parameters(r#"{"properties": {"a": {"type": "string"}, "b": {}, "a": {"type": "null"}}}"#),
        "{ a?: null, b?: any }"
    );
}

#[test]
fn circles_depth_and_size_stop_the_rendering() {
    let stop = |schema: String| rendered(&format!(r#"[{{"name": "f", "parameters": {schema}}}]"#));
    let circle = stop(
        r##"{"properties": {"tree": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": {"type": "object", "properties": {
            "value": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}}}"##
            .into(),
    );
    assert_eq!(circle.stop, Some(Stop::Circle));
    assert!(
        circle.text.contains("{ value?: string, children?: any"),
        "{}",
        circle.text
    );
    // A reference to itself, and a cycle of two.
    for definitions in [
        r##""a": {"$ref": "#/$defs/a"}"##,
        r##""a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}"##,
    ] {
        let text = stop(format!(
            r##"{{"properties": {{"x": {{"$ref": "#/$defs/a"}}}}, "$defs": {{{definitions}}}}}"##
        ))
        .text;
        assert!(text.contains("{ x?: any }"), "{text}");
    }

    // Each definition refers to the next twice: 2^40 copies of the last.
    let definitions: Vec<String> = (0..40)
        .map(|n| format!(r##""d{n}": {{"type": "object", "properties": {{"a": {{"$ref": "#/$defs/d{0}"}}, "b": {{"$ref": "#/$defs/d{0}"}}}}}}"##, n + 1))
        .collect();
    let bomb = stop(format!(
        r##"{{"properties": {{"x": {{"$ref": "#/$defs/d0"}}}}, "$defs": {{{}, "d40": {{"type": "string"}}}}}}"##,
        definitions.join(",")
    ));
    assert_eq!(bomb.stop, Some(Stop::Size));
    assert!(
        bomb.text.len() < MAX_EXPANSION_BYTES + 100_000,
        "{}",
        bomb.text.len()
    );

    // Definitions that each refer to the next: deeper than any JSON nests.
    let definitions: Vec<String> = (0..300)
        .map(|n| {
            format!(
                r##""d{n}": {{"type": "array", "items": {{"$ref": "#/$defs/d{}"}}}}"##,
                n + 1
            )
        })
        .collect();
    let chain = stop(format!(
        r##"{{"properties": {{"x": {{"$ref": "#/$defs/d0"}}}}, "$defs": {{{}}}}}"##,
        definitions.join(",")
    ));
    assert_eq!(chain.stop, Some(Stop::Depth));
}

#[test]
fn what_repeats_itself_costs_no_more_than_it_may() {
    // A list of ten thousand types over an object with ten thousand keys, none of which is written.
    let types = vec!["\"object\""; 10_000].join(",");
    let keys: Vec<String> = (0..10_000).map(|n| format!("\"x{n}\": 1")).collect();
    let json = format!(
        r##"[{{"name": "f", "parameters": {{"properties": {{"p": {{"type": [{types}], "properties": {{"q": {{ {0} }}}}}},
            "r": {{"$ref": "#/$defs/big"}}}}, "$defs": {{"big": {{ {0} }}}}}}}}]"##,
        keys.join(",")
    );
    let repeated = rendered(&json);
    assert_eq!(repeated.stop, Some(Stop::Size));
    assert!(repeated.text.len() < 2 * MAX_EXPANSION_BYTES);

    // Ten thousand references to a definition of ten thousand keys: read once, and written
    // completely.
    let properties: Vec<String> = (0..10_000)
        .map(|n| format!(r##""p{n}": {{"$ref": "#/$defs/big"}}"##))
        .collect();
    let json = format!(
        r##"[{{"name": "f", "parameters": {{"properties": {{ {} }}, "$defs": {{"big": {{ {} }}}}}}}}]"##,
        properties.join(","),
        keys.join(",")
    );
    assert_eq!(rendered(&json).stop, None);
}

/// Schemas of any shape, with the keywords that the rendering uses.
fn schema() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!(null)),
        prop::sample::select(vec![
            "string", "number", "integer", "boolean", "null", "object", "array", "?"
        ])
        .prop_map(|t| json!({"type": t})),
        any::<String>().prop_map(|d| json!({"type": "string", "description": d, "title": d})),
        prop::sample::select(vec!["#/$defs/a", "#/$defs/b", "#/$defs/c", "x", ""])
            .prop_map(|r| json!({"$ref": r})),
        any::<f64>().prop_map(|n| json!({"type": "number", "minimum": n, "default": n})),
        any::<String>().prop_map(
            |s| json!({"enum": [s], "const": s, "examples": [s], "minLength": 2, "format": s})
        ),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec((any::<String>(), inner.clone()), 0..4).prop_map(|p| {
                let required: Vec<_> = p.iter().map(|(name, _)| name.clone()).collect();
                json!({"type": "object", "properties": p.into_iter().collect::<serde_json::Map<String, Value>>(), "required": required})
            }),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|variants| json!({"anyOf": variants})),
            inner.prop_map(|mut items| {
                if let Some(items) = items.as_object_mut() {
                    items.insert("type".into(), json!(["object", "array", "string"]));
                }
                items
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_is_rendered(parts in prop::collection::vec(schema(), 4)) {
        let tools = serde_json::json!([{"name": "f", "parameters": {"type": "object",
            "properties": {"p": parts[0], "q": parts[1]}, "$defs": {"a": parts[2], "b": parts[3]}}}]);
        let rendered = rendered(&tools.to_string());
        let (begun, ended) = (rendered.text.starts_with("namespace functions {\n\n"), rendered.text.ends_with("} // namespace functions"));
        prop_assert!(begun && ended);
        prop_assert!(rendered.text.len() < 2 * MAX_EXPANSION_BYTES);
    }
}
