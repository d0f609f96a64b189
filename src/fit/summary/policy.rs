//! Requirements for a summary, and its place.

use crate::request::{Format, Message, Role};

/// Default heading of a summary's message. It tells the model what it reads, and lets the fitter
/// recognize earlier summaries, which the next one includes.
pub const SUMMARY_HEADING: &str = "[Summary of the conversation so far; context, not a request]\n";

/// Default prompt for the summarizing model. `{max_tokens}` is replaced.
pub const SUMMARY_PROMPT: &str = "Summarize the conversation below for the assistant that will continue it without seeing it. \
Keep what was asked for, decided and promised, names, numbers and identifiers as they are written, what is done and what is \
still open. Take over what an earlier summary says. Write no more than {max_tokens} tokens, and only the summary.";

/// Policy for summaries: see [`Fitter::then_summarize`](crate::fit::Fitter::then_summarize).
///
/// # Examples
///
/// ```
/// use tokenfit::fit::SummaryPolicy;
/// use tokenfit::request::Role;
///
/// let summaries = SummaryPolicy::new(400).role(Role::System).tries(3);
/// # let _ = summaries;
/// ```
#[derive(Debug, Clone)]
pub struct SummaryPolicy {
    pub(super) max_tokens: u64,
    pub(super) tries: u32,
    pub(super) failures: u32,
    pub(super) cuts: bool,
    pub(super) role: Role,
    pub(super) heading: String,
    pub(super) prompt: String,
    pub(super) max_input: Option<u64>,
    pub(super) spared: usize,
}

impl SummaryPolicy {
    /// Creates a policy for summaries of at most `tokens`, without their heading, and at most a
    /// quarter of the limit. Two tries each, no more after three failures; one that is too long is
    /// refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::SummaryPolicy;
    ///
    /// let policy = SummaryPolicy::new(400).tries(3).stop_after(5).cut_too_long(true).sparing_last(6);
    /// # let _ = policy;
    /// ```
    pub fn new(tokens: u64) -> SummaryPolicy {
        SummaryPolicy {
            max_tokens: tokens,
            tries: 2,
            failures: 3,
            cuts: false,
            role: Role::User,
            heading: SUMMARY_HEADING.to_owned(),
            prompt: SUMMARY_PROMPT.to_owned(),
            max_input: None,
            spared: 0,
        }
    }

    /// Sets how often one summary is requested, at least once.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).tries(1);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// assert!(matches!(fitter.fail(&request, &job)?, FitStep::Done(..)));    // not asked again
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn tries(mut self, tries: u32) -> SummaryPolicy {
        self.tries = tries.max(1);
        self
    }

    /// Sets the number of consecutive failures after which no more summaries are requested, until
    /// [`SummaryHealth`](super::SummaryHealth) is reset.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).stop_after(1).tries(1);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let FitStep::Done(_, health) = fitter.fail(&request, &job)? else { panic!("one try") };
    /// assert!(matches!(fitter.start_in(&request, health)?, FitStep::Done(..)));    // no summaries any more
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn stop_after(mut self, failures: u32) -> SummaryPolicy {
        self.failures = failures.max(1);
        self
    }

