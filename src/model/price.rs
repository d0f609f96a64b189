//! Prices of a model, by service tier, prompt size, day, hour, region and host.

use serde::Serialize;

use super::columns::prices::{Rate, RegionalFactors, ServiceTier};
use super::columns::words::Word;
use super::columns::{Column, Json, Refused, refused};
use super::table::{Entry, Period, PriceTable, REGISTRY_DAY, RatePrice};
use super::{Day, Model};

words! {
    /// Region of the endpoint that serves a request, if it changes the price.
    pub enum Region {
        /// The European Union.
        Eu = "eu",
        /// The United States.
        Us = "us",
        /// A FedRAMP endpoint.
        FedRamp = "fedramp",
        /// Any regional endpoint of a cloud.
        Regional = "regional_endpoint",
    }
}

words! {
    /// Price list that a price comes from.
    pub enum PriceBasis {
        /// The vendor's, for its own API.
        Vendor = "vendor",
        /// The host's.
        Host = "host",
        /// The vendor's, for a request served by a host whose price is unknown.
        VendorElsewhere = "vendor_elsewhere",
    }
}

/// Query for a price. By default: the standard tier, a short prompt, the model's day.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::model::{Day, PriceQuery, ServiceTier};
///
/// let model = Models::builtin().get("gpt-5.6-sol")?;
/// let long = PriceQuery::new().input_tokens(300_000);
/// assert_eq!(model.price_for(&long).input, Some(8.0));
/// assert_eq!(model.price_for(&long.tier(ServiceTier::Batch)).input, Some(4.0));
///
/// let model = Models::builtin().get("gemini-4-argon")?;
/// let december = PriceQuery::new().at(Day::new(2026, 12, 1).expect("a day"));
/// assert_eq!((model.price().input, model.price_for(&december).input), (Some(2.0), Some(4.0)));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PriceQuery {
    day: Option<Day>,
    minute: Option<u16>,
    tier: Option<ServiceTier>,
    input_tokens: u64,
    region: Option<Region>,
}

impl PriceQuery {
    /// Creates a query for the standard tier, a short prompt, and the model's day.
    ///
    /// ```
    /// use tokenfit::model::PriceQuery;
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-4o")?;
    /// assert_eq!(model.price_for(&PriceQuery::new()), model.price());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> PriceQuery {
        PriceQuery::default()
    }

    /// Sets the day whose prices apply.
    ///
    /// ```
    /// use tokenfit::model::{Day, PriceQuery};
    ///
    /// let model = tokenfit::Models::builtin().get("gemini-3.8-flash")?;
    /// let next_year = PriceQuery::new().at(Day::new(2027, 1, 1).expect("a day"));
    /// assert_eq!(model.price_for(&next_year).input, Some(1.5));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at(self, day: Day) -> PriceQuery {
        PriceQuery {
            day: Some(day),
            ..self
        }
    }

    /// Sets the minute of the day in UTC: some vendors are cheaper at some hours. Without it, the
    /// higher price is returned.
    ///
    /// ```
    /// use tokenfit::model::{Day, PriceQuery};
    ///
    /// let model = tokenfit::Models::builtin().get("deepseek-v4-pro")?;
    /// let sunday = PriceQuery::new().at(Day::new(2026, 11, 29).expect("a day")).at_minute(12 * 60);
    /// assert_eq!((model.price().input, model.price_for(&sunday).input), (Some(1.32), Some(0.66)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at_minute(self, minute: u16) -> PriceQuery {
        PriceQuery {
            minute: Some(minute),
            ..self
        }
    }

    /// Sets the service tier, which has its own prices.
    ///
    /// ```
    /// use tokenfit::model::{PriceQuery, ServiceTier};
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-4o")?;
    /// assert_eq!(model.price_for(&PriceQuery::new().tier(ServiceTier::Priority)).input, Some(4.25));
    /// // Not sold: nothing is known.
    /// assert_eq!(model.price_for(&PriceQuery::new().tier(ServiceTier::Flex)).input, None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn tier(self, tier: ServiceTier) -> PriceQuery {
        PriceQuery {
            tier: Some(tier),
            ..self
        }
    }

    /// Sets the size of the prompt in tokens, cached ones included: some models cost more above a
    /// size.
    ///
    /// ```
    /// use tokenfit::model::PriceQuery;
    ///
    /// let model = tokenfit::Models::builtin().get("grok-4.5")?;
    /// // xAI's tiers include their size.
    /// for (tokens, input) in [(199_999, 2.0), (200_000, 4.0)] {
    ///     assert_eq!(model.price_for(&PriceQuery::new().input_tokens(tokens)).input, Some(input));
    /// }
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn input_tokens(self, tokens: u64) -> PriceQuery {
        PriceQuery {
            input_tokens: tokens,
            ..self
        }
    }

    /// Sets the region of the endpoint.
    ///
    /// ```
    /// use tokenfit::model::{PriceQuery, Region};
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-5.6-sol")?;
    /// let price = model.price_for(&PriceQuery::new().region(Region::Eu));
    /// assert_eq!((price.input, price.regional_factor), (Some(4.4), Some(1.1)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn region(self, region: Region) -> PriceQuery {
        PriceQuery {
            region: Some(region),
            ..self
        }
    }
}

