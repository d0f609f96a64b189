//! Answers with a success status: detects what is wrong with them.
//!
//! One reader serves all formats and their streams: each event is folded into a few flags, so an
//! answer can be read whole or event by event.

use super::facts::Facts;
use super::headers::Headers;
use super::kind::ApiErrorKind;
use super::output::Output;
use super::tree::{self, Tree};
use super::{ApiError, decide, stop};
use crate::encoding::Encoding;

/// Answer with a success status, whole or as a stream.
///
/// It keeps flags and numbers, no text.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::error::{Answer, ApiErrorKind};
///
/// let answer = Answer::read(None, br#"{"choices":[{"message":{"content":"Once upon"},"finish_reason":"length"}]}"#);
/// assert_eq!(answer.problem().map(|p| p.kind()), Some(ApiErrorKind::OutputTruncated));
///
/// // Event by event; the data of each event, without `data:`.
/// let mut answer = Answer::stream(None);
/// answer.push(br#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hel"}}"#);
/// assert!(answer.was_shown());
/// answer.push(br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
/// assert_eq!(answer.problem().map(|p| p.kind()), Some(ApiErrorKind::Overloaded));
/// assert!(!answer.is_complete());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Answer {
    provider: Provider,
    stream: bool,
    /// Whether anything of a known format was found.
    known: bool,
    /// Whether text or a tool call was found.
    content: bool,
    refused: bool,
    ended: bool,
    /// Whether the answer has a field for content; if that stays empty, the answer is empty.
    place: bool,
    /// Whether that field is null (`"choices": null`).
    no_place: bool,
    stop: Option<ApiErrorKind>,
    /// Output limit that the answer repeats (OpenAI Responses).
    max_output: Option<u64>,
    error: Option<ApiError>,
    /// Headers included in an error that replaced the answer.
    headers: Headers,
    now_unix: Option<u64>,
    /// Output of a stream.
    output: Output,
}

/// The provider's name, truncated: a hint for numeric codes.
#[derive(Debug, Clone, Copy, Default)]
struct Provider([u8; 16]);

impl Provider {
    fn new(provider: Option<&str>) -> Provider {
        let mut name = [0; 16];
        for (to, from) in name.iter_mut().zip(provider.unwrap_or_default().bytes()) {
            *to = from;
        }
        Provider(name)
    }

    fn name(&self) -> Option<&str> {
        let len = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..len])
            .ok()
            .filter(|name| !name.is_empty())
    }
}

impl Answer {
    /// Reads a whole answer: one JSON object, a list of chunks, lines of JSON, or server-sent
    /// events.
    ///
    /// Cost is linear in the body's length. See [`Answer`] for an example.
    ///
    /// ```
    /// use tokenfit::reply::error::{Answer, ApiErrorKind};
    ///
    /// let answer = Answer::read(None, br#"{"content": [], "stop_reason": "refusal"}"#);
    /// assert_eq!(answer.problem().unwrap().kind(), ApiErrorKind::Refusal);
    /// ```
    pub fn read(provider: Option<&str>, body: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(body);
        Answer::of_text(provider, &text, Headers::default(), None).unwrap_or_else(|| {
            let mut facts = Facts::new(provider);
            facts.text(&text, 0);
            let error = decide::decide(&facts, &Headers::default(), None, None);
            Answer {
                provider: Provider::new(provider),
                error: Some(if facts.any {
                    error
                } else {
                    ApiError::of(ApiErrorKind::ServerError)
                }),
                ..Answer::default()
            }
        })
    }

    /// Starts a stream; [`Answer::push`] adds its events.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// let mut answer = Answer::stream(Some("openai"));
    /// answer.push(br#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#);
    /// assert!(answer.is_complete() && answer.problem().is_none());
    /// ```
    pub fn stream(provider: Option<&str>) -> Answer {
        Answer {
            provider: Provider::new(provider),
            stream: true,
            ..Answer::default()
        }
    }

    /// Counts the output text with an encoding; without one, a token for each four bytes. Set it
    /// before the first event. See [`output_tokens`](Answer::output_tokens).
    ///
    /// ```
    /// use tokenfit::{Encoding, reply::error::Answer};
    ///
    /// let mut answer = Answer::stream(None).counting_output(Some(Encoding::O200K_BASE));
    /// answer.push(br#"{"choices":[{"delta":{"content":"Hello world"}}]}"#);
    /// assert_eq!(answer.output_tokens(), 2);
    /// ```
    #[must_use]
    pub fn counting_output(mut self, encoding: Option<Encoding>) -> Answer {
        self.output = Output::new(encoding);
        self
    }

