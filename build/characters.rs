//! Tables of a vocabulary whose symbols are characters (Gemma's): where its strings can be cut
//! before merging.

use crate::layout::Table;
use crate::sources::Source;

/// Characters in one block.
const BLOCK: u32 = 64;

/// Returns which characters above ASCII are symbols, and which two bytes can be adjacent in a token
/// where one character ends and the next begins.
pub(crate) fn tables(source: &Source) -> Result<Vec<Table>, String> {
    let mut joins = vec![0u8; 256 * 256 / 8];
    let mut symbols = vec![0u64; (0x11_0000 / BLOCK) as usize];
    for (token, id) in source.tokens[..source.own].iter().zip(0..) {
        // Parts of characters are not UTF-8.
        let Ok(text) = std::str::from_utf8(token) else {
            continue;
        };
        for (at, c) in text.char_indices() {
            if at > 0 {
                let pair = usize::from(token[at - 1]) << 8 | usize::from(token[at]);
                joins[pair / 8] |= 1 << (pair % 8);
            }
            if id >= 256 && text.len() == c.len_utf8() {
                symbols[(c as u32 / BLOCK) as usize] |= 1 << (c as u32 % BLOCK);
            }
        }
    }
    let (mut index, mut blocks) = (Vec::new(), Vec::<u64>::new());
    for block in symbols {
        let number = blocks.iter().position(|&known| known == block);
        let number = number.unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        });
        let number = u16::try_from(number).map_err(|_| "too many kinds of block")?;
        index.extend(number.to_le_bytes());
    }
    let blocks = blocks.iter().flat_map(|block| block.to_le_bytes());
    Ok(vec![
        ("joins", joins),
        ("symbol_index", index),
        ("symbols", blocks.collect()),
    ])
}

/// Returns the user-defined symbols that begin with `<`, longest first. The others are runs, which
/// the code knows: up to 31 newlines, up to 31 tabs, and 2 to 31 spaces.
pub(crate) fn tags(source: &Source) -> Result<Vec<String>, String> {
    let (mut tags, mut runs) = (Vec::new(), Vec::new());
    for symbol in &source.user_defined {
        let text = String::from_utf8_lossy(symbol).into_owned();
        if text.starts_with('<') {
            tags.push(text);
        } else {
            runs.push(text);
        }
    }
    let mut known: Vec<String> = Vec::new();
    for (c, least) in [("\n", 1), ("\t", 1), (" ", 2)] {
        known.extend((least..=31).map(|len| c.repeat(len)));
    }
    runs.sort();
    known.sort();
    if runs != known {
        return Err("the user-defined symbols are not the known ones".to_owned());
    }
    tags.sort_by_key(|tag| std::cmp::Reverse(tag.len()));
    Ok(tags)
}
