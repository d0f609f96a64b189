//! Pairing of calls and results, read once in the order of the history.
//!
//! ```text
//! for each message:
//!   does it end the turn that calls?        by the format: any message but a result; the next turn of the model; never
//!   its calls open a turn (or join it)      two of one id: the second repeats the first
//!   each of its results:
//!     an open call of the turn              answers it
//!     an answered one                       a duplicate
//!     a call of an earlier turn, unanswered misplaced
//!     none                                  an orphan
//! ```
//!
//! Ids are reused in later turns, so an id identifies a call only within its turn; across turns it
//! refers to the last call with that id and without a result. Of two calls with one id the first is
//! answered first. Linear: a turn of up to [`FEW`] calls is searched, a larger one has an index.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::super::server::{Pairing, Rules};
use crate::request::{CallKind, Message, PartKind, Request, Role, ToolCall, ToolResult};

/// Maximum number of calls in a turn that are searched linearly; nearly all turns have fewer.
const FEW: usize = 8;

/// A call of the history.
#[derive(Debug)]
pub(in crate::check) struct Call<'r> {
    /// Whether a result is required: not for a tool that the provider runs itself, though it may
    /// have one.
    pub(in crate::check) owed: bool,
    pub(in crate::check) view: ToolCall<'r>,
    pub(in crate::check) message: usize,
    pub(in crate::check) turn: usize,
    /// Empty if the call has no id.
    pub(in crate::check) id: Cow<'r, str>,
    /// First result, at the right place or elsewhere.
    pub(in crate::check) result: Option<usize>,
    /// Earlier call of the same turn with the same id.
    pub(in crate::check) repeats: Option<usize>,
}

/// A result of the history.
#[derive(Debug)]
pub(in crate::check) struct ResultOfCall<'r> {
    pub(in crate::check) view: ToolResult<'r>,
    pub(in crate::check) message: usize,
    pub(in crate::check) place: Place,
}

/// Position of a result relative to its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Place {
    /// At the right place, for this call.
    Right(usize),
    /// After another result of this call.
    Duplicate(usize),
    /// After its call, but in a later turn or after other content.
    Misplaced(usize),
    /// Without a call; whether calls with other ids directly precede it.
    Orphan { behind_calls: bool },
    /// Without the id of a call.
    Nameless,
}

/// A turn of calls: a message of the model, or several consecutive ones if the provider joins them.
#[derive(Debug)]
pub(in crate::check) struct Turn {
    pub(in crate::check) calls: Range<usize>,
    /// Last message with calls.
    pub(in crate::check) last: usize,
    /// Message that ends the turn: the first one where no result of the turn may appear. The number
    /// of messages at the end of the history.
    pub(in crate::check) end: usize,
}

/// Calls and results of a history.
#[derive(Debug, Default)]
pub(in crate::check) struct Pairs<'r> {
    pub(in crate::check) calls: Vec<Call<'r>>,
    pub(in crate::check) results: Vec<ResultOfCall<'r>>,
    pub(in crate::check) turns: Vec<Turn>,
    /// Whether the server stores a part of the history, which may contain calls.
    pub(in crate::check) unseen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Model,
    User,
    Other,
}

struct Reader<'r> {
    pairs: Pairs<'r>,
    rules: &'static Rules,
    /// Turn whose results are being read.
    open: bool,
    /// Number of its calls without a result.
    unanswered: usize,
    /// Index before which no call is open, in a turn that is answered by position.
    cursor: usize,
    /// Calls of a large turn by id, those without a result in order.
    index: HashMap<Cow<'r, str>, (usize, VecDeque<usize>)>,
    /// Last call of closed turns without a result, by id.
    dangling: HashMap<Cow<'r, str>, usize>,
    speaker: Speaker,
    /// Whether the answering turn contains content other than results.
    content_seen: bool,
}

impl<'r> Pairs<'r> {
    pub(in crate::check) fn of(request: &'r Request<'_>, rules: &'static Rules) -> Pairs<'r> {
        let layout = request.layout();
        let mut reader = Reader {
            pairs: Pairs {
                calls: Vec::with_capacity(layout.calls.len()),
                results: Vec::with_capacity(layout.results.len()),
                turns: Vec::with_capacity(layout.calls.len()),
                unseen: layout.kept_context.is_some(),
            },
            rules,
            open: false,
            unanswered: 0,
            cursor: 0,
            index: HashMap::new(),
            dangling: HashMap::new(),
            speaker: Speaker::Other,
            content_seen: false,
        };
        let mut count = 0;
        for message in request.messages() {
            count += 1;
            reader.message(message);
        }
        reader.close(count);
        reader.pairs
    }

    /// Returns the calls of a turn that have no result at all.
    pub(in crate::check) fn unanswered(&self, turn: usize) -> impl Iterator<Item = &Call<'r>> {
        self.calls[self.turns[turn].calls.clone()]
            .iter()
            .filter(|call| call.is_unanswered())
    }
}

