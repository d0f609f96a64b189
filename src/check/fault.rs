//! A fault as a row of data, and the one function that turns a row into a finding.
//!
//! A row ([`Fault`]) has the code, the severity by server, our message and remedy, the answer of
//! each provider that was seen, and the fix if there is exactly one. The rows are in `faults/`; a
//! rule reports a row at a [`Site`] with values for the placeholders of its message:
//!
//! ```text
//! out.report(&faults::ORPHAN_RESULT, Site::at(result.value(), result.pointer()).name("id", &id));
//! ```
//!
//! A placeholder is a word in braces. `{param}` (`messages[3].content`, OpenAI's spelling) and
//! `{dotted}` (`messages.3.content`, Anthropic's) come from the site; the others come from the
//! rule. A number is written `1,024` in our messages and `1024` in answers; names and ids of the
//! caller are in backticks in ours, plain in answers. An answer with a placeholder that has no
//! value was not seen for this case and is omitted.

use std::borrow::Cow;

use super::context::Context;
use super::finding::{ApiAnswer, Finding, Phase, Repair, SettingFix, Severity};
use super::path::{Path, param_of};
use super::server::{Dialect, Rules, Strictness, Verdict};
use crate::count::TokenCount;
use crate::json::Value;
use crate::shown::{bare_name, quoted_name};
use crate::words::grouped;

/// One kind of fault.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    /// Name of the row; several rows can share a code.
    pub(super) name: &'static str,
    /// See [`codes`](super::codes).
    pub(super) code: &'static str,
    pub(super) phase: Phase,
    pub(super) severity: By,
    pub(super) message: &'static str,
    pub(super) remedy: &'static str,
    /// Answers that were seen; the first that applies is used.
    pub(super) answers: &'static [Answer],
    pub(super) fix: Fix,
    /// Fix that a repair makes outside of settings, if there is exactly one.
    pub(super) repair: Repair,
    /// Whether the caller may intend it: a field for a gateway, a model that is named elsewhere.
    pub(super) callers_own: bool,
}

/// The source of a fault's severity.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The server's rules for a history.
    History(fn(&Rules) -> Verdict),
    /// The server's strictness about fields and values.
    Form(fn(&Strictness) -> Verdict),
    Always(Severity),
    /// The rule that reports it: the severity depends on the model or on numbers.
    Rule,
}

/// Answer of a provider to a fault.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) dialects: &'static [Dialect],
    /// The only field that the answer is for; empty for any field.
    pub(super) only_for: &'static str,
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) param: &'static str,
    pub(super) message: &'static str,
}

/// Fix of a setting, if there is exactly one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fix {
    None,
    /// Set the field to the value of this placeholder.
    Bound(&'static str),
    /// Remove the field, whatever its object.
    Field,
    /// Remove a setting that contains nothing else of the caller's.
    Remove,
    /// Rename the field.
    Rename(&'static str),
}

/// Settings that the caller's program depends on: they are never removed.
const NOT_REMOVED: &[&str] = &["tools", "response_format", "include"];

/// Default fields of a row.
pub(super) const FAULT: Fault = Fault {
    name: "",
    code: "",
    phase: Phase::Form,
    severity: By::Rule,
    message: "",
    remedy: "",
    answers: &[],
    fix: Fix::None,
    repair: Repair::None,
    callers_own: false,
};

impl Answer {
    /// Status 400 in OpenAI's shape: type, code, param and message; an empty code or param is
    /// `null`.
    pub(super) const fn new(
        dialects: &'static [Dialect],
        code: &'static str,
        param: &'static str,
        message: &'static str,
    ) -> Answer {
        Answer {
            dialects,
            only_for: "",
            status: 400,
            kind: "invalid_request_error",
            code,
            param,
            message,
        }
    }

    /// Status 400 in Anthropic's shape, which has neither code nor param.
    pub(super) const fn anthropic(dialects: &'static [Dialect], message: &'static str) -> Answer {
        Answer::new(dialects, "", "", message)
    }

    /// Status 400 in Google's shape.
    pub(super) const fn google(dialects: &'static [Dialect], message: &'static str) -> Answer {
        Answer {
            kind: "INVALID_ARGUMENT",
            ..Answer::new(dialects, "", "", message)
        }
    }

    /// Status 400 in the shape of Bedrock's Converse.
    pub(super) const fn converse(message: &'static str) -> Answer {
        Answer {
            kind: "ValidationException",
            ..Answer::new(&[Dialect::Converse], "", "", message)
        }
    }

    fn render(&self, site: &Site<'_>) -> Option<ApiAnswer> {
        let text = |template: &'static str| site.render(template, Reader::Provider);
        let some = |text: String| (!text.is_empty()).then_some(text);
        Some(ApiAnswer {
            status: self.status,
            kind: Cow::Borrowed(self.kind),
            code: match self.code.contains('{') {
                true => some(text(self.code)?).map(Cow::Owned),
                false => (!self.code.is_empty()).then_some(Cow::Borrowed(self.code)),
            },
            param: some(text(self.param)?),
            message: text(self.message)?,
        })
    }
}

/// Reader of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The caller: our own wording.
    Caller,
    /// Nobody: the predicted wording of the provider.
    Provider,
}

