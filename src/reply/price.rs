//! Prices of the model registry as [`Rates`], for answers and for requests not yet sent.

use serde::Serialize;

use super::cost::{Cost, Rates};
use super::usage::{Class, Classes, ServedTier, Usage};
use crate::count::RequestCount;
use crate::model::{
    Day, Model, ModelKind, Price, PriceBasis, PriceQuery, Rate, Region, ServiceTier,
};
use crate::request::Request;

/// Class of each registry price. A usage has no class for explicit caches and video.
const CLASSES: &[(Rate, Class)] = &[
    (Rate::Input, Class::Uncached),
    (Rate::CachedInput, Class::CacheRead),
    (Rate::Output, Class::Text),
    (Rate::ReasoningOutput, Class::Reasoning),
    (Rate::AudioInput, Class::Audio),
    (Rate::AudioCachedInput, Class::AudioCacheRead),
    (Rate::AudioOutput, Class::OutputAudio),
    (Rate::ImageInput, Class::Image),
    (Rate::ImageCachedInput, Class::ImageCacheRead),
    (Rate::ImageOutput, Class::OutputImage),
    (Rate::CacheWrite5m, Class::CacheWrite5m),
    (Rate::CacheWrite30m, Class::CacheWrite30m),
    (Rate::CacheWrite1h, Class::CacheWrite1h),
    (Rate::CacheWrite12h, Class::CacheWrite12h),
    (Rate::CacheWriteAny, Class::CacheWrite),
];

/// Converts dollars per million tokens to pico-dollars per token: $1 is 1,000,000. `None` if the
/// value is not a price.
fn pico(usd: f64) -> Option<u64> {
    let pico = (usd * 1e6).round();
    (0.0..9e15).contains(&pico).then_some(pico as u64)
}

fn prices(price: &Price) -> impl Iterator<Item = (Class, u64)> {
    CLASSES
        .iter()
        .filter_map(|(rate, class)| Some((*class, pico(price.of(*rate)?)?)))
}

impl Rates {
    /// Returns the registry's prices of a model, with their steps by prompt size, for the tier,
    /// day, hour and region of the query. The query's prompt size is not used, because every answer
    /// has its own. `None` if the price of input is unknown, or that of output for a model that
    /// generates any: then no sum can be computed.
    ///
    /// Fees of hosted tools are not in the registry. Linear in the steps.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    /// use tokenfit::model::{PriceQuery, ServiceTier};
    /// use tokenfit::reply::Rates;
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let model = Models::builtin().get("gpt-5")?;
    /// let rates = Rates::of(&model, &PriceQuery::new()).expect("it has a price");
    /// let usage = Usage::parse(br#"{"usage": {"input_tokens": 1000, "output_tokens": 100}}"#, &Origin::new())?;
    /// // 1,000 at $1.25 and 100 at $10 a million.
    /// assert_eq!(rates.cost(&usage).to_string(), "$0.00225");
    /// // Not sold in this tier.
    /// let model = Models::builtin().get("gpt-4o")?;
    /// assert!(Rates::of(&model, &PriceQuery::new().tier(ServiceTier::Flex)).is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of(model: &Model, query: &PriceQuery) -> Option<Rates> {
        let found = model.price_steps(query);
        found.base.input?;
        if found.base.output.is_none() && model.kind() != ModelKind::Embedding {
            return None;
        }
        let mut rates = Rates::new(0, 0);
        for (class, pico) in prices(&found.base) {
            rates = rates.price(class, pico);
        }
        for (above, inclusive, price) in &found.steps {
            rates = match inclusive {
                true => rates.tier_from(*above),
                false => rates.tier_above(*above),
            };
            for (class, pico) in prices(price) {
                rates = rates.tier_price(class, pico);
            }
        }
        match found.factor {
            Some(factor) => rates.multiply(&factor.to_string()),
            None => Some(rates),
        }
    }
}

