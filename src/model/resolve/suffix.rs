//! Rules that remove a suffix of a name: serving variant, effort, date, `-latest`.

use super::candidate::Candidate;
use super::dates::without_date;
use crate::model::table::Entry;
use crate::model::{Host, Match};

/// Form in which hosts run open weights: `Llama-3.3-70B-Instruct-Turbo`, `...-Instruct-FP8`.
pub(super) fn served_form<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    let at = ["-turbo", "-lite", "-fp8", "-awq", "-reference"]
        .iter()
        .find_map(|form| c.without_end(form))?;
    // Elsewhere `-turbo` is a separate model: `gpt-4-turbo`.
    let inner = c.until(at, Match::Variant)?;
    inner.without_end("-instruct")?;
    Some(inner)
}

/// Reasoning effort as a suffix, as some gateways write it: `gpt-5-high`, `o3-mini-high`,
/// `claude-...-thinking`. Only for models that may reason.
pub(super) fn effort<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    const EFFORTS: &[&str] = &[
        "-minimal",
        "-low",
        "-medium",
        "-high",
        "-xhigh",
        "-none",
        "-thinking",
        "-reasoning",
    ];
    // One effort only: `o3-mini-high-low` is not a name.
    if c.only.is_some() {
        return None;
    }
    let at = EFFORTS.iter().find_map(|effort| c.without_end(effort))?;
    let mut inner = c.until(at, Match::Variant)?;
    inner.only = Some(may_reason);
    Some(inner)
}

fn may_reason(entry: &Entry) -> bool {
    entry.reasoning != Some(false)
}

/// `vercel_ai_gateway/openai/gpt-6-sol-batch`: the service tier, as Vercel's gateway writes it.
pub(super) fn batch<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    (c.host == Some(Host::Vercel)).then_some(())?;
    let at = c.without_end("-batch")?;
    c.until(at, Match::Variant)
}

/// Rule 4: `openai/gpt-6-sol-fast`, a speed tier. Not for xAI, whose `-fast` are separate models.
pub(super) fn fast<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if c.begins("grok") {
        return None;
    }
    let at = c.without_end("-fast")?;
    c.until(at, Match::Variant)
}

/// Rule 9: one trailing date; see [`without_date`].
pub(super) fn date<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if c.dated {
        return None;
    }
    let base = without_date(&c.name)?.len();
    // A snapshot has no snapshots: `gpt-4o-2024-08-06-2025-01-01` is a mistake, not a model.
    if without_date(&c.name[..base]).is_some() {
        return None;
    }
    let mut inner = c.until(base, Match::Snapshot)?;
    inner.dated = true;
    Some(inner)
}

/// Rule 10: `-latest` and `-preview` after a name that is listed without them.
pub(super) fn moving<'n>(c: &Candidate<'n>) -> Option<Candidate<'n>> {
    if c.dated {
        return None;
    }
    let at = c
        .without_end("-latest")
        .or_else(|| c.without_end("-preview"))?;
    let mut inner = c.until(at, Match::MovingName)?;
    // The rest must be listed exactly.
    inner.dated = true;
    Some(inner)
}
