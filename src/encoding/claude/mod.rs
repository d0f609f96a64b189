//! Counting for Claude: the fewest pieces that make a string with marked words.
//!
//! Anthropic has published no tokenizer. The rules and the pieces are those of ctok by Sander Land, who rebuilt them from the
//! answers of `count_tokens`: unofficial, and measured to be right in all but one of a million strings. There are no merges and no
//! ranks: each piece costs one, and the string costs what the cheapest way to cover it does.
//!
//! ```text
//! text ─▶ normalised (normal.rs) ─▶ final newlines, priced by themselves
//!      └▶ runs of one class (runs.rs) ─▶ the marked stream (stream.rs), part by part
//!                                             └▶ met before (cache.rs) ─▶ its count
//!                                                     └▶ tiled (tiles.rs)
//! ```
//!
//! The stream has four markers, which cost one by themselves: begin of a word, end of a word, a capital follows, capitals
//! follow. Every piece has the form `[case] [begin] text [end]`, so the stream falls apart before each begin (with its case) and
//! after each end, and the counts of these parts add up. That is what makes it fast: a part is a word, mostly, and was met
//! before, mostly.
//!
//! The frame of a message is not counted here. It ends in a begin-of-word in the older generations, which a word at the
//! start of the message shares.

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

/// How many tokens the text of a message has; an empty one has none.
///
/// Time: linear in the text, a run of one character too: of a piece there are at most 128 bytes.
pub(super) fn count(generation: Generation, text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    let whole = normal::normalised(generation, text);
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

/// Number of tokens that this adds after a seam: an ASCII letter before it, and what it begins with is ASCII and no
/// letter.
pub(super) fn count_more(generation: Generation, text: &str) -> usize {
    let whole = normal::normalised(generation, text);
    let body = whole.trim_end_matches('\n');
    let newlines = whole.len() - body.len();
    Cache::with(generation.number(), |cache, _| {
        stream::count(generation, cache, body, stream::Start::Word)
    }) + final_newlines(generation, newlines)
}

/// Newlines at the end cost what two more of them do, but for one token.
fn final_newlines(generation: Generation, newlines: usize) -> usize {
    match newlines {
        0 => 0,
        _ => tiles(generation, "\n".repeat(newlines + 2).as_bytes()) - 1,
    }
}
