//! A JSON schema as the renderings see it: with references followed, nothing copied.

use std::borrow::Cow;
use std::collections::HashMap;

use super::python_json::unique_entries;
use crate::json::{Kind, Value};

/// A chain of references is followed this far.
const MAX_CHAIN: usize = 32;

/// What references can name.
pub(super) type Definitions<'r> = HashMap<Cow<'r, str>, Value<'r>>;

/// The definitions that stand in a function's parameters.
pub(super) fn definitions<'r>(parameters: Value<'r>) -> Definitions<'r> {
    parameters
        .get_some("$defs")
        .or_else(|| parameters.get_some("definitions"))
        .map(|definitions| unique_entries(definitions).into_iter().collect())
        .unwrap_or_default()
}

/// One schema: an object of the request, or, when that is a reference, it and what it refers to. A keyword is looked up
/// in the referring object first, so that `{"$ref": …, "description": …}` has the description written there.
#[derive(Clone)]
pub(super) struct Schema<'r> {
    layers: Layers<'r>,
    /// One of a list of types: stands for the schema with this type, without its description, title and default.
    only_type: Option<Value<'r>>,
}

#[derive(Clone)]
enum Layers<'r> {
    /// Not an object: anything goes.
    Any,
    One(Value<'r>),
    Referring(Vec<Value<'r>>),
}

impl<'r> Schema<'r> {
    /// The schema of a value, its references followed into `definitions`.
    pub(super) fn of(value: Value<'r>, definitions: &Definitions<'r>) -> Schema<'r> {
        let layers = if value.kind() != Kind::Object {
            Layers::Any
        } else if value.get("$ref").is_none() {
            Layers::One(value)
        } else {
            Layers::Referring(follow(value, definitions))
        };
        Schema {
            layers,
            only_type: None,
        }
    }

    /// The same schema with one type of its list, and without what was said about the list as a whole.
    pub(super) fn with_type(&self, kind: Value<'r>) -> Schema<'r> {
        Schema {
            layers: self.layers.clone(),
            only_type: Some(kind),
        }
    }

    /// What marks the schema on a path of references: where the innermost object stands.
    pub(super) fn identity(&self) -> Option<usize> {
        match &self.layers {
            Layers::Referring(layers) if layers.len() > 1 => {
                layers.last().map(|value| value.span().start)
            }
            _ => None,
        }
    }

    /// A keyword's value, null included.
    pub(super) fn get(&self, keyword: &str) -> Option<Value<'r>> {
        if let Some(kind) = self.only_type {
            match keyword {
                "type" => return Some(kind),
                "description" | "title" | "default" => return None,
                _ => {}
            }
        }
        match &self.layers {
            Layers::Any => None,
            Layers::One(value) => value.get(keyword),
            Layers::Referring(layers) => layers.iter().find_map(|value| value.get(keyword)),
        }
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
        self.get("type")?.as_str()
    }

    /// The types, when it is a list of them.
    pub(super) fn type_list(&self) -> Option<Value<'r>> {
        self.get("type").filter(|kind| kind.kind() == Kind::Array)
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

/// The referring object, and each that it leads to. Stops at a reference that leads nowhere, or back.
fn follow<'r>(value: Value<'r>, definitions: &Definitions<'r>) -> Vec<Value<'r>> {
    let mut layers = vec![value];
    while layers.len() < MAX_CHAIN {
        let Some(target) = layers
            .last()
            .and_then(|last| last.get("$ref"))
            .and_then(|reference| reference.as_str())
            // The last step of the path names the definition, wherever it stands.
            .and_then(|path| definitions.get(path.rsplit('/').next()?).copied())
            .filter(|target| target.kind() == Kind::Object)
        else {
            break;
        };
        if layers.iter().any(|layer| layer.id() == target.id()) {
            break;
        }
        layers.push(target);
    }
    layers
}
