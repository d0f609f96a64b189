//! Static tables of the registry, written by `build/registry.rs` from `data/models.json` and
//! `data/own.json`.
//!
//! Rows contain only numbers: a string is a span of one long text, a list is a range of a pool. So
//! the tables need no relocation at program start, and equal parts (abilities, limits, image rules)
//! are stored once. Nothing is set up at start, and a look-up is one binary search (about eleven
//! comparisons) over the lower-cased names.
//!
//! Values given at run time have the same types, with their own memory instead of a range.

use std::ops::Deref;
use std::sync::Arc;

use super::columns::abilities::Abilities;
use super::columns::generation::CountingGeneration;
use super::columns::images::ImageTokens;
use super::columns::limits::RequestLimits;
use super::columns::prices::{Rate, RegionalFactors, ServiceTier};
use super::columns::rows::HoursRow;
use super::facts::Modalities;
use super::{BillingFamily, Day, Host, Modality, ModelKind, Source};

/// String of the tables, or one given at run time. Empty means absent.
#[derive(Clone)]
pub(super) enum Str {
    /// Span of `TEXT` in bytes.
    Listed {
        at: u32,
        len: u16,
    },
    Given(Arc<str>),
}

impl Str {
    pub(super) const NONE: Str = Str::Listed { at: 0, len: 0 };

    pub(super) fn some(&self) -> Option<&str> {
        Some(&**self).filter(|text| !text.is_empty())
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Str::Listed { at, len } => listed_text(*at, *len),
            Str::Given(text) => text,
        }
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        **self == **other
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str::Given(Arc::from(text))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Str {
        Str::Given(Arc::from(text))
    }
}

fn listed_text(at: u32, len: u16) -> &'static str {
    &TEXT[at as usize..at as usize + usize::from(len)]
}

/// Type whose listed values are in a pool.
pub(super) trait Pooled: Sized + 'static {
    fn pool() -> &'static [Self];
}

/// Range of the type's pool, or a list given at run time.
#[derive(Clone)]
pub(super) enum List<T> {
    Listed { from: u32, count: u16 },
    Given(Arc<[T]>),
}

impl<T> List<T> {
    pub(super) const EMPTY: List<T> = List::Listed { from: 0, count: 0 };
}

impl<T: Pooled> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            List::Listed { from, count } => {
                &T::pool()[*from as usize..*from as usize + usize::from(*count)]
            }
            List::Given(items) => items,
        }
    }
}

impl<T: Pooled + PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &List<T>) -> bool {
        **self == **other
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> List<T> {
        List::Given(Arc::from(items))
    }
}

/// Value of the type's pool, or one given at run time.
#[derive(Clone)]
pub(super) enum One<T> {
    Listed(u16),
    Given(Arc<T>),
}

impl<T: Pooled> Deref for One<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            One::Listed(at) => &T::pool()[usize::from(*at)],
            One::Given(value) => value,
        }
    }
}

impl<T: Pooled + PartialEq> PartialEq for One<T> {
    fn eq(&self, other: &One<T>) -> bool {
        **self == **other
    }
}

impl<T> From<T> for One<T> {
    fn from(value: T) -> One<T> {
        One::Given(Arc::new(value))
    }
}

macro_rules! pooled {
    ($($type:ty => $pool:ident),*) => {$(
        impl Pooled for $type {
            fn pool() -> &'static [$type] {
                $pool
            }
        }
    )*};
}

pooled! {
    Str => STRS,
    (u64, u32) => HOST_LIMITS_SEEN,
    (Str, Day) => SNAPSHOTS,
    SourceRef => SOURCE_REFS,
    Abilities => ABILITIES,
    RequestLimits => LIMITS,
    Option<ImageTokens> => IMAGES,
    RegionalFactors => REGIONS,
    Period => PERIODS,
    PriceTable => PRICE_TABLES,
    RatePrice => RATES,
    HoursRow => HOURS,
    AtHost => AT_HOSTS,
    Route => ROUTES,
    Host => HOSTS
}

