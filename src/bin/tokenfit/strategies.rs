//! Spelling of strategies, keep rules and water marks: a name, its number, and options, separated
//! by colons.

use std::str::FromStr;

use clap::ValueEnum;
use tokenfit::Fitter;
use tokenfit::fit::{
    ClearToolResults, Cut, DropMedia, DropMiddle, DropOldest, DropReasoning, Keep, KeepLast,
    KeepStart, Level, Shorten, SummaryPolicy,
};
use tokenfit::request::Role;

// Help is indented within 80 columns, so a line has at most 68.
pub(crate) const PRESET_HELP: &str = "\
Ready-made strategies and keep rules:
  agent              clears old tool results, drops old media,
                     shortens, drops the oldest; keeps the first
                     user message
  cache_friendly     drops the oldest, rarely but down to 70 %;
                     keeps the first user message and the cached
                     prefix
  sliding_window     drops the oldest, as little as necessary
  summarize_conversation
                     with --summarize-with: the instructions, a
                     summary and the last five messages
  truncate_to_limit  keeps the beginning, cuts the message that
                     crosses the limit; keeps nothing else";

pub(crate) const STRATEGY_HELP: &str = "\
What to remove, in this order, instead of a preset:
  clear_tool_results[:N]  tool results except the last N (3);
                          options: at_least=TOKENS, except=TOOL,
                          arguments
  drop_media[:N]          images, audio and files before the last
                          N turns (1)
  drop_reasoning[:N]      the model's reasoning before the last
                          N turns (1)
  shorten:N               cuts strings over N tokens; options: the
                          part to keep (first, last, ends),
                          results (only those), keep_last=TURNS,
                          open_round (also protected results at
                          the end)
  limit:N                 cuts every string over N tokens before
                          all else; options: first, last, ends
  drop_oldest             the oldest rounds and turns; option:
                          turns (only whole ones)
  drop_middle             messages from the middle outwards
  keep_last:N             all but the last N turns
  keep_last_messages:N    all but the last N messages
  keep_last_groups:N      all but the last N groups (a call with
                          its results is one)
  keep_start              everything after the limit; cuts the
                          message that crosses it
  summarize[:N]           with --summarize-with: the place of
                          summaries (before the first strategy
                          that drops), of at most N tokens
For example: clear_tool_results:3:at_least=100,drop_oldest";

pub(crate) const KEEP_HELP: &str = "\
What to protect, in addition to the preset's rules:
  instructions, developer, last_user, open_round: on by default
  first_user, cached_prefix: on with some presets
  no_last_user: the prefix `no_` turns each of these six off
  last_turns:N, last_groups:N, last_messages:N, last_tokens:N
  first_messages:N
  tool:NAME   calls of this tool, with their results
  message:N   this message, from 0; instructions outside the list
              of messages count as one";

pub(crate) const SUMMARIZE_HELP: &str = "\
Summarize the oldest messages before anything is dropped. The program
reads a JSON object from standard input (messages: a list of role and
text; previous_summary, which the new one replaces; prompt;
max_tokens; attempt, and why the last one was refused) and writes the
summary to standard output. It is run without a shell; quotes and
backslashes work as in one.
A program that fails, is too slow, or writes an empty, too long or
non-UTF-8 summary is run once more; then the request is fitted
without a summary. After three such requests it is not run again.
With --plan it is not run.";

use crate::args::parse_tokens;

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

/// A keep rule as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeepArg {
    Instructions(bool),
    Developer(bool),
    FirstUser(bool),
    LastUser(bool),
    OpenRound(bool),
    CachedPrefix(bool),
    LastTurns(usize),
    LastGroups(usize),
    LastMessages(usize),
    LastTokens(u64),
    FirstMessages(usize),
    Tool(String),
    Message(usize),
}

impl KeepArg {
    /// Adds this rule to others.
    pub(crate) fn add_to(&self, rules: Keep) -> Keep {
        match self {
            KeepArg::Instructions(keep) => rules.instructions(*keep),
            KeepArg::Developer(keep) => rules.developer(*keep),
            KeepArg::FirstUser(keep) => rules.first_user(*keep),
            KeepArg::LastUser(keep) => rules.last_user(*keep),
            KeepArg::OpenRound(keep) => rules.open_round(*keep),
            KeepArg::CachedPrefix(keep) => rules.cached_prefix(*keep),
            KeepArg::LastTurns(turns) => rules.last_turns(*turns),
            KeepArg::LastGroups(groups) => rules.last_groups(*groups),
            KeepArg::LastMessages(messages) => rules.last_messages(*messages),
            KeepArg::LastTokens(tokens) => rules.last_tokens(*tokens),
            KeepArg::FirstMessages(messages) => rules.first_messages(*messages),
            KeepArg::Tool(name) => rules.tools([name]),
            KeepArg::Message(message) => rules.messages([*message]),
        }
    }
}

