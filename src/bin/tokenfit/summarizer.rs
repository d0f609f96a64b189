//! The program that writes summaries: it reads a job as JSON from standard input and writes the
//! summary to standard output.
//!
//! The program can misbehave: never read, never write, never end, write without end, or leave a
//! child that keeps its output open. So each pipe has a thread of its own, which is abandoned when
//! the time is up, and reading stops at the maximum length of a summary.

use std::env;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokenfit::fit::SummaryJob;

/// Larger than any summary.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Maximum wait before checking again whether a program has ended after closing its output.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A program with its arguments, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProgramArg {
    program: String,
    args: Vec<String>,
}

impl FromStr for ProgramArg {
    type Err = String;

    /// Splits into words with the quotes, backslashes and comments of a POSIX shell; nothing else
    /// of a shell is supported.
    fn from_str(text: &str) -> Result<ProgramArg, String> {
        let Some(words) = shlex::split(text) else {
            return Err("a quote is not closed, or nothing follows the last `\\`".to_owned());
        };
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => Ok(ProgramArg {
                program,
                args: words.collect(),
            }),
            _ => Err("no program is named; write 'PROGRAM ARG…'".to_owned()),
        }
    }
}

impl ProgramArg {
    /// Checks that the program exists, by its path or in the folders of `PATH`. It is not run.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be run.
    pub(crate) fn can_be_run(&self) -> Result<(), String> {
        let program = Path::new(&self.program);
        let has_path = program.components().count() > 1 || program.is_absolute();
        let folders: Vec<PathBuf> = match has_path {
            true => vec![PathBuf::new()],
            false => env::var_os("PATH")
                .map(|path| env::split_paths(&path).collect())
                .unwrap_or_default(),
        };
        let mut found = folders.iter().map(|folder| folder.join(program));
        match found.find(|path| path.is_file() || path.with_extension("exe").is_file()) {
            None => Err(format!(
                "there is no program `{}`{}; check the name, or write its path",
                self.program,
                if has_path { "" } else { " in PATH" }
            )),
            Some(path) if !is_executable(&path) => Err(format!(
                "`{}` is not executable; make it so with `chmod +x`",
                self.program
            )),
            Some(_) => Ok(()),
        }
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

/// A program that writes summaries.
#[derive(Debug)]
pub(crate) struct Summarizer<'a> {
    program: &'a ProgramArg,
    timeout: Duration,
}

impl<'a> Summarizer<'a> {
    pub(crate) fn new(program: &'a ProgramArg, timeout: Duration) -> Summarizer<'a> {
        Summarizer { program, timeout }
    }

    /// Asks for a summary. The program's standard error goes to that of the command.
    ///
    /// # Errors
    ///
    /// The reason why there is none.
    pub(crate) fn ask(&self, job: &SummaryJob) -> Result<String, String> {
        let job = serde_json::to_vec(job).map_err(|error| error.to_string())?;
        let mut child = Command::new(&self.program.program)
            .args(&self.program.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the program cannot be run: {error}"))?;
        let outcome = self.talk(&mut child, job);
        if outcome.is_err() {
            // It may have ended by itself in the meantime; then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
        let written = outcome?;
        String::from_utf8(written).map_err(|_| "the program's output is not UTF-8".to_owned())
    }

    /// Passes the job to the program and reads its answer. On success the program has ended.
    fn talk(&self, child: &mut Child, job: Vec<u8>) -> Result<Vec<u8>, String> {
        let deadline = Instant::now().checked_add(self.timeout);
        let late = || {
            format!(
                "the program took longer than {} s",
                self.timeout.as_secs_f64()
            )
        };
        let no_thread =
            |error: io::Error| format!("communication with the program failed: {error}");
        if let Some(mut stdin) = child.stdin.take() {
            let writer = thread::Builder::new().spawn(move || {
                // A program that does not read its input is not an error; only its answer matters.
                let _ = stdin.write_all(&job);
            });
            writer.map_err(no_thread)?;
        }
        let (sender, written) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            let reader = thread::Builder::new().spawn(move || {
                let mut text = Vec::new();
                let read = stdout.take(MOST_BYTES + 1).read_to_end(&mut text);
                // Nobody receives it when the time is up.
                let _ = sender.send(read.map(|_| text));
            });
            reader.map_err(no_thread)?;
        }
        let read = match deadline {
            Some(at) => written.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => written.recv().map_err(RecvTimeoutError::from),
        };
        let text = match read {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => return Err(format!("the program's output cannot be read: {error}")),
            Err(RecvTimeoutError::Timeout) => return Err(late()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("the program's output cannot be read".to_owned());
            }
        };
        if text.len() as u64 > MOST_BYTES {
            return Err(format!("the program wrote more than {MOST_BYTES} bytes"));
        }
        let status = ended_by(child, deadline).map_err(|error| error.to_string())?;
        match status {
            Some(status) if status.success() => Ok(text),
            Some(status) => Err(format!("the program ended with {status}")),
            None => Err(late()),
        }
    }
}

/// Waits until the program ends or the deadline passes, and returns its status if it ended.
fn ended_by(child: &mut Child, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if deadline.is_some_and(|at| Instant::now() >= at) {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_split_as_a_shell_would() {
        for (text, words) in [
            ("prog", &["prog"][..]),
            ("  prog  one\ttwo ", &["prog", "one", "two"]),
            (
                "prog 'one two' \"three 'four'\"",
                &["prog", "one two", "three 'four'"],
            ),
            (
                r#"prog one\ two "a \" b" 'c\d' ''"#,
                &["prog", "one two", "a \" b", r"c\d", ""],
            ),
            ("'my prog' --at=\"the end\"", &["my prog", "--at=the end"]),
            // Nothing else of a shell is supported.
            (
                "prog $HOME | x > y; z `w` *",
                &["prog", "$HOME", "|", "x", ">", "y;", "z", "`w`", "*"],
            ),
        ] {
            let parsed: ProgramArg = text.parse().unwrap();
            let parsed = [vec![parsed.program], parsed.args].concat();
            assert_eq!(parsed, words, "{text}");
        }
        for (text, part) in [
            ("", "no program"),
            (" \t", "no program"),
            ("'' x", "no program"),
            ("prog 'one", "a quote is not closed"),
            ("prog \"one", "a quote is not closed"),
            ("prog \\", "nothing follows the last"),
        ] {
            let error = text.parse::<ProgramArg>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
