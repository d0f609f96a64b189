//! Gemini 1.5 and 2.0, and every Gemini on Vertex.
//!
//! ```text
//! prompt = sum of T(text) + strings of definitions, calls and results
//! ```
//!
//! Evidence: 38 of 43 recorded requests with text alone are exact, 22 of 24 with definitions, 16 of
//! 17 with calls; 2024-05 to 2026-08 (docs/evidence/billing_gemini.md, section 2). The others have
//! wrappers of their recorder, or are of 2026-08, when Vertex began to bill schemas.
//!
//! By hand, for `Hello` and a function `now` without parameters: 1 + 1 = 2.

use super::gemini::{AnswerSchema, GeminiForm, GeminiImage, GeminiRules, GeminiSeen, Room};

/// The Gemini API.
pub(super) const RULES: GeminiRules = GeminiRules {
    id: "gemini-plain",
    form: GeminiForm::Plain,
    role: 0,
    answer_schema: AnswerSchema::Above(4),
    image: GeminiImage::Tiles(258),
    sound: 25,
    page: [258, 258, 258],
    page_of_answer: [1_290, 258, 1_290],
    text_room: Room::of(1, 1),
    tool_room: Room::of(2, 4),
    call_room: Room::of(4, 8),
    per_call_above: 1,
    response_above: 60,
    seen_on: GeminiSeen {
        text: &[],
        tools: &[],
    },
    seen: ("2024-05", "2026-02"),
    stretch: 5,
};

/// Gemini 2.5 on Vertex.
pub(super) const VERTEX_2_5: GeminiRules = GeminiRules {
    id: "gemini-2.5-vertex",
    answer_schema: AnswerSchema::Since("2026-06-01", 8),
    seen: ("2025-05", "2026-08"),
    ..RULES
};

/// Gemini 3 on Vertex. In August 2026 a schema of the answer cost 65 tokens.
pub(super) const VERTEX_3: GeminiRules = GeminiRules {
    id: "gemini-3-vertex",
    answer_schema: AnswerSchema::Since("2026-06-01", 70),
    image: GeminiImage::Grid(1120),
    page: [520, 500, 560],
    page_of_answer: [520, 500, 560],
    seen: ("2026-02", "2026-08"),
    ..RULES
};
