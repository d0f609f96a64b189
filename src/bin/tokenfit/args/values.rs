//! Parsing of option values.

use std::str::FromStr;

use tokenfit::fit::Preset;
use tokenfit::model::{Day, Host};
use tokenfit::{Encoding, Format};

/// A format; `None` for `auto`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormatArg(pub(crate) Option<Format>);

pub(crate) fn parse_format(name: &str) -> Result<FormatArg, tokenfit::Error> {
    match name {
        "auto" => Ok(FormatArg(None)),
        _ => name.parse().map(|format| FormatArg(Some(format))),
    }
}

/// Model of requests that name none, for one format or for all.
#[derive(Debug, Clone)]
pub(crate) struct DefaultModel {
    pub(crate) format: Option<Format>,
    pub(crate) name: String,
}

impl FromStr for DefaultModel {
    type Err = tokenfit::Error;

    fn from_str(text: &str) -> Result<DefaultModel, tokenfit::Error> {
        let (format, name) = match text.split_once('=') {
            Some((format, name)) => (Some(format.parse()?), name),
            None => (None, text),
        };
        Ok(DefaultModel {
            format,
            name: name.to_owned(),
        })
    }
}

/// Another name of a model.
#[derive(Debug, Clone)]
pub(crate) struct AliasArg {
    pub(crate) name: String,
    pub(crate) model: String,
}

impl FromStr for AliasArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<AliasArg, &'static str> {
        match text.split_once('=') {
            Some((name, model)) if !name.is_empty() && !model.is_empty() => Ok(AliasArg {
                name: name.to_owned(),
                model: model.to_owned(),
            }),
            _ => Err("write NAME=MODEL, for example our-deployment=gpt-4o"),
        }
    }
}

/// A file for a model or an encoding.
#[cfg(any(feature = "tokenizers", feature = "templates"))]
#[derive(Debug, Clone)]
pub(crate) struct FileArg {
    pub(crate) name: String,
    pub(crate) path: std::path::PathBuf,
}

#[cfg(any(feature = "tokenizers", feature = "templates"))]
impl FromStr for FileArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<FileArg, &'static str> {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok(FileArg {
                name: name.to_owned(),
                path: path.into(),
            }),
            _ => Err("write NAME=FILE, with the name of a model or an encoding"),
        }
    }
}

/// Parses a number of tokens: `32000`, `32_000`, `32,000`, `32k`, `1.5M`.
pub(crate) fn parse_tokens(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "`{text}` is not a number of tokens; write a whole number, such as 32000, 32_000 or 32k"
        )
    };
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    // Separators are only allowed between digits, and fractions only with a unit.
    let is_number = whole.starts_with(|c: char| c.is_ascii_digit())
        && whole.ends_with(|c: char| c.is_ascii_digit())
        && whole
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'_' | b','))
        && part.bytes().all(|b| b.is_ascii_digit())
        && (digits.contains('.') != part.is_empty());
    if !is_number || part.len() > 6 {
        return Err(wrong());
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let tokens = whole.checked_mul(unit).ok_or_else(wrong)?;
    if part.is_empty() {
        return Ok(tokens);
    }
    let scaled = part.parse::<u64>().map_err(|_| wrong())? * unit;
    let of = 10_u64.pow(part.len() as u32);
    if scaled % of != 0 {
        return Err(wrong());
    }
    tokens.checked_add(scaled / of).ok_or_else(wrong)
}

/// Parses a number of tokens other than 0.
pub(crate) fn parse_some_tokens(text: &str) -> Result<u64, String> {
    match parse_tokens(text)? {
        0 => Err("0 leaves nothing for the input; write at least 1".to_owned()),
        tokens => Ok(tokens),
    }
}

pub(crate) fn parse_header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("write `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(crate) fn parse_preset(name: &str) -> Result<Preset, tokenfit::Error> {
    name.parse()
}

pub(crate) fn parse_encoding(name: &str) -> Result<Encoding, tokenfit::Error> {
    Encoding::from_name(name)
}

pub(crate) fn parse_day(text: &str) -> Result<Day, tokenfit::Error> {
    text.parse()
}

pub(crate) fn parse_host(name: &str) -> Result<Host, tokenfit::Error> {
    name.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tokens() {
        for (text, tokens) in [
            ("0", 0),
            ("32000", 32_000),
            ("128_000", 128_000),
            ("1,048,576", 1_048_576),
            ("32k", 32_000),
            ("1.5K", 1_500),
            ("1M", 1_000_000),
            ("1.048576m", 1_048_576),
        ] {
            assert_eq!(parse_tokens(text), Ok(tokens), "{text}");
        }
        for text in [
            "",
            "k",
            "-1",
            "+1",
            "1.5",
            "1.",
            ".5k",
            "_1",
            "1_",
            "1e3",
            "5kk",
            "0.0001k",
            "ten",
            "99999999999999999999",
            "99999999999999999M",
            "1.1234567M",
        ] {
            let error = parse_tokens(text).unwrap_err();
            assert!(error.contains("whole number"), "{text}: {error}");
        }
        assert!(parse_some_tokens("0").is_err());
    }
}
