//! Formats a check's findings like a compiler: message, file, place in the JSON, remedy.
//!
//! The place is shown without its text: a string is `"…"`, deeper values are `{…}`. Only field
//! names of the API are shown, and the words in `role` and `type`.

use std::fmt;

use super::style::{self, Style};
use crate::check::{CheckReport, Finding, Severity};
use crate::count::TokenCount;
use crate::json::{Kind, Value};
use crate::provider::read_as_far_as_it_goes;
use crate::request::{Given, Request};
use crate::shown::{is_api_field, is_api_word, is_shown_field, shown_word};
use crate::words::{counted, grouped};

/// Maximum length of an excerpt in characters.
const EXCERPT: usize = 72;

/// Maximum number of findings that are listed for one request; the rest is counted.
const SHOWN: usize = 50;

/// Formats a [`CheckReport`] for people.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request, report::CheckText};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
///     {"role": "tool", "tool_call_id": "call_3", "content": "12 left"},
///     {"role": "user", "content": "And the blue ones?"}
/// ]}"#)?;
/// let report = Budget::lenient(&Models::builtin()).check(&request);
/// let shown = CheckText::new(&report, &request).in_file("prompt.json").to_string();
/// assert!(shown.contains("prompt.json:2:5"));
/// assert!(shown.contains(r#"{"role": "tool", "tool_call_id": "…", "content": "…"}"#));
/// assert!(!shown.contains("12 left"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct CheckText<'c> {
    report: &'c CheckReport,
    /// The request, as far as it can be read; `None` if it is not JSON.
    checked: Option<Given<'c>>,
    name: &'c str,
    /// Line and column of the file at which the request begins.
    begins: (usize, usize),
    style: Style,
    summed_up_as: Option<&'c str>,
}

