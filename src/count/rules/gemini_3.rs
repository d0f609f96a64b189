//! Gemini 3 and later on the Gemini API.
//!
//! ```text
//! prompt = sum of T(text) + 1 for each content with a role
//!        + definitions, calls and results as text (render/gemini/written.rs)
//! ```
//!
//! Evidence: 57 of 57 recorded requests with text alone are exact, 24 of 24 with definitions, 8 of
//! 8 with images; 2025-11 to 2026-08 (docs/evidence/billing_gemini.md, section 4).
//!
//! By hand, for a content `Hello` of the user: 1 + 1 = 2.

use super::gemini::{AnswerSchema, GeminiForm, GeminiImage, GeminiRules, GeminiSeen, Room};
use super::gemini_plain;

/// Models with recordings, by requested or answering name.
const SEEN: &[&str] = &[
    "gemini-3-flash-preview",
    "gemini-3-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3.1-pro-preview",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.6-flash",
    "gemini-3.7-flash",
    "gemini-flash-latest",
    "gemini-flash-lite-latest",
    "gemini-pro-latest",
];

pub(super) const RULES: GeminiRules = GeminiRules {
    id: "gemini-3",
    form: GeminiForm::Written,
    role: 1,
    answer_schema: AnswerSchema::Free,
    image: GeminiImage::Grid(1120),
    sound: 25,
    page: [520, 500, 560],
    page_of_answer: [520, 500, 560],
    text_room: Room::of(1, 1),
    tool_room: Room::of(2, 4),
    call_room: Room::of(6, 12),
    per_call_above: 2,
    response_above: 0,
    seen_on: GeminiSeen {
        text: SEEN,
        tools: SEEN,
    },
    seen: ("2025-11", "2026-08"),
    ..gemini_plain::RULES
};
