//! Requests and answers in another wire format, for a fallback to a model that another provider
//! serves.
//!
//! [`Budget::translate`] writes a request in the format of the budget's model, then adapts it like
//! [`Budget::port`]. [`answer`] writes the answer in the format of the original request.
//!
//! | from | to | answers |
//! |---|---|---|
//! | `openai-chat` | `anthropic`, `gemini` | back to `openai-chat` |
//! | `anthropic` | `openai-chat`, `gemini` | from `openai-chat` and `gemini` back to `anthropic` |
//!
//! Text, system messages, functions, calls, results, images, PDF files, output limit, sampling,
//! schema of the answer and effort are carried over. Everything else is either in the receipt
//! (reasoning of the other model, cache marks, `seed`, unknown fields) or an error of kind
//! [`Untranslatable`](crate::ErrorKind::Untranslatable), with one of these words:
//!
//! | word | what has no counterpart |
//! |---|---|
//! | `direction` | the pair of formats |
//! | `answer_form` | the form of the answer, at this model |
//! | `arguments` | arguments of a call that are not the JSON of an object |
//! | `audio`, `audio_output` | audio in the request or in its answer |
//! | `content`, `media`, `media_url`, `instructions` | a part of this type at this place |
//! | `custom_tool`, `server_tool` | tools that are not functions, and their calls |
//! | `file_id`, `stored_state` | content that only the other provider has |
//! | `no_answer`, `no_messages` | an answer without a choice, a request without messages |
//! | `prefill` | a last message of the assistant, at a model that does not continue it |
//! | `role`, `tool_choice`, `tool_name` | a word that the other format does not have |
//! | `several_answers` | `n` above 1 |
//! | `stream` | an answer as a stream, in a [`Call`](crate::call::Call) |
//!
//! `provider/` spells the formats: a reader and a writer each, over one form between them
//! (`provider/neutral.rs`), so a further format needs no further pairs.

mod answers;

use std::fmt;

pub use answers::{TranslatedAnswer, answer};

use crate::budget::{Budget, shares_window};
use crate::check::{CheckReport, Finding, RepairPolicy, Repaired, own_format};
use crate::edit::{Action, Receipt};
use crate::error::{Error, Inner, Place};
use crate::model::Model;
use crate::provider::neutral::{Facts, Notes, Unfit, unfit};
use crate::request::{Edits, Format, Request};

/// A request in another format, with what was done.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "temperature": 0.5, "seed": 7, "messages": [
///     {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}"#)?;
/// let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
/// let translated = budget.translate(&request, Some(Format::Anthropic), &RepairPolicy::port())?;
/// assert_eq!(translated.request().format(), Format::Anthropic);
/// assert_eq!(translated.as_bytes(), concat!(
///     r#"{"model":"claude-sonnet-4-5","max_tokens":64000,"system":"Be brief.","#,
///     r#""messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"temperature":0.5}"#,
/// ).as_bytes());
/// let [translation, port] = translated.receipts();
/// assert_eq!(translation.edits.last().map(|edit| edit.pointer()), Some("/seed"));
/// assert!(port.is_empty() && translated.report().is_ok());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct Translated {
    receipt: Receipt,
    ported: Repaired<'static>,
}

impl Translated {
    /// Returns the translated request.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// assert_eq!(translated.request().format(), Format::Anthropic);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &Request<'_> {
        self.ported.request()
    }

    /// Returns the bytes to send.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// assert!(translated.as_bytes().starts_with(br#"{"model":"claude-sonnet-4-5""#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.ported.as_bytes()
    }

    /// Returns the edits: those of the translation, with places in the original request, and those
    /// that adapted it to the model, with places in the translated one.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// let [translation, port] = translated.receipts();
    /// assert!(translation.edits.iter().any(|edit| edit.pointer() == "/seed") && port.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipts(&self) -> [&Receipt; 2] {
        [&self.receipt, self.ported.receipt()]
    }

    /// Returns the check of the translated request.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// assert!(translated.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn report(&self) -> &CheckReport {
        self.ported.report()
    }

    /// Returns the findings that remain.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// assert!(translated.remaining().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn remaining(&self) -> &[Finding] {
        self.ported.remaining()
    }

    /// Returns the translated request, owned.
    ///
    /// ```
    /// # use tokenfit::{Budget, Format, Models, Request, check::RepairPolicy};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// # let budget = Budget::new(&Models::builtin().get("claude-sonnet-4-5")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// let owned: Request<'static> = translated.into_request();
    /// assert_eq!(owned.messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_request(self) -> Request<'static> {
        self.ported.into_request()
    }
}