/// Value of a placeholder.
enum Slot<'s> {
    Text(Cow<'s, str>),
    Number(u64),
    /// A name or an id of the caller's, shown only if it looks like one.
    Name(Cow<'s, str>),
}

/// Placeholders and their values.
#[derive(Default)]
pub(super) struct Slots<'s>(Vec<(&'static str, Slot<'s>)>);

impl<'s> Slots<'s> {
    pub(super) fn text(self, slot: &'static str, text: impl Into<Cow<'s, str>>) -> Slots<'s> {
        self.with(slot, Slot::Text(text.into()))
    }

    pub(super) fn count(self, slot: &'static str, count: usize) -> Slots<'s> {
        self.with(slot, Slot::Number(count as u64))
    }

    fn with(mut self, slot: &'static str, value: Slot<'s>) -> Slots<'s> {
        // Capacity for nearly every row.
        if self.0.is_empty() {
            self.0.reserve_exact(8);
        }
        self.0.push((slot, value));
        self
    }

    fn get(&self, slot: &str) -> Option<&Slot<'s>> {
        self.0
            .iter()
            .find(|(name, _)| *name == slot)
            .map(|(_, value)| value)
    }
}

enum Place<'s> {
    Path(&'s Path<'s>),
    /// Derived from the pointer.
    Pointer,
}

/// Place of a fault, and the values of its placeholders.
pub(super) struct Site<'s> {
    offset: usize,
    pointer: String,
    place: Place<'s>,
    slots: Slots<'s>,
    verdict: Option<Verdict>,
    related: Vec<String>,
    is_answered: bool,
}

impl<'s> Site<'s> {
    /// The site of a value, with its pointer.
    pub(super) fn at(value: Value<'_>, pointer: String) -> Site<'s> {
        Site::at_offset(value.span().start, pointer)
    }

    /// The site of a byte offset in the request.
    pub(super) fn at_offset(offset: usize, pointer: String) -> Site<'s> {
        Site {
            offset,
            pointer,
            place: Place::Pointer,
            slots: Slots::default(),
            verdict: None,
            related: Vec::new(),
            is_answered: true,
        }
    }

