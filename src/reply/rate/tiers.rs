//! Limits by account tier, as dated data.
//!
//! Presets are guesses: hosts change them, and an account can have its own. The headers of the
//! first answer have precedence ([`Ticket::observe`](super::Ticket::observe)).

use serde::Serialize;

use super::class::{Limit, RateClass};
use crate::model::Host;

/// Limits that a host grants the accounts of a tier for a model.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::rate::{HostRule, RateBudget, Tier};
///
/// let tier = Tier::find(Host::OpenAi, "gpt-4o", "1", "2026-11-28").ok_or("not known")?;
/// assert_eq!((tier.limits[0].amount, tier.limits[1].amount), (500, 30_000));
/// let budget = RateBudget::new(HostRule::of(Host::OpenAi), tier.limits)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tier {
    /// Host that grants the tier.
    pub host: Host,
    /// Model or family of models, as the source names it.
    pub model: &'static str,
    /// Name of the tier.
    pub tier: &'static str,
    /// The limits.
    pub limits: &'static [Limit],
    /// Payments in dollars that qualify for the tier, if that is the rule.
    pub paid_usd: Option<u32>,
    /// Days since the first payment that qualify for the tier.
    pub days: u32,
    /// First month for which the numbers are known, `YYYY-MM`.
    pub since: &'static str,
    /// Source of the numbers.
    pub source: &'static str,
}

macro_rules! tiers {
    ($($host:ident $model:literal $since:literal $source:literal {
        $($tier:literal [$($class:ident $amount:literal / $window:ident),+] $(paid $usd:literal $days:literal)?;)+
    })*) => {
        /// All known tiers, by host and model. Several rows of one tier differ in `since`.
        pub const TIERS: &[Tier] = &[$($(Tier {
            host: Host::$host,
            model: $model,
            tier: $tier,
            limits: &[$(Limit::$window(RateClass::$class, $amount)),+],
            paid_usd: tiers!(@usd $($usd)?),
            days: tiers!(@days $($days)?),
            since: $since,
            source: $source,
        },)+)*];
    };
    (@usd) => { None };
    (@usd $usd:literal) => { Some($usd) };
    (@days) => { 0 };
    (@days $days:literal) => { $days };
}

