//! Chat templates: prompts equal those of Jinja in Python, and no template costs more than its
//! limits.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokenfit::model::{Day, Host};
use tokenfit::template::ChatTemplate;
use tokenfit::{Accuracy, Error, ErrorKind, Models, Request, TokenCount};

/// A request and the prompt that Jinja 3.1.6 writes for it, with the settings of transformers.
#[derive(Deserialize)]
struct Case {
    template: String,
    request: Box<RawValue>,
    prompt: String,
}

fn day() -> Day {
    "2026-11-28".parse().unwrap()
}

fn source(name: &str) -> &'static str {
    match name {
        "chatml" => include_str!("../cases/templates/chatml.jinja"),
        "headers" => include_str!("../cases/templates/headers.jinja"),
        "brackets" => include_str!("../cases/templates/brackets.jinja"),
        other => panic!("no template {other}"),
    }
}

/// The template of a `tokenizer_config.json` with its special tokens.
fn template(name: &str) -> ChatTemplate {
    let config = json!({
        "bos_token": "<s>",
        "eos_token": {"content": "</s>", "special": true},
        "chat_template": source(name),
    });
    ChatTemplate::from_tokenizer_config(config.to_string().as_bytes()).unwrap()
}

fn render(source: &str, request: &Value) -> Result<String, Error> {
    let body = request.to_string();
    ChatTemplate::parse(source)?.render(&Request::parse(&body)?, day())
}

#[test]
fn prompts_are_those_of_jinja() {
    let mut cases = 0;
    for line in include_str!("../cases/templates.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let request = Request::parse(case.request.get()).unwrap();
        let prompt = template(&case.template).render(&request, day()).unwrap();
        assert_eq!(prompt, case.prompt, "{} {}", case.template, case.request);
        cases += 1;
    }
    assert_eq!(cases, 12);
}

/// Covers other formats, the template for tools, settings, and parts.
#[test]
fn requests_become_variables() {
    let anthropic = json!({"model": "claude-opus-5", "max_tokens": 9, "system": "Be brief.", "messages": [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "done"}]},
    ], "tools": [{"name": "f", "input_schema": {"type": "object"}}]});
    let source = "{% for m in messages %}{{ m.role }}:{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name }}{{ c.function.arguments.x }}{% endfor %};{% endfor %}{{ tools | tojson }}";
    assert_eq!(
        render(source, &anthropic).unwrap(),
        "system:Be brief.;user:Go;assistant:f1;tool:done;[{\"type\": \"function\", \"function\": {\"parameters\": {\"type\": \"object\"}, \"name\": \"f\"}}]"
    );

    let config = json!({"chat_template": [
        {"name": "default", "template": "plain"}, {"name": "tool_use", "template": "with tools"},
    ]});
    let named = ChatTemplate::from_tokenizer_config(config.to_string().as_bytes()).unwrap();
    let mut body = json!({"messages": [{"role": "user", "content": "Go"}]});
    let prompt = |body: &Value| {
        let body = body.to_string();
        named
            .render(&Request::parse(&body).unwrap(), day())
            .unwrap()
    };
    assert_eq!(prompt(&body), "plain");
    body["tools"] = json!([{"type": "function", "function": {"name": "f"}}]);
    assert_eq!(prompt(&body), "with tools");
    body["tool_choice"] = json!("none");
    assert_eq!(prompt(&body), "plain");

    body["reasoning_effort"] = json!("low");
    body["chat_template_kwargs"] = json!({"style": "terse", "messages": 1});
    assert_eq!(
        render("{{ reasoning_effort }} {{ style }} {{ messages | length }} {{ strftime_now('%-d %B') }}", &body).unwrap(),
        "low terse 1 28 November"
    );

    // Parts are a string, unless the template reads them.
    body["messages"][0]["content"] =
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
    assert_eq!(render("{{ messages[0].content }}", &body).unwrap(), "ab");
    let parts = "{% for part in messages[0].content %}{{ part['text'] }},{% endfor %}";
    assert_eq!(render(parts, &body).unwrap(), "a,b,");
}

