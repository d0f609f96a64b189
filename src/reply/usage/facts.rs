//! Numbers of an answer as reported, before any rule is applied to them.
//!
//! [`Facts`] is a flat record: one slot per field that some provider reports. A later report of the
//! same field replaces the earlier one, field by field, which is the rule of all streams
//! (Anthropic's `message_delta` and Gemini's chunks may carry only some fields). Only numbers,
//! closed vocabularies and a model name are kept.

/// Maximum plausible count: 2^53, which every JSON writer can represent.
pub(super) const MAX_COUNT: u64 = 1 << 53;

/// Counted field. Different spellings of the same statement share a slot; statements that relate to
/// the totals differently have separate slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    // OpenAI Chat Completions and hosts modeled on it.
    Prompt,
    Completion,
    Total,
    // Responses, Messages, realtime: equal names, different relations.
    Input,
    Output,
    // `*_tokens_details` of the input.
    Cached,
    CachedText,
    CachedAudio,
    CachedImage,
    WriteInside,
    InText,
    InAudio,
    InImage,
    InVideo,
    // `*_tokens_details` of the output.
    Reasoning,
    OutText,
    OutAudio,
    OutImage,
    Accepted,
    Rejected,
    // In addition to the totals.
    CachedTop,
    CachedNum,
    CacheHit,
    CacheMiss,
    ReasoningTop,
    ImageTop,
    Citation,
    // Messages.
    ReadTop,
    WriteTop,
    // Cache writes by lifetime, in any format.
    Write5m,
    Write30m,
    Write1h,
    Write12h,
    // Converse.
    CamelInput,
    CamelOutput,
    CamelTotal,
    CamelRead,
    CamelWrite,
    CamelCachedInside,
    CamelReasoning,
    // generateContent.
    PromptCount,
    CandidatesCount,
    ThoughtsCount,
    ToolPromptCount,
    CachedCount,
    TotalCount,
    // Interactions.
    SumInput,
    SumOutput,
    SumThought,
    SumCached,
    SumTool,
    // Cohere.
    BilledInput,
    BilledOutput,
    WindowInput,
    WindowOutput,
    WindowImage,
    WindowReasoning,
    // Hosts with two plain numbers (Ollama, invocation metrics, Titan, Replicate, …).
    PlainInput,
    PlainOutput,
    PlainRead,
    PlainWrite,
    // xAI.
    ContextInput,
    ContextOutput,
    ServerTools,
    // Audio billed by time, in whole seconds.
    Seconds,
    // Number of calls of hosted tools.
    WebSearch,
    WebFetch,
    CodeExecution,
    XSearch,
    FileSearch,
    DocumentSearch,
    CodeInterpreter,
    ImageGeneration,
    Mcp,
    SearchUnits,
    SearchQueries,
}

impl Field {
    const COUNT: usize = Field::SearchQueries as usize + 1;
}

/// Reported amount of money, in pico-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Money {
    /// Charge of the host.
    Cost,
    /// Charge of the host that a gateway used.
    Upstream,
    UpstreamInput,
    UpstreamOutput,
    /// Gateway's estimate.
    Estimate,
    /// Fee of the request itself.
    Request,
    /// Fee of searches.
    Searches,
    /// List price at Vercel's gateway.
    Market,
}

impl Money {
    const COUNT: usize = Money::Market as usize + 1;
}

/// Count list by modality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Prompt,
    Cache,
    Candidates,
}

/// Modality, as Gemini names or numbers it. Source: `Modality` of Google's generateContent
/// reference; the numbers are those of its protobuf enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modality {
    Text,
    Image,
    Video,
    Audio,
    Document,
}

impl Modality {
    pub(super) fn from_word(word: &str) -> Option<Modality> {
        const WORDS: &[(&str, Modality)] = &[
            ("text", Modality::Text),
            ("image", Modality::Image),
            ("video", Modality::Video),
            ("audio", Modality::Audio),
            ("document", Modality::Document),
        ];
        WORDS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))
            .map(|(_, modality)| *modality)
    }

    pub(super) fn from_number(number: u64) -> Option<Modality> {
        match number {
            1 => Some(Modality::Text),
            2 => Some(Modality::Image),
            3 => Some(Modality::Video),
            4 => Some(Modality::Audio),
            5 => Some(Modality::Document),
            _ => None,
        }
    }
}

