//! Splits 64 bytes at a time: each character class is a bitmap, and shifts and masks compute the
//! piece starts.
//!
//! A block is 64 bytes that begin at a piece boundary. It ends at its last *seam*, a position that
//! is a piece boundary in any context (`seams.rs` has the proof), and the part before the seam is
//! split as a string of its own; the next block begins at the seam. So no state is carried between
//! blocks, and no rule has an edge case at byte 64.
//!
//! The rules below cover common text. Three rare mixtures are left to `split.rs`, which works
//! character by character: a block with one of them is [`Block::Irregular`], one without a seam
//! [`Block::Long`].

use wide::u8x16;

use super::classes::{self, LETTER, LOWER, MARK, NUMBER, SPACE, UPPER};
use super::split::{Pattern, contraction};
use super::vocabulary::StaticVocabulary;

/// Bytes per block: one bit each in a `u64`.
pub(super) const BLOCK: usize = 64;
/// Bytes that are read: a piece that begins in the block is loaded as 16 bytes.
pub(super) const WINDOW: usize = BLOCK + 16;

/// Result of splitting a block.
pub(super) enum Block {
    /// Pieces begin at the set bits of `starts`, the first at 0; the last one ends at `end`.
    Pieces { starts: u64, end: usize },
    /// The first `end` bytes must be split character by character.
    Irregular { end: usize },
    /// There is no seam: split character by character until one is passed.
    Long,
}

/// One bit for each byte of the block.
type Bits = u64;

/// Bitmaps of ASCII bytes by class, and of non-ASCII bytes.
struct Ascii {
    high: Bits,
    letter: Bits,
    upper: Bits,
    number: Bits,
    space: Bits,
    newline: Bits,
    blank: Bits,
    apostrophe: Bits,
    slash: Bits,
}

#[inline(always)]
fn bits<const W: usize>(vectors: [u8x16; W]) -> Bits {
    let mut bits = 0;
    for (number, vector) in vectors.into_iter().enumerate() {
        bits |= u64::from(vector.to_bitmask()) << (16 * number);
    }
    bits
}

#[inline(always)]
fn ascii<V: StaticVocabulary, const W: usize>(window: &[u8; WINDOW]) -> Ascii {
    let (sixteens, _) = window.as_chunks::<16>();
    let v: [u8x16; W] = std::array::from_fn(|number| u8x16::from(sixteens[number]));
    let equal = |byte: u8| bits(v.map(|v| v.simd_eq(u8x16::splat(byte))));
    // One unsigned comparison per range: lower values wrap around.
    let range = |fold: u8, first: u8, last: u8| {
        bits(v.map(|v| {
            let from_first = (v | u8x16::splat(fold)) - u8x16::splat(first);
            from_first
                .min(u8x16::splat(last - first))
                .simd_eq(from_first)
        }))
    };
    let newline = equal(b'\n') | equal(b'\r');
    let blank = equal(b' ');
    Ascii {
        high: bits(v),
        letter: range(0x20, b'a', b'z'),
        upper: if V::PATTERN.has_case() {
            range(0, b'A', b'Z')
        } else {
            0
        },
        number: range(0, b'0', b'9'),
        space: range(0, b'\t', b'\r') | blank,
        newline,
        blank,
        apostrophe: equal(b'\''),
        slash: if V::PATTERN.takes_slashes() {
            equal(b'/')
        } else {
            0
        },
    }
}

/// Returns code point and length of the non-ASCII character at `at`.
#[inline(always)]
fn decode(window: &[u8; WINDOW], at: usize) -> (u32, u32) {
    let byte = |n: usize| u32::from(window[(at & 63) + n]);
    let lead = byte(0);
    if lead < 0xe0 {
        ((lead & 0x1f) << 6 | byte(1) & 0x3f, 2)
    } else if lead < 0xf0 {
        (
            (lead & 0xf) << 12 | (byte(1) & 0x3f) << 6 | byte(2) & 0x3f,
            3,
        )
    } else {
        let high = (lead & 7) << 18 | (byte(1) & 0x3f) << 12;
        (high | (byte(2) & 0x3f) << 6 | byte(3) & 0x3f, 4)
    }
}

/// Returns the lowest `n` bits.
#[inline(always)]
fn low(n: usize) -> Bits {
    if n >= 64 { !0 } else { (1 << n) - 1 }
}

