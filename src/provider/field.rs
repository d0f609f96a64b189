//! Fields of a request object as data: name, type and range, in the order of the provider's own
//! checks.

/// Maximum number of fields in one table.
pub(crate) const MOST_FIELDS: usize = 48;

/// Field of an object, and its accepted values. `null` counts as absent.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) is: FieldType,
}

/// Values that a field accepts.
#[derive(Debug)]
pub(crate) enum FieldType {
    /// Checked by a separate rule, or not at all.
    Any,
    Bool,
    /// A string with a maximum length in characters; 0 means no maximum.
    Str(usize),
    /// An integer in a range.
    Int(i64, i64),
    /// A number in a range.
    Dec(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A string; other types are reported with these words. A separate rule decides which words are
    /// accepted.
    WordOfType(&'static [&'static str]),
    Obj,
    /// An object with these members and no others.
    Members(&'static [Field]),
    /// A list, with the provider's description of it.
    List(&'static str),
    /// A string, or a list with a maximum length.
    Stop(usize),
    /// Pairs chosen by the caller: at most 16, names of at most 64 characters, values of at most
    /// 512.
    Metadata,
    /// Token ids and their bias.
    LogitBias,
}

pub(crate) const fn field(name: &'static str, is: FieldType) -> Field {
    Field { name, is }
}

/// Bounds of an integer without minimum or maximum.
pub(crate) const LEAST: i64 = i64::MIN;
pub(crate) const MOST: i64 = i64::MAX;

/// Fields of a format's request object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldTable {
    pub(crate) fields: &'static [Field],
    /// Whether the API was seen to check the fields in the order of the table.
    pub(crate) in_order: bool,
}

impl FieldTable {
    /// Table of a format whose fields are not checked.
    pub(crate) const NONE: FieldTable = FieldTable {
        fields: &[],
        in_order: false,
    };

    /// Returns the position of a field in the provider's order of checks; 0 if the order is
    /// unknown.
    pub(crate) fn rank(self, name: &str) -> usize {
        match self.in_order {
            true => self.position(name).unwrap_or_default(),
            false => 0,
        }
    }

    pub(crate) fn position(self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}
