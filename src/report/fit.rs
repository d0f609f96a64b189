//! Formats the result, the plan or the failure of a fitter: the size before and after as bars, and
//! a line for each edit.

use std::fmt;

use super::bar;
use super::style::{self, Style};
use crate::edit::{CacheCost, Edit, Lines, PassedOver, Receipt};
use crate::fit::{CannotFit, Plan};
use crate::shown::bare_name;
use crate::words::{counted, grouped};

/// Width of the bars in characters: with a size of nine digits and a number of messages a line has
/// 80.
const BAR: u64 = 30;

/// Formats a [`Receipt`], a [`Plan`] or a [`CannotFit`] for people.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request, report::FitText};
/// use tokenfit::fit::Preset;
///
/// let models = Models::builtin();
/// let fitter = Preset::SlidingWindow.fitter(Budget::new(&models.get("gpt-4o")?).limit_input(15));
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let fitted = fitter.fit(&request)?;
/// let receipt = fitter.receipt(&request, &fitted)?;
/// let shown = FitText::new(&receipt).in_file("chat.json").to_string();
/// assert_eq!(shown, "\
/// chat.json: 20 → 9 tokens; the limit is 15
///   before  ██████████████████████████████  20 tokens, 3 messages
///   after   █████████████▌                   9 tokens, 1 message
///   limit   ██████████████████████▌         15 tokens
///   dropped: /messages/0, 5 → 0 tokens (drop_oldest)
///   dropped: /messages/1, 6 → 0 tokens (drop_oldest)
///   cache  3 tokens stay cached, 6 are read again, 11 saved each turn
///          costs $0.00000750, saves $0.0000138 per turn: pays off after 1 turn
/// ");
/// assert!(!shown.contains("Sing"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FitText<'f> {
    of: Of<'f>,
    name: &'f str,
    every_edit: bool,
    style: Style,
}

