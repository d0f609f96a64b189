//! Filters and functions of chat templates: those of the library transformers, and the checks of
//! values that a template keeps.

use std::fmt::Write as _;

use minijinja::value::{Kwargs, ObjectRepr, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use crate::json::python_json::{SPACED, Style, write_float, write_string};
use crate::model::Day;

/// Maximum depth of a value that a template keeps or writes as JSON; the JSON of a request has at
/// most as much.
const MAX_DEPTH: usize = 128;
/// Maximum indentation of JSON.
const MAX_INDENT: usize = 16;

/// Checks a value that is assigned to a name: not nested too much.
pub(super) fn named(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    checked(state, value, true)
}

/// Checks a value that is assigned to a field of a namespace: it contains no namespace, so there
/// are no cycles.
pub(super) fn kept(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    checked(state, value, false)
}

/// A value that is computed on demand becomes a list, so that there are no chains of them. Takes
/// time linear in the value, for which the template pays.
fn checked(state: &State<'_, '_>, value: Value, may_be_object: bool) -> Result<Value, Error> {
    let is_lazy = value
        .as_object()
        .is_some_and(|object| object.repr() == ObjectRepr::Iterable);
    if is_lazy {
        let mut items = Vec::new();
        for item in value.try_iter()? {
            state.consume_fuel(1)?;
            items.push(item);
        }
        let list = Value::from(items);
        walk(state, &list, may_be_object, 0)?;
        return Ok(list);
    }
    walk(state, &value, may_be_object, 0)?;
    Ok(value)
}

fn walk(
    state: &State<'_, '_>,
    value: &Value,
    may_be_object: bool,
    depth: usize,
) -> Result<(), Error> {
    let Some(object) = value.as_object() else {
        // A string in a list can be there many times.
        let bytes = value.as_str().filter(|_| depth > 0).map_or(0, str::len);
        return state.consume_fuel(bytes as u64 / 64);
    };
    state.consume_fuel(1)?;
    if depth > MAX_DEPTH {
        return Err(refused("a value is nested too deeply"));
    }
    match object.repr() {
        ObjectRepr::Plain if may_be_object => Ok(()),
        ObjectRepr::Seq | ObjectRepr::Iterable => value
            .try_iter()?
            .try_for_each(|item| walk(state, &item, false, depth + 1)),
        ObjectRepr::Map if is_dict(value) => value.try_iter()?.try_for_each(|key| {
            let item = value.get_item(&key)?;
            walk(state, &item, false, depth + 1)
        }),
        // A loop, or a namespace that was just made.
        ObjectRepr::Map if may_be_object => value.try_iter()?.try_for_each(|key| {
            let item = value.get_item(&key)?;
            walk(state, &item, true, depth + 1)
        }),
        _ => Err(refused("a value of this kind cannot be kept")),
    }
}

/// Returns whether a value is a dict, and not another object with fields: the type of the engine's
/// dicts with the feature `preserve_order`.
fn is_dict(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|object| object.type_name().starts_with("indexmap::map::IndexMap<"))
}

/// Charges for a list or a dict that becomes a string: all of it.
pub(super) fn text(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    walk(state, &value, true, 0)?;
    Ok(value)
}

/// Refuses a list that is repeated.
pub(super) fn once(value: Value) -> Result<Value, Error> {
    match value.as_object() {
        Some(_) => Err(refused("a list cannot be repeated")),
        None => Ok(value),
    }
}

/// Writes a value into the prompt.
pub(super) fn written(
    out: &mut minijinja::Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    walk(state, value, true, 0)?;
    minijinja::escape_formatter(out, state, value)
}

/// Methods of Python's strings, lists and dicts.
pub(super) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    for argument in arguments {
        walk(state, argument, true, 0)?;
    }
    minijinja_contrib::pycompat::unknown_method_callback(state, value, name, arguments)
}

