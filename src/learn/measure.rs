//! Measures a request in vocabularies and renderings: the sum of its parts.
//!
//! ```text
//! each message:     its text, and its calls and results as JSON, in each vocabulary
//! head:             definitions and schema, in each vocabulary and rendering
//! each exchange:    calls and their results, in each rendering
//! ```
//!
//! The numbers of a rendering come from counting with a model of that rule set, so each rendering
//! of the crate can be a candidate. What is counted is a small request: the head without its
//! messages, or an exchange after the one before it. So a part has the same size in any request,
//! and [`Memo`] remembers it. An exchange is a message with calls and the messages with their
//! results; the one before it matters because Claude's server adds a token to the first one.
//!
//! Linear in the parts that are new, times the number of vocabularies and rule sets; the others are
//! hashed.

use std::borrow::Cow;
use std::ops::Range;

use super::column::{self, COLUMNS};
use super::memo::{Digest, Digester, Memo, Piece};
use super::part::Part;
use super::shape::{Shape, is_result};
use super::sizes::{RENDERINGS, Sizes, Sums, VOCABULARIES, Wanted, bits, vocabulary};
use crate::count::render::plain_json::{self, Definitions};
use crate::encoding::Encoding;
use crate::json::NodeId;
use crate::model::{Model, Models};
use crate::request::{Message, Request, Role, json_string};

/// Maximum bytes of instructions that a head keeps: their end, which tools are joined to.
const MAX_INSTRUCTIONS: usize = 64;

/// A string that is measured, and the columns that it belongs to.
type Measured<'r> = (Cow<'r, str>, u32);

/// A part of a request: what is counted of it, and its sizes so far.
struct Job<'r> {
    /// Strings that are counted in each vocabulary.
    strings: Vec<Measured<'r>>,
    /// Request that is counted by each rule set.
    small: Option<Request<'static>>,
    /// Number of messages before those of the exchange; `None` for the head.
    skipped: Option<usize>,
    numbers: Vec<u32>,
    rendered: Vec<u32>,
}

impl<'r> Job<'r> {
    fn of_strings(strings: Vec<Measured<'r>>) -> Job<'r> {
        Job {
            strings,
            small: None,
            skipped: None,
            numbers: Vec::new(),
            rendered: Vec::new(),
        }
    }

    /// Counts the strings in a vocabulary.
    fn count(&mut self, encoding: Encoding) {
        let mut row = [0_u32; COLUMNS];
        for (text, of) in &self.strings {
            let tokens = narrow(encoding.count_rarely(text) as u64);
            for column in bits(*of) {
                row[column] = row[column].saturating_add(tokens);
            }
        }
        let columns = bits(self.columns()).map(|column| row[column]);
        self.numbers.extend(columns);
    }

    fn columns(&self) -> u32 {
        self.strings.iter().fold(0, |columns, (_, of)| columns | of)
    }

    /// Counts the small request by the `nth` of the wanted rule sets.
    fn render(&mut self, nth: usize, model: &Model) {
        let Some(small) = &self.small else { return };
        let count = model.count(small);
        let Some(skipped) = self.skipped else {
            self.put(2 * nth, count.tools().tokens());
            self.put(2 * nth + 1, count.schema().tokens());
            return;
        };
        let counted = small.messages().zip(count.messages()).skip(skipped);
        let calls = counted.fold(0_u64, |calls, (message, counted)| {
            let text = match is_result(&message) || message.role() == Role::Tool {
                true => 0,
                false => model.count_text(&message.text()).tokens(),
            };
            calls.saturating_add(counted.tokens.tokens().saturating_sub(text))
        });
        self.put(nth, calls);
    }

    fn put(&mut self, at: usize, tokens: u64) {
        if self.rendered.len() <= at {
            self.rendered.resize(at + 1, 0);
        }
        self.rendered[at] = narrow(tokens);
    }
}

/// A part by its digest, if it is remembered, else to be measured.
enum Entry<'r> {
    Known(Piece),
    New(Option<Digest>, Box<Job<'r>>),
}

/// Parts of a request, each with the names of its numbers in each rendering.
struct Entries<'r, 'm> {
    all: Vec<(Entry<'r>, &'static [Part])>,
    memo: Option<&'m mut Memo>,
}

impl<'r> Entries<'r, '_> {
    fn add(
        &mut self,
        parts: &'static [Part],
        digest: impl FnOnce() -> Digest,
        job: impl FnOnce() -> Job<'r>,
    ) {
        let digest = self.memo.is_some().then(digest);
        let known = self
            .memo
            .as_deref_mut()
            .zip(digest)
            .and_then(|(memo, digest)| memo.get(digest));
        let entry = match known {
            Some(piece) => Entry::Known(piece.clone()),
            None => Entry::New(digest, Box::new(job())),
        };
        self.all.push((entry, parts));
    }
}

