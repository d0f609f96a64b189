//! Fields that are set more than once in one object.

use std::borrow::Cow;

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::fields as faults;
use super::super::path::Path;
use crate::json::Value;
use crate::shown::is_api_field;

/// Number of entries up to which every pair is compared.
const FEW: usize = 24;

impl Context<'_> {
    /// Reports fields of the request and of its messages that are set to different values. Linear
    /// in the messages, and `n log n` in the entries of one object.
    pub(in crate::check) fn duplicate_keys(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        self.duplicates(out, root, &Path::ROOT);
        let list = self.request.format().wire().list;
        if let Some(messages) = root.get(list) {
            let path = Path::ROOT.field(list);
            for (nth, message) in messages.items().enumerate() {
                self.duplicates(out, message, &path.item(nth));
            }
        }
    }

    fn duplicates(&self, out: &mut Sink<'_>, object: Value<'_>, path: &Path<'_>) {
        for (name, last) in repeated(object) {
            let path = path.field(&name);
            out.report(&faults::DUPLICATE_KEY, self.site(last, &path));
        }
    }
}

/// Returns the fields of an API that an object sets to different values, with the last value of
/// each.
fn repeated(object: Value<'_>) -> Vec<(Cow<'_, str>, Value<'_>)> {
    let entries = object.entries().count();
    if entries <= FEW && !any_twice(object) {
        return Vec::new();
    }
    let mut named: Vec<(Cow<'_, str>, usize, Value<'_>)> = object
        .entries()
        .filter_map(|(key, value)| Some((key.as_str()?, value.span().start, value)))
        .filter(|(key, _, _)| is_api_field(key))
        .collect();
    named.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let groups = named.chunk_by(|one, other| one.0 == other.0);
    let differs = |group: &&[(Cow<'_, str>, usize, Value<'_>)]| {
        group
            .windows(2)
            .any(|pair| pair[0].2.raw() != pair[1].2.raw())
    };
    let mut found: Vec<_> = groups
        .filter(differs)
        .filter_map(|group| group.last().cloned())
        .collect();
    found.sort_by_key(|(_, at, _)| *at);
    found
        .into_iter()
        .map(|(name, _, value)| (name, value))
        .collect()
}

/// Whether two keys are equal, compared in pairs without allocation.
fn any_twice(object: Value<'_>) -> bool {
    let keys = || object.entries().map(|(key, _)| key);
    keys().enumerate().any(|(nth, key)| {
        // An escaped key is compared as it is read.
        keys()
            .skip(nth + 1)
            .any(|other| key.raw() == other.raw() || escaped(key, other))
    })
}

fn escaped(one: Value<'_>, other: Value<'_>) -> bool {
    let is_escaped = one.raw().contains('\\') || other.raw().contains('\\');
    is_escaped && one.as_str() == other.as_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::repeated;
    use crate::check::Severity;
    use crate::request::Request;

    fn names(body: &str) -> Vec<String> {
        let request = Request::parse(body).expect("a request");
        let found = repeated(request.fields());
        found
            .into_iter()
            .map(|(name, _)| name.into_owned())
            .collect()
    }

    #[test]
    fn only_different_values_of_one_field_are_reported() {
        assert_eq!(
            names(r#"{"model": "a", "messages": [], "model": "b"}"#),
            ["model"]
        );
        assert_eq!(
            names(r#"{"model": "a", "messages": [], "mod\u0065l": "b"}"#),
            ["model"]
        );
        assert!(names(r#"{"model": "a", "messages": [], "model": "a"}"#).is_empty());
        // A name that no API has could be the caller's own text.
        assert!(names(r#"{"messages": [], "x_own": 1, "x_own": 2}"#).is_empty());
    }

    #[test]
    fn a_field_that_is_set_twice_is_risky() {
        let body = r#"{"model": "gpt-4o", "temperature": 1, "temperature": 0, "messages": [
            {"role": "user", "content": "Hi", "content": "Hello"}]}"#;
        let report = crate::front::check(body);
        let found: Vec<_> = report
            .findings()
            .iter()
            .map(|finding| (finding.code, finding.severity, finding.pointer.as_str()))
            .collect();
        let at = |pointer| ("duplicate_key", Severity::Risky, pointer);
        assert_eq!(found, [at("/messages/0/content"), at("/temperature")]);
    }

    /// Both ways of finding them, compared with a map of all entries.
    #[test]
    fn every_repeated_field_is_found_in_small_and_large_objects() {
        let fields = [
            "model",
            "temperature",
            "user",
            "seed",
            "top_p",
            "n",
            "stop",
            "stream",
        ];
        for others in [0, 10, 60] {
            for twice in 0..fields.len() {
                let mut entries: Vec<(String, usize)> = Vec::new();
                entries.extend(fields.iter().map(|name| ((*name).to_owned(), 1)));
                entries.extend((0..others).map(|nth| (format!("x_{nth}"), nth)));
                entries.extend(fields[..twice].iter().map(|name| ((*name).to_owned(), 2)));
                let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
                for (name, _) in &entries {
                    *seen.entry(name).or_default() += 1;
                }
                let mut expected: Vec<String> = seen
                    .into_iter()
                    .filter(|(_, times)| *times > 1)
                    .map(|(name, _)| name.to_owned())
                    .collect();
                let written: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {value}"))
                    .collect();
                let body = format!("{{\"messages\": [], {}}}", written.join(", "));
                // Only the names matter here, so the body need not be a valid request.
                let document =
                    crate::json::Document::parse(body.into(), crate::shown::is_api_field)
                        .expect("it is JSON");
                let mut found: Vec<String> = repeated(document.root())
                    .into_iter()
                    .map(|(name, _)| name.into_owned())
                    .collect();
                found.sort();
                expected.sort();
                assert_eq!(found, expected);
            }
        }
    }
}
