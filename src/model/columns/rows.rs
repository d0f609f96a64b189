//! Columns that are lists of rows: prices by period, offers of hosts, the vendor's routes.

use super::super::day::Day;
use super::super::host::Host;
use super::prices::{Rate, ServiceTier};
use super::words::Word;
use super::{Column, Json, Refused, refused};

/// Prices of a period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PeriodRow {
    pub(crate) from: Option<Day>,
    /// Last day.
    pub(crate) until: Option<Day>,
    pub(crate) tables: Vec<TableRow>,
}

/// Prices of a service tier, or those above a prompt size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableRow {
    pub(crate) tier: ServiceTier,
    /// 0 for the prices of any prompt.
    pub(crate) above: u32,
    /// Whether the prices also apply to a prompt of exactly `above` tokens.
    pub(crate) inclusive: bool,
    /// Whether the whole request is billed at them, rather than the part above, if stated.
    pub(crate) whole_request: Option<bool>,
    pub(crate) rates: Vec<(Rate, f64)>,
    pub(crate) hours: Vec<HoursRow>,
}

/// Hours of the week, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoursRow {
    /// A bit per day; bit 1 is Monday.
    pub(crate) weekdays: u8,
    /// Minutes since midnight; `until` is the first minute after.
    pub(crate) from: u16,
    pub(crate) until: u16,
}

/// Differences of a host from the vendor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostRow {
    pub(crate) host: Host,
    /// Variant of names that end in `:VARIANT`; empty for all names.
    pub(crate) variant: String,
    pub(crate) context_window: u32,
    pub(crate) max_output_tokens: u32,
    pub(crate) prompt_cache_min_tokens: u32,
    pub(crate) rates: Vec<(Rate, f64)>,
    pub(crate) shutdown_date: Option<Day>,
    pub(crate) note: String,
    /// Whether the window comes from an answer or a page of the host itself rather than a
    /// catalog.
    pub(crate) sure: bool,
    pub(crate) src: Vec<String>,
}

/// Day from which the vendor answers with another model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RouteRow {
    pub(crate) model: String,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    /// Empty for the vendor only.
    pub(crate) hosts: Vec<Host>,
    pub(crate) billed_as_target: bool,
}

/// Name that the vendor moves to another model from time to time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MovingRow {
    pub(crate) name: String,
    /// Empty for everywhere.
    pub(crate) hosts: Vec<Host>,
    pub(crate) as_of: Day,
}

/// A host's own name for a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostNameRow {
    pub(crate) name: String,
    pub(crate) host: Option<Host>,
}

/// Model that a moving id led to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MovesToRow {
    pub(crate) model: String,
    pub(crate) as_of: Day,
    pub(crate) sure: bool,
}

impl Column for String {
    fn read<J: Json>(json: &J) -> Result<String, Refused<J>> {
        match json.text() {
            Some(text) => Ok(text.into_owned()),
            None => refused(json, "a string"),
        }
    }
}

impl Column for Day {
    fn read<J: Json>(json: &J) -> Result<Day, Refused<J>> {
        match json.text().and_then(|text| Day::of(&text)) {
            Some(day) => Ok(day),
            None => refused(json, "a day, YYYY-MM-DD"),
        }
    }
}

impl Column for Host {
    fn read<J: Json>(json: &J) -> Result<Host, Refused<J>> {
        match json.text().and_then(|word| Host::from_word(&word)) {
            Some(host) => Ok(host),
            None => refused(json, "a host"),
        }
    }
}

impl<T: Column> Column for Vec<T> {
    fn read<J: Json>(json: &J) -> Result<Vec<T>, Refused<J>> {
        match json.list() {
            Some(items) => items.iter().map(T::read).collect(),
            None => refused(json, "a list"),
        }
    }
}

/// Returns the entries of an object that are not null.
fn entries<J: Json>(json: &J) -> Result<Vec<(String, J)>, Refused<J>> {
    match json.object() {
        Some(entries) => Ok(entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()),
        None => refused(json, "an object"),
    }
}

fn unknown_field<T, J: Json>(value: &J, known: &str) -> Result<T, Refused<J>> {
    refused(value, format!("one of the fields {known}"))
}

/// Returns a required field of a row.
fn required<T, J: Json>(value: Option<T>, row: &J, field: &str) -> Result<T, Refused<J>> {
    match value {
        Some(value) => Ok(value),
        None => refused(row, format!("an object with `{field}`")),
    }
}

/// Reads a price in USD per 1,000,000 tokens.
fn price<J: Json>(json: &J) -> Result<f64, Refused<J>> {
    match json.number() {
        Some(usd) if (0.0..=1_000_000.0).contains(&usd) => Ok(usd),
        _ => refused(json, "a price from 0 to 1,000,000 USD per 1M tokens"),
    }
}

