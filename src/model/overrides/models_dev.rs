//! models.dev's `api.json`: an object of providers, each with an object of models. Prices are per
//! 1M tokens.

use super::Row;
use super::cursor::{Cursor, read};
use super::own::modalities;
use super::patch::Patch;
use crate::error::Error;
use crate::model::{Host, Modality};

pub(super) fn rows(root: Cursor<'_>) -> Result<Vec<Row<'_>>, Error> {
    let mut rows = Vec::new();
    for (provider, at) in root.entries() {
        if provider.starts_with('$') {
            continue;
        }
        at.expect_object("a provider (an object)")?;
        let Some(models) = at.field("models") else {
            continue;
        };
        models.expect_object("an object of models")?;
        // A vendor's own models use bare names, a host's use the host's names.
        let host = Host::from_word(&provider);
        let is_vendor = host.is_some_and(|host| host.vendor().is_some());
        for (id, at) in models.entries() {
            at.expect_object("a model (an object)")?;
            let name = match host {
                _ if is_vendor => id.clone(),
                // With the prefix by which the resolver recognizes the host.
                Some(host) => format!("{}{id}", host.prefixes().first().copied().unwrap_or("")),
                None => format!("{provider}/{id}"),
            };
            at.check_name(&name)?;
            rows.push(Row {
                patch: patch(&at, &provider)?,
                or_else: (!is_vendor).then_some(id),
                name,
                at,
            });
        }
    }
    // Two words for one host or vendor (`alibaba`, `alibaba-cn`) list the same models: the first is
    // used.
    let mut seen = std::collections::BTreeSet::new();
    rows.retain(|row| seen.insert(row.name.to_ascii_lowercase()));
    Ok(rows)
}

fn patch(at: &Cursor<'_>, provider: &str) -> Result<Patch, Error> {
    let mut patch = Patch {
        provider_if_new: Some(provider.to_owned()),
        tools: read(at, "tool_call", Cursor::a_bool)?,
        reasoning: read(at, "reasoning", Cursor::a_bool)?,
        json_schema: read(at, "structured_output", Cursor::a_bool)?,
        vision: read(at, "attachment", Cursor::a_bool)?,
        status: read(at, "status", Cursor::string)?,
        ..Patch::default()
    };
    if let Some(limit) = at.field("limit") {
        limit.expect_object("an object")?;
        // 0 means unknown.
        let size = |field| {
            let size = read(&limit, field, Cursor::size_or_zero)?;
            Ok::<_, Error>(size.filter(|&size| size > 0))
        };
        patch.context_window = size("context")?;
        patch.max_input_tokens = size("input")?;
        patch.max_output_tokens = size("output")?;
    }
    if let Some(cost) = at.field("cost") {
        cost.expect_object("an object")?;
        let amount = |at: &Cursor<'_>| at.price(1_000_000.0);
        patch.price_input = read(&cost, "input", amount)?;
        patch.price_output = read(&cost, "output", amount)?;
        patch.price_cached_input = read(&cost, "cache_read", amount)?;
    }
    if let Some(both) = at.field("modalities") {
        both.expect_object("an object")?;
        patch.inputs = read(&both, "input", |at| modalities(at, true))?;
        // `attachment` means files of any kind.
        patch.vision = patch
            .inputs
            .map(|inputs| inputs.as_slice().contains(&Modality::Image))
            .or(patch.vision);
        patch.outputs = read(&both, "output", |at| modalities(at, true))?;
    }
    Ok(patch)
}
