//! Tokenizers read from a `tokenizer.json`.

use serde_json::{Value, json};
use tokenfit::encoding::TokenizerJson;
use tokenfit::{Accuracy, ErrorKind, Models, Tokenizer};

use super::vocabularies::{text_of, twins};

#[path = "../common/llama3.rs"]
mod llama3;
#[cfg(all(
    feature = "qwen2",
    feature = "qwen35",
    feature = "glm",
    feature = "kimi",
    feature = "minimax"
))]
#[path = "../common/peer.rs"]
mod peer;

/// A byte-level vocabulary with one merge, a special token, and settings that are ignored.
fn small() -> Value {
    json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 50}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "a"
        },
        "added_tokens": [{
            "id": 4, "content": "<|a|>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true
        }],
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
        "post_processor": null,
        "decoder": null,
        "model": {
            "type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "<": 3, "|": 5, ">": 6},
            "merges": [["a", "b"]]
        }
    })
}

fn read(file: &Value) -> TokenizerJson {
    TokenizerJson::from_bytes(&serde_json::to_vec(file).unwrap()).unwrap()
}

#[test]
fn counts_ordinary_text_without_truncation_or_padding() {
    let tokenizer = read(&small());
    for (text, tokens) in [
        ("", 0),
        ("a", 1),
        ("ab", 1),
        ("abab", 2),
        ("abba", 3),
        // A special token is its characters, as in a message's content.
        ("<|a|>", 5),
        ("ab<|a|>ab", 7),
    ] {
        assert_eq!(tokenizer.count(text), tokens, "{text}");
    }
    assert_eq!(tokenizer.vocabulary_size(), 7);
    assert_eq!(
        format!("{tokenizer:?}"),
        "TokenizerJson { vocabulary_size: 7, .. }"
    );
}

#[test]
fn serves_the_models_of_its_encoding() {
    let models = Models::builtin().tokenizer("llama3", read(&small()));
    let llama = models.get("llama-3.3-70b-instruct").unwrap();
    let count = llama.count_text("abab");
    assert_eq!((count.tokens(), count.accuracy()), (2, Accuracy::Exact));
    let body = br#"{"model": "llama-3.3-70b-instruct", "messages": [{"role": "user", "content": "abababab"}]}"#;
    let request = tokenfit::Request::parse(body).unwrap();
    let longer = br#"{"model": "llama-3.3-70b-instruct", "messages": [{"role": "user", "content": "ababababab"}]}"#;
    let longer = tokenfit::Request::parse(longer).unwrap();
    assert_eq!(
        llama.count(&longer).tokens() - llama.count(&request).tokens(),
        1
    );
}

#[test]
fn damaged_files_are_errors_that_show_nothing_of_the_file() {
    let mut file = small();
    file["model"]["vocab"]["MARKER"] = json!("MARKER");
    let bytes = serde_json::to_vec(&file).unwrap();
    let mut refused = 0;
    let mut judge = |bytes: &[u8]| {
        if let Err(error) = TokenizerJson::from_bytes(bytes) {
            assert_eq!(error.kind(), ErrorKind::InvalidTokenizer);
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("MARKER"), "{shown}");
            refused += 1;
        }
    };
    judge(&bytes);
    let bytes = serde_json::to_vec(&small()).unwrap();
    for at in 0..bytes.len() {
        judge(&bytes[..at]);
        let mut changed = bytes.clone();
        changed[at] = changed[at].wrapping_add(1);
        judge(&changed);
    }
    assert!(refused > bytes.len(), "{refused}");
}

/// Compares counts with the vendor's own tokenizer.
#[test]
#[ignore = "needs the recordings"]
fn counts_as_llama_3() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vocab");
    let tokenizer = llama3::tokenizer();
    let vectors = std::fs::read_to_string(format!("{folder}/vectors_llama3.jsonl")).unwrap();
    let mut counted = 0;
    for (number, line) in vectors.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let expected = line["count"].as_u64().unwrap() as usize;
        let count = tokenizer.count(&text_of(&line));
        assert_eq!(count, expected, "line {}", number + 1);
        counted += 1;
    }
    println!("llama3: {counted} counts");
    assert!(counted > 1_000);
}

/// The crate `tokenizers` with our vocabularies counts as our encodings do.
#[cfg(all(
    feature = "qwen2",
    feature = "qwen35",
    feature = "glm",
    feature = "kimi",
    feature = "minimax"
))]
#[test]
fn counts_as_the_encodings() {
    let mut peers = 0;
    for &encoding in tokenfit::Encoding::ALL {
        let Some(peer) = peer::of(encoding) else {
            continue;
        };
        peers += 1;
        for text in [
            "How dry is bed 3? It's 41.5 % – \u{fb01}ne.\r\n\n  fn main() {}\t \n",
            "Wie trocken ist das Hochbeet an der Gewächshauswand? 温室今天够暖和吗？ 12345",
            "e\u{301}te\u{301} I'LL we're \u{1f469}\u{200d}\u{1f52c}   x /path/to\n/x",
        ] {
            assert_eq!(peer.count(text), encoding.count(text), "{encoding} {text}");
        }
    }
    assert_eq!(peers, 8);
}
