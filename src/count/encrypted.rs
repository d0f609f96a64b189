//! Bounds of encrypted items, and of items that the server keeps. Only the server can count them.

use super::TokenCount;

/// Minimum size of encrypted content. Anything shorter is a mark: the shortest that was recorded has 750 bytes, a name or a
/// recorder's mark below 100.
pub(super) const LEAST: u64 = 300;

/// Estimates the tokens of `bytes` encrypted bytes: a token has at least one byte. In 30 recordings of gpt-5 to 5.6 about one in 4.7 bytes
/// beyond the first 675; short ones were off by up to 14 times.
pub(super) fn tokens(bytes: u64) -> TokenCount {
    TokenCount::between(bytes.saturating_sub(675) * 3 / 14, 0, bytes)
}

/// A part of an answer that the server keeps. No answer is longer than the model's limit, but a fitter compares upper bounds,
/// and that limit would leave no budget for anything else: it has none, and is fitted by its likely length.
pub(super) const KEPT: TokenCount = TokenCount::between(250, 0, TokenCount::UNBOUNDED);
