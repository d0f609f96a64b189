//! What the registry can say about a model, as typed columns.
//!
//! Each column is declared once. From its declaration come the public field, how JSON is read into it (a line of
//! `data/models.json` at build time, an override at run time, with the same refusals), how it is written as JSON, how an
//! override replaces it, and how `build/registry.rs` writes it as a constant. So a new column is one line here.
//!
//! Shared with `build/main.rs` by path: nothing here depends on the rest of the crate.

use std::borrow::Cow;

/// A JSON value, whoever parsed it.
pub(crate) trait Json: Sized + Clone {
    fn bool(&self) -> Option<bool>;
    fn number(&self) -> Option<f64>;
    fn text(&self) -> Option<Cow<'_, str>>;
    /// The items of an array.
    fn list(&self) -> Option<Vec<Self>>;
    /// The entries of an object.
    fn object(&self) -> Option<Vec<(String, Self)>>;
    fn is_null(&self) -> bool;
}

/// A value that a column refuses.
#[derive(Debug)]
pub(crate) struct Refused<J> {
    /// The value.
    pub(crate) at: J,
    /// What the column takes.
    pub(crate) wanted: String,
}

/// A type that a column can have.
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

/// A whole number: tokens, pixels, bytes, pages.
impl Column for u32 {
    fn read<J: Json>(json: &J) -> Result<u32, Refused<J>> {
        match json.number() {
            Some(n) if n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&n) => Ok(n as u32),
            _ => refused(json, "a whole number from 0 to 4,294,967,295"),
        }
    }
}

/// A factor.
impl Column for f64 {
    fn read<J: Json>(json: &J) -> Result<f64, Refused<J>> {
        match json.number() {
            Some(n) if (0.0..=1e9).contains(&n) => Ok(n),
            _ => refused(json, "a number from 0 to 1,000,000,000"),
        }
    }
}

/// Declares a group of columns: a struct with an `Option` for each, where `None` is "no source says".
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
            /// Nothing is known.
            pub(crate) const NONE: $name = $name { $($field: None,)* };
            /// The names of the columns.
            #[allow(dead_code, reason = "used of some groups")]
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            /// A bit for each column that says something, in the order of [`COLUMNS`](Self::COLUMNS).
            #[allow(dead_code, reason = "used of some groups")]
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