#[derive(Debug, Clone, Copy)]
enum Of<'f> {
    Receipt(&'f Receipt),
    Plan(&'f Plan),
    CannotFit(&'f CannotFit),
}

impl<'f> FitText<'f> {
    /// Formats a receipt: the sizes, the edits, and the effect on the prompt cache.
    ///
    /// ```
    /// # use tokenfit::report::FitText;
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// # let fitted = tokenfit::fit(body, 15)?;
    /// let receipt = fitted.receipt();
    /// assert!(FitText::new(receipt).to_string().contains("20 → 14 tokens"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(receipt: &'f Receipt) -> FitText<'f> {
        FitText::with(Of::Receipt(receipt))
    }

    /// Formats a plan like the receipt of its fit.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::Preset, report::FitText};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// # let fitter = Preset::SlidingWindow.fitter(Budget::new(&Models::builtin().for_request(&request)?).limit_input(15));
    /// let plan = fitter.plan(&request)?;
    /// assert!(FitText::of_plan(&plan).to_string().contains("20 → 9 tokens"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of_plan(plan: &'f Plan) -> FitText<'f> {
        FitText::with(Of::Plan(plan))
    }

    /// Formats the report of a request that cannot be made to fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, report::FitText};
    /// use tokenfit::fit::Preset;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Sing."}]}"#)?;
    /// let fitter = Preset::SlidingWindow.fitter(Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(5));
    /// let error = fitter.fit(&request).unwrap_err();
    /// let text = FitText::of_cannot_fit(error.cannot_fit().unwrap()).in_file("chat.json").to_string();
    /// assert!(text.contains("needs at least 9 tokens, limit is 5"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of_cannot_fit(cannot_fit: &'f CannotFit) -> FitText<'f> {
        FitText::with(Of::CannotFit(cannot_fit))
    }

    fn with(of: Of<'f>) -> FitText<'f> {
        FitText {
            of,
            name: "request",
            every_edit: true,
            style: Style::PLAIN,
        }
    }

    /// Sets the name of the file that contains the request.
    ///
    /// ```
    /// # use tokenfit::report::FitText;
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// # let fitted = tokenfit::fit(body, 15)?;
    /// let receipt = fitted.receipt();
    /// assert!(FitText::new(receipt).in_file("chat.json").to_string().starts_with("chat.json: 20 → "));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn in_file(mut self, name: &'f str) -> FitText<'f> {
        self.name = name;
        self
    }

    /// Sets whether each edit has its own line, up to fifty; otherwise there is one line per
    /// strategy. On by default.
    ///
    /// ```
    /// # use tokenfit::report::FitText;
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// # let fitted = tokenfit::fit(body, 15)?;
    /// let receipt = fitted.receipt();
    /// let text = FitText::new(receipt).every_edit(false).to_string();
    /// assert!(!text.contains("/messages/1"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn every_edit(mut self, every_edit: bool) -> FitText<'f> {
        self.every_edit = every_edit;
        self
    }

    /// Sets whether the sizes are colored (ANSI escapes). Off by default.
    ///
    /// ```
    /// # use tokenfit::report::FitText;
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// # let fitted = tokenfit::fit(body, 15)?;
    /// let receipt = fitted.receipt();
    /// assert!(FitText::new(receipt).colored(true).to_string().contains("\x1b["));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn colored(mut self, colored: bool) -> FitText<'f> {
        self.style.colored = colored;
        self
    }

    fn receipt(&self, receipt: &Receipt, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A repair does not count, so there are no sizes to draw.
        let (Some(before), Some(after), Some(limit)) =
            (receipt.tokens_before, receipt.tokens_after, receipt.limit)
        else {
            return writeln!(f, "{}: {receipt}", self.name);
        };
        if receipt.is_empty() {
            self.one_line(f, "unchanged", after, limit)?;
            return match receipt.high_water {
                Some(high) if after > high => writeln!(
                    f,
                    "  above the high-water mark of {}, but nothing more may be removed",
                    grouped(high)
                ),
                _ => Ok(()),
            };
        }
        self.title(f, receipt, limit)?;
        bars(
            f,
            &[
                ("before", before, Some(receipt.messages_before)),
                ("after", after, Some(receipt.messages_after)),
                ("limit", limit, None),
            ],
        )?;
        self.edits(f, &receipt.edits)?;
        let mut rows = Rows::default();
        rows.model(receipt.model.as_deref());
        rows.uncertainty(receipt);
        rows.skipped(&receipt.passed_over);
        rows.cache(receipt.cache.as_ref());
        rows.fmt(f)
    }

    fn plan(&self, plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if plan.is_empty() {
            return self.one_line(f, "nothing to do", plan.tokens_before, plan.limit);
        }
        let sizes = Receipt {
            tokens_before: Some(plan.tokens_before),
            tokens_after: Some(plan.tokens_after),
            likely_before: plan.likely_before,
            likely_after: plan.likely_after,
            ..Receipt::default()
        };
        self.title(f, &sizes, plan.limit)?;
        bars(
            f,
            &[
                ("before", plan.tokens_before, None),
                ("after", plan.tokens_after, None),
                ("limit", plan.limit, None),
            ],
        )?;
        self.edits(f, &plan.edits)?;
        let mut rows = Rows::default();
        rows.model(plan.model.as_deref());
        rows.cache(plan.cache.as_ref());
        rows.fmt(f)
    }

    fn cannot_fit(&self, cannot: &CannotFit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: cannot be made to fit: needs at least {}, limit is {}",
            self.name,
            counted(cannot.floor, "token"),
            grouped(cannot.budget)
        )?;
        bars(
            f,
            &[
                ("stays", cannot.floor, None),
                ("limit", cannot.budget, None),
            ],
        )?;
        let mut rows = Rows::default();
        let digits = widest(cannot.largest.iter().map(|held| held.tokens));
        for held in &cannot.largest {
            let size = grouped(held.tokens);
            if held.pointer.is_empty() {
                rows.push(
                    held.kind,
                    format!("{size:>digits$}  tools, schema, framing"),
                );
            } else {
                let why = held.kept_by.map(|rule| format!(" (kept by {rule})"));
                let why = why.unwrap_or_default();
                rows.push(held.kind, format!("{size:>digits$}  {}{why}", held.pointer));
            }
        }
        if cannot.pinned > 0 {
            rows.push("pinned", format!("{:>digits$}", grouped(cannot.pinned)));
        }
        rows.skipped(&cannot.passed_over);
        for suggestion in &cannot.suggestions {
            rows.push("help", suggestion.to_string());
        }
        rows.fmt(f)
    }

    fn edits(&self, f: &mut fmt::Formatter<'_>, edits: &[Edit]) -> fmt::Result {
        let lines = match self.every_edit {
            true => Lines::of(edits),
            false => Lines::sums_of(edits),
        };
        for line in lines.to_vec() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }

    fn title(&self, f: &mut fmt::Formatter<'_>, receipt: &Receipt, limit: u64) -> fmt::Result {
        let (before, after) = (receipt.tokens_before, receipt.tokens_after);
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        // The limit is compared with the upper bound.
        let most = |likely: Option<u64>| if likely.is_some() { "at most " } else { "" };
        let size = format!("{}{}", most(receipt.likely_after), counted(after, "token"));
        writeln!(
            f,
            "{}: {}{} → {}; the limit is {}",
            self.name,
            most(receipt.likely_before),
            grouped(before),
            self.style.paint(style::BOLD, &size),
            grouped(limit)
        )
    }

    fn one_line(
        &self,
        f: &mut fmt::Formatter<'_>,
        what: &str,
        size: u64,
        limit: u64,
    ) -> fmt::Result {
        let size = counted(size, "token");
        writeln!(f, "{}: {what}; {size} of {}", self.name, grouped(limit))
    }
}

