//! The remedies that the library cannot name: which option of the command does it.

use tokenfit::fit::{CannotFit, Suggestion};
use tokenfit::{Error, ErrorKind};

/// The ways out when a model is not known.
pub(crate) const UNKNOWN_MODEL: &str = "use --model NAME to take the request as another model's, --alias NAME=MODEL for a \
     deployment, or --models FILE with its limits: {\"id\": \"NAME\", \"context_window\": 128000}; `tokenfit models WORD` \
     searches";

/// The ways out when no model is named.
pub(crate) const MISSING_MODEL: &str = "set `model` in the request, or use --model NAME (--default-model NAME for requests that name none)";

/// An error with what to type.
pub(crate) fn message_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::MissingModel => format!("the request names no model; {MISSING_MODEL}"),
        ErrorKind::UnknownModel => format!("{error} Or {UNKNOWN_MODEL}"),
        ErrorKind::InvalidPlan => format!("{error}: `tokenfit fit --plan --json`"),
        _ => error.to_string(),
    }
}

/// The options that do what would make a request fit.
pub(crate) fn options_for(cannot_fit: &CannotFit) -> Vec<&'static str> {
    let mut options = Vec::new();
    for suggestion in &cannot_fit.suggestions {
        match suggestion {
            Suggestion::LargerModel { .. } => {
                options.push("--fallback MODEL sends it to a larger model")
            }
            Suggestion::ReserveLess { .. } => options.push(
                "--clamp-output lowers the output limit, --reserve-output N keeps another reserve",
            ),
            Suggestion::KeepLess { .. } => options.push("--keep pins messages: name fewer"),
            Suggestion::ShortenMessage { .. } => {
                options.push("--strategy shorten:N:open_round,drop_oldest or --preset agent cuts what tools answered last");
                options.push(
                    "--keep no_last_user --strategy limit:N, or --preset truncate_to_limit, cuts the last user message",
                );
            }
            _ => {}
        }
    }
    options
}
