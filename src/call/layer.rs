//! Calls as a `tower` layer around any HTTP service with JSON bodies (feature `tower`).
//!
//! [`CallLayer`] sits between a client and its transport: each request to an endpoint that this
//! crate knows becomes a [`Call`]. Other requests pass through. The layer reads the system's clock
//! and draws its jitter from the standard library's random keys; the caller provides the sleep of
//! its runtime.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, Bytes, BytesMut};
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue,
};
use http::request::Parts;
use http::{Method, Request as HttpRequest, Response, StatusCode};
use http_body::{Body, Frame};
use tower_layer::Layer;
use tower_service::Service;

use super::answer::NoAnswer;
use super::caller::Caller;
use super::client::ClientAnswer;
use super::machine::{Call, Step};
use super::moment::Moment;
use super::stream::Flow;
use super::target::Target;
use crate::model::{Host, Models};
use crate::provider::Address;
use crate::request::Request;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Chain = dyn Fn(&Parts, &Request<'_>) -> Vec<Target> + Send + Sync;
type Route = dyn Fn(&Target, &mut Parts) + Send + Sync;
type Observe = dyn Fn(&Call) + Send + Sync;

/// Number of edits in the body that was sent.
const EDITS: HeaderName = HeaderName::from_static("x-tokenfit-edits");

/// Number of sends.
const SENDS: HeaderName = HeaderName::from_static("x-tokenfit-sends");

/// Tells the official clients not to retry on top.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Layer that turns requests into [`Call`]s: checked, repaired, fitted, retried.
///
/// | setting | default |
/// |---|---|
/// | [`chain`](CallLayer::chain) | the model that the request or its URL names |
/// | [`route`](CallLayer::route) | every target at the URL of the request |
/// | [`limit_body`](CallLayer::limit_body) | 32 MiB; a larger request is answered with 413 |
///
/// # Examples
///
/// ```
/// use tokenfit::call::{CallLayer, Caller};
/// use tokenfit::{Models, check::RepairPolicy, fit::Preset};
/// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
///
/// let caller = Caller::new().repair(RepairPolicy::default()).fit(Preset::Agent);
/// // `tokio::time::sleep`, or that of another runtime.
/// let layer = CallLayer::new(caller, &Models::builtin(), sleep)
///     .observe(|call| println!("{} sends, {} ms of waits", call.sends(), call.waited_ms()));
/// # let _ = layer;
/// ```
#[derive(Clone)]
pub struct CallLayer {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    caller: Caller,
    models: Models,
    host: Option<Host>,
    sleep: Arc<dyn Fn(Duration) -> Boxed<()> + Send + Sync>,
    chain: Option<Arc<Chain>>,
    route: Option<Arc<Route>>,
    observe: Option<Arc<Observe>>,
    max_body: usize,
}

impl CallLayer {
    /// Creates a layer. `sleep` is the timer of the runtime.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// // `tokio::time::sleep`, or that of another runtime.
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep);
    /// assert!(format!("{layer:?}").starts_with("CallLayer"));
    /// ```
    pub fn new<F>(
        caller: Caller,
        models: &Models,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> CallLayer
    where
        F: Future<Output = ()> + Send + 'static,
    {
        CallLayer {
            shared: Arc::new(Shared {
                caller,
                models: models.clone(),
                host: None,
                sleep: Arc::new(move |time| Box::pin(sleep(time))),
                chain: None,
                route: None,
                observe: None,
                max_body: 32 << 20,
            }),
        }
    }

    /// Sets the chain of targets of a request. An empty one passes the request through.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// let models = Models::builtin();
    /// let second = models.get("gpt-4.1")?;
    /// let layer = CallLayer::new(Caller::new(), &models, sleep)
    ///     .chain(move |_, request| vec![Target::of_request(&models, request), Target::new(&second)]);
    /// # let _ = layer;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn chain(
        self,
        chain: impl Fn(&Parts, &Request<'_>) -> Vec<Target> + Send + Sync + 'static,
    ) -> CallLayer {
        self.with(|shared| shared.chain = Some(Arc::new(chain)))
    }

    /// Sets the host that answers; by default that of the URL, else that of the model's name or
    /// vendor.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep).host(Some(Host::Azure));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn host(self, host: Option<Host>) -> CallLayer {
        self.with(|shared| shared.host = host)
    }

    /// Sets what changes in a request for a target: URL, key.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep).route(|target, parts| {
    ///     if target.host() == Host::Azure {
    ///         parts.uri = "https://example.com/openai/v1/chat/completions".parse().expect("it is a URL");
    ///     }
    /// });
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn route(self, route: impl Fn(&Target, &mut Parts) + Send + Sync + 'static) -> CallLayer {
        self.with(|shared| shared.route = Some(Arc::new(route)))
    }

    /// Sets what is done with every call that is over: log its tries, keep its receipts.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep).observe(|call| {
    ///     for one in call.tries() {
    ///         println!("{} {:?}", one.name, one.status);
    ///     }
    /// });
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn observe(self, observe: impl Fn(&Call) + Send + Sync + 'static) -> CallLayer {
        self.with(|shared| shared.observe = Some(Arc::new(observe)))
    }

    /// Sets the maximum size of a request or a whole answer in bytes.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller, Target}, model::Host};
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep).limit_body(8 << 20);    // 8 MiB
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn limit_body(self, bytes: usize) -> CallLayer {
        self.with(|shared| shared.max_body = bytes)
    }

    fn with(self, change: impl FnOnce(&mut Shared)) -> CallLayer {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        CallLayer {
            shared: Arc::new(shared),
        }
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

impl fmt::Debug for CallLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLayer")
            .field("caller", &self.shared.caller)
            .finish_non_exhaustive()
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
    S::Error: Send,
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
    Again(Box<Call>),
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
                return Ok(written(ClientAnswer::error(address.format, 413, &message)));
            }
            Err(Unread::Broke) => {
                let message = "the request was cut off";
                return Ok(written(ClientAnswer::error(address.format, 400, message)));
            }
        };
        // A compressed body is not read.
        if parts.headers.contains_key(CONTENT_ENCODING) {
            return pass(&mut inner, HttpRequest::from_parts(parts, B::from(body))).await;
        }
        let named = address.model.as_deref();
        let read = match self.caller.read(&self.models, address.format, named, &body) {
            Ok(read) => read,
            Err(answer) => return Ok(written(answer)),
        };
        let chain = match &self.chain {
            Some(chain) => chain(&parts, &read.0),
            None => vec![self.target(&url, &address, &read.0)],
        };
        if chain.is_empty() {
            return pass(&mut inner, HttpRequest::from_parts(parts, B::from(body))).await;
        }
        let mut call = Box::new(self.caller.call_read(&chain, read));
        let mut last = Last::Nothing;
        loop {
            match call.next(now()) {
                Step::Send { body, target, .. } => {
                    let body = Bytes::copy_from_slice(body);
                    let mut parts = parts.clone();
                    // A compressed answer could not be read.
                    parts.headers.remove(ACCEPT_ENCODING);
                    if parts.headers.contains_key(CONTENT_LENGTH) {
                        let length = HeaderValue::from(body.len());
                        parts.headers.insert(CONTENT_LENGTH, length);
                    }
                    if let Some(route) = &self.route {
                        route(&chain[target], &mut parts);
                    }
                    let request = HttpRequest::from_parts(parts, B::from(body));
                    match self.send(&mut inner, request, call, &mut last).await {
                        Sent::Again(after) => call = after,
                        Sent::Streams(response) => return Ok(response),
                    }
                }
                Step::Wait { wait_ms, .. } => {
                    (self.sleep)(Duration::from_millis(wait_ms)).await;
                }
                step => {
                    let done = matches!(step, Step::Done);
                    return self.end(&call, last, done);
                }
            }
        }
    }

    fn target(&self, url: &str, address: &Address<'_>, request: &Request<'_>) -> Target {
        let target = match &address.model {
            Some(model) => Target::of_name(&self.models, model),
            None => Target::of_request(&self.models, request),
        };
        match self.host.or_else(|| Host::of_url(url)) {
            Some(host) if host != target.host() => target.at_host(host),
            _ => target,
        }
    }

    async fn send<S, B, R>(
        &self,
        inner: &mut S,
        request: HttpRequest<B>,
        mut call: Box<Call>,
        last: &mut Last<S::Error>,
    ) -> Sent<R>
    where
        S: Service<HttpRequest<B>, Response = Response<R>>,
        R: Body,
    {
        let response = match pass_on(inner, request).await {
            Ok(response) => response,
            Err(error) => {
                // Nothing says how far it got.
                call.not_answered(now(), NoAnswer::Cut);
                *last = Last::Failed(error);
                return Sent::Again(call);
            }
        };
        let (parts, body) = response.into_parts();
        if parts.status.is_success() && is_stream(&parts.headers) {
            return self.stream(parts, body, call, last).await;
        }
        match read(body, self.max_body).await {
            Ok(body) => {
                let headers = pairs(&parts.headers);
                call.answered(now(), parts.status.as_u16(), headers, &body);
                *last = Last::Answer(parts, body);
            }
            Err(_) => {
                call.not_answered(now(), NoAnswer::Cut);
                *last = Last::Nothing;
            }
        }
        Sent::Again(call)
    }

    /// Holds a stream back until its first output.
    async fn stream<R: Body, E>(
        &self,
        parts: http::response::Parts,
        body: R,
        mut call: Box<Call>,
        last: &mut Last<E>,
    ) -> Sent<R> {
        call.started(now(), parts.status.as_u16(), pairs(&parts.headers));
        let mut body = Box::pin(body);
        let mut held = VecDeque::new();
        loop {
            match frame(body.as_mut()).await {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    let data = bytes_of(data);
                    match call.chunk(now(), &data) {
                        Flow::Hold => held.push_back(data),
                        Flow::Stop => {
                            *last = Last::Nothing;
                            return Sent::Again(call);
                        }
                        Flow::Show => {
                            held.push_back(data);
                            let mut response = Response::from_parts(parts, ());
                            marks(response.headers_mut(), &call);
                            return Sent::Streams(response.map(|()| CallBody {
                                held,
                                rest: Some(body),
                                call: Some(call),
                                observe: self.observe.clone(),
                            }));
                        }
                    }
                }
                end => {
                    call.ended(now(), end.is_none());
                    let all = held.iter().fold(BytesMut::new(), |mut all, data| {
                        all.extend_from_slice(data);
                        all
                    });
                    *last = Last::Answer(parts, all.freeze());
                    return Sent::Again(call);
                }
            }
        }
    }

    /// Ends a call with a whole answer: the host's last one, or one in its words.
    fn end<R: Body, E>(
        &self,
        call: &Call,
        last: Last<E>,
        done: bool,
    ) -> Result<Response<CallBody<R>>, E> {
        if let Some(observe) = &self.observe {
            observe(call);
        }
        let mut response = match last {
            Last::Answer(parts, body) => {
                let mut response = Response::from_parts(parts, CallBody::whole(body));
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
}

/// Body of an answer: whole, or a stream that reports its events to the call.
pub struct CallBody<R> {
    held: VecDeque<Bytes>,
    rest: Option<Pin<Box<R>>>,
    call: Option<Box<Call>>,
    observe: Option<Arc<Observe>>,
}

impl<R> CallBody<R> {
    fn whole(body: Bytes) -> CallBody<R> {
        CallBody {
            held: [body].into_iter().filter(|body| !body.is_empty()).collect(),
            rest: None,
            call: None,
            observe: None,
        }
    }

    fn over(&mut self, clean: Option<bool>) {
        if let Some(mut call) = self.call.take() {
            match clean {
                Some(clean) => call.ended(now(), clean),
                None => call.cancel(now()),
            }
            // Nothing is sent after a part was shown.
            let _ = call.next(now());
            if let Some(observe) = &self.observe {
                observe(&call);
            }
        }
    }
}

/// The client closed the connection.
impl<R> Drop for CallBody<R> {
    fn drop(&mut self) {
        self.over(None);
    }
}

impl<R> fmt::Debug for CallBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallBody")
            .field("streams", &self.rest.is_some())
            .finish_non_exhaustive()
    }
}

