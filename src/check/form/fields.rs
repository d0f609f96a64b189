//! Walks a table of fields: one pass over the entries of an object, then the fields in the order in
//! which the provider checks them.

use std::borrow::Cow;

use super::super::characters::characters;
use super::super::context::Context;
use super::super::fault::{Fault, Sink, Slots};
use super::super::faults::fields as faults;
use super::super::path::{Path, shown};
use super::super::server::{REFUSED, Verdict};
use super::misfit::{Misfit, decimal_misfit, misfit};
use crate::json::{Kind, Value};
use crate::provider::field::{Field, FieldType, MOST_FIELDS};
use crate::provider::is_request_field;
use crate::shown::is_api_field;
use crate::words::listed;

/// Fields of a table that an object contains.
pub(super) struct Found<'v> {
    table: &'static [Field],
    values: [Option<Value<'v>>; MOST_FIELDS],
}

impl<'v> Found<'v> {
    /// Returns the value of a field of the table; `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<Value<'v>> {
        self.raw(name).filter(|value| !value.is_null())
    }

    /// Returns the value of a field of the table, `null` included.
    pub(super) fn raw(&self, name: &str) -> Option<Value<'v>> {
        let nth = self.table.iter().position(|field| field.name == name)?;
        self.values[nth]
    }

    /// Returns the value of a field if it is an object.
    pub(super) fn object(&self, name: &str) -> Option<Value<'v>> {
        self.get(name).filter(|value| value.kind() == Kind::Object)
    }

    /// Returns the value of a field if it is a list.
    pub(super) fn list(&self, name: &str) -> Option<Value<'v>> {
        self.get(name).filter(|value| value.kind() == Kind::Array)
    }

    /// Returns the value of a field if it is a number.
    pub(super) fn number(&self, name: &str) -> Option<Value<'v>> {
        self.get(name).filter(|value| value.kind() == Kind::Number)
    }
}

impl<'c> Context<'c> {
    /// Reports a fault of a value.
    pub(super) fn misfits(
        &self,
        out: &mut Sink<'_>,
        value: Value<'_>,
        path: &Path<'_>,
        misfit: Misfit,
    ) {
        out.report(misfit.fault, self.site(value, path).slots(misfit.slots));
    }

    /// Reports a fault of a value with a given severity.
    pub(super) fn misfits_as(
        &self,
        out: &mut Sink<'_>,
        verdict: Verdict,
        value: Value<'_>,
        path: &Path<'_>,
        misfit: Misfit,
    ) {
        let site = self.site(value, path).slots(misfit.slots);
        out.report(misfit.fault, site.verdict(verdict));
    }

    /// Reports a missing field of an object.
    pub(super) fn lacks(&self, out: &mut Sink<'_>, object: Value<'_>, path: &Path<'_>) {
        out.report(&faults::MISSING, self.lacking(object, path));
    }

    /// Reports a value of the wrong type. Returns whether the type is right.
    pub(super) fn is_of_type(
        &self,
        out: &mut Sink<'_>,
        is: &FieldType,
        value: Value<'_>,
        path: &Path<'_>,
    ) -> bool {
        match misfit(is, value) {
            Some(misfit) => {
                self.misfits(out, value, path, misfit);
                false
            }
            None => true,
        }
    }

