//! Remedies that name options of the command, which the library does not know.

use tokenfit::fit::{CannotFit, Suggestion};
use tokenfit::{Error, ErrorKind};

/// Remedies for an unknown model.
pub(crate) const UNKNOWN_MODEL: &str = "use --model NAME to process the request for another \
     model, --alias NAME=MODEL for a deployment, or --models FILE with its limits: {\"id\": \
     \"NAME\", \"context_window\": 128000}; `tokenfit models WORD` searches";

/// Remedies for a request that names no model.
pub(crate) const MISSING_MODEL: &str = "use --model NAME (--default-model NAME for requests that name \
     none), or set `model` if the format has the field";

/// Formats an error with the options that help.
pub(crate) fn message_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::MissingModel => format!("the request names no model; {MISSING_MODEL}"),
        ErrorKind::UnknownModel => unknown_model(&error.to_string()),
        // The first character is not JSON at all.
        ErrorKind::InvalidJson
            if error.column() == Some(1)
                && error.to_string().starts_with("expected a JSON value") =>
        {
            format!("{error}; plain text is counted with `tokenfit count --text`")
        }
        ErrorKind::OtherFormat => error.to_string().replace(
            "`Budget::translate`",
            "`tokenfit translate --to MODEL FILE`",
        ),
        ErrorKind::InvalidPlan => format!("{error}: `tokenfit fit --plan --json`"),
        _ => error.to_string(),
    }
}

/// Adds the options for an unknown model to the message, which ends with a question (`did you mean
/// …?`), with a statement, or with a place.
fn unknown_model(message: &str) -> String {
    let end = if message.ends_with('?') { "" } else { "." };
    let (start, rest) = match message.contains("did you mean") {
        true => ("Or u", &UNKNOWN_MODEL[1..]),
        false => ("U", &UNKNOWN_MODEL[1..]),
    };
    format!("{message}{end} {start}{rest}")
}

/// Returns the options that would help a request to fit.
pub(crate) fn options_for(cannot_fit: &CannotFit) -> Vec<&'static str> {
    let mut options = Vec::new();
    for suggestion in &cannot_fit.suggestions {
        match suggestion {
            Suggestion::LargerModel { .. } => {
                options.push("--fallback MODEL sends it to a larger model")
            }
            Suggestion::ReserveLess { .. } => options.push(
                "--clamp-output lowers the output limit, --reserve-output N sets another reserve",
            ),
            Suggestion::KeepLess { .. } => options.push("--keep pins messages; pin fewer"),
            Suggestion::ShortenMessage { .. } => {
                options.push("--strategy shorten:N:open_round,drop_oldest or --preset agent shortens the latest tool results");
                options.push(
                    "--keep no_last_user --strategy limit:N, or --preset truncate_to_limit, cuts the last user message",
                );
            }
            _ => {}
        }
    }
    options
}
