//! Division of totals into disjoint classes. No count becomes negative: parts that exceed their
//! total are lowered and flagged.

use super::class::Class;
use super::facts::{Facts, Field, List, Modality};
use super::origin::Relation;
use super::record::{Call, Flag, Usage};

/// Cache writes by lifetime.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Writes {
    by_class: [(Option<Class>, u64); 5],
}

impl Writes {
    /// Returns the writes of an answer: those reported by lifetime, and the rest of the total under
    /// the default lifetime.
    ///
    /// The report by lifetime may be zero or partial (recorded for Anthropic): the rest has the
    /// default.
    pub(super) fn of(facts: &Facts, total: Option<u64>, default: Class) -> Writes {
        let mut by_class = [
            (Some(Class::CacheWrite), 0),
            (Some(Class::CacheWrite5m), facts.or_zero(Field::Write5m)),
            (Some(Class::CacheWrite30m), facts.or_zero(Field::Write30m)),
            (Some(Class::CacheWrite1h), facts.or_zero(Field::Write1h)),
            (Some(Class::CacheWrite12h), facts.or_zero(Field::Write12h)),
        ];
        let reported = by_class
            .iter()
            .fold(0u64, |sum, (_, tokens)| sum.saturating_add(*tokens));
        let rest = total.unwrap_or(0).saturating_sub(reported);
        for (class, tokens) in &mut by_class {
            if *class == Some(default) {
                *tokens = tokens.saturating_add(rest);
            }
        }
        Writes { by_class }
    }

    pub(super) fn total(&self) -> u64 {
        self.by_class
            .iter()
            .fold(0, |sum, (_, tokens)| sum.saturating_add(*tokens))
    }

    fn iter(&self) -> impl Iterator<Item = (Class, u64)> + '_ {
        self.by_class
            .iter()
            .filter_map(|(class, tokens)| class.map(|class| (class, *tokens)))
    }
}

/// Input of an answer, as reported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    /// Total as the format defines it.
    pub(super) base: u64,
    pub(super) read: u64,
    pub(super) read_audio: u64,
    pub(super) read_image: u64,
    pub(super) writes: Writes,
    /// Whether `base` includes reads and writes.
    pub(super) cache: Relation,
    /// All audio, cached audio included.
    pub(super) audio: u64,
    pub(super) audio_is: Relation,
    /// All images, if they are priced separately.
    pub(super) image: u64,
}

impl Input {
    pub(super) fn new(base: u64) -> Input {
        Input {
            base,
            read: 0,
            read_audio: 0,
            read_image: 0,
            writes: Writes::default(),
            cache: Relation::Inside,
            audio: 0,
            audio_is: Relation::Inside,
            image: 0,
        }
    }

    /// Adds the input classes to a usage.
    pub(super) fn add_to(self, usage: &mut Usage) {
        let mut rest = self.base;
        let read = match self.cache {
            Relation::Inside => {
                if self.read > rest {
                    usage.flag(Flag::CachedExceedsInput);
                }
                take(&mut rest, self.read)
            }
            Relation::Outside => self.read,
        };
        let read_audio = self.read_audio.min(read);
        let read_image = self.read_image.min(read - read_audio);
        put(usage, Class::AudioCacheRead, read_audio);
        put(usage, Class::ImageCacheRead, read_image);
        put(usage, Class::CacheRead, read - read_audio - read_image);
        for (class, tokens) in self.writes.iter() {
            let tokens = match self.cache {
                Relation::Inside => take_flagged(&mut rest, tokens, usage),
                Relation::Outside => tokens,
            };
            put(usage, class, tokens);
        }
        let audio = self.audio.saturating_sub(read_audio);
        let audio = match self.audio_is {
            // Cached audio may be counted with the cached tokens, so fewer tokens may remain than
            // there is audio; that is not a fault.
            Relation::Inside => take(&mut rest, audio),
            Relation::Outside => audio,
        };
        put(usage, Class::Audio, audio);
        let image = take(&mut rest, self.image.saturating_sub(read_image));
        put(usage, Class::Image, image);
        put(usage, Class::Uncached, rest);
    }
}

