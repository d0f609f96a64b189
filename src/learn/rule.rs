//! Billing of a model, as far as the samples show it: a beam of the rules that explain them best.
//!
//! The text comes first, because every request has some; then tools, calls and a schema, each with
//! the rules for text that are still in the beam. Rules that explain the samples equally well stay
//! in the beam: where they differ on a request, the count has bounds.

use super::column;
use super::part::Part;
use super::parts::{self, PartRule, Rest};
use super::robust::{SLACK, Scored, weights};
use super::sample::Sample;
use super::shape::Shape;
use super::sizes::VOCABULARIES;
use super::text::{self, TextRule};

/// Maximum number of rules after each step.
const BEAM: usize = 48;

/// Maximum number of different rests of the bills for which rules for a part are searched.
const MAX_RESTS: usize = 16;

/// A complete rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) text: TextRule,
    pub(super) parts: [Option<PartRule>; 3],
    pub(super) score: u64,
    pub(super) penalty: u64,
}

/// Groups of samples by their use.
#[derive(Debug, Default)]
pub(super) struct Evidence<'s> {
    pub(super) text: Vec<&'s Sample>,
    pub(super) tools: Vec<&'s Sample>,
    pub(super) calls: Vec<&'s Sample>,
    pub(super) schema: Vec<&'s Sample>,
}

impl Rule {
    /// Returns the count of a request by this rule, without parts that no sample shows. `None` if a
    /// size was not measured.
    pub(super) fn known_tokens(&self, sample: &Sample) -> Option<i64> {
        let mut tokens = self.text.tokens(sample)?;
        for rule in self.parts.iter().flatten() {
            tokens += rule.tokens(sample)?;
        }
        Some(tokens)
    }

    /// Returns the rule for a part.
    pub(super) fn part(&self, part: Part) -> Option<&PartRule> {
        self.parts[part as usize].as_ref()
    }

    /// Returns the number of samples that show every constant that the request needs: that of the
    /// rarest one.
    pub(super) fn seen(&self, shape: &Shape) -> u32 {
        let parts = Part::ALL.into_iter().filter(|part| part.is_in(shape));
        parts
            .map(|part| self.part(part).map_or(0, |rule| rule.seen(shape)))
            .fold(self.text.seen(shape), u32::min)
    }
}

/// Returns the rules for the samples, best first. Each group is in time order.
pub(super) fn beam(evidence: &Evidence<'_>) -> Vec<Rule> {
    let mut beam: Vec<Rule> = text::hypotheses(&evidence.text)
        .into_iter()
        .map(|scored| Rule {
            text: scored.rule,
            parts: [None, None, None],
            score: scored.score,
            penalty: scored.penalty,
        })
        .collect();
    if beam.is_empty()
        && !(evidence.tools.is_empty() && evidence.calls.is_empty() && evidence.schema.is_empty())
    {
        beam = (0..VOCABULARIES.len())
            .map(|vocabulary| Rule {
                text: TextRule::assumed(vocabulary, column::JOINED),
                parts: [None, None, None],
                score: 0,
                penalty: 0,
            })
            .collect();
    }
    keep_best(&mut beam);
    for (part, samples) in [
        (Part::Tools, &evidence.tools),
        (Part::Calls, &evidence.calls),
        (Part::Schema, &evidence.schema),
    ] {
        if !samples.is_empty() && !beam.is_empty() {
            beam = extended(&beam, part, samples);
            keep_best(&mut beam);
        }
    }
    beam
}

/// Rules for a part that were already found for the same remainders of the bills.
struct Tried {
    /// Indices of the samples.
    of: Vec<usize>,
    left: Vec<i64>,
    vocabulary: usize,
    found: Vec<Scored<PartRule>>,
}

/// Combines each rule of the beam with each rule for a part.
fn extended(beam: &[Rule], part: Part, samples: &[&Sample]) -> Vec<Rule> {
    let shares = weights(samples.len());
    let mut wider = Vec::new();
    let mut tried: Vec<Tried> = Vec::new();
    for rule in beam {
        // Samples that were not measured for the rule are not explained by it.
        let rest_of = |(nth, sample): (usize, &&Sample)| {
            let billed = i64::try_from(sample.billed).ok()?;
            Some((nth, billed - rule.known_tokens(sample)?))
        };
        let (of, left): (Vec<usize>, Vec<i64>) =
            samples.iter().enumerate().filter_map(rest_of).unzip();
        if of.is_empty() {
            wider.push(rule.clone());
            continue;
        }
        let vocabulary = rule.text.vocabulary;
        let known = tried.iter().position(|tried| {
            tried.left == left && tried.of == of && tried.vocabulary == vocabulary
        });
        if known.is_none() && tried.len() == MAX_RESTS {
            continue;
        }
        let at = known.unwrap_or_else(|| {
            let rest = Rest {
                samples: of.iter().map(|nth| samples[*nth]).collect(),
                left: left.clone(),
                shares: of.iter().map(|nth| shares[*nth]).collect(),
            };
            let mut found = parts::hypotheses(part, vocabulary, &rest);
            found.sort_by(|one, other| {
                let score = other.score.cmp(&one.score);
                score.then(one.penalty.cmp(&other.penalty))
            });
            found.truncate(BEAM / 2);
            tried.push(Tried {
                of,
                left,
                vocabulary,
                found,
            });
            tried.len() - 1
        });
        for own in &tried[at].found {
            let mut longer = rule.clone();
            longer.parts[part as usize] = Some(own.rule.clone());
            longer.score += own.score;
            longer.penalty += own.penalty;
            wider.push(longer);
        }
    }
    wider
}

fn keep_best(beam: &mut Vec<Rule>) {
    beam.sort_by(|one, other| {
        other
            .score
            .cmp(&one.score)
            .then(one.penalty.cmp(&other.penalty))
            .then(one.text.vocabulary.cmp(&other.text.vocabulary))
    });
    let best = beam.first().map_or(0, |rule| rule.score);
    beam.retain(|rule| rule.score + SLACK >= best);
    beam.truncate(BEAM);
}