    fn on_path(offset: usize, pointer: String, path: &'s Path<'s>) -> Site<'s> {
        Site {
            place: Place::Path(path),
            ..Site::at_offset(offset, pointer)
        }
    }

    pub(super) fn text(mut self, slot: &'static str, text: impl Into<Cow<'s, str>>) -> Site<'s> {
        self.slots = self.slots.text(slot, text);
        self
    }

    pub(super) fn number(mut self, slot: &'static str, number: u64) -> Site<'s> {
        self.slots = self.slots.with(slot, Slot::Number(number));
        self
    }

    pub(super) fn count(self, slot: &'static str, count: usize) -> Site<'s> {
        self.number(slot, count as u64)
    }

    /// Adds a name or an id of the caller's.
    pub(super) fn name(mut self, slot: &'static str, name: impl Into<Cow<'s, str>>) -> Site<'s> {
        self.slots = self.slots.with(slot, Slot::Name(name.into()));
        self
    }

    /// Adds `{tokens}`. Answers contain one number, so without an exact count there is no answer.
    pub(super) fn tokens(self, count: TokenCount) -> Site<'s> {
        let (lower, upper) = (count.lower(), count.most());
        let tokens = grouped(count.tokens());
        if lower == upper {
            return self.number("tokens", count.tokens());
        }
        let spelled = match upper {
            TokenCount::UNBOUNDED => format!("about {tokens} (at least {})", grouped(lower)),
            _ => format!("about {tokens} ({} to {})", grouped(lower), grouped(upper)),
        };
        self.text("tokens", spelled).unanswered()
    }

    /// Adds placeholders that were filled before the place was known.
    pub(super) fn slots(mut self, slots: Slots<'s>) -> Site<'s> {
        self.slots.0.extend(slots.0);
        self
    }

    /// Returns the place in OpenAI's spelling.
    pub(super) fn param(&self) -> String {
        self.render("{param}", Reader::Provider).unwrap_or_default()
    }

    /// Sets the severity, if the rule knows it better than the row.
    pub(super) fn verdict(mut self, verdict: Verdict) -> Site<'s> {
        self.verdict = Some(verdict);
        self
    }

    /// Adds another place that is involved.
    pub(super) fn related(mut self, pointer: String) -> Site<'s> {
        self.related.push(pointer);
        self
    }

    /// Marks that the provider's answer to this case was not seen.
    pub(super) fn unanswered(mut self) -> Site<'s> {
        self.is_answered = false;
        self
    }

    /// Fills in the placeholders of a template; `None` if a value is missing. Linear in the output.
    fn render(&self, template: &'static str, reader: Reader) -> Option<String> {
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, after) = after.split_once('}')?;
            out.push_str(before);
            self.fill(slot, reader, &mut out)?;
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn fill(&self, slot: &str, reader: Reader, out: &mut String) -> Option<()> {
        if let Some(value) = self.slots.get(slot) {
            match (value, reader) {
                (Slot::Text(text), _) => out.push_str(text),
                (Slot::Number(number), Reader::Caller) => out.push_str(&grouped(*number)),
                (Slot::Number(number), Reader::Provider) => out.push_str(&number.to_string()),
                (Slot::Name(name), Reader::Caller) => out.push_str(&quoted_name(name)),
                (Slot::Name(name), Reader::Provider) => out.push_str(&bare_name(name)),
            }
            return Some(());
        }
        match (slot, &self.place) {
            ("param", Place::Path(path)) => out.push_str(&path.param()),
            ("param", Place::Pointer) => out.push_str(&param_of(&self.pointer)),
            ("dotted", Place::Path(path)) => out.push_str(&path.dotted()),
            ("dotted", Place::Pointer) => {
                out.push_str(&self.pointer.trim_start_matches('/').replace('/', "."));
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether the pointer leads to the value, not to a parent of a hidden name.
    fn is_shown(&self) -> bool {
        match self.place {
            Place::Path(path) => path.is_shown(),
            Place::Pointer => true,
        }
    }

    fn is_removable_setting(&self) -> bool {
        match self.place {
            Place::Path(path) => path.is_setting() && !NOT_REMOVED.contains(&path.name()),
            Place::Pointer => false,
        }
    }

    /// Returns the value of a placeholder as a JSON number.
    fn bound(&self, slot: &str) -> Option<String> {
        match self.slots.get(slot)? {
            Slot::Number(number) => Some(number.to_string()),
            Slot::Text(text) => Some(text.clone().into_owned()),
            Slot::Name(_) => None,
        }
    }
}

impl Context<'_> {
    /// Makes a site of a value.
    pub(super) fn site<'s>(&self, value: Value<'_>, path: &'s Path<'s>) -> Site<'s> {
        let pointer = path.pointer();
        Site::on_path(self.offset(value, path, &pointer), pointer, path)
    }

    /// Makes a site of an object that lacks a field; the path is the field's.
    pub(super) fn lacking<'s>(&self, object: Value<'_>, path: &'s Path<'s>) -> Site<'s> {
        let pointer = path.parent_pointer();
        Site::on_path(self.offset(object, path, &pointer), pointer, path)
    }
}

