//! Lengths of strings as providers count them.

use crate::json::Value;

/// Number of characters of a string, with escapes resolved. Linear.
pub(super) fn characters(string: Value<'_>) -> usize {
    string.as_str().map_or(0, |text| text.chars().count())
}
