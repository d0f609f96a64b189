//! [`Usage`]: the billed tokens and calls of one answer, or of a loop of answers.

mod json;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::class::{Classes, Side};
use super::{Class, ServedTier};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$row:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$row])* $variant,)*
        }

        impl $name {
            /// All values, in a stable order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Returns the stable word for the value.
            ///
            /// ```
            /// use tokenfit::reply::usage::{Call, Flag};
            ///
            /// assert_eq!((Call::WebSearch.as_str(), Flag::NoUsage.as_str()), ("web_search", "no_usage"));
            /// ```
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    /// Call of a hosted tool, or another unit billed per piece in addition to tokens.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::usage::Call::WebSearch.as_str(), "web_search");
    /// ```
    Call {
        /// A web search by the provider.
        WebSearch "web_search",
        /// A page fetch by the provider.
        WebFetch "web_fetch",
        /// A code execution by the provider.
        CodeExecution "code_execution",
        /// A search on X.
        XSearch "x_search",
        /// A file search.
        FileSearch "file_search",
        /// A search in a document collection.
        DocumentSearch "document_search",
        /// A code interpreter call.
        CodeInterpreter "code_interpreter",
        /// A generated image.
        ImageGeneration "image_generation",
        /// A call to an MCP server by the provider.
        Mcp "mcp",
        /// A unit of search or reranking (Cohere).
        SearchUnit "search_unit",
        /// A query of a research run (Perplexity).
        SearchQuery "search_query",
        /// The request itself, if the host bills it.
        Request "request",
        /// A started second of audio.
        AudioSecond "audio_second",
    }
}

words! {
    /// Caution about the numbers.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::usage::Flag::NoUsage.as_str(), "no_usage");
    /// ```
    Flag {
        /// The stream was cut: counts are lower bounds.
        Incomplete "incomplete",
        /// The answer reports no usage. No numbers are invented.
        NoUsage "no_usage",
        /// More cached tokens than input tokens were reported; the cached count was lowered.
        CachedExceedsInput "cached_exceeds_input",
        /// More reasoning tokens than output tokens were reported; the reasoning count was lowered.
        ReasoningExceedsOutput "reasoning_exceeds_output",
        /// Other parts exceed their total; they were lowered.
        PartsExceedTotal "parts_exceed_total",
        /// The host did not report the input (Ollama omits it when the prompt was cached): unknown,
        /// not zero.
        InputUnknown "input_unknown",
        /// Only a total was reported; it is counted as input.
        TotalOnly "total_only",
        /// The answer includes tokens of another model whose prices are unknown: the cost excludes
        /// them.
        OtherModelUnpriced "other_model_unpriced",
        /// Calls of hosted tools are billed per piece, but the price row has no fees: the cost
        /// excludes them.
        CallsUnpriced "calls_unpriced",
        /// An event or line of the stream could not be read and was skipped.
        UnreadableEvent "unreadable_event",
    }
}

impl Call {
    /// Returns whether some provider bills the call per piece. Fetched pages and MCP calls cost
    /// only their tokens (Anthropic and xAI, 2026-11).
    ///
    /// ```
    /// use tokenfit::reply::usage::Call;
    ///
    /// assert!(Call::WebSearch.is_billed());
    /// assert!(!Call::WebFetch.is_billed());
    /// ```
    pub fn is_billed(self) -> bool {
        !matches!(self, Call::WebFetch | Call::Mcp)
    }
}

/// Cost of the answer as stated by the provider, in pico-dollars (10^-12 USD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProviderCost {
    /// Amount charged by the host that answered.
    pub charged: Option<u64>,
    /// Price at the provider used by a gateway. Charged by that provider only if
    /// [`own_key`](ProviderCost::own_key).
    pub upstream: Option<u64>,
    /// Whether a gateway used the caller's own key for the provider, so that both bill the caller.
    pub own_key: bool,
}

impl ProviderCost {
    /// Returns the total that the caller pays: the host's charge, plus the upstream price if the
    /// caller's own key was used.
    ///
    /// ```
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let body = br#"{"usage": {"prompt_tokens": 14, "completion_tokens": 164, "total_tokens": 178, "cost": 0,
    ///     "is_byok": true, "cost_details": {"upstream_inference_cost": 0.00417}}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.provider_cost().total(), Some(4_170_000_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn total(&self) -> Option<u64> {
        match (self.charged, self.upstream) {
            (charged, Some(upstream)) if self.own_key => {
                Some(charged.unwrap_or(0).saturating_add(upstream))
            }
            (charged, _) => charged,
        }
    }
}

/// Tokens used by another model within the same answer (an advisor), billed at that model's prices.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherModel {
    /// Name of the model, if stated.
    pub model: Option<Box<str>>,
    /// Tokens by class.
    pub classes: Classes,
}

