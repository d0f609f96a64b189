//! Counts for Claude: the minimum number of pieces that form a string with marked words.
//!
//! Anthropic has published no tokenizer. The rules and the pieces are those of ctok by Sander Land,
//! who reconstructed them from answers of `count_tokens`: unofficial, but measured to be right in
//! all but one of a million strings. There are no merges and no ranks: each piece costs one, and a
//! string costs its cheapest cover.
//!
//! ```text
//! text ─▶ normalized (normal.rs) ─▶ final newlines, priced by themselves
//!      └▶ runs of one class (runs.rs) ─▶ the marked stream (stream.rs), part by part
//!                                             └▶ met before (cache.rs) ─▶ its count
//!                                                     └▶ tiled (tiles.rs)
//! ```
//!
//! The stream has four markers, which cost one each by themselves: begin of a word, end of a word,
//! a capital follows, capitals follow. Every piece has the form `[case] [begin] text [end]`, so the
//! stream separates before each begin (with its case) and after each end, and the counts of these
//! parts add up. That makes it fast: most parts are words, and most of them are cached.
//!
//! The frame of a message is not counted here. In the older generations it ends in a begin-of-word,
//! which a word at the start of the message shares.

mod chars;
mod generation;
mod normal;
mod runs;
mod stream;
mod tiles;

use super::cache::Cache;
pub(super) use generation::Generation;
pub(super) use tiles::pieces;
use tiles::tiles;

/// Counts the tokens of a message's text; an empty text has none.
///
/// Time: linear in the text, also for a run of one character, because a piece has at most 128
/// bytes.
pub(super) fn count(generation: Generation, text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    let whole = normal::normalized(generation, text);
    let body = whole.trim_end_matches('\n');
    let newlines = whole.len() - body.len();
    let mut message = body;
    if generation.begins_word()
        && text.starts_with(' ')
        && let Some(rest) = body.strip_prefix(' ')
        && !rest.starts_with(' ')
    {
        message = rest;
    }
    let start = if generation.begins_word() {
        stream::Start::Begin
    } else {
        stream::Start::Nothing
    };
    Cache::with(generation.number(), |cache, _| {
        stream::count(generation, cache, message, start)
    }) + final_newlines(generation, newlines)
}

/// Counts the tokens of text after a seam: an ASCII letter is before it, and it begins with an
/// ASCII character that is not a letter.
pub(super) fn count_more(generation: Generation, text: &str) -> usize {
    let whole = normal::normalized(generation, text);
    let body = whole.trim_end_matches('\n');
    let newlines = whole.len() - body.len();
    Cache::with(generation.number(), |cache, _| {
        stream::count(generation, cache, body, stream::Start::Word)
    }) + final_newlines(generation, newlines)
}

/// Newlines at the end cost as much as two more of them, minus one token.
fn final_newlines(generation: Generation, newlines: usize) -> usize {
    match newlines {
        0 => 0,
        _ => tiles(generation, "\n".repeat(newlines + 2).as_bytes()) - 1,
    }
}
