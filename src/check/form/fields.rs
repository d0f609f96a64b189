//! Tables of fields, and the walk over a table: one pass over the entries of an object, then the fields in the order in
//! which the provider looks at them.

use std::borrow::Cow;

use super::super::characters::characters;
use super::super::finding::Mend;
use super::super::server::{REFUSED, TAKEN, Verdict};
use super::super::{ApiAnswer, Check, Finding, Phase, codes};
use super::path::Path;
use super::words::{Wrong, listed, spelled_number};
use crate::json::{Kind, Value};
use crate::shown::is_api_field;
use crate::shown::shown_word;

/// The most fields that a table has.
pub(super) const MOST_FIELDS: usize = 48;

/// A field of an endpoint and what it may be. `null` is as good as no field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is: Is,
}

/// What a field may be.
#[derive(Debug)]
pub(super) enum Is {
    /// Looked at elsewhere, or not at all.
    Any,
    Bool,
    /// A string of at most so many characters; 0 for any number.
    Str(usize),
    /// A whole number in a range.
    Int(i64, i64),
    /// A number in a range.
    Dec(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Words that are only told from other types here: which of them are taken is another rule's.
    WordOfType(&'static [&'static str]),
    Obj,
    /// An object with these members and no others.
    Members(&'static [Field]),
    /// A list, in the provider's words for what is in it.
    List(&'static str),
    /// A string, or a list of at most so many.
    Stop(usize),
    /// Pairs of the caller's own: at most 16, names of at most 64 characters, values of at most 512.
    Metadata,
    /// Token ids and what is added to them.
    LogitBias,
}

pub(super) const fn field(name: &'static str, is: Is) -> Field {
    Field { name, is }
}

/// Past these an integer has no bound of its own.
pub(super) const LEAST: i64 = i64::MIN;
pub(super) const MOST: i64 = i64::MAX;

/// Whose words a fault is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    OpenAi,
    Anthropic,
    Google,
    /// Nobody's that is known.
    None,
}

/// How a server takes faults in an endpoint's fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) tongue: Tongue,
    /// Types and ranges of settings.
    pub(super) settings: Verdict,
    /// Fields that the endpoint does not have.
    pub(super) unknown: Verdict,
    /// The same of a field that looks like a slip of one that it has.
    pub(super) slip: Verdict,
}

/// The fields of a table that an object has.
pub(super) struct Found<'v> {
    table: &'static [Field],
    values: [Option<Value<'v>>; MOST_FIELDS],
}

impl<'v> Found<'v> {
    /// The value of a field of the table; `null` is none.
    pub(super) fn get(&self, name: &str) -> Option<Value<'v>> {
        self.raw(name).filter(|value| !value.is_null())
    }

    /// The same, `null` too.
    pub(super) fn raw(&self, name: &str) -> Option<Value<'v>> {
        let nth = self.table.iter().position(|field| field.name == name)?;
        self.values[nth]
    }
}