impl Serialize for OtherModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("model", &self.model)?;
        map.serialize_entry("input", &self.classes.on(Side::Input))?;
        map.serialize_entry("output", &self.classes.on(Side::Output))?;
        map.end()
    }
}

/// Parts of a class that have no price of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Notes {
    pub(super) image: u64,
    pub(super) document: u64,
    pub(super) video: u64,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
}

/// Billed tokens and calls of one answer, or of a loop of answers: disjoint classes of tokens,
/// calls of hosted tools, and the current size of the context.
///
/// Created by [`Usage::parse`], by a [`UsageStream`](super::UsageStream), or as the
/// [`Usage::total`] of several answers. Holds numbers, closed vocabularies and model names; never
/// message text.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::{Call, Flag};
/// use tokenfit::reply::usage::{Class, Origin, Usage};
///
/// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443,
///     "output_tokens": 489, "output_tokens_details": {"thinking_tokens": 77}}}"#;
/// let usage = Usage::parse(body, &Origin::new())?;
/// assert_eq!(usage.tokens(Class::Uncached), 6);
/// assert_eq!(usage.tokens(Class::CacheRead), 20_443);
/// assert_eq!(usage.tokens(Class::CacheWrite5m), 574);
/// assert_eq!(usage.tokens(Class::Reasoning), 77);
/// assert_eq!(usage.billed_input(), 21_023);
/// assert_eq!(usage.billed_output(), 489);
/// assert_eq!(usage.context_tokens(), Some(21_512));
/// assert_eq!(usage.classes().get(Class::CacheRead), 20_443);
/// assert_eq!(usage.answers().len(), 1);
/// assert_eq!((usage.context_upper_bound(), usage.top_level()), (None, None));
/// assert_eq!((usage.flags().count(), usage.other_models().len()), (0, 0));
///
/// // A web search on the server, and a number of reasoning tokens that cannot be right.
/// let body = br#"{"model": "gpt-5", "usage": {"prompt_tokens": 10, "completion_tokens": 5,
///     "completion_tokens_details": {"reasoning_tokens": 9, "accepted_prediction_tokens": 0}}}"#;
/// let usage = Usage::parse(body, &Origin::new())?;
/// assert!(usage.has(Flag::ReasoningExceedsOutput));
/// assert_eq!((usage.model(), usage.calls(Call::WebSearch)), (Some("gpt-5"), 0));
/// assert_eq!((usage.accepted_prediction_tokens(), usage.rejected_prediction_tokens()), (0, 0));
/// assert_eq!((usage.image_tokens(), usage.document_tokens(), usage.video_tokens()), (0, 0, 0));
/// assert_eq!((usage.service_tier(), usage.fast_mode(), usage.us_only()), (None, false, false));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    pub(super) classes: Classes,
    pub(super) calls: [u64; Call::AudioSecond as usize + 1],
    pub(super) context: Option<u64>,
    pub(super) context_upper: Option<u64>,
    pub(super) flags: u16,
    pub(super) top_level: Option<(u64, u64)>,
    pub(super) others: Vec<OtherModel>,
    pub(super) notes: Notes,
    pub(super) cost: ProviderCost,
    pub(super) tier: Option<ServedTier>,
    pub(super) fast: bool,
    pub(super) us_only: bool,
    /// Whether this is a total of answers billed at different prices.
    pub(super) mixed: bool,
    pub(super) model: Option<Box<str>>,
    /// Classes of each answer if there are several: the answer selects the price tier, not the sum.
    pub(super) answers: Vec<Classes>,
}

