//! Columns for the abilities of a model.

use super::words::{Set, Word};
use super::{Column, Json, Refused, refused};

words! {
    /// Endpoint of a vendor's own API.
    pub enum Endpoint {
        /// OpenAI's Chat Completions, and other vendors' copies of it.
        Chat = "chat",
        /// OpenAI's Responses.
        Responses = "responses",
        /// Legacy text completions.
        Completions = "completions",
        /// Embeddings.
        Embeddings = "embeddings",
        /// Anthropic's Messages.
        Messages = "messages",
        /// Google's generateContent.
        GenerateContent = "generateContent",
    }
}

words! {
    /// Condition under which a model reasons.
    pub enum Reasoning {
        /// Never.
        None = "none",
        /// When the request enables it.
        OnRequest = "on_request",
        /// Unless the request disables it.
        DefaultOn = "default_on",
        /// On every request.
        Always = "always",
    }
}

words! {
    /// Reasoning effort.
    pub enum Effort {
        /// No reasoning.
        None = "none",
        /// Minimal.
        Minimal = "minimal",
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Above high.
        Xhigh = "xhigh",
        /// The model's maximum.
        Max = "max",
    }
}

words! {
    /// Value of `thinking.type` at Anthropic.
    pub enum ThinkingType {
        /// With a token budget.
        Enabled = "enabled",
        /// Adaptive: the model decides.
        Adaptive = "adaptive",
        /// Off.
        Disabled = "disabled",
    }
}

words! {
    /// Whether a function call of the current turn must be returned with the signature of its
    /// thought.
    pub enum ThoughtSignatures {
        /// The signature may be omitted.
        Optional = "optional",
        /// A request without the signature is refused.
        Required = "required",
    }
}

words! {
    /// Values of a sampling parameter that a model accepts.
    pub enum Takes {
        /// Any value in the parameter's range.
        Any = "any",
        /// None: the parameter is refused.
        No = "no",
        /// Only the default value.
        OnlyDefault = "only_default",
        /// None while the request makes the model reason.
        NotWhileReasoning = "not_while_reasoning",
        /// Only the default value while the request makes the model reason.
        OnlyDefaultWhileReasoning = "only_default_while_reasoning",
        /// `temperature` or `top_p`, but not both.
        OneOfTemperatureAndTopP = "one_of_temperature_and_top_p",
        /// Ignored by some hosts and refused by others.
        IgnoredOrRefused = "ignored_or_refused",
        /// Sources are silent or contradict each other.
        Unknown = "unknown",
    }
}

words! {
    /// Field that limits the output on the vendor's own API.
    pub enum OutputLimitField {
        /// `max_tokens`.
        MaxTokens = "max_tokens",
        /// `max_completion_tokens`.
        MaxCompletionTokens = "max_completion_tokens",
        /// Either of the two.
        Both = "both",
        /// `generationConfig.maxOutputTokens`.
        MaxOutputTokens = "maxOutputTokens",
        /// No source states it.
        Unknown = "unknown",
    }
}

words! {
    /// Treatment of the parameter for parallel tool calls.
    pub enum ParallelParam {
        /// `parallel_tool_calls` is refused.
        Refused = "refused",
        /// The parameter is `tool_choice.disable_parallel_tool_use`.
        DisableParallelToolUse = "disable_parallel_tool_use",
    }
}

words! {
    /// Whether a request can force a tool call (`required`, `any`, or a tool by name).
    pub enum ForcedToolChoice {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// Only while the request does not make the model reason.
        NotWhileReasoning = "not_while_reasoning",
    }
}

words! {
    /// Whether functions can be combined with tools that the provider runs (a search, maps).
    pub enum BuiltInTools {
        /// No.
        No = "no",
        /// Yes, with the request's flag for server-side calls.
        WithFlag = "with_flag",
    }
}

words! {
    /// Place of the application's instructions in a request.
    pub enum SystemRole {
        /// In messages of the role `developer`; `system` is treated the same.
        Developer = "developer",
        /// In messages of the role `system` or `developer`.
        Both = "both",
        /// Nowhere: the model accepts none.
        None = "none",
        /// In a field outside of the messages.
        TopLevel = "top_level",
    }
}

words! {
    /// History edit that the provider itself makes.
    pub enum ContextEdit {
        /// OpenAI's compaction.
        OpenAiCompaction = "openai_compaction",
        /// Anthropic's clearing of tool results.
        ClearToolUses = "clear_tool_uses_20250919",
        /// Anthropic's clearing of thinking.
        ClearThinking = "clear_thinking_20251015",
        /// Anthropic's compaction, beta version.
        CompactBeta = "compact_20260112",
        /// Anthropic's compaction.
        Compaction = "compaction",
    }
}

words! {
    /// Lifetime of a prefix in the prompt cache.
    pub enum Ttl {
        /// Five minutes.
        FiveMinutes = "5m",
        /// Thirty minutes.
        ThirtyMinutes = "30m",
        /// One hour.
        OneHour = "1h",
        /// Twelve hours.
        TwelveHours = "12h",
    }
}

