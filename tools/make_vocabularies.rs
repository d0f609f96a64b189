//! Writes `data/vocabularies.json`, the fingerprints of the six vocabularies in the linked
//! `tiktoken-rs`, and `data/vocabulary/*.pairs`, the four different ones themselves.
//!
//! ```console
//! cargo run --example make_vocabularies -- data/vocabularies.json data/vocabulary
//! ```

mod vocabularies_from_tiktoken;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [to, folder] = args.as_slice() else {
        eprintln!("make_vocabularies: usage: make_vocabularies OUT.json FOLDER");
        return ExitCode::from(2);
    };
    let written = write(to, folder);
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("make_vocabularies: {problem}");
            ExitCode::from(2)
        }
    }
}

fn write(to: &str, folder: &str) -> Result<(), String> {
    let text = vocabularies_from_tiktoken::vocabularies()?;
    std::fs::write(to, text).map_err(|e| format!("{to}: {e}"))?;
    for (name, pairs) in vocabularies_from_tiktoken::pairs()? {
        let path = format!("{folder}/{name}.pairs");
        std::fs::write(&path, pairs).map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(())
}