/// Prints numbers only.
impl fmt::Debug for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translated")
            .field("edits", &self.receipt.edits.len())
            .field("ported", &self.ported)
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// Writes a request in another format, then adapts it to this budget's model and host like
    /// [`port`](Budget::port). Without a format, it is that of the model's vendor, or the chat
    /// format if the host does not serve it. A request that has the format is only adapted.
    ///
    /// Linear in the request; the adaptation is linear for each of its passes. A request without an
    /// output limit gets the model's own where the format requires one; if input and output share
    /// the window, the request is counted for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Untranslatable`](crate::ErrorKind::Untranslatable) with the place of a part
    /// that has no counterpart, [`ErrorKind::MissingModel`](crate::ErrorKind::MissingModel) for a
    /// budget without a model, and the errors of [`port`](Budget::port).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    ///
    /// let request = Request::parse(r#"{"model": "claude-sonnet-5", "max_tokens": 900, "messages": [
    ///     {"role": "user", "content": "Is bed 2 dry?"},
    ///     {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "soil", "input": {"bed": 2}}]},
    ///     {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "dry"}]}]}"#)?;
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let translated = budget.translate(&request, None, &RepairPolicy::port())?;
    /// assert_eq!(translated.as_bytes(), concat!(
    ///     r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Is bed 2 dry?"},"#,
    ///     r#"{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","#,
    ///     r#""function":{"name":"soil","arguments":"{\"bed\": 2}"}}]},"#,
    ///     r#"{"role":"tool","tool_call_id":"t1","content":"dry"}],"max_tokens":900}"#,
    /// ).as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn translate(
        &self,
        request: &Request<'_>,
        format: Option<Format>,
        policy: &RepairPolicy,
    ) -> Result<Translated, Error> {
        let model = self.model().ok_or(Inner::MissingModel)?;
        let format = format.unwrap_or_else(|| own_format(self));
        let (written, edits) = match request.format() == format {
            true => (request.clone().into_owned(), Vec::new()),
            false => {
                let mut notes = Notes::default();
                let size = request.as_bytes().len();
                let written = self.write(request, model, format, &mut notes)?;
                let after = written.as_bytes().len();
                notes.add(Action::ChangedFormat, "", size, after);
                notes.edits.rotate_right(1);
                (written, notes.edits)
            }
        };
        let receipt = Receipt {
            edits,
            messages_before: request.messages().len(),
            messages_after: written.messages().len(),
            bytes_before: request.as_bytes().len(),
            bytes_after: written.as_bytes().len(),
            ..Receipt::default()
        };
        Ok(Translated {
            receipt,
            ported: self.port_kept(written, policy)?,
        })
    }

    fn write(
        &self,
        request: &Request<'_>,
        model: &Model,
        format: Format,
        notes: &mut Notes,
    ) -> Result<Request<'static>, Error> {
        let from = request.format();
        let (Some(read), Some(write)) = (
            from.wire().translation.read,
            format.wire().translation.write,
        ) else {
            return Err(direction(from, format));
        };
        let placed = |unfit: Unfit| {
            let (line, column) = request.line_and_column(unfit.offset);
            error(unfit, line, column)
        };
        let mut neutral = read(request.fields(), notes).map_err(placed)?;
        if neutral.turns.is_empty() && neutral.instructions.is_empty() {
            let list = request.list_value();
            let (what, remedy) = ("there are no messages", "send at least one");
            return Err(placed(unfit(
                "no_messages",
                what,
                remedy,
                request.list_pointer(),
                list,
            )));
        }
        neutral.link(notes);
        let facts = Facts {
            name: model.name(),
            host: self.host().or(model.host()),
            abilities: model.abilities(),
            max_output: model.max_output_tokens(),
        };
        let text = write(&neutral, &facts, notes).map_err(placed)?;
        let written = Request::from_text(format, text)?;
        if neutral.settings.max_output.is_some() || !shares_window(model) {
            return Ok(written);
        }
        // The limit that was added must leave room for the input.
        let (Some((value, _)), Some(most)) =
            (written.output_limit_value(), self.max_output(&written))
        else {
            return Ok(written);
        };
        if most == 0 || value.as_u64().is_none_or(|limit| limit <= most) {
            return Ok(written);
        }
        let mut lower = Edits::default();
        lower.replace(value, most.to_string());
        Request::from_text(format, lower.apply(written.text()))
    }
}

fn error(unfit: Unfit, line: usize, column: usize) -> Error {
    Inner::Untranslatable {
        code: unfit.code,
        what: unfit.what.into_owned(),
        remedy: unfit.remedy,
        place: Place {
            pointer: unfit.pointer,
            line,
            column,
        },
    }
    .into()
}

/// Returns the error of a request whose answer would be a stream in another format.
pub(crate) fn untranslated_stream() -> Error {
    let unfit = Unfit {
        code: "stream",
        what: "the answer of another format is a stream, which is not translated".into(),
        remedy: "set `stream` to false, or choose a target that is served in the request's format",
        pointer: "/stream".to_owned(),
        offset: 0,
    };
    error(unfit, 1, 1)
}

fn direction(from: Format, to: Format) -> Error {
    let unfit = Unfit {
        code: "direction",
        what: format!(
            "no translation from {} to {} is built",
            from.as_str(),
            to.as_str()
        )
        .into(),
        remedy: "send it to a model that is served in its format",
        pointer: String::new(),
        offset: 0,
    };
    error(unfit, 1, 1)
}
