//! The page: one HTML file without anything from elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

/// The page. Its script reads the JSON at the same address with `.json`, and writes text nodes
/// only.
pub(super) const HTML: &str = include_str!("page.html");

/// Returns the content security policy: the one style and the one script of the page, and
/// connections to this server.
pub(super) fn policy() -> String {
    let (style, script) = (hash("style"), hash("script"));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// Returns the SHA-256 of an inline element, by the hash of the TLS library.
fn hash(element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let inner = HTML
        .split_once(&open)
        .and_then(|(_, rest)| rest.split_once(&close))
        .map_or("", |(inner, _)| inner);
    let suite = TLS13_AES_128_GCM_SHA256.tls13();
    let hash = suite.map(|suite| suite.common.hash_provider.hash(inner.as_bytes()));
    hash.map_or_else(String::new, |hash| STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere() {
        for word in [
            "http:",
            "https:",
            "src=",
            "href=",
            "@import",
            "innerHTML",
            "eval(",
        ] {
            assert!(!HTML.contains(word), "{word}");
        }
        assert_eq!(HTML.matches("<style>").count(), 1);
        assert_eq!(HTML.matches("<script>").count(), 1);
        // Attributes of style would be refused by the policy.
        assert!(!HTML.contains("style="));
    }
}
