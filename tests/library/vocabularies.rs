//! Vocabularies of vendors other than OpenAI: their recorded counts, and their naive twins.

use proptest::prelude::*;
use serde_json::Value;
use tokenfit::{Encoding, ErrorKind};

use super::encoding::traps;

#[path = "../../tools/sha256.rs"]
mod sha256;
#[path = "../common/twins.rs"]
pub(crate) mod twins;

use twins::Twin;

/// Each encoding that has recorded counts; those of Claude include the frame of the message.
const RECORDED: [&str; 12] = [
    "gemma",
    "deepseek",
    "qwen2",
    "qwen35",
    "mistral_tekken",
    "kimi_k2",
    "glm4",
    "glm5",
    "minimax_m2",
    "claude_v3",
    "claude_v47",
    "claude_v48",
];

/// Those that are compiled in.
fn present() -> Vec<Encoding> {
    let names = RECORDED.iter();
    names
        .filter_map(|name| Encoding::from_name(name).ok())
        .collect()
}

pub(super) fn text_of(line: &Value) -> String {
    if let Some(text) = line["text"].as_str() {
        return text.to_owned();
    }
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    if let Some([unit, times]) = line["repeat"].as_array().map(Vec::as_slice) {
        return unit.as_str().unwrap().repeat(number(times));
    }
    let file = line["file"].as_str().unwrap();
    let path = format!("{}/../shared/text/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let offset = number(&line["offset"]);
    text[offset..offset + number(&line["length"])].to_owned()
}

/// Compares counts with the vendors' own tokenizers and Anthropic's API; every 16th with the twin
/// too (`TOKENFIT_FULL=1`: all).
#[test]
#[ignore = "needs the recordings"]
fn recorded_counts() {
    let full = std::env::var_os("TOKENFIT_FULL").is_some_and(|v| v == "1");
    for name in RECORDED {
        let Ok(encoding) = Encoding::from_name(name) else {
            println!("SKIPPED: {name} is not compiled in");
            continue;
        };
        let path = format!(
            "{}/../shared/vocab/vectors_{name}.jsonl",
            env!("CARGO_MANIFEST_DIR")
        );
        let lines = std::fs::read_to_string(&path).unwrap();
        let twin = Twin::new(name);
        let (mut counted, mut twins) = (0, 0);
        for (number, line) in lines.lines().enumerate() {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = text_of(&line);
            let expected = line["count"].as_u64().unwrap() as usize;
            assert_eq!(
                encoding.count(&text) + encoding.frame_tokens(),
                expected,
                "{name}, line {}",
                number + 1
            );
            counted += 1;
            if full || number % 16 == 0 {
                assert_eq!(
                    twin.count(&text) + encoding.frame_tokens(),
                    expected,
                    "{name}'s twin, line {}",
                    number + 1
                );
                twins += 1;
            }
        }
        println!("{name}: {counted} counts, {twins} by the twin");
    }
}

/// Traps for these vocabularies.
const FRAGMENTS: &[&str] = &[
    "e\u{301}",
    "\u{1100}\u{1161}",
    "\u{212b}",
    "\u{958}",
    "ﬁ",
    "<b>",
    "</td>",
    "<table>",
    "<",
    "> </",
    "▁",
    " ▁",
    "\t\t",
    "‘",
    "’s",
    "“",
    "İ",
    "İSTANBUL",
    "ẞ",
    "ΑΣ",
    "ΟΔΟΣ",
    "ǅ",
    "HELLO",
    "Hello",
    "hELLO",
    "iPhone",
    "don't",
    "'S",
    " '",
    "' ",
    "\u{e4d}\u{e32}",
    "\u{e4d}\u{1}\u{e32}",
    "\u{e000}",
    "\u{7f}",
    "\u{85}",
    "\u{2009}",
    "①",
    "½",
    "٣٤",
    "१२",
    "〇",
    "⺀",
    "々",
    "你好世界",
    "和组件，可以轻松与",
    "ーひらがな",
    "カタカナ",
    "漢字123漢字",
    "  1",
    "  漢",
    "\0\0a",
    "\u{200b}x",
    "❤\u{fe0f}",
    "☃",
    "=====",
    " ======",
    "SSR",
    "x = [1, 2];",
    "</antml>",
    "foo_bar(baz)",
    "#include <stdio.h>",
    "\r\n\r\n",
    "1234567",
    "3.14",
];

fn hostile() -> impl Strategy<Value = String> {
    let own = prop::sample::select(FRAGMENTS).prop_map(str::to_owned);
    let run =
        (prop::sample::select(FRAGMENTS), 1..40usize).prop_map(|(text, times)| text.repeat(times));
    let any = prop_oneof![
        6 => own,
        2 => traps::text(3),
        1 => run,
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(any, 0..12).prop_map(|parts| parts.concat())
}

fn twin_of(encoding: Encoding) -> &'static Twin {
    static TWINS: std::sync::OnceLock<Vec<(Encoding, Twin)>> = std::sync::OnceLock::new();
    let all = TWINS.get_or_init(|| {
        let encodings = present().into_iter();
        encodings
            .map(|encoding| (encoding, Twin::new(encoding.name())))
            .collect()
    });
    let found = all.iter().find(|(known, _)| *known == encoding);
    &found.unwrap().1
}

proptest! {
    #[test]
    fn the_engine_counts_as_its_twin(text in prop_oneof![3 => hostile(), 1 => traps::any_text()]) {
        for encoding in present() {
            let expected = twin_of(encoding).count(&text);
            prop_assert_eq!(encoding.count(&text), expected, "{}", encoding);
        }
    }

    #[test]
    fn cuts_and_limits(text in hostile(), few in 0..40usize) {
        for encoding in present() {
            let count = encoding.count(&text);
            for limit in [0, few, count.saturating_sub(1), count, usize::MAX] {
                prop_assert_eq!(encoding.count_up_to(&text, limit), (count <= limit).then_some(count), "{}", encoding);
                let kept = [encoding.keep_first(&text, limit), encoding.keep_last(&text, limit)];
                prop_assert!(text.starts_with(kept[0]) && text.ends_with(kept[1]));
                for kept in kept {
                    prop_assert!(encoding.count(kept) <= limit, "{}: {:?}", encoding, kept);
                    prop_assert!(count > limit || kept == text);
                }
                let ends = encoding.keep_ends(&text, " … ", limit);
                prop_assert!(encoding.count(&ends) <= limit, "{}: {:?}", encoding, ends);
            }
        }
    }
}

/// Megabytes of hostile input: linear, and no panic.
#[test]
fn hostile_texts_are_counted() {
    for encoding in present() {
        for unit in [
            "a", "A", " ", "\n", "漢", "é", "e\u{301}", "\u{301}", "'s", "1", ".", "<", "\u{1}",
            "ab ", "𝔘", "-\n",
        ] {
            let text = unit.repeat(300_000 / unit.len());
            let count = encoding.count(&text);
            assert!(count <= 4 * text.len() + 8, "{encoding} {unit:?}");
            assert_eq!(
                encoding.count_up_to(&text, 100),
                (count <= 100).then_some(count)
            );
            for kept in [
                encoding.keep_first(&text, 100),
                encoding.keep_last(&text, 100),
            ] {
                assert!(encoding.count(kept) <= 100, "{encoding} {unit:?}");
            }
        }
    }
}

#[test]
fn what_only_counts_has_no_ids() {
    for encoding in present() {
        assert!(!encoding.has_ids());
        for error in [
            encoding.encode("some text").unwrap_err(),
            encoding.decode(&[1]).unwrap_err(),
            encoding.decode_bytes(&[]).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NoTokenIds);
            assert!(error.to_string().contains(encoding.name()), "{error}");
        }
    }
}

/// The files are the ones that `data/other_vocabularies.json` lists.
#[test]
fn the_files_are_the_listed_ones() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let list = std::fs::read_to_string(format!("{folder}/other_vocabularies.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    for row in list["files"].as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        let bytes = std::fs::read(format!("{folder}/vocabulary/{file}")).unwrap();
        assert_eq!(
            sha256::hex(&bytes),
            row["sha256"].as_str().unwrap(),
            "{file}"
        );
    }
}