impl fmt::Display for FitText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Receipt(receipt) => self.receipt(receipt, f),
            Of::Plan(plan) => self.plan(plan, f),
            Of::CannotFit(cannot_fit) => self.cannot_fit(cannot_fit, f),
        }
    }
}

/// Formats sizes as bars on one scale.
fn bars(f: &mut fmt::Formatter<'_>, sizes: &[(&str, u64, Option<usize>)]) -> fmt::Result {
    let whole = sizes.iter().map(|&(_, size, _)| size).max().unwrap_or(0);
    let labels = sizes.iter().map(|(label, ..)| label.len()).max();
    let labels = labels.unwrap_or(0);
    let digits = widest(sizes.iter().map(|&(_, size, _)| size));
    let width = BAR as usize;
    for &(label, size, messages) in sizes {
        let bar = bar(size, whole, BAR);
        let number = grouped(size);
        let unit = if size == 1 { "token" } else { "tokens" };
        write!(
            f,
            "  {label:<labels$}  {bar:<width$}  {number:>digits$} {unit}"
        )?;
        if let Some(messages) = messages {
            write!(f, ", {}", counted(messages as u64, "message"))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Width of the longest of these numbers, as formatted.
fn widest(numbers: impl Iterator<Item = u64>) -> usize {
    numbers.max().map_or(0, |number| grouped(number).len())
}

/// Lines with aligned labels.
#[derive(Default)]
struct Rows {
    rows: Vec<(String, String)>,
}

impl Rows {
    fn push(&mut self, label: impl Into<String>, text: String) {
        self.rows.push((label.into(), text));
    }

    fn model(&mut self, model: Option<&str>) {
        if let Some(model) = model {
            self.push("model", bare_name(model));
        }
    }

    /// Lists the fallbacks that were not used.
    fn skipped(&mut self, passed_over: &[PassedOver]) {
        for passed in passed_over {
            let why = match passed.reason.as_str() {
                "shut_down" => "it is shut down",
                "too_large" => "the request is too large for it",
                code => code,
            };
            self.push("skipped", format!("{}: {why}", bare_name(&passed.model)));
        }
    }

    /// Describes sizes that are not exact.
    fn uncertainty(&mut self, receipt: &Receipt) {
        if let (Some(before), Some(after)) = (
            receipt.likely_before.or(receipt.tokens_before),
            receipt.likely_after.or(receipt.tokens_after),
        ) && (receipt.likely_before.is_some() || receipt.likely_after.is_some())
        {
            let why = match receipt.is_for_uncertainty() {
                true => ", which fits: trimmed because of the upper bound",
                false => "",
            };
            self.push(
                "likely",
                format!("{} → {}{why}", grouped(before), counted(after, "token")),
            );
        }
        if receipt.unbounded > 0 {
            let messages = counted(receipt.unbounded as u64, "message");
            self.push(
                "unknown",
                format!("{messages} without a known upper bound, included with the likely size"),
            );
        }
    }

    fn cache(&mut self, cache: Option<&CacheCost>) {
        let Some(cache) = cache else {
            return;
        };
        let text = format!(
            "{} stay cached, {} are read again, {} saved each turn",
            counted(cache.prefix_tokens, "token"),
            grouped(cache.rewritten_tokens),
            grouped(cache.saved_tokens)
        );
        self.push("cache", text);
        if let (Some(cost), Some(saving)) = (cache.cost_usd, cache.saving_usd_per_turn) {
            let mut text = format!(
                "costs {}, saves {} per turn",
                dollars(cost),
                dollars(saving)
            );
            if let Some(turns) = cache.break_even_turns {
                text.push_str(&format!(": pays off after {}", counted(turns, "turn")));
            }
            self.push("", text);
        }
    }

    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.rows.iter().map(|(label, _)| label.len()).max();
        let labels = labels.unwrap_or(0);
        for (label, text) in &self.rows {
            writeln!(f, "  {label:<labels$}  {text}")?;
        }
        Ok(())
    }
}

/// Formats a price with three significant digits.
fn dollars(amount: f64) -> String {
    if !amount.is_normal() || amount.abs() >= 100.0 {
        return format!("${amount:.0}");
    }
    // The first nonzero digit of 0.0000123 is the fifth after the point.
    let first = -amount.abs().log10().floor();
    let places = (first + 2.0).clamp(0.0, 12.0) as usize;
    format!("${amount:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Preset;
    use crate::{Budget, Models, Request};

    #[test]
    fn prices_have_three_digits_that_say_something() {
        for (amount, text) in [
            (0.0, "$0"),
            (0.000_012_345, "$0.0000123"),
            (0.5, "$0.500"),
            (1.25, "$1.25"),
            (12.34, "$12.3"),
            (1234.5, "$1234"),
            (1e-20, "$0.000000000000"),
            (f64::INFINITY, "$inf"),
        ] {
            assert_eq!(dollars(amount), text);
        }
    }

    #[test]
    #[cfg_attr(not(every_vocabulary), ignore = "needs every vocabulary")]
    fn many_edits_are_summed_up_and_lines_stay_short() {
        let messages: Vec<String> = (0..120)
            .map(|_| r#"{"role": "user", "content": "one two three"}"#.to_owned())
            .collect();
        let body = format!(r#"{{"messages": [{}]}}"#, messages.join(","));
        let request = Request::parse(body.as_str()).unwrap();
        let models = Models::builtin();
        let budget = Budget::new(&models.get("gpt-4o").unwrap()).limit_input(80);
        let fitter = Preset::SlidingWindow.fitter(budget);
        let fitted = fitter.fit(&request).unwrap();
        let receipt = fitter.receipt(&request, &fitted).unwrap();
        let dropped = receipt.edits.len();
        assert!(dropped > 50);
        let left = dropped - 50;
        let shown = FitText::new(&receipt).to_string();
        assert!(
            shown.contains(&format!(
                "  {left} edits more (drop_oldest: {} tokens less)\n",
                left * 7
            )),
            "{shown}"
        );
        assert!(!shown.contains("one two"));
        assert!(shown.lines().all(|line| line.chars().count() <= 80));

        let plan = FitText::of_plan(&fitter.plan(&request).unwrap()).to_string();
        assert!(plan.lines().count() > 50 && plan.starts_with("request: 843 → "));
    }
}
