//! Usage in response headers: Bedrock's InvokeModel, and the cost added by the LiteLLM proxy.

use super::facts::{Facts, Field, Money};
use super::money::pico_of_text;
use super::origin::Origin;
use super::record::Usage;

/// Headers with counts. Source: Amazon Bedrock API reference, InvokeModel, response headers.
const COUNTS: &[(&str, Field)] = &[
    ("x-amzn-bedrock-input-token-count", Field::PlainInput),
    ("x-amzn-bedrock-output-token-count", Field::PlainOutput),
    (
        "x-amzn-bedrock-cache-read-input-token-count",
        Field::PlainRead,
    ),
    (
        "x-amzn-bedrock-cache-write-input-token-count",
        Field::PlainWrite,
    ),
];

/// Header with a cost in dollars. Source: LiteLLM proxy documentation, response headers.
const COST: &str = "x-litellm-response-cost";

impl Usage {
    /// Reads usage from response headers: `x-amzn-bedrock-*-token-count` of Bedrock's InvokeModel,
    /// whose body may have none, and `x-litellm-response-cost`. Linear in the headers.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::usage::Usage;
    ///
    /// let headers = [("X-Amzn-Bedrock-Input-Token-Count", "25"), ("X-Amzn-Bedrock-Output-Token-Count", "9")];
    /// let usage = Usage::from_headers(headers);
    /// assert_eq!((usage.billed_input(), usage.billed_output()), (25, 9));
    /// ```
    pub fn from_headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Usage {
        let mut facts = Facts::default();
        add(headers, &mut facts);
        super::read::read(&facts, &Origin::new())
    }
}

/// Adds the counts of headers. The body's own usage has precedence, because it has more classes.
pub(super) fn add<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>, facts: &mut Facts) {
    for (name, value) in headers {
        if let Some((_, field)) = COUNTS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            if !facts.has(*field)
                && let Ok(count) = value.trim().parse::<u32>()
            {
                facts.set(*field, u64::from(count));
            }
        } else if name.eq_ignore_ascii_case(COST)
            && facts.money(Money::Cost).is_none()
            && let Some(pico) = pico_of_text(value)
        {
            facts.set_money(Money::Cost, pico);
        }
    }
}
