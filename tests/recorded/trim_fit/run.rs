//! A policy, and its result for a case.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use tokenfit::edit::Action;
use tokenfit::fit::{Fitter, MessageCounter, Preset};
use tokenfit::{Budget, Error, ErrorKind, Request};

use super::case::{Case, messages_of};
use super::counters;

/// A rule of another library as our policy.
pub(crate) struct Policy {
    /// The fitter for a limit.
    pub(crate) fitter: Box<dyn Fn(Budget) -> Fitter>,
    pub(crate) counter: Arc<dyn MessageCounter>,
    pub(crate) budget: Budget,
    pub(crate) limit: u64,
    /// The size of the protected parts replaces a smaller limit: for libraries that have no error.
    pub(crate) best_effort: bool,
}

impl Policy {
    /// The strictest fitter: only the rule protects anything, one pass, no more than necessary.
    pub(crate) fn new(
        case: &Case,
        limit: u64,
        rule: impl Fn(Fitter) -> Fitter + 'static,
    ) -> Policy {
        Policy::counting(Arc::from(counters::of_case(case)), limit, rule)
    }

    pub(crate) fn counting(
        counter: Arc<dyn MessageCounter>,
        limit: u64,
        rule: impl Fn(Fitter) -> Fitter + 'static,
    ) -> Policy {
        let shared = Arc::clone(&counter);
        Policy {
            fitter: Box::new(move |budget| {
                rule(
                    Fitter::new(budget)
                        .counting_with(Shared(Arc::clone(&shared)))
                        .also_keep(|keep| {
                            keep.instructions(false)
                                .developer(false)
                                .last_user(false)
                                .open_round(false)
                        })
                        .low_water(1.0)
                        .turn_by_turn(false)
                        .repairing(None),
                )
            }),
            counter,
            budget: Budget::at_most(limit),
            // The smallest possible budget.
            limit: limit.max(1),
            best_effort: false,
        }
    }

    /// A preset with another counter.
    pub(crate) fn preset(preset: Preset, counter: &Arc<dyn MessageCounter>, limit: u64) -> Policy {
        let shared = Arc::clone(counter);
        Policy {
            fitter: Box::new(move |budget| {
                preset
                    .fitter(budget)
                    .counting_with(Shared(Arc::clone(&shared)))
            }),
            counter: Arc::clone(counter),
            budget: Budget::at_most(limit),
            limit,
            best_effort: false,
        }
    }

    pub(crate) fn best_effort(mut self) -> Policy {
        self.best_effort = true;
        self
    }

    pub(crate) fn run(&self, request: &Request<'_>) -> Result<Done, Error> {
        match self.run_at(request, self.limit) {
            Err(error) if self.best_effort && error.kind() == ErrorKind::CannotFit => {
                let floor = error.cannot_fit().unwrap().floor;
                let mut done = self.run_at(request, floor)?;
                done.fits = false;
                Ok(done)
            }
            other => other,
        }
    }

    fn run_at(&self, request: &Request<'_>, limit: u64) -> Result<Done, Error> {
        let fitter = (self.fitter)(self.budget.clone().limit_input(limit));
        // The peers return what fits without a check.
        let fits = self.counter.count_messages(request).size() <= limit;
        let (fitted, is_refused) = match fitter.fit(request) {
            Err(error) if fits && error.kind() == ErrorKind::Refused => {
                (fitter.send_refused(true).fit(request)?, true)
            }
            other => (other?, false),
        };
        let after = fitted.request();
        let value: Value = serde_json::from_slice(after.as_bytes()).unwrap();
        let groups = request.groups();
        let mut gone: BTreeSet<usize> = BTreeSet::new();
        let mut turns = BTreeSet::new();
        let mut unthought = BTreeSet::new();
        let receipt = fitted.receipt();
        for planned in receipt {
            match &planned.action {
                Action::DroppedGroup { group } => {
                    let group = groups.get(*group).unwrap();
                    gone.extend(group.messages());
                    turns.insert(group.turn());
                }
                Action::DroppedReasoning { message, .. } => {
                    unthought.insert(*message);
                }
                _ => {}
            }
        }
        let size = |request: &Request<'_>| self.counter.count_messages(request).size();
        if !fitted.is_unchanged() {
            assert_eq!(receipt.tokens_after, Some(size(after)));
        }
        Ok(Done {
            messages: messages_of(&value),
            kept: (0..request.messages().len())
                .filter(|index| !gone.contains(index))
                .collect(),
            changed: after.as_bytes() != request.as_bytes(),
            before: size(request),
            after: size(after),
            dropped_turns: turns.len() as u64,
            thinking_removed_from: unthought.len() as u64,
            fits: true,
            repaired: receipt.has_repairs(),
            is_refused,
            bytes: after.to_bytes(),
        })
    }
}

/// The result.
pub(crate) struct Done {
    pub(crate) messages: Vec<Value>,
    pub(crate) kept: Vec<usize>,
    pub(crate) changed: bool,
    pub(crate) before: u64,
    pub(crate) after: u64,
    pub(crate) dropped_turns: u64,
    pub(crate) thinking_removed_from: u64,
    pub(crate) fits: bool,
    /// Whether the history was repaired first.
    pub(crate) repaired: bool,
    /// Whether only `send_refused` returns the request, which fits.
    pub(crate) is_refused: bool,
    pub(crate) bytes: Vec<u8>,
}

/// A counter that several fitters share.
struct Shared(Arc<dyn MessageCounter>);

impl MessageCounter for Shared {
    fn count_messages(&self, request: &Request<'_>) -> tokenfit::fit::MessageCounts {
        self.0.count_messages(request)
    }
    fn count_text(&self, text: &str) -> u64 {
        self.0.count_text(text)
    }
    fn keep_first(&self, text: &str, most: u64) -> usize {
        self.0.keep_first(text, most)
    }
    fn keep_last(&self, text: &str, most: u64) -> usize {
        self.0.keep_last(text, most)
    }
}
