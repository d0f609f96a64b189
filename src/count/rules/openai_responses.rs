//! The Responses API: messages and tool text as on Chat Completions, with other constants around
//! tools, calls and schemas.
//!
//! ```text
//! messages   as in Chat; `instructions` are a system message in front
//! tools      the text of render/typescript.rs, and 3 (reasoning models 9, the o-series 6); no system message is joined
//! choice     as in Chat; `required` with a single function names it, and with parallel_tool_calls false costs 3 more
//! call       3, the recipient and the arguments as they are (reasoning models 9); calls are never joined
//! result     4, T("functions." + NAME) as one text, and the output
//! schema     7, name, description and schema (reasoning models 6)
//! ```
//!
//! Evidence, recorded requests of 2025-03 to 2026-07: schemas 109 of 109; calls without ids 63 of
//! 65; `required` with one function 49 of 55.
//!
//! **Not visible in a request.** For a call that it has stored, the server writes the header that
//! the model wrote, not a short one. It usually costs 3 more; identical requests were billed from 3
//! less to 2 more than that. The bounds contain this.
//!
//! - Models without reasoning: a single call with `id` and `status` (94 of 114); two calls of one
//!   answer with both cost nothing more (21 of 21).
//! - Reasoning models before gpt-5.4: a call with an `id`; never without one (19 of 19).
//! - gpt-5.4 and later: with and without an `id` (64 of 69), and 13 for each further call of the
//!   group (6 of 8).
//!
//! `parallel_tool_calls: false` with tools costs 78 on gpt-5-nano (2 requests of 2 applications).
//! gpt-4-0613 bills 1 less (2 requests, 6 recordings).
//!
//! By hand, for a call of `f` with `{}` on gpt-4o: 3 + 4 (` to=functions.f`) + 1: 8.

use super::{ResponsesRules, StoredHeader};

/// Models without reasoning.
pub(super) const CHAT: ResponsesRules = ResponsesRules {
    id: "openai-responses",
    tools: 3,
    call: 3,
    result: 4,
    schema: 7,
    stored: StoredHeader::ForKnown,
    less: 0,
    one_at_a_time: (0, &[]),
    seen_on: &[
        "gpt-3.5-turbo",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ],
    tools_seen_on: &[
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ],
    calls_seen_on: &["gpt-4.1", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini"],
    schema_seen_on: &[
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ],
    seen: ("2025-04", "2026-07"),
};

/// gpt-4 of 2023.
pub(super) const OF_2023: ResponsesRules = ResponsesRules {
    less: 1,
    seen_on: &[],
    tools_seen_on: &[],
    calls_seen_on: &[],
    schema_seen_on: &[],
    ..CHAT
};

/// gpt-5 to gpt-5.3.
pub(super) const REASONING: ResponsesRules = ResponsesRules {
    id: "openai-responses-reasoning",
    tools: 9,
    call: 9,
    schema: 6,
    stored: StoredHeader::ForIds,
    one_at_a_time: (78, &["gpt-5-nano"]),
    seen_on: &["gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.2"],
    tools_seen_on: &["gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.2"],
    calls_seen_on: &["gpt-5", "gpt-5-mini", "gpt-5.2"],
    schema_seen_on: &["gpt-5", "gpt-5-nano"],
    ..CHAT
};

/// The newest recorded models, with text, tools and calls.
const NEWEST_SEEN: &[&str] = &[
    "gpt-5.4",
    "gpt-5.4-nano",
    "gpt-5.5",
    "gpt-5.6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
];

/// gpt-5.4 and later.
pub(super) const NEWEST: ResponsesRules = ResponsesRules {
    id: "openai-responses-newest",
    stored: StoredHeader::Always,
    seen_on: NEWEST_SEEN,
    tools_seen_on: NEWEST_SEEN,
    calls_seen_on: NEWEST_SEEN,
    schema_seen_on: &[
        "gpt-5.4",
        "gpt-5.4-nano",
        "gpt-5.6-luna",
        "gpt-5.6-sol",
        "gpt-5.6-terra",
    ],
    ..REASONING
};

/// o1, o3, o4-mini.
pub(super) const O_SERIES: ResponsesRules = ResponsesRules {
    id: "openai-responses-o-series",
    tools: 6,
    one_at_a_time: (78, &[]),
    seen_on: &["o3", "o4-mini"],
    tools_seen_on: &["o4-mini"],
    calls_seen_on: &["o4-mini"],
    schema_seen_on: &["o4-mini"],
    ..REASONING
};

/// o3-mini, which has no channels.
pub(super) const O3_MINI: ResponsesRules = ResponsesRules {
    id: "openai-responses-o3-mini",
    call: 3,
    seen_on: &["o3-mini"],
    tools_seen_on: &[],
    calls_seen_on: &[],
    schema_seen_on: &[],
    ..O_SERIES
};
