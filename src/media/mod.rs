//! Heads of images, documents and audio that a request contains in base64: kind, bytes, size in
//! pixels, pages, duration.
//!
//! Counting uses them for prices (`count/`), checking for a server's limits (`check/`). Only what
//! an answer needs is decoded: [`Base64`] reads any offset directly. No input panics, and no answer
//! takes more than one pass over the file. `image.rs`, `pdf.rs` and `sound.rs` parse the formats.

mod base64;
mod image;
mod pdf;
mod sound;

use std::borrow::Cow;

pub(crate) use base64::Base64;
pub(crate) use image::ImageSize;
pub(crate) use pdf::Pages;
pub(crate) use sound::SoundLength;

/// A base64 file in a request.
#[derive(Debug, Clone)]
pub(crate) struct Media<'d> {
    text: Cow<'d, str>,
}

/// The parts of a `data:` URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataUrl<'d> {
    /// Media type without its parameters, as written. Empty if there is none.
    pub(crate) media_type: &'d str,
    pub(crate) is_base64: bool,
    pub(crate) data: &'d str,
}

impl<'d> DataUrl<'d> {
    /// `None` for other URLs and for plain base64. Constant, except for the search for the comma in
    /// the first bytes.
    pub(crate) fn parse(url: &'d str) -> Option<DataUrl<'d>> {
        /// Maximum length of a media type with its parameters.
        const LONGEST_HEAD: usize = 512;
        let scheme = url.get(..5)?;
        if !scheme.eq_ignore_ascii_case("data:") {
            return None;
        }
        let rest = &url[5..];
        let near = &rest.as_bytes()[..rest.len().min(LONGEST_HEAD)];
        let comma = memchr::memchr(b',', near)?;
        let (head, data) = (&rest[..comma], &rest[comma + 1..]);
        let mut words = head.split(';').map(str::trim);
        Some(DataUrl {
            media_type: words.next().unwrap_or_default(),
            is_base64: words.any(|word| word.eq_ignore_ascii_case("base64")),
            data,
        })
    }

    /// Returns the file, if it is written in base64.
    pub(crate) fn media(&self) -> Option<Media<'d>> {
        self.is_base64.then(|| Media::of_base64(self.data))
    }
}

/// Kind of a file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MediaKind {
    Png,
    Jpeg,
    Gif,
    WebP,
    Bmp,
    Tiff,
    Heic,
    Avif,
    Pdf,
    Wav,
    Mp3,
    Flac,
    Ogg,
    Mp4,
    WebM,
    /// A ZIP archive, possibly an office document.
    Zip,
}

impl MediaKind {
    /// Returns the usual media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            MediaKind::Png => "image/png",
            MediaKind::Jpeg => "image/jpeg",
            MediaKind::Gif => "image/gif",
            MediaKind::WebP => "image/webp",
            MediaKind::Bmp => "image/bmp",
            MediaKind::Tiff => "image/tiff",
            MediaKind::Heic => "image/heic",
            MediaKind::Avif => "image/avif",
            MediaKind::Pdf => "application/pdf",
            MediaKind::Wav => "audio/wav",
            MediaKind::Mp3 => "audio/mpeg",
            MediaKind::Flac => "audio/flac",
            MediaKind::Ogg => "audio/ogg",
            MediaKind::Mp4 => "video/mp4",
            MediaKind::WebM => "video/webm",
            MediaKind::Zip => "application/zip",
        }
    }

    fn of_head(head: &[u8]) -> Option<MediaKind> {
        let brand = head.get(8..12).unwrap_or_default();
        Some(match head {
            [0x89, b'P', b'N', b'G', ..] => MediaKind::Png,
            [0xff, 0xd8, 0xff, ..] => MediaKind::Jpeg,
            [b'G', b'I', b'F', b'8', ..] => MediaKind::Gif,
            [b'R', b'I', b'F', b'F', ..] if brand == b"WEBP" => MediaKind::WebP,
            [b'R', b'I', b'F', b'F', ..] if brand == b"WAVE" => MediaKind::Wav,
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => MediaKind::Bmp,
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => MediaKind::Tiff,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => match brand {
                b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1" => MediaKind::Heic,
                b"avif" | b"avis" => MediaKind::Avif,
                _ => MediaKind::Mp4,
            },
            [b'%', b'P', b'D', b'F', ..] => MediaKind::Pdf,
            [b'I', b'D', b'3', ..] => MediaKind::Mp3,
            [b'f', b'L', b'a', b'C', ..] => MediaKind::Flac,
            [b'O', b'g', b'g', b'S', ..] => MediaKind::Ogg,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => MediaKind::WebM,
            [b'P', b'K', 3, 4, ..] => MediaKind::Zip,
            // Other layers look like UTF-16 text.
            _ if sound::Frame::read(head).is_some_and(|frame| frame.is_layer_3) => MediaKind::Mp3,
            _ => return None,
        })
    }
}