/// Splits the window's first `len` bytes (64, or fewer if `last`, at the end of the string) by the
/// vocabulary's pattern; they are within the first `16 * W`.
#[inline(always)]
pub(super) fn split<V: StaticVocabulary, const W: usize>(
    window: &[u8; WINDOW],
    len: usize,
    last: bool,
) -> Block {
    let ascii = ascii::<V, W>(window);
    let valid = low(len);

    // Classes; every byte of a character has the character's bits.
    let mut letter = ascii.letter & valid;
    let mut upper = ascii.upper & valid;
    let mut caseless = 0;
    let mut mark = 0;
    let mut number = ascii.number & valid;
    let mut space = ascii.space & valid;
    // Bytes that continue a character.
    let mut inner = 0;
    let mut lower = 0;
    // Whether a character must be left to `split.rs`.
    let mut han = false;
    if V::PATTERN.has_case() {
        lower = letter & !upper;
    }
    if ascii.high != 0 {
        let mut by_class = [0; 8];
        let mut rest = ascii.high & valid;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            let (code_point, len) = decode(window, at);
            let all = ((1 << len) - 1) << at;
            #[cfg(feature = "kimi")]
            {
                han |= V::PATTERN == Pattern::Kimi && classes::is_han(code_point);
            }
            let class = classes::of(code_point);
            by_class[usize::from(class & 7)] |= all;
            inner |= all & !(1 << at);
            rest &= !all;
        }
        let letters = by_class[usize::from(UPPER)]
            | by_class[usize::from(LOWER)]
            | by_class[usize::from(LETTER)];
        letter |= letters & valid;
        number |= by_class[usize::from(NUMBER)] & valid;
        space |= by_class[usize::from(SPACE)] & valid;
        inner &= valid;
        if V::PATTERN.has_case() || V::PATTERN.marks_are_letters() {
            mark = by_class[usize::from(MARK)] & valid;
        }
        if V::PATTERN.has_case() {
            upper |= by_class[usize::from(UPPER)] & valid;
            lower |= by_class[usize::from(LOWER)] & valid;
            caseless = (by_class[usize::from(LETTER)] | mark) & valid;
        }
    }
    let newline = ascii.newline & valid;
    let blank = ascii.blank & valid;
    let apostrophe = ascii.apostrophe & valid;
    // Characters of words.
    let word = letter | mark;

    // End of the block.
    let end = if last {
        len
    } else {
        let after_word = (letter | number) << 1;
        let stop = !(letter | number | mark | apostrophe);
        let seams = (after_word & stop) | (blank & !(space << 1));
        // Bit 0 is the start of the block.
        let seams = seams & valid & !inner & !1;
        if seams == 0 {
            return Block::Long;
        }
        63 - seams.leading_zeros() as usize
    };
    if han {
        return Block::Irregular { end };
    }
    let kept = low(end);
    if V::PATTERN == Pattern::Deepseek && (ascii.high & kept != 0 || has_control(window, end)) {
        return Block::Irregular { end };
    }
    let [upper, lower, caseless, mark, number] =
        [upper, lower, caseless, mark, number].map(|bits| bits & kept);
    let [space, newline, blank, apostrophe, word] =
        [space, newline, blank, apostrophe, word].map(|bits| bits & kept);
    let mut other = kept & !(word | number | space);

    if V::PATTERN.has_case() {
        // Whether marks among punctuation belong to it depends on its start; whether a capital
        // after a caseless letter begins a piece depends on the next character.
        if mark & (other << 1) | upper & (caseless << 1) != 0 {
            return Block::Irregular { end };
        }
    }
    // A run of punctuation includes one preceding blank, and the following newlines.
    let bare = |other: Bits| other & !(other << 1) & !(blank << 1);
    let mut bare_other = bare(other);
    let mut taken = 0;
    if V::PATTERN != Pattern::R50k {
        let seeds = newline & (other << 1);
        taken = newline & !newline.wrapping_add(seeds);
        if V::PATTERN.takes_slashes() {
            // Also slashes after the newlines, and newlines after those.
            let mut slashes = behind(taken) & ascii.slash & kept;
            while slashes != 0 {
                let at = slashes.trailing_zeros();
                let run = (newline | ascii.slash & kept) >> at;
                let run = low(run.trailing_ones() as usize) << at;
                taken |= run & newline;
                other &= !run;
                slashes &= !run;
            }
            bare_other = bare(other);
        }
    }

    // A word includes one preceding character: in r50k a blank, otherwise any except newline,
    // letter or number; for punctuation only a whole run without a blank of its own.
    let word_start = word & !(word << 1);
    let leading = if V::PATTERN == Pattern::R50k {
        blank << 1
    } else {
        let behind_other = ((bare_other << 1).wrapping_add(inner)) & !inner;
        ((space & !newline) << 1) | behind_other
    };
    let mut starts = (word_start & !leading) | bare_other;
    if V::PATTERN.has_case() {
        starts |= upper & (lower << 1);
    }

    // Numbers: three characters per piece, or one.
    let number_start = number & !(number << 1);
    if V::PATTERN == Pattern::R50k {
        starts |= number_start & !(blank << 1);
    } else if V::PATTERN.digits() == 1 {
        starts |= number & !inner;
    } else {
        starts |= number_start;
        if number & (number << 1) & (number << 2) & (number << 3) != 0 {
            starts |= thirds(number, inner);
        }
    }

    // White space: the last character of a run belongs to the next piece, and newlines include
    // everything before them.
    let free = space & !taken;
    let free_start = free & !(free << 1);
    starts |= free_start;
    let in_a_row = free & (free << 1);
    if free & inner != 0 {
        // White space beyond ASCII: unchanged unless several characters are adjacent.
        if in_a_row & !inner != 0 {
            return Block::Irregular { end };
        }
    } else if in_a_row != 0 {
        let before_number = if V::PATTERN == Pattern::Deepseek {
            number >> 1
        } else {
            0
        };
        starts |= space_starts::<V>(free, newline, end, last, before_number);
    }

    // Contractions: part of the word in o200k, otherwise pieces of their own.
    let opens = if V::PATTERN.word_takes_contraction() {
        word << 1
    } else if V::PATTERN.splits_contraction() {
        bare_other
    } else {
        0
    };
    let short_forms = apostrophe & (word >> 1) & opens;
    let starts = with_short_forms::<V>(window, starts, end, short_forms);
    Block::Pieces {
        starts: starts | 1,
        end,
    }
}