/// Each rendering ends soon and in little memory, on the stack of a thread.
#[test]
fn no_template_costs_more_than_its_limits() {
    let deep =
        |times: usize, open: &str, close: &str| open.repeat(times) + "x" + &close.repeat(times);
    let loops = |body: &str| {
        format!(
            "{{% set ns = namespace(x='ab', y=[], z={{}}) %}}{{% for a in range(1000) %}}{{% for b in range(1000) %}}{body}{{% endfor %}}{{% endfor %}}"
        )
    };
    let templates = [
        // Strings and lists that double, or are large at once.
        loops("{% set ns.x = ns.x ~ ns.x %}"),
        loops("{% set ns.x = ns.x + ns.x %}"),
        loops("{% set ns.x = ns.x * 2 %}"),
        loops("{% set ns.y = ns.y + ns.y + [1] %}"),
        loops("{% set ns.x = ns.x | replace('a', 'aa') %}"),
        loops("{% set ns.x = ns.x.replace('a', 'aa') %}"),
        loops("{% set ns.x = ns.x | tojson | tojson %}"),
        loops("{% set ns.x = [ns.x, ns.x] | join %}"),
        loops("{% set ns.x = '{0}{0}'.format(ns.x) %}"),
        loops("{% set ns.x = ('%s%s' | format(ns.x, ns.x)) %}"),
        loops("{% set x %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = x %}"),
        loops("{{ ns.x }}"),
        "{{ 'a' * 99999999 }}".to_owned(),
        "{{ '%99999999d' | format(1) }}".to_owned(),
        "{{ '{:>99999999}'.format(1) }}".to_owned(),
        "{{ 'a\n' * 1000 | indent(99999999) }}".to_owned(),
        "{{ messages | tojson(indent=99999999) }}".to_owned(),
        "{{ [0] * 99999999 }}".to_owned(),
        // Values that nest, contain themselves, or are chains of views.
        loops("{% set ns.y = [ns.y] %}") + "{{ ns.y }}",
        loops("{% set ns.z = {'a': ns.z} %}") + "{{ ns.z | tojson }}",
        loops("{% set ns.y = ns.y[0:] %}") + "{{ ns.y | length }}",
        loops("{% set ns = namespace(x=ns) %}"),
        "{% set ns = namespace(x=1) %}{% set ns.x = ns %}{{ ns }}".to_owned(),
        "{% set ns = namespace(x=1) %}{% set ns.x = [ns] %}{{ ns | tojson }}".to_owned(),
        "{% set ns = namespace(x=1) %}{% set m = namespace(y=ns) %}{% set ns.x = m %}{{ ns }}"
            .to_owned(),
        "{% set ns = namespace(x=1) %}{% for n in [ns] %}{% set ns.x = loop %}{% endfor %}{{ ns }}"
            .to_owned(),
        "{% set ns = namespace(x=1) %}{% set ns.x = {'a': ns} %}{{ ns == ns.x }}".to_owned(),
        "{% set x = [] %}".to_owned() + &"{% set x = [[x]] %}".repeat(9_000) + "{{ x }}",
        deep(140, "{% for x in [[[[[[[[[[x]]]]]]]]]] %}", "{% endfor %}"),
        deep(140, "{% if a %}", "{% endif %}"),
        "{% macro f(x) %}{{ f([[[[[[[[[x]]]]]]]]]) }}{% endmacro %}{{ f(1) }}".to_owned(),
        "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}".to_owned(),
        "{% for x in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}".to_owned(),
        "{{ ".to_owned() + &"not ".repeat(50_000) + "a }}",
        "{{ ".to_owned() + &"-".repeat(50_000) + "1 }}",
        "{{ x".to_owned() + &".a".repeat(100_000) + " }}",
        "{{ x".to_owned() + &"|list".repeat(40_000) + " }}",
        "{{ 1".to_owned() + &" ~ 1".repeat(50_000) + " }}",
        "{{ 1".to_owned() + &" ** 1".repeat(199) + " }}",
        "{{ x".to_owned() + &" is string".repeat(150) + " }}",
        "{{ f".to_owned() + &"()".repeat(150) + " }}",
        "{% set b = 'a' * 3000000 %}{{ '' ~ [b, b, b, b, b, b, b, b] }}".to_owned(),
        "{% set b = 'a' * 3000000 %}{{ [1, 2, 3, 4, 5, 6] | map('replace', 1, b) | string }}"
            .to_owned(),
        loops("{% set ns.y = [ns.y, ns.y] %}"),
        "{{ 1".to_owned() + &" if a else 1".repeat(20_000) + " }}",
        "{{ 'a' ".to_owned() + &"'a' ".repeat(50_000) + " }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"
            .to_owned(),
        "{{ range(100000) | map('string') | list | sort | join | length }}".to_owned(),
        "{% raw %}".to_owned() + &"{%".repeat(100_000),
        "{".repeat(200_000),
        "{#".repeat(100_000),
        "\n".repeat(100_000) + "{{",
        "{% set ".repeat(30_000),
    ];
    for source in templates {
        let shown: String = source.chars().take(120).collect();
        let run = move || {
            let start = Instant::now();
            let request = json!({"messages": [{"role": "user", "content": "Go"}]});
            let prompt = render(&source, &request);
            if let Err(error) = &prompt {
                assert_eq!(error.kind(), ErrorKind::InvalidTemplate);
            }
            (start.elapsed(), prompt.map(|prompt| prompt.len()))
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let (elapsed, prompt) = thread.spawn(run).unwrap().join().unwrap();
        assert!(elapsed < Duration::from_secs(5), "{elapsed:?}: {shown}");
        assert!(prompt.unwrap_or_default() <= 16 << 20, "{shown}");
    }
}

/// A long conversation is within the limits of each of the three styles.
#[test]
fn long_conversations_are_rendered() {
    let messages: Vec<Value> = (0..2_000)
        .flat_map(|nth| {
            [
                json!({"role": "user", "content": format!("{nth}?")}),
                json!({"role": "assistant", "content": "."}),
            ]
        })
        .chain([json!({"role": "user", "content": "And now?"})])
        .collect();
    let body = json!({"messages": messages}).to_string();
    let request = Request::parse(&body).unwrap();
    for name in ["chatml", "headers", "brackets"] {
        let prompt = template(name).render(&request, day()).unwrap();
        assert!(prompt.contains("1999?"), "{name}");
    }
}

#[test]
fn errors_show_nothing_of_the_template() {
    for source in [
        "{{ MARKER",
        "{% MARKER %}",
        "{{ MARKER.a.b }}",
        "{{ raise_exception('MARKER') }}",
        "{{ messages[0].content | MARKER }}",
        "{% include 'MARKER' %}",
    ] {
        let request = json!({"messages": [{"role": "user", "content": "MARKER"}]});
        let error = render(source, &request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTemplate, "{source}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }
    for config in [
        &b"MARKER"[..],
        br#"{"bos_token": "MARKER"}"#,
        br#"{"chat_template": ["MARKER"]}"#,
        br#"{"chat_template": [{"name": "MARKER", "template": "a"}]}"#,
        br#"{"chat_template": "MARKER", "added_tokens_decoder": {"1": "MARKER"}}"#,
    ] {
        let error = ChatTemplate::from_tokenizer_config(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTemplate);
        assert!(!format!("{error} {error:?}").contains("MARKER"), "{error}");
    }
    let template = template("chatml");
    assert_eq!(format!("{template:?}"), "ChatTemplate { .. }");
}

/// Counts characters, so that a mark differs from its text.
struct Characters;

impl tokenfit::Tokenizer for Characters {
    fn count(&self, text: &str) -> usize {
        text.chars().count()
    }
}

fn own_models() -> Models {
    Models::builtin()
        .overrides(r#"[{"id": "our-tune", "context_window": 32000}]"#)
        .unwrap()
        .tokenizer("our-tune", Characters)
        .chat_template("our-tune", template("chatml"))
}

#[test]
fn counts_marks_and_the_text_between_them() {
    let model = own_models().get("our-tune").unwrap();
    let body = r#"{"messages": [{"role": "user", "content": "Hello"}]}"#;
    let request = Request::parse(body).unwrap();
    let count = model.count(&request);
    // `<|im_start|>`, "user\nHello", `<|im_end|>`, "\n", `<|im_start|>`, "assistant\n".
    assert_eq!(count.tokens(), 1 + 10 + 1 + 1 + 1 + 10);
    assert_eq!(count.accuracy(), Accuracy::Calibrated);
    assert_eq!(count.rules().id, "chat-template");
    assert_eq!(
        (count.total().lower(), count.total().upper()),
        (22, Some(32))
    );
    assert_eq!(model.bounds(&request).upper(), None);

    // A mark in the content may be a token or text.
    let body = r#"{"messages": [{"role": "user", "content": "Hello<|im_end|>"}]}"#;
    let marked = model.count(&Request::parse(body).unwrap());
    assert_eq!(marked.tokens(), count.tokens() + 1);
    assert_eq!(marked.total().upper(), Some(33 + 10));

    // On a host without recordings it is an estimate, in another vocabulary too.
    let hosted = model.at_host(Host::Groq).count(&request);
    assert_eq!(
        (hosted.tokens(), hosted.accuracy()),
        (24, Accuracy::Estimated)
    );
    let template = template("chatml");
    let grok = Models::builtin().chat_template("grok-4", template);
    let count = grok.get("grok-4").unwrap().count(&request);
    assert_eq!(count.accuracy(), Accuracy::Estimated);
    assert_eq!(count.rules().id, "chat-template");
    assert_eq!(
        grok.get("grok-3").unwrap().count(&request).rules().id,
        "unknown"
    );
}

#[test]
fn parts_add_up_to_the_total() {
    let model = own_models().get("our-tune").unwrap();
    for line in include_str!("../cases/templates.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let request = Request::parse(case.request.get()).unwrap();
        let count = model.count(&request);
        let messages: TokenCount = count.messages().iter().map(|message| message.tokens).sum();
        let parts = messages + count.tools() + count.schema() + count.images() + count.framing();
        assert_eq!(parts, count.total());
        assert_eq!(count.messages().len(), request.messages().len());
    }
}

/// Where a template does not help, the count is that without it, and says so.
#[test]
fn a_template_that_does_not_render_is_left_out() {
    let with = |source: &str| {
        let template = ChatTemplate::parse(source).unwrap();
        Models::builtin().chat_template("llama3", template)
    };
    let text =
        r#"{"model": "llama-3.3-70b-instruct", "messages": [{"role": "user", "content": "Go"}]}"#;
    let file = r#"{"model": "llama-3.3-70b-instruct", "messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}"#;
    for (source, body, reason) in [
        ("{{ raise_exception('no') }}", text, "refuses"),
        ("{{ messages.a.b.c }}", text, "fails"),
        (
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            text,
            "too much work",
        ),
        ("a", file, "does not show"),
    ] {
        let request = Request::parse(body).unwrap();
        let without = Models::builtin()
            .for_request(&request)
            .unwrap()
            .count(&request);
        let count = with(source).for_request(&request).unwrap().count(&request);
        assert_eq!(count.total().tokens(), without.total().tokens(), "{source}");
        assert_eq!(count.rules(), without.rules());
        let reasons: Vec<&str> = count.uncertain().iter().map(|place| place.reason).collect();
        assert!(
            reasons.iter().any(|text| text.contains(reason)),
            "{reasons:?}"
        );
    }
}
