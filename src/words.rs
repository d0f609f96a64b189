//! Formatting of numbers and lists for people. `shown/` decides which names may be shown.

/// Formats a number with thousands separators: `128,000`.
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

/// Formats a number of things: `1 message`, `2,000 messages`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {thing}{many}", grouped(number))
}

/// Formats a list of quoted words: `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
pub(crate) fn listed(words: &[&str], and: &str) -> String {
    match words {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [one, two] => format!("'{one}' {and} '{two}'"),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|word| format!("'{word}'")).collect();
            format!("{}, {and} '{last}'", rest.join(", "))
        }
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
    fn words_are_listed_as_providers_do() {
        for (words, and, text) in [
            (&["auto", "disabled"][..], "and", "'auto' and 'disabled'"),
            (
                &["low", "medium", "high"],
                "or",
                "'low', 'medium', or 'high'",
            ),
            (&["one"], "or", "'one'"),
        ] {
            assert_eq!(listed(words, and), text);
        }
    }
}
