//! What a summary has to be like, and where it goes.

use crate::request::{Format, Message, Role};

/// What the message of a summary begins with, unless the caller says otherwise. It tells the model what it reads, and the
/// fitter, later, that this is a summary: the next one takes it in.
pub const SUMMARY_HEADING: &str = "[Summary of the conversation so far; context, not a request]\n";

/// What the summarising model is asked for, unless the caller says otherwise. `{max_tokens}` is replaced.
pub const SUMMARY_PROMPT: &str = "Summarize the conversation below for the assistant that will continue it without seeing it. \
Keep what was asked for, decided and promised, names, numbers and identifiers as they are written, what is done and what is \
still open. Take over what an earlier summary says. Write no more than {max_tokens} tokens, and nothing but the summary.";

/// How a fitter summarises: see [`Fitter::then_summarize`](crate::fit::Fitter::then_summarize).
///
/// # Examples
///
/// ```
/// use tokenfit::fit::Summaries;
/// use tokenfit::request::Role;
///
/// let summaries = Summaries::of_at_most(400).role(Role::System).tries(3);
/// # let _ = summaries;
/// ```
#[derive(Debug, Clone)]
pub struct Summaries {
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

impl Summaries {
    /// Summaries of at most so many tokens, their heading not included, and of at most a quarter of the limit. Two tries each, three failures until no more are
    /// asked for; one that is too long is refused.
    pub fn of_at_most(tokens: u64) -> Summaries {
        Summaries {
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

    /// How often one summary is asked for: at least once.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Summaries {
        self.tries = tries.max(1);
        self
    }

    /// After how many failures in a row no more summaries are asked for, until
    /// [`SummaryHealth`](super::SummaryHealth) says that it is well again.
    #[must_use]
    pub fn stop_after(mut self, failures: u32) -> Summaries {
        self.failures = failures.max(1);
        self
    }

    /// Whether one that is too long is cut at its end. By default it is refused, and another is asked for.
    #[must_use]
    pub fn cut_too_long(mut self, cut: bool) -> Summaries {
        self.cuts = cut;
        self
    }

    /// Who speaks in it. The user by default, whom every provider takes at every place; the system or a developer where a
    /// format has their messages in the list (OpenAI's two), and the user elsewhere.
    #[must_use]
    pub fn role(mut self, role: Role) -> Summaries {
        self.role = role;
        self
    }

    /// What its message begins with. [`SUMMARY_HEADING`] by default. It should be a text that nothing else begins with: a
    /// message that does is taken for an earlier summary. An empty one would be no heading, and is not taken.
    #[must_use]
    pub fn heading(mut self, heading: impl Into<String>) -> Summaries {
        let heading = heading.into();
        if !heading.trim().is_empty() {
            self.heading = heading;
        }
        self
    }

    /// What the summarising model is asked for. [`SUMMARY_PROMPT`] by default; `{max_tokens}` is replaced.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> Summaries {
        self.prompt = prompt.into();
        self
    }

    /// Never summarises the last messages, nor what belongs to them. They are not kept by that: where there is no room for
    /// them the strategies behind may drop them.
    #[must_use]
    pub fn sparing_last(mut self, messages: usize) -> Summaries {
        self.spared = messages;
        self
    }

    /// How many tokens a job may have, prompt and earlier summary included: what the summarising model takes. What is longer
    /// is cut, message by message and then at the beginning. No limit by default.
    #[must_use]
    pub fn limit_input(mut self, tokens: u64) -> Summaries {
        self.max_input = Some(tokens);
        self
    }

    /// How long a summary may be under a limit: never more than a quarter of that.
    pub(super) fn most_of(&self, limit: u64) -> u64 {
        self.max_tokens.min((limit / 4).max(1))
    }

    /// Whether a message is a summary of an earlier time.
    pub(in crate::fit) fn is_summary(&self, message: &Message<'_>) -> bool {
        message.tool_results().len() == 0
            && message.tool_calls().len() == 0
            && message
                .parts()
                .next()
                .and_then(|part| part.text())
                .is_some_and(|text| text.starts_with(&self.heading))
    }

    /// What an earlier summary says.
    pub(super) fn text_of(&self, message: &Message<'_>) -> String {
        let text = message.text();
        text.strip_prefix(self.heading.as_str())
            .unwrap_or(&text)
            .to_owned()
    }

    /// The message of a summary, in a format.
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
