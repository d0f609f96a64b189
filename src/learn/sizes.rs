//! Sizes of a request in tokens: its text in each vocabulary, its tools, calls and schema in each
//! rendering.
//!
//! ```text
//! a row per vocabulary:   text as OpenAI joins it | by parts | trimmed | names
//!                         + definitions as a list, compact, by lines          (with tools)
//!                         + calls and results in four ways, ids               (with calls or results)
//!                         + schema compact, with blanks                       (with a schema)
//! a row per rule set:     tools | calls and results | schema                  (those it has)
//! ```
//!
//! `measure.rs` fills it.

use serde::{Deserialize, Serialize};

use super::column::{self, COLUMNS};
use super::part::Part;
use super::shape::Shape;
use crate::encoding::Encoding;

/// Vocabularies by name, as stored; new ones are appended. Those that only add special tokens to
/// another are not listed.
pub(super) const VOCABULARIES: [&str; 16] = [
    "o200k_base",
    "cl100k_base",
    "p50k_base",
    "r50k_base",
    "claude_v3",
    "claude_v47",
    "claude_v48",
    "gemma",
    "deepseek",
    "qwen2",
    "qwen35",
    "mistral_tekken",
    "kimi_k2",
    "glm4",
    "glm5",
    "minimax_m2",
];

/// Models whose rule sets render tools, calls or schemas differently, with the index of their
/// vocabulary; new ones are appended.
pub(super) const RENDERINGS: [(&str, usize); 20] = [
    ("gpt-4o", 0),
    ("gpt-3.5-turbo", 1),
    ("gpt-4-0613", 1),
    ("gpt-5", 0),
    ("claude-sonnet-4-5", 4),
    ("claude-opus-4-8", 6),
    ("gemini-2.0-flash", 7),
    ("gemini-2.5-flash", 7),
    ("gemini-3-flash-preview", 7),
    ("mistral-large-2512", 11),
    ("mistral-small-2506", 11),
    ("voxtral-small-latest", 11),
    ("deepseek-v4-flash", 8),
    ("qwen3-32b", 9),
    ("qwen3.5-plus", 10),
    ("qwen3-coder-plus", 9),
    ("kimi-k2-0905-preview", 12),
    ("gpt-oss-120b", 0),
    ("glm-4.7-flash", 13),
    ("claude-opus-4-7", 5),
];

/// Returns the vocabulary of an index of [`VOCABULARIES`], if it is in the program.
pub(super) fn vocabulary(index: usize) -> Option<Encoding> {
    Encoding::from_name(VOCABULARIES.get(index)?).ok()
}

/// Iterates over the bits that are set.
pub(super) fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (mask != 0).then_some(mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        lowest
    })
}

/// Vocabularies and renderings to measure, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) vocabularies: u32,
    pub(super) renderings: u32,
}

impl Wanted {
    pub(super) const ALL: Wanted = Wanted {
        vocabularies: (1 << VOCABULARIES.len()) - 1,
        renderings: (1 << RENDERINGS.len()) - 1,
    };
}

/// Sizes of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Sizes {
    /// Columns that are stored, one bit each; the others are equal to the first column, or 0.
    #[serde(rename = "c")]
    columns: u32,
    /// Vocabularies that are stored, one bit each.
    #[serde(rename = "v")]
    vocabularies: u32,
    /// Stored columns of each stored vocabulary.
    #[serde(rename = "n")]
    numbers: Vec<u32>,
    /// Renderings that are stored, and parts of the request that they contain, one bit each.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    renderings: u32,
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    parts: u32,
    /// Stored parts of each stored rendering.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    rendered: Vec<u32>,
}

fn is_zero(mask: &u32) -> bool {
    *mask == 0
}

/// Sums of all vocabularies, columns and renderings, before they are stored.
pub(super) struct Sums {
    pub(super) columns: u32,
    pub(super) vocabularies: u32,
    pub(super) cells: [[u32; COLUMNS]; VOCABULARIES.len()],
    pub(super) renderings: u32,
    pub(super) rendered: [[u32; Part::ALL.len()]; RENDERINGS.len()],
}

impl Sums {
    pub(super) fn new(wanted: Wanted) -> Sums {
        Sums {
            columns: 1 << column::JOINED,
            vocabularies: wanted.vocabularies,
            cells: [[0; COLUMNS]; VOCABULARIES.len()],
            renderings: wanted.renderings,
            rendered: [[0; Part::ALL.len()]; RENDERINGS.len()],
        }
    }

