//! Images, files and audio in requests to OpenAI's endpoints: their data URLs, their bytes, and the
//! roles that may send them.
//!
//! Only the head and the end of the data are read.
//!
//! Source: docs/evidence/validation.md, section 4.

use super::super::context::Context;
use super::super::fault::{Fault, Sink};
use super::super::faults::{contents, fields, media as faults};
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, Verdict};
use super::misfit::{Misfit, misfit};
use crate::json::Value;
use crate::media::{DataUrl, Media, MediaKind};
use crate::model::{Modality, Quirk};
use crate::provider::field::FieldType;
use crate::provider::openai_chat::fields::{DETAILS, IMAGES};
use crate::request::{PartKind, Role};
use crate::shown::bare_name;

/// Audio formats that Chat Completions accepts.
const SOUNDS: &[&str] = &["wav", "mp3"];
/// Maximum number of characters of the data of an image or a file, on Responses.
const LONGEST_DATA: usize = 20_971_520;
/// Media types that are never documents.
const NO_DOCUMENTS: &[&str] = &["image/", "audio/", "video/", "application/octet-stream"];

/// The message of Chat Completions that a part belongs to.
#[derive(Clone, Copy)]
pub(super) struct Speaker {
    pub(super) role: Role,
    /// Position of the message, and of the part in it.
    pub(super) at: usize,
    pub(super) nth: usize,
}

impl<'c> Context<'c> {
    /// Checks a part of a chat message that is not text.
    pub(super) fn chat_media(
        &self,
        out: &mut Sink<'_>,
        kind: PartKind,
        part: Value<'c>,
        path: &Path<'_>,
        of: Speaker,
    ) {
        let hears = |modality| self.model_takes(modality);
        match kind {
            PartKind::Image => {
                self.chat_image(out, part, path);
                let place = || {
                    let site = self.site(part, path).count("at", of.at);
                    site.count("nth", of.nth).text("role", of.role.as_str())
                };
                if of.role != Role::User {
                    out.report(&faults::IMAGE_ROLE, place());
                } else if hears(Modality::Image) == Some(false) {
                    out.report(&faults::NO_IMAGES, place().verdict(self.by_own_name()));
                }
                return;
            }
            PartKind::Audio => {
                self.chat_audio(out, part, path);
                if hears(Modality::Audio) == Some(false) {
                    let site = self.site(part, path).count("at", of.at);
                    out.report(&faults::NO_AUDIO, site.verdict(self.by_own_name()));
                    return;
                }
            }
            PartKind::File => self.chat_file(out, part, path),
            _ => return,
        }
        if of.role != Role::User {
            let site = self.site(part, path).text("role", of.role.as_str());
            out.report(&contents::MEDIA_NOT_ALLOWED, site);
        }
    }

    /// Whether the model accepts a modality, according to the registry.
    fn model_takes(&self, modality: Modality) -> Option<bool> {
        self.budget
            .model()
            .filter(|model| model.provider() == "openai" && model.matched().is_certain())
            .and_then(|model| model.supports().accepts(modality))
    }

    /// Returns the severity of a fact of the registry, which may not hold for each of the model's
    /// names: `gpt-4-vision-preview` reads images.
    fn by_own_name(&self) -> Verdict {
        let own = self
            .budget
            .model()
            .is_some_and(|model| model.listed_name() == model.id());
        self.strictness
            .openai
            .and(if own { REFUSED } else { RISKY })
    }

    fn chat_image(&self, out: &mut Sink<'_>, part: Value<'c>, path: &Path<'_>) {
        let path = path.field("image_url");
        let Some(image) = part.get_some("image_url") else {
            self.lacks(out, part, &path);
            return;
        };
        if !self.is_of_type(out, &FieldType::Obj, image, &path) {
            return;
        }
        let there = path.field("url");
        let Some(url) = image.get_some("url") else {
            self.lacks(out, image, &there);
            return;
        };
        if self.is_of_type(out, &FieldType::Str(0), url, &there) {
            self.image_url(out, url, &there);
        }
        self.image_detail(out, image, &path);
    }

    fn image_detail(&self, out: &mut Sink<'_>, of: Value<'c>, path: &Path<'_>) {
        if let Some(detail) = of.get_some("detail")
            && let Some(misfit) = misfit(&FieldType::Word(DETAILS), detail)
        {
            self.misfits_unseen(out, detail, &path.field("detail"), misfit);
        }
    }

