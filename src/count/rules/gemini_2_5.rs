//! Gemini 2.5 on the Gemini API.
//!
//! ```text
//! prompt = sum of T(text) + 1 for each content with a role
//!        + definitions as in render/gemini/listed.rs, calls and results as in written.rs
//! ```
//!
//! Evidence: 36 of 36 recorded requests with text alone are exact, 13 of 15 with definitions, 6 of
//! 6 with images; 2025-06 to 2026-08 (docs/evidence/billing_gemini.md, section 3).
//!
//! By hand, for a content `Hello` of the user: 1 + 1 = 2.

use super::gemini::{AnswerSchema, GeminiForm, GeminiImage, GeminiRules, GeminiSeen, Room};
use super::gemini_plain;

pub(super) const RULES: GeminiRules = GeminiRules {
    id: "gemini-2.5",
    form: GeminiForm::Listed,
    role: 1,
    answer_schema: AnswerSchema::Free,
    image: GeminiImage::Flat(258),
    sound: 32,
    page_of_answer: [258, 258, 258],
    text_room: Room::of(1, 1),
    tool_room: Room {
        below: 3,
        above: 6,
        below_percent: 3,
        above_percent: 12,
    },
    call_room: Room::of(6, 12),
    per_call_above: 3,
    response_above: 60,
    seen_on: GeminiSeen {
        text: &[
            "gemini-2.5-flash",
            "gemini-2.5-flash-lite",
            "gemini-2.5-pro",
        ],
        tools: &[],
    },
    seen: ("2025-06", "2026-08"),
    ..gemini_plain::RULES
};
