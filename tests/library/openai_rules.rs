//! Rules of OpenAI's APIs beyond messages, on small requests: stored content, other tool types,
//! compaction, hosts, images with the caller's size, days, embeddings and completions.
use serde_json::{Value, json};
use tokenfit::model::{Host, ImageSizes};
use tokenfit::{Accuracy, Envelope, Format, Models, Request, RequestCount, TokenCount};

fn count(model: &str, request: &Value) -> RequestCount {
    let text = request.to_string();
    let request = Request::parse(&text).unwrap();
    Models::builtin().get(model).unwrap().count(&request)
}

fn count_at(host: Host, model: &str, request: &Value) -> RequestCount {
    let text = request.to_string();
    let request = Request::parse(&text).unwrap();
    let model = Models::builtin().get(model).unwrap();
    model.at_host(host).count(&request)
}

/// The upper bound as a number.
fn most(count: TokenCount) -> u64 {
    count.upper().unwrap_or(u64::MAX)
}

fn is_doubted(count: &RequestCount, pointer: &str) -> bool {
    count
        .uncertain()
        .iter()
        .any(|place| place.pointer == pointer)
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn reasoning(encrypted: usize) -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "A".repeat(encrypted)})
}

#[test]
fn reasoning_of_an_earlier_turn_costs_nothing() {
    let said = json!({"role": "assistant", "content": "Hi"});
    let plain = count(
        "gpt-5",
        &json!({"input": [user("Hello"), said, user("Hello")]}),
    );
    assert_eq!(plain.tokens(), 5 + 7 + 5 + 2);
    for item in [
        reasoning(2_000),
        json!({"type": "reasoning", "id": "rs_1", "summary": []}),
    ] {
        let request = json!({"input": [user("Hello"), item, said, user("Hello")]});
        let old = count("gpt-5", &request);
        assert_eq!(old.accuracy(), Accuracy::Calibrated);
        assert_eq!(
            (old.tokens(), old.total().lower(), most(old.total())),
            (19, 19, 19)
        );
        assert!(is_doubted(&old, "/input/1"));
        // Not seen on later models: 0 is likely, but not promised.
        let newest = count("gpt-5.5", &request);
        assert_eq!(newest.accuracy(), Accuracy::Estimated);
        assert!(most(newest.total()) > 1_000);
    }
}

#[test]
fn reasoning_of_the_running_turn_has_bounds() {
    let of = |item: Value| {
        let call =
            json!({"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"});
        let result = json!({"type": "function_call_output", "call_id": "c1", "output": "ok"});
        count(
            "gpt-5",
            &json!({"input": [user("Hello"), item, call, result]}),
        )
        .messages()[1]
            .tokens
    };
    // Encrypted: a token has at least one byte, and base64 has four characters for three bytes.
    let encrypted = of(reasoning(4_000));
    assert_eq!((encrypted.lower(), most(encrypted)), (0, 3_000));
    assert_eq!(encrypted.tokens(), (3_000 - 675) * 3 / 14);
    // Stored by the server, or a recorder's marker in its place.
    for item in [
        reasoning(28),
        json!({"type": "reasoning", "id": "rs_1", "summary": []}),
    ] {
        let kept = of(item);
        assert_eq!((kept.lower(), kept.upper()), (0, None));
    }
}

#[test]
fn a_gateway_sends_reasoning_back_among_the_details() {
    let details = json!([{"type": "reasoning.encrypted", "data": "A".repeat(2_000)}]);
    let call =
        json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let said = json!({"role": "assistant", "content": null, "reasoning_details": details, "tool_calls": call});
    let result = json!({"role": "tool", "tool_call_id": "c", "content": "ok"});
    let running = json!({"messages": [user("Hello"), said, result]});
    let running = count_at(Host::OpenRouter, "gpt-5", &running);
    assert!(most(running.total()) >= 1_500 && most(running.total()) < 1_700);
    let over = json!({"messages": [user("Hello"), said, result, user("Hello")]});
    let over = count_at(Host::OpenRouter, "gpt-5", &over);
    assert_eq!(over.accuracy(), Accuracy::Calibrated);
    assert!(most(over.total()) < 100);
}