    fn image_url(&self, out: &mut Sink<'_>, url: Value<'c>, path: &Path<'_>) {
        let text = url.as_str().unwrap_or_default();
        let begins = |scheme: &str| {
            text.get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        };
        if begins("http://") || begins("https://") {
            return;
        }
        let is_image = |named: &str| named.starts_with("image/");
        let parsed = match data_of(&text, is_image) {
            Ok(parsed) => parsed,
            Err(Data::NoPrefix) => {
                let site = self.site(url, path).text("got", Data::NoPrefix.spelled());
                out.report(&faults::IMAGE_URL, site);
                return;
            }
            Err(got) => {
                let site = self.site(url, path).text("got", got.spelled());
                out.report(&faults::IMAGE_DATA, site);
                return;
            }
        };
        if !IMAGES.contains(&&*parsed.media_type.to_ascii_lowercase()) {
            out.report(&contents::IMAGE_TYPE, self.site(url, path));
            return;
        }
        let kind = Media::of_base64(parsed.data).kind();
        let is_known = kind.is_some_and(|kind| IMAGES.contains(&kind.media_type()));
        if !is_known {
            out.report(&faults::IMAGE_BYTES_UNKNOWN, self.site(url, path));
        }
    }

    fn chat_file(&self, out: &mut Sink<'_>, part: Value<'c>, path: &Path<'_>) {
        let path = path.field("file");
        let Some(file) = part.get_some("file") else {
            self.lacks(out, part, &path);
            return;
        };
        if !self.is_of_type(out, &FieldType::Obj, file, &path) {
            return;
        }
        let [id, data, name] = file.get_all(["file_id", "file_data", "filename"]);
        let there = path.field("file_data");
        // Data without a name does not count: the answer asks for an id.
        if is_absent(id) && (data.is_none() || name.is_none()) {
            self.lacks(out, file, &path.field("file_id"));
        }
        if let Some(data) = data
            && self.is_of_type(out, &FieldType::Str(0), data, &there)
        {
            self.pdf_data(out, data, &there, &faults::FILE_DATA, &|named| {
                named == "application/pdf"
            });
        }
    }

    /// Checks `file_data`: a data URL of an accepted type, and the header of a PDF.
    fn pdf_data(
        &self,
        out: &mut Sink<'_>,
        data: Value<'c>,
        path: &Path<'_>,
        fault: &Fault,
        accepts: &dyn Fn(&str) -> bool,
    ) {
        let text = data.as_str().unwrap_or_default();
        match data_of(&text, accepts) {
            Err(got) => {
                out.report(fault, self.site(data, path).text("got", got.spelled()));
            }
            Ok(parsed) => {
                if parsed.media_type.eq_ignore_ascii_case("application/pdf")
                    && !is_pdf(&Media::of_base64(parsed.data))
                {
                    out.report(&faults::FILE_NOT_PDF, self.site(data, path));
                }
            }
        }
    }

    fn chat_audio(&self, out: &mut Sink<'_>, part: Value<'c>, path: &Path<'_>) {
        self.part_members(out, part, path, "input_audio", &["data", "format"]);
        let path = path.field("input_audio");
        let Some(audio) = part.get_some("input_audio") else {
            return;
        };
        let [data, format] = audio.get_all(["data", "format"]);
        if let Some(format) = format.filter(|format| !format.is_null())
            && let Some(misfit) = misfit(&FieldType::Word(SOUNDS), format)
        {
            self.misfits(out, format, &path.field("format"), misfit);
            return;
        }
        let Some(text) = data.and_then(|data| data.as_str()) else {
            return;
        };
        let (Some(data), Some(named)) = (data, format.and_then(|format| format.as_str())) else {
            return;
        };
        let there = path.field("data");
        if DataUrl::parse(&text).is_some() {
            let site = self.site(data, &there).verdict(RISKY);
            out.report(&faults::AUDIO_DATA, site);
            return;
        }
        let named_kind = match &*named {
            "wav" => MediaKind::Wav,
            _ => MediaKind::Mp3,
        };
        // Unknown bytes may be an MP3 that begins in the middle of a frame.
        let kind = Media::of_base64(&text).kind();
        if kind.is_some_and(|kind| kind != named_kind) {
            let format = SOUNDS.iter().find(|known| **known == named);
            let site = self.site(data, &there);
            let format = format.copied().unwrap_or_default();
            out.report(&faults::AUDIO_FORMAT, site.text("format", format));
        }
    }

