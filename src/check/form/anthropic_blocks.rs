//! Blocks of Anthropic's Messages API: calls and results, system text, images and documents.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.2, and
//! docs/evidence/validation_other_providers.md, section A.5.

use std::borrow::Cow;

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{anthropic as faults, fields, media as faults_of_media};
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, Server};
use super::anthropic_tools::is_word;
use super::fields::Found;
use super::media::is_pdf;
use crate::json::{Kind, Value};
use crate::media::{ImageSize, Media, MediaKind};
use crate::model::{ImageLimits, Quirk};
use crate::provider::anthropic::blocks::{IN_RESULT, is_plain};
use crate::provider::anthropic::fields::ID_PATTERN;
use crate::request::{CallKind, Part, PartKind, ToolCall, ToolResult};
use crate::shown::{is_api_word, shown_word};
use crate::words::listed;

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
/// Maximum side of an image in pixels: alone, and with more than 20 images.
const LONGEST_SIDE: u64 = 8_000;
const LONGEST_SIDE_OF_MANY: u64 = 2_000;
const FEW_IMAGES: usize = 20;
/// Maximum number of base64 bytes of an image: before 2026 and on the clouds, and now.
const IMAGE_BYTES: usize = 5 << 20;
const IMAGE_BYTES_NOW: usize = 10 << 20;
/// Maximum number of characters of one base64 field.
const DATA_LENGTH: usize = 20_000_000;

/// Images and documents of a request.
#[derive(Default)]
struct Files {
    images: usize,
    documents: usize,
    pages: u64,
    /// The last PDF document.
    pdf: Option<(usize, String)>,
    /// First image over the limit for many images, with its size.
    large: Option<(usize, String, u64, u64)>,
}

impl<'c> Context<'c> {
    pub(super) fn anthropic_blocks(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        self.system_texts(out, found);
        let mut files = Files::default();
        // Most requests have no files.
        let has_files = self.request.layout().parts.iter().any(|part| {
            !matches!(
                part.kind,
                PartKind::Text | PartKind::ToolCall | PartKind::ToolResult | PartKind::Reasoning
            )
        });
        for message in self.request.messages() {
            if has_files {
                for part in message.parts() {
                    match part.kind() {
                        PartKind::Text
                        | PartKind::ToolCall
                        | PartKind::ToolResult
                        | PartKind::Reasoning => {}
                        PartKind::Other => self.other_block(out, &part),
                        _ => self.file(out, &part, &mut files),
                    }
                }
            }
            for call in message.tool_calls() {
                self.tool_use(out, &call);
            }
            for result in message.tool_results() {
                self.tool_result(out, &result, &mut files);
            }
        }
        self.all_files(out, &files);
        self.cache_marks(out, found);
    }

    fn system_texts(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let path = Path::ROOT.field("system");
        for (nth, block) in found
            .list("system")
            .into_iter()
            .flat_map(Value::items)
            .enumerate()
        {
            let there = path.item(nth);
            if let Some(kind) = block.get_some("type")
                && let Some(word) = kind.as_str().filter(|word| word != "text")
            {
                let there = there.field("type");
                let site = self.site(kind, &there).text("value", shown_word(&word));
                out.report(&faults::SYSTEM_NOT_TEXT, site);
                continue;
            }
            let Some(text) = block.get_some("text") else {
                continue;
            };
            if text.kind() == Kind::String && text.is_empty() {
                out.report(&faults::EMPTY_SYSTEM_TEXT, self.site(block, &there));
            } else if is_blank(text) {
                out.report(&faults::BLANK_SYSTEM_TEXT, self.site(block, &there));
            }
        }
        // An empty string is accepted; a blank one becomes a block.
        if let Some(text) = found.get("system")
            && !text.is_empty()
            && is_blank(text)
        {
            out.report(&faults::BLANK_SYSTEM_TEXT, self.site(text, &path));
        }
    }

    /// Checks a block of a type without rules. A word that no API has may be a newer type.
    fn other_block(&self, out: &mut Sink<'_>, part: &Part<'_>) {
        let Some((kind, word)) = type_of(part) else {
            return;
        };
        if is_plain(&word) {
            return;
        }
        let settings = self.strictness.settings;
        let verdict = match is_api_word(&word) {
            true => settings,
            false => settings.and(RISKY),
        };
        let pointer = part.pointer();
        let site = Site::at(kind, format!("{pointer}/type"))
            .text("dotted", dotted(&pointer))
            .text("value", shown_word(&word))
            .text("choices", "text, image, document, tool_use or tool_result");
        out.report(&faults::UNKNOWN_TAG, site.verdict(verdict));
    }

