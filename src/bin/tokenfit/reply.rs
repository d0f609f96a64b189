//! `tokenfit error`, `tokenfit usage` and `tokenfit headers`: replies of a provider.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokenfit::model::{Day, Host};
use tokenfit::reply::error::ApiErrorKind;
use tokenfit::reply::headers;
use tokenfit::reply::usage::{self, Class, Side, Usage, UsageAnswer};
use tokenfit::reply::{ApiError, Cost, Rates};
use tokenfit::{Error, Models};

use crate::answers::Answers;
use crate::args::{ErrorArgs, HeadersArgs, Replies, UsageArgs};
use crate::input::{self, Source};
use crate::models;
use crate::output::{FailureError, Placed, Verdict};

/// Passes every reply of the inputs on, as one document or line by line.
fn each_reply(
    replies: &Replies,
    answer: impl FnMut(&mut Answers, Source<'_>, &[u8]) -> io::Result<()>,
) -> io::Result<Verdict> {
    let mut answers = Answers::new(replies.json);
    answers.each_text(input::inputs(&replies.files), replies.lines, answer)?;
    Ok(answers.verdict)
}

/// Writes one answer as JSON, with the position of its reply.
fn answer_json(
    answers: &mut Answers,
    source: Source<'_>,
    id: Option<&RawValue>,
    answer: impl Serialize,
) -> io::Result<()> {
    let file = source.path.map(|path| path.display().to_string());
    answers.line(&Placed {
        id,
        file: file.as_deref(),
        line: source.line,
        column: 1,
        answer,
    })
}

/// Writes two lines for people, below the name of the input if there are several.
fn say(answers: &mut Answers, source: Source<'_>, happened: &str, next: &str) -> io::Result<()> {
    if source.one_of_many || answers.several {
        writeln!(answers.out, "{}: {happened}", source.name())?;
    } else {
        writeln!(answers.out, "{happened}")?;
    }
    writeln!(answers.out, "  {next}")?;
    answers.out.flush()
}

/// A line of `tokenfit error` with its metadata.
#[derive(Default, Deserialize)]
struct ErrorLine<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: serde_json::Map<String, Value>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    now_unix: Option<f64>,
}

/// Whether an object has fields that distinguish a line with metadata from a bare body.
fn has_surroundings(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Fields {
        body: Option<serde::de::IgnoredAny>,
        headers: Option<serde::de::IgnoredAny>,
        status: Option<serde::de::IgnoredAny>,
        provider: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_str::<Fields>(text).is_ok_and(|fields| {
        let around = fields.status.is_some() || fields.provider.is_some();
        match fields.body {
            Some(_) => around || fields.headers.is_some(),
            None => around && fields.headers.is_some(),
        }
    })
}

/// Returns the value of a header as a string.
fn header_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => header_text(values.first()?),
        _ => None,
    }
}

pub(crate) fn error(args: &ErrorArgs) -> io::Result<Verdict> {
    each_reply(&args.replies, |answers, source, bytes| {
        let text = String::from_utf8_lossy(bytes);
        let line = match has_surroundings(&text) {
            false => ErrorLine::default(),
            true => match serde_json::from_str::<ErrorLine<'_>>(&text) {
                Ok(line) => line,
                Err(error) => {
                    let error = FailureError {
                        kind: "invalid_reply",
                        message: format!(
                            "a field of the line has the wrong type (column {}); set `status` to \
                             a number, `headers` to an object, `provider` to a string",
                            error.column()
                        ),
                        line: source.one_of_many.then_some(source.line),
                        ..FailureError::default()
                    };
                    return answers.fail_text(source, error);
                }
            },
        };
        let unwrapped;
        let body: &str = match line.body {
            // A string contains the body as text.
            Some(body) if body.get().starts_with('"') => {
                unwrapped = serde_json::from_str::<String>(body.get()).unwrap_or_default();
                &unwrapped
            }
            Some(body) => body.get(),
            None if has_surroundings(&text) => "",
            None => &text,
        };
        let given = args.header.iter().cloned();
        let own = line
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), header_text(value)?)));
        let error = ApiError::parse(
            line.provider.as_deref().or(args.provider.as_deref()),
            line.status.or(args.status),
            own.chain(given),
            body.as_bytes(),
            line.now_unix
                .filter(|now| *now >= 0.0)
                .map(|now| now as u64)
                .or(args.now),
        );
        if error.kind() == ApiErrorKind::Unknown {
            answers.judge(Verdict::CouldNotTell);
        }
        if answers.json {
            return answer_json(answers, source, line.id, error);
        }
        let next = error.action().to_string();
        let happened = error.happened().to_string();
        say(answers, source, &happened, &next)
    })
}

