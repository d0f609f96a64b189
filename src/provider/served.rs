//! Formats that a host serves, for hosts whose endpoints are documented completely.
//!
//! Source: docs/evidence/validation_other_providers.md, section J.

use super::Format;
use crate::model::Host;

/// Formats of a host's endpoints.
struct Served {
    /// Formats in which the host's documentation describes its models; the first is the usual one.
    own: &'static [Format],
    /// Other vendors' formats, for their clients.
    copies: &'static [Format],
}

impl Served {
    fn has(&self, format: Format) -> bool {
        self.own.contains(&format) || self.copies.contains(&format)
    }
}

fn served(host: Host) -> Option<Served> {
    use Format::*;
    let (own, copies): (&[Format], &[Format]) = match host {
        Host::OpenAi => (
            &[
                OpenAiChat,
                OpenAiResponses,
                OpenAiCompaction,
                Embeddings,
                Completions,
            ],
            &[],
        ),
        Host::Anthropic => (&[Anthropic], &[OpenAiChat]),
        Host::Gemini => (&[Gemini], &[OpenAiChat, Embeddings]),
        Host::Mistral => (&[OpenAiChat, Embeddings, Completions], &[]),
        Host::DeepSeek => (&[OpenAiChat, Completions], &[Anthropic]),
        _ => return None,
    };
    Some(Served { own, copies })
}

/// Returns whether a host has an endpoint of a format, `None` if not all of its endpoints are
/// known.
pub(crate) fn host_serves(host: Host, format: Format) -> Option<bool> {
    Some(served(host)?.has(format))
}

/// Returns the format in which a host reads a request of a detected format: that format if the host
/// serves it, else the host's own with the same list, else its usual one.
pub(super) fn at_host(detected: Format, host: Option<Host>) -> Format {
    let Some(served) = host.and_then(served) else {
        return detected;
    };
    if served.has(detected) {
        return detected;
    }
    same_list(&served, detected)
        .or(served.own.first().copied())
        .unwrap_or(detected)
}

/// Returns the host's own format for a request whose detected format is another vendor's that the
/// host serves too, if both have the same name for the list of messages: then a request in the
/// host's own format that has a mistake can look like the other one.
pub(crate) fn own_of_copy(detected: Format, host: Host) -> Option<Format> {
    let served = served(host)?;
    let is_copy = served.copies.contains(&detected);
    is_copy.then(|| same_list(&served, detected)).flatten()
}

fn same_list(served: &Served, detected: Format) -> Option<Format> {
    let list = detected.wire().list;
    let mut own = served.own.iter().copied();
    own.find(|format| format.wire().list == list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_decides_between_the_formats_that_it_serves() {
        let at = |format, host| at_host(format, Some(host));
        assert_eq!(
            at(Format::Anthropic, Host::OpenAi),
            Format::OpenAiChat,
            "the same list"
        );
        assert_eq!(
            at(Format::Gemini, Host::Anthropic),
            Format::Anthropic,
            "no other list"
        );
        for (format, host) in [
            (Format::OpenAiChat, Host::Anthropic),
            (Format::Anthropic, Host::DeepSeek),
            (Format::Anthropic, Host::OpenRouter),
        ] {
            assert_eq!(at(format, host), format);
        }
        assert_eq!(at_host(Format::Anthropic, None), Format::Anthropic);
    }

    #[test]
    fn copies_of_a_format_have_an_own_one_with_the_same_list() {
        assert_eq!(
            own_of_copy(Format::OpenAiChat, Host::Anthropic),
            Some(Format::Anthropic)
        );
        assert_eq!(own_of_copy(Format::OpenAiChat, Host::OpenAi), None);
        // A list of another name cannot be confused.
        assert_eq!(own_of_copy(Format::OpenAiChat, Host::Gemini), None);
    }
}