/// Measures a request in the wanted vocabularies and renderings. The memo is only for those who
/// want all of them.
pub(super) fn sizes(
    request: &Request<'_>,
    shape: &Shape,
    wanted: Wanted,
    memo: Option<&mut Memo>,
) -> Sizes {
    const HEAD: &[Part] = &[Part::Tools, Part::Schema];
    let mut entries = Entries {
        all: Vec::with_capacity(request.messages().len() + 1),
        memo,
    };
    for message in request.messages() {
        entries.add(
            &[],
            || digest_of_message(&message),
            || Job::of_strings(strings(&message)),
        );
    }
    if HEAD.iter().any(|part| part.is_in(shape)) {
        entries.add(
            HEAD,
            || digest_of_head(request),
            || Job {
                small: head(request),
                ..Job::of_strings(definitions(request, shape))
            },
        );
    }
    if Part::Calls.is_in(shape) {
        let mut before = 0..0;
        for exchange in exchanges(request) {
            let from = match before.end == exchange.start {
                true => before.start,
                false => exchange.start,
            };
            entries.add(
                &[Part::Calls],
                || digest_of_exchange(request, from, &exchange),
                || Job {
                    small: small(request, from..exchange.end),
                    skipped: Some(1 + exchange.start - from),
                    ..Job::of_strings(Vec::new())
                },
            );
            before = exchange;
        }
    }
    measure(entries, wanted, shape)
}

