//! Preparation of a request: whether it must be trimmed, and the request to trim.

use super::base::Base;
use std::sync::Arc;

use super::counter::{MessageCounter, MessageCounts, size_of};
use super::outcome::{Decision, Outcome, checked, edited, is_refused, made, unchanged};
use super::replay::Marks;
use super::state::{History, State};
use super::{Fitted, Fitter, thinking, write};
use crate::check::CheckReport;
use crate::edit::{Action, PassedOver};
use crate::error::{Error, Inner};
use crate::request::{Groups, Request};

/// Whether a request is done or must be trimmed.
pub(super) enum Opened<'r> {
    Done(Fitted<'r>),
    Work(Work<'r>),
}

/// A request that is too large, with its counts.
pub(super) struct Work<'r> {
    pub(super) base: Base<'r>,
    pub(super) counter: Arc<dyn MessageCounter>,
    pub(super) counts: MessageCounts,
    pub(super) marks: Marks,
    /// Size of the original request.
    pub(super) before: u64,
    /// Likely size.
    pub(super) likely: u64,
    /// Fallback models that do not accept it unchanged.
    pub(super) passed_over: Vec<PassedOver>,
}

impl Work<'_> {
    /// Returns the size of each message.
    pub(super) fn sizes(&self) -> Vec<u64> {
        self.counts
            .messages
            .iter()
            .map(|&count| size_of(count))
            .collect()
    }
}

/// A summary that was accepted.
pub(super) struct Summary {
    pub(super) covers: Vec<usize>,
    pub(super) replaces: Vec<usize>,
    /// Message of the summary, as JSON in the request's format.
    pub(super) message: String,
    pub(super) tokens: u64,
    /// Number of strategies before it.
    pub(super) at: usize,
}

