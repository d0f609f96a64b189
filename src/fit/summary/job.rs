//! A summary that is asked for.

use serde::{Deserialize, Serialize};

use crate::fit::plan::Shape;
use crate::fit::{Cut, MessageCounter};
use crate::request::{Message, PartKind, Request};

use super::{Summaries, SummaryHealth};

/// A message that is to be summarised: who spoke, and what.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryMessage {
    /// The role.
    pub role: String,
    /// What was said, called or answered; media by a word.
    pub text: String,
}

/// A question for a summary: what to summarise, how long it may be, and how to ask.
///
/// Serialisable: write it down, and answer it after a restart. It holds text of the request, because that is what it is
/// about; its `Debug` does not show it.
///
/// # Examples
///
/// See [`Fitter::start`](crate::fit::Fitter::start).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryJob {
    /// The messages that the summary is to stand for, by their positions in the request. What stands behind them, and what
    /// is added while a model is asked, is not touched.
    pub covers: Vec<usize>,
    /// What they say, as much of it as the summarising model takes.
    pub messages: Vec<SummaryMessage>,
    /// What an earlier summary says: the new one takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_summary: Option<String>,
    /// How many tokens the summary may have.
    pub max_tokens: u64,
    /// What to ask for, in words.
    pub prompt: String,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Why the last one was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// How it went with the last summaries.
    #[serde(default)]
    pub health: SummaryHealth,
    /// The messages that the covered ones, and what goes with them, end before.
    pub(super) end: usize,
    /// Of the request up to there.
    pub(super) shape: Shape,
    /// Earlier summaries that stand outside of what is covered, in front.
    pub(super) replaces: Vec<usize>,
}

impl SummaryJob {
    /// The job as the body of a request to OpenAI's chat API, or to one that speaks its protocol: the prompt as the system,
    /// the conversation as one message of the user, the length as `max_tokens`.
    ///
    /// # Examples
    ///
    /// See [`Fitter::fit_with`](crate::fit::Fitter::fit_with).
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

    /// The earlier summary and the messages as one text.
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

    /// Whether a request is long enough to have all the messages that it is about.
    pub(in crate::fit) fn is_within(&self, request: &Request<'_>) -> bool {
        self.end <= request.messages().len()
    }

    /// Makes the texts short enough for the summarising model: long messages first, then the oldest.
    pub(super) fn fit(&mut self, policy: &Summaries, counter: &dyn MessageCounter) {
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
        // Each round cuts all that is longer than a length, and then than half of it.
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
                    text: format!("{gone} older messages had no room here"),
                },
            );
        }
    }
}

/// Tokens of a message's role and separators in the conversation's text, about.
const AROUND: u64 = 5;
/// No text is cut to less.
const LEAST: u64 = 16;

/// What a message says, in words.
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
            PartKind::Image => say("(an image)"),
            PartKind::Audio => say("(a sound)"),
            PartKind::Video => say("(a video)"),
            PartKind::File => say("(a file)"),
            // What was thought was thought for the answer, which is here.
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

/// What a request looks like from outside, up to a message.
pub(super) fn shape_to(request: &Request<'_>, end: usize) -> Shape {
    Shape::of_messages(request.messages().take(end))
}

/// Lengths only.
impl std::fmt::Debug for SummaryMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SummaryMessage")
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Numbers only.
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
