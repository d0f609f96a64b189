//! Gate for the documentation of public functions: a summary that begins with a verb, an example
//! that runs, and `# Errors` where a function can fail. The source is scanned line by line, so code
//! that a macro generates is seen once, in the macro.

use std::path::Path;

/// Public functions without an example. Each number may only fall.
const WITHOUT_EXAMPLE: usize = 0;
/// Public functions whose summary does not begin with a verb in the third person, as in "Returns".
const WITHOUT_VERB: usize = 0;
/// Public functions that return a [`Result`] without saying when they fail.
const WITHOUT_ERRORS: usize = 0;

/// A public function with its documentation.
struct Function {
    place: String,
    docs: Vec<String>,
    signature: String,
}

impl Function {
    /// Returns whether the documentation has a block of code that rustdoc runs.
    fn has_example(&self) -> bool {
        let mut fenced = false;
        self.docs.iter().any(|line| {
            let opens = !fenced && line == "```";
            fenced ^= line.starts_with("```");
            opens
        })
    }

    fn can_fail(&self) -> bool {
        let returned = self.signature.split(") -> ").last().unwrap_or_default();
        returned.starts_with("Result<")
    }
}

/// Public functions of a file, without those of its tests.
fn functions(path: &str, text: &str) -> Vec<Function> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let (mut found, mut docs, mut in_attribute) = (Vec::new(), Vec::new(), false);
    for (nth, line) in lines.iter().enumerate() {
        if let Some(text) = line.strip_prefix("///") {
            docs.push(text.strip_prefix(' ').unwrap_or(text).to_owned());
            continue;
        }
        // An attribute may be written over several lines.
        if in_attribute || line.starts_with("#[") {
            in_attribute = !line.ends_with(']');
            continue;
        }
        let is_function = ["pub fn ", "pub const fn ", "pub async fn "]
            .iter()
            .any(|start| line.starts_with(start));
        if is_function {
            let rest = lines[nth..].join(" ");
            let end = rest.find(['{', ';']).unwrap_or(rest.len());
            found.push(Function {
                place: format!("{path}:{}", nth + 1),
                docs: docs.clone(),
                signature: rest[..end].trim().to_owned(),
            });
        }
        docs.clear();
    }
    found
}

/// Public functions of the library; the command has none.
fn all() -> Vec<Function> {
    fn walk(dir: &Path, path: &str, out: &mut Vec<Function>) {
        let mut entries: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for file in entries {
            let name = file.file_name().unwrap().to_str().unwrap();
            let path = format!("{path}/{name}");
            if file.is_dir() && name != "bin" {
                walk(&file, &path, out);
            } else if path.ends_with(".rs") {
                out.extend(functions(&path, &std::fs::read_to_string(&file).unwrap()));
            }
        }
    }
    let mut out = Vec::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&src, "src", &mut out);
    assert!(out.len() > 700, "{} public functions", out.len());
    out
}

/// Fails unless exactly `expected` places were found: a smaller number belongs into the constant.
fn assert_number(found: &[&str], expected: usize) {
    assert_eq!(
        found.len(),
        expected,
        "the number may only fall; then lower the constant\n{}",
        found.join("\n")
    );
}

#[test]
fn public_functions_have_an_example_that_runs() {
    let functions = all();
    let found: Vec<&str> = functions
        .iter()
        .filter(|function| !function.has_example())
        .map(|function| function.place.as_str())
        .collect();
    assert_number(&found, WITHOUT_EXAMPLE);
}

#[test]
fn summaries_of_functions_begin_with_a_verb() {
    let functions = all();
    let is_verb = |line: &String| {
        let word = line.split(' ').next().unwrap_or_default();
        word.starts_with(char::is_uppercase) && word.ends_with('s')
    };
    let found: Vec<&str> = functions
        .iter()
        .filter(|function| !function.docs.first().is_some_and(is_verb))
        .map(|function| function.place.as_str())
        .collect();
    assert_number(&found, WITHOUT_VERB);
}

#[test]
fn fallible_functions_say_when_they_fail() {
    let functions = all();
    let found: Vec<&str> = functions
        .iter()
        .filter(|function| function.can_fail())
        .filter(|function| !function.docs.iter().any(|line| line == "# Errors"))
        .map(|function| function.place.as_str())
        .collect();
    assert_number(&found, WITHOUT_ERRORS);
}

#[test]
fn the_scan_sees_docs_attributes_and_results() {
    let text = "/// Reads.\n///\n/// ```no_run\n/// ```\n#[expect(\n    dead_code\n)]\npub fn read(\n    at: u8,\n) -> Result<(), u8> {\n}\n\n/// Runs.\n///\n/// ```\n/// ```\npub const fn run() -> u8;\n\npub(crate) fn hidden() {}\n";
    let found = functions("a.rs", text);
    let seen: Vec<_> = found
        .iter()
        .map(|function| {
            (
                function.place.as_str(),
                function.has_example(),
                function.can_fail(),
            )
        })
        .collect();
    assert_eq!(seen, [("a.rs:8", false, true), ("a.rs:17", true, false)]);
}