    fn tool_use(&self, out: &mut Sink<'_>, call: &ToolCall<'_>) {
        if call.kind() == CallKind::Hosted {
            return;
        }
        if let Some(id) = call.id()
            && !id.is_empty()
            && !is_word(&id, usize::MAX, b"_-")
            && let Some((value, pointer)) = call.id_place()
        {
            let spelled = format!("{}.tool_use.id", dotted(&call.pointer()));
            let site = Site::at(value, pointer)
                .text("dotted", spelled)
                .name("id", id);
            out.report(&faults::CALL_ID, site.text("pattern", ID_PATTERN));
        }
        if call
            .arguments_node()
            .is_some_and(|input| input.kind() == Kind::Object)
        {
            return;
        }
        let pointer = call.pointer();
        match call.value().get("input") {
            Some(input) => {
                let spelled = format!("{}.tool_use.input", dotted(&pointer));
                let site = Site::at(input, format!("{pointer}/input"))
                    .text("dotted", spelled)
                    .text("got", input.kind_name());
                out.report(&faults::TOOL_INPUT, site);
            }
            None => out.report(&faults::NO_TOOL_INPUT, Site::at(call.value(), pointer)),
        }
    }

    fn tool_result(&self, out: &mut Sink<'_>, result: &ToolResult<'_>, files: &mut Files) {
        if result.is_hosted() {
            return;
        }
        if let Some(id) = result.call_id()
            && !id.is_empty()
            && !is_word(&id, usize::MAX, b"_-")
            && let Some(value) = result.value().get_some("tool_use_id")
        {
            let pointer = result.pointer();
            let spelled = format!("{}.tool_result.tool_use_id", dotted(&pointer));
            let site = Site::at(value, format!("{pointer}/tool_use_id"));
            let site = site.text("dotted", spelled).name("id", id);
            out.report(&faults::CALL_ID, site.text("pattern", ID_PATTERN));
        }
        let is_error = result.is_error();
        let mut reported = false;
        for part in result.parts() {
            match part.kind() {
                PartKind::Text => {
                    if part.is_in_list() && part.text_value().is_some_and(|text| text.is_empty()) {
                        let verdict = self.strictness.settings.and(RISKY);
                        let site = Site::at(part.value(), part.pointer()).verdict(verdict);
                        out.report(&faults::EMPTY_RESULT_TEXT, site);
                    }
                    continue;
                }
                PartKind::Image => {}
                _ => self.result_block(out, &part),
            }
            if is_error && !reported {
                reported = true;
                let spelled = format!("{}.tool_result", dotted(&result.pointer()));
                let site = Site::at(part.value(), part.pointer()).text("dotted", spelled);
                out.report(&faults::ERROR_WITH_MEDIA, site);
            }
            self.file(out, &part, files);
        }
    }

    /// Checks a block of a result that is neither text nor image.
    fn result_block(&self, out: &mut Sink<'_>, part: &Part<'_>) {
        let Some((kind, word)) = type_of(part) else {
            return;
        };
        if IN_RESULT.contains(&&*word) {
            return;
        }
        let pointer = part.pointer();
        let site = Site::at(kind, format!("{pointer}/type"))
            .text("dotted", dotted(&pointer))
            .text("value", shown_word(&word))
            .text("choices", listed(IN_RESULT, "or"));
        out.report(&faults::UNKNOWN_TAG, site);
    }

