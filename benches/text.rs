//! Benchmarks of counting text: `count/<corpus>/<implementation>/<encoding>`.
//!
//! The corpora are those of `../shared/text` if that folder exists, otherwise one made of the
//! sample below. Answers are compared before timing.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use tiktoken_rs::CoreBPE;
use tokenfit::Encoding;

#[cfg(feature = "tokenizers")]
#[path = "../tests/common/llama3.rs"]
#[allow(clippy::unwrap_used, reason = "shared with tests")]
mod llama3;
#[cfg(feature = "tokenizers")]
#[path = "../tests/common/peer.rs"]
mod peer;
#[cfg(feature = "tokenizers")]
#[path = "../tests/common/twins.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "shared with tests")]
mod twins;

const SAMPLE: &str = r#"The ferry left at seven, and by half past the island had sunk to a grey line that might as well
have been cloud. Marta counted the boxes again: eleven, which was one too many. "Whose is this?" she asked nobody.

```rust
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}
```

{"role":"tool","tool_call_id":"call_7f3","content":"{\"city\":\"Oslo\",\"celsius\":-3.5,\"wind\":[4,11,\"NNW\"]}"}
{"role":"user","content":"Und wie wird's morgen? Я завтра еду. 明日は雪が降るでしょうか。 👩‍🔬"}

| day | snow (cm) |
|-----|----------:|
| Mon |      12.0 |
"#;

/// Returns the corpora, each a name and about a megabyte of text.
fn corpora() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/text");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if let (Some("txt"), Some(stem)) =
            (path.extension().and_then(|e| e.to_str()), path.file_stem())
        {
            let text = std::fs::read_to_string(&path).expect("a corpus is UTF-8");
            found.push((stem.to_string_lossy().into_owned(), text));
        }
    }
    found.sort();
    if found.is_empty() {
        println!("no corpora in {folder}: using the built-in sample");
        found.push(("sample".to_owned(), SAMPLE.repeat(500_000 / SAMPLE.len())));
    }
    found
}

fn encodings() -> [(Encoding, &'static CoreBPE); 2] {
    [
        (Encoding::CL100K_BASE, tiktoken_rs::cl100k_base_singleton()),
        (Encoding::O200K_BASE, tiktoken_rs::o200k_base_singleton()),
    ]
}

fn group<'c>(c: &'c mut Criterion, name: &str, bytes: usize) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .throughput(Throughput::Bytes(bytes as u64))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group
}

fn whole_corpora(c: &mut Criterion) {
    for (name, text) in corpora() {
        let mut group = group(c, &format!("count/{name}"), text.len());
        for (encoding, reference) in encodings() {
            assert_eq!(
                encoding.count(&text),
                reference.count_ordinary(&text),
                "{name} {encoding}"
            );
            group.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
                b.iter(|| encoding.count(black_box(&text)))
            });
            group.bench_function(BenchmarkId::new("tiktoken-rs", encoding), |b| {
                b.iter(|| reference.count_ordinary(black_box(&text)))
            });
        }
    }
}

/// Other vendors' encodings, beside the crate `tokenizers` with the same vocabulary and patterns
/// (feature `tokenizers`). Claude's and Gemma's have no such form.
fn other_vendors(c: &mut Criterion) {
    let encodings = Encoding::ALL.iter().filter(|encoding| !encoding.has_ids());
    let encodings: Vec<Encoding> = encodings.copied().collect();
    for (name, text) in corpora() {
        let mut group = group(c, &format!("count/{name}"), text.len());
        for &encoding in &encodings {
            // Chunk by chunk, the count is that of the whole.
            let count = encoding.count(&text);
            assert_eq!(encoding.count_up_to(&text, usize::MAX), Some(count));
            #[cfg(feature = "tokenizers")]
            if let Some(peer) = peer::of(encoding) {
                use tokenfit::Tokenizer;

                assert_eq!(peer.count(&text), count, "{name} {encoding}");
                group.bench_function(BenchmarkId::new("tokenizers", encoding), |b| {
                    b.iter(|| peer.count(black_box(&text)))
                });
            }
            group.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
                b.iter(|| encoding.count(black_box(&text)))
            });
        }
    }
}

/// Measures input on which tiktoken-rs panics, so that there is no peer. Its parts determine the
/// answer: all spaces except the last are one piece, the last joins the letter.
fn worst_case(c: &mut Criterion) {
    let text = format!("{}x", " ".repeat(1_000_000));
    let mut group = group(c, "count/spaces_1mb_and_letter", text.len());
    for (encoding, _) in encodings() {
        assert_eq!(
            encoding.count(&text),
            encoding.count(&text[..text.len() - 2]) + 1
        );
        group.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
            b.iter(|| encoding.count(black_box(&text)))
        });
    }
}

fn tiny(c: &mut Criterion) {
    let text = "Hello, world!";
    assert_eq!(text.len(), 13);
    let mut group = group(c, "count/hello_13b", text.len());
    for (encoding, reference) in encodings() {
        assert_eq!(encoding.count(text), reference.count_ordinary(text));
        group.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
            b.iter(|| encoding.count(black_box(text)))
        });
        group.bench_function(BenchmarkId::new("tiktoken-rs", encoding), |b| {
            b.iter(|| reference.count_ordinary(black_box(text)))
        });
    }
}

/// Measures counting up to a limit: the time depends on the limit, while the throughput shown is of
/// the whole text.
fn with_a_limit(c: &mut Criterion) {
    const LIMIT: usize = 1_000;
    let encoding = Encoding::O200K_BASE;
    for (name, text) in corpora() {
        // Not rejected by length: the part has at most 128 bytes per token.
        let part = encoding.keep_first(&text, 20 * LIMIT);
        assert_eq!(encoding.count_up_to(part, LIMIT), None);
        assert_eq!(
            encoding.count_up_to(part, 20 * LIMIT),
            Some(encoding.count(part))
        );
        let mut up_to = group(c, &format!("count_up_to_{LIMIT}/{name}"), part.len());
        up_to.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
            b.iter(|| encoding.count_up_to(black_box(part), LIMIT))
        });
        up_to.finish();

        let kept = encoding.count(encoding.keep_first(&text, LIMIT));
        assert!(kept <= LIMIT && kept + 8 >= LIMIT);
        let mut keep = group(c, &format!("keep_first_{LIMIT}/{name}"), text.len());
        keep.bench_function(BenchmarkId::new("tokenfit", encoding), |b| {
            b.iter(|| encoding.keep_first(black_box(&text), LIMIT).len())
        });
        keep.finish();
    }
}

criterion_group!(
    benches,
    tiny,
    worst_case,
    with_a_limit,
    whole_corpora,
    other_vendors
);
criterion_main!(benches);
