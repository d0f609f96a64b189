//! `Encoding` from outside: properties, known answers, and hostile input.

use crate::common::{full, shared};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::HashSet;
use tiktoken_rs::CoreBPE;
use tokenfit::{Encoding, ErrorKind};
use unicode_segmentation::UnicodeSegmentation;

#[path = "../../src/encoding/traps.rs"]
pub(crate) mod traps;

/// One for each vocabulary; the other two share them.
const DISTINCT: [Encoding; 4] = [
    Encoding::O200K_BASE,
    Encoding::CL100K_BASE,
    Encoding::P50K_BASE,
    Encoding::R50K_BASE,
];

fn with_ids() -> impl Iterator<Item = Encoding> {
    let all = Encoding::ALL.iter().copied();
    all.filter(|encoding| encoding.has_ids())
}

const ENGLISH: &str = "Call me by the name you like best, said the old sailor, and sat down at the table near the door. \
    It had rained since Tuesday; nobody in the harbour expected a ship, least of all this one. Three men were playing \
    cards without looking at them. What they watched was the sailor, his wet coat, and the parcel under his arm.";

fn reference(encoding: Encoding) -> &'static CoreBPE {
    match encoding.name() {
        "o200k_base" => tiktoken_rs::o200k_base_singleton(),
        "o200k_harmony" => tiktoken_rs::o200k_harmony_singleton(),
        "cl100k_base" => tiktoken_rs::cl100k_base_singleton(),
        "p50k_base" => tiktoken_rs::p50k_base_singleton(),
        "p50k_edit" => tiktoken_rs::p50k_edit_singleton(),
        _ => tiktoken_rs::r50k_base_singleton(),
    }
}

fn cluster_boundaries(text: &str) -> HashSet<usize> {
    text.grapheme_indices(true)
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect()
}

