//! Providers' codes as data: values of the fields `type`, `code`, `status`, `reason` and
//! `error_type`.
//!
//! *Exact* codes have precedence over any wording. *Vague* ones (`invalid_request_error`,
//! `rate_limit_exceeded`) have several meanings and count only after the wordings.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::kind::ApiErrorKind::{
    self, ContentPolicy, ContextLengthExceeded, InsufficientQuota, InvalidApiKey, InvalidRequest,
    MalformedToolCall, MaxOutputExceeded, ModelNotFound, OutputTruncated, Overloaded,
    PermissionDenied, RateLimit, RateLimitRequests, RateLimitTokens, Refusal, RequestTooLarge,
    ServerError, Timeout,
};
use super::kind::LimitScope::{self, Concurrency, Day, Minute, Month, PlanWindow, Ramp, Week};

/// Precedence of a code relative to other signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Before everything else: the code exists to distinguish cases that share a status.
    First,
    /// Before wordings.
    Exact,
    /// After wordings, before the status.
    Vague,
    /// After the status: the code says only "your fault" or "our fault".
    Blanket,
}

/// Meaning of a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) kind: ApiErrorKind,
    pub(super) weight: Weight,
    pub(super) scope: Option<LimitScope>,
}

/// Kind, weight, window, and the codes with spaces between them.
type Rows = &'static [(ApiErrorKind, Weight, Option<LimitScope>, &'static str)];

use Weight::{Blanket, Exact, First, Vague};

