//! Keeps the beginning, and cuts the message that crosses the limit.

use crate::fit::{Cut, Draft, Strategy};
use crate::request::{GroupKind, PartIndex, PartKind};

/// Minimum of tokens that stay of a string. A single one can be a blank or half a character, of
/// which nothing would be left; then more are kept.
const LEAST: [u64; 2] = [1, 16];

/// Keeps a history from its start: everything after the limit is dropped, and the message that
/// crosses it is cut.
///
/// The only strategy whose cut depends on the available room: it is for content that must be short
/// enough once, not for a continuing conversation. Keep rules apply here too; to cut the last user
/// message, turn its protection off, as
/// [`Preset::TruncateToLimit`](crate::fit::Preset::TruncateToLimit) does.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::Preset;
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4")?).limit_input(14);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "one two three four five six seven eight nine ten"},
///     {"role": "user", "content": "more"}]}"#)?;
/// let fitted = Preset::TruncateToLimit.fitter(budget).fit(&request)?;
/// let texts: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(texts, ["one two three four five six seven"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KeepStart {
    marker: String,
}

impl KeepStart {
    /// Keeps the beginning, without a marker at the cut.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{Fitter, Keep, KeepStart, Unit}};
    /// # let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Words).low_water(1.0).keep(Keep::nothing());
    /// # let request = Request::parse(r#"[{"role": "user", "content": "one two three four five six"}, {"role": "user", "content": "more"}]"#)?;
    /// // A limit of three words.
    /// let fitted = fitter.then(KeepStart::new()).fit(&request)?;
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "one two three ");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> KeepStart {
        KeepStart {
            marker: String::new(),
        }
    }

    /// Sets the marker at the cut; empty by default.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{Fitter, Keep, KeepStart, Unit}};
    /// # let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Words).low_water(1.0).keep(Keep::nothing());
    /// # let request = Request::parse(r#"[{"role": "user", "content": "one two three four five six"}, {"role": "user", "content": "more"}]"#)?;
    /// // A limit of three words.
    /// let fitted = fitter.then(KeepStart::new().marker(" [cut]")).fit(&request)?;
    /// assert!(fitted.request().messages().next().unwrap().text().ends_with(" [cut]"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn marker(mut self, marker: impl Into<String>) -> KeepStart {
        self.marker = marker.into();
        self
    }
}

impl Default for KeepStart {
    fn default() -> KeepStart {
        KeepStart::new()
    }
}

impl Strategy for KeepStart {
    fn propose(&self, draft: &mut Draft<'_>) {
        let groups = draft.groups();
        // From the end, until the rest would be too small without the next group: that one crosses
        // the limit.
        for (at, group) in groups.iter().enumerate().rev() {
            if draft.is_done() {
                return;
            }
            let index = group.index();
            if draft.is_kept(index) {
                continue;
            }
            let excess = draft.excess();
            // An answer must not break off, and calls cannot be cut: only content of the user or
            // the application and tool results are cut.
            let is_round = matches!(group.kind(), GroupKind::Round | GroupKind::Orphan);
            let cuts = is_round
                || matches!(
                    group.kind(),
                    GroupKind::User | GroupKind::Instructions | GroupKind::Other
                );
            // The first message stays, possibly cut, because a request needs a message.
            let is_first = !groups[..at]
                .iter()
                .any(|before| before.kind() != GroupKind::Instructions);
            if cuts && (is_first || draft.size_of(index) > excess) {
                let last = group.messages().iter().rev();
                for &message in last {
                    let texts = texts_of(draft, message, is_round);
                    for (result, part, tokens) in texts.into_iter().rev() {
                        let excess = draft.excess();
                        if excess == 0 {
                            return;
                        }
                        for least in LEAST {
                            let cut = Cut::first(tokens.saturating_sub(excess).max(least))
                                .marker(self.marker.clone())
                                .at_lines(false);
                            if draft.shorten(message, result, part, &cut) {
                                break;
                            }
                        }
                    }
                }
                if draft.is_done() {
                    return;
                }
            }
            if !is_first {
                draft.drop_group(index);
            }
        }
    }

    fn name(&self) -> &str {
        "keep_start"
    }
}

/// Returns the strings of a message that may be cut, with their result, part and size: only tool
/// results if it belongs to a round, whose other text the model wrote.
fn texts_of(
    draft: &Draft<'_>,
    message: usize,
    is_round: bool,
) -> Vec<(Option<usize>, PartIndex, u64)> {
    let message = draft.request().message(message);
    let is_result = message
        .tool_results()
        .any(|result| result.is_whole_message());
    let own = message
        .parts()
        .filter(|_| is_result || !is_round)
        .map(|part| (None, part));
    let of_results = message
        .tool_results()
        .enumerate()
        .filter(|(_, result)| !result.is_whole_message())
        .flat_map(|(nth, result)| {
            let parts = result.parts().map(|part| (Some(nth), part));
            parts.collect::<Vec<_>>()
        });
    own.chain(of_results)
        .filter(|(_, part)| part.kind() == PartKind::Text)
        .map(|(result, part)| {
            let tokens = part.text().map_or(0, |text| draft.count_text(&text));
            (result, part.index(), tokens)
        })
        .collect()
}