impl<R: Body> Body for CallBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        if let Some(data) = self.held.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        match ready!(rest.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => {
                let frame = match frame.into_data() {
                    Ok(data) => {
                        let data = bytes_of(data);
                        if let Some(call) = &mut self.call {
                            call.chunk(now(), &data);
                        }
                        Frame::data(data)
                    }
                    Err(frame) => match frame.into_trailers() {
                        Ok(trailers) => Frame::trailers(trailers),
                        Err(_) => Frame::data(Bytes::new()),
                    },
                };
                Poll::Ready(Some(Ok(frame)))
            }
            end => {
                self.over(Some(end.is_none()));
                self.rest = None;
                Poll::Ready(end.map(|error| error.map(|_| Frame::data(Bytes::new()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.rest.is_none()
    }
}

/// Reason why a body was not read.
enum Unread {
    TooLarge,
    Broke,
}

async fn read<B: Body>(body: B, max: usize) -> Result<Bytes, Unread> {
    let mut body = Box::pin(body);
    let mut all = BytesMut::new();
    while let Some(frame) = frame(body.as_mut()).await {
        if let Ok(data) = frame.map_err(|_| Unread::Broke)?.into_data() {
            let data = bytes_of(data);
            if all.len() + data.len() > max {
                return Err(Unread::TooLarge);
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

async fn frame<B: Body>(mut body: Pin<&mut B>) -> Option<Result<Frame<B::Data>, B::Error>> {
    std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await
}

fn bytes_of(mut data: impl Buf) -> Bytes {
    data.copy_to_bytes(data.remaining())
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
    let response = pass_on(inner, request).await?;
    Ok(response.map(|body| CallBody {
        held: VecDeque::new(),
        rest: Some(Box::pin(body)),
        call: None,
        observe: None,
    }))
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

/// Returns the system's time, and a random number from the standard library's random keys.
fn now() -> Moment {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let random = RandomState::new().hash_one(now_ms) >> 11;
    Moment::new(now_ms, random as f64 / (1u64 << 53) as f64)
}
