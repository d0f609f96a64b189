//! Cost of tools that are not functions, by type: the text that the server writes for them. A
//! tool's results are input too, and not in the request.
//!
//! Evidence: recorded requests to the Responses API, 2025-03 to 2026-08, minus the cost of the
//! rest.
//!
//! ```text
//! web_search_preview  294 where nothing was searched (3 of 4, 2 models, 2 applications; the fourth 302)
//! web_search          322, 327 where nothing was searched (gpt-4.1); 4,300 to 17,500 with one search
//! file_search         846, 1,132 to 1,154 with one search
//! code_interpreter    370 to 2,952
//! image_generation    345 to 3,174
//! mcp                 54 to 5,281, by the tools of the server
//! tool_search         93 to 539, with the names of the tools that can be found
//! apply_patch         623 (3 of 3, gpt-5.1, one application)
//! ```

/// A tool whose definition the server writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostedTool {
    /// Prefix of its type: a date can follow.
    kind: &'static str,
    pub(crate) likely: u64,
    pub(crate) lower: u64,
    /// Whether the caller runs it, so that the server adds no results.
    pub(crate) runs_at_the_caller: bool,
}

const fn hosted(kind: &'static str, likely: u64, lower: u64) -> HostedTool {
    HostedTool {
        kind,
        likely,
        lower,
        runs_at_the_caller: false,
    }
}

const TOOLS: &[HostedTool] = &[
    hosted("web_search_preview", 294, 200),
    hosted("web_search", 8_500, 200),
    hosted("file_search", 1_140, 300),
    hosted("code_interpreter", 800, 200),
    hosted("image_generation", 2_800, 200),
    hosted("mcp", 560, 0),
    hosted("tool_search", 300, 0),
    HostedTool {
        runs_at_the_caller: true,
        ..hosted("apply_patch", 623, 300)
    },
];

/// Returns the tool of a type.
pub(crate) fn hosted_tool(kind: &str) -> Option<&'static HostedTool> {
    TOOLS.iter().find(|tool| {
        kind.strip_prefix(tool.kind)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("_20"))
    })
}
