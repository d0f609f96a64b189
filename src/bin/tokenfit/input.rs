//! Files and standard input → content: one JSON document each, or one per line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

/// Origin of an input's content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'p> {
    /// `None` for standard input.
    pub(crate) path: Option<&'p Path>,
    /// Line of the input at which the content begins, from 1.
    pub(crate) line: usize,
    /// Whether the input has further content, so that a name must include the line.
    pub(crate) one_of_many: bool,
    /// Whether the text was a line whose line break was removed.
    pub(crate) ended: bool,
}

impl<'p> Source<'p> {
    /// Returns the source of an input read as a whole.
    pub(crate) fn whole(path: Option<&'p Path>) -> Source<'p> {
        Source {
            path,
            line: 1,
            one_of_many: false,
            ended: false,
        }
    }

    /// Names the input.
    pub(crate) fn input(&self) -> String {
        self.path
            .map_or("standard input".into(), |path| path.display().to_string())
    }

    /// Names the source for messages.
    pub(crate) fn name(&self) -> String {
        let input = self.input();
        if self.one_of_many {
            format!("{input}:{}", self.line)
        } else {
            input
        }
    }
}

/// One of the inputs that were named.
#[derive(Debug)]
pub(crate) enum Input {
    Stdin,
    File {
        path: PathBuf,
        /// Path relative to the named folder, or the file's name.
        below: PathBuf,
    },
    /// A folder that cannot be read, or has no file to read.
    Unreadable(PathBuf, io::Error),
}

impl Input {
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Input::Stdin => None,
            Input::File { path, .. } | Input::Unreadable(path, _) => Some(path),
        }
    }

    pub(crate) fn open(self) -> io::Result<Box<dyn BufRead>> {
        match self {
            Input::Stdin => Ok(Box::new(io::stdin().lock())),
            Input::File { path, .. } => Ok(Box::new(BufReader::new(File::open(path)?))),
            Input::Unreadable(_, error) => Err(error),
        }
    }
}

/// Lists all inputs: files, the files of folders, and standard input if no file or `-` is named.
pub(crate) fn inputs(files: &[PathBuf]) -> Vec<Input> {
    if files.is_empty() {
        return vec![Input::Stdin];
    }
    let mut inputs = Vec::new();
    for path in files {
        if path.is_dir() {
            let mut found = Vec::new();
            match folder(path, &mut found) {
                Err(error) => inputs.push(Input::Unreadable(path.clone(), error)),
                Ok(()) if found.is_empty() => inputs.push(Input::Unreadable(
                    path.clone(),
                    io::Error::other("no .json or .jsonl file is in this folder"),
                )),
                Ok(()) => inputs.extend(found.into_iter().map(|file| {
                    Input::File {
                        below: file
                            .strip_prefix(path)
                            .map_or_else(|_| file.clone(), Path::to_owned),
                        path: file,
                    }
                })),
            }
        } else if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else {
            inputs.push(Input::File {
                below: path.file_name().map_or_else(|| path.clone(), PathBuf::from),
                path: path.clone(),
            });
        }
    }
    inputs
}

/// Collects the JSON files of a folder, sorted by name. Links are not followed, because they can
/// form a cycle.
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

/// Whether the bytes are one complete JSON value; it need not be a request.
fn is_whole_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Byte order mark that PowerShell and Notepad write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns an error if the input begins like a file of another kind.
fn is_text(text: &[u8]) -> io::Result<()> {
    let what = match text {
        [0x1f, 0x8b, ..] => "this looks like gzip; unpack it first: `gunzip -c FILE | tokenfit …`",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            "this looks like zstd; unpack it first: `zstd -dc FILE | tokenfit …`"
        }
        [b'P', b'K', 3, 4, ..] => "this looks like a zip archive; unpack it first",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "this looks like UTF-16; convert it to UTF-8 first: `iconv -f UTF-16 -t UTF-8 FILE`"
        }
        [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => {
            "this looks like UTF-16 without a byte order mark; convert it to UTF-8 first: \
             `iconv -f UTF-16LE -t UTF-8 FILE`"
        }
        _ => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}

/// Reads an input as JSON: line by line if `lines` is set or the first line is a complete JSON
/// value, else as one document. Each line is handed on before the next is read. Blank lines are
/// skipped.
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
        if line == 1 {
            is_text(&text)?;
            if text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len());
            }
        }
        if text[from.min(text.len())..].trim_ascii().is_empty() {
            continue;
        }
        if !lines && !is_whole_json(&text) {
            // The start of a document of several lines: `text` has all lines so far, so that
            // positions stay correct.
            input.read_to_end(&mut text)?;
            return answer(Source::whole(path), &text);
        }
        // Looking ahead is safe in a file, but not in a stream whose other end waits for an answer.
        let mut one_of_many = lines || path.is_none() || !input.fill_buf()?.trim_ascii().is_empty();
        loop {
            if !text.trim_ascii().is_empty() {
                let source = Source {
                    path,
                    line,
                    one_of_many,
                    ended: text.ends_with(b"\n"),
                };
                answer(source, text.trim_ascii())?;
            }
            text.clear();
            if input.read_until(b'\n', &mut text)? == 0 {
                return Ok(());
            }
            one_of_many = true;
            line += 1;
        }
    }
    // Only white space: an empty document, for which the parser has the right message.
    answer(Source::whole(path), &text)
}

/// Reads an input as a whole.
pub(crate) fn whole(mut input: Box<dyn BufRead>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    input.read_to_end(&mut text)?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(text)
}
