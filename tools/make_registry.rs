//! Writes `data/models.json` from the collected reference.
//!
//! ```console
//! cargo run --example make_registry -- ../shared/reference/models.json data/models.json
//! ```

mod registry_from_reference;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = args.as_slice() else {
        eprintln!("make_registry: usage: make_registry REFERENCE.json OUT.json");
        return ExitCode::from(2);
    };
    match run(from, to) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("make_registry: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run(from: &str, to: &str) -> Result<(), String> {
    let reference = std::fs::read_to_string(from).map_err(|e| format!("{from}: {e}"))?;
    let registry = registry_from_reference::registry(&reference)?;
    std::fs::write(to, registry).map_err(|e| format!("{to}: {e}"))
}
