//! Guarding proxy: every request is a call, and the answer is passed on as it arrives.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Request as HttpRequest, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokenfit::call::{CallLayer, CallService, Caller, ClientAnswer};
use tokenfit::check::RepairPolicy;
use tokenfit::reply::retry::RetryPolicy;
use tokenfit::{Format, Models};
use tower_layer::Layer;
use tower_service::Service;

use super::metrics::Metrics;
use super::routes::{Answer, BoxError, written};
use crate::args::ServeArgs;

/// Headers that concern one connection only (RFC 9110, section 7.6.1).
const HOP_BY_HOP: &[HeaderName] = &[
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

pub(super) struct Proxy {
    service: CallService<Upstream>,
    max_body: usize,
}

impl Proxy {
    pub(super) fn new(
        args: &ServeArgs,
        upstream: &str,
        models: &Models,
        metrics: Arc<Metrics>,
    ) -> Result<Proxy, String> {
        let base: Uri = upstream.parse().map_err(|_| {
            format!("`{upstream}` is not a URL; set --upstream to one like http://127.0.0.1:8000")
        })?;
        if base.scheme_str() != Some("http") || base.authority().is_none() {
            return Err(format!(
                "`{upstream}` is not an http URL; for https, use a local TLS forwarder"
            ));
        }
        let mut caller = Caller::new().retry(match args.interactive {
            true => RetryPolicy::interactive(),
            false => RetryPolicy::standard(),
        });
        if !args.no_repair {
            caller = caller.repair(RepairPolicy::default());
        }
        if let Some(preset) = args
            .fit
            .or((!args.no_fit).then_some(tokenfit::fit::Preset::Agent))
        {
            caller = caller.fit(preset);
        }
        let layer = CallLayer::new(caller, models, tokio::time::sleep)
            .limit_body(args.max_body)
            .host(args.host)
            .observe(move |call| metrics.call(call));
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Proxy {
            service: layer.layer(Upstream {
                client,
                base,
                timeout: Duration::from_secs(args.timeout),
            }),
            max_body: args.max_body,
        })
    }

    pub(super) async fn answer(&self, request: HttpRequest<Incoming>) -> Answer {
        let format = Format::of_url(request.uri().path()).unwrap_or(Format::OpenAiChat);
        let (parts, body) = request.into_parts();
        // The body must be at hand for a second send.
        let body = http_body_util::Limited::new(body, self.max_body).collect();
        let body = match tokio::time::timeout(Duration::from_secs(30), body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                let message = format!(
                    "the body is larger than {} bytes, or was cut off",
                    self.max_body
                );
                return written(ClientAnswer::error(format, 413, &message));
            }
            Err(_) => return written(ClientAnswer::error(format, 408, "the body took too long")),
        };
        let request = HttpRequest::from_parts(parts, Full::new(body));
        match self.service.clone().call(request).await {
            Ok(response) => {
                let mut response = response.map(|body| body.map_err(BoxError::from).boxed());
                strip(response.headers_mut());
                response
            }
            Err(error) => {
                let status = match error {
                    Failure::TimedOut => 504,
                    Failure::NotAnswered => 502,
                };
                written(ClientAnswer::error(
                    format,
                    status,
                    "the upstream did not answer",
                ))
            }
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Reason why the upstream gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    TimedOut,
    NotAnswered,
}

/// The upstream as a service: the base URL, timeouts.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    base: Uri,
    timeout: Duration,
}

impl Service<HttpRequest<Full<Bytes>>> for Upstream {
    type Response = Response<Incoming>;
    type Error = Failure;
    type Future = std::pin::Pin<
        Box<dyn std::future::Future<Output = Result<Response<Incoming>, Failure>> + Send>,
    >;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: HttpRequest<Full<Bytes>>) -> Self::Future {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let base = self.base.path().trim_end_matches('/');
        let authority = self.base.authority().map_or("", |one| one.as_str());
        let url = format!("http://{authority}{base}{path}");
        if let Ok(uri) = url.parse() {
            *request.uri_mut() = uri;
        }
        strip(request.headers_mut());
        if let Ok(host) = HeaderValue::from_str(authority) {
            request.headers_mut().insert(HOST, host);
        }
        let sent = self.client.request(request);
        let timeout = self.timeout;
        Box::pin(async move {
            match tokio::time::timeout(timeout, sent).await {
                Ok(answer) => answer.map_err(|_| Failure::NotAnswered),
                Err(_) => Err(Failure::TimedOut),
            }
        })
    }
}