impl Fitter {
    pub(super) fn fit_counted<'r>(
        &self,
        request: &'r Request<'_>,
        counts: Option<&MessageCounts>,
    ) -> Result<Fitted<'r>, Error> {
        let fitter = self.for_request(request);
        match fitter.open(request, counts)? {
            Opened::Done(fitted) => Ok(fitted),
            Opened::Work(work) => fitter.finish(request, work, None),
        }
    }

    /// Determines whether a request must be trimmed.
    pub(super) fn open<'r>(
        &self,
        request: &'r Request<'_>,
        counts: Option<&MessageCounts>,
    ) -> Result<Opened<'r>, Error> {
        if !request.format().wire().has_history {
            return Err(Inner::NoHistory {
                format: request.format().as_str(),
            }
            .into());
        }
        // Checked first, because an unknown model is a clearer error than a missing limit.
        let counter = self.counter_for(request)?;
        let marks = self.marks(request)?;
        if let (None, None, Some(model)) = (counts, &self.counter, self.budget.model())
            && model.bounds(request).most() <= marks.high
        {
            let report = self.budget.check(request);
            return match self.passes(&report) {
                true => Ok(Opened::Done(unchanged(request, marks, None, report))),
                false => self
                    .repaired(request, counter, None, marks)
                    .map(Opened::Done),
            };
        }
        let counts = match counts {
            Some(counts) => counts.clone(),
            None => counter.count_messages(request),
        };
        let before = counts.size();
        if before <= marks.high {
            let report = self.budget.check_knowing(request, counts.total());
            return match self.passes(&report) {
                true => Ok(Opened::Done(unchanged(
                    request,
                    marks,
                    Some(&counts),
                    report,
                ))),
                false => self
                    .repaired(request, counter, Some(counts), marks)
                    .map(Opened::Done),
            };
        }
        if let Some(fitted) = self.clamped(request, &*counter, &counts)? {
            return Ok(Opened::Done(fitted));
        }
        let likely = counts.total().tokens();
        let mut passed_over = Vec::new();
        if let Some(fitted) = self.fall_back(request, before, likely, &mut passed_over)? {
            return Ok(Opened::Done(fitted));
        }
        let base = self.base(request, true)?;
        let counts = match &base {
            Base::Repaired(repaired) => counter.count_messages(&repaired.request),
            Base::Original(_) => counts,
        };
        Ok(Opened::Work(Work {
            base,
            counter,
            counts,
            marks,
            before,
            likely,
            passed_over,
        }))
    }

    /// Whether a request with this report may be sent.
    fn passes(&self, report: &CheckReport) -> bool {
        self.sends_refused || !report.findings().iter().any(is_refused)
    }

    /// Repairs a request that fits and is refused; an error if it still is.
    fn repaired<'r>(
        &self,
        request: &'r Request<'_>,
        counter: Arc<dyn MessageCounter>,
        counts: Option<MessageCounts>,
        marks: Marks,
    ) -> Result<Fitted<'r>, Error> {
        let counts = counts.unwrap_or_else(|| counter.count_messages(request));
        let (before, likely) = (counts.size(), counts.total().tokens());
        let base = self.base(request, true)?;
        let counts = match &base {
            Base::Repaired(repaired) => counter.count_messages(&repaired.request),
            Base::Original(_) => counts,
        };
        let work = Work {
            base,
            counter,
            counts,
            marks,
            before,
            likely,
            passed_over: Vec::new(),
        };
        self.finish(request, work, None)
    }

    /// Returns the first fallback that accepts the request unchanged.
    fn fall_back<'r>(
        &self,
        request: &'r Request<'_>,
        before: u64,
        likely: u64,
        passed_over: &mut Vec<PassedOver>,
    ) -> Result<Option<Fitted<'r>>, Error> {
        for model in &self.fallbacks {
            let mut pass_over =
                |reason: &str| passed_over.push(PassedOver::new(model.name(), reason));
            if model.is_shut_down(self.budget.day()) {
                pass_over("shut_down");
                continue;
            }
            let budget = self.budget.for_model(model);
            let Ok(Some(limit)) = budget.max_input(request) else {
                pass_over("too_large");
                continue;
            };
            let marks = self.marks_of(limit);
            let counter = self.counter_of(model);
            let groups = request.groups();
            let counts = counter.count_messages(request);
            let history = History::new(request, &groups, &*counter, &self.keep, &counts);
            let mut state = State::new(&history);
            for _ in 0..groups.len() {
                state.push_group();
            }
            if thinking::is_bound(Some(model), request) {
                thinking::unbind(&history, &mut state, true);
            }
            if state.total > marks.high {
                pass_over("too_large");
                continue;
            }
            let edits = self.planned(&history, &state);
            let plain: Vec<&Action> = edits.iter().map(|planned| &planned.action).collect();
            let written = write::write(request, &groups, &plain, Some(model.name()), None);
            let made = made(written, request, &*counter, &counts)?;
            let report = match checked(&budget, &made) {
                Ok(report) => report,
                Err(error) => {
                    let code = error.refused_for().first().map(|(code, _)| *code);
                    pass_over(code.unwrap_or("refused"));
                    continue;
                }
            };
            let decision = Decision {
                edits,
                model: Some(model.name().to_owned()),
                cache: None,
                marks,
                before,
                likely,
                passed_over: std::mem::take(passed_over),
            };
            let base = Base::Original(request);
            return Ok(Some(edited(request, base, decision, made, report)));
        }
        Ok(None)
    }

    /// Returns the request to fit, repaired if its provider would refuse it.
    pub(super) fn base<'r>(
        &self,
        request: &'r Request<'_>,
        repairs: bool,
    ) -> Result<Base<'r>, Error> {
        let Some(policy) = self.repairs.as_ref().filter(|_| repairs) else {
            return Ok(Base::Original(request));
        };
        Ok(match self.budget.repair_if_needed(request, policy)? {
            Some(repaired) => Base::Repaired(Box::new(repaired)),
            None => Base::Original(request),
        })
    }

    /// Makes the request smaller, with or without a summary.
    pub(super) fn finish<'r>(
        &self,
        request: &'r Request<'_>,
        work: Work<'r>,
        summary: Option<Summary>,
    ) -> Result<Fitted<'r>, Error> {
        let groups = work.base.request().groups();
        let history = self.history(&work, &groups);
        let (edits, made) = self.decide(&history, &work, summary.as_ref())?;
        let report = self.checked(&made)?;
        // Above the high-water mark and within the limit, but everything is protected.
        if edits.is_empty() && !work.base.is_repaired() {
            let counts = Some(&work.counts);
            return Ok(unchanged(request, work.marks, counts, report));
        }
        let cache = self.cache_cost(&history, &edits, &made);
        let edits = match &work.base {
            Base::Original(_) => edits,
            Base::Repaired(repaired) => repaired.original_places(edits),
        };
        let decision = Decision {
            cache,
            edits,
            model: None,
            marks: work.marks,
            before: work.before,
            likely: work.likely,
            passed_over: work.passed_over.clone(),
        };
        drop(history);
        Ok(edited(request, work.base, decision, made, report))
    }

    /// Checks the result; an error if it is refused, unless such requests are sent.
    pub(super) fn checked(&self, made: &Outcome) -> Result<CheckReport, Error> {
        match self.sends_refused {
            true => Ok(self
                .budget
                .check_knowing(&made.request, made.counts.total())),
            false => checked(&self.budget, made),
        }
    }

    /// Returns the history of the request to fit.
    pub(super) fn history<'d>(&'d self, work: &'d Work<'_>, groups: &'d Groups) -> History<'d> {
        let request = work.base.request();
        History::new(request, groups, &*work.counter, &self.keep, &work.counts)
    }
}
