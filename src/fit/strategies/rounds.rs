//! Drops rounds of tool calls, and nothing else.

use crate::fit::{Draft, Strategy};
use crate::request::GroupKind;

/// Drops the oldest tool calls with their results, until the request is small enough: the messages
/// stay, the steps to them go. The last rounds stay, as do those that call an
/// [excluded](Self::except) tool.
///
/// Unlike [`ClearToolResults`](crate::fit::ClearToolResults), this also removes the calls; text
/// that the model wrote in the same message is removed with its call.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropRounds, Fitter, Unit};
///
/// let budget = Budget::at_most(3);
/// let fitter = Fitter::new(budget).counting_with(Unit::Messages).then(DropRounds::keep_last(0));
/// let request = Request::from_serialize(&serde_json::json!({"messages": [
///     {"role": "user", "content": "How dry is bed 4?"},
///     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
///     {"role": "tool", "tool_call_id": "a", "content": "9 %"},
///     {"role": "assistant", "content": "Very."},
///     {"role": "user", "content": "Water it."}]}))?;
/// let fitted = fitter.fit(&request)?;
/// let left: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(left, ["How dry is bed 4?", "Very.", "Water it."]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct DropRounds {
    keep_last: usize,
    except: Vec<String>,
}

impl DropRounds {
    /// Drops all but the last `rounds` rounds.
    ///
    /// ```
    /// # use tokenfit::fit::DropRounds;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(DropRounds::keep_last(1)).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["How are the beds?", "", "dry"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn keep_last(rounds: usize) -> DropRounds {
        DropRounds {
            keep_last: rounds,
            except: Vec::new(),
        }
    }

    /// Skips rounds that call one of these tools.
    ///
    /// ```
    /// # use tokenfit::fit::DropRounds;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitter = fitter.then(DropRounds::keep_last(0).except(["soil"]));
    /// assert!(fitter.fit(&request).is_err());    // only calls of `soil` could be dropped
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn except<N: Into<String>>(mut self, tools: impl IntoIterator<Item = N>) -> DropRounds {
        self.except.extend(tools.into_iter().map(Into::into));
        self
    }
}

impl Strategy for DropRounds {
    fn propose(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        let mut rounds = draft.groups();
        // Results without their calls are the rest of a round.
        rounds.retain(|group| matches!(group.kind(), GroupKind::Round | GroupKind::Orphan));
        rounds.truncate(rounds.len().saturating_sub(self.keep_last));
        for round in rounds {
            if draft.is_done() {
                return;
            }
            let excepted = !self.except.is_empty()
                && round.messages().iter().any(|&message| {
                    request.message(message).tool_calls().any(|call| {
                        call.name()
                            .is_some_and(|name| self.except.iter().any(|kept| *kept == name))
                    })
                });
            if !excepted {
                draft.drop_group(round.index());
            }
        }
    }

    fn name(&self) -> &str {
        "drop_rounds"
    }
}

/// Prints numbers only, because names of tools are the caller's.
impl std::fmt::Debug for DropRounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DropRounds")
            .field("keep_last", &self.keep_last)
            .field("except", &self.except.len())
            .finish_non_exhaustive()
    }
}
