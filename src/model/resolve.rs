//! From a name as people write it to an entry of the registry.
//!
//! The steps, first hit wins, ASCII case ignored throughout:
//!
//! 1. the exact id or alias;
//! 2. the name without one date at its end (`-2024-08-06`, `-20240806`, `-0806`).
//!
//! Nothing is matched by prefix. `gpt-4.1-huge` is not `gpt-4.1`: a limit taken from the wrong model is worse than an error
//! that names the near ones.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Match, Model, Name, table};
use crate::error::{Error, Inner, shown_name};

/// The longest name that is looked at; the longest in the registry has half of it. It bounds what a lookup that fails can
/// cost: no suggestion is sought for a whole prompt in the place of a name.
const MAX_NAME_BYTES: usize = 100;
const MAX_SUGGESTIONS: usize = 3;

pub(super) fn resolve(name: &str) -> Result<Model, Error> {
    let found = if name.len() > MAX_NAME_BYTES {
        None
    } else {
        exact(name).or_else(|| unlisted_snapshot(name))
    };
    // What a name can be wrapped in (fine-tunes `ft:BASE:...`, `provider/NAME`, cloud hosts' spellings) is to be taken off
    // here, by further `or_else` steps: a listed name that happens to look wrapped must win.
    found.ok_or_else(|| {
        Error::from(Inner::UnknownModel {
            name: shown_name(name),
            nearest: nearest(name),
        })
    })
}

fn exact(name: &str) -> Option<Model> {
    let table::Named {
        entry,
        spelling,
        is_id,
    } = table::find(name)?;
    let matched = if is_id { Match::Id } else { Match::Alias };
    Some(Model {
        entry,
        name: Name::Listed(spelling),
        matched,
    })
}

fn unlisted_snapshot(name: &str) -> Option<Model> {
    let base = without_date(name)?;
    // A snapshot has no snapshots: `gpt-4o-2024-08-06-2025-01-01` is a mistake, not a model.
    if without_date(base).is_some() {
        return None;
    }
    let table::Named { entry, .. } = table::find(base)?;
    Some(Model {
        entry,
        name: Name::AsGiven(Arc::from(name)),
        matched: Match::Snapshot,
    })
}

/// The name without the date at its end, where it ends in one that can be a day.
fn without_date(name: &str) -> Option<&str> {
    // Longest first. The short form is that of the early OpenAI snapshots (`-0613`). Other vendors write `-YYMM` with the
    // same digits; that is left alone where the two differ (`-2512`), and else the base has to be listed to count at all.
    for len in [11, 9, 5] {
        let Some((base, date)) = name
            .len()
            .checked_sub(len)
            .and_then(|at| name.split_at_checked(at))
        else {
            continue;
        };
        if !base.is_empty() && is_dash_date(date.as_bytes()) {
            return Some(base);
        }
    }
    None
}

fn is_dash_date(date: &[u8]) -> bool {
    match *date {
        [b'-', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            is_year(&[y1, y2, y3, y4]) && is_day(&[m1, m2, d1, d2])
        }
        [b'-', y1, y2, y3, y4, m1, m2, d1, d2] => {
            is_year(&[y1, y2, y3, y4]) && is_day(&[m1, m2, d1, d2])
        }
        [b'-', m1, m2, d1, d2] => is_day(&[m1, m2, d1, d2]),
        _ => false,
    }
}

/// The years in which there are language models with dated names. Also keeps `-20480806` from being a date.
fn is_year(year: &[u8; 4]) -> bool {
    number(year).is_some_and(|year| (2019..=2039).contains(&year))
}

fn is_day(month_and_day: &[u8; 4]) -> bool {
    let (month, day) = month_and_day.split_at(2);
    let days = match number(month) {
        Some(2) => 29,
        Some(4 | 6 | 9 | 11) => 30,
        Some(1..=12) => 31,
        _ => return false,
    };
    number(day).is_some_and(|day| (1..=days).contains(&day))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |n, d| {
        d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0'))
    })
}

/// Up to three known names that the given one may be a slip of, nearest first, at most one for each model.
///
/// Near is by edits: insertions, deletions, substitutions and swaps, one for each three letters and at most four; more of
/// them is another name. Among names equally far the ones with the longer common start come first (Jaro-Winkler), since it is
/// the end of a model name that people get wrong. Most names fall to the check of the length; what is left costs
/// (length of name) x (length of known name) each.
fn nearest(name: &str) -> Vec<String> {
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let chars = name.chars().count();
    let most_edits = (chars / 3).clamp(1, 4);
    let mut near: Vec<(usize, f64, table::Named)> = table::names()
        .filter(|(known, _)| known.len().abs_diff(chars) <= most_edits)
        .map(|(known, named)| (strsim::damerau_levenshtein(known, &name), known, named))
        // A name edited in every letter is another name, not a slip.
        .filter(|(edits, ..)| *edits <= most_edits && *edits < chars)
        .map(|(edits, known, named)| (edits, strsim::jaro_winkler(known, &name), named))
        .collect();
    // Stable, so that what is equally near stays in the order of the alphabet.
    near.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.partial_cmp(&a.1).unwrap_or(Ordering::Equal))
    });
    let mut models: Vec<&'static str> = Vec::new();
    let mut names = Vec::new();
    for (_, _, named) in near {
        if !models.contains(&named.entry.id) {
            models.push(named.entry.id);
            names.push(named.spelling.to_owned());
        }
        if names.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (name, base) in [
            ("gpt-4o-2024-08-06", Some("gpt-4o")),
            ("claude-x-20240229", Some("claude-x")),
            ("gpt-4-0613", Some("gpt-4")),
            ("gpt-4-1301", None),
            ("gpt-4-0230", None),
            ("gpt-4-0431", None),
            ("gpt-4-0000", None),
            ("mistral-large-2512", None),
            ("gpt-4o-2024-13-06", None),
            ("gpt-4o-1999-08-06", None),
            ("gpt-4o_2024-08-06", None),
            ("gpt-4o-2024-8-6", None),
            ("-2024-08-06", None),
            ("-0613", None),
            ("0613", None),
            ("", None),
            // A cut inside a character.
            ("gpt-\u{20ac}613", None),
            ("\u{1f600}-0613", Some("\u{1f600}")),
        ] {
            assert_eq!(without_date(name), base, "{name}");
        }
    }

    /// The table and what it replaces: a walk over all models.
    #[test]
    fn find_is_a_walk_over_the_models() {
        let walk = |name: &str| {
            table::MODELS.iter().find(|e| {
                e.id.eq_ignore_ascii_case(name)
                    || e.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
            })
        };
        for (name, _) in table::names() {
            for name in [
                name.to_owned(),
                name.to_ascii_uppercase(),
                format!("{name}x"),
                name[1..].to_owned(),
            ] {
                assert_eq!(
                    table::find(&name).map(|n| n.entry.id),
                    walk(&name).map(|e| e.id),
                    "{name}"
                );
            }
        }
    }
}
