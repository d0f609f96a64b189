//! Position in a file of overrides, for errors with their place.

use crate::error::{Error, Inner};
use crate::json::{Document, Kind, Value};
use crate::model::Day;
use crate::model::columns::{Column, Json, Refused};
use crate::shown::quoted_name;

/// Larger than any window; a number above is a mistake or an attack on the arithmetic.
pub(super) const MAX_SIZE: u64 = 1_000_000_000;
/// Dollars per 1M tokens; the most expensive model costs some hundreds.
const MAX_PRICE: f64 = 1_000_000.0;

/// Value and its JSON pointer. The pointer is kept as steps and written only for an error.
#[derive(Clone)]
pub(super) struct Cursor<'d> {
    document: &'d Document<'d>,
    value: Value<'d>,
    path: Vec<CursorStep<'d>>,
}

#[derive(Clone)]
enum CursorStep<'d> {
    Key(std::borrow::Cow<'d, str>),
    Index(usize),
}

/// Returns whether a key may appear in the pointer of a syntax error, which cannot contain escapes.
pub(super) fn is_shown_plain(key: &str) -> bool {
    is_shown(key) && !key.contains(['/', '~'])
}

/// Keys are names of models and providers, shown if they look like names; other text is not.
fn is_shown(key: &str) -> bool {
    crate::shown::is_name(key)
}

impl<'d> Cursor<'d> {
    pub(super) fn root(document: &'d Document<'d>) -> Cursor<'d> {
        Cursor {
            document,
            value: document.root(),
            path: Vec::new(),
        }
    }

    fn step(&self, step: CursorStep<'d>, value: Value<'d>) -> Cursor<'d> {
        let mut path = self.path.clone();
        path.push(step);
        Cursor {
            document: self.document,
            value,
            path,
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.kind() == Kind::Array
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.kind() == Kind::Object
    }

    pub(super) fn is_string(&self) -> bool {
        self.value.kind() == Kind::String
    }

    /// Returns a field, unless it is absent or null.
    pub(super) fn field(&self, name: &'static str) -> Option<Cursor<'d>> {
        let value = self.value.get_some(name)?;
        Some(self.step(CursorStep::Key(name.into()), value))
    }

    /// Iterates over the entries of an object, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (String, Cursor<'d>)> {
        self.value.entries().map(|(key, value)| {
            let key = key.as_str().unwrap_or_default();
            (
                key.clone().into_owned(),
                self.step(CursorStep::Key(key), value),
            )
        })
    }

    /// Iterates over the items of an array, in order.
    pub(super) fn items(&self) -> impl Iterator<Item = Cursor<'d>> {
        let items = self.value.items().enumerate();
        items.map(|(index, value)| self.step(CursorStep::Index(index), value))
    }

    /// Iterates over the places of this entry's aliases, in order.
    pub(super) fn alias_places(&self) -> impl Iterator<Item = Cursor<'d>> {
        let aliases = self.field("aliases");
        aliases
            .map(|aliases| aliases.items().collect::<Vec<_>>())
            .unwrap_or_default()
            .into_iter()
    }

    /// Creates an error at this place.
    pub(super) fn error(&self, what: String, remedy: impl Into<String>) -> Error {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                CursorStep::Index(index) => pointer.push_str(&format!("/{index}")),
                CursorStep::Key(key) if is_shown(key) => {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                CursorStep::Key(_) => break,
            }
        }
        Inner::Overrides {
            what,
            remedy: remedy.into(),
            place: self.document.place(pointer, self.value.span().start),
        }
        .into()
    }

    fn wrong_type(&self, wanted: &str) -> Error {
        self.error(
            format!("expected {wanted}, found {}", self.value.kind_name()),
            "correct it or omit it",
        )
    }

    pub(super) fn expect_object(&self, wanted: &str) -> Result<(), Error> {
        if self.is_object() {
            Ok(())
        } else {
            Err(self.wrong_type(wanted))
        }
    }

    /// Rejects a field that looks like a typo of a known one, which would silently do nothing.
    /// Others are the caller's notes.
    pub(super) fn expect_no_typo(&self, known: &[&str]) -> Result<(), Error> {
        for (name, at) in self.entries() {
            if let Some(near) = meant_by(&name, known) {
                let what = format!("unknown field {}", quoted_name(&name));
                return Err(at.error(what, format!("did you mean `{near}`?")));
            }
        }
        Ok(())
    }

    pub(super) fn expect_array(&self) -> Result<(), Error> {
        if self.is_array() {
            Ok(())
        } else {
            Err(self.wrong_type("an array"))
        }
    }

    pub(super) fn string(&self) -> Result<String, Error> {
        self.value
            .as_str()
            .map(|text| text.into_owned())
            .ok_or_else(|| self.wrong_type("a string"))
    }

    /// Reads the name of a model.
    pub(super) fn name(&self) -> Result<String, Error> {
        let name = self.string()?;
        self.check_name(&name)?;
        Ok(name)
    }

    pub(super) fn check_name(&self, name: &str) -> Result<(), Error> {
        if crate::model::resolve::is_usable(name) {
            Ok(())
        } else {
            Err(self.error(
                "this cannot be the name of a model".to_owned(),
                "use 1 to 300 bytes without control characters",
            ))
        }
    }

    pub(super) fn a_bool(&self) -> Result<bool, Error> {
        match self.value.kind() {
            Kind::True => Ok(true),
            Kind::False => Ok(false),
            _ => Err(self.wrong_type("a boolean")),
        }
    }

    fn a_number(&self) -> Result<f64, Error> {
        if self.value.kind() != Kind::Number {
            return Err(self.wrong_type("a number"));
        }
        // The scanner rejected numbers that no `f64` holds.
        Ok(self.value.raw().parse().unwrap_or(f64::NAN))
    }

    /// Reads a size in tokens, 0 included; `1e6` and `128000.0` are integers too.
    pub(super) fn size_or_zero(&self) -> Result<u64, Error> {
        let number = self.a_number()?;
        if number < 0.0 {
            return Err(self.error(
                "this size is negative".to_owned(),
                "set a number of tokens, or omit it",
            ));
        }
        if number > MAX_SIZE as f64 {
            return Err(self.error(
                "this size is above 1,000,000,000".to_owned(),
                "set a number of tokens, or omit it",
            ));
        }
        if number.fract() != 0.0 {
            return Err(self.error(
                "this size is not an integer".to_owned(),
                "set a number of tokens",
            ));
        }
        Ok(number as u64)
    }

    /// Reads a size in tokens.
    pub(super) fn size(&self) -> Result<u64, Error> {
        match self.size_or_zero()? {
            0 => Err(self.error("this size is 0".to_owned(), "omit a size that is not known")),
            size => Ok(size),
        }
    }

    /// Reads a price in USD per 1M tokens from a number in USD per `per` tokens.
    pub(super) fn price(&self, per: f64) -> Result<f64, Error> {
        let price = self.a_number()? * (1_000_000.0 / per);
        if price < 0.0 {
            return Err(self.error(
                "this price is negative".to_owned(),
                "set an amount in USD, or omit it",
            ));
        }
        if price > MAX_PRICE {
            return Err(self.error(
                "this price is above 1,000,000 USD per 1M tokens".to_owned(),
                "check whether it is per token or per 1M tokens",
            ));
        }
        // 2.5e-06 per token is 2.5 per million, not 2.4999999999999996.
        Ok((price * 1e9).round() / 1e9)
    }

    /// Reads a day, `YYYY-MM-DD`.
    pub(super) fn day(&self) -> Result<Day, Error> {
        Day::of(&self.string()?)
            .ok_or_else(|| self.error("this is not a day".to_owned(), "write it as YYYY-MM-DD"))
    }

    /// Reads a day or a month, as written.
    pub(super) fn day_or_month(&self) -> Result<String, Error> {
        let text = self.string()?;
        match Day::or_month_is(&text) {
            true => Ok(text),
            false => Err(self.error(
                "this is not a day or a month".to_owned(),
                "write it as YYYY-MM-DD or YYYY-MM",
            )),
        }
    }

    /// Reads a column of the registry.
    pub(super) fn column<T: Column>(&self) -> Result<T, Error> {
        T::read(self).map_err(Cursor::refused)
    }

    /// Creates the error for a value that a column rejects.
    pub(super) fn refused(refused: Refused<Cursor<'d>>) -> Error {
        let Refused { at, wanted } = refused;
        at.error(
            format!("expected {wanted}, found {}", at.value.kind_name()),
            "correct it or omit it",
        )
    }
}

