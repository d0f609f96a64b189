//! Checks whether an API key and a base URL look right, without sending anything.
//!
//! Pure functions. Neither a key nor a URL is stored or shown; an answer is one of a few words.
//!
//! Source: the providers' documentation on keys (2026-11), and their answers to wrong ones
//! (`invalid_api_key`).

use std::fmt;

use crate::model::Host;

/// Fault of an API key.
///
/// # Examples
///
/// ```
/// use tokenfit::check::key::{KeyFault, check_key};
/// use tokenfit::model::Host;
///
/// assert_eq!(check_key(Host::OpenAi, ""), Some(KeyFault::Missing));
/// assert_eq!(check_key(Host::OpenAi, "org-4hTQf1PnGcVdXh6m"), Some(KeyFault::OrganizationId));
/// assert_eq!(KeyFault::OrganizationId.as_str(), "organization_id");
/// println!("{}", KeyFault::OrganizationId);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFault {
    /// The key is missing.
    Missing,
    /// The key contains or is surrounded by white space, most often a line break at its end.
    WhiteSpace,
    /// The key is in quotes, which were copied from a file.
    Quoted,
    /// The key begins with the word `Bearer`, which clients add themselves.
    Bearer,
    /// The key contains characters that no key has.
    OddSigns,
    /// The key is a placeholder from an example (`sk-...`, `your-api-key`).
    Placeholder,
    /// The key is the id of an organization (`org-...`).
    OrganizationId,
    /// The key is the id of a project (`proj_...`).
    ProjectId,
    /// The key belongs to another provider.
    OtherProvider,
    /// The key does not begin like this provider's keys.
    WrongPrefix,
    /// The key is shorter than any real key: it was probably cut off.
    TooShort,
}

impl KeyFault {
    /// Returns the fault as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::check::key::KeyFault::TooShort.as_str(), "too_short");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            KeyFault::Missing => "missing",
            KeyFault::WhiteSpace => "white_space",
            KeyFault::Quoted => "quoted",
            KeyFault::Bearer => "bearer",
            KeyFault::OddSigns => "odd_signs",
            KeyFault::Placeholder => "placeholder",
            KeyFault::OrganizationId => "organization_id",
            KeyFault::ProjectId => "project_id",
            KeyFault::OtherProvider => "other_provider",
            KeyFault::WrongPrefix => "wrong_prefix",
            KeyFault::TooShort => "too_short",
        }
    }
}

/// Formats the fault as one sentence with the remedy.
impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFault::Missing => "there is no API key; set it in the environment of the program",
            KeyFault::WhiteSpace => "the API key contains white space; trim it",
            KeyFault::Quoted => "the API key is in quotes; remove them",
            KeyFault::Bearer => "the API key begins with `Bearer`; set only the key",
            KeyFault::OddSigns => "the API key contains characters that no key has; copy it again",
            KeyFault::Placeholder => "the API key is a placeholder from an example; replace it with yours",
            KeyFault::OrganizationId => "the API key is the id of an organization; set the key instead",
            KeyFault::ProjectId => "the API key is the id of a project; set the key instead",
            KeyFault::OtherProvider => "the API key belongs to another provider; use a key of this provider, or send the request to the other one",
            KeyFault::WrongPrefix => "the API key does not begin like this provider's keys; copy it again",
            KeyFault::TooShort => "the API key is too short; was it truncated?",
        })
    }
}

/// Prefixes that identify the provider of a key; longer ones first.
const BEGINNINGS: &[(&str, &[Host])] = &[
    ("sk-ant-", &[Host::Anthropic]),
    ("sk-or-", &[Host::OpenRouter]),
    ("sk-proj-", &[Host::OpenAi]),
    ("sk-svcacct-", &[Host::OpenAi]),
    ("sk-admin-", &[Host::OpenAi]),
    ("gsk_", &[Host::Groq]),
    ("xai-", &[Host::Xai]),
    ("AIza", &[Host::Gemini, Host::Vertex]),
];

