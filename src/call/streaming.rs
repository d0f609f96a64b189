//! A stream while it is read: its events, its answer, its usage.

use super::events::Events;
use crate::encoding::Encoding;
use crate::model::Host;
use crate::reply::Usage;
use crate::reply::error::Answer;
use crate::reply::usage::{Flag, Origin, UsageStream};

/// A stream that is being read.
pub(super) struct Streaming {
    pub(super) status: u16,
    pub(super) answer: Answer,
    pub(super) usage: UsageStream,
    pub(super) events: Events,
    pub(super) first_chunk_ms: Option<u64>,
    pub(super) bytes: u64,
    pub(super) shown: bool,
}

impl Streaming {
    pub(super) fn new(
        status: u16,
        host: Host,
        encoding: Option<Encoding>,
        origin: Origin,
    ) -> Streaming {
        Streaming {
            status,
            answer: Answer::stream(Some(host.as_str())).counting_output(encoding),
            usage: UsageStream::new(origin),
            events: Events::default(),
            first_chunk_ms: None,
            bytes: 0,
            shown: false,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (answer, usage) = (&mut self.answer, &mut self.usage);
        self.events.push(bytes, |event| {
            answer.push(event);
            if let Ok(text) = std::str::from_utf8(event) {
                usage.push_event(text);
            }
        });
    }

    pub(super) fn finish(&mut self) {
        let (answer, usage) = (&mut self.answer, &mut self.usage);
        self.events.finish(|event| {
            answer.push(event);
            if let Ok(text) = std::str::from_utf8(event) {
                usage.push_event(text);
            }
        });
    }

    /// Returns the usage that the stream states, or the output counted from its text.
    pub(super) fn usage(&self) -> (Option<Usage>, Option<u64>) {
        let usage = self.usage.clone().finish();
        match usage.has(Flag::NoUsage) {
            true => (None, Some(self.answer.output_tokens())),
            false => (Some(usage), None),
        }
    }
}
