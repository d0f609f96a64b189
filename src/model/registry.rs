//! Registry: the models of the tables, and those added at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Found;
use super::resolve::spelling;
use super::table::{self, Entry, Facts};
use super::{Day, Host, ImageSizes, Match};
use crate::encoding::Tokenizer;
#[cfg(feature = "templates")]
use crate::template::ChatTemplate;

/// Registry of models, looked up by name.
///
/// Free to create and cheap to clone: the data is compiled in, and additions at run time are
/// shared.
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
    /// The caller's tokenizers, by the name of their encoding or model.
    pub(super) tokenizers: Option<Arc<Vec<NamedTokenizer>>>,
    /// The caller's chat templates, likewise.
    #[cfg(feature = "templates")]
    pub(super) templates: Option<Arc<Vec<(String, ChatTemplate)>>>,
    pub(super) image_sizes: Option<Arc<ImageSizes>>,
}

/// Name of an encoding or a model, and its tokenizer.
type NamedTokenizer = (String, Arc<dyn Tokenizer>);

#[derive(Clone, Default)]
pub(super) enum Unknown {
    #[default]
    Refuse,
    Guess,
    Assume(Arc<Entry>),
}

/// Additions at run time. Lists are sorted, so a look-up needs no lower-cased copy of the name.
#[derive(Clone, Default)]
pub(super) struct Additions {
    pub(super) entries: Vec<Arc<Entry>>,
    /// Replacements of table entries, by id.
    pub(super) replaced: BTreeMap<String, usize>,
    /// Models that the tables do not contain, in the order of arrival.
    pub(super) added: Vec<usize>,
    /// Names, lower-cased.
    pub(super) names: Vec<(String, NameRow)>,
    /// Spelling keys; `None` for a key shared by two models.
    pub(super) keys: Vec<(String, Option<NameRow>)>,
    /// The caller's aliases, lower-cased, and their targets.
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
    /// Returns the models compiled into the crate; the same as the default.
    ///
    /// ```
    /// assert!(tokenfit::Models::builtin().iter().count() > 500);
    /// ```
    pub fn builtin() -> Models {
        Models::default()
    }

    /// Returns the day the facts were collected, `YYYY-MM-DD`. Single sources can be older: see
    /// [`Model::sources`](super::Model::sources).
    ///
    /// ```
    /// assert!(tokenfit::Models::builtin().date() >= "2026-11-22");
    /// ```
    pub fn date(&self) -> &'static str {
        table::REGISTRY_DATE
    }

    /// Returns [`date`](Self::date) as a day.
    pub(crate) fn facts_day(&self) -> Day {
        table::REGISTRY_DAY
    }

    /// Finds a listed name, ignoring the caller's aliases.
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

    /// Finds the model of a spelling key.
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

    /// Returns a model of the tables with its overrides.
    pub(super) fn facts(&self, entry: &'static Entry) -> Facts {
        match self.additions.as_deref() {
            Some(additions) => match additions.replaced.get(&*entry.id) {
                Some(&at) => Facts::Given(additions.entries[at].clone()),
                None => Facts::BuiltIn(entry),
            },
            None => Facts::BuiltIn(entry),
        }
    }

    /// Iterates over the names that overrides added, lower-cased, with the id of their model and
    /// their spelling.
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

    /// Returns a copy without the caller's aliases, to look up their targets.
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

    /// Replaces the entry of the same id, whether in the tables or added before.
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

    /// Adds an entry that the tables do not have.
    pub(super) fn add(&mut self, entry: Entry) -> usize {
        let at = self.replace(entry);
        if !self.added.contains(&at) {
            self.added.push(at);
        }
        at
    }

    /// Adds an entry for a single name.
    pub(super) fn push(&mut self, entry: Entry) -> usize {
        self.entries.push(Arc::new(entry));
        self.entries.len() - 1
    }

    /// Adds names; of two equal ones the later is used.
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