    /// Returns the tokens of the output of a stream so far: text, reasoning and calls, without what
    /// the provider adds. Replaces usage that a stream does not state.
    ///
    /// ```
    /// use tokenfit::{Encoding, reply::error::Answer};
    ///
    /// let mut answer = Answer::stream(None).counting_output(Some(Encoding::O200K_BASE));
    /// answer.push(br#"{"choices":[{"delta":{"content":"Hello"}}]}"#);
    /// answer.push(br#"{"choices":[{"delta":{"content":" world"}}]}"#);
    /// assert_eq!((answer.output_tokens(), answer.has_output()), (2, true));
    /// ```
    pub fn output_tokens(&self) -> u64 {
        self.output.tokens()
    }

    /// Returns whether a stream has produced anything, reasoning included.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// let mut answer = Answer::stream(None);
    /// assert!(!answer.has_output());
    /// answer.push(br#"{"choices":[{"delta":{"content":"Hi"}}]}"#);
    /// assert!(answer.has_output());
    /// ```
    pub fn has_output(&self) -> bool {
        self.content || !self.output.is_empty()
    }

    /// Returns the error that an event reported, if one did. Unlike [`problem`](Answer::problem),
    /// it does not judge a stream that is still open.
    ///
    /// ```
    /// use tokenfit::reply::error::{Answer, ApiErrorKind};
    ///
    /// let mut answer = Answer::stream(None);
    /// answer.push(br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
    /// assert_eq!(answer.error().unwrap().kind(), ApiErrorKind::Overloaded);
    /// ```
    pub fn error(&self) -> Option<ApiError> {
        self.error
    }

    /// Returns whether anything of a known format arrived.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// assert!(!Answer::read(None, b"<html>Bad gateway</html>").is_known());
    /// ```
    pub fn is_known(&self) -> bool {
        self.known || self.ended
    }

    /// Adds the data of one event. `[DONE]` ends the stream.
    ///
    /// See [`Answer`] for an example. Cost is linear in the event's length.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// let mut answer = Answer::stream(None);
    /// answer.push(br#"{"choices":[{"delta":{"content":"Hi"}}]}"#);
    /// answer.push(b"[DONE]");
    /// assert!(answer.is_complete());
    /// ```
    pub fn push(&mut self, data: &[u8]) {
        self.push_text(&String::from_utf8_lossy(data));
    }

    fn push_text(&mut self, data: &str) {
        let data = data.trim();
        if data == "[DONE]" {
            self.ended = true;
        } else if data.starts_with(['{', '[']) {
            self.chunk(&tree::read(data, 0).0);
        }
    }

    /// Returns whether any content has arrived, which a retry would show twice.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// let mut answer = Answer::stream(None);
    /// answer.push(br#"{"type":"message_start","message":{"content":[]}}"#);
    /// assert!(!answer.was_shown());    // nothing to show yet: a retry is not noticed
    /// ```
    pub fn was_shown(&self) -> bool {
        self.content
    }

