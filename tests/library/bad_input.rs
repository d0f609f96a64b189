//! Bad input gets a typed error that names the place and the remedy.

use serde_json::json;
use tokenfit::{Accuracy, Envelope, ErrorKind, Format, Models, Request};

fn refused(body: impl AsRef<[u8]>) -> tokenfit::Error {
    Request::parse(body.as_ref())
        .err()
        .unwrap_or_else(|| panic!("was read: {:?}", String::from_utf8_lossy(body.as_ref())))
}

#[test]
fn places_and_kinds() {
    use ErrorKind::{InvalidJson, InvalidRequest};
    let cases: &[(&str, ErrorKind, &str)] = &[
        ("", InvalidJson, ""),
        ("hello", InvalidJson, ""),
        ("{\"messages\": [}", InvalidJson, "/messages/0"),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\\ud800b\"}]}",
            InvalidJson,
            "/messages/0/content",
        ),
        (
            "{\"messages\": [], \"temperature\": 1e999}",
            InvalidJson,
            "/temperature",
        ),
        (
            "{\"messages\": [], \"max_tokens\": 123456789012345678901234567890}",
            InvalidRequest,
            "/max_tokens",
        ),
        (
            "{\"messages\": [], \"max_tokens\": -1.5}",
            InvalidRequest,
            "/max_tokens",
        ),
        (
            "{\"messages\": [], \"max_completion_tokens\": \"9\"}",
            InvalidRequest,
            "/max_completion_tokens",
        ),
        ("\u{feff}{\"messages\": []}", InvalidJson, ""),
        ("7", InvalidRequest, ""),
        ("\"text\"", InvalidRequest, ""),
        ("{}", InvalidRequest, ""),
        ("{\"messages\": null}", InvalidRequest, "/messages"),
        (
            "{\"messages\": {\"role\": \"user\"}}",
            InvalidRequest,
            "/messages",
        ),
        ("{\"messages\": [\"hi\"]}", InvalidRequest, "/messages/0"),
        ("[\"hi\"]", InvalidRequest, "/0"),
        ("{\"messages\": [{}]}", InvalidRequest, "/messages/0"),
        (
            "{\"messages\": [{\"role\": 1}]}",
            InvalidRequest,
            "/messages/0/role",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": 1}]}",
            InvalidRequest,
            "/messages/0/content",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": {}}]}",
            InvalidRequest,
            "/messages/0/content",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": [\"a\"]}]}",
            InvalidRequest,
            "/messages/0/content/0",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": [{}]}]}",
            InvalidRequest,
            "/messages/0/content/0",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]}",
            InvalidRequest,
            "/messages/0/content/0",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": 4}]}]}",
            InvalidRequest,
            "/messages/0/content/0/text",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"name\": []}]}",
            InvalidRequest,
            "/messages/0/name",
        ),
        (
            "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": {}}]}",
            InvalidRequest,
            "/messages/0/tool_calls",
        ),
        (
            "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{}]}]}",
            InvalidRequest,
            "/messages/0/tool_calls/0",
        ),
        (
            "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"arguments\": {}}}]}]}",
            InvalidRequest,
            "/messages/0/tool_calls/0/function/arguments",
        ),
        (
            "{\"messages\": [{\"role\": \"tool\", \"tool_call_id\": 3}]}",
            InvalidRequest,
            "/messages/0/tool_call_id",
        ),
        ("{\"messages\": [], \"model\": 4}", InvalidRequest, "/model"),
        (
            "{\"messages\": [], \"tools\": {}}",
            InvalidRequest,
            "/tools",
        ),
        (
            "{\"messages\": [], \"tools\": [1]}",
            InvalidRequest,
            "/tools/0",
        ),
        (
            "{\"messages\": [], \"tools\": [{\"type\": \"function\"}]}",
            InvalidRequest,
            "/tools/0",
        ),
        (
            "{\"messages\": [], \"functions\": [1]}",
            InvalidRequest,
            "/functions/0",
        ),
        (
            "{\"messages\": [], \"tool_choice\": 1}",
            InvalidRequest,
            "/tool_choice",
        ),
        (
            "{\"messages\": [], \"response_format\": \"json\"}",
            InvalidRequest,
            "/response_format",
        ),
    ];
    for (body, kind, pointer) in cases {
        let error = refused(body);
        assert_eq!(error.kind(), *kind, "{body}: {error}");
        assert_eq!(error.pointer(), Some(*pointer), "{body}: {error}");
        assert!(error.line().is_some() && error.column().is_some(), "{body}");
    }
    assert_eq!(
        "klingon".parse::<Format>().unwrap_err().kind(),
        ErrorKind::UnsupportedFormat
    );
    assert!(Request::parse_as(Format::OpenAiChat, r#"{"messages":[],"system":"x"}"#).is_ok());
}

#[test]
fn lines_and_columns() {
    let error = refused("{\n  \"messages\": [\n    {\"role\": \"user\", \"content\": 5}\n  ]\n}");
    assert_eq!((error.line(), error.column()), (Some(3), Some(33)));
    assert_eq!(
        error.to_string(),
        "expected a string, a list of parts or null, found a number at `/messages/0/content` (line 3, column 33); correct its type"
    );
}

#[test]
fn not_utf8() {
    let error = refused(b"{\"messages\": [\n\"\xc3\x28\"]}");
    assert_eq!(
        (error.kind(), error.line()),
        (ErrorKind::InvalidJson, Some(2))
    );
}

#[test]
fn bombs_are_refused_without_harm() {
    for bomb in ["[".repeat(5_000_000), "{\"messages\":".repeat(200_000)] {
        assert_eq!(refused(&bomb).kind(), ErrorKind::TooDeep);
    }
    let wide = format!("[{}1]", "1,".repeat(1_000_000));
    assert_eq!(refused(&wide).kind(), ErrorKind::InvalidRequest);
    let keys = format!(
        "{{\"messages\":[{{\"role\":\"user\"{}}}]}}",
        ",\"content\":\"a\"".repeat(100_000)
    );
    assert_eq!(
        Request::parse(&keys)
            .unwrap()
            .messages()
            .next()
            .unwrap()
            .text(),
        "a"
    );
    let spaces =
        json!({"messages": [{"role": "user", "content": " ".repeat(1 << 20) + "x"}]}).to_string();
    let models = Models::builtin();
    let count = models
        .get("gpt-4o")
        .unwrap()
        .count(&Request::parse(&spaces).unwrap());
    assert!(count.tokens() > 8);
}

#[test]
fn hostile_schemas_are_stopped() {
    let models = Models::builtin();
    let nested =
        |open: &str, depth: usize| format!("{}{{}}{}", open.repeat(depth), "}".repeat(2 * depth));
    // Each type of a list writes its subschemas again: 2^24 times.
    let doubled = nested(r#"{"type":["object","object"],"properties":{"a":"#, 24);
    let many = |item: &str, count: usize| vec![item; count].join(",");
    let strings = many("\"string\"", 20_000);
    // A description that is repeated for each of many types.
    let repeated = format!(
        r#"{{"type":"array","items":{{"type":"object","properties":{{"x":{{"type":[{strings}],"description":"{}"}}}}}}}}"#,
        "word ".repeat(20_000)
    );
    let tools = |parameters: &str, field: &str| match field {
        "tools" => format!(
            r#"{{"messages":[],"tools":[{{"type":"function","function":{{"name":"f","parameters":{parameters}}}}}]}}"#
        ),
        _ => format!(r#"{{"messages":[],"functions":[{{"name":"f","parameters":{parameters}}}]}}"#),
    };
    let property = |schema: &str| format!(r#"{{"type":"object","properties":{{"a":{schema}}}}}"#);
    // Arrays of a definition whose own properties are such arrays.
    let arrays: Vec<String> = (0..4_000)
        .map(|n| format!(r##""p{n}":{{"type":"array","items":{{"$ref":"#/$defs/A"}}}}"##))
        .collect();
    let arrays = format!(
        r##"{{"properties":{{"x":{{"$ref":"#/$defs/A"}}}},"$defs":{{"A":{{"type":"object","properties":{{{}}}}}}}}}"##,
        arrays.join(",")
    );
    // Many required names, many references to them.
    let names: Vec<String> = (0..8_000).map(|n| format!("\"r{n}\"")).collect();
    let references: Vec<String> = (0..8_000)
        .map(|n| format!(r##""p{n}":{{"$ref":"#/$defs/A"}}"##))
        .collect();
    let required = format!(
        r##"{{"properties":{{{}}},"$defs":{{"A":{{"type":"object","properties":{{"q":{{}}}},"required":[{}]}}}}}}"##,
        references.join(","),
        names.join(",")
    );
    for (what, body, model) in [
        (
            "2023, doubled",
            tools(&property(&doubled), "functions"),
            "gpt-3.5-turbo",
        ),
        (
            "2023 by gpt-4",
            tools(&property(&doubled), "tools"),
            "gpt-4",
        ),
        ("doubled", tools(&property(&doubled), "tools"), "gpt-4o"),
        (
            "repeated description",
            tools(&property(&repeated), "tools"),
            "gpt-4o",
        ),
        ("arrays of a circle", tools(&arrays, "tools"), "gpt-4o"),
        (
            "required of references",
            tools(&required, "tools"),
            "gpt-4o",
        ),
    ] {
        let request = Request::parse(&body).unwrap();
        let count = models.get(model).unwrap().count(&request);
        assert_eq!(count.accuracy(), Accuracy::Estimated, "{what}");
        assert_eq!(count.total().upper(), None, "{what}");
        assert!(count.tokens() < 2_000_000, "{what}: {}", count.tokens());
    }
}

#[test]
fn models() {
    let models = Models::builtin();
    let of = |body: &str| {
        models
            .for_request(&Request::parse(body).unwrap())
            .unwrap_err()
    };
    let missing = of(r#"{"messages":[]}"#);
    assert_eq!(missing.kind(), ErrorKind::MissingModel);
    let unknown = of("{\"messages\":[],\n\"model\":\"gpt-4p\"}");
    assert_eq!(
        (unknown.kind(), unknown.pointer(), unknown.line()),
        (ErrorKind::UnknownModel, Some("/model"), Some(2))
    );
    assert!(
        unknown.to_string().contains("did you mean")
            && unknown.nearest_models().iter().any(|n| n == "gpt-4o"),
        "{unknown}"
    );
}

#[test]
fn envelopes() {
    for (text, id, model, request) in [
        (r#"{"messages":[]}"#, None, None, r#"{"messages":[]}"#),
        (
            r#"[ {"role":"user"} ]"#,
            None,
            None,
            r#"[ {"role":"user"} ]"#,
        ),
        (
            r#"{"id":"a","request":{"x" : 1}}"#,
            Some("a"),
            None,
            r#"{"x" : 1}"#,
        ),
        (
            r#"{"id":7,"model":"m","request":[]}"#,
            Some("7"),
            Some("m"),
            "[]",
        ),
        (
            r#"{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"messages":[]}}"#,
            Some("b"),
            None,
            r#"{"messages":[]}"#,
        ),
        (
            r#"{"custom_id":"c","params":{"max_tokens":1,"messages":[]}}"#,
            Some("c"),
            None,
            r#"{"max_tokens":1,"messages":[]}"#,
        ),
        (r#"{"id":null,"model":null,"request":{}}"#, None, None, "{}"),
        (
            r#"{"contents":[],"request":{}}"#,
            None,
            None,
            r#"{"contents":[],"request":{}}"#,
        ),
        // A request with messages counts as bare, whatever other fields it has.
        (
            r#"{"messages":[],"request":{},"id":"z"}"#,
            None,
            None,
            r#"{"messages":[],"request":{},"id":"z"}"#,
        ),
    ] {
        let envelope = Envelope::parse(text.as_bytes()).unwrap();
        assert_eq!((envelope.id(), envelope.model()), (id, model), "{text}");
        assert_eq!(envelope.request(), request.as_bytes(), "{text}");
    }
    for (text, pointer) in [
        (r#"{"id":"a","request":"text"}"#, "/request"),
        (r#"{"id":{},"request":{}}"#, "/id"),
        (r#"{"id":"a","model":1,"request":{}}"#, "/model"),
        (r#"{"custom_id":"b","url":"/v1","body":4}"#, "/body"),
    ] {
        let error = Envelope::parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind(), error.pointer()),
            (ErrorKind::InvalidRequest, Some(pointer)),
            "{text}"
        );
    }
}

#[test]
fn typed_values_come_and_go() {
    let value =
        json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "x": 1.50});
    let request = Request::from_serialize(&value).unwrap();
    assert_eq!(request.to_typed::<serde_json::Value>().unwrap(), value);
    assert_eq!(serde_json::to_value(&request).unwrap(), value);
    assert_eq!(
        request.to_typed::<Vec<u8>>().unwrap_err().kind(),
        ErrorKind::Serialize
    );
    // Keys that are not strings cannot be written as JSON.
    let odd = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert_eq!(
        Request::from_serialize(&odd).unwrap_err().kind(),
        ErrorKind::Serialize
    );
}
