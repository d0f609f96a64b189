//! Our own format: the entries of `data/models.json`, of which only `id` is required.

use super::Row;
use super::cursor::{Cursor, read};
use super::patch::Patch;
use crate::error::Error;
use crate::model::facts::Modalities;
use crate::model::table;
use crate::model::{BillingFamily, Day, Modality, ModelKind, columns};

/// Reads a list of entries, or a single one.
pub(super) fn rows(models: Cursor<'_>) -> Result<Vec<Row<'_>>, Error> {
    if models.is_object() {
        return Ok(vec![row(models)?]);
    }
    models.items().map(row).collect()
}

/// Fields of an entry. Those from `from` on are for the reader.
const FIELDS: &[&str] = &[
    "id",
    "provider",
    "kind",
    "billing",
    "context_window",
    "max_input_tokens",
    "max_output_tokens",
    "limits_note",
    "encoding",
    "encoding_note",
    "status",
    "deprecation_date",
    "open_weights",
    "counting_generation",
    "limits",
    "abilities",
    "image_tokens",
    "prices",
    "price_regional",
    "hosts",
    "host_names",
    "moving_names",
    "id_moves",
    "moves_to",
    "aliases",
    "azure_names",
    "host_limits_seen",
    "snapshot_deprecations",
    "lifecycle",
    "supports",
    "modalities",
    "price_per_1m_usd",
    "from",
    "sources",
    "why",
    "note",
    "notes",
    "source",
];
const LIFECYCLE: &[&str] = &["release_date", "shutdown_date", "successor", "routed_to"];
const SUPPORTS: &[&str] = &["tools", "vision", "json_schema", "reasoning"];
const MODALITIES: &[&str] = &["input", "output"];
const PRICE: &[&str] = &["input", "cached_input", "output"];

fn row(at: Cursor<'_>) -> Result<Row<'_>, Error> {
    at.expect_object("a model (an object)")?;
    at.expect_no_typo(FIELDS)?;
    let Some(id) = at.field("id") else {
        return Err(at.error("this model has no `id`".to_owned(), "set it"));
    };
    let name = id.name()?;
    let mut patch = Patch {
        provider: read(&at, "provider", Cursor::string)?,
        kind: read(&at, "kind", |at| {
            word(at, "kind", ModelKind::ALL, ModelKind::as_str)
        })?,
        billing: read(&at, "billing", |at| {
            word(
                at,
                "billing family",
                BillingFamily::ALL,
                BillingFamily::as_str,
            )
        })?,
        context_window: read(&at, "context_window", Cursor::size)?,
        max_input_tokens: read(&at, "max_input_tokens", Cursor::size)?,
        max_output_tokens: read(&at, "max_output_tokens", Cursor::size)?,
        limits_note: read(&at, "limits_note", Cursor::string)?,
        encoding: read(&at, "encoding", encoding)?,
        encoding_note: read(&at, "encoding_note", Cursor::string)?,
        status: read(&at, "status", Cursor::string)?,
        shutdown_date: read(&at, "deprecation_date", Cursor::day)?,
        open_weights: read(&at, "open_weights", Cursor::a_bool)?,
        generation: read(&at, "counting_generation", Cursor::column)?,
        limits: read(&at, "limits", Cursor::column)?,
        abilities: read(&at, "abilities", Cursor::column)?,
        images: read(&at, "image_tokens", Cursor::column)?,
        prices: read(&at, "prices", Cursor::column)?,
        regions: read(&at, "price_regional", Cursor::column)?,
        hosts: read(&at, "hosts", |at| {
            columns::rows::hosts(at).map_err(Cursor::refused)
        })?
        .unwrap_or_default(),
        host_names: read(&at, "host_names", Cursor::column)?.unwrap_or_default(),
        moving: read(&at, "moving_names", Cursor::column)?.unwrap_or_default(),
        id_moves: read(&at, "id_moves", Cursor::a_bool)?,
        moves_to: read(&at, "moves_to", Cursor::column)?,
        aliases: read(&at, "aliases", names)?.unwrap_or_default(),
        azure_names: read(&at, "azure_names", names)?.unwrap_or_default(),
        host_limits_seen: read(&at, "host_limits_seen", host_limits)?.unwrap_or_default(),
        snapshot_deprecations: read(&at, "snapshot_deprecations", days)?.unwrap_or_default(),
        ..Patch::default()
    };
    if let (Some(most), Some(window)) = (patch.max_input_tokens, patch.context_window)
        && most > window
        && let Some(at) = at.field("max_input_tokens")
    {
        return Err(at.error(
            "this input limit is larger than the context window".to_owned(),
            "the window holds input and output together",
        ));
    }
    if let Some(lifecycle) = at.field("lifecycle") {
        lifecycle.expect_object("an object")?;
        lifecycle.expect_no_typo(LIFECYCLE)?;
        patch.release_date = read(&lifecycle, "release_date", Cursor::day_or_month)?;
        let shutdown_date = read(&lifecycle, "shutdown_date", Cursor::day)?;
        patch.shutdown_date = shutdown_date.or(patch.shutdown_date);
        patch.successor = read(&lifecycle, "successor", Cursor::string)?;
        patch.routes = read(&lifecycle, "routed_to", Cursor::column)?.unwrap_or_default();
    }
    if let Some(supports) = at.field("supports") {
        supports.expect_object("an object")?;
        supports.expect_no_typo(SUPPORTS)?;
        patch.tools = read(&supports, "tools", Cursor::a_bool)?;
        patch.vision = read(&supports, "vision", Cursor::a_bool)?;
        patch.json_schema = read(&supports, "json_schema", Cursor::a_bool)?;
        patch.reasoning = read(&supports, "reasoning", Cursor::a_bool)?;
    }
    if let Some(both) = at.field("modalities") {
        both.expect_object("an object")?;
        both.expect_no_typo(MODALITIES)?;
        patch.inputs = read(&both, "input", |at| modalities(at, false))?;
        patch.outputs = read(&both, "output", |at| modalities(at, false))?;
    }
    if let Some(price) = at.field("price_per_1m_usd") {
        price.expect_object("an object")?;
        price.expect_no_typo(PRICE)?;
        let amount = |at: &Cursor<'_>| at.price(1_000_000.0);
        patch.price_input = read(&price, "input", amount)?;
        patch.price_cached_input = read(&price, "cached_input", amount)?;
        patch.price_output = read(&price, "output", amount)?;
    }
    Ok(Row {
        name,
        or_else: None,
        patch,
        at,
    })
}

/// Reads a word of a fixed list.
fn word<T: Copy>(
    at: &Cursor<'_>,
    what: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, Error> {
    let given = at.string()?;
    let found = all.iter().copied().find(|&one| as_str(one) == given);
    found.ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|&one| as_str(one)).collect();
        at.error(
            format!("this is not a {what}"),
            format!("use one of {}", words.join(", ")),
        )
    })
}