impl Column for PeriodRow {
    fn read<J: Json>(json: &J) -> Result<PeriodRow, Refused<J>> {
        let mut period = PeriodRow {
            from: None,
            until: None,
            tables: Vec::new(),
        };
        for (key, value) in entries(json)? {
            match key.as_str() {
                "valid_from" => period.from = Some(Day::read(&value)?),
                "valid_until" => period.until = Some(Day::read(&value)?),
                tier => match ServiceTier::from_word(tier) {
                    Some(tier) => tables(&value, tier, &mut period.tables)?,
                    None => {
                        return unknown_field(&value, "valid_from, valid_until, or a service tier");
                    }
                },
            }
        }
        // The standard tier first; within a tier, smaller prompts first.
        period
            .tables
            .sort_by_key(|table| (table.tier, table.above, !table.inclusive));
        Ok(period)
    }
}

/// Reads a tier's table, then those of its `tiers` by prompt size.
fn tables<J: Json>(json: &J, tier: ServiceTier, out: &mut Vec<TableRow>) -> Result<(), Refused<J>> {
    let base = table(json, tier)?;
    out.push(base);
    let tiers = entries(json)?.into_iter().find(|(key, _)| key == "tiers");
    if let Some((_, tiers)) = tiers {
        let Some(rows) = tiers.list() else {
            return refused(&tiers, "a list");
        };
        for row in rows {
            let above = table(&row, tier)?;
            if above.above == 0 {
                return refused(&row, "an object with `above_input_tokens`");
            }
            out.push(above);
        }
    }
    Ok(())
}

fn table<J: Json>(json: &J, tier: ServiceTier) -> Result<TableRow, Refused<J>> {
    let mut table = TableRow {
        tier,
        above: 0,
        inclusive: false,
        whole_request: None,
        rates: Vec::new(),
        hours: Vec::new(),
    };
    for (key, value) in entries(json)? {
        match key.as_str() {
            "tiers" => {}
            "above_input_tokens" => table.above = u32::read(&value)?,
            "inclusive" => table.inclusive = bool::read(&value)?,
            // No vendor bills only the part above.
            "whole_request" => match value.bool() {
                Some(true) => table.whole_request = Some(true),
                _ => return refused(&value, "true; omit it if it is not known"),
            },
            "timezone" => {
                if value.text().as_deref() != Some("UTC") {
                    return refused(&value, "the word UTC");
                }
            }
            "windows" => {
                let Some(windows) = value.list() else {
                    return refused(&value, "a list");
                };
                for window in windows {
                    hours(&window, &mut table.hours)?;
                }
            }
            "cache_write" => {
                for (ttl, value) in entries(&value)? {
                    match Rate::from_word(&ttl).filter(|rate| Rate::CACHE_WRITES.contains(rate)) {
                        Some(rate) => table.rates.push((rate, price(&value)?)),
                        None => return unknown_field(&value, "5m, 30m, 1h, 12h, any"),
                    }
                }
            }
            word => match Rate::from_word(word).filter(|rate| !Rate::CACHE_WRITES.contains(rate)) {
                Some(rate) => table.rates.push((rate, price(&value)?)),
                None => {
                    return unknown_field(&value, "input, cached_input, output or another price");
                }
            },
        }
    }
    table.rates.sort_by_key(|(rate, _)| *rate);
    Ok(table)
}

