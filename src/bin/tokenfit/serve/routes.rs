//! Routes of the server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request as HttpRequest, Response, StatusCode};
use tokenfit::call::ClientAnswer;
use tokenfit::fit::Preset;
use tokenfit::report::CheckJson;
use tokenfit::request::Address;
use tokenfit::{Budget, ErrorKind, Format, Model, Models, Request};

use super::page;
use super::proxy::Proxy;
use super::traffic::Traffic;
use crate::args::{ServeArgs, parse_some_tokens};

/// Time for the whole body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes above which a request is counted outside of the threads that serve connections.
const LARGE: usize = 64 << 10;

/// Body of an answer.
pub(super) type Answer = Response<BoxBody<Bytes, BoxError>>;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub(super) struct Server {
    models: Models,
    traffic: Arc<Traffic>,
    page_policy: HeaderValue,
    proxy: Option<Proxy>,
    preset: Preset,
    max_body: usize,
    local_only: bool,
}

impl Server {
    pub(super) fn new(args: &ServeArgs, models: Models) -> Result<Server, String> {
        let traffic = Arc::new(Traffic::new());
        let proxy = match &args.upstream {
            Some(upstream) => Some(Proxy::new(args, upstream, &models, Arc::clone(&traffic))?),
            None => None,
        };
        Ok(Server {
            proxy,
            models,
            traffic,
            page_policy: page::policy()
                .parse()
                .map_err(|_| "the policy of the page")?,
            preset: args.fit.unwrap_or(Preset::Agent),
            max_body: args.max_body,
            local_only: !args.allow_remote,
        })
    }

    /// Answers a request. Errors are answers too.
    pub(super) async fn answer(self: Arc<Self>, request: HttpRequest<Incoming>) -> Answer {
        let (route, answer) = Arc::clone(&self).routed(request).await;
        self.traffic
            .metrics
            .request(route, answer.status().as_u16());
        answer
    }

    async fn routed(self: Arc<Self>, request: HttpRequest<Incoming>) -> (&'static str, Answer) {
        // A page of another site must not reach the server by a name that resolves to this machine.
        if self.local_only && !names_this_machine(&request) {
            let answer = ClientAnswer::error(
                Format::OpenAiChat,
                403,
                "the Host header must name this machine",
            );
            return ("refused", written(answer));
        }
        let path = request.uri().path().to_owned();
        let method = request.method().clone();
        match (&method, path.as_str()) {
            (&Method::GET, "/healthz") => return ("healthz", text("ok\n", "text/plain")),
            (&Method::GET, "/metrics") => {
                let metrics = self.traffic.metrics.text();
                return ("metrics", text(metrics, "text/plain; version=0.0.4"));
            }
            (&Method::GET, "/page") => return ("page", self.page()),
            (&Method::GET, "/page.json") => {
                let mut answer = text(self.traffic.json(), "application/json");
                private(&mut answer);
                return ("page", answer);
            }
            _ => {}
        }
        let address = Address::of_url(&path).filter(|address| address.counts);
        let (route, format): (_, Option<Format>) = match (&address, path.as_str()) {
            (Some(address), _) => ("count", Some(address.format)),
            (_, "/v1/check") => ("check", None),
            (_, "/v1/fit") => ("fit", None),
            _ => {
                return match &self.proxy {
                    Some(proxy) => ("proxy", proxy.answer(request).await),
                    None => ("unknown", written(unknown_route(&path))),
                };
            }
        };
        let shape = format.unwrap_or(Format::OpenAiChat);
        if method != Method::POST {
            let answer = ClientAnswer::error(shape, 405, "only POST is allowed here");
            return (route, written(answer));
        }
        let query = request.uri().query().unwrap_or_default().to_owned();
        let model = address.and_then(|address| address.model.map(std::borrow::Cow::into_owned));
        let body = match self.body(request.into_body()).await {
            Ok(body) => body,
            Err((status, message)) => {
                return (route, written(ClientAnswer::error(shape, status, &message)));
            }
        };
        let is_large = body.len() > LARGE;
        let server = Arc::clone(&self);
        let work = move || match route {
            "count" => written(server.count(shape, model.as_deref(), &body)),
            "check" => server.check(&query, &body),
            _ => server.fit(&query, &body),
        };
        let answer = match is_large {
            true => tokio::task::spawn_blocking(work).await.ok(),
            false => Some(work()),
        };
        let failed = || written(ClientAnswer::error(shape, 500, "the server failed"));
        (route, answer.unwrap_or_else(failed))
    }

    fn page(&self) -> Answer {
        let mut answer = text(page::HTML, "text/html; charset=utf-8");
        let policy = self.page_policy.clone();
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        private(&mut answer);
        answer
    }

