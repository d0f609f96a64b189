//! Plans: made without being applied, and applied later.

use std::sync::Arc;

use super::clamp::CLAMP_OUTPUT;
use super::counter::MessageCounter;
use super::outcome::{Decision, checked, edited, made, unchanged};
use super::plan::{Plan, Shape};
use super::replay::Marks;
use super::{Fitted, Fitter, write};
use crate::budget::Budget;
use crate::edit::{Action, Edit, Receipt};
use crate::error::{Error, Inner};
use crate::model::Model;
use crate::request::{Groups, Request};

impl Fitter {
    /// Plans the edits for a request without making them. The plan is tried out, so the request it
    /// leads to fits and passes the check.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// See [`Plan`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let fitter = Preset::SlidingWindow.fitter(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(15));
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// let plan = fitter.plan(&request)?;
    /// assert_eq!((plan.tokens_before, plan.tokens_after, plan.edits.len()), (20, 9, 2));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn plan(&self, request: &Request<'_>) -> Result<Plan, Error> {
        let fitted = self.fit(request)?;
        let receipt = self.receipt(request, &fitted)?;
        Ok(Plan {
            edits: receipt.edits,
            model: receipt.model,
            limit: receipt.limit.unwrap_or_default(),
            high_water: receipt.high_water.unwrap_or_default(),
            low_water: receipt.low_water.unwrap_or_default(),
            likely_before: receipt.likely_before,
            likely_after: receipt.likely_after,
            tokens_before: receipt.tokens_before.unwrap_or_default(),
            tokens_after: receipt.tokens_after.unwrap_or_default(),
            cache: receipt.cache,
            shape: Shape::of(request),
        })
    }

    /// Returns the receipt of a fit, including one that left the request unchanged; the request is
    /// counted for it if necessary.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit); none for a request that this fitter has fitted.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let models = Models::builtin();
    /// let fitter = Preset::Agent.fitter(Budget::new(&models.get("gpt-4o")?));
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let fitted = fitter.fit(&request)?;
    /// let receipt = fitter.receipt(&request, &fitted)?;
    /// assert!(fitted.is_unchanged() && receipt.edits.is_empty());
    /// assert_eq!((receipt.tokens_after, receipt.limit), (Some(8), Some(128_000)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipt(&self, request: &Request<'_>, fitted: &Fitted<'_>) -> Result<Receipt, Error> {
        let receipt = fitted.receipt();
        if receipt.tokens_before.is_some() {
            return Ok(receipt.clone());
        }
        let fitter = self.for_request(request);
        let counts = fitter.counter_for(request)?.count_messages(request);
        let (tokens, likely) = (counts.size(), counts.total().tokens());
        let likely = (likely != tokens).then_some(likely);
        Ok(Receipt {
            likely_before: likely,
            likely_after: likely,
            unbounded: counts.unbounded(),
            tokens_before: Some(tokens),
            tokens_after: Some(tokens),
            ..receipt.clone()
        })
    }

    /// Applies a plan, then counts and checks the result.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`](crate::ErrorKind::InvalidPlan) if the plan is for another
    /// request, contains an edit that is not possible, or leaves more than the limit; otherwise the
    /// errors of [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let fitter = Preset::SlidingWindow.fitter(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(15));
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// let plan = fitter.plan(&request)?;                      // show it, store it
    /// let fitted = fitter.apply(&request, &plan)?;
    /// assert_eq!(fitted.receipt().tokens_after, Some(plan.tokens_after));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn apply<'r>(&self, request: &'r Request<'_>, plan: &Plan) -> Result<Fitted<'r>, Error> {
        if plan.shape != Shape::of(request) {
            return Err(Inner::Plan {
                what: "the plan is for another request".to_owned(),
            }
            .into());
        }
        if plan.edits.iter().any(|edit| edit.reason == CLAMP_OUTPUT) {
            let counter = self.counter_for(request)?;
            let counts = counter.count_messages(request);
            return self.clamped(request, &*counter, &counts)?.ok_or_else(|| {
                Inner::Plan {
                    what: "the plan lowers an output limit, which this fitter does not do"
                        .to_owned(),
                }
                .into()
            });
        }
        let (repairs, fits): (Vec<Edit>, Vec<Edit>) = plan
            .edits
            .iter()
            .cloned()
            .partition(|edit| edit.action.is_repair());
        let fitter = self.for_request(request);
        let base = fitter.base(request, !repairs.is_empty())?;
        let groups = base.request().groups();
        valid(base.request(), &groups, &fits)?;
        let counter = fitter.counter_of_plan(request, plan)?;
        let counts = counter.count_messages(base.request());
        let before = if base.is_repaired() {
            counter.count_messages(request).size()
        } else {
            counts.size()
        };
        // The fitter's limit applies, because a plan can come from anywhere.
        let budget = fitter.budget_of_plan(plan)?;
        let limit = budget.max_input(request)?.unwrap_or(plan.limit);
        let actions: Vec<&Action> = fits.iter().map(|edit| &edit.action).collect();
        let written = write::write(
            base.request(),
            &groups,
            &actions,
            plan.model.as_deref(),
            None,
        );
        let made = made(written, base.request(), &*counter, &counts)?;
        if made.counts.size() > limit {
            return Err(Inner::Plan {
                what: format!(
                    "the request after the plan has {} tokens, more than the limit of {limit}",
                    made.counts.size(),
                ),
            }
            .into());
        }
        let report = match self.sends_refused {
            true => budget.check_knowing(&made.request, made.counts.total()),
            false => checked(&budget, &made)?,
        };
        if plan.is_empty() {
            let marks = fitter.marks(request)?;
            return Ok(unchanged(request, marks, Some(&counts), report));
        }
        let decision = Decision {
            edits: fits,
            model: plan.model.clone(),
            cache: plan.cache.clone(),
            marks: Marks {
                limit,
                high: plan.high_water,
                low: plan.low_water,
            },
            before,
            likely: counts.total().tokens(),
            passed_over: Vec::new(),
        };
        Ok(edited(request, base, decision, made, report))
    }

    fn counter_of_plan(
        &self,
        request: &Request<'_>,
        plan: &Plan,
    ) -> Result<Arc<dyn MessageCounter>, Error> {
        match self.fallback_of(plan)? {
            Some(model) => Ok(self.counter_of(model)),
            None => self.counter_for(request),
        }
    }

    fn budget_of_plan(&self, plan: &Plan) -> Result<Budget, Error> {
        Ok(match self.fallback_of(plan)? {
            Some(model) => self.budget.for_model(model),
            None => self.budget.clone(),
        })
    }

    fn fallback_of(&self, plan: &Plan) -> Result<Option<&Model>, Error> {
        let Some(name) = &plan.model else {
            return Ok(None);
        };
        match self.fallbacks.iter().find(|model| model.name() == name) {
            Some(model) => Ok(Some(model)),
            None => Err(Inner::Plan {
                what: "the plan is for a model that is not a fallback of the fitter".to_owned(),
            }
            .into()),
        }
    }
}

/// Whether a plan only edits what the request contains.
fn valid(request: &Request<'_>, groups: &Groups, edits: &[Edit]) -> Result<(), Error> {
    for (nth, edit) in edits.iter().enumerate() {
        let there = match &edit.action {
            Action::DroppedGroup { group } => group.get() < groups.len(),
            action => action
                .message()
                .filter(|&message| message < request.messages().len())
                .is_some_and(|message| write::is_possible(&request.message(message), action)),
        };
        if !there {
            return Err(Inner::Plan {
                what: format!("the place of the plan's edit {nth} is not in the request"),
            }
            .into());
        }
    }
    Ok(())
}
