//! A name on its way through the rules.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::table::Entry;
use crate::model::{Host, Match};

/// The longest name that is looked at. ARNs are the longest in use, with about 150.
pub(super) const MAX_NAME_BYTES: usize = 300;

/// A rewriting rule: a simpler candidate, or none where the rule has nothing to say.
pub(super) type Rule = for<'n> fn(&Candidate<'n>) -> Option<Candidate<'n>>;

/// What is left of a name, and what the parts that were taken off it said.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'n> {
    pub(super) name: Cow<'n, str>,
    /// The least sure of the steps so far.
    pub(super) matched: Match,
    /// The outermost host that was named.
    pub(super) host: Option<Host>,
    /// The outermost vendor whose prefix stands before the name, where no host was named before it.
    pub(super) vendor: Option<Host>,
    /// `free` of `:free`.
    pub(super) variant: &'static str,
    /// The window that the name itself names (`:48k`).
    pub(super) window: Option<u64>,
    /// A date was taken off: the rest has to be listed as it is.
    pub(super) dated: bool,
    /// What the model has to be for the steps so far to make sense.
    pub(super) only: Option<fn(&Entry) -> bool>,
}

impl<'n> Candidate<'n> {
    /// None for what cannot be a name, so that no rule has to think of it.
    pub(super) fn new(name: &'n str) -> Option<Candidate<'n>> {
        (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then_some(Candidate {
            name: Cow::Borrowed(name),
            matched: Match::Id,
            host: None,
            vendor: None,
            variant: "",
            window: None,
            dated: false,
            only: None,
        })
    }

    /// The same with a part of the name; the rule says how sure that is. None for an empty part.
    pub(super) fn part(&self, range: Range<usize>, matched: Match) -> Option<Candidate<'n>> {
        let name = match &self.name {
            Cow::Borrowed(name) => Cow::Borrowed(name.get(range)?),
            Cow::Owned(name) => Cow::Owned(name.get(range)?.to_owned()),
        };
        self.named(name, matched)
    }

    /// Without the first so many bytes.
    pub(super) fn after(&self, bytes: usize, matched: Match) -> Option<Candidate<'n>> {
        self.part(bytes..self.name.len(), matched)
    }

    /// With the first so many bytes only.
    pub(super) fn until(&self, bytes: usize, matched: Match) -> Option<Candidate<'n>> {
        self.part(0..bytes, matched)
    }

    /// The same with another name.
    pub(super) fn named(&self, name: Cow<'n, str>, matched: Match) -> Option<Candidate<'n>> {
        (!name.is_empty()).then(|| Candidate {
            name,
            matched: self.matched.max(matched),
            ..self.clone()
        })
    }

    /// At this host, unless an outer one was named.
    pub(super) fn at(mut self, host: Option<Host>) -> Candidate<'n> {
        self.host = self.host.or(host);
        self
    }

    /// Whether the name begins so; ASCII case does not matter.
    pub(super) fn begins(&self, prefix: &str) -> bool {
        self.name
            .as_bytes()
            .get(..prefix.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    }

    /// Where this stands first; ASCII case does not matter.
    pub(super) fn find(&self, mark: &str) -> Option<usize> {
        let mark = mark.as_bytes();
        let mut windows = self.name.as_bytes().windows(mark.len());
        windows.position(|window| window.eq_ignore_ascii_case(mark))
    }

    /// The length of the name without this end; ASCII case does not matter.
    pub(super) fn without_end(&self, end: &str) -> Option<usize> {
        let at = self.name.len().checked_sub(end.len())?;
        self.name.as_bytes()[at..]
            .eq_ignore_ascii_case(end.as_bytes())
            .then_some(at)
    }
}
