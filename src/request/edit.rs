//! Edits of a request's JSON: a list over spans, and the splicing that writes it.
//!
//! ```text
//! replace(value, json)        the value's span becomes the text
//! arrange(container, slots)   the items of an array (entries of an object) become the slots:
//!                             kept ones in any order, omitted ones removed, new ones as written
//! apply                       copies the text between the edits, byte for byte
//! ```
//! A kept item keeps its bytes, except for edits inside it. The white space and the comma between
//! two items stay if both neighbors stay; a new neighbor gets the separator next to it, so that a
//! file with one item per line keeps that form. Edits inside a value that another edit removes are
//! discarded.
//!
//! Linear in the text and the slots, and `n log n` in the edits.

use std::ops::Range;

use crate::json::{Kind, Value};

/// Content of a position in an arranged container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The item (or entry) that was at this position.
    Keep(usize),
    /// New JSON: a value for an array, `"key": value` for an object.
    New(String),
}

/// Writes a string as JSON.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[derive(Debug)]
struct Edit {
    span: Range<usize>,
    with: With,
}

#[derive(Debug)]
enum With {
    Text(String),
    /// Spans of the container's items, and their new arrangement.
    Slots(Vec<Range<usize>>, Vec<Slot>),
}

/// Edits of one text.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    edits: Vec<Edit>,
}

impl Edits {
    /// Replaces a value by JSON. Of two edits of one value the first is used.
    pub(crate) fn replace(&mut self, value: Value<'_>, json: String) {
        self.edits.push(Edit {
            span: value.span(),
            with: With::Text(json),
        });
    }

    /// Rearranges the items of an array, or the entries of an object. A position past the end is
    /// ignored.
    pub(crate) fn arrange(&mut self, container: Value<'_>, slots: Vec<Slot>) {
        let units: Vec<Range<usize>> = match container.kind() {
            Kind::Object => container
                .entries()
                .map(|(key, value)| key.span().start..value.span().end)
                .collect(),
            _ => container.items().map(|item| item.span()).collect(),
        };
        self.edits.push(Edit {
            span: container.span(),
            with: With::Slots(units, slots),
        });
    }

    /// Removes the entries with some names from an object.
    pub(crate) fn drop_entries(&mut self, object: Value<'_>, names: &[&str]) {
        let stays = |key: Value<'_>| !names.iter().any(|name| key.is_str(name));
        let slots = object
            .entries()
            .enumerate()
            .filter(|(_, (key, _))| stays(*key))
            .map(|(nth, _)| Slot::Keep(nth))
            .collect();
        self.arrange(object, slots);
    }

    /// Returns the text with the edits applied.
    pub(crate) fn apply(self, text: &str) -> String {
        self.apply_in(text, 0..text.len())
    }

    /// Returns the length of a range of the text, of a value, with the edits applied.
    pub(crate) fn len_in(self, text: &str, range: Range<usize>) -> usize {
        self.apply_in(text, range).len()
    }

    fn apply_in(mut self, text: &str, range: Range<usize>) -> String {
        self.edits.sort_by_key(|edit| edit.span.start);
        self.edits.dedup_by_key(|edit| edit.span.start);
        let mut out = String::with_capacity(range.len());
        self.write(&mut out, text, range);
        out
    }

    /// Writes a range of the text with its edits.
    fn write(&self, out: &mut String, text: &str, range: Range<usize>) {
        let from = |start| self.edits.partition_point(|edit| edit.span.start < start);
        let mut at = range.start;
        let mut next = from(at);
        while let Some(edit) = self.edits.get(next)
            && edit.span.start < range.end
        {
            out.push_str(&text[at..edit.span.start]);
            match &edit.with {
                With::Text(json) => out.push_str(json),
                With::Slots(units, slots) => self.write_slots(out, text, &edit.span, units, slots),
            }
            at = edit.span.end;
            // Edits inside this one were written with it, or are discarded.
            next = from(at);
        }
        out.push_str(&text[at..range.end]);
    }

