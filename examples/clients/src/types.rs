//! Counts and fits a request of async-openai's types. Nothing is sent.

use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessageArgs, ChatCompletionRequestMessage,
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use tokenfit::fit::Preset;
use tokenfit::{Budget, Models, Request};

use crate::Result;

/// A conversation of 20 questions with their answers, and a last question.
pub fn conversation() -> Result<CreateChatCompletionRequest> {
    let mut messages: Vec<ChatCompletionRequestMessage> = Vec::new();
    for bed in 1..=20 {
        let question = ChatCompletionRequestUserMessageArgs::default()
            .content(format!("Is bed {bed} dry?"))
            .build()?;
        let answer = ChatCompletionRequestAssistantMessageArgs::default()
            .content(format!("Bed {bed} is dry."))
            .build()?;
        messages.extend([question.into(), answer.into()]);
    }
    let last = ChatCompletionRequestUserMessageArgs::default()
        .content("Which beds are dry?")
        .build()?;
    messages.push(last.into());
    Ok(CreateChatCompletionRequestArgs::default()
        .model("gpt-4o")
        .messages(messages)
        .build()?)
}

/// Returns the request trimmed to at most `max_tokens` tokens of input.
pub fn fit(
    typed: &CreateChatCompletionRequest,
    max_tokens: u64,
) -> Result<CreateChatCompletionRequest> {
    let request = Request::from_serialize(typed)?;
    let model = Models::builtin().for_request(&request)?;
    let budget = Budget::new(&model).limit_input(max_tokens);
    let fitted = Preset::SlidingWindow.fitter(budget).fit(&request)?;
    Ok(fitted.request().to_typed()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_request_is_trimmed() -> Result<()> {
        let typed = conversation()?;
        let fitted = fit(&typed, 100)?;
        assert_eq!(fitted.model, "gpt-4o");
        assert!(fitted.messages.len() < typed.messages.len());
        assert_eq!(fitted.messages.last(), typed.messages.last());
        let count = tokenfit::count(&serde_json::to_vec(&fitted)?)?;
        assert!(count.tokens() <= 100, "{count}");
        // A request that fits is unchanged.
        assert_eq!(fit(&typed, 100_000)?, typed);
        Ok(())
    }
}
