//! The command `tokenfit`: reads requests, calls the library, writes its answers. It has no logic
//! of its own.

mod answers;
mod args;
mod check;
mod count;
mod files;
mod fit;
mod input;
mod key;
mod learn;
mod models;
mod output;
mod pages;
mod remedies;
mod repair;
mod reply;
#[cfg(feature = "serve")]
mod serve;
mod strategies;
mod summarizer;
mod terminal;
mod translate;
mod undo;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    terminal::decide(args.color);
    let progress = args.progress;
    let outcome = match args.command {
        args::Command::Count(args) => count::run(&args, progress),
        args::Command::Check(args) => check::run(&args, progress),
        args::Command::Repair(args) => repair::run(&args, progress),
        args::Command::Translate(args) => translate::run(&args, progress),
        args::Command::Fit(args) => fit::run(&args, progress),
        args::Command::Undo(args) => undo::run(&args),
        args::Command::Error(args) => reply::error(&args),
        args::Command::Usage(args) => reply::usage(&args),
        args::Command::Headers(args) => reply::headers(&args),
        args::Command::Learn(args) => learn::run(&args, progress),
        args::Command::Key(args) => key::run(&args),
        args::Command::Models(args) => models::run(&args),
        #[cfg(feature = "serve")]
        args::Command::Serve(args) => serve::run(&args),
        args::Command::Completions { shell } => pages::completions(shell),
        args::Command::Man { out_dir } => pages::man(out_dir.as_deref()),
    };
    terminal::clear_progress();
    match outcome {
        Ok(verdict) => verdict.into(),
        // The reader of the output closed it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&error.to_string());
            output::Verdict::CouldNotTell.into()
        }
    }
}
