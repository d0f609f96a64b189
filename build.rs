//! Lays data out as tables that are ready to be read: the model registry in `data/models.json` and what hosts do otherwise
//! in `data/hosts.json`, the vocabularies in `data/vocabulary`, the character classes; and names the data the crate was
//! built with. So nothing is parsed at run time.
//!
//! Writes to `OUT_DIR`: `models.rs`, which `src/model/table.rs` includes; the tables of each vocabulary whose feature is on
//! (`src/encoding/vocabulary.rs`), of the classes (`classes.rs`) and the special tokens (`special.rs`).

#[path = "data/classes.rs"]
mod classes;
#[path = "data/fnv.rs"]
mod fnv;
#[path = "data/layout.rs"]
mod layout;
#[path = "data/schema.rs"]
mod schema;
// The key under which spellings of one name meet has to be the same here and at run time.
#[path = "src/model/resolve/spelling.rs"]
mod spelling;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use schema::{Hosts, Model, Registry, Source, source_and_note};
use serde::Deserialize;

const REGISTRY: &str = "data/models.json";
const HOSTS: &str = "data/hosts.json";
const VOCABULARIES: &str = "data/vocabularies.json";
const VOCABULARY: &str = "data/vocabulary";
const CLASSES: &str = "data/unicode_classes.txt";
const RULES: &str = "src/count/rules";
/// Names longer than this are not looked up either (`src/model/resolve.rs`).
const MAX_NAME_BYTES: usize = 100;

/// `data/vocabularies.json`, as far as it is read here.
#[derive(Deserialize)]
struct Vocabularies {
    encodings: Vec<EncodingRow>,
}

#[derive(Deserialize)]
struct EncodingRow {
    name: String,
    special_tokens: BTreeMap<String, u32>,
}

