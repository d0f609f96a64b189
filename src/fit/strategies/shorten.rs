//! Cuts long strings.

use crate::fit::write;
use crate::fit::{Cut, Draft, Strategy};
use crate::request::{GroupKind, PartIndex, PartKind, Role};

/// Cuts every string that is longer than the cut, oldest first.
///
/// By default that includes tool results, user messages and the model's answers, unless they are
/// protected. With [`in_open_round`](Self::in_open_round) also results at the end of the history:
/// agents most often fail on a latest tool result that is larger than the window.
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
    as_needed: bool,
}

impl Shorten {
    /// Creates a strategy that shortens every string that `cut` would shorten.
    ///
    /// ```
    /// # use tokenfit::fit::{Cut, Shorten};
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(Shorten::new(Cut::ends(20))).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert!(texts[2].contains("[… shortened …]"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(cut: Cut) -> Shorten {
        Shorten {
            cut,
            results_only: false,
            open_round: false,
            keep_last_turns: 0,
            every_one: false,
            as_needed: false,
        }
    }

    /// Cuts only tool results.
    ///
    /// ```
    /// # use tokenfit::fit::{Cut, Shorten};
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(Shorten::new(Cut::first(3)).results_only()).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts[0], "How are the beds?");    // longer, but not a result
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn results_only(mut self) -> Shorten {
        self.results_only = true;
        self
    }

    /// Skips the last `turns` turns.
    ///
    /// ```
    /// # use tokenfit::fit::{Cut, Shorten};
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitter = fitter.then(Shorten::new(Cut::ends(20)).keep_last_turns(1));
    /// assert!(fitter.fit(&request).is_err());    // there is only one turn
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn keep_last_turns(mut self, turns: usize) -> Shorten {
        self.keep_last_turns = turns;
        self
    }

    /// Cuts results at the end of the history too, which are otherwise protected: those of the
    /// open round, and of the last turns, groups, messages and tokens of a keep rule. Pinned ones
    /// are not cut.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{Cut, Fitter, Shorten};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(100);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [
    /// #     {"role": "user", "content": "What does the log say?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "log", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "GET /index.html 200\n".repeat(500)}]}))?;
    /// // The model has not seen the last result yet; it is 4,500 tokens long.
    /// let fitter = Fitter::new(budget);
    /// assert!(fitter.clone().then(Shorten::new(Cut::ends(40))).fit(&request).is_err());
    /// assert!(fitter.then(Shorten::new(Cut::ends(40)).in_open_round()).fit(&request).is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn in_open_round(mut self) -> Shorten {
        self.open_round = true;
        self
    }

    /// Cuts only as far as necessary: the longest strings to one common length, at least that of
    /// the cut. The place of the cut then depends on the available room, not only on the string:
    /// for the end of a history, where no later prefix is affected.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Cut, Fitter, Shorten};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(1_000);
    /// let shorten = Shorten::new(Cut::ends(40)).in_open_round().as_needed();
    /// let fitter = Fitter::new(budget).low_water(0.9).then(shorten);
    /// let request = Request::from_serialize(&serde_json::json!({"messages": [
    ///     {"role": "user", "content": "What does the log say?"},
    ///     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "log", "arguments": "{}"}}]},
    ///     {"role": "tool", "tool_call_id": "a", "content": "GET /index.html 200\n".repeat(500)}]}))?;
    /// let fitted = fitter.fit(&request)?;
    /// let left = fitted.receipt().tokens_after;
    /// assert!((850..=900).contains(&left.unwrap()), "{left:?}");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn as_needed(mut self) -> Shorten {
        self.as_needed = true;
        self
    }

    /// Does not stop when the request is small enough: a limit for every string.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Shorten};
    ///
    /// let limit = Shorten::new(Cut::first(2_000)).every_one();
    /// # let _ = limit;
    /// ```
    #[must_use]
    pub fn every_one(mut self) -> Shorten {
        self.every_one = true;
        self
    }
}

/// A string that may be cut.
struct Found {
    message: usize,
    result: Option<usize>,
    part: PartIndex,
    /// Whether a string may also be cut in the protected end of the history.
    kept_end: bool,
}

