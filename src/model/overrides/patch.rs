//! Fields of a row, and their application to an entry.

use crate::encoding::Encoding;
use crate::model::columns::Column;
use crate::model::columns::abilities::Abilities;
use crate::model::columns::generation::CountingGeneration;
use crate::model::columns::images::ImageTokens;
use crate::model::columns::limits::RequestLimits;
use crate::model::columns::prices::{Rate, RegionalFactors, ServiceTier};
use crate::model::columns::rows::{
    HostNameRow, HostRow, MovesToRow, MovingRow, PeriodRow, RouteRow,
};
use crate::model::facts::Modalities;
use crate::model::table::{
    AtHost, Entry, List, One, Period, Pooled, PriceTable, REGISTRY_DAY, RatePrice, Route, Str,
};
use crate::model::{BillingFamily, Day, ModelKind};

/// Values of a row; `None` and empty values are not stated.
#[derive(Default)]
pub(super) struct Patch {
    pub(super) provider: Option<String>,
    /// Server of a new model, for formats that do not state the vendor.
    pub(super) provider_if_new: Option<String>,
    pub(super) kind: Option<ModelKind>,
    /// Kind implied by the format's word for the endpoint; it does not correct the kind of a known
    /// model.
    pub(super) kind_if_new: Option<ModelKind>,
    pub(super) billing: Option<BillingFamily>,
    pub(super) aliases: Vec<String>,
    pub(super) context_window: Option<u64>,
    pub(super) max_input_tokens: Option<u64>,
    /// LiteLLM's size: the input limit of a model that has one, otherwise the window.
    pub(super) input_or_window: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) limits_note: Option<String>,
    pub(super) host_limits_seen: Vec<(u64, u32)>,
    pub(super) encoding: Option<String>,
    pub(super) encoding_note: Option<String>,
    pub(super) inputs: Option<Modalities>,
    pub(super) outputs: Option<Modalities>,
    pub(super) tools: Option<bool>,
    pub(super) vision: Option<bool>,
    pub(super) json_schema: Option<bool>,
    pub(super) reasoning: Option<bool>,
    pub(super) price_input: Option<f64>,
    pub(super) price_cached_input: Option<f64>,
    pub(super) price_output: Option<f64>,
    pub(super) prices: Option<Vec<PeriodRow>>,
    pub(super) regions: Option<RegionalFactors>,
    pub(super) open_weights: Option<bool>,
    pub(super) generation: Option<CountingGeneration>,
    pub(super) limits: Option<RequestLimits>,
    pub(super) abilities: Option<Abilities>,
    pub(super) images: Option<ImageTokens>,
    pub(super) hosts: Vec<HostRow>,
    pub(super) host_names: Vec<HostNameRow>,
    pub(super) moving: Vec<MovingRow>,
    pub(super) id_moves: Option<bool>,
    pub(super) moves_to: Option<MovesToRow>,
    pub(super) status: Option<String>,
    pub(super) release_date: Option<String>,
    pub(super) shutdown_date: Option<Day>,
    pub(super) snapshot_deprecations: Vec<(String, Day)>,
    pub(super) successor: Option<String>,
    pub(super) routes: Vec<RouteRow>,
    pub(super) azure_names: Vec<String>,
}

