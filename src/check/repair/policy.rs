//! What a repair may do.

/// What a lost result is replaced with, unless the caller says otherwise.
pub const PLACEHOLDER: &str =
    "The result of this call is not available. Do not assume that the call succeeded.";

/// What to do with a call that has no result.
///
/// # Examples
///
/// ```
/// use tokenfit::check::Missing;
///
/// let lost = Missing::Answer("interrupted by the user".to_owned());
/// assert_ne!(lost, Missing::Drop);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// Answer it with this text, marked as an error where the format can say so.
    Answer(String),
    /// Leave the call out, and its message when nothing else is in it.
    Drop,
    /// Leave it as it is.
    Keep,
}

/// What to do with a result that does not stand right behind its call.
///
/// # Examples
///
/// ```
/// use tokenfit::check::Displaced;
///
/// assert_ne!(Displaced::Move, Displaced::Drop);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Displaced {
    /// Move it there.
    Move,
    /// Leave it out; its call is then one without a result.
    Drop,
    /// Leave it as it is.
    Keep,
}

/// What to do with a number that is out of its range (`temperature: 3`).
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{OutOfRange, RepairPolicy};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
/// let budget = Budget::lenient(&Models::builtin());
/// let policy = RepairPolicy::default().on_out_of_range(OutOfRange::Clamp);
/// let repaired = budget.repair(&request, &policy)?;
/// assert_eq!(repaired.request().as_bytes(), br#"{"model": "gpt-4o", "temperature": 2, "messages": [{"role": "user", "content": "Hi"}]}"#);
/// assert_eq!(repaired.receipt().edits[0].action.as_str(), "clamped_setting");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OutOfRange {
    /// Leave it as it is: what a caller asked for is theirs to change.
    #[default]
    Keep,
    /// Set it to the nearest number that is taken.
    Clamp,
    /// Leave the setting out.
    Drop,
}

/// What a repair may do: nothing that is not asked for here is done.
///
/// [`RepairPolicy::default`] asks for everything that has one right mending: lost results are answered with
/// [`PLACEHOLDER`], displaced ones moved, orphans and duplicates dropped, messages that say nothing dropped where they are
/// refused, messages of one role joined where the provider wants roles to take turns. It leaves settings alone: those have
/// to be asked for ([`on_out_of_range`](Self::on_out_of_range), [`drop_unsupported`](Self::drop_unsupported)).
/// [`RepairPolicy::none`] asks for nothing.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{Missing, RepairPolicy};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
///     {"role": "user", "content": "Look it up."},
///     {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
///     {"role": "user", "content": "Never mind."}
/// ]}"#)?;
/// let budget = Budget::lenient(&Models::builtin());
/// let answered = budget.repair(&request, &RepairPolicy::default())?;
/// assert_eq!(answered.request().messages().count(), 4);
/// let dropped = budget.repair(&request, &RepairPolicy::default().on_missing(Missing::Drop))?;
/// assert_eq!(dropped.request().messages().count(), 2);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairPolicy {
    pub(super) missing: Missing,
    pub(super) displaced: Displaced,
    pub(super) orphans: bool,
    pub(super) duplicates: bool,
    pub(super) empty: bool,
    pub(super) join: bool,
    pub(super) out_of_range: OutOfRange,
    pub(super) unsupported: bool,
}

impl Default for RepairPolicy {
    fn default() -> RepairPolicy {
        RepairPolicy {
            missing: Missing::Answer(PLACEHOLDER.to_owned()),
            displaced: Displaced::Move,
            orphans: true,
            duplicates: true,
            empty: true,
            join: true,
            out_of_range: OutOfRange::Keep,
            unsupported: false,
        }
    }
}

impl RepairPolicy {
    /// Asks for nothing: the start of a policy that names all it wants.
    pub fn none() -> RepairPolicy {
        RepairPolicy {
            missing: Missing::Keep,
            displaced: Displaced::Keep,
            orphans: false,
            duplicates: false,
            empty: false,
            join: false,
            out_of_range: OutOfRange::Keep,
            unsupported: false,
        }
    }

    /// What to do with calls without a result.
    #[must_use]
    pub fn on_missing(mut self, missing: Missing) -> RepairPolicy {
        self.missing = missing;
        self
    }

    /// What to do with results that do not stand right behind their call.
    #[must_use]
    pub fn on_displaced(mut self, displaced: Displaced) -> RepairPolicy {
        self.displaced = displaced;
        self
    }

    /// Whether results without a call are dropped.
    #[must_use]
    pub fn drop_orphans(mut self, drop: bool) -> RepairPolicy {
        self.orphans = drop;
        self
    }

    /// Whether second results of one call, and second calls of one id, are dropped.
    #[must_use]
    pub fn drop_duplicates(mut self, drop: bool) -> RepairPolicy {
        self.duplicates = drop;
        self
    }

    /// Whether messages and parts that say nothing are dropped where the provider refuses them.
    #[must_use]
    pub fn drop_empty(mut self, drop: bool) -> RepairPolicy {
        self.empty = drop;
        self
    }

    /// Whether messages of one role in a row are joined where the provider wants roles to take turns.
    #[must_use]
    pub fn join_roles(mut self, join: bool) -> RepairPolicy {
        self.join = join;
        self
    }

    /// What to do with numbers that are out of their range.
    #[must_use]
    pub fn on_out_of_range(mut self, what: OutOfRange) -> RepairPolicy {
        self.out_of_range = what;
        self
    }

    /// Whether settings that the endpoint or the model does not take are left out, or given the name that it knows them by
    /// (`max_tokens` of a reasoning model).
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-5", "max_tokens": 900, "temperature": 0.2, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let budget = Budget::lenient(&Models::builtin());
    /// let repaired = budget.repair(&request, &RepairPolicy::default().drop_unsupported(true))?;
    /// assert_eq!(repaired.request().as_bytes(), br#"{"model": "gpt-5", "max_completion_tokens": 900, "messages": [{"role": "user", "content": "Hi"}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn drop_unsupported(mut self, drop: bool) -> RepairPolicy {
        self.unsupported = drop;
        self
    }

    pub(super) fn mends_settings(&self) -> bool {
        self.unsupported || self.out_of_range != OutOfRange::Keep
    }

    pub(super) fn joins(&self) -> bool {
        self.join
    }
}
