//! Entries of the count lists in a usage object, by modality or lifetime.

use serde::de::{DeserializeSeed, Deserializer};

use super::facts::{Field, MAX_COUNT, Modality};

/// Entry of a count list.
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
        // Entries are small, so reading them as a tree costs little and needs no visitor.
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