/// Guarantees of every cut.
fn check_cuts(encoding: Encoding, text: &str, max_tokens: usize, boundaries: &HashSet<usize>) {
    let total = encoding.count(text);
    let first = encoding.keep_first(text, max_tokens);
    assert!(text.starts_with(first));
    assert!(
        boundaries.contains(&first.len()),
        "{encoding}: first ends inside a cluster"
    );
    assert!(
        encoding.count(first) <= max_tokens,
        "{encoding}: first is too long"
    );
    let last = encoding.keep_last(text, max_tokens);
    assert!(text.ends_with(last));
    assert!(
        boundaries.contains(&(text.len() - last.len())),
        "{encoding}: last begins inside a cluster"
    );
    assert!(
        encoding.count(last) <= max_tokens,
        "{encoding}: last is too long"
    );
    if total <= max_tokens {
        assert_eq!((first, last), (text, text));
    }
    for marker in ["", " […] ", "\n\n[... cut ...]\n\n", "\u{301}"] {
        let ends = encoding.keep_ends(text, marker, max_tokens);
        assert!(
            encoding.count(&ends) <= max_tokens,
            "{encoding}: ends are too long"
        );
        if total <= max_tokens {
            assert!(matches!(ends, Cow::Borrowed(whole) if whole == text));
        } else if encoding.count(marker) >= max_tokens {
            assert_eq!(ends, first);
        } else {
            // Some split of the result around the marker gives head and tail of the text, at
            // cluster boundaries, without overlap.
            assert!(
                ends.match_indices(marker).any(|(at, _)| {
                    let (head, tail) = (&ends[..at], &ends[at + marker.len()..]);
                    head.len() + tail.len() < text.len()
                        && text.starts_with(head)
                        && text.ends_with(tail)
                        && boundaries.contains(&head.len())
                        && boundaries.contains(&(text.len() - tail.len()))
                }),
                "{encoding}: {ends:?} of {text:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn counting_encoding_and_decoding_agree(text in traps::any_text()) {
        for encoding in with_ids() {
            let ids = encoding.encode(&text).unwrap();
            prop_assert_eq!(&ids, &reference(encoding).encode_ordinary(&text));
            prop_assert_eq!(encoding.count(&text), ids.len());
            prop_assert_eq!(encoding.decode_bytes(&ids).unwrap(), text.as_bytes());
            prop_assert_eq!(encoding.decode(&ids).unwrap(), text.as_str());
        }
    }

    #[test]
    fn counting_up_to_a_limit(text in traps::any_text(), far in 0..2_000usize) {
        for encoding in DISTINCT {
            let count = encoding.count(&text);
            for limit in [0, 1, count / 2, count.saturating_sub(1), count, count + 1, far, usize::MAX] {
                prop_assert_eq!(encoding.count_up_to(&text, limit), (count <= limit).then_some(count));
            }
        }
    }

    #[test]
    fn cuts_keep_their_promises(text in traps::any_text(), few in 0..30usize) {
        let boundaries = cluster_boundaries(&text);
        for encoding in DISTINCT {
            let count = encoding.count(&text);
            for max_tokens in [0, few, count / 2, count.saturating_sub(1), count, usize::MAX] {
                check_cuts(encoding, &text, max_tokens, &boundaries);
            }
        }
    }

    /// Long enough for several chunks, so that the cut is not always in the first.
    #[test]
    fn cuts_of_long_texts(parts in prop::collection::vec((traps::text(30), 1..60usize), 1..6), part in 0.0..1.0f64) {
        let text: String = parts.into_iter().map(|(text, times)| text.repeat(times)).collect();
        let boundaries = cluster_boundaries(&text);
        for encoding in [Encoding::O200K_BASE, Encoding::R50K_BASE] {
            let count = encoding.count(&text);
            prop_assert_eq!(encoding.count_up_to(&text, usize::MAX), Some(count));
            check_cuts(encoding, &text, (count as f64 * part) as usize, &boundaries);
        }
    }

    #[test]
    fn any_ids_decode_or_are_refused(ids in prop::collection::vec(prop_oneof![0..202_000u32, any::<u32>()], 0..20)) {
        for encoding in with_ids() {
            match (encoding.decode_bytes(&ids), reference(encoding).decode_bytes(&ids)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (ours, theirs) => {
                    prop_assert_eq!(ours.unwrap_err().kind(), ErrorKind::InvalidTokens);
                    prop_assert!(theirs.is_err());
                }
            }
        }
    }
}

/// Known answers: tiktoken's own tests, and the comparison in the OpenAI cookbook ("How to count
/// tokens with tiktoken").
#[test]
fn known_tokens() {
    let cl100k = Encoding::CL100K_BASE;
    assert_eq!(cl100k.encode("hello world").unwrap(), [15339, 1917]);
    assert_eq!(cl100k.encode("rer").unwrap(), [38149]);
    assert_eq!(cl100k.encode("'rer").unwrap(), [2351, 81]);
    assert_eq!(cl100k.encode("today\n ").unwrap(), [31213, 198, 220]);
    assert_eq!(cl100k.encode("today\n \n").unwrap(), [31213, 27907]);
    assert_eq!(cl100k.encode("today\n  \n").unwrap(), [31213, 14211]);
    assert_eq!(cl100k.encode(" \u{85}0").unwrap(), [220, 126, 227, 15]);
    assert_eq!(cl100k.encode("👍").unwrap(), [9468, 239, 235]);
    let gpt2 = Encoding::R50K_BASE;
    assert_eq!(gpt2.encode("hello world").unwrap(), [31373, 995]);
    assert_eq!(gpt2.encode("0000").unwrap(), [2388]);

    for (text, [r50k, p50k, cl100k, o200k]) in [
        ("antidisestablishmentarianism", [5, 5, 6, 6]),
        ("2 + 2 = 4", [5, 5, 7, 7]),
        ("お誕生日おめでとう", [14, 14, 9, 8]),
    ] {
        assert_eq!(Encoding::R50K_BASE.count(text), r50k, "{text}");
        assert_eq!(Encoding::P50K_BASE.count(text), p50k, "{text}");
        assert_eq!(Encoding::P50K_EDIT.count(text), p50k, "{text}");
        assert_eq!(Encoding::CL100K_BASE.count(text), cl100k, "{text}");
        assert_eq!(Encoding::O200K_BASE.count(text), o200k, "{text}");
        assert_eq!(Encoding::O200K_HARMONY.count(text), o200k, "{text}");
    }
}

#[test]
fn special_text_is_ordinary() {
    for encoding in with_ids() {
        for text in [
            "<|endoftext|>",
            "<|im_start|>",
            "<|channel|>",
            "a<|fim_prefix|>b<|endofprompt|>",
        ] {
            let ids = encoding.encode(text).unwrap();
            assert!(ids.len() > 3, "{encoding} {text}");
            assert!(
                ids.iter()
                    .all(|&id| (id as usize) < encoding.vocabulary_size() + 1),
                "{encoding} {text}"
            );
            assert_eq!(encoding.decode(&ids).unwrap(), text);
        }
    }
}

#[test]
fn special_ids_decode_to_their_text() {
    for (encoding, id, text) in [
        (Encoding::O200K_BASE, 199_999, "<|endoftext|>"),
        (Encoding::O200K_BASE, 200_018, "<|endofprompt|>"),
        (Encoding::O200K_HARMONY, 199_998, "<|startoftext|>"),
        (Encoding::O200K_HARMONY, 200_006, "<|start|>"),
        (Encoding::O200K_HARMONY, 201_087, "<|reserved_201087|>"),
        (Encoding::CL100K_BASE, 100_257, "<|endoftext|>"),
        (Encoding::P50K_BASE, 50_256, "<|endoftext|>"),
        (Encoding::P50K_EDIT, 50_281, "<|fim_prefix|>"),
        (Encoding::P50K_EDIT, 50_256, "<|endoftext|>"),
        (Encoding::R50K_BASE, 50_256, "<|endoftext|>"),
    ] {
        let mut ids = encoding.encode("a b").unwrap();
        ids.push(id);
        assert_eq!(
            encoding.decode(&ids).unwrap(),
            format!("a b{text}"),
            "{encoding}"
        );
    }
}

#[test]
fn unknown_ids_are_named() {
    for (encoding, id) in [
        (Encoding::O200K_BASE, 200_002),
        (Encoding::O200K_HARMONY, 201_088),
        (Encoding::CL100K_BASE, 100_256),
        (Encoding::P50K_BASE, 50_281),
        (Encoding::P50K_EDIT, 50_284),
        (Encoding::R50K_BASE, u32::MAX),
    ] {
        let error = encoding.decode(&[1, 2, id, 3, id]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTokens);
        let message = error.to_string();
        assert!(
            message.contains(&format!("{id} at index 2")) && message.contains(encoding.name()),
            "{message}"
        );
    }
    let half = &Encoding::CL100K_BASE.encode("👍").unwrap()[..1];
    let error = Encoding::CL100K_BASE.decode(half).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTokens);
    assert_eq!(
        Encoding::CL100K_BASE.decode_bytes(half).unwrap(),
        [0xf0, 0x9f]
    );
}

#[test]
fn names() {
    for &encoding in Encoding::ALL {
        assert_eq!(Encoding::from_name(encoding.name()).unwrap(), encoding);
        assert_eq!(encoding.name().parse::<Encoding>().unwrap(), encoding);
        assert_eq!(encoding.to_string(), encoding.name());
        assert_eq!(
            format!("{encoding:?}"),
            format!("Encoding({})", encoding.name())
        );
    }
    assert_eq!(format!("[{:>10}]", Encoding::R50K_BASE), "[ r50k_base]");
    assert_eq!(Encoding::from_name("gpt2").unwrap(), Encoding::R50K_BASE);
    for unknown in ["", "O200K_BASE", "gpt-4o", "o200k"] {
        assert_eq!(
            Encoding::from_name(unknown).unwrap_err().kind(),
            ErrorKind::UnknownEncoding
        );
    }
    let message = Encoding::from_name("o300k_base").unwrap_err().to_string();
    assert!(
        message.contains("`o300k_base`")
            && message.contains("`o200k_base`")
            && message.contains("`r50k_base`")
    );
    // Somebody's prompt at the wrong place.
    let message = Encoding::from_name(&"my secret ".repeat(50))
        .unwrap_err()
        .to_string();
    assert!(
        !message.contains("secret") && message.len() < 300,
        "{message}"
    );
}

#[test]
fn cuts_of_plain_text_are_maximal() {
    let long = ENGLISH.repeat(40);
    for encoding in DISTINCT {
        let count = encoding.count(&long);
        let samples = (0..=80)
            .chain((80..count).step_by(97))
            .chain([count - 1, count, count + 1]);
        for n in samples {
            let expected = n.min(count);
            assert_eq!(
                encoding.count(encoding.keep_first(&long, n)),
                expected,
                "{encoding} {n}"
            );
            assert_eq!(
                encoding.count(encoding.keep_last(&long, n)),
                expected,
                "{encoding} {n}"
            );
            if n > 10 {
                let ends = encoding.count(&encoding.keep_ends(&long, " […] ", n));
                assert!(
                    ends <= expected && ends + 3 >= expected,
                    "{encoding} {n}: {ends}"
                );
            }
        }
    }
}

#[test]
fn cuts_respect_clusters_that_look_back() {
    for (text, cluster) in [
        ("🇫🇷".repeat(600), 8),
        (format!("x{}", "🇩🇪".repeat(600)), 8),
        ("👩\u{200d}👩\u{200d}👧 ".repeat(300), 18),
        ("क्ष".repeat(400), 9),
        (format!("e{}", "\u{301}".repeat(2_000)), 4_001),
        ("👩\u{200d}".repeat(2_000), 14_000),
    ] {
        let boundaries = cluster_boundaries(&text);
        for encoding in DISTINCT {
            for n in [1, 2, 3, 5, 17, 100, 333] {
                check_cuts(encoding, &text, n, &boundaries);
            }
        }
        assert!(text.len() >= cluster);
    }
}

/// Runs of white space overflow the stack of tiktoken-rs's splitter, which it unwraps; other long
/// runs might be slow.
#[test]
fn hostile_texts() {
    const MEGABYTE: usize = 1_000_000;
    let run = |unit: &str, bytes: usize| unit.repeat(bytes / unit.len());
    // p50k has the pattern of r50k.
    for encoding in [
        Encoding::O200K_BASE,
        Encoding::CL100K_BASE,
        Encoding::R50K_BASE,
    ] {
        let mut texts: Vec<String> = Vec::new();
        for space in [" ", "\t", "\n", "\r\n", " \n", "\u{3000}", "\u{85}"] {
            let run = run(space, MEGABYTE);
            texts.push(format!("{run}x"));
            texts.push(run);
        }
        for unit in [
            "a",
            "A",
            "aB",
            "1",
            ".",
            "/",
            "'",
            "'s",
            "漢",
            "\u{301}",
            "\u{200d}",
            "🇫",
            "👩\u{200d}",
            "\0",
            "x\n",
            "𝔘",
        ] {
            texts.push(run(unit, MEGABYTE / 10));
        }
        for text in &texts {
            let count = encoding.count(text);
            assert!(count > 0 && count <= text.len());
            assert_eq!(
                encoding.count_up_to(text, 100),
                (count <= 100).then_some(count)
            );
            for cut in [
                encoding.keep_first(text, 100),
                encoding.keep_last(text, 100),
            ] {
                assert!(encoding.count(cut) <= 100);
            }
        }
    }
}

/// Around the length at which the safe path takes over, the results are continuous.
#[test]
fn the_safe_path_does_not_show() {
    for encoding in DISTINCT {
        for (space, bytes) in [(" ", 1), ("\n", 1), ("\u{a0}", 2), ("\u{3000}", 3)] {
            for length in [1_995, 1_999, 2_000, 2_001, 2_005] {
                let text = format!(
                    "before,{}after it's 12345\r\n",
                    space.repeat(length / bytes)
                );
                assert_eq!(
                    encoding.encode(&text).unwrap(),
                    reference(encoding).encode_ordinary(&text),
                    "{encoding} {space:?}"
                );
            }
        }
    }
}

/// Whole corpora: counting in chunks equals counting the whole, and cuts keep their guarantees.
#[test]
#[ignore = "needs the recordings"]
fn corpora() {
    for file in std::fs::read_dir(shared("text"))
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
    {
        let text = std::fs::read_to_string(&file).unwrap();
        let sample = if full() {
            &text
        } else {
            Encoding::O200K_BASE.keep_first(&text, 10_000)
        };
        println!(
            "{}: {} of {} bytes",
            file.display(),
            sample.len(),
            text.len()
        );
        let boundaries = cluster_boundaries(sample);
        for encoding in DISTINCT {
            let count = reference(encoding).encode_ordinary(sample).len();
            assert_eq!(encoding.count(sample), count);
            assert_eq!(encoding.count_up_to(sample, count), Some(count));
            assert_eq!(encoding.count_up_to(sample, count - 1), None);
            for n in [100, count / 3, count - 1] {
                check_cuts(encoding, sample, n, &boundaries);
                // Near-maximal on real text, every time.
                let (first, last) = (
                    encoding.keep_first(sample, n),
                    encoding.keep_last(sample, n),
                );
                assert!(
                    encoding.count(first) + 8 >= n && encoding.count(last) + 8 >= n,
                    "{encoding} {n}"
                );
            }
        }
    }
}

/// A caller's tokenizer counts for the models with its encoding, and for no others.
#[cfg(feature = "tiktoken-rs")]
#[test]
fn a_core_bpe_counts() {
    use tokenfit::{Accuracy, Models, Request};

    let ours = Models::builtin();
    let theirs = Models::builtin()
        .tokenizer("o200k_base", tiktoken_rs::o200k_base().unwrap())
        .tokenizer("llama3", tiktoken_rs::cl100k_base().unwrap());
    let body = r#"{"messages": [{"role": "user", "content": "Counting ist nicht schwer, 数えるのも簡単です。"}]}"#;
    let request = Request::parse(body).unwrap();
    for name in ["gpt-4o", "gpt-4", "gpt-5"] {
        let [ours, theirs] = [&ours, &theirs].map(|models| {
            let model = models.get(name).unwrap();
            model.count(&request).total()
        });
        assert_eq!(ours, theirs, "{name}");
    }
    let text = "some words";
    let llama = theirs.get("llama-3.3-70b-instruct").unwrap();
    let count = llama.count_text(text);
    assert_eq!(count.tokens(), Encoding::CL100K_BASE.count(text) as u64);
    assert_eq!(count.accuracy(), Accuracy::Exact);
    let llama = ours.get("llama-3.3-70b-instruct").unwrap();
    assert_eq!(llama.count_text(text).accuracy(), Accuracy::Estimated);
}
