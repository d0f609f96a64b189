//! Keeps the beginning, and cuts the message that crosses the limit.

use crate::fit::{Cut, Draft, Strategy};
use crate::request::{GroupKind, PartIndex, PartKind};

/// What stays of a text at least, in tokens. A single one can be a blank or half a character, of which nothing is left:
/// then it takes some more.
const LEAST: [u64; 2] = [1, 16];

/// Keeps a history from its start: what does not fit any more goes, and the message that crosses the limit is cut.
///
/// The one strategy whose cut depends on how much room is left: what it is for is a text that has to be short enough once,
/// not a conversation that goes on. Keep rules hold here too; a fitter that is to cut the user's last message has to be told
/// that it need not be kept ([`Preset::TruncateToLimit`](crate::fit::Preset::TruncateToLimit) is).
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
    /// Keeps the beginning, and marks nothing where it cuts.
    pub fn new() -> KeepStart {
        KeepStart {
            marker: String::new(),
        }
    }

    /// What stands where the message was cut. Nothing by default.
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
        // From the end, until what is left would be too small without the next: that one crosses the limit.
        for (at, group) in groups.iter().enumerate().rev() {
            if draft.is_done() {
                return;
            }
            let index = group.index();
            if draft.is_kept(index) {
                continue;
            }
            let excess = draft.excess();
            // An answer that breaks off is no answer, and calls have no half: what is cut is what the user or the application
            // wrote, and what tools answered.
            let is_round = matches!(group.kind(), GroupKind::Round | GroupKind::Orphan);
            let cuts = is_round
                || matches!(
                    group.kind(),
                    GroupKind::User | GroupKind::Instructions | GroupKind::Other
                );
            // The first message stays, cut as it may be: a request without any is none.
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

/// The texts of a message that may be cut, with their result, part and size: those of tools' results alone where it is of a
/// round, whose other texts the model wrote.
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
