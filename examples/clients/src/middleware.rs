//! Any reqwest client, by reqwest-middleware.

use std::task::{Context, Poll};

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};
use tokenfit::call::{CallLayer, NoAnswer};
use tokio::sync::{mpsc, oneshot};
use tower_layer::Layer;
use tower_service::Service;

/// Middleware that turns requests to endpoints of models into calls; others pass through.
pub struct Guard {
    layer: CallLayer,
}

impl Guard {
    pub fn new(layer: CallLayer) -> Guard {
        let classify = |error: &Error| match error {
            Error::Reqwest(error) if error.is_connect() => NoAnswer::NotConnected,
            Error::Reqwest(error) if error.is_timeout() => NoAnswer::TimedOut,
            _ => NoAnswer::Cut,
        };
        Guard {
            layer: layer.classify(classify),
        }
    }
}

#[async_trait::async_trait]
impl Middleware for Guard {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        // The rest of the chain is borrowed, and a service owns what it sends with. So the service
        // asks for its sends here.
        let (sender, mut sends) = mpsc::channel(1);
        let mut service = self.layer.layer(Rest(sender));
        let mut call = service.call(request.try_into()?);
        loop {
            tokio::select! {
                answer = &mut call => return Ok(answer?.map(reqwest::Body::wrap).into()),
                Some((request, reply)) = sends.recv() => {
                    let _ = reply.send(next.clone().run(request, extensions).await);
                }
            }
        }
    }
}

/// A request, and where its answer goes.
type Send = (Request, oneshot::Sender<Result<Response, Error>>);

/// The rest of the chain as a service.
#[derive(Clone)]
struct Rest(mpsc::Sender<Send>);

impl Service<http::Request<reqwest::Body>> for Rest {
    type Response = http::Response<reqwest::Body>;
    type Error = Error;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + std::marker::Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<reqwest::Body>) -> Self::Future {
        let sends = self.0.clone();
        Box::pin(async move {
            let (sender, reply) = oneshot::channel();
            sends
                .send((request.try_into()?, sender))
                .await
                .map_err(Error::middleware)?;
            Ok(reply.await.map_err(Error::middleware)??.into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{CHAT, Provider, Reply};
    use reqwest_middleware::ClientBuilder;

    #[tokio::test]
    async fn requests_of_any_reqwest_client_are_guarded() -> crate::Result<()> {
        let provider = Provider::start(vec![Reply::overloaded(), Reply::json(200, CHAT)]);
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(Guard::new(crate::layer()))
            .build();
        // A call without its result: the provider would refuse it.
        let broken = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "In stock?"}, {"role": "assistant", "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "stock", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]}"#;
        let answer = client
            .post(format!("{}/v1/chat/completions", provider.url))
            .header("authorization", "Bearer sk-test")
            .body(broken)
            .send()
            .await?;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-tokenfit-edits"], "1");
        assert_eq!(answer.text().await?, CHAT);
        let sent = provider.bodies();
        assert_eq!(sent.len(), 2, "sent again after the overload");
        assert!(tokenfit::check(&sent[1]).is_ok());

        // Other requests pass through.
        let answer = client
            .get(format!("{}/v1/models", provider.url))
            .send()
            .await?;
        assert!(!answer.headers().contains_key("x-tokenfit-sends"));
        Ok(())
    }

    #[tokio::test]
    async fn an_upstream_that_is_gone_is_the_client_s_own_error() {
        let caller = tokenfit::call::Caller::new().limit_sends(1);
        let models = tokenfit::Models::builtin();
        let layer = CallLayer::new(caller, &models, tokio::time::sleep)
            .observe(|call| assert_eq!(call.sends(), 1));
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(Guard::new(layer))
            .build();
        let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
        let gone = client
            .post("http://127.0.0.1:9/v1/chat/completions")
            .body(body)
            .send()
            .await;
        assert!(matches!(gone, Err(Error::Reqwest(error)) if error.is_connect()));
    }
}
