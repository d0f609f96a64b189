//! Color, width and progress on a terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;

/// When to show output that is meant for people only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If the output is a terminal
    Auto,
    Always,
    Never,
}

pub(crate) const BOLD: &str = "1";

static COLOUR_ON_OUT: AtomicBool = AtomicBool::new(false);
static COLOUR_ON_ERROR: AtomicBool = AtomicBool::new(false);
static PROGRESS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Decides once, before anything is written. `NO_COLOR` (<https://no-color.org>) and `TERM=dumb`
/// override the terminal, and the option overrides both.
pub(crate) fn decide(color: When) {
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || env::var_os("TERM").is_some_and(|term| term == "dumb");
    let decide = |terminal: bool| match color {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !plain,
    };
    COLOUR_ON_OUT.store(decide(io::stdout().is_terminal()), Ordering::Relaxed);
    COLOUR_ON_ERROR.store(decide(io::stderr().is_terminal()), Ordering::Relaxed);
}

/// Whether standard output is colored.
pub(crate) fn out_is_colored() -> bool {
    COLOUR_ON_OUT.load(Ordering::Relaxed)
}

/// Whether standard error is colored.
pub(crate) fn error_is_colored() -> bool {
    COLOUR_ON_ERROR.load(Ordering::Relaxed)
}

/// Styles a string for standard error.
pub(crate) fn on_error(style: &str, text: &str) -> String {
    match error_is_colored() {
        true => format!("\x1b[{style}m{text}\x1b[0m"),
        false => text.to_owned(),
    }
}

/// Whether results are shown on a screen.
pub(crate) fn out_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Returns the columns of the terminal behind standard output; `None` if it is not a terminal.
pub(crate) fn width_of_out() -> Option<usize> {
    let (width, _) = io::stdout()
        .is_terminal()
        .then(terminal_size::terminal_size)??;
    Some(usize::from(width.0))
}

/// Delay of the first progress line, and between two.
const PAUSE: Duration = Duration::from_millis(500);

/// A line on standard error that shows the progress through a long input.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    next: Instant,
    inputs: usize,
    read: usize,
    requests: u64,
    bytes: u64,
}

impl Progress {
    /// Shown if standard error is a terminal and answers do not scroll past on it.
    pub(crate) fn new(when: When, inputs: usize) -> Progress {
        let shown = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => io::stderr().is_terminal() && !io::stdout().is_terminal(),
        };
        let now = Instant::now();
        Progress {
            shown,
            next: if when == When::Always {
                now
            } else {
                now + PAUSE
            },
            inputs,
            read: 0,
            requests: 0,
            bytes: 0,
        }
    }

    pub(crate) fn next_input(&mut self) {
        self.read += 1;
    }

    /// Records that a request of `bytes` bytes was answered.
    pub(crate) fn tick(&mut self, bytes: usize) {
        self.requests += 1;
        self.bytes += bytes as u64;
        if !self.shown || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + PAUSE;
        let files = match self.inputs {
            0 | 1 => String::new(),
            all => format!("file {} of {all}, ", self.read),
        };
        let megabytes = self.bytes as f64 / 1e6;
        let requests = self.requests;
        let _ = write!(
            io::stderr(),
            "\r\x1b[Ktokenfit: {files}{requests} requests, {megabytes:.1} MB"
        );
        PROGRESS_SHOWN.store(true, Ordering::Relaxed);
    }
}

/// Removes the progress line, if there is one, before other output.
pub(crate) fn clear_progress() {
    if PROGRESS_SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