fn refused(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// `tojson` of transformers: Python's `json.dumps`, without ASCII escapes.
pub(super) fn tojson(
    state: &State<'_, '_>,
    value: &Value,
    options: Kwargs,
) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let ascii: Option<bool> = options.get("ensure_ascii")?;
    let sorted: Option<bool> = options.get("sort_keys")?;
    let separators: Option<Vec<String>> = options.get("separators")?;
    options.assert_all_used()?;
    let mut json = Json {
        state,
        out: String::new(),
        ascii: ascii.unwrap_or(false),
        sorted: sorted.unwrap_or(false),
        indent: indent.map(|indent| indent.min(MAX_INDENT)),
        comma: if indent.is_some() { "," } else { ", " }.to_owned(),
        colon: ": ".to_owned(),
    };
    if let Some([comma, colon]) = separators.as_deref() {
        json.comma.clone_from(comma);
        json.colon.clone_from(colon);
    }
    json.write(value, 0)?;
    Ok(Value::from(json.out))
}

struct Json<'s, 't, 'e> {
    state: &'s State<'t, 'e>,
    out: String,
    ascii: bool,
    sorted: bool,
    indent: Option<usize>,
    comma: String,
    colon: String,
}

impl Json<'_, '_, '_> {
    fn write(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let before = self.out.len();
        if depth > MAX_DEPTH {
            return Err(refused("a value is nested too deeply"));
        }
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self
                .out
                .push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => match (value.is_integer(), f64::try_from(value.clone())) {
                (false, Ok(number)) => write_float(&mut self.out, number),
                _ => {
                    // Writing to a string does not fail.
                    let _ = write!(self.out, "{value}");
                }
            },
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                self.out.push('[');
                let mut any = false;
                for item in value.try_iter()? {
                    self.next(any, depth + 1);
                    any = true;
                    self.write(&item, depth + 1)?;
                }
                self.end(any, depth, ']');
            }
            ValueKind::Map if is_dict(value) => {
                self.out.push('{');
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sorted {
                    keys.sort();
                }
                for (nth, key) in keys.iter().enumerate() {
                    self.next(nth > 0, depth + 1);
                    match key.as_str() {
                        Some(key) => self.string(key),
                        None => self.string(&key.to_string()),
                    }
                    self.out.push_str(&self.colon);
                    self.write(&value.get_item(key)?, depth + 1)?;
                }
                self.end(!keys.is_empty(), depth, '}');
            }
            _ => return Err(refused("this value is not JSON")),
        }
        // The engine charges for the result; a value that appears many times is charged here.
        let written = self.out.len() - before;
        self.state.consume_fuel(1 + written as u64 / 64)
    }

    fn string(&mut self, text: &str) {
        let style = Style {
            ascii: self.ascii,
            ..SPACED
        };
        write_string(&mut self.out, text, style);
    }

    fn next(&mut self, further: bool, depth: usize) {
        if further {
            self.out.push_str(&self.comma);
        }
        self.line(depth);
    }

    fn end(&mut self, any: bool, depth: usize, bracket: char) {
        if any {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    }
}

/// `strftime_now` of transformers, at the beginning of a day.
pub(super) fn strftime(day: Day, format: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const WEEKDAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let month = MONTHS[(day.month() as usize - 1) % 12];
    let weekday = WEEKDAYS[(day.weekday() as usize - 1) % 7];
    let (year, number) = (day.year(), day.day());
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut code = characters.next();
        let padded = code != Some('-');
        if !padded {
            code = characters.next();
        }
        let two = |number: u32| match padded {
            true => format!("{number:02}"),
            false => number.to_string(),
        };
        match code {
            Some('Y') => out.push_str(&year.to_string()),
            Some('y') => out.push_str(&format!("{:02}", year % 100)),
            Some('m') => out.push_str(&two(day.month())),
            Some('d') => out.push_str(&two(number)),
            Some('B') => out.push_str(month),
            Some('b' | 'h') => out.push_str(&month[..3]),
            Some('A') => out.push_str(weekday),
            Some('a') => out.push_str(&weekday[..3]),
            Some('F') => out.push_str(&day.to_string()),
            Some('H' | 'M' | 'S') => out.push_str(&two(0)),
            Some('%') => out.push('%'),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_python_writes_them() {
        let day: Day = "2026-11-08".parse().expect("a day");
        for (format, written) in [
            ("%d %b %Y", "08 Nov 2026"),
            ("%Y-%m-%d", "2026-11-08"),
            ("%A, %B %-d", "Sunday, November 8"),
            ("%a %y %H:%M:%S %%", "Sun 26 00:00:00 %"),
            ("%q %", "%q %"),
        ] {
            assert_eq!(strftime(day, format), written);
        }
    }
}
