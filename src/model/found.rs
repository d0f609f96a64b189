//! What a look-up finds, before the name around it is read.

use super::table::Facts;
use super::{Day, Host, Match};

/// What a look-up gives.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) facts: Facts,
    /// Which of the entry's names: see [`table::Entry::spelling`].
    pub(super) which: u16,
    pub(super) matched: Match,
    pub(super) host: Option<Host>,
    /// The facts were given for this very name, host included.
    pub(super) own_limits: bool,
    /// The day on which the name was seen to lead here, where it moves.
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
