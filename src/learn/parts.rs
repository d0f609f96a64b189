//! Finds the billing of tools, calls with their results, and a schema: the rendering, and integer
//! constants around it.
//!
//! ```text
//! billed - text = T(rendering) + constant(kind of choice) + each·count + turn·turns [+ parallel] [+ spoken]
//! ```
//!
//! Renderings are those of the crate's rule sets, and JSON in several forms in the vocabulary of
//! the text. `each` and `turn` follow from differences of two samples, the constants from the
//! remainder, as in `text.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::column;
use super::part::Part;
use super::robust::{SLACK, Scored, Values};
use super::sample::Sample;
use super::shape::Shape;
use super::sizes::RENDERINGS;

/// Rendering of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Rendering of a rule set: an index of [`RENDERINGS`].
    Rendering(usize),
    /// As JSON in the vocabulary of the text: a column, and whether ids are written.
    Plain(usize, bool),
    /// Not written.
    Nothing,
}

/// Maximum constant per tool, call or turn.
const MAX_EACH: i64 = 64;

/// Billing of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartRule {
    pub(super) part: Part,
    pub(super) form: Form,
    /// The vocabulary of a plain form.
    vocabulary: usize,
    /// Per tool or call.
    pub(super) each: i64,
    /// Per turn with calls.
    pub(super) turn: i64,
    /// Per request, by selector.
    pub(super) constants: BTreeMap<u32, i64>,
    /// Number of samples that show each of these constants, and each of the extras.
    seen: BTreeMap<u32, u32>,
    extras_seen: [u32; 2],
    /// Additional tokens for several calls in one message, and for text next to calls; `None` if no
    /// sample shows it.
    pub(super) extras: [Option<i64>; 2],
}

/// Returns the candidates for a part.
///
/// A server renders in the vocabulary of its text, so only renderings in that vocabulary are
/// candidates, if there are any.
fn forms(part: Part, vocabulary: usize) -> Vec<Form> {
    let own = |rendering: &usize| RENDERINGS[*rendering].1 == vocabulary;
    let has_own = (0..RENDERINGS.len()).any(|rendering| own(&rendering));
    let mut forms: Vec<Form> = (0..RENDERINGS.len())
        .filter(|rendering| own(rendering) || !has_own)
        .map(Form::Rendering)
        .collect();
    match part {
        Part::Tools => forms.extend((0..3).map(|nth| Form::Plain(column::TOOLS + nth, false))),
        Part::Calls => forms.extend(
            [false, true]
                .into_iter()
                .flat_map(|ids| (0..4).map(move |nth| Form::Plain(column::CALLS + nth, ids))),
        ),
        Part::Schema => {
            forms.push(Form::Nothing);
            forms.extend((0..2).map(|nth| Form::Plain(column::SCHEMA + nth, false)));
        }
    }
    forms
}

/// Returns the tokens of the rendering alone.
fn written(sample: &Sample, part: Part, form: Form, vocabulary: usize) -> Option<i64> {
    let tokens = match form {
        Form::Rendering(rendering) => sample.sizes.rendered(rendering, part)?,
        Form::Plain(column, false) => sample.sizes.get(vocabulary, column)?,
        Form::Plain(column, true) => sample
            .sizes
            .get(vocabulary, column)?
            .saturating_add(sample.sizes.get(vocabulary, column::CALLS + 4)?),
        Form::Nothing => 0,
    };
    i64::try_from(tokens).ok()
}

impl PartRule {
    /// Returns the tokens of the part; 0 for a request without it.
    pub(super) fn tokens(&self, sample: &Sample) -> Option<i64> {
        let shape = &sample.shape;
        if !self.part.is_in(shape) {
            return Some(0);
        }
        let mut tokens = written(sample, self.part, self.form, self.vocabulary)?
            + self.each * self.part.count(shape)
            + self.turn * self.part.turns(shape)
            + self.constant(shape);
        for (more, count) in self.extras.iter().zip(self.part.extras(shape)) {
            tokens += more.unwrap_or(0) * count;
        }
        Some(tokens)
    }

    fn constant(&self, shape: &Shape) -> i64 {
        let bucket = self.part.bucket(shape);
        // The nearest observed constant: another system message first, then another choice.
        let near = [
            bucket,
            bucket ^ 1,
            bucket ^ 2,
            bucket ^ 3,
            bucket & 1,
            bucket & 1 ^ 1,
        ];
        near.iter()
            .find_map(|bucket| self.constants.get(bucket))
            .or_else(|| self.constants.values().next())
            .copied()
            .unwrap_or(0)
    }

    /// Returns the number of samples that show the constants of such a request: that of the rarest
    /// one.
    pub(super) fn seen(&self, shape: &Shape) -> u32 {
        if !self.part.is_in(shape) {
            return u32::MAX;
        }
        let constant = self.seen.get(&self.part.bucket(shape)).copied();
        let extras = self.extras_seen.iter().zip(self.part.extras(shape));
        extras
            .filter(|(_, count)| *count != 0)
            .map(|(seen, _)| *seen)
            .fold(constant.unwrap_or(0), u32::min)
    }

    fn penalty(&self, text_vocabulary: usize) -> u64 {
        let foreign = match self.form {
            Form::Rendering(rendering) => RENDERINGS[rendering].1 != text_vocabulary,
            _ => false,
        };
        let size = |constant: i64| match constant.unsigned_abs() {
            0 => 0,
            1..=4 => 1,
            _ => 2,
        };
        3 * u64::from(foreign)
            + u64::from(matches!(self.form, Form::Plain(_, true)))
            + size(self.each)
            + 2 * size(self.turn)
            + u64::from(self.constants.values().any(|constant| *constant < 0))
            + self.constants.values().collect::<BTreeSet<_>>().len() as u64
            + self
                .extras
                .iter()
                .flatten()
                .filter(|more| **more != 0)
                .count() as u64
    }
}