impl Usage {
    /// Returns the tokens of a class.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.tokens(Class::CacheRead), 20_443);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tokens(&self, class: Class) -> u64 {
        self.classes.get(class)
    }

    /// Returns the tokens of all classes.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.classes().get(Class::CacheWrite5m), 574);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Returns the classes of each answer: one entry, or one per answer of a [`Usage::total`]. Each
    /// answer selects its own price tier.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let one = Usage::parse(br#"{"usage": {"prompt_tokens": 100, "completion_tokens": 20}}"#, &Origin::new())?;
    /// let two = Usage::parse(br#"{"usage": {"prompt_tokens": 150, "completion_tokens": 30}}"#, &Origin::new())?;
    /// let inputs: Vec<u64> = Usage::total([one, two]).answers().iter().map(|one| one.get(Class::Uncached)).collect();
    /// assert_eq!(inputs, [100, 150]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn answers(&self) -> &[Classes] {
        if self.answers.is_empty() {
            std::slice::from_ref(&self.classes)
        } else {
            &self.answers
        }
    }

    /// Returns the number of calls of a kind.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Call, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 9, "output_tokens": 4, "server_tool_use": {"web_search_requests": 2}}}"#;
    /// assert_eq!(Usage::parse(body, &Origin::new())?.calls(Call::WebSearch), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn calls(&self, call: Call) -> u64 {
        self.calls[call as usize]
    }

    /// Returns the billed input tokens: the sum of the input classes.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.billed_input(), 6 + 574 + 20_443);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn billed_input(&self) -> u64 {
        self.classes.total(Side::Input)
    }

    /// Returns the billed output tokens: the sum of the output classes.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.billed_output(), 489);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn billed_output(&self) -> u64 {
        self.classes.total(Side::Output)
    }

    /// Returns the tokens in the context after this answer: the full input of the last model step
    /// and its output.
    ///
    /// `None` if it does not follow from the numbers: usage of a tool loop on the server is a sum
    /// over its steps. Then [`Usage::context_upper_bound`] may limit it. The next request may have
    /// fewer tokens, because some providers drop the reasoning of earlier turns.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.context_tokens(), Some(21_023 + 489));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn context_tokens(&self) -> Option<u64> {
        self.context
    }

    /// Returns the maximum number of tokens in the context after this answer, if only that is
    /// known.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.context_upper_bound(), None);    // the exact number is known
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn context_upper_bound(&self) -> Option<u64> {
        self.context_upper
    }

    /// Returns whether a caution applies.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Flag, Origin, Usage};
    /// let usage = Usage::parse(br#"{"choices": []}"#, &Origin::new())?;
    /// assert!(usage.has(Flag::NoUsage));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn has(&self, flag: Flag) -> bool {
        self.flags & (1 << flag as u16) != 0
    }

    /// Iterates over the cautions that apply.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Flag, Origin, Usage};
    /// let usage = Usage::parse(br#"{"choices": []}"#, &Origin::new())?;
    /// assert!(usage.flags().any(|flag| flag == Flag::NoUsage));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn flags(&self) -> impl Iterator<Item = Flag> + '_ {
        Flag::ALL.iter().copied().filter(|&flag| self.has(flag))
    }

    /// Returns the usage of other models within the same answer. [`Usage::classes`] excludes it:
    /// price it at those models.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert!(usage.other_models().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn other_models(&self) -> &[OtherModel] {
        &self.others
    }

    /// Returns input and output as stated by the answer's own totals, if those exclude billed steps
    /// (Anthropic's compaction).
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Class, Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 6, "cache_creation_input_tokens": 574, "cache_read_input_tokens": 20443, "output_tokens": 489}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.top_level(), None);    // the totals agree with the classes
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn top_level(&self) -> Option<(u64, u64)> {
        self.top_level
    }

    /// Returns the image tokens within [`Class::Uncached`] and [`Class::CacheRead`].
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usageMetadata": {"promptTokenCount": 265, "candidatesTokenCount": 8, "totalTokenCount": 273, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}, {"modality": "IMAGE", "tokenCount": 258}]}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.image_tokens(), 258);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn image_tokens(&self) -> u64 {
        self.notes.image
    }

    /// Returns the document tokens within [`Class::Uncached`] and [`Class::CacheRead`].
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usageMetadata": {"promptTokenCount": 265, "candidatesTokenCount": 8, "totalTokenCount": 273, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}, {"modality": "IMAGE", "tokenCount": 258}]}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.document_tokens(), 0);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn document_tokens(&self) -> u64 {
        self.notes.document
    }

    /// Returns the video tokens within [`Class::Uncached`] and [`Class::CacheRead`].
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usageMetadata": {"promptTokenCount": 265, "candidatesTokenCount": 8, "totalTokenCount": 273, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}, {"modality": "IMAGE", "tokenCount": 258}]}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.video_tokens(), 0);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn video_tokens(&self) -> u64 {
        self.notes.video
    }

    /// Returns the accepted tokens of a predicted output; part of [`Class::Text`].
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usage": {"prompt_tokens": 10, "completion_tokens": 20, "completion_tokens_details": {"accepted_prediction_tokens": 12, "rejected_prediction_tokens": 3}}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.accepted_prediction_tokens(), 12);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn accepted_prediction_tokens(&self) -> u64 {
        self.notes.accepted
    }

    /// Returns the rejected tokens of a predicted output; part of [`Class::Text`], and billed.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usage": {"prompt_tokens": 10, "completion_tokens": 20, "completion_tokens_details": {"accepted_prediction_tokens": 12, "rejected_prediction_tokens": 3}}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.rejected_prediction_tokens(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn rejected_prediction_tokens(&self) -> u64 {
        self.notes.rejected
    }

    /// Returns the cost stated by the provider.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usage": {"prompt_tokens": 14, "completion_tokens": 164, "cost": 0.0025}}"#;
    /// assert_eq!(Usage::parse(body, &Origin::new())?.provider_cost().charged, Some(2_500_000_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn provider_cost(&self) -> ProviderCost {
        self.cost
    }

    /// Returns the tier that served the request, which may differ from the requested one. It
    /// selects the prices.
    ///
    /// ```
    /// use tokenfit::reply::usage::{Origin, ServedTier, Usage};
    ///
    /// let body = br#"{"service_tier": "flex", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
    /// assert_eq!(Usage::parse(body, &Origin::new())?.service_tier(), Some(ServedTier::Flex));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn service_tier(&self) -> Option<ServedTier> {
        self.tier
    }

    /// Returns whether Anthropic's fast mode served the request; it has separate prices.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 9, "output_tokens": 4, "speed": "fast"}}"#;
    /// assert!(Usage::parse(body, &Origin::new())?.fast_mode());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fast_mode(&self) -> bool {
        self.fast
    }

    /// Returns whether inference was confined to the US, which some models bill at a higher rate.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"usage": {"input_tokens": 9, "output_tokens": 4, "inference_geo": "us"}}"#;
    /// assert!(Usage::parse(body, &Origin::new())?.us_only());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn us_only(&self) -> bool {
        self.us_only
    }

    /// Returns whether this is a total of answers billed at different prices.
    pub(crate) fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// Returns the model named in the answer.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, Usage};
    /// let body = br#"{"model": "gpt-4o-2024-08-06", "usage": {"prompt_tokens": 8, "completion_tokens": 1}}"#;
    /// assert_eq!(Usage::parse(body, &Origin::new())?.model(), Some("gpt-4o-2024-08-06"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Adds up several answers, such as the turns of a tool loop run by the caller.
    ///
    /// Classes, calls and costs are sums. The context is that of the last answer. Linear in the
    /// number of answers.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let first = Usage::parse(br#"{"usage": {"prompt_tokens": 100, "completion_tokens": 20}}"#, &Origin::new())?;
    /// let second = Usage::parse(br#"{"usage": {"prompt_tokens": 150, "completion_tokens": 30}}"#, &Origin::new())?;
    /// let total = Usage::total([first, second]);
    /// assert_eq!(total.billed_input(), 250);
    /// assert_eq!(total.context_tokens(), Some(180));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn total(answers: impl IntoIterator<Item = Usage>) -> Usage {
        let mut answers = answers.into_iter();
        let Some(mut total) = answers.next() else {
            let mut none = Usage::default();
            none.flag(Flag::NoUsage);
            return none;
        };
        for next in answers {
            if total.answers.is_empty() {
                total.answers.push(total.classes);
            }
            if next.answers.is_empty() {
                total.answers.push(next.classes);
            } else {
                total.answers.extend_from_slice(&next.answers);
            }
            total.classes.add(&next.classes);
            for (mine, theirs) in total.calls.iter_mut().zip(next.calls) {
                *mine = mine.saturating_add(theirs);
            }
            total.context = next.context;
            total.context_upper = next.context_upper;
            total.flags |= next.flags;
            total.top_level = None;
            total.others.extend(next.others);
            total.notes.image = total.notes.image.saturating_add(next.notes.image);
            total.notes.document = total.notes.document.saturating_add(next.notes.document);
            total.notes.video = total.notes.video.saturating_add(next.notes.video);
            total.notes.accepted = total.notes.accepted.saturating_add(next.notes.accepted);
            total.notes.rejected = total.notes.rejected.saturating_add(next.notes.rejected);
            // If one host bills the caller itself and another passes on a bill, the sum is the
            // total charge.
            let charged = |cost: &ProviderCost| match total.cost.own_key == next.cost.own_key {
                true => cost.charged,
                false => cost.total(),
            };
            total.cost = ProviderCost {
                charged: sum(charged(&total.cost), charged(&next.cost)),
                upstream: sum(total.cost.upstream, next.cost.upstream),
                own_key: total.cost.own_key && next.cost.own_key,
            };
            total.mixed |= next.mixed
                || total.tier != next.tier
                || total.fast != next.fast
                || total.us_only != next.us_only
                || (total.model.is_some() && next.model.is_some() && total.model != next.model);
            if total.tier != next.tier {
                total.tier = None;
            }
            total.fast &= next.fast;
            total.us_only &= next.us_only;
            if total.model != next.model {
                total.model = None;
            }
        }
        total
    }

    /// Moves cache writes of unstated lifetime to the class for which a price row has a price.
    pub(crate) fn settle_writes(&mut self, class: Class) {
        for classes in std::iter::once(&mut self.classes).chain(&mut self.answers) {
            let tokens = classes.get(Class::CacheWrite);
            if tokens > 0 && class != Class::CacheWrite {
                classes.set(Class::CacheWrite, 0);
                classes.set(class, classes.get(class).saturating_add(tokens));
            }
        }
    }

    pub(super) fn flag(&mut self, flag: Flag) {
        self.flags |= 1 << flag as u16;
    }
}

/// Adds two optional numbers; known only if both are.
fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    Some(a?.saturating_add(b?))
}