    fn write_slots(
        &self,
        out: &mut String,
        text: &str,
        span: &Range<usize>,
        units: &[Range<usize>],
        slots: &[Slot],
    ) {
        // The bracket and the white space before the first item, and those after the last.
        let (open, close) = match (units.first(), units.last()) {
            (Some(first), Some(last)) => {
                (&text[span.start..first.start], &text[last.end..span.end])
            }
            _ => (
                &text[span.start..span.start + 1],
                &text[span.end - 1..span.end],
            ),
        };
        let between = |nth: usize| &text[units[nth].end..units[nth + 1].start];
        let mut before: Option<Option<usize>> = None;
        let mut written = 0;
        for slot in slots {
            let kept = match slot {
                Slot::Keep(nth) if *nth >= units.len() => continue,
                Slot::Keep(nth) => Some(*nth),
                Slot::New(_) => None,
            };
            match before {
                None => out.push_str(open),
                Some(before) => out.push_str(match (before, kept) {
                    (Some(a), Some(b)) if a + 1 == b => between(a),
                    (_, Some(b)) if b > 0 => between(b - 1),
                    (Some(a), _) if a + 1 < units.len() => between(a),
                    _ if units.len() > 1 => between(0),
                    _ => ",",
                }),
            }
            match slot {
                Slot::Keep(nth) => self.write(out, text, units[*nth].clone()),
                Slot::New(json) => out.push_str(json),
            }
            before = Some(kept);
            written += 1;
        }
        if written == 0 {
            out.push_str(&text[span.start..span.start + 1]);
            out.push_str(&text[span.end - 1..span.end]);
        } else {
            out.push_str(close);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::json::Document;

    fn document(text: &str) -> Document<'_> {
        Document::parse(Cow::Borrowed(text), |_| true).unwrap()
    }

    fn arranged(text: &str, slots: Vec<Slot>) -> String {
        let document = document(text);
        let mut edits = Edits::default();
        edits.arrange(document.root(), slots);
        edits.apply(text)
    }

    fn new(json: &str) -> Slot {
        Slot::New(json.to_owned())
    }

    #[test]
    fn items_go_come_and_move() {
        use Slot::Keep;
        for (text, slots, expected) in [
            ("[1, 2, 3]", vec![Keep(0), Keep(2)], "[1, 3]"),
            ("[1, 2, 3]", vec![Keep(1), Keep(2)], "[2, 3]"),
            ("[1, 2, 3]", vec![Keep(0), Keep(1)], "[1, 2]"),
            ("[1, 2, 3]", vec![Keep(2), Keep(0), Keep(1)], "[3, 1, 2]"),
            ("[1, 2]", vec![], "[]"),
            ("[ ]", vec![new("7"), new("8")], "[7,8]"),
            ("[1]", vec![Keep(0), new("2")], "[1,2]"),
            (
                "[1, 2]",
                vec![new("0"), Keep(0), Keep(1), new("3")],
                "[0, 1, 2, 3]",
            ),
            (
                "[\n  1,\n  2\n]",
                vec![Keep(0), new("9"), Keep(1)],
                "[\n  1,\n  9,\n  2\n]",
            ),
            ("[\n  1,\n  2\n]", vec![Keep(1)], "[\n  2\n]"),
            ("[1]", vec![Keep(4)], "[]"),
            (
                r#"{"a": 1, "b": 2}"#,
                vec![Keep(1), new(r#""c": 3"#)],
                r#"{"b": 2, "c": 3}"#,
            ),
        ] {
            assert_eq!(arranged(text, slots), expected, "{text}");
        }
    }

    #[test]
    fn edits_inside_of_kept_items_are_made_and_those_inside_of_gone_ones_are_lost() {
        let text = r#"[{"a": [1, 2]}, {"b": [3, 4]}]"#;
        let document = document(text);
        let items: Vec<Value<'_>> = document.root().items().collect();
        let mut edits = Edits::default();
        edits.arrange(items[0].get("a").unwrap(), vec![Slot::Keep(1)]);
        edits.replace(items[1].get("b").unwrap(), "null".to_owned());
        edits.arrange(document.root(), vec![Slot::Keep(1), Slot::Keep(0)]);
        assert_eq!(edits.apply(text), r#"[{"b": null}, {"a": [2]}]"#);

        let mut edits = Edits::default();
        edits.replace(items[1].get("b").unwrap(), "null".to_owned());
        edits.arrange(document.root(), vec![Slot::Keep(0)]);
        assert_eq!(edits.apply(text), r#"[{"a": [1, 2]}]"#);
    }

    proptest! {
        /// The naive twin: the same arrangement of a list of values.
        #[test]
        fn arranging_is_arranging(
            items in prop::collection::vec("[0-9]{1,3}|\"[a-z,\\[\\]]{0,5}\"|\\[ ?\\]|\\{\"k\": ?1\\}", 0..6),
            blanks in prop::collection::vec("[ \n]{0,2}", 8),
            picks in prop::collection::vec(0..9_usize, 0..8),
        ) {
            let items: Vec<String> = items
                .into_iter()
                .map(|item| match item.trim_start_matches('0') {
                    "" => "0".to_owned(),
                    _ if item.starts_with('0') => item.trim_start_matches('0').to_owned(),
                    _ => item,
                })
                .collect();
            let mut text = String::from("[");
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    text.push(',');
                }
                text.push_str(&blanks[nth]);
                text.push_str(item);
                text.push_str(&blanks[nth + 1]);
            }
            text.push(']');
            let slots: Vec<Slot> = picks
                .iter()
                .map(|&pick| if pick == 8 { new("\"new\"") } else { Slot::Keep(pick) })
                .collect();
            let expected: Vec<serde_json::Value> = picks
                .iter()
                .filter_map(|&pick| match pick {
                    8 => Some("\"new\""),
                    _ => items.get(pick).map(String::as_str),
                })
                .map(|item| serde_json::from_str(item).unwrap())
                .collect();
            let edited = arranged(&text, slots);
            prop_assert_eq!(
                serde_json::from_str::<serde_json::Value>(&edited).unwrap(),
                serde_json::Value::Array(expected)
            );
        }
    }
}
