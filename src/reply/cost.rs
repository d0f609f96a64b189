//! Cost of a usage: prices times tokens, in integer pico-dollars, rounded once.
//!
//! `cost = Σ class × price(class, tier) × multiplier + Σ calls × fee`. Prices are whole
//! pico-dollars per token: $1 per million tokens is 1,000,000. No sum uses floats. The price row
//! comes from the caller or the model registry: this file knows no model.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::Deserialize;

use super::usage::money::{dollars, scaled};
use super::usage::{Call, Class, Classes, Side, Usage};

/// Decimal places of a multiplier.
const MULTIPLIER_DIGITS: i32 = 9;
/// A multiplier of 1.
const ONE: u64 = 1_000_000_000;

/// Amount of money, exact.
///
/// Sums are exact; [`Cost::pico`] and [`Cost::nano`] round half up, once. Saturates instead of
/// wrapping.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::Cost;
///
/// let cost = Cost::from_pico(1_500) + Cost::from_pico(1_000);
/// assert_eq!(cost.pico(), 2_500);
/// assert_eq!(cost.nano(), 3);
/// assert_eq!(cost.to_string(), "$0.0000000025");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost {
    /// In pico-dollars × 10^-9.
    parts: u128,
}

impl Cost {
    /// Creates an amount of whole pico-dollars (10^-12 USD).
    ///
    /// ```
    /// use tokenfit::reply::Cost;
    ///
    /// assert_eq!(Cost::from_pico(2_500_000_000).to_string(), "$0.0025");
    /// ```
    pub fn from_pico(pico: u64) -> Cost {
        Cost {
            parts: u128::from(pico).saturating_mul(u128::from(ONE)),
        }
    }

    /// Returns the amount in pico-dollars, rounded half up.
    ///
    /// ```
    /// use tokenfit::reply::Cost;
    ///
    /// assert_eq!((Cost::from_pico(700) + Cost::from_pico(300)).pico(), 1_000);
    /// ```
    pub fn pico(self) -> u64 {
        rounded(self.parts, u128::from(ONE))
    }

    /// Returns the amount in nano-dollars (10^-9 USD), rounded half up from the exact amount.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::Cost::from_pico(2_500).nano(), 3);
    /// ```
    pub fn nano(self) -> u64 {
        rounded(self.parts, u128::from(ONE) * 1_000)
    }
}

fn rounded(parts: u128, unit: u128) -> u64 {
    let whole = parts / unit + u128::from(parts % unit >= unit.div_ceil(2));
    u64::try_from(whole).unwrap_or(u64::MAX)
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            parts: self.parts.saturating_add(other.parts),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::default(), Add::add)
    }
}

/// Dollars to the pico-dollar: `$0.0104256`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", dollars(self.pico()))
    }
}

/// Prices by class, in pico-dollars per token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Prices([Option<u64>; Class::ALL.len()]);

impl Prices {
    fn of(&self, class: Class) -> Option<u64> {
        self.0[class as usize]
    }
}

/// Prices that apply above a prompt size.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tier {
    /// Input tokens, all classes together.
    above: u64,
    inclusive: bool,
    prices: Prices,
}

impl Tier {
    fn applies(&self, input: u64) -> bool {
        input > self.above || self.inclusive && input == self.above
    }

    /// Number of tokens still priced below this tier.
    fn below(&self) -> u64 {
        if self.inclusive {
            self.above.saturating_sub(1)
        } else {
            self.above
        }
    }
}