impl Patch {
    pub(super) fn apply(&self, entry: &mut Entry, is_new: bool) {
        let text = |to: &mut Str, from: &Option<String>| {
            if let Some(from) = from.as_ref().filter(|from| ***from != **to) {
                *to = from.clone().into();
            }
        };
        if let Some(kind) = self.kind.or(self.kind_if_new.filter(|_| is_new)) {
            entry.kind = kind;
            if is_new {
                entry.billing = family_of(kind);
            }
        }
        let provider_if_new = self.provider_if_new.as_ref().filter(|_| is_new);
        if let Some(provider) = self.provider.as_ref().or(provider_if_new) {
            entry.provider = provider.clone().into();
        }
        if let Some(billing) = self.billing {
            entry.billing = billing;
        }
        if let Some(window) = self.context_window {
            entry.context_window = Some(window);
            // A previous input limit larger than the window has no effect.
            entry.max_input_tokens = entry.max_input_tokens.filter(|&most| most <= window);
        }
        if self.max_input_tokens.is_some() {
            entry.max_input_tokens = self.max_input_tokens;
        }
        if let Some(size) = self.input_or_window {
            match entry.max_input_tokens {
                Some(_) => {
                    entry.max_input_tokens = Some(size);
                    entry.context_window = entry.context_window.map(|window| window.max(size));
                }
                None => entry.context_window = Some(size),
            }
        }
        if self.max_output_tokens.is_some() {
            entry.max_output_tokens = self.max_output_tokens;
        }
        text(&mut entry.limits_note, &self.limits_note);
        if !self.host_limits_seen.is_empty() {
            entry.host_limits_seen = self.host_limits_seen.clone().into();
        }
        if let Some(encoding) = &self.encoding
            && *entry.encoding_name != **encoding
        {
            entry.encoding = Encoding::from_name(encoding).ok();
            entry.encoding_name = encoding.clone().into();
            entry.encoding_note = Str::NONE;
        }
        text(&mut entry.encoding_note, &self.encoding_note);
        entry.inputs = self.inputs.unwrap_or(entry.inputs);
        entry.outputs = self.outputs.unwrap_or(entry.outputs);
        entry.tools = self.tools.or(entry.tools);
        entry.vision = self.vision.or(entry.vision);
        entry.json_schema = self.json_schema.or(entry.json_schema);
        entry.reasoning = self.reasoning.or(entry.reasoning);
        entry.open_weights = self.open_weights.or(entry.open_weights);
        entry.generation = self.generation.or(entry.generation);
        lay_over(&mut entry.limits, self.limits.as_ref());
        if let Some(abilities) = &self.abilities {
            let before = entry.abilities.clone();
            lay_over(&mut entry.abilities, Some(abilities));
            if entry.abilities != before {
                // Values given by the caller count as certain.
                entry.seen |= abilities.said();
            }
        }
        lay_over(&mut entry.regions, self.regions.as_ref());
        if let Some(images) = self.images {
            // Another scheme is another rule; the fields of a scheme belong together.
            let newer = match *entry.images {
                Some(mut old) if old.scheme == images.scheme || images.scheme.is_none() => {
                    old.lay_over(&images);
                    old
                }
                _ => images,
            };
            if *entry.images != Some(newer) {
                entry.images = Some(newer).into();
            }
        }
        self.apply_prices(entry);
        self.apply_hosts(entry);
        text(&mut entry.status, &self.status);
        text(&mut entry.release_date, &self.release_date);
        entry.shutdown_date = self.shutdown_date.or(entry.shutdown_date);
        text(&mut entry.successor, &self.successor);
        if !self.routes.is_empty() {
            let routes = self.routes.iter().map(|row| Route {
                model: row.model.as_str().into(),
                from: row.from,
                until: row.until,
                hosts: row.hosts.clone().into(),
                billed_as_target: row.billed_as_target,
            });
            entry.routes = routes.collect::<Vec<_>>().into();
        }
        add_names(&mut entry.aliases, &self.aliases);
        add_names(&mut entry.azure_names, &self.azure_names);
        entry.id_moves = self.id_moves.unwrap_or(entry.id_moves);
        if let Some(to) = &self.moves_to {
            entry.moves_to = to.model.as_str().into();
            entry.moves_to_as_of = Some(to.as_of);
            entry.moves_to_is_sure = to.sure;
        }
        // Of the moving names, those that are aliases everywhere.
        let moving = self
            .moving
            .iter()
            .filter(|row| row.hosts.is_empty() && self.aliases.contains(&row.name))
            .map(|row| (row.name.clone(), row.as_of));
        add_days(&mut entry.moving, moving);
        add_days(
            &mut entry.snapshot_deprecations,
            self.snapshot_deprecations.iter().cloned(),
        );
    }