/// Measures what is new, vocabulary by vocabulary, because a thread keeps few caches.
fn measure(entries: Entries<'_, '_>, wanted: Wanted, shape: &Shape) -> Sizes {
    let Entries { mut all, mut memo } = entries;
    let is_new = |(entry, _): &(Entry<'_>, _)| matches!(entry, Entry::New(..));
    let mut vocabularies = 0;
    if all.iter().any(is_new) {
        let renderings: Vec<usize> = bits(wanted.renderings).collect();
        let models = Models::builtin();
        for at in 0..VOCABULARIES.len() {
            let encoding = vocabulary(at).filter(|_| wanted.vocabularies & 1 << at != 0);
            vocabularies |= u32::from(encoding.is_some()) << at;
            let of_vocabulary = renderings.iter().enumerate();
            let of_vocabulary: Vec<(usize, Model)> = of_vocabulary
                .filter(|(_, rendering)| RENDERINGS[**rendering].1 == at)
                .filter_map(|(nth, rendering)| {
                    Some((nth, models.get(RENDERINGS[*rendering].0).ok()?))
                })
                .collect();
            for (entry, _) in &mut all {
                let Entry::New(_, job) = entry else { continue };
                if let Some(encoding) = encoding {
                    job.count(encoding);
                }
                for (nth, model) in &of_vocabulary {
                    job.render(*nth, model);
                }
            }
        }
    }
    let mut sums = Sums::new(wanted);
    if all.is_empty() {
        sums.vocabularies = 0;
    }
    for (entry, parts) in all {
        let piece = match entry {
            Entry::Known(piece) => piece,
            Entry::New(digest, job) => {
                let piece = Piece {
                    columns: job.columns(),
                    vocabularies,
                    numbers: job.numbers.into(),
                    rendered: job.rendered.into(),
                };
                if let (Some(memo), Some(digest)) = (&mut memo, digest) {
                    memo.put(digest, piece.clone());
                }
                piece
            }
        };
        add(&mut sums, &piece, parts, wanted.renderings);
    }
    sums.stored(shape)
}

fn narrow(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Adds a piece to the sums.
fn add(sums: &mut Sums, piece: &Piece, parts: &[Part], renderings: u32) {
    sums.columns |= piece.columns;
    if piece.columns != 0 {
        sums.vocabularies &= piece.vocabularies;
    }
    let width = piece.columns.count_ones() as usize;
    // A form that the part does not have is equal to its joined text.
    let others = [column::PARTS, column::TRIMMED].map(|at| (at, piece.columns & 1 << at == 0));
    for (at, numbers) in bits(piece.vocabularies).zip(piece.numbers.chunks(width.max(1))) {
        let cells = &mut sums.cells[at];
        for (column, number) in bits(piece.columns).zip(numbers) {
            cells[column] = cells[column].saturating_add(*number);
        }
        if piece.columns & 1 << column::JOINED != 0 {
            for (other, _) in others.iter().filter(|(_, is_joined)| *is_joined) {
                cells[*other] = cells[*other].saturating_add(numbers[0]);
            }
        }
    }
    if parts.is_empty() {
        return;
    }
    // A part that could not be rendered: no rendering is known of the request.
    if piece.rendered.is_empty() {
        sums.renderings = 0;
    }
    for (at, numbers) in bits(renderings).zip(piece.rendered.chunks(parts.len())) {
        for (part, number) in parts.iter().zip(numbers) {
            let sum = &mut sums.rendered[at][*part as usize];
            *sum = sum.saturating_add(*number);
        }
    }
}

fn digest_of_message(message: &Message<'_>) -> Digest {
    let listed = u8::from(message.list_index().is_some());
    Digester::new(0)
        .number(message.format() as u8)
        .number(listed)
        .bytes(message.raw_json().as_bytes())
        .finish()
}

/// Digest of everything that the rendering of tools and schema depends on.
fn digest_of_head(request: &Request<'_>) -> Digest {
    let layout = request.layout();
    let mut digester = Digester::new(1);
    digester.number(request.format() as u8);
    let flag = |flag: Option<bool>| flag.map_or(2, u8::from);
    digester
        .bytes(&answers(request).to_le_bytes())
        .number(flag(layout.parallel_tool_calls))
        .number(flag(layout.thinks))
        .number(u8::from(instructed_beside(request)));
    let mut node = |node: Option<NodeId>| {
        let raw = node.map_or("", |node| request.value(node).raw());
        digester.bytes(raw.as_bytes());
    };
    for field in [
        layout.tool_choice,
        layout.function_call,
        layout.response_format,
        layout.thinking,
        layout.effort,
    ] {
        node(field);
    }
    for tool in &layout.tools {
        node(Some(tool.node));
    }
    if let Some((role, text)) = instructions(request) {
        digester
            .bytes(role.as_str().as_bytes())
            .bytes(text.as_bytes());
    }
    digester.finish()
}

fn digest_of_exchange(request: &Request<'_>, from: usize, exchange: &Range<usize>) -> Digest {
    let mut digester = Digester::new(2);
    digester.number(request.format() as u8);
    for index in from..exchange.end {
        let before = u8::from(index < exchange.start);
        let raw = request.message(index).raw_json();
        digester.number(before).bytes(raw.as_bytes());
    }
    digester.finish()
}

/// Returns the number of answers of the assistant, if the request has a schema: each of them names
/// it in its header.
fn answers(request: &Request<'_>) -> usize {
    if request.layout().response_format.is_none() {
        return 0;
    }
    let is_answer = |message: &Message<'_>| {
        message.role() == Role::Assistant && message.tool_calls().len() == 0
    };
    request.messages().filter(is_answer).count()
}

/// Whether there are instructions outside of the list of messages.
fn instructed_beside(request: &Request<'_>) -> bool {
    let first = request.messages().next();
    first.is_some_and(|first| first.role().is_instructions() && first.list_index().is_none())
}

/// Returns the role and the end of the instructions at the start of the list.
fn instructions<'r>(request: &'r Request<'_>) -> Option<(Role, Cow<'r, str>)> {
    let first = request.messages().next()?;
    if !first.role().is_instructions() || first.list_index().is_none() {
        return None;
    }
    let text = first.text();
    let mut from = text.len().saturating_sub(MAX_INSTRUCTIONS);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let end = match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..]),
        Cow::Owned(text) => Cow::Owned(text[from..].to_owned()),
    };
    Some((first.role(), end))
}

