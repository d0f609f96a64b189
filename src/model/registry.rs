//! The models that can be looked up: those of the tables, and what was added to them at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Found;
use super::resolve::spelling;
use super::table::{self, Entry, Facts};
use super::{Day, Host, ImageSizes, Match};
use crate::encoding::Tokenizer;

/// The models that can be looked up by name.
///
/// Costs nothing to make or clone: the data is compiled in, and what is added at run time is shared.
///
/// # Examples
///
/// ```
/// use tokenfit::{ErrorKind, Models};
///
/// let models = Models::builtin();
/// assert_eq!(models.get("GPT-4o")?.id(), "gpt-4o");
///
/// let error = models.get("gpt-4p").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnknownModel);
/// assert_eq!(error.nearest_models()[..2], ["gpt-4", "gpt-4o"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Models {
    pub(super) additions: Option<Arc<Additions>>,
    pub(super) unknown: Unknown,
    pub(super) day: Option<Day>,
    /// Tokenizers of the caller's, by the name of the encoding that they count for.
    pub(super) tokenizers: Option<Arc<Vec<NamedTokenizer>>>,
    pub(super) image_sizes: Option<Arc<ImageSizes>>,
}

/// A tokenizer, and the encoding that it counts for.
type NamedTokenizer = (String, Arc<dyn Tokenizer>);

#[derive(Clone, Default)]
pub(super) enum Unknown {
    #[default]
    Refuse,
    Guess,
    Assume(Arc<Entry>),
}

/// What was given at run time. Lists are sorted, so that a lookup needs no lower-cased copy of the name.
#[derive(Clone, Default)]
pub(super) struct Additions {
    pub(super) entries: Vec<Arc<Entry>>,
    /// By id: which entry stands for a model of the tables.
    pub(super) replaced: BTreeMap<String, usize>,
    /// Models that the tables do not have, in the order they came.
    pub(super) added: Vec<usize>,
    /// By lower-cased name.
    pub(super) names: Vec<(String, NameRow)>,
    /// By spelling key; none for a key of two models.
    pub(super) keys: Vec<(String, Option<NameRow>)>,
    /// The caller's own names, lower-cased, and the names they stand for.
    pub(super) aliases: Vec<(String, String)>,
}

#[derive(Clone, Copy)]
pub(super) struct NameRow {
    pub(super) entry: usize,
    pub(super) which: u16,
    pub(super) matched: Match,
    pub(super) host: Option<Host>,
    pub(super) own_limits: bool,
}

impl Models {
    /// The models compiled into the crate, the same as the default.
    ///
    /// ```
    /// assert!(tokenfit::Models::builtin().iter().count() > 500);
    /// ```
    pub fn builtin() -> Models {
        Models::default()
    }

