//! The request's size: tokens against the budget, and what a provider counts in other units.

use std::borrow::Cow;

use super::finding::Mend;
use super::report::Measured;
use super::server::Server;
use super::{ApiAnswer, Check, Finding, Phase, Severity, codes};
use crate::budget::{Fits, Limit, Room};
use crate::count::TokenCount;
use crate::model::OverWindow;
use crate::request::Format;
use crate::words::grouped;

impl Check<'_> {
    /// Checks all sizes; says how long the request is.
    pub(super) fn size(&mut self) -> Measured {
        self.output_limit();
        self.tools();
        self.texts_and_images();
        match self.request.format() {
            Format::Embeddings => self.embeddings(),
            Format::Completions => self.prompts(),
            _ => self.tokens(),
        }
    }

    /// Tokens of the input against what it may use.
    fn tokens(&mut self) -> Measured {
        let room = match self.budget.room(self.request) {
            Ok(Some(room)) => room,
            Ok(None) => {
                return Measured {
                    tokens: self.measure(0),
                    budget: None,
                    fits: Fits::Unsure,
                };
            }
            Err(error) => {
                let (what, severity) = (error.what(), self.no_room_severity(false));
                let (pointer, offset) = self.output_place();
                self.findings.push(Finding::new(
                    codes::RESERVE_EXCEEDS_WINDOW,
                    severity,
                    Phase::Tokens,
                    offset,
                    pointer,
                    what,
                    "ask for a shorter answer, or take a model with a larger window",
                ));
                return Measured {
                    tokens: self.measure(0),
                    budget: None,
                    fits: Fits::No,
                };
            }
        };
        let tokens = self.measure(room.tokens);
        let fits = match tokens {
            None => Fits::Unsure,
            Some(count) if count.upper() <= room.tokens => Fits::Yes,
            Some(count) if count.lower() > room.tokens => Fits::No,
            Some(_) => Fits::Unsure,
        };
        if let (Some(count), true) = (tokens, fits != Fits::Yes) {
            let finding = self.too_long(count, room, fits);
            self.findings.push(finding);
        }
        Measured {
            tokens,
            budget: Some(room.tokens),
            fits,
        }
    }

    /// How long the request is, as exactly as it takes.
    fn measure(&self, limit: u64) -> Option<TokenCount> {
        self.count
            .or_else(|| self.budget.measure(self.request, limit))
    }

    fn too_long(&self, count: TokenCount, room: Room, fits: Fits) -> Finding {
        let model = self.budget.model();
        let window = model
            .and_then(|model| model.context_window())
            .unwrap_or(u64::MAX);
        // Over the window by itself: what is kept for the answer is not the trouble.
        let over_window = fits == Fits::No && count.lower() > window;
        let only_margin = count.lower() <= room.tokens.saturating_add(self.budget.margin())
            && self.budget.margin() > 0
            && fits == Fits::No;
        let (code, limited_by) = match room.limit {
            _ if over_window => (
                codes::CONTEXT_EXCEEDED,
                format!("the context window of {}", grouped(window)),
            ),
            Limit::Caller => (
                codes::OVER_BUDGET,
                format!("the limit of {} that was set", grouped(room.tokens)),
            ),
            _ if only_margin => (
                codes::OVER_BUDGET,
                format!(
                    "the {} that a margin of {} leaves",
                    grouped(room.tokens),
                    grouped(self.budget.margin())
                ),
            ),
            Limit::Window => (
                codes::CONTEXT_EXCEEDED,
                format!("the context window of {}", grouped(window)),
            ),
            Limit::WindowLessReserve => (
                codes::NO_ROOM_FOR_OUTPUT,
                format!(
                    "the {} that {} for the answer leave of a window of {}",
                    grouped(room.tokens),
                    grouped(room.reserve),
                    grouped(window)
                ),
            ),
            Limit::Input => (
                codes::INPUT_LIMIT_EXCEEDED,
                format!("the model's limit of {} for input", grouped(room.tokens)),
            ),
        };
        let severity = match fits {
            Fits::No if code == codes::OVER_BUDGET => Severity::Refused,
            Fits::No if code == codes::NO_ROOM_FOR_OUTPUT => {
                self.no_room_severity(self.budget.is_callers(room.limit))
            }
            Fits::No if self.sizes_hold() => Severity::Refused,
            _ => Severity::Risky,
        };
        let (verb, remedy): (_, Cow<'static, str>) = match fits {
            Fits::No => {
                let limit = if over_window { window } else { room.tokens };
                let over = grouped(count.lower() - limit);
                (
                    "is",
                    format!("shorten the history by {over} tokens or more").into(),
                )
            }
            _ => (
                "may be",
                "shorten the history, or have the provider count it".into(),
            ),
        };
        let message = format!(
            "the input of {} tokens {verb} over {limited_by}",
            spelled(count)
        );
        let list = self.request.list_value();
        let api = (count.lower() == count.upper() && fits == Fits::No)
            .then(|| self.too_long_answer(count.tokens(), code, room, window))
            .flatten();
        self.at(
            list,
            self.request.list_pointer(),
            Phase::Tokens,
            severity,
            code,
        )
        .says(message, remedy)
        .with_api(api)
    }

    /// The provider's own words, with an exact count.
    fn too_long_answer(
        &self,
        tokens: u64,
        code: &'static str,
        room: Room,
        window: u64,
    ) -> Option<ApiAnswer> {
        let openai = |message: String| {
            Some(ApiAnswer::openai(
                Some("context_length_exceeded"),
                Some("messages".to_owned()),
                message,
            ))
        };
        match (self.server, self.request.format(), code) {
            (Server::OpenAi, Format::OpenAiChat, codes::CONTEXT_EXCEEDED) => openai(format!(
                "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
            )),
            (Server::OpenAi | Server::DeepSeek, Format::OpenAiChat, codes::NO_ROOM_FOR_OUTPUT)
                if !self.budget.is_callers(room.limit) =>
            {
                openai(format!(
                    "This model's maximum context length is {window} tokens. However, you requested {} tokens ({tokens} in the messages, {} in the completion). Please reduce the length of the messages or completion.",
                    tokens + room.reserve,
                    room.reserve
                ))
            }
            (Server::Anthropic, _, codes::CONTEXT_EXCEEDED) => Some(ApiAnswer::anthropic(format!(
                "prompt is too long: {tokens} tokens > {window} maximum"
            ))),
            _ => None,
        }
    }

    /// Whether a limit of the registry is that of the server, and the server refuses what is over it.
    pub(super) fn sizes_hold(&self) -> bool {
        self.budget.sizes_are_certain() && self.server != Server::Lenient
    }

    /// What happens when input and answer together are over the window: not every provider looks at it.
    fn no_room_severity(&self, callers: bool) -> Severity {
        let looks = match self.server {
            Server::OpenAi => self.request.format() == Format::OpenAiChat,
            Server::DeepSeek => true,
            // Seen of Claude 3.7 and later; older ones shortened the answer.
            Server::Anthropic => self.budget.model().is_some_and(|model| {
                model.abilities().over_window.unwrap_or(OverWindow::Refuses) == OverWindow::Refuses
            }),
            _ => false,
        };
        if callers || (looks && self.sizes_hold()) {
            Severity::Refused
        } else {
            Severity::Risky
        }
    }

    /// More tokens asked for than the model can write.
    fn output_limit(&mut self) {
        let Some(asked) = self.request.max_output_tokens() else {
            return;
        };
        let Some(model) = self.budget.model() else {
            return;
        };
        let Some(most) = model.max_output_tokens().filter(|&most| asked > most) else {
            return;
        };
        let refuses = matches!(
            self.server,
            Server::OpenAi | Server::Anthropic | Server::Bedrock
        );
        let severity = if refuses && self.sizes_hold() {
            Severity::Refused
        } else {
            Severity::Risky
        };
        let (pointer, offset) = self.output_place();
        let param = pointer.rsplit('/').next().unwrap_or_default().to_owned();
        let api = match self.server {
            Server::OpenAi => Some(ApiAnswer::openai(
                Some("invalid_value"),
                Some(param.clone()),
                format!(
                    "{param} is too large: {asked}. This model supports at most {most} completion tokens, whereas you provided {asked}."
                ),
            )),
            Server::Anthropic => Some(ApiAnswer::anthropic(format!(
                "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {}",
                model.name()
            ))),
            Server::Bedrock if self.request.format() == Format::BedrockConverse => {
                Some(ApiAnswer::bedrock(format!(
                    "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}."
                )))
            }
            _ => None,
        };
        let finding = Finding::new(
            codes::OUTPUT_LIMIT_EXCEEDED,
            severity,
            Phase::Form,
            offset,
            pointer,
            format!(
                "an answer of up to {} tokens is asked for; the model writes at most {}",
                grouped(asked),
                grouped(most)
            ),
            format!("ask for {} or fewer", grouped(most)),
        );
        let mend = Some(Mend::Bound(most.to_string()));
        self.findings.push(finding.with_api(api).with_mend(mend));
    }

    /// The field that limits the answer; the whole request when it has none.
    fn output_place(&self) -> (String, usize) {
        self.request.output_limit_place()
    }
}

/// A place as OpenAI spells it in `param`: `/messages/3/content` as `messages[3].content`.
pub(super) fn spelled_param(pointer: &str) -> String {
    let mut out = String::new();
    for step in pointer.split('/').skip(1) {
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() {
            out.push('[');
            out.push_str(step);
            out.push(']');
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(step);
        }
    }
    out
}

/// A count with its bounds, in words.
pub(super) fn spelled(count: TokenCount) -> String {
    let (lower, upper) = (count.lower(), count.upper());
    if lower == upper {
        grouped(count.tokens())
    } else if upper == TokenCount::UNBOUNDED {
        format!(
            "about {} ({} or more)",
            grouped(count.tokens()),
            grouped(lower)
        )
    } else {
        format!(
            "about {} ({} to {})",
            grouped(count.tokens()),
            grouped(lower),
            grouped(upper)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_as_the_provider_does() {
        assert_eq!(spelled_param("/messages/3/content"), "messages[3].content");
        assert_eq!(
            spelled_param("/tools/0/function/name"),
            "tools[0].function.name"
        );
        assert_eq!(spelled_param(""), "");
    }
}