/// Price row: pico-dollars per token and class, tiers by prompt size, a multiplier, fees per call.
///
/// A class without a price uses its [`price_fallback`](Class::price_fallback): cached, written,
/// audio and image input the price of input, reasoning that of output. For one class, a tier's
/// price has precedence over the base row's, and both have precedence over a fallback.
///
/// The JSON form is that of the command's input lines (`price_pico_per_token`); unknown keys are
/// ignored.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::Call;
/// use tokenfit::reply::Rates;
/// use tokenfit::reply::usage::{Class, Origin, Usage};
///
/// // $2.50 and $15 per million tokens; twice and 1.5 times as much for a prompt above 272,000 tokens.
/// let rates = Rates::new(2_500_000, 15_000_000)
///     .price(Class::CacheRead, 250_000)
///     .tier_above(272_000)
///     .tier_price(Class::Uncached, 5_000_000)
///     .tier_price(Class::Text, 22_500_000)
///     .tier_price(Class::CacheRead, 500_000);
///
/// let usage = |input: u64| {
///     let body = format!(r#"{{"usage": {{"input_tokens": {input}, "output_tokens": 1000}}}}"#);
///     Usage::parse(body.as_bytes(), &Origin::new())
/// };
/// assert_eq!(rates.cost(&usage(272_000)?).pico(), 695_000_000_000);
/// assert_eq!(rates.cost(&usage(272_001)?).pico(), 1_382_505_000_000);
/// // A tier from 1,000 tokens on, for the tokens above it only, and 1 cent for a web search.
/// let rates = Rates::new(1_000, 2_000)
///     .tier_from(1_000)
///     .tier_price(Class::Uncached, 3_000)
///     .marginal()
///     .fee(Call::WebSearch, 10_000_000_000);
/// let mut classes = tokenfit::reply::usage::Classes::default();
/// classes.set(Class::Uncached, 1_500);
/// assert!(rates.cost_of_tokens(&classes).pico() < 1_500 * 3_000);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    base: Prices,
    /// Lowest threshold first.
    tiers: Vec<Tier>,
    marginal: bool,
    /// × 10^-9.
    multiplier: u64,
    fees: [u64; Call::ALL.len()],
}

