//! Entries of the lists in a usage object: counts by modality or lifetime, and steps of a server-side loop.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::facts::{Field, Modality, Step, StepKind};
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

/// Reads a [`Step`].
pub(super) struct StepSeed;

impl<'de> DeserializeSeed<'de> for StepSeed {
    type Value = Step;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Step, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StepSeed {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a loop")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Step, A::Error> {
        let mut step = Step::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "type" => {
                    if let Some(word) = map.next_value::<Option<std::borrow::Cow<'de, str>>>()? {
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
        Ok(step)
    }

    fn visit_unit<E>(self) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Step, E> {
        Ok(Step::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Step, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Step::default())
    }
}
