//! Strings made of the things tokenizers get wrong, for the property tests (the unit tests and
//! `tests/library/encoding.rs` both include this file).

use proptest::prelude::*;

/// Fragments that are combined in every order: mostly the neighbors decide how a string is split.
pub(crate) const FRAGMENTS: &[&str] = &[
    // Words and cases; U+01C5 is titlecase, U+02B0 a modifier letter, U+017F folds to `s`.
    "a",
    "B",
    "word",
    "Title",
    "UPPER",
    "camelCase",
    "é",
    "ǅ",
    "ʰ",
    "ſ",
    "Жук",
    "ελλ",
    "سلام",
    "नमस्ते",
    "한국어",
    "漢字",
    "ひらカタ",
    "\u{3284e}",
    // Contractions in both cases, and apostrophes that are not contractions.
    "'s",
    "'S",
    "'ll",
    "'LL",
    "'ve",
    "'Re",
    "'ſ",
    "'",
    "I'm",
    "’s",
    // Digits of several kinds.
    "1",
    "12345",
    "²",
    "Ⅷ",
    "٣",
    // White space: ASCII, no-break, ideographic, next line, line separator, and a control that is
    // not white space.
    " ",
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\n\n",
    "\n \n",
    "\r",
    "\u{b}",
    "\u{a0}",
    "\u{3000}",
    "\u{85}",
    "\u{2028}",
    "\u{1c}",
    "\0",
    // Punctuation and its trailing characters.
    ".",
    "...",
    "/",
    "//",
    "\n/",
    ",\"",
    "{\"k\":1}",
    "。",
    "，",
    "、",
    "—",
    "_",
    "<|endoftext|>",
    "<|",
    // Characters that form clusters: marks, joiners, flags, prepended marks, conjuncts, jamo.
    "\u{301}",
    "e\u{301}\u{302}",
    "\u{200d}",
    "\u{fe0f}",
    "\u{600}",
    "\u{d4e}",
    "क्",
    "ष",
    "\u{1100}",
    "\u{1161}",
    "👩\u{200d}👩\u{200d}👧",
    "👍🏽",
    "🇫",
    "🇫🇷",
    "𝔘",
];

/// A string of up to `max` fragments.
pub(crate) fn text(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..=max).prop_map(|parts| parts.concat())
}

/// A string of up to `max` fragments, each possibly repeated many times.
pub(crate) fn runs(max: usize) -> impl Strategy<Value = String> {
    let run = (
        prop::sample::select(FRAGMENTS),
        prop_oneof![4 => 1..4usize, 1 => 4..300usize],
    );
    prop::collection::vec(run, 0..=max).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(fragment, times)| fragment.repeat(times))
            .collect()
    })
}

/// Traps, runs, and any Unicode at all.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![4 => text(40), 2 => runs(8), 1 => any::<String>()]
}
