//! Entries of the lists in a usage object: counts by modality or lifetime, and steps of a server-side loop.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::facts::{Field, LoopStep, Modality, StepKind};
use super::table::Node;
use super::walk::{MAX_COUNT, Value};

/// An entry of a list of counts.
#[derive(Default)]
pub(super) struct Pair {
    pub(super) modality: Option<Modality>,
    pub(super) lifetime: Option<Field>,
    pub(super) count: Option<u64>,
}

/// Reads a [`Pair`].
pub(super) struct PairSeed;

impl<'de> DeserializeSeed<'de> for PairSeed {
    type Value = Pair;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Pair, D::Error> {
        // Entries are small; a typed visitor of its own would be longer than the tree is slow.
        let entry = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
        let number = |key: &str| entry.get(key).and_then(serde_json::Value::as_u64);
        let modality = match entry.get("modality") {
            Some(serde_json::Value::String(word)) => Modality::from_word(word),
            Some(other) => other.as_u64().and_then(Modality::from_number),
            None => None,
        };
        let lifetime = match entry.get("ttl").and_then(serde_json::Value::as_str) {
            Some("5m") => Some(Field::Write5m),
            Some("30m") => Some(Field::Write30m),
            Some("1h") => Some(Field::Write1h),
            Some("12h") => Some(Field::Write12h),
            _ => None,
        };
        let count = ["tokenCount", "token_count", "tokens", "inputTokens"]
            .into_iter()
            .find_map(number)
            .filter(|&count| count <= MAX_COUNT);
        Ok(Pair {
            modality,
            lifetime,
            count,
        })
    }
}

/// The kind of a step: a word, or what is passed over.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Kind {
    Word(String),
    Other(IgnoredAny),
}

/// Reads a [`LoopStep`]: nothing of what is no object.
pub(super) struct StepSeed;

impl<'de> DeserializeSeed<'de> for StepSeed {
    type Value = Option<LoopStep>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StepSeed {
    type Value = Option<LoopStep>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a loop")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut step = LoopStep::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "type" => {
                    if let Kind::Word(word) = map.next_value()? {
                        step.kind = StepKind::from_word(&word);
                    }
                }
                key => match super::tables::USAGE.look_up(key) {
                    // A step has no steps.
                    Some(Node::Steps) | None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                    Some(node) => map.next_value_seed(Value {
                        node,
                        facts: &mut step.facts,
                    })?,
                },
            }
        }
        step.model = step.facts.model.take();
        Ok(Some(step))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
