//! Remedies that name options of the command, which the library does not know.

use tokenfit::fit::{CannotFit, Suggestion};
use tokenfit::{Error, ErrorKind};

/// Remedies for an unknown model.
pub(crate) const UNKNOWN_MODEL: &str = "use --model NAME to process the request for another \
     model, --alias NAME=MODEL for a deployment, or --models FILE with its limits: {\"id\": \
     \"NAME\", \"context_window\": 128000}; `tokenfit models WORD` searches";

/// Remedies for a request that names no model.
pub(crate) const MISSING_MODEL: &str = "set `model` in the request, or use --model NAME (--default-model NAME for requests that name none)";

/// Formats an error with the options that help.
pub(crate) fn message_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::MissingModel => format!("the request names no model; {MISSING_MODEL}"),
        ErrorKind::UnknownModel => format!("{error} Or {UNKNOWN_MODEL}"),
        ErrorKind::OtherFormat => error.to_string().replace(
            "`Budget::translate`",
            "`tokenfit translate --to MODEL FILE`",
        ),
        ErrorKind::InvalidPlan => format!("{error}: `tokenfit fit --plan --json`"),
        _ => error.to_string(),
    }
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
