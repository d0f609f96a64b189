//! The service: one call for each request.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue,
};
use http::{Method, Request as HttpRequest, Response, StatusCode, Uri};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::body::{CallBody, Unread, bytes_of, frame, read};
use super::running::{Running, now};
use super::settings::{Boxed, CallLayer, Shared};
use crate::call::answer::NoAnswer;
use crate::call::client::ClientAnswer;
use crate::call::machine::{Call, Step};
use crate::call::stream::Flow;
use crate::call::target::Target;
use crate::model::Host;
use crate::provider::{Address, usual_path};
use crate::request::{Format, Request};

/// Number of edits in the body that was sent.
const EDITS: HeaderName = HeaderName::from_static("x-tokenfit-edits");

/// Number of sends.
const SENDS: HeaderName = HeaderName::from_static("x-tokenfit-sends");

/// Tells the official clients not to retry on top.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Size of a request in bytes above which its work is long: counting takes above a millisecond.
const LONG: usize = 64 << 10;

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// Service of a [`CallLayer`].
#[derive(Clone)]
pub struct CallService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S: fmt::Debug> fmt::Debug for CallService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<HttpRequest<B>> for CallService<S>
where
    S: Service<HttpRequest<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
    B::Error: Send,
    R: Body + Send + 'static,
    R::Data: Send,
    R::Error: Send,
{
    type Response = Response<CallBody<R>>;
    type Error = S::Error;
    type Future = Boxed<Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        // The service that was ready is used; its clone takes its place.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.run(inner, request).await })
    }
}

/// Last answer of a host, for a call that is given up.
enum Last<E> {
    Nothing,
    Answer(http::response::Parts, Bytes),
    Failed(E),
}

/// Consequence of a send.
enum Sent<R> {
    /// The call goes on.
    Again(Running),
    /// The answer is being passed on.
    Streams(Response<CallBody<R>>),
}

