//! The command `tokenfit`: reads requests, calls the library, writes what it says. No logic of its own.

mod answers;
mod args;
mod check;
mod count;
mod fit;
mod input;
mod key;
mod models;
mod output;
mod repair;
mod reply;
mod strategies;
mod summarizer;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let outcome = match args.command {
        args::Command::Count(args) => count::run(&args),
        args::Command::Check(args) => check::run(&args),
        args::Command::Repair(args) => repair::run(&args),
        args::Command::Fit(args) => fit::run(&args),
        args::Command::Error(args) => reply::error(&args),
        args::Command::Usage(args) => reply::usage(&args),
        args::Command::Headers(args) => reply::headers(&args),
        args::Command::Key(args) => key::run(&args),
        args::Command::Models(args) => models::run(&args),
    };
    match outcome {
        Ok(verdict) => verdict.into(),
        // Whoever read the output has enough of it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&error.to_string());
            output::Verdict::CouldNotTell.into()
        }
    }
}
