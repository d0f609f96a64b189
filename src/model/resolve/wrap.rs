//! Rules that remove the wrapping of a name: its host and purpose.

use std::borrow::Cow;

use super::candidate::Candidate;
use super::prefixes::{AZURE_ZONES, BEDROCK_REGIONS, DOTTED};
use crate::model::{Host, HostKind, Match};

/// Bedrock id in the path of a URL: `anthropic.claude-3-haiku-20240307-v1%3A0`.
pub(super) fn percent<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if !c.name.contains('%') {
        return None;
    }
    let mut name = c.name.to_string();
    for (code, plain) in [
        ("%3a", ":"),
        ("%3A", ":"),
        ("%2f", "/"),
        ("%2F", "/"),
        ("%40", "@"),
    ] {
        name = name.replace(code, plain);
    }
    (name != c.name).then_some(())?;
    c.named(Cow::Owned(name), Match::HostName)
}

/// Rule 2: `ft:BASE:ORG:SUFFIX:ID`, also followed by `:ckpt-step-N`; the old
/// `davinci:ft-ORG-2023-01-01-00-00-00`; and Azure's `gpt-4o-mini-2024-07-18.ft-0123abcd`.
pub(super) fn fine_tune<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let name = c.name.as_ref();
    if c.begins("ft:") {
        let base = name[3..].find(':').map_or(name.len(), |at| at + 3);
        return c.part(3..base, Match::FineTune);
    }
    if let Some(at) = c.find(":ft-") {
        return c.until(at, Match::FineTune);
    }
    let at = c.find(".ft-")?;
    Some(c.until(at, Match::FineTune)?.at(Some(Host::Azure)))
}

/// Rule 7: `arn:aws:bedrock:us-east-1:1234:inference-profile/us.anthropic.claude-...`: the part
/// after the last slash.
pub(super) fn arn<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if !c.begins("arn:aws") {
        return None;
    }
    let at = c.name.rfind('/')?;
    Some(c.after(at + 1, Match::HostName)?.at(Some(Host::Bedrock)))
}

/// Rule 8: `projects/P/locations/L/publishers/google/models/NAME`, `publishers/google/models/NAME`
/// at Vertex, `models/NAME` at the Gemini API.
pub(super) fn resource_path<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if c.begins("models/") {
        return c.after("models/".len(), Match::HostName);
    }
    if !c.begins("publishers/") && !c.begins("projects/") {
        return None;
    }
    let at = c.find("/models/")? + "/models/".len();
    Some(c.after(at, Match::HostName)?.at(Some(Host::Vertex)))
}

/// Rule 4: `~anthropic/claude-opus-latest`, a speed tier.
pub(super) fn tilde<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    c.name
        .starts_with('~')
        .then(|| c.after(1, Match::Variant))
        .flatten()
}

/// Rule 3: `openrouter/anthropic/NAME`: removes one known segment from the left. The outermost host
/// is used.
pub(super) fn provider_prefix<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let has_slash = c.name.contains('/');
    let &(prefix, host) = Host::PREFIXES
        .iter()
        .find(|(prefix, _)| (has_slash || !prefix.ends_with('/')) && c.begins(prefix))?;
    let mut inner = c.after(prefix.len(), Match::HostName)?;
    match host.kind() {
        HostKind::Vendor => {
            if inner.host.is_none() {
                inner.vendor = inner.vendor.or(Some(host));
            }
        }
        _ => inner = inner.at(Some(host)),
    }
    Some(inner)
}

/// Rule 3: the data zone of `azure/eu/NAME`; at Bedrock the route or region of
/// `bedrock/converse/NAME`, `bedrock/us-east-1/NAME`.
pub(super) fn zone<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let length = match c.host? {
        Host::Azure => AZURE_ZONES.iter().find(|zone| c.begins(zone))?.len(),
        Host::Bedrock => {
            let at = c.name.find('/')?;
            let segment = &c.name[..at];
            let is_region =
                segment.split('-').count() >= 3 && segment.ends_with(|d: char| d.is_ascii_digit());
            // `bedrock/us-east-1/6-month-commitment/NAME`, `bedrock/*/NAME`
            let is_commitment = segment
                .strip_suffix("-month-commitment")
                .is_some_and(all_digits);
            (is_region
                || is_commitment
                || ["converse", "invoke", "*"]
                    .iter()
                    .any(|route| segment.eq_ignore_ascii_case(route)))
            .then_some(at + 1)?
        }
        _ => return None,
    };
    c.after(length, Match::HostName)
}

