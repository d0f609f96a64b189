//! Rules of each format: the functions that check its requests, and the profile of its servers.

use super::context::Context;
use super::fault::Sink;
use super::report::Measured;
use super::server::{self, Profile, Server};
use crate::budget::Budget;
use crate::request::Format;

/// A rule reads the context and reports to the sink.
type Rule = fn(&Context<'_>, &mut Sink<'_>);

pub(super) struct Rulebook {
    profile: fn(&Budget, Server) -> Profile,
    /// Fields, types, ranges, settings.
    pub(super) form: Rule,
    /// Tokens, compared with the budget and the model's limits.
    pub(super) tokens: fn(&Context<'_>, &mut Sink<'_>) -> Measured,
    /// Thinking in the history.
    pub(super) thinking: Rule,
}

const CHAT: Rulebook = Rulebook {
    profile: server::openai_chat,
    form: |context, out| context.chat_form(out),
    tokens: |context, out| context.tokens(out),
    thinking: |_, _| {},
};
const RESPONSES: Rulebook = Rulebook {
    profile: server::openai_responses,
    form: |context, out| context.responses_form(out),
    thinking: |context, out| context.reasoning_items(out),
    ..CHAT
};
const ANTHROPIC: Rulebook = Rulebook {
    profile: server::anthropic,
    form: |context, out| context.anthropic_form(out),
    thinking: |context, out| context.anthropic_thinking(out),
    ..CHAT
};
const GEMINI: Rulebook = Rulebook {
    profile: server::gemini,
    form: |context, out| context.gemini_form(out),
    thinking: |context, out| context.thought_signatures(out),
    ..CHAT
};
const CONVERSE: Rulebook = Rulebook {
    profile: server::bedrock_converse,
    form: |context, out| context.converse_form(out),
    ..CHAT
};
const EMBEDDINGS: Rulebook = Rulebook {
    profile: server::embeddings,
    form: |context, out| context.embeddings_form(out),
    tokens: |context, out| context.embeddings(out),
    ..CHAT
};
const COMPLETIONS: Rulebook = Rulebook {
    profile: server::completions,
    form: |context, out| context.completions_form(out),
    tokens: |context, out| context.prompts(out),
    ..CHAT
};

/// Returns the server of a budget's model, and its profile for a format.
pub(super) fn profile(budget: &Budget, format: Format) -> Profile {
    (rulebook(format).profile)(budget, server::server(budget, format))
}

/// Returns the rules of a format.
pub(super) fn rulebook(format: Format) -> &'static Rulebook {
    match format {
        Format::OpenAiChat => &CHAT,
        Format::OpenAiResponses | Format::OpenAiCompaction => &RESPONSES,
        Format::Anthropic => &ANTHROPIC,
        Format::Gemini => &GEMINI,
        Format::BedrockConverse => &CONVERSE,
        Format::Embeddings => &EMBEDDINGS,
        Format::Completions => &COMPLETIONS,
    }
}
