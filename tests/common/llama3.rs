//! Tokenizers as a user would read them, from a `tokenizer.json`: that of Llama 3, which is not
//! part of the crate, and those of `data/vocabulary`.

#![allow(dead_code, reason = "each program uses a part of this")]

use serde_json::{Value, json};
use tokenfit::encoding::TokenizerJson;

/// GPT-2's printable character of a byte.
fn character(byte: u8) -> char {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if printable(&byte) {
        return char::from(byte);
    }
    let nth = (0..byte).filter(|byte| !printable(byte)).count();
    char::from_u32(256 + nth as u32).unwrap()
}

/// A vocabulary that is being read.
struct File<'a>(&'a [u8]);

impl File<'_> {
    fn byte(&mut self) -> u8 {
        let (&byte, rest) = self.0.split_first().unwrap();
        self.0 = rest;
        byte
    }

    /// Reads a number of 7 bits a byte.
    fn number(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return value;
            }
        }
    }

    fn text(&mut self) -> String {
        (0..self.number()).map(|_| character(self.byte())).collect()
    }
}

/// Splitting of a vocabulary, and how a piece is tokenized.
pub(crate) struct Form {
    /// Each is run over the pieces of the previous one.
    pub(crate) patterns: Vec<String>,
    pub(crate) nfc: bool,
    /// Whether a piece that is a token is not merged.
    pub(crate) whole_first: bool,
    /// Number of tokens, if the file has those of a later vocabulary too.
    pub(crate) end: usize,
}

/// Writes the `tokenizer.json` of a vocabulary file.
fn file(bytes: &[u8], form: &Form) -> Value {
    let mut file = File(bytes.strip_prefix(b"TFBPE02\n").unwrap());
    let mut symbols: Vec<String> = Vec::new();
    let single = file.number();
    for _ in 0..single {
        symbols.push(file.text());
    }
    let mut merges: Vec<(usize, usize, usize)> = Vec::new();
    for _ in 0..file.number() {
        match file.number() {
            0 => {
                symbols.push(file.text());
            }
            left => {
                let right = file.number();
                merges.push((symbols.len(), left - 1, right));
                symbols.push(format!("{}{}", symbols[left - 1], symbols[right]));
            }
        }
    }
    for _ in 0..file.number() {
        merges.push((file.number(), file.number(), file.number()));
    }
    merges.retain(|&(product, left, right)| product.max(left).max(right) < form.end);
    symbols.truncate(form.end);
    merges.sort_by_key(|&(product, ..)| product);
    let merges: Vec<[&str; 2]> = merges
        .iter()
        .map(|&(_, left, right)| [symbols[left].as_str(), symbols[right].as_str()])
        .collect();
    let vocabulary: serde_json::Map<String, Value> = symbols
        .iter()
        .enumerate()
        .map(|(id, symbol)| (symbol.clone(), json!(id)))
        .collect();
    let mut steps: Vec<Value> = form
        .patterns
        .iter()
        .map(|pattern| {
            json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
        })
        .collect();
    steps.push(json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
    }));
    let normalizer = if form.nfc {
        json!({"type": "NFC"})
    } else {
        Value::Null
    };
    json!({
        "added_tokens": [],
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "model": {
            "type": "BPE", "vocab": vocabulary, "merges": merges, "ignore_merges": form.whole_first,
        },
    })
}

/// Reads a vocabulary file as a user reads a `tokenizer.json`.
pub(crate) fn tokenizer_of(bytes: &[u8], form: &Form) -> TokenizerJson {
    TokenizerJson::from_bytes(&serde_json::to_vec(&file(bytes, form)).unwrap()).unwrap()
}

pub(crate) fn tokenizer() -> TokenizerJson {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vocab/llama3.bpe");
    let pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    let form = Form {
        patterns: vec![pattern.to_owned()],
        nfc: false,
        whole_first: true,
        end: usize::MAX,
    };
    tokenizer_of(&std::fs::read(path).unwrap(), &form)
}
