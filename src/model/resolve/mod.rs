//! Resolver from a name as people write it to an entry of the registry.
//!
//! ```text
//! candidate = the name as given
//! repeat, at most MAX_STEPS times:
//!   look the candidate up:  aliases → names of its host only → added names → listed names
//!                           → names of hosts → spelling key → a moving name (`X` for `X-latest`)
//!                           → the only dated name
//!   found → done
//!   rewrite it by the first rule that applies: wrappers from the outside, then suffixes
//!   no rule applies → the name is unknown
//! ```
//!
//! Every rule removes something (or rewrites a separator), so this terminates; nothing is searched,
//! and a name costs at most MAX_STEPS look-ups. The look-up before each rule lets a listed name
//! that happens to look wrapped be found first.
//!
//! | written form | rule | file |
//! |---|---|---|
//! | Bedrock ids in a URL (`%3A`) | [`wrap::percent`] | `wrap.rs` |
//! | fine-tunes (2) | [`wrap::fine_tune`] | |
//! | ARNs and resource paths (7, 8) | [`wrap::arn`], [`wrap::resource_path`] | |
//! | provider prefixes, data zones, regions (3) | [`wrap::provider_prefix`], [`wrap::zone`] | |
//! | speed tier `~` (4) | [`wrap::tilde`] | |
//! | Bedrock's vendor, window variant and version (7) | [`wrap::dotted_vendor`], [`wrap::window_variant`], [`wrap::bedrock_version`] | |
//! | Vertex (8) | [`wrap::vertex_version`], [`wrap::maas`] | |
//! | OpenRouter's suffixes (4) | [`wrap::colon_suffix`] | |
//! | Azure's `gpt-35` (6) | [`wrap::azure_35`] | |
//! | Ollama and GGUF (5) | [`wrap::ollama_tag`], [`wrap::gguf`] | |
//! | an unknown word before a slash | [`wrap::unknown_segment`] | |
//! | serving variants | [`suffix::served_form`], [`suffix::effort`], [`suffix::fast`], [`suffix::batch`] | `suffix.rs` |
//! | dates (9) | [`suffix::date`] | |
//! | moving names (10) | [`suffix::moving`] | |
//! | dots and dashes, order (11) | [`spelling::key`] | `spelling.rs` |
//! | longest prefix (12), only on request | [`guess()`] | `guess.rs` |
//!
//! Numbers are those of the list of naming rules that this implements (collected with the registry,
//! 2026-11-22).
//!
//! No name is matched by prefix unless a guess was requested. `gpt-4.1-huge` is not `gpt-4.1`: a
//! limit of the wrong
//! model is worse than an error that lists similar names.

mod candidate;
mod dates;
pub(crate) mod families;
mod guess;
mod nearest;
mod prefixes;
pub(super) mod sketch;
pub(super) mod spelling;
mod suffix;
mod wrap;

use std::sync::Arc;

use super::found::Found;
use super::handle::{Model, Window};
use super::registry::Models;
use super::table;
use super::{Host, Match};
use crate::error::{Error, Inner};
use crate::shown::shown_name;
use candidate::{Candidate, MAX_NAME_BYTES, Rule};
pub(super) use guess::guess;
use nearest::nearest;

/// More layers than any real name has (`openrouter/` + vendor + `:free` + effort + date are five).
const MAX_STEPS: usize = 16;

/// Returns whether a string can be the name of a model.
pub(super) fn is_usable(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}

/// In the order of application. A rule may rely on earlier ones having removed their part.
const RULES: &[Rule] = &[
    wrap::percent,
    wrap::fine_tune,
    wrap::arn,
    wrap::resource_path,
    wrap::tilde,
    wrap::provider_prefix,
    wrap::zone,
    wrap::dotted_vendor,
    wrap::window_variant,
    wrap::bedrock_version,
    wrap::vertex_version,
    wrap::maas,
    wrap::colon_suffix,
    wrap::azure_35,
    wrap::gguf,
    wrap::ollama_tag,
    wrap::unknown_segment,
    // A guess is made from here on.
    suffix::served_form,
    suffix::effort,
    suffix::fast,
    suffix::batch,
    suffix::date,
    suffix::moving,
];
/// Number of rules that remove prefixes and wrappers.
const WRAPPERS: usize = RULES.len() - 6;

/// Returns the model of a name.
pub(super) fn resolve(registry: &Models, name: &str) -> Option<Model> {
    let mut candidate = Candidate::new(name)?;
    for _ in 0..MAX_STEPS {
        if let Some(model) = look_up(registry, &candidate, name) {
            return Some(model);
        }
        candidate = RULES.iter().find_map(|rule| rule(&candidate))?;
    }
    None
}

/// Creates the error for a name that cannot be resolved.
pub(super) fn unknown(registry: &Models, name: &str) -> Error {
    let mut near = nearest(registry, name);
    if near.is_empty()
        && let Some(inner) = unwrapped(name)
    {
        near = nearest(registry, &inner.name);
    }
    Inner::UnknownModel {
        name: shown_name(name),
        nearest: near,
    }
    .into()
}

