//! Recorded requests to models with public chat templates, on their vendors' APIs and on hosts:
//! exact counts by family, host and feature, bounds that hold, and their width if the count is not
//! called exact. Every miss has its reason in `cases/hosts_misses.tsv`.

use crate::common::{self, Case};
use crate::score::{self, Score, print};
use tokenfit::model::Host;
use tokenfit::request::PartKind;
use tokenfit::{Format, Models, Request};

/// Files of recorded cases, and their host.
const FILES: [(&str, Host); 14] = [
    ("alibaba_chat_completions", Host::Alibaba),
    ("baseten_chat_completions", Host::Baseten),
    ("bedrock_bedrock_converse", Host::Bedrock),
    ("bedrock_chat_completions", Host::Bedrock),
    ("cerebras_chat_completions", Host::Cerebras),
    ("cloudflare_chat_completions", Host::Cloudflare),
    ("deepseek_chat_completions", Host::DeepSeek),
    ("groq_chat_completions", Host::Groq),
    ("huggingface_chat_completions", Host::HuggingFace),
    ("mistral_chat_completions", Host::Mistral),
    ("openrouter_chat_completions", Host::OpenRouter),
    ("together_chat_completions", Host::Together),
    ("venice_chat_completions", Host::Venice),
    ("xiaomi_chat_completions", Host::Xiaomi),
];
const ZAI: (&str, Host) = ("zai_chat_completions", Host::Zai);

const SETS: [&str; 2] = ["counts", "counts_2"];

/// Family of a rule set, its minimum share of exact counts and of bounds that hold, in percent, and
/// its minimum number of requests. Where only the vendor's API is measured, hosts are a family of
/// their own.
const BARS: [(&str, f64, f64, usize); 10] = [
    ("mistral", 95.0, 99.0, 240),
    ("mistral elsewhere", 0.0, 95.0, 5),
    ("deepseek", 90.0, 99.0, 100),
    ("deepseek elsewhere", 50.0, 95.0, 50),
    ("kimi, glm", 93.0, 99.0, 45),
    ("gpt-oss", 85.0, 97.0, 90),
    ("qwen", 60.0, 95.0, 95),
    ("llama 3", 50.0, 95.0, 60),
    ("minimax", 0.0, 100.0, 3),
    ("mimo", 40.0, 98.0, 25),
];

#[cfg(feature = "tokenizers")]
#[path = "../common/llama3.rs"]
mod llama3;

/// Returns the family of a rule set on a host.
fn family(rules: &str, host: Host) -> Option<String> {
    let family = match rules {
        "mistral" if host == Host::Mistral => "mistral",
        "mistral" => "mistral elsewhere",
        "deepseek-v4" | "deepseek-v3" if host == Host::DeepSeek => "deepseek",
        "deepseek-v4" | "deepseek-v3" => "deepseek elsewhere",
        "kimi-k2" | "kimi-k2.5" | "glm-4.5" | "glm-4.6" | "glm-5.2" => "kimi, glm",
        "gpt-oss" => "gpt-oss",
        "deepseek-distill" => "deepseek elsewhere",
        "qwen-2.5" | "qwen-3" | "qwen-3.5" | "qwen-3.8" | "qwen-3-coder" => "qwen",
        "llama-3" | "llama-3.1" => "llama 3",
        // On hosts without recordings of their own.
        "chat-template" => "llama 3",
        "minimax-m2" => "minimax",
        "mimo-2.5" => "mimo",
        _ => return None,
    };
    Some(family.to_owned())
}

fn has_part(request: &Request<'_>, kinds: &[PartKind]) -> bool {
    request.messages().any(|message| {
        message.parts().any(|part| kinds.contains(&part.kind()))
            || message
                .tool_results()
                .any(|result| result.parts().any(|part| kinds.contains(&part.kind())))
    })
}

