//! Type of the tables that select the relevant keys of an object.

use super::facts::{Field, List, Money, Sign};
use super::words::Word;

/// Treatment of the value of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    /// Number of tokens, calls or seconds.
    Count(Field),
    /// Dollars, as a number or as text.
    Dollars(Money),
    /// Cost that is a number at one host and an object at another.
    Cost,
    /// Tenths of nano-dollars (xAI).
    Ticks(Money),
    /// Object with a table of its own.
    Object(&'static Table),
    /// List of objects with the same table, or a single such object.
    Each(&'static Table),
    /// Choices of a chat answer.
    Choices,
    /// All output items of an answer.
    Items,
    /// List of `{modality, count}`.
    Modalities(List),
    /// List of `{ttl, inputTokens}`.
    Lifetimes,
    /// Steps of a server-side loop.
    Steps,
    /// Any value but `null`, `false` and `""` sets a sign.
    Mark(Sign),
    /// Word with a meaning.
    Word(Word),
    /// Name of the model.
    Model,
}

/// Keys of an object, with an index over them built at compile time.
///
/// Most keys of an answer are not in a table. The index rejects them, and finds the others, by four
/// bytes and usually one comparison; a binary search took half of the time of a stream with usage
/// in every chunk (2026-11).
#[derive(Debug)]
pub(super) struct Table {
    rows: &'static [(&'static str, Node)],
    /// Row number + 1 by hash, with linear probing; 0 is free.
    index: [u8; SLOTS],
}

const SLOTS: usize = 256;

const fn slot(key: &[u8]) -> usize {
    let (first, middle, last) = (key[0], key[key.len() / 2], key[key.len() - 1]);
    (key.len() * 31 + first as usize * 7 + middle as usize * 13 + last as usize * 61) % SLOTS
}

impl Table {
    /// Creates a table of at most 200 rows in any order.
    pub(super) const fn of(rows: &'static [(&'static str, Node)]) -> Table {
        assert!(rows.len() <= 200);
        let mut index = [0; SLOTS];
        let mut row = 0;
        while row < rows.len() {
            let mut at = slot(rows[row].0.as_bytes());
            while index[at] != 0 {
                at = (at + 1) % SLOTS;
            }
            index[at] = row as u8 + 1;
            row += 1;
        }
        Table { rows, index }
    }

    pub(super) fn look_up(&self, key: &str) -> Option<Node> {
        if key.is_empty() {
            return None;
        }
        let mut at = slot(key.as_bytes());
        loop {
            let row = usize::from(self.index[at]).checked_sub(1)?;
            let (known, node) = self.rows[row];
            if known == key {
                return Some(node);
            }
            at = (at + 1) % SLOTS;
        }
    }

    #[cfg(test)]
    pub(super) fn rows(&self) -> &'static [(&'static str, Node)] {
        self.rows
    }
}

/// Table without rows.
pub(super) static NOTHING: &Table = &Table::of(&[]);
