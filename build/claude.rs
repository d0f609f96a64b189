//! Lays out Claude's pieces as a trie in a double array, and its character classes as two tables.

/// Characters in one block.
const BLOCK: usize = 128;

/// The pieces of `data/vocabulary/claude.pieces`.
pub(crate) struct Pieces {
    /// Nodes of the trie: base above 10 bits, two bits for the generations of a piece, an 8-bit
    /// label.
    pub(crate) trie: Vec<u8>,
    /// Pieces of the older generation, and of the newer one.
    pub(crate) v3: usize,
    pub(crate) v47: usize,
    /// Length of the longest piece in bytes.
    pub(crate) longest: usize,
}

/// First byte of a byte piece in the trie.
const BYTES: u8 = 5;

pub(crate) fn pieces(file: &[u8]) -> Result<Pieces, String> {
    let mut rest = file
        .strip_prefix(b"TFCLD01\n")
        .ok_or("the file is not of the form TFCLD01")?;
    let mut words: Vec<(Vec<u8>, u8)> = Vec::new();
    let mut piece: Vec<u8> = Vec::new();
    for _ in 0..varint(&mut rest)? {
        let (&flags, behind) = rest.split_first().ok_or("the file ends within a piece")?;
        rest = behind;
        piece.truncate(varint(&mut rest)? as usize);
        let len = varint(&mut rest)? as usize;
        let (new, behind) = rest
            .split_at_checked(len)
            .ok_or("the file ends within a piece")?;
        rest = behind;
        piece.extend_from_slice(new);
        let mut word = piece.clone();
        if flags & 4 != 0 {
            word.insert(0, BYTES);
        }
        if word.contains(&0) {
            return Err("a piece has a byte of 0".to_owned());
        }
        words.push((word, flags & 3));
    }
    words.sort();
    let of = |bit: u8| words.iter().filter(|(_, flags)| flags & bit != 0).count();
    Ok(Pieces {
        v3: of(1),
        v47: of(2),
        longest: words.iter().map(|(word, _)| word.len()).max().unwrap_or(0),
        trie: trie(&words)?,
    })
}

/// A double array under construction.
struct Array {
    nodes: Vec<u32>,
    used: Vec<bool>,
    /// Whether each number is the base of a node.
    is_base: Vec<bool>,
    /// No slot before it is free.
    free: usize,
    /// Where the search for one slot, and for several, starts: earlier slots are too crowded.
    roomy: [usize; 2],
}

/// Failed slots after which the next search starts where this one ends.
const TRIES: usize = 32;

impl Array {
    fn has(places: &[bool], place: usize) -> bool {
        places.get(place).is_some_and(|&used| used)
    }

    fn set(places: &mut Vec<bool>, place: usize) {
        if place >= places.len() {
            places.resize((place | 0xff) + 1, false);
        }
        places[place] = true;
    }

    /// Returns an unused base with a free slot for each label.
    fn base(&mut self, labels: &[u8]) -> usize {
        while Array::has(&self.used, self.free) {
            self.free += 1;
        }
        let several = usize::from(labels.len() > 1);
        let mut place = self.free.max(self.roomy[several]);
        let mut tries = 0;
        loop {
            if !Array::has(&self.used, place) {
                let base = place ^ usize::from(labels[0]);
                let is_free = |label: &u8| !Array::has(&self.used, base ^ usize::from(*label));
                if base != 0 && !Array::has(&self.is_base, base) && labels.iter().all(is_free) {
                    Array::set(&mut self.is_base, base);
                    for &label in labels {
                        Array::set(&mut self.used, base ^ usize::from(label));
                    }
                    self.nodes.resize(self.used.len(), 0);
                    if tries > TRIES {
                        self.roomy[several] = place;
                    }
                    return base;
                }
                tries += 1;
            }
            place += 1;
        }
    }
}

/// Returns the trie of sorted words, as numbers of four bytes, root first.
fn trie(words: &[(Vec<u8>, u8)]) -> Result<Vec<u8>, String> {
    let mut array = Array {
        nodes: vec![0; 256],
        used: vec![false; 256],
        is_base: Vec::new(),
        free: 1,
        roomy: [1; 2],
    };
    array.used[0] = true;
    // A node: its slot, the words below it, and the number of bytes they share.
    let mut open = vec![(0usize, 0..words.len(), 0usize)];
    let mut next = Vec::new();
    // Level by level, so that the most used nodes are adjacent.
    while !open.is_empty() {
        for (place, range, depth) in open.drain(..) {
            let mut range = range;
            if words[range.start].0.len() == depth {
                array.nodes[place] |= u32::from(words[range.start].1) << 8;
                range.start += 1;
            }
            let mut labels: Vec<u8> = Vec::new();
            let mut parts = Vec::new();
            let mut start = range.start;
            while start < range.end {
                let label = words[start].0[depth];
                let len = words[start..range.end].partition_point(|(word, _)| word[depth] <= label);
                labels.push(label);
                parts.push(start..start + len);
                start += len;
            }
            if labels.is_empty() {
                continue;
            }
            let base = array.base(&labels);
            if base >= 1 << 22 {
                return Err("a base has 22 bits".to_owned());
            }
            array.nodes[place] |= (base as u32) << 10;
            for (label, part) in labels.into_iter().zip(parts) {
                let child = base ^ usize::from(label);
                array.nodes[child] |= u32::from(label);
                next.push((child, part, depth + 1));
            }
        }
        std::mem::swap(&mut open, &mut next);
    }
    Ok(array
        .nodes
        .iter()
        .flat_map(|node| node.to_le_bytes())
        .collect())
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

/// Returns the tables of the characters' classes and flags from `data/vocabulary/claude_chars.tsv`:
/// for every block of code points the number of its block in the second table, and that table.
pub(crate) fn chars(text: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    /// As in `src/encoding/claude/chars.rs`.
    const CLASSES: &str = "HWPDS";
    const FLAGS: &str = "mvpdobula";
    let mut infos = vec![0u16; 0x11_0000];
    for line in text.lines() {
        let bad = || format!("`{line}` is not a range, a class and flags");
        let mut columns = line.split('\t');
        let mut number = || u32::from_str_radix(columns.next()?, 16).ok();
        let (first, last) = number().zip(number()).ok_or_else(bad)?;
        let class = columns.next().and_then(|class| CLASSES.find(class));
        let mut info = class.ok_or_else(bad)? as u16;
        for flag in columns.next().ok_or_else(bad)?.chars() {
            info |= 8 << FLAGS.find(flag).ok_or_else(bad)?;
        }
        infos
            .get_mut(first as usize..=last as usize)
            .ok_or_else(bad)?
            .fill(info);
    }
    let (mut index, mut blocks) = (Vec::new(), Vec::<&[u16]>::new());
    for block in infos.chunks(BLOCK) {
        let known = blocks.iter().position(|&other| other == block);
        let number = known.unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        });
        index.push(u8::try_from(number).map_err(|_| "more than 256 kinds of block")?);
    }
    let blocks = blocks.iter().flat_map(|block| block.iter());
    Ok((index, blocks.flat_map(|info| info.to_le_bytes()).collect()))
}
