//! Generator of `data/unicode_classes.txt` from the Unicode tables of the crate `regex`.
//!
//! Shared by the example `make_classes`, which writes the file, and by a test that compares the
//! committed file with the tables of the linked `regex`. tiktoken-rs splits with the same tables,
//! so counts depend on this version of Unicode (16.0), even if a newer one exists.

use regex::Regex;

/// Classes distinguished by the patterns of the encodings, in the order of their numbers in the
/// tables; characters in no class have 0.
const CLASSES: [(&str, &str); 6] = [
    ("upper", r"^[\p{Lu}\p{Lt}]$"),
    ("lower", r"^\p{Ll}$"),
    ("letter", r"^[\p{Lm}\p{Lo}]$"),
    ("mark", r"^\p{M}$"),
    ("number", r"^\p{N}$"),
    ("space", r"^\s$"),
];

/// Further classes, which say something else of a character: each in a list of its own.
const MORE: [(&str, &str); 2] = [("punctuation", r"^[\p{P}\p{S}]$"), ("han", r"^\p{Han}$")];

/// Returns the text of `data/unicode_classes.txt`.
pub(crate) fn unicode_classes() -> Result<String, String> {
    let mut out = String::from(
        "# Classes of characters above ASCII, by the tables of Unicode 16.0; see data/README.md.\n\
         # Made by `cargo run --example make_classes`. First and last code point, class.\n",
    );
    list(&CLASSES, &mut out)?;
    for more in MORE {
        list(&[more], &mut out)?;
    }
    Ok(out)
}

/// Writes the ranges of some classes, by code point.
fn list(classes: &[(&'static str, &str)], out: &mut String) -> Result<(), String> {
    let mut patterns = Vec::new();
    for &(name, pattern) in classes {
        patterns.push((name, Regex::new(pattern).map_err(|e| e.to_string())?));
    }
    let mut run: Option<(u32, u32, &str)> = None;
    let mut write = |run: Option<(u32, u32, &str)>| {
        if let Some((first, last, name)) = run {
            *out += &format!("{first:x} {last:x} {name}\n");
        }
    };
    for c in (0x80..=0x10_ffff).filter_map(char::from_u32) {
        let text = c.encode_utf8(&mut [0; 4]).to_owned();
        let class = patterns
            .iter()
            .find(|(_, pattern)| pattern.is_match(&text))
            .map(|(name, _)| *name);
        match (&mut run, class) {
            (Some((_, last, name)), Some(class)) if *name == class && *last + 1 == c as u32 => {
                *last += 1;
            }
            _ => {
                write(run);
                run = class.map(|class| (c as u32, c as u32, class));
            }
        }
    }
    write(run);
    Ok(())
}
