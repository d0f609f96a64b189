//! Cuts a long string.

use std::borrow::Cow;

use unicode_segmentation::GraphemeCursor;

use super::MessageCounter;

/// Default marker at the place of a cut.
pub const CUT_MARKER: &str = "\n[… shortened …]\n";

/// Part of a string that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    First,
    Last,
    Ends,
}

/// How to cut a string: the maximum of tokens, and which part to keep. Cuts never split a visible
/// character (a grapheme cluster), and are moved to a line break if one is near.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::fit::{Cut};
///
/// let models = Models::builtin();
/// let by_model = models.get("gpt-4o")?;
/// let log = "GET /index.html 200\n".repeat(100);
/// let cut = Cut::ends(50).marker("[…]\n");
/// let short = cut.apply(&log, &by_model);
/// assert!(short.starts_with("GET /index.html 200\n") && short.ends_with("[…]\nGET /index.html 200\n".get(6..).unwrap()));
/// assert_eq!(cut.apply("too short to cut", &by_model), "too short to cut");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    most: u64,
    side: Side,
    marker: String,
    at_lines: bool,
}

/// Parts of a string that a cut keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) first_bytes: usize,
    pub(super) last_bytes: usize,
    pub(super) tokens_before: u64,
    pub(super) tokens_after: u64,
}

impl Cut {
    fn new(most: u64, side: Side) -> Cut {
        Cut {
            most,
            side,
            marker: CUT_MARKER.to_owned(),
            at_lines: true,
        }
    }

    /// Keeps at most `most_tokens` from the beginning, including the marker.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Unit};
    ///
    /// let cut = Cut::first(3).marker("…").at_lines(false);
    /// assert_eq!(cut.apply("abcdefgh", &Unit::Characters), "ab…");
    /// ```
    pub fn first(most_tokens: u64) -> Cut {
        Cut::new(most_tokens, Side::First)
    }

    /// Keeps at most `most_tokens` from the end, including the marker.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Unit};
    ///
    /// let cut = Cut::last(3).marker("…").at_lines(false);
    /// assert_eq!(cut.apply("abcdefgh", &Unit::Characters), "…gh");
    /// ```
    pub fn last(most_tokens: u64) -> Cut {
        Cut::new(most_tokens, Side::Last)
    }

    /// Keeps the beginning and the end, each with half of `most_tokens`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Unit};
    ///
    /// let cut = Cut::ends(5).marker("…").at_lines(false);
    /// assert_eq!(cut.apply("abcdefgh", &Unit::Characters), "ab…gh");
    /// ```
    pub fn ends(most_tokens: u64) -> Cut {
        Cut::new(most_tokens, Side::Ends)
    }

    /// Sets the marker at the place of the cut, [`CUT_MARKER`] by default; it may be empty.
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Unit};
    ///
    /// let cut = Cut::first(6).marker("[…]").at_lines(false);
    /// assert_eq!(cut.apply("abcdefgh", &Unit::Characters), "abc[…]");
    /// ```
    #[must_use]
    pub fn marker(mut self, marker: impl Into<String>) -> Cut {
        self.marker = marker.into();
        self
    }

    /// Sets whether a cut is moved to a line break in the last quarter of the kept part. On by
    /// default.
    ///
    /// ```
    /// use tokenfit::fit::{Cut, Unit};
    ///
    /// let cut = Cut::first(8).marker("");
    /// assert_eq!(cut.apply("line 1\nline 2\n", &Unit::Characters), "line 1\n");
    /// assert_eq!(cut.at_lines(false).apply("line 1\nline 2\n", &Unit::Characters), "line 1\nl");
    /// ```
    #[must_use]
    pub fn at_lines(mut self, at_lines: bool) -> Cut {
        self.at_lines = at_lines;
        self
    }

    /// Returns the cut with another maximum of tokens.
    pub(super) fn to(mut self, most: u64) -> Cut {
        self.most = most;
        self
    }

    pub(super) fn most(&self) -> u64 {
        self.most
    }

    pub(super) fn marker_text(&self) -> &str {
        &self.marker
    }

    /// Returns the cut string. Linear in the string for a [`Model`](crate::Model) with a public
    /// encoding.
    ///
    /// ```
    /// use tokenfit::{Models, fit::Cut};
    ///
    /// let model = Models::builtin().get("gpt-4o")?;
    /// let short = Cut::first(20).apply(&"water the beds ".repeat(100), &model).into_owned();
    /// assert!(model.count_text(&short).tokens() <= 20 && short.ends_with("[… shortened …]\n"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn apply<'t>(&self, text: &'t str, counter: &dyn MessageCounter) -> Cow<'t, str> {
        match self.of(text, counter) {
            None => Cow::Borrowed(text),
            Some(kept) => Cow::Owned(joined(
                text,
                kept.first_bytes,
                kept.last_bytes,
                &self.marker,
            )),
        }
    }

    /// Returns the parts to keep; `None` if the string is short enough, or nothing would be saved.
    pub(super) fn of(&self, text: &str, counter: &dyn MessageCounter) -> Option<Kept> {
        let tokens_before = counter.count_text(text);
        if tokens_before <= self.most {
            return None;
        }
        let mut room = self.most.saturating_sub(counter.count_text(&self.marker));
        // With estimated tokens, a string cut by one vocabulary can count more in another. So the
        // result is measured, and cut again by the excess.
        for _ in 0..ROUNDS {
            let (first, last) = self.ends_of(text, counter, room);
            let left = joined(text, first, last, &self.marker);
            let tokens_after = counter.count_text(&left);
            if tokens_after <= self.most || room == 0 {
                return (tokens_after < tokens_before).then_some(Kept {
                    first_bytes: first,
                    last_bytes: last,
                    tokens_before,
                    tokens_after,
                });
            }
            let over = tokens_after - self.most;
            room = (room * self.most / tokens_after)
                .min(room.saturating_sub(over.div_ceil(2)).saturating_sub(1));
        }
        None
    }

    /// Returns a cut and the parts it keeps. A result that would be blank gets a marker, because
    /// providers refuse blank text; text that was blank stays so.
    pub(super) fn leaving_words(
        &self,
        text: &str,
        counter: &dyn MessageCounter,
    ) -> Option<(Cow<'_, Cut>, Kept)> {
        let kept = self.of(text, counter)?;
        let left = joined(text, kept.first_bytes, kept.last_bytes, &self.marker);
        if !left.trim().is_empty() || text.trim().is_empty() {
            return Some((Cow::Borrowed(self), kept));
        }
        let marked = self.clone().marker(CUT_MARKER);
        let kept = marked.of(text, counter)?;
        // A marker alone is no cut: nothing of the text would be left.
        (kept.first_bytes + kept.last_bytes > 0).then_some((Cow::Owned(marked), kept))
    }

    /// Returns the lengths in bytes of the kept beginning and end.
    fn ends_of(&self, text: &str, counter: &dyn MessageCounter, room: u64) -> (usize, usize) {
        let (first, last) = match self.side {
            Side::First => (room, 0),
            Side::Last => (0, room),
            Side::Ends => (room - room / 2, room / 2),
        };
        let mut first_bytes = match first {
            0 => 0,
            _ => counter.keep_first(text, first),
        };
        let rest = &text[first_bytes..];
        let mut last_bytes = match last {
            0 => 0,
            _ => counter.keep_last(rest, last),
        };
        if self.at_lines {
            // Keep whole lines if that removes at most a quarter more.
            let kept = &text[..first_bytes];
            if let Some(end) = kept
                .rfind('\n')
                .map(|at| at + 1)
                .filter(|&at| first_bytes - at <= first_bytes / 4)
            {
                first_bytes = end;
            }
            let kept = &text[text.len() - last_bytes..];
            if let Some(from) = kept
                .find('\n')
                .map(|at| at + 1)
                .filter(|&at| at <= last_bytes / 4 && at < last_bytes)
            {
                last_bytes -= from;
            }
        }
        (first_bytes, last_bytes)
    }
}

