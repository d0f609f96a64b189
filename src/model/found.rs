//! Result of a look-up, before the parts around the name are interpreted.

use super::table::Facts;
use super::{Day, Host, Match};

/// Result of a look-up.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) facts: Facts,
    /// Index of the entry's name: see [`table::Entry::spelling`].
    pub(super) which: u16,
    pub(super) matched: Match,
    pub(super) host: Option<Host>,
    /// Whether the facts were given for exactly this name, host included.
    pub(super) own_limits: bool,
    /// Day on which the name was seen to lead here, if it moves.
    pub(super) as_of: Option<Day>,
}

impl Found {
    pub(super) fn listed(facts: Facts, which: u16) -> Found {
        let as_of = facts.as_of(which);
        let matched = if as_of.is_some() {
            Match::MovingName
        } else if which == 0 {
            Match::Id
        } else {
            Match::Alias
        };
        Found {
            facts,
            which,
            matched,
            host: None,
            own_limits: false,
            as_of,
        }
    }
}
