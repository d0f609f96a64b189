//! From a name as people write it to an entry of the registry.
//!
//! ```text
//! candidate = the name as given
//! repeat, at most MAX_STEPS times:
//!   look the candidate up:  deployment map → names that its host alone has → added names → listed names
//!                           → names that hosts have → spelling key → the name that moves (`X` for a listed `X-latest`)
//!                           → the only dated name
//!   found → done
//!   rewrite it by the first rule that applies: wrappers first, outermost first, then what hangs behind a name
//!   none applies → the name is unknown
//! ```
//!
//! Every rule takes something off (or writes a separator anew), so this ends; nothing is searched, and a name costs at most
//! MAX_STEPS lookups. The look-up before each rule is what lets a listed name win that happens to look wrapped.
//!
//! | what is written | rule | file |
//! |---|---|---|
//! | ids of Bedrock as they stand in a URL (`%3A`) | [`wrap::percent`] | `wrap.rs` |
//! | fine-tunes (2) | [`wrap::fine_tune`] | |
//! | ARNs and resource paths (7, 8) | [`wrap::arn`], [`wrap::resource_path`] | |
//! | provider prefixes, data zones, regions (3) | [`wrap::provider_prefix`], [`wrap::zone`] | |
//! | speed tier `~` (4) | [`wrap::tilde`] | |
//! | Bedrock's vendor, window variant and version (7) | [`wrap::dotted_vendor`], [`wrap::window_variant`], [`wrap::bedrock_version`] | |
//! | Vertex (8) | [`wrap::vertex_version`], [`wrap::maas`] | |
//! | OpenRouter's suffixes (4) | [`wrap::colon_suffix`] | |
//! | Azure's `gpt-35` (6) | [`wrap::azure_35`] | |
//! | Ollama and GGUF (5) | [`wrap::ollama_tag`], [`wrap::gguf`] | |
//! | a word before a slash that nobody is known by | [`wrap::unknown_segment`] | |
//! | manner of serving | [`behind::served_form`], [`behind::effort`], [`behind::fast`], [`behind::batch`] | `behind.rs` |
//! | dates (9) | [`behind::date`] | |
//! | moving names (10) | [`behind::moving`] | |
//! | dots and dashes, order (11) | [`spelling::key`] | `spelling.rs` |
//! | longest prefix (12), never by itself | [`guess()`] | `guess.rs` |
//!
//! Numbers are those of the list of naming rules this was built to (collected with the registry, 2026-11-22).
//!
//! Nothing is matched by prefix unless a guess was asked for. `gpt-4.1-huge` is not `gpt-4.1`: a limit taken from the wrong
//! model is worse than an error that names the near ones.

mod behind;
mod candidate;
mod dates;
pub(crate) mod families;
mod guess;
mod nearest;
mod prefixes;
pub(super) mod sketch;
pub(super) mod spelling;
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

/// What may be a name of a model at all.
pub(super) fn is_usable(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}

/// In the order they are tried. A rule later in the list may rely on what the earlier ones have taken off.
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
    behind::served_form,
    behind::effort,
    behind::fast,
    behind::batch,
    behind::date,
    behind::moving,
];
/// How many of the rules take off what stands around a name.
const WRAPPERS: usize = RULES.len() - 6;

/// The model of a name, where the name says it.
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

/// The error for a name that leads nowhere.
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

/// The name without what stands around it; what hangs behind it is left.
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

/// The model with exactly this name: given by the caller, added, or listed.
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

/// A name that the candidate's host alone has; it can be a name of another model elsewhere.
fn at_its_host(registry: &Models, candidate: &Candidate<'_>) -> Option<Found> {
    candidate.host?;
    by_host_name(registry, candidate).filter(|found| found.host.is_some())
}

fn by_host_name(registry: &Models, candidate: &Candidate<'_>) -> Option<Found> {
    let host = candidate.host.or(candidate.vendor);
    let named = table::host_name(&candidate.name, host)
        // A vendor's prefix stands before the names of gateways too.
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
    // What a bare name points to moves, and so would a second guess on top of a date: `mistral-large-2407` is not what
    // `mistral-large-latest` is today.
    if candidate.dated {
        return None;
    }
    spelled(&format!("{key}-latest"), Match::MovingName).or_else(|| only_dated(registry, &key))
}

/// The model of a name that is listed with a date only, and with one date only: `claude-3-haiku`.
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
    // Read as an alias at a host it is the host's name for the model.
    let matched = matched.max(candidate.matched);
    let as_given =
        (!given.eq_ignore_ascii_case(facts.spelling(which))).then(|| Arc::<str>::from(given));
    // A vendor's prefix says who made the model. Before another vendor's model it says who sells it; but every server that
    // speaks OpenAI's format is called `openai/` by some programs.
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
