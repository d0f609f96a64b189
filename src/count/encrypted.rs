//! Bounds of encrypted items, and of items stored by the server, which only the server can count.

use super::TokenCount;

/// Minimum size of encrypted content. Anything shorter is a marker: the shortest recorded content
/// has 750 bytes, names and recorders' markers below 100.
pub(super) const LEAST: u64 = 300;

/// Estimates the tokens of `bytes` encrypted bytes: a token has at least one byte. In 30 recordings
/// of gpt-5 to 5.6 about one in 4.7 bytes beyond the first 675; short ones were off by up to 14
/// times.
pub(super) fn tokens(bytes: u64) -> TokenCount {
    TokenCount::between(bytes.saturating_sub(675) * 3 / 14, 0, bytes)
}

/// Bounds of an answer stored by the server. No answer is longer than the model's limit, but a
/// fitter compares upper bounds, and that limit would leave no budget for anything else: so there
/// is no upper bound, and the fitter uses the likely length.
pub(super) const KEPT: TokenCount = TokenCount::between(250, 0, TokenCount::UNBOUNDED);
