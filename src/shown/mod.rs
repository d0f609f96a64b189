//! The one policy on showing the caller's words in errors, findings, receipts and reports.
//!
//! A request contains what its users wrote, and any field can hold anything. A word of the caller's
//! is therefore repeated only if it looks like a name, an id or a word of an API, and does not look
//! like a credential; otherwise only its length is shown.
//!
//! | words | function | shown |
//! |---|---|---|
//! | names of models, hosts, encodings, presets | [`shown_name`] | letters, digits and `-_.:/@~+`, up to 120 bytes |
//! | ids and names of calls, tools and schemas | [`bare_name`], [`quoted_name`] | the same and `#|=`, cut at 64 bytes |
//! | values of enums | [`shown_word`] | lower case, or a word of the APIs, up to 64 bytes |
//! | keys of objects in pointers | [`is_shown_field`] | fields of the APIs, and names that look like ids |

mod api;

pub(crate) use api::{is_api_field, is_api_word};

/// Maximum length of an id shown whole, in bytes.
const MAX_ID_BYTES: usize = 64;
/// Maximum length of a model or host name that is shown, in bytes.
const MAX_NAME_BYTES: usize = 120;
/// Maximum length of an enum's word that is shown, in bytes.
const MAX_WORD_BYTES: usize = 64;

/// Prefixes of credentials, from the providers' documents and the patterns of public secret
/// scanners.
const CREDENTIAL_PREFIXES: &[&str] = &[
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
/// Minimum length of a credential in bytes; a shorter string with such a prefix is an id or a name.
const MIN_CREDENTIAL_BYTES: usize = 20;

/// Returns whether a string looks like a credential, as a whole or after a separator.
pub(crate) fn looks_like_key(text: &str) -> bool {
    let begins = |part: &str| {
        CREDENTIAL_PREFIXES.iter().any(|begin| {
            // No other kind of word begins with `sk-`.
            part.starts_with(begin) && (*begin == "sk-" || part.len() >= MIN_CREDENTIAL_BYTES)
        })
    };
    begins(text)
        || text
            .char_indices()
            .filter(|(_, c)| !c.is_alphanumeric())
            .any(|(at, c)| begins(&text[at + c.len_utf8()..]))
}

/// Placeholder for a string that is not shown.
pub(crate) fn hidden_text(bytes: usize) -> String {
    format!("(text of {bytes} bytes)")
}

fn is_made_of(text: &str, signs: &[u8]) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || signs.contains(&b))
}

/// Returns whether the name of a model, host or encoding looks like one.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && is_made_of(name, b"-_.:/@~+")
        && !looks_like_key(name)
}

/// Shows a name that the caller gave, in backticks, if it looks like one.
pub(crate) fn shown_name(name: &str) -> String {
    match is_name(name) {
        true => format!("`{name}`"),
        false => hidden_text(name.len()),
    }
}

/// Shows an id or a name of a call, tool or schema, cut at 64 bytes, if it looks like one.
pub(crate) fn bare_name(name: &str) -> String {
    match name {
        "" => "(empty)".to_owned(),
        _ if !is_made_of(name, b"-_.:/@~+#|=") || looks_like_key(name) => hidden_text(name.len()),
        _ if name.len() > MAX_ID_BYTES => format!("{}…", &name[..MAX_ID_BYTES]),
        _ => name.to_owned(),
    }
}

/// Shows [`bare_name`] in backticks, for a sentence.
pub(crate) fn quoted_name(name: &str) -> String {
    let bare = bare_name(name);
    if bare.starts_with('(') {
        bare
    } else {
        format!("`{bare}`")
    }
}

/// Shows the value of an enum if it looks like one: lower-case letters, digits and signs, or a word
/// of the APIs.
pub(crate) fn shown_word(word: &str) -> String {
    let word_like = word.len() <= MAX_WORD_BYTES
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b))
        && !looks_like_key(word);
    // Roles and types of the APIs are shown in any case.
    if word_like || is_api_word(&word.to_ascii_lowercase()) {
        word.to_owned()
    } else {
        hidden_text(word.len())
    }
}

/// Returns whether a key of an object may appear in a pointer or a sentence.
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
        assert_eq!(quoted_name("my secret"), "(text of 9 bytes)");
        assert_eq!(bare_name("größe"), "(text of 7 bytes)");
        assert_eq!(quoted_name(""), "(empty)");
    }

    #[test]
    fn only_words_of_an_enum_are_repeated() {
        assert_eq!(shown_word("bogus"), "bogus");
        assert_eq!(shown_word("SYSTEM"), "SYSTEM");
        assert_eq!(shown_word(""), "");
        assert_eq!(shown_word("My secret"), "(text of 9 bytes)");
        assert_eq!(shown_word(&"x".repeat(65)), "(text of 65 bytes)");
    }

    #[test]
    fn keys_are_never_shown() {
        let long = "a1B2c3D4".repeat(5);
        for begin in CREDENTIAL_PREFIXES {
            let key = format!("{begin}{long}");
            for text in [key.clone(), format!("call_{key}"), format!("tool:{key}")] {
                assert!(!bare_name(&text).contains("a1B2"), "{text}");
                assert!(!shown_name(&text).contains("a1B2"), "{text}");
                assert!(!is_shown_field(&text), "{text}");
            }
        }
        assert_eq!(shown_word("sk-a1b2c3"), "(text of 9 bytes)");
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