/// Reads a line of `tokenfit usage` that adds what its answer leaves open.
fn with_surroundings<'t>(
    text: &'t str,
    args: &UsageArgs,
) -> (std::borrow::Cow<'t, str>, Option<Host>) {
    let fields = serde_json::from_str::<serde_json::Map<String, Value>>(text).unwrap_or_default();
    let around = ["body", "events", "responses"]
        .iter()
        .any(|field| fields.contains_key(*field));
    let named = fields
        .get("provider")
        .and_then(Value::as_str)
        .filter(|_| around);
    let host = args.host.or_else(|| named?.parse().ok());
    if around || (args.model.is_none() && args.host.is_none()) {
        return (text.into(), host);
    }
    let line = serde_json::json!({
        "model": args.model,
        "provider": args.host.map(Host::as_str),
        "body": text,
    });
    (line.to_string().into(), host)
}

/// Returns the registry's prices for an answer.
fn rates(
    registry: &Models,
    name: &str,
    host: Option<Host>,
    usage: &Usage,
    day: Option<Day>,
) -> Option<Rates> {
    let model = registry.get(name).ok()?;
    let model = match host {
        Some(host) => model.at_host(host),
        None => model,
    };
    let query = usage.price_query()?;
    Rates::of(
        &model,
        &match day {
            Some(day) => query.at(day),
            None => query,
        },
    )
}

pub(crate) fn usage(args: &UsageArgs) -> io::Result<Verdict> {
    let Some(registry) = models::registry(&args.overrides, args.at, args.replies.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    each_reply(&args.replies, |answers, source, bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (line, host) = with_surroundings(&text, args);
        let prices = |name: &str, usage: &Usage| {
            let name = args.model.as_deref().unwrap_or(name);
            rates(&registry, name, host, usage, args.at)
        };
        let answer = match usage::answer_with(&line, &prices) {
            Ok(answer) => answer,
            Err(error) => return not_understood(answers, source, &error),
        };
        if answer.usage.has(usage::Flag::NoUsage) {
            answers.judge(Verdict::CouldNotTell);
        }
        if answers.json {
            return answer_json(answers, source, None, &answer);
        }
        let (happened, next) = usage_in_words(&answer);
        say(answers, source, &happened, &next)
    })
}

fn not_understood(answers: &mut Answers, source: Source<'_>, error: &Error) -> io::Result<()> {
    let mut failure = FailureError::of(error);
    failure.line = failure.line.or(source.one_of_many.then_some(source.line));
    answers.fail_text(source, failure)
}

/// Formats the token classes and the cost, then the context and the cautions.
fn usage_in_words(answer: &UsageAnswer) -> (String, String) {
    let usage = &answer.usage;
    let side = |side: Side| {
        let parts: Vec<String> = usage
            .classes()
            .iter()
            .filter(|(class, tokens)| {
                class.side() == side && *tokens > 0 && !matches!(class, Class::Text)
            })
            .map(|(class, tokens)| format!("{} {tokens}", class.as_str()))
            .collect();
        match parts.len() {
            0 => String::new(),
            _ => format!(" ({})", parts.join(", ")),
        }
    };
    let cost = match answer.cost_pico_usd {
        Some(pico) => Cost::from_pico(pico).to_string(),
        None => "no price known".to_owned(),
    };
    let happened = format!(
        "{} input{}, {} output{}; {cost}",
        usage.billed_input(),
        side(Side::Input),
        usage.billed_output(),
        side(Side::Output),
    );
    let context = match (usage.context_tokens(), usage.context_upper_bound()) {
        (Some(tokens), _) => format!("the context has {tokens} tokens now"),
        (None, Some(most)) => format!("the context has at most {most} tokens now"),
        (None, None) => "the size of the context is not known".to_owned(),
    };
    let flags: Vec<&str> = usage.flags().map(usage::Flag::as_str).collect();
    let next = match flags.len() {
        0 => context,
        _ => format!("{context}; note: {}", flags.join(", ")),
    };
    (happened, next)
}

pub(crate) fn headers(args: &HeadersArgs) -> io::Result<Verdict> {
    each_reply(&args.replies, |answers, source, bytes| {
        let text = String::from_utf8_lossy(bytes);
        let answer = match headers::answer(&text) {
            Ok(answer) => answer,
            Err(error) => return not_understood(answers, source, &error),
        };
        if answers.json {
            return answer_json(answers, source, None, &answer);
        }
        let happened = answer.limits.to_string();
        let next = match answer.limits.wait() {
            Some(wait) => format!("send again after {} s", wait.seconds),
            None => "no wait requested".to_owned(),
        };
        say(answers, source, &happened, &next)
    })
}