impl Call<'_> {
    /// Whether the call waits for a result. A second call with the same id is a fault of its own,
    /// so its missing result is not reported as well.
    pub(in crate::check) fn is_unanswered(&self) -> bool {
        self.owed && self.result.is_none() && self.repeats.is_none()
    }
}

impl<'r> Reader<'r> {
    fn message(&mut self, message: Message<'r>) {
        self.pairs.unseen |= message.is_reference();
        self.turn(&message);
        for call in message.tool_calls() {
            // Legacy calls are never compared with their results.
            if call.kind() != CallKind::LegacyFunction {
                self.call(call, message.index());
            }
        }
        if message.role() == Role::Function && self.rules.pairing == Pairing::NextResults {
            return; // the legacy result, which names a function and no call
        }
        if self.rules.results_first && message.tool_results().len() > 0 {
            let mut results = message.tool_results();
            for part in message.parts() {
                match part.kind() {
                    PartKind::ToolResult => {
                        if let Some(result) = results.next() {
                            self.result(result, message.index());
                        }
                    }
                    PartKind::CacheMark => {}
                    _ => self.content_seen = true,
                }
            }
            return;
        }
        self.content_seen |= message.tool_results().len() == 0;
        for result in message.tool_results() {
            self.result(result, message.index());
        }
    }

    /// Continues, answers or ends the current turn with a message.
    fn turn(&mut self, message: &Message<'r>) {
        let speaker = match message.role() {
            Role::Assistant => Speaker::Model,
            Role::User | Role::Tool | Role::Function => Speaker::User,
            _ => Speaker::Other,
        };
        match self.rules.pairing {
            Pairing::Anywhere => {}
            Pairing::NextResults => {
                if message.role() != Role::Tool {
                    self.close(message.index());
                }
            }
            Pairing::NextTurn | Pairing::NextMessage => match speaker {
                Speaker::Model if self.speaker == Speaker::Model => {}
                Speaker::User if self.speaker == Speaker::Model => self.content_seen = false,
                Speaker::User
                    if self.speaker == Speaker::User && self.rules.pairing == Pairing::NextTurn => {
                }
                _ => self.close(message.index()),
            },
        }
        self.speaker = speaker;
    }

    fn call(&mut self, view: ToolCall<'r>, message: usize) {
        let this = self.pairs.calls.len();
        if !self.open {
            self.open = true;
            self.unanswered = 0;
            self.cursor = this;
            self.index.clear();
            self.pairs.turns.push(Turn {
                calls: this..this,
                last: message,
                end: usize::MAX,
            });
        }
        let turn = self.pairs.turns.len() - 1;
        let id = view.id().unwrap_or_default();
        let from = self.pairs.turns[turn].calls.start;
        if this - from == FEW {
            for nth in from..this {
                let id = self.pairs.calls[nth].id.clone();
                self.remember(id, nth);
            }
        }
        let repeats = if id.is_empty() {
            None
        } else if this - from < FEW {
            (from..this).find(|&nth| self.pairs.calls[nth].id == id)
        } else {
            self.index.get(&id).map(|(first, _)| *first)
        };
        if this - from >= FEW {
            self.remember(id.clone(), this);
        }
        self.pairs.turns[turn].calls.end = this + 1;
        self.pairs.turns[turn].last = message;
        self.unanswered += 1;
        self.pairs.calls.push(Call {
            owed: view.kind() != CallKind::Hosted,
            view,
            message,
            turn,
            id,
            result: None,
            repeats,
        });
    }

    fn remember(&mut self, id: Cow<'r, str>, call: usize) {
        let (_, open) = self
            .index
            .entry(id)
            .or_insert_with(|| (call, VecDeque::new()));
        if self
            .pairs
            .calls
            .get(call)
            .is_none_or(|call| call.result.is_none())
        {
            open.push_back(call);
        }
    }

