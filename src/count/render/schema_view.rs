//! View of a JSON schema for the renderings: references are followed, nothing is copied.
//!
//! An object is read once, in one pass, into a table of the relevant keywords; the target of
//! references is read once for all of them, and many references to a large definition cost only
//! their own size and the definition's.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::python_json::unique_entries;
use crate::json::{Kind, Value};

/// Maximum length of a chain of references.
const MAX_CHAIN: usize = 32;

macro_rules! keywords {
    ($($name:ident = $word:literal,)*) => {
        /// Keywords that the renderings use. Null is a value here (`"default": null` is shown).
        ///
        /// An enum, because a rendering asks for keywords some hundred times per tool: searching a
        /// table of strings took a sixth of the time of a count with tools.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Keyword {
            $($name,)*
        }

        impl Keyword {
            const ALL: &[Keyword] = &[$(Keyword::$name,)*];

            /// Returns the keyword as a schema spells it.
            pub(super) fn word(self) -> &'static str {
                match self {
                    $(Keyword::$name => $word,)*
                }
            }

            fn of(word: &str) -> Option<Keyword> {
                match word {
                    $($word => Some(Keyword::$name),)*
                    _ => None,
                }
            }
        }
    };
}

keywords! {
    Ref = "$ref",
    AdditionalProperties = "additionalProperties",
    AllOf = "allOf",
    AnyOf = "anyOf",
    Const = "const",
    Default = "default",
    Description = "description",
    Enum = "enum",
    Examples = "examples",
    ExclusiveMaximum = "exclusiveMaximum",
    ExclusiveMinimum = "exclusiveMinimum",
    Format = "format",
    Items = "items",
    MaxLength = "maxLength",
    Maximum = "maximum",
    MinLength = "minLength",
    Minimum = "minimum",
    OneOf = "oneOf",
    PrefixItems = "prefixItems",
    Properties = "properties",
    Required = "required",
    Title = "title",
    Type = "type",
}

/// Values of the keywords, indexed by keyword.
type Table<'r> = [Option<Value<'r>>; Keyword::ALL.len()];

/// Reads the table of an object; adds the number of keys read to `read`.
fn table<'r>(object: Value<'r>, read: &Cell<usize>) -> Table<'r> {
    let mut table = [None; Keyword::ALL.len()];
    for (key, value) in object.entries() {
        read.set(read.get() + 1);
        if let Some(keyword) = key.as_str().and_then(|key| Keyword::of(&key)) {
            table[keyword as usize] = Some(value);
        }
    }
    table
}

/// Definitions of a function's parameters, which references can name.
#[derive(Default)]
pub(super) struct Definitions<'r> {
    by_name: HashMap<Cow<'r, str>, Definition<'r>>,
    /// Number of keys read so far: the cost of a rendering besides its output.
    read: Cell<usize>,
}

struct Definition<'r> {
    value: Value<'r>,
    table: OnceCell<Rc<Table<'r>>>,
}

impl<'r> Definitions<'r> {
    /// Returns the definitions of a function's parameters.
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

    /// Returns the number of keys read so far plus those that the caller adds.
    pub(super) fn read(&self, more: usize) -> usize {
        self.read.set(self.read.get() + more);
        self.read.get()
    }

    /// Returns the target of a reference, if it is an object. The last step of the path names the
    /// definition.
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

/// A schema: an object of the request, and, if that is a reference, its target. A keyword is looked
/// up in the referring object first, so `{"$ref": …, "description": …}` has the description written
/// there.
#[derive(Clone)]
pub(super) struct Schema<'r> {
    /// From the referring object to the target; empty for a value that is not an object, which
    /// allows anything.
    layers: Vec<Rc<Table<'r>>>,
    /// Target of the last reference, by its offset in the text.
    target: Option<usize>,
    /// One of a list of types: the schema with this type, without its description, title and
    /// default.
    only_type: Option<Value<'r>>,
}

