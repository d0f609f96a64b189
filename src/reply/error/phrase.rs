//! Comparison of a message with all wordings at once.
//!
//! A wording is a row of words with captures:
//!
//! - `exceed|exceeds` one of these words; `(the)` a word that may be missing;
//! - `{limit}` a number and its meaning; `{wait}` a duration, `{date}` a date, `{any}` any token;
//! - `*` up to [`GAP`] tokens of any kind.
//!
//! Case, quotes and punctuation do not matter: both sides are compared as [tokens](super::tokens).
//! A table maps the first word of each wording to it, so a message costs one look-up per word plus
//! the few wordings that begin with that word, each bounded by its own length: linear in the
//! message.

use super::kind::{ApiErrorKind, ImposedBy, LimitScope};
use super::tokens::{self, Token};

/// Maximum number of tokens that a `*` skips.
const GAP: usize = 7;

/// Size of the look-up table, a power of two above the number of wordings.
const BUCKETS: usize = 1024;

/// Meaning of a number in a wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The limit that was exceeded.
    Limit,
    /// The amount sent, in the unit of the limit.
    Actual,
    /// The input's share of it.
    Input,
    /// The requested output.
    Output,
    /// The amount a bucket already contained.
    Used,
    /// The amount this request would add.
    Requested,
    /// The amount above the limit.
    Excess,
    /// Output that the balance still pays for.
    Affordable,
    /// An HTTP status in the text.
    Status,
    /// Duration; the value is the byte at which it begins.
    Wait,
    /// Date; the value is the byte at which it begins.
    Date,
    /// Name of a quota; the value is the byte at which it begins.
    QuotaName,
    /// A number without a meaning here.
    Skip,
}

/// Precedence of a wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// Before the error's code, because the code is known to mislead.
    Over,
    /// After exact codes, before vague ones (`invalid_request_error`) and the status.
    Text,
    /// Only when neither codes nor status decide.
    Last,
}

/// Unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Tokens,
    Requests,
}

/// Meaning shared by the wordings of one group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) tier: Tier,
    pub(super) kind: Option<ApiErrorKind>,
    pub(super) scope: Option<LimitScope>,
    pub(super) dimension: Option<Dimension>,
    pub(super) imposed_by: Option<ImposedBy>,
    /// Not applied to Google, which uses these words for another meaning.
    pub(super) not_google: bool,
    /// The message is the client's own: no tokens are read from it.
    pub(super) client: bool,
    pub(super) rows: &'static [&'static str],
}

impl Group {
    const fn with(tier: Tier, kind: Option<ApiErrorKind>, rows: &'static [&'static str]) -> Group {
        Group {
            tier,
            kind,
            scope: None,
            dimension: None,
            imposed_by: None,
            not_google: false,
            client: false,
            rows,
        }
    }

    /// Wordings that outrank the code.
    pub(super) const fn over(kind: ApiErrorKind, rows: &'static [&'static str]) -> Group {
        Group::with(Tier::Over, Some(kind), rows)
    }

    /// Wordings that outrank vague codes.
    pub(super) const fn text(kind: ApiErrorKind, rows: &'static [&'static str]) -> Group {
        Group::with(Tier::Text, Some(kind), rows)
    }

    /// Wordings for messages without code and status.
    pub(super) const fn last(kind: ApiErrorKind, rows: &'static [&'static str]) -> Group {
        Group::with(Tier::Last, Some(kind), rows)
    }

    /// Wordings that add numbers, a window or a dimension to any kind.
    pub(super) const fn detail(rows: &'static [&'static str]) -> Group {
        Group::with(Tier::Last, None, rows)
    }

    pub(super) const fn scope(mut self, scope: LimitScope) -> Group {
        self.scope = Some(scope);
        self
    }

    pub(super) const fn dimension(mut self, dimension: Dimension) -> Group {
        self.dimension = Some(dimension);
        self
    }

    pub(super) const fn imposed_by(mut self, party: ImposedBy) -> Group {
        self.imposed_by = Some(party);
        self
    }

    pub(super) const fn not_google(mut self) -> Group {
        self.not_google = true;
        self
    }

    pub(super) const fn client(mut self) -> Group {
        self.client = true;
        self
    }
}