/// Rule 7: `[REGION.]VENDOR.NAME`, as in `us.anthropic.claude-sonnet-4-5-20250929-v1:0` and
/// `oci/xai.grok-4`.
pub(super) fn dotted_vendor<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let dot = c.name.find('.')?;
    let first = &c.name[..dot];
    let is = |word: &&str| first.eq_ignore_ascii_case(word);
    if BEDROCK_REGIONS.iter().any(is) {
        let rest = c.after(dot + 1, Match::HostName)?;
        // A region without a vendor is not Bedrock's (`us.example`).
        let next = &rest.name[..rest.name.find('.')?];
        let vendor = DOTTED
            .iter()
            .any(|(vendor, _)| next.eq_ignore_ascii_case(vendor));
        return vendor.then(|| rest.at(Some(Host::Bedrock)));
    }
    let (vendor, host) = DOTTED.iter().find(|(vendor, _)| is(vendor))?;
    let mut inner = c.after(dot + 1, Match::HostName)?;
    if *vendor == "deepseek" && !inner.begins("deepseek") {
        // `deepseek.v3.2`, `deepseek.r1-v1:0`: the vendor is part of the name.
        inner.name = Cow::Owned(format!("deepseek-{}", inner.name));
    }
    Some(inner.at(Some(*host)))
}

/// Rule 7: the window variant after a Bedrock id, `:200k` or `:48k`.
pub(super) fn window_variant<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = c.name.rfind(':')?;
    let thousands = c.name[at + 1..].strip_suffix(['k', 'K'])?;
    if thousands.is_empty() || thousands.len() > 4 || !all_digits(thousands) {
        return None;
    }
    let window = thousands.parse::<u64>().ok().filter(|&n| n > 0)? * 1_000;
    let mut inner = c.until(at, Match::HostName)?.at(Some(Host::Bedrock));
    inner.window = inner.window.or(Some(window));
    Some(inner)
}

/// Rule 7: the version after a Bedrock id: `-v1:0`, `-1:0`, `-v2-0`, `-v1`. Without the host's own
/// marks before it, only the form that is unique to Bedrock is accepted.
pub(super) fn bedrock_version<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let name = c.name.as_ref();
    let at_bedrock = c.host == Some(Host::Bedrock);
    let version_begin = |text: &str| {
        let dash = text.rfind('-')?;
        let version = &text[dash + 1..];
        let number = version.strip_prefix(['v', 'V']);
        (all_digits(number.unwrap_or(version)) && version.len() <= 3)
            .then_some((dash, number.is_some()))
    };
    let at = if let Some((before, minor)) = name.rsplit_once(':') {
        let (at, has_v) = version_begin(before)?;
        (all_digits(minor) && minor.len() <= 2 && (has_v || at_bedrock)).then_some(at)?
    } else {
        at_bedrock.then_some(())?;
        match version_begin(name)? {
            (at, true) => at,
            // `-v2-0`
            (at, false) => version_begin(&name[..at]).filter(|(_, has_v)| *has_v)?.0,
        }
    };
    Some(c.until(at, Match::HostName)?.at(Some(Host::Bedrock)))
}

/// Rule 8: `claude-opus-4-5@20251101` is `claude-opus-4-5-20251101`; `@default` and `@latest` are
/// ignored.
pub(super) fn vertex_version<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = c.name.rfind('@')?;
    let version = &c.name[at + 1..];
    let inner = if version.eq_ignore_ascii_case("default") || version.eq_ignore_ascii_case("latest")
    {
        c.until(at, Match::HostName)?
    } else if all_digits(version) {
        c.named(
            Cow::Owned(format!("{}-{version}", &c.name[..at])),
            Match::HostName,
        )?
    } else {
        return None;
    };
    Some(inner.at(Some(Host::Vertex)))
}