tiers! {
    OpenAi "gpt-4o" "2025-05" "recorded headers, 2025-05 to 2025-10" {
        "5" [Requests 10_000 / per_minute, Tokens 30_000_000 / per_minute] paid 1_000 30;
    }
    OpenAi "gpt-4o" "2026-04" "guide of 2026-04; qualification from OpenAI's own page" {
        "free" [Requests 3 / per_minute, Tokens 40_000 / per_minute];
        "1" [Requests 500 / per_minute, Tokens 30_000 / per_minute] paid 5 0;
        "2" [Requests 5_000 / per_minute, Tokens 450_000 / per_minute] paid 50 7;
        "3" [Requests 5_000 / per_minute, Tokens 800_000 / per_minute] paid 100 7;
        "4" [Requests 10_000 / per_minute, Tokens 2_000_000 / per_minute] paid 250 14;
        "5" [Requests 10_000 / per_minute, Tokens 10_000_000 / per_minute] paid 1_000 30;
    }
    OpenAi "gpt-4o-mini" "2025-05" "recorded headers" {
        "5" [Requests 30_000 / per_minute, Tokens 150_000_000 / per_minute] paid 1_000 30;
    }
    OpenAi "gpt-5-mini" "2025-08" "recorded headers" {
        "1" [Requests 500 / per_minute, Tokens 500_000 / per_minute] paid 5 0;
        "3" [Requests 5_000 / per_minute, Tokens 4_000_000 / per_minute] paid 100 7;
    }
    Anthropic "claude-opus-4" "2026-05" "platform.claude.com rate limits" {
        "1" [Requests 50 / per_minute, Input 500_000 / per_minute, Output 80_000 / per_minute];
        "4" [Requests 4_000 / per_minute, Input 10_000_000 / per_minute, Output 800_000 / per_minute];
    }
    Anthropic "claude-sonnet-4" "2026-05" "platform.claude.com rate limits" {
        "1" [Requests 50 / per_minute, Input 30_000 / per_minute, Output 8_000 / per_minute];
        "2" [Requests 1_000 / per_minute, Input 450_000 / per_minute, Output 90_000 / per_minute];
        "3" [Requests 2_000 / per_minute, Input 800_000 / per_minute, Output 160_000 / per_minute];
        "4" [Requests 4_000 / per_minute, Input 2_000_000 / per_minute, Output 400_000 / per_minute];
    }
    Anthropic "claude-haiku-4-5" "2026-05" "platform.claude.com rate limits" {
        "1" [Requests 50 / per_minute, Input 50_000 / per_minute, Output 10_000 / per_minute];
        "4" [Requests 4_000 / per_minute, Input 4_000_000 / per_minute, Output 800_000 / per_minute];
    }
    Anthropic "claude-fable-5" "2026-10" "platform.claude.com rate limits: tiers are named since 2026-10" {
        "start" [Requests 1_000 / per_minute, Input 500_000 / per_minute, Output 100_000 / per_minute, Spend 500_000_000_000_000 / per_month];
        "scale" [Requests 4_000 / per_minute, Input 4_000_000 / per_minute, Output 800_000 / per_minute, Spend 200_000_000_000_000_000 / per_month];
    }
    Anthropic "claude" "2026-10" "platform.claude.com rate limits: spend caps of the named tiers, in pico-dollars" {
        "start" [Spend 500_000_000_000_000 / per_month];
        "build" [Spend 1_000_000_000_000_000 / per_month];
        "scale" [Spend 200_000_000_000_000_000 / per_month];
    }
    Gemini "gemini" "2026-10" "Gemini billing documents: spend caps, in pico-dollars" {
        "1" [Spend 10_000_000_000_000 / per_ten_minutes, Spend 250_000_000_000_000 / per_month];
        "2" [Spend 50_000_000_000_000 / per_ten_minutes, Spend 2_000_000_000_000_000 / per_month];
    }
    Groq "llama-3.1-8b" "2026-11" "Groq rate limit documents" {
        "free" [Requests 14_400 / per_day, Tokens 6_000 / per_minute];
    }
    Groq "llama-3.3-70b" "2026-11" "Groq rate limit documents" {
        "free" [Tokens 12_000 / per_minute, Tokens 100_000 / per_day];
    }
    Xai "grok-4.7" "2026-01" "xAI rate limit documents" {
        "0" [Requests 150 / per_second, Tokens 50_000_000 / per_minute];
        "4" [Requests 500 / per_second, Tokens 100_000_000 / per_minute] paid 5_000 0;
    }
    OpenRouter "free" "2026-11" "OpenRouter limits: models whose name ends in :free" {
        "free" [Requests 20 / per_minute, Requests 50 / per_day];
        "10 credits" [Requests 20 / per_minute, Requests 1_000 / per_day];
    }
}

impl Tier {
    /// Finds the tier of a model as known on a day (`YYYY-MM-DD`): the newest row not after that
    /// day. `model` may be longer than the row's name (`gpt-4o-2024-08-06`); the longest row is
    /// used. `None` if nothing is known.
    ///
    /// Linear in the table.
    ///
    /// ```
    /// use tokenfit::{model::Host, reply::rate::{RateClass, Tier}};
    ///
    /// let tier = Tier::find(Host::OpenAi, "gpt-4o-2024-08-06", "1", "2026-11-28").unwrap();
    /// assert_eq!((tier.limits[1].class, tier.limits[1].amount), (RateClass::Tokens, 30_000));
    /// ```
    pub fn find(host: Host, model: &str, tier: &str, day: &str) -> Option<&'static Tier> {
        let month = day.get(..7).unwrap_or(day);
        let continues = |row: &&Tier| {
            model
                .strip_prefix(row.model)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':', '@', '.']))
        };
        TIERS
            .iter()
            .filter(|row| row.host == host && row.tier == tier && row.since <= month)
            .filter(continues)
            .max_by_key(|row| (row.model.len(), row.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tier_makes_a_budget() {
        for tier in TIERS {
            super::super::class::check(tier.limits).unwrap();
            assert!(tier.since.len() == 7 && !tier.source.is_empty());
        }
    }

    #[test]
    fn the_newest_row_of_the_longest_name_wins() {
        let amount = |model, day| {
            Tier::find(Host::OpenAi, model, "5", day).map(|tier| tier.limits[1].amount)
        };
        assert_eq!(amount("gpt-4o", "2025-06-01"), Some(30_000_000));
        assert_eq!(amount("gpt-4o-2024-08-06", "2026-11-28"), Some(10_000_000));
        assert_eq!(amount("gpt-4o-mini", "2026-11-28"), Some(150_000_000));
        assert_eq!(amount("gpt-4o", "2024-01-01"), None);
        assert_eq!(amount("gpt-4ox", "2026-11-28"), None);
    }
}
