//! Formats a request's count as a short table: the total compared with the window, and the parts.

use std::fmt;

use super::style::{self, Style};
use super::{bar, percent};
use crate::count::{Accuracy, RequestCount, TokenCount};
use crate::request::Role;
use crate::words::{counted, grouped};

/// Width of the bars in characters.
const BAR: u64 = 24;

/// Maximum number of inexact places that are listed; the rest is counted.
const NAMED_PLACES: usize = 4;

/// Formats a [`RequestCount`] for people.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Request, report::CountReport};
///
/// let models = Models::builtin();
/// let request = Request::parse(r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#)?;
/// let count = models.for_request(&request)?.count(&request);
/// let shown = CountReport::new(&count).to_string();
/// assert!(shown.starts_with("gpt-4o: 8 tokens, exact"));
/// assert!(shown.contains("127,992 left"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CountReport<'c> {
    count: &'c RequestCount,
    style: Style,
}

impl<'c> CountReport<'c> {
    /// Formats a report of a count.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::report::CountReport;
    ///
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert!(CountReport::new(&count).to_string().contains("of the context window of 128,000"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(count: &'c RequestCount) -> CountReport<'c> {
        CountReport {
            count,
            style: Style::PLAIN,
        }
    }

    /// Sets whether the total is colored (ANSI escapes). Off by default.
    ///
    /// ```
    /// use tokenfit::report::CountReport;
    ///
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert!(CountReport::new(&count).colored(true).to_string().contains("\x1b["));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn colored(mut self, colored: bool) -> CountReport<'c> {
        self.style.colored = colored;
        self
    }

    /// Returns the rows in the order of the request, without empty ones.
    fn rows(&self) -> Vec<(String, TokenCount)> {
        let count = self.count;
        let mut rows = Vec::new();
        for (label, roles) in [
            ("instructions", &[Role::System, Role::Developer][..]),
            ("user", &[Role::User]),
            ("assistant", &[Role::Assistant]),
            ("tool results", &[Role::Tool, Role::Function]),
            ("other roles", &[Role::Other]),
        ] {
            let of_role = || {
                count
                    .messages()
                    .iter()
                    .filter(|message| roles.contains(&message.role))
            };
            let messages = of_role().count();
            if messages > 0 {
                let times = if messages == 1 {
                    String::new()
                } else {
                    format!(" × {}", grouped(messages as u64))
                };
                rows.push((
                    format!("{label}{times}"),
                    of_role().map(|message| message.tokens).sum(),
                ));
            }
        }
        for (label, tokens) in [
            ("tool definitions", count.tools()),
            ("response schema", count.schema()),
            ("images and files", count.images()),
            ("framing", count.framing()),
        ] {
            if tokens != TokenCount::ZERO {
                rows.push((label.to_owned(), tokens));
            }
        }
        rows
    }
}

fn range(tokens: TokenCount) -> String {
    if tokens.lower() == tokens.most() {
        String::new()
    } else if tokens.upper().is_none() {
        format!(" ({} or more)", grouped(tokens.lower()))
    } else {
        format!(
            " ({} to {})",
            grouped(tokens.lower()),
            grouped(tokens.most())
        )
    }
}

impl fmt::Display for CountReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count;
        let total = count.total();
        let tokens = counted(total.tokens(), "token");
        writeln!(
            f,
            "{}: {}, {}{}",
            count.model(),
            self.style.paint(style::BOLD, &tokens),
            total.accuracy(),
            range(total)
        )?;
        match (count.context_window(), count.remaining()) {
            (Some(window), Some(remaining)) => {
                // Each of several inputs has the window: the longest one decides.
                let used = i128::from(window) - i128::from(remaining);
                let used = u64::try_from(used).unwrap_or_default();
                let several = used != total.tokens() && count.messages().len() > 1;
                writeln!(
                    f,
                    "{}{} of the context window of {}, {} {}",
                    if several { "longest input: " } else { "" },
                    percent(used, window),
                    grouped(window),
                    grouped(remaining.unsigned_abs()),
                    if remaining >= 0 { "left" } else { "too many" },
                )?;
            }
            _ => writeln!(f, "the context window of this model is not known")?,
        }
        let rows = self.rows();
        let width = rows
            .iter()
            .map(|(label, _)| label.chars().count())
            .max()
            .unwrap_or(0);
        let digits = rows
            .iter()
            .map(|(_, tokens)| grouped(tokens.tokens()).len() + 1)
            .max()
            .unwrap_or(0);
        for (label, tokens) in &rows {
            let about = if tokens.accuracy() == Accuracy::Exact {
                ""
            } else {
                "~"
            };
            writeln!(
                f,
                "  {label:<width$}  {:>digits$}  {:>7}  {}",
                format!("{about}{}", grouped(tokens.tokens())),
                percent(tokens.tokens(), total.tokens()),
                bar(tokens.tokens(), total.tokens(), BAR)
            )?;
        }
        let uncertain = count.uncertain();
        for place in uncertain.iter().take(NAMED_PLACES) {
            let at = match place.pointer.as_str() {
                "" => "the request",
                pointer => pointer,
            };
            writeln!(f, "  not exact: {at}: {}", place.reason)?;
        }
        if uncertain.len() > NAMED_PLACES {
            writeln!(
                f,
                "   not exact: {} more places",
                uncertain.len() - NAMED_PLACES
            )?;
        }
        Ok(())
    }
}
