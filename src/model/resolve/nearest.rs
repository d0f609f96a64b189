//! What a name that leads nowhere may have been meant to be.

use std::cmp::Ordering;

use crate::model::{Registry, table};

/// No suggestion is sought for longer names: it bounds what a lookup that fails can cost, where a whole prompt stands in the
/// place of a name. The longest listed name has half of it.
const MAX_NAME_BYTES: usize = 100;
const MAX_SUGGESTIONS: usize = 3;

/// Up to three known names that the given one may be a slip of, nearest first, at most one for each model.
///
/// Near is by edits: insertions, deletions, substitutions and swaps, one for each three letters and at most four; more of
/// them is another name. Among names equally far the ones with the longer common start come first (Jaro-Winkler), since it is
/// the end of a model name that people get wrong. Most names fall to the check of the length; what is left costs
/// (length of name) x (length of known name) each.
pub(super) fn nearest(registry: &Registry, name: &str) -> Vec<String> {
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let chars = name.chars().count();
    let most_edits = (chars / 3).clamp(1, 4);
    // Name, id of its model, and the name as it is spelled.
    let listed = table::names().map(|(known, named)| {
        let entry = named.entry;
        (known, entry.id.as_ref(), entry.spelling(named.which))
    });
    let mut near: Vec<(usize, f64, &str, &str)> = registry
        .added_names()
        .chain(listed)
        .filter(|(known, ..)| known.len().abs_diff(chars) <= most_edits)
        .map(|(known, id, spelling)| {
            let edits = strsim::damerau_levenshtein(known, &name);
            (edits, known, id, spelling)
        })
        // A name edited in every letter is another name, not a slip.
        .filter(|(edits, ..)| *edits <= most_edits && *edits < chars)
        .map(|(edits, known, id, spelling)| {
            (edits, strsim::jaro_winkler(known, &name), id, spelling)
        })
        .collect();
    // Stable, so that what is equally near stays in the order of the alphabet.
    near.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.partial_cmp(&a.1).unwrap_or(Ordering::Equal))
    });
    let mut models: Vec<&str> = Vec::new();
    let mut names = Vec::new();
    for (_, _, id, spelling) in near {
        if !models.contains(&id) {
            models.push(id);
            names.push(spelling.to_owned());
        }
        if names.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    names
}
