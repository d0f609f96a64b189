//! Sizes of requests without a history: inputs to embed, prompts to complete. Each string has a
//! limit of its own.
//!
//! Source: docs/evidence/validation.md, section 7 (an embedding request accepts 8,192 tokens per
//! input, 300,000 in total, and 2,048 inputs), and docs/evidence/validation.md, section 8 (legacy
//! completions count prompt and answer together).

use super::Severity;
use super::context::Context;
use super::fault::{Fault, Sink, Site};
use super::faults::sizes as faults;
use super::report::Measured;
use super::server::{Server, Verdict};
use crate::budget::Fits;
use crate::count::TokenCount;
use crate::model::{EmbeddingLimits, Model};
use crate::request::{Message, Part};

/// Maximum number of inputs that OpenAI embeds in one request, for a model whose row does not say.
const MOST_INPUTS: u32 = 2_048;
/// Maximum number of tokens that OpenAI embeds in one request, for a model whose row does not say.
const MOST_TOKENS_A_REQUEST: u32 = 300_000;
/// Default output limit of legacy completions in tokens.
const DEFAULT_COMPLETION: u64 = 16;

impl Context<'_> {
    /// Checks inputs to embed.
    pub(super) fn embeddings(&self, out: &mut Sink<'_>) -> Measured {
        let openai = self.server == Server::OpenAi;
        let inputs = self.request.layout().messages.len();
        let limits = self
            .budget
            .model()
            .and_then(|model| model.request_limits().embedding)
            .unwrap_or(EmbeddingLimits::NONE);
        let most_inputs = limits.inputs.unwrap_or(MOST_INPUTS) as usize;
        let most_tokens = u64::from(limits.tokens_in_all.unwrap_or(MOST_TOKENS_A_REQUEST));
        if openai && inputs > most_inputs {
            out.report(
                &faults::TOO_MANY_INPUTS,
                self.at_list()
                    .count("count", inputs)
                    .count("most", most_inputs),
            );
        }
        if openai {
            self.empty_inputs(out, inputs);
        }
        let Some(model) = self.budget.model() else {
            return Measured::NOTHING;
        };
        let most = model.max_input_tokens().or(model.context_window());
        let limit = most.map(|most| most.saturating_sub(self.budget.margin_tokens()));
        let mut all = TokenCount::ZERO;
        let mut fits = limit.map_or(Fits::Unsure, |_| Fits::Yes);
        for message in self.request.messages() {
            for part in message.parts() {
                let count = self.input(model, &part, limit);
                all += count;
                let Some(limit) = limit.filter(|&limit| count.most() > limit) else {
                    continue;
                };
                let over = count.lower() > limit;
                fits = worse(fits, over);
                self.text_over(out, &faults::LONG_INPUT, &message, count, limit, limit, 0);
            }
        }
        if openai && all.most() > most_tokens {
            // The sum of bounds may be far above the sum of counts.
            let all = self.counted_inputs(model);
            if all.most() > most_tokens {
                let over = all.lower() > most_tokens;
                fits = worse(fits, over);
                out.report(
                    &faults::MANY_INPUT_TOKENS,
                    self.at_list()
                        .tokens(all)
                        .text("are", if over { "are" } else { "may be" })
                        .number("most", most_tokens)
                        .verdict(self.size_verdict(over)),
                );
            }
        }
        let tokens = if self.budget.counts_always() {
            self.counted_inputs(model)
        } else {
            all
        };
        Measured {
            tokens: Some(tokens),
            // The limit of one input is not that of all.
            budget: openai.then_some(most_tokens),
            fits,
        }
    }

    fn at_list<'s>(&self) -> Site<'s> {
        Site::at(self.request.list_value(), self.request.list_pointer())
    }

    /// Reports a string over a limit: the window minus the reserve for the answer.
    #[allow(
        clippy::too_many_arguments,
        reason = "numbers of one sentence, named where it is called"
    )]
    fn text_over(
        &self,
        out: &mut Sink<'_>,
        fault: &Fault,
        message: &Message<'_>,
        count: TokenCount,
        limit: u64,
        window: u64,
        reserve: u64,
    ) {
        let over = count.lower() > limit;
        let site = Site::at(message.value(), message.pointer())
            .tokens(count)
            .text("is", if over { "is" } else { "may be" })
            .text("are", if over { "are" } else { "may be" })
            .number("window", window)
            .number("total", count.tokens().saturating_add(reserve))
            .number("reserve", reserve);
        out.report(fault, site.verdict(self.size_verdict(over)));
    }

    fn size_verdict(&self, over: bool) -> Verdict {
        Some(if over && self.sizes_hold() {
            Severity::Refused
        } else {
            Severity::Risky
        })
    }

    fn empty_inputs(&self, out: &mut Sink<'_>, inputs: usize) {
        if inputs == 0 {
            out.report(&faults::NOTHING_TO_EMBED, self.at_list());
        }
        for message in self.request.messages() {
            if message.value().is_empty() {
                let site = Site::at(message.value(), message.pointer());
                out.report(&faults::NOTHING_TO_EMBED, site);
            }
        }
    }

    /// Returns the tokens of an input, counted only if its bytes could be over the limit.
    fn input(&self, model: &Model, part: &Part<'_>, limit: Option<u64>) -> TokenCount {
        if let Some(tokens) = part.len_tokens() {
            return TokenCount::exact(tokens);
        }
        let bytes = part.raw_json().len() as u64;
        let most = match model.encoding() {
            Some(encoding) => encoding.most_tokens(bytes),
            None => bytes.saturating_mul(2).saturating_add(10),
        };
        if limit.is_none_or(|limit| most <= limit) {
            TokenCount::between(bytes / 4, 0, most)
        } else {
            model.count_text(&part.text().unwrap_or_default())
        }
    }

    fn counted_inputs(&self, model: &Model) -> TokenCount {
        self.request
            .messages()
            .flat_map(|message| message.parts())
            .map(|part| match part.len_tokens() {
                Some(tokens) => TokenCount::exact(tokens),
                None => model.count_text(&part.text().unwrap_or_default()),
            })
            .sum()
    }

    /// Checks prompts to complete: each must fit the window together with its answer.
    pub(super) fn prompts(&self, out: &mut Sink<'_>) -> Measured {
        let Some(model) = self.budget.model() else {
            return Measured::NOTHING;
        };
        let reserve = self.budget.reserve_for(self.request).max(
            if self.request.max_output_tokens().is_none() {
                DEFAULT_COMPLETION
            } else {
                0
            },
        );
        let Some(window) = model.context_window() else {
            return Measured::NOTHING;
        };
        let limit = window
            .saturating_sub(reserve)
            .saturating_sub(self.budget.margin_tokens());
        let mut all = TokenCount::ZERO;
        let mut fits = Fits::Yes;
        for message in self.request.messages() {
            for part in message.parts() {
                let count = self.input(model, &part, Some(limit));
                all += count;
                if count.most() <= limit {
                    continue;
                }
                fits = worse(fits, count.lower() > limit);
                let fault: &Fault = if count.lower() > window {
                    &faults::LONG_PROMPT
                } else {
                    &faults::PROMPT_LEAVES_NO_ROOM
                };
                self.text_over(out, fault, &message, count, limit, window, reserve);
            }
        }
        Measured {
            tokens: Some(if self.budget.counts_always() {
                self.counted_inputs(model)
            } else {
                all
            }),
            budget: Some(limit),
            fits,
        }
    }
}

/// Returns the worse of two results.
fn worse(fits: Fits, over: bool) -> Fits {
    match (fits, over) {
        (Fits::No, _) | (_, true) => Fits::No,
        _ => Fits::Unsure,
    }
}
