//! Finds the billing of plain text: the vocabulary, and integer constants per request and per
//! message.
//!
//! ```text
//! billed = T(text) + base + setting + system·s + user·u + assistant·a + repeated·r + prefill·p + names·n
//! ```
//!
//! For each vocabulary, each way of joining parts and each pair of small `u` and `a`, the other
//! constants follow from the samples: a constant is the value on which the last three samples
//! agree, else the most common one. The hypothesis that counts the most samples exactly wins; among
//! equals, the one closest to the known framings of servers. So one wrong sample changes nothing as
//! long as the others agree.
//!
//! Cost: vocabularies × 117 pairs × samples.

use std::collections::BTreeMap;

use super::column;
use super::robust::{SLACK, Scored, Values, weights};
use super::sample::Sample;
use super::shape::Shape;
use super::sizes::VOCABULARIES;

/// Known framings of servers, as constants per user message, per assistant message, and per request
/// (`src/count/rules`, docs/evidence/billing_other_providers.md). They decide between hypotheses
/// that explain the samples equally well.
const FRAMINGS: [(i64, i64, i64); 10] = [
    (4, 4, 3),
    (4, 6, 2),
    (3, 3, 4),
    (2, 2, 4),
    (1, 1, 0),
    (0, 0, 0),
    (2, 1, 1),
    (1, 1, 1),
    (5, 5, 3),
    (4, 6, 62),
];

/// Maximum constants per message that are searched.
const MAX_USER: i64 = 8;
const MAX_ASSISTANT: i64 = 12;

/// Settings that change a constant of the request: reasoning and the answer format.
pub(super) type Setting = (u32, u32);

pub(super) fn setting(shape: &Shape) -> Setting {
    (shape.thinking, if shape.format == 2 { 2 } else { 0 })
}

/// Billing of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextRule {
    pub(super) vocabulary: usize,
    pub(super) column: usize,
    pub(super) base: i64,
    pub(super) system: i64,
    pub(super) user: i64,
    pub(super) assistant: i64,
    pub(super) settings: BTreeMap<Setting, i64>,
    /// Number of samples with each setting, without and with a system message, and of those that
    /// show an extra.
    seen: BTreeMap<Setting, u32>,
    systems_seen: [u32; 2],
    extras_seen: [u32; 3],
    /// Additional tokens for a repeated role, a prefill, a name; `None` if no sample shows it.
    pub(super) extras: [Option<i64>; 3],
}

fn extras(shape: &Shape) -> [i64; 3] {
    [shape.repeated, shape.prefill, shape.names].map(i64::from)
}

/// Counts a message of an unknown role as the user's.
fn users(shape: &Shape) -> i64 {
    i64::from(shape.user) + i64::from(shape.other)
}

impl TextRule {
    /// Returns a rule for samples none of which is only text: its remainder joins the constants of
    /// other parts.
    pub(super) fn assumed(vocabulary: usize, column: usize) -> TextRule {
        TextRule {
            vocabulary,
            column,
            base: 3,
            system: 4,
            user: 4,
            assistant: 4,
            settings: BTreeMap::new(),
            seen: BTreeMap::new(),
            systems_seen: [0; 2],
            extras: [None; 3],
            extras_seen: [0; 3],
        }
    }

    /// Returns the tokens of the text and its framing by this rule. `None` if the vocabulary was
    /// not measured.
    pub(super) fn tokens(&self, sample: &Sample) -> Option<i64> {
        let shape = &sample.shape;
        let text = text(sample, self.vocabulary, self.column)?;
        let mut tokens = text
            + self.base
            + self.system * i64::from(shape.system)
            + self.user * users(shape)
            + self.assistant * i64::from(shape.assistant)
            + self.setting(shape).unwrap_or(0);
        for (more, count) in self.extras.iter().zip(extras(shape)) {
            tokens += more.unwrap_or(0) * count;
        }
        Some(tokens)
    }

    fn setting(&self, shape: &Shape) -> Option<i64> {
        self.settings.get(&setting(shape)).copied()
    }

    /// Returns the number of samples that show the constants of such a request: that of the rarest
    /// one.
    pub(super) fn seen(&self, shape: &Shape) -> u32 {
        let setting = self.seen.get(&setting(shape)).copied().unwrap_or(0);
        let system = self.systems_seen[usize::from(shape.system > 0)];
        let extras = self.extras_seen.iter().zip(extras(shape));
        extras
            .filter(|(_, count)| *count != 0)
            .map(|(seen, _)| *seen)
            .fold(setting.min(system), u32::min)
    }

    fn penalty(&self) -> u64 {
        let framing = (self.user, self.assistant, self.base);
        let mut penalty = match FRAMINGS.iter().position(|known| *known == framing) {
            Some(_) => 0,
            None => {
                4 + u64::from(self.user != self.assistant)
                    + u64::from(self.user == 0)
                    + u64::from(!(0..=12).contains(&self.base))
            }
        };
        penalty += u64::from(self.column != column::JOINED);
        penalty += 2 * u64::from(self.system != self.user);
        penalty
            + self
                .extras
                .iter()
                .flatten()
                .filter(|more| **more != 0)
                .count() as u64
    }
}

/// Returns the tokens of text and names of a sample.
fn text(sample: &Sample, vocabulary: usize, column: usize) -> Option<i64> {
    let text = sample.sizes.get(vocabulary, column)?;
    let names = sample.sizes.get(vocabulary, column::NAMES)?;
    i64::try_from(text.saturating_add(names)).ok()
}

