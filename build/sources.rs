//! Reads the files of `data/vocabulary/`: the tokens and their merges.
//!
//! Two forms. `.pairs` (OpenAI's vocabularies): the bytes of the first 256 ids, then for every
//! further id the two ids that merge into it, three bytes each, little endian (all ones if an id is
//! not an ordinary token). `.bpe` (the others): varints and bytes, described in data/README.md; it
//! stores only the order, no ids.
//!
//! A token longer than a symbol is made by exactly one merge, of tokens that rank before it, except
//! for some hundred *odd* ones: their halves rank after them, and all their pairs are listed.

use std::collections::{HashMap, HashSet};

/// A vocabulary by internal ids: the single bytes first, in the order in which GPT-2 numbered them,
/// then by rank.
pub(crate) struct Source {
    /// Bytes of every id; empty if an id is not an ordinary token.
    pub(crate) tokens: Vec<Vec<u8>>,
    /// Left, right, and merged id.
    pub(crate) merges: Vec<[u32; 3]>,
    /// Number of ordinary tokens.
    pub(crate) len: usize,
    /// Number of `tokens` that are symbols or results of merges.
    pub(crate) own: usize,
    /// Whether the ids are the vendor's.
    pub(crate) has_ids: bool,
    /// Tokens whose halves rank after them.
    odd: HashSet<u32>,
    /// Tokens that are never a whole piece.
    parts: HashSet<u32>,
    /// Symbols that are cut out before anything else, one token each.
    pub(crate) user_defined: Vec<Vec<u8>>,
}

impl Source {
    /// Whether a piece with these bytes is this token.
    pub(crate) fn is_whole(&self, id: u32) -> bool {
        !self.parts.contains(&id)
    }

    /// Whether the token's halves rank after it.
    pub(crate) fn is_odd(&self, id: u32) -> bool {
        self.odd.contains(&id)
    }

    /// Returns the tokens that rank after a token of which they are a half. They must not be made
    /// early, because tokens made of them would then be too early.
    pub(crate) fn late(&self) -> HashSet<u32> {
        let halves = self.merges.iter().flat_map(|&[left, right, id]| {
            let is_late = move |half: &u32| *half > id;
            [left, right].into_iter().filter(is_late)
        });
        halves.collect()
    }

    /// Reads a file of the form `.pairs`.
    pub(crate) fn of_pairs(pairs: &[u8]) -> Result<Source, String> {
        let (single, merged) = pairs
            .split_at_checked(256)
            .ok_or("the file is shorter than the 256 single bytes")?;
        let (merged, rest) = merged.as_chunks::<6>();
        if !rest.is_empty() {
            return Err("the file ends within a pair".to_owned());
        }
        let mut tokens: Vec<Vec<u8>> = single.iter().map(|&byte| vec![byte]).collect();
        let mut merges = Vec::with_capacity(merged.len());
        for &[a, b, c, d, e, f] in merged {
            let left = u32::from_le_bytes([a, b, c, 0]);
            let right = u32::from_le_bytes([d, e, f, 0]);
            if left == 0xff_ffff {
                tokens.push(Vec::new());
                continue;
            }
            merges.push([left, right, tokens.len() as u32]);
            tokens.push(joined(&tokens, left, right)?);
        }
        Ok(Source {
            len: tokens.iter().filter(|token| !token.is_empty()).count(),
            own: tokens.len(),
            tokens,
            merges,
            has_ids: true,
            odd: HashSet::new(),
            parts: HashSet::new(),
            user_defined: Vec::new(),
        })
    }

