//! What of the caller's own words may be shown: the one policy behind errors, findings, receipts and reports.
//!
//! A request holds what its users wrote, and anything can end up in the place of a name or an id. So a word of the caller's
//! is repeated only when it looks like a name, an id, or a word of an API, and does not look like a key to an account; of
//! anything else the length is shown.
//!
//! | what | function | shown |
//! |---|---|---|
//! | names of models, hosts, encodings, presets | [`shown_name`] | letters, digits and `-_.:/@~+`, up to 120 bytes |
//! | ids and names of calls, tools and schemas | [`bare_name`], [`quoted_name`] | the same and `#|=`, cut at 64 bytes |
//! | words in the place of an enum's | [`shown_word`] | lower case, or a word of the APIs, up to 64 bytes |
//! | keys of objects in pointers | [`is_shown_field`] | fields of the APIs, and what looks like an id |

mod api;

pub(crate) use api::{is_api_field, is_api_word};

/// The longest id that is shown whole, in bytes.
const MOST_OF_AN_ID: usize = 64;
/// The longest name of a model or a host that is shown, in bytes.
const MOST_OF_A_NAME: usize = 120;
/// The longest word of an enum that is shown, in bytes.
const MOST_OF_A_WORD: usize = 64;

/// How keys to accounts begin: the providers' documents, and the patterns of public secret scanners.
const KEYS: &[&str] = &[
    "sk-",
    "sk_",
    "gsk_",
    "csk-",
    "xai-",
    "pplx-",
    "AIza",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "github_pat_",
    "hf_",
    "r8_",
    "nvapi-",
    "fw_",
    "tgp_",
    "eyJ",
    "Bearer",
];
/// Keys are longer than this; what is shorter and begins so is an id or a name.
const LEAST_OF_A_KEY: usize = 20;

/// Whether a text looks like a key to an account, as a whole or after a separator.
pub(crate) fn looks_like_key(text: &str) -> bool {
    let begins = |part: &str| {
        KEYS.iter().any(|begin| {
            // `sk-` begins nothing else.
            part.starts_with(begin) && (*begin == "sk-" || part.len() >= LEAST_OF_A_KEY)
        })
    };
    begins(text)
        || text
            .char_indices()
            .filter(|(_, c)| !c.is_alphanumeric())
            .any(|(at, c)| begins(&text[at + c.len_utf8()..]))
}

/// What replaces a text that is not shown.
pub(crate) fn a_text_of(bytes: usize) -> String {
    format!("(a text of {bytes} bytes)")
}

fn is_made_of(text: &str, signs: &[u8]) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || signs.contains(&b))
}

/// Whether a name of a model, a host or an encoding looks like one.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MOST_OF_A_NAME
        && is_made_of(name, b"-_.:/@~+")
        && !looks_like_key(name)
}

/// A name that the caller gave, in backticks when it looks like one.
pub(crate) fn shown_name(name: &str) -> String {
    match is_name(name) {
        true => format!("`{name}`"),
        false => a_text_of(name.len()),
    }
}

/// An id or a name of a call, a tool or a schema, cut at 64 bytes, when it looks like one.
pub(crate) fn bare_name(name: &str) -> String {
    match name {
        "" => "(empty)".to_owned(),
        _ if !is_made_of(name, b"-_.:/@~+#|=") || looks_like_key(name) => a_text_of(name.len()),
        _ if name.len() > MOST_OF_AN_ID => format!("{}…", &name[..MOST_OF_AN_ID]),
        _ => name.to_owned(),
    }
}

/// The same in backticks, for a sentence.
pub(crate) fn quoted_name(name: &str) -> String {
    let bare = bare_name(name);
    if bare.starts_with('(') {
        bare
    } else {
        format!("`{bare}`")
    }
}

/// A word in the place of one of an enum, as far as it looks like one: lower-case letters, digits and signs, or a word of
/// the APIs.
pub(crate) fn shown_word(word: &str) -> String {
    let word_like = word.len() <= MOST_OF_A_WORD
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b))
        && !looks_like_key(word);
    // Roles and types of the APIs are shown in other letters too.
    if word_like || is_api_word(&word.to_ascii_lowercase()) {
        word.to_owned()
    } else {
        a_text_of(word.len())
    }
}

/// Whether a key of an object may be in a pointer or a sentence.
pub(crate) fn is_shown_field(name: &str) -> bool {
    is_api_field(name) || bare_name(name) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_cut_and_texts_are_not_shown() {
        assert_eq!(quoted_name("call_1"), "`call_1`");
        assert_eq!(
            quoted_name(&"x".repeat(80)),
            format!("`{}…`", "x".repeat(64))
        );
        assert_eq!(quoted_name("my secret"), "(a text of 9 bytes)");
        assert_eq!(bare_name("größe"), "(a text of 7 bytes)");
        assert_eq!(quoted_name(""), "(empty)");
    }

    #[test]
    fn only_words_of_an_enum_are_repeated() {
        assert_eq!(shown_word("bogus"), "bogus");
        assert_eq!(shown_word("SYSTEM"), "SYSTEM");
        assert_eq!(shown_word(""), "");
        assert_eq!(shown_word("My secret"), "(a text of 9 bytes)");
        assert_eq!(shown_word(&"x".repeat(65)), "(a text of 65 bytes)");
    }

    #[test]
    fn keys_are_never_shown() {
        let long = "a1B2c3D4".repeat(5);
        for begin in KEYS {
            let key = format!("{begin}{long}");
            for text in [key.clone(), format!("call_{key}"), format!("tool:{key}")] {
                assert!(!bare_name(&text).contains("a1B2"), "{text}");
                assert!(!shown_name(&text).contains("a1B2"), "{text}");
                assert!(!is_shown_field(&text), "{text}");
            }
        }
        assert_eq!(shown_word("sk-a1b2c3"), "(a text of 9 bytes)");
        for name in [
            "xai-grok",
            "hf_model",
            "fw_1",
            "task-1",
            "risk-9",
            "gpt-4o",
            "toolu_01ABCDEFGHIJKLMNOPQRST",
        ] {
            assert_eq!(bare_name(name), name);
        }
    }
}
