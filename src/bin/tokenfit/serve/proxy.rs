//! Guarding proxy: every request is a call, and the answer is passed on as it arrives.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request as HttpRequest;
use hyper::body::Incoming;
use tokenfit::call::{CallLayer, CallService, Caller, ClientAnswer};
use tokenfit::check::RepairPolicy;
use tokenfit::model::Host;
use tokenfit::reply::retry::RetryPolicy;
use tokenfit::{Format, Models};
use tower_layer::Layer;
use tower_service::Service;

use super::chain::Chain;
use super::routes::{Answer, BoxError, written};
use super::traffic::Traffic;
use super::upstream::{Failure, Upstream, base_url, strip};
use crate::args::ServeArgs;

/// Headers of the layer.
const SENDS: &str = "x-tokenfit-sends";
const EDITS: &str = "x-tokenfit-edits";

pub(super) struct Proxy {
    service: CallService<Upstream>,
    traffic: Arc<Traffic>,
    max_body: usize,
}

impl Proxy {
    pub(super) fn new(
        args: &ServeArgs,
        upstream: &str,
        models: &Models,
        traffic: Arc<Traffic>,
    ) -> Result<Proxy, String> {
        let base = Arc::new(base_url(upstream, "--upstream")?);
        let chain = Arc::new(Chain::new(args, &base, models)?);
        let is_https = |url: &hyper::Uri| url.scheme_str() == Some("https");
        let has_https = is_https(&base) || chain.bases().any(is_https);
        let timeout = Duration::from_secs(args.timeout);
        let service = Upstream::new(base, args.ca_file.as_deref(), timeout, has_https)?;

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
        if let Some(sends) = args.max_sends {
            caller = caller.limit_sends(sends);
        }
        let (routes, of_calls) = (Arc::clone(&chain), Arc::clone(&traffic));
        let layer = CallLayer::new(caller, models, tokio::time::sleep)
            .limit_body(args.max_body)
            .host(args.host.or_else(|| Host::of_url(upstream)))
            .chain(move |named, _, _| chain.of(named))
            .route(move |target, parts| routes.route(target, parts))
            .classify(Failure::reached)
            .run_long_work(|work| tokio::task::block_in_place(work))
            .observe(move |call| of_calls.call(call));
        Ok(Proxy {
            traffic,
            service: layer.layer(service),
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
                if response
                    .headers()
                    .get(SENDS)
                    .is_some_and(|sends| sends == "0")
                    && !response.headers().contains_key(EDITS)
                {
                    self.traffic.unreadable();
                }
                response
            }
            Err(failure) => {
                let (status, message) = failure.answer();
                let mut answer = ClientAnswer::error(format, status, message);
                // All retries are done.
                answer.is_final = true;
                written(answer)
            }
        }
    }
}
