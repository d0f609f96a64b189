//! Input lines and answers of the command `usage`.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::origin::{Api, Origin};
use super::record::{Call, Flag, Usage};
use super::stream::UsageStream;
use crate::error::{Error, Inner};
use crate::model::Host;
use crate::reply::cost::Rates;

/// Input line with an envelope.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default, borrow)]
    provider: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    api: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    body: Option<&'a RawValue>,
    #[serde(default, borrow)]
    events: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    responses: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    headers: Option<std::collections::BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    price_pico_per_token: Option<Rates>,
}

/// Answer to one line of the command `usage`.
///
/// Serializes as the command documents: `{"id", "input": {…}, "output": {…}, "billed_input",
/// "billed_output", "context_tokens", "context_upper_bound"?, "calls"?, …, "flags",
/// "cost_pico_usd"}`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UsageAnswer {
    /// Id of the line, echoed.
    pub id: Option<serde_json::Value>,
    /// Usage of the answer.
    pub usage: Usage,
    /// Cost in pico-dollars: from the line's price row, or the provider's statement, or the prices
    /// given to `answer_with`.
    pub cost_pico_usd: Option<u64>,
    /// Source of the cost.
    pub cost_source: Option<CostSource>,
}

/// Source of a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CostSource {
    /// The price row of the line.
    Row,
    /// The provider's own statement.
    Provider,
    /// Prices by model; in the command, the registry's.
    Registry,
}

impl Serialize for UsageAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        self.usage.serialize_into(&mut map)?;
        map.serialize_entry("cost_pico_usd", &self.cost_pico_usd)?;
        if let Some(source) = self.cost_source {
            map.serialize_entry("cost_source", &source)?;
        }
        map.end()
    }
}

/// Answers one line of the command `usage`: a bare answer, the text of a stream, or an object
/// `{"id"?, "provider"?, "api"?, "model"?, "body" | "events" | "responses", "headers"?,
/// "price_pico_per_token"?}`.
///
/// `body` is one answer (an object, or its text as a string), `events` the events of a stream,
/// `responses` the answers of a loop. Linear in the length of the line.
///
/// # Errors
///
/// [`ErrorKind::InvalidReply`](crate::ErrorKind::InvalidReply) if the line or its content is not
/// understood.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::answer;
///
/// let line = r#"{"id": "a", "provider": "deepseek", "api": "chat",
///     "body": {"usage": {"prompt_tokens": 416, "completion_tokens": 48, "prompt_cache_hit_tokens": 256}},
///     "price_pico_per_token": {"input": 280000, "output": 420000, "cache_read": 28000}}"#;
/// let answer = answer(line)?;
/// assert_eq!(answer.cost_pico_usd, Some(72_128_000));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn answer(text: &str) -> Result<UsageAnswer, Error> {
    answer_with(text, &|_, _| None)
}

/// Answers one line like [`answer`], with prices by model for lines without a price row whose
/// provider states no cost, and for other models within an answer.
///
/// `rates` receives the model's name and the usage, whose [service tier](Usage::service_tier) may
/// select the prices.
///
/// # Errors
///
/// Fails like [`answer`].
///
/// # Examples
///
/// ```
/// use tokenfit::reply::Rates;
/// use tokenfit::reply::usage::answer_with;
///
/// let line = r#"{"model": "small", "usage": {"prompt_tokens": 10, "completion_tokens": 1}}"#;
/// let answer = answer_with(line, &|model, _| (model == "small").then(|| Rates::new(100, 200)))?;
/// assert_eq!(answer.cost_pico_usd, Some(1_200));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn answer_with(
    text: &str,
    rates: &dyn Fn(&str, &Usage) -> Option<Rates>,
) -> Result<UsageAnswer, Error> {
    let bare = || {
        let usage = Usage::parse(text.as_bytes(), &Origin::new())?;
        Ok(UsageAnswer::priced(None, usage, None, None, rates))
    };
    if !text.trim_start().starts_with('{') {
        return bare();
    }
    let line: Line<'_> = match serde_json::from_str::<Surrounded>(text) {
        Ok(surrounded) if surrounded.is_envelope() => {
            serde_json::from_str(text).map_err(|error| Inner::Reply {
                what: format!(
                    "a field of the line has the wrong type (line {}, column {})",
                    error.line(),
                    error.column()
                ),
                remedy: "set `body` to an answer, `events` and `responses` to lists, \
                         `price_pico_per_token` to an object of whole numbers",
            })?
        }
        _ => return bare(),
    };
    let mut origin = Origin::new();
    if let Some(host) = line
        .provider
        .as_deref()
        .and_then(|word| word.parse::<Host>().ok())
    {
        origin = origin.host(host);
    }
    if let Some(api) = line.api.as_deref().and_then(Api::from_word) {
        origin = origin.api(api);
    }
    if let Some(model) = &line.model {
        origin = origin.model(model);
    }
    let headers: Vec<(&str, &str)> = line
        .headers
        .iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect();
    let usage = if let Some(body) = line.body {
        Usage::parse_with_headers(unwrapped(body)?.as_bytes(), headers, &origin)?
    } else if let Some(events) = &line.events {
        let mut stream = UsageStream::new(origin);
        for event in events {
            let event = unwrapped(event)?;
            // A string is the data of an event, or a piece of the stream's text.
            if event.starts_with(['{', '[']) {
                stream.push_event(&event);
            } else {
                stream.push_bytes(event.as_bytes());
            }
        }
        stream.finish()
    } else {
        let answers: Vec<Usage> = line
            .responses
            .iter()
            .flatten()
            .map(|body| Usage::parse(unwrapped(body)?.as_bytes(), &origin))
            .collect::<Result<_, Error>>()?;
        if line.price_pico_per_token.is_none() && !answers.is_empty() {
            return Ok(UsageAnswer::each_priced(
                line.id,
                answers,
                line.model.as_deref(),
                rates,
            ));
        }
        Usage::total(answers)
    };
    Ok(UsageAnswer::priced(
        line.id,
        usage,
        line.price_pico_per_token,
        line.model.as_deref(),
        rates,
    ))
}

