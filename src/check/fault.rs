//! One fault as a row of data, and the one way from a row to a finding.
//!
//! A row ([`Fault`]) has the code, the severity by server, our message and remedy, the answer of each provider that was
//! seen, and the fix where there is exactly one. The rows are in `faults/`; a rule reports a row at a [`Site`] with values
//! for the placeholders of its texts:
//!
//! ```text
//! out.report(&faults::ORPHAN_RESULT, Site::at(result.value(), result.pointer()).name("id", &id));
//! ```
//!
//! A placeholder is a word in braces. `{param}` (`messages[3].content`, OpenAI's spelling) and `{dotted}`
//! (`messages.3.content`, Anthropic's) come from the site; the others are the rule's. A number is written `1,024` in our
//! texts and `1024` in answers, the caller's names and ids in backticks and plain. An answer with a placeholder that has no
//! value was not seen for this case, and is left out.

use std::borrow::Cow;

use super::context::Context;
use super::finding::{ApiAnswer, Finding, Mend, Phase, SettingFix, Severity};
use super::path::{Path, param_of};
use super::server::{Dialect, Rules, Strictness, Verdict};
use crate::count::TokenCount;
use crate::json::Value;
use crate::shown::{bare_name, quoted_name};
use crate::words::grouped;

/// One kind of fault.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    /// The name of the row, unlike the code its own.
    pub(super) name: &'static str,
    /// See [`codes`](super::codes).
    pub(super) code: &'static str,
    pub(super) phase: Phase,
    pub(super) severity: By,
    pub(super) message: &'static str,
    pub(super) remedy: &'static str,
    /// Answers that were seen, the first that applies counts.
    pub(super) answers: &'static [Answer],
    pub(super) fix: Fix,
    /// What a repair does about it beside settings, where there is one right way.
    pub(super) mend: Mend,
    /// The caller may mean it: a field for a gateway, a model that is named elsewhere.
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
    /// The rule that reports it: it depends on the model or on numbers.
    Rule,
}

/// The answer of a provider to a fault.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) dialects: &'static [Dialect],
    /// The one field that it is about; empty for any.
    pub(super) only_for: &'static str,
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) param: &'static str,
    pub(super) message: &'static str,
}

