//! Exact counts that miss: the common trait of the requests, the difference, and since when.
//!
//! A provider changes one constant at a time, and a constant belongs to something in the request:
//! any request, a system message, tools, several calls. For each such trait, three consecutive
//! misses among the requests that have it are a drift. Single misses are not, because some answers
//! have a wrong usage. Only counts that were called exact are watched.

use std::fmt;

use serde::Serialize;

use super::history::History;
use super::sample::Sample;
use super::shape::Shape;
use crate::model::{Day, data_version};

/// Consecutive misses that are a drift.
const MISSES: usize = 3;

/// A trait of a request, with its words for people.
type Trait = (&'static str, &'static str, fn(&Shape) -> bool);

/// From narrow to wide: of two traits with the same misses, the first is reported.
const TRAITS: [Trait; 20] = [
    (
        "wide_calls",
        "requests with calls or results beyond ASCII are",
        |shape| shape.wide_calls > 0,
    ),
    (
        "wide_tools",
        "requests with tools beyond ASCII are",
        |shape| shape.wide_tools > 0,
    ),
    (
        "parallel",
        "requests with several calls in a message are",
        |shape| shape.parallel > 0,
    ),
    ("one_call", "requests without parallel calls are", |shape| {
        shape.one_call > 0
    }),
    (
        "choice_tool",
        "requests that choose a tool by name are",
        |shape| shape.choice == 3,
    ),
    ("choice_any", "requests that require a call are", |shape| {
        shape.choice == 2
    }),
    ("choice_none", "requests that forbid calls are", |shape| {
        shape.choice == 1
    }),
    ("schema", "requests with a schema are", |shape| {
        shape.format == 1
    }),
    ("json", "requests for JSON are", |shape| shape.format == 2),
    ("names", "requests with names are", |shape| shape.names > 0),
    ("prefill", "requests that begin the answer are", |shape| {
        shape.prefill > 0
    }),
    ("thinking", "requests with reasoning on are", |shape| {
        shape.thinking == 2
    }),
    ("no_thinking", "requests with reasoning off are", |shape| {
        shape.thinking == 1
    }),
    ("media", "requests with images or files are", |shape| {
        shape.media > 0
    }),
    ("calls", "requests with calls are", |shape| {
        shape.calls + shape.results > 0
    }),
    ("tools", "requests with tools are", |shape| shape.tools > 0),
    (
        "repeated",
        "requests with a role twice in a row are",
        |shape| shape.repeated > 0,
    ),
    (
        "assistant",
        "requests with answers in the history are",
        |shape| shape.assistant > 0,
    ),
    ("system", "requests with a system message are", |shape| {
        shape.system > 0
    }),
    ("any", "every request is", |_| true),
];

/// An exact rule that no longer holds.
///
/// Serialized, it is a report without any text of a request: names of the model and host, numbers,
/// and the structure of [`case`](Self::case).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// Model as named by the counts.
    pub model: String,
    /// Host as named by the observations.
    pub host: String,
    /// Common trait of the requests: `any`, `system`, `tools`, `calls`, `parallel`, `schema` and so
    /// on.
    pub has: &'static str,
    /// Billed minus counted tokens of the misses, in time order.
    pub differences: Vec<i64>,
    /// Time of the first miss, in milliseconds since 1970.
    pub since: u64,
    /// Time of the last correct count before it.
    pub last_right: Option<u64>,
    /// The newest miss.
    pub case: DriftCase,
    /// Version of the data that counted.
    pub data_version: &'static str,
    #[serde(skip)]
    words: &'static str,
}

/// A request that missed, as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DriftCase {
    /// Structure of the request.
    pub shape: Shape,
    /// Tokens that were counted.
    pub counted: u64,
    /// Tokens that were billed.
    pub billed: u64,
    /// Billed tokens that a cache served.
    pub cached: u64,
}

/// Formats the drift as one line.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {} billed ", self.model, self.host, self.words)?;
        let least = self.differences.iter().min().copied().unwrap_or(0);
        let most = self.differences.iter().max().copied().unwrap_or(0);
        let tokens = |number: u64| if number == 1 { "token" } else { "tokens" };
        if least == most {
            let size = least.unsigned_abs();
            let way = if least < 0 { "less" } else { "more" };
            write!(f, "{size} {} {way} than counted", tokens(size))?;
        } else {
            write!(f, "{least:+} to {most:+} tokens compared with the count")?;
        }
        if let Some(day) = Day::of_milliseconds(self.since) {
            write!(f, " since {day}")?;
        }
        write!(f, " ({} answers in a row)", self.differences.len())
    }
}

/// Returns the drifts of one model, traits with the most misses first.
pub(super) fn drifts(model: &str, host: &str, history: &History) -> Vec<Drift> {
    let mut samples: Vec<&Sample> = history
        .samples()
        .filter(|sample| sample.counted.exact)
        .collect();
    samples.sort();
    let mut found: Vec<(Vec<&Sample>, Drift)> = Vec::new();
    for (has, words, is_in) in TRAITS {
        let with: Vec<&Sample> = samples
            .iter()
            .filter(|sample| is_in(&sample.shape))
            .copied()
            .collect();
        let right = with.iter().rposition(|sample| difference(sample) == 0);
        let missed = &with[right.map_or(0, |right| right + 1)..];
        let (Some(first), Some(last)) = (missed.first(), missed.last()) else {
            continue;
        };
        if missed.len() < MISSES {
            continue;
        }
        let drift = Drift {
            model: model.to_owned(),
            host: host.to_owned(),
            has,
            differences: missed.iter().map(|sample| difference(sample)).collect(),
            since: first.at,
            last_right: right.map(|right| with[right].at),
            case: DriftCase {
                shape: last.shape,
                counted: last.counted.tokens,
                billed: last.billed,
                cached: last.cached,
            },
            data_version: data_version(),
            words,
        };
        found.push((missed.to_vec(), drift));
    }
    // The widest run first; misses that it explains are not reported again. Sorting is stable, so
    // narrow traits precede.
    found.sort_by_key(|(missed, _)| std::cmp::Reverse(missed.len()));
    let mut reported: Vec<(Vec<&Sample>, Drift)> = Vec::new();
    for (missed, drift) in found {
        let explained = missed
            .iter()
            .all(|sample| reported.iter().any(|(known, _)| known.contains(sample)));
        if !explained {
            reported.push((missed, drift));
        }
    }
    reported.into_iter().map(|(_, drift)| drift).collect()
}

/// Returns billed minus counted tokens.
fn difference(sample: &Sample) -> i64 {
    let difference = i128::from(sample.billed) - i128::from(sample.counted.tokens);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}
