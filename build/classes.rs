//! Builder of the two tables that give a character's class, from `data/unicode_classes.txt`.

/// Characters per block of the second table.
const BLOCK: usize = 128;
const CODE_POINTS: usize = 0x11_0000;

/// Numbers of the classes, as in `src/encoding/classes.rs`. Characters without a class have 0.
const NAMES: [&str; 7] = [
    "upper", "lower", "letter", "mark", "number", "space", "newline",
];

/// Bits of further classes, as in `src/encoding/classes.rs`.
const MORE: [&str; 2] = ["punctuation", "han"];

/// For every block of code points the number of its block in the second table, and that table.
pub(crate) type Tables = (Vec<u8>, Vec<u8>);

/// Returns the tables of the classes, and of the further ones.
pub(crate) fn tables(text: &str) -> Result<[Tables; 2], String> {
    let mut classes = vec![0u8; CODE_POINTS];
    let mut more = vec![0u8; CODE_POINTS];
    let mut set = |first: u32, last: u32, name: &str| -> Option<()> {
        let range = first as usize..=last as usize;
        if let Some(bit) = MORE.iter().position(|known| *known == name) {
            more.get_mut(range)?
                .iter_mut()
                .for_each(|bits| *bits |= 1 << bit);
            return Some(());
        }
        let number = NAMES.iter().position(|known| *known == name)? + 1;
        classes.get_mut(range)?.fill(number as u8);
        Some(())
    };
    // ASCII, which the file omits.
    for (first, last, name) in [
        ('A', 'Z', "upper"),
        ('a', 'z', "lower"),
        ('0', '9', "number"),
        ('\t', '\r', "space"),
        (' ', ' ', "space"),
        ('\n', '\n', "newline"),
        ('\r', '\r', "newline"),
        ('!', '/', "punctuation"),
        (':', '@', "punctuation"),
        ('[', '`', "punctuation"),
        ('{', '~', "punctuation"),
    ] {
        set(first as u32, last as u32, name).ok_or("a class of ASCII has no number")?;
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let mut number = || u32::from_str_radix(words.next()?, 16).ok();
        let range = number().zip(number());
        range
            .zip(words.next())
            .and_then(|((first, last), name)| set(first, last, name))
            .ok_or_else(|| format!("`{line}` is not a range and a class"))?;
    }
    Ok([in_blocks(&classes)?, in_blocks(&more)?])
}

fn in_blocks(classes: &[u8]) -> Result<Tables, String> {
    let (mut index, mut blocks) = (Vec::new(), Vec::<u8>::new());
    for block in classes.chunks(BLOCK) {
        let known = blocks.chunks(BLOCK).position(|other| other == block);
        let number = known.unwrap_or_else(|| {
            blocks.extend_from_slice(block);
            blocks.len() / BLOCK - 1
        });
        index.push(u8::try_from(number).map_err(|_| "more than 256 kinds of block")?);
    }
    Ok((index, blocks))
}
