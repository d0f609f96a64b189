//! Learned rules, and counts by them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::claim::Claim;
use super::column;
use super::history::History;
use super::part::Part;
use super::parts::Form;
use super::rule::{self, Evidence, Rule};
use super::sample::{Group, Sample};
use super::sizes::{RENDERINGS, Sizes, VOCABULARIES, Wanted};
use super::{Key, robust};
use crate::count::{Accuracy, RequestCount, TokenCount};
use crate::request::Request;

/// Minimum of samples before a rule is used.
const FEWEST: usize = 3;

/// Number of consecutive samples for which the rule must give the billed number before a count is
/// exact.
const EXACT_AFTER: u32 = 8;

/// Minimum of samples that show a constant before the bounds of a count that needs it are narrow.
const SEEN_TO_NARROW: u32 = 3;

/// Newest samples of a group whose errors set the bounds and forbid an exact claim, and those that
/// set a factor.
const BOUNDING: usize = 20;
const SCALING: usize = 10;

/// Rules of models, learned from billed usage.
///
/// # Examples
///
/// ```
/// use tokenfit::learn::Calibration;
///
/// let learned = Calibration::default().learn();
/// assert_eq!(learned.rules().count(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Learned {
    models: BTreeMap<Key, LearnedModel>,
}

#[derive(Debug, Clone)]
struct LearnedModel {
    /// The best rule first; the others explain the samples equally or nearly as well.
    beam: Vec<Rule>,
    reading: Reading,
    fits: BTreeMap<Group, Fit>,
}

/// How a model's usage reports cached tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As a part of the input, or not at all.
    Included,
    /// In addition to the input.
    Beside,
    /// Twice.
    Twice,
}

impl Reading {
    fn as_str(self) -> &'static str {
        match self {
            Reading::Included => "included",
            Reading::Beside => "beside",
            Reading::Twice => "twice",
        }
    }

    fn of(self, sample: &Sample) -> u64 {
        match self {
            Reading::Included => sample.billed,
            Reading::Beside => sample.billed.saturating_add(sample.cached),
            Reading::Twice => sample.billed.saturating_sub(sample.cached),
        }
    }
}

/// Fit of the best rule to the samples of a group.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    of: u32,
    exact: u32,
    /// Number of the newest samples for which the rule gave the billed number.
    streak: u32,
    /// Number of misses among the newest samples.
    missed: u32,
    /// Maximum errors on the newest samples.
    below: u64,
    above: u64,
    /// Billed divided by counted tokens, in thousandths: the median, the minimum and the maximum of
    /// the newest samples.
    factor: [u64; 3],
}

impl Fit {
    /// Whether the rule explains so little that only a factor is left.
    fn is_factor(&self) -> bool {
        self.of as usize >= FEWEST && self.exact * 2 < self.of
    }

    fn claim(&self) -> Claim {
        if self.of < FEWEST as u32 || self.is_factor() {
            Claim::Estimated { of: self.of }
        } else if self.streak >= EXACT_AFTER && self.missed == 0 {
            Claim::Exact { of: self.streak }
        } else {
            Claim::Calibrated {
                of: self.of,
                exact: self.exact,
                below: self.below,
                above: self.above,
            }
        }
    }
}

/// Rule of one model at one host, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LearnedRule {
    /// Model as named by the counts.
    pub model: String,
    /// Host as named by the observations.
    pub host: String,
    /// Name of the encoding that counts its text.
    pub encoding: &'static str,
    /// Tokens per request.
    pub base: i64,
    /// Tokens per system message, besides its text.
    pub system: i64,
    /// Tokens per user message.
    pub user: i64,
    /// Tokens per assistant message.
    pub assistant: i64,
    /// Cached tokens in its usage: `included` in the input, `beside` it, or counted `twice`.
    pub cached: &'static str,
    /// Tools, calls and schema, as far as observed.
    pub parts: Vec<LearnedPart>,
    /// Claim for each observed kind of content: `text`, `tools`, `calls`, `schema`, `media`.
    pub claims: BTreeMap<&'static str, Claim>,
}

/// Billing of a part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LearnedPart {
    /// `tools`, `calls` or `schema`.
    pub part: &'static str,
    /// Rendering: a model whose tools are written the same way, or a form of JSON.
    pub written: &'static str,
    /// Tokens per tool or call besides the rendering.
    pub each: i64,
    /// Smallest and largest constant per request.
    pub around: [i64; 2],
}

/// Formats the rule as one line.
impl fmt::Display for LearnedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}: {}, {} + {} per system, {} per user, {} per assistant message",
            self.model, self.host, self.encoding, self.base, self.system, self.user, self.assistant
        )?;
        for part in &self.parts {
            write!(f, "; {} as {}, {} each", part.part, part.written, part.each)?;
            match part.around {
                [least, most] if least == most => write!(f, " + {least}")?,
                [least, most] => write!(f, " + {least} to {most}")?,
            }
        }
        for (kind, claim) in &self.claims {
            write!(f, "; {kind}: {claim}")?;
        }
        Ok(())
    }
}

