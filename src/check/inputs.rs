//! Sizes of requests that are texts and no history: texts to embed, prompts to complete. Each text has a limit of its own.
//!
//! Sources: validation notes, sections 7 and 8: an embedding takes 8,192 tokens of one text, 300,000 of all, and 2,048
//! texts; the legacy completions take prompt and answer together.

use super::report::Measured;
use super::server::Server;
use super::size::spelled;
use super::{ApiAnswer, Check, Phase, Severity, codes};
use crate::budget::Fits;
use crate::count::TokenCount;
use crate::model::Model;
use crate::request::{Message, Part};
use crate::words::{counted, grouped};

/// The most texts that OpenAI embeds at once.
const MOST_INPUTS: usize = 2_048;
/// The most tokens that it embeds at once.
const MOST_TOKENS_A_REQUEST: u64 = 300_000;
/// What the legacy completions write when nothing is said.
const DEFAULT_COMPLETION: u64 = 16;

impl Check<'_> {
    /// Texts to embed.
    pub(super) fn embeddings(&mut self) -> Measured {
        let openai = self.server == Server::OpenAi;
        let inputs = self.request.layout().messages.len();
        if openai && inputs > MOST_INPUTS {
            let finding = self
                .at(
                    self.request.list_value(),
                    self.request.list_pointer(),
                    Phase::Form,
                    Severity::Refused,
                    codes::TOO_MANY_INPUTS,
                )
                .says(
                    format!(
                        "{} to embed; the provider takes {}",
                        counted(inputs as u64, "text"),
                        grouped(MOST_INPUTS as u64)
                    ),
                    "divide them over several requests",
                );
            self.findings.push(finding);
        }
        if openai {
            self.empty_inputs(inputs);
        }
        let Some(model) = self.budget.model() else {
            return Measured {
                tokens: None,
                budget: None,
                fits: Fits::Unsure,
            };
        };
        let most = model.max_input_tokens().or(model.context_window());
        let limit = most.map(|most| most.saturating_sub(self.budget.margin()));
        let mut all = TokenCount::ZERO;
        let mut fits = limit.map_or(Fits::Unsure, |_| Fits::Yes);
        let mut found = Vec::new();
        for message in self.request.messages() {
            for part in message.parts() {
                let count = self.input(model, &part, limit);
                all += count;
                let Some(limit) = limit.filter(|&limit| count.upper() > limit) else {
                    continue;
                };
                let over = count.lower() > limit;
                fits = worse(fits, over);
                let severity = self.severity(over);
                let api = (openai && count.lower() == count.upper()).then(|| {
                    let tokens = count.tokens();
                    ApiAnswer::openai(None, None, format!(
                        "This model's maximum context length is {limit} tokens, however you requested {tokens} tokens ({tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length."
                    ))
                });
                found.push(
                    self.at(
                        message.value(),
                        message.pointer(),
                        Phase::Tokens,
                        severity,
                        codes::INPUT_LIMIT_EXCEEDED,
                    )
                    .says(
                        format!(
                            "a text of {} tokens {} over the model's limit of {} for one",
                            spelled(count),
                            if over { "is" } else { "may be" },
                            grouped(limit)
                        ),
                        "divide the text",
                    )
                    .with_api(api),
                );
            }
        }
        self.findings.append(&mut found);
        if openai && all.upper() > MOST_TOKENS_A_REQUEST {
            // The sum of bounds may be far above the sum of counts.
            let all = self.counted_inputs(model);
            if all.upper() > MOST_TOKENS_A_REQUEST {
                let over = all.lower() > MOST_TOKENS_A_REQUEST;
                fits = worse(fits, over);
                let api = (all.lower() == all.upper()).then(|| ApiAnswer {
                    kind: "max_tokens_per_request".into(),
                    code: Some("max_tokens_per_request".into()),
                    ..ApiAnswer::openai(
                        None,
                        None,
                        format!(
                            "Requested {} tokens, max {MOST_TOKENS_A_REQUEST} tokens per request",
                            all.tokens()
                        ),
                    )
                });
                let finding = self
                    .at(
                        self.request.list_value(),
                        self.request.list_pointer(),
                        Phase::Tokens,
                        self.severity(over),
                        codes::REQUEST_TOKENS_EXCEEDED,
                    )
                    .says(
                        format!(
                            "texts of {} tokens {} over the provider's limit of {} for one request",
                            spelled(all),
                            if over { "are" } else { "may be" },
                            grouped(MOST_TOKENS_A_REQUEST)
                        ),
                        "divide them over several requests",
                    )
                    .with_api(api);
                self.findings.push(finding);
            }
        }
        let tokens = if self.budget.counts_always() {
            self.counted_inputs(model)
        } else {
            all
        };
        Measured {
            tokens: Some(tokens),
            // The limit of one text is not that of all.
            budget: openai.then_some(MOST_TOKENS_A_REQUEST),
            fits,
        }
    }

    fn severity(&self, over: bool) -> Severity {
        if over && self.sizes_hold() {
            Severity::Refused
        } else {
            Severity::Risky
        }
    }

    fn empty_inputs(&mut self, inputs: usize) {
        let empty: Vec<Message<'_>> = self
            .request
            .messages()
            .filter(|message| message.value().is_empty())
            .collect();
        let list = self.request.list_value();
        if inputs > 0 && empty.is_empty() {
            return;
        }
        let places = if inputs == 0 {
            vec![(list, self.request.list_pointer())]
        } else {
            empty
                .iter()
                .map(|message| (message.value(), message.pointer()))
                .collect()
        };
        for (value, pointer) in places {
            let finding = self
                .at(value, pointer, Phase::Form, Severity::Refused, codes::EMPTY_INPUT)
                .says(
                    "there is nothing to embed".to_owned(),
                    "leave empty texts out",
                )
                .with_api(Some(ApiAnswer::openai(
                    None,
                    None,
                    "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.".to_owned(),
                )));
            self.findings.push(finding);
        }
    }

    /// The tokens of a text, counted only when its bytes could be over the limit.
    fn input(&self, model: &Model, part: &Part<'_>, limit: Option<u64>) -> TokenCount {
        if let Some(tokens) = part.len_tokens() {
            return TokenCount::exact(tokens);
        }
        let bytes = part.raw_json().len() as u64;
        let most = match model.encoding() {
            Some(_) => bytes,
            None => bytes.saturating_mul(2).saturating_add(10),
        };
        if limit.is_none_or(|limit| most <= limit) {
            TokenCount::estimated(bytes / 4, 0, most)
        } else {
            self.budget
                .counter()
                .count_text(model, &part.text().unwrap_or_default())
        }
    }

    fn counted_inputs(&self, model: &Model) -> TokenCount {
        self.request
            .messages()
            .flat_map(|message| message.parts())
            .map(|part| match part.len_tokens() {
                Some(tokens) => TokenCount::exact(tokens),
                None => self
                    .budget
                    .counter()
                    .count_text(model, &part.text().unwrap_or_default()),
            })
            .sum()
    }

    /// Prompts to complete: each with the answer in the window.
    pub(super) fn prompts(&mut self) -> Measured {
        let unknown = Measured {
            tokens: None,
            budget: None,
            fits: Fits::Unsure,
        };
        let Some(model) = self.budget.model() else {
            return unknown;
        };
        let reserve = self.budget.reserve_for(self.request).max(
            if self.request.max_output_tokens().is_none() {
                DEFAULT_COMPLETION
            } else {
                0
            },
        );
        let Some(window) = model.context_window() else {
            return unknown;
        };
        let limit = window
            .saturating_sub(reserve)
            .saturating_sub(self.budget.margin());
        let mut all = TokenCount::ZERO;
        let mut fits = Fits::Yes;
        let mut found = Vec::new();
        for message in self.request.messages() {
            for part in message.parts() {
                let count = self.input(model, &part, Some(limit));
                all += count;
                if count.upper() <= limit {
                    continue;
                }
                let over = count.lower() > limit;
                fits = worse(fits, over);
                let api = (self.server == Server::OpenAi && count.lower() == count.upper()).then(|| {
                    let tokens = count.tokens();
                    ApiAnswer::openai(None, None, format!(
                        "This model's maximum context length is {window} tokens, however you requested {} tokens ({tokens} in your prompt; {reserve} for the completion). Please reduce your prompt; or completion length.",
                        tokens.saturating_add(reserve)
                    ))
                });
                let code = if count.lower() > window {
                    codes::CONTEXT_EXCEEDED
                } else {
                    codes::NO_ROOM_FOR_OUTPUT
                };
                found.push(
                    self.at(
                        message.value(),
                        message.pointer(),
                        Phase::Tokens,
                        self.severity(over),
                        code,
                    )
                    .says(
                        format!(
                            "a prompt of {} tokens and an answer of {} {} over the window of {}",
                            spelled(count),
                            grouped(reserve),
                            if over { "are" } else { "may be" },
                            grouped(window)
                        ),
                        "shorten the prompt, or ask for a shorter answer",
                    )
                    .with_api(api),
                );
            }
        }
        self.findings.append(&mut found);
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

/// The worse of what was found and what is found now.
fn worse(fits: Fits, over: bool) -> Fits {
    match (fits, over) {
        (Fits::No, _) | (_, true) => Fits::No,
        _ => Fits::Unsure,
    }
}
