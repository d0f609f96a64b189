//! Keep rules: parts that strategies must not remove.
//!
//! ```text
//! always kept, wherever in the history:   instructions, developer, first user message, prefix, named tools, pins
//! kept at its end:                        last user message, open tool round, last N turns / groups / messages / tokens
//! ```
//!
//! The end moves with the history, and only forward: messages before it are not protected again. So
//! a history that is fitted turn by turn and one that is fitted at once protect the same messages.

use std::fmt;
use std::sync::Arc;

use super::SummaryPolicy;
use crate::request::Message;

/// A rule of the caller's: which messages are pinned.
type Pin = Arc<dyn Fn(&Message<'_>) -> bool + Send + Sync>;

/// Keep rules: parts of a request that strategies must not remove.
///
/// By default: instructions, developer messages, the last user message, and the calls and results
/// at the end that the model has not answered yet.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models};
/// use tokenfit::fit::{Keep, Preset};
///
/// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
/// let fitter = Preset::SlidingWindow.fitter(budget.clone()).keep(Keep::new().first_user(true).last_turns(2));
/// // In addition to the rules of a preset:
/// let agent = Preset::Agent.fitter(budget).also_keep(|keep| keep.tools(["plan"]));
/// # let _ = (fitter, agent);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Keep {
    pub(super) instructions: bool,
    pub(super) developer: bool,
    pub(super) first_user: bool,
    pub(super) last_user: bool,
    pub(super) open_round: bool,
    pub(super) cached_prefix: bool,
    pub(super) first_messages: usize,
    pub(super) last_turns: usize,
    pub(super) last_groups: usize,
    pub(super) last_messages: usize,
    pub(super) last_tokens: u64,
    pub(super) tools: Vec<String>,
    pub(super) pins: Vec<usize>,
    pub(super) pinned_where: Option<Pin>,
    /// Recognizes earlier summaries.
    pub(super) summarized: Option<Arc<SummaryPolicy>>,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep {
            instructions: true,
            developer: true,
            first_user: false,
            last_user: true,
            open_round: true,
            cached_prefix: false,
            first_messages: 0,
            last_turns: 0,
            last_groups: 0,
            last_messages: 0,
            last_tokens: 0,
            tools: Vec::new(),
            pins: Vec::new(),
            pinned_where: None,
            summarized: None,
        }
    }
}

impl Keep {
    /// Creates the default rules.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// use tokenfit::fit::Keep;
    ///
    /// let fitter = Fitter::new(Budget::at_most(1)).counting_with(Unit::Messages).then(DropOldest::new()).keep(Keep::new());
    /// assert_eq!(fitter.fit(&request)?.request().messages().next().unwrap().text(), "Bed 2?");    // the last user message
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> Keep {
        Keep::default()
    }

    /// Protects nothing except pins.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(1)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::nothing()).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn nothing() -> Keep {
        Keep {
            instructions: false,
            developer: false,
            last_user: false,
            open_round: false,
            ..Keep::default()
        }
    }

    /// Protects the initial instructions. On by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().instructions(false)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn instructions(mut self, keep: bool) -> Keep {
        self.instructions = keep;
        self
    }

    /// Protects developer messages anywhere. On by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": "a"}, {"role": "developer", "content": "v"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().developer(false)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn developer(mut self, keep: bool) -> Keep {
        self.developer = keep;
        self
    }

    /// Protects the first user message, which often contains the task. Off by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().first_user(true)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "a", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn first_user(mut self, keep: bool) -> Keep {
        self.first_user = keep;
        self
    }

    /// Protects the last user message. On by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().last_user(false)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn last_user(mut self, keep: bool) -> Keep {
        self.last_user = keep;
        self
    }

    /// Protects the calls and results at the end of a history that the model has not answered yet.
    /// On by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().open_round(false)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn open_round(mut self, keep: bool) -> Keep {
        self.open_round = keep;
        self
    }

    /// Protects the last `turns`: a user message with everything up to the next one.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().last_turns(1)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn last_turns(mut self, turns: usize) -> Keep {
        self.last_turns = turns;
        self
    }

    /// Protects the last `groups`: see [`Groups`](crate::request::Groups).
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().last_groups(2)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn last_groups(mut self, groups: usize) -> Keep {
        self.last_groups = groups;
        self
    }

    /// Protects the last `messages` and their groups.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().last_messages(2)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn last_messages(mut self, messages: usize) -> Keep {
        self.last_messages = messages;
        self
    }

    /// Protects the groups at the end that together have at most `tokens`.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().last_tokens(2)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn last_tokens(mut self, tokens: u64) -> Keep {
        self.last_tokens = tokens;
        self
    }

    /// Protects the first `messages`.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().first_messages(2)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "a", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn first_messages(mut self, messages: usize) -> Keep {
        self.first_messages = messages;
        self
    }

    /// Protects everything up to the first cache mark (`cache_control`, a cache point). Marks in
    /// the last two turns move with the conversation and are ignored. Off by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"{"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [
    ///     {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"},
    ///     {"role": "user", "content": "e"}, {"role": "assistant", "content": "f"}, {"role": "user", "content": "g"}]}"#)?;
    /// let fitter = Fitter::new(Budget::at_most(4)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().cached_prefix(true)).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["a", "e", "f", "g"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn cached_prefix(mut self, keep: bool) -> Keep {
        self.cached_prefix = keep;
        self
    }

    /// Protects calls of these tools, with their results.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": "Plan it."},
    ///     {"role": "assistant", "tool_calls": [{"id": "p", "type": "function", "function": {"name": "plan", "arguments": "{}"}}]},
    ///     {"role": "tool", "tool_call_id": "p", "content": "1. Water bed 3."},
    ///     {"role": "assistant", "content": "Planned."}, {"role": "user", "content": "Go on."}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().tools(["plan"])).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["", "1. Water bed 3.", "Go on."]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn tools<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Keep {
        self.tools.extend(names.into_iter().map(Into::into));
        self
    }

    /// Protects messages by their positions in [`Request::messages`](crate::Request::messages), and
    /// their groups: for a single request.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "system", "content": "s"}, {"role": "user", "content": "a"},
    ///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().messages([2])).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["s", "b", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn messages(mut self, positions: impl IntoIterator<Item = usize>) -> Keep {
        self.pins.extend(positions);
        self
    }

    /// Protects messages for which `pinned` returns true, and their groups.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Keep, Unit};
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b [keep]"},
    ///     {"role": "user", "content": "c"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().messages_where(|message| message.text().contains("[keep]"))).fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["b [keep]", "c"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn messages_where(
        mut self,
        pinned: impl Fn(&Message<'_>) -> bool + Send + Sync + 'static,
    ) -> Keep {
        self.pinned_where = Some(Arc::new(pinned));
        self
    }
}

/// Prints numbers only, because names of tools are the caller's.
impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keep")
            .field("instructions", &self.instructions)
            .field("developer", &self.developer)
            .field("first_user", &self.first_user)
            .field("last_user", &self.last_user)
            .field("open_round", &self.open_round)
            .field("cached_prefix", &self.cached_prefix)
            .field("first_messages", &self.first_messages)
            .field("last_turns", &self.last_turns)
            .field("last_groups", &self.last_groups)
            .field("last_messages", &self.last_messages)
            .field("last_tokens", &self.last_tokens)
            .field("tools", &self.tools.len())
            .field("pins", &self.pins.len())
            .finish_non_exhaustive()
    }
}