    /// Checks a block of a message, or of the output of a call, in a Responses request.
    pub(super) fn responses_media(&self, out: &mut Sink<'_>, block: Value<'c>, path: &Path<'_>) {
        if !self.is_openai() {
            return;
        }
        let Some(kind) = block.get_some("type").and_then(|kind| kind.as_str()) else {
            return;
        };
        match &*kind {
            "input_image" => {
                let [url, id] = block.get_all(["image_url", "file_id"]);
                let there = path.field("image_url");
                if let Some(url) = url.filter(|url| self.is_data(out, *url, &there)) {
                    self.image_url(out, url, &there);
                } else if is_absent(url) && is_absent(id) {
                    let site = self.lacking(block, &there).verdict(RISKY);
                    out.report(&fields::MISSING, site);
                }
                self.image_detail(out, block, path);
            }
            "input_file" => {
                let [data, id, url] = block.get_all(["file_data", "file_id", "file_url"]);
                let there = path.field("file_data");
                if let Some(data) = data.filter(|data| self.is_data(out, *data, &there)) {
                    let fault = &faults::FILE_DATA_OF_RESPONSES;
                    self.pdf_data(out, data, &there, fault, &is_document);
                } else if is_absent(data) && is_absent(id) && is_absent(url) {
                    let site = self.lacking(block, &there).verdict(RISKY);
                    out.report(&fields::MISSING, site);
                }
            }
            // Refused on 2026-08-05, and listed in a refusal on 2026-08-31.
            "input_audio" => {
                let there = path.field("type");
                if let Some(kind) = block.get_some("type") {
                    let misfit = Misfit::unknown_word("input_audio", RESPONSES_MEDIA);
                    self.misfits_as(out, RISKY, kind, &there, misfit);
                }
            }
            _ => {}
        }
    }

    /// Whether a value is a string that is not too long; null is not.
    fn is_data(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>) -> bool {
        !value.is_null() && self.is_of_type(out, &FieldType::Str(LONGEST_DATA), value, path)
    }

    /// Checks that a request for an audio model contains audio.
    pub(super) fn audio_is_there(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let Some(model) = self.budget.model().filter(|_| self.is_openai()) else {
            return;
        };
        if !model.abilities().has(Quirk::AudioNeeded) || self.unread.is_some() {
            return;
        }
        let asked = root
            .get_some("modalities")
            .into_iter()
            .flat_map(Value::items)
            .any(|word| word.is_str("audio"));
        let given = self.request.messages().any(|message| {
            message.parts().any(|part| part.kind() == PartKind::Audio)
                || message.value().get_some("audio").is_some()
        });
        if !asked && !given {
            let path = Path::ROOT.field("model");
            let site = match root.get("model") {
                Some(named) => self.site(named, &path),
                None => self.site(root, &Path::ROOT),
            };
            out.report(&faults::AUDIO_NEEDED, site.verdict(REFUSED));
        }
    }
}

const RESPONSES_MEDIA: &[&str] = &["input_text", "input_image", "input_file"];

fn is_absent(value: Option<Value<'_>>) -> bool {
    value.is_none_or(|value| value.is_null())
}

/// Reason why a string is not an accepted data URL.
#[derive(Debug, PartialEq, Eq)]
enum Data<'u> {
    NoPrefix,
    NoSeparator,
    NotBase64,
    Empty,
    Type(&'u str),
}

impl Data<'_> {
    /// Formats the reason in the API's words.
    fn spelled(&self) -> String {
        match self {
            Data::NoPrefix => "a value without the 'data:' prefix".to_owned(),
            Data::NoSeparator => "a value without the ';base64' separator".to_owned(),
            Data::NotBase64 => "an invalid base64-encoded value".to_owned(),
            Data::Empty => "empty base64-encoded bytes".to_owned(),
            Data::Type(named) => format!("unsupported MIME type '{}'", bare_name(named)),
        }
    }
}

fn data_of<'u>(url: &'u str, accepts: impl Fn(&str) -> bool) -> Result<DataUrl<'u>, Data<'u>> {
    let Some(parsed) = DataUrl::parse(url) else {
        let prefixed = url
            .get(..5)
            .is_some_and(|head| head.eq_ignore_ascii_case("data:"));
        return Err(match prefixed {
            true => Data::NoSeparator,
            false => Data::NoPrefix,
        });
    };
    if !parsed.is_base64 {
        return Err(Data::NoSeparator);
    }
    if !accepts(&parsed.media_type.to_ascii_lowercase()) {
        return Err(Data::Type(parsed.media_type));
    }
    if parsed.data.is_empty() {
        return Err(Data::Empty);
    }
    if !Media::of_base64(parsed.data).looks_like_base64() {
        return Err(Data::NotBase64);
    }
    Ok(parsed)
}

/// Whether a media type may be a document. New ones appear, so only known others are refused.
fn is_document(media_type: &str) -> bool {
    !NO_DOCUMENTS.iter().any(|kind| media_type.starts_with(kind))
}

/// Whether a file is a PDF. Its header may follow other bytes.
pub(super) fn is_pdf(file: &Media<'_>) -> bool {
    file.kind() == Some(MediaKind::Pdf) || file.head_holds(b"%PDF-")
}