    fn apply_prices(&self, entry: &mut Entry) {
        if let Some(periods) = &self.prices {
            let periods = periods.iter().map(|period| Period {
                from: period.from,
                until: period.until,
                tables: period
                    .tables
                    .iter()
                    .map(|table| PriceTable {
                        tier: table.tier,
                        above: table.above,
                        inclusive: table.inclusive,
                        whole_request: table.whole_request,
                        rates: rates(&table.rates),
                        hours: table.hours.clone().into(),
                    })
                    .collect::<Vec<_>>()
                    .into(),
            });
            entry.prices = periods.collect::<Vec<_>>().into();
        }
        // The short form: three standard prices of any day, with the other known prices of today's
        // standard tier.
        let short = [
            (Rate::Input, self.price_input),
            (Rate::CachedInput, self.price_cached_input),
            (Rate::Output, self.price_output),
        ];
        let given: Vec<(Rate, f64)> = short
            .into_iter()
            .filter_map(|(rate, usd)| Some((rate, usd?)))
            .collect();
        let today = entry.prices.iter().find(|period| {
            period.from.is_none_or(|from| from <= REGISTRY_DAY)
                && period.until.is_none_or(|until| REGISTRY_DAY <= until)
        });
        let table = today.and_then(|period| {
            let mut tables = period.tables.iter();
            tables.find(|table| table.tier == ServiceTier::Standard && table.above == 0)
        });
        let old: Vec<RatePrice> = table.map(|table| table.rates.to_vec()).unwrap_or_default();
        let is_new = |(rate, usd): &(Rate, f64)| {
            !old.iter()
                .any(|known| known.rate == *rate && known.usd == *usd)
        };
        if !given.iter().any(is_new) {
            return;
        }
        // Tiers and other services were priced relative to the old numbers, and are unknown
        // relative to the new ones.
        let mut newer: Vec<(Rate, f64)> = old
            .iter()
            .map(|known| (known.rate, known.usd))
            .filter(|(rate, _)| !given.iter().any(|(of, _)| of == rate))
            .collect();
        newer.extend(given);
        newer.sort_by_key(|(rate, _)| *rate);
        let table = PriceTable {
            tier: ServiceTier::Standard,
            above: 0,
            inclusive: false,
            whole_request: None,
            rates: rates(&newer),
            hours: List::EMPTY,
        };
        entry.prices = vec![Period {
            from: None,
            until: None,
            tables: vec![table].into(),
        }]
        .into();
    }

    /// Applies rows of hosts, field by field over the existing ones.
    fn apply_hosts(&self, entry: &mut Entry) {
        if self.hosts.is_empty() {
            return;
        }
        let mut rows = entry.hosts.to_vec();
        for given in &self.hosts {
            let known = rows
                .iter()
                .position(|row| row.host == given.host && *row.variant == *given.variant);
            let at = known.unwrap_or_else(|| {
                rows.push(AtHost {
                    host: given.host,
                    variant: given.variant.as_str().into(),
                    context_window: 0,
                    max_output_tokens: 0,
                    prompt_cache_min_tokens: 0,
                    rates: List::EMPTY,
                    shutdown_date: None,
                    note: Str::NONE,
                    sure: false,
                    sources: List::EMPTY,
                });
                rows.len() - 1
            });
            let row = &mut rows[at];
            let size = |old: &mut u32, given: u32| {
                if given > 0 {
                    *old = given;
                }
            };
            size(&mut row.context_window, given.context_window);
            size(&mut row.max_output_tokens, given.max_output_tokens);
            size(
                &mut row.prompt_cache_min_tokens,
                given.prompt_cache_min_tokens,
            );
            if !given.rates.is_empty() {
                row.rates = rates(&given.rates);
            }
            row.shutdown_date = given.shutdown_date.or(row.shutdown_date);
            if !given.note.is_empty() {
                row.note = given.note.as_str().into();
            }
            row.sure |= given.sure;
        }
        if rows != entry.hosts.to_vec() {
            entry.hosts = rows.into();
        }
    }
}

fn rates(rates: &[(Rate, f64)]) -> List<RatePrice> {
    let rates = rates.iter().map(|&(rate, usd)| RatePrice { rate, usd });
    rates.collect::<Vec<_>>().into()
}

fn lay_over<T: Column + Pooled + PartialEq>(old: &mut One<T>, newer: Option<&T>) {
    let Some(newer) = newer else { return };
    let mut value = (**old).clone();
    value.lay_over(newer);
    if value != **old {
        *old = value.into();
    }
}

fn add_names(names: &mut List<Str>, given: &[String]) {
    let is_new = |name: &&String| !names.iter().any(|known| **known == ***name);
    let new: Vec<Str> = given
        .iter()
        .filter(is_new)
        .map(|name| name.as_str().into())
        .collect();
    if !new.is_empty() {
        let all: Vec<Str> = names.iter().cloned().chain(new).collect();
        *names = all.into();
    }
}

fn add_days(days: &mut List<(Str, Day)>, given: impl Iterator<Item = (String, Day)>) {
    let mut all = days.to_vec();
    for (name, day) in given {
        match all.iter_mut().find(|(known, _)| **known == *name) {
            Some(known) => known.1 = day,
            None => all.push((name.into(), day)),
        }
    }
    if all != days.to_vec() {
        *days = all.into();
    }
}

/// Returns the family of a model of which only the kind is known.
fn family_of(kind: ModelKind) -> BillingFamily {
    match kind {
        ModelKind::Embedding => BillingFamily::Embedding,
        ModelKind::Completion => BillingFamily::Completion,
        ModelKind::Chat | ModelKind::Responses | ModelKind::OpenWeights => BillingFamily::Other,
        _ => BillingFamily::None,
    }
}
