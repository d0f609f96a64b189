//! Smaller requests after an error that states a limit.

use super::history::Then;
use super::machine::Call;
use crate::reply::ApiError;
use crate::reply::error::{Action, ApiErrorKind};

/// Share of the sent size that is tried when an error states no limit.
const UNSTATED: f64 = 0.8;

/// Maximum share of the sent size that is tried next: a smaller step would be refused again.
const STEP: f64 = 0.97;

impl Call {
    /// Makes the request smaller if that can heal the error and a fit is set. Otherwise nothing is
    /// changed.
    pub(super) fn heal(&mut self, error: &ApiError) -> Option<Then> {
        match error.action() {
            Action::ShrinkInput { to } => self.shrink(error, to),
            Action::LowerOutput { to } => to
                .and_then(|to| self.lower_output(to))
                // The request sets a lower limit, so the input must be smaller.
                .or_else(|| self.shrink(error, Some(error.shrink_input_to()?))),
            // A shorter answer that the credit pays for is only useful if no other target is left.
            Action::AddCredit if !self.has_next() => self.lower_output(error.lower_output_to()?),
            _ => None,
        }
    }

    fn shrink(&mut self, error: &ApiError, to: Option<u64>) -> Option<Then> {
        if !self.may_refit() {
            return None;
        }
        let size = self.size()?;
        let here = size as f64;
        let wanted = match (
            to.filter(|to| *to > 0),
            error.input().filter(|sent| *sent > 0),
        ) {
            // A share of the sent size needs no common unit.
            (Some(to), Some(sent)) => here * (to as f64 / sent as f64),
            // Bytes, characters and items are not tokens.
            (Some(to), None) if error.kind() != ApiErrorKind::RequestTooLarge => to as f64,
            _ => here * UNSTATED,
        };
        let limit = wanted.min(here * STEP) as u64;
        if limit == 0 {
            return None;
        }
        self.limit_input(limit);
        Some(Then::Refit {
            max_input_tokens: limit,
        })
    }

    fn lower_output(&mut self, to: u64) -> Option<Then> {
        if to == 0 || self.asked_output()? <= to {
            return None;
        }
        self.limit_output(to);
        Some(Then::LowerOutput {
            max_output_tokens: to,
        })
    }
}
