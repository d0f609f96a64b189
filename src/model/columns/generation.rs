//! Column for the counting constants of a model.

use super::words::Word;
use super::{Column, Json, Refused, refused};

words! {
    /// Generation of counting constants within a [`BillingFamily`](super::super::BillingFamily):
    /// models of one family that were measured separately.
    pub enum CountingGeneration {
        /// `gpt-4` and `gpt-3.5-turbo` of 2023: tools and calls in that year's form.
        OpenAiGpt4 = "openai-gpt-4",
        /// `gpt-4.1`, whose chat requests gateways forward to the Responses API.
        OpenAiGpt41 = "openai-gpt-4.1",
        /// OpenAI's audio models: tools and calls in the form of 2023.
        OpenAiAudio = "openai-audio",
        /// `gpt-4o` from August 2024 on.
        OpenAiGpt4o202408 = "openai-gpt-4o-2024-08",
        /// OpenAI's newest models: header of a stored call on Responses.
        ResponsesStoredHeaderNewest = "responses-stored-header-newest",
        /// Claude 1 and 2.
        Claude2 = "claude-2",
        /// Claude 3 Opus.
        Claude3Opus = "claude-3-opus",
        /// Claude 3 Sonnet.
        Claude3Sonnet = "claude-3-sonnet",
        /// Claude 3 Haiku.
        Claude3Haiku = "claude-3-haiku",
        /// Claude 3.5 Haiku.
        Claude35Haiku = "claude-3-5-haiku",
        /// Claude 3.5 Sonnet.
        Claude35Sonnet = "claude-3-5-sonnet",
        /// Claude 3.7 Sonnet.
        Claude37 = "claude-3-7",
        /// Claude 4.0 and 4.1.
        ClaudeOld = "claude-old",
        /// Claude Opus 4.5 and Sonnet 4.5.
        Claude45 = "claude-4-5",
        /// Claude Haiku 4.5.
        ClaudeHaiku45 = "claude-haiku-4-5",
        /// Claude 4.6.
        Claude46 = "claude-4-6",
        /// Claude Opus 4.7.
        Claude47 = "claude-4-7",
        /// Claude Opus 4.8.
        Claude48 = "claude-4-8",
        /// Claude Sonnet 5.
        ClaudeSonnet5 = "claude-sonnet-5",
        /// Claude Opus 5.
        ClaudeOpus5 = "claude-opus-5",
        /// Later Claude models.
        ClaudeNew = "claude-new",
        /// Gemini 1 and 2.0: text only.
        GeminiPlain = "gemini-plain",
        /// Gemini 2.5: definitions and calls as text.
        GeminiRendered25 = "gemini-rendered-2.5",
        /// Gemini 3 and later.
        GeminiRendered3 = "gemini-rendered-3",
        /// Google's aliases `-latest`, which moved from 2.5 to 3.
        GeminiLatest = "gemini-latest",
        /// Gemma: open weights, with a template of their own.
        Gemma = "gemma",
        /// Perplexity's Sonar.
        Sonar = "sonar",
        /// Llama 4.
        Llama4 = "llama-4",
        /// Xiaomi's MiMo.
        Mimo = "mimo",
        /// MiMo 2.5.
        Mimo25 = "mimo-2.5",
        /// MiMo 2.5 pro.
        Mimo25Pro = "mimo-2.5-pro",
        /// Systems that search before they answer, such as Groq's Compound.
        Searching = "searching",
        /// Nova 1.
        Nova1 = "nova-1",
        /// Nova 2.
        Nova2 = "nova-2",
        /// Mistral small since 2026, Magistral small.
        MistralSmall = "mistral-small",
        /// Mistral's models with version 11 of its format: small 2506, Devstral.
        MistralV11 = "mistral-v11",
        /// Mistral's models with version 7 of its format: Voxtral small.
        MistralV7 = "mistral-v7",
        /// `deepseek-chat`, which is V4 without thinking since April 2026.
        DeepSeekChat = "deepseek-chat",
        /// `deepseek-reasoner`, which is V4 with thinking since April 2026.
        DeepSeekReasoner = "deepseek-reasoner",
        /// `deepseek-v4-pro`, whose build of August 2026 omits reasoning that is sent back.
        DeepSeekV4Pro = "deepseek-v4-pro",
        /// Kimi K2.5 and later.
        KimiK25 = "kimi-k2.5",
        /// GLM 4.5.
        Glm45 = "glm-4.5",
        /// GLM 4.6.
        Glm46 = "glm-4.6",
        /// DeepSeek R1 distilled into Llama or Qwen.
        DeepSeekDistill = "deepseek-distill",
        /// GLM 5.2 and 5.3, with a line about the effort.
        Glm52 = "glm-5.2",
        /// Qwen 2 and 2.5.
        Qwen25 = "qwen-2.5",
        /// Qwen 3 coder.
        Qwen3Coder = "qwen-3-coder",
        /// Qwen 3.8 max, with instructions of the host.
        Qwen38Max = "qwen-3.8-max",
        /// Llama 3.0, without the block of dates.
        Llama30 = "llama-3.0",
        /// Llama 3.2.
        Llama32 = "llama-3.2",
        /// Grok models without their own rule.
        Grok = "grok",
        /// `grok-4`.
        Grok4 = "grok-4",
        /// `grok-4-fast` and its successors.
        Grok4Fast = "grok-4-fast",
        /// `grok-code-*`.
        GrokCode = "grok-code",
    }
}