impl Shorten {
    /// Finds the strings that may be longer than the cut, in the order of the history.
    fn texts(&self, draft: &Draft<'_>) -> Vec<Found> {
        let request = draft.request();
        let groups = draft.groups();
        let newest = groups.iter().filter_map(|group| group.turn()).max();
        let spared = |turn: Option<usize>| {
            self.keep_last_turns > 0
                && newest.is_some_and(|newest| {
                    turn.is_some_and(|turn| turn + self.keep_last_turns > newest)
                })
        };
        let mut found = Vec::new();
        for group in groups {
            if spared(group.turn()) || group.kind() == GroupKind::Instructions {
                continue;
            }
            for &index in group.messages() {
                // A small message has no long string.
                if draft.size_of_message(index) <= self.cut.most() {
                    continue;
                }
                let message = request.message(index);
                let whole = message
                    .tool_results()
                    .any(|result| result.is_whole_message());
                let is_text = |part: PartKind| part == PartKind::Text;
                if whole || (!self.results_only && message.role() != Role::Other) {
                    let texts = message.parts().filter(|part| is_text(part.kind()));
                    found.extend(texts.map(|part| Found {
                        message: index,
                        result: None,
                        part: part.index(),
                        kept_end: self.open_round && whole,
                    }));
                }
                for (nth, result) in message.tool_results().enumerate().filter(|_| !whole) {
                    let texts = result.parts().filter(|part| is_text(part.kind()));
                    found.extend(texts.map(|part| Found {
                        message: index,
                        result: Some(nth),
                        part: part.index(),
                        kept_end: self.open_round,
                    }));
                }
            }
        }
        found
    }

    /// Cuts the longest strings to the greatest common length that is short enough.
    fn level(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        let mut texts: Vec<(u64, Found)> = self
            .texts(draft)
            .into_iter()
            .filter_map(|found| {
                let message = request.message(found.message);
                let part = write::part_at(&message, found.result, found.part)?;
                let tokens = draft.count_text(&part.text()?);
                let open = draft.can_shorten(found.message, found.kept_end);
                (open && tokens > self.cut.most()).then_some((tokens, found))
            })
            .collect();
        // Each string is written with a marker and counted in its place, so a second pass may be
        // needed.
        for _ in 0..LEVELS {
            if draft.is_done() {
                return;
            }
            let excess = draft.excess();
            let mut sizes: Vec<u64> = texts.iter().map(|(tokens, _)| *tokens).collect();
            let level = level_of(&mut sizes, excess).max(self.cut.most());
            for (tokens, found) in texts.iter_mut().filter(|(tokens, _)| *tokens > level) {
                let cut = self.cut.clone().to(level);
                if draft.shorten_in(
                    found.message,
                    found.result,
                    found.part,
                    &cut,
                    found.kept_end,
                ) {
                    *tokens = level;
                }
            }
            if level == self.cut.most() {
                return;
            }
        }
    }
}

/// More passes than needed.
const LEVELS: usize = 4;

/// Returns the greatest length to which strings of the given sizes can be cut to save `excess` in
/// total; 0 if their sum is smaller.
fn level_of(sizes: &mut [u64], excess: u64) -> u64 {
    sizes.sort_unstable_by_key(|&size| std::cmp::Reverse(size));
    let mut sum = 0_u64;
    for (nth, &size) in sizes.iter().enumerate() {
        sum = sum.saturating_add(size);
        let next = sizes.get(nth + 1).copied().unwrap_or(0);
        let longer = nth as u64 + 1;
        // Down to the next size, the longer ones save this much.
        if sum - next * longer >= excess {
            return (sum - excess) / longer;
        }
    }
    0
}

impl Strategy for Shorten {
    fn propose(&self, draft: &mut Draft<'_>) {
        if self.as_needed && !self.every_one {
            return self.level(draft);
        }
        for found in self.texts(draft) {
            if draft.is_done() && !self.every_one {
                return;
            }
            draft.shorten_in(
                found.message,
                found.result,
                found.part,
                &self.cut,
                found.kept_end,
            );
        }
    }

    fn name(&self) -> &str {
        "shorten"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_level_is_the_greatest(sizes in prop::collection::vec(0_u64..50, 0..6), excess in 1_u64..120) {
            let level = level_of(&mut sizes.clone(), excess);
            let less = |level: u64| sizes.iter().map(|size| size.saturating_sub(level)).sum::<u64>();
            if sizes.iter().sum::<u64>() < excess {
                prop_assert_eq!(level, 0);
            } else {
                prop_assert!(less(level) >= excess);
                prop_assert!(less(level + 1) < excess);
            }
        }
    }
}
