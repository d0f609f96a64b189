//! Writes `data/vocabularies.json`, the fingerprints of the six vocabularies in the linked `tiktoken-rs`.
//!
//! ```console
//! cargo run --example make_vocabularies -- data/vocabularies.json
//! ```

mod vocabularies_from_tiktoken;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [to] = args.as_slice() else {
        eprintln!("make_vocabularies: usage: make_vocabularies OUT.json");
        return ExitCode::from(2);
    };
    let written = vocabularies_from_tiktoken::vocabularies()
        .and_then(|text| std::fs::write(to, text).map_err(|e| format!("{to}: {e}")));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("make_vocabularies: {problem}");
            ExitCode::from(2)
        }
    }
}
