//! Spelling of strategies, keep rules and water marks: a name, its number, and options, separated
//! by colons.

mod help;
mod keep;
mod words;

use std::str::FromStr;

use clap::ValueEnum;
use tokenfit::Fitter;
use tokenfit::fit::{
    ClearToolResults, Cut, DropMedia, DropMiddle, DropOldest, DropReasoning, KeepLast, KeepStart,
    Shorten, SummaryPolicy,
};
use tokenfit::request::Role;

pub(crate) use help::{KEEP_HELP, PRESET_HELP, STRATEGY_HELP, SUMMARIZE_HELP};
pub(crate) use keep::{KeepArg, LevelArg};
use words::{Words, number};

/// A strategy as it was typed.
#[derive(Debug, Clone)]
pub(crate) enum StrategyArg {
    ClearToolResults(ClearToolResults),
    DropMedia(DropMedia),
    DropReasoning(DropReasoning),
    Shorten(ShortenArg),
    Limit(Cut),
    DropOldest(DropOldest),
    DropMiddle,
    KeepLast(KeepLast),
    KeepStart,
    /// Maximum number of tokens, if given.
    Summarize(Option<u64>),
}

#[derive(Debug, Clone)]
pub(crate) struct ShortenArg {
    cut: Cut,
    results: bool,
    open_round: bool,
    keep_last: usize,
}

impl StrategyArg {
    /// Whether the strategy removes whole messages.
    pub(crate) fn drops(&self) -> bool {
        matches!(
            self,
            StrategyArg::DropOldest(_)
                | StrategyArg::DropMiddle
                | StrategyArg::KeepLast(_)
                | StrategyArg::KeepStart
        )
    }

    /// Adds this strategy to the fitter's. Summaries without a program that writes them are
    /// skipped.
    pub(crate) fn add_to(
        &self,
        fitter: Fitter,
        placeholder: Option<&str>,
        marker: Option<&str>,
        summaries: Option<&SummariesArg>,
    ) -> Fitter {
        let marked = |cut: &Cut| match marker {
            Some(marker) => cut.clone().marker(marker),
            None => cut.clone(),
        };
        match self.clone() {
            StrategyArg::ClearToolResults(clear) => fitter.then(match placeholder {
                Some(text) => clear.placeholder(text),
                None => clear,
            }),
            StrategyArg::DropMedia(media) => fitter.then(match placeholder {
                Some(text) => media.placeholder(text),
                None => media,
            }),
            StrategyArg::DropReasoning(reasoning) => fitter.then(reasoning),
            StrategyArg::Shorten(arg) => {
                let mut shorten = Shorten::new(marked(&arg.cut)).keep_last_turns(arg.keep_last);
                if arg.results {
                    shorten = shorten.results_only();
                }
                if arg.open_round {
                    shorten = shorten.in_open_round();
                }
                fitter.then(shorten)
            }
            StrategyArg::Limit(cut) => fitter.limit_messages(marked(&cut)),
            StrategyArg::DropOldest(oldest) => fitter.then(oldest),
            StrategyArg::DropMiddle => fitter.then(DropMiddle::new()),
            StrategyArg::KeepLast(last) => fitter.then(last),
            StrategyArg::KeepStart => {
                fitter.then(KeepStart::new().marker(marker.unwrap_or_default()))
            }
            StrategyArg::Summarize(tokens) => match summaries {
                Some(summaries) => fitter.then_summarize(summaries.policy(tokens)),
                None => fitter,
            },
        }
    }
}

/// Number of requests in a row without a summary after which none is requested. [`SUMMARIZE_HELP`]
/// states it too.
pub(crate) const STOP_AFTER: u32 = 3;

/// Requirements for summaries, as typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SummariesArg {
    pub(crate) tokens: u64,
    pub(crate) role: Role,
}

impl SummariesArg {
    /// Converts to the library's policy; `tokens` overrides the maximum length.
    pub(crate) fn policy(&self, tokens: Option<u64>) -> SummaryPolicy {
        SummaryPolicy::new(tokens.unwrap_or(self.tokens))
            .role(self.role)
            .stop_after(STOP_AFTER)
    }
}

/// Role of a summary's message.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleArg {
    User,
    System,
    Developer,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::User => Role::User,
            RoleArg::System => Role::System,
            RoleArg::Developer => Role::Developer,
        }
    }
}