/// Prices of writing to the prompt cache, by lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct CacheWrite {
    /// Five minutes.
    #[serde(rename = "5m", skip_serializing_if = "Option::is_none")]
    pub five_minutes: Option<f64>,
    /// Thirty minutes.
    #[serde(rename = "30m", skip_serializing_if = "Option::is_none")]
    pub thirty_minutes: Option<f64>,
    /// One hour.
    #[serde(rename = "1h", skip_serializing_if = "Option::is_none")]
    pub one_hour: Option<f64>,
    /// Twelve hours.
    #[serde(rename = "12h", skip_serializing_if = "Option::is_none")]
    pub twelve_hours: Option<f64>,
    /// Unstated lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<f64>,
}

impl CacheWrite {
    fn is_unknown(&self) -> bool {
        *self == CacheWrite::default()
    }

    /// Returns the price of the shortest lifetime.
    ///
    /// ```
    /// let price = tokenfit::Models::builtin().get("claude-opus-5-5")?.price();
    /// assert_eq!(price.cache_write.shortest(), price.cache_write.five_minutes);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn shortest(&self) -> Option<f64> {
        self.five_minutes
            .or(self.thirty_minutes)
            .or(self.one_hour)
            .or(self.twelve_hours)
            .or(self.any)
    }
}

/// Prices in USD per 1,000,000 tokens. `None` means not known, or not sold.
///
/// # Examples
///
/// ```
/// let price = tokenfit::Models::builtin().get("claude-opus-5-5")?.price();
/// assert_eq!((price.input, price.cached_input, price.output), (Some(4.0), Some(0.2), Some(20.0)));
/// assert_eq!(price.cache_write.one_hour, Some(8.0));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Price {
    /// Uncached input.
    pub input: Option<f64>,
    /// Input served by the prompt cache.
    pub cached_input: Option<f64>,
    /// Output; includes reasoning unless that has its own price.
    pub output: Option<f64>,
    /// Input served by an explicit prompt cache, if priced separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explicit_cached_input: Option<f64>,
    /// Reasoning output, if priced separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_output: Option<f64>,
    /// Audio input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_input: Option<f64>,
    /// Audio input served by the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_cached_input: Option<f64>,
    /// Audio output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_output: Option<f64>,
    /// Image input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_input: Option<f64>,
    /// Image input served by the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_cached_input: Option<f64>,
    /// Image output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_output: Option<f64>,
    /// Video input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_input: Option<f64>,
    /// Writes to the prompt cache.
    #[serde(skip_serializing_if = "CacheWrite::is_unknown")]
    pub cache_write: CacheWrite,
    /// Service tier.
    pub tier: ServiceTier,
    /// Price list the prices come from.
    pub basis: PriceBasis,
    /// Day on which the prices apply.
    pub day: Day,
    /// Prompt size in tokens above which the prices apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above_input_tokens: Option<u64>,
    /// Factor of the region, already included in the prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regional_factor: Option<f64>,
}

impl Price {
    fn unknown(tier: ServiceTier, basis: PriceBasis, day: Day) -> Price {
        Price {
            input: None,
            cached_input: None,
            output: None,
            explicit_cached_input: None,
            reasoning_output: None,
            audio_input: None,
            audio_cached_input: None,
            audio_output: None,
            image_input: None,
            image_cached_input: None,
            image_output: None,
            video_input: None,
            cache_write: CacheWrite::default(),
            tier,
            basis,
            day,
            above_input_tokens: None,
            regional_factor: None,
        }
    }

