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

/// The fix of an image, a file or audio that the provider refuses: too large, of another kind, in the wrong place.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{RefusedMedia, RepairPolicy};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [
///     {"type": "text", "text": "Which plant is it?"},
///     {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,SUkqAA=="}}
/// ]}]}"#)?;
/// let budget = Budget::lenient(&Models::builtin());
/// let policy = RepairPolicy::default().on_refused_media(RefusedMedia::Drop);
/// let repaired = budget.repair(&request, &policy)?;
/// assert_eq!(repaired.receipt().edits[0].action.as_str(), "removed_media");
/// assert!(repaired.report().is_ok());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RefusedMedia {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Leave it out; a short text takes its place where it is alone in its message.
    Drop,
    /// Put this text in its place.
    Replace(String),
}

/// What a repair may do: nothing that is not asked for here is done.
///
/// [`RepairPolicy::default`] asks for everything that has one right fix: lost results are answered with
/// [`PLACEHOLDER`], displaced ones moved, orphans and duplicates dropped, messages that say nothing dropped where they are
/// refused, messages of one role joined where the provider wants roles to take turns. It leaves settings alone: those have
/// to be asked for ([`on_out_of_range`](Self::on_out_of_range), [`drop_unsupported`](Self::drop_unsupported)), and so does what
/// is below these. [`RepairPolicy::port`] asks for all that makes a request ready for another model or host.
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
    pub(super) rename_ids: bool,
    pub(super) media: RefusedMedia,
    pub(super) items: bool,
    pub(super) schemas: bool,
    pub(super) tools_as_text: bool,
    pub(super) marks: bool,
    pub(super) thinking: bool,
    /// For another host: also what is only risky there, where changing it loses nothing.
    pub(super) ports: bool,
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
            rename_ids: false,
            media: RefusedMedia::Keep,
            items: false,
            schemas: false,
            tools_as_text: false,
            marks: false,
            thinking: false,
            ports: false,
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
            rename_ids: false,
            media: RefusedMedia::Keep,
            items: false,
            schemas: false,
            tools_as_text: false,
            marks: false,
            thinking: false,
            ports: false,
        }
    }

    /// Asks for all that makes a request ready for another model or host: the default, numbers set to their bounds, what is
    /// not supported left out, and everything below.
    pub fn port() -> RepairPolicy {
        RepairPolicy {
            out_of_range: OutOfRange::Clamp,
            unsupported: true,
            rename_ids: true,
            media: RefusedMedia::Drop,
            items: true,
            schemas: true,
            tools_as_text: true,
            marks: true,
            thinking: true,
            ports: true,
            ..RepairPolicy::default()
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

    /// Whether ids of calls that the provider refuses are renamed, in the call and in its results. The new ids have nine
    /// letters and digits, which every provider accepts.
    #[must_use]
    pub fn rename_ids(mut self, rename: bool) -> RepairPolicy {
        self.rename_ids = rename;
        self
    }

    /// Sets what is done with images, files and sounds that the provider refuses. Unless they are kept, a wrong media type is
    /// set to the one that the bytes have.
    #[must_use]
    pub fn on_refused_media(mut self, what: RefusedMedia) -> RepairPolicy {
        self.media = what;
        self
    }

    /// Whether items of a Responses request are fixed: later copies of an item and reasoning that nobody keeps are left out,
    /// and so are ids of another form and those of items whose reasoning leaves; a missing `summary` becomes an empty one.
    #[must_use]
    pub fn mend_items(mut self, mend: bool) -> RepairPolicy {
        self.items = mend;
        self
    }

    /// Whether schemas of tools are cleaned for the provider: keywords that it refuses are rewritten, or left out where there
    /// is no other way. The receipt has an edit for each; `dropped_keyword` is what the model no longer sees.
    #[must_use]
    pub fn clean_schemas(mut self, clean: bool) -> RepairPolicy {
        self.schemas = clean;
        self
    }

    /// Whether calls and results become text where the provider refuses them in a request without tools.
    #[must_use]
    pub fn tools_as_text(mut self, write: bool) -> RepairPolicy {
        self.tools_as_text = write;
        self
    }

    /// Whether marks for the prompt cache that the provider refuses are left out.
    #[must_use]
    pub fn drop_cache_marks(mut self, drop: bool) -> RepairPolicy {
        self.marks = drop;
        self
    }

    /// Whether thinking is set to what the model can do, and what a thinking model wants back is written where it is lost.
    #[must_use]
    pub fn mend_thinking(mut self, mend: bool) -> RepairPolicy {
        self.thinking = mend;
        self
    }

    pub(super) fn mends_findings(&self) -> bool {
        self.unsupported
            || self.out_of_range != OutOfRange::Keep
            || self.rename_ids
            || self.media != RefusedMedia::Keep
            || self.items
            || self.schemas
            || self.tools_as_text
            || self.marks
            || self.thinking
    }

    pub(super) fn joins(&self) -> bool {
        self.join
    }
}
