//! Definitions of functions.

use super::{Gemini, is_seen};
use crate::count::render::gemini::{Function, Pieces, listed, plain, written};
use crate::count::rules::{GeminiForm, GeminiRules, Room};
use crate::count::vendor::counter::Counter;
use crate::count::{Accuracy, TokenCount};
use crate::provider::gemini::{has_json_schema, response_schema};
use crate::request::ToolKind;

impl<'c> Gemini<'c> {
    /// Counts the definitions. The tool choice is free.
    pub(super) fn tools(&self, counter: &mut Counter<'c>) {
        let request = counter.request;
        let mut tokens = TokenCount::ZERO;
        let mut has_response = false;
        let mut has_references = false;
        for tool in request.tools() {
            if tool.kind() == ToolKind::Other {
                continue;
            }
            let function = Function {
                value: tool.function(),
                parameters: tool.schema(),
                is_json_schema: self.native && has_json_schema(tool.function()),
                response: response_schema(tool.function()),
            };
            has_response |= function.response.is_some();
            has_references |= tool.raw_json().contains("\"$ref\"");
            tokens += self.by_both(|rules| self.pieces(counter, &rendered(rules, function)));
        }
        if tokens.tokens() == 0 {
            return;
        }
        let model = counter.model;
        let rules = self.rules();
        if self.is_exact(model) && is_seen(model, rules.seen_on.tools) {
            counter.parts.tools += tokens;
            return;
        }
        counter.parts.doubt(
            "",
            "definitions of functions may cost a few tokens more or less",
        );
        let Room {
            below,
            above,
            below_percent,
            above_percent,
        } = rules.tool_room;
        let percent = |share: u64| tokens.tokens() * share / 100;
        let mut more = if has_response {
            rules.response_above
        } else {
            0
        };
        // Definitions that are named are written out.
        if has_references && rules.form == GeminiForm::Listed {
            more += 150 + 4 * tokens.tokens();
        }
        counter.parts.tools += tokens.with_room(
            Accuracy::Calibrated,
            below + percent(below_percent),
            above + percent(above_percent) + more,
        );
    }
}

fn rendered<'r>(rules: &GeminiRules, function: Function<'r>) -> Pieces<'r> {
    match rules.form {
        GeminiForm::Plain => plain::declaration(function),
        GeminiForm::Listed => listed::declaration(function),
        GeminiForm::Written => written::declaration(function),
    }
}