    /// Reads a body within its limits of size and time.
    async fn body(&self, body: Incoming) -> Result<Bytes, (u16, String)> {
        let read = Limited::new(body, self.max_body).collect();
        match tokio::time::timeout(BODY_TIMEOUT, read).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err((
                413,
                format!("the body is larger than {} bytes", self.max_body),
            )),
            Ok(Err(_)) => Err((400, "the body was cut off".to_owned())),
            Err(_) => Err((408, "the body took too long".to_owned())),
        }
    }

    fn count(&self, format: Format, model: Option<&str>, body: &[u8]) -> ClientAnswer {
        match self.counted(format, model, body) {
            Ok(tokens) => ClientAnswer::count(format, tokens),
            Err(error) => {
                let status = match error.kind() {
                    ErrorKind::UnknownModel => 404,
                    _ => 400,
                };
                ClientAnswer::error(format, status, &error.to_string())
            }
        }
    }

    fn counted(
        &self,
        format: Format,
        model: Option<&str>,
        body: &[u8],
    ) -> Result<u64, tokenfit::Error> {
        let request = Request::parse_as(format, body)?;
        let model: Model = match model {
            Some(name) => self.models.get(name)?,
            None => self.models.for_request(&request)?,
        };
        Ok(model.count(&request).tokens())
    }

    fn check(&self, query: &str, body: &[u8]) -> Answer {
        let parameters = match Parameters::of(query, &["model", "format"]) {
            Ok(parameters) => parameters,
            Err(message) => return wrong_parameter(&message),
        };
        let budget = match &parameters.model {
            Some(model) => Budget::lenient_for(&self.models, model),
            None => Budget::lenient(&self.models),
        };
        let budget = budget.always_count();
        let report = match parameters.format {
            Some(format) => budget.check_bytes_as(format, body),
            None => budget.check_bytes(body),
        };
        let json = serde_json::to_string(&CheckJson::of_bytes(&report, body)).unwrap_or_default();
        text(json, "application/json")
    }

    fn fit(&self, query: &str, body: &[u8]) -> Answer {
        let shape = Format::OpenAiChat;
        let parameters = match Parameters::of(query, &["model", "format", "max_input_tokens"]) {
            Ok(parameters) => parameters,
            Err(message) => return wrong_parameter(&message),
        };
        let fitted = || -> Result<_, tokenfit::Error> {
            let request = match parameters.format {
                Some(format) => Request::parse_as(format, body)?,
                None => Request::parse(body)?,
            };
            let model = match &parameters.model {
                Some(name) => self.models.get(name)?,
                None => self.models.for_request(&request)?,
            };
            let mut budget = Budget::new(&model);
            if let Some(limit) = parameters.max_input_tokens {
                budget = budget.limit_input(limit);
            }
            let fitter = self.preset.fitter(budget);
            let fitted = fitter.fit(&request)?;
            let receipt = fitter.receipt(&request, &fitted)?;
            Ok((fitted.into_bytes(), receipt))
        };
        match fitted() {
            Ok((body, receipt)) => {
                let receipt = serde_json::to_string(&receipt).unwrap_or_default();
                let body = String::from_utf8(body).unwrap_or_default();
                let json = format!(r#"{{"request":{body},"receipt":{receipt}}}"#);
                text(json, "application/json")
            }
            Err(error) => written(ClientAnswer::error(shape, 400, &error.to_string())),
        }
    }
}

/// Marks an answer for the browser that asked, and nobody else.
fn private(answer: &mut Answer) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}

fn unknown_route(path: &str) -> ClientAnswer {
    let format = Format::of_url(path).unwrap_or(Format::OpenAiChat);
    let message = "nothing is served here; set --upstream to pass requests on";
    ClientAnswer::error(format, 404, message)
}

/// Parameters of `/v1/check` and `/v1/fit`.
#[derive(Debug, Default)]
struct Parameters {
    model: Option<String>,
    format: Option<Format>,
    max_input_tokens: Option<u64>,
}

impl Parameters {
    /// Reads a query that may have these names, each at most once.
    fn of(query: &str, names: &[&str]) -> Result<Parameters, String> {
        let mut parameters = Parameters::default();
        let mut seen: Vec<&str> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = names.iter().find(|known| **known == name) else {
                return Err(format!("unknown parameter; use {}", names.join(", ")));
            };
            if seen.contains(name) {
                return Err(format!("`{name}` is there twice; set it once"));
            }
            seen.push(name);
            let value = decoded(value);
            match *name {
                _ if value.is_empty() => return Err(format!("`{name}` is empty")),
                "model" => parameters.model = Some(value),
                "format" => {
                    let format = value
                        .parse()
                        .map_err(|error| format!("`format`: {error}"))?;
                    parameters.format = Some(format);
                }
                _ => {
                    let limit = parse_some_tokens(&value)
                        .map_err(|error| format!("`max_input_tokens`: {error}"))?;
                    parameters.max_input_tokens = Some(limit);
                }
            }
        }
        Ok(parameters)
    }
}

fn wrong_parameter(message: &str) -> Answer {
    written(ClientAnswer::error(Format::OpenAiChat, 400, message))
}

/// Decodes `%2F` and `%3A`, which names of models have.
fn decoded(value: &str) -> String {
    value
        .replace("%2F", "/")
        .replace("%3A", ":")
        .replace("%2f", "/")
        .replace("%3a", ":")
}

fn names_this_machine(request: &HttpRequest<Incoming>) -> bool {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host.or(request.uri().authority().map(|one| one.as_str())) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

pub(super) fn boxed(body: impl Into<Bytes>) -> BoxBody<Bytes, BoxError> {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed()
}

fn text(body: impl Into<Bytes>, kind: &'static str) -> Answer {
    let mut answer = Response::new(boxed(body));
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

pub(super) fn written(written: ClientAnswer) -> Answer {
    let mut answer = text(written.body, "application/json");
    *answer.status_mut() = StatusCode::from_u16(written.status).unwrap_or(StatusCode::BAD_GATEWAY);
    if written.is_final {
        let no = HeaderValue::from_static("false");
        answer.headers_mut().insert("x-should-retry", no);
    }
    answer
}