impl KeepArg {
    /// Whether two rules contradict each other, or set one number twice.
    pub(crate) fn contradicts(&self, other: &KeepArg) -> bool {
        let same = std::mem::discriminant(self) == std::mem::discriminant(other);
        let many = matches!(self, KeepArg::Tool(_) | KeepArg::Message(_));
        same && !many && self != other
    }

    /// Returns the rule as it is typed, without its number.
    pub(crate) fn spelled(&self) -> &'static str {
        match self {
            KeepArg::Instructions(true) => "instructions",
            KeepArg::Instructions(false) => "no_instructions",
            KeepArg::Developer(true) => "developer",
            KeepArg::Developer(false) => "no_developer",
            KeepArg::FirstUser(true) => "first_user",
            KeepArg::FirstUser(false) => "no_first_user",
            KeepArg::LastUser(true) => "last_user",
            KeepArg::LastUser(false) => "no_last_user",
            KeepArg::OpenRound(true) => "open_round",
            KeepArg::OpenRound(false) => "no_open_round",
            KeepArg::CachedPrefix(true) => "cached_prefix",
            KeepArg::CachedPrefix(false) => "no_cached_prefix",
            KeepArg::LastTurns(_) => "last_turns",
            KeepArg::LastGroups(_) => "last_groups",
            KeepArg::LastMessages(_) => "last_messages",
            KeepArg::LastTokens(_) => "last_tokens",
            KeepArg::FirstMessages(_) => "first_messages",
            KeepArg::Tool(_) => "tool",
            KeepArg::Message(_) => "message",
        }
    }
}

impl FromStr for KeepArg {
    type Err = String;

    fn from_str(text: &str) -> Result<KeepArg, String> {
        let mut words = Words::of(text);
        let (word, keep) = match words.name.strip_prefix("no_") {
            Some(word) => (word, false),
            None => (words.name.as_str(), true),
        };
        let rule = match word {
            "instructions" => KeepArg::Instructions(keep),
            "developer" => KeepArg::Developer(keep),
            "first_user" => KeepArg::FirstUser(keep),
            "last_user" => KeepArg::LastUser(keep),
            "open_round" => KeepArg::OpenRound(keep),
            "cached_prefix" => KeepArg::CachedPrefix(keep),
            "last_turns" if keep => KeepArg::LastTurns(words.needed_number("turns")?),
            "last_groups" if keep => KeepArg::LastGroups(words.needed_number("groups")?),
            "last_messages" if keep => KeepArg::LastMessages(words.needed_number("messages")?),
            "last_tokens" if keep => KeepArg::LastTokens(words.needed_number("tokens")?),
            "first_messages" if keep => KeepArg::FirstMessages(words.needed_number("messages")?),
            "message" if keep => {
                KeepArg::Message(words.needed_number("index of the message, from 0")?)
            }
            // A tool's name can contain colons.
            "tool" if keep => match text.split_once(':') {
                Some((_, name)) if !name.is_empty() => {
                    return Ok(KeepArg::Tool(name.to_owned()));
                }
                _ => return Err("`tool` needs a name: tool:NAME".to_owned()),
            },
            _ => {
                return Err(format!(
                    "unknown keep rule `{}`; known rules: instructions, developer, first_user, last_user, open_round, \
                     cached_prefix, each also with the prefix `no_`, and last_turns, last_groups, last_messages, last_tokens, \
                     first_messages, tool, message",
                    words.name
                ));
            }
        };
        words.end()?;
        Ok(rule)
    }
}

/// A water mark as it was typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LevelArg {
    Fraction(f64),
    Tokens(u64),
}

impl LevelArg {
    pub(crate) fn high_of(self, fitter: Fitter) -> Fitter {
        match self {
            LevelArg::Fraction(fraction) => fitter.high_water(fraction),
            LevelArg::Tokens(tokens) => fitter.high_water(Level::Tokens(tokens)),
        }
    }

    pub(crate) fn low_of(self, fitter: Fitter) -> Fitter {
        match self {
            LevelArg::Fraction(fraction) => fitter.low_water(fraction),
            LevelArg::Tokens(tokens) => fitter.low_water(Level::Tokens(tokens)),
        }
    }
}

impl LevelArg {
    /// Returns the mark in tokens of a limit.
    pub(crate) fn of(self, limit: u64) -> u64 {
        match self {
            LevelArg::Fraction(fraction) => (limit as f64 * fraction) as u64,
            LevelArg::Tokens(tokens) => tokens.min(limit),
        }
    }
}

impl FromStr for LevelArg {
    type Err = String;

