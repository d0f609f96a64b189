//! Overrides at run time: JSON of three formats → rows → additions to a registry.
//!
//! One file per format, which only reads its fields into a [`Patch`]. The effect of a row on the
//! registry is decided once, here:
//!
//! ```text
//! the row's name is an id               → the model with these fields corrected
//!               is certainly an alias   → the same, for that name only (a snapshot, a name at a host)
//!               leads to a model        → a new model; absent fields are those of that model
//!               leads to none           → a new model; absent fields are unknown
//! ```

mod cursor;
mod litellm;
mod models_dev;
mod own;
mod patch;

use std::collections::{BTreeMap, BTreeSet};

use super::found::Found;
use super::registry::{Additions, Models, NameRow};
use super::resolve;
use super::table::{Entry, List, Str};
use super::{Match, unknown};
use crate::error::Error;
use crate::json::Document;
use cursor::Cursor;
use patch::Patch;

/// One model of a file.
struct Row<'d> {
    name: String,
    /// Shorter name, used if it is unique.
    or_else: Option<String>,
    patch: Patch,
    at: Cursor<'d>,
}

pub(super) fn additions(registry: &Models, json: &[u8]) -> Result<Additions, Error> {
    let document = Document::parse_bytes(json, cursor::is_shown_plain)?;
    let root = Cursor::root(&document);
    let (format, rows) = rows(root)?;
    // The caller's own names do not affect the meaning of a file.
    let registry = &registry.without_aliases();
    let mut additions = registry.additions();
    let mut names = Names::default();
    for row in &rows {
        names.claim(&row.name, &row.at)?;
    }
    for row in &rows {
        apply(registry, &mut additions, &mut names, row, format)?;
    }
    let short_names = short_names(registry, &rows, &mut names);
    names.rows.extend(short_names);
    additions.name_all(names.rows);
    Ok(additions)
}

/// Returns the shorter names of rows that are unique. Two providers' models of one short name are
/// distinguished by the long one.
fn short_names(registry: &Models, rows: &[Row<'_>], names: &mut Names) -> Vec<(String, NameRow)> {
    let mut called: BTreeMap<String, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        if let Some(short) = &row.or_else {
            called
                .entry(short.to_ascii_lowercase())
                .or_default()
                .push(row);
        }
    }
    let by_name: BTreeMap<String, NameRow> = names.rows.iter().cloned().collect();
    let mut given = Vec::new();
    for (short, rows) in called {
        if let [row] = rows.as_slice()
            && let Some(&known) = by_name.get(&row.name.to_ascii_lowercase())
            && resolve::resolve(registry, &short).is_none()
            && names.claim(&short, &row.at).is_ok()
        {
            let matched = Match::Alias;
            given.push((short, NameRow { matched, ..known }));
        }
    }
    given
}

/// Returns the rows of a file, and the description of its format.
fn rows(root: Cursor<'_>) -> Result<(&'static str, Vec<Row<'_>>), Error> {
    const OWN: &str = "a file of overrides in the registry's own format, given at run time";
    const LITELLM: &str = "a file in LiteLLM's format, given at run time";
    const MODELS_DEV: &str = "a file in models.dev's format, given at run time";
    if root.is_array() || root.field("id").is_some_and(|id| id.is_string()) {
        return Ok((OWN, own::rows(root)?));
    }
    root.expect_object("a list of models, or an object of them")?;
    if let Some(models) = root.field("models").filter(Cursor::is_array) {
        return Ok((OWN, own::rows(models)?));
    }
    let of_providers = root.entries().any(|(_, entry)| {
        entry
            .field("models")
            .is_some_and(|models| models.is_object())
    });
    if of_providers {
        Ok((MODELS_DEV, models_dev::rows(root)?))
    } else {
        Ok((LITELLM, litellm::rows(root)?))
    }
}

/// Names that a file gives, to detect duplicates.
#[derive(Default)]
struct Names {
    claimed: BTreeSet<String>,
    rows: Vec<(String, NameRow)>,
}

impl Names {
    fn claim(&mut self, name: &str, at: &Cursor<'_>) -> Result<(), Error> {
        if self.claimed.insert(name.to_ascii_lowercase()) {
            Ok(())
        } else {
            Err(at.error(
                "this name appears twice".to_owned(),
                "keep one of them; names ignore case",
            ))
        }
    }
}

