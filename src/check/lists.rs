//! What a provider counts in other units than tokens: tools and the length of their names, images, characters of a text.
//!
//! Sources: validation notes, sections 4 and 5.

use super::characters::characters;
use super::size::spelled_param;
use super::{ApiAnswer, Check, Finding, Phase, Severity, codes};
use crate::json::{Kind, Value};
use crate::request::{Part, PartKind, Tool, ToolKind};
use crate::shown::quoted_name;
use crate::words::{counted, grouped};

/// Shorter data in base64 is an icon, and not worth a word.
const LEAST_DATA: usize = 2_000;

impl Check<'_> {
    /// The list of tools, and their names.
    pub(super) fn tools(&mut self) {
        let layout = self.request.layout();
        let pointer = |field: &str| format!("{}/{field}", layout.root);
        let field = match layout.tools.first() {
            Some(tool) if tool.kind == ToolKind::LegacyFunction => "functions",
            _ => "tools",
        };
        let list = self.request.root_field(field);
        let count = layout.tools.len();
        if let (Some(list), 0) = (list, count)
            && let Some(severity) = self.sizes.empty_tools
            && list.is_empty()
        {
            let finding = self
                .at(
                    list,
                    pointer(field),
                    Phase::Form,
                    severity,
                    codes::EMPTY_TOOLS,
                )
                .says(
                    "the list of tools is empty".to_owned(),
                    "leave the field out",
                )
                .with_api(Some(ApiAnswer::openai(
                    Some("empty_array"),
                    Some(field.to_owned()),
                    format!("Invalid '{field}': empty array. Expected an array with minimum length 1, but got an empty array instead."),
                )));
            self.findings.push(finding);
        }
        if let (Some(list), Some((most, severity))) = (list, self.sizes.tools)
            && count > most
        {
            let finding = self
                .at(list, pointer(field), Phase::Form, severity, codes::TOO_MANY_TOOLS)
                .says(
                    format!(
                        "{}; the provider takes {most}",
                        counted(count as u64, "tool")
                    ),
                    "offer the tools that this request needs",
                )
                .with_api(Some(ApiAnswer::openai(
                    Some("array_above_max_length"),
                    Some(field.to_owned()),
                    format!("Invalid '{field}': array too long. Expected an array with maximum length {most}, but got an array with length {count} instead."),
                )));
            self.findings.push(finding);
        }
        if let Some((documented, most)) = self.sizes.tool_name {
            for tool in self.request.tools() {
                // In what could not be read as a request it can be anything.
                let name = tool.function().get_some("name");
                let Some(name) = name.filter(|name| name.kind() == Kind::String) else {
                    continue;
                };
                if name.span().len() - 2 <= documented {
                    continue;
                }
                let length = characters(name);
                if length <= documented {
                    continue;
                }
                let severity = if length > most {
                    Severity::Refused
                } else {
                    Severity::Risky
                };
                let (at, param) = name_place(&tool);
                let finding = self
                    .at(name, at, Phase::Form, severity, codes::TOOL_NAME_TOO_LONG)
                    .says(
                        format!(
                            "the name {} has {length} characters; {documented} are documented, {most} were taken",
                            quoted_name(&name.as_str().unwrap_or_default())
                        ),
                        format!("shorten it to {documented} characters"),
                    )
                    .with_api(Some(ApiAnswer::openai(
                        Some("string_above_max_length"),
                        Some(param.clone()),
                        format!("Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."),
                    )));
                self.findings.push(finding);
            }
        }
    }

    /// Texts that are longer than one string may be, and how many images there are.
    pub(super) fn texts_and_images(&mut self) {
        let mut images = 0_usize;
        let mut found = Vec::new();
        for message in self.request.messages() {
            let mut look = |part: Part<'_>| {
                if part.kind() == PartKind::Image {
                    images += 1;
                    return;
                }
                let Some(text) = part.text_value() else {
                    return;
                };
                let bytes = text.span().len() - 2;
                // A character takes a byte at least.
                if let Some(most) = self.sizes.text.filter(|&most| bytes > most) {
                    let length = characters(text);
                    if length > most {
                        found.push(self.text_too_long(&part, text, length, most));
                    }
                }
                if bytes > LEAST_DATA
                    && let Some(length) = data_in(text.raw())
                {
                    found.push(self.data_as_text(&part, text, length));
                }
            };
            message.parts().for_each(&mut look);
            for result in message.tool_results() {
                if !result.is_whole_message() {
                    result.parts().for_each(&mut look);
                }
            }
        }
        self.findings.append(&mut found);
        if let Some((most, severity)) = self.sizes.images
            && images > most
        {
            let finding = self
                .at(
                    self.request.list_value(),
                    self.request.list_pointer(),
                    Phase::Form,
                    severity,
                    codes::TOO_MANY_IMAGES,
                )
                .says(
                    format!(
                        "{}; the provider's documents allow {most}",
                        counted(images as u64, "image")
                    ),
                    "leave out the images of earlier turns",
                );
            self.findings.push(finding);
        }
    }

    fn data_as_text(&self, part: &Part<'_>, text: Value<'_>, length: usize) -> Finding {
        self.at(
            text,
            part.text_pointer(),
            Phase::Tokens,
            Severity::Wasteful,
            codes::DATA_AS_TEXT,
        )
        .says(
            format!(
                "the text holds {} characters of a file in base64, which are billed as text",
                grouped(length as u64)
            ),
            "send the file as a part of its own, or leave it out",
        )
    }

    fn text_too_long(
        &self,
        part: &Part<'_>,
        text: Value<'_>,
        length: usize,
        most: usize,
    ) -> Finding {
        let pointer = part.text_pointer();
        let param = spelled_param(&pointer);
        self.at(
            text,
            pointer,
            Phase::Form,
            Severity::Refused,
            codes::STRING_TOO_LONG,
        )
        .says(
            format!(
                "a text of {} characters; the provider takes {} in one",
                grouped(length as u64),
                grouped(most as u64)
            ),
            "cut it, or divide it into parts",
        )
        .with_api(Some(ApiAnswer::openai(
            Some("string_above_max_length"),
            Some(param.clone()),
            format!("Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."),
        )))
    }
}

/// How many characters of base64 stand behind the first `;base64,` of a text, when they are many. Linear, at the speed of a
/// search.
fn data_in(text: &str) -> Option<usize> {
    const MARK: &[u8] = b";base64,";
    let at = memchr::memmem::find(text.as_bytes(), MARK)?;
    let data = &text.as_bytes()[at + MARK.len()..];
    // A slash may be spelled with its escape.
    let length = data
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b"+/=\\".contains(b))
        .count();
    (length > LEAST_DATA).then_some(length)
}

/// The pointer of a tool's name, and the provider's spelling of it.
fn name_place(tool: &Tool<'_>) -> (String, String) {
    let mut pointer = tool.pointer();
    if tool.has_inner_function() {
        pointer.push_str("/function");
    }
    pointer.push_str("/name");
    let param = spelled_param(&pointer);
    (pointer, param)
}
