//! Candidate: a name as rewritten by the rules so far.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::table::Entry;
use crate::model::{Host, Match};

/// Maximum length of a name. ARNs are the longest in use, with about 150 bytes.
pub(super) const MAX_NAME_BYTES: usize = 300;

/// Rewriting rule: returns a simpler candidate, or `None` if it does not apply.
pub(super) type Rule = for<'n> fn(&Candidate<'n>) -> Option<Candidate<'n>>;

/// Rest of a name, and the information from the removed parts.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'n> {
    pub(super) name: Cow<'n, str>,
    /// Least certain of the steps so far.
    pub(super) matched: Match,
    /// Outermost host that was named.
    pub(super) host: Option<Host>,
    /// Outermost vendor prefix, if no host was named before it.
    pub(super) vendor: Option<Host>,
    /// `free` of `:free`.
    pub(super) variant: &'static str,
    /// Window size in the name (`:48k`).
    pub(super) window: Option<u64>,
    /// Whether a date was removed: the rest must be listed exactly.
    pub(super) dated: bool,
    /// Condition on the model for the steps so far to be valid.
    pub(super) only: Option<fn(&Entry) -> bool>,
}

impl<'n> Candidate<'n> {
    /// Returns `None` for a string that cannot be a name, so that no rule needs to check.
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

    /// Keeps a part of the name, with the certainty stated by the rule. `None` for an empty part.
    pub(super) fn part(&self, range: Range<usize>, matched: Match) -> Option<Candidate<'n>> {
        let name = match &self.name {
            Cow::Borrowed(name) => Cow::Borrowed(name.get(range)?),
            Cow::Owned(name) => Cow::Owned(name.get(range)?.to_owned()),
        };
        self.named(name, matched)
    }

    /// Removes the first `bytes` bytes.
    pub(super) fn after(&self, bytes: usize, matched: Match) -> Option<Candidate<'n>> {
        self.part(bytes..self.name.len(), matched)
    }

    /// Keeps the first `bytes` bytes.
    pub(super) fn until(&self, bytes: usize, matched: Match) -> Option<Candidate<'n>> {
        self.part(0..bytes, matched)
    }

    /// Replaces the name.
    pub(super) fn named(&self, name: Cow<'n, str>, matched: Match) -> Option<Candidate<'n>> {
        (!name.is_empty()).then(|| Candidate {
            name,
            matched: self.matched.max(matched),
            ..self.clone()
        })
    }

    /// Sets the host, unless an outer one was named.
    pub(super) fn at(mut self, host: Option<Host>) -> Candidate<'n> {
        self.host = self.host.or(host);
        self
    }

    /// Returns whether the name begins with `prefix`; ASCII case does not matter.
    pub(super) fn begins(&self, prefix: &str) -> bool {
        self.name
            .as_bytes()
            .get(..prefix.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    }

    /// Returns the first position of `mark`; ASCII case does not matter.
    pub(super) fn find(&self, mark: &str) -> Option<usize> {
        let mark = mark.as_bytes();
        let mut windows = self.name.as_bytes().windows(mark.len());
        windows.position(|window| window.eq_ignore_ascii_case(mark))
    }

    /// Returns the length of the name without this suffix; ASCII case does not matter.
    pub(super) fn without_end(&self, end: &str) -> Option<usize> {
        let at = self.name.len().checked_sub(end.len())?;
        self.name.as_bytes()[at..]
            .eq_ignore_ascii_case(end.as_bytes())
            .then_some(at)
    }
}
