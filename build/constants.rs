//! Writer of columns as Rust constants.

use crate::columns::words::Set;

/// Value that can be written as a constant of the crate.
pub(crate) trait Constant {
    fn constant(&self) -> String;
}

/// Returns the path in the crate of a type of `columns`, from its module here.
pub(crate) fn path(module: &str, name: &str) -> String {
    let inner = module.split_once("::").map_or("", |(_, inner)| inner);
    format!("crate::model::{inner}::{name}")
}

/// Called by `columns!` and `words!` for each type. In the library it expands to nothing.
macro_rules! constant {
    (word $name:ident) => {
        impl crate::constants::Constant for $name {
            fn constant(&self) -> String {
                let path = crate::constants::path(module_path!(), stringify!($name));
                format!("{path}::{self:?}")
            }
        }
    };
    ($name:ident { $($field:ident)* }) => {
        impl crate::constants::Constant for $name {
            fn constant(&self) -> String {
                let mut out = crate::constants::path(module_path!(), stringify!($name));
                out += " {";
                $(
                    out += &format!(
                        " {}: {},",
                        stringify!($field),
                        crate::constants::Constant::constant(&self.$field)
                    );
                )*
                out + " }"
            }
        }
    };
}

impl Constant for bool {
    fn constant(&self) -> String {
        self.to_string()
    }
}

impl Constant for u32 {
    fn constant(&self) -> String {
        self.to_string()
    }
}

impl Constant for f64 {
    fn constant(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: Constant> Constant for Option<T> {
    fn constant(&self) -> String {
        match self {
            Some(value) => format!("Some({})", value.constant()),
            None => "None".to_owned(),
        }
    }
}

impl<T: Copy> Constant for Set<T> {
    fn constant(&self) -> String {
        let path = path("::columns::words", "Set");
        format!("{path}::from_bits({})", self.bits())
    }
}
