//! Ready-made fitters by name.

use std::fmt;
use std::str::FromStr;

use super::strategies::{ClearToolResults, DropMedia, DropOldest, KeepStart, Shorten};
use super::{Cut, Fitter, Keep, SummaryPolicy};
use crate::budget::Budget;
use crate::error::{Error, Inner};
use crate::shown::shown_name;

/// A ready-made fitter by name.
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
    /// Keeps the beginning of a request and cuts the message that crosses the limit; the rest is
    /// dropped. For content that must be short enough once, not for conversations, because the end
    /// is removed. Protects nothing else, not even instructions that alone are too long.
    TruncateToLimit,
    /// Drops the oldest turns, as few as possible. Once the limit is reached, each turn is cut at
    /// another place; if a prompt cache matters, use [`CacheFriendly`](Preset::CacheFriendly).
    SlidingWindow,
    /// For agents with tools: clears all but the last three tool results, drops images and files of
    /// earlier turns, cuts long strings of earlier turns, drops the oldest rounds, and finally cuts
    /// the newest tool results. Protects the first user message, which contains the task. Trims to
    /// four fifths of the limit.
    Agent,
    /// Cuts rarely but deeply: drops only the oldest turns, down to 70 % of the limit, and protects
    /// the cached prefix. Between two cuts a prompt cache serves everything except the new message.
    CacheFriendly,
    /// Summarizes everything except the instructions and the last five messages when the request is
    /// too long: get the summary with [`Fitter::fit_with`] or one of its variants. Without a
    /// summary, or if the result is still too long, the oldest turns are dropped.
    SummarizeConversation,
}

impl Preset {
    /// All presets.
    pub const ALL: &'static [Preset] = &[
        Preset::TruncateToLimit,
        Preset::SlidingWindow,
        Preset::Agent,
        Preset::CacheFriendly,
        Preset::SummarizeConversation,
    ];

    /// Returns the name that the command accepts.
    ///
    /// ```
    /// assert_eq!(tokenfit::fit::Preset::CacheFriendly.as_str(), "cache_friendly");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::TruncateToLimit => "truncate_to_limit",
            Preset::SlidingWindow => "sliding_window",
            Preset::Agent => "agent",
            Preset::CacheFriendly => "cache_friendly",
            Preset::SummarizeConversation => "summarize_conversation",
        }
    }

    /// Creates the fitter of this name for a budget.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert!(fitter.fit(&request)?.is_unchanged());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fitter(self, budget: Budget) -> Fitter {
        match self {
            Preset::TruncateToLimit => truncate_to_limit(budget),
            Preset::SlidingWindow => sliding_window(budget, None),
            Preset::Agent => agent(budget, None),
            Preset::CacheFriendly => cache_friendly(budget, None),
            Preset::SummarizeConversation => {
                summarize_conversation(budget, SummaryPolicy::new(500).cut_too_long(true))
            }
        }
    }

    /// Creates the fitter of this name with summaries, which are written before the oldest turns
    /// are dropped. They replace those of [`SummarizeConversation`](Preset::SummarizeConversation),
    /// but still spare the last five messages. Ignored by
    /// [`TruncateToLimit`](Preset::TruncateToLimit), which drops the end.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::fit::{Preset, SummaryPolicy};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?);
    /// assert!(Preset::Agent.fitter_with_summaries(budget.clone(), SummaryPolicy::new(300)).is_some());
    /// assert!(Preset::TruncateToLimit.fitter_with_summaries(budget, SummaryPolicy::new(300)).is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fitter_with_summaries(self, budget: Budget, summaries: SummaryPolicy) -> Option<Fitter> {
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
    /// Adds summaries after the existing strategies, if there are any.
    fn and_summaries(self, summaries: Option<SummaryPolicy>) -> Fitter {
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

fn sliding_window(budget: Budget, summaries: Option<SummaryPolicy>) -> Fitter {
    Fitter::new(budget)
        .low_water(1.0)
        .and_summaries(summaries)
        .then(DropOldest::new())
}

fn agent(budget: Budget, summaries: Option<SummaryPolicy>) -> Fitter {
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

fn cache_friendly(budget: Budget, summaries: Option<SummaryPolicy>) -> Fitter {
    Fitter::new(budget)
        .also_keep(|keep| keep.first_user(true).cached_prefix(true))
        .low_water(0.7)
        .and_summaries(summaries)
        .then(DropOldest::new())
}

fn summarize_conversation(budget: Budget, summaries: SummaryPolicy) -> Fitter {
    Fitter::new(budget)
        .low_water(0.0)
        .then_summarize(summaries.sparing_last(5))
        .then(DropOldest::new())
}
