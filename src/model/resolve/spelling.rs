//! Common key of the spellings of one name.
//!
//! Shared by the resolver and by `build/registry.rs`, which writes the keys of all listed names as
//! a sorted table. Names with one key are one name to the resolver, so the key ignores only
//! differences that never distinguish models; where one does, `build/registry.rs` omits the key.

/// Computes the key of a name (rule 11 of the naming rules), which ignores:
///
/// - case, and which of `-`, `.`, `_` adjoins a number: `claude-opus-4.8`, `gpt-5.2_2025-12-11`;
/// - the `p` that some hosts write for a point: `deepseek-v3p1`;
/// - whether a version is joined to its family, for the families written both ways: `llama3.1`,
///   `llama-v3p1`, `meta-llama-3.1`, `qwen-3`, `gemma3`;
/// - the order of version and size in Claude's names: `claude-4.5-sonnet`.
///
/// Linear in the name; one allocation, two for Claude's.
pub(crate) fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 2);
    let bytes = name.as_bytes();
    let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    for (at, c) in name.char_indices() {
        let (before, after) = (
            at > 0 && is_digit(bytes.get(at - 1)),
            is_digit(bytes.get(at + 1)),
        );
        match c {
            // Between two words a dot is Bedrock's, after the vendor.
            '.' | '_' if before || after => key.push('-'),
            'p' | 'P' if before && after => key.push('-'),
            _ => key.push(c.to_ascii_lowercase()),
        }
    }
    if let Some(rest) = key.strip_prefix("meta-llama-") {
        key = format!("llama-{rest}");
    }
    // Listed as `llama-3`, `gemma-3`, but `qwen3`.
    for (written, listed) in [
        ("llama-v", "llama-"),
        ("llama", "llama-"),
        ("gemma", "gemma-"),
        ("qwen-", "qwen"),
    ] {
        if let Some(rest) = key.strip_prefix(written)
            && rest.starts_with(|c: char| c.is_ascii_digit())
        {
            return format!("{listed}{rest}");
        }
    }
    claude_size_first(&key).unwrap_or(key)
}

/// Converts the old order `claude-3-5-sonnet-20241022` to the new `claude-sonnet-3-5-20241022`.
fn claude_size_first(key: &str) -> Option<String> {
    let rest = key.strip_prefix("claude-")?;
    let size_at = rest.find(|c: char| c.is_ascii_lowercase())?;
    let version = rest[..size_at].strip_suffix('-')?;
    let is_version =
        |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
    if !version.split('-').all(is_version) {
        return None;
    }
    let after = &rest[size_at..];
    let size_end = after.find('-').unwrap_or(after.len());
    let (size, tail) = after.split_at(size_end);
    Some(format!("claude-{size}-{version}{tail}"))
}
