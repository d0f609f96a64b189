//! Checks every JSON file of a folder, as a step of a build: exit code 1 if a provider would refuse
//! a request.
//!
//! ```console
//! cargo run --example check_folder -- examples
//! ```

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use tokenfit::check::Severity;

/// Checks the `.json` files of a folder; returns a report and the number of refused requests.
pub(crate) fn run(folder: &Path) -> io::Result<(String, usize)> {
    let mut out = String::new();
    let mut refused = 0;
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
    {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // `check` takes any bytes: what is not a request is a finding too.
        let report = tokenfit::check(&fs::read(path)?);
        refused += usize::from(!report.is_ok());
        out += &format!(
            "{name}: {}\n",
            if report.is_ok() { "ok" } else { "refused" }
        );
        for finding in report.findings() {
            if finding.severity != Severity::Wasteful {
                out += &format!("  {finding}\n");
            }
        }
    }
    Ok((out, refused))
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> io::Result<ExitCode> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "examples".to_owned());
    let (report, refused) = run(Path::new(&folder))?;
    print!("{report}");
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
