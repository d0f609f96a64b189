//! Limits in units other than tokens: tools and the length of their names, images, characters.
//!
//! Source: docs/evidence/validation.md, section 4, and docs/evidence/validation.md, section 5.

use super::characters::characters;
use super::context::Context;
use super::fault::{Sink, Site};
use super::faults::sizes as faults;
use super::server::{REFUSED, RISKY};
use crate::json::Kind;
use crate::request::{Part, PartKind, Tool, ToolKind};

/// Shorter base64 data is an icon, and not worth a finding.
const LEAST_DATA: usize = 2_000;

impl Context<'_> {
    /// Checks the list of tools, and their names.
    pub(super) fn tools(&self, out: &mut Sink<'_>) {
        let layout = self.request.layout();
        let field = match layout.tools.first() {
            Some(tool) if tool.kind == ToolKind::LegacyFunction => "functions",
            _ => "tools",
        };
        let count = layout.tools.len();
        if let Some(list) = self.request.root_field(field) {
            let site = || Site::at(list, format!("{}/{field}", layout.root)).text("param", field);
            if let Some(severity) = self.sizes.empty_tools
                && count == 0
                && list.is_empty()
            {
                out.report(&faults::EMPTY_TOOLS, site().verdict(Some(severity)));
            }
            if let Some((most, severity)) = self.sizes.tools
                && count > most
            {
                out.report(
                    &faults::TOO_MANY_TOOLS,
                    site()
                        .count("length", count)
                        .count("most", most)
                        .verdict(Some(severity)),
                );
            }
        }
        if let Some((documented, most)) = self.sizes.tool_name {
            for tool in self.request.tools() {
                self.tool_name(out, &tool, documented, most);
            }
        }
    }

    fn tool_name(&self, out: &mut Sink<'_>, tool: &Tool<'_>, documented: usize, most: usize) {
        // In a body that could not be parsed it can be anything.
        let name = tool.function().get_some("name");
        let Some(name) = name.filter(|name| name.kind() == Kind::String) else {
            return;
        };
        if name.span().len() - 2 <= documented {
            return;
        }
        let length = characters(name);
        if length <= documented {
            return;
        }
        let mut pointer = tool.pointer();
        if tool.has_inner_function() {
            pointer.push_str("/function");
        }
        pointer.push_str("/name");
        out.report(
            &faults::LONG_TOOL_NAME,
            Site::at(name, pointer)
                .name("name", name.as_str().unwrap_or_default())
                .count("length", length)
                .count("documented", documented)
                .count("most", most)
                .verdict(if length > most { REFUSED } else { RISKY }),
        );
    }

    /// Checks strings against the maximum length, and the number of images.
    pub(super) fn texts_and_images(&self, out: &mut Sink<'_>) {
        let mut images = 0_usize;
        for message in self.request.messages() {
            let mut look = |part: Part<'_>| {
                if part.kind() == PartKind::Image {
                    images += 1;
                } else {
                    self.text_of_part(out, &part);
                }
            };
            message.parts().for_each(&mut look);
            for result in message.tool_results() {
                if !result.is_whole_message() {
                    result.parts().for_each(&mut look);
                }
            }
        }
        if let Some((most, severity)) = self.sizes.images
            && images > most
        {
            out.report(
                &faults::TOO_MANY_IMAGES,
                Site::at(self.request.list_value(), self.request.list_pointer())
                    .count("count", images)
                    .count("most", most)
                    .verdict(Some(severity)),
            );
        }
    }

    fn text_of_part(&self, out: &mut Sink<'_>, part: &Part<'_>) {
        let Some(text) = part.text_value() else {
            return;
        };
        let bytes = text.span().len() - 2;
        // A character has at least one byte.
        if let Some(most) = self.sizes.text.filter(|&most| bytes > most) {
            let length = characters(text);
            if length > most {
                let site = Site::at(text, part.text_pointer());
                out.report(
                    &faults::LONG_TEXT,
                    site.count("length", length).count("most", most),
                );
            }
        }
        if bytes > LEAST_DATA
            && let Some(length) = data_in(text.raw())
        {
            let site = Site::at(text, part.text_pointer());
            out.report(&faults::DATA_AS_TEXT, site.count("length", length));
        }
    }
}

/// Returns the number of base64 characters after the first `;base64,` of a string, if there are
/// many. Linear, at the speed of a search.
fn data_in(text: &str) -> Option<usize> {
    const MARK: &[u8] = b";base64,";
    let at = memchr::memmem::find(text.as_bytes(), MARK)?;
    let data = &text.as_bytes()[at + MARK.len()..];
    // A slash may be escaped.
    let length = data
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b"+/=\\".contains(b))
        .count();
    (length > LEAST_DATA).then_some(length)
}
