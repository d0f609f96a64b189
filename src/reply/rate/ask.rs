//! Expected and actual consumption of a request.

use serde::{Deserialize, Serialize};

/// Expected consumption of a request, as known before it is sent.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::Ask;
///
/// let ask = Ask::new(1_200).cached_tokens(1_024).max_output_tokens(500).spend_pico(3_000_000_000);
/// assert_eq!(ask.input_tokens, 1_200);
/// // A host that charges characters / 4 at admission, and one that reserves the model's maximum.
/// let ask = Ask::new(1_200).host_input_tokens(1_350).model_max_output_tokens(16_384).expected_output_tokens(300);
/// assert_eq!(ask.host_input_tokens, Some(1_350));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ask {
    /// All input tokens, cached ones included. Use the upper bound of a count.
    pub input_tokens: u64,
    /// Input tokens as estimated by the host, if different: OpenAI charges characters ÷ 4 at
    /// admission.
    pub host_input_tokens: Option<u64>,
    /// Input tokens that the prompt cache will serve; part of `input_tokens`.
    pub cached_tokens: u64,
    /// Output limit of the request (`max_tokens` and its variants).
    pub max_output_tokens: Option<u64>,
    /// Maximum output of the model, which some hosts reserve if the request sets no limit.
    pub model_max_output_tokens: Option<u64>,
    /// Expected length of the answer in tokens, for hosts that charge it only afterwards.
    pub expected_output_tokens: Option<u64>,
    /// Expected cost in pico-dollars.
    pub spend_pico: u64,
}

impl Ask {
    /// Creates an ask for `input_tokens` tokens of input.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200);
    /// assert_eq!((ask.input_tokens, ask.cached_tokens), (1_200, 0));
    /// ```
    pub fn new(input_tokens: u64) -> Ask {
        Ask {
            input_tokens,
            ..Ask::default()
        }
    }

    /// Sets the input tokens as estimated by the host.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).host_input_tokens(1_350);    // characters / 4
    /// assert_eq!(ask.host_input_tokens, Some(1_350));
    /// ```
    #[must_use]
    pub fn host_input_tokens(mut self, tokens: u64) -> Ask {
        self.host_input_tokens = Some(tokens);
        self
    }

    /// Sets the input tokens that the prompt cache will serve. If unsure, leave it 0.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).cached_tokens(1_024);
    /// assert_eq!(ask.cached_tokens, 1_024);
    /// ```
    #[must_use]
    pub fn cached_tokens(mut self, tokens: u64) -> Ask {
        self.cached_tokens = tokens;
        self
    }

    /// Sets the output limit of the request in tokens.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).max_output_tokens(500);
    /// assert_eq!(ask.max_output_tokens, Some(500));
    /// ```
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u64) -> Ask {
        self.max_output_tokens = Some(tokens);
        self
    }

    /// Sets the maximum output of the model in tokens.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).model_max_output_tokens(16_384);
    /// assert_eq!(ask.model_max_output_tokens, Some(16_384));
    /// ```
    #[must_use]
    pub fn model_max_output_tokens(mut self, tokens: u64) -> Ask {
        self.model_max_output_tokens = Some(tokens);
        self
    }

    /// Sets the expected length of the answer in tokens.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).expected_output_tokens(300);
    /// assert_eq!(ask.expected_output_tokens, Some(300));
    /// ```
    #[must_use]
    pub fn expected_output_tokens(mut self, tokens: u64) -> Ask {
        self.expected_output_tokens = Some(tokens);
        self
    }

    /// Sets the expected cost in pico-dollars.
    ///
    /// ```
    /// let ask = tokenfit::reply::rate::Ask::new(1_200).spend_pico(3_000_000_000);    // $0.003
    /// assert_eq!(ask.spend_pico, 3_000_000_000);
    /// ```
    #[must_use]
    pub fn spend_pico(mut self, pico: u64) -> Ask {
        self.spend_pico = pico;
        self
    }
}

/// Actual consumption of a request, from the usage of its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateUsage {
    /// All input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens that the prompt cache served; part of `input_tokens`.
    pub cached_tokens: u64,
    /// All output tokens, reasoning included.
    pub output_tokens: u64,
    /// Cost in pico-dollars; `None` charges the expected cost.
    pub spend_pico: Option<u64>,
}

impl RateUsage {
    /// Creates a usage from all input tokens and all output tokens.
    ///
    /// ```
    /// let usage = tokenfit::reply::rate::RateUsage::new(1_200, 80);
    /// assert_eq!((usage.input_tokens, usage.output_tokens), (1_200, 80));
    /// ```
    pub fn new(input_tokens: u64, output_tokens: u64) -> RateUsage {
        RateUsage {
            input_tokens,
            output_tokens,
            ..RateUsage::default()
        }
    }

    /// Sets the input tokens that the prompt cache served.
    ///
    /// ```
    /// let usage = tokenfit::reply::rate::RateUsage::new(1_200, 80).cached_tokens(1_024);
    /// assert_eq!(usage.cached_tokens, 1_024);
    /// ```
    #[must_use]
    pub fn cached_tokens(mut self, tokens: u64) -> RateUsage {
        self.cached_tokens = tokens;
        self
    }

    /// Sets the cost in pico-dollars.
    ///
    /// ```
    /// let usage = tokenfit::reply::rate::RateUsage::new(1_200, 80).spend_pico(2_400_000_000);
    /// assert_eq!(usage.spend_pico, Some(2_400_000_000));
    /// ```
    #[must_use]
    pub fn spend_pico(mut self, pico: u64) -> RateUsage {
        self.spend_pico = Some(pico);
        self
    }
}
