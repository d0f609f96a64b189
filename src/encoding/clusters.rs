//! Grapheme clusters: a cut never splits one.

use unicode_segmentation::GraphemeCursor;

/// Whether a grapheme cluster of the whole text begins or ends at `at`, a character boundary.
///
/// A new cursor over the whole text each time: it looks back as far as the rules need (a run of
/// flags, an emoji sequence, a conjunct). The callers below step from character to character, which
/// stays linear: a look back covers only what is between two candidates, except for flags, of which
/// a cluster has two.
pub(super) fn is_cluster_boundary(text: &str, at: usize) -> bool {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor
        .is_boundary(text, 0)
        .expect("the cursor has the whole text")
}
