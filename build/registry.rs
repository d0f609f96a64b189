//! Builder of the model registry's tables: `data/models.json`, merged with the rows of
//! `data/own.json`.
//!
//! Strings are stored in one long text, lists in pools, and equal parts once: see
//! `src/model/table.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::columns::abilities::Abilities;
use crate::columns::generation::CountingGeneration;
use crate::columns::images::ImageTokens;
use crate::columns::limits::RequestLimits;
use crate::columns::prices::{Rate, RegionalFactors};
use crate::columns::rows::{
    self, HostNameRow, HostRow, MovesToRow, MovingRow, PeriodRow, RouteRow, TableRow,
};
use crate::columns::{Column, Json};
use crate::constants::Constant;
use crate::day::Day;
use crate::host::Host;
use crate::sketch::sketch;
use crate::spelling;

/// Longer names are not looked up (`src/model/resolve/mod.rs`).
const MAX_NAME_BYTES: usize = 100;

/// File of models.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Day the facts were collected.
    pub(crate) date: String,
    #[serde(rename = "about")]
    _about: String,
    sources: BTreeMap<String, Source>,
    models: Vec<Map<String, Value>>,
}

impl File {
    pub(crate) fn parse(text: &str) -> Result<File, String> {
        serde_json::from_str(text).map_err(|e| e.to_string())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    what: String,
    date: String,
}

/// Line of the file. Composite columns are read by the crate's own `columns`, like overrides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    provider: String,
    kind: String,
    billing: String,
    counting_generation: Option<Value>,
    open_weights: Option<bool>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    azure_names: Vec<String>,
    host_names: Option<Value>,
    moving_names: Option<Value>,
    #[serde(default)]
    id_moves: bool,
    moves_to: Option<Value>,
    context_window: Option<u64>,
    max_input_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
    limits_note: Option<String>,
    #[serde(default)]
    host_limits_seen: Vec<(u64, u32)>,
    limits: Option<Value>,
    encoding: Option<String>,
    encoding_note: Option<String>,
    #[serde(default)]
    modalities: Modalities,
    #[serde(default)]
    supports: Supports,
    abilities: Option<Value>,
    image_tokens: Option<Value>,
    prices: Option<Value>,
    price_regional: Option<Value>,
    hosts: Option<Value>,
    status: Option<String>,
    #[serde(default)]
    snapshot_deprecations: BTreeMap<String, String>,
    #[serde(default)]
    lifecycle: Lifecycle,
    sources: Vec<String>,
    /// Sources of each field; kept in the file, not in the program.
    #[serde(rename = "from", default)]
    from: BTreeMap<String, Vec<String>>,
    /// Reason for a row of `data/own.json`.
    #[serde(rename = "why")]
    _why: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Modalities {
    #[serde(default)]
    input: Vec<String>,
    #[serde(default)]
    output: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Supports {
    tools: Option<bool>,
    vision: Option<bool>,
    json_schema: Option<bool>,
    reasoning: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Lifecycle {
    release_date: Option<String>,
    shutdown_date: Option<String>,
    successor: Option<String>,
    routed_to: Option<Value>,
}

impl Json for &Value {
    fn bool(&self) -> Option<bool> {
        self.as_bool()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    fn list(&self) -> Option<Vec<Self>> {
        Some(self.as_array()?.iter().collect())
    }

    fn object(&self) -> Option<Vec<(String, Self)>> {
        let entries = self.as_object()?.iter();
        Some(entries.map(|(key, value)| (key.clone(), value)).collect())
    }

    fn is_null(&self) -> bool {
        Value::is_null(self)
    }
}

/// Reads a composite column, if present.
fn column<T: Column>(value: Option<&Value>, name: &str) -> Result<Option<T>, String> {
    value
        .map(|value| {
            T::read(&value).map_err(|e| format!("{name}: expected {}, found {}", e.wanted, e.at))
        })
        .transpose()
}

/// Returns the code of `models.rs`.
pub(crate) fn tables(listed: File, own: File, version: &str) -> Result<String, String> {
    let day = |date: &str| Day::of(date).ok_or_else(|| format!("{date:?} is not a day"));
    let date = day(&listed.date)?.max(day(&own.date)?);
    let mut sources = listed.sources;
    for (id, source) in own.sources {
        if sources.insert(id.clone(), source).is_some() {
            return Err(format!("the source `{id}` is in both files"));
        }
    }
    let lines = merged(listed.models, own.models)?;

    let mut pools = Pools {
        sources: sources.keys().cloned().collect(),
        ..Pools::default()
    };
    // Index 0 of each pool of single values means "unknown".
    pools.abilities.add(Abilities::NONE.constant());
    pools.limits.add(RequestLimits::NONE.constant());
    pools.images.add(None::<ImageTokens>.constant());
    pools.regions.add(RegionalFactors::NONE.constant());

    let mut entries = Vec::new();
    for line in &lines {
        entries.push(entry(line, &mut pools).map_err(|e| format!("model `{}`: {e}", line.id))?);
    }
    targets_exist(&lines)?;
    let names = names(&lines)?;
    let mut name_rows = String::new();
    let mut sketches = String::new();
    for (name, (model, which)) in &names {
        let (at, len) = pools.text(name);
        let _ = writeln!(
            name_rows,
            "NameAt {{ at: {at}, len: {len}, model: {model}, which: {which} }},"
        );
        let _ = writeln!(sketches, "{},", sketch(name));
    }
    let mut key_rows = String::new();
    for (key, (model, which)) in keys(&lines) {
        let (at, len) = pools.text(&key);
        let _ = writeln!(
            key_rows,
            "NameAt {{ at: {at}, len: {len}, model: {model}, which: {which} }},"
        );
    }
    let host_names = host_names(&lines, &names, &mut pools)?;

    let mut out = String::from(
        "// Generated by build/registry.rs from data/models.json and data/own.json.\n",
    );
    let _ = writeln!(out, "pub(crate) const DATA_VERSION: &str = {version:?};");
    let _ = writeln!(out, "pub(super) const REGISTRY_DATE: &str = \"{date}\";");
    let _ = writeln!(
        out,
        "pub(super) const REGISTRY_DAY: Day = {};",
        day_code(date)
    );
    let _ = writeln!(out, "static SOURCES: &[SourceRow] = &[");
    for (id, source) in &sources {
        if id.is_empty() || id.contains(' ') {
            return Err(format!("the source id {id:?} is empty or holds a blank"));
        }
        super::day_or_month(&source.date, id)?;
        let _ = writeln!(
            out,
            "SourceRow {{ name: {id:?}, what: {:?}, date: {:?} }},",
            source.what, source.date
        );
    }
    out += "];\n";
    let _ = writeln!(
        out,
        "pub(super) static MODELS: &[Entry] = &[\n{}];",
        entries.join("\n")
    );
    let _ = writeln!(out, "static NAMES: &[NameAt] = &[\n{name_rows}];");
    let _ = writeln!(out, "static SKETCHES: &[u128] = &[\n{sketches}];");
    let _ = writeln!(out, "static KEYS: &[NameAt] = &[\n{key_rows}];");
    let _ = writeln!(out, "static HOST_NAMES: &[HostNameAt] = &[\n{host_names}];");
    pools.write(&mut out);
    Ok(out)
}

/// Merges the rows of the second file into those of the first: objects field by field, other values
/// replaced.
fn merged(
    listed: Vec<Map<String, Value>>,
    own: Vec<Map<String, Value>>,
) -> Result<Vec<Line>, String> {
    fn lay_over(old: &mut Map<String, Value>, newer: Map<String, Value>) {
        for (key, value) in newer {
            match (old.get_mut(&key), value) {
                (Some(Value::Object(old)), Value::Object(newer)) => lay_over(old, newer),
                (_, value) => {
                    old.insert(key, value);
                }
            }
        }
    }
    let mut rows = listed;
    for newer in own {
        match rows.iter_mut().find(|row| row.get("id") == newer.get("id")) {
            Some(row) => lay_over(row, newer),
            None => rows.push(newer),
        }
    }
    rows.into_iter()
        .map(|row| {
            let id = row.get("id").cloned().unwrap_or_default();
            serde_json::from_value(Value::Object(row)).map_err(|e| format!("model {id}: {e}"))
        })
        .collect()
}

/// Checks that successors, routes and targets of moving ids are models.
fn targets_exist(lines: &[Line]) -> Result<(), String> {
    let is_id = |id: &str| lines.iter().any(|line| line.id == id);
    for line in lines {
        let routes: Vec<RouteRow> =
            column(line.lifecycle.routed_to.as_ref(), "routed_to")?.unwrap_or_default();
        let moves_to: Option<MovesToRow> = column(line.moves_to.as_ref(), "moves_to")?;
        let targets = routes
            .iter()
            .map(|route| route.model.as_str())
            .chain(moves_to.as_ref().map(|to| to.model.as_str()))
            .chain(line.lifecycle.successor.as_deref());
        for target in targets {
            if !is_id(target) {
                return Err(format!(
                    "`{}` leads to `{target}`, which is not a model",
                    line.id
                ));
            }
        }
    }
    Ok(())
}

/// Code of values that are stored once.
#[derive(Default)]
struct Pool {
    rows: Vec<String>,
    /// Start of each list, by its code.
    lists: BTreeMap<String, (usize, usize)>,
}

impl Pool {
    /// Adds a single value.
    fn add(&mut self, row: String) -> usize {
        self.list(vec![row]).0
    }

    fn list(&mut self, rows: Vec<String>) -> (usize, usize) {
        if rows.is_empty() {
            return (0, 0);
        }
        let code = rows.join("\n");
        if let Some(place) = self.lists.get(&code) {
            return *place;
        }
        let place = (self.rows.len(), rows.len());
        self.rows.extend(rows);
        self.lists.insert(code, place);
        place
    }
}

#[derive(Default)]
struct Pools {
    text: String,
    places: BTreeMap<String, (usize, usize)>,
    sources: Vec<String>,
    strs: Pool,
    host_limits_seen: Pool,
    snapshots: Pool,
    source_refs: Pool,
    abilities: Pool,
    limits: Pool,
    images: Pool,
    regions: Pool,
    periods: Pool,
    price_tables: Pool,
    rates: Pool,
    hours: Pool,
    at_hosts: Pool,
    routes: Pool,
    hosts: Pool,
}

impl Pools {
    /// Returns the place of a string in the long text.
    fn text(&mut self, text: &str) -> (usize, usize) {
        if text.is_empty() {
            return (0, 0);
        }
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = (self.text.len(), text.len());
        self.text.push_str(text);
        self.places.insert(text.to_owned(), place);
        place
    }

    fn str(&mut self, text: &str) -> String {
        let (at, len) = self.text(text);
        format!("Str::Listed {{ at: {at}, len: {len} }}")
    }

    fn option(&mut self, text: Option<&str>) -> String {
        self.str(text.unwrap_or_default())
    }

    fn strs(&mut self, texts: &[String]) -> String {
        let rows = texts.iter().map(|text| self.str(text)).collect();
        list(self.strs.list(rows))
    }

    fn rates(&mut self, rates: &[(Rate, f64)]) -> String {
        let rows = rates
            .iter()
            .map(|(rate, usd)| format!("RatePrice {{ rate: {}, usd: {usd:?} }}", rate.constant()))
            .collect();
        list(self.rates.list(rows))
    }

    fn hosts(&mut self, hosts: &[Host]) -> String {
        let rows = hosts.iter().map(|host| format!("Host::{host:?}")).collect();
        list(self.hosts.list(rows))
    }

    /// Parses `id` or `id (note)`.
    fn source_refs(&mut self, sources: &[String]) -> Result<String, String> {
        let mut rows = Vec::new();
        for reference in sources {
            let (id, note) = match reference.split_once(" (") {
                Some((id, note)) => (id, note.strip_suffix(')').unwrap_or(note)),
                None => (reference.as_str(), ""),
            };
            let source = self.source(id)?;
            let note = self.str(note);
            rows.push(format!("SourceRef {{ source: {source}, note: {note} }}"));
        }
        Ok(list(self.source_refs.list(rows)))
    }

    fn source(&self, id: &str) -> Result<u8, String> {
        self.sources
            .iter()
            .position(|known| known == id)
            .and_then(|at| u8::try_from(at).ok())
            .ok_or_else(|| format!("unknown source `{id}`"))
    }

    fn periods(&mut self, periods: &[PeriodRow]) -> Result<String, String> {
        let mut rows = Vec::new();
        let mut last: Option<Day> = None;
        for (nth, period) in periods.iter().enumerate() {
            if nth > 0 && !matches!((last, period.from), (Some(last), Some(from)) if last < from) {
                return Err("prices: the periods are not in order".to_owned());
            }
            last = period.until;
            let mut tables = Vec::new();
            for table in &period.tables {
                tables.push(self.price_table(table));
            }
            let tables = list(self.price_tables.list(tables));
            rows.push(format!(
                "Period {{ from: {}, until: {}, tables: {tables} }}",
                option_day(period.from),
                option_day(period.until)
            ));
        }
        Ok(list(self.periods.list(rows)))
    }

    fn price_table(&mut self, table: &TableRow) -> String {
        let rates = self.rates(&table.rates);
        let hours = table
            .hours
            .iter()
            .map(|hours| {
                format!(
                    "HoursRow {{ weekdays: {}, from: {}, until: {} }}",
                    hours.weekdays, hours.from, hours.until
                )
            })
            .collect();
        let hours = list(self.hours.list(hours));
        format!(
            "PriceTable {{ tier: {}, above: {}, inclusive: {}, whole_request: {:?}, rates: {rates}, hours: {hours} }}",
            table.tier.constant(),
            table.above,
            table.inclusive,
            table.whole_request
        )
    }

    fn at_hosts(&mut self, rows: &[HostRow]) -> Result<String, String> {
        let mut code = Vec::new();
        for row in rows {
            let variant = self.str(&row.variant);
            let rates = self.rates(&row.rates);
            let note = self.str(&row.note);
            let sources = self.source_refs(&row.src)?;
            code.push(format!(
                "AtHost {{ host: Host::{:?}, variant: {variant}, context_window: {}, max_output_tokens: {}, \
                 prompt_cache_min_tokens: {}, rates: {rates}, shutdown_date: {}, note: {note}, sure: {}, sources: {sources} }}",
                row.host,
                row.context_window,
                row.max_output_tokens,
                row.prompt_cache_min_tokens,
                option_day(row.shutdown_date),
                row.sure
            ));
        }
        Ok(list(self.at_hosts.list(code)))
    }

    fn routes(&mut self, rows: &[RouteRow]) -> String {
        let code = rows
            .iter()
            .map(|row| {
                let model = self.str(&row.model);
                let hosts = self.hosts(&row.hosts);
                format!(
                    "Route {{ model: {model}, from: {}, until: {}, hosts: {hosts}, billed_as_target: {} }}",
                    day_code(row.from),
                    option_day(row.until),
                    row.billed_as_target
                )
            })
            .collect();
        list(self.routes.list(code))
    }

    fn write(&self, out: &mut String) {
        let _ = writeln!(out, "static TEXT: &str = {:?};", self.text);
        for (name, of, pool) in [
            ("STRS", "Str", &self.strs),
            ("HOST_LIMITS_SEEN", "(u64, u32)", &self.host_limits_seen),
            ("SNAPSHOTS", "(Str, Day)", &self.snapshots),
            ("SOURCE_REFS", "SourceRef", &self.source_refs),
            ("ABILITIES", "Abilities", &self.abilities),
            ("LIMITS", "RequestLimits", &self.limits),
            ("IMAGES", "Option<ImageTokens>", &self.images),
            ("REGIONS", "RegionalFactors", &self.regions),
            ("PERIODS", "Period", &self.periods),
            ("PRICE_TABLES", "PriceTable", &self.price_tables),
            ("RATES", "RatePrice", &self.rates),
            ("HOURS", "HoursRow", &self.hours),
            ("AT_HOSTS", "AtHost", &self.at_hosts),
            ("ROUTES", "Route", &self.routes),
            ("HOSTS", "Host", &self.hosts),
        ] {
            let _ = writeln!(
                out,
                "static {name}: &[{of}] = &[\n{},\n];",
                pool.rows.join(",\n")
            );
        }
    }
}

fn list((from, count): (usize, usize)) -> String {
    format!("List::Listed {{ from: {from}, count: {count} }}")
}

fn one(at: usize) -> String {
    format!("One::Listed({at})")
}

fn day_code(day: Day) -> String {
    format!(
        "Day::new({}, {}, {}).unwrap()",
        day.year(),
        day.month(),
        day.day()
    )
}

fn option_day(day: Option<Day>) -> String {
    day.map_or("None".to_owned(), |day| {
        format!("Day::new({}, {}, {})", day.year(), day.month(), day.day())
    })
}

fn entry(line: &Line, pools: &mut Pools) -> Result<String, String> {
    let mut out = String::from("Entry {");
    let mut field = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _ = write!(out, " {name}: {value},");
    };
    for (name, size) in [
        ("context_window", line.context_window),
        ("max_input_tokens", line.max_input_tokens),
        ("max_output_tokens", line.max_output_tokens),
    ] {
        if size == Some(0) {
            return Err(format!("{name} is 0; leave an unknown size out"));
        }
        field(name, format!("{size:?}"));
    }
    if let (Some(input), Some(window)) = (line.max_input_tokens, line.context_window)
        && input > window
    {
        return Err(format!(
            "max_input_tokens {input} is larger than the context window {window}"
        ));
    }
    field("id", pools.str(&line.id));
    field("provider", pools.str(&line.provider));
    field("kind", kind(&line.kind)?.to_owned());
    field("billing", billing(&line.billing)?.to_owned());
    let generation: Option<CountingGeneration> =
        column(line.counting_generation.as_ref(), "counting_generation")?;
    field("generation", generation.constant());
    field("open_weights", format!("{:?}", line.open_weights));
    field("aliases", pools.strs(&line.aliases));
    field("azure_names", pools.strs(&line.azure_names));

    let moving = moving(line)?;
    let rows = moving
        .iter()
        .filter(|row| row.hosts.is_empty() && line.aliases.contains(&row.name))
        .map(|row| format!("({}, {})", pools.str(&row.name), day_code(row.as_of)))
        .collect();
    field("moving", list(pools.snapshots.list(rows)));
    field("id_moves", line.id_moves.to_string());
    let moves_to: Option<MovesToRow> = column(line.moves_to.as_ref(), "moves_to")?;
    let target = moves_to.as_ref().map(|to| to.model.as_str());
    field("moves_to", pools.option(target));
    let as_of = moves_to.as_ref().map(|to| to.as_of);
    field("moves_to_as_of", option_day(as_of));
    let sure = moves_to.as_ref().is_some_and(|to| to.sure);
    field("moves_to_is_sure", sure.to_string());

    field("limits_note", pools.option(line.limits_note.as_deref()));
    let rows = line.host_limits_seen.iter().map(|pair| format!("{pair:?}"));
    let rows = rows.collect();
    field("host_limits_seen", list(pools.host_limits_seen.list(rows)));
    let limits: RequestLimits =
        column(line.limits.as_ref(), "limits")?.unwrap_or(RequestLimits::NONE);
    field("limits", one(pools.limits.add(limits.constant())));
    field("encoding", encoding(line.encoding.as_deref()));
    field("encoding_name", pools.option(line.encoding.as_deref()));
    field("encoding_note", pools.option(line.encoding_note.as_deref()));
    field("inputs", modalities(&line.modalities.input)?);
    field("outputs", modalities(&line.modalities.output)?);
    field("tools", format!("{:?}", line.supports.tools));
    field("vision", format!("{:?}", line.supports.vision));
    field("json_schema", format!("{:?}", line.supports.json_schema));
    field("reasoning", format!("{:?}", line.supports.reasoning));
    let abilities: Abilities =
        column(line.abilities.as_ref(), "abilities")?.unwrap_or(Abilities::NONE);
    field("abilities", one(pools.abilities.add(abilities.constant())));
    field("seen", seen(line).to_string());
    let images: Option<ImageTokens> = column(line.image_tokens.as_ref(), "image_tokens")?;
    field("images", one(pools.images.add(images.constant())));
    let periods: Vec<PeriodRow> = column(line.prices.as_ref(), "prices")?.unwrap_or_default();
    field("prices", pools.periods(&periods)?);
    let regions: RegionalFactors =
        column(line.price_regional.as_ref(), "price_regional")?.unwrap_or(RegionalFactors::NONE);
    field("regions", one(pools.regions.add(regions.constant())));
    let hosts = match &line.hosts {
        Some(hosts) => rows::hosts(&hosts)
            .map_err(|e| format!("hosts: expected {}, found {}", e.wanted, e.at))?,
        None => Vec::new(),
    };
    field("hosts", pools.at_hosts(&hosts)?);
    field("status", pools.option(line.status.as_deref()));

    let lifecycle = &line.lifecycle;
    if let Some(date) = &lifecycle.release_date {
        super::day_or_month(date, "release_date")?;
    }
    field(
        "release_date",
        pools.option(lifecycle.release_date.as_deref()),
    );
    let day = |date: &str| Day::of(date).ok_or_else(|| format!("{date:?} is not a day"));
    let shutdown = lifecycle.shutdown_date.as_deref().map(day).transpose()?;
    field("shutdown_date", option_day(shutdown));
    let mut snapshots = Vec::new();
    for (name, date) in &line.snapshot_deprecations {
        if !line.aliases.contains(name) && *name != line.id {
            return Err(format!(
                "snapshot_deprecations names `{name}`, which is not one of the aliases"
            ));
        }
        snapshots.push(format!("({}, {})", pools.str(name), day_code(day(date)?)));
    }
    field(
        "snapshot_deprecations",
        list(pools.snapshots.list(snapshots)),
    );
    field("successor", pools.option(lifecycle.successor.as_deref()));
    let routes: Vec<RouteRow> =
        column(lifecycle.routed_to.as_ref(), "routed_to")?.unwrap_or_default();
    field("routes", pools.routes(&routes));
    if line.sources.is_empty() {
        return Err("names no source".to_owned());
    }
    field("sources", pools.source_refs(&line.sources)?);
    for source in line.from.values().flatten() {
        pools.source(source)?;
    }
    field("counting_changed", "false".to_owned());
    field("given", "None".to_owned());
    out += " },";
    Ok(out)
}

/// Sources that are the API's own answer, or the vendor's own statement.
const SEEN: &[&str] = &["tokenfit", "api-error-texts", "provider-docs"];

/// Returns a bit for each column of the abilities that rests on such a source.
fn seen(line: &Line) -> u64 {
    let is_seen = |column: &&str| {
        let sources = line.from.get(&format!("abilities.{column}"));
        sources.is_some_and(|sources| sources.iter().any(|id| SEEN.contains(&id.as_str())))
    };
    let columns = Abilities::COLUMNS.iter().rev();
    columns.fold(0, |bits, column| bits << 1 | u64::from(is_seen(column)))
}

fn moving(line: &Line) -> Result<Vec<MovingRow>, String> {
    Ok(column(line.moving_names.as_ref(), "moving_names")?.unwrap_or_default())
}

/// Maps lower-cased names to (index of the model, 0 for the id or 1 + index of the alias), sorted
/// by name.
fn names(lines: &[Line]) -> Result<BTreeMap<String, (u16, u16)>, String> {
    let mut names = BTreeMap::new();
    for (m, line) in lines.iter().enumerate() {
        for (n, name) in std::iter::once(&line.id).chain(&line.aliases).enumerate() {
            is_name(name)?;
            let place = (
                u16::try_from(m).map_err(|_| "more than 65,535 models")?,
                u16::try_from(n).map_err(|_| "more than 65,535 names of one model")?,
            );
            if names.insert(name.to_ascii_lowercase(), place).is_some() {
                return Err(format!(
                    "the name `{name}` is there twice (names that differ in case only are one)"
                ));
            }
        }
    }
    Ok(names)
}

fn is_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(format!(
            "the name {name:?} is empty, too long, or not printable ASCII without blanks"
        ));
    }
    Ok(())
}

/// Maps spelling keys to (index of the model, index of the name as in `names`), sorted by key.
///
/// Keys of two models (`grok-4-1-fast`, `grok-4.1-fast`) are omitted: such names must be spelled
/// exactly.
fn keys(lines: &[Line]) -> BTreeMap<String, (u16, u16)> {
    let mut keys: BTreeMap<String, Option<(u16, u16)>> = BTreeMap::new();
    for (m, line) in lines.iter().enumerate() {
        for (n, name) in std::iter::once(&line.id).chain(&line.aliases).enumerate() {
            // `names` rejected indices that do not fit.
            let place = (m as u16, n as u16);
            keys.entry(spelling::key(name))
                .and_modify(|known| {
                    if known.is_some_and(|(model, _)| model != place.0) {
                        *known = None;
                    }
                })
                .or_insert(Some(place));
        }
    }
    keys.into_iter()
        .filter_map(|(key, place)| Some((key, place?)))
        .collect()
}

/// Returns the names that hosts have, and moving names that are not aliases, sorted by name. If a
/// host is given, its name has precedence over the same name of the registry.
fn host_names(
    lines: &[Line],
    names: &BTreeMap<String, (u16, u16)>,
    pools: &mut Pools,
) -> Result<String, String> {
    let mut rows: BTreeMap<(String, Option<Host>), (usize, Option<Day>)> = BTreeMap::new();
    for (model, line) in lines.iter().enumerate() {
        let named: Vec<HostNameRow> =
            column(line.host_names.as_ref(), "host_names")?.unwrap_or_default();
        let mut add = |name: &str, host: Option<Host>, as_of| {
            is_name(name)?;
            let name = name.to_ascii_lowercase();
            let listed = names.get(&name).map(|(model, _)| usize::from(*model));
            if listed.is_some() && host.is_none() {
                return match listed == Some(model) {
                    true => Ok(()),
                    false => Err(format!("the host name `{name}` is a name of another model")),
                };
            }
            match rows.insert((name.clone(), host), (model, as_of)) {
                Some((other, _)) if other != model => {
                    Err(format!("the host name `{name}` leads to two models"))
                }
                _ => Ok(()),
            }
        };
        for row in &named {
            add(&row.name, row.host, None)?;
        }
        for row in moving(line)? {
            match row.hosts.as_slice() {
                [] => add(&row.name, None, Some(row.as_of))?,
                hosts => {
                    for host in hosts {
                        add(&row.name, Some(*host), Some(row.as_of))?;
                    }
                }
            }
        }
    }
    let mut out = String::new();
    for ((name, host), (model, as_of)) in rows {
        let (at, len) = pools.text(&name);
        let host = host.map_or("None".to_owned(), |host| format!("Some(Host::{host:?})"));
        let _ = writeln!(
            out,
            "HostNameAt {{ at: {at}, len: {len}, model: {model}, host: {host}, as_of: {} }},",
            option_day(as_of)
        );
    }
    Ok(out)
}

fn kind(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "chat" => "ModelKind::Chat",
        "responses" => "ModelKind::Responses",
        "completion" => "ModelKind::Completion",
        "embedding" => "ModelKind::Embedding",
        "open_weights" => "ModelKind::OpenWeights",
        "image" => "ModelKind::Image",
        "video" => "ModelKind::Video",
        "audio_speech" => "ModelKind::AudioSpeech",
        "audio_transcription" => "ModelKind::AudioTranscription",
        "realtime" => "ModelKind::Realtime",
        "moderation" => "ModelKind::Moderation",
        _ => return Err(format!("unknown kind `{name}`")),
    })
}