/// Code words, in lower case with `_` for `-`, spaces and dots.
///
/// Sources, unless a row names another: OpenAI's error code guide (2026) and recordings of its API
/// and of Azure's; Anthropic's errors page (`type` and `details.error_code`); `google.rpc.Code` and
/// `ErrorInfo.reason`; the exceptions of the Bedrock runtime's API reference; OpenRouter's
/// `APIErrorType`; the error code pages of Alibaba's Model Studio and of Volcengine Ark; reports of
/// Cerebras, Cohere, Groq, LiteLLM, Moonshot, Perplexity and new-api.
static WORDS: Rows = &[
    // OpenRouter, 402: running calls hold the budget, which passes; an empty balance does not.
    (
        RateLimit,
        First,
        Some(Concurrency),
        "openrouter_in_flight_budget",
    ),
    (InsufficientQuota, First, None, "weight_exceeds_budget"),
    // OpenAI (error code guide 2026, recordings), Azure, clones.
    (
        ContextLengthExceeded,
        Exact,
        None,
        "context_length_exceeded exceed_context_size_error model_max_prompt_tokens_exceeded \
         too_many_prompt_tokens too_many_tokens context_window_exceeded \
         contextwindowexceedederror prompt_too_long input_too_long",
    ),
    (
        RequestTooLarge,
        Exact,
        None,
        "request_too_large payload_too_large string_too_long image_too_large payloadtoolarge \
         request_entity_too_large request_body_too_large_after_decoding \
         image_dimensions_too_large",
    ),
    // OpenRouter: "generation stopped because max_tokens was reached".
    (OutputTruncated, Exact, None, "max_tokens_exceeded"),
    (MaxOutputExceeded, Exact, None, "max_output_tokens_exceeded"),
    (Refusal, Exact, None, "refusal"),
    // OpenRouter: a budget that its credits allow.
    (InsufficientQuota, Exact, None, "token_limit_exceeded"),
    // Volcengine Ark.
    (
        RateLimitRequests,
        Exact,
        Some(Minute),
        "ratelimitexceeded_endpointrpmexceeded ratelimitexceeded_foundationmodelrpmexceeded \
         modelaccountrpmratelimitexceeded accountratelimitexceeded endpointrpmexceeded",
    ),
    (
        RateLimitTokens,
        Exact,
        Some(Minute),
        "ratelimitexceeded_endpointtpmexceeded ratelimitexceeded_foundationmodeltpmexceeded \
         modelaccounttpmratelimitexceeded apiaccounttpmratelimitexceeded endpointtpmexceeded",
    ),
    (RateLimit, Exact, Some(Ramp), "requestbursttoofast"),
    (
        Overloaded,
        Exact,
        None,
        "modelloadingerror inflightbatchsizeexceeded inferenceservicebusy",
    ),
    (
        InsufficientQuota,
        Exact,
        None,
        "insufficient_quota credit_balance_exhausted billing_hard_limit_reached \
         billing_not_active insufficient_balance insufficient_balance_error insufficient_credits \
         exceeded_current_quota_error billing_error payment_required arrearage \
         account_overdue_error accountoverdueerror insufficient_user_quota \
         pre_consume_token_quota_failed quota_not_enough allocationquota_freetieronly \
         linked_organization_billing_unavailable organization_on_hold \
         insufficient_g1_credits_balance billing_disabled budget_exceeded credits_exhausted \
         credit_exhausted insufficient_funds",
    ),
    (
        InsufficientQuota,
        Exact,
        Some(Month),
        "organization_spend_limit_exceeded project_spend_limit_exceeded \
         organization_usage_limit_exceeded enforced_spend_limit_reached \
         contract_spend_limit_reached linked_organization_spend_limit_reached",
    ),
    (
        InvalidApiKey,
        Exact,
        None,
        "invalid_api_key api_key_invalid invalidapikey invalid_authentication_error \
         incorrect_api_key_error authentication_error authenticationerror unauthenticated \
         unrecognizedclientexception expiredtokenexception invalidsignatureexception \
         missingauthenticationtokenexception incompletesignatureexception authentication \
         invalid_token api_key_expired invalidaccount_token invalid_authentication \
         access_token_expired token_expired authentication_failed invalidauthenticationtoken \
         account_deactivated",
    ),
    (
        PermissionDenied,
        Exact,
        None,
        "unsupported_country_region_territory insufficient_permissions accessdeniedexception \
         api_key_service_blocked service_disabled privacy_restricted user_location_not_supported \
         model_access_denied accessdenied_unpurchased permission_denied_error \
         organization_disabled model_accessdenied guardrail_restricted",
    ),
    (
        ModelNotFound,
        Exact,
        None,
        "model_not_found modelnotfound model_not_found_error deploymentnotfound invalid_model \
         unknown_model model_not_supported unsupported_model model_decommissioned model_not_exist \
         model_does_not_exist modelnotopen modelnotfounderror model_not_available \
         invalidendpointormodel_notfound no_such_model model_deprecated model_retired \
         model_removed unknownmodelerror",
    ),
    (
        ContentPolicy,
        Exact,
        None,
        "content_filter content_policy_violation responsibleaipolicyviolation \
         data_inspection_failed datainspectionfailed bio_policy misalignment_policy_violation \
         cyber_policy_violation moderation_blocked content_policy safety_violation contentfilter \
         inputtextsensitivecontentdetected inputimagesensitivecontentdetected \
         outputtextsensitivecontentdetected outputimagesensitivecontentdetected \
         content_moderation cyber_policy image_content_policy_violation content_moderation_failed \
         sensitivecontentdetected prohibited_content",
    ),
    (
        Overloaded,
        Exact,
        None,
        "overloaded_error server_is_overloaded engine_overloaded_error service_unavailable_error \
         capacity_exhausted modelnotreadyexception queue_exceeded provider_overloaded overloaded \
         model_overloaded engine_overloaded service_tier_capacity_exceeded capacity_exceeded \
         serveroverloaded no_capacity system_overloaded unavailable_error \
         serviceunavailableexception compaction_unavailable cmek_key_unreachable",
    ),
    (
        Timeout,
        Exact,
        None,
        "timeout_error modeltimeoutexception request_body_timeout deadline_exceeded \
         cf_gateway_timeout requesttimeout request_timeout timeout gateway_timeout \
         internalerror_timeout apitimeouterror requesttimeoutexception operationtimeout",
    ),
    (
        MalformedToolCall,
        Exact,
        None,
        "tool_use_failed json_validate_failed malformed_function_call",
    ),
    (
        RateLimit,
        Exact,
        Some(Ramp),
        "ramp_limit_exceeded slow_down throttling_burstrate limit_burst_rate",
    ),
    (RateLimit, Exact, Some(PlanWindow), "usage_limit_reached"),
    (RateLimit, Exact, Some(Week), "user_weekly_rate_limited"),
    (RateLimit, Exact, Some(Day), "user_daily_rate_limited"),
    (
        RateLimitRequests,
        Exact,
        None,
        "throttling_ratequota limit_requests request_quota_exceeded",
    ),
    (
        RateLimitTokens,
        Exact,
        None,
        "throttling_allocationquota limit_burst_tokens token_quota_exceeded tokens_limit_reached",
    ),
    (
        InvalidRequest,
        Exact,
        None,
        "unsupported_parameter unknown_parameter missing_required_parameter invalid_type \
         unsupported_value invalid_image_format invalid_image_url tool_name_conflict \
         available_tools_limit_exceeded data_residency_mismatch invalid_json_schema \
         invalid_function_parameters",
    ),
    (
        InvalidRequest,
        Exact,
        None,
        "invalid_image image_too_small unsupported_image_format image_not_found \
         image_download_failed missingparameter missing_parameter",
    ),
    // Ambiguous: OpenAI uses `invalid_prompt` for a flagged prompt, OpenRouter for a malformed one.
    (ContentPolicy, Vague, None, "invalid_prompt"),
    (
        ModelNotFound,
        Vague,
        None,
        "invalidendpoint invalidendpointormodel",
    ),
    (
        RateLimit,
        Vague,
        None,
        "rate_limit_exceeded rate_limit_error ratelimiterror rate_limited ratelimitreached \
         resource_exhausted throttlingexception throttling too_many_requests \
         too_many_requests_error toomanyrequestsexception rate_limit_reached_error rate_limit \
         ratelimitexceeded provisionedthroughputexceededexception limitexceededexception \
         requestlimitexceeded quota_exceeded limit_exceeded ratelimit throttledexception \
         resourceexhausted too_many_requests_exception usage_limit_exceeded \
         user_model_rate_limited user_global_rate_limited rate_limit_reached",
    ),
    (
        RateLimitTokens,
        Vague,
        Some(Minute),
        "rate_limit_tokens_exceeded",
    ),
    (
        RateLimit,
        Vague,
        Some(Concurrency),
        "concurrency_limit_exceeded",
    ),
    (
        PermissionDenied,
        Vague,
        None,
        "permission_denied permission_error forbidden accessdenied access_denied \
         permission_denied_exception permissiondeniederror access_terminated_error \
         access_terminated",
    ),
    (
        ModelNotFound,
        Vague,
        None,
        "not_found_error notfounderror resourcenotfoundexception not_found notfound",
    ),
    (
        Overloaded,
        Vague,
        None,
        "unavailable service_unavailable provider_unavailable serviceunavailable \
         serviceunavailableerror",
    ),
    (InvalidApiKey, Vague, None, "unauthorized"),
    (
        ServerError,
        Vague,
        None,
        "server_error server internal_server_error internalservererror internal_error \
         internalerror api_error internalserverexception modelerrorexception \
         modelstreamerrorexception cf_bad_gateway upstream_error internal aborted conflict_error \
         bad_gateway conflictexception provider_error bad_response_status_code",
    ),
    (OutputTruncated, Vague, None, "max_tokens_reached"),
    // Used for any fault.
    (
        InvalidRequest,
        Blanket,
        None,
        "invalid_request_error badrequesterror bad_request invalid_argument invalid_request \
         validationexception invalid_value invalid_parameter invalidparameter badrequest \
         bad_request_error failed_precondition out_of_range invalid_request_body \
         unprocessable_entity validation_error unprocessable precondition_failed \
         invalidparametererror unprocessableentityerror method_not_allowed \
         servicequotaexceededexception invalidargument string_above_max_length \
         array_above_max_length integer_below_min_value integer_above_max_value integer_above_max \
         image_generation_user_error invalid_params badrequestexception",
    ),
];

