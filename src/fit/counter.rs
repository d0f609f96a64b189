//! Counters that a fitter can use.

use unicode_segmentation::UnicodeSegmentation;

use crate::count::{TokenCount, hidden};
use crate::encoding::Encoding;
use crate::model::Model;
use crate::request::{PartKind, Request};

/// Size of each message of a request, and of the rest.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Request};
/// use tokenfit::fit::{MessageCounter};
///
/// let models = Models::builtin();
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// let model = models.for_request(&request)?;
/// let counts = model.clone().count_messages(&request);
/// assert_eq!(counts.messages[0].tokens(), 5);
/// assert_eq!(counts.total(), model.count(&request).total());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Size of each message, in order: framing, text, calls, images.
    pub messages: Vec<TokenCount>,
    /// Size of tools, schema, and everything else around the messages.
    pub around: TokenCount,
}

impl MessageCounts {
    /// Returns the total: all messages, and what surrounds them.
    ///
    /// ```
    /// use tokenfit::{TokenCount, fit::MessageCounts};
    ///
    /// let counts = MessageCounts { messages: vec![TokenCount::exact(5), TokenCount::exact(7)], around: TokenCount::exact(3) };
    /// assert_eq!(counts.total().tokens(), 15);
    /// ```
    pub fn total(&self) -> TokenCount {
        self.messages.iter().copied().sum::<TokenCount>() + self.around
    }

    /// Number of messages without a known upper bound.
    pub(super) fn unbounded(&self) -> usize {
        let unbounded = |count: &&TokenCount| count.most() == TokenCount::UNBOUNDED;
        self.messages.iter().filter(unbounded).count()
    }

    /// Returns the total as a fitter compares it with its limit: each part by its upper bound, or
    /// by its likely value if it has none (a file by id, content stored by the server), because no
    /// budget could hold an unbounded part.
    ///
    /// ```
    /// use tokenfit::TokenCount;
    /// use tokenfit::fit::MessageCounts;
    ///
    /// let counts = MessageCounts {
    ///     messages: vec![TokenCount::estimated(90, 80, Some(100)), TokenCount::estimated(500, 0, None)],
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
    if count.most() == TokenCount::UNBOUNDED {
        count.tokens()
    } else {
        count.most()
    }
}

/// Counts requests for a fitter, in tokens or in another unit of the budget.
///
/// A [`Model`] counts tokens as its provider bills them. [`Unit`] is for other budgets.
///
/// # Examples
///
/// A budget in bytes:
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
/// let budget = Budget::at_most(70);
/// let fitter = Fitter::new(budget).counting_with(Bytes).then(DropOldest::new());
/// let request = Request::parse(r#"[{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"},
///     {"role": "user", "content": "three"}]"#)?;
/// let fitted = fitter.fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 1);
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub trait MessageCounter: Send + Sync {
    /// Counts each message, and everything else in the request.
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts;

    /// Counts a string as a part of a message.
    fn count_text(&self, text: &str) -> u64;

    /// Counts a request with partly known messages: `known` has the earlier count of each unchanged
    /// message. By default everything is counted again.
    fn recount(&self, request: &Request<'_>, known: &[Option<TokenCount>]) -> MessageCounts {
        let _ = known;
        self.count_messages(request)
    }

    /// Returns the length in bytes of the longest prefix of `text` that counts at most `most`, up
    /// to a grapheme cluster boundary. The default implementation bisects, which takes
    /// `log2(bytes)` counts and requires that longer prefixes never count less.
    fn keep_first(&self, text: &str, most: u64) -> usize {
        first_by_halving(text, most, |text| self.count_text(text))
    }

    /// Returns the length in bytes of the longest suffix of `text` that counts at most `most`: see
    /// [`keep_first`](Self::keep_first).
    fn keep_last(&self, text: &str, most: u64) -> usize {
        last_by_halving(text, most, |text| self.count_text(text))
    }
}

/// Tokens as the model's provider bills them; the upper bound if a count is an estimate.
impl MessageCounter for Model {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        self.recount(request, &[])
    }

    fn count_text(&self, text: &str) -> u64 {
        Model::count_text(self, text).most()
    }

    fn recount(&self, request: &Request<'_>, known: &[Option<TokenCount>]) -> MessageCounts {
        let count = self.count_knowing(request, known);
        MessageCounts {
            messages: count
                .messages()
                .iter()
                .zip(request.messages())
                .map(|(count, message)| {
                    let tokens = count.tokens + count.media;
                    // A maximum-length answer for each of them would be a useless bound.
                    match hidden::is_kept_elsewhere(&message) {
                        true => TokenCount::between(
                            tokens.tokens(),
                            tokens.lower(),
                            TokenCount::UNBOUNDED,
                        ),
                        false => tokens,
                    }
                })
                .collect(),
            around: count.tools() + count.schema() + count.framing(),
        }
    }

    fn keep_first(&self, text: &str, most: u64) -> usize {
        match cutting(self) {
            Some(encoding) => encoding.keep_first(text, tokens(most)).len(),
            None => first_by_halving(text, most, |text| Model::count_text(self, text).most()),
        }
    }

    fn keep_last(&self, text: &str, most: u64) -> usize {
        match cutting(self) {
            Some(encoding) => encoding.keep_last(text, tokens(most)).len(),
            None => last_by_halving(text, most, |text| Model::count_text(self, text).most()),
        }
    }
}

/// Encoding used for cuts: a substitute if the model's own is not public.
fn cutting(model: &Model) -> Option<Encoding> {
    model
        .encoding()
        .or_else(|| Encoding::ALL.first().copied())
        .filter(|_| model.tokenizer().is_none())
}

/// Converts a number of tokens to the encodings' type.
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

/// Units of budgets that are not in tokens.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Request};
/// use tokenfit::fit::{MessageCounter, Preset, Unit};
///
/// let fitter = Preset::SlidingWindow.fitter(Budget::at_most(2)).counting_with(Unit::Messages);
/// let request = Request::parse(r#"[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a"},
///     {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]"#)?;
/// let fitted = fitter.fit(&request)?;
/// let texts: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(texts, ["Be brief.", "c"]);
/// assert_eq!(Unit::Words.count_messages(&request).size(), 5);
/// assert_eq!(Unit::Characters.count_text("größer"), 6);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// One per message. A string is not a message, so shortening one saves nothing.
    Messages,
    /// Words of the text, separated by white space.
    Words,
    /// Characters (Unicode scalar values) of the text.
    Characters,
}

impl MessageCounter for Unit {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        match self {
            Unit::Messages => MessageCounts {
                messages: vec![TokenCount::exact(1); request.messages().len()],
                around: TokenCount::ZERO,
            },
            Unit::Words | Unit::Characters => of_texts(request, |text| self.count_text(text)),
        }
    }

    fn count_text(&self, text: &str) -> u64 {
        match self {
            Unit::Messages => 0,
            Unit::Words => text.split_whitespace().count() as u64,
            Unit::Characters => text.chars().count() as u64,
        }
    }
}

/// Counts all readable content of each message: text, reasoning, arguments and results.
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