impl<'d> Media<'d> {
    /// A base64 file in either alphabet, with or without padding. Line breaks cost a copy.
    pub(crate) fn of_base64(text: &'d str) -> Media<'d> {
        Media {
            text: base64::without_breaks(text),
        }
    }

    /// Returns the file in a `data:` URL. `None` for other URLs.
    pub(crate) fn of_url(url: &'d str) -> Option<Media<'d>> {
        DataUrl::parse(url)?.media()
    }

    /// Returns the file in a `data:` URL, or in plain base64.
    pub(crate) fn of(text: &'d str) -> Media<'d> {
        Media::of_url(text).unwrap_or_else(|| Media::of_base64(text))
    }

    fn reader(&self) -> Base64<'_> {
        Base64::new(&self.text)
    }

    /// Returns the length of the file in bytes, from the length of its base64.
    pub(crate) fn len_bytes(&self) -> u64 {
        self.reader().len_bytes()
    }

    /// Returns the kind by the first bytes. `None` for other files, and for text that is not
    /// base64.
    pub(crate) fn kind(&self) -> Option<MediaKind> {
        let mut head = [0; 12];
        let there = self.reader().read_up_to(0, &mut head)?;
        MediaKind::of_head(&head[..there])
    }

    /// Whether the beginning and the end of the text are base64.
    pub(crate) fn looks_like_base64(&self) -> bool {
        self.reader().looks_right()
    }

    /// Whether the first 1,024 bytes contain `wanted`: a PDF may begin with other bytes.
    pub(crate) fn head_holds(&self, wanted: &[u8]) -> bool {
        let mut head = [0; 1_024];
        self.reader()
            .read_up_to(0, &mut head)
            .is_some_and(|there| memchr::memmem::find(&head[..there], wanted).is_some())
    }

    /// Returns width and height of an image. `None` for other files, and for an image with a broken
    /// head.
    pub(crate) fn image_size(&self) -> Option<ImageSize> {
        image::size(&self.reader(), self.kind()?)
    }

    /// Returns the pages of a PDF. Decodes the file: linear.
    pub(crate) fn pdf_pages(&self) -> Pages {
        match self.kind() {
            Some(MediaKind::Pdf) => self
                .reader()
                .decode()
                .map_or(Pages::Unknown, |bytes| pdf::pages(&bytes)),
            _ => Pages::Unknown,
        }
    }

    /// Returns the file as text, if it is UTF-8. Decodes the file: linear.
    pub(crate) fn text(&self) -> Option<String> {
        String::from_utf8(self.reader().decode()?).ok()
    }

    /// Returns the duration of audio: exact for WAV, FLAC and complete MP3 files. `None` for other
    /// files.
    pub(crate) fn sound_length(&self) -> Option<SoundLength> {
        sound::length(&self.reader(), self.kind()?)
    }
}

#[cfg(test)]
mod tests;
