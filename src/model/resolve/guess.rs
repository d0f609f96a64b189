//! Longest listed name that a name begins with (rule 12): a guess, made only on request.

use std::sync::Arc;

use super::{find, spelling, unwrapped};
use crate::model::found::Found;
use crate::model::handle::Model;
use crate::model::{Match, Models};

/// Returns the guess. Linear in the name times a binary search; prefixes are removed first.
pub(in crate::model) fn guess(registry: &Models, name: &str) -> Option<Model> {
    let inner = unwrapped(name)?;
    let text = inner.name.as_ref();
    let ends = text
        .char_indices()
        .rev()
        .map(|(at, _)| at)
        .filter(|&at| is_boundary(text, at));
    for end in ends {
        let prefix = &text[..end];
        let found = find(registry, prefix).or_else(|| registry.find_key(&spelling::key(prefix)));
        if let Some(Found { facts, which, .. }) = found {
            let mut model = Model {
                as_given: Some(Arc::from(name)),
                ..Model::found(facts, which, Match::Guess)
            };
            if let Some(host) = inner.host {
                model.set_host(host);
            }
            return Some(model);
        }
    }
    None
}

/// Returns whether a name may end here: at a separator that does not continue a version. `gpt-4.7`
/// and `claude-opus-4-9` are not `gpt-4` and `claude-opus-4`.
fn is_boundary(name: &str, at: usize) -> bool {
    let bytes = name.as_bytes();
    if at == 0 || !matches!(bytes[at], b'-' | b'.' | b':' | b'@' | b'_' | b'/') {
        return false;
    }
    let digits = bytes[at + 1..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let goes_on = bytes[at - 1].is_ascii_digit() && matches!(digits, 1 | 2);
    // `llama-3-8b`: a size, not a version.
    let size = matches!(bytes.get(at + 1 + digits), Some(b'b' | b'B' | b'k' | b'K'));
    !(goes_on && (!size || bytes[at] == b'.'))
}