impl Learned {
    pub(super) fn new<'h>(histories: impl IntoIterator<Item = (Key, &'h History)>) -> Learned {
        let models = histories
            .into_iter()
            .filter_map(|(key, history)| Some((key, LearnedModel::new(history)?)));
        Learned {
            models: models.collect(),
        }
    }

    /// Replaces a count that is not exact by the learned one. Returned unchanged: an exact count,
    /// that of a model without a learned rule, and that of a request whose size depends on content
    /// outside of it.
    ///
    /// Takes about one more count per vocabulary that is still possible.
    ///
    /// The parts of the new count are shares of its total.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// let count = calibration.learn().apply("gateway", &request, count);
    /// assert_eq!(count.tokens(), 21);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn apply(&self, host: &str, request: &Request<'_>, count: RequestCount) -> RequestCount {
        if count.accuracy() == Accuracy::Exact {
            return count;
        }
        let model = self.models.get(&Key::new(count.model(), host));
        match model.and_then(|model| model.count(request, &count)) {
            Some((total, sizes)) => count.learned(total, sizes.to_numbers()),
            None => count,
        }
    }

    /// Iterates over the rules, sorted by model and host.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// let learned = calibration.learn();
    /// assert_eq!(learned.rules().next().unwrap().model, "house-model");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = LearnedRule> + '_ {
        self.models
            .iter()
            .filter_map(|(key, model)| model.described(key))
    }
}

impl LearnedModel {
    fn new(history: &History) -> Option<LearnedModel> {
        let measured: Vec<&Sample> = history
            .samples()
            .filter(|sample| sample.sizes.is_measured() && sample.shape.hidden == 0)
            .collect();
        if measured.len() < FEWEST {
            return None;
        }
        let cached = measured.iter().filter(|sample| sample.cached > 0).count();
        let mut best = LearnedModel::reading(&measured, Reading::Included);
        if cached > 1 {
            for reading in [Reading::Beside, Reading::Twice] {
                let other = LearnedModel::reading(&measured, reading);
                let score = |model: &LearnedModel| model.beam.first().map_or(0, |rule| rule.score);
                // An accidental fit of one sample is no evidence.
                if score(&other) > score(&best) + 4 {
                    best = other;
                }
            }
        }
        (!best.beam.is_empty()).then_some(best)
    }

    fn reading(measured: &[&Sample], reading: Reading) -> LearnedModel {
        let read: Vec<Sample> = measured
            .iter()
            .map(|sample| Sample {
                billed: reading.of(sample),
                ..(*sample).clone()
            })
            .collect();
        let of = |group: Group| -> Vec<&Sample> {
            read.iter()
                .filter(|sample| sample.group() == group)
                .collect()
        };
        let beam = rule::beam(&Evidence {
            text: of(Group::Text),
            tools: of(Group::Tools),
            calls: of(Group::Calls),
            schema: of(Group::Schema),
        });
        let mut fits = BTreeMap::new();
        if let Some(rule) = beam.first() {
            for group in Group::ALL {
                let samples = of(group);
                if !samples.is_empty() {
                    fits.insert(group, fit(rule, &samples));
                }
            }
        }
        LearnedModel {
            beam,
            reading,
            fits,
        }
    }

