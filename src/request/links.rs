//! Links between calls and their results.
//!
//! ```text
//! for each message, in order:
//!   each call    → recorded as open under its id (without one: under its name, in call order)
//!   each result  → the first open call of its id; without an id, of its name; without both, of all
//! ```
//!
//! Ids are reused in later turns (agents that number their calls from 0 in every turn; several
//! corpora have them), so a new call takes over its id: calls of that id in earlier runs of the
//! model's messages are closed, answered or not. One pass, with one hash look-up per call and one
//! per result.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{CallKind, Request, Role};

/// State of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallState {
    /// A result answers the call.
    Answered,
    /// No result answers the call, although the conversation continued.
    Unanswered,
    /// No result answers the call, but only messages of the model follow: the result may still
    /// come.
    Pending,
    /// The provider runs the tool itself, and supplies the result.
    Hosted,
}

/// Relation of a result to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResultState {
    /// The result answers a call.
    Answers,
    /// The result answers a call that already has a result.
    Duplicate,
    /// The result matches no call of the request.
    Orphan,
    /// The result matches no call of the request, but may match one that the server stores: in a
    /// referenced item, or an earlier answer.
    Kept,
}

/// Call of the request, and its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallLink {
    /// Position of the message that makes the call.
    pub message: usize,
    /// Position of the call among those of the message.
    pub nth: usize,
    /// First result that answers it, as a position in [`Links::results`].
    pub result: Option<usize>,
    /// State of the call.
    pub state: CallState,
}

/// Result of the request, and its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResultLink {
    /// Position of the message with the result.
    pub message: usize,
    /// Position of the result among those of the message.
    pub nth: usize,
    /// Call that it answers, as a position in [`Links::calls`].
    pub call: Option<usize>,
    /// Relation to that call.
    pub state: ResultState,
}

/// Calls and results of a request with their matches. Contains only positions, no text of the
/// request.
///
/// # Examples
///
/// ```
/// use tokenfit::Request;
/// use tokenfit::request::{CallState, ResultState};
///
/// let request = Request::parse(r#"{"input": [
///     {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
///     {"type": "function_call_output", "call_id": "a", "output": "1"},
///     {"type": "function_call_output", "call_id": "b", "output": "2"}]}"#)?;
/// let links = request.links();
/// assert_eq!(links.calls()[0].state, CallState::Answered);
/// assert_eq!(links.calls()[0].result, Some(0));
/// assert_eq!(links.results()[1].state, ResultState::Orphan);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    calls: Vec<CallLink>,
    results: Vec<ResultLink>,
    /// For a result of a stored call: the message that refers to stored items, if any.
    pub(super) references: Vec<(usize, usize)>,
}

impl Links {
    /// Returns the calls, in the order of the messages.
    ///
    /// ```
    /// # use tokenfit::request::{CallState, ResultState};
    /// # let request = tokenfit::Request::parse(r#"[{"role": "tool", "tool_call_id": "a", "content": "4 %"}, {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]"#)?;
    /// let links = request.links();    // a result without a call, a call without a result
    /// let unanswered = links.calls().iter().filter(|call| call.state == CallState::Unanswered);
    /// assert_eq!(unanswered.count(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn calls(&self) -> &[CallLink] {
        &self.calls
    }

    /// Returns the results, in the order of the messages.
    ///
    /// ```
    /// # use tokenfit::request::{CallState, ResultState};
    /// # let request = tokenfit::Request::parse(r#"[{"role": "tool", "tool_call_id": "a", "content": "4 %"}, {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]"#)?;
    /// let links = request.links();    // a result without a call, a call without a result
    /// assert_eq!((links.results()[0].state, links.results()[0].call), (ResultState::Orphan, None));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn results(&self) -> &[ResultLink] {
        &self.results
    }
}

impl Request<'_> {
    /// Matches results with calls. A result is matched by its id, or by name and order if the
    /// format or the request has no id. A reused id belongs to the latest call.
    ///
    /// Linear in the calls and results; allocates a map of their ids.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"input": [
    ///     {"type": "function_call", "call_id": "a", "name": "soil", "arguments": "{}"},
    ///     {"type": "function_call_output", "call_id": "a", "output": "4 %"}]}"#)?;
    /// let answer = request.links().calls()[0].result;
    /// assert_eq!(answer, Some(0));    // the first result of the request
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn links(&self) -> Links {
        Linker::new(self).run()
    }
}

/// Marker for the absence of a call.
const NONE: usize = usize::MAX;

/// Open calls of one id or name: a chain through a list of the calls, so that an id needs no list
/// of its own.
struct OpenCalls {
    /// Run of the model's messages that made them.
    run: usize,
    first: usize,
    last: usize,
}

impl OpenCalls {
    const EMPTY: OpenCalls = OpenCalls {
        run: 0,
        first: NONE,
        last: NONE,
    };

    fn push(&mut self, call: usize, run: usize, next: &mut [usize]) {
        if self.first == NONE || self.run != run {
            self.first = call;
            self.run = run;
        } else {
            next[self.last] = call;
        }
        self.last = call;
    }

    /// Returns the first unanswered call. A call can be in two chains, so answered ones are
    /// skipped.
    fn first(&mut self, calls: &[CallLink], next: &[usize]) -> Option<usize> {
        while self.first != NONE {
            if calls[self.first].result.is_none() {
                return Some(self.first);
            }
            self.first = next[self.first];
        }
        None
    }