/// One model. The fields are those of a line of `data/models.json`.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) id: Str,
    pub(super) provider: Str,
    pub(super) kind: ModelKind,
    pub(super) open_weights: Option<bool>,
    pub(super) billing: BillingFamily,
    pub(super) generation: Option<CountingGeneration>,
    pub(super) aliases: List<Str>,
    pub(super) azure_names: List<Str>,
    /// Day on which the id, or an alias, was seen to lead here, for names that move.
    pub(super) moving: List<(Str, Day)>,
    pub(super) id_moves: bool,
    pub(super) moves_to: Str,
    pub(super) moves_to_as_of: Option<Day>,
    pub(super) moves_to_is_sure: bool,
    pub(super) context_window: Option<u64>,
    pub(super) max_input_tokens: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) limits_note: Str,
    pub(super) host_limits_seen: List<(u64, u32)>,
    pub(super) limits: One<RequestLimits>,
    pub(super) encoding: Option<crate::encoding::Encoding>,
    pub(super) encoding_name: Str,
    pub(super) encoding_note: Str,
    pub(super) inputs: Modalities,
    pub(super) outputs: Modalities,
    pub(super) tools: Option<bool>,
    pub(super) vision: Option<bool>,
    pub(super) json_schema: Option<bool>,
    pub(super) reasoning: Option<bool>,
    pub(super) abilities: One<Abilities>,
    /// A bit for each of these columns that rests on an answer of the API, or on the vendor's own
    /// statement.
    pub(super) seen: u64,
    pub(super) images: One<Option<ImageTokens>>,
    pub(super) prices: List<Period>,
    pub(super) regions: One<RegionalFactors>,
    pub(super) hosts: List<AtHost>,
    pub(super) status: Str,
    /// `YYYY-MM-DD`, or `YYYY-MM`.
    pub(super) release_date: Str,
    pub(super) shutdown_date: Option<Day>,
    pub(super) snapshot_deprecations: List<(Str, Day)>,
    pub(super) successor: Str,
    pub(super) routes: List<Route>,
    pub(super) sources: List<SourceRef>,
    /// Whether an override changed its encoding, billing family or generation.
    pub(super) counting_changed: bool,
    /// Description of the override that changed it, if any.
    pub(super) given: Option<&'static str>,
}

/// Prices of a period.
#[derive(Clone, PartialEq)]
pub(super) struct Period {
    pub(super) from: Option<Day>,
    pub(super) until: Option<Day>,
    pub(super) tables: List<PriceTable>,
}

/// Prices of a service tier, or those above a prompt size (`above` > 0).
#[derive(Clone, PartialEq)]
pub(super) struct PriceTable {
    pub(super) tier: ServiceTier,
    pub(super) above: u32,
    pub(super) inclusive: bool,
    pub(super) whole_request: Option<bool>,
    pub(super) rates: List<RatePrice>,
    pub(super) hours: List<HoursRow>,
}

/// Price in USD per 1,000,000 tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RatePrice {
    pub(super) rate: Rate,
    pub(super) usd: f64,
}

/// Differences of a host from the vendor; an empty row states that it serves the model like the
/// vendor.
#[derive(Clone, PartialEq)]
pub(super) struct AtHost {
    pub(super) host: Host,
    /// `free` for names that end in `:free`; empty for all.
    pub(super) variant: Str,
    /// 0 for the vendor's.
    pub(super) context_window: u32,
    pub(super) max_output_tokens: u32,
    pub(super) prompt_cache_min_tokens: u32,
    pub(super) rates: List<RatePrice>,
    pub(super) shutdown_date: Option<Day>,
    pub(super) note: Str,
    /// Whether the window comes from the host itself rather than a catalog.
    pub(super) sure: bool,
    /// Indices into `SOURCES`; empty if given at run time.
    pub(super) sources: List<SourceRef>,
}

/// Day from which the vendor answers with another model.
#[derive(Clone, PartialEq)]
pub(super) struct Route {
    pub(super) model: Str,
    pub(super) from: Day,
    pub(super) until: Option<Day>,
    /// Empty for the vendor only.
    pub(super) hosts: List<Host>,
    pub(super) billed_as_target: bool,
}

/// Source, and its use if it has only one.
#[derive(Clone, PartialEq)]
pub(super) struct SourceRef {
    pub(super) source: u8,
    pub(super) note: Str,
}