impl FromStr for StrategyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<StrategyArg, String> {
        let mut words = Words::of(text);
        let strategy = match words.name.as_str() {
            "clear_tool_results" => {
                let mut clear = ClearToolResults::keep_last(words.number()?.unwrap_or(3));
                for option in words.options(&["at_least=TOKENS", "except=TOOL", "arguments"])? {
                    clear = match option {
                        ("at_least", value) => clear.at_least(number("at_least", value)?),
                        ("except", tool) => clear.except([tool]),
                        _ => clear.arguments(),
                    };
                }
                StrategyArg::ClearToolResults(clear)
            }
            "drop_media" => {
                let turns = words.number()?.unwrap_or(1);
                StrategyArg::DropMedia(DropMedia::keep_last_turns(turns))
            }
            "drop_reasoning" => {
                let turns = words.number()?.unwrap_or(1);
                StrategyArg::DropReasoning(DropReasoning::keep_last_turns(turns))
            }
            "shorten" => {
                let most = words.needed_number("tokens")?;
                let mut arg = ShortenArg {
                    cut: Cut::ends(most),
                    results: false,
                    open_round: false,
                    keep_last: 0,
                };
                let known = [
                    "first",
                    "last",
                    "ends",
                    "results",
                    "open_round",
                    "keep_last=TURNS",
                ];
                for option in words.options(&known)? {
                    match option {
                        ("results", _) => arg.results = true,
                        ("open_round", _) => arg.open_round = true,
                        ("keep_last", turns) => arg.keep_last = number("keep_last", turns)?,
                        (side, _) => arg.cut = cut(most, side),
                    }
                }
                StrategyArg::Shorten(arg)
            }
            "limit" => {
                let most = words.needed_number("tokens")?;
                let sides = words.options(&["first", "last", "ends"])?;
                let side = sides.last().map_or("ends", |&(side, _)| side);
                StrategyArg::Limit(cut(most, side))
            }
            "drop_oldest" => {
                let whole = !words.options(&["turns"])?.is_empty();
                StrategyArg::DropOldest(if whole {
                    DropOldest::turns()
                } else {
                    DropOldest::new()
                })
            }
            "drop_middle" => StrategyArg::DropMiddle,
            "keep_last" => StrategyArg::KeepLast(KeepLast::turns(words.needed_number("turns")?)),
            "keep_last_messages" => {
                StrategyArg::KeepLast(KeepLast::messages(words.needed_number("messages")?))
            }
            "keep_last_groups" => {
                StrategyArg::KeepLast(KeepLast::groups(words.needed_number("groups")?))
            }
            "keep_start" => StrategyArg::KeepStart,
            "summarize" => StrategyArg::Summarize(words.number()?),
            name => {
                return Err(format!(
                    "unknown strategy `{name}`; known strategies: clear_tool_results, drop_media, drop_reasoning, shorten, limit, \
                     drop_oldest, drop_middle, keep_last, keep_last_messages, keep_last_groups, keep_start, summarize"
                ));
            }
        };
        words.end()?;
        Ok(strategy)
    }
}

fn cut(most: u64, side: &str) -> Cut {
    match side {
        "first" => Cut::first(most),
        "last" => Cut::last(most),
        _ => Cut::ends(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies() {
        for text in [
            "clear_tool_results",
            "clear_tool_results:3:at_least=100:except=soil:except=rain:arguments",
            "clear_tool_results:arguments",
            "drop_media:1",
            "drop-reasoning",
            "shorten:1000:first:results:open_round:keep_last=2",
            "limit:2000:last",
            "drop_oldest:turns",
            "drop_middle",
            "keep_last:10",
            "keep_last_messages:20",
            "keep_last_groups:5",
            "keep_start",
            "summarize",
            "summarize:300",
        ] {
            assert!(text.parse::<StrategyArg>().is_ok(), "{text}");
        }
        for (text, part) in [
            ("", "unknown strategy ``"),
            (
                "magic",
                "unknown strategy `magic`; known strategies: clear_tool_results",
            ),
            ("shorten", "`shorten` needs a number (tokens): shorten:N"),
            ("shorten:much", "`shorten` needs a number"),
            ("shorten:1.5", "`1.5` is not a number for `shorten`"),
            (
                "shorten:10:middle",
                "`shorten` has no option `middle`; known options: first, last",
            ),
            (
                "shorten:10:results=3",
                "`shorten` has no option `results=3`",
            ),
            (
                "shorten:10:keep_last",
                "known options: first, last, ends, results, open_round, keep_last=TURNS",
            ),
            (
                "shorten:10:keep_last=x",
                "`x` is not a number for `keep_last`",
            ),
            ("clear_tool_results:3:except=", "has no option `except=`"),
            ("keep_last:99999999999999999999999", "is not a number"),
            ("drop_middle:3", "`drop_middle` has no option `3`"),
            ("summarize:short", "`summarize` has no option `short`"),
            ("summarize:1:2", "`summarize` has no option `2`"),
            (
                "drop_oldest:",
                "`drop_oldest` has no option ``; known options: turns",
            ),
        ] {
            let error = text.parse::<StrategyArg>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
