//! Reader for requests of OpenAI's embeddings and legacy completions: one or several inputs, each a
//! string or a list of token ids. Each input is a user message with one part. Source: the API
//! references of both (docs/evidence/validation.md, sections 7 and 8).

use super::super::reader::{MessageBuilder, Reader, Want};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::request::{Layout, MessageLocation, PartKind, RelativePath, Role, index_u32};

/// Marker type of this format's reader.
enum Texts {}

/// Reads an embeddings request.
pub(super) fn embeddings(document: &Document<'_>) -> Result<Layout, Error> {
    let mut layout = Layout::new(Format::Embeddings, "", "input");
    let reader = Reader::<Texts>::new(document);
    reader.inputs(document.root(), &mut layout)?;
    Ok(layout)
}

/// Reads a legacy completions request. The `suffix` that follows the completion is a message of its
/// own after the prompts.
pub(super) fn completions(document: &Document<'_>) -> Result<Layout, Error> {
    let mut layout = Layout::new(Format::Completions, "", "prompt");
    let reader = Reader::<Texts>::new(document);
    let root = document.root();
    reader.inputs(root, &mut layout)?;
    layout.max_output_tokens = reader.tokens(root, "max_tokens", String::new)?;
    if let Some(suffix) = reader.field(root, "suffix", Want::String, String::new)? {
        reader.input(
            suffix,
            PartKind::Text,
            MessageLocation::Field("suffix"),
            &mut layout,
        );
    }
    Ok(layout)
}

impl Reader<'_, Texts> {
    fn inputs(&self, root: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let top = String::new;
        let field = layout.list;
        self.object(root, top, "a request (an object)")?;
        layout.model = self
            .field(root, "model", Want::String, top)?
            .map(|v| v.id());
        let here = || format!("/{field}");
        let Some(input) = root.get_some(field) else {
            return Err(self.refuse(
                root,
                String::new(),
                format!("missing `{field}`"),
                "set it to a string, or a list of strings or of token ids",
            ));
        };
        match input.kind() {
            Kind::String => {
                self.input(input, PartKind::Text, MessageLocation::Field(field), layout)
            }
            Kind::Array
                if input
                    .items()
                    .next()
                    .is_some_and(|first| first.kind() == Kind::Number) =>
            {
                self.ids(input, here)?;
                self.input(
                    input,
                    PartKind::Tokens,
                    MessageLocation::Field(field),
                    layout,
                );
            }
            Kind::Array => {
                for (index, item) in input.items().enumerate() {
                    let there = || format!("/{field}/{index}");
                    let kind = match item.kind() {
                        Kind::String => PartKind::Text,
                        Kind::Array => {
                            self.ids(item, there)?;
                            PartKind::Tokens
                        }
                        // Some hosts accept images too.
                        Kind::Object => PartKind::Other,
                        _ => {
                            let wanted = "a string or a list of token ids";
                            return Err(self.wrong_type(item, there(), wanted));
                        }
                    };
                    self.input(item, kind, MessageLocation::Item(index_u32(index)), layout);
                }
            }
            _ => {
                let wanted = "a string, or an array of strings or of token ids";
                return Err(self.wrong_type(input, here(), wanted));
            }
        }
        Ok(())
    }

    /// Requires a list of token ids to contain only token ids.
    fn ids(&self, list: Value<'_>, here: impl Fn() -> String) -> Result<(), Error> {
        match list
            .items()
            .enumerate()
            .find(|(_, id)| id.as_u64().is_none())
        {
            None => Ok(()),
            Some((nth, other)) => {
                Err(self.wrong_type(other, format!("{}/{nth}", here()), "a token id"))
            }
        }
    }

    fn input(&self, input: Value<'_>, kind: PartKind, at: MessageLocation, layout: &mut Layout) {
        let open = MessageBuilder::new(input, at, Role::User, layout);
        let text = (kind == PartKind::Text).then_some(input);
        open.part(input, kind, text, RelativePath::WHOLE, layout);
        open.close(layout);
    }
}