/// z.ai: documented business codes.
static ZAI: Rows = &[
    (InvalidApiKey, Exact, None, "1000 1001 1002 1003 1004 1005"),
    (
        PermissionDenied,
        Exact,
        None,
        "1110 1111 1112 1120 1121 1220 1311 1313",
    ),
    (InsufficientQuota, Exact, None, "1113 1309"),
    (ModelNotFound, Exact, None, "1211 1221 1222"),
    (InvalidRequest, Vague, None, "1210 1212 1213 1214 1215 1231"),
    (ContextLengthExceeded, Exact, None, "1261"),
    (ContentPolicy, Exact, None, "1300 1301"),
    (RateLimit, Exact, Some(Concurrency), "1302"),
    (RateLimitRequests, Exact, None, "1303"),
    (RateLimit, Exact, Some(Day), "1304"),
    (RateLimit, Vague, None, "1305"),
    (RateLimit, Exact, Some(PlanWindow), "1308"),
    (RateLimit, Exact, None, "1310"),
    (Overloaded, Exact, None, "1312"),
    (ServerError, Exact, None, "1230 1234"),
];

/// MiniMax: documented status codes of `base_resp`.
static MINIMAX: Rows = &[
    (ServerError, Vague, None, "1000 1013 1024 1033"),
    (Timeout, Exact, None, "1001"),
    (RateLimit, Exact, None, "1002 1041 2045"),
    (InvalidApiKey, Exact, None, "1004 2049"),
    (InsufficientQuota, Exact, None, "1008"),
    (ContentPolicy, Exact, None, "1026 1027"),
    (RateLimitTokens, Exact, None, "1039"),
    (InvalidRequest, Vague, None, "1042 2013 20132 2037 2039"),
    (RateLimit, Exact, Some(PlanWindow), "2056"),
    (PermissionDenied, Exact, None, "2061"),
];