    /// Returns what a request of this structure stores.
    pub(super) fn stored(&self, shape: &Shape) -> Sizes {
        let parts = Part::ALL
            .into_iter()
            .filter(|part| part.is_in(shape))
            .fold(0, |parts, part| parts | 1 << part as u32);
        let renderings = if parts == 0 { 0 } else { self.renderings };
        let row = |vocabulary: usize| bits(self.columns).map(move |at| self.cells[vocabulary][at]);
        let written = |rendering: usize| bits(parts).map(move |at| self.rendered[rendering][at]);
        // Not `collect`, which may reserve more.
        let cells = self.columns.count_ones() * self.vocabularies.count_ones();
        let mut numbers = Vec::with_capacity(cells as usize);
        numbers.extend(bits(self.vocabularies).flat_map(row));
        let mut rendered =
            Vec::with_capacity((parts.count_ones() * renderings.count_ones()) as usize);
        rendered.extend(bits(renderings).flat_map(written));
        Sizes {
            columns: self.columns,
            vocabularies: self.vocabularies,
            numbers,
            renderings,
            parts,
            rendered,
        }
    }
}

impl Sizes {
    /// Whether the number of values matches the masks. A stored value may have been changed.
    pub(super) fn is_sound(&self) -> bool {
        let cells = self.columns.count_ones() * self.vocabularies.count_ones();
        let written = self.parts.count_ones() * self.renderings.count_ones();
        self.columns >> COLUMNS == 0
            && self.vocabularies >> VOCABULARIES.len() == 0
            && self.renderings >> RENDERINGS.len() == 0
            && self.parts >> Part::ALL.len() == 0
            && self.numbers.len() == cells as usize
            && self.rendered.len() == written as usize
    }

    /// Whether anything was measured.
    pub(super) fn is_measured(&self) -> bool {
        self.vocabularies != 0
    }

    /// Returns a size by vocabulary and column. `None` if the vocabulary was not measured.
    pub(super) fn get(&self, vocabulary: usize, column: usize) -> Option<u64> {
        let row = rank(self.vocabularies, vocabulary)?;
        let width = self.columns.count_ones() as usize;
        let stored = |column: usize| {
            let at = rank(self.columns, column)?;
            self.numbers.get(row * width + at).copied().map(u64::from)
        };
        stored(column).or_else(|| match column {
            column::PARTS | column::TRIMMED => stored(column::JOINED),
            _ => Some(0),
        })
    }

    /// Returns a part of the request by the rules of a rule set. `None` if it was not measured.
    pub(super) fn rendered(&self, rendering: usize, part: Part) -> Option<u64> {
        let row = rank(self.renderings, rendering)?;
        let at = row * self.parts.count_ones() as usize + rank(self.parts, part as usize)?;
        self.rendered.get(at).copied().map(u64::from)
    }

    /// Returns all numbers, as a count by a learned rule keeps them.
    pub(super) fn to_numbers(&self) -> Box<[u32]> {
        let masks = [self.columns, self.vocabularies, self.renderings, self.parts];
        let lists = self.numbers.iter().chain(&self.rendered).copied();
        masks.into_iter().chain(lists).collect()
    }

    /// Reads [`to_numbers`](Self::to_numbers).
    pub(super) fn from_numbers(numbers: &[u32]) -> Option<Sizes> {
        let (&[columns, vocabularies, renderings, parts], lists) = numbers.split_first_chunk()?;
        let cells = columns.count_ones() * vocabularies.count_ones();
        let (numbers, rendered) = lists.split_at_checked(cells as usize)?;
        Some(Sizes {
            columns,
            vocabularies,
            numbers: numbers.to_vec(),
            renderings,
            parts,
            rendered: rendered.to_vec(),
        })
        .filter(Sizes::is_sound)
    }

    /// Returns the size in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Sizes>() + (self.numbers.capacity() + self.rendered.capacity()) * size_of::<u32>()
    }
}

/// Returns the number of bits below a bit that is set; `None` if it is not.
fn rank(mask: u32, bit: usize) -> Option<usize> {
    let bit = 1_u32.checked_shl(u32::try_from(bit).ok()?)?;
    (mask & bit != 0).then(|| (mask & (bit - 1)).count_ones() as usize)
}
