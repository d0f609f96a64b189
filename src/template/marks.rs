//! Special tokens in a rendered prompt: each is one token, and the text between two of them is
//! tokenized as a whole.

use std::collections::BTreeSet;

/// Longest special token; a longer string is text.
const LONGEST: usize = 256;

/// Set of special tokens.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    sorted: Vec<String>,
    first: BTreeSet<u8>,
    is_listed: bool,
}

impl Marks {
    /// Creates a set; `is_listed` if they were listed, and not found by their shape.
    pub(super) fn new(marks: Vec<String>, is_listed: bool) -> Marks {
        let mut sorted: Vec<String> = marks
            .into_iter()
            .filter(|mark| (1..=LONGEST).contains(&mark.len()))
            .collect();
        sorted.sort();
        sorted.dedup();
        Marks {
            first: sorted.iter().map(|mark| mark.as_bytes()[0]).collect(),
            sorted,
            is_listed,
        }
    }

    /// Creates a set of the tokens that a tokenizer lists.
    pub(crate) fn listed(marks: &[String]) -> Marks {
        Marks::new(marks.to_vec(), true)
    }

    /// Returns whether the special tokens were listed.
    pub(crate) fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Calls `count` with each text between marks, and returns the number of marks. Linear in the
    /// text, with a factor of at most the length of a mark.
    pub(crate) fn split(&self, text: &str, mut count: impl FnMut(&str)) -> u64 {
        let (mut marks, mut from, mut at) = (0, 0, 0);
        let bytes = text.as_bytes();
        while at < bytes.len() {
            let found = self.first.contains(&bytes[at]) && text.is_char_boundary(at);
            match found.then(|| self.longest(&bytes[at..])).flatten() {
                Some(len) => {
                    if from < at {
                        count(&text[from..at]);
                    }
                    marks += 1;
                    at += len;
                    from = at;
                }
                None => at += 1,
            }
        }
        if from < text.len() {
            count(&text[from..]);
        }
        marks
    }

    /// Returns the length of the longest mark that a string begins with.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let mut text = &text[..text.len().min(LONGEST)];
        loop {
            let after = self.sorted.partition_point(|mark| mark.as_bytes() <= text);
            let mark = self.sorted[..after].last()?.as_bytes();
            let common = mark.iter().zip(text).take_while(|(a, b)| a == b).count();
            if common == mark.len() {
                return Some(common);
            }
            // A mark that begins the text begins what they have in common.
            text = &text[..common];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tries every mark at every place.
    fn naive(marks: &[String], text: &str) -> (u64, Vec<String>) {
        let (mut found, mut between, mut rest) = (0, vec![String::new()], text);
        while let Some(c) = rest.chars().next() {
            let longest = marks
                .iter()
                .filter(|mark| !mark.is_empty() && rest.starts_with(mark.as_str()))
                .map(String::len)
                .max();
            match longest {
                Some(len) => {
                    found += 1;
                    between.push(String::new());
                    rest = &rest[len..];
                }
                None => {
                    between.last_mut().expect("not empty").push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        between.retain(|text| !text.is_empty());
        (found, between)
    }

    proptest! {
        #[test]
        fn finds_what_trying_each_finds(
            marks in prop::collection::vec("[ab<|é]{0,4}", 0..8),
            text in "[ab<|é]{0,30}",
        ) {
            let mut between = Vec::new();
            let found = Marks::listed(&marks).split(&text, |text| between.push(text.to_owned()));
            prop_assert_eq!((found, between), naive(&marks, &text));
        }
    }
}
