//! Writes `data/unicode_classes.txt`, the character classes distinguished by the encodings'
//! patterns.
//!
//! ```console
//! cargo run --example make_classes -- data/unicode_classes.txt
//! ```

mod classes_from_regex;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [to] = args.as_slice() else {
        eprintln!("make_classes: usage: make_classes OUT.txt");
        return ExitCode::from(2);
    };
    let written = classes_from_regex::unicode_classes()
        .and_then(|text| std::fs::write(to, text).map_err(|e| format!("{to}: {e}")));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("make_classes: {problem}");
            ExitCode::from(2)
        }
    }
}