    /// Sets whether a summary that is too long is cut at its end. By default it is refused and
    /// requested again.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).cut_too_long(true);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let step = fitter.supply(&request, &job, &"A valve sticks. ".repeat(20))?;
    /// assert!(matches!(step, FitStep::Done(..)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn cut_too_long(mut self, cut: bool) -> SummaryPolicy {
        self.cuts = cut;
        self
    }

    /// Sets the role of the summary's message. By default the user, which every provider accepts
    /// everywhere; system or developer only works where they are messages of the list (OpenAI's two
    /// formats), other formats use the user.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// # use tokenfit::request::Role;
    /// let policy = SummaryPolicy::new(20).role(Role::System);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let FitStep::Done(fitted, _) = fitter.supply(&request, &job, "Bed 3 is dry.")? else { panic!("it is short") };
    /// assert_eq!(fitted.request().messages().next().unwrap().role(), Role::System);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn role(mut self, role: Role) -> SummaryPolicy {
        self.role = role;
        self
    }

    /// Sets the heading of the summary's message, [`SUMMARY_HEADING`] by default. It should be a
    /// string that no other message begins with, because such a message is treated as an earlier
    /// summary. An empty heading is ignored.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).heading("So far: ");
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// let FitStep::Done(fitted, _) = fitter.supply(&request, &job, "Bed 3 is dry.")? else { panic!("it is short") };
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "So far: Bed 3 is dry.");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn heading(mut self, heading: impl Into<String>) -> SummaryPolicy {
        let heading = heading.into();
        if !heading.trim().is_empty() {
            self.heading = heading;
        }
        self
    }

    /// Sets the prompt for the summarizing model, [`SUMMARY_PROMPT`] by default; `{max_tokens}` is
    /// replaced.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).prompt("Sum it up in {max_tokens} tokens.");
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// assert_eq!(job.prompt, "Sum it up in 20 tokens.");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> SummaryPolicy {
        self.prompt = prompt.into();
        self
    }

    /// Spares the last messages and their groups: they are never summarized. This does not protect
    /// them: later strategies may drop them if there is no room.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// let policy = SummaryPolicy::new(20).sparing_last(2);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// assert_eq!(job.covers, [0, 1]);    // of four messages
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn sparing_last(mut self, messages: usize) -> SummaryPolicy {
        self.spared = messages;
        self
    }

    /// Sets the maximum size of a job in tokens, including prompt and earlier summary, to what the
    /// summarizing model accepts. Longer jobs are shortened, message by message and then at the
    /// beginning. No limit by default.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropOldest, Fitter, FitStep, SummaryPolicy};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    /// # let said = "Bed three is dry again and the valve sticks. ".repeat(4);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": said}, {"role": "assistant", "content": said},
    /// #     {"role": "user", "content": said}, {"role": "user", "content": "What is open?"}]}))?;
    /// # use tokenfit::Encoding;
    /// let policy = SummaryPolicy::new(20).limit_input(200);
    /// # let fitter = Fitter::new(budget).then_summarize(policy).then(DropOldest::new());
    /// let FitStep::NeedSummary(job) = fitter.start(&request)? else { panic!("it is too long") };
    /// assert!(Encoding::O200K_BASE.count(&job.conversation()) < 130);    // the prompt takes the rest
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn limit_input(mut self, tokens: u64) -> SummaryPolicy {
        self.max_input = Some(tokens);
        self
    }

    /// Returns the maximum length of a summary under a limit: at most a quarter of it.
    pub(super) fn most_of(&self, limit: u64) -> u64 {
        self.max_tokens.min((limit / 4).max(1))
    }

    /// Whether a message is an earlier summary.
    pub(in crate::fit) fn is_summary(&self, message: &Message<'_>) -> bool {
        message.tool_results().len() == 0
            && message.tool_calls().len() == 0
            && message
                .parts()
                .next()
                .and_then(|part| part.text())
                .is_some_and(|text| text.starts_with(&self.heading))
    }

    /// Returns the text of an earlier summary.
    pub(super) fn text_of(&self, message: &Message<'_>) -> String {
        let text = message.text();
        text.strip_prefix(self.heading.as_str())
            .unwrap_or(&text)
            .to_owned()
    }

    /// Returns the message of a summary in a format.
    pub(in crate::fit) fn message(&self, format: Format, text: &str) -> String {
        let text = serde_json::Value::from(format!("{}{text}", self.heading)).to_string();
        let wire = format.wire();
        let role = match self.role {
            Role::System if wire.instructions_are_messages => "system",
            Role::Developer if wire.instructions_are_messages => "developer",
            _ => "user",
        };
        (wire.message)(role, &text)
    }
}
