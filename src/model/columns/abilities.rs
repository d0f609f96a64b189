//! What a model can do, column by column.

use super::words::{Set, Word};
use super::{Column, Json, Refused, refused};

words! {
    /// An endpoint of a vendor's own API.
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
    /// When a model reasons.
    pub enum Reasoning {
        /// Never.
        None = "none",
        /// When the request asks for it.
        OnRequest = "on_request",
        /// Unless the request turns it off.
        DefaultOn = "default_on",
        /// On every request.
        Always = "always",
    }
}

words! {
    /// How hard a model is asked to reason.
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
        /// The most a model has.
        Max = "max",
    }
}

words! {
    /// A value of `thinking.type` at Anthropic.
    pub enum ThinkingType {
        /// With a budget of tokens.
        Enabled = "enabled",
        /// As the model sees fit.
        Adaptive = "adaptive",
        /// Off.
        Disabled = "disabled",
    }
}

words! {
    /// Whether a function call of the current turn must come back with the signature of its thought.
    pub enum ThoughtSignatures {
        /// It may be left out.
        Optional = "optional",
        /// The request is refused without it.
        Required = "required",
    }
}

words! {
    /// What a model takes of a sampling parameter.
    pub enum Takes {
        /// Any value of the parameter's range.
        Any = "any",
        /// Nothing: the parameter is refused.
        No = "no",
        /// The default value only.
        OnlyDefault = "only_default",
        /// Nothing while the request makes the model reason.
        NotWhileReasoning = "not_while_reasoning",
        /// The default value only while the request makes the model reason.
        OnlyDefaultWhileReasoning = "only_default_while_reasoning",
        /// `temperature` or `top_p`, not both.
        OneOfTemperatureAndTopP = "one_of_temperature_and_top_p",
        /// Ignored by some hosts and refused by others.
        IgnoredOrRefused = "ignored_or_refused",
        /// Sources say nothing, or contradict each other.
        Unknown = "unknown",
    }
}

words! {
    /// The field that limits the answer on the vendor's own API.
    pub enum OutputLimitField {
        /// `max_tokens`.
        MaxTokens = "max_tokens",
        /// `max_completion_tokens`.
        MaxCompletionTokens = "max_completion_tokens",
        /// Either of the two.
        Both = "both",
        /// `generationConfig.maxOutputTokens`.
        MaxOutputTokens = "maxOutputTokens",
        /// No source says.
        Unknown = "unknown",
    }
}

words! {
    /// What a model does with the parameter for parallel tool calls.
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
        /// It can.
        Yes = "yes",
        /// It cannot.
        No = "no",
        /// It cannot while the request makes the model reason.
        NotWhileReasoning = "not_while_reasoning",
    }
}

words! {
    /// Whether functions can be offered beside tools that the provider runs (a search, maps).
    pub enum BuiltInTools {
        /// They cannot.
        No = "no",
        /// They can, with the request's flag for calls that the server makes itself.
        WithFlag = "with_flag",
    }
}

words! {
    /// Where instructions of the application go.
    pub enum SystemRole {
        /// Messages of the role `developer`; `system` is read as that.
        Developer = "developer",
        /// Messages of the role `system` or `developer`.
        Both = "both",
        /// Nowhere: the model takes none.
        None = "none",
        /// A field beside the messages.
        TopLevel = "top_level",
    }
}

words! {
    /// An edit of the history that the provider itself makes.
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
    /// How long a prompt cache keeps a prefix.
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
    /// What a provider does when input and asked-for output together are over the window.
    pub enum OverWindow {
        /// It refuses the request.
        Refuses = "refuses",
        /// It refuses an input over its limit; the output is not added.
        RefusesInputOnly = "refuses_input_only",
        /// It shortens the answer.
        Shortens = "shortens",
    }
}

words! {
    /// A field of Bedrock's Converse that not every model supports.
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
    /// A behaviour of few models that no other column has.
    pub enum Quirk {
        /// The 404 of the chat endpoint calls it "not a chat model".
        Chat404SaysNotAChatModel = "chat_404_says_not_a_chat_model",
        /// The refusal of tools while reasoning names the Responses API as the only way out.
        ToolsErrorNamesResponsesOnly = "tools_error_names_responses_only",
        /// The Responses API refuses `top_p: 1` as well.
        ResponsesRefuseTopPOf1 = "responses_refuse_top_p_of_1",
        /// The server does not compare the ids of calls and results.
        CallIdsNotChecked = "call_ids_not_checked",
        /// `reasoning_content` of earlier answers must come back.
        ReasoningContentHasToComeBack = "reasoning_content_has_to_come_back",
        /// It was not seen to refuse an effort, although it does not reason by its documents.
        EffortRefusalNotSeen = "effort_refusal_not_seen",
        /// A history that begins with a call is refused.
        CallsFollowUserTurn = "calls_follow_user_turn",
        /// A thinking budget of 0 is refused.
        BudgetZeroRefused = "budget_zero_refused",
        /// Schemas have two formats of strings.
        TwoStringFormats = "two_string_formats",
        /// GIF images were reported as refused.
        GifMayBeRefused = "gif_may_be_refused",
        /// A request needs audio in its input or its output.
        AudioNeeded = "audio_needed",
        /// Ids of calls have nine letters and digits.
        CallIdsOfNine = "call_ids_of_nine",
        /// Ids of calls were seen to have any form.
        CallIdsOfAnyForm = "call_ids_of_any_form",
        /// It thinks only in a streamed answer.
        ThinkingOnlyStreamed = "thinking_only_streamed",
        /// Its chat template takes instructions as the first message only.
        InstructionsOnlyFirst = "instructions_only_first",
        /// The server was seen to accept an image of another type than the request names.
        ImageTypesNotChecked = "image_types_not_checked",
        /// Sources contradict each other on whether thinking can be turned off.
        ThinkingOffDisputed = "thinking_off_disputed",
    }
}

