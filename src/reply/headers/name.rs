//! Grammar of rate-limit header names.
//!
//! Most hosts build their names from the same pieces in different orders; one grammar reads them
//! all. Other names are rows of a table.

/// Quantity that a header states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    Limit,
    Remaining,
    Used,
    Reset,
    /// Length of the window in seconds (Azure).
    Period,
    /// Cost of this request.
    QueryCost,
}

/// Unit and window of a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dimension {
    pub(super) unit: String,
    pub(super) window: Option<String>,
}

/// Header that was recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Of(Dimension, Statement),
    /// `RateLimit` of the IETF draft.
    Draft,
    /// `RateLimit-Policy`.
    Policy,
}

/// Names that follow no grammar. Sources: Cohere and OpenAI documentation, recorded headers.
const FIXED: &[(&str, &str, Option<&str>, Statement)] = &[
    (
        "x-trial-endpoint-call-limit",
        "requests",
        Some("minute"),
        Statement::Limit,
    ),
    (
        "x-trial-endpoint-call-remaining",
        "requests",
        Some("minute"),
        Statement::Remaining,
    ),
    (
        "x-endpoint-monthly-call-limit",
        "requests",
        Some("month"),
        Statement::Limit,
    ),
    (
        "x-endpoint-monthly-call-remaining",
        "requests",
        Some("month"),
        Statement::Remaining,
    ),
    // Anthropic's endpoint for OpenAI clients: limits without "limit" in the name.
    ("x-ratelimit-requests", "requests", None, Statement::Limit),
    ("x-ratelimit-tokens", "tokens", None, Statement::Limit),
    (
        "x-ratelimit-input-tokens",
        "input_tokens",
        None,
        Statement::Limit,
    ),
    (
        "x-ratelimit-output-tokens",
        "output_tokens",
        None,
        Statement::Limit,
    ),
];

const STATEMENTS: &[(&str, Statement)] = &[
    ("limit", Statement::Limit),
    ("remaining", Statement::Remaining),
    ("reset", Statement::Reset),
    ("used", Statement::Used),
    ("renewalperiod", Statement::Period),
    ("query-cost", Statement::QueryCost),
];

/// Synonyms of units.
const UNITS: &[(&str, &str)] = &[
    ("req", "requests"),
    ("request", "requests"),
    ("token", "tokens"),
    ("tokens_prompt", "input_tokens"),
    ("tokens_generated", "output_tokens"),
];

const WINDOWS: &[&str] = &["second", "minute", "hour", "day", "week", "month"];

/// Maximum length of a name in bytes.
const MAX_BYTES: usize = 96;

/// Reads a name in lower case, without the prefix of a gateway.
pub(super) fn read(name: &str) -> Option<Name> {
    if name.len() > MAX_BYTES {
        return None;
    }
    match name {
        "ratelimit" => return Some(Name::Draft),
        "ratelimit-policy" | "x-ratelimit-policy" => return Some(Name::Policy),
        _ => {}
    }
    if let Some((_, unit, window, statement)) = FIXED.iter().find(|(known, ..)| *known == name) {
        let dimension = Dimension {
            unit: (*unit).to_owned(),
            window: window.map(str::to_owned),
        };
        return Some(Name::Of(dimension, *statement));
    }
    let anthropic = name.strip_prefix("anthropic-");
    let bare = anthropic.or(name.strip_prefix("x-")).unwrap_or(name);
    let (rest, without_unit) = [
        ("ratelimit-", "requests"),
        ("rate-limit-", "requests"),
        // Mistral 2024: tokens of the request, estimated.
        ("ratelimitbysize-", "tokens"),
    ]
    .iter()
    .find_map(|(prefix, unit)| Some((bare.strip_prefix(prefix)?, *unit)))
    .or_else(|| {
        Some((
            bare.strip_prefix("priority-")
                .filter(|_| anthropic.is_some())?,
            "",
        ))
    })?;
    let (dimension, statement) = STATEMENTS.iter().find_map(|&(word, statement)| {
        let around = rest
            .strip_prefix(word)
            .map(|after| (after, after.strip_prefix('-')))
            .or_else(|| {
                rest.strip_suffix(word)
                    .map(|before| (before, before.strip_suffix('-')))
            });
        match around {
            Some(("", _)) => Some(("", statement)),
            Some((_, Some(dimension))) => Some((dimension, statement)),
            _ => None,
        }
    })?;
    let mut dimension = dimension_of(dimension, without_unit)?;
    if bare.starts_with("priority-") {
        dimension.unit.insert_str(0, "priority_");
    }
    Some(Name::Of(dimension, statement))
}

/// Reads `tokens-minute`, `req-60-second`, `project-requests`, `minute`.
fn dimension_of(text: &str, without_unit: &str) -> Option<Dimension> {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if !text.bytes().all(word) {
        return None;
    }
    let mut words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).collect();
    let mut window = None;
    if let Some(last) = words.last().filter(|last| WINDOWS.contains(last)).copied() {
        words.pop();
        let number = words
            .last()
            .filter(|word| word.bytes().all(|b| b.is_ascii_digit()))
            .copied();
        window = Some(match number {
            Some(number) => {
                words.pop();
                format!("{number}_{last}")
            }
            None => last.to_owned(),
        });
    }
    let unit = words.join("_");
    let unit = match UNITS.iter().find(|(other, _)| *other == unit) {
        Some((_, unit)) => (*unit).to_owned(),
        None if unit.is_empty() => without_unit.to_owned(),
        None => unit,
    };
    (!unit.is_empty()).then_some(Dimension { unit, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> Option<(String, Statement)> {
        match read(name)? {
            Name::Of(dimension, statement) => {
                let window = dimension
                    .window
                    .map(|w| format!("/{w}"))
                    .unwrap_or_default();
                Some((format!("{}{window}", dimension.unit), statement))
            }
            _ => None,
        }
    }

    #[test]
    fn one_grammar_reads_the_names() {
        use Statement::*;
        for (name, dimension, statement) in [
            ("x-ratelimit-limit-requests", "requests", Limit),
            (
                "x-ratelimit-remaining-project-requests",
                "project_requests",
                Remaining,
            ),
            (
                "x-ratelimit-reset-tokens-usage-based",
                "tokens_usage_based",
                Reset,
            ),
            (
                "anthropic-ratelimit-input-tokens-remaining",
                "input_tokens",
                Remaining,
            ),
            (
                "anthropic-priority-output-tokens-limit",
                "priority_output_tokens",
                Limit,
            ),
            (
                "x-ratelimit-limit-req-60-second",
                "requests/60_second",
                Limit,
            ),
            (
                "x-ratelimit-audio-seconds-query-cost",
                "audio_seconds",
                QueryCost,
            ),
            (
                "x-ratelimit-limit-tokens-5-minute",
                "tokens/5_minute",
                Limit,
            ),
            ("ratelimitbysize-query-cost", "tokens", QueryCost),
            (
                "x-ratelimitbysize-remaining-month",
                "tokens/month",
                Remaining,
            ),
            ("ratelimit-reset", "requests", Reset),
            ("x-ratelimit-used", "requests", Used),
            ("x-ratelimit-renewalperiod-tokens", "tokens", Period),
        ] {
            assert_eq!(
                shown(name),
                Some((dimension.to_owned(), statement)),
                "{name}"
            );
        }
        for name in [
            "x-ratelimit-key",
            "x-ratelimit",
            "x-ratelimit-abusepenalty-active",
            "date",
            "",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
    }
}