impl<'c> Check<'c> {
    /// Walks the fields of an object: what is not in the table, then types and ranges of what is.
    pub(super) fn fields(
        &mut self,
        object: Value<'c>,
        path: &Path<'_>,
        table: &'static [Field],
        manner: Manner,
    ) -> Found<'c> {
        debug_assert!(table.len() <= MOST_FIELDS);
        let mut found = Found {
            table,
            values: [None; MOST_FIELDS],
        };
        let mut unknown: Vec<(Cow<'c, str>, Value<'c>)> = Vec::new();
        for (key, value) in object.entries() {
            let key = key.as_str().unwrap_or_default();
            match table.iter().position(|field| field.name == key) {
                // Of a name that is repeated the last value counts.
                Some(nth) => found.values[nth] = Some(value),
                None => unknown.push((key, value)),
            }
        }
        for (key, value) in unknown {
            self.unknown_field(&key, value, path, &found, manner);
        }
        for (field, value) in table.iter().zip(found.values) {
            if let Some(value) = value.filter(|value| !value.is_null()) {
                self.one_field(field, value, path, manner);
            }
        }
        found
    }

    fn unknown_field(
        &mut self,
        key: &str,
        value: Value<'c>,
        path: &Path<'_>,
        found: &Found<'_>,
        manner: Manner,
    ) {
        let near = nearest(key, found);
        // Fields of other APIs are no slips where more is taken than this table has.
        let foreign = manner.settings != REFUSED && is_api_field(key);
        let verdict = if near.is_empty() || foreign {
            manner.unknown
        } else {
            manner.slip
        };
        let path = path.field(key);
        self.wrong(
            verdict,
            manner.tongue,
            value,
            &path,
            Wrong::Unknown { near },
        );
    }

    fn one_field(&mut self, field: &Field, value: Value<'c>, path: &Path<'_>, manner: Manner) {
        let path = path.field(field.name);
        if let Some(wrong) = fault_of(&field.is, value) {
            // Other hosts have words of their own.
            let verdict = match wrong {
                Wrong::NotOneOf { .. } if manner.tongue == Tongue::None => TAKEN,
                _ => manner.settings,
            };
            self.wrong(verdict, manner.tongue, value, &path, wrong);
            return;
        }
        match field.is {
            Is::Members(members) => {
                self.fields(value, &path, members, manner);
            }
            Is::Metadata => self.metadata(value, &path, manner),
            Is::LogitBias => self.logit_bias(value, &path, manner),
            _ => {}
        }
    }

    fn metadata(&mut self, pairs: Value<'c>, path: &Path<'_>, manner: Manner) {
        let count = pairs.entries().count();
        if count > 16 {
            let wrong = Wrong::ManyProperties { most: 16, count };
            self.wrong(manner.settings, manner.tongue, pairs, path, wrong);
            return;
        }
        for (key, value) in pairs.entries() {
            let length = characters(key);
            let key = key.as_str().unwrap_or_default();
            let there = path.field(&key);
            if length > 64 {
                let ends = key.is_ascii().then(|| (&key[..3], &key[key.len() - 3..]));
                let wrong = Wrong::LongPropertyName {
                    most: 64,
                    length,
                    // Three letters at each end, as the provider shows them, when it is a name.
                    ends: ends
                        .filter(|_| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')),
                };
                self.wrong(manner.settings, manner.tongue, pairs, path, wrong);
            } else if value.kind() != Kind::String {
                let wrong = Wrong::mistyped("a string", value);
                self.wrong(manner.settings, manner.tongue, value, &there, wrong);
            } else if value.span().len() > 512 && characters(value) > 512 {
                let wrong = Wrong::LongString {
                    most: 512,
                    length: characters(value),
                };
                self.wrong(manner.settings, manner.tongue, value, &there, wrong);
            }
        }
    }

    /// The first entry that is wrong: tables of thousands are usual.
    fn logit_bias(&mut self, table: Value<'c>, path: &Path<'_>, manner: Manner) {
        for (key, value) in table.entries() {
            let id = key.as_str().unwrap_or_default();
            let there = path.field(&id);
            let wrong = match value.kind() {
                Kind::Number => number_fault(value, -100.0, 100.0, false),
                _ => Some(Wrong::mistyped("a decimal", value)),
            };
            if let Some(wrong) = wrong {
                self.wrong(manner.settings, manner.tongue, value, &there, wrong);
                return;
            }
            if id.parse::<u64>().is_err() {
                // How this is told was not seen.
                let wrong = Wrong::Pattern("^[0-9]+$");
                self.wrong(manner.settings, Tongue::None, table, path, wrong);
                return;
            }
        }
    }

    /// Notes down a fault at a value. The path of something that is missing is that of the missing field, its value the
    /// object that should have it.
    pub(super) fn wrong(
        &mut self,
        verdict: Verdict,
        tongue: Tongue,
        value: Value<'_>,
        path: &Path<'_>,
        wrong: Wrong<'_>,
    ) {
        let Some(severity) = verdict else {
            return;
        };
        let (message, remedy) = wrong.said(path);
        let api = match tongue {
            Tongue::OpenAi => Some(wrong.openai(path)),
            Tongue::Anthropic => wrong.anthropic(path),
            Tongue::Google => wrong.google(path),
            Tongue::None => None,
        };
        let pointer = match wrong {
            Wrong::Missing => path.parent_pointer(),
            _ => path.pointer(),
        };
        let finding = Finding::new(
            wrong.code(),
            severity,
            wrong.phase(path),
            self.offset(value, path, &pointer),
            pointer,
            message,
            remedy,
        );
        let mend = match wrong {
            Wrong::Above { most, .. } => Some(Mend::Bound(most)),
            Wrong::Below { least, .. } => Some(Mend::Bound(least)),
            Wrong::Unknown { .. } => Some(Mend::Drop),
            _ => None,
        };
        self.findings.push(finding.with_api(api).with_mend(mend));
    }

    /// The byte of a place: of the value, or of what is above it where the pointer ends above it.
    fn offset(&self, value: Value<'_>, path: &Path<'_>, pointer: &str) -> usize {
        if path.is_shown() {
            value.span().start
        } else {
            self.request.place_of(pointer).1
        }
    }

    /// A fault whose words are its own.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is a part of the finding, and named where it is called"
    )]
    pub(super) fn odd(
        &mut self,
        verdict: Verdict,
        (value, path): (Value<'_>, &Path<'_>),
        phase: Phase,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<Cow<'static, str>>,
        api: Option<ApiAnswer>,
    ) -> Option<&mut Finding> {
        let severity = verdict?;
        // What is more than a setting is not left out: what the caller built on it would be lost.
        let is_setting =
            path.is_setting() && !["tools", "response_format", "include"].contains(&path.name());
        let mend = match code {
            codes::UNSUPPORTED_PARAMETER | codes::UNSUPPORTED_VALUE if is_setting => {
                Some(Mend::Drop)
            }
            _ => None,
        };
        let pointer = path.pointer();
        let finding = Finding::new(
            code,
            severity,
            phase,
            self.offset(value, path, &pointer),
            pointer,
            message.into(),
            remedy,
        );
        self.findings.push(finding.with_api(api).with_mend(mend));
        self.findings.last_mut()
    }
}

