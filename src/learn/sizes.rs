//! Sizes of a request in tokens: its text in each vocabulary, its tools, calls and schema in each
//! rendering.
//!
//! ```text
//! a row per vocabulary:   text as OpenAI joins it | by parts | trimmed | names
//!                         + definitions as a list, compact, by lines          (with tools)
//!                         + calls and results in four ways, ids               (with calls or results)
//!                         + schema compact, with blanks                       (with a schema)
//! a row per rule set:     tools | calls and results | schema                  (with any of these)
//! ```
//!
//! The rows of rule sets come from counting with a model of that rule set, so each rendering of the
//! crate is automatically a candidate. Linear in the request, times the number of vocabularies and
//! rule sets.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::column;
use super::shape::{Shape, is_result};
use crate::count::render::plain_json::{self, Definitions};
use crate::encoding::Encoding;
use crate::model::Models;
use crate::request::{Request, Role};

/// Vocabularies by name, as stored; new ones are appended. Those that only add special tokens to
/// another are not listed.
pub(super) const VOCABULARIES: [&str; 16] = [
    "o200k_base",
    "cl100k_base",
    "p50k_base",
    "r50k_base",
    "claude_v3",
    "claude_v47",
    "claude_v48",
    "gemma",
    "deepseek",
    "qwen2",
    "qwen35",
    "mistral_tekken",
    "kimi_k2",
    "glm4",
    "glm5",
    "minimax_m2",
];

/// Models whose rule sets render tools, calls or schemas differently; new ones are appended.
pub(super) const RENDERINGS: [&str; 9] = [
    "gpt-4o",
    "gpt-3.5-turbo",
    "gpt-4-0613",
    "gpt-5",
    "claude-sonnet-4-5",
    "claude-opus-4-8",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-3-flash-preview",
];

/// Returns the vocabulary of an index of [`VOCABULARIES`], if it is in the program.
pub(super) fn vocabulary(index: usize) -> Option<Encoding> {
    Encoding::from_name(VOCABULARIES.get(index)?).ok()
}

/// Numbers of a row of a rule set: tools, calls and results, schema.
pub(super) const PER_RENDERING: usize = 3;

/// Vocabularies and renderings to measure, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) vocabularies: u32,
    pub(super) renderings: u32,
}

impl Wanted {
    pub(super) const ALL: Wanted = Wanted {
        vocabularies: (1 << VOCABULARIES.len()) - 1,
        renderings: (1 << RENDERINGS.len()) - 1,
    };
}

/// Sizes of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Sizes {
    /// Columns that are stored, one bit each; the others are equal to the first column, or 0.
    #[serde(rename = "c")]
    columns: u32,
    /// Vocabularies that are stored, one bit each.
    #[serde(rename = "v")]
    vocabularies: u32,
    /// Stored columns of each stored vocabulary.
    #[serde(rename = "n")]
    numbers: Vec<u32>,
    /// A row per rule set; empty for a request with only text.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    rendered: Vec<u32>,
}

impl Sizes {
    /// Measures a request in the wanted vocabularies and renderings.
    pub(super) fn of(request: &Request<'_>, shape: &Shape, wanted: Wanted) -> Sizes {
        let texts = Texts::of(request, shape);
        let mut sizes = Sizes {
            columns: texts.columns(),
            ..Sizes::default()
        };
        for index in (0..VOCABULARIES.len()).filter(|index| wanted.vocabularies & (1 << index) != 0)
        {
            if let Some(encoding) = vocabulary(index) {
                sizes.vocabularies |= 1 << index;
                texts.measure(encoding, &mut sizes.numbers);
            }
        }
        let plain = shape.tools + shape.calls + shape.results == 0 && shape.format != 1;
        if !plain && wanted.renderings != 0 {
            sizes.rendered = rendered(request, wanted.renderings);
        }
        sizes
    }

    /// Whether the number of values matches the columns and vocabularies. A stored value may have
    /// been changed.
    pub(super) fn is_sound(&self) -> bool {
        let cells = self.columns.count_ones() * self.vocabularies.count_ones();
        let known = (1 << column::COLUMNS) - 1;
        self.columns & !known == 0
            && self.vocabularies >> VOCABULARIES.len() == 0
            && self.numbers.len() == cells as usize
            && self.rendered.len() <= RENDERINGS.len() * PER_RENDERING
    }

