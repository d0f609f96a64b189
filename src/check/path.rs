//! Place of a value as steps on the stack; a string is only built if there is something to report.

use crate::shown::is_api_field;
use crate::shown::{bare_name, is_shown_field};

/// A hidden field: the place ends above it.
pub(super) const HIDDEN: &str = "(hidden)";

/// Returns the name of a field if it is the API's; a name of the caller's may contain text.
pub(super) fn api_name(key: &str) -> &str {
    match is_api_field(key) {
        true => key,
        false => HIDDEN,
    }
}

/// Path to a value from the request's root object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    up: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    /// A bare list of messages, which the provider only sees as a field.
    Bare(&'static str),
    Field(&'p str),
    Item(usize),
}

impl<'p> Path<'p> {
    pub(super) const ROOT: Path<'static> = Path {
        up: None,
        step: Step::Root,
    };

    pub(super) const MESSAGES: Path<'static> = Path {
        up: Some(&Path::ROOT),
        step: Step::Field("messages"),
    };

    pub(super) const BARE_MESSAGES: Path<'static> = Path {
        up: None,
        step: Step::Bare("messages"),
    };

    pub(super) fn field<'q>(&'q self, name: &'q str) -> Path<'q>
    where
        'p: 'q,
    {
        Path {
            up: Some(self),
            step: Step::Field(name),
        }
    }

    pub(super) fn item<'q>(&'q self, nth: usize) -> Path<'q>
    where
        'p: 'q,
    {
        Path {
            up: Some(self),
            step: Step::Item(nth),
        }
    }

    /// Returns the last name of the path.
    pub(super) fn name(&self) -> &'p str {
        match self.step {
            Step::Field(name) => name,
            Step::Bare(name) => name,
            Step::Root | Step::Item(_) => self.up.map_or("", |up| up.name()),
        }
    }

    /// Whether the path is a field of the root object.
    pub(super) fn is_setting(&self) -> bool {
        matches!(
            (self.up.map(|up| up.step), self.step),
            (Some(Step::Root), Step::Field(_))
        )
    }

    /// Returns the pointer of the parent.
    pub(super) fn parent_pointer(&self) -> String {
        self.up.map_or_else(String::new, Path::pointer)
    }

    /// Returns the JSON pointer. It ends above the first name that is the caller's own and looks
    /// like text.
    pub(super) fn pointer(&self) -> String {
        let mut out = String::new();
        self.write_pointer(&mut out);
        out
    }

    fn write_pointer(&self, out: &mut String) -> bool {
        if self.up.is_some_and(|up| !up.write_pointer(out)) {
            return false;
        }
        match self.step {
            Step::Root | Step::Bare(_) => true,
            Step::Item(nth) => {
                out.push_str(&format!("/{nth}"));
                true
            }
            Step::Field(name) if is_shown_field(name) => {
                out.push('/');
                out.push_str(&name.replace('~', "~0").replace('/', "~1"));
                true
            }
            Step::Field(_) => false,
        }
    }

    /// Whether every name of the path can be shown; else the pointer ends above it.
    pub(super) fn is_shown(&self) -> bool {
        self.up.is_none_or(Path::is_shown)
            && match self.step {
                Step::Field(name) => is_shown_field(name),
                _ => true,
            }
    }

    /// Returns the place in OpenAI's spelling: `messages[3].content`.
    pub(super) fn param(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &|nth| format!("[{nth}]"));
        out
    }

    /// Returns the place in Anthropic's spelling: `messages.3.content`.
    pub(super) fn dotted(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &|nth| format!(".{nth}"));
        out
    }

    fn write(&self, out: &mut String, item: &dyn Fn(usize) -> String) {
        if let Some(up) = self.up {
            up.write(out, item);
        }
        match self.step {
            Step::Root => {}
            Step::Item(nth) => out.push_str(&item(nth)),
            Step::Bare(name) => out.push_str(name),
            Step::Field(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&shown(name));
            }
        }
    }
}

/// Returns the name of a field, or its length if it looks like text.
pub(super) fn shown(name: &str) -> String {
    if is_api_field(name) {
        name.to_owned()
    } else {
        bare_name(name)
    }
}

/// Converts a JSON pointer to OpenAI's spelling: `/messages/3/content` becomes
/// `messages[3].content`.
pub(super) fn param_of(pointer: &str) -> String {
    let mut out = String::new();
    for step in pointer.split('/').skip(1) {
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() {
            out.push('[');
            out.push_str(step);
            out.push(']');
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(step);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_for_each_reader() {
        let messages = Path::ROOT.field("messages");
        let third = messages.item(3);
        let content = third.field("content");
        assert_eq!(content.pointer(), "/messages/3/content");
        assert_eq!(content.param(), "messages[3].content");
        assert_eq!(content.dotted(), "messages.3.content");
        assert_eq!(Path::ROOT.param(), "");
        let bare = Path::BARE_MESSAGES.item(0);
        assert_eq!(
            (bare.pointer(), bare.param()),
            ("/0".into(), "messages[0]".into())
        );
    }

    #[test]
    fn a_text_in_the_place_of_a_name_is_not_shown() {
        let metadata = Path::ROOT.field("metadata");
        let own = metadata.field("my secret");
        assert_eq!(own.pointer(), "/metadata");
        assert_eq!(own.param(), "metadata.(text of 9 bytes)");
        let odd = metadata.field("a/b~c");
        assert_eq!(odd.pointer(), "/metadata/a~1b~0c");
    }

    #[test]
    fn pointers_are_spelled_as_the_provider_does() {
        for (pointer, param) in [
            ("/messages/3/content", "messages[3].content"),
            ("/tools/0/function/name", "tools[0].function.name"),
            ("", ""),
        ] {
            assert_eq!(param_of(pointer), param);
        }
    }
}
