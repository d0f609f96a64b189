//! Images in requests to hosts of Chat Completions: whether the model reads them, and documented
//! limits.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{hosts as faults, media};
use super::super::hosts::{ChatHost, ImagesOfHost};
use super::super::server::{REFUSED, RISKY};
use crate::media::Media;
use crate::model::Modality;
use crate::request::{Part, PartKind};

impl Context<'_> {
    /// Checks the parts of requests with images.
    pub(super) fn images_of_host(&self, out: &mut Sink<'_>, host: &ChatHost) {
        let parts = &self.request.layout().parts;
        let count = parts
            .iter()
            .filter(|part| part.kind == PartKind::Image)
            .count();
        if count == 0 {
            return;
        }
        let reads_texts = self
            .budget
            .model()
            .is_some_and(|model| model.supports().accepts(Modality::Image) == Some(false));
        let mut bytes = 0;
        for message in self.request.messages() {
            for part in message.parts() {
                if part.kind() != PartKind::Image {
                    continue;
                }
                if host.no_images && reads_texts {
                    let site = Site::at(part.value(), part.pointer());
                    out.report(&faults::HOST_NO_IMAGES, site);
                }
                bytes += self.image_of_host(out, host, &part);
            }
        }
        let list = || Site::at(self.request.list_value(), self.request.list_pointer());
        let limits = &host.images;
        if let Some(most) = limits.most.filter(|most| count > *most) {
            let site = list().count("got", count).count("most", most);
            out.report(&media::HOST_IMAGES, site.verdict(RISKY));
        }
        if let Some(most) = limits.bytes_in_all.filter(|most| bytes > *most) {
            let site = list().number("got", bytes).number("most", most);
            let site = site.text("form", form_of(limits));
            out.report(&media::HOST_IMAGES_BYTES, site.verdict(RISKY));
        }
    }

    /// Checks one image and returns the length of its data in bytes.
    fn image_of_host(&self, out: &mut Sink<'_>, host: &ChatHost, part: &Part<'_>) -> u64 {
        let value = part.value();
        let url = value.get_path(&["image_url", "url"]);
        // Some hosts accept the URL without an enclosing object.
        let Some(url) = url.or(value.get_some("image_url")) else {
            return 0;
        };
        let site = || Site::at(value, part.pointer());
        let is_web = url
            .raw()
            .get(1..5)
            .is_some_and(|head| head.eq_ignore_ascii_case("http"));
        if is_web {
            if host.no_web_images {
                out.report(&faults::HOST_IMAGE_URL, site());
            }
            return 0;
        }
        let Some(text) = url.as_str() else {
            return 0;
        };
        match Media::of_url(&text) {
            Some(image) => self.host_limits(out, &host.images, &image, &site),
            None => 0,
        }
    }

    fn host_limits<'s>(
        &self,
        out: &mut Sink<'_>,
        limits: &ImagesOfHost,
        image: &Media<'_>,
        site: &dyn Fn() -> Site<'s>,
    ) -> u64 {
        let bytes = match limits.in_base64 {
            true => image.len_bytes().div_ceil(3) * 4,
            false => image.len_bytes(),
        };
        if let Some(most) = limits.bytes.filter(|most| bytes > *most) {
            let site = site().number("got", bytes).number("most", most);
            let site = site.text("form", form_of(limits));
            out.report(&media::HOST_IMAGE_BYTES, site.verdict(RISKY));
        }
        if let Some(kind) = image.kind().filter(|kind| !limits.kinds.contains(kind))
            && !limits.kinds.is_empty()
        {
            let kinds: Vec<&str> = limits.kinds.iter().map(|kind| kind.media_type()).collect();
            let site = site()
                .text("found", kind.media_type())
                .text("kinds", kinds.join(" and "));
            out.report(&media::HOST_IMAGE_KIND, site.verdict(RISKY));
        }
        let Some(size) = image.image_size() else {
            return bytes;
        };
        let pixels = size.width.saturating_mul(size.height);
        if let Some(most) = limits.pixels.filter(|most| pixels > *most) {
            let site = site().number("got", pixels).number("most", most);
            out.report(&media::HOST_IMAGE_PIXELS, site.verdict(RISKY));
        }
        if let Some(least) = limits
            .side_over
            .filter(|least| size.width.min(size.height) <= *least)
        {
            let site = site()
                .number("width", size.width)
                .number("height", size.height)
                .number("least", least);
            out.report(&media::HOST_IMAGE_SMALL, site.verdict(REFUSED));
        }
        bytes
    }
}

/// The form in which a host counts bytes.
fn form_of(limits: &ImagesOfHost) -> &'static str {
    match limits.in_base64 {
        true => " in base64",
        false => "",
    }
}