/// Sign that affects the interpretation of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The model finished the answer (finish reason, `done`).
    Finished,
    /// The last event of a stream.
    Ended,
    /// The last chunk of a Chat Completions stream: usage and no choices.
    LastChunk,
    /// A tool ran on the server, so usage is a sum over several model steps.
    Hosted,
    /// The answer contains generated images.
    Images,
    /// The answer contains embeddings.
    Embeddings,
    /// The caller's own key was used at a gateway.
    OwnKey,
    /// A 12-hour cache was requested.
    Keeps12h,
    /// An event could not be read.
    Unreadable,
}

/// One step of a server-side loop (Anthropic's `iterations[]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LoopStep {
    pub(super) kind: StepKind,
    pub(super) model: Option<Box<str>>,
    pub(super) facts: Box<Facts>,
}

/// Kind of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum StepKind {
    Message,
    Compaction,
    Advisor,
    /// A kind unknown to this version.
    #[default]
    Other,
}

impl StepKind {
    pub(super) fn from_word(word: &str) -> StepKind {
        match word {
            "message" => StepKind::Message,
            "compaction" => StepKind::Compaction,
            "advisor_message" => StepKind::Advisor,
            _ => StepKind::Other,
        }
    }
}

/// Numbers of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    counts: [Option<u64>; Field::COUNT],
    money: [Option<u64>; Money::COUNT],
    modality: [[Option<u64>; 5]; 3],
    signs: u16,
    pub(super) steps: Vec<LoopStep>,
    pub(super) model: Option<Box<str>>,
    pub(super) tier: Option<super::ServedTier>,
    pub(super) fast: bool,
    pub(super) us_only: bool,
    /// Length of the last list of choices, to recognize the last chunk of a stream.
    pub(super) choices: Option<u32>,
    /// Web searches in the last list of output items. Negative while an item's `action` precedes
    /// its `type`.
    pub(super) searches: i64,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            counts: [None; Field::COUNT],
            money: [None; Money::COUNT],
            modality: [[None; 5]; 3],
            signs: 0,
            steps: Vec::new(),
            model: None,
            tier: None,
            fast: false,
            us_only: false,
            choices: None,
            searches: 0,
        }
    }
}

impl Facts {
    pub(super) fn get(&self, field: Field) -> Option<u64> {
        self.counts[field as usize]
    }

    /// Returns the count, or 0 if none was reported.
    pub(super) fn or_zero(&self, field: Field) -> u64 {
        self.get(field).unwrap_or(0)
    }

    /// Returns the first of several fields reported above 0, or the first reported.
    pub(super) fn first(&self, fields: &[Field]) -> Option<u64> {
        let reported = || fields.iter().filter_map(|&field| self.get(field));
        reported().find(|&count| count > 0).or(reported().next())
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.get(field).is_some()
    }

    pub(super) fn has_any(&self, fields: &[Field]) -> bool {
        fields.iter().any(|&field| self.has(field))
    }

    pub(super) fn set(&mut self, field: Field, count: u64) {
        self.counts[field as usize] = Some(count);
    }

    pub(super) fn money(&self, money: Money) -> Option<u64> {
        self.money[money as usize]
    }

    pub(super) fn set_money(&mut self, money: Money, pico: u64) {
        self.money[money as usize] = Some(pico);
    }

    pub(super) fn modality(&self, list: List, modality: Modality) -> Option<u64> {
        self.modality[list as usize][modality as usize]
    }

    pub(super) fn add_modality(&mut self, list: List, modality: Modality, count: u64) {
        let slot = &mut self.modality[list as usize][modality as usize];
        *slot = Some(slot.unwrap_or(0).saturating_add(count));
    }

    pub(super) fn clear_list(&mut self, list: List) {
        self.modality[list as usize] = [None; 5];
    }

    pub(super) fn sign(&self, sign: Sign) -> bool {
        self.signs & (1 << sign as u16) != 0
    }

    pub(super) fn mark(&mut self, sign: Sign) {
        self.signs |= 1 << sign as u16;
    }

    /// Returns whether any count was found.
    pub(super) fn has_counts(&self) -> bool {
        self.counts.iter().any(Option::is_some)
    }

    /// Returns whether nothing at all was found.
    pub(super) fn is_blank(&self) -> bool {
        !self.has_counts() && self.signs == 0 && self.steps.is_empty()
    }
}
