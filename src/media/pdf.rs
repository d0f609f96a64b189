//! Number of pages of a PDF.
//!
//! The file contains it in one of two places, both plain text unless objects are compressed: the
//! dictionary of a linearized file (ISO 32000-1, F.2), and the root of the page tree, which the
//! trailer and the catalog lead to (7.7.2, 7.7.3). Objects are found by their `obj` and `endobj`;
//! of two with one number the later one is valid, because files are changed by appending.
//! Compressed objects are not unpacked: then the number is unknown.

use memchr::memmem;

/// Number of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    Exact(u64),
    /// The file is not a PDF, or its page tree is compressed or broken.
    Unknown,
}

impl Pages {
    pub(crate) fn exact(self) -> Option<u64> {
        match self {
            Pages::Exact(pages) => Some(pages),
            Pages::Unknown => None,
        }
    }
}

/// Returns the pages of a file. Linear.
pub(super) fn pages(file: &[u8]) -> Pages {
    linearized(file)
        .or_else(|| by_catalog(file))
        .map_or(Pages::Unknown, Pages::Exact)
}

/// Returns the number in the first object of a linearized file that was not changed afterwards.
fn linearized(file: &[u8]) -> Option<u64> {
    let head = &file[..file.len().min(1_024)];
    let dictionary = &head[memmem::find(head, b"/Linearized")?..];
    let dictionary = &dictionary[..memmem::find(dictionary, b">>")?];
    let len = number(after(dictionary, b"/L")?)?;
    if len != file.len() as u64 {
        return None;
    }
    number(after(dictionary, b"/N")?)
}

/// A plain object: its number, its offset, and its text up to a stream.
struct Object<'f> {
    number: u64,
    at: usize,
    text: &'f [u8],
}

fn by_catalog(file: &[u8]) -> Option<u64> {
    let mut objects = Vec::new();
    // Offset of the last stream of compressed objects.
    let mut packed = 0;
    let mut ends = memmem::find_iter(file, b"endobj");
    let mut end = ends.next();
    let mut from = 0;
    while let Some(at) = memmem::find(&file[from..], b" obj") {
        let at = from + at;
        let start = at + 4;
        while end.is_some_and(|end| end < start) {
            end = ends.next();
        }
        // An object ends at its `endobj`, or where its stream begins: the content of a stream is
        // not an object of this file.
        let text = &file[start..end.unwrap_or(file.len())];
        let stream = memmem::find(text, b"stream");
        let text = &text[..stream.unwrap_or(text.len())];
        from = match stream {
            Some(_) => past_stream(file, start + text.len(), text),
            None => start + text.len(),
        };
        if has_name(text, b"/Type", b"/ObjStm") {
            packed = at;
        }
        if let Some(number) = object_number(&file[..at]) {
            objects.push(Object { number, at, text });
        }
    }
    // The last definition of a number is valid.
    let last = |number: u64| objects.iter().rfind(|object| object.number == number);
    let is_tree = |object: &&Object<'_>| has_name(object.text, b"/Type", b"/Pages");
    let count = |object: &Object<'_>| number(after(object.text, b"/Count")?);
    let Some(root) = memmem::rfind(file, b"/Root") else {
        // A bare list of objects, as simple programs write it.
        let counts = objects.iter().filter(is_tree).filter_map(count);
        return counts.max().filter(|_| packed == 0);
    };
    let catalog = last(number(&file[root + 5..])?)?;
    let tree = last(number(after(catalog.text, b"/Pages")?)?).filter(is_tree)?;
    // A later change may be among the compressed objects.
    (tree.at >= packed).then(|| count(tree))?
}

/// Returns where to continue after a stream: by its length if the dictionary contains it, else
/// after its end.
fn past_stream(file: &[u8], stream: usize, dictionary: &[u8]) -> usize {
    let by_length = after(dictionary, b"/Length")
        .filter(|rest| !is_reference(rest))
        .and_then(number)
        .and_then(|len| {
            stream
                .checked_add(6)?
                .checked_add(usize::try_from(len).ok()?)
        })
        .filter(|end| *end <= file.len());
    let from = by_length.unwrap_or(stream + 6);
    memmem::find(&file[from..], b"endstream").map_or(file.len(), |at| from + at + 9)
}

/// Returns the text after a name in a dictionary; a longer name with this prefix does not match.
fn after<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    memmem::find_iter(text, name)
        .map(|at| &text[at + name.len()..])
        .find(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
}

/// Whether a dictionary has a name as the value of a key.
fn has_name(text: &[u8], key: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(text, key).any(|at| {
        let value = text[at + key.len()..].trim_ascii_start();
        value.starts_with(name) && !value.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// Returns the number at the start of a slice.
fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

/// Whether a string begins with `12 0 R`.
fn is_reference(text: &[u8]) -> bool {
    let near = &text[..text.len().min(32)];
    let mut words = near
        .split(|b| b.is_ascii_whitespace() || *b == b'/' || *b == b'>')
        .filter(|word| !word.is_empty());
    words.nth(2) == Some(b"R")
}

/// Returns the number of the object before ` obj`: `12 0`.
fn object_number(before: &[u8]) -> Option<u64> {
    let near = &before[before.len() - before.len().min(24)..];
    let mut words = near.rsplit(|b| b.is_ascii_whitespace());
    let generation = words.next()?;
    if generation.is_empty() || !generation.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let word = words.next()?;
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    number(&word[word.len() - digits..])
}
