//! Suggestions for a name that cannot be resolved.

use super::sketch::sketch;
use crate::model::{Models, table};

/// Maximum length of a name for suggestions: it bounds the cost of a failed look-up when a whole
/// prompt was passed as the name. The longest listed name has half of it.
const MAX_NAME_BYTES: usize = 100;
const MAX_SUGGESTIONS: usize = 3;
const MAX_EDITS: usize = 4;

/// Known name that may have been meant.
#[derive(Clone, Copy)]
struct Known<'r> {
    /// Lower-cased.
    name: &'r str,
    id: &'r str,
    /// The registry's spelling.
    spelling: &'r str,
}

/// Returns up to three known names of which the given one may be a typo, most similar first, at
/// most one per model.
///
/// The distance counts edits: insertions, deletions, substitutions and swaps of neighbors. It may
/// be at most one per three letters, and four; a larger distance means another name. At equal
/// distance the name with the longer common prefix comes first (Jaro-Winkler), because people
/// misspell the end of a model name.
///
/// Algorithm: the [sketches](sketch) of two names that are `n` edits apart differ in at most `2 *
/// n` bits. That gives a lower bound of the distance in a few instructions per name, so names are
/// measured in the order of their bounds, until three models are closer than any remaining name can
/// be. Of two thousand names a few are measured. The twin in the tests measures all.
pub(super) fn nearest(registry: &Models, name: &str) -> Vec<String> {
    let Some((name, most_edits)) = query(name) else {
        return Vec::new();
    };
    let own = sketch(&name);
    let mut levels: [Vec<Known<'_>>; MAX_EDITS + 1] = Default::default();
    let letters = name.chars().count();
    let listed = table::names().map(|(known, named, sketch)| {
        let entry = named.entry;
        (known, &*entry.id, entry.spelling(named.which), sketch)
    });
    let added = registry
        .added_names()
        .map(|(known, id, spelling)| (known, id, spelling, sketch(known)));
    for (known, id, spelling, sketch) in added.chain(listed) {
        let bits = (own ^ sketch).count_ones() as usize;
        let bound = bits
            .div_ceil(2)
            .max(known.chars().count().abs_diff(letters));
        if bound <= most_edits {
            levels[bound].push(Known {
                name: known,
                id,
                spelling,
            });
        }
    }
    let mut near = Vec::new();
    for (bound, level) in levels.iter().enumerate() {
        if distinct_below(&near, bound) >= MAX_SUGGESTIONS {
            break;
        }
        near.extend(
            level
                .iter()
                .filter_map(|known| measured(*known, &name, most_edits)),
        );
    }
    best(near)
}

/// Returns the name in lower case and its maximum distance; `None` if suggestions are not sought.
fn query(name: &str) -> Option<(String, usize)> {
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let most_edits = (name.chars().count() / 3).clamp(1, MAX_EDITS);
    Some((name, most_edits))
}

/// Measures the distance of two names; `None` if it is too large.
fn measured<'r>(
    known: Known<'r>,
    name: &str,
    most_edits: usize,
) -> Option<(usize, f64, Known<'r>)> {
    let edits = strsim::osa_distance(known.name, name);
    // A name edited in every letter is another name, not a typo.
    (edits <= most_edits && edits < name.chars().count())
        .then(|| (edits, strsim::jaro_winkler(known.name, name), known))
}

/// Counts the models with a name at a distance below `edits`.
fn distinct_below(near: &[(usize, f64, Known<'_>)], edits: usize) -> usize {
    let mut ids: Vec<&str> = near
        .iter()
        .filter(|(of, ..)| *of < edits)
        .map(|(.., known)| known.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len()
}

/// Selects the closest names of three models.
fn best(mut near: Vec<(usize, f64, Known<'_>)>) -> Vec<String> {
    near.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.total_cmp(&a.1))
            .then(a.2.name.cmp(b.2.name))
    });
    let mut models: Vec<&str> = Vec::new();
    let mut names = Vec::new();
    for (.., known) in near {
        if !models.contains(&known.id) {
            models.push(known.id);
            names.push(known.spelling.to_owned());
        }
        if names.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The twin: measures every name.
    fn nearest_of_all(name: &str) -> Vec<String> {
        let Some((name, most_edits)) = query(name) else {
            return Vec::new();
        };
        let all = table::names().map(|(known, named, _)| Known {
            name: known,
            id: &named.entry.id,
            spelling: named.entry.spelling(named.which),
        });
        best(
            all.filter_map(|known| measured(known, &name, most_edits))
                .collect(),
        )
    }

    /// A listed name with a few random edits.
    fn slip() -> impl Strategy<Value = String> {
        let edit = (0_u8..4, any::<prop::sample::Index>(), "[a-z0-9.-]|\u{e9}");
        (
            any::<prop::sample::Index>(),
            prop::collection::vec(edit, 0..6),
        )
            .prop_map(|(which, edits)| {
                let names: Vec<&str> = table::names().map(|(name, ..)| name).collect();
                let mut name: Vec<char> = which.get(&names).chars().collect();
                for (kind, at, letter) in edits {
                    let at = at.index(name.len() + 1);
                    let letter = letter.chars().next().unwrap_or('x');
                    match kind {
                        0 => name.insert(at, letter),
                        1 if at < name.len() => name[at] = letter,
                        2 if at < name.len() => {
                            name.remove(at);
                        }
                        3 if at + 1 < name.len() => name.swap(at, at + 1),
                        _ => {}
                    }
                }
                name.into_iter().collect()
            })
    }

    proptest! {
        #[test]
        fn few_measured_names_are_enough(name in prop_oneof![slip(), "[a-z0-9./:_-]{0,20}", "\\PC{0,12}"]) {
            prop_assert_eq!(nearest(&Models::builtin(), &name), nearest_of_all(&name));
        }
    }
}