/// Whether the first bytes contain a control character that is not white space.
#[inline(always)]
fn has_control(window: &[u8; WINDOW], len: usize) -> bool {
    let is_control = |byte: u8| matches!(byte, 0..=8 | 14..=31 | 127);
    window[..len.min(BLOCK)]
        .iter()
        .any(|&byte| is_control(byte))
}

/// Returns the bit after each run.
#[inline(always)]
fn behind(runs: Bits) -> Bits {
    (runs << 1) & !runs
}

/// Returns where pieces begin inside runs of ASCII white space that are longer than one.
#[inline(always)]
fn space_starts<V: StaticVocabulary>(
    free: Bits,
    newline: Bits,
    end: usize,
    last: bool,
    before_number: Bits,
) -> Bits {
    let is_end = low(end) & !low(end - 1);
    // The last character of a run, unless the text ends with it.
    let run_last = free & !(free >> 1) & if last { !is_end } else { !0 };
    // DeepSeek's last pattern ends at a number.
    let run_last = run_last & !before_number;
    if V::PATTERN == Pattern::R50k {
        return run_last;
    }
    let flat = free & !newline;
    // Characters after the last newline of their run.
    let after = flat & (newline << 1);
    let mut tails = after;
    let behind = flat.wrapping_add(after) & !flat;
    if behind & newline != 0 {
        // Some are followed by another newline.
        let mut rest = after;
        while rest != 0 {
            let at = rest.trailing_zeros();
            let len = (flat >> at).trailing_ones();
            if at + len < 64 && newline >> (at + len) & 1 != 0 {
                tails &= !(1 << at);
            }
            rest &= rest - 1;
        }
    }
    let mut starts = tails | (run_last & !newline);
    if V::PATTERN.last_space_is_one() && last && free & is_end != 0 {
        // White space at the end of a string is one piece.
        let run = (!free << (64 - end)).leading_zeros() as usize;
        starts &= low(end - run.min(end));
    }
    starts
}

/// Every third character of each run of numbers, except the first.
#[inline(never)]
fn thirds(number: Bits, inner: Bits) -> Bits {
    let mut starts = 0;
    let mut rest = number & !inner;
    while rest != 0 {
        let at = rest.trailing_zeros();
        let len = (number >> at).trailing_ones() as usize;
        let run = low(len) << at;
        let mut chars = run & !inner;
        // Without the lowest three, the lowest bit is a start.
        for _ in 0..64 {
            for _ in 0..3 {
                chars &= chars.wrapping_sub(1);
            }
            if chars == 0 {
                break;
            }
            starts |= chars & chars.wrapping_neg();
        }
        rest &= !run;
    }
    starts
}

/// Adjusts the starts for contractions, which are pieces of their own or belong to the word before
/// them; `rest` has the apostrophes that may begin one.
#[inline(always)]
fn with_short_forms<V: StaticVocabulary>(
    window: &[u8; WINDOW],
    mut starts: Bits,
    end: usize,
    mut rest: Bits,
) -> Bits {
    let mut behind_last = usize::MAX;
    while rest != 0 {
        let at = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        // A word has at most one contraction.
        if V::PATTERN.word_takes_contraction() && at == behind_last {
            continue;
        }
        let Some(behind) = contraction(&window[..], at, V::PATTERN != Pattern::R50k) else {
            continue;
        };
        let from = if V::PATTERN.word_takes_contraction() {
            at
        } else {
            at + 1
        };
        starts &= !(low(behind) & !low(from));
        if behind < end {
            starts |= 1 << behind;
        }
        behind_last = behind;
    }
    starts
}
