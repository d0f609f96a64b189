//! Prepares the source of a chat template for the engine.
//!
//! ```text
//! {% set ns.x = e %}        {% set ns.x = (e)|kept %}      values stay flat and free of cycles (`values.rs`)
//! {% set x = e %}           {% set x = (e)|named %}
//! {% generation %} …        {% if true %} …                a mark of the library transformers, without text
//! {{ a ~ b }}               {{ (a)|text ~ (b)|text }}      see `operands.rs`
//! ```
//!
//! One pass over the source. What the limits below refuse could nest values without assigning them,
//! and so overflow the stack; no published template comes near them.

use std::borrow::Cow;

use super::operands::{self, after_string};

/// Maximum depth of brackets in one tag.
const MAX_BRACKETS: usize = 12;
/// Maximum number of slices in one tag; each slices a list once more.
const MAX_SLICES: usize = 8;

/// Tags that a chat template may have. Files are not among them.
const TAGS: [&str; 21] = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "break",
    "continue",
    "set",
    "endset",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "filter",
    "endfilter",
    "do",
    "raw",
    "endraw",
    "generation",
    "endgeneration",
];

/// Returns the source for the engine; an error describes what is not allowed.
pub(super) fn prepare(source: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    let mut rest = source;
    while let Some(at) = rest.find("{") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        rest = match tag.as_bytes().get(1) {
            Some(b'#') => {
                let end = tag.find("#}").map_or(tag.len(), |end| end + 2);
                out.push_str(&tag[..end]);
                &tag[end..]
            }
            Some(b'{') => {
                let end = Tag::read(tag, "}}")?.end;
                let (open, inner) = split_control(&tag[2..end - 2], true);
                let (close, inner) = split_control(inner, false);
                let inner = operands::checked(inner)?;
                out.extend(["{{", open, &inner, close, "}}"]);
                &tag[end..]
            }
            Some(b'%') => statement(tag, &mut out)?,
            _ => {
                out.push('{');
                &tag[1..]
            }
        };
    }
    out.push_str(rest);
    Ok(out)
}

/// Writes a statement and returns the text after it.
fn statement<'s>(text: &'s str, out: &mut String) -> Result<&'s str, &'static str> {
    let tag = Tag::read(text, "%}")?;
    let inner = &text[2..tag.end - 2];
    let (open, inner) = split_control(inner, true);
    let (close, inner) = split_control(inner, false);
    let word = inner.split_whitespace().next().unwrap_or_default();
    // `if(…)` needs no blank.
    let word = word.split('(').next().unwrap_or_default();
    let start = inner.len() - inner.trim_start().len();
    if !TAGS.contains(&word) {
        return Err("the template has a tag that chat templates do not have");
    }
    let inner = match (word, tag.assigns) {
        ("generation", _) => Cow::Borrowed(" if true "),
        ("endgeneration", _) => Cow::Borrowed(" endif "),
        ("set", Some(at)) => {
            let at = at - 2 - open.len();
            let (target, value) = (&inner[..at], &inner[at + 1..]);
            let filter = if target.contains('.') {
                "kept"
            } else {
                "named"
            };
            let value = operands::checked(value)?;
            Cow::Owned(format!("{target}= ({value})|{filter} "))
        }
        _ => {
            let (word, rest) = inner.split_at(start + word.len());
            Cow::Owned(format!("{word}{}", operands::checked(rest)?))
        }
    };
    out.extend(["{%", open, &inner, close, "%}"]);
    let rest = &text[tag.end..];
    if word != "raw" {
        return Ok(rest);
    }
    // Copied as it is, up to the tag that ends it.
    let end = ends_raw(rest);
    out.push_str(&rest[..end]);
    Ok(&rest[end..])
}

/// Returns the position of the tag that ends a raw block, or the end of the text.
fn ends_raw(text: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("{%").map(|at| from + at) {
        let word = text[at + 2..].trim_start_matches(['-', '+']).trim_start();
        if word.starts_with("endraw") {
            return at;
        }
        from = at + 2;
    }
    text.len()
}

/// Splits off the sign that controls white space at one end of a tag.
fn split_control(inner: &str, at_start: bool) -> (&str, &str) {
    let signs = ['-', '+'];
    match at_start {
        true if inner.starts_with(signs) => inner.split_at(1),
        false if inner.ends_with(signs) => {
            let (inner, sign) = inner.split_at(inner.len() - 1);
            (sign, inner)
        }
        true => inner.split_at(0),
        false => ("", inner),
    }
}

