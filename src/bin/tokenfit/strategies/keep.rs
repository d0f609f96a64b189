//! Keep rules and water marks, as they are typed.

use std::str::FromStr;

use tokenfit::Fitter;
use tokenfit::fit::{Keep, Level};

use super::words::Words;
use crate::args::parse_tokens;

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
}