/// Removes the wrappers around a name; suffixes stay.
fn unwrapped(name: &str) -> Option<Candidate<'_>> {
    let mut candidate = Candidate::new(name)?;
    for _ in 0..MAX_STEPS {
        match RULES[..WRAPPERS].iter().find_map(|rule| rule(&candidate)) {
            Some(inner) => candidate = inner,
            None => break,
        }
    }
    Some(candidate)
}

fn look_up(registry: &Models, candidate: &Candidate<'_>, given: &str) -> Option<Model> {
    let name = candidate.name.as_ref();
    let found = at_its_host(registry, candidate)
        .or_else(|| find(registry, name))
        .or_else(|| by_host_name(registry, candidate))
        .or_else(|| by_spelling(registry, candidate))?;
    if candidate.only.is_some_and(|holds| !holds(&found.facts)) {
        return None;
    }
    Some(model(found, candidate, given))
}

/// Finds the model with exactly this name: an alias, added, or listed.
fn find(registry: &Models, name: &str) -> Option<Found> {
    if let Some(target) = registry.alias_target(name) {
        let plain = registry.without_aliases();
        let model = resolve(&plain, target)?;
        return Some(Found {
            matched: model.matched.max(Match::Alias),
            facts: model.facts,
            which: model.which,
            host: model.host,
            own_limits: model.own_limits,
            as_of: model.as_of,
        });
    }
    registry.find_listed(name)
}

/// Finds a name that only the candidate's host has; elsewhere it can be a name of another model.
fn at_its_host(registry: &Models, candidate: &Candidate<'_>) -> Option<Found> {
    candidate.host?;
    by_host_name(registry, candidate).filter(|found| found.host.is_some())
}

fn by_host_name(registry: &Models, candidate: &Candidate<'_>) -> Option<Found> {
    let host = candidate.host.or(candidate.vendor);
    let named = table::host_name(&candidate.name, host)
        // A vendor's prefix also precedes the names of gateways.
        .or_else(|| match candidate.host {
            None => table::host_name(&candidate.name, None),
            Some(_) => None,
        })?;
    let matched = match named.as_of {
        Some(_) => Match::MovingName,
        None => Match::HostName,
    };
    Some(Found {
        matched,
        host: named.host,
        as_of: named.as_of,
        ..Found::listed(registry.facts(named.entry), 0)
    })
}

fn by_spelling(registry: &Models, candidate: &Candidate<'_>) -> Option<Found> {
    let key = spelling::key(&candidate.name);
    let spelled = |key: &str, matched: Match| {
        let found = registry.find_key(key)?;
        Some(Found {
            matched: found.matched.max(matched),
            ..found
        })
    };
    if let Some(found) = spelled(&key, Match::Spelling) {
        return Some(found);
    }
    if candidate.host == Some(Host::Ollama) {
        // Its plain tags are the instruct models.
        for tail in ["-instruct", "-it"] {
            if let Some(found) = spelled(&format!("{key}{tail}"), Match::HostName) {
                return Some(found);
            }
        }
    }
    // A bare name moves, and would be a second guess after a date: `mistral-large-2407` differs
    // from the current `mistral-large-latest`.
    if candidate.dated {
        return None;
    }
    spelled(&format!("{key}-latest"), Match::MovingName).or_else(|| only_dated(registry, &key))
}

/// Finds the model of a name that is listed with exactly one date, and never without:
/// `claude-3-haiku`.
fn only_dated(registry: &Models, key: &str) -> Option<Found> {
    let prefix = format!("{key}-");
    let mut dated = table::keys_after(&prefix)
        .filter(|(rest, _)| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_digit()))
        .map(|(_, named)| named);
    let only = dated.next()?;
    if dated.any(|other| other.entry.id != only.entry.id) {
        return None;
    }
    Some(Found {
        matched: Match::MovingName,
        as_of: None,
        ..Found::listed(registry.facts(only.entry), only.which)
    })
}

fn model(found: Found, candidate: &Candidate<'_>, given: &str) -> Model {
    let Found {
        facts,
        which,
        matched,
        host,
        own_limits,
        as_of,
    } = found;
    // An alias at a host is the host's name for the model.
    let matched = matched.max(candidate.matched);
    let as_given =
        (!given.eq_ignore_ascii_case(facts.spelling(which))).then(|| Arc::<str>::from(given));
    // A vendor's prefix names the maker. Before another vendor's model it names the seller; but
    // some programs use `openai/` for every server with OpenAI's format.
    let seller = candidate.vendor.filter(|vendor| *vendor != Host::OpenAi);
    let host = candidate.host.or(host).or(seller);
    let mut model = Model {
        as_given,
        variant: candidate.variant,
        own_limits,
        as_of,
        ..Model::found(facts, which, matched)
    };
    if let Some(host) = host {
        model.set_host(host);
    }
    if let Some(window) = candidate.window {
        model.window = Window::Named(window);
    }
    model
}