/// More rounds than needed: each one at least halves the excess.
const ROUNDS: usize = 64;

/// Joins the two ends of a string with a marker. Positions inside of a character are moved
/// outwards, because a plan can come from anywhere.
pub(super) fn joined(text: &str, first_bytes: usize, last_bytes: usize, marker: &str) -> String {
    let first = boundary_at_or_before(text, first_bytes.min(text.len()));
    let from = text.len().saturating_sub(last_bytes).max(first);
    let last = boundary_at_or_after(text, from);
    format!("{}{marker}{}", &text[..first], &text[last..])
}

fn is_boundary(text: &str, at: usize) -> bool {
    text.is_char_boundary(at)
        && GraphemeCursor::new(at, text.len(), true)
            .is_boundary(text, 0)
            .unwrap_or(true)
}

fn boundary_at_or_before(text: &str, mut at: usize) -> usize {
    while !is_boundary(text, at) {
        at -= 1;
    }
    at
}

fn boundary_at_or_after(text: &str, mut at: usize) -> usize {
    while !is_boundary(text, at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fit::Unit;

    #[test]
    fn ends_stay_and_the_marker_stands_between() {
        let cut = Cut::ends(9).marker("~").at_lines(false);
        assert_eq!(
            cut.apply("0123456789abcdef", &Unit::Characters),
            "0123~cdef"
        );
        let cut = Cut::first(4).marker("").at_lines(false);
        assert_eq!(cut.apply("0123456789", &Unit::Characters), "0123");
        let cut = Cut::last(4).marker("~").at_lines(false);
        assert_eq!(cut.apply("0123456789", &Unit::Characters), "~789");
    }

    #[test]
    fn lines_stay_whole_where_they_end_near() {
        let cut = Cut::first(12).marker("");
        assert_eq!(
            cut.apply("line one.\nline two.\n", &Unit::Characters),
            "line one.\n"
        );
        assert_eq!(
            cut.apply("a\nlonger than that", &Unit::Characters),
            "a\nlonger tha"
        );
    }

    #[test]
    fn a_marker_that_is_longer_than_the_room_leaves_itself_alone() {
        let cut = Cut::first(2).marker("[gone]");
        assert_eq!(cut.apply("0123456789", &Unit::Characters), "[gone]");
        // Nothing would be saved.
        assert_eq!(cut.apply("01234", &Unit::Characters), "01234");
    }

    proptest! {
        #[test]
        fn what_stays_is_short_enough_and_of_whole_clusters(
            text in "(a|é|👩‍👩‍👧|🏳️‍🌈|\n| |字|e\u{301}){0,60}",
            most in 0_u64..40,
            which in 0..3,
        ) {
            let cut = match which {
                0 => Cut::first(most),
                1 => Cut::last(most),
                _ => Cut::ends(most),
            }
            .marker("…");
            let short = cut.apply(&text, &Unit::Characters);
            if Unit::Characters.count_text(&text) <= most {
                prop_assert_eq!(&*short, &text);
            } else if most >= 1 && text.len() > 40 {
                prop_assert!(Unit::Characters.count_text(&short) <= most.max(1));
                let (first, last) = short.split_once('…').unwrap();
                prop_assert!(text.starts_with(first) && text.ends_with(last));
                prop_assert!(is_boundary(&text, first.len()));
                prop_assert!(is_boundary(&text, text.len() - last.len()));
            }
            let _ = cut.apply(&text, &Unit::Words);
        }
    }
}
