//! tokenfit beside client crates.

#[cfg(test)]
mod async_openai_types {
    //! The request types of async-openai, into tokenfit and back.

    use async_openai::types::chat::{
        ChatCompletionRequestAssistantMessageArgs, ChatCompletionRequestMessage,
        ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
        CreateChatCompletionRequestArgs,
    };
    use tokenfit::fit::Preset;
    use tokenfit::{Budget, Models, Request};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn messages() -> Result<Vec<ChatCompletionRequestMessage>, Box<dyn std::error::Error>> {
        let mut messages: Vec<ChatCompletionRequestMessage> = Vec::new();
        for bed in 1..=20 {
            let question = format!("Is bed {bed} dry?");
            let answer = format!("Bed {bed} is dry.");
            messages.push(ChatCompletionRequestUserMessageArgs::default().content(question).build()?.into());
            messages.push(ChatCompletionRequestAssistantMessageArgs::default().content(answer).build()?.into());
        }
        let question = "Which beds are dry?";
        messages.push(ChatCompletionRequestUserMessageArgs::default().content(question).build()?.into());
        Ok(messages)
    }

    #[test]
    fn a_typed_request_is_counted_fitted_and_typed_again() -> Outcome {
        let typed = CreateChatCompletionRequestArgs::default()
            .model("gpt-4o")
            .messages(messages()?)
            .build()?;
        let request = Request::from_serialize(&typed)?;
        let model = Models::builtin().for_request(&request)?;
        assert!(model.count(&request).tokens() > 300);

        let budget = Budget::new(&model).limit_input(100);
        let fitted = Preset::TruncateToLimit.fitter(budget).fit(&request)?;
        let back: CreateChatCompletionRequest = fitted.request().to_typed()?;
        assert!(back.messages.len() < typed.messages.len());
        assert_eq!(back.model, "gpt-4o");
        Ok(())
    }
}