    /// Checks the fields of an object: first fields that are not in the table, then types and
    /// ranges of the others.
    pub(super) fn fields(
        &self,
        out: &mut Sink<'_>,
        object: Value<'c>,
        path: &Path<'_>,
        table: &'static [Field],
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
                // The last value of a repeated name counts.
                Some(nth) => found.values[nth] = Some(value),
                None => unknown.push((key, value)),
            }
        }
        for (key, value) in unknown {
            self.unknown_field(out, &key, value, path, &found);
        }
        for (field, value) in table.iter().zip(found.values) {
            if let Some(value) = value.filter(|value| !value.is_null()) {
                self.one_field(out, field, value, path);
            }
        }
        found
    }

    fn unknown_field(
        &self,
        out: &mut Sink<'_>,
        key: &str,
        value: Value<'c>,
        path: &Path<'_>,
        found: &Found<'_>,
    ) {
        let strict = self.strictness;
        let near = nearest(key, found);
        let path = path.field(key);
        // A field of another API is not a typo if the endpoint accepts more fields than this table
        // lists.
        let foreign = strict.settings != REFUSED && is_api_field(key);
        let is_others = path.is_setting() && is_request_field(key);
        let verdict = match strict.foreign.filter(|_| is_others) {
            Some(severity) => Some(severity),
            None if near.is_empty() || foreign => strict.unknown,
            None => strict.typo,
        };
        self.is_unknown(out, verdict, value, &path, &near);
    }

    /// Reports a field that the endpoint does not have.
    pub(super) fn is_unknown(
        &self,
        out: &mut Sink<'_>,
        verdict: Verdict,
        value: Value<'_>,
        path: &Path<'_>,
        near: &[&str],
    ) {
        let fault: &Fault = match (path.is_setting(), near.is_empty()) {
            (true, true) => &faults::UNKNOWN_FIELD,
            (true, false) => &faults::MISSPELLED_FIELD,
            (false, true) => &faults::UNKNOWN_MEMBER,
            (false, false) => &faults::MISSPELLED_MEMBER,
        };
        let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
        let site = self
            .site(value, path)
            .text("field", shown(path.name()))
            .text("near", listed(near, "or"))
            .text("names", names.join(" or "));
        out.report(fault, site.verdict(verdict));
    }

    fn one_field(&self, out: &mut Sink<'_>, field: &Field, value: Value<'c>, path: &Path<'_>) {
        let path = path.field(field.name);
        if !self.is_of_type(out, &field.is, value, &path) {
            return;
        }
        match field.is {
            FieldType::Members(members) => {
                self.fields(out, value, &path, members);
            }
            FieldType::Metadata => self.metadata(out, value, &path),
            FieldType::LogitBias => self.logit_bias(out, value, &path),
            _ => {}
        }
    }

    fn metadata(&self, out: &mut Sink<'_>, pairs: Value<'c>, path: &Path<'_>) {
        const MOST: usize = 16;
        const LONGEST_NAME: usize = 64;
        const LONGEST_VALUE: usize = 512;
        let count = pairs.entries().count();
        if count > MOST {
            let slots = Slots::default().count("most", MOST).count("length", count);
            let misfit = Misfit::new(&faults::MANY_PROPERTIES, slots);
            self.misfits(out, pairs, path, misfit);
            return;
        }
        for (key, value) in pairs.entries() {
            let length = characters(key);
            let key = key.as_str().unwrap_or_default();
            let there = path.field(&key);
            if length > LONGEST_NAME {
                // Like the provider, shows three letters at each end if it is a name.
                let is_name = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let name = match is_name {
                    true => format!("{}...{}", &key[..3], &key[key.len() - 3..]),
                    false => format!("(a string of {length} characters)"),
                };
                let slots = Slots::default()
                    .count("most", LONGEST_NAME)
                    .count("length", length)
                    .text("name", name);
                let misfit = Misfit::new(&faults::LONG_PROPERTY_NAME, slots);
                self.misfits(out, pairs, path, misfit);
            } else if value.kind() != Kind::String {
                self.misfits(out, value, &there, Misfit::mistyped("a string", value));
            } else if value.span().len() > LONGEST_VALUE && characters(value) > LONGEST_VALUE {
                let misfit = Misfit::long_string(LONGEST_VALUE, characters(value));
                self.misfits(out, value, &there, misfit);
            }
        }
    }

    /// Reports the first faulty entry only, because tables of thousands are common.
    fn logit_bias(&self, out: &mut Sink<'_>, table: Value<'c>, path: &Path<'_>) {
        for (key, value) in table.entries() {
            let id = key.as_str().unwrap_or_default();
            let there = path.field(&id);
            let misfit = match value.kind() {
                Kind::Number => decimal_misfit(value, -100.0, 100.0),
                _ => Some(Misfit::mistyped("a decimal", value)),
            };
            if let Some(misfit) = misfit {
                self.misfits(out, value, &there, misfit);
                return;
            }
            if id.parse::<u64>().is_err() {
                // The API's wording for this was not seen.
                let misfit = Misfit::pattern(&faults::WRONG_PATTERN, "^[0-9]+$");
                let site = self.site(table, path).slots(misfit.slots);
                out.report(misfit.fault, site.unanswered());
                return;
            }
        }
    }
}

/// Returns the fields that a name may be a typo of, nearest first: at most two edits away, and not
/// present in the request.
///
/// Measured: the API suggests names at two edits, not at three, and never a field that was sent.
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
        // A name that differs in every letter is another name.
        .filter(|(edits, name)| *edits <= MOST_EDITS && *edits < key.len().min(name.len()))
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::field::field;

    const TABLE: &[Field] = &[
        field("store", FieldType::Bool),
        field("stream", FieldType::Bool),
        field("user", FieldType::Str(0)),
        field("tools", FieldType::Any),
        field("n", FieldType::Any),
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
