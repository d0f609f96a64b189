//! JSON around a syntax error, without the caller's strings.

use super::IsApiField;
use super::scan::{Kind, Node};

/// Longest excerpt before the error, in characters.
const LONGEST: usize = 60;
/// Maximum number of bytes of the text that are read; a character has at least one.
const LOOKED_AT: usize = 400;

/// Returns the JSON before an error and the character at it, on one line, and a second line that
/// marks it. Strings are `"…"`, except for keys that are field names of the API; other text is `…`.
/// Looks at a constant number of bytes.
pub(super) fn before(
    text: &str,
    nodes: &[Node],
    offset: usize,
    is_api_field: IsApiField,
) -> String {
    let from = offset.saturating_sub(LOOKED_AT);
    let first = nodes.partition_point(|node| (node.start as usize) < from);
    let nodes = &nodes[first..];
    let mut out = String::new();
    let mut at = nodes.first().map_or(offset, |node| node.start as usize);
    if at > 0 && text[..at.min(offset)].trim_start() != "" {
        out.push('…');
    }
    for node in nodes
        .iter()
        .take_while(|node| (node.start as usize) < offset)
    {
        let (start, end) = (node.start as usize, node.end as usize);
        between(&text[at.min(start)..start], &mut out);
        at = match node.kind {
            Kind::Array | Kind::Object => {
                out.push_str(&text[start..start + 1]);
                start + 1
            }
            Kind::String => {
                let inner = &text[start + 1..end - 1];
                let is_key = text[end..].trim_ascii_start().starts_with(':');
                let shown = is_key && !node.escaped && is_api_field(inner);
                out.push_str(if shown { &text[start..end] } else { "\"…\"" });
                end
            }
            _ => {
                out.push_str(&text[start..end]);
                end
            }
        };
    }
    between(&text[at.min(offset)..offset], &mut out);
    let many = out.chars().count().saturating_sub(LONGEST);
    if many > 0 {
        out = std::iter::once('…')
            .chain(out.chars().skip(many + 1))
            .collect();
    }
    let column = out.chars().count();
    match text[offset..].chars().next() {
        None => {}
        Some(c) if c.is_ascii_punctuation() => out.push(c),
        Some(_) => out.push('…'),
    }
    format!("{out}\n{}^", " ".repeat(column))
}

/// Writes what is between two values: punctuation, and one blank for any white space.
fn between(text: &str, out: &mut String) {
    for c in text.chars() {
        let shown = match c {
            '{' | '}' | '[' | ']' | ',' | ':' => c,
            _ if c.is_whitespace() => ' ',
            _ => '…',
        };
        if shown == c && c != ' ' || !out.ends_with(shown) {
            out.push(shown);
        }
    }
}
