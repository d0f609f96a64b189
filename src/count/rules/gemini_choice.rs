//! Choice of the rule set for a Gemini model.

use super::dated::Dated;
use super::gemini::GeminiRules;
use super::{gemini_2_5, gemini_3, gemini_plain};
use crate::model::{CountingGeneration, Host, Model};

/// Days between which the aliases `-latest` moved from 2.5 to 3.
const LATEST: Dated = Dated {
    old_until: "2025-12-16",
    new_from: "2026-01-01",
};

/// Rules of a Gemini model, and how far they apply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GeminiChoice {
    pub(crate) rules: &'static GeminiRules,
    /// Rules of the other side, if it is not known which one serves the request. The bounds hold
    /// both.
    pub(crate) or: Option<&'static GeminiRules>,
    /// Whether the day decides, and is not known.
    pub(crate) undated: bool,
    pub(crate) gateway: GatewayRoom,
}

/// Maximum additional cost through a gateway, in tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GatewayRoom {
    /// Cost of definitions.
    pub(crate) tools: u64,
    /// Cost of each call and result, which may have hidden reasoning.
    pub(crate) linked: u64,
}

/// Returns whether a model is billed as Gemini: Gemma and the models of other services are not.
pub(crate) fn has_gemini_rules(model: &Model) -> bool {
    use CountingGeneration as Of;
    matches!(
        model.counting_generation(),
        Some(Of::GeminiPlain | Of::GeminiRendered25 | Of::GeminiRendered3 | Of::GeminiLatest)
    )
}

/// Returns the rules of a Gemini model; a model without a generation is treated as the newest.
///
/// Vertex bills only strings. A gateway forwards requests to either side: Vercel to Vertex (12 of
/// 12 requests without calls), OpenRouter 2.5 to Vertex (6 of 9) and 3 to the Gemini API (3 of 3).
pub(crate) fn gemini_rules(model: &Model) -> GeminiChoice {
    use CountingGeneration as Of;
    let (api, vertex, undated) = match model.counting_generation() {
        Some(Of::GeminiPlain) => (&gemini_plain::RULES, &gemini_plain::RULES, false),
        Some(Of::GeminiRendered25) => (&gemini_2_5::RULES, &gemini_plain::VERTEX_2_5, false),
        Some(Of::GeminiLatest) => match LATEST.holds_on(model.day()) {
            (true, known) => (&gemini_3::RULES, &gemini_plain::VERTEX_3, !known),
            (false, known) => (&gemini_2_5::RULES, &gemini_plain::VERTEX_2_5, !known),
        },
        _ => (&gemini_3::RULES, &gemini_plain::VERTEX_3, false),
    };
    let (rules, or) = match model.host() {
        None => (api, None),
        // In August 2026 definitions cost more than their strings.
        Some(Host::Vertex) if vertex.id == gemini_plain::VERTEX_3.id && is_rendering(model) => {
            (vertex, Some(api))
        }
        Some(Host::Vertex | Host::Vercel) => (vertex, None),
        Some(Host::OpenRouter) if vertex.id == gemini_plain::VERTEX_3.id => (api, Some(vertex)),
        Some(_) => (vertex, Some(api)),
    };
    let gateway = match model.host() {
        None | Some(Host::Vertex | Host::Vercel) => GatewayRoom {
            tools: 2,
            linked: 40,
        },
        Some(_) => GatewayRoom {
            tools: 70,
            linked: 40,
        },
    };
    GeminiChoice {
        rules,
        or,
        undated,
        gateway,
    }
}

/// Returns whether Vertex may have begun to render definitions.
fn is_rendering(model: &Model) -> bool {
    let began = Dated {
        old_until: "2026-05-31",
        new_from: "2026-06-01",
    };
    began.holds_on(model.day()).0
}