impl Rates {
    /// Creates a row from the prices of input and output in pico-dollars per token ($1 per million
    /// tokens is 1,000,000).
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, Usage, usage::Origin};
    /// let rates = Rates::new(2_500_000, 15_000_000);    // $2.50 and $15 per million tokens
    /// let usage = Usage::parse(br#"{"usage": {"input_tokens": 1000, "output_tokens": 100}}"#, &Origin::new())?;
    /// assert_eq!(rates.cost(&usage).to_string(), "$0.004");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(input: u64, output: u64) -> Rates {
        Rates {
            base: Prices::default(),
            tiers: Vec::new(),
            marginal: false,
            multiplier: ONE,
            fees: [0; Call::ALL.len()],
        }
        .price(Class::Uncached, input)
        .price(Class::Text, output)
    }

    /// Sets the price of a class in pico-dollars per token.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, usage::{Class, Classes}};
    /// # let mut classes = Classes::default();
    /// let rates = Rates::new(2_500_000, 15_000_000).price(Class::CacheRead, 250_000);
    /// classes.set(Class::CacheRead, 1_000);
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$0.00025");
    /// ```
    #[must_use]
    pub fn price(mut self, class: Class, pico: u64) -> Rates {
        self.base.0[class as usize] = Some(pico);
        self
    }

    /// Adds a tier for prompts of more than `tokens` tokens, counting all input classes.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, usage::{Class, Classes}};
    /// # let mut classes = Classes::default();
    /// let rates = Rates::new(2_000_000, 8_000_000).tier_above(200_000).tier_price(Class::Uncached, 4_000_000);
    /// classes.set(Class::Uncached, 200_000);
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$0.4");
    /// classes.set(Class::Uncached, 200_001);
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$0.800004");
    /// ```
    #[must_use]
    pub fn tier_above(self, tokens: u64) -> Rates {
        self.tier(tokens, false)
    }

    /// Adds a tier for prompts of at least `tokens` tokens, counting all input classes.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, usage::{Class, Classes}};
    /// # let mut classes = Classes::default();
    /// let rates = Rates::new(2_000_000, 8_000_000).tier_from(200_000).tier_price(Class::Uncached, 4_000_000);
    /// classes.set(Class::Uncached, 200_000);
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$0.8");
    /// ```
    #[must_use]
    pub fn tier_from(self, tokens: u64) -> Rates {
        self.tier(tokens, true)
    }

    fn tier(mut self, above: u64, inclusive: bool) -> Rates {
        self.tiers.push(Tier {
            above,
            inclusive,
            prices: Prices::default(),
        });
        self
    }

    /// Sets the price of a class in the tier added last, or in the base row if there is no tier.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, usage::{Class, Classes}};
    /// # let mut classes = Classes::default();
    /// let rates = Rates::new(2_000_000, 8_000_000)
    ///     .tier_above(200_000)
    ///     .tier_price(Class::Uncached, 4_000_000)
    ///     .tier_price(Class::Text, 12_000_000);
    /// classes.set(Class::Uncached, 300_000);
    /// classes.set(Class::Text, 1_000);
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$1.212");
    /// ```
    #[must_use]
    pub fn tier_price(mut self, class: Class, pico: u64) -> Rates {
        let prices = match self.tiers.last_mut() {
            Some(tier) => &mut tier.prices,
            None => &mut self.base,
        };
        prices.0[class as usize] = Some(pico);
        self
    }

    /// Makes tiers marginal: a tier's price applies only to the tokens above its threshold. By
    /// default the tier of the prompt's size prices the whole request, as all providers known to
    /// have tiers do (2026-11).
    ///
    /// Cached input fills the lower tiers first, since it is the beginning of the prompt; output is
    /// priced at the highest tier that the prompt reaches.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, usage::{Class, Classes}};
    /// # let mut classes = Classes::default();
    /// let rates = Rates::new(2_000_000, 8_000_000).tier_above(200_000).tier_price(Class::Uncached, 4_000_000).marginal();
    /// classes.set(Class::Uncached, 300_000);    // 200,000 at $2 and 100,000 at $4 a million
    /// assert_eq!(rates.cost_of_tokens(&classes).to_string(), "$0.8");
    /// ```
    #[must_use]
    pub fn marginal(mut self) -> Rates {
        self.marginal = true;
        self
    }

    /// Multiplies all token prices: `0.5` for batch, `1.1` for a region. Fees per call are not
    /// multiplied. Nine decimal places are used. Returns `None` if `factor` is not such a number.
    ///
    /// ```
    /// use tokenfit::reply::Rates;
    ///
    /// assert!(Rates::new(1, 1).multiply("0.55").is_some());
    /// assert!(Rates::new(1, 1).multiply("half").is_none());
    /// ```
    pub fn multiply(mut self, factor: &str) -> Option<Rates> {
        let factor = scaled(factor, MULTIPLIER_DIGITS)?;
        let product = u128::from(self.multiplier) * u128::from(factor);
        self.multiplier = rounded(product, u128::from(ONE));
        Some(self)
    }

    /// Sets the fee per call in pico-dollars.
    ///
    /// ```
    /// # use tokenfit::reply::{Rates, Usage, usage::{Call, Origin}};
    /// let rates = Rates::new(3_000_000, 15_000_000).fee(Call::WebSearch, 10_000_000_000);    // 1 cent
    /// let body = br#"{"usage": {"input_tokens": 0, "output_tokens": 0, "server_tool_use": {"web_search_requests": 2}}}"#;
    /// assert_eq!(rates.cost(&Usage::parse(body, &Origin::new())?).to_string(), "$0.02");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn fee(mut self, call: Call, pico: u64) -> Rates {
        self.fees[call as usize] = pico;
        self
    }

    /// Returns the cost of a usage. In a loop, each answer's own input, cached and written tokens
    /// included, selects its tier. Usage of [other models](Usage::other_models) is not included.
    ///
    /// ```
    /// use tokenfit::reply::{Rates, Usage, usage::Origin};
    ///
    /// let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 1000, "completion_tokens": 200}}"#, &Origin::new())?;
    /// assert_eq!(Rates::new(150_000, 600_000).cost(&usage).to_string(), "$0.00027");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn cost(&self, usage: &Usage) -> Cost {
        let tokens: Cost = usage
            .answers()
            .iter()
            .map(|classes| self.cost_of_tokens(classes))
            .sum();
        let calls: Cost = Call::ALL
            .iter()
            .map(|&call| Cost {
                parts: u128::from(usage.calls(call))
                    .saturating_mul(u128::from(self.fees[call as usize]))
                    .saturating_mul(u128::from(ONE)),
            })
            .sum();
        tokens + calls
    }

    /// Returns the cost of the tokens of one request, without fees.
    ///
    /// ```
    /// use tokenfit::reply::Rates;
    /// use tokenfit::reply::usage::{Class, Classes};
    ///
    /// let mut classes = Classes::default();
    /// classes.set(Class::Uncached, 1_000);
    /// assert_eq!(Rates::new(280_000, 420_000).cost_of_tokens(&classes).pico(), 280_000_000);
    /// ```
    pub fn cost_of_tokens(&self, classes: &Classes) -> Cost {
        let input = classes.total(Side::Input);
        // The highest tier that applies.
        let reached = self
            .tiers
            .iter()
            .filter(|tier| tier.applies(input))
            .max_by_key(|tier| (tier.above, tier.inclusive));
        if self.marginal && reached.is_some() {
            return self.marginal_cost(classes, reached);
        }
        classes
            .iter()
            .map(|(class, tokens)| self.at(tokens, class, reached))
            .sum()
    }

    fn marginal_cost(&self, classes: &Classes, reached: Option<&Tier>) -> Cost {
        /// Input classes in prompt order: cached input is the beginning of the prompt.
        const PROMPT_ORDER: &[Class] = &[
            Class::CacheRead,
            Class::AudioCacheRead,
            Class::ImageCacheRead,
            Class::CacheWrite12h,
            Class::CacheWrite1h,
            Class::CacheWrite30m,
            Class::CacheWrite5m,
            Class::CacheWrite,
            Class::Uncached,
            Class::Audio,
            Class::Image,
            Class::ToolUse,
        ];
        let mut tiers: Vec<&Tier> = self.tiers.iter().collect();
        tiers.sort_by_key(|tier| tier.below());
        let mut cost = Cost::default();
        let mut at = 0u64;
        for &class in PROMPT_ORDER {
            let mut left = classes.get(class);
            while left > 0 {
                let tier = tiers.iter().rev().find(|tier| at >= tier.below()).copied();
                let next = tiers
                    .iter()
                    .map(|tier| tier.below())
                    .find(|&below| below > at);
                let room = next.map_or(left, |next| (next - at).min(left));
                cost += self.at(room, class, tier);
                at = at.saturating_add(room);
                left -= room;
            }
        }
        for (class, tokens) in classes.iter() {
            if class.side() == Side::Output {
                cost += self.at(tokens, class, reached);
            }
        }
        cost
    }

    /// Returns the class of cache writes whose lifetime the answer does not state, judged by the
    /// prices of this row.
    pub(crate) fn unstated_write(&self) -> Class {
        std::iter::once(&Class::CacheWrite)
            .chain(Class::CacheWrite.price_fallback())
            .copied()
            .find(|&class| self.base.of(class).is_some())
            .filter(|&class| class != Class::Uncached)
            .unwrap_or(Class::CacheWrite)
    }

    fn at(&self, tokens: u64, class: Class, tier: Option<&Tier>) -> Cost {
        if tokens == 0 {
            return Cost::default();
        }
        let price = std::iter::once(&class)
            .chain(class.price_fallback())
            .find_map(|&class| {
                tier.and_then(|tier| tier.prices.of(class))
                    .or(self.base.of(class))
            })
            .unwrap_or(0);
        Cost {
            parts: u128::from(tokens)
                .saturating_mul(u128::from(price))
                .saturating_mul(u128::from(self.multiplier)),
        }
    }
}

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Rates, D::Error> {
        use serde::de::Error as _;
        use serde_json::Value;

        let row = serde_json::Map::<String, Value>::deserialize(deserializer)?;
        let whole = |value: &Value| {
            value
                .as_u64()
                .or_else(|| {
                    let float = value.as_f64()?;
                    (float.fract() == 0.0 && (0.0..9e15).contains(&float)).then_some(float as u64)
                })
                .ok_or_else(|| D::Error::custom("a price is not a whole number of pico-dollars"))
        };
        let prices = |row: &serde_json::Map<String, Value>| -> Result<Prices, D::Error> {
            let mut prices = Prices::default();
            for &class in Class::ALL {
                if let Some(value) = row.get(class.price_name()).filter(|value| !value.is_null()) {
                    prices.0[class as usize] = Some(whole(value)?);
                }
            }
            Ok(prices)
        };
        let mut rates = Rates::new(0, 0);
        rates.base = prices(&row)?;
        for tier in row
            .get("tiers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let above = tier
                .get("above")
                .and_then(Value::as_u64)
                .ok_or_else(|| D::Error::custom("a tier has no `above`"))?;
            let inclusive = tier
                .get("inclusive")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            let row = tier
                .get("price")
                .and_then(Value::as_object)
                .ok_or_else(|| D::Error::custom("a tier has no `price`"))?;
            rates.tiers.push(Tier {
                above,
                inclusive,
                prices: prices(row)?,
            });
        }
        rates.marginal = row
            .get("marginal")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let factor = match row.get("multiplier") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => return Err(D::Error::custom("`multiplier` is not a number")),
        };
        if let Some(factor) = factor {
            rates = rates
                .multiply(&factor)
                .ok_or_else(|| D::Error::custom("`multiplier` is not a number"))?;
        }
        if let Some(fees) = row.get("per_call").and_then(Value::as_object) {
            for &call in Call::ALL {
                if let Some(value) = fees.get(call.as_str()) {
                    rates.fees[call as usize] = whole(value)?;
                }
            }
        }
        Ok(rates)
    }
}