/// Returns the request with short messages: the end of its instructions, one of the user, and the
/// answers that a schema depends on.
fn head(request: &Request<'_>) -> Option<Request<'static>> {
    let wire = request.format().wire();
    let list = request.list_value().span();
    let text = request.text();
    let first = instructions(request).map_or_else(String::new, |(role, end)| {
        (wire.message)(role.as_str(), &json_string(&end)) + ","
    });
    let short = |role: Role| (wire.message)(role.as_str(), "\"x\"");
    let user = short(Role::User);
    let turn = format!(",{},{user}", short(Role::Assistant));
    let turns = turn.repeat(answers(request));
    let (before, after) = (text.get(..list.start)?, text.get(list.end..)?);
    let text = format!("{before}[{first}{user}{turns}]{after}");
    Request::from_text(request.format(), text).ok()
}

/// Returns a request of these messages after a short one.
fn small(request: &Request<'_>, messages: Range<usize>) -> Option<Request<'static>> {
    let wire = request.format().wire();
    let (before, after) = wire.around;
    let mut text = before.to_owned() + &(wire.message)(Role::User.as_str(), "\"x\"");
    for index in messages.clone() {
        text.push(',');
        text.push_str(request.message(index).raw_json());
    }
    text.push_str(after);
    let small = Request::from_text(request.format(), text).ok()?;
    let whole = small.messages().len() == messages.len() + 1;
    whole.then_some(small)
}

/// Returns the messages of each exchange.
fn exchanges(request: &Request<'_>) -> Vec<Range<usize>> {
    let mut exchanges: Vec<Range<usize>> = Vec::new();
    let mut answered = true;
    for (index, message) in request.messages().enumerate() {
        let calls = message.tool_calls().len() > 0;
        let results = message.tool_results().len() > 0;
        if !calls && !results {
            continue;
        }
        match exchanges.last_mut() {
            Some(last) if last.end == index && !(calls && answered) => last.end += 1,
            _ => exchanges.push(index..index + 1),
        }
        answered = results;
    }
    exchanges
}

/// Returns the strings of a message.
fn strings<'r>(message: &Message<'r>) -> Vec<Measured<'r>> {
    let mut strings: Vec<Measured<'r>> = Vec::new();
    if !is_result(message) {
        let parts: Vec<_> = message.parts().filter_map(|part| part.text()).collect();
        if parts.len() > 1 {
            strings.extend(parts.into_iter().map(|part| (part, 1 << column::PARTS)));
        }
        let joined = message.text();
        let trimmed = joined.trim();
        if trimmed.len() < joined.len() {
            strings.push((Cow::Owned(trimmed.to_owned()), 1 << column::TRIMMED));
        }
        strings.push((joined, 1 << column::JOINED));
        strings.extend(message.name().map(|name| (name, 1 << column::NAMES)));
    }
    let form = |nth: usize| 1_u32 << (column::CALLS + nth);
    for call in message.tool_calls() {
        let name = call.name().unwrap_or_default();
        let arguments = call.arguments().unwrap_or_default();
        let spaced = plain_json::rewritten(&arguments, true).into_owned();
        let compact = plain_json::rewritten(&arguments, false).into_owned();
        let object = format!("{{\"name\": \"{name}\", \"arguments\": {spaced}}}");
        strings.push((Cow::Owned(object), form(3)));
        strings.push((name, form(0) | form(1) | form(2)));
        // Most arguments are sent in one of the two forms.
        let mut as_sent = form(0);
        for (nth, written) in [(1, spaced), (2, compact)] {
            match written == arguments {
                true => as_sent |= form(nth),
                false => strings.push((Cow::Owned(written), form(nth))),
            }
        }
        strings.push((arguments, as_sent));
        strings.extend(call.id().map(|id| (id, form(4))));
    }
    for result in message.tool_results() {
        let text = result.text();
        let text = if text.is_empty() {
            let values = result.parts().map(|part| part.raw_json());
            Cow::Owned(values.collect::<String>())
        } else {
            text
        };
        strings.push((text, form(0) | form(1) | form(2) | form(3)));
        strings.extend(result.call_id().map(|id| (id, form(4))));
    }
    strings
}

