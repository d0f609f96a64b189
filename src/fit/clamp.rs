//! Lowers the output limit of a request instead of cutting its history.

use super::counter::{MessageCounter, MessageCounts};
use super::outcome::{Decision, edited, made};
use super::write::Written;
use super::{Fitted, Fitter};
use crate::budget::shares_window;
use crate::edit::{Action, Edit};
use crate::error::Error;
use crate::fit::base::Base;
use crate::request::{Edits, Request};

/// Reason of the edit.
pub(super) const CLAMP_OUTPUT: &str = "clamp_output";

impl Fitter {
    /// Lowers the output limit to the rest of the window after the input; `None` if the result
    /// would be too small to be useful, or would not make the request fit.
    pub(super) fn clamped<'r>(
        &self,
        request: &'r Request<'r>,
        counter: &dyn MessageCounter,
        counts: &MessageCounts,
    ) -> Result<Option<Fitted<'r>>, Error> {
        let (Some(least), None, None) =
            (self.least_output, &self.counter, self.budget.own_reserve())
        else {
            return Ok(None);
        };
        let Some((value, pointer)) = request.output_limit_value() else {
            return Ok(None);
        };
        let model = self.budget.model().filter(|model| shares_window(model));
        let window = model.and_then(|model| model.context_window());
        let (Some(window), Some(asked)) = (window, request.max_output_tokens()) else {
            return Ok(None);
        };
        let before = counts.size();
        let taken = self
            .high
            .limit_for(before)
            .saturating_add(self.budget.margin_tokens());
        let left = window.saturating_sub(taken).min(asked);
        // The other limits stay: an input that is over one of them is trimmed.
        let unreserved = self.budget.clone().reserve_output(0).max_input(request)?;
        let is_enough = unreserved.is_none_or(|limit| self.high.limit_for(before) <= limit);
        if left < least.max(1) || left >= asked || !is_enough {
            return Ok(None);
        }
        let mut json = Edits::default();
        let number = left.to_string();
        let edit = Edit::at(
            Action::ClampedSetting,
            pointer,
            CLAMP_OUTPUT,
            (value.raw().len(), number.len()),
        );
        json.replace(value, number);
        let written = Written {
            text: json.apply(request.text()),
            origins: (0..request.messages().len()).map(|at| (at, true)).collect(),
        };
        let made = made(written, request, counter, counts)?;
        let marks = self.marks(&made.request)?;
        if made.counts.size() > marks.high {
            return Ok(None);
        }
        let Ok(report) = self.checked(&made) else {
            return Ok(None);
        };
        let decision = Decision {
            edits: vec![edit],
            model: None,
            cache: None,
            marks,
            before,
            likely: counts.total().tokens(),
            passed_over: Vec::new(),
        };
        Ok(Some(edited(
            request,
            Base::Original(request),
            decision,
            made,
            report,
        )))
    }
}
