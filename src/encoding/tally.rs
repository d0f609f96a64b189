//! Count of a growing text.

use std::fmt;

use super::Encoding;
use super::seams::seam_at_or_before;

/// Text without a seam is searched again only after it has doubled.
const FIRST_SEARCH: usize = 256;

impl Encoding {
    /// Returns how many tokens `appended` adds to a string; negative if it joins a long token.
    ///
    /// Tokens before the last seam of the text are the same in both, so only the rest is counted.
    /// Linear in that and in `appended`.
    pub(crate) fn count_appended(self, text: &str, appended: &str) -> isize {
        let family = self.family();
        let seam = seam_at_or_before(family.seams(), text, text.len(), 0);
        let end = &text[seam..];
        let count = |text: &str| match seam {
            0 => family.count(text),
            _ => family.count_more(text),
        };
        count(&[end, appended].concat()) as isize - count(end) as isize
    }
}

/// Counts a string that arrives in parts, such as a model's answer while it streams.
///
/// The count is always that of the whole text so far, wherever it was split: tokens that span two
/// parts are counted correctly. Only the end of the text is stored, from the last position on where
/// its tokens cannot change any more: some dozens of bytes of ordinary text, or everything if there
/// is no such position (one long word).
///
/// `Debug` prints numbers, not text.
///
/// # Examples
///
/// ```
/// use tokenfit::{Encoding, Tally};
///
/// let mut tally = Tally::new(Encoding::O200K_BASE);
/// for delta in ["Str", "eaming is", " fun", "!"] {
///     tally.push(delta);
/// }
/// assert_eq!(tally.tokens(), Encoding::O200K_BASE.count("Streaming is fun!"));
/// ```
#[doc(alias = "streaming")]
#[derive(Clone)]
pub struct Tally {
    encoding: Encoding,
    /// Tokens of the settled text, and its bytes.
    settled: usize,
    settled_bytes: usize,
    /// Text that is not settled.
    open: String,
    /// Length of that text at which a seam is searched again.
    search_at: usize,
}

impl Tally {
    /// Creates the tally of an empty text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Encoding, Tally};
    /// assert_eq!(Tally::new(Encoding::O200K_BASE).tokens(), 0);
    /// ```
    pub fn new(encoding: Encoding) -> Tally {
        Tally {
            encoding,
            settled: 0,
            settled_bytes: 0,
            open: String::new(),
            search_at: FIRST_SEARCH,
        }
    }

    /// Appends text, which may end anywhere, also within a word.
    ///
    /// Time: linear in the text over all pushes together; a single push may also count what earlier
    /// ones left open.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Encoding, Tally};
    /// let mut tally = Tally::new(Encoding::O200K_BASE);
    /// tally.push("hel");
    /// tally.push("lo");
    /// assert_eq!(tally.tokens(), 1);
    /// ```
    pub fn push(&mut self, text: &str) {
        self.open.push_str(text);
        if self.open.len() < self.search_at {
            return;
        }
        let family = self.encoding.family();
        let seam = seam_at_or_before(family.seams(), &self.open, self.open.len(), 0);
        if seam > 0 {
            self.settled += self.count_open(seam);
            self.settled_bytes += seam;
            self.open.drain(..seam);
        }
        self.search_at = FIRST_SEARCH.max(self.open.len() * 2);
    }

    /// Returns the tokens of the whole text so far.
    ///
    /// Time: linear in the open text, usually some hundreds of bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Encoding, Tally};
    /// let mut tally = Tally::new(Encoding::O200K_BASE);
    /// tally.push("one two three");
    /// assert_eq!(tally.tokens(), 3);
    /// ```
    pub fn tokens(&self) -> usize {
        self.settled + self.count_open(self.open.len())
    }

    /// Counts the tokens of the open text, up to a seam or the end.
    fn count_open(&self, end: usize) -> usize {
        let family = self.encoding.family();
        if self.settled_bytes == 0 {
            family.count(&self.open[..end])
        } else {
            family.count_more(&self.open[..end])
        }
    }

    /// Returns the bytes of the whole text so far.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Encoding, Tally};
    /// let mut tally = Tally::new(Encoding::O200K_BASE);
    /// tally.push("héllo");
    /// assert_eq!(tally.len_bytes(), 6);
    /// ```
    pub fn len_bytes(&self) -> usize {
        self.settled_bytes + self.open.len()
    }

    /// Returns the encoding that the tally counts with.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Encoding, Tally};
    /// assert_eq!(Tally::new(Encoding::O200K_BASE).encoding(), Encoding::O200K_BASE);
    /// ```
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally")
            .field("encoding", &self.encoding)
            .field("len_bytes", &self.len_bytes())
            .field("open_bytes", &self.open.len())
            .finish()
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
        fn what_is_appended_adds_what_the_whole_has_more(
            text in traps::any_text(),
            appended in prop_oneof![traps::any_text(), traps::any_text().prop_map(|text| format!("\n\n{text}"))],
        ) {
            for &encoding in Encoding::ALL {
                let whole = encoding.count(&format!("{text}{appended}"));
                let more = whole as isize - encoding.count(&text) as isize;
                prop_assert_eq!(encoding.count_appended(&text, &appended), more);
            }
        }

        #[test]
        fn is_the_count_of_the_whole(parts in prop::collection::vec(traps::any_text(), 0..12)) {
            for &encoding in Encoding::ALL {
                let mut tally = Tally::new(encoding);
                let mut whole = String::new();
                for part in &parts {
                    tally.push(part);
                    whole += part;
                    prop_assert_eq!(tally.tokens(), encoding.count(&whole));
                    prop_assert_eq!(tally.len_bytes(), whole.len());
                }
            }
        }
    }

    #[test]
    fn what_is_kept_stays_small() {
        let mut tally = Tally::new(Encoding::ALL[0]);
        for _ in 0..10_000 {
            tally.push("word ");
            assert!(tally.open.len() < 2 * FIRST_SEARCH);
        }
        let debug = format!("{tally:?}");
        assert!(!debug.contains("word"), "{debug}");
    }
}
