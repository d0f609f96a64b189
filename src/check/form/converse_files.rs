//! Documents and images of Bedrock's Converse.
//!
//! Source: docs/evidence/validation_other_providers.md, section C.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{converse as faults, media as faults_of_media};
use super::super::server::{RISKY, Verdict};
use crate::json::{Kind, Value};
use crate::media::{Media, MediaKind};
use crate::request::Part;

const LONGEST_DOCUMENT_NAME: usize = 200;
/// Maximum number of bytes of an image and of a document: 3.75 MB and 4.5 MB.
const IMAGE_BYTES: u64 = 15 << 18;
const DOCUMENT_BYTES: u64 = 9 << 19;
const LONGEST_SIDE: u64 = 8_000;
const IMAGE_FORMATS: &[&str] = &["png", "jpeg", "gif", "webp"];
const DOCUMENT_FORMATS: &[&str] = &[
    "pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md",
];

impl<'c> Context<'c> {
    pub(super) fn document(
        &self,
        out: &mut Sink<'_>,
        part: &Part<'_>,
        names: &mut HashSet<Cow<'c, str>>,
    ) {
        let Some(document) = part.value().get_some("document") else {
            return;
        };
        let [format, name, source] = document.get_all(["format", "name", "source"]);
        let pointer = format!("{}/document", part.pointer());
        let word = format.and_then(|format| format.as_str());
        if let Some(format) = format {
            self.converse_word(out, DOCUMENT_FORMATS, format, format!("{pointer}/format"));
        }
        if let Some((name, text)) = name.and_then(|name| Some((name, name.as_str()?))) {
            let there = format!("{pointer}/name");
            if let Some(verdict) = self.document_name(&text) {
                let site = Site::at(name, there.clone()).verdict(Some(verdict));
                out.report(&faults::DOCUMENT_NAME, site);
            }
            if !names.insert(Cow::Owned(text.into_owned())) {
                out.report(&faults::DOCUMENT_NAME_TWICE, Site::at(name, there));
            }
        }
        // PDF files have another limit on models of Anthropic and Amazon.
        let vendor = self.budget.model().map(|model| model.provider());
        let free = word.is_some_and(|word| word == "pdf")
            && matches!(vendor, Some("anthropic" | "amazon"));
        if !free {
            self.large_file(out, source, &pointer, DOCUMENT_BYTES);
        }
        let pages = self
            .budget
            .model()
            .and_then(|model| model.request_limits().pdf_pages);
        let bytes = source.and_then(|source| source.get_some("bytes")?.as_str());
        if let (Some(most), Some(bytes)) = (pages.map(u64::from), bytes)
            && let Some(pages) = Media::of_base64(&bytes).pdf_pages().exact()
            && pages > most
        {
            let site = Site::at(document, pointer).number("got", pages);
            let site = site.number("most", most).verdict(RISKY);
            out.report(&faults_of_media::MANY_PDF_PAGES, site);
        }
    }

    /// Returns the severity of a document's name. Letters outside of ASCII were not observed.
    fn document_name(&self, name: &str) -> Verdict {
        let settings = self.strictness.settings;
        let length = name.chars().count();
        let wrong = |c: char| !(c.is_alphanumeric() || c.is_whitespace() || "-_()[]".contains(c));
        let spaced = name
            .chars()
            .zip(name.chars().skip(1))
            .any(|(a, b)| a.is_whitespace() && b.is_whitespace());
        if length == 0 || length > LONGEST_DOCUMENT_NAME || spaced || name.contains(wrong) {
            settings
        } else {
            settings.and(RISKY).filter(|_| !name.is_ascii())
        }
    }

    pub(super) fn converse_image(&self, out: &mut Sink<'_>, part: &Part<'_>) {
        let Some(image) = part.value().get_some("image") else {
            return;
        };
        let [format, source] = image.get_all(["format", "source"]);
        let pointer = format!("{}/image", part.pointer());
        if let Some(format) = format {
            self.converse_word(out, IMAGE_FORMATS, format, format!("{pointer}/format"));
        }
        self.large_file(out, source, &pointer, IMAGE_BYTES);
        let bytes = source.and_then(|source| source.get_some("bytes")?.as_str());
        let Some(media) = bytes.as_deref().map(Media::of_base64) else {
            return;
        };
        let word = format.and_then(|format| format.as_str());
        let named = word.and_then(|word| IMAGE_FORMATS.iter().find(|known| **known == word));
        let found = media.kind().map(MediaKind::media_type);
        if let (Some(named), Some(found), Some(format)) = (named, found, format)
            && found.strip_prefix("image/") != Some(named)
        {
            let settings = self.strictness.settings;
            let verdict = if self.is_claude() {
                settings
            } else {
                settings.and(RISKY)
            };
            let site = Site::at(format, format!("{pointer}/format"))
                .text("named", *named)
                .text("found", found);
            out.report(&faults::CONVERSE_IMAGE_MISMATCH, site.verdict(verdict));
        }
        let size = media.image_size();
        if let Some(size) = size.filter(|size| size.longest_side() > LONGEST_SIDE) {
            let site = Site::at(image, pointer)
                .number("width", size.width)
                .number("height", size.height);
            out.report(
                &faults::CONVERSE_IMAGE_SIDE,
                site.number("most", LONGEST_SIDE),
            );
        }
    }

    fn large_file(&self, out: &mut Sink<'_>, source: Option<Value<'_>>, pointer: &str, most: u64) {
        let bytes = source.and_then(|source| source.get_some("bytes"));
        let Some(data) = bytes.filter(|bytes| bytes.kind() == Kind::String) else {
            return;
        };
        let got = (data.span().len() as u64 - 2) / 4 * 3;
        if got > most {
            let site = Site::at(data, format!("{pointer}/source/bytes"));
            let site = site.number("got", got).number("most", most);
            out.report(&faults::CONVERSE_LARGE_FILE, site);
        }
    }
}