words! {
    /// Treatment of a request whose input and requested output together exceed the window.
    pub enum OverWindow {
        /// Refuses the request.
        Refuses = "refuses",
        /// Refuses an input over its limit, without adding the output.
        RefusesInputOnly = "refuses_input_only",
        /// Shortens the answer.
        Shortens = "shortens",
    }
}

words! {
    /// Field of Bedrock's Converse that some models do not support.
    pub enum ConverseField {
        /// `inferenceConfig.temperature`.
        Temperature = "temperature",
        /// `inferenceConfig.topP`.
        TopP = "top_p",
        /// `inferenceConfig.stopSequences`.
        StopSequences = "stop_sequences",
        /// `system`.
        System = "system",
    }
}

words! {
    /// Behavior of few models that no other column describes.
    pub enum Quirk {
        /// The 404 of the chat endpoint calls it "not a chat model".
        Chat404SaysNotAChatModel = "chat_404_says_not_a_chat_model",
        /// The refusal of tools while reasoning names the Responses API as the only alternative.
        ToolsErrorNamesResponsesOnly = "tools_error_names_responses_only",
        /// The Responses API also refuses `top_p: 1`.
        ResponsesRefuseTopPOf1 = "responses_refuse_top_p_of_1",
        /// The server does not compare the ids of calls and results.
        CallIdsNotChecked = "call_ids_not_checked",
        /// `reasoning_content` of earlier answers must be returned.
        ReasoningContentHasToComeBack = "reasoning_content_has_to_come_back",
        /// No refusal of an effort was seen, although its documents say that it does not reason.
        EffortRefusalNotSeen = "effort_refusal_not_seen",
        /// A history that begins with a call is refused.
        CallsFollowUserTurn = "calls_follow_user_turn",
        /// A thinking budget of 0 is refused.
        BudgetZeroRefused = "budget_zero_refused",
        /// Schemas support two string formats.
        TwoStringFormats = "two_string_formats",
        /// GIF images were reported as refused.
        GifMayBeRefused = "gif_may_be_refused",
        /// A request needs audio in its input or its output.
        AudioNeeded = "audio_needed",
        /// Ids of calls consist of nine letters and digits.
        CallIdsOfNine = "call_ids_of_nine",
        /// Ids of calls of any form were seen.
        CallIdsOfAnyForm = "call_ids_of_any_form",
        /// The model thinks only in a streamed answer.
        ThinkingOnlyStreamed = "thinking_only_streamed",
        /// The model was seen to think in an answer that is not streamed.
        ThinkingUnstreamed = "thinking_unstreamed",
        /// The chat template accepts instructions only as the first message.
        InstructionsOnlyFirst = "instructions_only_first",
        /// The server was seen to accept an image of another type than the request names.
        ImageTypesNotChecked = "image_types_not_checked",
        /// A beta header doubles the maximum output.
        LongerOutputByHeader = "longer_output_by_header",
        /// Sources contradict each other on whether thinking can be turned off.
        ThinkingOffDisputed = "thinking_off_disputed",
    }
}

columns! {
    /// Accepted values of the sampling parameters. `None` means that no source states it.
    pub struct Sampling {
        /// `temperature`.
        temperature: Takes,
        /// `top_p`.
        top_p: Takes,
        /// `top_k`.
        top_k: Takes,
        /// `presence_penalty` and `frequency_penalty`.
        penalties: Takes,
        /// `logprobs` and `top_logprobs`.
        logprobs: Takes,
        /// `logit_bias`.
        logit_bias: Takes,
        /// `stop`.
        stop: Takes,
        /// `prediction`.
        prediction: Takes,
    }
}

columns! {
    /// Range of a thinking budget, in tokens.
    pub struct ThinkingBudget {
        /// Minimum budget.
        min: u32,
        /// Maximum budget.
        max: u32,
    }
}

columns! {
    /// Controls of the prompt cache in a request.
    pub struct PromptCache {
        /// Whether prefixes are marked in the request.
        explicit_breakpoints: bool,
        /// Maximum number of marks.
        most_breakpoints: u32,
        /// Possible lifetimes of a prefix.
        ttls: Set<Ttl>,
        /// Whether the answer states why a prefix was not served.
        diagnostics: bool,
    }
}

columns! {
    /// Support of a model on Bedrock's Converse.
    pub struct ConverseTraits {
        /// Whether the first message may be the assistant's.
        first_assistant: bool,
        /// Whether messages of user and assistant must alternate.
        roles_alternate: bool,
        /// Whether a call can be forced with `toolChoice`.
        forced_tool_choice: bool,
        /// Whether the model supports `cachePoint`.
        cache_points: bool,
        /// Whether the model supports the signature of reasoning.
        signatures: bool,
        /// Whether a message with tool results may contain other blocks.
        content_beside_results: bool,
        /// Fields it does not support.
        without: Set<ConverseField>,
    }
}

