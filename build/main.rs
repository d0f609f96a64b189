//! Build script: writes the model registry (`data/models.json` and `data/own.json`), the
//! vocabularies in `data/vocabulary` and the character classes as tables ready to be read, so that
//! no data is parsed at run time, and names the data the crate was built with.
//!
//! It writes to `OUT_DIR`: `models.rs`, which `src/model/table.rs` includes; the tables of each
//! enabled vocabulary (`src/encoding/vocabulary.rs`), of the classes (`classes.rs`) and the special
//! tokens (`special.rs`).

mod classes;
mod fnv;
mod layout;
#[macro_use]
mod constants;
mod registry;
// Shared with the library, so that columns, name keys and hosts agree at build time and run time.
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "../src/model/columns/mod.rs"]
mod columns;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "../src/model/day.rs"]
mod day;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "../src/model/host.rs"]
mod host;
#[path = "../src/model/resolve/sketch.rs"]
mod sketch;
#[path = "../src/model/resolve/spelling.rs"]
mod spelling;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

const REGISTRY: &str = "data/models.json";
const OWN: &str = "data/own.json";
const VOCABULARIES: &str = "data/vocabularies.json";
const VOCABULARY: &str = "data/vocabulary";
const CLASSES: &str = "data/unicode_classes.txt";
const RULES: &str = "src/count/rules";

/// The fields of `data/vocabularies.json` used here.
#[derive(Deserialize)]
struct Vocabularies {
    encodings: Vec<EncodingRow>,
}

#[derive(Deserialize)]
struct EncodingRow {
    name: String,
    special_tokens: BTreeMap<String, u32>,
}

fn main() {
    if let Err(problem) = run() {
        println!("cargo::error={problem}");
        std::process::exit(1);
    }
}

/// Features of the vocabularies that the unit tests compare and count with: with all of them on, `every_vocabulary` is set.
const TESTED: [&str; 4] = ["O200K", "CL100K", "P50K", "R50K"];

