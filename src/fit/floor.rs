//! The error for a request that is too large even after all possible edits.

use super::counter::size_of;
use super::outcome::Outcome;
use super::state::History;
use super::{Fitter, kept};
use crate::budget::Fits;
use crate::error::{CannotFit, PassedOver, RequiredPart, Suggestion};
use crate::model::Model;
use crate::request::Request;

/// Maximum number of messages that an error lists.
const LARGEST: usize = 5;

/// Maximum number of suggested models, and of models that are tried.
const SUGGESTED: usize = 3;
const CANDIDATES: usize = 24;

impl Fitter {
    pub(super) fn cannot_fit(
        &self,
        history: &History<'_>,
        made: &Outcome,
        limit: u64,
        passed_over: &[PassedOver],
    ) -> CannotFit {
        let floor = made.counts.size();
        let sizes = made.counts.messages.iter().map(|&count| size_of(count));
        let mut left: Vec<(Option<usize>, u64)> = made
            .origins
            .iter()
            .map(|&(message, _)| Some(message))
            .zip(sizes)
            .collect();
        let message = |message: usize| history.request.message(message);
        let pins = left
            .iter()
            .filter(|(of, _)| of.is_some_and(|of| self.keep.pins_message(&message(of))));
        let pinned = pins.map(|(_, tokens)| tokens).sum();
        let around = size_of(made.counts.around);
        left.push((None, around));
        left.sort_by_key(|(_, tokens)| std::cmp::Reverse(*tokens));
        left.truncate(LARGEST);
        let largest: Vec<RequiredPart> = left
            .into_iter()
            .map(|(of, tokens)| RequiredPart {
                pointer: of.map_or(String::new(), |of| message(of).pointer()),
                kind: of.map_or("around", |of| message(of).role().as_str()),
                tokens,
                kept_by: of.and_then(|of| kept::rule(history, of)),
            })
            .collect();
        let over = floor.saturating_sub(limit);
        let mut suggestions = Vec::new();
        if self.counter.is_none() {
            suggestions.extend(self.larger_models(&made.request, floor));
        }
        let reserve = self.budget.reserve_for(history.request);
        if reserve >= over && self.budget.window_binds(history.request) {
            suggestions.push(Suggestion::ReserveLess { tokens: over });
        }
        if around >= over && history.request.tools().len() > 0 {
            suggestions.push(Suggestion::ShrinkTools { tokens: around });
        }
        if pinned > 0 {
            suggestions.push(Suggestion::KeepLess { tokens: pinned });
        }
        if let Some(held) = largest
            .iter()
            .find(|held| !held.pointer.is_empty() && held.tokens > over)
        {
            suggestions.push(Suggestion::ShortenMessage {
                pointer: held.pointer.clone(),
                tokens: over,
            });
        }
        CannotFit {
            floor,
            budget: limit,
            largest,
            pinned,
            suggestions,
            passed_over: passed_over.to_vec(),
        }
    }

    /// Suggests models of the same provider that accept the required parts, if the model is the
    /// limit: each one is checked. Models with the same billing rules come first, then by window
    /// size, smallest first.
    fn larger_models(&self, request: &Request<'_>, floor: u64) -> Option<Suggestion> {
        let own = self
            .budget
            .model()
            .filter(|_| self.budget.model_binds(request))?;
        let mut larger: Vec<(bool, u64, Model)> = self
            .budget
            .models()
            .iter()
            .filter(|model| {
                model.provider() == own.provider()
                    && model.kind() == own.kind()
                    && !model.is_shut_down(self.budget.day())
                    && model.id() != own.id()
            })
            .filter_map(|model| {
                let room = self.budget.for_model(&model).max_input(request).ok()??;
                let is_other = model.billing() != own.billing();
                (room >= floor).then_some((is_other, room, model))
            })
            .collect();
        larger.sort_by(|a, b| (a.0, a.1, a.2.id()).cmp(&(b.0, b.1, b.2.id())));
        let takes = |model: &Model| {
            let report = self.budget.for_model(model).check(request);
            report.is_ok() && report.fits() == Fits::Yes
        };
        let models: Vec<String> = larger
            .into_iter()
            .take(CANDIDATES)
            .filter(|(.., model)| takes(model))
            .map(|(.., model)| model.id().to_owned())
            .take(SUGGESTED)
            .collect();
        (!models.is_empty()).then_some(Suggestion::LargerModel { models })
    }
}