impl Shared {
    async fn run<S, B, R>(
        self: Arc<Self>,
        mut inner: S,
        request: HttpRequest<B>,
    ) -> Result<Response<CallBody<R>>, S::Error>
    where
        S: Service<HttpRequest<B>, Response = Response<R>>,
        S::Error: 'static,
        B: Body + From<Bytes>,
        R: Body,
    {
        let url = request.uri().to_string();
        let address = Address::of_url(&url).filter(|address| !address.counts);
        let Some(address) = address.filter(|_| request.method() == Method::POST) else {
            return pass(&mut inner, request).await;
        };
        let (parts, body) = request.into_parts();
        let body = match read(body, self.max_body).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => {
                let message = format!("the request is larger than {} bytes", self.max_body);
                return Ok(unsent(ClientAnswer::error(address.format, 413, &message)));
            }
            Err(Unread::Broke) => {
                let message = "the request was cut off";
                return Ok(unsent(ClientAnswer::error(address.format, 400, message)));
            }
        };
        // A compressed body is not read.
        if parts.headers.contains_key(CONTENT_ENCODING) {
            return pass(&mut inner, HttpRequest::from_parts(parts, B::from(body))).await;
        }
        let named = address.model.as_deref();
        let is_large = body.len() > LONG;
        let read = self.work(is_large, || {
            self.caller.read(&self.models, address.format, named, &body)
        });
        let read = match read {
            Ok(read) => read,
            Err(answer) => return Ok(unsent(answer)),
        };
        let target = self.target(&url, &address, &read.0);
        let mut chain = match &self.chain {
            Some(chain) => chain(target, &parts, &read.0),
            None => vec![target],
        };
        // Another format has another URL and other headers: it must be asked for.
        chain.retain(|target| target.has_format() || target.format_for(&read.0) == address.format);
        if chain.is_empty() {
            return pass(&mut inner, HttpRequest::from_parts(parts, B::from(body))).await;
        }
        let is_long = is_large || chain.iter().any(Target::waits_for_server);
        let call = self.caller.call_read(&chain, read);
        let mut running = Running::new(call, &self, is_long);
        let mut last = Last::Nothing;
        loop {
            match running.step(|call| call.next(now())) {
                Step::Send {
                    body,
                    target,
                    format,
                    ..
                } => {
                    let body = Bytes::copy_from_slice(body);
                    let mut parts = parts.clone();
                    // A compressed answer could not be read.
                    parts.headers.remove(ACCEPT_ENCODING);
                    if parts.headers.contains_key(CONTENT_LENGTH) {
                        let length = HeaderValue::from(body.len());
                        parts.headers.insert(CONTENT_LENGTH, length);
                    }
                    if format != address.format {
                        other_path(&mut parts, format, &chain[target]);
                    } else if target > 0 && address.model.is_some() {
                        name_in_url(&mut parts, &chain[target]);
                    }
                    if let Some(route) = &self.route {
                        route(&chain[target], &mut parts);
                    }
                    let request = HttpRequest::from_parts(parts, B::from(body));
                    match self.send(&mut inner, request, running, &mut last).await {
                        Sent::Again(after) => running = after,
                        Sent::Streams(response) => return Ok(response),
                    }
                }
                Step::Wait { wait_ms, .. } => {
                    (self.sleep)(Duration::from_millis(wait_ms)).await;
                }
                step => {
                    let done = matches!(step, Step::Done);
                    return end(&running.call, last, done);
                }
            }
        }
    }

    fn target(&self, url: &str, address: &Address<'_>, request: &Request<'_>) -> Target {
        let target = match &address.model {
            Some(model) => Target::of_name(&self.models, model),
            None => Target::of_request(&self.models, request),
        };
        // Whoever answers at this URL takes this format.
        let target = target.in_format(address.format);
        match self.host.or_else(|| Host::of_url(url)) {
            Some(host) if host != target.host() => target.at_host(host),
            _ => target,
        }
    }

    async fn send<S, B, R>(
        &self,
        inner: &mut S,
        request: HttpRequest<B>,
        mut running: Running,
        last: &mut Last<S::Error>,
    ) -> Sent<R>
    where
        S: Service<HttpRequest<B>, Response = Response<R>>,
        S::Error: 'static,
        R: Body,
    {
        let response = match pass_on(inner, request).await {
            Ok(response) => response,
            Err(error) => {
                let why = self.reached(&error);
                running.step(|call| call.not_answered(now(), why));
                *last = Last::Failed(error);
                return Sent::Again(running);
            }
        };
        let (parts, body) = response.into_parts();
        if parts.status.is_success() && is_stream(&parts.headers) {
            return stream(parts, body, running, last).await;
        }
        match read(body, self.max_body).await {
            Ok(body) => {
                let (status, headers) = (parts.status.as_u16(), pairs(&parts.headers));
                running.step(|call| call.answered(now(), status, headers, &body));
                *last = Last::Answer(parts, body);
            }
            Err(_) => {
                running.step(|call| call.not_answered(now(), NoAnswer::Cut));
                *last = Last::Nothing;
            }
        }
        Sent::Again(running)
    }
}

/// Replaces the model that the URL names.
fn name_in_url(parts: &mut http::request::Parts, target: &Target) {
    let url = parts.uri.to_string();
    let named = target
        .model()
        .and_then(|model| Address::with_model(&url, model.name()));
    if let Some(uri) = named.and_then(|url| url.parse().ok()) {
        parts.uri = uri;
    }
}

/// Sets the path of the endpoint for another format, at its vendor; a route may set another.
fn other_path(parts: &mut http::request::Parts, format: Format, target: &Target) {
    let name = target.model().map_or(target.name(), |model| model.id());
    let Some(path) = usual_path(format, name) else {
        return;
    };
    let mut uri = parts.uri.clone().into_parts();
    uri.path_and_query = path.parse().ok();
    if let Ok(uri) = Uri::from_parts(uri) {
        parts.uri = uri;
    }
}