    /// Reads a file of the form `.bpe` whose symbols are bytes: the first `len` of its tokens.
    pub(crate) fn of_bytes(file: &[u8], len: usize) -> Result<Source, String> {
        let bpe = Bpe::parse(file)?;
        let order = gpt2_order();
        let mut number = [0; 256];
        for (id, byte) in (0..).zip(order) {
            number[usize::from(byte)] = id;
        }
        let mut ids: Vec<u32> = Vec::with_capacity(256);
        for symbol in &bpe.symbols {
            match **symbol {
                [byte] => ids.push(number[usize::from(byte)]),
                _ => return Err("a symbol is no single byte".to_owned()),
            }
        }
        if ids.len() != 256 {
            return Err("there are not 256 symbols".to_owned());
        }
        // Symbols have other numbers here, tokens the same.
        let tokens = order.iter().map(|&byte| vec![byte]).collect();
        let id = |number: u32| ids.get(number as usize).copied().unwrap_or(number);
        bpe.source(tokens, id, <[u8]>::to_vec, len)
    }

    /// Reads a file of the form `.bpe` whose symbols are characters, as one whose symbols are
    /// bytes: each character is made of its bytes by merges that rank before all others. U+2581,
    /// the vocabulary's space, becomes a space.
    ///
    /// Valid for strings in which each character above ASCII is a symbol.
    pub(crate) fn of_characters(file: &[u8], len: usize) -> Result<Source, String> {
        let bpe = Bpe::parse(file)?;
        let order = gpt2_order();
        let mut tokens: Vec<Vec<u8>> = order.iter().map(|&byte| vec![byte]).collect();
        let mut ids: HashMap<Vec<u8>, u32> = HashMap::new();
        ids.extend(tokens.iter().cloned().zip(0..));
        let mut merges = Vec::new();
        let mut parts = HashSet::new();
        let symbols: Vec<Vec<u8>> = bpe.symbols.iter().map(|symbol| spaced(symbol)).collect();
        // Parts of characters come before all characters.
        for inner in [true, false] {
            for symbol in &symbols {
                for end in 2..=symbol.len() {
                    if (end < symbol.len()) != inner || ids.contains_key(&symbol[..end]) {
                        continue;
                    }
                    let id = tokens.len() as u32;
                    let half = |bytes: &[u8]| ids.get(bytes).copied().ok_or("a part is missing");
                    merges.push([half(&symbol[..end - 1])?, half(&symbol[end - 1..end])?, id]);
                    tokens.push(symbol[..end].to_vec());
                    ids.insert(symbol[..end].to_vec(), id);
                    if inner {
                        parts.insert(id);
                    }
                }
            }
        }
        let numbers: Vec<u32> = symbols.iter().map(|symbol| ids[symbol]).collect();
        let (first, count) = (tokens.len() as u32, symbols.len() as u32);
        let mut source = bpe.source(
            tokens,
            |number| match numbers.get(number as usize) {
                Some(&id) => id,
                None => number - count + first,
            },
            spaced,
            len,
        )?;
        merges.append(&mut source.merges);
        source.merges = merges;
        // Merging need not produce an odd token.
        parts.extend(&source.odd);
        source.parts = parts;
        // They are looked up whole, and nothing merges into one.
        source.own = source.tokens.len();
        let known: HashSet<&[u8]> = source.tokens.iter().map(Vec::as_slice).collect();
        let mut new = source.user_defined.clone();
        new.retain(|symbol| !known.contains(symbol.as_slice()));
        source.tokens.append(&mut new);
        Ok(source)
    }
}

/// Replaces U+2581 by a space.
fn spaced(token: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(token);
    text.replace('\u{2581}', " ").into_bytes()
}

/// Returns the order in which GPT-2 numbered the bytes: printable Latin-1 first, then the others.
fn gpt2_order() -> [u8; 256] {
    let is_first = |byte: &u8| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let (first, last): (Vec<u8>, Vec<u8>) = (0..=255).partition(is_first);
    let mut order = [0; 256];
    for (place, byte) in order.iter_mut().zip(first.into_iter().chain(last)) {
        *place = byte;
    }
    order
}

fn joined(tokens: &[Vec<u8>], left: u32, right: u32) -> Result<Vec<u8>, String> {
    let part = |id: u32| {
        tokens
            .get(id as usize)
            .filter(|token| !token.is_empty())
            .ok_or_else(|| format!("id {} is made of {id}, which is none", tokens.len()))
    };
    Ok([part(left)?.as_slice(), part(right)?].concat())
}