impl Usage {
    /// Returns the query that selects the registry price of this answer, from the serving tier,
    /// fast mode and US-only inference that it states. `None` for capacity bought in advance, which
    /// is not billed per token, and for a [total](Usage::total) of answers that differ: each has
    /// its own price.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::model::{PriceQuery, ServiceTier};
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let body = br#"{"service_tier": "flex", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.price_query(), Some(PriceQuery::new().tier(ServiceTier::Flex)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price_query(&self) -> Option<PriceQuery> {
        let tier = match self.service_tier() {
            _ if self.is_mixed() => return None,
            Some(ServedTier::Provisioned) => return None,
            _ if self.fast_mode() => Some(ServiceTier::Fast),
            Some(ServedTier::Batch) => Some(ServiceTier::Batch),
            Some(ServedTier::Flex) => Some(ServiceTier::Flex),
            Some(ServedTier::Priority) => Some(ServiceTier::Priority),
            Some(ServedTier::Standard) | None => None,
        };
        let mut query = PriceQuery::new();
        if let Some(tier) = tier {
            query = query.tier(tier);
        }
        if self.us_only() {
            query = query.region(Region::Us);
        }
        Some(query)
    }
}

/// Values of `service_tier` in a request that select a price. `auto` and `default` leave it to the
/// account. From general knowledge of the providers' references; not verified.
const ASKED_TIERS: &[(&str, ServiceTier)] = &[
    ("batch", ServiceTier::Batch),
    ("flex", ServiceTier::Flex),
    ("priority", ServiceTier::Priority),
];

impl Request<'_> {
    /// Returns the query that selects the registry price of this request, from its service tier,
    /// fast mode and US-only inference. Linear in the fields of the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Request;
    /// use tokenfit::model::{PriceQuery, ServiceTier};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-5", "service_tier": "flex", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// assert_eq!(request.price_query(), PriceQuery::new().tier(ServiceTier::Flex));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price_query(&self) -> PriceQuery {
        let is =
            |field: &str, word: &str| self.field(field).is_some_and(|value| value.is_str(word));
        let mut query = PriceQuery::new();
        if let Some((_, tier)) = ASKED_TIERS
            .iter()
            .find(|(word, _)| is("service_tier", word))
        {
            query = query.tier(*tier);
        }
        // Anthropic: `speed` and `inference_geo`.
        if is("speed", "fast") {
            query = query.tier(ServiceTier::Fast);
        }
        if is("inference_geo", "us") {
            query = query.region(Region::Us);
        }
        query
    }

    /// Returns the number of requested answers: `n`, if the format has it.
    fn answers(&self) -> u64 {
        let asked = self.field("n").and_then(|n| n.as_u64());
        asked.filter(|&n| n > 0).unwrap_or(1)
    }
}

/// Cost of a request before it is sent: the input within the bounds of its count, the output up to
/// its limit.
///
/// Input is priced without a prompt cache; reading from a cache makes it cheaper, writing to one
/// more expensive.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::CostBefore;
/// use tokenfit::{Models, Request};
///
/// let models = Models::builtin();
/// let body = r#"{"model": "gpt-5", "max_completion_tokens": 1000, "messages": [{"role": "user", "content": "Hello"}]}"#;
/// let request = Request::parse(body)?;
/// let model = models.for_request(&request)?;
/// let count = model.count(&request);
/// let cost = CostBefore::of(&model, &request, &count, &request.price_query()).expect("it has a price");
/// assert_eq!(cost.output_up_to.map(|cost| cost.to_string()).as_deref(), Some("$0.01"));
/// assert!(cost.input_lower <= cost.input && Some(cost.input) <= cost.input_upper);
/// assert!(cost.up_to() >= cost.input_upper);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CostBefore {
    /// Cost of the counted input.
    pub input: Cost,
    /// Cost of the input at the lower bound of its count.
    pub input_lower: Cost,
    /// Cost of the input at the upper bound of its count; `None` if the bound is unknown.
    pub input_upper: Option<Cost>,
    /// Cost of the output if every answer is as long as the limit; `None` if no limit is known.
    pub output_up_to: Option<Cost>,
    /// Output limit in tokens per answer: the request's own or the model's, whichever is lower.
    pub max_output_tokens: Option<u64>,
    /// Price list that was used.
    pub basis: PriceBasis,
    /// Service tier.
    pub tier: ServiceTier,
    /// Day on which the prices apply.
    pub day: Day,
}