    fn file(&self, out: &mut Sink<'_>, part: &Part<'_>, files: &mut Files) {
        let block = part.value();
        let image = part.kind() == PartKind::Image;
        if !image
            && !block
                .get_some("type")
                .is_some_and(|kind| kind.is_str("document"))
        {
            return;
        }
        match image {
            true => files.images += 1,
            false => files.documents += 1,
        }
        let pointer = part.pointer();
        let Some(source) = block.get_some("source") else {
            let site = Site::at(block, pointer)
                .text("param", "source")
                .unanswered();
            out.report(&fields::MISSING, site);
            return;
        };
        let [kind, media_type, data] = source.get_all(["type", "media_type", "data"]);
        let Some((kind, word)) = kind.and_then(|kind| Some((kind, kind.as_str()?))) else {
            return;
        };
        let spelled = || {
            let block = if image { "image" } else { "document" };
            format!("{}.{block}.source", dotted(&pointer))
        };
        match &*word {
            "base64" => {}
            "url" => {
                if matches!(self.server, Server::Bedrock | Server::Google) {
                    let site = Site::at(kind, format!("{pointer}/source/type"))
                        .text("value", word)
                        .text("choices", "base64");
                    out.report(&faults::UNKNOWN_TAG, site.verdict(RISKY));
                }
                return;
            }
            "file" => return,
            "text" | "content" if !image => return,
            _ => {
                let mut site = Site::at(kind, format!("{pointer}/source/type"))
                    .text("dotted", spelled())
                    .text("value", shown_word(&word));
                site = match image {
                    true => site
                        .text("choices", "base64, file or url")
                        .text("tags", "'base64', 'file', 'url'"),
                    false => site.text("choices", "base64, file, url, text or content"),
                };
                out.report(&faults::UNKNOWN_TAG, site);
                return;
            }
        }
        let Some(data) = data.filter(|data| data.kind() == Kind::String) else {
            return;
        };
        let site = || Site::at(data, format!("{pointer}/source/data"));
        let length = data.span().len() - 2;
        if length > DATA_LENGTH {
            let site = site().count("got", length).count("most", DATA_LENGTH);
            let verdict = self.strictness.settings.and(RISKY);
            out.report(&faults::LONG_DATA, site.verdict(verdict));
        }
        let text = data.as_str().unwrap_or_default();
        let media = Media::of_base64(&text);
        let named = media_type.and_then(|named| Some((named, named.as_str()?)));
        if !image {
            let dotted = |field: &str| format!("{}.base64.{field}", spelled());
            if let Some((value, _)) = named.filter(|(_, word)| *word != "application/pdf") {
                let site = Site::at(value, format!("{pointer}/source/media_type"));
                let site = site.text("dotted", dotted("media_type"));
                out.report(&faults_of_media::DOCUMENT_TYPE, site);
            } else if !is_pdf(&media) {
                let site = site().text("dotted", dotted("data"));
                out.report(&faults_of_media::DOCUMENT_NOT_PDF, site);
            }
            if let Some(pages) = media.pdf_pages().exact() {
                files.pages = files.pages.saturating_add(pages);
                files.pdf = Some((block.span().start, pointer));
            }
            return;
        }
        if text.is_empty() {
            out.report(&faults::IMAGE_EMPTY, site());
            return;
        }
        let found = media.kind().map(MediaKind::media_type);
        match (&named, found.filter(|found| IMAGE_TYPES.contains(found))) {
            (Some((value, word)), _) if !IMAGE_TYPES.contains(&&**word) => {
                let site = Site::at(*value, format!("{pointer}/source/media_type"));
                let spelled = format!("{}.base64.media_type", spelled());
                out.report(&faults::IMAGE_MEDIA_TYPE, site.text("dotted", spelled));
            }
            (Some((value, word)), Some(found)) if *word != found => {
                let unchecked = self
                    .budget
                    .model()
                    .is_some_and(|model| model.abilities().has(Quirk::ImageTypesNotChecked));
                let settings = self.strictness.settings;
                let verdict = if unchecked {
                    settings.and(RISKY)
                } else {
                    settings
                };
                let named = IMAGE_TYPES.into_iter().find(|known| known == word);
                let site = Site::at(*value, format!("{pointer}/source/media_type"))
                    .text("dotted", format!("{}.base64", spelled()))
                    .text("named", named.unwrap_or_default())
                    .text("found", found);
                out.report(&faults::IMAGE_MISMATCH, site.verdict(verdict));
            }
            _ => {}
        }
        if length > IMAGE_BYTES {
            let hosted = matches!(self.server, Server::Bedrock | Server::Google);
            let site = site().count("got", length);
            if length > IMAGE_BYTES_NOW {
                let spelled = format!("{}.base64", spelled());
                let site = site.text("dotted", spelled).count("most", IMAGE_BYTES_NOW);
                out.report(&faults::IMAGE_OVER_10_MB, site);
            } else {
                let settings = self.strictness.settings;
                let verdict = if hosted {
                    settings
                } else {
                    settings.and(RISKY)
                };
                let site = site.count("most", IMAGE_BYTES).verdict(verdict);
                out.report(&faults::IMAGE_BYTES, site);
            }
        }
        let Some(ImageSize { width, height }) = media.image_size() else {
            return;
        };
        let limits = self.image_limits();
        let most = limits.longest_side.map_or(LONGEST_SIDE, u64::from);
        let most_of_many = limits
            .longest_side_over_20_images
            .map_or(LONGEST_SIDE_OF_MANY, u64::from);
        let longest = width.max(height);
        if longest > most {
            let site = Site::at(block, pointer)
                .number("width", width)
                .number("height", height)
                .number("most", most);
            out.report(&faults::IMAGE_SIDE, site);
        } else if longest > most_of_many && files.large.is_none() {
            files.large = Some((block.span().start, pointer, width, height));
        }
    }

