//! A JSON schema as the renderings see it: with references followed, nothing copied.
//!
//! An object is read once, in one pass, into a table of the keywords that matter; what a reference leads to is read once
//! for all references, so that many references to a large definition cost no more than it and them.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::python_json::unique_entries;
use crate::json::{Kind, Value};

/// A chain of references is followed this far.
const MAX_CHAIN: usize = 32;

/// The keywords that the renderings look at. Null is a value here (`"default": null` is shown).
const KEYWORDS: [&str; 22] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxLength",
    "maximum",
    "minLength",
    "minimum",
    "oneOf",
    "prefixItems",
    "properties",
    "required",
    "title",
];
const TYPE: usize = KEYWORDS.len();

/// The values of [`KEYWORDS`], and of `type` behind them.
type Table<'r> = [Option<Value<'r>>; KEYWORDS.len() + 1];

/// The table of an object; `read` is raised by the keys that were looked at.
fn table<'r>(object: Value<'r>, read: &Cell<usize>) -> Table<'r> {
    let mut table = [None; KEYWORDS.len() + 1];
    for (key, value) in object.entries() {
        read.set(read.get() + 1);
        let Some(key) = key.as_str() else { continue };
        if key == "type" {
            table[TYPE] = Some(value);
        } else if let Ok(place) = KEYWORDS.binary_search(&&*key) {
            table[place] = Some(value);
        }
    }
    table
}

/// What references can name: the definitions that stand in a function's parameters.
#[derive(Default)]
pub(super) struct Definitions<'r> {
    by_name: HashMap<Cow<'r, str>, Definition<'r>>,
    /// Keys that were looked at so far: what a rendering costs beside what it writes.
    read: Cell<usize>,
}

struct Definition<'r> {
    value: Value<'r>,
    table: OnceCell<Rc<Table<'r>>>,
}

impl<'r> Definitions<'r> {
    /// The definitions of a function's parameters.
    pub(super) fn of(parameters: Value<'r>) -> Definitions<'r> {
        let definitions = parameters
            .get_some("$defs")
            .or_else(|| parameters.get_some("definitions"));
        let by_name = definitions
            .map(unique_entries)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    Definition {
                        value,
                        table: OnceCell::new(),
                    },
                )
            })
            .collect();
        Definitions {
            by_name,
            read: Cell::new(0),
        }
    }

    /// Keys that were looked at so far, and those that the caller adds.
    pub(super) fn read(&self, more: usize) -> usize {
        self.read.set(self.read.get() + more);
        self.read.get()
    }

    /// What a reference leads to, when it is an object. The last step of the path names the definition.
    fn target(&self, reference: Option<Value<'r>>) -> Option<(Value<'r>, Rc<Table<'r>>)> {
        let path = reference?.as_str()?;
        let definition = self.by_name.get(path.rsplit('/').next()?)?;
        if definition.value.kind() != Kind::Object {
            return None;
        }
        let table = definition
            .table
            .get_or_init(|| Rc::new(table(definition.value, &self.read)));
        Some((definition.value, Rc::clone(table)))
    }
}

/// One schema: an object of the request, or, when that is a reference, it and what it refers to. A keyword is looked up
/// in the referring object first, so that `{"$ref": …, "description": …}` has the description written there.
#[derive(Clone)]
pub(super) struct Schema<'r> {
    /// From the referring object to what it leads to; none for what is no object: anything goes.
    layers: Vec<Rc<Table<'r>>>,
    /// What the last reference leads to, by its place in the text.
    target: Option<usize>,
    /// One of a list of types: stands for the schema with this type, without its description, title and default.
    only_type: Option<Value<'r>>,
}

impl<'r> Schema<'r> {
    /// The schema of a value, its references followed into `definitions`.
    pub(super) fn of(value: Value<'r>, definitions: &Definitions<'r>) -> Schema<'r> {
        let mut schema = Schema {
            layers: Vec::new(),
            target: None,
            only_type: None,
        };
        if value.kind() != Kind::Object {
            return schema;
        }
        let mut seen = vec![value.span().start];
        let mut last = Rc::new(table(value, &definitions.read));
        // Stops at a reference that leads nowhere, or back.
        while let Some((target, table)) = definitions.target(last[0]) {
            let place = target.span().start;
            if seen.len() == MAX_CHAIN || seen.contains(&place) {
                break;
            }
            seen.push(place);
            schema.target = Some(place);
            schema.layers.push(std::mem::replace(&mut last, table));
        }
        schema.layers.push(last);
        schema
    }

    /// The same schema with one type of its list, and without what was said about the list as a whole.
    pub(super) fn with_type(&self, kind: Value<'r>) -> Schema<'r> {
        Schema {
            only_type: Some(kind),
            ..self.clone()
        }
    }

    /// Whether a reference leads nowhere, or back.
    pub(super) fn is_dangling(&self) -> bool {
        self.layers.last().is_some_and(|table| table[0].is_some())
    }

    /// What the schema refers to, if anything: to meet it again while it is being written out is a circle.
    pub(super) fn target(&self) -> Option<usize> {
        self.target
    }

    fn type_value(&self) -> Option<Value<'r>> {
        self.only_type
            .or_else(|| self.layers.iter().find_map(|table| table[TYPE]))
    }

    /// A keyword's value, null included. Only [`KEYWORDS`] are known.
    pub(super) fn get(&self, keyword: &str) -> Option<Value<'r>> {
        if self.only_type.is_some() && matches!(keyword, "description" | "title" | "default") {
            return None;
        }
        let place = KEYWORDS.binary_search(&keyword).ok()?;
        self.layers.iter().find_map(|table| table[place])
    }

    pub(super) fn get_some(&self, keyword: &str) -> Option<Value<'r>> {
        self.get(keyword).filter(|value| !value.is_null())
    }

    /// A keyword's text, when it is one and not empty.
    pub(super) fn text(&self, keyword: &str) -> Option<Cow<'r, str>> {
        self.get(keyword)?.as_str().filter(|text| !text.is_empty())
    }

    /// The type, when it is one word.
    pub(super) fn type_name(&self) -> Option<Cow<'r, str>> {
        self.type_value()?.as_str()
    }

    /// The types, when it is a list of them.
    pub(super) fn type_list(&self) -> Option<Value<'r>> {
        self.type_value().filter(|kind| kind.kind() == Kind::Array)
    }

    /// The properties in the order of the request; none when there are none.
    pub(super) fn properties(&self) -> Option<Vec<(Cow<'r, str>, Value<'r>)>> {
        let properties = self
            .get("properties")
            .filter(|value| value.kind() == Kind::Object)?;
        let entries = unique_entries(properties);
        (!entries.is_empty()).then_some(entries)
    }

    pub(super) fn has_properties(&self) -> bool {
        self.get("properties")
            .is_some_and(|value| value.entries().next().is_some())
    }

    /// The variants of a union.
    pub(super) fn variants(&self) -> Option<Value<'r>> {
        ["anyOf", "oneOf"]
            .iter()
            .find_map(|word| self.get(word).filter(|value| value.kind() == Kind::Array))
    }

    /// The values that are allowed, when there are some.
    pub(super) fn enumeration(&self) -> Option<Value<'r>> {
        self.get("enum")
            .filter(|value| value.items().next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_and_begin_with_the_reference() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(KEYWORDS[0], "$ref");
    }
}
