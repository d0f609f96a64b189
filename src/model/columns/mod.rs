//! Typed columns of the model registry.
//!
//! Each column is declared once. The declaration yields the public field, its JSON reader (for a
//! line of `data/models.json` at build time and an override at run time, with the same errors), its
//! JSON writer, the way an override replaces it, and the constant that `build/registry.rs` writes.
//! A new column is one line here.
//!
//! Shared with `build/main.rs` by path: nothing here depends on the rest of the crate.

use std::borrow::Cow;

/// JSON value of any parser.
pub(crate) trait Json: Sized + Clone {
    fn bool(&self) -> Option<bool>;
    fn number(&self) -> Option<f64>;
    fn text(&self) -> Option<Cow<'_, str>>;
    /// Returns the items of an array.
    fn list(&self) -> Option<Vec<Self>>;
    /// Returns the entries of an object.
    fn object(&self) -> Option<Vec<(String, Self)>>;
    fn is_null(&self) -> bool;
}

/// Value that a column rejects.
#[derive(Debug)]
pub(crate) struct Refused<J> {
    /// Rejected value.
    pub(crate) at: J,
    /// Description of accepted values.
    pub(crate) wanted: String,
}

/// Type of a column.
pub(crate) trait Column: Sized + Clone {
    fn read<J: Json>(json: &J) -> Result<Self, Refused<J>>;

    /// Replaces a value by a newer one.
    fn lay_over(&mut self, newer: &Self) {
        *self = newer.clone();
    }
}

pub(crate) fn refused<T, J: Json>(json: &J, wanted: impl Into<String>) -> Result<T, Refused<J>> {
    Err(Refused {
        at: json.clone(),
        wanted: wanted.into(),
    })
}

impl Column for bool {
    fn read<J: Json>(json: &J) -> Result<bool, Refused<J>> {
        match json.bool() {
            Some(value) => Ok(value),
            None => refused(json, "a boolean"),
        }
    }
}

/// Integer: tokens, pixels, bytes, pages.
impl Column for u32 {
    fn read<J: Json>(json: &J) -> Result<u32, Refused<J>> {
        match json.number() {
            Some(n) if n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&n) => Ok(n as u32),
            _ => refused(json, "an integer from 0 to 4,294,967,295"),
        }
    }
}

/// Factor.
impl Column for f64 {
    fn read<J: Json>(json: &J) -> Result<f64, Refused<J>> {
        match json.number() {
            Some(n) if (0.0..=1e9).contains(&n) => Ok(n),
            _ => refused(json, "a number from 0 to 1,000,000,000"),
        }
    }
}

/// Declares a group of columns: a struct with an `Option` per column, where `None` means that no
/// source states it.
macro_rules! columns {
    ($(#[$doc:meta])* pub struct $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }

        impl $name {
            /// Group without any values.
            pub(crate) const NONE: $name = $name { $($field: None,)* };
            /// Names of the columns.
            #[allow(dead_code, reason = "used for some groups")]
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            /// Returns a bit for each column that has a value, in the order of
            /// [`COLUMNS`](Self::COLUMNS).
            #[allow(dead_code, reason = "used for some groups")]
            pub(crate) fn said(&self) -> u64 {
                let said = [$(self.$field.is_some()),*];
                said.iter().rev().fold(0, |bits, said| bits << 1 | u64::from(*said))
            }
        }

        impl Column for $name {
            fn read<J: Json>(
                json: &J,
            ) -> Result<$name, Refused<J>> {
                let Some(entries) = json.object() else {
                    return refused(json, "an object");
                };
                let mut columns = $name::NONE;
                for (key, value) in entries {
                    match key.as_str() {
                        _ if value.is_null() => {}
                        $(stringify!($field) => {
                            columns.$field = Some(<$type>::read(&value)?);
                        })*
                        _ => {
                            let known = $name::COLUMNS.join(", ");
                            return refused(&value, format!("one of the fields {known}"));
                        }
                    }
                }
                Ok(columns)
            }

            fn lay_over(&mut self, newer: &$name) {
                $(
                    match (&mut self.$field, &newer.$field) {
                        (Some(old), Some(newer)) => old.lay_over(newer),
                        (old, Some(newer)) => *old = Some(*newer),
                        (_, None) => {}
                    }
                )*
            }
        }

        constant! { $name { $($field)* } }
    };
}

#[macro_use]
pub(crate) mod words;
pub(crate) mod abilities;
pub(crate) mod generation;
pub(crate) mod images;
pub(crate) mod limits;
pub(crate) mod prices;
pub(crate) mod rows;
