//! Columns of the sizes in one vocabulary.

/// Text of each message, its parts joined.
pub(super) const JOINED: usize = 0;
/// Each part separately.
pub(super) const PARTS: usize = 1;
/// Text of each message without white space at its ends.
pub(super) const TRIMMED: usize = 2;
/// Names of participants.
pub(super) const NAMES: usize = 3;
/// Definitions as a list with blanks, as a compact list, by lines.
pub(super) const TOOLS: usize = 4;
/// Calls and results: arguments as sent, with blanks, compact, as an object; then the ids of both.
pub(super) const CALLS: usize = 7;
/// Schema: compact, with blanks.
pub(super) const SCHEMA: usize = 12;
/// Number of columns.
pub(super) const COLUMNS: usize = 14;