impl<'c> CheckText<'c> {
    /// Formats a report of a check for the request that was checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, report::CheckText};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).check(&request);
    /// let text = CheckText::new(&report, &request).in_file("chat.json").width(80).to_string();
    /// assert!(text.starts_with("refused[empty_messages]"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(report: &'c CheckReport, request: &'c Request<'_>) -> CheckText<'c> {
        CheckText::with(report, Some(Given::Lent(request)))
    }

    fn with(report: &'c CheckReport, checked: Option<Given<'c>>) -> CheckText<'c> {
        CheckText {
            report,
            checked,
            name: "request",
            begins: (1, 1),
            style: Style::PLAIN,
            summed_up_as: None,
        }
    }

    /// Formats a report of a check for the bytes that were checked.
    ///
    /// ```
    /// use tokenfit::report::CheckText;
    ///
    /// let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// let report = tokenfit::check(body);
    /// assert!(CheckText::of_bytes(&report, body).to_string().contains("refused[invalid_type]"));
    /// ```
    pub fn of_bytes<B: AsRef<[u8]> + ?Sized>(
        report: &'c CheckReport,
        body: &'c B,
    ) -> CheckText<'c> {
        let read = read_as_far_as_it_goes(body.as_ref(), report.format(), None);
        let read = read.ok().map(|(request, _)| Given::Kept(Box::new(request)));
        CheckText::with(report, read)
    }

    /// Sets the name of the file that contains the request.
    ///
    /// ```
    /// # use tokenfit::report::CheckText;
    /// # let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// # let report = tokenfit::check(body);
    /// let text = CheckText::of_bytes(&report, body);
    /// assert!(text.in_file("chat.json").to_string().contains("--> chat.json:1:33"));
    /// ```
    #[must_use]
    pub fn in_file(mut self, name: &'c str) -> CheckText<'c> {
        self.name = name;
        self
    }

    /// Sets the line and column (both from 1, the column in bytes) of the file at which the request
    /// begins.
    ///
    /// ```
    /// # use tokenfit::report::CheckText;
    /// # let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// # let report = tokenfit::check(body);
    /// let text = CheckText::of_bytes(&report, body);
    /// assert!(text.in_file("chats.jsonl").beginning_at(7, 1).to_string().contains("--> chats.jsonl:7:33"));
    /// ```
    #[must_use]
    pub fn beginning_at(mut self, line: usize, column: usize) -> CheckText<'c> {
        self.begins = (line.max(1), column.max(1));
        self
    }

    /// Sets the name of the request in the summary line, if it is one of several in its file.
    ///
    /// ```
    /// # use tokenfit::report::CheckText;
    /// # let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// # let report = tokenfit::check(body);
    /// let text = CheckText::of_bytes(&report, body);
    /// assert!(text.summed_up_as("request 7").to_string().contains("request 7: "));
    /// ```
    #[must_use]
    pub fn summed_up_as(mut self, name: &'c str) -> CheckText<'c> {
        self.summed_up_as = Some(name);
        self
    }

    /// Sets whether severities and places are colored (ANSI escapes). Off by default.
    ///
    /// ```
    /// # use tokenfit::report::CheckText;
    /// # let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// # let report = tokenfit::check(body);
    /// let text = CheckText::of_bytes(&report, body);
    /// assert!(text.colored(true).to_string().contains("\x1b["));
    /// ```
    #[must_use]
    pub fn colored(mut self, colored: bool) -> CheckText<'c> {
        self.style.colored = colored;
        self
    }

    /// Breaks messages and remedies into lines of at most `columns`.
    ///
    /// ```
    /// # use tokenfit::report::CheckText;
    /// # let body = r#"{"model": "gpt-4o", "messages": "Hello"}"#;
    /// # let report = tokenfit::check(body);
    /// let text = CheckText::of_bytes(&report, body);
    /// assert!(text.width(40).to_string().lines().count() > 6);
    /// ```
    #[must_use]
    pub fn width(mut self, columns: usize) -> CheckText<'c> {
        self.style.width = columns;
        self
    }

    fn place(&self, finding: &Finding) -> (usize, usize) {
        let checked = self.checked.as_ref();
        let place = checked.map_or((1, 1), |checked| {
            checked.request().line_and_column(finding.offset())
        });
        super::placed(place, self.begins)
    }

    fn finding(&self, finding: &Finding, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = self.style;
        let (line, column) = self.place(finding);
        let tag = format!("{}[{}]:", finding.severity, finding.code);
        let used = tag.chars().count() + 1;
        writeln!(
            f,
            "{} {}",
            style.paint(color_of(finding.severity), &tag),
            style.wrapped(used, "    ", &finding.message)
        )?;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let bar = style.paint(style::BLUE, "|");
        let arrow = style.paint(style::BLUE, "-->");
        writeln!(f, "{margin}{arrow} {}:{line}:{column}", self.name)?;
        let excerpt = self.excerpt(finding);
        if !excerpt.is_empty() {
            let marks = "^".repeat(excerpt.chars().count());
            let marks = style.paint(color_of(finding.severity), &marks);
            writeln!(f, "{margin} {bar}")?;
            writeln!(f, "{number} {bar} {excerpt}")?;
            writeln!(f, "{margin} {bar} {marks}")?;
        }
        let mut note = |label: &str, text: &str| {
            let used = margin.len() + 3 + label.len();
            let indent = format!("{margin}   {}", " ".repeat(label.len()));
            let text = style.wrapped(used, &indent, text);
            let equals = style.paint(style::BLUE, "=");
            writeln!(f, "{margin} {equals} {label}{text}")
        };
        if !finding.pointer.is_empty() {
            note("at ", &finding.pointer)?;
        }
        for place in &finding.related {
            note("see ", place)?;
        }
        note("help: ", &finding.remedy)?;
        if let Some(api) = &finding.api {
            note(
                "api: ",
                &format!("{} {}: {}", api.status, api.kind, api.message),
            )?;
        }
        writeln!(f)
    }

    /// Returns the place in the JSON, without its text.
    fn excerpt(&self, finding: &Finding) -> String {
        let checked = self.checked.as_ref().map(Given::request);
        let Some(value) = checked.and_then(|request| request.value_at(finding.offset())) else {
            return String::new();
        };
        let mut out = String::new();
        let step = finding.pointer.rsplit('/').next().unwrap_or_default();
        // An unknown field is named where the finding names it: by its place.
        if !step.is_empty() && !step.bytes().all(|b| b.is_ascii_digit()) && is_shown_field(step) {
            out.push_str(&format!("\"{step}\": "));
        }
        match value.as_str() {
            // A role is shown if it looks like one.
            Some(word) if step == "role" && shown_word(&word) == *word => {
                out.push_str(&format!("\"{word}\""));
            }
            _ => masked(value, matches!(step, "role" | "type"), 1, &mut out),
        }
        if out.chars().count() > EXCERPT {
            out = out.chars().take(EXCERPT - 1).collect();
            out.push('…');
        }
        out
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        let found: Vec<String> = [Severity::Refused, Severity::Risky, Severity::Wasteful]
            .into_iter()
            .map(|severity| (report.count_of(severity), severity))
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| format!("{} {severity}", grouped(count as u64)))
            .collect();
        let found = if found.is_empty() {
            "ok".to_owned()
        } else {
            found.join(", ")
        };
        let color = match () {
            () if report.count_of(Severity::Refused) > 0 => style::RED,
            () if report.findings().is_empty() => style::GREEN,
            () => style::YELLOW,
        };
        let name = self.summed_up_as.unwrap_or(self.name);
        write!(f, "{name}: {}", self.style.paint(color, &found))?;
        match (report.tokens(), report.budget()) {
            (Some(tokens), Some(budget)) => {
                write!(f, "; {} of {}", size(tokens), grouped(budget))?;
            }
            (Some(tokens), None) => write!(f, "; {}", size(tokens))?,
            _ => {}
        }
        writeln!(f)
    }
}