#[test]
fn what_an_earlier_answer_adds_has_no_bound() {
    for field in ["previous_response_id", "conversation"] {
        let count = count("gpt-4o", &json!({"input": "Hello", field: "x_1"}));
        assert_eq!((count.tokens(), count.total().lower()), (8, 8));
        assert_eq!(count.total().upper(), None);
        assert!(is_doubted(&count, &format!("/{field}")));
    }
}

#[test]
fn tools_that_the_server_runs_add_what_was_seen() {
    let of = |tool: Value| {
        let count = count("gpt-4.1", &json!({"input": "Hello", "tools": [tool]}));
        assert!(is_doubted(&count, "/tools/0"));
        count.tools()
    };
    let preview = of(json!({"type": "web_search_preview_2025_03_11"}));
    assert_eq!((preview.tokens(), preview.upper()), (294, None));
    assert!(preview.lower() >= 200);
    assert!(of(json!({"type": "file_search", "vector_store_ids": ["vs_1"]})).lower() >= 300);
    // The caller runs it, so there are no results.
    let patch = of(json!({"type": "apply_patch"}));
    assert_eq!((patch.tokens(), patch.upper()), (623, Some(1_246)));
    // An unknown type.
    let other = of(json!({"type": "telescope"}));
    assert_eq!((other.lower(), other.upper()), (0, None));
    // A name that only begins like one.
    assert_eq!(of(json!({"type": "mcp_telescope"})).lower(), 0);
}

#[test]
fn custom_tools_cost_their_text_on_both_apis() {
    let grammar = "start: word\nword: /[a-z]+/\n";
    let indented = "\n    start: word\n    word: /[a-z]+/\n    ";
    let responses = |definition: &str| {
        let format = json!({"type": "grammar", "syntax": "lark", "definition": definition});
        let tool = json!({"type": "custom", "name": "say", "description": "Says a word.", "format": format});
        count("gpt-5", &json!({"input": "Hello", "tools": [tool]})).tools()
    };
    let tokens = responses(grammar);
    assert_eq!(tokens.accuracy(), Accuracy::Estimated);
    assert!(tokens.upper().is_some());
    // Blanks around its lines cost nothing (two recordings of one tool).
    assert_eq!(tokens, responses(indented));
    let custom = json!({"name": "say", "description": "Says a word.", "format":
        {"type": "grammar", "grammar": {"syntax": "lark", "definition": grammar}}});
    let tool = json!({"type": "custom", "custom": custom});
    let chat = count(
        "gpt-5",
        &json!({"messages": [user("Hello")], "tools": [tool]}),
    );
    assert!(chat.tools().tokens() > tokens.tokens());
    // Functions next to it are counted by rule.
    let function = json!({"type": "function", "function": {"name": "f", "description": "F."}});
    let alone = count(
        "gpt-5",
        &json!({"messages": [user("Hello")], "tools": [function]}),
    );
    let both = count(
        "gpt-5",
        &json!({"messages": [user("Hello")], "tools": [function, tool]}),
    );
    assert!(both.tools().lower() > alone.tools().tokens());
}

#[test]
fn added_tools_are_bounded_by_their_text() {
    let tool = json!({"type": "function", "name": "look_up", "description": "Looks up.", "parameters":
        {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}});
    let item = json!({"type": "additional_tools", "role": "developer", "tools": [tool]});
    let count = count("gpt-5.4", &json!({"input": [user("Hello"), item]}));
    let tokens = count.messages()[1].tokens;
    assert!(tokens.lower() > 0 && most(tokens) < 400, "{tokens}");
}

