//! Rules of how each host counts a request against its limits.
//!
//! Measured on 2,600 recorded exchanges with OpenAI and on recordings of the others; the rest comes
//! from the hosts' documents. A limiter that always reserves `max_tokens` uses a fraction of an
//! OpenAI limit; one that never does is refused at Groq and Bedrock.

use serde::Serialize;

use super::ask::{Ask, RateUsage};
use super::class::{Charges, RateClass, Refill};
use crate::model::Host;

/// Amount that a host reserves when it admits a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reserve {
    /// The input only.
    Input,
    /// The input plus the output limit.
    InputPlusMaxOutput,
    /// Nothing: the host charges the answer's usage. Here the expected answer is reserved, or its
    /// limit.
    AfterAnswer,
    /// Input and output from separate limits, the output by its limit.
    SplitInputOutput,
}

/// Substitute for a missing output limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbsentMaxOutput {
    /// Nothing.
    Nothing,
    /// The model's maximum, if the caller knows it.
    ModelMaximum,
}

/// Counting of cached input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CachedReads {
    /// Like any input.
    Counted,
    /// Not at all.
    Free,
    /// At admission, but not at the end.
    ReleasedAtEnd,
}

/// Counting rule of a host.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::Refill;
/// use tokenfit::model::Host;
/// use tokenfit::reply::rate::{HostRule, Reserve};
///
/// assert_eq!(HostRule::of(Host::OpenAi).reserve, Reserve::Input);
/// assert_eq!(HostRule::of(Host::Groq).reserve, Reserve::InputPlusMaxOutput);
///
/// // Claude at Bedrock: an output token counts five times.
/// let rule = HostRule::of(Host::Bedrock).output_weight(5).refill(Refill::Sliding);
/// assert_eq!(rule.output_weight, 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HostRule {
    /// Amount reserved at admission.
    pub reserve: Reserve,
    /// Amount reserved for the answer if a request sets no output limit.
    pub absent: AbsentMaxOutput,
    /// Counting of cached input.
    pub cached: CachedReads,
    /// Whether the host replaces the reservation by the real usage at the end.
    pub settles: bool,
    /// Tokens of the limit that an output token costs at the end (5 for Claude at Bedrock).
    pub output_weight: u64,
    /// Refill rule of the limits.
    pub refill: Refill,
    /// Month of the evidence.
    pub as_of: &'static str,
    /// Source of the rule.
    pub source: &'static str,
}

const fn rule(
    reserve: Reserve,
    cached: CachedReads,
    settles: bool,
    refill: Refill,
    as_of: &'static str,
    source: &'static str,
) -> HostRule {
    HostRule {
        reserve,
        absent: AbsentMaxOutput::Nothing,
        cached,
        settles,
        output_weight: 1,
        refill,
        as_of,
        source,
    }
}

const fn absent_is_model_maximum(mut rule: HostRule) -> HostRule {
    rule.absent = AbsentMaxOutput::ModelMaximum;
    rule
}

use CachedReads::{Counted, Free, ReleasedAtEnd};
use Refill::{Continuous, Sliding};
use Reserve::{AfterAnswer, Input, InputPlusMaxOutput, SplitInputOutput};

/// Hosts with a known rule.
const RULES: &[(Host, HostRule)] = &[
    (
        Host::OpenAi,
        rule(
            Input,
            Counted,
            false,
            Continuous,
            "2025-03",
            "recorded headers: max_tokens is no longer reserved",
        ),
    ),
    (
        Host::Azure,
        rule(
            InputPlusMaxOutput,
            Counted,
            false,
            Continuous,
            "2026-11",
            "Azure quota documents; recordings show the input alone",
        ),
    ),
    (
        Host::Groq,
        rule(
            InputPlusMaxOutput,
            Free,
            false,
            Continuous,
            "2026-11",
            "recorded: 20701 = 221 + 20480",
        ),
    ),
    (
        Host::Cerebras,
        absent_is_model_maximum(rule(
            InputPlusMaxOutput,
            Counted,
            false,
            Sliding,
            "2026-11",
            "Cerebras rate limit documents",
        )),
    ),
    (
        Host::Mistral,
        rule(
            AfterAnswer,
            Free,
            true,
            Sliding,
            "2026-11",
            "recorded: query cost = total - cached, 285 of 291",
        ),
    ),
    (
        Host::Anthropic,
        absent_is_model_maximum(rule(
            SplitInputOutput,
            Free,
            true,
            Continuous,
            "2025-10",
            "platform.claude.com rate limits: token bucket",
        )),
    ),
    (
        Host::Bedrock,
        absent_is_model_maximum(rule(
            InputPlusMaxOutput,
            ReleasedAtEnd,
            true,
            Sliding,
            "2026-11",
            "AWS quotas-token-burndown",
        )),
    ),
    (
        Host::Gemini,
        rule(
            Input,
            Counted,
            false,
            Sliding,
            "2026-10",
            "Gemini rate limit documents: input tokens per minute",
        ),
    ),
    (
        Host::Vertex,
        rule(
            Input,
            Counted,
            false,
            Sliding,
            "2026-10",
            "quota metric online_prediction_input_tokens_per_minute",
        ),
    ),
    (
        Host::Xai,
        rule(
            AfterAnswer,
            Counted,
            true,
            Sliding,
            "2026-01",
            "xAI rate limit documents: all tokens",
        ),
    ),
];

/// Cautious rule for unknown hosts: reserves the maximum, in every window.
const UNKNOWN: HostRule = absent_is_model_maximum(rule(
    InputPlusMaxOutput,
    Counted,
    true,
    Sliding,
    "2026-11",
    "cautious default",
));

