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
        let request = draft.request();
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
            // Of calls and results there is no half, and an answer that breaks off is no answer: what is cut is what the
            // user or the application wrote.
            let cuts = matches!(
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
                    let parts = request.message(message).parts();
                    let texts: Vec<(PartIndex, u64)> = parts
                        .filter(|part| part.kind() == PartKind::Text)
                        .map(|part| {
                            (
                                part.index(),
                                part.text().map_or(0, |text| draft.count_text(&text)),
                            )
                        })
                        .collect();
                    for (part, tokens) in texts.into_iter().rev() {
                        let excess = draft.excess();
                        if excess == 0 {
                            return;
                        }
                        for least in LEAST {
                            let cut = Cut::first(tokens.saturating_sub(excess).max(least))
                                .marker(self.marker.clone())
                                .at_lines(false);
                            if draft.shorten(message, None, part, &cut) {
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