    /// Returns whether the answer reports its end.
    ///
    /// ```
    /// use tokenfit::reply::error::Answer;
    ///
    /// let answer = Answer::read(None, br#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#);
    /// assert!(answer.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        !self.stream || self.ended || self.stop.is_some()
    }

    /// Returns the problem of the answer, if any. Call it on a stream after the stream has ended: a
    /// stream without its final event counts as cut off.
    ///
    /// ```
    /// use tokenfit::reply::error::{Answer, ApiErrorKind};
    ///
    /// let answer = Answer::read(None, br#"{"choices":[{"message":{"content":"Once"},"finish_reason":"length"}]}"#);
    /// assert_eq!(answer.problem().unwrap().kind(), ApiErrorKind::OutputTruncated);
    /// ```
    pub fn problem(&self) -> Option<ApiError> {
        if let Some(error) = self.error {
            return Some(error);
        }
        let kind = match self.stop {
            Some(kind) if kind != ApiErrorKind::None => kind,
            _ if self.refused => ApiErrorKind::Refusal,
            _ if self.no_place && !self.content => ApiErrorKind::ServerError,
            _ if !self.is_complete() => ApiErrorKind::ServerError,
            _ if self.place && !self.content && (self.stop.is_some() || self.ended) => {
                ApiErrorKind::OutputEmpty
            }
            _ => return None,
        };
        let mut problem = ApiError::of(kind);
        if kind == ApiErrorKind::OutputTruncated {
            problem.limit = self.max_output;
            problem.requested_output = self.max_output;
        }
        Some(problem)
    }

    /// Reads the answer in a string; `None` if no format is recognized.
    pub(super) fn of_text(
        provider: Option<&str>,
        text: &str,
        headers: Headers,
        now_unix: Option<u64>,
    ) -> Option<Answer> {
        let mut answer = Answer {
            provider: Provider::new(provider),
            headers,
            now_unix,
            ..Answer::default()
        };
        let text = text.trim();
        if text.starts_with(['{', '[']) {
            let (tree, end) = tree::read(text, 0);
            answer.chunk(&tree);
            let rest = text[end.min(text.len())..].trim_start();
            // Lines of JSON, as Ollama streams them; a list of chunks is a stream of Gemini's.
            answer.stream =
                rest.starts_with('{') || matches!(&tree, Tree::List(items) if items.len() > 1);
            let mut rest = rest;
            while rest.starts_with('{') {
                let (tree, end) = tree::read(rest, 0);
                answer.chunk(&tree);
                rest = rest[end.min(rest.len())..].trim_start();
            }
        } else if is_events(text) {
            answer.stream = true;
            for line in text.lines() {
                if let Some(data) = line.strip_prefix("data:") {
                    answer.push_text(data);
                }
            }
        }
        answer.known.then_some(answer)
    }

    fn chunk(&mut self, tree: &Tree<'_>) {
        if let Tree::List(items) = tree {
            items.iter().for_each(|item| self.chunk(item));
            return;
        }
        let Tree::Object(_) = tree else {
            return;
        };
        if self.stream {
            self.output.add(tree);
        }
        let kind = tree
            .get("type")
            .or_else(|| tree.get("event_type"))
            .and_then(Tree::text)
            .unwrap_or_default();
        let set = |key: &str| tree.get(key).filter(|v| !v.is_empty());
        let bad_status = tree
            .at(&["base_resp", "status_code"])
            .and_then(Tree::whole)
            .is_some_and(|code| code != 0);
        if set("error").is_some() || kind == "error" || bad_status {
            return self.failed(tree);
        }
        match kind {
            // Responses API: the last event contains the whole response.
            "response.failed" | "response.incomplete" | "response.completed" => {
                self.known = true;
                self.ended = true;
                if let Some(response) = tree.get("response") {
                    self.responses(response);
                }
                return;
            }
            "message_stop" => self.ended = true,
            // Reasoning alone is not an answer.
            _ if kind.ends_with(".delta") && !kind.starts_with("response.reasoning") => {
                self.content = true;
            }
            _ => {}
        }
        self.known |= kind.starts_with("response.")
            || kind.starts_with("message_")
            || kind.starts_with("content_block");
        if let Some(choices) = tree.get("choices") {
            self.known = true;
            self.no_place |= choices.is_null();
            if let Tree::List(choices) = choices {
                choices.iter().for_each(|choice| self.choice(choice));
            }
        }
        if tree.get("object").and_then(Tree::text) == Some("response")
            || tree.get("incomplete_details").is_some()
        {
            self.responses(tree);
        }
        self.gemini(tree);
        self.others(tree);
    }

    /// Records an error that replaced the answer.
    fn failed(&mut self, tree: &Tree<'_>) {
        self.known = true;
        if self.error.is_some() {
            // The first one is the cause; `response.failed` repeats it.
            return;
        }
        let mut facts = Facts::new(self.provider.name());
        facts.tree(tree, 0);
        let mut error = decide::decide(&facts, &self.headers, None, self.now_unix);
        if matches!(error.kind(), ApiErrorKind::Unknown | ApiErrorKind::None) {
            error = ApiError::of(ApiErrorKind::ServerError);
        }
        self.error = Some(error);
    }

    fn stopped(&mut self, reason: Option<&Tree<'_>>) {
        if let Some(word) = reason.and_then(Tree::text).filter(|w| !w.is_empty()) {
            let kind = stop::reason(word);
            // Of several choices, report the bad one.
            if self.stop.is_none_or(|stop| stop == ApiErrorKind::None) {
                self.stop = Some(kind);
            }
            self.known = true;
        }
    }

    /// Records whether a field has visible content.
    fn shown(&mut self, tree: &Tree<'_>, keys: &[&str]) {
        self.content |= keys
            .iter()
            .any(|key| tree.get(key).is_some_and(|v| !v.is_empty()));
    }

    /// OpenAI chat and its clones, whole or as a chunk.
    fn choice(&mut self, choice: &Tree<'_>) {
        self.place = true;
        self.stopped(choice.get("finish_reason"));
        for key in ["message", "delta"] {
            if let Some(message) = choice.get(key) {
                self.refused |= message.get("refusal").is_some_and(|v| !v.is_empty());
                self.shown(
                    message,
                    &["content", "tool_calls", "function_call", "audio", "images"],
                );
            }
        }
        self.shown(choice, &["text"]);
        if let Some(error) = choice.get("error").filter(|e| !e.is_empty()) {
            self.failed(error);
        }
    }

    /// OpenAI Responses.
    fn responses(&mut self, response: &Tree<'_>) {
        self.known = true;
        if response.get("error").is_some_and(|e| !e.is_empty()) {
            return self.failed(response);
        }
        let reason = response.at(&["incomplete_details", "reason"]);
        self.stopped(reason);
        if reason.and_then(Tree::text) == Some("max_output_tokens") {
            self.max_output = response.get("max_output_tokens").and_then(Tree::whole);
        }
        match response.get("status").and_then(Tree::text) {
            Some("completed") => self.stop = self.stop.or(Some(ApiErrorKind::None)),
            Some("incomplete") => self.stop = self.stop.or(Some(ApiErrorKind::OutputTruncated)),
            Some("failed" | "cancelled") => {
                self.stop = self.stop.or(Some(ApiErrorKind::ServerError))
            }
            _ => {}
        }
        if let Some(Tree::List(items)) = response.get("output") {
            self.place = true;
            for item in items {
                let kind = item.get("type").and_then(Tree::text).unwrap_or_default();
                // Any call or result counts as content; reasoning alone does not.
                self.content |= kind.ends_with("_call") || kind.ends_with("_output");
                if let Some(Tree::List(parts)) = item.get("content") {
                    for part in parts.iter().filter(|_| kind != "reasoning") {
                        self.refused |= part.get("type").and_then(Tree::text) == Some("refusal");
                        self.shown(part, &["text", "refusal"]);
                    }
                }
            }
        }
    }

    /// Gemini and Vertex.
    fn gemini(&mut self, tree: &Tree<'_>) {
        if tree
            .at(&["promptFeedback", "blockReason"])
            .is_some_and(|r| !r.is_empty())
        {
            self.known = true;
            self.stop = Some(ApiErrorKind::ContentPolicy);
        }
        let Some(Tree::List(candidates)) = tree.get("candidates") else {
            return;
        };
        self.known = true;
        self.place = true;
        for candidate in candidates {
            self.stopped(candidate.get("finishReason"));
            if let Some(Tree::List(parts)) = candidate.at(&["content", "parts"]) {
                for part in parts {
                    if part.get("thought") != Some(&Tree::Bool(true)) {
                        self.shown(
                            part,
                            &[
                                "text",
                                "functionCall",
                                "inlineData",
                                "executableCode",
                                "codeExecutionResult",
                                "fileData",
                            ],
                        );
                    }
                }
            }
        }
    }

    /// Anthropic, Bedrock Converse, Cohere, Ollama.
    fn others(&mut self, tree: &Tree<'_>) {
        for key in ["stop_reason", "stopReason", "done_reason", "finish_reason"] {
            self.stopped(tree.get(key));
        }
        self.stopped(tree.at(&["delta", "stop_reason"]));
        self.stopped(tree.at(&["messageStop", "stopReason"]));
        if let Some(Tree::Bool(done)) = tree.get("done") {
            self.known = true;
            self.ended |= done;
        }
        let content = match tree.get("content") {
            Some(content) => Some(content),
            None => tree
                .at(&["output", "message", "content"])
                .or_else(|| tree.at(&["message", "content"])),
        };
        if let Some(content) = content.filter(|_| self.known) {
            self.place = true;
            match content {
                Tree::List(blocks) => {
                    self.content |= blocks.iter().any(|block| {
                        let thinking = matches!(
                            block.get("type").and_then(Tree::text),
                            Some("thinking" | "redacted_thinking")
                        ) || block.get("reasoningContent").is_some();
                        !thinking && block.get("text").is_none_or(|text| !text.is_empty())
                    });
                }
                content => self.content |= !content.is_empty(),
            }
        }
        if let Some(message) = tree.get("message") {
            self.shown(message, &["tool_calls"]);
        }
        // Ollama's text; in the events of Responses it is an object.
        if tree.get("response").and_then(Tree::text).is_some() {
            self.shown(tree, &["response"]);
        }
        // Anthropic's and Bedrock's stream.
        if let Some(delta) = tree.get("delta") {
            self.shown(delta, &["text", "partial_json", "toolUse"]);
        }
        if let Some(block) = tree.get("content_block") {
            self.content |= block
                .get("type")
                .and_then(Tree::text)
                .is_some_and(|t| t.ends_with("tool_use"));
        }
        if let Some(delta) = tree.at(&["contentBlockDelta", "delta"]) {
            self.known = true;
            self.shown(delta, &["text", "toolUse"]);
        }
    }
}

/// Returns whether a string consists of server-sent events.
fn is_events(text: &str) -> bool {
    ["data:", "event:", ":", "id:", "retry:"]
        .iter()
        .any(|field| text.starts_with(field))
        && text.lines().any(|line| line.starts_with("data:"))
}