/// Reads an encoding of this crate, or another one named in the registry.
fn encoding(at: &Cursor<'_>) -> Result<String, Error> {
    let name = at.string()?;
    let known = crate::encoding::Encoding::from_name(&name).is_ok()
        || table::MODELS
            .iter()
            .any(|entry| *entry.encoding_name == *name);
    if known {
        Ok(name)
    } else {
        Err(at.error(
            "no encoding has this name".to_owned(),
            "omit it if the encoding is not public",
        ))
    }
}

fn names(at: &Cursor<'_>) -> Result<Vec<String>, Error> {
    at.expect_array()?;
    at.items().map(|name| name.name()).collect()
}

/// Reads `[window in tokens, number of hosts]`.
fn host_limits(at: &Cursor<'_>) -> Result<Vec<(u64, u32)>, Error> {
    at.expect_array()?;
    at.items()
        .map(|pair| {
            pair.expect_array()?;
            let numbers: Vec<Cursor<'_>> = pair.items().collect();
            let [window, hosts] = numbers.as_slice() else {
                return Err(pair.error(
                    "this is not a pair of numbers".to_owned(),
                    "set a window and a number of hosts",
                ));
            };
            // A size is at most 1e9 and so fits.
            Ok((window.size()?, hosts.size_or_zero()? as u32))
        })
        .collect()
}

fn days(at: &Cursor<'_>) -> Result<Vec<(String, Day)>, Error> {
    at.expect_object("an object of names and days")?;
    at.entries()
        .map(|(name, day)| Ok((name, day.day()?)))
        .collect()
}

/// Reads a list of modalities; unknown words are ignored in other formats than ours.
pub(super) fn modalities(at: &Cursor<'_>, lenient: bool) -> Result<Modalities, Error> {
    at.expect_array()?;
    let mut list: Vec<Modality> = Vec::new();
    for item in at.items() {
        let modality = match Modality::from_word(&item.string()?) {
            Some(modality) => modality,
            None if lenient => continue,
            None => {
                return Err(item.error(
                    "this is not a modality".to_owned(),
                    "use text, image, audio, video, pdf, embedding",
                ));
            }
        };
        if !list.contains(&modality) {
            list.push(modality);
        }
    }
    Ok(Modalities::of(&list))
}