fn color_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Refused => style::RED,
        Severity::Risky => style::YELLOW,
        _ => style::CYAN,
    }
}

/// Formats a count for the summary line.
fn size(tokens: TokenCount) -> String {
    if tokens.lower() == tokens.most() {
        counted(tokens.tokens(), "token")
    } else if tokens.upper().is_none() {
        format!("about {}", counted(tokens.tokens(), "token"))
    } else {
        format!("at most {}", counted(tokens.most(), "token"))
    }
}

/// Formats a value without its text, on one line.
fn masked(value: Value<'_>, is_word: bool, depth: usize, out: &mut String) {
    match value.kind() {
        Kind::String => {
            let word = value.as_str().filter(|text| is_word && is_api_word(text));
            match word {
                Some(word) => out.push_str(&format!("\"{word}\"")),
                None if value.is_empty() => out.push_str("\"\""),
                None => out.push_str("\"…\""),
            }
        }
        Kind::Array if value.is_empty() => out.push_str("[]"),
        Kind::Array => out.push_str("[…]"),
        Kind::Object if value.is_empty() => out.push_str("{}"),
        Kind::Object if depth == 0 => out.push_str("{…}"),
        Kind::Object => {
            out.push('{');
            for (nth, (key, value)) in value.entries().enumerate() {
                if nth > 0 {
                    out.push_str(", ");
                }
                // Long enough to be cut: the rest is not shown.
                if out.len() > 4 * EXCERPT {
                    break;
                }
                let key = key.as_str().unwrap_or_default();
                out.push_str(&format!(
                    "\"{}\": ",
                    if is_api_field(&key) { &key } else { "…" }
                ));
                if is_api_field(&key) || value.kind() == Kind::String {
                    masked(value, matches!(&*key, "role" | "type"), depth - 1, out);
                } else {
                    out.push('…');
                }
            }
            out.push('}');
        }
        _ => out.push_str(value.raw()),
    }
}

/// Prints numbers only.
impl fmt::Debug for CheckText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckText")
            .field("report", self.report)
            .field("begins", &self.begins)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for CheckText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.report.findings();
        for finding in findings.iter().take(SHOWN) {
            self.finding(finding, f)?;
        }
        if findings.len() > SHOWN {
            writeln!(
                f,
                "{} more\n",
                counted((findings.len() - SHOWN) as u64, "finding")
            )?;
        }
        self.summary(f)
    }
}
