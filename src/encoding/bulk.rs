//! Counts many strings on all cores.

use rayon::prelude::*;

use super::Encoding;
use super::seams::seam_at_or_after;

/// Bytes per part of a long string, each up to the next seam.
const PART: usize = 32 << 10;

impl Encoding {
    /// Counts the tokens of each string on all cores. Needs the feature `parallel`.
    ///
    /// Use it for a document store or an evaluation set; for the few strings of a request
    /// [`count`](Self::count) is faster, because handing over work takes longer than counting a
    /// short string. Runs on the current or global rayon pool. A long string is shared out too, cut
    /// where its tokens cannot change.
    ///
    /// Time: linear in the bytes, divided by the cores. Allocates the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let counts = Encoding::O200K_BASE.count_all(&["one two", "three", ""]);
    /// assert_eq!(counts, [2, 1, 0]);
    /// ```
    pub fn count_all<T: AsRef<str> + Sync>(self, texts: &[T]) -> Vec<usize> {
        texts
            .par_iter()
            .map(|text| self.count_shared_out(text.as_ref()))
            .collect()
    }

    fn count_shared_out(self, text: &str) -> usize {
        if text.len() <= 2 * PART {
            return self.count(text);
        }
        let family = self.family();
        let mut parts = Vec::with_capacity(text.len() / PART + 1);
        let mut start = 0;
        while start < text.len() {
            let end = seam_at_or_after(family.seams(), text, start.saturating_add(PART));
            parts.push(start..end);
            start = end;
        }
        parts
            .into_par_iter()
            .map(|part| family.count_between(text, part))
            .sum()
    }
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::traps;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_one_by_one(texts in prop::collection::vec(traps::any_text(), 0..8), times in 1..200usize) {
            let mut texts = texts;
            let long = texts.concat().repeat(times);
            texts.push(long);
            for encoding in [Encoding::ALL[0], Encoding::CL100K_BASE] {
                let expected: Vec<usize> = texts.iter().map(|text| encoding.count(text)).collect();
                prop_assert_eq!(encoding.count_all(&texts), expected);
            }
        }
    }
}