    /// Parses `0.9`, `1` and `90%` as fractions of the budget, `9000` as tokens.
    fn from_str(text: &str) -> Result<LevelArg, String> {
        let wrong = || {
            format!(
                "`{text}` is not a water mark; write a fraction of the budget (0.9, or 90%) or a number of tokens (9000, 9k)"
            )
        };
        let (digits, whole) = match text.strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text, 1.0),
        };
        if !text.contains(['.', '%'])
            && let Ok(tokens @ 2..) = parse_tokens(text)
        {
            return Ok(LevelArg::Tokens(tokens));
        }
        // Signs, exponents and words such as `inf` are not accepted.
        if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(wrong());
        }
        match digits.parse::<f64>() {
            Ok(part) if part <= whole => Ok(LevelArg::Fraction(part / whole)),
            _ => Err(wrong()),
        }
    }
}

/// The words between the colons.
struct Words<'t> {
    name: String,
    rest: Vec<&'t str>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Words<'t> {
        let mut words = text.split(':');
        Words {
            // Hyphens are accepted, as in the names of presets.
            name: words.next().unwrap_or_default().replace('-', "_"),
            rest: words.collect(),
        }
    }

    /// Parses the number after the name, if the next word is one.
    fn number<T: TryFrom<u64>>(&mut self) -> Result<Option<T>, String> {
        match self.rest.first() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                let word = self.rest.remove(0);
                number(&self.name, word).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn needed_number<T: TryFrom<u64>>(&mut self, of_what: &str) -> Result<T, String> {
        let name = self.name.clone();
        self.number()?
            .ok_or_else(|| format!("`{name}` needs a number ({of_what}): {name}:N"))
    }

    /// Parses the remaining options, each with its value or an empty one; `known` lists the names,
    /// with `=` where a value is required.
    fn options(&mut self, known: &[&str]) -> Result<Vec<(&'t str, &'t str)>, String> {
        let mut options = Vec::new();
        for word in std::mem::take(&mut self.rest) {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let fits = known.iter().any(|known| match known.split_once('=') {
                Some((known, _)) => known == name && value.is_some_and(|value| !value.is_empty()),
                None => *known == name && value.is_none(),
            });
            if !fits {
                return Err(format!(
                    "`{}` has no option `{word}`; known options: {}",
                    self.name,
                    known.join(", ")
                ));
            }
            options.push((name, value.unwrap_or_default()));
        }
        Ok(options)
    }

    /// Returns an error if a word is left.
    fn end(&self) -> Result<(), String> {
        match self.rest.first() {
            Some(word) => Err(format!("`{}` has no option `{word}`", self.name)),
            None => Ok(()),
        }
    }
}

fn number<T: TryFrom<u64>>(name: &str, word: &str) -> Result<T, String> {
    parse_tokens(word)
        .ok()
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| {
            format!("`{word}` is not a number for `{name}`; write a whole number, 0 or more")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_marks() {
        let fraction = |part| Ok(LevelArg::Fraction(part));
        for (text, level) in [
            ("0.9", fraction(0.9)),
            ("1", fraction(1.0)),
            ("1.0", fraction(1.0)),
            ("0", fraction(0.0)),
            (".5", fraction(0.5)),
            ("85%", fraction(0.85)),
            ("0.5%", fraction(0.005)),
            ("100 %", fraction(1.0)),
            ("2", Ok(LevelArg::Tokens(2))),
            ("9000", Ok(LevelArg::Tokens(9000))),
            ("9k", Ok(LevelArg::Tokens(9000))),
            ("9_000", Ok(LevelArg::Tokens(9000))),
        ] {
            assert_eq!(text.parse::<LevelArg>(), level, "{text}");
        }
        for text in [
            "", "%", ".", "1.5", "101%", "-1", "+2", "1e3", "nan", "inf", "half", "9,",
        ] {
            let error = text.parse::<LevelArg>().unwrap_err();
            assert!(error.contains("is not a water mark"), "{text}: {error}");
        }
    }

    #[test]
    fn keep_rules() {
        for (text, rule) in [
            ("first_user", KeepArg::FirstUser(true)),
            ("no_last_user", KeepArg::LastUser(false)),
            ("no-open-round", KeepArg::OpenRound(false)),
            ("last_turns:2", KeepArg::LastTurns(2)),
            ("last_tokens:4000", KeepArg::LastTokens(4000)),
            ("message:0", KeepArg::Message(0)),
            ("tool:read-file", KeepArg::Tool("read-file".to_owned())),
            ("tool:ns::no", KeepArg::Tool("ns::no".to_owned())),
        ] {
            assert_eq!(text.parse::<KeepArg>(), Ok(rule), "{text}");
        }
        for (text, part) in [
            ("", "unknown keep rule"),
            ("everything", "known rules: instructions"),
            ("no_message:3", "unknown keep rule `no_message`"),
            (
                "last_turns",
                "`last_turns` needs a number (turns): last_turns:N",
            ),
            ("last_turns:", "needs a number"),
            ("last_turns:-1", "`-1` is not a number for `last_turns`"),
            ("last_turns:1:2", "`last_turns` has no option `2`"),
            ("tool:", "tool:NAME"),
            ("first_user:3", "`first_user` has no option `3`"),
        ] {
            let error = text.parse::<KeepArg>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

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
