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
use crate::request::{GroupKind, Groups, Message, PartKind, Request, Role};
use crate::shown::quoted_name;
use crate::words::{counted, grouped};

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

    /// Protects the last `groups`: see [`Groups`].
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

    /// Protects messages by their positions in [`Request::messages`], and their groups: for a
    /// single request.
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

/// A keep rule that names something the request does not have, so that it protects nothing.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Keep, Preset};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().for_request(&request)?))
///     .also_keep(|keep| keep.messages([0, 7]).tools(["plan"]));
/// let unmatched: Vec<String> = fitter.unmatched_pins(&request).iter().map(ToString::to_string).collect();
/// assert_eq!(unmatched, [
///     "message 7 does not exist: the request has 1 message, counted from 0",
///     "no tool `plan` is declared or called in the request",
/// ]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnmatchedPin {
    /// [`Keep::messages`] names a position after the last message.
    Message {
        /// The position.
        position: usize,
        /// Number of messages.
        messages: usize,
    },
    /// [`Keep::tools`] names a tool that the request neither declares nor calls.
    Tool(String),
}

impl fmt::Display for UnmatchedPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnmatchedPin::Message { position, messages } => write!(
                f,
                "message {} does not exist: the request has {}, counted from 0",
                grouped(*position as u64),
                counted(*messages as u64, "message")
            ),
            UnmatchedPin::Tool(name) => write!(
                f,
                "no tool {} is declared or called in the request",
                quoted_name(name)
            ),
        }
    }
}

impl Keep {
    /// Returns the rules that name something the request does not have.
    pub(super) fn unmatched(&self, request: &Request<'_>) -> Vec<UnmatchedPin> {
        let messages = request.messages().len();
        let past_the_end = self.pins.iter().filter(|&&position| position >= messages);
        let mut unmatched: Vec<UnmatchedPin> = past_the_end
            .map(|&position| UnmatchedPin::Message { position, messages })
            .collect();
        for name in &self.tools {
            let declared = request
                .tools()
                .any(|tool| tool.name().is_some_and(|tool| tool == *name));
            let called = || {
                request.messages().any(|message| {
                    message
                        .tool_calls()
                        .any(|call| call.name().is_some_and(|call| call == *name))
                })
            };
            if !declared && !called() {
                unmatched.push(UnmatchedPin::Tool(name.clone()));
            }
        }
        unmatched
    }
}

/// Protection of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// Not protected.
    None,
    /// At the end of the history: it is not removed, but a strategy may cut a long result in it.
    End,
    /// Not edited at all.
    Whole,
}

impl Keep {
    /// Whether a rule protects each group, for rules that do not depend on the end of the history.
    pub(super) fn fixed(
        &self,
        request: &Request<'_>,
        groups: &Groups,
        summaries: &[usize],
    ) -> Vec<bool> {
        let mut kept: Vec<bool> = groups
            .iter()
            .map(|group| {
                group.is_pinned() || (self.instructions && group.kind() == GroupKind::Instructions)
            })
            .collect();
        let mut keep = |message: usize| {
            if let Some(group) = groups.of_message(message) {
                kept[group.nth()] = true;
            }
        };
        if self.first_user {
            let first = groups
                .turns()
                .iter()
                .map(|turn| turn.start)
                .find(|&message| {
                    groups
                        .of_message(message)
                        .is_none_or(|group| !summaries.contains(&group.nth()))
                });
            first.into_iter().for_each(&mut keep);
        }
        // A summarized message has no other content; the next summary includes it.
        for &group in summaries {
            if let Some(&message) = groups.nth(group).and_then(|group| group.messages().first()) {
                keep(message);
            }
        }
        let prefix = self.first_messages.max(self.cached_messages(request));
        (0..prefix.min(request.messages().len())).for_each(&mut keep);
        for &message in &self.pins {
            keep(message);
        }
        for message in request.messages() {
            let developer = self.developer && message.role() == Role::Developer;
            let pinned = self
                .pinned_where
                .as_ref()
                .is_some_and(|pinned| pinned(&message));
            let named = !self.tools.is_empty()
                && message.tool_calls().any(|call| {
                    call.name()
                        .is_some_and(|name| self.tools.iter().any(|kept| *kept == name))
                });
            if developer || pinned || named {
                keep(message.index());
            }
        }
        if request.format().wire().calls_follow_user {
            // A protected call requires the user message that its turn begins with.
            let openings: Vec<usize> = groups
                .iter()
                .filter(|group| group.kind() == GroupKind::Round && kept[group.nth()])
                .filter_map(|group| Some(groups.turns().get(group.turn()?)?.start))
                .filter_map(|message| Some(groups.of_message(message)?.nth()))
                .collect();
            for group in openings {
                kept[group] = true;
            }
        }
        kept
    }

    /// Returns the groups that contain an earlier summary.
    pub(super) fn summaries(&self, request: &Request<'_>, groups: &Groups) -> Vec<usize> {
        let Some(known) = &self.summarized else {
            return Vec::new();
        };
        let messages = request
            .messages()
            .filter(|message| known.is_summary(message));
        messages
            .filter_map(|message| groups.of_message(message.index()))
            .map(|group| group.nth())
            .collect()
    }

    /// Whether the caller pinned a message.
    pub(super) fn pins_message(&self, message: &Message<'_>) -> bool {
        self.pins.contains(&message.index())
            || self
                .pinned_where
                .as_ref()
                .is_some_and(|pinned| pinned(message))
    }

    /// Number of messages up to the first cache mark. Marks in the last two turns move with the
    /// conversation and are ignored.
    fn cached_messages(&self, request: &Request<'_>) -> usize {
        if !self.cached_prefix {
            return 0;
        }
        let moving = request
            .messages()
            .rev()
            .filter(|message| message.role() == Role::User)
            .nth(1)
            .map_or(0, |message| message.index());
        request
            .messages()
            .take(moving)
            .find(|message| has_cache_mark(message))
            .map_or(0, |message| message.index() + 1)
    }

    /// Returns the first group of the protected end, for a history up to group `end`; `sizes` are
    /// the groups' sizes.
    pub(super) fn end_from(&self, groups: &Groups, end: usize, sizes: &[u64]) -> usize {
        let mut from = end.saturating_sub(self.last_groups);
        if self.last_messages > 0 || self.last_tokens > 0 {
            let (mut messages, mut tokens) = (0, 0_u64);
            let mut at = end;
            while at > 0 {
                tokens = tokens.saturating_add(sizes[at - 1]);
                let within = messages < self.last_messages || tokens <= self.last_tokens;
                if !within {
                    break;
                }
                at -= 1;
                messages += groups.nth(at).map_or(0, |group| group.messages().len());
            }
            from = from.min(at);
        }
        if self.last_turns > 0 {
            let mut turns = 0;
            let mut at = end;
            // Groups of a turn are adjacent: count where a new turn begins.
            let mut of = usize::MAX;
            while at > 0 {
                let turn = groups.nth(at - 1).and_then(|group| group.turn());
                match turn {
                    None => break,
                    Some(turn) if turn != of => {
                        turns += 1;
                        of = turn;
                    }
                    Some(_) => {}
                }
                if turns > self.last_turns {
                    break;
                }
                at -= 1;
            }
            from = from.min(at);
        }
        from
    }
}

/// Whether the request has a cache mark at this message.
fn has_cache_mark(message: &Message<'_>) -> bool {
    let field = message.format().wire().cache_mark;
    message.parts().any(|part| {
        part.kind() == PartKind::CacheMark
            || (!field.is_empty() && part.value().get_some(field).is_some())
    })
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