/// Returns the feature that is hardest to count.
fn feature(case: &Case, request: &Request<'_>) -> &'static str {
    let calls = request
        .messages()
        .any(|message| message.tool_calls().len() + message.tool_results().len() > 0);
    let body = case.request.get();
    match () {
        () if has_part(request, &[PartKind::Image]) => "image",
        () if body.contains("\"json_schema\"") || body.contains("\"json_object\"") => "form",
        () if calls && request.tools().len() > 0 => "calls",
        () if calls => "calls without tools",
        () if request.tools().len() > 0 => "tools",
        () => "text",
    }
}

/// Returns whether the request does not show something: files, tools that the host runs, reasoning
/// that a template may omit, images of models whose price is not known.
fn hides_something(case: &Case, request: &Request<'_>, family: &str) -> bool {
    let media = [
        PartKind::Audio,
        PartKind::File,
        PartKind::Video,
        PartKind::Other,
    ];
    let body = case.request.get();
    let reasons = [
        "\"reasoning_content\":",
        "\"reasoning\":\"",
        "\"reasoning_details\":",
    ]
    .iter()
    .any(|field| body.contains(field))
        && !family.starts_with("deepseek");
    case.undetermined()
        || reasons
        || body.contains("$omitted")
        || has_part(request, &media)
        || (family != "mistral" && has_part(request, &[PartKind::Image]))
}

pub(crate) fn scores(registry: &Models) -> Vec<Score> {
    let suspicious = common::suspicious();
    let mut scores = Vec::new();
    for set in SETS {
        for (file, host) in FILES.into_iter().chain([ZAI]) {
            // Each set lacks some hosts.
            let folder = common::shared(&format!("cases/{set}"));
            if !folder.join(format!("{file}.jsonl")).exists() {
                continue;
            }
            for case in common::cases_of(set, file) {
                let name = case.answered_by().replace("%3A", ":").replace("%3a", ":");
                let asked = case
                    .model
                    .as_deref()
                    .unwrap_or_default()
                    .replace("%3A", ":");
                let registry = registry.clone();
                let models = match case.recorded.as_deref() {
                    Some(day) => registry.on(day.parse().unwrap()),
                    None => registry,
                };
                let found = [&asked, &name]
                    .into_iter()
                    .filter(|name| !name.is_empty())
                    .find_map(|name| models.get(name).ok());
                let Some(model) = found else { continue };
                if suspicious.contains(&case.id) {
                    continue;
                }
                let body = common::in_schema_order(case.request.get());
                let converse = file.ends_with("converse");
                let request = if converse {
                    Request::parse_as(Format::BedrockConverse, &*body)
                } else {
                    Request::parse_as(Format::OpenAiChat, &*body)
                };
                let request = request.unwrap();
                let count = model.at_host(host).count(&request);
                let Some(family) = family(count.rules().id, host) else {
                    continue;
                };
                let unbounded = count.total().upper().is_none();
                scores.push(Score {
                    hidden: unbounded || hides_something(&case, &request, &family),
                    expected: case.expected_input_tokens,
                    total: count.total(),
                    reasons: count.uncertain().iter().map(|place| place.reason).collect(),
                    id: case.id.clone(),
                    model: format!("{} ({})", model.id(), model.matched().as_str()),
                    row: vec![
                        family.clone(),
                        host.as_str().to_owned(),
                        feature(&case, &request).to_owned(),
                    ],
                });
            }
        }
    }
    scores
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_counted_as_billed() {
    let scores = scores(&Models::builtin());
    let (hidden, all): (Vec<&Score>, Vec<&Score>) = scores.iter().partition(|score| score.hidden);
    score::print_rows(&all);
    println!();
    let mut wrong = Vec::new();
    for (family, exact, held, least) in BARS {
        let of: Vec<&Score> = all
            .iter()
            .copied()
            .filter(|score| score.row[0] == family)
            .collect();
        let shares = print(family, &of);
        if of.len() < least || shares.exact < exact || shares.held < held {
            wrong.push(format!(
                "{family}: {} requests, {:.1} % exact, {:.1} % in bounds",
                of.len(),
                shares.exact,
                shares.held
            ));
        }
    }
    let shares = print("all", &all);
    score::print_hidden(&hidden);

    wrong.extend(score::misses(
        &all,
        include_str!("../cases/hosts_misses.tsv"),
        |score| !score.right(),
    ));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));

    assert!(shares.claimed_right >= 98.0, "{}", shares.claimed_right);
    // Half of these requests have fewer than 100 tokens, of which a few are a large share.
    assert!(
        shares.held >= 97.0 && shares.width <= 30.0,
        "{} {}",
        shares.held,
        shares.width
    );
}

/// With the model's own tokenizer the rules of Llama 3 have a vocabulary.
#[cfg(feature = "tokenizers")]
#[test]
#[ignore = "needs the recordings"]
fn llama_3_with_its_tokenizer() {
    let models = Models::builtin().tokenizer("llama3", llama3::tokenizer());
    let scores = scores(&models);
    let llama: Vec<&Score> = scores
        .iter()
        .filter(|score| score.row[0] == "llama 3" && !score.hidden)
        .collect();
    score::print_rows(&llama);
    let shares = print("llama 3", &llama);
    assert!(
        llama.len() >= 60 && shares.exact >= 75.0 && shares.held >= 95.0,
        "{} {}",
        shares.exact,
        shares.held
    );
}

/// A template in the style of Llama 3.1's does not make the counts of recorded hosts worse: their
/// rules are used.
#[cfg(all(feature = "tokenizers", feature = "templates"))]
#[test]
#[ignore = "needs the recordings"]
fn llama_3_with_its_tokenizer_and_a_template() {
    let config = serde_json::json!({
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "chat_template": include_str!("../cases/templates/headers.jinja"),
    });
    let config = config.to_string();
    let template =
        tokenfit::template::ChatTemplate::from_tokenizer_config(config.as_bytes()).unwrap();
    let models = Models::builtin().tokenizer("llama3", llama3::tokenizer());
    let all = scores(&models.clone().chat_template("llama3", template));
    let shares = |scores: &[Score]| {
        let llama: Vec<&Score> = scores
            .iter()
            .filter(|score| score.row[0] == "llama 3" && !score.hidden)
            .collect();
        assert!(llama.len() >= 60);
        print("llama 3", &llama)
    };
    let (with, without) = (shares(&all), shares(&scores(&models)));
    assert!(with.exact >= without.exact && with.held >= 95.0);
}