/// Returns the definitions and the schema in each form.
fn definitions<'r>(request: &'r Request<'_>, shape: &Shape) -> Vec<Measured<'r>> {
    let mut strings: Vec<Measured<'r>> = Vec::new();
    if Part::Tools.is_in(shape) {
        let forms = [
            Definitions::List,
            Definitions::CompactList,
            Definitions::Lines,
        ];
        for (nth, form) in forms.into_iter().enumerate() {
            let written = plain_json::definitions(request, form);
            strings.push((Cow::Owned(written), 1 << (column::TOOLS + nth)));
        }
    }
    if Part::Schema.is_in(shape) {
        let path = request.format().wire().answer_schema;
        let schema = request
            .layout()
            .response_format
            .and_then(|format| request.value(format).get_path(path));
        let raw = schema.map_or("", |schema| schema.raw());
        for (nth, spaced) in [false, true].into_iter().enumerate() {
            let written = plain_json::rewritten(raw, spaced);
            strings.push((written, 1 << (column::SCHEMA + nth)));
        }
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: &str = r#""tools": [{"type": "function", "function": {"name": "find", "description": "Finds a place.", "parameters": {"type": "object"}}}]"#;

    fn turn(nth: usize) -> String {
        format!(
            r#", {{"role": "assistant", "content": "Let me see.", "tool_calls": [{{"id": "c{nth}", "type": "function", "function": {{"name": "find", "arguments": "{{\"city\": \"Kiel {nth}\"}}"}}}}]}},
            {{"role": "tool", "tool_call_id": "c{nth}", "content": "{nth} °C"}}"#
        )
    }

    const SCHEMA: &str = r#""response_format": {"type": "json_schema", "json_schema": {"name": "place", "schema": {"type": "object"}}}"#;

    fn body_with(turns: usize, more: &str) -> String {
        let turns: String = (0..turns).map(turn).collect();
        format!(
            r#"{{"messages": [{{"role": "system", "content": "Be brief."}}, {{"role": "user", "content": "Hello"}}, {{"role": "assistant", "content": "Hi!"}},
            {{"role": "user", "content": "How warm is it?"}}{turns}], {more}}}"#
        )
    }

    fn body(turns: usize) -> String {
        body_with(turns, TOOLS)
    }

    fn measured(body: &str, memo: Option<&mut Memo>) -> Sizes {
        let request = Request::parse(body).unwrap();
        sizes(&request, &Shape::of(&request), Wanted::ALL, memo)
    }

    #[test]
    fn every_rendering_is_a_model_with_its_vocabulary() {
        for (name, vocabulary) in RENDERINGS {
            let model = Models::builtin().get(name).unwrap();
            let of_model = model.encoding_name().unwrap();
            assert!(
                of_model.starts_with(VOCABULARIES[vocabulary])
                    || vocabulary == 0 && of_model == "o200k_harmony"
                    || vocabulary == 14 && of_model == "glm5",
                "{name}: {of_model}"
            );
        }
    }

    #[test]
    fn a_memo_changes_nothing() {
        let mut memo = Memo::default();
        for turns in [0, 1, 1, 3, 2, 4, 0] {
            let body = body(turns);
            let remembered = measured(&body, Some(&mut memo));
            assert_eq!(remembered, measured(&body, None));
            assert!(remembered.is_sound());
            let again = Sizes::from_numbers(&remembered.to_numbers());
            assert_eq!(again, Some(remembered));
        }
    }

    /// As counted with the whole request at once.
    #[test]
    fn parts_add_up_to_the_whole() {
        let both = format!("{TOOLS}, {SCHEMA}");
        for (turns, more) in [(0, TOOLS), (1, TOOLS), (3, TOOLS), (0, SCHEMA), (2, &both)] {
            let body = body_with(turns, more);
            let request = Request::parse(&body).unwrap();
            let shape = Shape::of(&request);
            let sizes = measured(&body, None);
            for (nth, (name, _)) in RENDERINGS.into_iter().enumerate() {
                let model = Models::builtin().get(name).unwrap();
                let count = model.count(&request);
                for (part, counted) in
                    [(Part::Tools, count.tools()), (Part::Schema, count.schema())]
                {
                    let counted = part.is_in(&shape).then_some(counted.tokens());
                    assert_eq!(sizes.rendered(nth, part), counted, "{name}: {part:?}");
                }
                let linked = request.messages().zip(count.messages()).skip(4);
                let calls: u64 = linked
                    .map(|(message, counted)| match message.role() {
                        Role::Tool => counted.tokens.tokens(),
                        _ => {
                            let text = model.count_text(&message.text()).tokens();
                            counted.tokens.tokens() - text
                        }
                    })
                    .sum();
                let part = (turns > 0).then_some(calls);
                assert_eq!(sizes.rendered(nth, Part::Calls), part, "{name}: {turns}");
            }
        }
    }

    #[test]
    fn an_exchange_ends_before_the_next_call() {
        let body = body(3);
        let request = Request::parse(&body).unwrap();
        assert_eq!(exchanges(&request), [4..6, 6..8, 8..10]);
    }
}