/// Remainder of the bill for the part, by sample: the bill minus everything else.
pub(super) struct Rest<'s> {
    pub(super) samples: Vec<&'s Sample>,
    pub(super) left: Vec<i64>,
    pub(super) shares: Vec<u64>,
}

/// Returns the rules for a part that explain the remainder, with the weight of the samples that
/// they explain. `vocabulary` is that of the text.
pub(super) fn hypotheses(part: Part, vocabulary: usize, rest: &Rest<'_>) -> Vec<Scored<PartRule>> {
    let mut found: Vec<Scored<PartRule>> = Vec::new();
    let mut best = 0;
    let mut tried: Vec<Vec<i64>> = Vec::new();
    for form in forms(part, vocabulary) {
        // Samples without this size are not explained by it.
        let mut sizes = Vec::new();
        let mut left = Vec::new();
        let mut shapes: Vec<&Shape> = Vec::new();
        let mut shares = Vec::new();
        for ((sample, rest_of), share) in rest.samples.iter().zip(&rest.left).zip(&rest.shares) {
            if let Some(size) = written(sample, part, form, vocabulary) {
                sizes.push(size);
                left.push(rest_of - size);
                shapes.push(&sample.shape);
                shares.push(*share);
            }
        }
        if sizes.is_empty() || tried.contains(&sizes) {
            continue;
        }
        tried.push(sizes);
        let varied = shapes
            .iter()
            .any(|shape| part.turns(shape) != 0 && part.turns(shape) != part.count(shape));
        let turns = if varied { -12..=12 } else { 0..=0 };
        for turn in turns {
            let left: Vec<i64> = left
                .iter()
                .zip(&shapes)
                .map(|(left, shape)| left - turn * part.turns(shape))
                .collect();
            for each in candidates(part, &left, &shapes) {
                let rule = PartRule {
                    part,
                    form,
                    vocabulary,
                    each,
                    turn,
                    constants: BTreeMap::new(),
                    seen: BTreeMap::new(),
                    extras: [None; 2],
                    extras_seen: [0; 2],
                };
                let (rule, score) = solved(rule, &left, &shapes, &shares);
                if score + SLACK < best {
                    continue;
                }
                best = best.max(score);
                let penalty = rule.penalty(vocabulary);
                found.push(Scored {
                    rule,
                    score,
                    penalty,
                });
            }
        }
    }
    found
}

/// Returns the constants per tool or call on which two samples agree.
fn candidates(part: Part, left: &[i64], shapes: &[&Shape]) -> BTreeSet<i64> {
    let mut each = BTreeSet::from([0]);
    let mut insert = |left: i64, count: i64| {
        if count != 0 && left % count == 0 && (left / count).abs() <= MAX_EACH {
            each.insert(left / count);
        }
    };
    for (nth, (one, shape)) in left.iter().zip(shapes).enumerate() {
        if part == Part::Calls {
            insert(*one, part.count(shape));
        }
        // Neighboring samples suffice: a constant that holds for all holds between any two.
        for (other, other_shape) in left[..nth].iter().zip(shapes).rev().take(4) {
            insert(one - other, part.count(shape) - part.count(other_shape));
        }
    }
    each
}

fn solved(mut rule: PartRule, left: &[i64], shapes: &[&Shape], shares: &[u64]) -> (PartRule, u64) {
    let part = rule.part;
    let mut by_bucket: BTreeMap<u32, Values> = BTreeMap::new();
    let mut spare: BTreeMap<u32, Values> = BTreeMap::new();
    for ((left, shape), share) in left.iter().zip(shapes).zip(shares) {
        let plain = part.extras(shape) == [0; 2];
        let into = if plain { &mut by_bucket } else { &mut spare };
        let left = left - rule.each * part.count(shape);
        into.entry(part.bucket(shape))
            .or_default()
            .add(left, *share);
    }
    for (bucket, values) in spare {
        by_bucket.entry(bucket).or_insert(values);
    }
    for (bucket, values) in by_bucket {
        rule.seen.insert(bucket, values.len());
        let settled = match part {
            // Most servers add nothing to the calls.
            Part::Calls => values.settled_or(0),
            _ => values.settled(),
        };
        rule.constants
            .extend(settled.map(|constant| (bucket, constant)));
    }
    for nth in 0..rule.extras.len() {
        let mut values = Values::default();
        for ((left, shape), share) in left.iter().zip(shapes).zip(shares) {
            let counts = part.extras(shape);
            let other = counts[1 - nth];
            if counts[nth] == 0 || other != 0 && rule.extras[1 - nth].is_none() {
                continue;
            }
            let left = left
                - rule.each * part.count(shape)
                - rule.constant(shape)
                - rule.extras[1 - nth].unwrap_or(0) * other;
            if left % counts[nth] == 0 {
                values.add(left / counts[nth], *share);
            }
        }
        rule.extras_seen[nth] = values.len();
        rule.extras[nth] = values.settled_or(0);
    }
    let score = left
        .iter()
        .zip(shapes)
        .zip(shares)
        .filter(|((left, shape), _)| {
            let mut own = rule.each * part.count(shape) + rule.constant(shape);
            for (more, count) in rule.extras.iter().zip(part.extras(shape)) {
                own += more.unwrap_or(0) * count;
            }
            own == **left
        })
        .map(|(_, share)| share)
        .sum();
    (rule, score)
}