    /// Returns one of the prices.
    ///
    /// ```
    /// use tokenfit::model::Rate;
    ///
    /// let price = tokenfit::Models::builtin().get("claude-opus-5-5")?.price();
    /// assert_eq!(price.of(Rate::CacheWrite5m), Some(5.0));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of(&self, rate: Rate) -> Option<f64> {
        let mut copy = *self;
        *copy.slot(rate)
    }

    fn slot(&mut self, rate: Rate) -> &mut Option<f64> {
        match rate {
            Rate::Input => &mut self.input,
            Rate::CachedInput => &mut self.cached_input,
            Rate::ExplicitCachedInput => &mut self.explicit_cached_input,
            Rate::Output => &mut self.output,
            Rate::ReasoningOutput => &mut self.reasoning_output,
            Rate::AudioInput => &mut self.audio_input,
            Rate::AudioCachedInput => &mut self.audio_cached_input,
            Rate::AudioOutput => &mut self.audio_output,
            Rate::ImageInput => &mut self.image_input,
            Rate::ImageCachedInput => &mut self.image_cached_input,
            Rate::ImageOutput => &mut self.image_output,
            Rate::VideoInput => &mut self.video_input,
            Rate::CacheWrite5m => &mut self.cache_write.five_minutes,
            Rate::CacheWrite30m => &mut self.cache_write.thirty_minutes,
            Rate::CacheWrite1h => &mut self.cache_write.one_hour,
            Rate::CacheWrite12h => &mut self.cache_write.twelve_hours,
            Rate::CacheWriteAny => &mut self.cache_write.any,
        }
    }

    fn set(&mut self, rates: &[RatePrice], factor: f64) {
        for RatePrice { rate, usd } in rates {
            // 4 × 1.1 is 4.4, not 4.4000000000000004.
            *self.slot(*rate) = Some((usd * factor * 1e9).round() / 1e9);
        }
    }
}

/// Result of [`Model::price_steps`].
#[derive(Debug)]
pub(crate) struct PriceSteps {
    pub(crate) base: Price,
    pub(crate) steps: Vec<(u64, bool, Price)>,
    pub(crate) factor: Option<f64>,
}

/// Period of prices with all its tables, for the JSON of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ShownPeriod {
    valid_from: Option<Day>,
    valid_until: Option<Day>,
    prices: Vec<Price>,
}