#[test]
fn the_mode_pro_bills_the_request_several_times() {
    let count = count(
        "gpt-5.6-sol",
        &json!({"input": "Hello", "reasoning": {"mode": "pro"}}),
    );
    // 5 and 2 for the message and the reply.
    assert_eq!(count.tokens(), 7 + 1_472 + 7 * 7 / 2);
    assert_eq!(count.total().upper(), None);
}

#[test]
fn compaction_costs_93_more() {
    let body = json!({"model": "gpt-4o-mini", "input": "Hello"}).to_string();
    let of = |model: &str, format| {
        let request = Request::parse_as(format, &body).unwrap();
        assert_eq!(request.format(), format);
        Models::builtin().get(model).unwrap().count(&request)
    };
    assert_eq!(
        of("gpt-4o-mini", Format::OpenAiResponses).total(),
        TokenCount::exact(8)
    );
    assert_eq!(
        of("gpt-4o-mini", Format::OpenAiCompaction).total(),
        TokenCount::exact(101)
    );
    let unseen = of("gpt-5", Format::OpenAiCompaction);
    assert_eq!(
        (unseen.tokens(), unseen.accuracy()),
        (7 + 93, Accuracy::Calibrated)
    );
    assert!(unseen.total().lower() <= 7 && most(unseen.total()) >= 7 + 186);
    // The shape alone is ambiguous; the URL decides.
    assert_eq!(
        Request::parse(&body).unwrap().format(),
        Format::OpenAiResponses
    );
    let line =
        json!({"url": "https://api.openai.com/v1/responses/compact", "body": {"input": "Hello"}});
    let line = line.to_string();
    let envelope = Envelope::parse(line.as_bytes()).unwrap();
    assert_eq!(envelope.format(), Some(Format::OpenAiCompaction));
    assert_eq!(envelope.host(), Some("openai"));
}

