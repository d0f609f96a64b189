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

/// What the command has to say by its exit code; of several answers the worst counts.
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

/// A line to standard error (or several, the first one says what it is about), with the program's name in front. Nobody
/// reading it is no reason to fail.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr(), "tokenfit: {}", text.trim_end());
}

/// One object on one line, flushed: who reads it may be waiting for it before writing the next request.
pub(crate) fn json_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    // A request is written as it came, which may be over many lines. In a string a line ends as `\n`: what is left of them
    // stands between two values, where a blank does as well.
    for byte in &mut line {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// A file of lines of JSON, when one was asked for.
#[derive(Debug)]
pub(crate) struct Lines(Option<File>);

impl Lines {
    pub(crate) fn create(path: Option<&Path>) -> io::Result<Lines> {
        path.map(File::create).transpose().map(Lines)
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

/// A line of `--undo`.
#[derive(Serialize)]
pub(crate) struct UndoLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a RawValue>,
    /// Nothing to undo where nothing was done.
    pub(crate) undo: Option<Undo>,
}

/// What stands in the place of an answer that could not be given.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) error: FailureError<'a>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct FailureError<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'a str>,
    pub(crate) line: Option<usize>,
    /// How much has to stay of a request that cannot be made to fit, and what would help.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) cannot_fit: Option<&'a CannotFit>,
    /// What a request that fits would be refused for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<Refusal<'a>>,
}

impl<'a> FailureError<'a> {
    pub(crate) fn of(error: &'a Error) -> FailureError<'a> {
        let refused = error.refused_for().iter();
        FailureError {
            kind: error.kind().as_str(),
            message: error.to_string(),
            pointer: error.pointer(),
            line: error.line(),
            cannot_fit: error.cannot_fit(),
            findings: refused
                .map(|(code, pointer)| Refusal { code, pointer })
                .collect(),
        }
    }
}

/// A fault for which a request would be refused.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal<'a> {
    pub(crate) code: &'a str,
    pub(crate) pointer: &'a str,
}