impl HostRule {
    /// Returns the rule of a host; a cautious one if its rule is unknown.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// use tokenfit::reply::rate::{HostRule, Reserve};
    ///
    /// assert_eq!(HostRule::of(Host::Groq).reserve, Reserve::InputPlusMaxOutput);
    /// ```
    pub fn of(host: Host) -> HostRule {
        RULES
            .iter()
            .find(|(known, _)| *known == host)
            .map_or(UNKNOWN, |(_, rule)| *rule)
    }

    /// Sets the tokens of the limit that an output token costs at the end. Bedrock charges 5 for
    /// Claude models.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::rate::HostRule};
    /// assert_eq!(HostRule::of(Host::Bedrock).output_weight(5).output_weight, 5);
    /// ```
    #[must_use]
    pub fn output_weight(mut self, weight: u64) -> HostRule {
        self.output_weight = weight;
        self
    }

    /// Sets how the limits are refilled.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::rate::{HostRule, Refill}};
    /// assert_eq!(HostRule::of(Host::OpenAi).refill(Refill::Sliding).refill, Refill::Sliding);
    /// ```
    #[must_use]
    pub fn refill(mut self, refill: Refill) -> HostRule {
        self.refill = refill;
        self
    }

    /// Returns the amounts that a request reserves.
    pub(super) fn reservation(&self, ask: &Ask) -> Charges {
        let input = ask.host_input_tokens.unwrap_or(ask.input_tokens);
        let cached = ask.cached_tokens.min(ask.input_tokens);
        let counted = match self.cached {
            Free => input.saturating_sub(cached),
            Counted | ReleasedAtEnd => input,
        };
        let absent = match self.absent {
            AbsentMaxOutput::Nothing => 0,
            AbsentMaxOutput::ModelMaximum => ask.model_max_output_tokens.unwrap_or(0),
        };
        let output = ask.max_output_tokens.unwrap_or(absent);
        let tokens = match self.reserve {
            Input => counted,
            InputPlusMaxOutput | SplitInputOutput => counted.saturating_add(output),
            AfterAnswer => counted.saturating_add(ask.expected_output_tokens.unwrap_or(output)),
        };
        charges(tokens, counted, output, cached, ask.spend_pico)
    }

    /// Returns the amounts that a request is finally charged, given its reservation.
    pub(super) fn settlement(&self, reserved: &Charges, usage: &RateUsage) -> Charges {
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let counted = match self.cached {
            Free | ReleasedAtEnd => usage.input_tokens - cached,
            Counted => usage.input_tokens,
        };
        let output = usage.output_tokens.saturating_mul(self.output_weight);
        let spend = usage
            .spend_pico
            .unwrap_or(reserved[RateClass::Spend as usize]);
        if self.settles {
            let tokens = match self.reserve {
                Input => counted,
                _ => counted.saturating_add(output),
            };
            charges(tokens, counted, output, cached, spend)
        } else {
            // The host keeps its reservation. Spend and cached tokens always count as used.
            let kept = |class: RateClass| reserved[class as usize];
            charges(
                kept(RateClass::Tokens),
                kept(RateClass::Input),
                kept(RateClass::Output),
                cached,
                spend,
            )
        }
    }
}

fn charges(tokens: u64, input: u64, output: u64, cached: u64, spend: u64) -> Charges {
    let mut charges = [0; RateClass::ALL.len()];
    charges[RateClass::Requests as usize] = 1;
    charges[RateClass::Tokens as usize] = tokens;
    charges[RateClass::Input as usize] = input;
    charges[RateClass::Output as usize] = output;
    charges[RateClass::Cached as usize] = cached;
    charges[RateClass::Spend as usize] = spend;
    charges[RateClass::Concurrency as usize] = 1;
    charges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(host: Host, ask: &Ask) -> u64 {
        HostRule::of(host).reservation(ask)[RateClass::Tokens as usize]
    }

    #[test]
    fn recorded_reservations() {
        let ask = Ask::new(221).max_output_tokens(20_480);
        assert_eq!(tokens(Host::Groq, &ask), 20_701);
        assert_eq!(tokens(Host::OpenAi, &ask), 221);
        assert_eq!(tokens(Host::OpenAi, &ask.host_input_tokens(240)), 240);
        let bare = Ask::new(221).model_max_output_tokens(64_000);
        assert_eq!(tokens(Host::Bedrock, &bare), 64_221);
        assert_eq!(tokens(Host::Groq, &bare), 221);
    }

    #[test]
    fn settlements_follow_the_host() {
        let ask = Ask::new(10_000)
            .cached_tokens(8_000)
            .max_output_tokens(4_000);
        let usage = RateUsage::new(10_000, 300).cached_tokens(8_000);
        let end = |rule: HostRule| rule.settlement(&rule.reservation(&ask), &usage);
        let anthropic = end(HostRule::of(Host::Anthropic));
        assert_eq!(
            (
                anthropic[RateClass::Input as usize],
                anthropic[RateClass::Output as usize]
            ),
            (2_000, 300)
        );
        // Bedrock: reads are released, output counts five times for Claude.
        assert_eq!(
            end(HostRule::of(Host::Bedrock).output_weight(5))[RateClass::Tokens as usize],
            3_500
        );
        // Mistral: total - cached.
        assert_eq!(
            end(HostRule::of(Host::Mistral))[RateClass::Tokens as usize],
            2_300
        );
        // OpenAI keeps the estimate.
        assert_eq!(
            end(HostRule::of(Host::OpenAi))[RateClass::Tokens as usize],
            10_000
        );
    }
}
