//! Service tier of an answer.

/// Tier that served a request, as stated by the answer. Batch, flex and priority have separate
/// prices; capacity bought in advance has no price per token.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::{Origin, ServedTier, Usage};
///
/// let body = br#"{"service_tier": "priority", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
/// assert_eq!(Usage::parse(body, &Origin::new())?.service_tier(), Some(ServedTier::Priority));
/// assert_eq!(ServedTier::Priority.as_str(), "priority");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServedTier {
    /// The default tier.
    Standard,
    /// Batch.
    Batch,
    /// Flex: cheaper and slower.
    Flex,
    /// Priority: more expensive and faster.
    Priority,
    /// Capacity bought in advance.
    Provisioned,
}

impl ServedTier {
    /// Returns the tier as a stable word.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::usage::ServedTier::Provisioned.as_str(), "provisioned");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            ServedTier::Standard => "standard",
            ServedTier::Batch => "batch",
            ServedTier::Flex => "flex",
            ServedTier::Priority => "priority",
            ServedTier::Provisioned => "provisioned",
        }
    }
}
