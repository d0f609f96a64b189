//! Collector of the facts in a body, layer by layer: codes, statuses, numbers, waits, wordings.
//!
//! An error often arrives inside others: a gateway's object around a provider's, JSON in a string,
//! a `repr` in a log line. Each layer adds its facts with its depth. The innermost layer decides,
//! because the provider knows and the wrapper guesses. No text is kept; a message is compared with
//! the wordings and dropped.

use std::time::Duration;

use super::codes::{self, Code, Family};
use super::headers::Headers;
use super::kind::{ImposedBy, LimitScope};
use super::phrase::{Dimension, Found, Role};
use super::tree::{self, Tree};
use super::wait;
use super::wordings::PHRASES;

/// Maximum number of layers. The most seen were three layers of JSON in strings (OpenRouter),
/// inside a log line.
const MAX_LAYERS: u8 = 24;

/// Maximum number of stray braces after which a string is read again, so that reading stays linear.
const MAX_BRACES: usize = 8;

/// Facts stated by a body.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) family: Option<Family>,
    pub(super) found: Vec<Found>,
    /// Codes with their rank; a higher rank is more exact.
    pub(super) codes: Vec<(u8, Code)>,
    /// HTTP statuses named in fields or sentences.
    pub(super) statuses: Vec<(u8, u16)>,
    /// Wait from a field.
    pub(super) field_wait: Option<Duration>,
    /// Wait from a sentence.
    pub(super) text_wait: Option<Duration>,
    /// End of the limit, in seconds since 1970.
    pub(super) resets_at: Option<u64>,
    /// `n_ctx` of llama.cpp.
    pub(super) limit: Option<u64>,
    /// `n_prompt_tokens` of llama.cpp.
    pub(super) actual: Option<u64>,
    /// Violations of Google's `QuotaFailure`.
    pub(super) quotas: Vec<Quota>,
    /// Whether Google wrote the error: its words for a limit are OpenAI's for an empty balance.
    pub(super) google: bool,
    /// The provider's own statement on retrying (OpenRouter's `availability`).
    pub(super) retryable: Option<bool>,
    pub(super) imposed_by: Option<ImposedBy>,
    /// Headers printed inside the body.
    pub(super) headers: Headers,
    /// Unit named by the field `type` (OpenAI, Groq: `tokens`, `requests`).
    pub(super) dimension: Option<Dimension>,
    /// Whether the body has anything but white space.
    pub(super) any: bool,
}

/// Violated quota of Google's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) scope: Option<LimitScope>,
    pub(super) dimension: Option<Dimension>,
    pub(super) limit: Option<u64>,
}

impl Quota {
    /// Reads unit and window from the name of a Google quota:
    /// `GenerateRequestsPerDayPerProjectPerModel-FreeTier`,
    /// `online_prediction_input_tokens_per_minute_per_base_model`.
    fn name(&mut self, name: &str) {
        const WINDOWS: &[(&str, LimitScope)] = &[
            ("perminute", LimitScope::Minute),
            ("perhour", LimitScope::Hour),
            ("perday", LimitScope::Day),
            ("permonth", LimitScope::Month),
        ];
        let mut buffer = [0; 160];
        let name = plain(name, &mut buffer);
        for (word, scope) in WINDOWS {
            if name.contains(word) {
                self.scope = Some(*scope);
            }
        }
        if name.contains("token") {
            self.dimension = Some(Dimension::Tokens);
        } else if name.contains("request") {
            self.dimension = self.dimension.or(Some(Dimension::Requests));
        }
    }
}

impl Facts {
    pub(super) fn new(provider: Option<&str>) -> Facts {
        Facts {
            family: provider.and_then(family),
            google: provider
                .is_some_and(|p| ["gemini", "google", "vertex", "vertex-ai"].contains(&p)),
            found: Vec::with_capacity(16),
            ..Facts::default()
        }
    }

