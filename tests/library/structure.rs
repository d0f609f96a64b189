//! Layout of the source: imports between files have no cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files that import each other, with the reason.
const CYCLES: &[(&[&str], &str)] = &[];

/// A module with its imports and re-exports.
#[derive(Default)]
struct Module {
    imports: Vec<Vec<String>>,
    reexports: BTreeMap<String, Vec<String>>,
}

/// Modules of the library by their path, from `src/`.
fn modules() -> BTreeMap<String, Module> {
    fn walk(dir: &Path, path: &[String], out: &mut BTreeMap<String, Module>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let file = entry.unwrap().path();
            let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
            if file.is_dir() {
                if stem != "bin" {
                    walk(&file, &[path, &[stem]].concat(), out);
                }
            } else if file.extension().is_some_and(|end| end == "rs") && stem != "lib" {
                let path = match stem.as_str() {
                    "mod" => path.to_vec(),
                    _ => [path, &[stem]].concat(),
                };
                let text = std::fs::read_to_string(&file).unwrap();
                out.insert(path.join("::"), module(&text, &path));
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &[],
        &mut out,
    );
    out
}

fn module(text: &str, path: &[String]) -> Module {
    // Tests may import what they need.
    let code: String = text
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut module = Module::default();
    for statement in code.split(';') {
        let Some(at) = statement.find("use ") else {
            continue;
        };
        let before = statement[..at].lines().last().unwrap_or_default().trim();
        if !before.is_empty() && !before.starts_with("pub") {
            continue;
        }
        let mut leaves = Vec::new();
        tree(statement[at + 4..].trim(), &[], &mut leaves);
        for leaf in leaves {
            let Some(full) = absolute(&leaf, path) else {
                continue;
            };
            if before.starts_with("pub") {
                let name = full.last().unwrap().clone();
                module.reexports.insert(name, full.clone());
            }
            module.imports.push(full);
        }
    }
    // Paths in the code: `crate::count::media`, `super::words::listed`.
    for (at, _) in code
        .match_indices("crate::")
        .chain(code.match_indices("super::"))
    {
        let rest: String = code[at..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
            .collect();
        let parts: Vec<String> = rest.split("::").map(str::to_owned).collect();
        if parts.last().is_some_and(|last| !last.is_empty())
            && let Some(full) = absolute(&parts, path)
        {
            module.imports.push(full);
        }
    }
    module
}

/// Leaves of a `use` tree.
fn tree(text: &str, prefix: &[String], out: &mut Vec<Vec<String>>) {
    let text = text.trim();
    match text.find('{') {
        Some(open) => {
            let head = text[..open]
                .trim_end_matches("::")
                .split("::")
                .filter(|part| !part.is_empty());
            let prefix: Vec<String> = prefix
                .iter()
                .cloned()
                .chain(head.map(str::to_owned))
                .collect();
            let inner = text[open + 1..]
                .rsplit_once('}')
                .map_or("", |(inner, _)| inner);
            let (mut depth, mut from) = (0, 0);
            for (at, c) in inner.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        tree(&inner[from..at], &prefix, out);
                        from = at + 1;
                    }
                    _ => {}
                }
            }
            tree(&inner[from..], &prefix, out);
        }
        None => {
            let name = text.split(" as ").next().unwrap_or_default().trim();
            if !name.is_empty() {
                let parts = name.split("::").map(str::to_owned);
                out.push(
                    prefix
                        .iter()
                        .cloned()
                        .chain(parts)
                        .filter(|part| part != "self")
                        .collect(),
                );
            }
        }
    }
}

/// Converts a path to one from the crate's root; `None` for other crates.
fn absolute(parts: &[String], path: &[String]) -> Option<Vec<String>> {
    match parts.first()?.as_str() {
        "crate" => Some(parts[1..].to_vec()),
        "super" => {
            let ups = parts.iter().take_while(|part| *part == "super").count();
            let base = &path[..path.len().checked_sub(ups)?];
            Some([base, &parts[ups..]].concat())
        }
        _ => Some([path, parts].concat()),
    }
}

/// Finds the module that defines a path's target, through re-exports.
fn defined_in(modules: &BTreeMap<String, Module>, path: &[String], depth: usize) -> Option<String> {
    let known = (1..=path.len())
        .rev()
        .map(|end| path[..end].join("::"))
        .find(|name| modules.contains_key(name))?;
    let rest = &path[known.split("::").count()..];
    let handed_on = rest
        .first()
        .and_then(|name| modules[&known].reexports.get(name));
    match handed_on {
        Some(target) if depth < 8 && target != path => {
            defined_in(modules, target, depth + 1).or(Some(known))
        }
        _ => Some(known),
    }
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let modules = modules();
    assert!(modules.len() > 150, "{}", modules.len());
    let mut arrows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, module) in &modules {
        // A re-export of a `mod.rs` is not an import.
        let handed_on: BTreeSet<&Vec<String>> = module.reexports.values().collect();
        for path in module
            .imports
            .iter()
            .filter(|path| !handed_on.contains(path))
        {
            if let Some(target) = defined_in(&modules, path, 0)
                && target != *name
            {
                arrows.entry(name).or_default().insert(target);
            }
        }
    }
    // Everything that a file reaches; two files that reach each other form a cycle.
    let reaches = |from: &str| {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(next) = open.pop() {
            for target in arrows.get(next.as_str()).into_iter().flatten() {
                if seen.insert(target.clone()) {
                    open.push(target.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        modules.keys().map(|name| (name, reaches(name))).collect();
    let mut found: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (name, seen) in &reached {
        if seen.contains(*name) {
            let circle = seen
                .iter()
                .filter(|other| reached[other].contains(*name))
                .map(|other| other.as_str())
                .collect();
            found.insert(circle);
        }
    }
    let known: BTreeSet<Vec<&str>> = CYCLES.iter().map(|(files, _)| files.to_vec()).collect();
    assert_eq!(found, known);
}
