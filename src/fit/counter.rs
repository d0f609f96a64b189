//! What a fitter counts with.

use unicode_segmentation::UnicodeSegmentation;

use crate::count::TokenCount;
use crate::encoding::Encoding;
use crate::model::Model;
use crate::request::{PartKind, Request};

/// What each message of a request costs, and what belongs to none.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Request};
/// use tokenfit::fit::{MessageCounter, ModelCounter};
///
/// let models = Models::builtin();
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// let model = models.for_request(&request)?;
/// let counts = ModelCounter::new(&model).count_messages(&request);
/// assert_eq!(counts.messages[0].tokens(), 5);
/// assert_eq!(counts.total(), model.count(&request).total());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Of each message, in order: framing, texts, calls, images.
    pub messages: Vec<TokenCount>,
    /// Tools, schema, and what stands around the messages.
    pub around: TokenCount,
}

impl MessageCounts {
    /// The whole.
    pub fn total(&self) -> TokenCount {
        self.messages.iter().copied().sum::<TokenCount>() + self.around
    }

    /// The whole as a fitter compares it with its limit: each part by its upper bound, and by its likely value where it has
    /// none (a file by id, what the server keeps): a budget that nothing can meet would help nobody.
    ///
    /// ```
    /// use tokenfit::TokenCount;
    /// use tokenfit::fit::MessageCounts;
    ///
    /// let counts = MessageCounts {
    ///     messages: vec![TokenCount::estimated(90, 80, 100), TokenCount::estimated(500, 0, TokenCount::UNBOUNDED)],
    ///     around: TokenCount::exact(3),
    /// };
    /// assert_eq!(counts.size(), 100 + 500 + 3);
    /// ```
    pub fn size(&self) -> u64 {
        self.messages
            .iter()
            .chain([&self.around])
            .fold(0, |sum, &count| sum.saturating_add(size_of(count)))
    }
}

/// A count as a fitter compares it.
pub(super) fn size_of(count: TokenCount) -> u64 {
    if count.upper() == TokenCount::UNBOUNDED {
        count.tokens()
    } else {
        count.upper()
    }
}

/// Counts requests for a fitter: in tokens, or in whatever the budget is in.
///
/// [`ModelCounter`] counts tokens as the model's provider bills them. [`Messages`], [`Words`] and [`Characters`] are there
/// for budgets of another kind.
///
/// # Examples
///
/// At most so many bytes:
///
/// ```
/// use tokenfit::{Budget, Models, Request, TokenCount};
/// use tokenfit::fit::{DropOldest, Fitter, MessageCounter, MessageCounts};
///
/// struct Bytes;
///
/// impl MessageCounter for Bytes {
///     fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
///         MessageCounts {
///             messages: request.messages().map(|message| TokenCount::exact(message.raw_json().len() as u64)).collect(),
///             around: TokenCount::ZERO,
///         }
///     }
///     fn count_text(&self, text: &str) -> u64 {
///         text.len() as u64
///     }
/// }
///
/// let budget = Budget::without_model(&Models::builtin()).limit_input(70);
/// let fitter = Fitter::new(budget).counting_with(Bytes).then(DropOldest::new());
/// let request = Request::parse(r#"[{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"},
///     {"role": "user", "content": "three"}]"#)?;
/// let fitted = fitter.fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 1);
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub trait MessageCounter: Send + Sync {
    /// Counts each message, and what belongs to none.
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts;

    /// Counts a text, as a part of a message.
    fn count_text(&self, text: &str) -> u64;

    /// Counts a request of which some messages are known: `known` has a count for each message that stands in it as it was
    /// counted before. By default everything is counted again.
    fn recount(&self, request: &Request<'_>, known: &[Option<TokenCount>]) -> MessageCounts {
        let _ = known;
        self.count_messages(request)
    }

    /// The bytes of the longest beginning of a text that counts at most `most`, up to a grapheme cluster boundary. By
    /// default found by halving, which takes `log2(bytes)` counts of the text, and needs longer beginnings to count no less.
    fn keep_first(&self, text: &str, most: u64) -> usize {
        first_by_halving(text, most, |text| self.count_text(text))
    }

    /// The bytes of the longest end of a text that counts at most `most`: see [`keep_first`](Self::keep_first).
    fn keep_last(&self, text: &str, most: u64) -> usize {
        last_by_halving(text, most, |text| self.count_text(text))
    }
}

/// Counts as a model's provider bills.
///
/// # Examples
///
/// See [`MessageCounts`].
#[derive(Clone)]
pub struct ModelCounter {
    model: Model,
}

impl ModelCounter {
    /// The counter of a model, as a fitter wants it.
    pub fn new(model: &Model) -> ModelCounter {
        ModelCounter {
            model: model.clone(),
        }
    }
}

