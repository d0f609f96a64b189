//! A growing conversation: messages are pushed, and the view to be sent stays fitted.
//!
//! ```text
//! push      the new message is read and counted, nothing else
//! advance   below the high water mark? that is a comparison. Above it: what is sent is fitted, as a request of its own,
//!           and that is the view from now on
//! view      head, messages and tail of the view, written one behind the other
//! ```
//!
//! All messages are stored; the view contains those that are sent. Between two cuts it only grows
//! at its end, so a prompt cache serves the rest. A cut is linear in the view; the growth up to the
//! next cut pays for it.
//!
//! `conversation/state.rs` has the data, `conversation/view.rs` fits the view.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::counter::{MessageCounter, size_of};
use super::outcome::is_refused;
use super::{Fitter, SummaryHealth, SummaryJob};
use crate::check::codes;
use crate::edit::Receipt;
use crate::error::{Error, Inner};
use crate::json::Kind;
use crate::request::{Format, Request};

mod state;
mod view;

pub use state::ConversationState;
use state::{Entry, Holds, Piece};

/// Outcome of [`Conversation::advance`].
#[derive(Debug)]
#[non_exhaustive]
pub enum StepOutcome {
    /// The view fits without changes.
    Fits,
    /// Messages were cut from the view.
    Cut(Box<Receipt>),
    /// A summary is needed: call [`Conversation::supply`], or [`Conversation::fail`]. Until then
    /// messages can be pushed and the view sent, as long as it is within the limit.
    NeedSummary(Box<SummaryJob>),
    /// A summary was requested earlier and has not arrived: see [`Conversation::pending`].
    Pending,
}

/// A conversation that is fitted as it grows.
///
/// Cheap to clone: a branch shares its messages until one of the two is changed.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Conversation, Preset};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(60);
/// let start = Request::parse(r#"{"model": "gpt-4o", "temperature": 0.2, "messages": [
///     {"role": "system", "content": "You water plants."}]}"#)?;
/// let mut conversation = Conversation::new(Preset::CacheFriendly.fitter(budget), &start)?;
/// for bed in 1..=9 {
///     conversation.push(&format!(r#"{{"role": "user", "content": "Water bed {bed}, please."}}"#))?;
///     let _send = conversation.view()?;
///     conversation.push(&format!(r#"{{"role": "assistant", "content": "Bed {bed} is watered."}}"#))?;
/// }
/// assert_eq!(conversation.len(), 19);
/// let view = conversation.view()?;
/// assert!(view.messages().len() < 10);
/// assert_eq!(view.messages().nth(1).unwrap().text(), "Water bed 1, please.");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Conversation {
    fitter: Fitter,
    counter: Arc<dyn MessageCounter>,
    format: Format,
    /// Limit of the input.
    limit: u64,
    state: ConversationState,
}

impl Conversation {
    /// Starts a conversation with the settings, tools, instructions and messages of a request.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset}};
    ///
    /// let fitter = Preset::CacheFriendly.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// let start = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "system", "content": "Be brief."}]}"#)?;
    /// let mut conversation = Conversation::new(fitter, &start)?;
    /// conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert_eq!(conversation.view()?.messages().len(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoHistory`](crate::ErrorKind::NoHistory) if the request has no list of
    /// messages; [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) if it cannot be
    /// counted, [`ErrorKind::InvalidBudget`](crate::ErrorKind::InvalidBudget) if no limit is known.
    pub fn new(fitter: Fitter, request: &Request<'_>) -> Result<Conversation, Error> {
        let list = request.list_value();
        let is_conversation = list.kind() == Kind::Array && request.format().wire().has_history;
        if !is_conversation {
            return Err(Inner::NoHistory {
                format: request.format().as_str(),
            }
            .into());
        }
        let fitter = fitter.for_request(request).into_owned();
        let span = list.span();
        let text = request.text();
        let json: Vec<Arc<str>> = list.items().map(|item| Arc::from(item.raw())).collect();
        let messages = json
            .iter()
            .map(|json| Entry {
                json: Arc::clone(json),
                pinned: false,
            })
            .collect();
        let mut conversation = Conversation {
            counter: fitter.counter_for(request)?,
            limit: fitter.limit_of(request)?,
            fitter: fitter.turn_by_turn(false),
            format: request.format(),
            state: ConversationState {
                format: request.format().as_str().to_owned(),
                head: Arc::from(&text[..span.start + 1]),
                tail: Arc::from(&text[span.end - 1..]),
                messages: Arc::new(messages),
                view: Arc::new(Vec::new()),
                around: 0,
                sum: 0,
                usage: None,
                pending: None,
                health: SummaryHealth::default(),
            },
        };
        let origins: Vec<Option<usize>> = (0..json.len()).map(Some).collect();
        conversation.set_view(request, &origins);
        Ok(conversation)
    }

