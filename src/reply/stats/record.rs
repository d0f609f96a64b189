//! Records of a send and of a call.

use crate::model::Host;

/// One HTTP exchange with a host.
///
/// Holds only numbers and words of fixed lists: the kind of an error is a `&'static str`, so no
/// message text can be stored.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::Sent;
///
/// let sent = Sent::new(Host::Anthropic, "claude-sonnet-4-5").ok(200).duration_ms(2_300).tokens(900, 120);
/// assert_eq!(sent.kind, None);
/// assert_eq!(sent.cached_tokens(800).cached_tokens, 800);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent<'a> {
    /// Host that served it.
    pub host: Host,
    /// Id of the model.
    pub model: &'a str,
    /// HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// Kind of error as a snake_case word; `None` for a good answer.
    pub kind: Option<&'static str>,
    /// From sending to the end of the answer, in milliseconds.
    pub duration_ms: Option<u64>,
    /// From sending to the first chunk of a stream, in milliseconds.
    pub first_chunk_ms: Option<u64>,
    /// All input tokens, cached ones included.
    pub input_tokens: u64,
    /// Of these, tokens from the prompt cache.
    pub cached_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
}

impl<'a> Sent<'a> {
    /// Creates a send with only its target known.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// let sent = Sent::new(Host::OpenAi, "gpt-4o");
    /// assert_eq!((sent.status, sent.duration_ms), (None, None));
    /// ```
    pub fn new(host: Host, model: &'a str) -> Sent<'a> {
        Sent {
            host,
            model,
            status: None,
            kind: None,
            duration_ms: None,
            first_chunk_ms: None,
            input_tokens: 0,
            cached_tokens: 0,
            output_tokens: 0,
        }
    }

    /// Marks the send as answered well.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// assert_eq!(Sent::new(Host::OpenAi, "gpt-4o").ok(200).status, Some(200));
    /// ```
    #[must_use]
    pub fn ok(mut self, status: u16) -> Sent<'a> {
        self.status = Some(status);
        self.kind = None;
        self
    }

    /// Marks the send as failed, with the status, if there was one, and the kind of error.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// let sent = Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit");
    /// assert_eq!(sent.kind, Some("rate_limit"));
    /// ```
    #[must_use]
    pub fn failed(mut self, status: Option<u16>, kind: &'static str) -> Sent<'a> {
        self.status = status;
        self.kind = Some(kind);
        self
    }

    /// Sets the milliseconds from sending to the end of the answer.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// assert_eq!(Sent::new(Host::OpenAi, "gpt-4o").duration_ms(2_300).duration_ms, Some(2_300));
    /// ```
    #[must_use]
    pub fn duration_ms(mut self, duration_ms: u64) -> Sent<'a> {
        self.duration_ms = Some(duration_ms);
        self
    }

    /// Sets the milliseconds from sending to the first chunk of a stream.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// assert_eq!(Sent::new(Host::OpenAi, "gpt-4o").first_chunk_ms(400).first_chunk_ms, Some(400));
    /// ```
    #[must_use]
    pub fn first_chunk_ms(mut self, first_chunk_ms: u64) -> Sent<'a> {
        self.first_chunk_ms = Some(first_chunk_ms);
        self
    }

    /// Sets all input tokens (cached ones included) and all output tokens (reasoning included).
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// let sent = Sent::new(Host::OpenAi, "gpt-4o").tokens(900, 120);
    /// assert_eq!((sent.input_tokens, sent.output_tokens), (900, 120));
    /// ```
    #[must_use]
    pub fn tokens(mut self, input: u64, output: u64) -> Sent<'a> {
        self.input_tokens = input;
        self.output_tokens = output;
        self
    }

    /// Sets the input tokens that the prompt cache served.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Sent};
    /// assert_eq!(Sent::new(Host::OpenAi, "gpt-4o").cached_tokens(800).cached_tokens, 800);
    /// ```
    #[must_use]
    pub fn cached_tokens(mut self, cached: u64) -> Sent<'a> {
        self.cached_tokens = cached;
        self
    }

    /// Returns the milliseconds per output token after the first chunk; `None` if unknown.
    pub(super) fn per_token_ms(&self) -> Option<f64> {
        let spent = self.duration_ms?.checked_sub(self.first_chunk_ms?)?;
        (self.output_tokens > 1).then(|| spent as f64 / (self.output_tokens - 1) as f64)
    }
}

/// One call of the application, with all its sends.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::Called;
///
/// let called = Called::new(Host::OpenAi, "gpt-4o", 5).exhausted().duration_ms(21_000).waited_ms(15_000);
/// assert!(called.exhausted && !called.succeeded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Called<'a> {
    /// Host that served it last.
    pub host: Host,
    /// Id of the model.
    pub model: &'a str,
    /// Number of sends.
    pub sends: u32,
    /// Whether the call succeeded.
    pub succeeded: bool,
    /// Whether the call failed because its retries were exhausted: sends, deadline or shared
    /// budget.
    pub exhausted: bool,
    /// From the first send to the end, waits included, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Milliseconds of the duration spent waiting.
    pub waited_ms: u64,
}

impl<'a> Called<'a> {
    /// Creates a call that failed after `sends` sends.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Called};
    /// let called = Called::new(Host::OpenAi, "gpt-4o", 2);
    /// assert!(called.sends == 2 && !called.succeeded);
    /// ```
    pub fn new(host: Host, model: &'a str, sends: u32) -> Called<'a> {
        Called {
            host,
            model,
            sends,
            succeeded: false,
            exhausted: false,
            duration_ms: None,
            waited_ms: 0,
        }
    }

    /// Marks the call as successful.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Called};
    /// assert!(Called::new(Host::OpenAi, "gpt-4o", 2).ok().succeeded);
    /// ```
    #[must_use]
    pub fn ok(mut self) -> Called<'a> {
        self.succeeded = true;
        self.exhausted = false;
        self
    }

    /// Marks the call as failed because its retries were exhausted.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Called};
    /// assert!(Called::new(Host::OpenAi, "gpt-4o", 5).exhausted().exhausted);
    /// ```
    #[must_use]
    pub fn exhausted(mut self) -> Called<'a> {
        self.exhausted = true;
        self.succeeded = false;
        self
    }

    /// Sets the milliseconds from the first send to the end.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Called};
    /// assert_eq!(Called::new(Host::OpenAi, "gpt-4o", 1).duration_ms(900).duration_ms, Some(900));
    /// ```
    #[must_use]
    pub fn duration_ms(mut self, duration_ms: u64) -> Called<'a> {
        self.duration_ms = Some(duration_ms);
        self
    }

    /// Sets the milliseconds spent waiting.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::Called};
    /// assert_eq!(Called::new(Host::OpenAi, "gpt-4o", 2).waited_ms(1_500).waited_ms, 1_500);
    /// ```
    #[must_use]
    pub fn waited_ms(mut self, waited_ms: u64) -> Called<'a> {
        self.waited_ms = waited_ms;
        self
    }
}
