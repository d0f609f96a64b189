//! The request's tokens, compared with the budget and the model's limits.

use super::Severity;
use super::context::Context;
use super::fault::{Fault, Sink, Site};
use super::faults::sizes as faults;
use super::report::Measured;
use super::server::{Dialect, Server};
use crate::budget::{Fits, Limit, Room};
use crate::count::{TokenCount, hidden};
use crate::model::{OverWindow, Quirk};
use crate::words::grouped;

impl Context<'_> {
    /// Compares the tokens of the input with the budget.
    pub(super) fn tokens(&self, out: &mut Sink<'_>) -> Measured {
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
                let (pointer, offset) = self.request.output_limit_place();
                out.report(
                    &faults::RESERVE_EXCEEDS_WINDOW,
                    Site::at_offset(offset, pointer)
                        .text("what", error.what())
                        .text("remedy", error.remedy())
                        .verdict(Some(self.no_room_severity(false))),
                );
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
            Some(count) if count.most() <= room.tokens => Fits::Yes,
            Some(count) if count.lower() > room.tokens => Fits::No,
            Some(_) => Fits::Unsure,
        };
        let is_noise = fits == Fits::Unsure
            && tokens.is_some_and(|count| self.is_far_below(count, room.tokens));
        if let (Some(count), true) = (tokens, fits != Fits::Yes && !is_noise) {
            self.too_long(out, count, room, fits);
        }
        Measured {
            tokens,
            budget: Some(room.tokens),
            fits,
        }
    }

    /// Whether something has no upper bound, and the likely size is far below the limit. Otherwise
    /// every request with stored reasoning, an earlier answer, a hosted tool, a file or a new type
    /// of block would be risky.
    fn is_far_below(&self, count: TokenCount, limit: u64) -> bool {
        count.tokens() <= limit / 2
            && (count.upper().is_none()
                || self
                    .request
                    .messages()
                    .any(|message| hidden::is_kept_elsewhere(&message)))
    }

    /// Returns the size of the request, as exact as the comparison needs it.
    fn measure(&self, limit: u64) -> Option<TokenCount> {
        self.count
            .or_else(|| self.budget.measure(self.request, limit))
    }

    fn too_long(&self, out: &mut Sink<'_>, count: TokenCount, room: Room, fits: Fits) {
        let model = self.budget.model();
        let window = model
            .and_then(|model| model.context_window())
            .unwrap_or(u64::MAX);
        let over = fits == Fits::No;
        // Over the window by itself: the reserve for the answer is not the cause.
        let over_window = over && count.lower() > window;
        let only_margin = count.lower() <= room.tokens.saturating_add(self.budget.margin_tokens())
            && self.budget.margin_tokens() > 0
            && over;
        let callers = self.budget.is_callers(room.limit);
        let holds = match self.sizes_hold() {
            true => Severity::Refused,
            false => Severity::Risky,
        };
        let (fault, severity): (&Fault, _) = match room.limit {
            _ if over_window => (&faults::CONTEXT_EXCEEDED, holds),
            Limit::Caller => (&faults::OVER_LIMIT, Severity::Refused),
            _ if only_margin => (&faults::OVER_MARGIN, Severity::Refused),
            Limit::Window => (&faults::CONTEXT_EXCEEDED, holds),
            Limit::WindowLessReserve => {
                (&faults::NO_ROOM_FOR_OUTPUT, self.no_room_severity(callers))
            }
            Limit::Input => (&faults::INPUT_LIMIT_EXCEEDED, holds),
        };
        let remedy = if over {
            let limit = if over_window { window } else { room.tokens };
            let excess = grouped(count.lower() - limit);
            format!("shorten the history by at least {excess} tokens")
        } else {
            "shorten the history, or let the provider count it".to_owned()
        };
        let site = Site::at(self.request.list_value(), self.request.list_pointer())
            .tokens(count)
            .text("is", if over { "is" } else { "may be" })
            .text("remedy", remedy)
            .number("window", window)
            .number("limit", room.tokens)
            .number("margin", self.budget.margin_tokens())
            .number("reserve", room.reserve)
            .number("total", count.tokens().saturating_add(room.reserve))
            .verdict(Some(if over { severity } else { Severity::Risky }));
        // A reserve set by the caller alone is not the provider's limit.
        let is_own = callers && room.limit == Limit::WindowLessReserve && !over_window;
        out.report(fault, if is_own { site.unanswered() } else { site });
    }

    /// Whether a limit of the registry is the server's, and the server enforces it.
    pub(super) fn sizes_hold(&self) -> bool {
        self.budget.sizes_are_certain() && self.server != Server::Lenient
    }

    /// Returns the severity if input and answer together are over the window: not every provider
    /// checks it.
    fn no_room_severity(&self, callers: bool) -> Severity {
        let checks = match self.server {
            Server::OpenAi => self.dialect == Dialect::OpenAiChat,
            Server::DeepSeek => true,
            // Seen on Claude 3.7 and later; older models shortened the answer.
            Server::Anthropic => self.budget.model().is_some_and(|model| {
                model.abilities().over_window.unwrap_or(OverWindow::Refuses) == OverWindow::Refuses
            }),
            _ => false,
        };
        if callers || (checks && self.sizes_hold()) {
            Severity::Refused
        } else {
            Severity::Risky
        }
    }

    /// Reports an output limit over the model's maximum.
    pub(super) fn output_limit(&self, out: &mut Sink<'_>) {
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
            Server::OpenAi | Server::Anthropic | Server::Bedrock | Server::Zai
        ) || self.dialect == Dialect::Vertex;
        let by_header = model.abilities().has(Quirk::LongerOutputByHeader);
        let refuses = refuses && !(by_header && asked <= most.saturating_mul(2));
        let (pointer, offset) = self.request.output_limit_place();
        let field = pointer.rsplit('/').next().unwrap_or_default().to_owned();
        out.report(
            &faults::OUTPUT_LIMIT_EXCEEDED,
            Site::at_offset(offset, pointer)
                .number("asked", asked)
                .number("most", most)
                .number("above", most + 1)
                .text("field", field)
                .text("model", model.name())
                .verdict(Some(if refuses && self.sizes_hold() {
                    Severity::Refused
                } else {
                    Severity::Risky
                })),
        );
    }
}