impl Fault {
    /// Returns the severity of the row for a request.
    pub(super) fn verdict(&self, context: &Context<'_>) -> Verdict {
        match self.severity {
            By::History(column) => column(context.rules),
            By::Form(column) => column(&context.strictness),
            By::Always(severity) => Some(severity),
            By::Rule => None,
        }
    }

    /// Makes the finding at a site.
    pub(super) fn finding(
        &self,
        severity: Severity,
        dialect: Option<Dialect>,
        site: Site<'_>,
    ) -> Finding {
        let ours = |template: &'static str| {
            let text = site.render(template, Reader::Caller);
            debug_assert!(text.is_some(), "{}: a placeholder has no value", self.name);
            text.unwrap_or_default()
        };
        let message = ours(self.message);
        let remedy = match self.remedy.contains('{') {
            true => Cow::Owned(ours(self.remedy)),
            false => Cow::Borrowed(self.remedy),
        };
        // The answer to a merely risky fault is unknown.
        let dialect = dialect.filter(|_| severity == Severity::Refused && site.is_answered);
        let api = dialect.and_then(|dialect| {
            self.answers
                .iter()
                .filter(|answer| answer.dialects.contains(&dialect))
                .find(|answer| answer.only_for.is_empty() || answer.only_for == site.param())?
                .render(&site)
        });
        let fix = match self.fix {
            Fix::None => None,
            Fix::Bound(slot) => site.bound(slot).map(SettingFix::Bound),
            Fix::Field => site.is_shown().then_some(SettingFix::Remove),
            Fix::Remove => site.is_removable_setting().then_some(SettingFix::Remove),
            Fix::Rename(name) => Some(SettingFix::Rename(name)),
        };
        Finding {
            code: self.code,
            severity,
            pointer: site.pointer,
            message,
            remedy,
            api,
            related: site.related,
            order: (self.phase, site.offset),
            fix,
            repair: self.repair,
            is_callers_own: self.callers_own,
            fault: self.name,
        }
    }
}

/// Findings of a check so far.
pub(super) struct Sink<'c> {
    context: &'c Context<'c>,
    findings: Vec<Finding>,
    /// Ids of the last reported turn, cached because many findings list the same ones.
    pub(super) ids: Option<(usize, String)>,
}

impl<'c> Sink<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Sink<'c> {
        Sink {
            context,
            findings: Vec::new(),
            ids: None,
        }
    }

    /// Reports a fault; the site is only computed if the server does not accept it.
    pub(super) fn report_if<'s>(&mut self, fault: &Fault, site: impl FnOnce() -> Site<'s>) {
        if fault.verdict(self.context).is_some() {
            self.report(fault, site());
        }
    }

    /// Reports a fault, unless the server accepts it.
    pub(super) fn report(&mut self, fault: &Fault, site: Site<'_>) {
        let verdict = site.verdict.unwrap_or_else(|| fault.verdict(self.context));
        if let Some(severity) = verdict {
            let finding = fault.finding(severity, Some(self.context.dialect), site);
            self.findings.push(finding);
        }
    }

    /// Whether a finding that the server refuses was reported.
    pub(super) fn has_refused(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Refused)
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
