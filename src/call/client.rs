//! Answers for the client of an application, in the words of the provider that it believes to talk
//! to.

use super::history::GiveUpReason;
use super::machine::Call;
use crate::budget::Budget;
use crate::check::{CheckReport, Severity};
use crate::count::TokenCount;
use crate::error::{Error, ErrorKind};
use crate::provider::{ErrorWords, count_body, error_body};
use crate::reply::retry::StopReason;
use crate::request::{Format, Request, json_string};

/// HTTP answer in a provider's form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientAnswer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: String,
    /// Whether the client's own retries would be in vain: the header `x-should-retry`.
    pub is_final: bool,
}

impl ClientAnswer {
    /// Writes an error with a message of the caller's own.
    ///
    /// ```
    /// use tokenfit::{Format, call::ClientAnswer};
    ///
    /// let answer = ClientAnswer::error(Format::Anthropic, 413, "the body is larger than 1 MiB");
    /// assert_eq!(answer.body, r#"{"type":"error","error":{"type":"request_too_large","message":"the body is larger than 1 MiB"}}"#);
    /// ```
    pub fn error(format: Format, status: u16, message: &str) -> ClientAnswer {
        let words = ErrorWords {
            status,
            kind: None,
            code: None,
            param: None,
            message,
        };
        ClientAnswer {
            status,
            body: error_body(format, &words),
            is_final: status < 500,
        }
    }

    /// Writes the answer of a count endpoint.
    ///
    /// ```
    /// use tokenfit::{Format, call::ClientAnswer};
    ///
    /// assert_eq!(ClientAnswer::count(Format::Gemini, 12).body, r#"{"totalTokens":12}"#);
    /// ```
    pub fn count(format: Format, tokens: u64) -> ClientAnswer {
        ClientAnswer {
            status: 200,
            body: count_body(format, tokens),
            is_final: true,
        }
    }

    /// Writes what the provider would answer to a request with refused findings; `None` if the
    /// report has none. The provider's own words are used where they are known.
    ///
    /// ```
    /// use tokenfit::{Format, call::ClientAnswer};
    ///
    /// let report = tokenfit::check(r#"{"model": "gpt-4o", "messages": []}"#);
    /// let answer = ClientAnswer::refused(Format::OpenAiChat, &report).expect("it is refused");
    /// assert!(answer.status == 400 && answer.body.contains(r#""code":"empty_array""#));
    /// ```
    pub fn refused(format: Format, report: &CheckReport) -> Option<ClientAnswer> {
        let refused = |finding: &&crate::Finding| finding.severity == Severity::Refused;
        let finding = report.findings().iter().find(refused)?;
        let own = || {
            let place = match finding.pointer.as_str() {
                "" => "the request",
                pointer => pointer,
            };
            format!("{place}: {}; {}", finding.message, finding.remedy)
        };
        Some(match &finding.api {
            Some(api) => ClientAnswer {
                status: api.status,
                body: error_body(
                    format,
                    &ErrorWords {
                        status: api.status,
                        kind: Some(&api.kind)
                            .filter(|kind| !kind.is_empty())
                            .map(|kind| &**kind),
                        code: api.code.as_deref(),
                        param: api.param.as_deref(),
                        message: &api.message,
                    },
                ),
                is_final: true,
            },
            None => ClientAnswer::error(format, 400, &own()),
        })
    }
}