/// Returns the field that a name is a typo of: at most two edits away, another spelling
/// (`contextWindow`), or the beginning of it.
fn meant_by<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    const MOST_EDITS: usize = 2;
    const LEAST_LETTERS: usize = 5;
    const LONGEST_NAME: usize = 40;
    if name.len() > LONGEST_NAME || known.contains(&name) {
        return None;
    }
    let mut bare = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !bare.is_empty() && !bare.ends_with('_') {
            bare.push('_');
        }
        bare.push(if c == '-' {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
    }
    let edits = |known: &&&str| strsim::levenshtein(known, &bare);
    let nearest = known.iter().min_by_key(edits)?;
    let is_typo = |edits: usize| edits <= MOST_EDITS && 3 * edits <= bare.len();
    if is_typo(edits(&nearest)) {
        return Some(nearest);
    }
    let begins = |known: &&&str| bare.len() >= LEAST_LETTERS && known.starts_with(&*bare);
    known.iter().find(begins).copied()
}

impl Json for Cursor<'_> {
    fn bool(&self) -> Option<bool> {
        match self.value.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        (self.value.kind() == Kind::Number)
            .then(|| self.value.raw().parse().ok())
            .flatten()
    }

    fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.value.as_str()
    }

    fn list(&self) -> Option<Vec<Self>> {
        self.is_array().then(|| self.items().collect())
    }

    fn object(&self) -> Option<Vec<(String, Self)>> {
        self.is_object().then(|| self.entries().collect())
    }

    fn is_null(&self) -> bool {
        self.value.kind() == Kind::Null
    }
}

/// Reads a field with a method of the cursor, if present.
pub(super) fn read<'d, T>(
    entry: &Cursor<'d>,
    field: &'static str,
    read: impl FnOnce(&Cursor<'d>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    entry.field(field).map(|field| read(&field)).transpose()
}