/// Mistral: recorded.
static MISTRAL: Rows = &[
    (RateLimit, Vague, None, "1300"),
    (ModelNotFound, Exact, None, "1500"),
    (ServerError, Vague, None, "1000"),
    (Overloaded, Exact, None, "3505"),
];

/// Cloudflare Workers AI and account API: documented.
static CLOUDFLARE: Rows = &[
    (InvalidApiKey, Exact, None, "10000 9109 6003 10001"),
    (ModelNotFound, Exact, None, "5007 7000 7003"),
    (RateLimit, Exact, Some(Day), "3036"),
    (Overloaded, Exact, None, "3040 3043"),
    (Timeout, Exact, None, "3007 3046"),
    (RequestTooLarge, Exact, None, "3006"),
    (InvalidRequest, Vague, None, "5004 5006 3003 3023"),
    (PermissionDenied, Exact, None, "5016 5018 3041"),
];

/// Provider that defines a numeric code; the same number differs between providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Zai,
    MiniMax,
    Mistral,
    Cloudflare,
}

static TABLE: LazyLock<HashMap<&'static str, Code>> = LazyLock::new(|| {
    WORDS
        .iter()
        .flat_map(|(kind, weight, scope, words)| {
            words.split(' ').map(|word| {
                (
                    word,
                    Code {
                        kind: *kind,
                        weight: *weight,
                        scope: *scope,
                    },
                )
            })
        })
        .collect()
});

/// Looks up a code word.
pub(super) fn word(code: &str) -> Option<Code> {
    if code.len() > 64 || code.is_empty() {
        return None;
    }
    // AWS: `com.amazon.coral#ThrottlingException:http://…`.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    let word: String = code
        .chars()
        .map(|c| match c {
            '-' | ' ' | '.' => '_',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let known = |word: &str| TABLE.get(word).copied();
    // Alibaba, Volcengine: `Throttling.RateQuota`, `SensitiveContentDetected.Violence`: the part
    // before the dot is the class.
    known(&word).or_else(|| code.contains('.').then(|| known(word.split('_').next()?))?)
}

/// Looks up a numeric code of one family.
pub(super) fn number(family: Family, code: &str) -> Option<Code> {
    let rows = match family {
        Family::Zai => ZAI,
        Family::MiniMax => MINIMAX,
        Family::Mistral => MISTRAL,
        Family::Cloudflare => CLOUDFLARE,
    };
    rows.iter()
        .find(|(_, _, _, codes)| codes.split(' ').any(|known| known == code))
        .map(|(kind, weight, scope, _)| Code {
            kind: *kind,
            weight: *weight,
            scope: *scope,
        })
}

/// Looks up an HTTP status alone.
///
/// Cloudflare's 520 to 526 as documented; 529 is Anthropic's, 498 Groq's ("flex tier capacity
/// exceeded").
pub(super) fn status(status: u16) -> Option<ApiErrorKind> {
    Some(match status {
        400 | 405 | 406 | 410 | 411 | 415 | 422 | 428 | 431 => InvalidRequest,
        401 | 407 => InvalidApiKey,
        402 => InsufficientQuota,
        403 | 451 => PermissionDenied,
        404 => ModelNotFound,
        408 | 504 | 522 | 524 => Timeout,
        413 => RequestTooLarge,
        429 => RateLimit,
        498 | 503 | 529 => Overloaded,
        409 | 424 | 425 | 500..=599 => ServerError,
        401..=499 => InvalidRequest,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_meaning() {
        let mut seen = std::collections::HashSet::new();
        for (_, _, _, words) in WORDS {
            for word in words.split(' ') {
                assert!(seen.insert(word), "{word} appears twice");
            }
        }
    }

    #[test]
    fn spellings_of_aws_are_one_word() {
        for code in [
            "ThrottlingException",
            "com.amazon.coral#ThrottlingException",
            "ThrottlingException:http://x/",
        ] {
            assert_eq!(word(code).map(|c| c.kind), Some(RateLimit), "{code}");
        }
        assert_eq!(
            number(Family::Zai, "1113").map(|c| c.kind),
            Some(InsufficientQuota)
        );
        assert!(number(Family::MiniMax, "1113").is_none());
    }
}
