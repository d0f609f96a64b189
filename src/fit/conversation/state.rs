//! Data of a conversation: its messages, the view, and the form in which both are saved.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fit::{SummaryHealth, SummaryJob};
use crate::request::Message;

/// A message of the conversation as it was pushed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) json: Arc<str>,
    #[serde(default)]
    pub(super) pinned: bool,
}

/// A message of the view.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Piece {
    pub(super) json: Arc<str>,
    pub(super) size: u64,
    /// Original message; `None` for a summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<usize>,
    #[serde(default)]
    pub(super) holds: Holds,
    /// For a result: the sizes of the rest of its round before it was pushed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) round_before: Vec<u64>,
}

/// Content of a piece that belongs to a round of tool calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Holds {
    #[default]
    Neither,
    Calls,
    Results,
}

impl Holds {
    pub(super) fn of(message: &Message<'_>) -> Holds {
        match (message.tool_results().len(), message.tool_calls().len()) {
            (1.., _) => Holds::Results,
            (0, 1..) => Holds::Calls,
            (0, 0) => Holds::Neither,
        }
    }
}

/// State of a conversation, to be saved: see [`Conversation::state`](super::Conversation::state).
/// It contains the full text.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConversationState {
    pub(super) format: String,
    pub(super) head: Arc<str>,
    pub(super) tail: Arc<str>,
    pub(super) messages: Arc<Vec<Entry>>,
    pub(super) view: Arc<Vec<Piece>>,
    /// Size of everything around the pieces of the view.
    pub(super) around: u64,
    /// Total size of the pieces.
    pub(super) sum: u64,
    /// Tokens counted by the provider, and counted here: whole numbers, which survive a round trip
    /// through JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pending: Option<SummaryJob>,
    #[serde(default)]
    pub(super) health: SummaryHealth,
}

impl ConversationState {
    /// Tokens counted by the provider for each token counted here, if observed.
    pub(super) fn ratio(&self) -> Option<f64> {
        let (observed, counted) = self.usage.filter(|&(_, counted)| counted > 0)?;
        Some((observed as f64 / counted as f64).clamp(0.5, 2.0))
    }

    pub(super) fn to_json(&self) -> String {
        let bytes: usize = self.view.iter().map(|piece| piece.json.len() + 2).sum();
        let mut text = String::with_capacity(self.head.len() + bytes + self.tail.len());
        text.push_str(&self.head);
        for (nth, piece) in self.view.iter().enumerate() {
            if nth > 0 {
                text.push_str(", ");
            }
            text.push_str(&piece.json);
        }
        text.push_str(&self.tail);
        text
    }
}

/// Prints numbers only.
impl fmt::Debug for ConversationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationState")
            .field("format", &self.format)
            .field("messages", &self.messages.len())
            .field("view", &self.view.len())
            .field("size", &self.around.saturating_add(self.sum))
            .field("ratio", &self.ratio())
            .field("pending", &self.pending.is_some())
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}