/// Checks the form of a key for a host; `None` if nothing is wrong. It cannot show whether the key
/// is valid. Linear in the key.
///
/// OpenAI's keys begin with `sk-` (`sk-proj-`, `sk-svcacct-`). For hosts whose keys have no known
/// form, only general faults are reported.
///
/// # Examples
///
/// ```
/// use tokenfit::check::key::{KeyFault, check_key};
/// use tokenfit::model::Host;
///
/// let key = format!("sk-proj-{}", "a1B2".repeat(12));
/// assert_eq!(check_key(Host::OpenAi, &key), None);
/// assert_eq!(check_key(Host::OpenAi, &format!("{key}\n")), Some(KeyFault::WhiteSpace));
/// assert_eq!(check_key(Host::Anthropic, &key), Some(KeyFault::OtherProvider));
/// assert_eq!(check_key(Host::OpenAi, "YOUR_API_KEY"), Some(KeyFault::Placeholder));
/// ```
pub fn check_key(host: Host, key: &str) -> Option<KeyFault> {
    if key.trim().is_empty() {
        return Some(KeyFault::Missing);
    }
    if key
        .get(..7)
        .is_some_and(|word| word.eq_ignore_ascii_case("bearer "))
    {
        return Some(KeyFault::Bearer);
    }
    if key.contains(char::is_whitespace) {
        return Some(KeyFault::WhiteSpace);
    }
    if key.starts_with(['"', '\'', '`']) || key.ends_with(['"', '\'', '`']) {
        return Some(KeyFault::Quoted);
    }
    if is_placeholder(key) {
        return Some(KeyFault::Placeholder);
    }
    // Characters that a header can contain: letters, digits and a few signs. A cloud's token also
    // has dots, tildes and base64 characters.
    if !key
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.~+/=:|".contains(&b))
    {
        return Some(KeyFault::OddSigns);
    }
    if key.starts_with("org-") {
        return Some(KeyFault::OrganizationId);
    }
    if key.starts_with("proj_") {
        return Some(KeyFault::ProjectId);
    }
    let whose = BEGINNINGS.iter().find(|(begin, _)| key.starts_with(begin));
    let has_look = BEGINNINGS.iter().any(|(_, hosts)| hosts.contains(&host));
    match whose {
        Some((_, hosts)) if hosts.contains(&host) => {}
        // Gateways issue keys of their own in any form.
        Some(_) if has_look => return Some(KeyFault::OtherProvider),
        Some(_) => {}
        None if host == Host::OpenAi && key.starts_with("sk-") => {}
        None if matches!(
            host,
            Host::OpenAi | Host::Anthropic | Host::OpenRouter | Host::Groq | Host::Xai
        ) =>
        {
            return Some(KeyFault::WrongPrefix);
        }
        None => {}
    }
    (key.len() < 20).then_some(KeyFault::TooShort)
}

/// Lists the environment variables from which the official clients read a host's key, in order of
/// precedence; empty if none is known.
///
/// From general knowledge of the vendors' client libraries, not verified again.
///
/// ```
/// use tokenfit::check::key::environment_variables;
/// use tokenfit::model::Host;
///
/// assert_eq!(environment_variables(Host::OpenAi), ["OPENAI_API_KEY"]);
/// ```
pub fn environment_variables(host: Host) -> &'static [&'static str] {
    VARIABLES
        .iter()
        .find(|(known, _)| *known == host)
        .map_or(&[], |(_, names)| names)
}

