//! Conversion of byte offsets and paths to places for people. Runs only to report an error.

use super::IsApiField;
use super::scan::PathStep;

/// Returns line and column (in bytes) of an offset, both from 1. Linear in the text before it.
pub(super) fn line_and_column(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
    (line, column)
}

/// Builds the JSON pointer of a path. It stops above the first name that the caller chose, because
/// anything below could be text a user wrote.
pub(super) fn pointer(text: &str, path: &[PathStep], is_api_field: IsApiField) -> String {
    let mut pointer = String::new();
    for step in path {
        match step {
            PathStep::Index(index) => pointer.push_str(&format!("/{index}")),
            PathStep::Key(span) => {
                // API names contain no character that needs an escape, in JSON or in a pointer.
                let key = &text[span.start + 1..span.end - 1];
                if !is_api_field(key) {
                    break;
                }
                pointer.push('/');
                pointer.push_str(key);
            }
        }
    }
    pointer
}