/// Output of an answer, as reported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) base: u64,
    pub(super) reasoning: u64,
    pub(super) reasoning_is: Relation,
    pub(super) audio: u64,
    pub(super) image: u64,
}

impl Output {
    pub(super) fn new(base: u64) -> Output {
        Output {
            base,
            reasoning: 0,
            reasoning_is: Relation::Inside,
            audio: 0,
            image: 0,
        }
    }

    /// Adds the output classes to a usage.
    pub(super) fn add_to(self, usage: &mut Usage) {
        let mut rest = self.base;
        let reasoning = match self.reasoning_is {
            Relation::Inside => {
                if self.reasoning > rest {
                    usage.flag(Flag::ReasoningExceedsOutput);
                }
                take(&mut rest, self.reasoning)
            }
            Relation::Outside => self.reasoning,
        };
        put(usage, Class::Reasoning, reasoning);
        let audio = take_flagged(&mut rest, self.audio, usage);
        put(usage, Class::OutputAudio, audio);
        let image = take_flagged(&mut rest, self.image, usage);
        put(usage, Class::OutputImage, image);
        put(usage, Class::Text, rest);
    }
}

/// Takes up to `tokens` from the rest.
fn take(rest: &mut u64, tokens: u64) -> u64 {
    let taken = tokens.min(*rest);
    *rest -= taken;
    taken
}

fn take_flagged(rest: &mut u64, tokens: u64, usage: &mut Usage) -> u64 {
    if tokens > *rest {
        usage.flag(Flag::PartsExceedTotal);
    }
    take(rest, tokens)
}

/// Adds tokens to a class.
pub(super) fn put(usage: &mut Usage, class: Class, tokens: u64) {
    let sum = usage.classes.get(class).saturating_add(tokens);
    usage.classes.set(class, sum);
}

/// Calls of hosted tools, by field.
const CALLS: &[(Field, Call)] = &[
    (Field::WebSearch, Call::WebSearch),
    (Field::WebFetch, Call::WebFetch),
    (Field::CodeExecution, Call::CodeExecution),
    (Field::XSearch, Call::XSearch),
    (Field::FileSearch, Call::FileSearch),
    (Field::DocumentSearch, Call::DocumentSearch),
    (Field::CodeInterpreter, Call::CodeInterpreter),
    (Field::ImageGeneration, Call::ImageGeneration),
    (Field::Mcp, Call::Mcp),
    (Field::SearchUnits, Call::SearchUnit),
    (Field::Seconds, Call::AudioSecond),
];

/// Adds the calls that the usage object states.
pub(super) fn add_calls(facts: &Facts, usage: &mut Usage) {
    for &(field, call) in CALLS {
        usage.calls[call as usize] = facts.or_zero(field);
    }
}

/// Returns whether a tool ran on the server, so that the counts are a sum over several steps.
pub(super) fn ran_tools(facts: &Facts) -> bool {
    const TOOLS: &[Field] = &[
        Field::WebSearch,
        Field::WebFetch,
        Field::CodeExecution,
        Field::XSearch,
        Field::FileSearch,
        Field::DocumentSearch,
        Field::CodeInterpreter,
        Field::ImageGeneration,
        Field::Mcp,
        Field::ServerTools,
    ];
    facts.sign(super::facts::Sign::Hosted) || TOOLS.iter().any(|&field| facts.or_zero(field) > 0)
}

/// Adds notes from lists by modality: images, documents and video within the text-priced input.
pub(super) fn add_modality_notes(facts: &Facts, usage: &mut Usage) {
    let of = |modality| facts.modality(List::Prompt, modality).unwrap_or(0);
    usage.notes.image = of(Modality::Image);
    usage.notes.document = of(Modality::Document);
    usage.notes.video = of(Modality::Video);
}