/// The fix of a setting, where there is one right fix.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fix {
    None,
    /// Set it to the value of this placeholder.
    Bound(&'static str),
    /// Remove the field, of whatever object.
    Field,
    /// Remove a setting that holds nothing else of the caller's.
    Remove,
    /// Give the field this name.
    Rename(&'static str),
}

/// Settings that hold what the caller built on: they are not removed.
const NOT_REMOVED: &[&str] = &["tools", "response_format", "include"];

/// Defaults for the fields that a row does not name.
pub(super) const FAULT: Fault = Fault {
    name: "",
    code: "",
    phase: Phase::Form,
    severity: By::Rule,
    message: "",
    remedy: "",
    answers: &[],
    fix: Fix::None,
    mend: Mend::None,
    callers_own: false,
};

impl Answer {
    /// A 400 in the shape of OpenAI's: type, code, param and message; an empty code or param is `null`.
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

    /// A 400 of Anthropic's, which has neither code nor param.
    pub(super) const fn anthropic(dialects: &'static [Dialect], message: &'static str) -> Answer {
        Answer::new(dialects, "", "", message)
    }

    /// A 400 of Google's.
    pub(super) const fn google(dialects: &'static [Dialect], message: &'static str) -> Answer {
        Answer {
            kind: "INVALID_ARGUMENT",
            ..Answer::new(dialects, "", "", message)
        }
    }

    /// A 400 of Bedrock's Converse.
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

/// The reader of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The caller, in our words.
    Caller,
    /// Nobody: it is what the provider would say.
    Provider,
}

/// The value of a placeholder.
enum Slot<'s> {
    Text(Cow<'s, str>),
    Number(u64),
    /// A name or an id of the caller's, shown only when it looks like one.
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
        // Room for nearly every row at once.
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
    /// The pointer spells it.
    Pointer,
}

/// Where a fault is, and the values of its placeholders.
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
    /// At a value, by its pointer.
    pub(super) fn at(value: Value<'_>, pointer: String) -> Site<'s> {
        Site::at_offset(value.span().start, pointer)
    }

    /// At a byte of the request's text.
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

    /// A name or an id of the caller's.
    pub(super) fn name(mut self, slot: &'static str, name: impl Into<Cow<'s, str>>) -> Site<'s> {
        self.slots = self.slots.with(slot, Slot::Name(name.into()));
        self
    }

    /// `{tokens}`. Answers have one number: without an exact count there is none.
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

    /// Placeholders that were filled in before the place was known.
    pub(super) fn slots(mut self, slots: Slots<'s>) -> Site<'s> {
        self.slots.0.extend(slots.0);
        self
    }

    /// The place in OpenAI's spelling.
    pub(super) fn param(&self) -> String {
        self.render("{param}", Reader::Provider).unwrap_or_default()
    }

    /// The severity, where the rule knows better than the row.
    pub(super) fn verdict(mut self, verdict: Verdict) -> Site<'s> {
        self.verdict = Some(verdict);
        self
    }

    /// Another place that it is about.
    pub(super) fn related(mut self, pointer: String) -> Site<'s> {
        self.related.push(pointer);
        self
    }

    /// The provider's answer to this case was not seen.
    pub(super) fn unanswered(mut self) -> Site<'s> {
        self.is_answered = false;
        self
    }

    /// The text with its placeholders filled in; `None` when a value is missing. Linear in what is written.
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

    /// Whether the pointer leads to the value, and not to what is above a name that is not shown.
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

    /// The value of a placeholder as a JSON number.
    fn bound(&self, slot: &str) -> Option<String> {
        match self.slots.get(slot)? {
            Slot::Number(number) => Some(number.to_string()),
            Slot::Text(text) => Some(text.clone().into_owned()),
            Slot::Name(_) => None,
        }
    }
}

impl Context<'_> {
    /// A value as the place of a fault.
    pub(super) fn site<'s>(&self, value: Value<'_>, path: &'s Path<'s>) -> Site<'s> {
        let pointer = path.pointer();
        Site::on_path(self.offset(value, path, &pointer), pointer, path)
    }

    /// An object that lacks a field; the path is the field's.
    pub(super) fn lacking<'s>(&self, object: Value<'_>, path: &'s Path<'s>) -> Site<'s> {
        let pointer = path.parent_pointer();
        Site::on_path(self.offset(object, path, &pointer), pointer, path)
    }
}

impl Fault {
    /// The severity of the row for a request.
    pub(super) fn verdict(&self, context: &Context<'_>) -> Verdict {
        match self.severity {
            By::History(column) => column(context.rules),
            By::Form(column) => column(&context.strictness),
            By::Always(severity) => Some(severity),
            By::Rule => None,
        }
    }

    /// The finding at a site.
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
        // The answer to what is only risky is not known.
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
            mend: self.mend,
            is_callers_own: self.callers_own,
            fault: self.name,
        }
    }
}

/// The findings of a check so far.
pub(super) struct Sink<'c> {
    context: &'c Context<'c>,
    findings: Vec<Finding>,
    /// The ids of the last turn that was reported, so that they are put together once.
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

    /// Reports a fault whose site is only needed where the server does not accept it.
    pub(super) fn report_if<'s>(&mut self, fault: &Fault, site: impl FnOnce() -> Site<'s>) {
        if fault.verdict(self.context).is_some() {
            self.report(fault, site());
        }
    }

    /// Reports a fault. Nothing where the server accepts it.
    pub(super) fn report(&mut self, fault: &Fault, site: Site<'_>) {
        let verdict = site.verdict.unwrap_or_else(|| fault.verdict(self.context));
        if let Some(severity) = verdict {
            let finding = fault.finding(severity, Some(self.context.dialect), site);
            self.findings.push(finding);
        }
    }

    /// Whether something was reported that the server refuses.
    pub(super) fn has_refused(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Refused)
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
