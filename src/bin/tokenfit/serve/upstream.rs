//! The upstreams as one service: base URLs, TLS, timeouts.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Request as HttpRequest, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokenfit::call::NoAnswer;
use tokio::time::{Instant, Sleep};
use tower_service::Service;

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

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Removes the headers that concern one connection only.
pub(super) fn strip(headers: &mut HeaderMap) {
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

/// Reads a base URL.
pub(super) fn base_url(url: &str, option: &str) -> Result<Uri, String> {
    let wrong = || {
        format!(
            "the URL of {option} is not a base URL; write one like http://127.0.0.1:8000 or \
             https://api.openai.com"
        )
    };
    let base: Uri = url.parse().map_err(|_| wrong())?;
    let is_known = matches!(base.scheme_str(), Some("http" | "https"));
    match (is_known, base.authority(), base.query()) {
        (true, Some(authority), None) if !authority.as_str().contains('@') => Ok(base),
        _ => Err(wrong()),
    }
}

/// Reason why an upstream gave no answer.
#[derive(Debug)]
pub(super) enum Failure {
    NotConnected,
    /// The certificate is not valid, or not trusted.
    NotTrusted,
    TimedOut,
    Cut,
}

impl Failure {
    fn of(error: &hyper_util::client::legacy::Error) -> Failure {
        if !error.is_connect() {
            return Failure::Cut;
        }
        match is_of_certificate(error) {
            true => Failure::NotTrusted,
            false => Failure::NotConnected,
        }
    }

    /// Returns how far the request got.
    pub(super) fn reached(&self) -> NoAnswer {
        match self {
            Failure::NotConnected | Failure::NotTrusted => NoAnswer::NotConnected,
            Failure::TimedOut => NoAnswer::TimedOut,
            Failure::Cut => NoAnswer::Cut,
        }
    }

    /// Returns status and message for the client.
    pub(super) fn answer(&self) -> (u16, &'static str) {
        match self {
            Failure::NotConnected => (502, "no connection to the upstream"),
            Failure::NotTrusted => (
                502,
                "the certificate of the upstream is not valid or not trusted; --ca-file adds one",
            ),
            Failure::TimedOut => (504, "the upstream did not answer in time"),
            Failure::Cut => (502, "the upstream closed the connection without an answer"),
        }
    }
}

fn is_of_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // The source of an I/O error is that of the error inside it.
        let inner = error.downcast_ref::<std::io::Error>();
        next = match inner.and_then(|error| error.get_ref()) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

/// Base URL of a request, set by the route; that of `--upstream` otherwise.
#[derive(Clone)]
pub(super) struct Base(pub(super) Arc<Uri>);

/// The upstreams as a service.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: Base,
    timeout: Duration,
}

impl Upstream {
    pub(super) fn new(
        base: Arc<Uri>,
        ca_file: Option<&Path>,
        timeout: Duration,
        has_https: bool,
    ) -> Result<Upstream, String> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(ca_file, has_https)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Upstream {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: Base(base),
            timeout,
        })
    }
}

/// Trusts the roots of the system and those of a file. Without an HTTPS upstream nothing is read.
fn tls(ca_file: Option<&Path>, has_https: bool) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = ca_file {
        let wrong = || {
            format!(
                "--ca-file: `{}` has no certificate in PEM form",
                file.display()
            )
        };
        let read = CertificateDer::pem_file_iter(file)
            .map_err(|_| format!("--ca-file: `{}` cannot be read", file.display()))?;
        for certificate in read {
            let added = certificate.ok().map(|one| roots.add(one));
            added.and_then(Result::ok).ok_or_else(wrong)?;
        }
        if roots.is_empty() {
            return Err(wrong());
        }
    }
    if has_https {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "this system has no root certificates; install them (`ca-certificates`), or set \
                 --ca-file"
                    .to_owned(),
            );
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl Service<HttpRequest<Full<Bytes>>> for Upstream {
    type Response = Response<Timed>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Timed>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: HttpRequest<Full<Bytes>>) -> Self::Future {
        let routed = request.extensions_mut().remove::<Base>();
        let base = routed.as_ref().unwrap_or(&self.base).0.as_ref();
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let scheme = base.scheme_str().unwrap_or("http");
        let authority = base.authority().map_or("", |one| one.as_str());
        let url = format!(
            "{scheme}://{authority}{}{path}",
            base.path().trim_end_matches('/')
        );
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
                Ok(Ok(answer)) => Ok(answer.map(|body| Timed::new(body, timeout))),
                Ok(Err(error)) => Err(Failure::of(&error)),
                Err(_) => Err(Failure::TimedOut),
            }
        })
    }
}

/// Body that ends with an error after a pause that is too long.
pub(super) struct Timed {
    body: Incoming,
    timeout: Duration,
    /// Armed while the body is awaited.
    pause: Pin<Box<Sleep>>,
    waits: bool,
}

impl Timed {
    fn new(body: Incoming, timeout: Duration) -> Timed {
        Timed {
            body,
            timeout,
            pause: Box::pin(tokio::time::sleep(timeout)),
            waits: false,
        }
    }
}

/// Error of an answer that was cut off.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer of the upstream was cut off")
    }
}

impl Error for Cut {}

impl Body for Timed {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.waits = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| Cut)));
        }
        if !self.waits {
            self.waits = true;
            let end = Instant::now() + self.timeout;
            self.pause.as_mut().reset(end);
        }
        match self.pause.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(Cut))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
