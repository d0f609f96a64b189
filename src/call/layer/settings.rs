//! The layer and its settings.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use crate::call::answer::NoAnswer;
use crate::call::caller::Caller;
use crate::call::machine::Call;
use crate::call::target::Target;
use crate::model::{Host, Models};
use crate::request::Request;

pub(super) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Chain = dyn Fn(Target, &Parts, &Request<'_>) -> Vec<Target> + Send + Sync;
type Route = dyn Fn(&Target, &mut Parts) + Send + Sync;
type Observe = dyn Fn(&Call) + Send + Sync;
type Classify = dyn Fn(&dyn Any) -> Option<NoAnswer> + Send + Sync;
type LongWork = dyn Fn(&mut dyn FnMut()) + Send + Sync;

/// Layer that turns requests into [`Call`]s: checked, repaired, fitted, retried.
///
/// | setting | default |
/// |---|---|
/// | [`chain`](CallLayer::chain) | the model that the request or its URL names |
/// | [`route`](CallLayer::route) | every target at the URL of the request |
/// | [`classify`](CallLayer::classify) | a failed send may have reached the host |
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
    pub(super) shared: Arc<Shared>,
}

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) caller: Caller,
    pub(super) models: Models,
    pub(super) host: Option<Host>,
    pub(super) sleep: Arc<dyn Fn(Duration) -> Boxed<()> + Send + Sync>,
    pub(super) chain: Option<Arc<Chain>>,
    pub(super) route: Option<Arc<Route>>,
    pub(super) observe: Option<Arc<Observe>>,
    pub(super) classify: Option<Arc<Classify>>,
    pub(super) long_work: Option<Arc<LongWork>>,
    pub(super) max_body: usize,
}

impl CallLayer {
    /// Creates a layer. `sleep` is the timer of the runtime.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller}, model::Host};
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
                classify: None,
                long_work: None,
                max_body: 32 << 20,
            }),
        }
    }

    /// Sets the chain of targets of a request. The function receives the target that the request
    /// names. An empty chain passes the request through.
    ///
    /// A target of another format is skipped, because it has another URL and other headers, unless
    /// [`Target::in_format`] names that format: then the request and its answer are translated, the
    /// path is the vendor's, and [`route`](CallLayer::route) sets the headers.
    ///
    /// ```
    /// use tokenfit::call::{CallLayer, Caller, Target};
    /// use tokenfit::Models;
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    ///
    /// let models = Models::builtin();
    /// let second = Target::new(&models.get("gpt-4.1")?);
    /// let layer = CallLayer::new(Caller::new(), &models, sleep)
    ///     .chain(move |named, _, _| vec![named, second.clone()]);
    /// # let _ = layer;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn chain(
        self,
        chain: impl Fn(Target, &Parts, &Request<'_>) -> Vec<Target> + Send + Sync + 'static,
    ) -> CallLayer {
        self.with(|shared| shared.chain = Some(Arc::new(chain)))
    }

    /// Sets the host that answers; by default that of the URL, else that of the model's name or
    /// vendor.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller}, model::Host};
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
    /// # use tokenfit::{Models, call::{CallLayer, Caller}, model::Host};
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

    /// Sets what is done with every call that is over: log its tries, keep its receipts. A call
    /// whose client went away is [cancelled](crate::call::GiveUpReason::Cancelled).
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

    /// Sets how an error of the inner service is understood: whether the request may have reached
    /// the host. Without it, and for errors of a type other than `E`, an [`io::Error`] or a boxed
    /// error is understood by [`NoAnswer::of_error`], and any other one as [`NoAnswer::Cut`].
    ///
    /// ```
    /// use tokenfit::call::{CallLayer, Caller, NoAnswer};
    /// use tokenfit::Models;
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// # struct ClientError { is_connect: bool }
    /// # impl ClientError { fn is_connect(&self) -> bool { self.is_connect } }
    ///
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep)
    ///     .classify(|error: &ClientError| match error.is_connect() {
    ///         true => NoAnswer::NotConnected,
    ///         false => NoAnswer::Cut,
    ///     });
    /// # let _ = layer;
    /// ```
    ///
    /// [`io::Error`]: std::io::Error
    #[must_use]
    pub fn classify<E: 'static>(
        self,
        classify: impl Fn(&E) -> NoAnswer + Send + Sync + 'static,
    ) -> CallLayer {
        let of_any = move |error: &dyn Any| error.downcast_ref::<E>().map(&classify);
        self.with(|shared| shared.classify = Some(Arc::new(of_any)))
    }

    /// Sets where long work runs: counting and fitting a request above 64 KiB, and waiting for the
    /// server of a shared rate budget. In place by default. With tokio's scheduler of several
    /// threads, `block_in_place` keeps other tasks running meanwhile.
    ///
    /// ```
    /// use tokenfit::call::{CallLayer, Caller};
    /// use tokenfit::Models;
    /// # fn sleep(_: std::time::Duration) -> std::future::Ready<()> { std::future::ready(()) }
    /// # mod tokio { pub mod task { pub fn block_in_place(work: impl FnOnce()) { work() } } }
    ///
    /// let layer = CallLayer::new(Caller::new(), &Models::builtin(), sleep)
    ///     .run_long_work(|work| tokio::task::block_in_place(work));
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn run_long_work(
        self,
        run: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static,
    ) -> CallLayer {
        self.with(|shared| shared.long_work = Some(Arc::new(run)))
    }

    /// Sets the maximum size of a request or a whole answer in bytes.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{CallLayer, Caller}, model::Host};
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

impl fmt::Debug for CallLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLayer")
            .field("caller", &self.shared.caller)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Runs work, where the caller wants long work to run.
    pub(super) fn work<T>(&self, is_long: bool, work: impl FnOnce() -> T) -> T {
        let Some(run) = self.long_work.as_ref().filter(|_| is_long) else {
            return work();
        };
        let (mut work, mut result) = (Some(work), None);
        run(&mut || {
            if let Some(work) = work.take() {
                result = Some(work());
            }
        });
        let here = || work.take().map(|work| work());
        result
            .or_else(here)
            .expect("work that did not run is still here")
    }

    /// Returns how far a send got that failed with an error of the inner service.
    pub(super) fn reached<E: 'static>(&self, error: &E) -> NoAnswer {
        let error: &dyn Any = error;
        if let Some(told) = self.classify.as_ref().and_then(|classify| classify(error)) {
            return told;
        }
        match error.downcast_ref::<Box<dyn StdError + Send + Sync>>() {
            Some(error) => NoAnswer::of_error(&**error),
            None => error
                .downcast_ref::<std::io::Error>()
                .map_or(NoAnswer::Cut, |error| NoAnswer::of_error(error)),
        }
    }
}