    /// Returns the last call, answered or not.
    fn last(&self) -> Option<usize> {
        (self.last != NONE).then_some(self.last)
    }
}

struct Linker<'r> {
    request: &'r Request<'r>,
    links: Links,
    by_id: HashMap<Cow<'r, str>, OpenCalls>,
    by_name: HashMap<Cow<'r, str>, OpenCalls>,
    without_id: OpenCalls,
    /// Next call in the chain of the same id, or of no id.
    next: Vec<usize>,
    /// Next call of the same name.
    next_of_name: Vec<usize>,
    /// Last message that refers to an item stored by the server.
    reference: Option<usize>,
}

impl<'r> Linker<'r> {
    fn new(request: &'r Request<'_>) -> Linker<'r> {
        let layout = request.layout();
        Linker {
            request,
            links: Links {
                calls: Vec::with_capacity(layout.calls.len()),
                results: Vec::with_capacity(layout.results.len()),
                references: Vec::new(),
            },
            by_id: HashMap::with_capacity(layout.calls.len()),
            by_name: HashMap::new(),
            without_id: OpenCalls::EMPTY,
            next: vec![NONE; layout.calls.len()],
            next_of_name: vec![NONE; layout.calls.len()],
            reference: None,
        }
    }

    fn run(mut self) -> Links {
        let layout = self.request.layout();
        if layout.calls.is_empty() && layout.results.is_empty() {
            return self.links;
        }
        // Runs are counted from 1: there are no calls before the first.
        let mut run = 1;
        let mut spoke = Role::Other;
        let mut last_other = None;
        for index in 0..layout.messages.len() {
            let entry = &layout.messages[index];
            if entry.role != Role::Assistant {
                last_other = Some(index);
            } else if spoke != Role::Assistant {
                run += 1;
            }
            spoke = entry.role;
            if entry.reference {
                self.reference = Some(index);
            }
            for nth in 0..entry.calls.len() {
                self.call(index, nth, run);
            }
            for nth in 0..entry.results.len() {
                self.result(index, nth);
            }
        }
        for call in &mut self.links.calls {
            if call.state == CallState::Unanswered
                && last_other.is_none_or(|other| other < call.message)
            {
                call.state = CallState::Pending;
            }
        }
        self.links
    }

    fn call(&mut self, message: usize, nth: usize, run: usize) {
        let layout = self.request.layout();
        let entry = &layout.calls[layout.messages[message].calls.start + nth];
        let call = self.links.calls.len();
        self.links.calls.push(CallLink {
            message,
            nth,
            result: None,
            state: match entry.kind {
                CallKind::Hosted => CallState::Hosted,
                _ => CallState::Unanswered,
            },
        });
        let id = self.request.string(entry.id);
        // Gemini's results name the function, whether or not the call has an id.
        if (id.is_none() || layout.format.wire().results_have_names)
            && let Some(name) = self.request.string(entry.name)
        {
            let open = self.by_name.entry(name).or_insert(OpenCalls::EMPTY);
            open.push(call, run, &mut self.next_of_name);
        }
        let open = match id {
            Some(id) => self.by_id.entry(id).or_insert(OpenCalls::EMPTY),
            None => &mut self.without_id,
        };
        open.push(call, run, &mut self.next);
    }

    fn result(&mut self, message: usize, nth: usize) {
        let layout = self.request.layout();
        let entry = &layout.results[layout.messages[message].results.start + nth];
        let calls = &self.links.calls;
        let id = self.request.string(entry.call_id);
        let name = self.request.string(entry.name);
        let with_id = id.as_ref().and_then(|id| self.by_id.get_mut(id));
        let (call, last) = match (with_id, &id, &name) {
            (Some(open), _, _) => (open.first(calls, &self.next), open.last()),
            // A call without an id can still be matched by name.
            (None, Some(_), Some(name)) if layout.format.wire().results_have_names => {
                let call = self
                    .by_name
                    .get_mut(name)
                    .and_then(|open| open.first(calls, &self.next_of_name))
                    .filter(|&call| layout.calls[call].id.is_none());
                (call, None)
            }
            (None, Some(_), _) => (None, None),
            (None, None, Some(name)) => match self.by_name.get_mut(name) {
                Some(open) => (open.first(calls, &self.next_of_name), open.last()),
                None => (None, None),
            },
            (None, None, None) => (self.without_id.first(calls, &self.next), None),
        };
        let result = self.links.results.len();
        let state = match (call, last) {
            (Some(_), _) => ResultState::Answers,
            (None, Some(_)) => ResultState::Duplicate,
            (None, None) if self.reference.is_some() || layout.kept_context.is_some() => {
                if let Some(reference) = self.reference {
                    self.links.references.push((message, reference));
                }
                ResultState::Kept
            }
            (None, None) => ResultState::Orphan,
        };
        if let Some(call) = call {
            let call = &mut self.links.calls[call];
            call.result = Some(result);
            if call.state == CallState::Unanswered {
                call.state = CallState::Answered;
            }
        }
        self.links.results.push(ResultLink {
            message,
            nth,
            call: call.or(last),
            state,
        });
    }
}