    /// Whether anything was measured.
    pub(super) fn is_measured(&self) -> bool {
        self.vocabularies != 0
    }

    /// Returns a size by vocabulary and column. `None` if the measuring program did not have the
    /// vocabulary.
    pub(super) fn get(&self, vocabulary: usize, column: usize) -> Option<u64> {
        let bit = 1_u32.checked_shl(vocabulary as u32)?;
        if self.vocabularies & bit == 0 {
            return None;
        }
        let row = (self.vocabularies & (bit - 1)).count_ones() as usize;
        let width = self.columns.count_ones() as usize;
        let stored = |column: usize| {
            let bit = 1_u32 << column;
            let at = (self.columns & (bit - 1)).count_ones() as usize;
            (self.columns & bit != 0)
                .then(|| self.numbers.get(row * width + at))
                .flatten()
                .map(|number| u64::from(*number))
        };
        stored(column).or_else(|| match column {
            column::PARTS | column::TRIMMED => stored(column::JOINED),
            _ => Some(0),
        })
    }

    /// Returns tools, calls and schema by the rules of a rule set.
    pub(super) fn rendered(&self, rendering: usize) -> Option<[u64; PER_RENDERING]> {
        let from = rendering * PER_RENDERING;
        let row = self.rendered.get(from..from + PER_RENDERING)?;
        Some([row[0], row[1], row[2]].map(u64::from))
    }

    /// Returns the size in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Sizes>() + (self.numbers.capacity() + self.rendered.capacity()) * size_of::<u32>()
    }
}

/// Strings of one message.
struct MessageTexts<'r> {
    joined: Cow<'r, str>,
    /// Parts of the text, if there are several.
    parts: Vec<Cow<'r, str>>,
}

/// Strings of a request that are measured in each vocabulary.
struct Texts<'r> {
    messages: Vec<MessageTexts<'r>>,
    names: Vec<Cow<'r, str>>,
    /// Strings of the other columns, by column.
    others: Vec<(usize, Vec<Cow<'r, str>>)>,
}

impl<'r> Texts<'r> {
    fn of(request: &'r Request<'_>, shape: &Shape) -> Texts<'r> {
        let mut texts = Texts {
            messages: Vec::new(),
            names: Vec::new(),
            others: Vec::new(),
        };
        for message in request.messages().filter(|message| !is_result(message)) {
            let mut parts: Vec<_> = message.parts().filter_map(|part| part.text()).collect();
            if parts.len() < 2 {
                parts.clear();
            }
            texts.messages.push(MessageTexts {
                joined: message.text(),
                parts,
            });
            texts.names.extend(message.name());
        }
        if shape.tools > 0 {
            for (nth, form) in [
                Definitions::List,
                Definitions::CompactList,
                Definitions::Lines,
            ]
            .into_iter()
            .enumerate()
            {
                let written = Cow::Owned(plain_json::definitions(request, form));
                texts.others.push((column::TOOLS + nth, vec![written]));
            }
        }
        if shape.calls + shape.results > 0 {
            let columns = calls(request);
            texts.others.extend(
                columns
                    .into_iter()
                    .enumerate()
                    .map(|(nth, of)| (column::CALLS + nth, of)),
            );
        }
        if shape.format == 1 {
            let path = request.format().wire().answer_schema;
            let schema = request
                .layout()
                .response_format
                .and_then(|format| request.value(format).get_path(path));
            let raw = schema.map_or("", |schema| schema.raw());
            for (nth, spaced) in [false, true].into_iter().enumerate() {
                let written = plain_json::rewritten(raw, spaced);
                texts.others.push((column::SCHEMA + nth, vec![written]));
            }
        }
        texts
    }

    /// Returns the columns that differ from the first one.
    fn columns(&self) -> u32 {
        let mut columns = 1 << column::JOINED;
        for message in &self.messages {
            if !message.parts.is_empty() {
                columns |= 1 << column::PARTS;
            }
            if message.joined.trim().len() < message.joined.len() {
                columns |= 1 << column::TRIMMED;
            }
        }
        if !self.names.is_empty() {
            columns |= 1 << column::NAMES;
        }
        for (column, _) in &self.others {
            columns |= 1 << column;
        }
        columns
    }

    /// Appends the row of a vocabulary.
    fn measure(&self, encoding: Encoding, numbers: &mut Vec<u32>) {
        let len = |text: &str| u32::try_from(encoding.count(text)).unwrap_or(u32::MAX);
        let sum = |texts: &[Cow<'_, str>]| {
            texts
                .iter()
                .map(|text| len(text))
                .fold(0, u32::saturating_add)
        };
        let (mut joined, mut parts, mut trimmed) = (0_u32, 0_u32, 0_u32);
        for message in &self.messages {
            let whole = len(&message.joined);
            joined = joined.saturating_add(whole);
            parts = parts.saturating_add(match message.parts.is_empty() {
                true => whole,
                false => sum(&message.parts),
            });
            let rest = message.joined.trim();
            trimmed = trimmed.saturating_add(match rest.len() < message.joined.len() {
                true => len(rest),
                false => whole,
            });
        }
        let columns = self.columns();
        let own = [
            (column::JOINED, joined),
            (column::PARTS, parts),
            (column::TRIMMED, trimmed),
            (column::NAMES, sum(&self.names)),
        ];
        numbers.extend(
            own.into_iter()
                .filter(|(column, _)| columns & (1 << column) != 0)
                .map(|(_, number)| number),
        );
        numbers.extend(self.others.iter().map(|(_, texts)| sum(texts)));
    }
}