impl Model {
    /// Returns the list price in USD per 1,000,000 tokens, the host's if known, otherwise the
    /// vendor's: standard tier, short prompt, on the [day](Model::day) of the model or of the
    /// registry.
    ///
    /// ```
    /// let price = tokenfit::Models::builtin().get("gpt-5")?.price();
    /// assert_eq!((price.input, price.cached_input, price.output), (Some(1.25), Some(0.125), Some(10.0)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price(&self) -> Price {
        self.price_for(&PriceQuery::new())
    }

    /// Returns the price for a query.
    ///
    /// Hosts' prices are known for one day and the standard tier; a host without a price that
    /// serves the model like its vendor has the vendor's.
    ///
    /// ```
    /// use tokenfit::model::{PriceBasis, PriceQuery};
    ///
    /// let models = tokenfit::Models::builtin();
    /// let price = models.get("bedrock/gpt-5.6-sol")?.price_for(&PriceQuery::new());
    /// assert_eq!((price.input, price.basis), (Some(4.4), PriceBasis::Host));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price_for(&self, query: &PriceQuery) -> Price {
        let day = query.day.or(self.day()).unwrap_or(REGISTRY_DAY);
        let tier = query.tier.unwrap_or(ServiceTier::Standard);
        let entry = self.entry();
        let mut basis = PriceBasis::Vendor;
        if let Some(host) = self.host() {
            let mut rows = entry.at_host(host, self.variant());
            let priced = rows.find(|row| !row.rates.is_empty());
            if let Some(row) = priced {
                let mut price = Price::unknown(tier, PriceBasis::Host, day);
                if tier == ServiceTier::Standard {
                    price.set(&row.rates, 1.0);
                }
                return price;
            }
            // A row without a price means that the vendor's applies.
            let listed = entry.at_host(host, self.variant()).next().is_some();
            basis = match listed || self.has_own_facts() {
                true => PriceBasis::Vendor,
                false => PriceBasis::VendorElsewhere,
            };
        }
        let mut price = Price::unknown(tier, basis, day);
        let Some(period) = period_of(entry, day) else {
            return price;
        };
        let factor = query.region.and_then(|region| {
            let factors = &*entry.regions;
            match region {
                Region::Eu => factors.eu,
                Region::Us => factors.us,
                Region::FedRamp => factors.fedramp,
                Region::Regional => factors.regional_endpoint,
            }
        });
        price.regional_factor = factor;
        let table_tier = match query.minute {
            Some(minute) if tier == ServiceTier::Standard && off_peak(period, day, minute) => {
                ServiceTier::OffPeak
            }
            _ => tier,
        };
        for table in period
            .tables
            .iter()
            .filter(|table| table.tier == table_tier)
        {
            let above = u64::from(table.above);
            let holds = match table.inclusive {
                true => query.input_tokens >= above,
                false => query.input_tokens > above,
            };
            if above == 0 || holds {
                price.set(&table.rates, factor.unwrap_or(1.0));
                price.above_input_tokens = Some(above).filter(|&above| above > 0);
            }
        }
        price
    }

    /// Returns the prices for a query without the region's factor, for prompts of every size: those
    /// of a short prompt, then for each step its size, whether the step includes it, and its
    /// prices; and the factor.
    pub(crate) fn price_steps(&self, query: &PriceQuery) -> PriceSteps {
        let plain = PriceQuery {
            region: None,
            input_tokens: 0,
            ..*query
        };
        let base = self.price_for(&plain);
        let mut steps = Vec::new();
        if base.basis != PriceBasis::Host
            && let Some(period) = period_of(self.entry(), base.day)
        {
            for table in period.tables.iter().filter(|table| table.above > 0) {
                let above = u64::from(table.above);
                let size = above + u64::from(!table.inclusive);
                let price = self.price_for(&plain.input_tokens(size));
                if price.above_input_tokens == Some(above) {
                    steps.push((above, table.inclusive, price));
                }
            }
            steps.sort_by_key(|(above, inclusive, _)| (*above, !inclusive));
            steps.dedup_by_key(|(above, inclusive, _)| (*above, *inclusive));
        }
        PriceSteps {
            base,
            steps,
            factor: self.price_for(query).regional_factor,
        }
    }

    /// Returns the factors on all prices of a request served by a region's endpoint.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("claude-opus-5-5")?;
    /// assert_eq!(model.regional_factors().us, Some(1.1));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn regional_factors(&self) -> &RegionalFactors {
        &self.entry().regions
    }

    /// Iterates over the service tiers that have a price on the model's day.
    ///
    /// ```
    /// use tokenfit::model::ServiceTier;
    ///
    /// let model = tokenfit::Models::builtin().get("gemini-2.5-flash")?;
    /// let tiers: Vec<_> = model.service_tiers().collect();
    /// assert_eq!(tiers, [ServiceTier::Standard, ServiceTier::Batch, ServiceTier::Flex, ServiceTier::Priority]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn service_tiers(&self) -> impl Iterator<Item = ServiceTier> {
        let day = self.day().unwrap_or(REGISTRY_DAY);
        let period = period_of(self.entry(), day);
        ServiceTier::ALL.iter().copied().filter(move |tier| {
            period.is_some_and(|period| period.tables.iter().any(|table| table.tier == *tier))
        })
    }

    /// Returns all prices of the vendor, period by period.
    pub(super) fn shown_periods(&self) -> Vec<ShownPeriod> {
        let shown = |period: &Period| {
            let day = period.from.unwrap_or(REGISTRY_DAY);
            let mut base: Option<(ServiceTier, Price)> = None;
            let prices = period.tables.iter().map(|table: &PriceTable| {
                let mut price = match base {
                    Some((tier, price)) if tier == table.tier && table.above > 0 => price,
                    _ => Price::unknown(table.tier, PriceBasis::Vendor, day),
                };
                price.set(&table.rates, 1.0);
                price.above_input_tokens = Some(u64::from(table.above)).filter(|&above| above > 0);
                if table.above == 0 {
                    base = Some((table.tier, price));
                }
                price
            });
            ShownPeriod {
                valid_from: period.from,
                valid_until: period.until,
                prices: prices.collect(),
            }
        };
        self.entry().prices.iter().map(shown).collect()
    }
}

fn period_of(entry: &Entry, day: Day) -> Option<&Period> {
    entry.prices.iter().find(|period| {
        period.from.is_none_or(|from| from <= day) && period.until.is_none_or(|until| day <= until)
    })
}

/// Returns whether the standard tier is at its cheaper hours.
fn off_peak(period: &Period, day: Day, minute: u16) -> bool {
    let mut tables = period.tables.iter();
    tables.any(|table| {
        table.tier == ServiceTier::OffPeak
            && table.hours.iter().any(|hours| {
                hours.weekdays & (1 << day.weekday()) != 0
                    && (hours.from..hours.until).contains(&minute)
            })
    })
}
