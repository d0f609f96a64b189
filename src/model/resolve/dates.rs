//! Dates at the end of snapshot names.

/// Returns the name without its trailing date (rule 9), if that can be a day or a month:
///
/// - `-2024-08-06` (OpenAI, Qwen), `-20240806` (Anthropic, OpenRouter);
/// - `-0613`, month and day (early OpenAI, xAI, DeepSeek);
/// - `-2512`, year and month (Mistral), not for OpenAI;
/// - `-001`, a version in three digits (Gemini only).
pub(super) fn without_date(name: &str) -> Option<&str> {
    // Longest first.
    for len in [11, 9, 5, 4] {
        let Some((base, date)) = name
            .len()
            .checked_sub(len)
            .and_then(|at| name.split_at_checked(at))
        else {
            continue;
        };
        if !base.is_empty() && is_dash_date(date.as_bytes(), base) {
            return Some(base);
        }
    }
    None
}

fn is_dash_date(date: &[u8], base: &str) -> bool {
    match *date {
        [b'-', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
        | [b'-', y1, y2, y3, y4, m1, m2, d1, d2] => {
            is_year(&[y1, y2, y3, y4]) && is_day(&[m1, m2, d1, d2])
        }
        [b'-', a, b, c, d] => {
            is_day(&[a, b, c, d])
                || (is_year(&[b'2', b'0', a, b])
                    && is_day(&[c, d, b'0', b'1'])
                    && !begins(base, "gpt-"))
        }
        [b'-', a, b, c] => begins(base, "gemini-") && number(&[a, b, c]).is_some(),
        _ => false,
    }
}

fn begins(name: &str, prefix: &str) -> bool {
    name.as_bytes()
        .get(..prefix.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Years that have language models with dated names. Also rejects `-20480806`.
fn is_year(year: &[u8; 4]) -> bool {
    number(year).is_some_and(|year| (2019..=2039).contains(&year))
}

fn is_day(month_and_day: &[u8; 4]) -> bool {
    let (month, day) = month_and_day.split_at(2);
    let days = match number(month) {
        Some(2) => 29,
        Some(4 | 6 | 9 | 11) => 30,
        Some(1..=12) => 31,
        _ => return false,
    };
    number(day).is_some_and(|day| (1..=days).contains(&day))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |n, d| {
        d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (name, base) in [
            ("gpt-4o-2024-08-06", Some("gpt-4o")),
            ("claude-x-20240229", Some("claude-x")),
            ("gpt-4-0613", Some("gpt-4")),
            ("gpt-4-1301", None),
            ("gpt-4-0230", None),
            ("gpt-4-0431", None),
            ("gpt-4-0000", None),
            ("gpt-4-2512", None),
            ("mistral-large-2512", Some("mistral-large")),
            ("mistral-large-2513", None),
            ("mistral-large-9912", None),
            ("gemini-2.0-flash-001", Some("gemini-2.0-flash")),
            ("text-davinci-001", None),
            ("gpt-4o-2024-13-06", None),
            ("gpt-4o-1999-08-06", None),
            ("gpt-4o_2024-08-06", None),
            ("gpt-4o-2024-8-6", None),
            ("-2024-08-06", None),
            ("-0613", None),
            ("0613", None),
            ("", None),
            // A cut inside a character.
            ("gpt-\u{20ac}613", None),
            ("\u{1f600}-0613", Some("\u{1f600}")),
        ] {
            assert_eq!(without_date(name), base, "{name}");
        }
    }
}