fn billing(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "openai-chat-0301" => "BillingFamily::OpenAiChat0301",
        "openai-search" => "BillingFamily::OpenAiSearch",
        "openai-chat" => "BillingFamily::OpenAiChat",
        "openai-o3-mini" => "BillingFamily::OpenAiO3Mini",
        "openai-o-series" => "BillingFamily::OpenAiOSeries",
        "openai-reasoning" => "BillingFamily::OpenAiReasoning",
        "openai-o1-preview" => "BillingFamily::OpenAiO1Preview",
        "openai-unlisted" => "BillingFamily::OpenAiUnlisted",
        "harmony" => "BillingFamily::Harmony",
        "embedding" => "BillingFamily::Embedding",
        "completion" => "BillingFamily::Completion",
        "other" => "BillingFamily::Other",
        "none" => "BillingFamily::None",
        _ => return Err(format!("unknown billing family `{name}`")),
    })
}

/// Returns the encoding as a constant of the crate, itself `None` if its vocabulary is not
/// included; `None` for other vendors' encodings.
fn encoding(name: Option<&str>) -> String {
    let constant = match name {
        Some("o200k_base") => "O200K_BASE",
        Some("o200k_harmony") => "O200K_HARMONY",
        Some("cl100k_base") => "CL100K_BASE",
        Some("p50k_base") => "P50K_BASE",
        Some("p50k_edit") => "P50K_EDIT",
        // `gpt2` is the older name of the same vocabulary and pattern.
        Some("r50k_base" | "gpt2") => "R50K_BASE",
        Some("claude_v3") => "CLAUDE_V3",
        Some("claude_v47") => "CLAUDE_V47",
        Some("claude_v48") => "CLAUDE_V48",
        Some("gemma") => "GEMMA",
        Some("deepseek" | "deepseek_v3" | "deepseek_v4") => "DEEPSEEK",
        Some("mistral_tekken") => "MISTRAL_TEKKEN",
        Some("qwen2") => "QWEN2",
        Some("qwen35") => "QWEN35",
        Some("kimi_k2" | "kimi_k3") => "KIMI_K2",
        Some("glm4") => "GLM4",
        Some("glm5") => "GLM5",
        Some("minimax_m2") => "MINIMAX_M2",
        _ => return "None".to_owned(),
    };
    format!("crate::encoding::{constant}")
}

fn modalities(names: &[String]) -> Result<String, String> {
    let mut out = String::from("Modalities::of(&[");
    for name in names {
        out += match name.as_str() {
            "text" => "Modality::Text, ",
            "image" => "Modality::Image, ",
            "audio" => "Modality::Audio, ",
            "video" => "Modality::Video, ",
            "pdf" => "Modality::Pdf, ",
            "embedding" => "Modality::Embedding, ",
            _ => return Err(format!("unknown modality `{name}`")),
        };
    }
    Ok(out + "])")
}