fn main() {
    if let Err(problem) = run() {
        println!("cargo::error={problem}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src/model/resolve/spelling.rs");
    println!("cargo::rerun-if-changed=src/encoding/hash.rs");
    // Naming a path that is not there would run this script at every build.
    println!(
        "cargo::rerun-if-changed={}",
        if Path::new(RULES).is_dir() {
            RULES
        } else {
            "src"
        }
    );

    let text = read(Path::new(REGISTRY))?;
    let registry: Registry = serde_json::from_str(&text).map_err(|e| format!("{REGISTRY}: {e}"))?;
    let hosts: Hosts =
        serde_json::from_str(&read(Path::new(HOSTS))?).map_err(|e| format!("{HOSTS}: {e}"))?;
    day(&hosts.date, "date").map_err(|e| format!("{HOSTS}: {e}"))?;
    let version = data_version((&registry.date).max(&hosts.date))?;
    let mut code = generate(&registry, &hosts, &version).map_err(|e| format!("{REGISTRY}: {e}"))?;
    code += &host_tables(&registry, &hosts).map_err(|e| format!("{HOSTS}: {e}"))?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?;
    let out = Path::new(&out);
    write(&out.join("models.rs"), code.as_bytes())?;
    vocabularies(out)?;
    let (index, blocks) =
        classes::tables(&read(Path::new(CLASSES))?).map_err(|e| format!("{CLASSES}: {e}"))?;
    write(&out.join("class_index.bin"), &index)?;
    write(&out.join("class_blocks.bin"), &blocks)?;
    write(&out.join("special.rs"), special_tokens()?.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// The tables of each vocabulary whose feature is on.
fn vocabularies(out: &Path) -> Result<(), String> {
    for (feature, name) in [
        ("O200K", "o200k_base"),
        ("CL100K", "cl100k_base"),
        ("P50K", "p50k_base"),
        ("R50K", "r50k_base"),
    ] {
        if env::var_os(format!("CARGO_FEATURE_{feature}")).is_none() {
            continue;
        }
        let path = format!("{VOCABULARY}/{name}.pairs");
        let pairs = fs::read(&path).map_err(|e| format!("{path}: {e}"))?;
        for (table, bytes) in layout::tables(&pairs).map_err(|e| format!("{path}: {e}"))? {
            write(&out.join(format!("{name}.{table}.bin")), &bytes)?;
        }
    }
    Ok(())
}

/// What `data/vocabularies.json` says of the special tokens, each encoding's in the order of their ids.
fn special_tokens() -> Result<String, String> {
    let file: Vocabularies = serde_json::from_str(&read(Path::new(VOCABULARIES))?)
        .map_err(|e| format!("{VOCABULARIES}: {e}"))?;
    let mut out = String::from("static SPECIAL: &[(&str, &[(u32, &str)])] = &[\n");
    for encoding in &file.encodings {
        let mut tokens: Vec<(u32, &String)> = encoding
            .special_tokens
            .iter()
            .map(|(text, id)| (*id, text))
            .collect();
        tokens.sort_unstable();
        let _ = writeln!(out, "({:?}, &{tokens:?}),", encoding.name);
    }
    out += "];\n";
    Ok(out)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// `DATE-HASH` over everything that can move a count or a limit: the data files and the counting rules.
///
/// The date is for people (how old are the facts?), the hash for programs: it moves when any of the files does. Paths go in
/// with `/` and line ends as LF, so that a checkout on Windows has the same version.
fn data_version(registry_date: &str) -> Result<String, String> {
    let mut files = files_with_extension(Path::new("data"), "json")?;
    let mut date = day(registry_date, "date").map_err(|e| format!("{REGISTRY}: {e}"))?;
    if Path::new(RULES).is_dir() {
        files.extend(files_with_extension(Path::new(RULES), "rs")?);
        if let Some(rules_date) = rules_date()? {
            date = date.max(rules_date);
        }
    }
    let mut by_name: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| (path.to_string_lossy().replace('\\', "/"), path))
        .collect();
    by_name.sort();
    let mut hash = fnv::Fnv::new();
    for (name, path) in by_name {
        let text = read(&path)?.replace("\r\n", "\n");
        // Lengths first, so that text moved from one file to the next is a change.
        for part in [&name, &text] {
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part.as_bytes());
        }
    }
    let hash = hash.finish();
    // Folding both halves is how the authors of FNV shorten it.
    Ok(format!(
        "{date}-{:08x}",
        (hash >> 32) ^ (hash & 0xffff_ffff)
    ))
}

/// The day in `RULES_DATE: &str = "YYYY-MM-DD"`, where the rules have such a line.
fn rules_date() -> Result<Option<String>, String> {
    const MARK: &str = "RULES_DATE: &str = \"";
    let path = Path::new(RULES).join("mod.rs");
    if !path.is_file() {
        return Ok(None);
    }
    let text = read(&path)?;
    let Some((_, rest)) = text.split_once(MARK) else {
        return Ok(None);
    };
    let date = rest.split('"').next().unwrap_or_default();
    day(date, "RULES_DATE")
        .map(Some)
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn files_with_extension(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let error = |e| format!("{}: {e}", dir.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    Ok(files)
}

/// The sources of both files, by their ids; no id means two things.
fn all_sources<'a>(
    registry: &'a Registry,
    hosts: &'a Hosts,
) -> Result<BTreeMap<&'a String, &'a Source>, String> {
    let mut sources: BTreeMap<_, _> = registry.sources.iter().collect();
    for (id, source) in &hosts.sources {
        if sources.insert(id, source).is_some() {
            return Err(format!("the source `{id}` is in {REGISTRY} and in {HOSTS}"));
        }
    }
    Ok(sources)
}

fn generate(registry: &Registry, hosts: &Hosts, version: &str) -> Result<String, String> {
    let mut out = String::from("// Generated by build.rs from data/models.json.\n");
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line(format!(
        "pub(crate) const DATA_VERSION: &str = {version:?};"
    ));
    line(format!(
        "pub(super) const REGISTRY_DATE: &str = {:?};",
        day(&registry.date, "date")?
    ));

    let sources = all_sources(registry, hosts)?;
    let source_ids: Vec<&String> = sources.keys().copied().collect();
    line("static SOURCES: &[SourceRow] = &[".to_owned());
    for (id, source) in sources {
        if id.is_empty() || id.contains(' ') {
            return Err(format!(
                "the source id {id:?} is empty or holds a blank, which a reference could not name"
            ));
        }
        let date = day_or_month(&source.date, &format!("date of source `{id}`"))?;
        line(format!(
            "SourceRow {{ name: {id:?}, what: {:?}, date: {date:?} }},",
            source.what
        ));
    }
    line("];".to_owned());

    line("pub(super) static MODELS: &[Entry] = &[".to_owned());
    for model in &registry.models {
        line(entry(model, &source_ids).map_err(|e| format!("model `{}`: {e}", model.id))?);
    }
    line("];".to_owned());

    line("pub(super) static NAMES: &[(&str, u16, u16)] = &[".to_owned());
    for (name, (model, which)) in names(&registry.models)? {
        line(format!("({name:?}, {model}, {which}),"));
    }
    line("];".to_owned());

    line("pub(super) static KEYS: &[(&str, u16, u16)] = &[".to_owned());
    for (key, (model, which)) in keys(&registry.models) {
        line(format!("({key:?}, {model}, {which}),"));
    }
    line("];".to_owned());
    Ok(out)
}

/// Spelling key to (index of the model, index of the name as in `names`), sorted by key.
///
/// Keys that lead to two models (`grok-4-1-fast`, `grok-4.1-fast`) are left out: such names have to be spelled exactly.
fn keys(models: &[Model]) -> BTreeMap<String, (u16, u16)> {
    let mut keys: BTreeMap<String, Option<(u16, u16)>> = BTreeMap::new();
    for (m, model) in models.iter().enumerate() {
        for (n, name) in std::iter::once(&model.id).chain(&model.aliases).enumerate() {
            // `names` has refused what does not fit.
            let place = (m as u16, n as u16);
            keys.entry(spelling::key(name))
                .and_modify(|known| {
                    if known.is_some_and(|(model, _)| model != place.0) {
                        *known = None;
                    }
                })
                .or_insert(Some(place));
        }
    }
    keys.into_iter()
        .filter_map(|(key, place)| Some((key, place?)))
        .collect()
}

/// What `data/hosts.json` says, with models and sources by their index.
fn host_tables(registry: &Registry, hosts: &Hosts) -> Result<String, String> {
    let mut out = String::from("// From data/hosts.json.\n");
    let model = |id: &str| {
        registry
            .models
            .iter()
            .position(|model| model.id == id)
            .ok_or_else(|| format!("no model has the id `{id}`"))
    };
    let sources = all_sources(registry, hosts)?;
    let source = |id: &str| {
        sources
            .keys()
            .position(|known| *known == id)
            .ok_or_else(|| format!("unknown source `{id}`"))
    };
    out += "pub(super) static HOST_LIMITS: &[HostLimit] = &[\n";
    for row in &hosts.limits {
        if row.context_window == 0 {
            return Err(format!("a context window of 0 for `{}`", row.model));
        }
        let _ = writeln!(
            out,
            "HostLimit {{ host: {}, model: {}, variant: {:?}, context_window: {}, note: {:?}, source: {}, date: {:?} }},",
            host(&row.host),
            model(&row.model)?,
            row.variant,
            row.context_window,
            row.note,
            source(&row.source)?,
            day_or_month(&row.date, &row.model)?,
        );
    }
    out += "];\n";
    let listed = names(&registry.models)?;
    let mut by_name = BTreeMap::new();
    for row in &hosts.names {
        source(&row.source)?;
        day_or_month(&row.date, &row.name)?;
        let name = row.name.to_ascii_lowercase();
        if listed.contains_key(&name) || name.len() > MAX_NAME_BYTES {
            return Err(format!("the name `{name}` is in {REGISTRY} or too long"));
        }
        let value = (model(&row.model)?, row.host.as_deref().map(host));
        if by_name.insert(name, value).is_some() {
            return Err(format!("the name `{}` is there twice", row.name));
        }
    }
    out += "pub(super) static HOST_NAMES: &[(&str, u16, Option<Host>)] = &[\n";
    for (name, (model, host)) in by_name {
        let host = host.map_or("None".to_owned(), |host| format!("Some({host})"));
        let _ = writeln!(out, "({name:?}, {model}, {host}),");
    }
    out += "];\n";
    Ok(out)
}

/// `github-copilot` is `Host::GithubCopilot`; a host that is not there does not compile.
fn host(word: &str) -> String {
    if word == "openrouter" {
        return "Host::OpenRouter".to_owned();
    }
    let camel = word.split('-').map(|part| {
        let (first, rest) = part.split_at(part.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    format!("Host::{}", camel.collect::<String>())
}

/// Text as a `Str` of the tables.
fn text(text: &str) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn option(value: Option<&str>) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({})", text(value)))
}

fn list<T>(items: impl IntoIterator<Item = T>, item: impl FnMut(T) -> String) -> String {
    let items: Vec<String> = items.into_iter().map(item).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

/// Lower-cased name to (index of the model, 0 for the id or 1 + index of the alias), sorted by name.
fn names(models: &[Model]) -> Result<BTreeMap<String, (u16, u16)>, String> {
    let mut names = BTreeMap::new();
    for (m, model) in models.iter().enumerate() {
        for (n, name) in std::iter::once(&model.id).chain(&model.aliases).enumerate() {
            if name.is_empty()
                || name.len() > MAX_NAME_BYTES
                || !name.bytes().all(|b| b.is_ascii_graphic())
            {
                return Err(format!(
                    "the name {name:?} is empty, too long, or not printable ASCII without blanks"
                ));
            }
            let place = (
                u16::try_from(m).map_err(|_| "more than 65,535 models")?,
                u16::try_from(n).map_err(|_| "more than 65,535 names of one model")?,
            );
            if names.insert(name.to_ascii_lowercase(), place).is_some() {
                return Err(format!(
                    "the name `{name}` is there twice (case does not tell names apart)"
                ));
            }
        }
    }
    Ok(names)
}

fn entry(model: &Model, source_ids: &[&String]) -> Result<String, String> {
    let mut out = String::from("Entry {");
    let mut field = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _ = write!(out, " {name}: {value},");
    };
    for (name, size) in [
        ("context_window", model.context_window),
        ("max_input_tokens", model.max_input_tokens),
        ("max_output_tokens", model.max_output_tokens),
    ] {
        if size == Some(0) {
            return Err(format!("{name} is 0; leave an unknown size out"));
        }
        field(name, format!("{size:?}"));
    }
    if let (Some(input), Some(window)) = (model.max_input_tokens, model.context_window)
        && input > window
    {
        return Err(format!(
            "max_input_tokens {input} is larger than the context window {window}"
        ));
    }
    field("id", text(&model.id));
    field("provider", text(&model.provider));
    field("kind", kind(&model.kind)?.to_owned());
    field("billing", billing(&model.billing)?.to_owned());
    field("aliases", list(&model.aliases, |name| text(name)));
    field("limits_note", option(model.limits_note.as_deref()));
    field(
        "host_limits_seen",
        list(&model.host_limits_seen, |pair| format!("{pair:?}")),
    );
    field("encoding", encoding(model.encoding.as_deref()));
    field("encoding_name", option(model.encoding.as_deref()));
    field("encoding_note", option(model.encoding_note.as_deref()));
    field("inputs", modalities(&model.modalities.input)?);
    field("outputs", modalities(&model.modalities.output)?);
    field("tools", format!("{:?}", model.supports.tools));
    field("vision", format!("{:?}", model.supports.vision));
    field("json_schema", format!("{:?}", model.supports.json_schema));
    field("reasoning", format!("{:?}", model.supports.reasoning));
    for (name, price) in [
        ("price_input", model.price_per_1m_usd.input),
        ("price_cached_input", model.price_per_1m_usd.cached_input),
        ("price_output", model.price_per_1m_usd.output),
    ] {
        if price.is_some_and(|p| p < 0.0) {
            return Err(format!("{name} is negative"));
        }
        field(name, format!("{price:?}"));
    }
    field("status", option(model.status.as_deref()));
    let deprecation = model
        .deprecation_date
        .as_deref()
        .map(|d| day(d, "deprecation_date"))
        .transpose()?;
    field("deprecation_date", option(deprecation.as_deref()));
    let mut snapshots = Vec::new();
    for (name, date) in &model.snapshot_deprecations {
        if !model.aliases.contains(name) {
            return Err(format!(
                "snapshot_deprecations names `{name}`, which is not one of the aliases"
            ));
        }
        snapshots.push((name, day(date, "snapshot_deprecations")?));
    }
    field(
        "snapshot_deprecations",
        list(&snapshots, |(name, date)| {
            format!("({}, {})", text(name), text(date))
        }),
    );
    field("azure_names", list(&model.azure_names, |name| text(name)));
    if model.sources.is_empty() {
        return Err("names no source".to_owned());
    }
    let mut sources = Vec::new();
    for reference in &model.sources {
        let (id, note) = source_and_note(reference);
        let index = source_ids.iter().position(|known| *known == id);
        sources.push((index.ok_or_else(|| format!("unknown source `{id}`"))?, note));
    }
    field("sources", list(&sources, |pair| format!("{pair:?}")));
    field("counting_changed", "false".to_owned());
    field("given", "None".to_owned());
    out += " },";
    Ok(out)
}

fn kind(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "chat" => "ModelKind::Chat",
        "responses" => "ModelKind::Responses",
        "completion" => "ModelKind::Completion",
        "embedding" => "ModelKind::Embedding",
        "open_weights" => "ModelKind::OpenWeights",
        "image" => "ModelKind::Image",
        "video" => "ModelKind::Video",
        "audio_speech" => "ModelKind::AudioSpeech",
        "audio_transcription" => "ModelKind::AudioTranscription",
        "realtime" => "ModelKind::Realtime",
        "moderation" => "ModelKind::Moderation",
        _ => return Err(format!("unknown kind `{name}`")),
    })
}

fn billing(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "openai-chat-0301" => "BillingFamily::OpenAiChat0301",
        "openai-search" => "BillingFamily::OpenAiSearch",
        "openai-chat" => "BillingFamily::OpenAiChat",
        "openai-o3-mini" => "BillingFamily::OpenAiO3Mini",
        "openai-o-series" => "BillingFamily::OpenAiOSeries",
        "openai-reasoning" => "BillingFamily::OpenAiReasoning",
        "openai-o1-preview" => "BillingFamily::OpenAiO1Preview",
        "openai-unlisted" => "BillingFamily::OpenAiUnlisted",
        "harmony" => "BillingFamily::Harmony",
        "embedding" => "BillingFamily::Embedding",
        "completion" => "BillingFamily::Completion",
        "other" => "BillingFamily::Other",
        "none" => "BillingFamily::None",
        _ => return Err(format!("unknown billing family `{name}`")),
    })
}

/// The encoding as a constant of the crate, itself `None` where its vocabulary is left out; `None` for those of other
/// vendors, which the crate does not have.
fn encoding(name: Option<&str>) -> String {
    let constant = match name {
        Some("o200k_base") => "O200K_BASE",
        Some("o200k_harmony") => "O200K_HARMONY",
        Some("cl100k_base") => "CL100K_BASE",
        Some("p50k_base") => "P50K_BASE",
        Some("p50k_edit") => "P50K_EDIT",
        // `gpt2` is the older name of the same vocabulary and pattern.
        Some("r50k_base" | "gpt2") => "R50K_BASE",
        _ => return "None".to_owned(),
    };
    format!("crate::encoding::{constant}")
}

fn modalities(names: &[String]) -> Result<String, String> {
    let mut out = String::from("Modalities::of(&[");
    for name in names {
        out += match name.as_str() {
            "text" => "Modality::Text, ",
            "image" => "Modality::Image, ",
            "audio" => "Modality::Audio, ",
            "video" => "Modality::Video, ",
            "pdf" => "Modality::Pdf, ",
            "embedding" => "Modality::Embedding, ",
            _ => return Err(format!("unknown modality `{name}`")),
        };
    }
    Ok(out + "])")
}

fn day(date: &str, what: &str) -> Result<String, String> {
    if date.len() == 10 {
        day_or_month(date, what)
    } else {
        Err(format!("{what}: {date:?} is not YYYY-MM-DD"))
    }
}

fn day_or_month(date: &str, what: &str) -> Result<String, String> {
    let number = |range: std::ops::Range<usize>, least: u32, most: u32| {
        let digits = date
            .get(range)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        digits
            .and_then(|d| d.parse().ok())
            .is_some_and(|n: u32| (least..=most).contains(&n))
    };
    let month = number(0..4, 2000, 2199) && date.get(4..5) == Some("-") && number(5..7, 1, 12);
    let good = match date.len() {
        7 => month,
        10 => month && date.get(7..8) == Some("-") && number(8..10, 1, 31),
        _ => false,
    };
    if good {
        Ok(date.to_owned())
    } else {
        Err(format!("{what}: {date:?} is not YYYY-MM-DD or YYYY-MM"))
    }
}