impl ModelCounter {
    /// The encoding that texts are cut by: a stand-in where the model's own is not public.
    fn encoding(&self) -> Option<Encoding> {
        self.model
            .encoding()
            .or_else(|| Encoding::ALL.first().copied())
            .filter(|_| self.model.tokenizer().is_none())
    }
}

impl MessageCounter for ModelCounter {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        self.recount(request, &[])
    }

    fn count_text(&self, text: &str) -> u64 {
        self.model.count_text(text).upper()
    }

    fn recount(&self, request: &Request<'_>, known: &[Option<TokenCount>]) -> MessageCounts {
        let count = self.model.count_knowing(request, known);
        MessageCounts {
            messages: count
                .messages()
                .iter()
                .map(|message| message.tokens + message.media)
                .collect(),
            around: count.tools() + count.schema() + count.framing(),
        }
    }

    fn keep_first(&self, text: &str, most: u64) -> usize {
        match self.encoding() {
            Some(encoding) => encoding.keep_first(text, tokens(most)).len(),
            None => first_by_halving(text, most, |text| self.count_text(text)),
        }
    }

    fn keep_last(&self, text: &str, most: u64) -> usize {
        match self.encoding() {
            Some(encoding) => encoding.keep_last(text, tokens(most)).len(),
            None => last_by_halving(text, most, |text| self.count_text(text)),
        }
    }
}

/// A number of tokens as the encodings have it.
fn tokens(most: u64) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}

fn first_by_halving(text: &str, most: u64, count: impl Fn(&str) -> u64) -> usize {
    let ends: Vec<usize> = text
        .grapheme_indices(true)
        .map(|(at, cluster)| at + cluster.len())
        .collect();
    let fit = ends.partition_point(|&end| count(&text[..end]) <= most);
    fit.checked_sub(1).map_or(0, |last| ends[last])
}

fn last_by_halving(text: &str, most: u64, count: impl Fn(&str) -> u64) -> usize {
    let starts: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    let over = starts.partition_point(|&start| count(&text[start..]) > most);
    starts.get(over).map_or(0, |start| text.len() - start)
}

/// The model's name only.
impl std::fmt::Debug for ModelCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelCounter")
            .field("model", &self.model.name())
            .finish_non_exhaustive()
    }
}

/// Every message counts one: a budget of messages.
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Preset, self};
///
/// let budget = Budget::without_model(&Models::builtin()).limit_input(2);
/// let fitter = Preset::SlidingWindow.fitter(budget).counting_with(fit::Messages);
/// let request = Request::parse(r#"[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a"},
///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
/// let fitted = fitter.fit(&request)?;
/// let texts: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(texts, ["Be brief.", "c"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Messages;

impl MessageCounter for Messages {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        MessageCounts {
            messages: vec![TokenCount::exact(1); request.messages().len()],
            around: TokenCount::ZERO,
        }
    }

    /// A text is no message: shortening one saves nothing.
    fn count_text(&self, _: &str) -> u64 {
        0
    }
}

/// The words of the texts, as white space parts them.
///
/// ```
/// use tokenfit::Request;
/// use tokenfit::fit::{MessageCounter, Words};
///
/// let request = Request::parse(r#"[{"role": "user", "content": "three short words"}]"#)?;
/// assert_eq!(Words.count_messages(&request).size(), 3);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words;

impl MessageCounter for Words {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        of_texts(request, |text| self.count_text(text))
    }

    fn count_text(&self, text: &str) -> u64 {
        text.split_whitespace().count() as u64
    }
}

/// The characters (Unicode scalar values) of the texts.
///
/// ```
/// use tokenfit::fit::{Characters, MessageCounter};
///
/// assert_eq!(Characters.count_text("größer"), 6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Characters;

impl MessageCounter for Characters {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        of_texts(request, |text| self.count_text(text))
    }

    fn count_text(&self, text: &str) -> u64 {
        text.chars().count() as u64
    }
}

/// All that can be read in a message: texts, reasoning, arguments and results.
fn of_texts(request: &Request<'_>, count: impl Fn(&str) -> u64) -> MessageCounts {
    let messages = request
        .messages()
        .map(|message| {
            let mut sum: u64 = message
                .parts()
                .filter(|part| part.kind() != PartKind::Json)
                .filter_map(|part| part.text())
                .map(|text| count(&text))
                .sum();
            for call in message.tool_calls() {
                sum += count(&call.arguments().unwrap_or_default());
            }
            for result in message
                .tool_results()
                .filter(|result| !result.is_whole_message())
            {
                sum += count(&result.text());
            }
            TokenCount::exact(sum)
        })
        .collect();
    MessageCounts {
        messages,
        around: TokenCount::ZERO,
    }
}