/// Reads `{"weekdays": [1, 2], "hours_utc": ["00:00-01:00", ...]}`; the hours may be a single
/// string.
fn hours<J: Json>(json: &J, out: &mut Vec<HoursRow>) -> Result<(), Refused<J>> {
    let mut weekdays = 0;
    let mut spans = Vec::new();
    for (key, value) in entries(json)? {
        match key.as_str() {
            "weekdays" => {
                for day in value.list().unwrap_or_default() {
                    match u32::read(&day)? {
                        day @ 1..=7 => weekdays |= 1 << day,
                        _ => return refused(&day, "a day of the week, 1 to 7"),
                    }
                }
            }
            "hours_utc" => spans = value.list().unwrap_or_else(|| vec![value]),
            _ => return unknown_field(&value, "weekdays, hours_utc"),
        }
    }
    for span in spans {
        let text = span.text();
        let ends = text.as_deref().and_then(|text| {
            let (from, until) = text.split_once('-')?;
            let (from, until) = (minute(from)?, minute(until)?);
            // `10:00-00:00` ends with the day.
            Some((from, if until == 0 { 24 * 60 } else { until }))
        });
        let Some((from, until)) = ends.filter(|(from, until)| from < until) else {
            return refused(&span, "hours such as 04:00-06:00");
        };
        out.push(HoursRow {
            weekdays,
            from,
            until,
        });
    }
    Ok(())
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Reads the rows of `hosts`: an object by host; `openrouter:free` is a host's variant.
pub(crate) fn hosts<J: Json>(json: &J) -> Result<Vec<HostRow>, Refused<J>> {
    let Some(entries) = json.object() else {
        return refused(json, "an object of hosts");
    };
    let mut rows = Vec::new();
    for (key, value) in entries {
        let (word, variant) = key.split_once(':').unwrap_or((&key, ""));
        let Some(host) = Host::from_word(word) else {
            return refused(&value, "a host for a key");
        };
        rows.push(host_row(&value, host, variant)?);
    }
    rows.sort_by_key(|row| row.host);
    Ok(rows)
}

fn host_row<J: Json>(json: &J, host: Host, variant: &str) -> Result<HostRow, Refused<J>> {
    let mut row = HostRow {
        host,
        variant: variant.to_owned(),
        context_window: 0,
        max_output_tokens: 0,
        prompt_cache_min_tokens: 0,
        rates: Vec::new(),
        shutdown_date: None,
        note: String::new(),
        sure: false,
        src: Vec::new(),
    };
    for (key, value) in entries(json)? {
        match key.as_str() {
            "context_window" => row.context_window = u32::read(&value)?,
            "max_output_tokens" => row.max_output_tokens = u32::read(&value)?,
            "prompt_cache_min_tokens" => row.prompt_cache_min_tokens = u32::read(&value)?,
            "price" => {
                let prices = value.list().unwrap_or_default();
                if prices.len() != 3 {
                    return refused(&value, "three prices: input, cached input, output");
                }
                for (rate, value) in [Rate::Input, Rate::CachedInput, Rate::Output]
                    .into_iter()
                    .zip(&prices)
                {
                    if !value.is_null() {
                        row.rates.push((rate, price(value)?));
                    }
                }
            }
            "shutdown_date" => row.shutdown_date = Some(Day::read(&value)?),
            "note" => row.note = String::read(&value)?,
            "sure" => row.sure = bool::read(&value)?,
            "src" => row.src = Vec::read(&value)?,
            _ => {
                return unknown_field(
                    &value,
                    "context_window, max_output_tokens, prompt_cache_min_tokens, price, shutdown_date, note, sure, src",
                );
            }
        }
    }
    Ok(row)
}

impl Column for RouteRow {
    fn read<J: Json>(json: &J) -> Result<RouteRow, Refused<J>> {
        let (mut model, mut from, mut until) = (None, None, None);
        let mut hosts = Vec::new();
        let mut billed_as_target = true;
        for (key, value) in entries(json)? {
            match key.as_str() {
                "model" => model = Some(String::read(&value)?),
                "from" => from = Some(Day::read(&value)?),
                "until" => until = Some(Day::read(&value)?),
                "hosts" => hosts = Vec::read(&value)?,
                "billed_as_target" => billed_as_target = bool::read(&value)?,
                _ => return unknown_field(&value, "model, from, until, hosts, billed_as_target"),
            }
        }
        Ok(RouteRow {
            model: required(model, json, "model")?,
            from: required(from, json, "from")?,
            until,
            hosts,
            billed_as_target,
        })
    }
}

impl Column for MovingRow {
    fn read<J: Json>(json: &J) -> Result<MovingRow, Refused<J>> {
        let (mut name, mut as_of, mut hosts) = (None, None, Vec::new());
        for (key, value) in entries(json)? {
            match key.as_str() {
                "name" => name = Some(String::read(&value)?),
                "hosts" => hosts = Vec::read(&value)?,
                "as_of" => as_of = Some(Day::read(&value)?),
                "src" => {}
                _ => return unknown_field(&value, "name, hosts, as_of, src"),
            }
        }
        Ok(MovingRow {
            name: required(name, json, "name")?,
            hosts,
            as_of: required(as_of, json, "as_of")?,
        })
    }
}

impl Column for HostNameRow {
    fn read<J: Json>(json: &J) -> Result<HostNameRow, Refused<J>> {
        let (mut name, mut host) = (None, None);
        for (key, value) in entries(json)? {
            match key.as_str() {
                "name" => name = Some(String::read(&value)?),
                "host" => host = Some(Host::read(&value)?),
                "src" => {}
                _ => return unknown_field(&value, "name, host, src"),
            }
        }
        Ok(HostNameRow {
            name: required(name, json, "name")?,
            host,
        })
    }
}

impl Column for MovesToRow {
    fn read<J: Json>(json: &J) -> Result<MovesToRow, Refused<J>> {
        let (mut model, mut as_of, mut sure) = (None, None, false);
        for (key, value) in entries(json)? {
            match key.as_str() {
                "model" => model = Some(String::read(&value)?),
                "as_of" => as_of = Some(Day::read(&value)?),
                "sure" => sure = bool::read(&value)?,
                "src" => {}
                _ => return unknown_field(&value, "model, as_of, sure, src"),
            }
        }
        Ok(MovesToRow {
            model: required(model, json, "model")?,
            as_of: required(as_of, json, "as_of")?,
            sure,
        })
    }
}
