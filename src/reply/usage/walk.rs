//! Table-driven reader of a JSON answer into [`Facts`].
//!
//! A [`Table`] selects the relevant keys of an object and the treatment of each value; every other
//! key is skipped without being stored. One visitor walks all tables, so a new field is a new row.
//! Works on JSON text and on parsed [`serde_json::Value`]s alike. Linear; it allocates only the
//! steps of a server-side loop and a model name.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entries::{Pair, PairSeed};
use super::facts::{Facts, Field, LoopStep, MAX_COUNT, Money, Sign, StepKind};
use super::money::{pico_of_float, pico_of_text, pico_of_ticks};
use super::table::{NOTHING, Node, Table};
use crate::shown::is_name;

/// Maximum number of steps of a server-side loop. Each takes about a kilobyte, whatever its text
/// contains.
const MAX_STEPS: usize = 1_024;

/// Reads one JSON object (or a list of them) with a table.
pub(super) struct Walk<'f> {
    pub(super) table: &'static Table,
    pub(super) facts: &'f mut Facts,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Value {
            node: Node::Each(self.table),
            facts: self.facts,
        }
        .deserialize(deserializer)
    }
}

/// Key that a table may contain.
struct Key(&'static Table);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.look_up(key))
    }
}

/// Value of a key.
pub(super) struct Value<'f> {
    pub(super) node: Node,
    pub(super) facts: &'f mut Facts,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value<'_> {
    fn number(self, number: u64) {
        match self.node {
            Node::Count(field) if number <= MAX_COUNT => self.facts.set(field, number),
            Node::Ticks(money) => {
                if let Some(pico) = pico_of_ticks(number) {
                    self.facts.set_money(money, pico);
                }
            }
            Node::Dollars(money) => {
                if let Some(pico) = number.checked_mul(1_000_000_000_000) {
                    self.facts.set_money(money, pico);
                }
            }
            Node::Cost => Value {
                node: Node::Dollars(Money::Cost),
                ..self
            }
            .number(number),
            Node::Mark(sign) => self.facts.mark(sign),
            _ => {}
        }
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.number(number);
        Ok(())
    }

    // Negative numbers are placeholders for "unknown".
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        if let Ok(number) = u64::try_from(number) {
            self.number(number);
        }
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        match self.node {
            // Seconds are billed when begun; token counts are whole numbers written with a point.
            Node::Count(_) if (0.0..=MAX_COUNT as f64).contains(&number) => {
                let whole = match self.node {
                    Node::Count(Field::Seconds) => number.ceil(),
                    _ => number.trunc(),
                };
                self.number(whole as u64);
            }
            Node::Dollars(_) | Node::Cost => {
                let money = match self.node {
                    Node::Dollars(money) => money,
                    _ => Money::Cost,
                };
                if let Some(pico) = pico_of_float(number) {
                    self.facts.set_money(money, pico);
                }
            }
            Node::Ticks(_) if (0.0..=MAX_COUNT as f64).contains(&number) => {
                self.number(number as u64);
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match self.node {
            // Protobuf JSON writes 64-bit integers as text.
            Node::Count(_) | Node::Ticks(_)
                if text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()) =>
            {
                if let Ok(number) = text.parse() {
                    self.number(number);
                }
            }
            Node::Dollars(_) | Node::Cost => {
                let money = match self.node {
                    Node::Dollars(money) => money,
                    _ => Money::Cost,
                };
                if let Some(pico) = pico_of_text(text) {
                    self.facts.set_money(money, pico);
                }
            }
            Node::Mark(sign) if !text.is_empty() => self.facts.mark(sign),
            Node::Word(word) => word.take(text, self.facts),
            // Every chunk repeats the name.
            Node::Model if is_name(text) && self.facts.model.as_deref() != Some(text) => {
                self.facts.model = Some(text.into());
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_bool<E>(self, set: bool) -> Result<(), E> {
        if let (Node::Mark(sign), true) = (self.node, set) {
            self.facts.mark(sign);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let table: &'static Table = match self.node {
            Node::Object(table) | Node::Each(table) => table,
            Node::Cost => super::tables::COST,
            Node::Mark(sign) => {
                self.facts.mark(sign);
                NOTHING
            }
            _ => NOTHING,
        };
        while let Some(node) = map.next_key_seed(Key(table))? {
            match node {
                Some(node) => map.next_value_seed(Value {
                    node,
                    facts: self.facts,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let facts = self.facts;
        match self.node {
            Node::Each(table) => {
                while seq
                    .next_element_seed(Value {
                        node: Node::Object(table),
                        facts,
                    })?
                    .is_some()
                {}
            }
            Node::Choices => {
                let mut count = 0u32;
                while seq
                    .next_element_seed(Value {
                        node: Node::Object(super::tables::CHOICE),
                        facts,
                    })?
                    .is_some()
                {
                    count = count.saturating_add(1);
                }
                facts.choices = Some(count);
            }
            Node::Items => {
                // Events of a stream repeat the list, and the last one is used.
                facts.searches = 0;
                let node = Node::Object(super::tables::ITEM);
                while seq.next_element_seed(Value { node, facts })?.is_some() {}
            }
            Node::Modalities(list) => {
                // The list of a later chunk replaces the one of an earlier chunk.
                facts.clear_list(list);
                while let Some(pair) = seq.next_element_seed(PairSeed)? {
                    if let Pair {
                        modality: Some(modality),
                        count: Some(count),
                        ..
                    } = pair
                    {
                        facts.add_modality(list, modality, count);
                    }
                }
            }
            Node::Lifetimes => {
                while let Some(pair) = seq.next_element_seed(PairSeed)? {
                    if let Pair {
                        lifetime: Some(field),
                        count: Some(count),
                        ..
                    } = pair
                    {
                        facts.set(field, count);
                    }
                }
            }
            Node::Steps => {
                facts.steps.clear();
                while let Some(step) = seq.next_element_seed(StepSeed)? {
                    match step {
                        Some(step) if facts.steps.len() < MAX_STEPS => facts.steps.push(step),
                        Some(_) => facts.mark(Sign::Unreadable),
                        None => {}
                    }
                }
            }
            _ => {
                let mut any = false;
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    any = true;
                }
                if let (Node::Mark(sign), true) = (self.node, any) {
                    facts.mark(sign);
                }
            }
        }
        Ok(())
    }
}

/// Kind of a step: a word, or a skipped value.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Kind {
    Word(String),
    Other(IgnoredAny),
}

/// Reads a [`LoopStep`]; anything but an object yields no step.
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
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "type" => {
                    if let Kind::Word(word) = map.next_value()? {
                        step.kind = StepKind::from_word(&word);
                    }
                }
                key => match super::tables::USAGE.look_up(key) {
                    // Steps do not nest.
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