columns! {
    /// Abilities of a model, as stated by the sources. `None` means that no source states it; an
    /// empty set means none.
    ///
    /// The columns describe the vendor's own API; hosts of open weights differ.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    /// use tokenfit::model::{ForcedToolChoice, Reasoning, Takes};
    ///
    /// let model = Models::builtin().get("claude-opus-5-5")?;
    /// let abilities = model.abilities();
    /// assert_eq!(abilities.reasoning, Some(Reasoning::Always));
    /// assert_eq!(abilities.prefill, Some(false));
    /// assert_eq!(abilities.forced_tool_choice, Some(ForcedToolChoice::No));
    /// assert_eq!(abilities.takes(|sampling| sampling.temperature), Some(Takes::No));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub struct Abilities {
        /// Endpoints at which the vendor serves it.
        endpoints: Set<Endpoint>,
        /// Whether the vendor's Batch API serves it.
        batch: bool,
        /// Condition under which it reasons.
        reasoning: Reasoning,
        /// Whether reasoning can be disabled.
        reasoning_off: bool,
        /// Efforts at which reasoning can be disabled, if only at some.
        reasoning_off_efforts: Set<Effort>,
        /// Efforts accepted on Chat Completions, or at its only endpoint.
        efforts: Set<Effort>,
        /// Efforts accepted on Responses.
        efforts_responses: Set<Effort>,
        /// Effort of a request that sets none.
        default_effort: Effort,
        /// Whether the API's refusals of efforts were measured on this model's family.
        efforts_measured: bool,
        /// Accepted values of `thinking.type`.
        thinking_types: Set<ThinkingType>,
        /// Range of its thinking budget.
        thinking_budget: ThinkingBudget,
        /// Whether a thinking block is refused after a change to anything before it.
        thinking_bound_to_prefix: bool,
        /// Whether signatures of thoughts must be returned.
        thought_signatures: ThoughtSignatures,
        /// Accepted values of the sampling parameters.
        sampling: Sampling,
        /// Field that limits its output.
        max_tokens_field: OutputLimitField,
        /// Whether the model accepts functions on Chat Completions while it reasons.
        tools_with_reasoning_chat: bool,
        /// Whether the model can return several calls at once.
        parallel_tool_calls: bool,
        /// Treatment of the parameter for parallel calls.
        parallel_tool_calls_param: ParallelParam,
        /// Whether a call can be forced.
        forced_tool_choice: ForcedToolChoice,
        /// Whether functions can be combined with the provider's own tools.
        built_in_tools_with_functions: BuiltInTools,
        /// Whether the model follows a JSON schema natively (structured outputs).
        json_schema: bool,
        /// Whether the model follows a JSON schema in a request with tools.
        json_schema_with_tools: bool,
        /// Whether the last message may be the assistant's, to be continued.
        prefill: bool,
        /// Place of instructions in a request.
        system_role: SystemRole,
        /// Whether instructions may appear between other messages.
        mid_conversation_system: bool,
        /// History edits that the provider makes.
        context_edits: Set<ContextEdit>,
        /// Controls of the prompt cache.
        prompt_cache: PromptCache,
        /// Whether the model accepts `web_search_options` on Chat Completions.
        web_search_options: bool,
        /// Whether the model accepts PDF files.
        pdf_input: bool,
        /// Treatment of a request that exceeds the window.
        over_window: OverWindow,
        /// Whether the model supports `speed: fast`.
        fast_mode: bool,
        /// Whether the model supports a token budget per task (`output_config.task_budget`).
        task_budget: bool,
        /// Support on Bedrock's Converse.
        converse: ConverseTraits,
        /// Behaviors that no other column describes.
        quirks: Set<Quirk>,
    }
}

impl Abilities {
    /// Returns the accepted values of one sampling parameter.
    ///
    /// ```
    /// use tokenfit::model::Takes;
    ///
    /// let model = tokenfit::Models::builtin().get("o3")?;
    /// assert_eq!(model.abilities().takes(|sampling| sampling.top_p), Some(Takes::OnlyDefault));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn takes(&self, parameter: impl Fn(&Sampling) -> Option<Takes>) -> Option<Takes> {
        self.sampling.as_ref().and_then(parameter)
    }

    /// Returns whether it has a behavior that no other column describes.
    ///
    /// ```
    /// use tokenfit::model::Quirk;
    ///
    /// let model = tokenfit::Models::builtin().get("claude-3-haiku-20240307")?;
    /// assert!(model.abilities().has(Quirk::CallIdsNotChecked));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.is_some_and(|quirks| quirks.contains(quirk))
    }

    /// Returns whether the vendor serves it at an endpoint; `None` if no endpoint is known.
    ///
    /// ```
    /// use tokenfit::model::Endpoint;
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-5-pro")?;
    /// assert_eq!(model.abilities().served_at(Endpoint::Chat), Some(false));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn served_at(&self, endpoint: Endpoint) -> Option<bool> {
        self.endpoints.map(|endpoints| endpoints.contains(endpoint))
    }
}
