//! Fitters ready made, one name each.

use std::fmt;
use std::str::FromStr;

use super::strategies::{ClearToolResults, DropMedia, DropOldest, KeepStart, Shorten};
use super::{Cut, Fitter, Keep, Summaries};
use crate::budget::Budget;
use crate::error::{Error, Inner};
use crate::shown::shown_name;

/// A fitter by name.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models};
/// use tokenfit::fit::Preset;
///
/// let preset: Preset = "agent".parse()?;
/// let models = Models::builtin();
/// let fitter = preset.fitter(Budget::new(&models.get("gpt-4o")?));
/// assert_eq!(preset.as_str(), "agent");
/// assert!("magic".parse::<Preset>().is_err());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// Keeps a request from its start and cuts the message that crosses the limit; the rest is dropped. For texts that must be
    /// short enough once, not for conversations: the end is what goes. Keeps nothing else, not even instructions when they
    /// alone are too long.
    TruncateToLimit,
    /// Drops the oldest turns, as few as possible. Once the limit is reached it cuts at another place every turn; where a
    /// prompt cache matters use [`CacheFriendly`](Preset::CacheFriendly).
    SlidingWindow,
    /// For agents that call tools: clears old tool results (all but the last three), drops images and files of earlier turns,
    /// cuts long texts of earlier turns, drops the oldest rounds; at last cuts the newest tool results. Keeps the first user
    /// message, which set the task. Down to four fifths of the limit.
    Agent,
    /// Cuts rarely and far: drops only the oldest, down to 70 % of the limit, and keeps the beginning that the provider was
    /// told to cache. Between two cuts a prompt cache serves everything but the new message.
    CacheFriendly,
    /// Summarises everything but the instructions and the last five messages when it is too long: ask for the summary with
    /// [`Fitter::fit_with`] or its kin. Without a summary, or when that is still too much, the oldest is dropped.
    SummarizeConversation,
}

impl Preset {
    /// All of them.
    pub const ALL: &'static [Preset] = &[
        Preset::TruncateToLimit,
        Preset::SlidingWindow,
        Preset::Agent,
        Preset::CacheFriendly,
        Preset::SummarizeConversation,
    ];

    /// The name, as the command knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::TruncateToLimit => "truncate_to_limit",
            Preset::SlidingWindow => "sliding_window",
            Preset::Agent => "agent",
            Preset::CacheFriendly => "cache_friendly",
            Preset::SummarizeConversation => "summarize_conversation",
        }
    }

    /// The fitter of this name for a budget.
    pub fn fitter(self, budget: Budget) -> Fitter {
        match self {
            Preset::TruncateToLimit => truncate_to_limit(budget),
            Preset::SlidingWindow => sliding_window(budget, None),
            Preset::Agent => agent(budget, None),
            Preset::CacheFriendly => cache_friendly(budget, None),
            Preset::SummarizeConversation => {
                summarize_conversation(budget, Summaries::of_at_most(500).cut_too_long(true))
            }
        }
    }

    /// The same with summaries: they come before the oldest is dropped. Those of
    /// [`SummarizeConversation`](Preset::SummarizeConversation) are replaced, and spare the last five messages all the same.
    /// None for [`TruncateToLimit`](Preset::TruncateToLimit), which drops the end.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::fit::{Preset, Summaries};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?);
    /// assert!(Preset::Agent.fitter_with_summaries(budget.clone(), Summaries::of_at_most(300)).is_some());
    /// assert!(Preset::TruncateToLimit.fitter_with_summaries(budget, Summaries::of_at_most(300)).is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fitter_with_summaries(self, budget: Budget, summaries: Summaries) -> Option<Fitter> {
        Some(match self {
            Preset::TruncateToLimit => return None,
            Preset::SlidingWindow => sliding_window(budget, Some(summaries)),
            Preset::Agent => agent(budget, Some(summaries)),
            Preset::CacheFriendly => cache_friendly(budget, Some(summaries)),
            Preset::SummarizeConversation => summarize_conversation(budget, summaries),
        })
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::UnknownPreset`](crate::ErrorKind::UnknownPreset), with the known names.
    fn from_str(name: &str) -> Result<Preset, Error> {
        let spelled = name.replace('-', "_");
        Preset::ALL
            .iter()
            .copied()
            .find(|preset| preset.as_str() == spelled)
            .ok_or_else(|| {
                let known: Vec<&str> = Preset::ALL.iter().map(|preset| preset.as_str()).collect();
                Inner::UnknownPreset {
                    name: shown_name(name),
                    known: known.join(", "),
                }
                .into()
            })
    }
}

impl Fitter {
    /// With summaries behind what there is, if there are to be any.
    fn and_summaries(self, summaries: Option<Summaries>) -> Fitter {
        match summaries {
            Some(summaries) => self.then_summarize(summaries),
            None => self,
        }
    }
}

fn truncate_to_limit(budget: Budget) -> Fitter {
    Fitter::new(budget)
        .keep(Keep::nothing())
        .low_water(1.0)
        .then(KeepStart::new())
}

fn sliding_window(budget: Budget, summaries: Option<Summaries>) -> Fitter {
    Fitter::new(budget)
        .low_water(1.0)
        .and_summaries(summaries)
        .then(DropOldest::new())
}

fn agent(budget: Budget, summaries: Option<Summaries>) -> Fitter {
    Fitter::new(budget)
        .also_keep(|keep| keep.first_user(true))
        .then(ClearToolResults::keep_last(3).at_least(100))
        .then(DropMedia::keep_last_turns(1))
        .then(Shorten::new(Cut::ends(1_000)).keep_last_turns(1))
        .and_summaries(summaries)
        .then(DropOldest::new())
        .then(
            Shorten::new(Cut::ends(500))
                .results_only()
                .in_open_round()
                .as_needed(),
        )
}

fn cache_friendly(budget: Budget, summaries: Option<Summaries>) -> Fitter {
    Fitter::new(budget)
        .also_keep(|keep| keep.first_user(true).cached_prefix(true))
        .low_water(0.7)
        .and_summaries(summaries)
        .then(DropOldest::new())
}

fn summarize_conversation(budget: Budget, summaries: Summaries) -> Fitter {
    Fitter::new(budget)
        .low_water(0.0)
        .then_summarize(summaries.sparing_last(5))
        .then(DropOldest::new())
}