    /// The day the facts were collected, `YYYY-MM-DD`. Single sources can be older: see [`Model::sources`](super::Model::sources).
    ///
    /// ```
    /// assert!(tokenfit::Models::builtin().date() >= "2026-11-22");
    /// ```
    pub fn date(&self) -> &'static str {
        table::REGISTRY_DATE
    }

    /// The same as a day.
    pub(crate) fn facts_day(&self) -> Day {
        table::REGISTRY_DAY
    }

    /// The same without the caller's own names.
    pub(super) fn find_listed(&self, name: &str) -> Option<Found> {
        if let Some(additions) = self.additions.as_deref()
            && let Ok(at) = additions
                .names
                .binary_search_by(|(known, _)| table::compare(known, name))
        {
            return Some(additions.found(additions.names[at].1));
        }
        let named = table::find(name)?;
        Some(Found::listed(self.facts(named.entry), named.which))
    }

    /// The model with a name of this spelling key.
    pub(super) fn find_key(&self, key: &str) -> Option<Found> {
        if let Some(additions) = self.additions.as_deref()
            && let Ok(at) = additions
                .keys
                .binary_search_by(|(known, _)| known.as_str().cmp(key))
        {
            return additions.keys[at].1.map(|row| additions.found(row));
        }
        let named = table::find_key(key)?;
        Some(Found::listed(self.facts(named.entry), named.which))
    }

    /// A model of the tables as overrides have left it.
    pub(super) fn facts(&self, entry: &'static Entry) -> Facts {
        match self.additions.as_deref() {
            Some(additions) => match additions.replaced.get(&*entry.id) {
                Some(&at) => Facts::Given(additions.entries[at].clone()),
                None => Facts::BuiltIn(entry),
            },
            None => Facts::BuiltIn(entry),
        }
    }

    /// The names that overrides added, lower-cased, with the id of their model and as they are spelled.
    pub(super) fn added_names(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.additions.iter().flat_map(|additions| {
            additions.names.iter().map(|(name, row)| {
                let entry = &additions.entries[row.entry];
                (name.as_str(), &*entry.id, entry.spelling(row.which))
            })
        })
    }

    pub(super) fn additions(&self) -> Additions {
        self.additions.as_deref().cloned().unwrap_or_default()
    }

    /// The same without the caller's own names: what they stand for is looked up in it.
    pub(super) fn without_aliases(&self) -> Models {
        let mut plain = self.clone();
        if let Some(additions) = &mut plain.additions
            && !additions.aliases.is_empty()
        {
            Arc::make_mut(additions).aliases.clear();
        }
        plain
    }

    pub(super) fn alias_target(&self, name: &str) -> Option<&str> {
        let aliases = &self.additions.as_deref()?.aliases;
        let at = aliases
            .binary_search_by(|(known, _)| table::compare(known, name))
            .ok()?;
        Some(&aliases[at].1)
    }
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (models, aliases) = self
            .additions
            .as_deref()
            .map_or((0, 0), |a| (a.entries.len(), a.aliases.len()));
        f.debug_struct("Models")
            .field("overridden_models", &models)
            .field("aliases", &aliases)
            .finish_non_exhaustive()
    }
}

impl Additions {
    fn found(&self, row: NameRow) -> Found {
        Found {
            facts: Facts::Given(self.entries[row.entry].clone()),
            which: row.which,
            matched: row.matched,
            host: row.host,
            own_limits: row.own_limits,
            as_of: self.entries[row.entry].as_of(row.which),
        }
    }

    /// An entry in the place of the one that has its id, be it of the tables or added before.
    pub(super) fn replace(&mut self, entry: Entry) -> usize {
        let id = entry.id.to_string();
        match self.replaced.get(&id) {
            Some(&at) => {
                self.entries[at] = Arc::new(entry);
                at
            }
            None => {
                let at = self.push(entry);
                self.replaced.insert(id, at);
                at
            }
        }
    }

    /// An entry that the tables do not have.
    pub(super) fn add(&mut self, entry: Entry) -> usize {
        let at = self.replace(entry);
        if !self.added.contains(&at) {
            self.added.push(at);
        }
        at
    }

    /// An entry for one name only.
    pub(super) fn push(&mut self, entry: Entry) -> usize {
        self.entries.push(Arc::new(entry));
        self.entries.len() - 1
    }

    /// Takes in names, the later one of two alike.
    pub(super) fn name_all(&mut self, names: Vec<(String, NameRow)>) {
        let mut by_name: BTreeMap<String, NameRow> = std::mem::take(&mut self.names)
            .into_iter()
            .chain(names)
            .collect();
        let mut by_key: BTreeMap<String, Option<NameRow>> = BTreeMap::new();
        for (name, row) in &by_name {
            let row = NameRow {
                matched: row.matched.max(Match::Spelling),
                ..*row
            };
            by_key
                .entry(spelling::key(name))
                .and_modify(|known| {
                    if known.is_some_and(|known| known.entry != row.entry) {
                        *known = None;
                    }
                })
                .or_insert(Some(row));
        }
        self.names.extend(std::mem::take(&mut by_name));
        self.keys = by_key.into_iter().collect();
    }
}
