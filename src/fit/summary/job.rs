//! A requested summary.

use serde::{Deserialize, Serialize};

use crate::fit::plan::Shape;
use crate::fit::{Cut, MessageCounter};
use crate::request::{Message, PartKind, Request};

use super::{SummaryHealth, SummaryPolicy};

/// A message to be summarized: its role and text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryMessage {
    /// Role of the message.
    pub role: String,
    /// Text, calls and results of the message; media as a placeholder.
    pub text: String,
}

/// Request for a summary: the messages to summarize, the maximum length, and a prompt.
///
/// It is serializable: save it, and answer it after a restart. It contains text of the request,
/// because that is to be summarized; its `Debug` output does not.
///
/// # Examples
///
/// See [`Fitter::start`](crate::fit::Fitter::start).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryJob {
    /// Messages that the summary replaces, by position in the request. Later messages, and those
    /// added in the meantime, are not touched.
    pub covers: Vec<usize>,
    /// Content of these messages, as much of it as the summarizing model accepts.
    pub messages: Vec<SummaryMessage>,
    /// Text of an earlier summary, which the new one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_summary: Option<String>,
    /// Maximum length of the summary in tokens.
    pub max_tokens: u64,
    /// Prompt for the summarizing model.
    pub prompt: String,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// Reason why the last one was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Circuit-breaker state.
    #[serde(default)]
    pub health: SummaryHealth,
    /// Position after the covered messages and their groups.
    pub(super) end: usize,
    /// Fingerprint of the request up to there.
    pub(super) shape: Shape,
    /// Earlier summaries before the covered messages.
    pub(super) replaces: Vec<usize>,
}

impl SummaryJob {
    /// Returns the job as the body of a request to OpenAI's Chat Completions or a compatible API:
    /// the prompt as the system message, the conversation as one user message, the length as
    /// `max_tokens`.
    ///
    /// # Examples
    ///
    /// See [`Fitter::fit_with`](crate::fit::Fitter::fit_with).
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
    /// let body = job.to_chat("gpt-4o-mini");    // send it with any client
    /// assert_eq!(tokenfit::Request::parse(&body)?.model().as_deref(), Some("gpt-4o-mini"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn to_chat(&self, model: &str) -> String {
        serde_json::json!({
            "model": model,
            "max_tokens": self.max_tokens,
            "messages": [
                {"role": "system", "content": self.prompt},
                {"role": "user", "content": self.conversation()},
            ],
        })
        .to_string()
    }

    /// Returns the earlier summary and the messages as one string.
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
    /// assert!(job.conversation().contains("Bed three is dry again"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn conversation(&self) -> String {
        let mut text = String::new();
        if let Some(previous) = &self.previous_summary {
            text.push_str("Earlier summary:\n");
            text.push_str(previous.trim());
            text.push_str("\n\n");
        }
        for message in &self.messages {
            text.push_str(&message.role);
            text.push_str(": ");
            text.push_str(message.text.trim());
            text.push_str("\n\n");
        }
        text
    }

    /// Whether a request is long enough to contain all covered messages.
    pub(in crate::fit) fn is_within(&self, request: &Request<'_>) -> bool {
        self.end <= request.messages().len()
    }

    /// Shortens the job for the summarizing model: long messages first, then the oldest.
    pub(super) fn fit(&mut self, policy: &SummaryPolicy, counter: &dyn MessageCounter) {
        let Some(limit) = policy.max_input else {
            return;
        };
        let mut size = counter.count_text(&self.prompt)
            + self
                .previous_summary
                .as_deref()
                .map_or(0, |text| counter.count_text(text));
        let mut sizes: Vec<u64> = self
            .messages
            .iter()
            .map(|message| counter.count_text(&message.text) + AROUND)
            .collect();
        size += sizes.iter().sum::<u64>();
        // Each round cuts everything longer than a length, which is then halved.
        let mut most = limit / 2;
        while size > limit && most >= LEAST {
            let cut = Cut::ends(most);
            for (message, of) in self.messages.iter_mut().zip(&mut sizes) {
                if size > limit && *of > most + AROUND {
                    message.text = cut.apply(&message.text, counter).into_owned();
                    let now = counter.count_text(&message.text) + AROUND;
                    size = size - *of + now.min(*of);
                    *of = now;
                }
            }
            most /= 2;
        }
        let mut gone = 0;
        while size > limit && gone + 1 < self.messages.len() {
            size -= sizes[gone];
            gone += 1;
        }
        if gone > 0 {
            self.messages.drain(..gone);
            self.messages.insert(
                0,
                SummaryMessage {
                    role: "note".to_owned(),
                    text: format!("{gone} older messages omitted"),
                },
            );
        }
    }
}

/// Approximate tokens of a message's role and separators in the conversation's text.
const AROUND: u64 = 5;
/// No message is cut below this size.
const LEAST: u64 = 16;

/// Writes the content of a message as text.
pub(super) fn told(message: &Message<'_>) -> SummaryMessage {
    let mut text = String::new();
    let mut say = |said: &str| {
        if !text.is_empty() && !said.is_empty() {
            text.push('\n');
        }
        text.push_str(said);
    };
    for part in message.parts() {
        match part.kind() {
            PartKind::Text | PartKind::Refusal => say(&part.text().unwrap_or_default()),
            PartKind::Image => say("(image)"),
            PartKind::Audio => say("(audio)"),
            PartKind::Video => say("(video)"),
            PartKind::File => say("(file)"),
            // Reasoning led to the answer, which is included.
            _ => {}
        }
    }
    for call in message.tool_calls() {
        let name = call.name().unwrap_or_default();
        let arguments = call.arguments().unwrap_or_default();
        say(&format!("(calls {name} with {arguments})"));
    }
    for result in message
        .tool_results()
        .filter(|result| !result.is_whole_message())
    {
        let mut answer = result.text().into_owned();
        if answer.is_empty() {
            let parts = result.parts().filter(|part| part.kind() == PartKind::Json);
            answer = parts.map(|part| part.raw_json().to_owned()).collect();
        }
        say(&format!("(the tool answers) {answer}"));
    }
    SummaryMessage {
        role: message.role().as_str().to_owned(),
        text,
    }
}

/// Fingerprint of a request up to a message.
pub(super) fn shape_to(request: &Request<'_>, end: usize) -> Shape {
    Shape::of_messages(request.messages().take(end))
}

/// Prints lengths only.
impl std::fmt::Debug for SummaryMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SummaryMessage")
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Prints numbers only.
impl std::fmt::Debug for SummaryJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SummaryJob")
            .field("covers", &self.covers.len())
            .field("messages", &self.messages.len())
            .field("has_previous", &self.previous_summary.is_some())
            .field("max_tokens", &self.max_tokens)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