    fn result(&mut self, view: ToolResult<'r>, message: usize) {
        if view.is_hosted() {
            return;
        }
        let this = self.pairs.results.len();
        let id = view.call_id().unwrap_or_default();
        let place = self.place(&id, view);
        if let Place::Right(call) | Place::Misplaced(call) = place {
            self.pairs.calls[call].result = Some(this);
        }
        self.pairs.results.push(ResultOfCall {
            view,
            message,
            place,
        });
    }

    fn place(&mut self, id: &str, view: ToolResult<'r>) -> Place {
        let right = |call, late| {
            if late {
                Place::Misplaced(call)
            } else {
                Place::Right(call)
            }
        };
        let late = self.rules.results_first && self.content_seen;
        let mut answered = None;
        if self.open {
            let found = if self.rules.by_name {
                self.by_name(id, view)
            } else if id.is_empty() {
                self.next_without_id()
            } else {
                self.by_id(id)
            };
            match found {
                Some((call, true)) => {
                    self.unanswered -= 1;
                    return right(call, late);
                }
                Some((call, false)) => answered = Some(call),
                None => {}
            }
        }
        // The id of an earlier turn is preferred over a second result here: a stale result belongs
        // to the call without one.
        if let Some(call) = (!id.is_empty()).then(|| self.dangling.remove(id)).flatten() {
            return Place::Misplaced(call);
        }
        match answered {
            Some(call) => Place::Duplicate(call),
            None if id.is_empty() && !self.rules.by_name => Place::Nameless,
            None => Place::Orphan {
                behind_calls: self.open,
            },
        }
    }

    fn turn_calls(&self) -> Range<usize> {
        self.pairs
            .turns
            .last()
            .map_or(0..0, |turn| turn.calls.clone())
    }

    /// Finds the call with an id, and whether it is open.
    fn by_id(&mut self, id: &str) -> Option<(usize, bool)> {
        let calls = self.turn_calls();
        if calls.len() > FEW {
            let (first, open) = self.index.get_mut(id)?;
            return Some(match open.pop_front() {
                Some(call) => (call, true),
                None => (*first, false),
            });
        }
        let with_id = |nth: &usize| self.pairs.calls[*nth].id == id;
        calls
            .clone()
            .find(|nth| with_id(nth) && self.pairs.calls[*nth].result.is_none())
            .map(|call| (call, true))
            .or_else(|| calls.clone().find(with_id).map(|call| (call, false)))
    }

    /// Finds the first open call that has no id either.
    fn next_without_id(&mut self) -> Option<(usize, bool)> {
        let end = self.turn_calls().end;
        while self.cursor < end {
            let call = &self.pairs.calls[self.cursor];
            if call.id.is_empty() && call.result.is_none() {
                return Some((self.cursor, true));
            }
            self.cursor += 1;
        }
        None
    }

    /// Finds a call by id if both have one, else by name, else by position: the provider only
    /// counts them.
    fn by_name(&mut self, id: &str, view: ToolResult<'r>) -> Option<(usize, bool)> {
        let calls = self.turn_calls();
        if !id.is_empty()
            && let Some((call, true)) = self.by_id(id)
        {
            return Some((call, true));
        }
        // A search by name would be quadratic in a turn of thousands of calls, which real histories
        // do not have.
        if calls.len() <= FEW * FEW {
            let name = view.name().unwrap_or_default();
            let named = calls.clone().find(|&nth| {
                let call = &self.pairs.calls[nth];
                call.result.is_none() && call.view.name().unwrap_or_default() == name
            });
            if let Some(call) = named {
                return Some((call, true));
            }
        }
        while self.cursor < calls.end {
            if self.pairs.calls[self.cursor].result.is_none() {
                return Some((self.cursor, true));
            }
            self.cursor += 1;
        }
        calls.last().map(|call| (call, false))
    }

    /// Ends the turn: calls without a result can only have a misplaced one from here on.
    fn close(&mut self, message: usize) {
        if !self.open {
            return;
        }
        self.open = false;
        let calls = self.turn_calls();
        if let Some(turn) = self.pairs.turns.last_mut() {
            turn.end = message;
        }
        if self.unanswered == 0 {
            return;
        }
        for nth in calls {
            let call = &self.pairs.calls[nth];
            if call.result.is_none() && !call.id.is_empty() {
                self.dangling.insert(call.id.clone(), nth);
            }
        }
    }
}