impl SourceRef {
    pub(super) fn source(&self) -> Source {
        let SourceRow { name, what, date } = SOURCES[usize::from(self.source)];
        Source {
            name,
            what,
            date,
            note: match self.note {
                Str::Listed { at, len } if len > 0 => Some(listed_text(at, len)),
                _ => None,
            },
        }
    }
}

impl Entry {
    pub(super) fn sources(&self) -> impl Iterator<Item = Source> {
        let listed = self.sources.iter().map(SourceRef::source);
        let given = self.given.map(|what| Source {
            name: "given",
            what,
            date: "",
            note: None,
        });
        listed.chain(given)
    }

    /// Returns the id for 0, otherwise alias `which - 1`: the numbering of `NAMES`.
    pub(super) fn spelling(&self, which: u16) -> &str {
        usize::from(which)
            .checked_sub(1)
            .and_then(|alias| self.aliases.get(alias))
            .unwrap_or(&self.id)
    }

    /// Returns the day on which one of its names was seen to lead here, if that name moves.
    pub(super) fn as_of(&self, which: u16) -> Option<Day> {
        if which == 0 {
            return self
                .id_moves
                .then(|| self.moves_to_as_of.unwrap_or(REGISTRY_DAY));
        }
        let name = self.spelling(which);
        let moving = self.moving.iter();
        moving
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, day)| *day)
            .next()
    }

    /// Returns the differences of a host: the row of the variant first, then that of all variants.
    pub(super) fn at_host(
        &self,
        host: Host,
        variant: &'static str,
    ) -> impl Iterator<Item = &AtHost> {
        let rows = move || self.hosts.iter().filter(move |row| row.host == host);
        let of_variant =
            rows().filter(move |row| !row.variant.is_empty() && *row.variant == *variant);
        of_variant.chain(rows().filter(|row| row.variant.is_empty()))
    }
}

/// Entry of the tables, or one given at run time. Cheap to clone.
#[derive(Clone)]
pub(super) enum Facts {
    BuiltIn(&'static Entry),
    Given(Arc<Entry>),
}

impl Deref for Facts {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        match self {
            Facts::BuiltIn(entry) => entry,
            Facts::Given(entry) => entry,
        }
    }
}

#[derive(Clone, Copy)]
struct SourceRow {
    name: &'static str,
    what: &'static str,
    date: &'static str,
}

/// Lower-cased name of the tables, or the spelling key of one.
pub(super) struct NameAt {
    at: u32,
    len: u8,
    model: u16,
    which: u16,
}

impl NameAt {
    fn text(&self) -> &'static str {
        listed_text(self.at, u16::from(self.len))
    }

    fn named(&self) -> Named {
        Named {
            entry: &MODELS[usize::from(self.model)],
            which: self.which,
        }
    }
}

/// Name that one or several hosts have for a model.
pub(super) struct HostNameAt {
    at: u32,
    len: u8,
    model: u16,
    host: Option<Host>,
    as_of: Option<Day>,
}

/// Name of the registry: the model, and the index of its name.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) entry: &'static Entry,
    pub(super) which: u16,
}

/// Target of a host's name.
#[derive(Clone, Copy)]
pub(super) struct NamedAtHost {
    pub(super) entry: &'static Entry,
    pub(super) host: Option<Host>,
    pub(super) as_of: Option<Day>,
}

/// Finds the model of a host's name for it. At a host its own name has precedence over one of
/// several hosts; without a host, the name of any host matches.
pub(super) fn host_name(name: &str, host: Option<Host>) -> Option<NamedAtHost> {
    let text = |row: &HostNameAt| listed_text(row.at, u16::from(row.len));
    let from = HOST_NAMES.partition_point(|row| compare(text(row), name).is_lt());
    let rows = || {
        HOST_NAMES[from..]
            .iter()
            .take_while(|row| compare(text(row), name).is_eq())
    };
    let row = match host {
        Some(host) => rows()
            .find(|row| row.host == Some(host))
            .or_else(|| rows().find(|row| row.host.is_none()))?,
        None => rows().min_by_key(|row| row.host)?,
    };
    Some(NamedAtHost {
        entry: &MODELS[usize::from(row.model)],
        host: row.host,
        as_of: row.as_of,
    })
}

