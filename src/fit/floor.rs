//! The error for a request that is too large even after all possible edits.

use super::Fitter;
use super::counter::size_of;
use super::outcome::Outcome;
use super::state::History;
use crate::budget::Fits;
use crate::error::{CannotFit, RequiredPart, Suggestion};
use crate::model::Model;
use crate::request::Request;

/// Maximum of messages that an error lists.
const LARGEST: usize = 5;

/// Maximum of suggested models, and of models that are tried.
const SUGGESTED: usize = 3;
const CANDIDATES: usize = 24;

impl Fitter {
    pub(super) fn cannot_fit(
        &self,
        history: &History<'_>,
        made: &Outcome,
        limit: u64,
    ) -> CannotFit {
        let floor = made.counts.size();
        let mut largest: Vec<(RequiredPart, bool)> = made
            .origins
            .iter()
            .zip(&made.counts.messages)
            .map(|(&(message, _), &count)| {
                let message = history.request.message(message);
                let held = RequiredPart {
                    pointer: message.pointer(),
                    kind: message.role().as_str(),
                    tokens: size_of(count),
                };
                (held, self.keep.pins_message(&message))
            })
            .collect();
        let pinned = largest
            .iter()
            .filter(|(_, pinned)| *pinned)
            .map(|(held, _)| held.tokens)
            .sum();
        let around = size_of(made.counts.around);
        largest.push((
            RequiredPart {
                pointer: String::new(),
                kind: "around",
                tokens: around,
            },
            false,
        ));
        let mut largest: Vec<RequiredPart> = largest.into_iter().map(|(held, _)| held).collect();
        largest.sort_by_key(|held| std::cmp::Reverse(held.tokens));
        largest.truncate(LARGEST);
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