impl CostBefore {
    /// Computes the cost of a counted request; `None` if no price is known. Constant time.
    ///
    /// The query is usually the [request's own](Request::price_query), or that with the batch tier
    /// for a line of a batch file.
    ///
    /// ```
    /// use tokenfit::{Models, Request, reply::CostBefore};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let model = Models::builtin().for_request(&request)?;
    /// let cost = CostBefore::of(&model, &request, &model.count(&request), &request.price_query()).unwrap();
    /// assert_eq!((cost.input.to_string(), cost.output_up_to.unwrap().to_string()), ("$0.00002".into(), "$0.001".into()));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of(
        model: &Model,
        request: &Request<'_>,
        count: &RequestCount,
        query: &PriceQuery,
    ) -> Option<CostBefore> {
        let rates = Rates::of(model, query)?;
        let price = model.price_for(query);
        let side = |input: u64, output: u64| {
            let mut classes = Classes::default();
            classes.set(Class::Uncached, input);
            classes.set(Class::Text, output);
            rates.cost_of_tokens(&classes)
        };
        let total = count.total();
        let max_output_tokens = match model.kind() {
            ModelKind::Embedding => Some(0),
            _ => {
                // A server that accepts a higher limit than the model's still writes no more.
                let most = model.max_output_tokens().or(model.context_window());
                match (request.max_output_tokens(), most) {
                    (Some(own), Some(most)) => Some(own.min(most)),
                    (own, _) => own.or(model.max_output_tokens()),
                }
            }
        };
        // The step of the prompt's size also prices the output: use the most expensive one that the
        // count allows.
        let largest = total.upper().unwrap_or(total.tokens());
        let input_upper = total.upper().map(|tokens| side(tokens, 0));
        let output_up_to = max_output_tokens.map(|output| {
            let output = output.saturating_mul(request.answers());
            let both = side(largest, output).pico();
            Cost::from_pico(both - side(largest, 0).pico())
        });
        Some(CostBefore {
            input: side(total.tokens(), 0),
            input_lower: side(total.lower(), 0),
            input_upper,
            output_up_to,
            max_output_tokens,
            basis: price.basis,
            tier: price.tier,
            day: price.day,
        })
    }

    /// Returns the maximum cost of the request, without writes to a prompt cache; `None` if a bound
    /// is unknown.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, reply::CostBefore};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let model = Models::builtin().for_request(&request)?;
    /// // 8 tokens of input, at most 100 of output.
    /// let cost = CostBefore::of(&model, &request, &model.count(&request), &request.price_query()).unwrap();
    /// assert_eq!(cost.up_to().unwrap().to_string(), "$0.00102");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn up_to(&self) -> Option<Cost> {
        Some(self.input_upper? + self.output_up_to?)
    }
}

/// Converts to dollars as a number. Exact in decimal up to 15 digits.
fn usd(cost: Cost) -> f64 {
    cost.pico() as f64 / 1e12
}

/// JSON form: dollars as numbers, `null` for unknown values.
impl Serialize for CostBefore {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut object = serializer.serialize_struct("CostBefore", 8)?;
        object.serialize_field("input", &usd(self.input))?;
        object.serialize_field("input_lower", &usd(self.input_lower))?;
        object.serialize_field("input_upper", &self.input_upper.map(usd))?;
        object.serialize_field("output_up_to", &self.output_up_to.map(usd))?;
        object.serialize_field("max_output_tokens", &self.max_output_tokens)?;
        object.serialize_field("basis", &self.basis)?;
        object.serialize_field("tier", &self.tier)?;
        object.serialize_field("day", &self.day)?;
        object.end()
    }
}
