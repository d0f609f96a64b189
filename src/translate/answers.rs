//! Answers in the format of the original request.

use std::fmt;

use super::{direction, error};
use crate::edit::Edit;
use crate::error::Error;
use crate::json::Document;
use crate::provider::neutral::{Notes, Stop, Unfit, What};
use crate::reply::Usage;
use crate::reply::usage::{Classes, Origin};
use crate::request::Format;
use crate::shown::is_api_field;

/// An answer in another format.
#[derive(Clone, PartialEq)]
pub struct TranslatedAnswer {
    body: String,
    edits: Vec<Edit>,
}

impl TranslatedAnswer {
    /// Returns the body.
    ///
    /// ```
    /// use tokenfit::{Format, translate, reply::usage::Origin};
    ///
    /// let answer = br#"{"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Dry."}]}"#;
    /// let chat = translate::answer(Format::Anthropic, Format::OpenAiChat, answer, &Origin::new())?;
    /// assert!(chat.as_bytes().starts_with(b"{"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.body.as_bytes()
    }

    /// Returns the body, owned.
    ///
    /// ```
    /// use tokenfit::{Format, translate, reply::usage::Origin};
    ///
    /// let answer = br#"{"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Dry."}]}"#;
    /// let chat = translate::answer(Format::Anthropic, Format::OpenAiChat, answer, &Origin::new())?;
    /// let body: Vec<u8> = chat.into_bytes();
    /// assert!(body.ends_with(b"}"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_bytes(self) -> Vec<u8> {
        self.body.into_bytes()
    }

    /// Returns what was left out, with places in the original answer: reasoning, fields that the
    /// other format does not have.
    ///
    /// ```
    /// use tokenfit::{Format, translate, reply::usage::Origin};
    ///
    /// let answer = br#"{"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Dry."}]}"#;
    /// let chat = translate::answer(Format::Anthropic, Format::OpenAiChat, answer, &Origin::new())?;
    /// assert_eq!(chat.edits()[0].pointer(), "/content/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }
}

/// Prints numbers only.
impl fmt::Debug for TranslatedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranslatedAnswer")
            .field("bytes", &self.body.len())
            .field("edits", &self.edits.len())
            .finish()
    }
}

/// Writes a whole answer in another format: id, model, text, calls, stop reason, usage. The time of
/// a chat answer is 0, because the other formats state none. Linear.
///
/// # Errors
///
/// [`ErrorKind::Untranslatable`](crate::ErrorKind::Untranslatable) if a part has no counterpart or
/// the pair of formats is not built; the errors of reading JSON, also for a stream.
///
/// # Examples
///
/// ```
/// use tokenfit::{Format, translate, reply::usage::Origin};
///
/// let answer = r#"{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
///     "content": [{"type": "text", "text": "Dry."}], "stop_reason": "end_turn",
///     "usage": {"input_tokens": 20, "output_tokens": 4}}"#;
/// let chat = translate::answer(Format::Anthropic, Format::OpenAiChat, answer.as_bytes(), &Origin::new())?;
/// let chat: serde_json::Value = serde_json::from_slice(chat.as_bytes())?;
/// assert_eq!(chat["choices"][0]["message"]["content"], "Dry.");
/// assert_eq!(chat["choices"][0]["finish_reason"], "stop");
/// assert_eq!(chat["usage"]["total_tokens"], 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn answer(
    from: Format,
    to: Format,
    body: &[u8],
    origin: &Origin,
) -> Result<TranslatedAnswer, Error> {
    let document = Document::parse_bytes(body, is_api_field)?;
    if from == to {
        return Ok(TranslatedAnswer {
            body: document.text().to_owned(),
            edits: Vec::new(),
        });
    }
    let (Some(read), Some(write)) = (
        from.wire().translation.read_answer,
        to.wire().translation.write_answer,
    ) else {
        return Err(direction(from, to));
    };
    let mut notes = Notes::default();
    let placed = |unfit: Unfit| {
        let place = document.place(String::new(), unfit.offset);
        error(unfit, place.line, place.column)
    };
    let mut reply = read(document.root(), &mut notes).map_err(placed)?;
    let has_calls = reply
        .pieces
        .iter()
        .any(|piece| matches!(piece.what, What::Call(_)));
    // Some hosts return calls with the stop reason of plain text.
    if has_calls && reply.stop == Stop::End {
        reply.stop = Stop::Calls;
    }
    let usage = Usage::parse(body, origin);
    let used = usage.map_or_else(|_| Classes::default(), |usage| *usage.classes());
    Ok(TranslatedAnswer {
        body: write(&reply, &used),
        edits: notes.edits,
    })
}
