//! Contents of generateContent: the data of each part, and the start of the history.
//!
//! Source: docs/evidence/validation_other_providers.md, section B.

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{gemini as faults, media};
use super::super::path::Path;
use super::super::server::RISKY;
use super::gemini::spelled;
use crate::json::{Kind, Value};
use crate::media::Media;
use crate::model::Quirk;
use crate::provider::gemini::messages::{CONTENT, DATA, MIMES, PART, find};
use crate::request::PartKind;
use crate::shown::bare_name;

/// Documented maxima per request: videos, pages of PDF documents, and seconds of audio (nine and a
/// half hours).
const MOST_VIDEOS: usize = 10;
const MOST_PAGES: u64 = 1_000;
const MOST_SECONDS: u64 = 34_200;

impl<'c> Context<'c> {
    /// Checks every part. Linear. A single content in the place of the list is accepted.
    pub(super) fn gemini_contents(&self, out: &mut Sink<'_>, contents: Value<'c>) {
        let path = Path::ROOT.field("contents");
        if contents.kind() == Kind::String {
            let site = self.site(contents, &path);
            out.report(&faults::GEMINI_CONTENTS_ARE_TEXT, site);
        }
        if contents.kind() != Kind::Array {
            return;
        }
        for (nth, content) in contents.items().enumerate() {
            if content.kind() == Kind::Object {
                self.gemini_content(out, content, nth, &path.item(nth));
            }
        }
        if self.unread.is_none() {
            self.videos(out);
            self.pages_and_seconds(out);
        }
        if let Some(first) = contents.items().next() {
            self.begins_with_call(out, first, &path.item(0));
        }
    }

    fn gemini_content(&self, out: &mut Sink<'_>, content: Value<'c>, at: usize, path: &Path<'_>) {
        let mut parts = None;
        for (key, value) in content.entries() {
            if key.is_str("parts") {
                parts = Some(value);
            } else if !key.is_str("role") {
                let key = key.as_str().unwrap_or_default();
                if find(CONTENT, &key).is_none() {
                    self.unknown_name(out, value, &key, path);
                }
            }
        }
        let there = path.field("parts");
        match parts.filter(|parts| !parts.is_null()) {
            None => {
                let site = self.lacking(content, &there);
                out.report(&faults::GEMINI_NO_PARTS, site.count("at", at));
            }
            Some(parts) if parts.kind() == Kind::Array => {
                if parts.is_empty() {
                    let site = self.site(parts, &there);
                    out.report(&faults::GEMINI_NO_PARTS, site.count("at", at));
                }
                for (nth, part) in parts.items().enumerate() {
                    self.gemini_part(out, part, &there.item(nth));
                }
            }
            Some(_) => {}
        }
    }

    fn gemini_part(&self, out: &mut Sink<'_>, part: Value<'c>, path: &Path<'_>) {
        if part.kind() != Kind::Object {
            return;
        }
        let mut data: Option<&'static str> = None;
        let mut second = None;
        let mut fields = 0;
        let mut plain = true;
        for (key, value) in part.entries() {
            fields += 1;
            // Nearly all parts are text.
            let name = match key.is_str("text") {
                true => Some("text"),
                false => {
                    plain = false;
                    let key = key.as_str().unwrap_or_default();
                    find(PART, &key).map(|field| field.name)
                }
            };
            let Some(name) = name.filter(|name| DATA.contains(name) && !value.is_null()) else {
                continue;
            };
            match data {
                None => data = Some(name),
                Some(_) => second = second.or(Some(name)),
            }
        }
        if let (Some(first), Some(second)) = (data, second) {
            let site = self.google_site(part, path, false);
            out.report(
                &faults::GEMINI_PART_WITH_TWO,
                site.text("first", first).text("second", second),
            );
        }
        if data.is_none() && fields == 0 {
            let site = self.google_site(part, path, false);
            out.report(&faults::GEMINI_PART_WITHOUT_DATA, site);
        }
        if plain {
            return;
        }
        self.gemini_fields(out, part, path, PART);
        if data.is_none() && fields > 0 {
            // A signature or a thought alone is accepted; media details alone belong to no data.
            let is_metadata = part.entries().all(|(key, _)| {
                [
                    "videoMetadata",
                    "video_metadata",
                    "mediaResolution",
                    "media_resolution",
                ]
                .iter()
                .any(|name| key.is_str(name))
            });
            if is_metadata {
                let site = self.google_site(part, path, false);
                out.report(&faults::GEMINI_PART_WITHOUT_DATA, site);
            }
        }
        if let Some((name, inline)) = spelled(part, "inlineData", "inline_data") {
            self.inline_data(out, inline, &path.field(name));
        }
    }

