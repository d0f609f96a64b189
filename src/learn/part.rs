//! Tools, calls and schema as parts of a request, and their counts in its structure.

use super::shape::Shape;

/// A part of the request other than its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Tools,
    Calls,
    Schema,
}

impl Part {
    pub(super) const ALL: [Part; 3] = [Part::Tools, Part::Calls, Part::Schema];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Part::Tools => "tools",
            Part::Calls => "calls",
            Part::Schema => "schema",
        }
    }

    pub(super) fn count(self, shape: &Shape) -> i64 {
        i64::from(match self {
            Part::Tools => shape.tools,
            Part::Calls => shape.calls.max(shape.results),
            Part::Schema => 1,
        })
    }

    /// Whether a request has the part.
    pub(super) fn is_in(self, shape: &Shape) -> bool {
        match self {
            Part::Tools => shape.tools > 0,
            Part::Calls => shape.calls + shape.results > 0,
            Part::Schema => shape.format == 1,
        }
    }

    /// Selector of the constant of the request.
    pub(super) fn bucket(self, shape: &Shape) -> u32 {
        let system = u32::from(shape.system > 0);
        match self {
            Part::Tools => shape.choice * 4 + shape.one_call * 2 + system,
            Part::Calls => u32::from(shape.tools > 0),
            Part::Schema => system + 2 * u32::from(shape.tools > 0),
        }
    }

    pub(super) fn extras(self, shape: &Shape) -> [i64; 2] {
        match self {
            Part::Calls => [i64::from(shape.parallel), i64::from(shape.spoken_calls)],
            _ => [0; 2],
        }
    }

    pub(super) fn turns(self, shape: &Shape) -> i64 {
        match self {
            Part::Calls => i64::from(shape.call_messages),
            _ => 0,
        }
    }
}