/// Rule 8: `llama-3.3-70b-instruct-maas`, an open model that Vertex runs as a service.
pub(super) fn maas<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = c.without_end("-maas")?;
    Some(c.until(at, Match::HostName)?.at(Some(Host::Vertex)))
}

/// Rule 4: OpenRouter's suffixes: `:free`, `:nitro`, `:online`, ...; and the host selected at
/// Hugging Face's router: `moonshotai/kimi-k2:groq`.
pub(super) fn colon_suffix<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    const SUFFIXES: &[&str] = &[
        "free", "nitro", "floor", "online", "extended", "thinking", "beta", "exacto", "batch",
    ];
    // Only one is allowed.
    c.variant.is_empty().then_some(())?;
    let at = c.name.rfind(':')?;
    let suffix = &c.name[at + 1..];
    if let Some(host) = Host::from_word(suffix) {
        return Some(c.until(at, Match::HostName)?.at(Some(host)));
    }
    let variant = SUFFIXES
        .iter()
        .find(|known| suffix.eq_ignore_ascii_case(known))?;
    let mut inner = c.until(at, Match::Variant)?.at(Some(Host::OpenRouter));
    inner.variant = variant;
    Some(inner)
}

/// Rule 6: Azure's `gpt-35-turbo` before a suffix that is not listed with it.
pub(super) fn azure_35<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    c.begins("gpt-35-").then_some(())?;
    let name = format!("gpt-3.5-{}", &c.name["gpt-35-".len()..]);
    c.named(Cow::Owned(name), Match::HostName)
}

/// Rule 5: `Llama-3.1-8B-Instruct-GGUF`: a file for llama.cpp, whose window is set at load.
pub(super) fn gguf<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = c.without_end("-gguf").or_else(|| c.without_end(".gguf"))?;
    Some(c.until(at, Match::HostName)?.at(Some(Host::Local)))
}

/// Rule 5: `llama3.1:8b`, `gemma3:27b-it-q4_K_M` at Ollama. The tag must state the size, or be
/// `latest`: it is then part of the name, without the quantization.
pub(super) fn ollama_tag<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let (base, tag) = c.name.split_once(':')?;
    if base.is_empty() || tag.contains([':', '/']) {
        return None;
    }
    let name = if tag.eq_ignore_ascii_case("latest") {
        base.to_owned()
    } else {
        let parts: Vec<&str> = tag
            .split('-')
            .filter(|part| !is_quantization(part))
            .collect();
        parts.first().filter(|size| is_size(size))?;
        format!("{base}-{}", parts.join("-"))
    };
    Some(
        c.named(Cow::Owned(name), Match::HostName)?
            .at(Some(Host::Ollama)),
    )
}

/// `my-proxy/gpt-4o`: an unknown word before a slash. After a known host it is the model's maker
/// (`openrouter/nousresearch/NAME`); otherwise it may be the caller's own proxy or gateway.
pub(super) fn unknown_segment<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = c.name.find('/')?;
    match c.host {
        Some(_) => c.after(at + 1, Match::HostName),
        None => Some(c.after(at + 1, Match::UnknownHost)?.at(Some(Host::Other))),
    }
}

/// `8b`, `0.5b`, `8x7b`, `e4b`, `270m`.
fn is_size(part: &str) -> bool {
    let number = part.trim_end_matches(['b', 'B', 'm', 'M']);
    let number = number.strip_prefix(['e', 'E']).unwrap_or(number);
    number.len() < part.len()
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'x' | b'X'))
}

/// `q4_K_M`, `q8_0`, `iq3_xs`, `fp16`.
fn is_quantization(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    matches!(
        part.as_str(),
        "fp16" | "f16" | "bf16" | "fp8" | "int4" | "int8" | "mxfp4"
    ) || part
        .strip_prefix("iq")
        .or_else(|| part.strip_prefix('q'))
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
