//! First step: normalization.

use std::borrow::Cow;

use super::generation::Generation;
use crate::encoding::normal::nfc;

/// Whether ASCII bytes stay unchanged: all except controls.
fn is_plain_ascii(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~'))
}

/// How a character is normalized.
enum Fate {
    Stays,
    Goes,
    Becomes(char),
}

fn fate(generation: Generation, c: char) -> Fate {
    match c {
        '\t' | '\n' | ' '..='~' => Fate::Stays,
        '\0' => Fate::Becomes(' '),
        '\u{1}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' => Fate::Goes,
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}' => Fate::Becomes(' '),
        '\u{2018}' | '\u{2019}' if generation == Generation::V3 => Fate::Becomes('\''),
        '\u{201c}' | '\u{201d}' if generation == Generation::V3 => Fate::Becomes('"'),
        _ => Fate::Stays,
    }
}

/// Returns the text in normal form C, without controls and private characters, with plain spaces,
/// and for the oldest generation with straight quotes. Linear; most input is borrowed.
pub(super) fn normalized(generation: Generation, text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let text = nfc(text);
    let stays = |c| matches!(fate(generation, c), Fate::Stays) && c != '\u{e32}';
    let Some(first) = text.find(|c| !stays(c)) else {
        return text;
    };
    let mut out = String::with_capacity(text.len());
    // From the previous character, which may combine with the next one.
    let first = text[..first]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    out.push_str(&text[..first]);
    // Controls are removed before these two characters combine, private characters after.
    let mut after_nikhahit = false;
    for c in text[first..].chars() {
        match fate(generation, c) {
            Fate::Goes => after_nikhahit &= c < '\u{a0}',
            Fate::Becomes(other) => {
                out.push(other);
                after_nikhahit = false;
            }
            Fate::Stays if c == '\u{e32}' && after_nikhahit => {
                out.pop();
                out.push('\u{e33}');
                after_nikhahit = false;
            }
            Fate::Stays => {
                out.push(c);
                after_nikhahit = c == '\u{e4d}';
            }
        }
    }
    Cow::Owned(out)
}
