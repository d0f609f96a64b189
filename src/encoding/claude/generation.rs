//! Pieces and rules by generation, and the markers of the stream.

/// Begin and end of a word; a capital follows, capitals follow.
pub(super) const BEGIN: u8 = 1;
pub(super) const END: u8 = 2;
pub(super) const SHIFT: u8 = 3;
pub(super) const CAPS: u8 = 4;

/// Generation of models that share pieces and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Generation {
    /// Claude 3 to Opus 4.6 and Sonnet 4.6, Haiku 4.5.
    V3,
    /// Opus 4.7.
    V47,
    /// Opus 4.8, Claude 5: the pieces of 4.7.
    V48,
}

impl Generation {
    /// Tokens that Anthropic's count adds around the text of a single message (measured by the
    /// author of the vocabulary on answers of `count_tokens`, 2026).
    pub(in super::super) const fn frame(self) -> usize {
        match self {
            Generation::V3 => 7,
            Generation::V47 => 11,
            Generation::V48 => 6,
        }
    }

    /// Whether the frame of a message ends in a begin-of-word.
    pub(super) const fn begins_word(self) -> bool {
        !matches!(self, Generation::V48)
    }

    /// Number of its cache among those of all vocabularies.
    pub(super) const fn number(self) -> usize {
        match self {
            Generation::V3 => 13,
            Generation::V47 | Generation::V48 => 14,
        }
    }
}