/// A token of a file of the form `.bpe`.
enum Row<'f> {
    /// Numbers of its halves.
    Pair(u32, u32),
    /// Bytes of an odd token.
    Odd(&'f [u8]),
}

/// A parsed file of the form `.bpe`.
struct Bpe<'f> {
    symbols: Vec<&'f [u8]>,
    rows: Vec<Row<'f>>,
    /// Pairs of the odd tokens: the token, left, right.
    pairs: Vec<[u32; 3]>,
    user_defined: Vec<&'f [u8]>,
}

impl<'f> Bpe<'f> {
    fn parse(file: &'f [u8]) -> Result<Bpe<'f>, String> {
        let mut rest = file
            .strip_prefix(b"TFBPE02\n")
            .ok_or("the file is not of the form TFBPE02")?;
        let symbols = blobs(&mut rest)?;
        let mut rows = Vec::new();
        for _ in 0..varint(&mut rest)? {
            rows.push(match varint(&mut rest)? {
                0 => Row::Odd(blob(&mut rest)?),
                left => Row::Pair(left - 1, varint(&mut rest)?),
            });
        }
        let mut pairs = Vec::new();
        for _ in 0..varint(&mut rest)? {
            pairs.push([varint(&mut rest)?, varint(&mut rest)?, varint(&mut rest)?]);
        }
        let user_defined = blobs(&mut rest)?;
        if !rest.is_empty() {
            return Err("something follows the end".to_owned());
        }
        Ok(Bpe {
            symbols,
            rows,
            pairs,
            user_defined,
        })
    }

    /// Returns the vocabulary of the first `len` tokens, from the symbols' tokens, the id of each
    /// number, and the function for a token's bytes.
    fn source(
        &self,
        mut tokens: Vec<Vec<u8>>,
        id: impl Fn(u32) -> u32,
        text: fn(&[u8]) -> Vec<u8>,
        len: usize,
    ) -> Result<Source, String> {
        let (mut merges, mut odd) = (Vec::new(), HashSet::new());
        let rows = len
            .checked_sub(self.symbols.len())
            .filter(|&rows| rows <= self.rows.len())
            .ok_or_else(|| format!("there are no {len} tokens"))?;
        for row in &self.rows[..rows] {
            let own = tokens.len() as u32;
            match *row {
                Row::Pair(left, right) => {
                    let (left, right) = (id(left), id(right));
                    merges.push([left, right, own]);
                    tokens.push(joined(&tokens, left, right)?);
                }
                Row::Odd(bytes) => {
                    odd.insert(own);
                    tokens.push(text(bytes));
                }
            }
        }
        for &pair in &self.pairs {
            let [own, left, right] = pair.map(&id);
            if [own, left, right]
                .iter()
                .all(|&id| (id as usize) < tokens.len())
            {
                merges.push([left, right, own]);
            }
        }
        Ok(Source {
            own: tokens.len(),
            tokens,
            merges,
            len,
            has_ids: false,
            odd,
            parts: HashSet::new(),
            user_defined: self.user_defined.iter().map(|bytes| text(bytes)).collect(),
        })
    }
}

fn varint(rest: &mut &[u8]) -> Result<u32, String> {
    let mut number = 0u32;
    for shift in (0..32).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or("the file ends within a number")?;
        *rest = behind;
        number |= u32::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(number);
        }
    }
    Err("a number has more than 32 bits".to_owned())
}

fn blob<'f>(rest: &mut &'f [u8]) -> Result<&'f [u8], String> {
    let len = varint(rest)? as usize;
    let (bytes, behind) = rest
        .split_at_checked(len)
        .ok_or("the file ends within a text")?;
    *rest = behind;
    Ok(bytes)
}

fn blobs<'f>(rest: &mut &'f [u8]) -> Result<Vec<&'f [u8]>, String> {
    (0..varint(rest)?).map(|_| blob(rest)).collect()
}