    fn image_limits(&self) -> ImageLimits {
        self.budget
            .model()
            .and_then(|model| model.request_limits().images)
            .unwrap_or(ImageLimits::NONE)
    }

    /// Checks limits of all images and documents together.
    fn all_files(&self, out: &mut Sink<'_>, files: &Files) {
        if files.images + files.documents == 0 {
            return;
        }
        let limits = self.image_limits();
        let mut many = files.images;
        if self.server == Server::Bedrock {
            many += files.documents;
        }
        if let Some((offset, pointer, width, height)) = &files.large
            && many > FEW_IMAGES
        {
            let most = limits
                .longest_side_over_20_images
                .map_or(LONGEST_SIDE_OF_MANY, u64::from);
            let site = Site::at_offset(*offset, pointer.clone())
                .number("width", *width)
                .number("height", *height)
                .number("most", most);
            out.report(&faults::IMAGE_SIDE_OF_MANY, site);
        }
        let list = || Site::at(self.request.list_value(), self.request.list_pointer());
        let count = files.images + files.documents;
        let most = limits.most.map_or(100, |most| most as usize);
        if count > most {
            let verdict = match self.server {
                Server::Anthropic if limits.most.is_some() => self.strictness.settings,
                _ => RISKY,
            };
            let site = list()
                .count("count", count)
                .count("images", files.images)
                .count("documents", files.documents)
                .count("most", most);
            out.report(&faults::MANY_IMAGES, site.verdict(verdict));
        }
        let pages = self
            .budget
            .model()
            .and_then(|model| model.request_limits().pdf_pages);
        if let (Some(most), Some((offset, pointer))) = (pages.map(u64::from), &files.pdf)
            && files.pages > most
        {
            let site = Site::at_offset(*offset, pointer.clone());
            let site = site.number("pages", files.pages).number("most", most);
            out.report(&faults::PDF_PAGES, site);
        }
    }

    /// Returns the verdict of the server on instructions that follow other messages.
    pub(in crate::check) fn late_instructions(&self) -> super::super::server::Verdict {
        let rule = self.rules.late_system;
        if rule != RISKY
            || !matches!(
                self.server,
                Server::Anthropic | Server::Bedrock | Server::Google
            )
        {
            return rule;
        }
        match self
            .budget
            .model()
            .map(|model| model.abilities().mid_conversation_system)
        {
            Some(Some(true)) => None,
            Some(Some(false)) => REFUSED,
            _ => RISKY,
        }
    }

    /// Checks an assistant message at the end of the history for Anthropic's models. Returns
    /// whether the model is one of them.
    pub(in crate::check) fn prefill(&self, out: &mut Sink<'_>) -> bool {
        let Some(continues) = self
            .budget
            .model()
            .filter(|model| model.provider() == "anthropic")
            .and_then(|model| model.abilities().prefill)
        else {
            return false;
        };
        let Some(message) = self.request.messages().next_back() else {
            return true;
        };
        let Some(part) = message.parts().last() else {
            return true;
        };
        let Some(text) = part.text_value().filter(|_| part.kind() == PartKind::Text) else {
            return true;
        };
        if !continues {
            let (offset, pointer) = match message.value().get("role") {
                Some(role) => (role.span().start, format!("{}/role", message.pointer())),
                None => (message.value().span().start, message.pointer()),
            };
            out.report(&faults::PREFILL, Site::at_offset(offset, pointer));
        } else if text
            .as_str()
            .is_some_and(|text| text.ends_with(char::is_whitespace))
        {
            let site = Site::at(text, part.text_pointer());
            out.report(&faults::PREFILL_WHITESPACE, site);
        }
        true
    }
}

/// Returns the type of a block, as a value and as a word.
fn type_of<'c>(part: &Part<'c>) -> Option<(Value<'c>, Cow<'c, str>)> {
    let kind = part.value().get_some("type")?;
    Some((kind, kind.as_str()?))
}

/// Converts a pointer to Anthropic's spelling.
pub(super) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// Whether a string contains only white space.
pub(super) fn is_blank(text: Value<'_>) -> bool {
    // Most strings begin with a letter, so their escapes need not be resolved.
    let first = text.raw().as_bytes().get(1);
    let says = first.is_some_and(|b| b.is_ascii_graphic() && !b"\\\"".contains(b));
    !says && text.as_str().is_some_and(|text| text.trim().is_empty())
}
