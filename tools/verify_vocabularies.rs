//! Compares the files of `data/vocabulary` with the digests in `data/other_vocabularies.json`.
//!
//! ```console
//! cargo run --example verify_vocabularies
//! ```

mod sha256;

use std::process::ExitCode;

fn main() -> ExitCode {
    match verify() {
        Ok(files) => {
            println!("{files} files are as listed");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("verify_vocabularies: {problem}");
            ExitCode::from(1)
        }
    }
}

fn verify() -> Result<usize, String> {
    let list = "data/other_vocabularies.json";
    let text = std::fs::read_to_string(list).map_err(|e| format!("{list}: {e}"))?;
    let list: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("{list}: {e}"))?;
    let rows = list["files"].as_array().ok_or("the list has no `files`")?;
    for row in rows {
        let file = row["file"].as_str().ok_or("a row has no `file`")?;
        let path = format!("data/vocabulary/{file}");
        let bytes = std::fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
        if row["sha256"] != sha256::hex(&bytes) {
            return Err(format!("{path} is not the file that is listed"));
        }
    }
    Ok(rows.len())
}
