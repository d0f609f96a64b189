//! Wordings for credit, plans and spend limits.

use super::super::kind::ApiErrorKind::{InsufficientQuota, RateLimit};
use super::super::kind::ImposedBy::{Account, Gateway};
use super::super::kind::LimitScope::Month;
use super::super::phrase::Group;

pub(super) static GROUPS: &[Group] = &[
    Group::over(
        InsufficientQuota,
        &[
            // Anthropic, recorded: a limit the owner set. "You will regain access on 2026-04-01 at
            // 00:00 UTC."
            "reached your specified api usage limits",
            "spend|spending limit|cap|limits",
            "monthly spend|spending|budget|usage limit|cap|budget",
            "enforced_spend_limit_reached",
            // OpenAI, recorded.
            "billing hard limit",
            // Vercel, LiteLLM and other gateways.
            "monthly limit|quota|budget|allowance exceeded|reached",
            "exceeded your|the monthly included|quota|limit|credits|budget",
            "quota|limit for this|the month",
            // Cohere trial keys.
            "limited to {limit} api calls month",
        ],
    )
    .scope(Month)
    .imposed_by(Account),
    Group::over(
        InsufficientQuota,
        &[
            // LiteLLM proxy: "Budget has been exceeded! Current cost: …, Max budget: …".
            "budget has been exceeded",
            "exceededbudget|budget_exceeded",
        ],
    )
    .imposed_by(Gateway),
    Group::over(
        InsufficientQuota,
        &[
            // OpenRouter 402: "You requested up to 65536 tokens, but can only afford 2666".
            "requested up to {output} tokens but can only afford {affordable}",
            "requested up to {output} tokens but can",
            "requires more credits",
            "prompt tokens limit exceeded {n} {n} to increase",
            // Anthropic, xAI, DeepSeek, MiniMax, z.ai, Moonshot, DashScope, OpenRouter, Hugging
            // Face, reported.
            "credit balance is too low",
            "credit|credits|balance (is) (are) (has) (been) depleted|exhausted|insufficient",
            "used all (of) (your) available credits",
            "run|ran out of credits|credit|balance|quota|funds",
            "out of credits|funds",
            "insufficient|sufficient balance|credit|credits|quota|funds|account",
            "not enough|sufficient credits|credit|balance|funds|quota",
            "no (remaining) credits|credit|balance|resource (package) (left) (remaining)",
            "negative credit|balance",
            "need a grok subscription",
            "top up your",
            "please recharge",
            "purchase|buy (more) credits",
            "prepayment|prepaid credits",
            "included|free|trial credits * exceeded|exhausted|depleted|expired|used",
            "exceeded your included|monthly|free credits|usage|quota",
            "free (tier) (usage) (quota) of|has|is * exhausted",
            "freetieronly",
            "account * in arrears",
            "account is not active please check your billing",
            "arrearage|arrears",
            "overdue payment",
            "access denied please make sure your account is in good standing",
            "billing (is) not active|enabled",
            "billing issue|problem",
            "payment required",
            "insufficient_quota|insufficient_balance|insufficient_credits|insufficient_balance_error",
            "exceeded_current_quota_error",
            // Chinese providers and gateways (new-api).
            "余 额 不 足",
            "欠 费",
            "额 度 不 足",
            "额 度 已 用 尽",
            "配 额 不 足",
        ],
    ),
    // Google and DashScope use OpenAI's words for an empty balance at every limit; their help pages
    // distinguish the two.
    Group::over(RateLimit, &["ai google dev gemini api docs rate limits"]),
    Group::over(
        RateLimit,
        &[
            // "…/model-studio/error-code#token-limit"
            "error code token limit",
            "model studio error code",
        ],
    ),
    Group::over(InsufficientQuota, &["exceeded your current quota"])
        .imposed_by(Account)
        .not_google(),
];