impl Call {
    /// Returns the answer for a client whose call was given up without an answer of the provider,
    /// in the form and, where they are known, the words of the request's format: a request that is
    /// too long gets the error that starts the client's own compaction.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::call::{Caller, Moment, Step, Target};
    /// use tokenfit::Models;
    ///
    /// let target = Target::new(&Models::builtin().get("gpt-4")?);
    /// let long = "word ".repeat(10_000);
    /// let body = format!(r#"{{"model": "gpt-4", "messages": [{{"role": "user", "content": "{long}"}}]}}"#);
    /// let mut call = Caller::new().call(&[target], &body)?;
    /// assert!(matches!(call.next(Moment::new(0, 0.5)), Step::GiveUp { .. }));
    /// let answer = call.client_answer();
    /// assert_eq!(answer.status, 400);
    /// assert!(answer.body.contains("context_length_exceeded"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn client_answer(&self) -> ClientAnswer {
        let format = self.request().format();
        match self.give_up_reason() {
            Some(GiveUpReason::NotSendable) => self.not_sendable_answer(format),
            Some(GiveUpReason::Stopped(reason)) => {
                let (status, message) = match reason {
                    StopReason::Blocked => (
                        503,
                        "the host failed or asked for a pause; it is not tried at the moment",
                    ),
                    StopReason::WaitTooLong => {
                        (429, "the rate limit admits this request only later")
                    }
                    StopReason::NotRetryable => (400, "the request is larger than the rate limit"),
                    _ => (502, "the host did not answer"),
                };
                ClientAnswer {
                    is_final: true,
                    ..ClientAnswer::error(format, status, message)
                }
            }
            _ => ClientAnswer::error(format, 502, "the call was cancelled"),
        }
    }

    /// Returns a failed answer of a host that was asked in another format, in the request's format,
    /// with the host's own message. `None` if it was asked in the request's format.
    #[cfg(feature = "tower")]
    pub(super) fn foreign_error(&self, status: u16, body: &[u8]) -> Option<ClientAnswer> {
        let own = self.request().format();
        if self.prepared()?.format() == own {
            return None;
        }
        let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let message = parsed
            .as_ref()
            .and_then(|body| body.pointer("/error/message")?.as_str())
            .unwrap_or("the host answered with an error");
        Some(ClientAnswer {
            is_final: true,
            ..ClientAnswer::error(own, status, message)
        })
    }

    fn not_sendable_answer(&self, format: Format) -> ClientAnswer {
        // The first target is the one that the client named.
        let Some(target) = self.chain.first() else {
            return ClientAnswer::error(format, 502, "no target is configured");
        };
        let report = likely(target.own_budget(), self.request());
        let answer =
            ClientAnswer::refused(format, &report).or_else(|| self.too_long_answer(format));
        answer.unwrap_or_else(|| {
            let message = self.error().map(Error::to_string).unwrap_or_default();
            ClientAnswer::error(format, 400, &message)
        })
    }

    /// Writes the provider's overflow error for the limit that did not fit: that of the model as
    /// the host stated it.
    fn too_long_answer(&self, format: Format) -> Option<ClientAnswer> {
        let error = self.error()?;
        if !matches!(
            error.kind(),
            ErrorKind::CannotFit | ErrorKind::InvalidBudget
        ) {
            return None;
        }
        let target = self.chain.first()?;
        let model = target.model()?;
        let limit = self
            .api_error()
            .and_then(|error| error.limit())
            .or_else(|| budget_limit(target.own_budget(), self))?;
        let id = json_string(model.id());
        let row = format!(
            r#"[{{"id": {id}, "context_window": {limit}, "max_input_tokens": {limit}, "why": "limit"}}]"#
        );
        let models = model.models().clone().overrides(row).ok()?;
        let smaller = Budget::new(&models.get(model.name()).ok()?);
        ClientAnswer::refused(format, &likely(&smaller, self.request()))
    }
}

/// Checks a request with its likely count for its count: a provider's answer states one number.
fn likely(budget: &Budget, request: &Request<'_>) -> CheckReport {
    match budget.model() {
        Some(model) => {
            let tokens = model.count(request).tokens();
            budget.check_knowing(request, TokenCount::exact(tokens))
        }
        None => budget.check(request),
    }
}

fn budget_limit(budget: &Budget, call: &Call) -> Option<u64> {
    budget.max_input(call.request()).ok().flatten()
}