    /// Reads a string that may contain objects: the objects, and the text around them.
    pub(super) fn text(&mut self, text: &str, layer: u8) {
        if layer >= MAX_LAYERS {
            return;
        }
        let mut at = 0;
        let mut plain_from = 0;
        let mut braces = 0;
        while let Some(found) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
            let open = at + found;
            let (tree, end) = tree::read(text, open);
            at = end;
            match &tree {
                Tree::Object(fields) if !fields.is_empty() => {
                    self.plain(&text[plain_from..open], layer);
                    self.object(fields, layer + 1);
                    plain_from = end;
                }
                // A brace within a sentence. It may have hidden an object after it, so read again,
                // but only a few times.
                _ if braces < MAX_BRACES => {
                    braces += 1;
                    at = open + 1;
                }
                _ => {}
            }
        }
        self.plain(&text[plain_from..], layer);
    }

    /// Reads a sentence, a log line or a page.
    fn plain(&mut self, text: &str, layer: u8) {
        let mut text = text;
        // Scripts and styles of a page carry no facts.
        while let Some((before, after)) = hidden(text) {
            self.sentence(before, layer);
            text = after;
        }
        self.sentence(text, layer);
    }

    fn sentence(&mut self, text: &str, layer: u8) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.any = true;
        let first = self.found.len();
        PHRASES.find(text, &mut self.found);
        // `429 Too Many Requests`, `"400 Bad Request"`.
        let figures = text.trim_start_matches(['"', '[', '(', '<']);
        if let Some(status) = figures
            .get(..3)
            .and_then(|s| s.parse().ok())
            .filter(is_error)
            && !figures[3..]
                .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == ',')
        {
            self.statuses.push((layer, status));
        }
        for found in &self.found[first..] {
            for (role, value) in found.captures.iter().flatten() {
                let at = || text.get(*value as usize..).unwrap_or_default();
                match role {
                    Role::Wait if self.text_wait.is_none() => {
                        self.text_wait = wait::duration(at(), false)
                    }
                    Role::Date if self.resets_at.is_none() => self.resets_at = wait::date(at()),
                    Role::QuotaName if self.quotas.len() < 16 => {
                        let name = at()
                            .split([' ', ',', '\'', '"', '\n'])
                            .next()
                            .unwrap_or_default();
                        let mut quota = Quota::default();
                        quota.name(name);
                        self.quotas.push(quota);
                    }
                    Role::Status => {
                        if let Some(status) = u16::try_from(*value).ok().filter(is_error) {
                            self.statuses.push((layer, status));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Reads an error object, or an object around one.
    pub(super) fn tree(&mut self, tree: &Tree<'_>, layer: u8) {
        match tree {
            Tree::Object(fields) => self.object(fields, layer),
            Tree::List(items) => items.iter().for_each(|item| self.tree(item, layer)),
            Tree::Text(text) => self.text(text, layer),
            _ => {}
        }
    }

    fn object(&mut self, fields: &[(std::borrow::Cow<'_, str>, Tree<'_>)], layer: u8) {
        if layer >= MAX_LAYERS {
            return;
        }
        self.any |= !fields.is_empty();
        self.shape(fields);
        if fields
            .iter()
            .any(|(k, _)| matches!(&**k, "quotaId" | "quotaMetric" | "quotaValue"))
        {
            self.google = true;
            return self.quota(fields);
        }
        for (key, value) in fields {
            let mut buffer = [0; 24];
            match plain_key(key, &mut buffer) {
                // The caller's own words, or earlier errors.
                "input"
                | "ctx"
                | "failedgeneration"
                | "request"
                | "requestbody"
                | "requestbodyvalues"
                | "prompt"
                | "messages"
                | "content"
                | "contents"
                | "url"
                | "links"
                | "previouserrors"
                | "stack"
                | "tools"
                | "instructions"
                | "user"
                | "userid"
                | "requestid"
                | "contentfilterresult"
                | "contentfilterresults"
                | "fallbackmodels"
                | "requestedmodels"
                | "affectedproviders" => {}
                // If an object has both, `code` is more exact than `type`.
                "code" => self.code(value, layer * 2 + 1),
                "type" | "status" | "reason" | "errortype" | "errorcode" | "statuscode"
                | "httpcode" | "httpstatus" | "exceptiontype" | "limitsource" | "codename" => {
                    self.code(value, layer * 2)
                }
                "message" | "msg" | "error" | "detail" | "details" | "errormessage"
                | "errordescription" | "statusmsg" | "title" | "raw" | "body" | "responsebody"
                | "data" | "cause" | "lasterror" | "response" | "errors" | "errormsg" => {
                    match value {
                        // `{"code": "unauthorized", "error": "insufficient_quota"}`: a code instead
                        // of a string.
                        Tree::Text(text)
                            if !text.contains([' ', '{']) && codes::word(text).is_some() =>
                        {
                            self.code(value, layer * 2);
                        }
                        Tree::Text(text) => self.text(text, layer + 1),
                        value => self.tree(value, layer + 1),
                    }
                }
                // A name, unless it contains the reason (Xiaomi).
                "param" => match value {
                    Tree::Text(text) if text.trim().contains(' ') => self.text(text, layer + 1),
                    _ => {}
                },
                "headers" | "responseheaders" => {
                    if let Tree::Object(fields) = value {
                        for (name, value) in fields {
                            match value {
                                Tree::Text(text) => self.headers.add(name, text),
                                Tree::Number(text) => self.headers.add(name, text),
                                _ => {}
                            }
                        }
                    }
                }
                "nprompttokens" => self.actual = value.whole().or(self.actual),
                "nctx" => self.limit = value.whole().or(self.limit),
                "retryafter" | "retryafterseconds" | "retryaftersec" | "retrydelay"
                | "resetsinseconds" | "resetinseconds" | "retryafters" | "estimatedtime" => {
                    self.wait(value, false)
                }
                "retryafterms" => self.wait(value, true),
                "resetsat" | "resetat" => {
                    self.resets_at = value
                        .whole()
                        .and_then(wait::unix)
                        .or_else(|| value.text().and_then(wait::date))
                        .or(self.resets_at);
                }
                "retryable" => {
                    if let Tree::Bool(retryable) = value {
                        self.retryable = Some(*retryable);
                    }
                }
                "providername" if !value.is_empty() => {
                    self.imposed_by.get_or_insert(ImposedBy::Upstream);
                }
                _ => {
                    if matches!(value, Tree::Object(_) | Tree::List(_)) {
                        self.tree(value, layer + 1);
                    }
                }
            }
        }
    }

    /// Determines the provider of numeric codes from the shape of the object.
    fn shape(&mut self, fields: &[(std::borrow::Cow<'_, str>, Tree<'_>)]) {
        let has = |name: &str| fields.iter().any(|(key, _)| key == name);
        let shape = if has("base_resp") || (has("status_code") && has("status_msg")) {
            Family::MiniMax
        } else if has("success") && has("errors") {
            Family::Cloudflare
        } else if fields
            .iter()
            .any(|(key, value)| key == "object" && value.text() == Some("error"))
        {
            Family::Mistral
        } else {
            return;
        };
        self.family.get_or_insert(shape);
    }

    fn wait(&mut self, value: &Tree<'_>, millis: bool) {
        let wait = match value {
            Tree::Number(text) => wait::seconds(text),
            Tree::Text(text) => wait::duration(text, true),
            _ => None,
        };
        let wait = wait.map(|wait| if millis { wait / 1_000 } else { wait });
        self.field_wait = self.field_wait.max(wait);
    }

    /// Reads a code. `rank` is twice the layer, plus one for the field `code`.
    fn code(&mut self, value: &Tree<'_>, rank: u8) {
        let layer = rank / 2;
        let text = match value {
            Tree::Text(text) => text.trim(),
            Tree::Number(text) => text,
            other => return self.tree(other, layer + 1),
        };
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            if let Some(status) = text.parse().ok().filter(is_error) {
                self.statuses.push((layer, status));
            } else if text.len() > 3 {
                // A string of four digits is z.ai's, unless the object shows otherwise.
                let family = self.family.unwrap_or(Family::Zai);
                if let Some(code) = codes::number(family, text) {
                    self.codes.push((rank, code));
                }
            }
        } else if text == "tokens" || text == "requests" {
            let dimension = if text == "tokens" {
                Dimension::Tokens
            } else {
                Dimension::Requests
            };
            self.dimension = Some(dimension);
        } else if text == "upstream_provider_shared_pool" {
            self.imposed_by = Some(ImposedBy::Upstream);
        } else if let Some(code) = codes::word(text) {
            self.google |= text == "RESOURCE_EXHAUSTED";
            self.codes.push((rank, code));
        } else if text.contains(' ') {
            // `"status": "Too Many Requests"`.
            self.text(text, layer + 1);
        }
    }

    fn quota(&mut self, fields: &[(std::borrow::Cow<'_, str>, Tree<'_>)]) {
        let mut quota = Quota::default();
        for (key, value) in fields {
            match &**key {
                "quotaId" | "quotaMetric" => {
                    quota.name(value.text().unwrap_or_default());
                }
                "quotaValue" => quota.limit = value.whole(),
                _ => {}
            }
        }
        if self.quotas.len() < 16 {
            self.quotas.push(quota);
        }
    }

    /// Returns whether a wording with this dimension was found.
    pub(super) fn has_dimension(&self, dimension: Dimension) -> bool {
        self.dimension == Some(dimension)
            || self
                .found
                .iter()
                .any(|f| f.group.dimension == Some(dimension))
            || self.quotas.iter().any(|q| q.dimension == Some(dimension))
    }
}

fn is_error(status: &u16) -> bool {
    (400..600).contains(status)
}

/// Splits at the first invisible part of a page; returns the text before and after it.
fn hidden(text: &str) -> Option<(&str, &str)> {
    const PARTS: &[(&str, &str)] = &[
        ("<style", "</style>"),
        ("<script", "</script>"),
        ("<!--", "-->"),
    ];
    let bytes = text.as_bytes();
    let (at, close) = memchr::memchr_iter(b'<', bytes).find_map(|at| {
        let (_, close) = PARTS
            .iter()
            .find(|(open, _)| bytes[at..].starts_with(open.as_bytes()))?;
        Some((at, close))
    })?;
    let end = memchr::memmem::find(&text.as_bytes()[at..], close.as_bytes())
        .map_or(text.len(), |end| at + end + close.len());
    Some((&text[..at], &text[end..]))
}

/// Writes a key in lower case without separators; keys longer than the buffer are all unknown.
fn plain_key<'a>(key: &str, buffer: &'a mut [u8; 24]) -> &'a str {
    if key.len() > buffer.len() + 4 {
        return "";
    }
    plain(key, buffer)
}

/// Writes the beginning of a name in lower case without separators.
fn plain<'a>(name: &str, buffer: &'a mut [u8]) -> &'a str {
    let mut len = 0;
    let bytes = name.bytes().filter(|b| !matches!(b, b'_' | b'-'));
    for (to, byte) in buffer.iter_mut().zip(bytes) {
        *to = byte.to_ascii_lowercase();
        len += 1;
    }
    std::str::from_utf8(&buffer[..len]).unwrap_or_default()
}

/// Returns the family of numeric codes a provider uses.
fn family(provider: &str) -> Option<Family> {
    let is = |names: &[&str]| names.iter().any(|name| provider.eq_ignore_ascii_case(name));
    if is(&["zai", "z-ai", "z.ai", "zhipuai", "zhipu", "bigmodel"]) {
        Some(Family::Zai)
    } else if is(&["minimax"]) {
        Some(Family::MiniMax)
    } else if is(&["mistral", "mistralai"]) {
        Some(Family::Mistral)
    } else if is(&["cloudflare", "workers-ai"]) {
        Some(Family::Cloudflare)
    } else {
        None
    }
}