enum Part {
    /// One of these words.
    Word(Vec<(u32, &'static str)>),
    /// One of these words, or nothing.
    Maybe(Vec<(u32, &'static str)>),
    Capture(Role),
    Any,
    Gap,
}

struct Row {
    group: &'static Group,
    parts: Vec<Part>,
    /// Captures before the first word.
    lead: usize,
}

/// All wordings, prepared for comparison.
pub(super) struct Phrases {
    rows: Vec<Row>,
    /// Start of each bucket in `entries`.
    buckets: Vec<u16>,
    /// Hash of a first word, and the row that begins with it.
    entries: Vec<(u32, u16)>,
}

/// Wording found in a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Position in the table; a lower one is more specific.
    pub(super) row: usize,
    pub(super) group: &'static Group,
    /// Captured numbers, at most six.
    pub(super) captures: [Option<(Role, i64)>; 6],
    /// Whether the number was described as a lower bound.
    pub(super) at_least: bool,
}

impl Phrases {
    pub(super) fn new(groups: &'static [&'static [Group]]) -> Phrases {
        let mut rows = Vec::new();
        let mut entries = Vec::new();
        for group in groups.iter().flat_map(|groups| groups.iter()) {
            for row in group.rows {
                let parts: Vec<Part> = row.split(' ').map(part).collect();
                let lead = parts
                    .iter()
                    .take_while(|p| matches!(p, Part::Capture(_)))
                    .count();
                if let Some(Part::Word(words)) = parts.get(lead) {
                    entries.extend(words.iter().map(|(hash, _)| (*hash, rows.len() as u16)));
                }
                rows.push(Row { group, parts, lead });
            }
        }
        let bucket = |hash: u32| hash as usize & (BUCKETS - 1);
        entries.sort_by_key(|(hash, row)| (bucket(*hash), *row));
        let mut buckets = vec![0; BUCKETS + 1];
        for (hash, _) in &entries {
            buckets[bucket(*hash) + 1] += 1;
        }
        for i in 0..BUCKETS {
            buckets[i + 1] += buckets[i];
        }
        Phrases {
            rows,
            buckets,
            entries,
        }
    }

    /// Finds all wordings in a string.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Found>) {
        let tokens = tokens::tokens(text);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let bucket = token.hash as usize & (BUCKETS - 1);
            let entries =
                &self.entries[self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize];
            let mut skip = 1;
            for (hash, row) in entries {
                if *hash != token.hash || token.number.is_some() {
                    continue;
                }
                let index = usize::from(*row);
                let row = &self.rows[index];
                let mut hit = Found {
                    row: index,
                    group: row.group,
                    captures: [None; 6],
                    at_least: false,
                };
                let Some(start) = at.checked_sub(row.lead) else {
                    continue;
                };
                if let Some(end) = matches(&row.parts, text, &tokens, start, 0, &mut hit) {
                    if row.group.client {
                        skip = skip.max(end.saturating_sub(at));
                    } else if found.len() < 64 {
                        found.push(hit);
                    }
                }
            }
            at += skip;
        }
    }

    /// Returns the rows that do not match themselves as written, to check the table in tests.
    #[cfg(test)]
    pub(super) fn faults(&self) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|i| {
                !matches!(
                    self.rows[*i].parts.get(self.rows[*i].lead),
                    Some(Part::Word(_))
                )
            })
            .collect()
    }
}

fn part(word: &'static str) -> Part {
    let words = |text: &'static str| text.split('|').map(|w| (tokens::hash(w), w)).collect();
    match word {
        "*" => Part::Gap,
        "{any}" => Part::Any,
        "{limit}" => Part::Capture(Role::Limit),
        "{actual}" => Part::Capture(Role::Actual),
        "{input}" => Part::Capture(Role::Input),
        "{output}" => Part::Capture(Role::Output),
        "{used}" => Part::Capture(Role::Used),
        "{requested}" => Part::Capture(Role::Requested),
        "{excess}" => Part::Capture(Role::Excess),
        "{affordable}" => Part::Capture(Role::Affordable),
        "{status}" => Part::Capture(Role::Status),
        "{wait}" => Part::Capture(Role::Wait),
        "{date}" => Part::Capture(Role::Date),
        "{quota}" => Part::Capture(Role::QuotaName),
        "{n}" => Part::Capture(Role::Skip),
        _ => match word.strip_prefix('(').and_then(|w| w.strip_suffix(')')) {
            Some(inner) => Part::Maybe(words(inner)),
            None => Part::Word(words(word)),
        },
    }
}

/// Matches the parts from a token on; returns the token after the match.
fn matches(
    parts: &[Part],
    text: &str,
    tokens: &[Token],
    at: usize,
    captured: usize,
    hit: &mut Found,
) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    let is = |words: &[(u32, &str)], token: &Token| {
        words.iter().any(|(hash, word)| {
            *hash == token.hash
                && text[token.start as usize..token.end as usize].eq_ignore_ascii_case(word)
        })
    };
    if let Part::Maybe(words) = part {
        if tokens.get(at).is_some_and(|token| is(words, token))
            && let Some(end) = matches(rest, text, tokens, at + 1, captured, hit)
        {
            return Some(end);
        }
        return matches(rest, text, tokens, at, captured, hit);
    }
    if let Part::Gap = part {
        return (0..=GAP)
            .take_while(|skipped| at + skipped <= tokens.len())
            .find_map(|skipped| matches(rest, text, tokens, at + skipped, captured, hit));
    }
    let token = tokens.get(at)?;
    match part {
        Part::Word(words) => is(words, token).then_some(())?,
        Part::Any => {}
        Part::Capture(role) => {
            let value = match role {
                Role::Wait | Role::Date | Role::QuotaName => i64::from(token.start),
                _ => token.number?,
            };
            if let Some(slot) = hit.captures.get_mut(captured) {
                *slot = Some((*role, value));
            }
            let end = matches(rest, text, tokens, at + 1, captured + 1, hit)?;
            if at > 0 {
                let before = &tokens[at - 1];
                hit.at_least |=
                    text[before.start as usize..before.end as usize].eq_ignore_ascii_case("least");
            }
            return Some(end);
        }
        Part::Maybe(_) | Part::Gap => {}
    }
    matches(rest, text, tokens, at + 1, captured, hit)
}