const VARIABLES: &[(Host, &[&str])] = &[
    (Host::OpenAi, &["OPENAI_API_KEY"]),
    (
        Host::Anthropic,
        &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
    ),
    (Host::Gemini, &["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    (Host::Azure, &["AZURE_OPENAI_API_KEY"]),
    (Host::Bedrock, &["AWS_BEARER_TOKEN_BEDROCK"]),
    (Host::OpenRouter, &["OPENROUTER_API_KEY"]),
    (Host::Groq, &["GROQ_API_KEY"]),
    (Host::Together, &["TOGETHER_API_KEY"]),
    (Host::Fireworks, &["FIREWORKS_API_KEY"]),
    (Host::Cerebras, &["CEREBRAS_API_KEY"]),
    (Host::Perplexity, &["PERPLEXITY_API_KEY"]),
    (Host::Mistral, &["MISTRAL_API_KEY"]),
    (Host::DeepSeek, &["DEEPSEEK_API_KEY"]),
    (Host::Xai, &["XAI_API_KEY"]),
    (Host::Cohere, &["CO_API_KEY", "COHERE_API_KEY"]),
    (Host::Moonshot, &["MOONSHOT_API_KEY"]),
    (Host::Alibaba, &["DASHSCOPE_API_KEY"]),
    (Host::HuggingFace, &["HF_TOKEN"]),
];

fn is_placeholder(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let body = lower.trim_start_matches("sk-").trim_start_matches("proj-");
    lower.contains("...")
        || lower.contains('…')
        || lower.starts_with('<')
        || lower.starts_with("${")
        || [
            "your", "api_key", "api-key", "apikey", "xxxx", "changeme", "replace",
        ]
        .iter()
        .any(|word| body.starts_with(word))
}

/// Fault of a base URL.
///
/// # Examples
///
/// ```
/// use tokenfit::check::key::{UrlFault, check_base_url};
/// use tokenfit::model::Host;
///
/// assert_eq!(check_base_url(Host::OpenAi, "https://api.openai.com"), Some(UrlFault::NoVersion));
/// assert_eq!(UrlFault::NoVersion.as_str(), "no_version");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlFault {
    /// The URL is missing.
    Missing,
    /// The URL contains or is surrounded by white space or quotes.
    WhiteSpace,
    /// The URL does not begin with `https://` or `http://`.
    NoScheme,
    /// The URL has no host.
    NoHost,
    /// The URL is unencrypted, and its host is neither this machine nor in its own network.
    NotEncrypted,
    /// The URL contains a user name and a password.
    Credentials,
    /// The query contains an API key, where logs record it.
    KeyInQuery,
    /// The URL ends with the path of an endpoint, which the client adds itself.
    EndpointInPath,
    /// The version of the API is missing (`/v1`).
    NoVersion,
    /// The URL belongs to another provider than the given one.
    OtherHost,
}

impl UrlFault {
    /// Returns the fault as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::check::key::UrlFault::NoVersion.as_str(), "no_version");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            UrlFault::Missing => "missing",
            UrlFault::WhiteSpace => "white_space",
            UrlFault::NoScheme => "no_scheme",
            UrlFault::NoHost => "no_host",
            UrlFault::NotEncrypted => "not_encrypted",
            UrlFault::Credentials => "credentials",
            UrlFault::KeyInQuery => "key_in_query",
            UrlFault::EndpointInPath => "endpoint_in_path",
            UrlFault::NoVersion => "no_version",
            UrlFault::OtherHost => "other_host",
        }
    }
}

/// Formats the fault as one sentence with the remedy.
impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UrlFault::Missing => "the base URL is empty; unset it to use the provider's own",
            UrlFault::WhiteSpace => "the base URL contains white space or quotes; remove them",
            UrlFault::NoScheme => "the base URL has no scheme; begin it with `https://`",
            UrlFault::NoHost => "the base URL has no host; add one after the scheme",
            UrlFault::NotEncrypted => "the base URL is not encrypted; begin it with `https://`",
            UrlFault::Credentials => {
                "the base URL contains a name and a password; send them in a header"
            }
            UrlFault::KeyInQuery => {
                "the query of the base URL contains a key, which logs record; send it in a header"
            }
            UrlFault::EndpointInPath => {
                "the base URL ends with an endpoint, which the client adds itself; remove it"
            }
            UrlFault::NoVersion => "the base URL has no version; add `/v1` at its end",
            UrlFault::OtherHost => {
                "the base URL belongs to another provider; change the URL or the host"
            }
        })
    }
}