impl<'r> Schema<'r> {
    /// Returns the schema of a value, with its references followed into `definitions`.
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
        // Stops at a reference without a target, or in a cycle.
        while let Some((target, table)) = definitions.target(last[Keyword::Ref as usize]) {
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

    /// Returns the schema with one type of its list, and without the description of the list as a
    /// whole.
    pub(super) fn with_type(&self, kind: Value<'r>) -> Schema<'r> {
        Schema {
            only_type: Some(kind),
            ..self.clone()
        }
    }

    /// Whether a reference has no target, or is in a cycle.
    pub(super) fn is_dangling(&self) -> bool {
        self.layers
            .last()
            .is_some_and(|table| table[Keyword::Ref as usize].is_some())
    }

    /// Returns the target of the schema, if it is a reference: meeting it again while it is written
    /// is a cycle.
    pub(super) fn target(&self) -> Option<usize> {
        self.target
    }

    fn type_value(&self) -> Option<Value<'r>> {
        self.only_type.or_else(|| {
            self.layers
                .iter()
                .find_map(|table| table[Keyword::Type as usize])
        })
    }

    /// Returns a keyword's value, null included.
    pub(super) fn get(&self, keyword: Keyword) -> Option<Value<'r>> {
        use Keyword::{Default, Description, Title};
        if self.only_type.is_some() && matches!(keyword, Description | Title | Default) {
            return None;
        }
        self.layers.iter().find_map(|table| table[keyword as usize])
    }

    pub(super) fn get_some(&self, keyword: Keyword) -> Option<Value<'r>> {
        self.get(keyword).filter(|value| !value.is_null())
    }

    /// Returns a keyword's value if it is a non-empty string.
    pub(super) fn text(&self, keyword: Keyword) -> Option<Cow<'r, str>> {
        self.get(keyword)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns the type if it is one word.
    pub(super) fn type_name(&self) -> Option<Cow<'r, str>> {
        self.type_value()?.as_str()
    }

    /// Returns the types if it is a list.
    pub(super) fn type_list(&self) -> Option<Value<'r>> {
        self.type_value().filter(|kind| kind.kind() == Kind::Array)
    }

    /// Returns the properties in the order of the request; `None` if there are none.
    pub(super) fn properties(&self) -> Option<Vec<(Cow<'r, str>, Value<'r>)>> {
        let properties = self
            .get(Keyword::Properties)
            .filter(|value| value.kind() == Kind::Object)?;
        let entries = unique_entries(properties);
        (!entries.is_empty()).then_some(entries)
    }

    pub(super) fn has_properties(&self) -> bool {
        self.get(Keyword::Properties)
            .is_some_and(|value| value.entries().next().is_some())
    }

    /// Returns the variants of a union.
    pub(super) fn variants(&self) -> Option<Value<'r>> {
        [Keyword::AnyOf, Keyword::OneOf]
            .into_iter()
            .find_map(|word| self.get(word).filter(|value| value.kind() == Kind::Array))
    }

    /// Returns the allowed values, if there are any.
    pub(super) fn enumeration(&self) -> Option<Value<'r>> {
        self.get(Keyword::Enum)
            .filter(|value| value.items().next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;
    use proptest::prelude::*;

    #[test]
    fn each_keyword_has_a_word_and_a_place_of_its_own() {
        for (place, keyword) in Keyword::ALL.iter().enumerate() {
            assert_eq!(*keyword as usize, place);
            assert_eq!(Keyword::of(keyword.word()), Some(*keyword));
        }
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            (0..Keyword::ALL.len()).prop_map(|nth| Keyword::ALL[nth].word().to_owned()),
            Just("\\u0074ype".to_owned()),
            "[a-zA-Z$]{0,12}",
        ]
    }

    proptest! {
        /// The table contains exactly what a search for each keyword finds.
        #[test]
        fn tables_hold_what_a_search_finds(keys in prop::collection::vec(key(), 0..40)) {
            let entries: Vec<String> =
                keys.iter().enumerate().map(|(nth, key)| format!("\"{key}\": {nth}")).collect();
            let json = format!("{{{}}}", entries.join(","));
            let document = Document::parse(json.as_str().into(), |_| true).unwrap();
            let object = document.root();
            let table = table(object, &Cell::new(0));
            for keyword in Keyword::ALL {
                let found = table[*keyword as usize].map(|value| value.raw());
                prop_assert_eq!(found, object.get(keyword.word()).map(|value| value.raw()));
            }
        }
    }
}