/// Tag that a string begins with.
struct Tag {
    /// Position after the tag.
    end: usize,
    /// Position of the sign that assigns, if there is one.
    assigns: Option<usize>,
}

impl Tag {
    fn read(text: &str, close: &str) -> Result<Tag, &'static str> {
        let bytes = text.as_bytes();
        let mut open = Vec::new();
        let (mut slices, mut assigns) = (0_usize, None);
        let mut at = 2;
        while at < bytes.len() {
            if open.is_empty() && text.as_bytes()[at..].starts_with(close.as_bytes()) {
                let end = at + 2;
                return Ok(Tag { end, assigns });
            }
            match bytes[at] {
                quote @ (b'"' | b'\'') => at = after_string(bytes, at, quote),
                bracket @ (b'(' | b'[' | b'{') => open.push(bracket),
                b')' | b']' | b'}' => {
                    open.pop();
                }
                b':' if open.last() == Some(&b'[') => slices += 1,
                b'=' if assigns.is_none() && open.is_empty() => assigns = Some(at),
                _ => {}
            }
            if open.len() > MAX_BRACKETS || slices > MAX_SLICES {
                return Err("a tag of the template nests too much");
            }
            at += 1;
        }
        Err("a tag of the template does not end")
    }
}

/// Returns the strings in a template that look like special tokens: `<|…|>`, `<｜…｜>`, `[INST]`.
pub(super) fn likely_marks(source: &str) -> Vec<String> {
    const LONGEST: usize = 48;
    let mut marks = Vec::new();
    for (open, close) in [("<|", "|>"), ("<｜", "｜>"), ("[", "]")] {
        for (at, _) in source.match_indices(open) {
            let inner = &source[at + open.len()..];
            let Some(end) = inner.find(close) else {
                break;
            };
            let (name, mark) = (
                &inner[..end],
                &source[at..at + open.len() + end + close.len()],
            );
            let is_name = match open {
                "[" => {
                    let name = name.strip_prefix('/').unwrap_or(name);
                    name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
                }
                _ => !name.contains(char::is_whitespace) && !name.contains(['{', '}', '<', '>']),
            };
            if is_name && !name.is_empty() && mark.len() <= LONGEST {
                marks.push(mark.to_owned());
            }
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_checked_and_other_text_is_kept() {
        for (source, prepared) in [
            ("a { b } {{ c['}}'] }} {# {% set x = 1 %} #}", None),
            (
                "{%- set ns.x = a if b == 'c = d' else e -%}",
                Some("{%- set ns.x = ( a if b == 'c = d' else e )|kept -%}"),
            ),
            (
                "{% set x = {'a': '%}'} %}b",
                Some("{% set x = ( {'a': '%}'} )|named %}b"),
            ),
            ("{% set x %}y{% endset %}", None),
            (
                "{%- generation -%}x{% endgeneration %}",
                Some("{%- if true -%}x{% endif %}"),
            ),
            ("{% raw %}{% set x = 1 %}{{{% endraw %}", None),
            ("{% if(x) %}{% endif %}{{ {'a': {}} }}", None),
        ] {
            let prepared = prepared.unwrap_or(source);
            assert_eq!(prepare(source).as_deref(), Ok(prepared), "{source}");
        }
    }

    #[test]
    fn what_could_nest_without_end_is_refused() {
        for source in [
            "{{ ".to_owned() + &"[".repeat(13) + &"]".repeat(13) + " }}",
            "{{ x".to_owned() + &"[1:]".repeat(9) + " }}",
            "{% with a = b %}{% endwith %}".to_owned(),
            "{% include 'x' %}".to_owned(),
            "{{ a".to_owned(),
            "{% if 'a %}".to_owned(),
        ] {
            assert!(prepare(&source).is_err(), "{source}");
        }
    }

    #[test]
    fn marks_by_their_shape() {
        let marks = likely_marks("{{ '<|im_start|>' + x[0] }}[INST] [/INST] a <| b |> <｜User｜>");
        assert_eq!(marks, ["<|im_start|>", "<｜User｜>", "[INST]", "[/INST]"]);
    }
}
