//! Results to standard output, messages to standard error, and the exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::RawValue;

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

/// A line to standard error, with the program's name in front. Nobody reading it is no reason to fail.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr(), "tokenfit: {text}");
}

/// One object on one line, flushed: who reads it may be waiting for it before writing the next request.
pub(crate) fn json_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// What stands in the place of an answer that could not be given.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) error: FailureError<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FailureError<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'a str>,
    pub(crate) line: Option<usize>,
}