const ENDPOINTS: &[&str] = &[
    "/chat/completions",
    "/completions",
    "/responses",
    "/embeddings",
    "/messages",
];

/// Checks the form of a base URL for a host; `None` if nothing is wrong. Linear in the URL.
///
/// # Examples
///
/// ```
/// use tokenfit::check::key::{UrlFault, check_base_url};
/// use tokenfit::model::Host;
///
/// assert_eq!(check_base_url(Host::OpenAi, "https://api.openai.com/v1"), None);
/// assert_eq!(check_base_url(Host::Ollama, "http://localhost:11434/v1"), None);
/// assert_eq!(check_base_url(Host::OpenAi, "https://api.openai.com/v1/chat/completions"), Some(UrlFault::EndpointInPath));
/// assert_eq!(check_base_url(Host::OpenAi, "api.openai.com/v1"), Some(UrlFault::NoScheme));
/// assert_eq!(check_base_url(Host::OpenAi, "http://api.openai.com/v1"), Some(UrlFault::NotEncrypted));
/// ```
pub fn check_base_url(host: Host, url: &str) -> Option<UrlFault> {
    if url.trim().is_empty() {
        return Some(UrlFault::Missing);
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`".contains(c)) {
        return Some(UrlFault::WhiteSpace);
    }
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        _ => return Some(UrlFault::NoScheme),
    };
    let (rest, query) = match rest.split_once(['?', '#']) {
        Some((rest, query)) => (rest, query),
        None => (rest, ""),
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if authority.contains('@') {
        return Some(UrlFault::Credentials);
    }
    let domain = domain_of(authority).to_ascii_lowercase();
    if domain.is_empty() {
        return Some(UrlFault::NoHost);
    }
    if scheme == "http" && !is_near(&domain) {
        return Some(UrlFault::NotEncrypted);
    }
    let has_key = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, value)| {
            !value.is_empty() && ["key", "api_key", "api-key", "apikey", "token"].contains(&name)
        });
    if has_key {
        return Some(UrlFault::KeyInQuery);
    }
    let path = path.trim_end_matches('/');
    if ENDPOINTS.iter().any(|endpoint| path.ends_with(endpoint)) {
        return Some(UrlFault::EndpointInPath);
    }
    if Host::of_url(url).is_some_and(|theirs| theirs != host) {
        return Some(UrlFault::OtherHost);
    }
    // OpenAI's clients require the version in it; Anthropic's and Google's add it themselves.
    (host == Host::OpenAi && domain == "api.openai.com" && path.is_empty())
        .then_some(UrlFault::NoVersion)
}

/// Returns the host name without its port.
fn domain_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a domain is this machine or in its own network: a name without a dot, a private address.
fn is_near(domain: &str) -> bool {
    let second = |prefix: &str| {
        domain
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('.').next()?.parse::<u8>().ok())
    };
    !domain.contains('.')
        || domain.contains(':')
        || [".local", ".internal", ".localhost", ".lan"]
            .iter()
            .any(|end| domain.ends_with(end))
        || domain.starts_with("127.")
        || domain.starts_with("10.")
        || domain.starts_with("192.168.")
        || second("172.").is_some_and(|n| (16..32).contains(&n))
        || domain == "0.0.0.0"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_looks() {
        let long = "aB3_x-Z9".repeat(5);
        for (host, key, expected) in [
            (Host::OpenAi, format!("sk-{long}"), None),
            (Host::OpenAi, format!("sk-proj-{long}"), None),
            (Host::OpenAi, format!("sk-svcacct-{long}"), None),
            (Host::OpenAi, "   ".to_owned(), Some(KeyFault::Missing)),
            (
                Host::OpenAi,
                format!(" sk-{long}"),
                Some(KeyFault::WhiteSpace),
            ),
            (
                Host::OpenAi,
                format!("sk-{long} "),
                Some(KeyFault::WhiteSpace),
            ),
            (
                Host::OpenAi,
                format!("\"sk-{long}\""),
                Some(KeyFault::Quoted),
            ),
            (
                Host::OpenAi,
                format!("Bearer sk-{long}"),
                Some(KeyFault::Bearer),
            ),
            (
                Host::OpenAi,
                format!("sk-größe{long}"),
                Some(KeyFault::OddSigns),
            ),
            (
                Host::OpenAi,
                "sk-...".to_owned(),
                Some(KeyFault::Placeholder),
            ),
            (
                Host::OpenAi,
                "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
                Some(KeyFault::Placeholder),
            ),
            (
                Host::OpenAi,
                "sk-proj-xxxxxxxx".to_owned(),
                Some(KeyFault::Placeholder),
            ),
            (
                Host::OpenAi,
                format!("org-{long}"),
                Some(KeyFault::OrganizationId),
            ),
            (
                Host::OpenAi,
                format!("proj_{long}"),
                Some(KeyFault::ProjectId),
            ),
            (
                Host::OpenAi,
                format!("sk-ant-api03-{long}"),
                Some(KeyFault::OtherProvider),
            ),
            (
                Host::OpenAi,
                format!("gsk_{long}"),
                Some(KeyFault::OtherProvider),
            ),
            (Host::OpenAi, long.clone(), Some(KeyFault::WrongPrefix)),
            (Host::OpenAi, "sk-a1b2".to_owned(), Some(KeyFault::TooShort)),
            (Host::Anthropic, format!("sk-ant-api03-{long}"), None),
            (
                Host::Anthropic,
                format!("sk-{long}"),
                Some(KeyFault::WrongPrefix),
            ),
            (
                Host::Azure,
                "0123456789abcdef0123456789abcdef".to_owned(),
                None,
            ),
            (Host::Together, format!("sk-or-{long}"), None),
        ] {
            assert_eq!(check_key(host, &key), expected, "{host} {key}");
        }
    }

    #[test]
    fn urls_are_told_by_their_looks() {
        for (host, url, expected) in [
            (Host::OpenAi, "https://api.openai.com/v1/", None),
            (Host::OpenAi, "https://proxy.example/openai", None),
            (
                Host::OpenAi,
                "https://api.anthropic.com",
                Some(UrlFault::OtherHost),
            ),
            (Host::Anthropic, "https://api.anthropic.com", None),
            (Host::OpenAi, "https://", Some(UrlFault::NoHost)),
            (
                Host::OpenAi,
                "https://api.openai.com/v1\n",
                Some(UrlFault::WhiteSpace),
            ),
            (
                Host::OpenAi,
                "https://ann:pw@example.com/v1",
                Some(UrlFault::Credentials),
            ),
            (
                Host::Gemini,
                "https://example.com/v1?key=abc",
                Some(UrlFault::KeyInQuery),
            ),
            (Host::Local, "http://192.168.1.7:8000/v1", None),
            (Host::Local, "http://172.20.0.2/v1", None),
            (
                Host::Local,
                "http://172.200.0.2/v1",
                Some(UrlFault::NotEncrypted),
            ),
            (Host::Local, "http://[::1]:8000/v1", None),
            (Host::Local, "http://gateway:8000/v1", None),
            (
                Host::Local,
                "http://example.com/v1",
                Some(UrlFault::NotEncrypted),
            ),
            (
                Host::OpenAi,
                "ftp://api.openai.com",
                Some(UrlFault::NoScheme),
            ),
        ] {
            assert_eq!(check_base_url(host, url), expected, "{url}");
        }
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        let key = "sk-ant-Zq7MARKERx9";
        let fault = check_key(Host::OpenAi, key).unwrap();
        assert!(!format!("{fault:?} {fault} {}", fault.as_str()).contains("MARKER"));
    }
}
