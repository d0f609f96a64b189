//! One observation: a request as numbers, and its bill.

use serde::{Deserialize, Serialize};

use super::measure;
use super::memo::Memo;
use super::shape::Shape;
use super::sizes::{Sizes, Wanted};
use crate::count::{Accuracy, RequestCount};
use crate::request::Request;

/// For larger requests only the totals are stored.
const MAX_MEASURED_BYTES: usize = 64 << 10;

/// Larger than any request.
const MAX_TOKENS: u64 = 1 << 32;

/// Count of a request before it was sent.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub(super) struct Counted {
    #[serde(rename = "t")]
    pub(super) tokens: u64,
    #[serde(rename = "l")]
    pub(super) lower: u64,
    /// `u64::MAX` without an upper bound.
    #[serde(rename = "u")]
    pub(super) upper: u64,
    /// Whether the count was called exact.
    #[serde(rename = "x")]
    pub(super) exact: bool,
    /// Share of images, audio and files, with its bounds.
    #[serde(rename = "m", default, skip_serializing_if = "is_none")]
    pub(super) media: [u64; 3],
}

fn is_none(media: &[u64; 3]) -> bool {
    *media == [0; 3]
}

impl Counted {
    pub(super) fn of(count: &RequestCount) -> Counted {
        let total = count.total();
        let media = count.images();
        Counted {
            tokens: total.tokens(),
            lower: total.lower(),
            upper: total.most(),
            exact: total.accuracy() == Accuracy::Exact,
            media: [media.tokens(), media.lower(), media.most()],
        }
    }
}

/// Group of samples with a separate window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    Text,
    Tools,
    Calls,
    Schema,
    Media,
}

impl Group {
    pub(super) const ALL: [Group; 5] = [
        Group::Text,
        Group::Tools,
        Group::Calls,
        Group::Schema,
        Group::Media,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Group::Text => "text",
            Group::Tools => "tools",
            Group::Calls => "calls",
            Group::Schema => "schema",
            Group::Media => "media",
        }
    }

    /// Maximum number of samples. With the largest samples all groups together stay below 64 KiB.
    pub(super) fn window(self) -> usize {
        match self {
            Group::Text => 32,
            Group::Tools => 20,
            Group::Calls => 16,
            Group::Schema => 8,
            Group::Media => 6,
        }
    }

    pub(super) fn of(shape: &Shape) -> Group {
        match shape {
            _ if shape.media + shape.hidden > 0 => Group::Media,
            _ if shape.format == 1 => Group::Schema,
            _ if shape.calls + shape.results > 0 => Group::Calls,
            _ if shape.tools > 0 => Group::Tools,
            _ => Group::Text,
        }
    }
}

/// A request as numbers, and its bill. Ordered by time, then by content, so that a window of the
/// newest does not depend on the order of observations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Sample {
    /// Milliseconds since 1970.
    #[serde(rename = "at")]
    pub(super) at: u64,
    #[serde(rename = "b")]
    pub(super) billed: u64,
    /// Part of `billed` that a cache served.
    #[serde(rename = "ca", default, skip_serializing_if = "is_zero")]
    pub(super) cached: u64,
    #[serde(rename = "k")]
    pub(super) counted: Counted,
    #[serde(rename = "s")]
    pub(super) shape: Shape,
    #[serde(rename = "z")]
    pub(super) sizes: Sizes,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Sample {
    pub(super) fn of(
        request: &Request<'_>,
        count: &RequestCount,
        billed: u64,
        cached: u64,
        at: u64,
        memo: &mut Memo,
    ) -> Sample {
        let shape = Shape::of(request);
        let counted = Counted::of(count);
        let right = counted.tokens == billed;
        let sizes = if request.as_bytes().len() > MAX_MEASURED_BYTES {
            Sizes::default()
        } else if right && let Some(numbers) = count.learned_from() {
            // It supports the rules that counted it, and contradicts none of the others.
            Sizes::from_numbers(numbers).unwrap_or_default()
        } else if right && counted.exact {
            // A correct exact count teaches nothing.
            Sizes::default()
        } else {
            measure::sizes(request, &shape, Wanted::ALL, Some(memo))
        };
        Sample {
            at,
            billed,
            cached,
            counted,
            shape,
            sizes,
        }
    }

    /// Returns the sample of a request that was not sent yet.
    pub(super) fn to_count(request: &Request<'_>, count: &RequestCount, wanted: Wanted) -> Sample {
        let shape = Shape::of(request);
        Sample {
            at: 0,
            billed: 0,
            cached: 0,
            counted: Counted::of(count),
            shape,
            sizes: measure::sizes(request, &shape, wanted, None),
        }
    }

    /// Whether a sample can be learned from: no bill of 0, and no impossible number. A stored one
    /// may have been changed.
    pub(super) fn is_sound(&self) -> bool {
        (1..=MAX_TOKENS).contains(&self.billed)
            && self.cached <= MAX_TOKENS
            && self.shape.is_sound()
            && self.sizes.is_sound()
    }

    pub(super) fn group(&self) -> Group {
        Group::of(&self.shape)
    }

    /// Returns the size in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Sample>() - size_of::<Sizes>() + self.sizes.bytes()
    }
}
