//! Formats edits and receipts for people: totals, and a line for each edit.

use std::fmt;

use super::{Edit, Receipt};
use crate::shown::bare_name;
use crate::words::{counted, grouped};

/// Maximum number of edits that are listed for one request; the rest is summed by reason.
const SHOWN: usize = 50;

/// Formats as `dropped: /messages/2 and 1 more, 93 → 0 tokens (drop_oldest)`: action, places, call,
/// sizes, reason.
impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action.words())?;
        match self.pointers.as_slice() {
            [] => f.write_str(": the request")?,
            [place] if place.is_empty() => f.write_str(": the request")?,
            [place] => write!(f, ": {place}")?,
            [place, rest @ ..] => write!(f, ": {place} and {} more", rest.len())?,
        }
        if let Some(id) = &self.id {
            write!(f, ", id {id}")?;
        }
        let sizes = [
            (self.tokens_before, self.tokens_after, "token"),
            (self.bytes_before, self.bytes_after, "byte"),
        ];
        // A size in tokens says it all; bytes are for what was not counted.
        for (before, after, unit) in sizes {
            if let (Some(before), Some(after)) = (before, after)
                && before != after
            {
                write!(f, ", {} → {}", grouped(before), counted(after, unit))?;
                break;
            }
        }
        if self.reason.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", bare_name(&self.reason))
    }
}

/// Edits as lines: the first ones, and the sum of the rest.
pub(crate) struct Lines<'e> {
    edits: &'e [Edit],
    shown: usize,
}

impl<'e> Lines<'e> {
    /// Lists up to fifty edits, and sums up the rest.
    pub(crate) fn of(edits: &'e [Edit]) -> Lines<'e> {
        Lines {
            edits,
            shown: SHOWN,
        }
    }

    /// Lists one line for each reason.
    pub(crate) fn sums_of(edits: &'e [Edit]) -> Lines<'e> {
        Lines { edits, shown: 0 }
    }

    /// Returns the lines without line breaks. Linear in the edits and their reasons.
    pub(crate) fn to_vec(&self) -> Vec<String> {
        let (shown, rest) = self.edits.split_at(self.edits.len().min(self.shown));
        let more = if shown.is_empty() { "" } else { " more" };
        let mut lines: Vec<String> = shown.iter().map(Edit::to_string).collect();
        let mut sums: Vec<(&str, u64, u64)> = Vec::new();
        for edit in rest {
            let saved = edit.tokens_before.zip(edit.tokens_after);
            let saved = saved.map_or(0, |(before, after)| before.saturating_sub(after));
            match sums.iter_mut().find(|(reason, ..)| *reason == edit.reason) {
                Some((_, times, sum)) => {
                    *times += 1;
                    *sum = sum.saturating_add(saved);
                }
                None => sums.push((&edit.reason, 1, saved)),
            }
        }
        lines.extend(sums.into_iter().map(|(reason, times, saved)| {
            let mut line = format!("{}{more} ({}", counted(times, "edit"), bare_name(reason));
            if saved > 0 {
                line.push_str(&format!(": {} less", counted(saved, "token")));
            }
            line + ")"
        }));
        lines
    }
}

/// Formats the totals on the first line, then a line for each edit.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("unchanged")?;
        } else {
            f.write_str(&counted(self.edits.len() as u64, "edit"))?;
        }
        f.write_str(": ")?;
        if let (Some(before), Some(after)) = (self.tokens_before, self.tokens_after) {
            f.write_str(&change(before, after, "token"))?;
            if let Some(limit) = self.limit {
                write!(f, ", at most {}", grouped(limit))?;
            }
            f.write_str("; ")?;
        }
        f.write_str(&change(
            self.messages_before as u64,
            self.messages_after as u64,
            "message",
        ))?;
        let (before, after) = (self.bytes_before as u64, self.bytes_after as u64);
        write!(f, ", {}", change(before, after, "byte"))?;
        if let Some(model) = &self.model {
            write!(f, "\n  the model is {} now", bare_name(model))?;
        }
        for line in Lines::of(&self.edits).to_vec() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

/// Formats `132 → 39 tokens`; one number if nothing changed.
fn change(before: u64, after: u64, unit: &str) -> String {
    if before == after {
        counted(after, unit)
    } else {
        format!("{} → {}", grouped(before), counted(after, unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Action;

    #[test]
    fn lines_have_what_is_known() {
        let edit = Edit::at(
            Action::MovedResult,
            "/messages/3".to_owned(),
            "misplaced_tool_result",
            (60, 60),
        );
        assert_eq!(
            edit.clone().of_call("c7", None).to_string(),
            "moved a result directly after its call: /messages/3, id c7 (misplaced_tool_result)"
        );
        let edit = Edit {
            tokens_before: Some(1200),
            tokens_after: Some(1),
            bytes_before: None,
            ..edit
        };
        assert!(edit.to_string().contains(", 1,200 → 1 token ("));
        let many = vec![edit; 80];
        let lines = Lines::of(&many).to_vec();
        assert_eq!(lines.len(), SHOWN + 1);
        assert_eq!(
            lines.last().unwrap(),
            "30 edits more (misplaced_tool_result: 35,970 tokens less)"
        );
    }

    #[test]
    fn the_json_of_an_edit_is_read_again() {
        for action in [
            Action::JoinedMessages,
            Action::DroppedGroup { group: 2.into() },
            Action::DroppedMedia {
                message: 1,
                result: None,
                part: 0.into(),
                placeholder: "gone".to_owned(),
            },
        ] {
            let edit = Edit::at(action, "/messages/1".to_owned(), "why", (9, 0));
            let json = serde_json::to_value(&edit).unwrap();
            assert_eq!(json["action"], edit.action.as_str());
            assert_eq!(serde_json::from_value::<Edit>(json).unwrap(), edit);
        }
    }
}
