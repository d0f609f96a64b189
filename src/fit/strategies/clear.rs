//! Clears old tool results.

use crate::fit::{Draft, Strategy};
use crate::request::{GroupKind, Message};

/// Default placeholder of a cleared result.
pub const RESULT_CLEARED: &str = "[result cleared]";

/// Replaces old tool results with a placeholder, oldest first: the model still sees that it called
/// the tool, and with which arguments.
///
/// In an agent's history most tokens are tool results, and most of those were needed only once. A
/// result that is smaller than the placeholder stays, and so do results of tools that are
/// [excluded](Self::except).
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{ClearToolResults, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(120);
/// let fitter = Fitter::new(budget).then(ClearToolResults::keep_last(1));
/// let long = "humidity 41 %, ".repeat(30);
/// let request = Request::from_serialize(&serde_json::json!({"messages": [
///     {"role": "user", "content": "How are the beds?"},
///     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
///     {"role": "tool", "tool_call_id": "a", "content": long},
///     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
///     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
/// let fitted = fitter.fit(&request)?;
/// let texts: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(texts, ["How are the beds?", "", "[result cleared]", "", "dry"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct ClearToolResults {
    keep_last: usize,
    least: u64,
    placeholder: String,
    except: Vec<String>,
    arguments: bool,
}

impl ClearToolResults {
    /// Clears all but the last `results` results.
    ///
    /// ```
    /// # use tokenfit::fit::ClearToolResults;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(ClearToolResults::keep_last(1)).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["How are the beds?", "", "[result cleared]", "", "dry"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn keep_last(results: usize) -> ClearToolResults {
        ClearToolResults {
            keep_last: results,
            least: 0,
            placeholder: RESULT_CLEARED.to_owned(),
            except: Vec::new(),
            arguments: false,
        }
    }

    /// Skips results whose message is smaller than `tokens`.
    ///
    /// ```
    /// # use tokenfit::fit::ClearToolResults;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(ClearToolResults::keep_last(0).at_least(100)).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts[4], "dry");    // too small to be worth it
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at_least(mut self, tokens: u64) -> ClearToolResults {
        self.least = tokens;
        self
    }

    /// Sets the placeholder, [`RESULT_CLEARED`] by default.
    ///
    /// ```
    /// # use tokenfit::fit::ClearToolResults;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\"}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    /// #     {"role": "tool", "tool_call_id": "b", "content": "dry"}]}))?;
    /// // A question, and two calls of `soil`: one with a long result, one with a short one.
    /// let fitted = fitter.then(ClearToolResults::keep_last(1).placeholder("[old]")).fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts[2], "[old]");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn placeholder(mut self, placeholder: impl Into<String>) -> ClearToolResults {
        self.placeholder = placeholder.into();
        self
    }

    /// Skips the results of these tools.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::ClearToolResults;
    ///
    /// let strategy = ClearToolResults::keep_last(3).at_least(200).except(["plan", "memory"]).placeholder("[old result]");
    /// # let _ = strategy;
    /// ```
    #[must_use]
    pub fn except<N: Into<String>>(
        mut self,
        tools: impl IntoIterator<Item = N>,
    ) -> ClearToolResults {
        self.except.extend(tools.into_iter().map(Into::into));
        self
    }

    /// Replaces the arguments of the calls too, with an empty object.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{ClearToolResults, Fitter}};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(100));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "Plan the beds."},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "plan", "arguments": serde_json::json!({"notes": "water bed 3, ".repeat(20)}).to_string()}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "saved: ".repeat(20)}, {"role": "user", "content": "Go on."}]}))?;
    /// // A call with long arguments.
    /// let fitted = fitter.then(ClearToolResults::keep_last(0).arguments()).fit(&request)?;
    /// let call = fitted.request().messages().nth(1).unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.arguments().as_deref(), Some("{}"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn arguments(mut self) -> ClearToolResults {
        self.arguments = true;
        self
    }

    fn is_excepted(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.except.iter().any(|kept| kept == name))
    }
}

impl Strategy for ClearToolResults {
    fn propose(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        let groups = draft.groups();
        let messages = |message: usize| -> Message<'_> { request.message(message) };
        let results = |message: usize| messages(message).tool_results().len();
        // The last ones stay, whatever group they are in.
        let total: usize = groups
            .iter()
            .flat_map(|group| group.messages())
            .map(|&message| results(message))
            .sum();
        let mut left = total.saturating_sub(self.keep_last);
        for group in groups
            .iter()
            .filter(|group| group.kind() == GroupKind::Round)
        {
            if left == 0 || draft.is_done() {
                return;
            }
            // A result names its call, and the call the tool; both are in the same group.
            let names: Vec<_> = if self.except.is_empty() {
                Vec::new()
            } else {
                let calls = group
                    .messages()
                    .iter()
                    .flat_map(|&message| messages(message).tool_calls());
                calls.map(|call| (call.id(), call.name())).collect()
            };
            for &message in group.messages() {
                for (nth, result) in messages(message).tool_results().enumerate() {
                    if left == 0 || draft.is_done() {
                        return;
                    }
                    left -= 1;
                    if draft.size_of_message(message) < self.least {
                        continue;
                    }
                    let is_excepted = !self.except.is_empty() && {
                        let name = result.name().or_else(|| {
                            let id = result.call_id()?;
                            names
                                .iter()
                                .find(|(call, _)| call.as_ref() == Some(&id))
                                .and_then(|(_, name)| name.clone())
                        });
                        self.is_excepted(name.as_deref())
                    };
                    if !is_excepted {
                        draft.clear_result(message, nth, &self.placeholder);
                    }
                }
            }
            if self.arguments {
                for &message in group.messages() {
                    for (nth, call) in messages(message).tool_calls().enumerate() {
                        if !draft.is_done() && !self.is_excepted(call.name().as_deref()) {
                            draft.clear_arguments(message, nth);
                        }
                    }
                }
            }
        }
    }

    fn name(&self) -> &str {
        "clear_tool_results"
    }
}

/// Prints numbers only, because the names of tools and the placeholder are the caller's.
impl std::fmt::Debug for ClearToolResults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClearToolResults")
            .field("keep_last", &self.keep_last)
            .field("least", &self.least)
            .field("except", &self.except.len())
            .field("arguments", &self.arguments)
            .finish_non_exhaustive()
    }
}