    /// Restores a saved conversation. Pass the fitter again; it is not saved.
    ///
    /// # Errors
    ///
    /// The errors of [`new`](Self::new), also if the state is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Conversation, Preset};
    ///
    /// let fitter = Preset::CacheFriendly.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// let start = Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// let mut conversation = Conversation::new(fitter.clone(), &start)?;
    /// conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// let saved = serde_json::to_string(conversation.state()).unwrap();
    ///
    /// let state = serde_json::from_str(&saved).unwrap();
    /// let resumed = Conversation::resume(fitter, state)?;
    /// assert_eq!(resumed.to_json(), conversation.to_json());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn resume(fitter: Fitter, state: ConversationState) -> Result<Conversation, Error> {
        let format: Format = state.format.parse()?;
        let request = Request::from_text(format, state.to_json())?;
        let fitter = fitter.for_request(&request).into_owned();
        Ok(Conversation {
            counter: fitter.counter_for(&request)?,
            limit: fitter.limit_of(&request)?,
            fitter: fitter.turn_by_turn(false),
            format,
            state,
        })
    }

    /// Returns the state to save; [`resume`](Self::resume) restores it.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// let saved = serde_json::to_string(conversation.state()).unwrap();
    /// assert!(saved.contains("Water bed 3."));    // it holds the messages
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn state(&self) -> &ConversationState {
        &self.state
    }

    /// Returns the number of messages, sent or not, without instructions outside of the list.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert_eq!(conversation.len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.state.messages.len()
    }

    /// Returns whether there are no messages.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert!(!conversation.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.state.messages.is_empty()
    }

    /// Returns the number of messages in the view.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(20);
    /// # let mut conversation = Conversation::new(Preset::SlidingWindow.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # for message in [r#"{"role": "user", "content": "Hi"}"#, r#"{"role": "assistant", "content": "Hello, what shall I sing?"}"#, r#"{"role": "user", "content": "Sing about bed 3."}"#] {
    /// #     conversation.push(message)?;
    /// # }
    /// assert!(matches!(conversation.advance()?, StepOutcome::Cut(_)));
    /// assert_eq!((conversation.view_len(), conversation.len()), (1, 3));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn view_len(&self) -> usize {
        self.state.view.len()
    }

    /// Returns the size of the view in the fitter's unit, scaled to the provider's counts once
    /// they were [observed](Self::observe).
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert_eq!(conversation.size(), 12);    // tokens
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn size(&self) -> u64 {
        let counted = self.state.around.saturating_add(self.state.sum);
        match self.state.ratio() {
            Some(ratio) => (counted as f64 * ratio).ceil() as u64,
            None => counted,
        }
    }

    /// Returns a message as JSON, in the view or not.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert_eq!(conversation.message_json(0), Some(r#"{"role": "user", "content": "Water bed 3."}"#));
    /// assert_eq!(conversation.message_json(1), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn message_json(&self, message: usize) -> Option<&str> {
        self.state.messages.get(message).map(|entry| &*entry.json)
    }

    /// Adds a message as JSON, in the format of the conversation's first request. Linear in the new
    /// message, and for a result in its round.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// conversation.push(r#"{"role": "assistant", "content": "Done."}"#)?;
    /// assert_eq!(conversation.len(), 2);
    /// assert!(conversation.push("not JSON").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Request::parse`] if it is not JSON;
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is not a message of the format, with
    /// places within the message. The conversation is unchanged then.
    pub fn push(&mut self, json: &str) -> Result<(), Error> {
        self.is_message(json)?;
        let from = self.round_from();
        let round: Vec<&str> = self.state.view[from..]
            .iter()
            .map(|piece| &*piece.json)
            .collect();
        let (open, close) = self.format.wire().around;
        let before = round.len();
        let mut text = String::from(open);
        for before in &round {
            text.push_str(before);
            text.push(',');
        }
        text.push_str(json);
        text.push_str(close);
        let small = Request::from_text(self.format, text)?;
        let counts = self.counter.count_messages(&small);
        let sizes: Vec<u64> = counts
            .messages
            .iter()
            .map(|&count| size_of(count))
            .collect();
        let items: Vec<Arc<str>> = small
            .list_value()
            .items()
            .skip(before)
            .map(|item| Arc::from(item.raw()))
            .collect();
        let [item] = items.as_slice() else {
            return Err(Inner::Plan {
                what: format!("one message was pushed, but it contains {}", items.len()),
            }
            .into());
        };
        let view = Arc::make_mut(&mut self.state.view);
        let round_before = view[from..].iter().map(|piece| piece.size).collect();
        // Results of one batch are counted together, so the earlier ones can change.
        if sizes.len() == before + 1 {
            for (piece, &size) in view[from..].iter_mut().zip(&sizes) {
                self.state.sum = self
                    .state
                    .sum
                    .saturating_sub(piece.size)
                    .saturating_add(size);
                piece.size = size;
            }
        }
        let size = sizes.last().copied().unwrap_or_default();
        self.state.sum = self.state.sum.saturating_add(size);
        let last = small.messages().next_back();
        view.push(Piece {
            json: Arc::clone(item),
            size,
            origin: Some(self.state.messages.len()),
            holds: last.map(|message| Holds::of(&message)).unwrap_or_default(),
            round_before,
        });
        Arc::make_mut(&mut self.state.messages).push(Entry {
            json: Arc::clone(item),
            pinned: false,
        });
        Ok(())
    }

    /// Returns an error for a value that is not a message of the format: another one's, or one of
    /// an unknown role.
    fn is_message(&self, json: &str) -> Result<(), Error> {
        const OF_FORM: [&str; 4] = [
            codes::UNKNOWN_ROLE,
            codes::MISSING_PARAMETER,
            codes::MISSING_CONTENT,
            codes::INVALID_TYPE,
        ];
        let (open, close) = self.format.wire().around;
        let alone = Request::from_text(self.format, format!("{open}{json}{close}"))?;
        let at = format!("{}/0", alone.list_pointer());
        let report = self.fitter.budget.check(&alone);
        let of_form = report
            .findings()
            .iter()
            .filter(|finding| OF_FORM.contains(&finding.code) && is_refused(finding))
            .filter_map(|finding| {
                Some((finding.code, finding.pointer.strip_prefix(&at)?.to_owned()))
            });
        let findings: Vec<(&'static str, String)> = of_form.collect();
        match findings.is_empty() {
            true => Ok(()),
            false => Err(Inner::Refused { findings }.into()),
        }
    }

    /// Removes the last message, for example because it could not be sent, and returns its JSON.
    /// `None` if there is none.
    ///
    /// The conversation is as before the [`push`](Self::push), unless something was cut since: a
    /// cut is not undone, and a summary keeps its content. A [pending](Self::pending) summary of
    /// the message is dropped. As fast as `push`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Conversation, Preset};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let start = Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &start)?;
    /// let hello = r#"{"role": "user", "content": "Hello"}"#;
    /// conversation.push(hello)?;
    /// let was_sent = false;                                // the network was down
    /// if !was_sent {
    ///     assert_eq!(conversation.pop().as_deref(), Some(hello));
    /// }
    /// assert!(conversation.is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pop(&mut self) -> Option<String> {
        let state = &mut self.state;
        let entry = Arc::make_mut(&mut state.messages).pop()?;
        let last = state.messages.len();
        let view = Arc::make_mut(&mut state.view);
        let Some(piece) = view.pop_if(|piece| piece.origin == Some(last)) else {
            return Some(entry.json.to_string());
        };
        state.sum = state.sum.saturating_sub(piece.size);
        let from = view.len().saturating_sub(piece.round_before.len());
        for (of_round, size) in view[from..].iter_mut().zip(piece.round_before) {
            state.sum = state.sum.saturating_sub(of_round.size).saturating_add(size);
            of_round.size = size;
        }
        if let Some(job) = &state.pending {
            let left = Request::from_text(self.format, state.to_json());
            if left.is_ok_and(|left| !job.is_within(&left)) {
                state.pending = None;
            }
        }
        Some(entry.json.to_string())
    }

    /// Adds a message from a serializable value.
    ///
    /// # Errors
    ///
    /// The errors of [`push`](Self::push), also if the value cannot be written as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Conversation, Preset};
    ///
    /// let fitter = Preset::CacheFriendly.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// let mut conversation = Conversation::new(fitter, &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// conversation.push_value(&serde_json::json!({"role": "user", "content": "Water bed 3."}))?;
    /// assert_eq!(conversation.len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn push_value<T: Serialize + ?Sized>(&mut self, message: &T) -> Result<(), Error> {
        let json = serde_json::to_string(message).map_err(|error| {
            Error::from(Inner::Serialize {
                category: crate::request::category(&error),
            })
        })?;
        self.push(&json)
    }

    /// Protects a message from all cuts; a position that does not exist is ignored. A message that
    /// was cut earlier does not return.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(30);
    /// # let mut conversation = Conversation::new(Preset::SlidingWindow.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # for message in [r#"{"role": "user", "content": "Call me Ann."}"#, r#"{"role": "assistant", "content": "Hello Ann, what shall I sing for you?"}"#, r#"{"role": "user", "content": "Sing about bed 3."}"#] {
    /// #     conversation.push(message)?;
    /// # }
    /// conversation.pin(0);
    /// conversation.advance()?;
    /// assert!(conversation.to_json().contains("Call me Ann."));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pin(&mut self, message: usize) {
        if let Some(entry) = Arc::make_mut(&mut self.state.messages).get_mut(message) {
            entry.pinned = true;
        }
    }

    /// Sets the number of tokens that the provider counted for the current view: call it with the
    /// usage of an answer, before you push the answer. From then on sizes are scaled to the
    /// provider's counts, by at most a factor of two.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Conversation, Preset};
    ///
    /// let fitter = Preset::CacheFriendly.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// let start = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let mut conversation = Conversation::new(fitter, &start)?;
    /// assert_eq!(conversation.size(), 8);
    /// conversation.observe(12);                               // `usage` of the provider's answer
    /// assert_eq!(conversation.size(), 12);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn observe(&mut self, input_tokens: u64) {
        let counted = self.state.around.saturating_add(self.state.sum);
        if counted > 0 {
            self.state.usage = Some((input_tokens, counted));
        }
    }

    /// Checks whether the view fits, and cuts it otherwise. Only a comparison until the high-water
    /// mark is crossed.
    ///
    /// # Errors
    ///
    /// The errors of [`Fitter::fit`]. The conversation is then unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Conversation, Preset, StepOutcome};
    ///
    /// let fitter = Preset::SlidingWindow.fitter(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(20));
    /// let mut conversation = Conversation::new(fitter, &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// conversation.push(r#"{"role": "user", "content": "Hi"}"#)?;
    /// assert!(matches!(conversation.advance()?, StepOutcome::Fits));
    /// conversation.push(r#"{"role": "assistant", "content": "Hello, what shall I sing?"}"#)?;
    /// conversation.push(r#"{"role": "user", "content": "Sing about bed 3."}"#)?;
    /// assert!(matches!(conversation.advance()?, StepOutcome::Cut(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn advance(&mut self) -> Result<StepOutcome, Error> {
        let size = self.size();
        if size <= self.fitter.high_water_of(self.limit) {
            return Ok(StepOutcome::Fits);
        }
        if self.state.pending.is_some() {
            if size <= self.limit {
                return Ok(StepOutcome::Pending);
            }
            // There is no room to wait for it.
            self.state.pending = None;
            return self.cut_or_ask(false);
        }
        self.cut_or_ask(true)
    }

    /// Accepts the requested summary.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(200);
    /// # let mut conversation = Conversation::new(Preset::SummarizeConversation.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # for bed in 0..18 {
    /// #     conversation.push(&format!(r#"{{"role": "user", "content": "Bed {bed} is dry again, and its valve sticks."}}"#))?;
    /// # }
    /// let StepOutcome::NeedSummary(_job) = conversation.advance()? else { panic!("it is too long") };
    /// let outcome = conversation.supply("Beds are dry, valves stick.")?;
    /// assert!(matches!(outcome, StepOutcome::Cut(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`](crate::ErrorKind::InvalidPlan) if none is requested (any more);
    /// otherwise the errors of [`Fitter::supply`]. The request for a summary is then settled, as if
    /// none had been written.
    pub fn supply(&mut self, text: &str) -> Result<StepOutcome, Error> {
        self.answered(|fitter, request, job| fitter.supply(request, job, text))
    }

    /// Accepts a summary that may arrive late, for the job that it answers. A job is dropped if
    /// there is no room left to wait, and another one may have replaced it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`](crate::ErrorKind::InvalidPlan) if the job is not
    /// [pending](Self::pending); the conversation is then unchanged. Otherwise the errors of
    /// [`supply`](Self::supply).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, ErrorKind, Request};
    /// use tokenfit::fit::{StepOutcome, Conversation, Preset};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(200);
    /// let start = Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// let mut conversation = Conversation::new(Preset::SummarizeConversation.fitter(budget), &start)?;
    /// for bed in 0..18 {
    ///     conversation.push(&format!(r#"{{"role": "user", "content": "Bed {bed} is dry again, and its valve sticks."}}"#))?;
    /// }
    /// let mut branch = conversation.clone();
    /// # for bed in 0..9 { branch.push(&format!(r#"{{"role": "user", "content": "Bed {bed} is dry again, and its valve sticks."}}"#))?; }
    /// let StepOutcome::NeedSummary(job) = conversation.advance()? else { panic!("it is too long") };
    /// let StepOutcome::Cut(_) = conversation.supply_to(&job, "Beds are dry.")? else { panic!("it is short enough") };
    /// assert_eq!(conversation.supply_to(&job, "Beds are dry.").unwrap_err().kind(), ErrorKind::InvalidPlan);
    /// # let StepOutcome::NeedSummary(_) = branch.advance()? else { panic!() };
    /// # assert_eq!(branch.supply_to(&job, "Beds are dry.").unwrap_err().kind(), ErrorKind::InvalidPlan);
    /// # assert!(branch.pending().is_some());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn supply_to(&mut self, job: &SummaryJob, text: &str) -> Result<StepOutcome, Error> {
        if self.pending() != Some(job) {
            return Err(Inner::Plan {
                what: "this summary is no longer requested".to_owned(),
            }
            .into());
        }
        self.supply(text)
    }

    /// Returns the summary that is requested and has not arrived: after a restart, ask a model for
    /// it.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(200);
    /// # let mut conversation = Conversation::new(Preset::SummarizeConversation.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # for bed in 0..18 {
    /// #     conversation.push(&format!(r#"{{"role": "user", "content": "Bed {bed} is dry again, and its valve sticks."}}"#))?;
    /// # }
    /// let StepOutcome::NeedSummary(_job) = conversation.advance()? else { panic!("it is too long") };
    /// assert_eq!(conversation.pending().unwrap().attempt, 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pending(&self) -> Option<&SummaryJob> {
        self.state.pending.as_ref()
    }

    /// Reports that there is no summary.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(200);
    /// # let mut conversation = Conversation::new(Preset::SummarizeConversation.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # for bed in 0..18 {
    /// #     conversation.push(&format!(r#"{{"role": "user", "content": "Bed {bed} is dry again, and its valve sticks."}}"#))?;
    /// # }
    /// let StepOutcome::NeedSummary(_job) = conversation.advance()? else { panic!("it is too long") };
    /// conversation.fail()?;       // asks once more
    /// let outcome = conversation.fail()?;
    /// assert!(matches!(outcome, StepOutcome::Cut(_)));    // by dropping messages
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`supply`](Self::supply).
    pub fn fail(&mut self) -> Result<StepOutcome, Error> {
        self.answered(|fitter, request, job| fitter.fail(request, job))
    }

    /// Returns the request to send; above the limit it is fitted without a summary. Linear in the
    /// view.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// let request = conversation.view()?;
    /// assert_eq!(request.as_bytes(), conversation.to_json().as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`advance`](Self::advance).
    pub fn view(&mut self) -> Result<Request<'static>, Error> {
        // A summary can be awaited while there is room.
        let waits = self.fitter.summaries().is_some() && self.size() <= self.limit;
        if !waits && self.size() > self.fitter.high_water_of(self.limit) {
            self.state.pending = None;
            self.cut_or_ask(false)?;
        }
        self.request()
    }

    /// Returns the current view as JSON, fitted or not. Linear in the view.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Conversation, Preset, StepOutcome}};
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// # let mut conversation = Conversation::new(Preset::Agent.fitter(budget), &Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?)?;
    /// # conversation.push(r#"{"role": "user", "content": "Water bed 3."}"#)?;
    /// assert_eq!(conversation.to_json(), r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Water bed 3."}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        self.state.to_json()
    }

    fn request(&self) -> Result<Request<'static>, Error> {
        Request::from_text(self.format, self.to_json())
    }
}

/// Prints numbers only.
impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("fitter", &self.fitter)
            .field("state", &self.state)
            .finish()
    }
}
