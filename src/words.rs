//! Numbers, ids and names as people read them: what findings, receipts and reports are written with.

/// The longest id or name that is shown whole, in bytes.
const MOST_OF_A_NAME: usize = 64;

/// A number with its thousands set apart: `128,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of things: `1 message`, `2,000 messages`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {thing}{many}", grouped(number))
}

/// An id or a name of a call, cut at 64 bytes, when it looks like one; its length alone when it does not: ids and names
/// are the caller's own, and someone may have put a text there.
pub(crate) fn bare_name(name: &str) -> String {
    let name_like = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.:/@~+#|=".contains(&b));
    match name {
        "" => "(empty)".to_owned(),
        _ if !name_like => format!("(a text of {} bytes)", name.len()),
        _ if name.len() > MOST_OF_A_NAME => format!("{}…", &name[..MOST_OF_A_NAME]),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_047_576, "1,047,576"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "tool"), "1 tool");
        assert_eq!(counted(1200, "tool"), "1,200 tools");
    }

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
}