/// Compares a lower-cased name with one in any case.
pub(super) fn compare(lower: &str, name: &str) -> std::cmp::Ordering {
    lower
        .bytes()
        .cmp(name.bytes().map(|c| c.to_ascii_lowercase()))
}

/// Finds the model with exactly this id or alias; ASCII case does not matter. Allocates nothing.
pub(super) fn find(name: &str) -> Option<Named> {
    let at = NAMES
        .binary_search_by(|row| compare(row.text(), name))
        .ok()?;
    Some(NAMES[at].named())
}

/// Finds the model of a spelling key.
pub(super) fn find_key(key: &str) -> Option<Named> {
    let at = KEYS.binary_search_by(|row| row.text().cmp(key)).ok()?;
    Some(KEYS[at].named())
}

/// Iterates over the names whose spelling key begins with `prefix`, with the rest of the key.
pub(super) fn keys_after(prefix: &str) -> impl Iterator<Item = (&'static str, Named)> {
    let from = KEYS.partition_point(|row| row.text() < prefix);
    KEYS[from..]
        .iter()
        .map_while(move |row| Some((row.text().strip_prefix(prefix)?, row.named())))
}

/// Iterates over every name, lower-cased, with its model and its [sketch](super::resolve::sketch),
/// in alphabetical order.
pub(super) fn names() -> impl Iterator<Item = (&'static str, Named, u128)> {
    let sketches = SKETCHES.iter().copied();
    NAMES
        .iter()
        .zip(sketches)
        .map(|(row, sketch)| (row.text(), row.named(), sketch))
}

// The included tables define, besides DATA_VERSION (the crate's public `data_version`):
// REGISTRY_DAY   the day the facts were collected TEXT           every text of the tables, one
// after the other SOURCES        by index MODELS         in the order of data/models.json, then
// those of data/own.json NAMES          (lower-cased name, index of the model, 0 for the id or 1 +
// index of the alias), sorted by name SKETCHES       by index of NAMES KEYS           the same by
// spelling key, those of one model only HOST_NAMES     (lower-cased name, index of the model, host,
// day), sorted by name and the pools named above.
include!(concat!(env!("OUT_DIR"), "/models.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resolve::spelling::key;

    /// Compares the tables with a walk over all models.
    #[test]
    fn finding_is_a_walk_over_the_models() {
        let all_names = || {
            MODELS.iter().flat_map(|e| {
                std::iter::once(&e.id)
                    .chain(e.aliases.iter())
                    .map(move |n| (e, n))
            })
        };
        let by_name = |name: &str| {
            all_names()
                .find(|(_, known)| known.eq_ignore_ascii_case(name))
                .map(|(entry, _)| &*entry.id)
        };
        let keys: std::collections::BTreeMap<String, Vec<&str>> =
            all_names().fold(Default::default(), |mut keys, (entry, name)| {
                let ids: &mut Vec<&str> =
                    std::collections::BTreeMap::entry(&mut keys, key(name)).or_default();
                if ids.last() != Some(&&*entry.id) {
                    ids.push(&entry.id);
                }
                keys
            });
        let by_key = |name: &str| match keys.get(&key(name)).map(Vec::as_slice) {
            Some([id]) => Some(*id),
            _ => None,
        };
        for (name, ..) in names() {
            for name in [
                name.to_owned(),
                name.to_ascii_uppercase(),
                format!("{name}x"),
                name[1..].to_owned(),
                name.replace('.', "-"),
            ] {
                let found = find(&name).map(|named| &*named.entry.id);
                assert_eq!(found, by_name(&name), "{name}");
                let found = find_key(&key(&name)).map(|named| &*named.entry.id);
                assert_eq!(found, by_key(&name), "{name}");
            }
        }
    }

    #[test]
    fn rows_are_small() {
        // There are 1,103; a field that grows them needs a reason.
        assert!(size_of::<Entry>() <= 512, "{}", size_of::<Entry>());
        assert!(size_of::<AtHost>() <= 96, "{}", size_of::<AtHost>());
    }
}
