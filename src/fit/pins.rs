//! Keep rules that name something the request does not have.

use std::fmt;

use super::keep::Keep;
use crate::request::Request;
use crate::shown::quoted_name;
use crate::words::{counted, grouped};

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
