//! Tests with files built here, compared with the crate `imagesize` for image heads.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([8, 2, 0, 0, 0]);
    file
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let sides = [width.to_le_bytes(), height.to_le_bytes()];
    [&b"GIF89a"[..], sides.as_flattened(), &[0; 3]].concat()
}

/// A JPEG with segments of these lengths before the frame.
fn jpeg(width: u16, height: u16, frame: u8, segments: &[u16]) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    for len in segments {
        file.extend([0xff, 0xe1]);
        file.extend((len + 2).to_be_bytes());
        // Bytes that look like a frame, inside of segments that must be skipped.
        file.extend([0xff, 0xc0].iter().cycle().take(usize::from(*len)));
    }
    file.extend([0xff, frame, 0, 17, 8]);
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    file
}

fn webp(chunk: &[u8; 4], width: u32, height: u32) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    file.extend(chunk);
    file.extend([0; 4]);
    match chunk {
        b"VP8 " => {
            file.extend([0, 0, 0, 0x9d, 0x01, 0x2a]);
            file.extend((width as u16).to_le_bytes());
            file.extend((height as u16).to_le_bytes());
        }
        b"VP8L" => {
            file.push(0x2f);
            file.extend(((width - 1) | (height - 1) << 14).to_le_bytes());
        }
        _ => {
            file.extend([0; 4]);
            file.extend(&(width - 1).to_le_bytes()[..3]);
            file.extend(&(height - 1).to_le_bytes()[..3]);
        }
    }
    file
}

fn wav(rate: u32, seconds: u32, declared: Option<u32>) -> Vec<u8> {
    let data = rate * seconds * 2;
    let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(declared.unwrap_or(data).to_le_bytes());
    file.resize(file.len() + data as usize, 0);
    file
}

/// Frames of layer III at 44,100 Hz by the indices of their bit rates: 417 bytes at 9 (128 kbit/s),
/// 26.12 ms each.
fn mp3(tag: bool, table: bool, rates: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    if tag {
        // 200 bytes: 1 · 128 + 72.
        file.extend(b"ID3\x04\0\0\0\0\x01\x48");
        file.resize(210, 0);
    }
    for (nth, rate) in rates.iter().enumerate() {
        let kilobits = [
            32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
        ];
        let len = 144_000 * kilobits[usize::from(*rate) - 1] / 44_100;
        let start = file.len();
        file.extend([0xff, 0xfb, rate << 4, 0]);
        file.resize(start + len, 0);
        if nth == 0 && table {
            file[start + 36..start + 40].copy_from_slice(b"Xing");
        }
    }
    file
}

