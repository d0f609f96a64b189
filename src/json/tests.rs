//! Comparison of the scanner with `serde_json`, and tests of its two extra rules.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Document<'_>, Error> {
    Document::parse(Cow::Borrowed(text), |name| {
        matches!(name, "messages" | "content" | "metadata")
    })
}

/// Builds the value as `serde_json` would, through our index. `MAX_DEPTH` bounds the recursion.
fn build(value: Value<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value.kind() {
        Kind::Null => Json::Null,
        Kind::True => Json::Bool(true),
        Kind::False => Json::Bool(false),
        Kind::Number => serde_json::from_str(value.raw()).unwrap(),
        Kind::String => Json::String(value.as_str().unwrap().into_owned()),
        Kind::Array => value.items().map(build).collect(),
        Kind::Object => value
            .entries()
            .map(|(key, value)| (key.as_str().unwrap().into_owned(), build(value)))
            .collect(),
    }
}

fn agrees(text: &str) {
    let theirs = serde_json::from_str::<serde_json::Value>(text);
    match (parse(text), theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(build(ours.root()), theirs),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!(
            "{text:?}: ours {:?}, serde_json {:?}",
            ours.map(|d| d.nodes.len()),
            theirs
        ),
    }
}

#[test]
fn agrees_with_serde_json_on_edge_cases() {
    for text in [
        "",
        " ",
        "null",
        " true ",
        "falsey",
        "nul",
        "-0",
        "01",
        "1.",
        "1.5e+3",
        "-",
        "1e",
        ".5",
        "+1",
        "1e308",
        "1e309",
        "-1e400",
        "\"\\u0041\\n\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\x\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"",
        "[",
        "[]",
        "[1,]",
        "[,]",
        "[1 2]",
        "{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":}",
        "[}",
        "{]",
        "[] []",
        "\u{feff}{}",
        "{\"\\u0061\":1}",
        "\"\u{7f}\u{80}\"",
        "[[[[]]],{}]",
        "\"\\u00\"",
        "\"\\u+123\"",
        "tru",
        "1 ",
    ] {
        agrees(text);
    }
    for digits in [299, 308, 309, 310, 5000] {
        agrees(&"9".repeat(digits));
        agrees(&format!("0.{}", "9".repeat(digits)));
    }
}

#[test]
fn depth_is_bounded_and_costs_no_stack() {
    agrees(&format!("{}{}", "[".repeat(127), "]".repeat(127)));
    assert!(parse(&format!("{}{}", "[".repeat(127), "]".repeat(127))).is_ok());
    for bomb in [
        "[".repeat(2_000_000),
        "{\"a\":".repeat(500_000),
        format!("{}{}", "[".repeat(128), "]".repeat(128)),
    ] {
        let error = parse(&bomb).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TooDeep);
    }
}

#[test]
fn faults_name_the_place_but_no_name_of_the_callers() {
    let error = parse("{\"messages\":[{},\n{\"content\": nope}]}")
        .err()
        .unwrap();
    assert_eq!(error.pointer(), Some("/messages/1/content"));
    assert_eq!((error.line(), error.column()), (Some(2), Some(13)));

    let error = parse("{\"metadata\":{\"jane@example.com\":[1,2,}}")
        .err()
        .unwrap();
    assert_eq!(error.pointer(), Some("/metadata"));
    assert!(!format!("{error} {error:?}").contains("jane"));

    let error = Document::parse_bytes(b"{\"a\":\n \xff}", |_| true)
        .err()
        .unwrap();
    assert_eq!((error.line(), error.column()), (Some(2), Some(2)));
}

#[test]
fn the_last_of_repeated_keys_counts_and_escaped_keys_match() {
    let document = parse(r#"{"a":1,"\u0061":2,"b":null}"#).unwrap();
    assert_eq!(document.root().get("a").unwrap().raw(), "2");
    assert!(document.root().get("b").unwrap().is_null());
    assert!(document.root().get_some("b").is_none());
    assert!(document.root().get("c").is_none());
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(|n| serde_json::json!(n)),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| { serde_json::Value::Object(entries.into_iter().collect()) }),
        ]
    })
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let document = parse(&text).unwrap();
        prop_assert_eq!(document.root().raw(), text.as_str());
        prop_assert_eq!(build(document.root()), serde_json::from_str::<serde_json::Value>(&text).unwrap());
    }

    #[test]
    fn damaged_json_is_judged_as_serde_json_does(value in json(), at in any::<prop::sample::Index>(), with in "[\\[\\]{},:\"0-9a-fu\\\\ .e+-]{0,3}") {
        let mut text = serde_json::to_string(&value).unwrap();
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        let mut end = at + 1;
        while !text.is_char_boundary(end) { end += 1; }
        text.replace_range(at..end.min(text.len()), &with);
        agrees(&text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        agrees(&text);
    }
}