fn run() -> Result<(), String> {
    println!("cargo::rustc-check-cfg=cfg(every_vocabulary)");
    if TESTED
        .iter()
        .all(|feature| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some())
    {
        println!("cargo::rustc-cfg=every_vocabulary");
    }
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/model");
    println!("cargo::rerun-if-changed=src/encoding/hash.rs");
    // A missing path would rerun this script at every build.
    println!(
        "cargo::rerun-if-changed={}",
        if Path::new(RULES).is_dir() {
            RULES
        } else {
            "src"
        }
    );

    let listed = registry::File::parse(&read(Path::new(REGISTRY))?)
        .map_err(|e| format!("{REGISTRY}: {e}"))?;
    let own = registry::File::parse(&read(Path::new(OWN))?).map_err(|e| format!("{OWN}: {e}"))?;
    let version = data_version((&listed.date).max(&own.date))?;
    let code = registry::tables(listed, own, &version).map_err(|e| format!("{REGISTRY}: {e}"))?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?;
    let out = Path::new(&out);
    write(&out.join("models.rs"), code.as_bytes())?;
    vocabularies(out)?;
    let (index, blocks) =
        classes::tables(&read(Path::new(CLASSES))?).map_err(|e| format!("{CLASSES}: {e}"))?;
    write(&out.join("class_index.bin"), &index)?;
    write(&out.join("class_blocks.bin"), &blocks)?;
    write(&out.join("special.rs"), special_tokens()?.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// Tables that counting rarely reads. Each is a literal in a function: the compiler writes the
/// value of a static into the crate's metadata as well as into the program, but only the code of a
/// function that is not inlined elsewhere. A literal has no alignment, which the tables on the hot
/// path need.
const RARE: [&str; 4] = ["piece_ids", "long_ids", "starts", "text"];

/// Writes the tables of each enabled vocabulary, and the code that names them.
///
/// Lengths are numbers in that code: with a constant of `include_bytes!`, even for the length only,
/// the metadata would hold five bytes per byte of the table.
fn vocabularies(out: &Path) -> Result<(), String> {
    let mut code = String::new();
    for (feature, name) in [
        ("O200K", "o200k_base"),
        ("CL100K", "cl100k_base"),
        ("P50K", "p50k_base"),
        ("R50K", "r50k_base"),
    ] {
        if env::var_os(format!("CARGO_FEATURE_{feature}")).is_none() {
            continue;
        }
        let path = format!("{VOCABULARY}/{name}.pairs");
        let pairs = fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
        let _ = writeln!(code, "pub(super) mod {name} {{\nuse super::Aligned;");
        for (table, bytes) in layout::tables(&pairs).map_err(|e| format!("{path}: {e}"))? {
            let file = format!("{name}.{table}.bin");
            write(&out.join(&file), &bytes)?;
            let _ = match RARE.contains(&table) {
                true => writeln!(
                    code,
                    "pub(in super::super) fn {table}() -> &'static [u8] {{ include_bytes!({file:?}) }}"
                ),
                false => writeln!(
                    code,
                    "pub(in super::super) static {}: Aligned<{}> = Aligned(*include_bytes!({file:?}));",
                    table.to_uppercase(),
                    bytes.len()
                ),
            };
        }
        code += "}\n";
    }
    write(&out.join("vocabularies.rs"), code.as_bytes())
}

/// Returns the special tokens of `data/vocabularies.json`, in the order of their ids in each
/// encoding.
fn special_tokens() -> Result<String, String> {
    let file: Vocabularies = serde_json::from_str(&read(Path::new(VOCABULARIES))?)
        .map_err(|e| format!("{VOCABULARIES}: {e}"))?;
    let mut out = String::from("static SPECIAL: &[(&str, &[(u32, &str)])] = &[\n");
    for encoding in &file.encodings {
        let mut tokens: Vec<(u32, &String)> = encoding
            .special_tokens
            .iter()
            .map(|(text, id)| (*id, text))
            .collect();
        tokens.sort_unstable();
        let _ = writeln!(out, "({:?}, &{tokens:?}),", encoding.name);
    }
    out += "];\n";
    Ok(out)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Returns `DATE-HASH` over everything that can change a count or a limit: the data files and the
/// counting rules.
///
/// The date is for people, the hash for programs: it changes with any of the files. Paths are
/// hashed with `/` and line ends as LF, so that a checkout on Windows has the same version.
fn data_version(registry_date: &str) -> Result<String, String> {
    let mut files = files_with_extension(Path::new("data"), "json")?;
    let mut date = day(registry_date, "date").map_err(|e| format!("{REGISTRY}: {e}"))?;
    if Path::new(RULES).is_dir() {
        files.extend(files_with_extension(Path::new(RULES), "rs")?);
        if let Some(rules_date) = rules_date()? {
            date = date.max(rules_date);
        }
    }
    let mut by_name: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| (path.to_string_lossy().replace('\\', "/"), path))
        .collect();
    by_name.sort();
    let mut hash = fnv::Fnv::new();
    for (name, path) in by_name {
        let text = read(&path)?.replace("\r\n", "\n");
        // Lengths first, so that text moved between files is a change.
        for part in [&name, &text] {
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part.as_bytes());
        }
    }
    let hash = hash.finish();
    // The authors of FNV recommend folding both halves to shorten it.
    Ok(format!(
        "{date}-{:08x}",
        (hash >> 32) ^ (hash & 0xffff_ffff)
    ))
}

/// Returns the day in `RULES_DATE: &str = "YYYY-MM-DD"`, if the rules have such a line.
fn rules_date() -> Result<Option<String>, String> {
    const MARK: &str = "RULES_DATE: &str = \"";
    let path = Path::new(RULES).join("mod.rs");
    if !path.is_file() {
        return Ok(None);
    }
    let text = read(&path)?;
    let Some((_, rest)) = text.split_once(MARK) else {
        return Ok(None);
    };
    let date = rest.split('"').next().unwrap_or_default();
    day(date, "RULES_DATE")
        .map(Some)
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn files_with_extension(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let error = |e| format!("{}: {e}", dir.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    Ok(files)
}

fn day(date: &str, what: &str) -> Result<String, String> {
    match day::Day::of(date) {
        Some(_) => Ok(date.to_owned()),
        None => Err(format!("{what}: {date:?} is not a day, YYYY-MM-DD")),
    }
}

fn day_or_month(date: &str, what: &str) -> Result<String, String> {
    match day::Day::or_month_is(date) {
        true => Ok(date.to_owned()),
        false => Err(format!("{what}: {date:?} is not YYYY-MM-DD or YYYY-MM")),
    }
}
