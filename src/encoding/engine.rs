//! The tokenizer behind the handle: tiktoken-rs's tables, and the one place that chooses the path.
//!
//! Six encodings stand on four vocabularies. Those that differ in special tokens only (o200k_harmony, p50k_edit) share
//! the tables of their base, so that using both does not load the same 200,000 tokens twice; ordinary text never yields
//! a special token.

use std::sync::LazyLock;

use tiktoken_rs::CoreBPE;

use super::guarded::{Guarded, has_long_run};

/// A vocabulary with its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    O200k,
    Cl100k,
    P50k,
    R50k,
}

impl Family {
    #[cfg(test)]
    pub(super) const ALL: [Family; 4] = [Family::O200k, Family::Cl100k, Family::P50k, Family::R50k];

    /// The tables, loaded on first use (60 to 230 ms) and kept for the life of the process.
    pub(super) fn table(self) -> &'static CoreBPE {
        match self {
            Family::O200k => tiktoken_rs::o200k_base_singleton(),
            Family::Cl100k => tiktoken_rs::cl100k_base_singleton(),
            Family::P50k => tiktoken_rs::p50k_base_singleton(),
            Family::R50k => tiktoken_rs::r50k_base_singleton(),
        }
    }

    /// The safe path, built on first need.
    pub(super) fn guarded(self) -> &'static Guarded {
        static O200K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::O200k));
        static CL100K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::Cl100k));
        static P50K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::P50k));
        static R50K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::R50k));
        match self {
            Family::O200k => &O200K,
            Family::Cl100k => &CL100K,
            Family::P50k => &P50K,
            Family::R50k => &R50K,
        }
    }

    /// One more than the highest ordinary id.
    const fn ids_end(self) -> u32 {
        match self {
            Family::O200k => 199_998,
            Family::Cl100k => 100_256,
            Family::P50k => 50_281,
            Family::R50k => 50_256,
        }
    }

    /// The ids of all ordinary tokens. p50k has r50k's `<|endoftext|>`, 50256, in their midst.
    pub(super) fn ordinary_ids(self) -> impl Iterator<Item = u32> {
        (0..self.ids_end()).filter(move |&id| !(self == Family::P50k && id == 50_256))
    }

    /// How many ordinary tokens there are.
    pub(super) const fn vocabulary_size(self) -> usize {
        match self {
            Family::P50k => self.ids_end() as usize - 1,
            _ => self.ids_end() as usize,
        }
    }

    /// The bytes of the longest ordinary token: a text of more than `n` times that has more than `n` tokens.
    pub(super) const fn longest_token_bytes(self) -> usize {
        128
    }

    /// The tokens of the text as ordinary text.
    pub(super) fn encode(self, text: &str) -> Vec<u32> {
        if has_long_run(text) {
            self.guarded().encode(text)
        } else {
            self.table().encode_ordinary(text)
        }
    }

    /// How many tokens [`encode`](Self::encode) yields.
    pub(super) fn count(self, text: &str) -> usize {
        if has_long_run(text) {
            self.guarded().count(text)
        } else {
            self.table().count_ordinary(text)
        }
    }

    /// The bytes of tokens that [`encode`](Self::encode) yielded.
    pub(super) fn len_bytes(self, tokens: &[u32]) -> usize {
        self.table()
            .decode_bytes(tokens)
            .expect("the ids come from encode")
            .len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_vocabularies() {
        for family in Family::ALL {
            let lengths: Vec<usize> = family
                .ordinary_ids()
                .map(|id| family.len_bytes(&[id]))
                .collect();
            assert_eq!(lengths.len(), family.vocabulary_size());
            assert_eq!(
                lengths.iter().max(),
                Some(&family.longest_token_bytes()),
                "{family:?}"
            );
            // What lies beyond is special or nothing.
            for id in family.ids_end()..family.ids_end() + 2_000 {
                if let Ok(bytes) = family.table().decode_bytes(&[id]) {
                    assert!(
                        bytes.starts_with(b"<|") && bytes.ends_with(b"|>"),
                        "{family:?} {id}"
                    );
                }
            }
            // No ordinary id is shadowed by a special one.
            for id in family.ordinary_ids() {
                let bytes = family.table().decode_bytes(&[id]).unwrap();
                assert!(
                    !(bytes.starts_with(b"<|") && bytes.ends_with(b"|>")),
                    "{family:?} {id}"
                );
            }
        }
    }
}
