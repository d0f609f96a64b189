//! Normal form C, to which some vocabularies convert text first.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Whether a character is unchanged by normal form C, whatever its neighbors: most characters in
/// use. Latin, Greek and Cyrillic letters, kana, Chinese characters, Hangul syllables, punctuation.
#[inline(always)]
fn is_plain(c: char) -> bool {
    matches!(
        c,
        '\0'..'\u{300}'
            | '\u{400}'..='\u{482}'
            | '\u{5d0}'..='\u{5ea}'
            | '\u{620}'..='\u{64a}'
            | '\u{e01}'..='\u{e37}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}'
            | '\u{2190}'..='\u{2328}'
            | '\u{2460}'..='\u{2adb}'
            | '\u{3001}'..='\u{3029}'
            | '\u{3041}'..='\u{3096}'
            | '\u{309d}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{ff01}'..='\u{ffef}'
            | '\u{1f300}'..='\u{1faff}'
    )
}

/// Returns the text in normal form C. Linear; most input is borrowed, and ASCII is recognized
/// quickly.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::traps;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_characters_stay() {
        for c in ('\0'..=char::MAX).filter(|&c| is_plain(c)) {
            for text in [
                c.to_string(),
                format!("a{c}"),
                format!("\u{1100}{c}"),
                format!("{c}b"),
            ] {
                assert_eq!(text.nfc().collect::<String>(), text, "{:x}", c as u32);
            }
        }
    }

    proptest! {
        #[test]
        fn is_normal_form_c(text in traps::any_text()) {
            prop_assert_eq!(nfc(&text), text.nfc().collect::<String>());
        }
    }
}