    /// Returns the vocabularies and renderings that the rules of the beam need.
    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted {
            vocabularies: 0,
            renderings: 0,
        };
        for rule in &self.beam {
            wanted.vocabularies |= 1 << rule.text.vocabulary;
            for part in rule.parts.iter().flatten() {
                if let Form::Rendering(rendering) = part.form {
                    wanted.renderings |= 1 << rendering;
                }
            }
        }
        wanted
    }

    /// Returns the count with the sizes that it follows from.
    fn count(&self, request: &Request<'_>, count: &RequestCount) -> Option<(TokenCount, Sizes)> {
        let sample = Sample::to_count(request, count, self.wanted());
        let total = self.total(&sample, count)?;
        Some((total, sample.sizes))
    }

    fn total(&self, sample: &Sample, count: &RequestCount) -> Option<TokenCount> {
        let best = self.beam.first()?;
        let shape = &sample.shape;
        if shape.hidden > 0 || (Part::Calls.is_in(shape) && best.part(Part::Calls).is_none()) {
            return None;
        }
        let tokens = best.known_tokens(sample)?;
        let (mut lower, mut upper) = (tokens, tokens);
        for rule in &self.beam {
            if let Some(other) = rule.known_tokens(sample) {
                lower = lower.min(other);
                upper = upper.max(other);
            }
        }
        let agree = lower == upper;
        // Parts without a learned rule keep the crate's estimate.
        let mut rest = TokenCount::ZERO;
        for (part, own) in [(Part::Tools, count.tools()), (Part::Schema, count.schema())] {
            if part.is_in(shape) && best.part(part).is_none() {
                rest += own;
            }
        }
        if shape.media > 0 {
            rest += count.images();
        }
        let group = Group::of(shape);
        let fit = self.fits.get(&group).copied().unwrap_or_default();
        let seen = best.seen(shape);
        let alone = rest == TokenCount::ZERO;
        let whole = |tokens: i64| u64::try_from(tokens).unwrap_or(0);
        let claims = matches!(fit.claim(), Claim::Exact { .. });
        if claims && agree && alone && seen > 0 {
            return Some(TokenCount::exact(whole(tokens)));
        }
        let total = whole(tokens).saturating_add(rest.tokens());
        let share = |percent: u64| total / 100 * percent + total % 100 * percent / 100;
        let (below, above) = match seen >= SEEN_TO_NARROW && fit.of as usize >= FEWEST {
            true => (8 + share(5), 8 + share(5)),
            false => (12 + share(10), 40 + share(15)),
        };
        let lower = whole(lower)
            .saturating_add(rest.lower())
            .saturating_sub(fit.below)
            .saturating_sub(below);
        let upper = whole(upper)
            .saturating_add(rest.most())
            .saturating_add(fit.above)
            .saturating_add(above);
        if fit.is_factor() {
            let [median, least, most] = fit.factor;
            let times = |thousandths: u64| robust::times(total, thousandths);
            return Some(TokenCount::between(
                times(median),
                lower.min(times(least).saturating_sub(below)),
                times(most).saturating_add(above).max(rest.most()),
            ));
        }
        Some(match seen > 0 && alone && fit.of as usize >= FEWEST {
            true => TokenCount::calibrated(total, lower, upper),
            false => TokenCount::between(total, lower, upper),
        })
    }

    fn described(&self, key: &Key) -> Option<LearnedRule> {
        let rule = self.beam.first()?;
        let parts = rule.parts.iter().flatten().map(|part| LearnedPart {
            part: part.part.as_str(),
            written: written(part.form),
            each: part.each,
            around: [
                part.constants.values().min().copied().unwrap_or(0),
                part.constants.values().max().copied().unwrap_or(0),
            ],
        });
        Some(LearnedRule {
            model: key.model.clone(),
            host: key.host.clone(),
            encoding: VOCABULARIES[rule.text.vocabulary],
            base: rule.text.base,
            system: rule.text.system,
            user: rule.text.user,
            assistant: rule.text.assistant,
            cached: self.reading.as_str(),
            parts: parts.collect(),
            claims: self
                .fits
                .iter()
                .map(|(group, fit)| (group.as_str(), fit.claim()))
                .collect(),
        })
    }
}

/// Names a form.
fn written(form: Form) -> &'static str {
    match form {
        Form::Rendering(rendering) => RENDERINGS[rendering].0,
        Form::Plain(at, _) if at == column::TOOLS => "a list of JSON",
        Form::Plain(at, _) if at == column::TOOLS + 1 => "a compact list of JSON",
        Form::Plain(at, _) if at == column::TOOLS + 2 => "lines of JSON",
        Form::Plain(at, _) if at == column::CALLS => "text as sent",
        Form::Plain(at, _) if at == column::CALLS + 1 => "JSON with blanks",
        Form::Plain(at, _) if at == column::CALLS + 2 => "compact JSON",
        Form::Plain(at, _) if at == column::CALLS + 3 => "a JSON object",
        Form::Plain(at, _) if at == column::SCHEMA + 1 => "compact JSON",
        Form::Plain(..) => "JSON with blanks",
        Form::Nothing => "nothing",
    }
}

/// Computes the fit of a rule to samples in time order.
fn fit(rule: &Rule, samples: &[&Sample]) -> Fit {
    let mut fit = Fit::default();
    let mut factors = Vec::new();
    for (nth, sample) in samples.iter().enumerate() {
        let Some(tokens) = rule.known_tokens(sample) else {
            continue;
        };
        let media = i64::try_from(sample.counted.media[0]).unwrap_or(i64::MAX);
        let counted = tokens.saturating_add(media);
        let billed = i64::try_from(sample.billed).unwrap_or(i64::MAX);
        let error = billed.saturating_sub(counted);
        fit.of += 1;
        fit.streak += 1;
        match error {
            0 => fit.exact += 1,
            _ => fit.streak = 0,
        }
        if nth + BOUNDING >= samples.len() {
            fit.missed += u32::from(error != 0);
            fit.below = fit.below.max(error.min(0).unsigned_abs());
            fit.above = fit.above.max(error.max(0).unsigned_abs());
        }
        if nth + SCALING >= samples.len() {
            factors.push(robust::thousandths(
                sample.billed,
                counted.max(1).unsigned_abs(),
            ));
        }
    }
    factors.sort_unstable();
    if let (Some(least), Some(most)) = (factors.first(), factors.last()) {
        fit.factor = [factors[factors.len() / 2], *least, *most];
    }
    fit
}
