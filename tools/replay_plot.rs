//! Writes `docs/replay.svg` from recorded histories of agents, and its numbers to standard output.
//!
//! ```console
//! cargo run --release --example replay_plot -- ../shared/corpus/agent_tools.jsonl docs/replay.svg
//! ```

mod replay;
mod replay_svg;

use std::process::ExitCode;

/// Messages of the history.
const MESSAGES: usize = 2_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = args.as_slice() else {
        eprintln!("replay_plot: usage: replay_plot REQUESTS.jsonl OUT.svg");
        return ExitCode::from(2);
    };
    match run(from, to) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("replay_plot: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run(from: &str, to: &str) -> Result<(), String> {
    let lines = std::fs::read_to_string(from)
        .map_err(|e| format!("{from}: {e}; the recorded histories are not part of the package"))?;
    let history = replay::history(&lines, MESSAGES)?;
    let mut replays = Vec::new();
    for (name, fitter) in replay::policies().map_err(|e| e.to_string())? {
        let replayed = replay::replay(fitter, &history).map_err(|e| e.to_string())?;
        println!("{}", replayed.row(name));
        replays.push((name, replayed));
    }
    std::fs::write(to, replay_svg::svg(&replays)).map_err(|e| format!("{to}: {e}"))
}
