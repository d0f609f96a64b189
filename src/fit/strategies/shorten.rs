//! Cuts long texts.

use crate::fit::{Cut, Draft, Strategy};
use crate::request::{GroupKind, PartKind, Role};

/// Cuts every text that is longer than so many tokens, the oldest first.
///
/// By default that is what tools answered, what the user wrote and what the model said, but for what is kept.
/// [`in_open_round`](Self::in_open_round) lets it cut results at the end of the history too: the answer of a tool that came
/// last and is larger than the window is what an agent most often fails of.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Cut, Fitter, Shorten};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(100);
/// let fitter = Fitter::new(budget).then(Shorten::new(Cut::ends(40)).in_open_round());
/// let request = Request::from_serialize(&serde_json::json!({"messages": [
///     {"role": "user", "content": "What does the log say?"},
///     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "log", "arguments": "{}"}}]},
///     {"role": "tool", "tool_call_id": "a", "content": "GET /index.html 200\n".repeat(500)}]}))?;
/// let fitted = fitter.fit(&request)?;
/// assert!(fitted.request().messages().last().unwrap().text().contains("[… shortened …]"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Shorten {
    cut: Cut,
    results_only: bool,
    open_round: bool,
    keep_last_turns: usize,
    every_one: bool,
}

impl Shorten {
    /// Cuts texts so.
    pub fn new(cut: Cut) -> Shorten {
        Shorten {
            cut,
            results_only: false,
            open_round: false,
            keep_last_turns: 0,
            every_one: false,
        }
    }

    /// Cuts only what tools answered.
    #[must_use]
    pub fn results_only(mut self) -> Shorten {
        self.results_only = true;
        self
    }

    /// Leaves the last turns alone.
    #[must_use]
    pub fn keep_last_turns(mut self, turns: usize) -> Shorten {
        self.keep_last_turns = turns;
        self
    }

    /// Cuts results at the end of the history as well, which are kept otherwise: of the open round, and of the last turns,
    /// groups, messages and tokens that a keep rule names. Pinned ones stay as they are.
    #[must_use]
    pub fn in_open_round(mut self) -> Shorten {
        self.open_round = true;
        self
    }

    /// Does not stop when it is enough: a limit for every text.
    #[must_use]
    pub fn every_one(mut self) -> Shorten {
        self.every_one = true;
        self
    }
}

impl Strategy for Shorten {
    fn propose(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        let groups = draft.groups();
        let newest = groups.iter().filter_map(|group| group.turn()).max();
        let spared = |turn: Option<usize>| {
            self.keep_last_turns > 0
                && newest.is_some_and(|newest| {
                    turn.is_some_and(|turn| turn + self.keep_last_turns > newest)
                })
        };
        for group in groups {
            if spared(group.turn()) || group.kind() == GroupKind::Instructions {
                continue;
            }
            for &index in group.messages() {
                // What is small as a whole has no long text in it.
                if draft.size_of_message(index) <= self.cut.most() {
                    continue;
                }
                let message = request.message(index);
                let whole = message
                    .tool_results()
                    .any(|result| result.is_whole_message());
                let texts = |part: PartKind| part == PartKind::Text;
                if whole || (!self.results_only && message.role() != Role::Other) {
                    for part in message.parts().filter(|part| texts(part.kind())) {
                        if draft.is_done() && !self.every_one {
                            return;
                        }
                        draft.shorten_in(
                            index,
                            None,
                            part.index(),
                            &self.cut,
                            self.open_round && whole,
                        );
                    }
                }
                for (nth, result) in message.tool_results().enumerate().filter(|_| !whole) {
                    for part in result.parts().filter(|part| texts(part.kind())) {
                        if draft.is_done() && !self.every_one {
                            return;
                        }
                        draft.shorten_in(
                            index,
                            Some(nth),
                            part.index(),
                            &self.cut,
                            self.open_round,
                        );
                    }
                }
            }
        }
    }

    fn name(&self) -> &str {
        "shorten"
    }
}