fn pdf(pages: usize) -> String {
    let mut file = String::from("%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    file += &format!("2 0 obj\n<< /Type /Pages /Kids [] /Count {pages} >>\nendobj\n");
    file +=
        "4 0 obj\n<< /Length 31 >>\nstream\n<< /Type /Pages /Count 999 >> \nendstream\nendobj\n";
    file + "trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
}

fn pages_of(file: &str) -> Pages {
    Media::of_base64(&encoded(file.as_bytes())).pdf_pages()
}

#[test]
fn kinds_by_their_first_bytes() {
    for (head, kind) in [
        (png(1, 1), Some(MediaKind::Png)),
        (jpeg(1, 1, 0xc0, &[]), Some(MediaKind::Jpeg)),
        (gif(1, 1), Some(MediaKind::Gif)),
        (webp(b"VP8 ", 1, 1), Some(MediaKind::WebP)),
        (wav(8_000, 1, None), Some(MediaKind::Wav)),
        (mp3(true, false, &[9]), Some(MediaKind::Mp3)),
        (mp3(false, false, &[9]), Some(MediaKind::Mp3)),
        (pdf(1).into_bytes(), Some(MediaKind::Pdf)),
        (b"PK\x03\x04........".to_vec(), Some(MediaKind::Zip)),
        (b"\0\0\0\x18ftypheic".to_vec(), Some(MediaKind::Heic)),
        (b"\0\0\0\x18ftypM4A ".to_vec(), Some(MediaKind::Mp4)),
        (b"\xff\xfeH\0e\0l\0l\0o\0".to_vec(), None),
        (b"name,age\nann,4".to_vec(), None),
        (vec![], None),
    ] {
        assert_eq!(Media::of_base64(&encoded(&head)).kind(), kind, "{head:?}");
    }
}

#[test]
fn data_urls() {
    let parsed = |url| DataUrl::parse(url);
    assert_eq!(
        parsed("DATA:image/png;name=a;Base64,AAAA"),
        Some(DataUrl {
            media_type: "image/png",
            is_base64: true,
            data: "AAAA"
        })
    );
    assert_eq!(
        parsed("data:,hello"),
        Some(DataUrl {
            media_type: "",
            is_base64: false,
            data: "hello"
        })
    );
    for url in [
        "https://a.example/b,c",
        "AAAA",
        "data:image/png;base64",
        "dat",
        "däta:,",
    ] {
        assert_eq!(parsed(url), None, "{url}");
    }
}

#[test]
fn lengths_of_padded_and_bare_text() {
    for len in 0..9 {
        let text = encoded(&vec![7; len]);
        for text in [text.clone(), text.replace('=', ""), format!("{text}\n")] {
            assert_eq!(Media::of_base64(&text).len_bytes(), len as u64, "{text:?}");
        }
    }
}

#[test]
fn lengths_of_sounds() {
    let length = |file: &[u8]| Media::of_base64(&encoded(file)).sound_length();
    let exact = |milliseconds| {
        Some(SoundLength {
            milliseconds,
            lower: milliseconds,
            upper: milliseconds,
        })
    };
    assert_eq!(length(&wav(8_000, 3, None)), exact(3_000));
    // The header of a stream does not know its length.
    assert_eq!(length(&wav(8_000, 3, Some(u32::MAX))), exact(3_000));
    assert_eq!(length(&wav(8_000, 3, Some(16_000))), exact(1_000));
    // 40 frames of 1,152 samples.
    assert_eq!(length(&mp3(false, false, &[9; 40])), exact(1_044));
    assert_eq!(length(&mp3(true, false, &[9; 40])), exact(1_044));
    // The table contains no audio, and each frame has its own length.
    let mut rates = vec![9; 20];
    rates.extend([5; 21]);
    assert_eq!(length(&mp3(true, true, &rates)), exact(1_044));
    let mut flac = b"fLaC\0\0\0\x22".to_vec();
    flac.extend([0; 10]);
    flac.extend((44_100_u64 << 44 | 1 << 41 | 15 << 36 | 88_200).to_be_bytes());
    assert_eq!(length(&flac), exact(2_000));
    // Files that were not fully understood have bounds.
    let mut torn = mp3(false, false, &[9; 40]);
    torn.extend(vec![0; 16_000]);
    let length = length(&torn).unwrap();
    assert!(!length.is_exact());
    assert!(length.lower > 1_044 && length.milliseconds == 2_044 && length.upper == 17_044);
}

#[test]
fn pages_of_documents() {
    for pages in [0, 1, 101] {
        assert_eq!(pages_of(&pdf(pages)), Pages::Exact(pages as u64));
    }
    // A later definition of the tree is valid.
    let changed =
        pdf(7) + "2 0 obj\n<</Count 5/Type/Pages/Kids[]>>\nendobj\ntrailer\n<< /Root 1 0 R >>\n";
    assert_eq!(pages_of(&changed), Pages::Exact(5));
    // It may be among compressed objects.
    let packed = "9 0 obj\n<< /Type /ObjStm /N 3 /Length 4 >>\nstream\nabcd\nendstream\nendobj\n";
    assert_eq!(pages_of(&(pdf(7) + packed)), Pages::Unknown);
    assert_eq!(
        pages_of(&format!("%PDF-1.5\n{packed}/Root 1 0 R")),
        Pages::Unknown
    );
    // A bare list of objects.
    let bare =
        "%PDF-1.4\n2 0 obj<</Type /Pages /Count 12>>endobj 3 0 obj<</Type /Pages /Count 4>>endobj";
    assert_eq!(pages_of(bare), Pages::Exact(12));
    // A linearized file states it at the start, unless it was changed.
    let head = "%PDF-1.5\n1 0 obj\n<< /Linearized 1 /L 00090 /H [ 1 2 ] /O 3 /N 42 /T 9 >>\n";
    assert_eq!(pages_of(&format!("{head:90}")), Pages::Exact(42));
    assert_eq!(pages_of(&format!("{head:91}")), Pages::Unknown);
    assert_eq!(pages_of("hello"), Pages::Unknown);
}

/// Any order of many objects, streams and ends is read in linear time.
#[test]
fn a_hostile_document_is_read_in_one_pass() {
    let piece = "1 0 obj stream endstream ".repeat(40_000);
    let names = "1 0 obj /Type /Count /Pages ".repeat(40_000);
    for file in [
        format!("%PDF{piece}"),
        format!("%PDF{piece}endobj"),
        format!("%PDF{names}/Root 1 0 R"),
        format!("%PDF{}", "endobj ".repeat(100_000)),
        format!("%PDF{}", " obj".repeat(100_000)),
    ] {
        let start = std::time::Instant::now();
        pages_of(&file);
        assert!(start.elapsed().as_secs() < 5, "{}", &file[..40]);
    }
}

fn image() -> impl Strategy<Value = Vec<u8>> {
    let side = 1..16_384_u32;
    let segments = proptest::collection::vec(0..3_000_u16, 0..4);
    (0..7, side.clone(), side, segments, 0xc0..=0xc2_u8).prop_map(
        |(kind, width, height, segments, frame)| match kind {
            0 => png(width, height),
            1 => gif(width as u16, height as u16),
            2 => webp(b"VP8 ", width.min(16_383), height.min(16_383)),
            3 => webp(b"VP8L", width, height),
            4 => webp(b"VP8X", width, height),
            _ => jpeg(width as u16, height as u16, frame, &segments),
        },
    )
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let heads = vec![
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"\xff\xd8\xff\xe1".to_vec(),
        b"GIF89a".to_vec(),
        b"RIFF\0\0\0\0WEBPVP8X".to_vec(),
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec(),
        b"RIFF\0\0\0\0WAVEdata".to_vec(),
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec(),
        b"\xff\xfb\x90\0".to_vec(),
        b"fLaC\0\0\0\x22".to_vec(),
        b"%PDF-1.4 1 0 obj /Type /Pages /Count 9999999999999999999999".to_vec(),
        b"%PDF /Linearized 1 /L 60 /N /Root 1 0 obj stream /Length 99999999999".to_vec(),
    ];
    let tail = proptest::collection::vec(any::<u8>(), 0..400);
    (proptest::sample::select(heads), tail).prop_map(|(head, tail)| [head, tail].concat())
}

/// Calls every reader for a file.
fn ask(text: &str) {
    let media = Media::of(text);
    let length = media.sound_length();
    if let Some(length) = length {
        assert!(length.lower <= length.milliseconds && length.milliseconds <= length.upper);
    }
    let size = media.image_size();
    assert!(size.is_none_or(|size| size.width > 0 && size.height > 0));
    assert!(media.len_bytes() <= text.len() as u64);
    media.pdf_pages();
}

proptest! {
    #[test]
    fn sizes_are_those_that_another_reader_finds(file in image()) {
        let theirs = imagesize::blob_size(&file).unwrap();
        let ours = Media::of_base64(&encoded(&file)).image_size();
        let theirs = ImageSize { width: theirs.width as u64, height: theirs.height as u64 };
        prop_assert_eq!(ours, Some(theirs));
    }

    #[test]
    fn any_place_reads_as_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..50), at in 0..60_u64) {
        let text = encoded(&bytes);
        let reader = Base64::new(&text);
        prop_assert_eq!(reader.decode(), Some(bytes.clone()));
        let mut found = [0; 7];
        let there = reader.read_up_to(at, &mut found).unwrap();
        let expected = bytes.get(at as usize..).unwrap_or_default();
        prop_assert_eq!(&found[..there], &expected[..expected.len().min(7)]);
    }

    #[test]
    fn no_file_panics(file in any_file(), cut in 0..600_usize) {
        let text = encoded(&file);
        ask(&text);
        ask(&text[..cut.min(text.len())]);
        ask(&format!("data:x/y;base64,{text}"));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        ask(&text);
        ask(&format!("data:{text}"));
    }
}
