//! Sketch of a name's letters as bits, to detect in a few instructions that two names differ
//! widely.
//!
//! Shared with `build/registry.rs`, which stores the sketch of each listed name.

/// Computes three bits for each of 42 characters (letters, digits, separators; others share the
/// last): set if the name contains it once, twice, three times or more.
///
/// An insertion or a deletion changes at most one bit, a substitution two, a swap none. So names
/// that are `n` edits apart differ in at most `2 * n` bits.
pub(crate) fn sketch(name: &str) -> u128 {
    let mut bits = 0;
    for character in name.chars() {
        let class = match character.to_ascii_lowercase() {
            letter @ 'a'..='z' => letter as u32 - 'a' as u32,
            digit @ '0'..='9' => 26 + digit as u32 - '0' as u32,
            '-' => 36,
            '.' => 37,
            '/' => 38,
            ':' => 39,
            '_' => 40,
            _ => 41,
        };
        let held = (bits >> (3 * class)) & 0b111;
        // The lowest free bit.
        bits |= ((held << 1 | 1) & 0b111) << (3 * class);
    }
    bits
}