fn apply(
    registry: &Models,
    additions: &mut Additions,
    names: &mut Names,
    row: &Row<'_>,
    format: &'static str,
) -> Result<(), Error> {
    let name = row.name.as_str();
    let listed = registry.find_listed(name);
    let known = match &listed {
        Some(found) if found.which == 0 && found.facts.id.eq_ignore_ascii_case(name) => {
            Known::Id(found.facts.clone())
        }
        Some(found) => Known::Name(found.clone()),
        None => match resolve::resolve(registry, name) {
            Some(model) if model.matched().is_certain() => Known::Name(Found {
                facts: model.facts.clone(),
                which: model.which,
                matched: model.matched(),
                host: model.host(),
                own_limits: model.own_limits,
                as_of: model.as_of,
            }),
            Some(model) => Known::Near(model.facts.clone()),
            None => Known::Nothing,
        },
    };
    let base: Option<&Entry> = match &known {
        Known::Id(facts) | Known::Near(facts) => Some(facts),
        Known::Name(found) => Some(&found.facts),
        Known::Nothing => None,
    };
    let mut entry = match (&known, base) {
        (Known::Near(_), Some(near)) => Entry {
            id: row.name.clone().into(),
            aliases: List::EMPTY,
            azure_names: List::EMPTY,
            moving: List::EMPTY,
            id_moves: false,
            moves_to: Str::NONE,
            snapshot_deprecations: List::EMPTY,
            routes: List::EMPTY,
            ..near.clone()
        },
        (_, Some(base)) => base.clone(),
        (_, None) => Entry {
            id: row.name.clone().into(),
            ..unknown::nothing_known()
        },
    };
    let before = entry.clone();
    row.patch.apply(&mut entry, matches!(known, Known::Nothing));
    // A listed name without new facts. At a host it is new nevertheless: it states that the
    // vendor's facts apply there.
    if entry == before && matches!(&known, Known::Name(found) if found.host.is_none()) {
        return Ok(());
    }
    entry.counting_changed |= base.is_some()
        && (entry.billing != before.billing
            || entry.encoding_name != before.encoding_name
            || entry.generation != before.generation);
    entry.given = Some(format);
    let own_aliases = alias_rows(registry, names, row, &entry)?;
    let (at, own) = match known {
        Known::Id(_) => (additions.replace(entry), None),
        Known::Name(found) => {
            let row = NameRow {
                entry: 0,
                which: found.which,
                matched: found.matched,
                host: found.host,
                own_limits: found.host.is_some(),
            };
            (additions.push(entry), Some(row))
        }
        Known::Near(_) | Known::Nothing => (additions.add(entry), Some(listed_row(0))),
    };
    let own = own.map(|own| (row.name.clone(), own));
    let of_hosts = host_name_rows(registry, names, row)?;
    for (name, row) in own.into_iter().chain(own_aliases).chain(of_hosts) {
        names
            .rows
            .push((name.to_ascii_lowercase(), NameRow { entry: at, ..row }));
    }
    Ok(())
}

/// Target of a row's name.
enum Known {
    Id(super::table::Facts),
    Name(Found),
    Near(super::table::Facts),
    Nothing,
}

fn listed_row(which: u16) -> NameRow {
    NameRow {
        entry: 0,
        which,
        matched: if which == 0 { Match::Id } else { Match::Alias },
        host: None,
        own_limits: false,
    }
}

/// Returns the rows of the names that hosts have for the model.
fn host_name_rows(
    registry: &Models,
    names: &mut Names,
    row: &Row<'_>,
) -> Result<Vec<(String, NameRow)>, Error> {
    let mut rows = Vec::new();
    for named in &row.patch.host_names {
        // Already known, here or as another host's name.
        if resolve::resolve(registry, &named.name).is_some() {
            continue;
        }
        names.claim(&named.name, &row.at)?;
        let row = NameRow {
            matched: Match::HostName,
            host: named.host,
            ..listed_row(0)
        };
        rows.push((named.name.clone(), row));
    }
    Ok(rows)
}

/// Returns the rows of the aliases that a row gives; they must not be names of another model.
fn alias_rows(
    registry: &Models,
    names: &mut Names,
    row: &Row<'_>,
    entry: &Entry,
) -> Result<Vec<(String, NameRow)>, Error> {
    let mut rows = Vec::new();
    for (alias, at) in row.patch.aliases.iter().zip(row.at.alias_places()) {
        if let Some(other) = registry.find_listed(alias) {
            if other.facts.id != entry.id {
                return Err(at.error(
                    "this alias is a name of another model".to_owned(),
                    "omit it, or override that model",
                ));
            }
            // It is already one of the model's own.
            continue;
        }
        names.claim(alias, &at)?;
        let which = entry.aliases.iter().position(|known| **known == **alias);
        let which = which.and_then(|which| u16::try_from(which + 1).ok());
        rows.push((alias.clone(), listed_row(which.unwrap_or(0))));
    }
    Ok(rows)
}
