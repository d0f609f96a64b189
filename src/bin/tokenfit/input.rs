//! Files and standard input → texts: one JSON document, or one a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

/// Where a text came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'p> {
    /// None for standard input.
    pub(crate) path: Option<&'p Path>,
    /// The line of the input that the text begins at, from 1.
    pub(crate) line: usize,
    /// The input has more than this text: its line belongs to the name.
    pub(crate) one_of_many: bool,
}

impl<'p> Source<'p> {
    /// An input as a whole.
    pub(crate) fn whole(path: Option<&'p Path>) -> Source<'p> {
        Source {
            path,
            line: 1,
            one_of_many: false,
        }
    }

    /// The input that the text is of.
    pub(crate) fn input(&self) -> String {
        self.path
            .map_or("standard input".into(), |path| path.display().to_string())
    }

    /// The source as a message names it.
    pub(crate) fn name(&self) -> String {
        let input = self.input();
        if self.one_of_many {
            format!("{input}:{}", self.line)
        } else {
            input
        }
    }
}

/// Opens each input in turn: the files, those of folders, or standard input for none and for `-`.
pub(crate) fn each_input(
    files: &[PathBuf],
    mut read: impl FnMut(Option<&Path>, io::Result<Box<dyn BufRead>>) -> io::Result<()>,
) -> io::Result<()> {
    if files.is_empty() {
        return read(None, Ok(Box::new(io::stdin().lock())));
    }
    for path in files {
        if path.is_dir() {
            let mut below = Vec::new();
            match folder(path, &mut below) {
                Ok(()) => each_input_of(&below, &mut read)?,
                Err(error) => read(Some(path), Err(error))?,
            }
        } else if path.as_os_str() == "-" {
            read(None, Ok(Box::new(io::stdin().lock())))?;
        } else {
            let file =
                File::open(path).map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead>);
            read(Some(path), file)?;
        }
    }
    Ok(())
}

fn each_input_of(
    files: &[PathBuf],
    read: &mut impl FnMut(Option<&Path>, io::Result<Box<dyn BufRead>>) -> io::Result<()>,
) -> io::Result<()> {
    for path in files {
        let file = File::open(path).map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead>);
        read(Some(path), file)?;
    }
    Ok(())
}

/// The files of JSON below a folder, by name. Links are not followed: they may lead in a circle.
fn folder(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        let path = entry.path();
        let json = path
            .extension()
            .is_some_and(|end| end == "json" || end == "jsonl");
        if kind.is_dir() {
            folder(&path, files)?;
        } else if kind.is_file() && json {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a text is one complete JSON value: its form alone, whether or not it makes a request.
fn is_whole_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Reads an input as JSON: line by line when `lines` says so or the first line is a whole JSON value, else as one
/// document. Each line is handed on before the next is read. Blank lines are passed over.
pub(crate) fn each_json(
    mut input: Box<dyn BufRead>,
    path: Option<&Path>,
    lines: bool,
    mut answer: impl FnMut(Source<'_>, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut text = Vec::new();
    let mut line = 0;
    loop {
        let from = text.len();
        if input.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        line += 1;
        if text[from..].trim_ascii().is_empty() {
            continue;
        }
        if !lines && !is_whole_json(&text) {
            // The beginning of a document of many lines: `text` has all lines so far, so that places stay true.
            input.read_to_end(&mut text)?;
            return answer(
                Source {
                    path,
                    line: 1,
                    one_of_many: false,
                },
                &text,
            );
        }
        loop {
            if !text.trim_ascii().is_empty() {
                answer(
                    Source {
                        path,
                        line,
                        one_of_many: true,
                    },
                    text.trim_ascii(),
                )?;
            }
            text.clear();
            if input.read_until(b'\n', &mut text)? == 0 {
                return Ok(());
            }
            line += 1;
        }
    }
    // Nothing but blanks: an empty document, which the parser has the right words for.
    answer(
        Source {
            path,
            line: 1,
            one_of_many: false,
        },
        &text,
    )
}

/// Reads an input as one text.
pub(crate) fn whole(mut input: Box<dyn BufRead>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    input.read_to_end(&mut text)?;
    Ok(text)
}
