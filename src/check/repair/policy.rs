//! Options of a repair.

/// Default text that replaces a lost result.
pub const PLACEHOLDER: &str =
    "The result of this call is not available. Do not assume that the call succeeded.";

/// Fix of a call without a result.
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
    /// Answer it with this text, marked as an error if the format supports that.
    Answer(String),
    /// Remove the call, and its message if that has no other content.
    Drop,
    /// Keep the call unchanged.
    Keep,
}

/// Fix of a result that does not directly follow its call.
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
    /// Move it after its call.
    Move,
    /// Remove it; its call then has no result.
    Drop,
    /// Keep it in its place.
    Keep,
}

/// Fix of a number that is out of its range (`temperature: 3`).
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
    /// Keep it: only the caller should change what the caller set.
    #[default]
    Keep,
    /// Set it to the nearest accepted number.
    Clamp,
    /// Remove the setting.
    Drop,
}

/// Fix of an image, file or audio that the provider refuses: too large, of another kind, at the
/// wrong place.
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
    /// Keep it unchanged.
    #[default]
    Keep,
    /// Remove it; a short text replaces it if it is alone in its message.
    Drop,
    /// Replace it with this text.
    Replace(String),
}

/// Options of a repair: only what is requested here is fixed.
///
/// [`RepairPolicy::default`] requests everything with exactly one correct fix: missing results are
/// answered with [`PLACEHOLDER`], displaced ones moved, orphans and duplicates removed, messages
/// without content removed where they are refused, and consecutive messages of one role joined
/// where roles must alternate. Settings are not changed by default; request that with
/// [`on_out_of_range`](Self::on_out_of_range), [`drop_unsupported`](Self::drop_unsupported) and the
/// setters after them. [`RepairPolicy::port`] requests everything that adapts a request to another
/// model or host. [`RepairPolicy::none`] requests nothing.
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
    /// For another host: also fix faults that are merely risky there, if nothing is lost by it.
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
    /// Requests nothing: the start of a policy that lists every fix.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// // Only moves results; everything else stays.
    /// let policy = RepairPolicy::none().on_displaced(tokenfit::check::Displaced::Move);
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// assert!(!Budget::lenient(&Models::builtin()).repair(&request, &policy)?.is_changed());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

    /// Requests everything that adapts a request to another model or host: the default, numbers
    /// clamped to their range, unsupported settings removed, and all fixes of the later setters.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, check::RepairPolicy};
    ///
    /// let body = r#"{"model": "gpt-4o", "max_tokens": 900, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let budget = Budget::new(&Models::builtin().get("gpt-5")?);
    /// let ready = budget.port_bytes(None, body, &RepairPolicy::port())?;
    /// assert_eq!(ready.as_bytes(), br#"{"model": "gpt-5", "max_completion_tokens": 900, "messages": [{"role": "user", "content": "Hi"}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

    /// Sets the fix of calls without a result.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::check::{Missing, RepairPolicy};
    ///
    /// let policy = RepairPolicy::default().on_missing(Missing::Answer("The tool was cancelled.".to_owned()));
    /// # let _ = policy;
    /// ```
    #[must_use]
    pub fn on_missing(mut self, missing: Missing) -> RepairPolicy {
        self.missing = missing;
        self
    }

    /// Sets the fix of results that do not directly follow their call.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::{Displaced, RepairPolicy}};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// // The user wrote before the result of the call arrived.
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "How dry?"},
    ///     {"role": "assistant", "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    ///     {"role": "user", "content": "Hello?"}, {"role": "tool", "tool_call_id": "c7", "content": "4 %"}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::default().on_displaced(Displaced::Drop))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["added_placeholder", "dropped_displaced_result"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn on_displaced(mut self, displaced: Displaced) -> RepairPolicy {
        self.displaced = displaced;
        self
    }

    /// Sets whether results without a call are removed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::default().drop_orphans(false))?;
    /// assert!(!repaired.report().is_ok() && !repaired.is_changed());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn drop_orphans(mut self, drop: bool) -> RepairPolicy {
        self.orphans = drop;
        self
    }

    /// Sets whether second results of one call, and second calls with one id, are removed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "How dry?"},
    ///     {"role": "assistant", "content": [{"type": "tool_use", "id": "c7", "name": "soil", "input": {}}]},
    ///     {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c7", "content": "4 %"}, {"type": "tool_result", "tool_use_id": "c7", "content": "4 %"}]}],
    ///     "tools": [{"name": "soil", "input_schema": {"type": "object"}}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().drop_duplicates(true))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["dropped_duplicate_result"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn drop_duplicates(mut self, drop: bool) -> RepairPolicy {
        self.duplicates = drop;
        self
    }

    /// Sets whether messages and parts without content are removed where the provider refuses them.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "How dry?"},
    ///     {"role": "assistant", "content": null}, {"role": "user", "content": "Hello?"}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().drop_empty(true))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["dropped_message"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn drop_empty(mut self, drop: bool) -> RepairPolicy {
        self.empty = drop;
        self
    }

    /// Sets whether consecutive messages of one role are joined where the provider requires roles
    /// to alternate.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0", "messages": [{"role": "user", "content": [{"text": "Hi"}]},
    ///     {"role": "user", "content": [{"text": "Hello?"}]}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().join_roles(true))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["joined_messages"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn join_roles(mut self, join: bool) -> RepairPolicy {
        self.join = join;
        self
    }

    /// Sets the fix of numbers that are out of their range.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::check::{OutOfRange, RepairPolicy};
    ///
    /// let body = r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let policy = RepairPolicy::default().on_out_of_range(OutOfRange::Clamp);
    /// let repaired = Budget::lenient(&Models::builtin()).repair_bytes(body, &policy)?;
    /// assert_eq!(repaired.as_bytes(), br#"{"model": "gpt-4o", "temperature": 2, "messages": [{"role": "user", "content": "Hi"}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn on_out_of_range(mut self, what: OutOfRange) -> RepairPolicy {
        self.out_of_range = what;
        self
    }

    /// Sets whether settings that the endpoint or the model does not support are removed, or
    /// renamed if there is another name (`max_tokens` for a reasoning model).
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

    /// Sets whether call ids that the provider refuses are renamed, in the call and in its results.
    /// The new ids have nine letters and digits, which every provider accepts.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": [{"type": "tool_use", "id": "call:1", "name": "soil", "input": {}}]},
    ///     {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call:1", "content": "4 %"}]}],
    ///     "tools": [{"name": "soil", "input_schema": {"type": "object"}}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().rename_ids(true))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["renamed_id", "renamed_id"]);    // of the call and of its result: `:` is refused
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn rename_ids(mut self, rename: bool) -> RepairPolicy {
        self.rename_ids = rename;
        self
    }

    /// Sets the fix of images, files and audio that the provider refuses. Unless they are kept, a
    /// wrong media type is set to that of the data.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::{RefusedMedia, RepairPolicy}};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "text", "text": "Which plant?"},
    ///     {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,SUkqAA=="}}]}]}"#;
    /// let policy = RepairPolicy::none().on_refused_media(RefusedMedia::Replace("[an image]".to_owned()));
    /// let repaired = budget.repair_bytes(body, &policy)?;
    /// assert_eq!(repaired.request().messages().next().unwrap().text(), "Which plant?[an image]");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn on_refused_media(mut self, what: RefusedMedia) -> RepairPolicy {
        self.media = what;
        self
    }

    /// Sets whether items of a Responses request are fixed: later copies of an item and reasoning
    /// that nobody stores are removed, as are ids in another form and those of items whose
    /// reasoning is removed; a missing `summary` is added.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "gpt-5", "input": [{"role": "user", "content": "Hi"}, {"type": "reasoning", "id": "rs_1"},
    ///     {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}, {"role": "user", "content": "And?"}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().fix_items(true))?;
    /// let actions: Vec<_> = repaired.receipt().edits.iter().map(|edit| edit.action.as_str()).collect();
    /// assert_eq!(actions, ["added_field"]);    // `summary`
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn fix_items(mut self, fix: bool) -> RepairPolicy {
        self.items = fix;
        self
    }

    /// Sets whether schemas of tools are cleaned for the provider: keywords that it refuses are
    /// rewritten, or removed if there is no other way. The receipt lists each edit;
    /// `dropped_keyword` marks what the model no longer sees.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "gemini-2.5-flash", "contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "tools": [{"functionDeclarations": [
    ///     {"name": "soil", "parameters": {"type": "object", "properties": {"bed": {"type": "integer", "exclusiveMinimum": 0}}}}]}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().clean_schemas(true))?;
    /// assert!(repaired.is_changed() && repaired.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn clean_schemas(mut self, clean: bool) -> RepairPolicy {
        self.schemas = clean;
        self
    }

    /// Sets whether calls and results are written as text where the provider refuses them in a
    /// request without tools.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0", "messages": [{"role": "user", "content": [{"text": "How dry?"}]},
    ///     {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "soil", "input": {}}}]},
    ///     {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "3 %"}]}}]}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().tools_as_text(true))?;
    /// assert!(repaired.report().is_ok());    // Converse requires `toolConfig` for calls
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn tools_as_text(mut self, write: bool) -> RepairPolicy {
        self.tools_as_text = write;
        self
    }

    /// Sets whether cache marks that the provider refuses are removed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let part = r#"{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}"#;
    /// let five = [part; 5].join(", ");
    /// let body = format!(r#"{{"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{{"role": "user", "content": [{five}]}}]}}"#);
    /// let repaired = budget.repair_bytes(&body, &RepairPolicy::none().drop_cache_marks(true))?;
    /// assert!(repaired.report().is_ok());    // at most four are accepted
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn drop_cache_marks(mut self, drop: bool) -> RepairPolicy {
        self.marks = drop;
        self
    }

    /// Sets whether thinking is set to a mode that the model supports, and lost reasoning that a
    /// thinking model requires is replaced.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, check::RepairPolicy};
    /// # let budget = Budget::lenient(&Models::builtin());
    /// let body = r#"{"model": "claude-opus-4-8", "max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 2048},
    ///     "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let repaired = budget.repair_bytes(body, &RepairPolicy::none().fix_thinking(true))?;
    /// assert!(repaired.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn fix_thinking(mut self, fix: bool) -> RepairPolicy {
        self.thinking = fix;
        self
    }

    pub(super) fn fixes_findings(&self) -> bool {
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