impl UsageAnswer {
    /// Prices each answer by its own model and tier; no cost if a price is missing.
    fn each_priced(
        id: Option<serde_json::Value>,
        answers: Vec<Usage>,
        asked: Option<&str>,
        rates: &dyn Fn(&str, &Usage) -> Option<Rates>,
    ) -> UsageAnswer {
        let parts: Vec<UsageAnswer> = answers
            .into_iter()
            .map(|usage| UsageAnswer::priced(None, usage, None, asked, rates))
            .collect();
        let cost = parts.iter().try_fold(0u64, |sum, part| {
            Some(sum.saturating_add(part.cost_pico_usd?))
        });
        let from_registry = parts
            .iter()
            .any(|part| part.cost_source == Some(CostSource::Registry));
        UsageAnswer {
            id,
            cost_pico_usd: cost,
            cost_source: cost.map(|_| match from_registry {
                true => CostSource::Registry,
                false => CostSource::Provider,
            }),
            usage: Usage::total(parts.into_iter().map(|part| part.usage)),
        }
    }

    fn priced(
        id: Option<serde_json::Value>,
        mut usage: Usage,
        row: Option<Rates>,
        asked: Option<&str>,
        rates: &dyn Fn(&str, &Usage) -> Option<Rates>,
    ) -> UsageAnswer {
        let stated = usage.provider_cost().total();
        let mut source = row.as_ref().map(|_| CostSource::Row);
        let row = row.or_else(|| {
            if stated.is_some() {
                return None;
            }
            let row = rates(usage.model().or(asked)?, &usage)?;
            source = Some(CostSource::Registry);
            Some(row)
        });
        if let Some(row) = &row {
            usage.settle_writes(row.unstated_write());
        }
        let billed_calls = Call::ALL
            .iter()
            .any(|&call| call.is_billed() && usage.calls(call) > 0);
        if source == Some(CostSource::Registry) && billed_calls {
            // The registry has no fees.
            usage.flag(Flag::CallsUnpriced);
        }
        let mut cost = row.map(|row| row.cost(&usage));
        let mut unpriced = false;
        for other in usage.other_models() {
            let row = other
                .model
                .as_deref()
                .and_then(|model| rates(model, &usage));
            match (&mut cost, row) {
                (Some(cost), Some(row)) => *cost += row.cost_of_tokens(&other.classes),
                (Some(_), None) => unpriced = true,
                (None, _) => {}
            }
        }
        if unpriced {
            usage.flag(Flag::OtherModelUnpriced);
        }
        UsageAnswer {
            id,
            cost_pico_usd: match cost {
                Some(cost) => Some(cost.pico()),
                None => stated,
            },
            cost_source: source.or(stated.map(|_| CostSource::Provider)),
            usage,
        }
    }
}

/// Keys of the line, to distinguish an envelope from a bare answer.
#[derive(Deserialize)]
struct Surrounded {
    body: Option<serde::de::IgnoredAny>,
    events: Option<serde::de::IgnoredAny>,
    responses: Option<serde::de::IgnoredAny>,
}

impl Surrounded {
    fn is_envelope(&self) -> bool {
        self.body.is_some() || self.events.is_some() || self.responses.is_some()
    }
}

/// Returns the JSON text of a value, or the text inside if the value is a string.
fn unwrapped(value: &RawValue) -> Result<Cow<'_, str>, Error> {
    let text = value.get();
    if !text.starts_with('"') {
        return Ok(Cow::Borrowed(text));
    }
    serde_json::from_str::<String>(text)
        .map(Cow::Owned)
        .map_err(|_| {
            Inner::Reply {
                what: "a string of the line is not valid JSON text".to_owned(),
                remedy: "write lone surrogates as text, or pass the answer as an object",
            }
            .into()
        })
}