/// Returns calls and results in each form, and the ids.
fn calls<'r>(request: &'r Request<'_>) -> [Vec<Cow<'r, str>>; 5] {
    let mut columns: [Vec<Cow<'r, str>>; 5] = Default::default();
    for message in request.messages() {
        for call in message.tool_calls() {
            let name = call.name().unwrap_or_default();
            let arguments = call.arguments().unwrap_or_default();
            let spaced = plain_json::rewritten(&arguments, true).into_owned();
            let compact = plain_json::rewritten(&arguments, false).into_owned();
            columns[3].push(Cow::Owned(format!(
                "{{\"name\": \"{name}\", \"arguments\": {spaced}}}"
            )));
            for column in &mut columns[..3] {
                column.push(name.clone());
            }
            columns[0].push(arguments);
            columns[1].push(Cow::Owned(spaced));
            columns[2].push(Cow::Owned(compact));
            columns[4].extend(call.id());
        }
        for result in message.tool_results() {
            let text = result.text();
            let text = if text.is_empty() {
                let values = result.parts().map(|part| part.raw_json());
                Cow::Owned(values.collect::<String>())
            } else {
                text
            };
            for column in &mut columns[..4] {
                column.push(text.clone());
            }
            columns[4].extend(result.call_id());
        }
    }
    columns
}

/// Returns the parts of the counts by the wanted rule sets.
fn rendered(request: &Request<'_>, wanted: u32) -> Vec<u32> {
    let models = Models::builtin();
    let narrow = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
    let mut numbers = Vec::with_capacity(RENDERINGS.len() * PER_RENDERING);
    for (nth, name) in RENDERINGS.into_iter().enumerate() {
        let model = models.get(name);
        let Some(model) = model.ok().filter(|_| wanted & (1 << nth) != 0) else {
            numbers.extend([0; PER_RENDERING]);
            continue;
        };
        let count = model.count(request);
        let mut calls = 0_u64;
        for (message, counted) in request.messages().zip(count.messages()) {
            let answers = message.tool_results().len() > 0;
            if message.tool_calls().len() > 0 || answers {
                let text = match is_result(&message) || message.role() == Role::Tool {
                    true => 0,
                    false => model.count_text(&message.text()).tokens(),
                };
                calls += counted.tokens.tokens().saturating_sub(text);
            }
        }
        numbers.extend([
            narrow(count.tools().tokens()),
            narrow(calls),
            narrow(count.schema().tokens()),
        ]);
    }
    numbers
}
