//! From a request to a summary job, and from its answer to a request that fits.
//!
//! Every function starts from the request again: only the job is stored, by the caller. So a
//! restart loses nothing, and messages that arrived in the meantime are at their place, after those
//! that the summary covers.

use super::SummaryPolicy;
use super::health::SummaryHealth;
use super::job::{self, SummaryJob};
use crate::error::{Error, Inner};
use crate::fit::state::{History, State};
use crate::fit::strategies::coverable;
use crate::fit::work::{Opened, Summary, Work};
use crate::fit::{Cut, Fitted, Fitter, replay};
use crate::request::Request;

/// Progress of a fit.
#[derive(Debug)]
pub enum FitStep<'r> {
    /// A summary is needed: call [`Fitter::supply`], or [`Fitter::fail`].
    NeedSummary(Box<SummaryJob>),
    /// The fit is complete.
    Done(Fitted<'r>, SummaryHealth),
}

impl Fitter {
    /// Summarizes the oldest messages after the current strategies, and before those added later:
    /// what remains after clearing and shortening is summarized before anything is dropped.
    ///
    /// [`start`](Self::start), [`fit_with`](Self::fit_with) and
    /// [`fit_with_async`](Self::fit_with_async) request the summary; [`fit`](Self::fit) works
    /// without one. Messages with summaries are never dropped, only replaced by the next summary.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let fitter = Fitter::new(budget).then_summarize(SummaryPolicy::new(20)).then(DropOldest::new());
    /// let fitted = fitter.fit_with(&request, |job| Ok::<_, std::io::Error>(format!("{} remarks.", job.covers.len())))?;
    /// assert!(fitted.request().messages().next().unwrap().text().ends_with("3 remarks."));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn then_summarize(mut self, summaries: SummaryPolicy) -> Fitter {
        self.set_summaries(summaries);
        self
    }

    /// Starts to fit a request: it is done, or a summary is needed.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy, SummaryJob};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(120);
    /// let fitter = Fitter::new(budget).then_summarize(SummaryPolicy::new(20)).then(DropOldest::new());
    /// let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// let request = Request::from_serialize(&serde_json::json!({"messages": [
    ///     {"role": "user", "content": said}, {"role": "assistant", "content": said},
    ///     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    ///
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// assert_eq!((job.covers.len(), job.max_tokens, job.attempt), (3, 20, 1));
    /// let kept = serde_json::to_string(&job).unwrap();          // survives a restart
    ///
    /// let job: SummaryJob = serde_json::from_str(&kept).unwrap();
    /// let FitStep::Done(fitted, _) = fitter.supply(&request, &job, "Bed 3 is dry; its valve sticks.")? else { panic!() };
    /// let texts: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert!(texts[0].ends_with("Bed 3 is dry; its valve sticks."));
    /// assert_eq!(texts[1], "What is open?");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn start<'r>(&self, request: &'r Request<'_>) -> Result<FitStep<'r>, Error> {
        self.start_in(request, SummaryHealth::default())
    }

    /// Starts to fit a request with the circuit-breaker state of earlier summaries.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// # use tokenfit::fit::SummaryHealth;
    /// let policy = SummaryPolicy::new(20).stop_after(3);
    /// let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let mut health = SummaryHealth::default();
    /// health.failures = 3;
    /// assert!(matches!(fitter.start_in(&request, health)?, FitStep::Done(..)));    // without a summary
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    pub fn start_in<'r>(
        &self,
        request: &'r Request<'_>,
        health: SummaryHealth,
    ) -> Result<FitStep<'r>, Error> {
        let fitter = self.for_request(request);
        let work = match fitter.open(request, None)? {
            Opened::Done(fitted) => return Ok(FitStep::Done(fitted, health)),
            Opened::Work(work) => work,
        };
        if let Some((at, summaries)) = fitter.summaries()
            && health.failures < summaries.failures
            && let Some(mut job) = fitter.job(&work, at, summaries, None)
        {
            job.health = health;
            return Ok(FitStep::NeedSummary(Box::new(job)));
        }
        Ok(FitStep::Done(fitter.finish(request, work, None)?, health))
    }

    /// Accepts a summary. It is measured: one that is empty, too long, or no shorter than what it
    /// replaces is refused, and requested again while tries are left. Then the later strategies
    /// continue.
    ///
    /// The request may have grown since the job was made, after the messages that the job covers.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// # let policy = SummaryPolicy::new(20);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let FitStep::NeedSummary(again) = fitter.supply(&request, &job, "")? else { panic!("it is empty") };
    /// assert_eq!(again.attempt, 2);
    /// assert!(matches!(fitter.supply(&request, &again, "Bed 3 is dry.")?, FitStep::Done(..)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`](crate::ErrorKind::InvalidPlan) if the job is for another request,
    /// or the fitter has no summaries; otherwise the errors of [`fit`](Self::fit).
    pub fn supply<'r>(
        &self,
        request: &'r Request<'_>,
        job: &SummaryJob,
        text: &str,
    ) -> Result<FitStep<'r>, Error> {
        let fitter = self.for_request(request);
        let Some((at, summaries)) = fitter.summaries() else {
            return Err(other_request());
        };
        let work = match fitter.open(request, None)? {
            // The request has become short enough in the meantime.
            Opened::Done(fitted) => return Ok(FitStep::Done(fitted, job.health)),
            Opened::Work(work) => work,
        };
        if job.end > work.base.request().messages().len()
            || job::shape_to(work.base.request(), job.end) != job.shape
        {
            return Err(other_request());
        }
        let counter = &*work.counter;
        let mut text = text.trim().to_owned();
        if counter.count_text(&text) > job.max_tokens && summaries.cuts {
            text = Cut::first(job.max_tokens)
                .marker("…")
                .apply(&text, counter)
                .into_owned();
        }
        let message = summaries.message(request.format(), &text);
        // The message with its heading, as it will be in the request.
        let tokens = counter.count_text(&format!("{}{text}", summaries.heading)) + FRAMING;
        let replaced: u64 = {
            let sizes = work.sizes();
            let of = |&message: &usize| sizes.get(message).copied().unwrap_or_default();
            job.covers.iter().chain(&job.replaces).map(of).sum()
        };
        let refused = if text.is_empty() {
            Some("it was empty".to_owned())
        } else if counter.count_text(&text) > job.max_tokens {
            let size = counter.count_text(&text);
            Some(format!(
                "it had {size} tokens, more than {}",
                job.max_tokens
            ))
        } else if tokens >= replaced {
            Some(format!(
                "it had {tokens} tokens, but the messages it replaces have {replaced}"
            ))
        } else {
            None
        };
        if let Some(reason) = refused {
            return fitter.again(request, work, job, at, summaries, reason);
        }
        let summary = Summary {
            covers: job.covers.clone(),
            replaces: job.replaces.clone(),
            message,
            tokens,
            at,
        };
        let fitted = fitter.finish(request, work, Some(summary))?;
        Ok(FitStep::Done(fitted, SummaryHealth::default()))
    }

    /// Reports that there is no summary: the model failed, or its answer is not a summary. It is
    /// requested again while tries are left; then the later strategies continue.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// # let policy = SummaryPolicy::new(20);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let FitStep::NeedSummary(again) = fitter.fail(&request, &job)? else { panic!("there is a second try") };
    /// assert!(matches!(fitter.fail(&request, &again)?, FitStep::Done(..)));    // by dropping messages
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`supply`](Self::supply).
    pub fn fail<'r>(
        &self,
        request: &'r Request<'_>,
        job: &SummaryJob,
    ) -> Result<FitStep<'r>, Error> {
        let fitter = self.for_request(request);
        let Some((at, summaries)) = fitter.summaries() else {
            return Err(other_request());
        };
        match fitter.open(request, None)? {
            Opened::Done(fitted) => Ok(FitStep::Done(fitted, job.health)),
            Opened::Work(work) => fitter.again(
                request,
                work,
                job,
                at,
                summaries,
                "there was none".to_owned(),
            ),
        }
    }

    /// Returns the next try, or continues without a summary.
    fn again<'r>(
        &self,
        request: &'r Request<'_>,
        work: Work<'r>,
        job: &SummaryJob,
        at: usize,
        summaries: &SummaryPolicy,
        reason: String,
    ) -> Result<FitStep<'r>, Error> {
        if job.attempt < summaries.tries
            && let Some(mut next) = self.job(&work, at, summaries, Some(job))
        {
            next.attempt = job.attempt + 1;
            next.refused = Some(reason);
            next.health = job.health;
            return Ok(FitStep::NeedSummary(Box::new(next)));
        }
        let health = SummaryHealth {
            failures: job.health.failures.saturating_add(1),
        };
        Ok(FitStep::Done(self.finish(request, work, None)?, health))
    }

    /// Fits a request, calling `ask` for summaries, at most as often as the tries of one summary.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit). An error of the closure is a failed try, not an error of
    /// the fitter.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(500);
    /// let request = Request::from_serialize(&serde_json::json!({"messages": (0..40).map(|nth| {
    ///     serde_json::json!({"role": if nth % 2 == 0 { "user" } else { "assistant" },
    ///         "content": format!("Remark {nth}: bed {nth} is dry again and the valve of it still sticks.")})
    /// }).collect::<Vec<_>>()}))?;
    /// let fitter = Preset::SummarizeConversation.fitter(budget);
    /// let fitted = fitter.fit_with(&request, |job| {
    /// let _send = job.to_chat("gpt-4o-mini");     // to the summarizing model
    ///     Ok::<_, std::io::Error>(format!("{} remarks on dry beds.", job.covers.len()))
    /// })?;
    /// let first = fitted.request().messages().next().unwrap().text().into_owned();
    /// assert!(first.ends_with("remarks on dry beds."));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fit_with<'r, E>(
        &self,
        request: &'r Request<'_>,
        mut ask: impl FnMut(&SummaryJob) -> Result<String, E>,
    ) -> Result<Fitted<'r>, Error> {
        let mut progress = self.start(request)?;
        loop {
            let job = match progress {
                FitStep::Done(fitted, _) => return Ok(fitted),
                FitStep::NeedSummary(job) => job,
            };
            progress = match ask(&job) {
                Ok(text) => self.supply(request, &job, &text)?,
                Err(_) => self.fail(request, &job)?,
            };
        }
    }

    /// Fits a request like [`fit_with`](Self::fit_with), with an async closure, in any runtime.
    ///
    /// # Errors
    ///
    /// The errors of [`fit_with`](Self::fit_with).
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Error, Request};
    /// # use tokenfit::fit::{Fitted, Fitter};
    /// # async fn ask_a_model(body: String) -> Result<String, std::io::Error> { Ok(body) }
    /// # async fn example<'r>(fitter: &Fitter, request: &'r Request<'_>) -> Result<Fitted<'r>, Error> {
    /// fitter.fit_with_async(request, async |job| ask_a_model(job.to_chat("gpt-4o-mini")).await).await
    /// # }
    /// ```
    pub async fn fit_with_async<'r, E>(
        &self,
        request: &'r Request<'_>,
        mut ask: impl AsyncFnMut(&SummaryJob) -> Result<String, E>,
    ) -> Result<Fitted<'r>, Error> {
        let mut progress = self.start(request)?;
        loop {
            let job = match progress {
                FitStep::Done(fitted, _) => return Ok(fitted),
                FitStep::NeedSummary(job) => job,
            };
            progress = match ask(&job).await {
                Ok(text) => self.supply(request, &job, &text)?,
                Err(_) => self.fail(request, &job)?,
            };
        }
    }

    /// Returns the job for the messages to replace, if a summary is worthwhile; continues an
    /// earlier try for the same messages.
    fn job(
        &self,
        work: &Work<'_>,
        at: usize,
        summaries: &SummaryPolicy,
        earlier: Option<&SummaryJob>,
    ) -> Option<SummaryJob> {
        let request = work.base.request();
        let groups = request.groups();
        let history = self.history(work, &groups);
        let covers = match earlier {
            Some(job)
                if job.end <= request.messages().len()
                    && job::shape_to(request, job.end) == job.shape =>
            {
                job.covers.clone()
            }
            Some(_) => return None,
            None => self.covered(work, &history, at, summaries)?,
        };
        let max_tokens = summaries.most_of(work.marks.limit);
        let end = covers.last()? + 1;
        let replaces: Vec<usize> = request
            .messages()
            .take(end)
            .filter(|message| summaries.is_summary(message))
            .map(|message| message.index())
            .collect();
        let previous: Vec<String> = replaces
            .iter()
            .map(|&message| summaries.text_of(&request.message(message)))
            .collect();
        let mut job = SummaryJob {
            messages: covers
                .iter()
                .map(|&message| job::told(&request.message(message)))
                .collect(),
            previous_summary: (!previous.is_empty()).then(|| previous.join("\n\n")),
            max_tokens,
            prompt: summaries
                .prompt
                .replace("{max_tokens}", &max_tokens.to_string()),
            attempt: 1,
            refused: None,
            shape: job::shape_to(request, end),
            health: SummaryHealth::default(),
            covers,
            end,
            replaces,
        };
        job.fit(summaries, history.counter);
        Some(job)
    }

    /// Returns the messages that a summary should replace: the oldest unprotected ones, as many as
    /// needed for the summary to fit in their place.
    fn covered(
        &self,
        work: &Work<'_>,
        history: &History<'_>,
        at: usize,
        summaries: &SummaryPolicy,
    ) -> Option<Vec<usize>> {
        let mut state = State::whole(history);
        let low = work.marks.low;
        replay::apply(history, &self.strategies()[..at], low, 0, &mut state);
        if state.total <= low {
            return None;
        }
        let counter = history.counter;
        let most =
            summaries.most_of(work.marks.limit) + counter.count_text(&summaries.heading) + FRAMING;
        let spared = history
            .request
            .messages()
            .len()
            .saturating_sub(summaries.spared);
        let excess = state.total.saturating_add(most).saturating_sub(low);
        let (groups, size) = coverable(history, &mut state, low, excess, spared);
        // A summary that saves little is not worthwhile.
        if size < most.saturating_mul(2) {
            return None;
        }
        let mut covers: Vec<usize> = groups
            .iter()
            .filter_map(|&group| history.groups.get(group))
            .flat_map(|group| group.messages())
            .copied()
            .collect();
        covers.sort_unstable();
        Some(covers)
    }
}

fn other_request() -> Error {
    Inner::Plan {
        what: "the summary is for another request".to_owned(),
    }
    .into()
}

/// Approximate tokens around the text of a message.
const FRAMING: u64 = 8;
