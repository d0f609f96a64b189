//! Replay of agents' histories, turn by turn through a [`Conversation`]: the tokens sent, and the
//! share that a prompt cache would serve.
//!
//! A prompt cache serves the prefix that a request shares with the previous one: all messages up to
//! the first that differs, with the parts around them.

#![allow(dead_code, reason = "the plot and the tests use a part of this each")]

use serde_json::{Value, json};
use tokenfit::fit::{
    Conversation, Fitter, MessageCounter, Preset, SUMMARY_HEADING, StepOutcome, SummaryJob,
    SummaryPolicy,
};
use tokenfit::{Budget, Encoding, Error, Models, Request, TokenCount};

/// Maximum size of a request in tokens.
pub(crate) const LIMIT: u64 = 32_000;
/// Maximum size of a summary in tokens.
pub(crate) const SUMMARY: u64 = 500;

/// Compared policies.
pub(crate) fn policies() -> Result<Vec<(&'static str, Fitter)>, Error> {
    let models = Models::builtin();
    let budget = Budget::new(&models.get("gpt-4o")?)
        .reserve_output(0)
        .limit_input(LIMIT);
    let with_summaries = Preset::Agent
        .fitter_with_summaries(budget.clone(), SummaryPolicy::new(SUMMARY))
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

/// Returns the first messages of lines of requests as one history, under the first one's
/// instructions. The lines are repeated if they are too few; a reused id belongs to the latest
/// call.
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

/// Request that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) sent: u64,
    /// Part of these tokens that a prompt cache would serve.
    pub(crate) served: u64,
}

/// Result of a replay.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) turns: Vec<Turn>,
    /// Number of cuts of the view, and of summaries among them.
    pub(crate) cuts: usize,
    pub(crate) summaries: usize,
    /// Number of requested summaries.
    pub(crate) calls: usize,
    /// Number of requests that could not be made to fit.
    pub(crate) cannot: usize,
    /// Maximum number of summaries in one request.
    pub(crate) most_summaries: usize,
}

impl Replay {
    pub(crate) fn sent(&self) -> u64 {
        self.turns.iter().map(|turn| turn.sent).sum()
    }

    /// Returns the share of the sent tokens that a prompt cache would serve.
    pub(crate) fn share(&self) -> f64 {
        let served: u64 = self.turns.iter().map(|turn| turn.served).sum();
        served as f64 / self.sent().max(1) as f64
    }

    /// Formats the numbers as a line of a table.
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
    let model = models.get("gpt-4o")?;
    let start = json!({"model": "gpt-4o", "messages": &history[..1]});
    let mut conversation = Conversation::new(fitter, &Request::from_serialize(&start)?)?;
    let mut replay = Replay::default();
    let mut before: Vec<String> = Vec::new();
    let role = |at: usize| history.get(at).and_then(|message| message["role"].as_str());
    for (nth, message) in history.iter().enumerate().skip(1) {
        conversation.push_value(message)?;
        // A request is sent when it is the model's turn: after a user message, or the last of
        // several results.
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

/// Advances the conversation, supplying the summaries it requests.
fn advanced(conversation: &mut Conversation, replay: &mut Replay) -> Result<(), Error> {
    let mut advance = conversation.advance()?;
    loop {
        advance = match advance {
            StepOutcome::NeedSummary(job) => {
                replay.calls += 1;
                conversation.supply(&stand_in(&job))?
            }
            StepOutcome::Cut(receipt) => {
                replay.cuts += 1;
                let summary = receipt.edits.iter().any(|edit| edit.reason == "summarize");
                replay.summaries += usize::from(summary);
                return Ok(());
            }
            _ => return Ok(()),
        };
    }
}

/// Writes a summary without a model: the last summary, then the first words of each message,
/// truncated at the start if too long.
pub(crate) fn stand_in(job: &SummaryJob) -> String {
    let mut text = job.previous_summary.clone().unwrap_or_default();
    for message in &job.messages {
        let words: Vec<&str> = message.text.split_whitespace().take(8).collect();
        text.push_str(&format!("\n{}: {}", message.role, words.join(" ")));
    }
    // Slightly less than the maximum: the truncated text can begin with a different token.
    let most = usize::try_from(job.max_tokens.saturating_sub(4)).unwrap_or(usize::MAX);
    Encoding::O200K_BASE
        .keep_last(&text, most)
        .trim()
        .to_owned()
}
