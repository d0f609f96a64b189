//! Prices of the model registry as [`Rates`], for an answer and for a request that is not sent yet.

use serde::Serialize;

use super::cost::{Cost, Rates};
use super::usage::{Class, Classes, ServedTier, Usage};
use crate::count::RequestCount;
use crate::model::{
    Day, Model, ModelKind, Price, PriceBasis, PriceQuery, Rate, Region, ServiceTier,
};
use crate::request::Request;

/// Which price of the registry is whose class. Explicit caches and video have no class of their own in a usage.
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

/// Dollars per million tokens in pico-dollars per token: $1 is 1,000,000. `None` for what is no price.
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
    /// The registry's prices of a model, with their steps by prompt size: by tier, day, hour and region of the query; its
    /// prompt size is not used, since every answer has its own. `None` where the price of input, or of output of a model
    /// that writes any, is not known: then no sum can be told.
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
    /// Which of the registry's prices this answer is billed at, as far as it says so: the tier that served it, fast mode,
    /// inference in the US only. `None` for capacity bought in advance, which is not billed by the token, and for a
    /// [total](Usage::total) of answers that do not agree: each has its own price.
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

/// Words of `service_tier` in a request that choose a price. `auto` and `default` leave it to the account.
/// From general knowledge of the providers' references; not looked up again.
const ASKED_TIERS: &[(&str, ServiceTier)] = &[
    ("batch", ServiceTier::Batch),
    ("flex", ServiceTier::Flex),
    ("priority", ServiceTier::Priority),
];

impl Request<'_> {
    /// Which of the registry's prices the request asks for: its service tier, fast mode, inference in the US only.
    /// Linear in the fields of the request.
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

    /// How many answers it asks for: `n`, where the format has that.
    fn answers(&self) -> u64 {
        let asked = self.field("n").and_then(|n| n.as_u64());
        asked.filter(|&n| n > 0).unwrap_or(1)
    }
}

/// What a request costs, told before it is sent: the input within the bounds of its count, the output up to its limit.
///
/// The input is at the price of tokens that no prompt cache serves; a cache makes it cheaper, writing to one dearer.
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
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CostBefore {
    /// The input as counted.
    pub input: Cost,
    /// The input at the lower bound of its count.
    pub input_lower: Cost,
    /// The input at the upper bound of its count; `None` where that is not known.
    pub input_upper: Option<Cost>,
    /// The output, if each of the answers is as long as the limit; `None` where no limit is known.
    pub output_up_to: Option<Cost>,
    /// That limit in tokens for one answer: the request's own, else the model's.
    pub max_output_tokens: Option<u64>,
    /// Whose prices these are.
    pub basis: PriceBasis,
    /// The service tier.
    pub tier: ServiceTier,
    /// The day the prices hold on.
    pub day: Day,
}

impl CostBefore {
    /// The cost of a request that was counted; `None` where no price is known. Constant time.
    ///
    /// The query is usually the [request's own](Request::price_query), at the tier of batches for a line of a batch file.
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
        let known = |tokens: u64| Some(tokens).filter(|&tokens| tokens < u64::MAX);
        let max_output_tokens = match model.kind() {
            ModelKind::Embedding => Some(0),
            _ => request.max_output_tokens().or(model.max_output_tokens()),
        };
        // The step of the prompt's size prices the output too: the dearest that the count allows.
        let largest = known(total.upper()).unwrap_or(total.tokens());
        let input_upper = known(total.upper()).map(|tokens| side(tokens, 0));
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

    /// The most that the request can cost without writes to a prompt cache; `None` where a bound is not known.
    pub fn up_to(&self) -> Option<Cost> {
        Some(self.input_upper? + self.output_up_to?)
    }
}

/// Dollars as a number. Exact in decimal up to 15 digits.
fn usd(cost: Cost) -> f64 {
    cost.pico() as f64 / 1e12
}

/// As JSON: dollars as numbers, `null` for what is not known.
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
