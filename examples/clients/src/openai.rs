//! async-openai through its middleware hook.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use tokenfit::call::{CallLayer, CallService, NoAnswer};
use tower_layer::Layer;
use tower_service::Service;

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Returns a client whose requests are calls of the layer.
pub fn client(config: OpenAIConfig, layer: CallLayer) -> Client<OpenAIConfig> {
    let layer = layer.classify(|error: &reqwest::Error| match error {
        _ if error.is_connect() => NoAnswer::NotConnected,
        _ if error.is_timeout() => NoAnswer::TimedOut,
        _ => NoAnswer::Cut,
    });
    let guard = Guard(layer.layer(Transport(reqwest::Client::new())));
    Client::with_config(config).with_http_service(guard)
}

/// reqwest as a service of `http` types.
#[derive(Clone)]
struct Transport(reqwest::Client);

impl Service<http::Request<reqwest::Body>> for Transport {
    type Response = http::Response<reqwest::Body>;
    type Error = reqwest::Error;
    type Future = Answer<Self::Response, reqwest::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), reqwest::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<reqwest::Body>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { Ok(client.execute(request.try_into()?).await?.into()) })
    }
}

/// The layer as a service of async-openai.
#[derive(Clone)]
struct Guard(CallService<Transport>);

impl Service<HttpRequestFactory> for Guard {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = Answer<reqwest::Response, OpenAIError>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        self.0.poll_ready(cx).map_err(OpenAIError::Reqwest)
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let mut service = self.0.clone();
        Box::pin(async move {
            let request = request.build().await?.try_into()?;
            let response = service.call(request).await?;
            Ok(response.map(reqwest::Body::wrap).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Provider, Reply};
    use crate::types;
    use futures::StreamExt;

    fn test_client(provider: &Provider) -> Client<OpenAIConfig> {
        let config = OpenAIConfig::new()
            .with_api_key("sk-test")
            .with_api_base(format!("{}/v1", provider.url));
        client(config, crate::layer())
    }

    #[tokio::test]
    async fn an_overflow_is_answered_with_a_smaller_request() -> crate::Result<()> {
        let overflow = r#"{"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 200 tokens. However, your messages resulted in 400 tokens."}}"#;
        let provider = Provider::start(vec![
            Reply::json(400, overflow),
            Reply::json(200, crate::provider::CHAT),
        ]);
        let answer = test_client(&provider)
            .chat()
            .create(types::conversation()?)
            .await?;
        assert_eq!(
            answer.choices[0].message.content.as_deref(),
            Some("Bed 1 is dry.")
        );
        let sent = provider.bodies();
        assert_eq!(sent.len(), 2);
        assert!(sent[1].len() < sent[0].len() && tokenfit::check(&sent[1]).is_ok());
        Ok(())
    }

    #[tokio::test]
    async fn a_stream_passes_and_an_overload_before_it_is_healed() -> crate::Result<()> {
        let provider = Provider::start(vec![
            Reply::overloaded(),
            Reply::events(crate::provider::EVENTS),
        ]);
        let mut request = types::conversation()?;
        request.stream = Some(true);
        let mut stream = test_client(&provider).chat().create_stream(request).await?;
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            text.extend(
                chunk?
                    .choices
                    .into_iter()
                    .filter_map(|choice| choice.delta.content),
            );
        }
        assert_eq!(text, "Bed 1 is dry.");
        assert_eq!(provider.bodies().len(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_sent_is_an_api_error() -> crate::Result<()> {
        let provider = Provider::start(vec![Reply::json(200, crate::provider::CHAT)]);
        let mut request = types::conversation()?;
        request.temperature = Some(9.0);
        match test_client(&provider).chat().create(request).await {
            Err(OpenAIError::ApiError(error)) => {
                assert!(format!("{error:?}").contains("temperature"), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
        assert!(provider.bodies().is_empty());
        Ok(())
    }
}