/// What is wrong with the type or the range of a value.
pub(super) fn fault_of(is: &Is, value: Value<'_>) -> Option<Wrong<'static>> {
    let kind = value.kind();
    let typed =
        |expected: &'static str, right: bool| (!right).then(|| Wrong::mistyped(expected, value));
    match *is {
        Is::Any => None,
        Is::Bool => typed("a boolean", matches!(kind, Kind::True | Kind::False)),
        Is::Str(most) => typed("a string", kind == Kind::String).or_else(|| {
            // A character takes a byte at least.
            let long = most > 0 && value.span().len() - 2 > most;
            let length = if long { characters(value) } else { 0 };
            (length > most).then_some(Wrong::LongString { most, length })
        }),
        Is::Int(least, most) => typed("an integer", kind == Kind::Number)
            .or_else(|| number_fault(value, least as f64, most as f64, true)),
        Is::Dec(least, most) => typed("a decimal", kind == Kind::Number)
            .or_else(|| number_fault(value, least, most, false)),
        Is::Word(words) => match value.as_str() {
            Some(word) if words.contains(&&*word) => None,
            Some(word) => Some(Wrong::NotOneOf {
                got: shown_word(&word),
                words,
            }),
            None => Some(Wrong::mistyped(one_of(words), value)),
        },
        Is::WordOfType(words) => {
            (kind != Kind::String).then(|| Wrong::mistyped(one_of(words), value))
        }
        Is::Obj | Is::Members(_) | Is::LogitBias => typed("an object", kind == Kind::Object),
        Is::Metadata => typed("a metadata object", kind == Kind::Object),
        Is::List(of) => typed(of, kind == Kind::Array),
        Is::Stop(most) => match kind {
            Kind::String => None,
            Kind::Array => {
                let length = value.items().count();
                (length > most).then_some(Wrong::LongList { most, length })
            }
            _ => Some(Wrong::mistyped(
                "one of a string or array of strings",
                value,
            )),
        },
    }
}

/// `one of 'auto' or 'disabled'`.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("one of {}", listed(words, "or"))
}

/// A number that is not whole, or not in its range. The JSON has only numbers that a double holds.
fn number_fault(value: Value<'_>, least: f64, most: f64, whole: bool) -> Option<Wrong<'static>> {
    let number: f64 = value.raw().parse().ok()?;
    // `1.0` is a whole number to some readers: nothing was seen, nothing is said.
    if whole && number.fract() != 0.0 {
        return Some(Wrong::mistyped("an integer", value));
    }
    let got = || spelled_number(value);
    if number > most {
        return Some(Wrong::Above {
            most: most.to_string(),
            got: got(),
            whole,
        });
    }
    (number < least).then(|| Wrong::Below {
        least: least.to_string(),
        got: got(),
        whole,
    })
}

/// The fields that a name may be a slip of, nearest first: at most two edits away, and not in the request already.
///
/// Measured: two edits suggest, three do not; a field that was sent is not suggested.
fn nearest(key: &str, found: &Found<'_>) -> Vec<&'static str> {
    const MOST_EDITS: usize = 2;
    if key.len() > MOST_FIELDS {
        return Vec::new();
    }
    let mut near: Vec<(usize, &'static str)> = found
        .table
        .iter()
        .zip(&found.values)
        .filter(|(field, value)| {
            value.is_none() && field.name.len().abs_diff(key.len()) <= MOST_EDITS
        })
        .map(|(field, _)| (strsim::levenshtein(field.name, key), field.name))
        // A name edited in every letter is another name.
        .filter(|(edits, name)| *edits <= MOST_EDITS && *edits < key.len().min(name.len()))
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Field] = &[
        field("store", Is::Bool),
        field("stream", Is::Bool),
        field("user", Is::Str(0)),
        field("tools", Is::Any),
        field("n", Is::Any),
    ];

    /// Measured on the Responses API, 2026-08-31.
    #[test]
    fn names_are_suggested_within_two_edits() {
        let found = Found {
            table: TABLE,
            values: [None; MOST_FIELDS],
        };
        for (key, expected) in [
            ("sto", &["store"][..]),
            ("st", &[]),
            ("stre", &["store", "stream"]),
            ("strem", &["stream", "store"]),
            ("tool", &["tools"]),
            ("usr", &["user"]),
            ("stop", &["store"]),
            ("zz", &[]),
        ] {
            assert_eq!(nearest(key, &found), expected, "{key}");
        }
    }
}
