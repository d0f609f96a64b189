//! Results to standard output, messages to standard error, and the exit code.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::Error;
use tokenfit::edit::Undo;
use tokenfit::fit::CannotFit;

use crate::remedies;
use crate::terminal;

/// Verdict that the exit code reports; of several verdicts the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Yes,
    No,
    CouldNotTell,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> ExitCode {
        match verdict {
            Verdict::Yes => ExitCode::SUCCESS,
            Verdict::No => ExitCode::from(1),
            Verdict::CouldNotTell => ExitCode::from(2),
        }
    }
}

/// Writes one or more lines to standard error, the first prefixed with the program's name. A write
/// error is ignored: it only means that nobody reads them.
pub(crate) fn message(text: &str) {
    terminal::clear_progress();
    let name = terminal::on_error(terminal::BOLD, "tokenfit:");
    let _ = writeln!(io::stderr(), "{name} {}", text.trim_end());
}

/// Formats a number with thousands separators: `128,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Reports a usage error on standard error; nothing has been done.
pub(crate) fn usage(text: &str) -> Verdict {
    message(text);
    Verdict::CouldNotTell
}

/// Writes one object on one line and flushes: the reader may wait for it before it sends the next
/// request.
pub(crate) fn json_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    on_one_line(&mut line);
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// Joins the lines of a JSON request. Inside a string a line break is written as `
/// `, so the remaining ones separate values, and a space does the same.
pub(crate) fn on_one_line(json: &mut [u8]) {
    for byte in json {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// An optional file of JSON lines.
#[derive(Debug)]
pub(crate) struct Lines(Option<File>);

impl Lines {
    pub(crate) fn create(path: Option<&Path>) -> io::Result<Lines> {
        path.map(File::create).transpose().map(Lines)
    }

    pub(crate) fn none() -> Lines {
        Lines(None)
    }

    pub(crate) fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        match &mut self.0 {
            Some(file) => json_line(file, value),
            None => Ok(()),
        }
    }
}

/// An answer with the position of its request; every JSON answer has one.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Placed<'a, T> {
    /// Spelled as in the envelope or the batch file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a RawValue>,
    /// `None` for standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<&'a str>,
    /// Line of the input at which the request begins, from 1.
    pub(crate) line: usize,
    /// Column in that line, in bytes from 1.
    pub(crate) column: usize,
    #[serde(flatten)]
    pub(crate) answer: T,
}

/// One line of the file of `--undo`.
#[derive(Serialize)]
pub(crate) struct UndoLine {
    /// `None` if nothing was done.
    pub(crate) undo: Option<Undo>,
}

/// Written in place of an answer that could not be given.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    pub(crate) error: FailureError<'a>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct FailureError<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'a str>,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// For a request that cannot be made to fit: the required size, and what would help.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) cannot_fit: Option<&'a CannotFit>,
    /// Findings for which a fitted request would be refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<Refusal<'a>>,
    /// For people: the JSON around a syntax error, without its strings.
    #[serde(skip)]
    pub(crate) excerpt: Option<&'a str>,
}

impl<'a> FailureError<'a> {
    pub(crate) fn of(error: &'a Error) -> FailureError<'a> {
        let refused = error.refused_for().iter();
        FailureError {
            kind: error.kind().as_str(),
            message: remedies::message_of(error),
            pointer: error.pointer(),
            line: error.line(),
            column: error.column(),
            cannot_fit: error.cannot_fit(),
            findings: refused
                .map(|(code, pointer)| Refusal { code, pointer })
                .collect(),
            excerpt: error.excerpt(),
        }
    }
}

/// A finding for which a request would be refused.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal<'a> {
    pub(crate) code: &'a str,
    pub(crate) pointer: &'a str,
}
