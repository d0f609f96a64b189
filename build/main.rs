//! Build script: writes the model registry (`data/models.json` and `data/own.json`), the
//! vocabularies in `data/vocabulary` and the character classes as tables ready to be read, so that
//! no data is parsed at run time, and names the data the crate was built with.
//!
//! It writes to `OUT_DIR`: `models.rs`, which `src/model/table.rs` includes; the tables of each
//! enabled vocabulary (`src/encoding/vocabulary.rs`), of the classes (`classes.rs`) and the special
//! tokens (`special.rs`).

mod characters;
mod classes;
mod claude;
mod fnv;
mod layout;
mod sources;
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

use sources::Source;

const REGISTRY: &str = "data/models.json";
const OWN: &str = "data/own.json";
const VOCABULARIES: &str = "data/vocabularies.json";
const VOCABULARY: &str = "data/vocabulary";
const CLASSES: &str = "data/unicode_classes.txt";

/// Feature, name, file in `data/vocabulary`, and number of ordinary tokens of each vocabulary.
///
/// GLM 5's file also contains GLM 4's vocabulary: its first tokens.
const VOCABULARIES_BY_FEATURE: [(&str, &str, &str, usize); 13] = [
    ("O200K", "o200k_base", "o200k_base.pairs", 199_998),
    ("CL100K", "cl100k_base", "cl100k_base.pairs", 100_256),
    ("P50K", "p50k_base", "p50k_base.pairs", 50_280),
    ("R50K", "r50k_base", "r50k_base.pairs", 50_256),
    ("GEMMA", "gemma", "gemma.bpe", 255_474),
    ("DEEPSEEK", "deepseek", "deepseek.bpe", 127_997),
    ("QWEN2", "qwen2", "qwen2.bpe", 151_643),
    ("QWEN35", "qwen35", "qwen35.bpe", 248_044),
    ("MISTRAL", "mistral_tekken", "mistral_tekken.bpe", 130_072),
    ("KIMI", "kimi_k2", "kimi_k2.bpe", 163_584),
    ("GLM", "glm4", "glm5.bpe", 151_329),
    ("GLM", "glm5", "glm5.bpe", 154_820),
    ("MINIMAX", "minimax_m2", "minimax_m2.bpe", 200_000),
];
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

/// Features of the vocabularies that the unit tests use: if all are on, `every_vocabulary` is set.
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
    claude(out)?;
    let tables =
        classes::tables(&read(Path::new(CLASSES))?).map_err(|e| format!("{CLASSES}: {e}"))?;
    for (name, (index, blocks)) in ["class", "more_class"].into_iter().zip(tables) {
        write(&out.join(format!("{name}_index.bin")), &index)?;
        write(&out.join(format!("{name}_blocks.bin")), &blocks)?;
    }
    write(&out.join("special.rs"), special_tokens()?.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes the tables of each enabled vocabulary, and the code that names them.
///
/// Each table is a literal in a private function: the compiler writes the value of a static or a
/// constant into the crate's metadata as well as into the program, and also that of a function
/// which another crate may inline. So these functions are not inlined; their callers still get the
/// literal's address instead of a call, because a call of a function that returns a constant is
/// replaced by it. Sizes are constants in that code.
fn vocabularies(out: &Path) -> Result<(), String> {
    let mut code = String::new();
    for (feature, name, file, len) in VOCABULARIES_BY_FEATURE {
        if env::var_os(format!("CARGO_FEATURE_{feature}")).is_none() {
            continue;
        }
        let path = format!("{VOCABULARY}/{file}");
        let at = |e: String| format!("{path}: {e}");
        let bytes = fs::read(&path).map_err(|e| at(e.to_string()))?;
        let source = match (file.ends_with(".pairs"), name == "gemma") {
            (true, _) => Source::of_pairs(&bytes),
            (false, false) => Source::of_bytes(&bytes, len),
            (false, true) => Source::of_characters(&bytes, len),
        }
        .map_err(at)?;
        if source.len != len {
            return Err(at(format!("it has {} tokens, not {len}", source.len)));
        }
        let (mut tables, numbers) = layout::tables(&source).map_err(at)?;
        let _ = writeln!(code, "pub(super) mod {name} {{");
        for (number, value) in numbers {
            let _ = writeln!(
                code,
                "pub(in super::super) const {number}: usize = {value};"
            );
        }
        if name == "gemma" {
            tables.extend(characters::tables(&source).map_err(at)?);
            let tags = characters::tags(&source).map_err(at)?;
            let _ = writeln!(
                code,
                "pub(in super::super) static TAGS: &[&str] = &{tags:?};"
            );
        }
        for (table, bytes) in tables {
            let file = format!("{name}.{table}.bin");
            write(&out.join(&file), &bytes)?;
            let _ = writeln!(
                code,
                "#[inline(never)]\npub(in super::super) fn {table}() -> &'static [u8; {}] {{ include_bytes!({file:?}) }}",
                bytes.len()
            );
        }
        code += "}\n";
    }
    write(&out.join("vocabularies.rs"), code.as_bytes())
}

/// Writes Claude's pieces and characters, and the code that names them.
fn claude(out: &Path) -> Result<(), String> {
    if env::var_os("CARGO_FEATURE_CLAUDE").is_none() {
        return Ok(());
    }
    let path = format!("{VOCABULARY}/claude.pieces");
    let file = fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
    let pieces = claude::pieces(&file).map_err(|e| format!("{path}: {e}"))?;
    write(&out.join("claude.trie.bin"), &pieces.trie)?;
    let code = format!(
        "pub(super) const V3_PIECES: usize = {};\n\
         pub(super) const V47_PIECES: usize = {};\n\
         pub(super) const LONGEST: usize = {};\n\
         #[inline(never)]\npub(super) fn trie() -> &'static [u8; {}] {{ include_bytes!(\"claude.trie.bin\") }}\n",
        pieces.v3,
        pieces.v47,
        pieces.longest,
        pieces.trie.len(),
    );
    write(&out.join("claude.rs"), code.as_bytes())?;
    let path = format!("{VOCABULARY}/claude_chars.tsv");
    let (index, blocks) =
        claude::chars(&read(Path::new(&path))?).map_err(|e| format!("{path}: {e}"))?;
    write(&out.join("claude_char_index.bin"), &index)?;
    write(&out.join("claude_char_blocks.bin"), &blocks)
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
