//! View of a conversation: how it is fitted, and its pieces.

use std::sync::Arc;

use super::state::{Holds, Piece};
use super::{Conversation, StepOutcome};
use crate::error::{Error, Inner};
use crate::fit::counter::size_of;
use crate::fit::{FitStep, Fitter, SummaryJob};
use crate::request::Request;

/// Maximum number of results in a batch that are counted together. The start of a larger batch is
/// not included: slightly less exact until the next cut.
const MOST_OF_A_ROUND: usize = 64;

impl Conversation {
    /// Fits the view and replaces it by the result.
    pub(super) fn cut_or_ask(&mut self, may_ask: bool) -> Result<StepOutcome, Error> {
        let request = self.request()?;
        let fitter = self.fitter_now(&request);
        let progress = if may_ask {
            fitter.start_in(&request, self.state.health)?
        } else {
            FitStep::Done(fitter.fit(&request)?, self.state.health)
        };
        self.progressed(progress)
    }

    pub(super) fn answered(
        &mut self,
        answer: impl for<'r> FnOnce(&Fitter, &'r Request<'r>, &SummaryJob) -> Result<FitStep<'r>, Error>,
    ) -> Result<StepOutcome, Error> {
        let Some(job) = self.state.pending.clone() else {
            return Err(Inner::Plan {
                what: "no summary is requested".to_owned(),
            }
            .into());
        };
        let request = self.request()?;
        let fitter = self.fitter_now(&request);
        self.state.pending = None;
        match answer(&fitter, &request, &job) {
            Ok(progress) => self.progressed(progress),
            Err(error) => {
                // The summary failed. A request that cannot be made to fit would ask again and
                // again.
                self.state.health.failures = job.health.failures.saturating_add(1);
                Err(error)
            }
        }
    }

    fn progressed(&mut self, progress: FitStep<'_>) -> Result<StepOutcome, Error> {
        match progress {
            FitStep::NeedSummary(job) => {
                self.state.pending = Some((*job).clone());
                Ok(StepOutcome::NeedSummary(job))
            }
            FitStep::Done(fitted, health) => {
                self.state.health = health;
                let Some(edited) = fitted.edited() else {
                    return Ok(StepOutcome::Fits);
                };
                let view = &self.state.view;
                let origins: Vec<Option<usize>> = edited
                    .items_from
                    .iter()
                    .map(|item| {
                        item.and_then(|item| view.get(item))
                            .and_then(|piece| piece.origin)
                    })
                    .collect();
                self.set_view(&edited.request, &origins);
                Ok(StepOutcome::Cut(Box::new(fitted.receipt().clone())))
            }
        }
    }

    /// Returns the fitter for the current view, with its pins, and with a limit in the provider's
    /// counts.
    fn fitter_now(&self, request: &Request<'_>) -> Fitter {
        let outside =
            request.messages().len() - self.state.view.len().min(request.messages().len());
        let pins = self.state.view.iter().enumerate().filter(|(_, piece)| {
            piece
                .origin
                .is_some_and(|origin| self.state.messages[origin].pinned)
        });
        let fitter = self
            .fitter
            .clone()
            .also_keep(|keep| keep.messages(pins.map(|(nth, _)| nth + outside)));
        match self.state.ratio() {
            Some(ratio) => fitter.measured_by(ratio, self.limit),
            None => fitter,
        }
    }

    /// Sets the view to the messages of a request.
    pub(super) fn set_view(&mut self, request: &Request<'_>, origins: &[Option<usize>]) {
        let counts = self.counter.count_messages(request);
        let mut around = size_of(counts.around);
        let items: Vec<Arc<str>> = request
            .list_value()
            .items()
            .map(|item| Arc::from(item.raw()))
            .collect();
        let mut sizes = vec![(0_u64, Holds::Neither); items.len()];
        for (message, &count) in request.messages().zip(&counts.messages) {
            match message.list_index().and_then(|item| sizes.get_mut(item)) {
                Some((size, holds)) => {
                    *size = size.saturating_add(size_of(count));
                    *holds = Holds::of(&message);
                }
                None => around = around.saturating_add(size_of(count)),
            }
        }
        let span = request.list_value().span();
        let text = request.text();
        let state = &mut self.state;
        state.head = Arc::from(&text[..span.start + 1]);
        state.tail = Arc::from(&text[span.end - 1..]);
        state.around = around;
        state.sum = sizes
            .iter()
            .fold(0, |sum: u64, &(size, _)| sum.saturating_add(size));
        state.view = Arc::new(
            items
                .into_iter()
                .zip(sizes)
                .enumerate()
                .map(|(nth, (json, (size, holds)))| Piece {
                    json,
                    size,
                    origin: origins.get(nth).copied().flatten(),
                    holds,
                    round_before: Vec::new(),
                })
                .collect(),
        );
    }

    /// Returns the piece where the open round at the end of the view begins; the end if there is
    /// none.
    pub(super) fn round_from(&self) -> usize {
        let view = &self.state.view;
        let mut from = view.len();
        while from > 0 && view.len() - from < MOST_OF_A_ROUND {
            match view[from - 1].holds {
                Holds::Calls => return from - 1,
                Holds::Results => from -= 1,
                Holds::Neither => break,
            }
        }
        view.len()
    }
}
