//! What a request may use, before it is sent, and what it used.

use serde::{Deserialize, Serialize};

/// What a request will take, as far as it is known before it is sent.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::Ask;
///
/// let ask = Ask::new(1_200).cached_tokens(1_024).max_output_tokens(500).spend_pico(3_000_000_000);
/// assert_eq!(ask.input_tokens, 1_200);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ask {
    /// All input tokens, cached ones included. Take the upper bound of a count.
    pub input_tokens: u64,
    /// Input tokens as the host estimates them, where that is known to differ: OpenAI charges characters ÷ 4 at admission.
    pub host_input_tokens: Option<u64>,
    /// Input tokens that the prompt cache will serve; part of `input_tokens`.
    pub cached_tokens: u64,
    /// The request's limit for the answer (`max_tokens` and its like).
    pub max_output_tokens: Option<u64>,
    /// The model's own maximum, which some hosts reserve where the request sets no limit.
    pub model_max_output_tokens: Option<u64>,
    /// Expected length of the answer, for hosts that charge it only afterwards.
    pub expected_output_tokens: Option<u64>,
    /// Expected cost in pico-dollars.
    pub spend_pico: u64,
}

impl Ask {
    /// A request of so many input tokens.
    pub fn new(input_tokens: u64) -> Ask {
        Ask {
            input_tokens,
            ..Ask::default()
        }
    }

    /// Sets the input tokens as the host estimates them.
    #[must_use]
    pub fn host_input_tokens(mut self, tokens: u64) -> Ask {
        self.host_input_tokens = Some(tokens);
        self
    }

    /// Sets the input tokens that the prompt cache will serve. If unsure, leave it 0.
    #[must_use]
    pub fn cached_tokens(mut self, tokens: u64) -> Ask {
        self.cached_tokens = tokens;
        self
    }

    /// Sets the request's limit for the answer.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u64) -> Ask {
        self.max_output_tokens = Some(tokens);
        self
    }

    /// Sets the model's own maximum for an answer.
    #[must_use]
    pub fn model_max_output_tokens(mut self, tokens: u64) -> Ask {
        self.model_max_output_tokens = Some(tokens);
        self
    }

    /// Sets the expected length of the answer.
    #[must_use]
    pub fn expected_output_tokens(mut self, tokens: u64) -> Ask {
        self.expected_output_tokens = Some(tokens);
        self
    }

    /// Sets the expected cost in pico-dollars.
    #[must_use]
    pub fn spend_pico(mut self, pico: u64) -> Ask {
        self.spend_pico = pico;
        self
    }
}

/// What a request used, from the usage of its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateUsage {
    /// All input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that the prompt cache served; part of `input_tokens`.
    pub cached_tokens: u64,
    /// All output tokens, reasoning included.
    pub output_tokens: u64,
    /// Cost in pico-dollars; `None` keeps the expected cost.
    pub spend_pico: Option<u64>,
}

impl RateUsage {
    /// The usage of a request: all input tokens and all output tokens.
    pub fn new(input_tokens: u64, output_tokens: u64) -> RateUsage {
        RateUsage {
            input_tokens,
            output_tokens,
            ..RateUsage::default()
        }
    }

    /// Sets the input tokens that the prompt cache served.
    #[must_use]
    pub fn cached_tokens(mut self, tokens: u64) -> RateUsage {
        self.cached_tokens = tokens;
        self
    }

    /// Sets the cost in pico-dollars.
    #[must_use]
    pub fn spend_pico(mut self, pico: u64) -> RateUsage {
        self.spend_pico = Some(pico);
        self
    }
}
