//! Headers `RateLimit` and `RateLimit-Policy` of the IETF drafts.
//!
//! Two forms are in use: `"default";r=1199;t=1` with policy `"default";q=1200;w=300` (structured
//! fields, draft 8 and later), and `limit=100, remaining=99, reset=5` with policy `100;w=60` (older
//! drafts). Hugging Face puts a quoted comment before the name of the policy.

/// Limit as the two headers state it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stated {
    pub(super) name: Option<String>,
    pub(super) limit: Option<String>,
    pub(super) remaining: Option<String>,
    pub(super) reset: Option<String>,
    pub(super) window: Option<String>,
}

/// Maximum number of limits read from one header.
const MAX_LIMITS: usize = 32;

/// Reads either header.
pub(super) fn read(value: &str) -> Vec<Stated> {
    let mut all: Vec<Stated> = Vec::new();
    for member in split(value, ',').take(MAX_LIMITS) {
        let mut stated = Stated::default();
        for (nth, part) in split(member, ';').enumerate() {
            let part = part.trim();
            match part.split_once('=') {
                Some((key, value)) if !part.starts_with('"') => {
                    let value = Some(value.trim().trim_matches('"').to_owned());
                    match key.trim() {
                        "q" | "limit" => stated.limit = value,
                        "r" | "remaining" => stated.remaining = value,
                        "t" | "reset" => stated.reset = value,
                        "w" | "window" => stated.window = value,
                        _ => {}
                    }
                }
                // The last quoted string is the name, earlier ones are comments.
                _ if part.starts_with('"') => stated.name = name(part.trim_matches('"')),
                // Older policy: the quota comes first.
                _ if nth == 0 && part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() => {
                    stated.limit = Some(part.to_owned());
                }
                _ if nth == 0 => stated.name = name(part),
                _ => {}
            }
        }
        // `limit=100, remaining=99`: members of one limit.
        match all.last_mut() {
            Some(last)
                if stated.name.is_none() && last.name.is_none() && disjoint(last, &stated) =>
            {
                last.limit = last.limit.take().or(stated.limit);
                last.remaining = last.remaining.take().or(stated.remaining);
                last.reset = last.reset.take().or(stated.reset);
                last.window = last.window.take().or(stated.window);
            }
            _ => all.push(stated),
        }
    }
    all
}

/// Returns whether two members have no field in common.
fn disjoint(a: &Stated, b: &Stated) -> bool {
    !(a.limit.is_some() && b.limit.is_some()
        || a.remaining.is_some() && b.remaining.is_some()
        || a.reset.is_some() && b.reset.is_some())
}

/// Returns a name that is safe to show.
fn name(text: &str) -> Option<String> {
    let fit = !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b));
    fit.then(|| text.to_owned())
}

/// Splits a string outside of quotes.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        if c == '"' {
            quoted = !quoted;
        }
        c == at && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let new = read("\"default\";r=1199;t=1");
        assert_eq!(new.len(), 1);
        assert_eq!(new[0].name.as_deref(), Some("default"));
        assert_eq!(new[0].remaining.as_deref(), Some("1199"));
        let commented = read("\"fixed, window\";\"api\";q=500;w=300");
        assert_eq!(commented[0].name.as_deref(), Some("api"));
        assert_eq!(commented[0].limit.as_deref(), Some("500"));
        let old = read("limit=100, remaining=99, reset=5");
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].reset.as_deref(), Some("5"));
        assert_eq!(read("2000;w=1")[0].limit.as_deref(), Some("2000"));
        assert_eq!(read("\"a\";q=1;w=1, \"b\";q=2;w=2").len(), 2);
    }
}