/// Returns all hypotheses that explain something, best first. Samples are in time order.
pub(super) fn hypotheses(samples: &[&Sample]) -> Vec<Scored<TextRule>> {
    let mut found: Vec<Scored<TextRule>> = Vec::new();
    let mut best = 0;
    let all = weights(samples.len());
    for vocabulary in 0..VOCABULARIES.len() {
        // Samples that were not measured in the vocabulary are not explained by it.
        let (samples, shares): (Vec<&Sample>, Vec<u64>) = samples
            .iter()
            .zip(&all)
            .filter(|(sample, _)| text(sample, vocabulary, column::JOINED).is_some())
            .unzip();
        let mut tried: Vec<Vec<i64>> = Vec::new();
        for column in [column::JOINED, column::PARTS, column::TRIMMED] {
            let texts: Option<Vec<i64>> = samples
                .iter()
                .map(|sample| text(sample, vocabulary, column))
                .collect();
            let Some(texts) = texts else { break };
            if tried.contains(&texts) {
                continue;
            }
            for user in 0..=MAX_USER {
                for assistant in 0..=MAX_ASSISTANT {
                    let rest: Vec<i64> = samples
                        .iter()
                        .zip(&texts)
                        .map(|(sample, text)| {
                            let billed = i64::try_from(sample.billed).unwrap_or(i64::MAX / 4);
                            billed
                                - text
                                - user * users(&sample.shape)
                                - assistant * i64::from(sample.shape.assistant)
                        })
                        .collect();
                    let rule = TextRule {
                        vocabulary,
                        column,
                        base: 0,
                        system: user,
                        user,
                        assistant,
                        settings: BTreeMap::new(),
                        seen: BTreeMap::new(),
                        systems_seen: [0; 2],
                        extras: [None; 3],
                        extras_seen: [0; 3],
                    };
                    let solved = solved(rule, &samples, &rest, &shares);
                    if let Some(solved) = solved.filter(|solved| solved.score + SLACK >= best) {
                        best = best.max(solved.score);
                        found.push(solved);
                    }
                }
            }
            tried.push(texts);
        }
    }
    found.sort_by(|one, other| {
        other
            .score
            .cmp(&one.score)
            .then(one.penalty.cmp(&other.penalty))
            .then(one.rule.vocabulary.cmp(&other.rule.vocabulary))
    });
    found
}

/// Returns the constants that follow from the remainder of the pair.
fn solved(
    mut rule: TextRule,
    samples: &[&Sample],
    rest: &[i64],
    shares: &[u64],
) -> Option<Scored<TextRule>> {
    let plain = |shape: &Shape| extras(shape) == [0; 3];
    let mut by_setting: BTreeMap<Setting, u64> = BTreeMap::new();
    for (sample, share) in samples.iter().zip(shares) {
        *by_setting.entry(setting(&sample.shape)).or_default() += share;
        *rule.seen.entry(setting(&sample.shape)).or_default() += 1;
        rule.systems_seen[usize::from(sample.shape.system > 0)] += 1;
    }
    // The most common setting has no separate constant.
    let (&usual, _) = by_setting.iter().max_by_key(|(_, share)| **share)?;
    let values = |of: &dyn Fn(&Shape) -> bool, more: &dyn Fn(&Shape) -> i64| {
        let mut values = Values::default();
        for ((sample, rest), share) in samples.iter().zip(rest).zip(shares) {
            if of(&sample.shape) {
                values.add(rest - more(&sample.shape), *share);
            }
        }
        values.settled()
    };
    let in_usual = |shape: &Shape| plain(shape) && setting(shape) == usual;
    let without = values(&|shape| in_usual(shape) && shape.system == 0, &|_| 0);
    let with = values(&|shape| in_usual(shape) && shape.system == 1, &|_| 0);
    match (without, with) {
        (Some(without), Some(with)) => {
            rule.base = without;
            rule.system = with - without;
        }
        (Some(without), None) => rule.base = without,
        (None, Some(with)) => rule.base = with - rule.system,
        (None, None) => {
            let system = rule.system;
            rule.base = values(&|shape| setting(shape) == usual, &|shape| {
                system * i64::from(shape.system)
            })?;
        }
    }
    rule.settings.insert(usual, 0);
    let (base, system) = (rule.base, rule.system);
    let framed = |shape: &Shape| base + system * i64::from(shape.system);
    for &other in by_setting.keys().filter(|one| **one != usual) {
        let own = values(&|shape| plain(shape) && setting(shape) == other, &framed);
        rule.settings.extend(own.map(|own| (other, own)));
    }
    for nth in 0..rule.extras.len() {
        let known = rule.clone();
        let more = |shape: &Shape| {
            let mut more = framed(shape) + known.setting(shape).unwrap_or(0);
            for (at, count) in extras(shape).into_iter().enumerate() {
                more += known.extras[at].unwrap_or(0) * count;
            }
            more
        };
        let mut left = Values::default();
        for ((sample, rest), share) in samples.iter().zip(rest).zip(shares) {
            let counts = extras(&sample.shape);
            let only = (0..counts.len())
                .all(|at| at == nth || counts[at] == 0 || known.extras[at].is_some());
            if counts[nth] > 0 && only {
                let rest = rest - more(&sample.shape);
                if rest % counts[nth] == 0 {
                    left.add(rest / counts[nth], *share);
                }
            }
        }
        rule.extras_seen[nth] = left.len();
        rule.extras[nth] = left.settled_or(0);
    }
    let score = samples
        .iter()
        .zip(shares)
        .filter(|(sample, _)| rule.tokens(sample) == i64::try_from(sample.billed).ok())
        .map(|(_, share)| share)
        .sum();
    let penalty = rule.penalty();
    Some(Scored {
        rule,
        score,
        penalty,
    })
}
