//! Agents' histories, replayed turn by turn through a [`Conversation`]: what is sent, and how much of it a prompt cache would
//! serve.
//!
//! A prompt cache serves the beginning that a request shares with the one before. So what counts is how long that is: all
//! messages up to the first that differs, with what stands around them.

#![allow(dead_code, reason = "the plot and the tests use a part of this each")]

use serde_json::{Value, json};
use tokenfit::fit::{
    Advance, Conversation, Fitter, MessageCounter, ModelCounter, Preset, SUMMARY_HEADING,
    Summaries, SummaryJob,
};
use tokenfit::{Budget, Encoding, Error, Models, Request, TokenCount};

/// What a request may have.
pub(crate) const LIMIT: u64 = 32_000;
/// What a summary may have.
pub(crate) const SUMMARY: u64 = 500;

/// The ways to fit that are held against each other.
pub(crate) fn policies() -> Result<Vec<(&'static str, Fitter)>, Error> {
    let models = Models::builtin();
    let budget = Budget::new(&models.get("gpt-4o")?)
        .reserve_output(0)
        .limit_input(LIMIT);
    let with_summaries = Preset::Agent
        .fitter_with_summaries(budget.clone(), Summaries::of_at_most(SUMMARY))
        .map(|fitter| ("agent with summaries", fitter));
    let mut policies = vec![
        (
            "sliding window",
            Preset::SlidingWindow.fitter(budget.clone()),
        ),
        (
            "cache_friendly",
            Preset::CacheFriendly.fitter(budget.clone()),
        ),
        ("agent", Preset::Agent.fitter(budget)),
    ];
    policies.extend(with_summaries);
    Ok(policies)
}

/// The first messages of lines of requests as one history, under the first one's instructions. The lines are gone through
/// again when they are not enough; ids that come back are the later call's.
pub(crate) fn history(lines: &str, messages: usize) -> Result<Vec<Value>, String> {
    let mut history: Vec<Value> = Vec::new();
    for line in lines.lines().cycle() {
        let request: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let of = request["messages"]
            .as_array()
            .ok_or("a line has no messages")?;
        let of = of.iter().filter(|message| message["role"] != "system");
        if history.is_empty() {
            history.push(request["messages"][0].clone());
        }
        history.extend(of.cloned());
        if history.len() >= messages {
            break;
        }
    }
    Ok(history)
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) sent: u64,
    /// Of them, those that a prompt cache would serve.
    pub(crate) served: u64,
}

/// How a history went.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) turns: Vec<Turn>,
    /// How often the view was cut, and summaries among that.
    pub(crate) cuts: usize,
    pub(crate) summaries: usize,
    /// How often a summary was asked for.
    pub(crate) calls: usize,
    /// Requests that could not be made to fit.
    pub(crate) cannot: usize,
    /// The most summaries that one request had.
    pub(crate) most_summaries: usize,
}

impl Replay {
    pub(crate) fn sent(&self) -> u64 {
        self.turns.iter().map(|turn| turn.sent).sum()
    }

    /// The share of what was sent that a prompt cache would serve.
    pub(crate) fn share(&self) -> f64 {
        let served: u64 = self.turns.iter().map(|turn| turn.served).sum();
        served as f64 / self.sent().max(1) as f64
    }

    /// The numbers as a line of a table.
    pub(crate) fn row(&self, name: &str) -> String {
        format!(
            "{name:<20} {:>6} requests {:>6} tokens each {:>5.1} % from the cache {:>4} cuts {:>3} summaries of {:>3} calls",
            self.turns.len(),
            self.sent() / (self.turns.len() as u64).max(1),
            100.0 * self.share(),
            self.cuts,
            self.summaries,
            self.calls,
        )
    }
}

/// Replays a history.
pub(crate) fn replay(fitter: Fitter, history: &[Value]) -> Result<Replay, Error> {
    let models = Models::builtin();
    let model = ModelCounter::new(&models.get("gpt-4o")?);
    let start = json!({"model": "gpt-4o", "messages": &history[..1]});
    let mut conversation = Conversation::new(fitter, &Request::from_serialize(&start)?)?;
    let mut replay = Replay::default();
    let mut before: Vec<String> = Vec::new();
    let role = |at: usize| history.get(at).and_then(|message| message["role"].as_str());
    for (nth, message) in history.iter().enumerate().skip(1) {
        conversation.push_value(message)?;
        // A request is sent when the model has the word: behind a message of the user, or the last of some results.
        let sends = matches!(role(nth), Some("user" | "tool")) && role(nth + 1) != Some("tool");
        if !sends {
            continue;
        }
        let view = match advanced(&mut conversation, &mut replay) {
            Ok(()) => conversation.view()?,
            Err(_) => {
                replay.cannot += 1;
                continue;
            }
        };
        let counts = model.count_messages(&view);
        let messages: Vec<String> = view
            .messages()
            .map(|message| message.raw_json().to_owned())
            .collect();
        let summaries = view
            .messages()
            .filter(|message| message.text().starts_with(SUMMARY_HEADING));
        replay.most_summaries = replay.most_summaries.max(summaries.count());
        let same = messages
            .iter()
            .zip(&before)
            .take_while(|(now, then)| now == then)
            .count();
        let tokens = |counts: &[TokenCount]| counts.iter().map(TokenCount::tokens).sum::<u64>();
        replay.turns.push(Turn {
            sent: counts.total().tokens(),
            served: match before.is_empty() {
                true => 0,
                false => counts.around.tokens() + tokens(&counts.messages[..same]),
            },
        });
        before = messages;
    }
    Ok(replay)
}

/// Brings the conversation down, with what summaries it asks for.
fn advanced(conversation: &mut Conversation, replay: &mut Replay) -> Result<(), Error> {
    let mut advance = conversation.advance()?;
    loop {
        advance = match advance {
            Advance::NeedSummary(job) => {
                replay.calls += 1;
                conversation.supply(&stand_in(&job))?
            }
            Advance::Cut(receipt) => {
                replay.cuts += 1;
                let summary = receipt.edits.iter().any(|edit| edit.reason == "summarize");
                replay.summaries += usize::from(summary);
                return Ok(());
            }
            _ => return Ok(()),
        };
    }
}

/// A summary without a model: the first words of each message behind what the last summary said, from behind when that is
/// too long.
pub(crate) fn stand_in(job: &SummaryJob) -> String {
    let mut text = job.previous_summary.clone().unwrap_or_default();
    for message in &job.messages {
        let words: Vec<&str> = message.text.split_whitespace().take(8).collect();
        text.push_str(&format!("\n{}: {}", message.role, words.join(" ")));
    }
    // Some less than it may be: what is cut can begin with another token than it had there.
    let most = usize::try_from(job.max_tokens.saturating_sub(4)).unwrap_or(usize::MAX);
    Encoding::O200K_BASE
        .keep_last(&text, most)
        .trim()
        .to_owned()
}