    fn inline_data(&self, out: &mut Sink<'_>, inline: Value<'c>, path: &Path<'_>) {
        let Some((name, mime)) = spelled(inline, "mimeType", "mime_type") else {
            return;
        };
        let Some(word) = mime.as_str() else {
            return;
        };
        let essence = word.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        let known = MIMES.contains(&essence.as_str())
            || ["audio/", "video/", "text/"]
                .iter()
                .any(|kind| essence.starts_with(kind));
        if known && !(essence == "image/gif" && self.has_quirk(Quirk::GifMayBeRefused)) {
            return;
        }
        let there = path.field(name);
        let site = self.site(mime, &there).text("mime", bare_name(&essence));
        out.report(&faults::GEMINI_MIME, site.verdict(RISKY));
    }

    fn videos(&self, out: &mut Sink<'_>) {
        let parts = &self.request.layout().parts;
        let videos = parts.iter().filter(|part| part.kind == PartKind::Video);
        let count = videos.count();
        if count > MOST_VIDEOS {
            let site = Site::at(self.request.list_value(), self.request.list_pointer());
            let site = site.count("got", count).count("most", MOST_VIDEOS);
            out.report(&media::MANY_VIDEOS, site.verdict(RISKY));
        }
    }

    /// Checks the total of pages and seconds of all documents and audio.
    fn pages_and_seconds(&self, out: &mut Sink<'_>) {
        let is_long = |kind| matches!(kind, PartKind::File | PartKind::Audio);
        if !self
            .request
            .layout()
            .parts
            .iter()
            .any(|part| is_long(part.kind))
        {
            return;
        }
        let (mut pages, mut milliseconds) = (0_u64, 0_u64);
        for message in self.request.messages() {
            for part in message.parts().filter(|part| is_long(part.kind())) {
                let inline = spelled(part.value(), "inlineData", "inline_data");
                let Some(data) = inline.and_then(|(_, inline)| inline.get_some("data")?.as_str())
                else {
                    continue;
                };
                let file = Media::of_base64(&data);
                pages = pages.saturating_add(file.pdf_pages().exact().unwrap_or_default());
                let length = file.sound_length().filter(|length| length.is_exact());
                milliseconds =
                    milliseconds.saturating_add(length.map_or(0, |length| length.milliseconds));
            }
        }
        let site = || Site::at(self.request.list_value(), self.request.list_pointer());
        if pages > MOST_PAGES {
            let site = site().number("got", pages).number("most", MOST_PAGES);
            out.report(&media::MANY_PDF_PAGES, site.verdict(RISKY));
        }
        if milliseconds > MOST_SECONDS * 1_000 {
            let site = site().number("got", milliseconds / 1_000);
            let site = site.number("most", MOST_SECONDS);
            out.report(&media::LONG_AUDIO, site.verdict(RISKY));
        }
    }

    /// Turns of one role are joined, so a call can only lack a preceding user turn at the start.
    fn begins_with_call(&self, out: &mut Sink<'_>, first: Value<'c>, path: &Path<'_>) {
        let calls = first.get("role").is_some_and(|role| role.is_str("model"))
            && first
                .get("parts")
                .into_iter()
                .flat_map(Value::items)
                .any(|part| spelled(part, "functionCall", "function_call").is_some());
        // Content stored by the server may be the previous turn.
        if calls
            && self.has_quirk(Quirk::CallsFollowUserTurn)
            && self.request.layout().kept_context.is_none()
        {
            let site = self.site(first, path);
            out.report(&faults::GEMINI_CALL_FIRST, site.verdict(self.by_model()));
        }
    }
}