/// Holds a stream back until its first output.
async fn stream<R: Body, E>(
    parts: http::response::Parts,
    body: R,
    mut running: Running,
    last: &mut Last<E>,
) -> Sent<R> {
    let (status, headers) = (parts.status.as_u16(), pairs(&parts.headers));
    running.step(|call| call.started(now(), status, headers));
    let mut body = Box::pin(body);
    let mut held = VecDeque::new();
    loop {
        match frame(body.as_mut()).await {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                let data = bytes_of(data);
                match running.step(|call| call.chunk(now(), &data)) {
                    Flow::Hold => held.push_back(data),
                    Flow::Stop => {
                        *last = Last::Nothing;
                        return Sent::Again(running);
                    }
                    Flow::Show => {
                        held.push_back(data);
                        let mut response = Response::from_parts(parts, ());
                        marks(response.headers_mut(), &running.call);
                        let body = CallBody::stream(held, body, running);
                        return Sent::Streams(response.map(|()| body));
                    }
                }
            }
            end => {
                running.step(|call| call.ended(now(), end.is_none()));
                let all = held.iter().fold(BytesMut::new(), |mut all, data| {
                    all.extend_from_slice(data);
                    all
                });
                *last = Last::Answer(parts, all.freeze());
                return Sent::Again(running);
            }
        }
    }
}

/// Ends a call with a whole answer: the host's last one, or one in its words.
fn end<R: Body, E>(call: &Call, last: Last<E>, done: bool) -> Result<Response<CallBody<R>>, E> {
    let mut response = match last {
        Last::Answer(parts, body) => {
            let mut response = in_own_format(call, parts, body, done);
            if !done {
                // All retries are done.
                let no = HeaderValue::from_static("false");
                response.headers_mut().insert(SHOULD_RETRY, no);
            }
            response
        }
        Last::Failed(error) => return Err(error),
        Last::Nothing => written(call.client_answer()),
    };
    marks(response.headers_mut(), call);
    Ok(response)
}

/// Returns an answer in the format of the original request.
fn in_own_format<R>(
    call: &Call,
    mut parts: http::response::Parts,
    body: Bytes,
    done: bool,
) -> Response<CallBody<R>> {
    let own = match done {
        true => call.own_answer(&body).map_err(|error| {
            let format = call.request().format();
            ClientAnswer::error(format, 502, &error.to_string())
        }),
        false => match call.foreign_error(parts.status.as_u16(), &body) {
            Some(answer) => Err(answer),
            None => Ok(Cow::Borrowed(&*body)),
        },
    };
    match own {
        Ok(Cow::Borrowed(_)) => Response::from_parts(parts, CallBody::whole(body)),
        Ok(Cow::Owned(own)) => {
            if parts.headers.contains_key(CONTENT_LENGTH) {
                let length = HeaderValue::from(own.len());
                parts.headers.insert(CONTENT_LENGTH, length);
            }
            Response::from_parts(parts, CallBody::whole(Bytes::from(own)))
        }
        Err(answer) => written(answer),
    }
}

async fn pass_on<S: Service<Q>, Q>(inner: &mut S, request: Q) -> Result<S::Response, S::Error> {
    std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
    inner.call(request).await
}

/// Sends what is not a call.
async fn pass<S, B, R>(
    inner: &mut S,
    request: HttpRequest<B>,
) -> Result<Response<CallBody<R>>, S::Error>
where
    S: Service<HttpRequest<B>, Response = Response<R>>,
{
    Ok(pass_on(inner, request).await?.map(CallBody::passed))
}

fn written<R>(answer: ClientAnswer) -> Response<CallBody<R>> {
    let mut response = Response::new(CallBody::whole(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    if answer.is_final {
        let no = HeaderValue::from_static("false");
        response.headers_mut().insert(SHOULD_RETRY, no);
    }
    response
}

/// Answers a request that is not readable, so that there is no call.
fn unsent<R>(answer: ClientAnswer) -> Response<CallBody<R>> {
    let mut response = written(answer);
    response.headers_mut().insert(SENDS, HeaderValue::from(0));
    response
}

/// Notes what was done in the headers of the answer.
fn marks(headers: &mut HeaderMap, call: &Call) {
    let edits: usize = call.receipts().iter().map(|one| one.edits.len()).sum();
    headers.insert(SENDS, HeaderValue::from(call.sends()));
    headers.insert(EDITS, HeaderValue::from(edits));
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        [
            "text/event-stream",
            "application/x-ndjson",
            "application/vnd.amazon.eventstream",
        ]
        .iter()
        .any(|stream| kind.starts_with(stream))
    })
}
