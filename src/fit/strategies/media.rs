//! Drops expensive old content: images, audio and files of old turns, and reasoning.

use crate::fit::write::is_media;
use crate::fit::{Draft, Strategy};
use crate::request::PartKind;

/// Default placeholder of a removed image or file.
pub const MEDIA_REMOVED: &str = "[attachment removed]";

/// Replaces images, audio, videos and files with a placeholder, oldest first; those of the last
/// turns stay.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropMedia, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(80);
/// let fitter = Fitter::new(budget).then(DropMedia::keep_last_turns(1));
/// let request = Request::from_serialize(&serde_json::json!({"messages": [
///     {"role": "user", "content": [
///         {"type": "text", "text": "What is this?"},
///         {"type": "image_url", "image_url": {"url": "https://example.com/rose.png", "detail": "low"}}]},
///     {"role": "assistant", "content": "A rose."},
///     {"role": "user", "content": "Which color had it?"}]}))?;
/// let fitted = fitter.fit(&request)?;
/// assert_eq!(fitted.request().messages().next().unwrap().text(), "What is this?[attachment removed]");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DropMedia {
    keep_last_turns: usize,
    placeholder: String,
}

impl DropMedia {
    /// Drops media except those of the last `turns` turns.
    ///
    /// ```
    /// # use tokenfit::fit::DropMedia;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(80));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [
    /// #     {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/rose.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "A rose."}, {"role": "user", "content": "Which color had it?"}]}))?;
    /// // A question about an image, its answer, and another question.
    /// let fitted = fitter.then(DropMedia::keep_last_turns(1)).fit(&request)?;
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "What is this?[attachment removed]");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn keep_last_turns(turns: usize) -> DropMedia {
        DropMedia {
            keep_last_turns: turns,
            placeholder: MEDIA_REMOVED.to_owned(),
        }
    }

    /// Sets the placeholder, [`MEDIA_REMOVED`] by default.
    ///
    /// ```
    /// # use tokenfit::fit::DropMedia;
    /// # use tokenfit::{Budget, Models, Request, fit::Fitter};
    /// # let fitter = Fitter::new(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(80));
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [
    /// #     {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/rose.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "A rose."}, {"role": "user", "content": "Which color had it?"}]}))?;
    /// // A question about an image, its answer, and another question.
    /// let fitted = fitter.then(DropMedia::keep_last_turns(1).placeholder(" (a rose)")).fit(&request)?;
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "What is this? (a rose)");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn placeholder(mut self, placeholder: impl Into<String>) -> DropMedia {
        self.placeholder = placeholder.into();
        self
    }
}

impl Strategy for DropMedia {
    fn propose(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        for group in before_last_turns(draft, self.keep_last_turns) {
            for &index in group.messages() {
                let message = request.message(index);
                for part in message.parts().filter(is_media) {
                    if draft.is_done() {
                        return;
                    }
                    draft.drop_media(index, None, part.index(), &self.placeholder);
                }
                for (nth, result) in message.tool_results().enumerate() {
                    if result.is_whole_message() {
                        continue;
                    }
                    for part in result.parts().filter(is_media) {
                        if draft.is_done() {
                            return;
                        }
                        draft.drop_media(index, Some(nth), part.index(), &self.placeholder);
                    }
                }
            }
        }
    }

    fn name(&self) -> &str {
        "drop_media"
    }
}

/// Drops the model's reasoning except in the last turns. Most providers accept a history without
/// it; some bill it as long as it is present.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropReasoning, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("claude-opus-4-6")?).limit_input(60);
/// let fitter = Fitter::new(budget).then(DropReasoning::keep_last_turns(1));
/// let request = Request::from_serialize(&serde_json::json!({"max_tokens": 900, "messages": [
///     {"role": "user", "content": "7 times 8?"},
///     {"role": "assistant", "content": [
///         {"type": "thinking", "thinking": "Seven times eight is fifty-six. ".repeat(9), "signature": "c2ln"},
///         {"type": "text", "text": "56"}]},
///     {"role": "user", "content": "Plus one?"}]}))?;
/// let fitted = fitter.fit(&request)?;
/// assert_eq!(fitted.request().messages().nth(1).unwrap().parts().len(), 1);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DropReasoning {
    keep_last_turns: usize,
}

impl DropReasoning {
    /// Drops reasoning except that of the last `turns` turns.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # use tokenfit::fit::{DropReasoning, Fitter};
    /// # let budget = Budget::new(&Models::builtin().get("claude-opus-4-6")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"max_tokens": 900, "messages": [{"role": "user", "content": "7 times 8?"},
    /// #     {"role": "assistant", "content": [{"type": "thinking", "thinking": "Seven times eight is fifty-six. ".repeat(9), "signature": "c2ln"}, {"type": "text", "text": "56"}]},
    /// #     {"role": "user", "content": "Plus one?"}]}))?;
    /// let fitted = Fitter::new(budget).then(DropReasoning::keep_last_turns(1)).fit(&request)?;
    /// assert_eq!(fitted.receipt().edits[0].action.as_str(), "dropped_reasoning");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn keep_last_turns(turns: usize) -> DropReasoning {
        DropReasoning {
            keep_last_turns: turns,
        }
    }
}

impl Strategy for DropReasoning {
    fn propose(&self, draft: &mut Draft<'_>) {
        let request = draft.request();
        for group in before_last_turns(draft, self.keep_last_turns) {
            // The reasoning of one turn is dropped together, because providers check it as a whole.
            if draft.is_done() {
                return;
            }
            for &index in group.messages() {
                for part in request.message(index).parts() {
                    if matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning) {
                        draft.drop_reasoning(index, part.index());
                    }
                }
            }
        }
    }

    fn name(&self) -> &str {
        "drop_reasoning"
    }
}

/// Returns the groups that began before the last turns.
fn before_last_turns<'d>(draft: &Draft<'d>, turns: usize) -> Vec<crate::request::Group<'d>> {
    let mut groups = draft.groups();
    let newest = groups.iter().filter_map(|group| group.turn()).max();
    if turns > 0 {
        let from = newest.map_or(0, |newest| (newest + 1).saturating_sub(turns));
        groups.retain(|group| group.turn().is_none_or(|turn| turn < from));
    }
    groups
}