columns! {
    /// What a model takes of the sampling parameters, by parameter. `None` is "no source says".
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
    /// The range of a thinking budget, in tokens.
    pub struct ThinkingBudget {
        /// The smallest budget.
        min: u32,
        /// The largest budget.
        max: u32,
    }
}

columns! {
    /// What can be said about the prompt cache in a request.
    pub struct PromptCache {
        /// Prefixes are marked in the request.
        explicit_breakpoints: bool,
        /// The maximum number of marks.
        most_breakpoints: u32,
        /// How long a prefix can be kept.
        ttls: Set<Ttl>,
        /// The answer says why a prefix was not served.
        diagnostics: bool,
    }
}

columns! {
    /// What a model supports on Bedrock's Converse.
    pub struct ConverseTraits {
        /// The first message may be the assistant's.
        first_assistant: bool,
        /// Messages of user and assistant have to alternate.
        roles_alternate: bool,
        /// A call can be forced with `toolChoice`.
        forced_tool_choice: bool,
        /// Supports `cachePoint`.
        cache_points: bool,
        /// Supports the signature of reasoning.
        signatures: bool,
        /// A message with tool results may have other blocks.
        content_beside_results: bool,
        /// Fields that it does not support.
        without: Set<ConverseField>,
    }
}

columns! {
    /// What a model can do, as far as sources say. `None` is "no source says", an empty set is "none".
    ///
    /// The columns are those of the vendor's own API; hosts of open weights differ.
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
        /// Where the vendor serves it.
        endpoints: Set<Endpoint>,
        /// Served by the vendor's Batch API.
        batch: bool,
        /// When it reasons.
        reasoning: Reasoning,
        /// Reasoning can be turned off.
        reasoning_off: bool,
        /// Reasoning can be turned off at these efforts only.
        reasoning_off_efforts: Set<Effort>,
        /// Efforts it takes on Chat Completions, or at its only endpoint.
        efforts: Set<Effort>,
        /// Efforts it takes on Responses.
        efforts_responses: Set<Effort>,
        /// The effort of a request that names none.
        default_effort: Effort,
        /// The API's refusals of efforts were measured on this model's family.
        efforts_measured: bool,
        /// Values of `thinking.type` that it takes.
        thinking_types: Set<ThinkingType>,
        /// The range of its thinking budget.
        thinking_budget: ThinkingBudget,
        /// A thinking block is refused when what precedes it was changed.
        thinking_bound_to_prefix: bool,
        /// Whether signatures of thoughts must come back.
        thought_signatures: ThoughtSignatures,
        /// What it takes of the sampling parameters.
        sampling: Sampling,
        /// The field that limits its answer.
        max_tokens_field: OutputLimitField,
        /// Takes functions on Chat Completions while it reasons.
        tools_with_reasoning_chat: bool,
        /// Answers with several calls at once.
        parallel_tool_calls: bool,
        /// What it does with the parameter for parallel calls.
        parallel_tool_calls_param: ParallelParam,
        /// Whether a call can be forced.
        forced_tool_choice: ForcedToolChoice,
        /// Whether functions can be offered beside the provider's own tools.
        built_in_tools_with_functions: BuiltInTools,
        /// Keeps to a JSON schema natively (structured outputs).
        json_schema: bool,
        /// Keeps to a JSON schema in a request with tools.
        json_schema_with_tools: bool,
        /// The last message may be the assistant's, to be continued.
        prefill: bool,
        /// Where instructions go.
        system_role: SystemRole,
        /// Instructions may stand between other messages.
        mid_conversation_system: bool,
        /// Edits of the history that the provider makes.
        context_edits: Set<ContextEdit>,
        /// What can be said about the prompt cache.
        prompt_cache: PromptCache,
        /// Takes `web_search_options` on Chat Completions.
        web_search_options: bool,
        /// Takes PDF files.
        pdf_input: bool,
        /// What happens to a request over the window.
        over_window: OverWindow,
        /// Supports `speed: fast`.
        fast_mode: bool,
        /// Supports a budget of tokens for a task (`output_config.task_budget`).
        task_budget: bool,
        /// What it supports on Bedrock's Converse.
        converse: ConverseTraits,
        /// Behaviours that no other column has.
        quirks: Set<Quirk>,
    }
}

impl Abilities {
    /// What it takes of one sampling parameter.
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

    /// Whether it has a behaviour that no other column has.
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

    /// Whether the vendor serves it at an endpoint; `None` where no endpoint is known.
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