#[test]
fn gateways_are_counted_by_the_api_that_they_call() {
    let call =
        json!([{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{ }"}}]);
    let chat = json!({"messages": [user("Hello"), {"role": "assistant", "tool_calls": call},
        {"role": "tool", "tool_call_id": "c", "content": "ok"}]});
    let own = |model| count(model, &chat).tokens();
    // Chat writes the arguments again, Responses does not: one token more here, and other
    // constants.
    for (host, model, sends_on) in [
        (Host::OpenRouter, "gpt-4o", false),
        (Host::OpenRouter, "gpt-4.1", true),
        (Host::Vercel, "gpt-4.1", true),
        (Host::Vercel, "gpt-5", true),
        (Host::ChatGpt, "gpt-5", true),
        (Host::Azure, "gpt-5", false),
        (Host::GithubCopilot, "gpt-4o", false),
    ] {
        let count = count_at(host, model, &chat);
        assert_eq!(count.tokens() != own(model), sends_on, "{host} {model}");
    }
    // OpenRouter's Responses endpoint sends gpt-4o to Chat.
    let tool = json!({"type": "function", "name": "f", "description": "F."});
    let responses = json!({"input": [{"role": "system", "content": "Be brief."}, user("Hello")], "tools": [tool]});
    let direct = count("gpt-4o", &responses).tokens();
    assert_ne!(
        count_at(Host::OpenRouter, "gpt-4o", &responses).tokens(),
        direct
    );
    assert_eq!(
        count_at(Host::OpenRouter, "o4-mini", &responses).tokens(),
        count("o4-mini", &responses).tokens()
    );
}

#[test]
fn a_host_claims_what_was_seen_of_it() {
    let request = json!({"messages": [user("Hello")]});
    for (host, accuracy) in [
        (Host::OpenAi, Accuracy::Exact),
        (Host::Azure, Accuracy::Exact),
        (Host::GithubCopilot, Accuracy::Exact),
        (Host::OpenRouter, Accuracy::Calibrated),
        (Host::Vercel, Accuracy::Calibrated),
        (Host::ChatGpt, Accuracy::Calibrated),
        (Host::Bedrock, Accuracy::Calibrated),
        (Host::Other, Accuracy::Estimated),
    ] {
        let count = count_at(host, "gpt-5", &request);
        assert_eq!(count.accuracy(), accuracy, "{host}");
        assert_eq!(count.tokens(), 7, "{host}");
    }
}

#[test]
fn bedrock_writes_more_for_functions_without_a_description() {
    let of = |host, description: Value| {
        let tool = |name| json!({"type": "function", "name": name, "description": description});
        let request = json!({"input": "Hello", "tools": [tool("first"), tool("second")]});
        count_at(host, "gpt-5.5", &request)
    };
    let more = |description: Value| {
        of(Host::Bedrock, description.clone()).tokens() - of(Host::OpenAi, description).tokens()
    };
    assert_eq!(more(Value::Null), 6);
    assert_eq!(more(json!("Does it.")), 0);
    let bounds = of(Host::Bedrock, Value::Null).total();
    assert!(bounds.lower() <= of(Host::OpenAi, Value::Null).tokens());
}

#[test]
fn images_by_url_have_the_size_that_the_caller_gives() {
    let url = "https://x.test/a.png?w=1&key=secret";
    let sizes = ImageSizes::new()
        .named(url, 640, 480)
        .named("file-1", 100, 100)
        .others(1_024, 1_024);
    assert!(!format!("{sizes:?}").contains("x.test"));
    let models = Models::builtin().image_sizes(sizes);
    let images = |model: &str, part: Value, list: &str| {
        let text = json!({list: [{"role": "user", "content": [part]}]}).to_string();
        let request = Request::parse(&text).unwrap();
        models.get(model).unwrap().count(&request).images()
    };
    let chat = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let known = images("gpt-4o", chat(url), "messages");
    assert_eq!(
        (known.tokens(), known.accuracy()),
        (425, Accuracy::Calibrated)
    );
    assert_eq!((known.lower(), most(known)), (425, 425));
    // All others: 1024 x 1024 becomes 768 x 768, four tiles.
    assert_eq!(
        images("gpt-4o", chat("https://x.test/b.png"), "messages").tokens(),
        765
    );
    let item = |field: &str, name: &str| json!({"type": "input_image", field: name});
    assert_eq!(
        images("gpt-4o", item("image_url", url), "input").tokens(),
        425
    );
    assert_eq!(
        images("gpt-4o", item("file_id", "file-1"), "input").tokens(),
        255
    );
    // An image in the request has its own size.
    let inline = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    assert_eq!(images("gpt-4o", chat(inline), "messages").tokens(), 255);
    // Claude uses 28 x 28 pixels per token.
    let claude = json!({"type": "image", "source": {"type": "url", "url": url}});
    let claude = images("claude-sonnet-4-5", claude, "messages");
    assert!((414..=420).contains(&claude.tokens()), "{claude}");
    // Without a size there is a range.
    let text = json!({"messages": [{"role": "user", "content": [chat(url)]}]}).to_string();
    let request = Request::parse(&text).unwrap();
    let range = Models::builtin()
        .get("gpt-4o")
        .unwrap()
        .count(&request)
        .images();
    assert!(most(range) > 2 * range.lower());
}

#[test]
fn a_prediction_costs_by_the_day() {
    let body = json!({"messages": [user("Hello")], "prediction": {"type": "content", "content": "Hi there"}});
    let body = body.to_string();
    let on = |day: Option<&str>| {
        let models = match day {
            Some(day) => Models::builtin().on(day.parse().unwrap()),
            None => Models::builtin(),
        };
        let request = Request::parse(&body).unwrap();
        let total = models.get("gpt-4o").unwrap().count(&request).total();
        assert_eq!(total.accuracy(), Accuracy::Calibrated);
        (total.lower(), total.tokens(), most(total))
    };
    assert_eq!(on(None), (8, 8, 8));
    assert_eq!(on(Some("2026-01-01")), (8, 8, 8));
    assert_eq!(on(Some("2025-06-01")), (8, 8, 20));
    assert_eq!(on(Some("2024-11-05")), (8, 20, 20));
}

#[test]
fn the_newest_rules_count_without_a_day() {
    let call =
        |id| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let result = |id| json!({"role": "tool", "tool_call_id": id, "content": "häuser"});
    let body = json!({"messages": [user("Hello"), {"role": "assistant", "tool_calls": [call("a"), call("b")]},
        result("a"), result("b")]});
    let body = body.to_string();
    let on = |day: Option<&str>| {
        let models = match day {
            Some(day) => Models::builtin().on(day.parse().unwrap()),
            None => Models::builtin(),
        };
        let request = Request::parse(&body).unwrap();
        let count = models.get("gpt-4o").unwrap().count(&request);
        assert_eq!(count.day(), day.map(|day| day.parse().unwrap()));
        count.tokens()
    };
    assert_eq!(on(None), on(Some("2026-11-28")));
    assert!(on(Some("2025-12-01")) > on(None));
}

#[test]
fn inputs_of_all_forms_have_counts_of_their_own() {
    let of = |body: Value| {
        let text = body.to_string();
        let request = Request::parse(&text).unwrap();
        let count = Models::builtin()
            .for_request(&request)
            .unwrap()
            .count(&request);
        let each: Vec<TokenCount> = count.messages().iter().map(|m| m.tokens).collect();
        assert_eq!(count.total(), each.iter().copied().sum());
        (
            count.accuracy(),
            each.iter().map(TokenCount::tokens).collect::<Vec<_>>(),
        )
    };
    let embed = |input: Value| of(json!({"model": "text-embedding-3-small", "input": input}));
    assert_eq!(embed(json!("Hello, world!")), (Accuracy::Exact, vec![4]));
    assert_eq!(
        embed(json!(["hello", "world"])),
        (Accuracy::Exact, vec![1, 1])
    );
    assert_eq!(embed(json!([9906, 11, 1917])), (Accuracy::Exact, vec![3]));
    assert_eq!(
        embed(json!([[9906], [11, 1917], []])),
        (Accuracy::Exact, vec![1, 2, 0])
    );
    assert_eq!(embed(json!([])), (Accuracy::Exact, vec![]));
    let complete = |prompt: Value| of(json!({"model": "davinci-002", "prompt": prompt}));
    let joke = "Tell me a joke about opentelemetry";
    assert_eq!(complete(json!(joke)), (Accuracy::Exact, vec![8]));
    assert_eq!(
        complete(json!([joke, "hello"])),
        (Accuracy::Exact, vec![8, 1])
    );
    assert_eq!(
        complete(json!([[1, 2], [3]])),
        (Accuracy::Exact, vec![2, 1])
    );
    // Another model of the family, and another host.
    let large = of(json!({"model": "text-embedding-3-large", "input": "hello"}));
    assert_eq!(large, (Accuracy::Calibrated, vec![1]));
    let there = count_at(
        Host::Other,
        "text-embedding-3-small",
        &json!({"model": "text-embedding-3-small", "input": "hello"}),
    );
    assert_eq!(there.accuracy(), Accuracy::Estimated);
}

#[test]
fn a_limit_below_zero_is_no_limit() {
    for limit in ["max_tokens", "max_completion_tokens"] {
        let body = json!({"model": "gpt-4o", "messages": [user("Hello")], limit: -1}).to_string();
        let request = Request::parse(&body).unwrap();
        assert_eq!(request.max_output_tokens(), None);
        assert_eq!(tokenfit::count(&body).unwrap().tokens(), 8);
    }
    let body = json!({"messages": [user("Hello")], "max_tokens": -1.5}).to_string();
    assert!(Request::parse(&body).is_err());
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_sound_costs_a_token_for_a_tenth_of_a_second() {
    let wav = |milliseconds: u32| {
        let len = milliseconds * 32;
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        bytes.extend([16_000_u32.to_le_bytes(), 32_000_u32.to_le_bytes()].concat());
        bytes.extend([2, 0, 16, 0]);
        bytes.extend(b"data");
        bytes.extend(len.to_le_bytes());
        bytes.resize(bytes.len() + len as usize, 0);
        base64(&bytes)
    };
    let of = |model: &str, milliseconds| {
        let audio = json!({"data": wav(milliseconds), "format": "wav"});
        let part = json!({"type": "input_audio", "input_audio": audio});
        count(
            model,
            &json!({"messages": [{"role": "user", "content": [part]}]}),
        )
        .images()
    };
    // 4 around it; 0.2 and 0.74 seconds were recorded.
    for (milliseconds, tokens) in [(200, 2 + 4), (740, 7 + 4), (2_000, 20 + 4)] {
        let sound = of("gpt-audio", milliseconds);
        assert_eq!(
            (sound.tokens(), sound.accuracy()),
            (tokens, Accuracy::Calibrated)
        );
        assert!(most(sound) - sound.lower() <= 5);
    }
    assert_eq!(of("gpt-4o", 740).accuracy(), Accuracy::Estimated);
}

#[test]
fn a_pdf_is_bounded_by_its_pages_and_a_text_by_its_tokens() {
    let of = |bytes: &[u8], kind: &str, responses: bool| {
        let data = format!("data:{kind};base64,{}", base64(bytes));
        let request = match responses {
            true => {
                json!({"input": [{"role": "user", "content": [{"type": "input_file", "filename": "a", "file_data": data}]}]})
            }
            false => {
                json!({"messages": [{"role": "user", "content": [{"type": "file", "file": {"filename": "a", "file_data": data}}]}]})
            }
        };
        let text = request.to_string();
        let request = Request::parse(&text).unwrap();
        let model = Models::builtin().get("gpt-4o").unwrap();
        let count = model.count(&request);
        assert!(most(model.bounds(&request)) >= most(count.total()));
        assert_eq!(count.accuracy(), Accuracy::Estimated);
        count.images()
    };
    let pdf = |pages: u32| {
        format!(
            "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count {pages}>>\nendobj\ntrailer\n<</Root 1 0 R>>\n"
        )
    };
    let kind = "application/pdf";
    let one = of(pdf(1).as_bytes(), kind, false);
    assert_eq!((one.lower(), one.upper()), (213, Some(3_000 + 1_000 + 216)));
    let three = of(pdf(3).as_bytes(), kind, true);
    assert_eq!(
        (three.lower(), three.upper()),
        (4, Some(3 * 3_000 + 1_000 + 8))
    );
    assert!(three.tokens() > one.tokens() - 213);
    // Its page tree is missing.
    assert_eq!(of(b"%PDF-1.7\n", kind, true).upper(), None);
    let words = "order parcel ".repeat(50);
    let text = of(words.as_bytes(), "text/plain", true);
    assert_eq!(text.lower(), 101 / 2 + 4);
    assert!(text.tokens() < 130 && most(text) < 1_300, "{text}");
    // A file by its id.
    let file = count(
        "gpt-4o",
        &json!({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}),
    );
    assert_eq!((file.images().lower(), file.images().upper()), (0, None));
}

/// A message that says nothing is refused, so no bill confirms its count.
#[test]
fn a_message_without_content_is_an_estimate() {
    for content in [json!(null), json!("")] {
        let body = json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": content}]});
        let count = count("gpt-4o", &body);
        let is_null = content.is_null();
        assert_eq!(count.accuracy() != Accuracy::Exact, is_null, "{content}");
        assert_eq!(is_doubted(&count, "/messages/1"), is_null, "{content}");
    }
    // Calls are in the place of the content.
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "soil", "arguments": "{}"}});
    let body = json!({"messages": [{"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "9 %"}]});
    assert!(!is_doubted(&count("gpt-4o", &body), "/messages/1"));
}
