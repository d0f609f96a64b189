//! `tokenfit models`, and the registry that all commands use.

use std::io::{self, Write};
use std::path::PathBuf;
use std::{env, fs};

use tokenfit::model::{Day, UnknownModels};
use tokenfit::{Model, Models};

use crate::args::{ModelsArgs, Overrides};
use crate::output::{Failure, FailureError, Verdict, grouped, json_line, message, usage};

/// Returns the built-in models as of the day, with the overrides from arguments or the environment.
/// Reports faults in these and returns `None` then.
pub(crate) fn registry(
    overrides: &Overrides,
    at: Option<Day>,
    json: bool,
) -> io::Result<Option<Models>> {
    let mut files = overrides.models.clone();
    if files.is_empty() {
        let named = env::var_os("TOKENFIT_MODELS").filter(|path| !path.is_empty());
        files.extend(named.map(PathBuf::from));
    }
    let mut registry = Models::builtin();
    for path in files {
        let name = path.display();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) => {
                let error = FailureError {
                    kind: "io",
                    message: format!("{name}: {error}"),
                    ..FailureError::default()
                };
                return refuse(error, json);
            }
        };
        registry = match registry.overrides(text) {
            Ok(registry) => registry,
            Err(error) => {
                let error = FailureError {
                    message: format!("{name}: {error}"),
                    ..FailureError::of(&error)
                };
                return refuse(error, json);
            }
        };
    }
    if let Some(day) = at {
        registry = registry.on(day);
    }
    for alias in &overrides.alias {
        registry = match registry.alias(&alias.name, &alias.model) {
            Ok(registry) => registry,
            Err(error) => {
                let error = FailureError {
                    // Its own options would not help here.
                    message: format!("--alias: {error}"),
                    ..FailureError::of(&error)
                };
                return refuse(error, json);
            }
        };
    }
    if let Some(model) = &overrides.assume {
        registry = match registry.unknown_models(UnknownModels::assume(model)) {
            Ok(registry) => registry,
            Err(error) => {
                let error = FailureError {
                    // Its own options would not help here.
                    message: format!("--assume: {error}"),
                    ..FailureError::of(&error)
                };
                return refuse(error, json);
            }
        };
    }
    #[cfg(feature = "tokenizers")]
    for file in &overrides.tokenizer {
        let read = |bytes: &[u8]| tokenfit::encoding::TokenizerJson::from_bytes(bytes);
        registry = match given("--tokenizer", file, &registry, read) {
            Ok(tokenizer) => registry.tokenizer(&file.name, tokenizer),
            Err(error) => return refuse(*error, json),
        };
    }
    #[cfg(feature = "templates")]
    for file in &overrides.template {
        registry = match given("--template", file, &registry, template) {
            Ok(template) => registry.chat_template(&file.name, template),
            Err(error) => return refuse(*error, json),
        };
    }
    Ok(Some(registry))
}

/// Reads a file given for a model or an encoding.
#[cfg(any(feature = "tokenizers", feature = "templates"))]
fn given<T>(
    option: &str,
    file: &crate::args::FileArg,
    registry: &Models,
    read: impl FnOnce(&[u8]) -> Result<T, tokenfit::Error>,
) -> Result<T, Box<FailureError<'static>>> {
    use std::io::Read;

    /// Longest file; the library's limits are lower.
    const MOST: u64 = 300 << 20;
    let is_encoding = |model: Model| model.encoding_name() == Some(&*file.name);
    if registry.get(&file.name).is_err() && !registry.iter().any(is_encoding) {
        return Err(Box::new(FailureError {
            kind: "unknown_model",
            message: format!(
                "{option}: no model or encoding has the name `{}`; add it with --models, or use the name that `tokenfit models MODEL` shows",
                file.name
            ),
            ..FailureError::default()
        }));
    }
    let mut bytes = Vec::new();
    let opened = fs::File::open(&file.path).map(|file| file.take(MOST));
    if let Err(error) = opened.and_then(|mut file| file.read_to_end(&mut bytes)) {
        return Err(Box::new(FailureError {
            kind: "io",
            message: format!("{}: {error}", file.path.display()),
            ..FailureError::default()
        }));
    }
    read(&bytes).map_err(|error| {
        Box::new(FailureError {
            kind: error.kind().as_str(),
            message: format!("{}: {error}", file.path.display()),
            ..FailureError::default()
        })
    })
}

/// Reads a `tokenizer_config.json`, or the source of a template.
#[cfg(feature = "templates")]
fn template(bytes: &[u8]) -> Result<tokenfit::template::ChatTemplate, tokenfit::Error> {
    use tokenfit::template::ChatTemplate;

    let is_json = bytes.trim_ascii().strip_prefix(b"{").is_some_and(|rest| {
        let first = rest.trim_ascii_start().first();
        first == Some(&b'"')
    });
    match is_json {
        true => ChatTemplate::from_tokenizer_config(bytes),
        false => ChatTemplate::parse(&String::from_utf8_lossy(bytes)),
    }
}

pub(crate) fn refuse(error: FailureError<'_>, json: bool) -> io::Result<Option<Models>> {
    if json {
        json_line(&mut io::stdout().lock(), &Failure { error })?;
    } else {
        message(&error.message);
    }
    Ok(None)
}

pub(crate) fn run(args: &ModelsArgs) -> io::Result<Verdict> {
    let Some(registry) = registry(&args.overrides, args.at, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let model = args.name.as_ref().map(|name| (name, registry.get(name)));
    match model {
        Some((_, Ok(model))) => {
            let model = match args.host {
                Some(host) => model.at_host(host),
                None => model,
            };
            match args.json {
                true => json_line(&mut out, &model)?,
                false => show(&model, &mut out)?,
            }
        }
        // Part of a name: lists the models whose names contain it.
        Some((part, Err(error))) => {
            let found = listed(&registry, args, Some(part));
            if !found.is_empty() {
                list(&found, args.json, &mut out)?;
            } else if args.json {
                let error = FailureError::of(&error);
                json_line(&mut out, &Failure { error })?;
                return Ok(Verdict::CouldNotTell);
            } else {
                return Ok(usage(&error.to_string()));
            }
        }
        None => {
            let found = listed(&registry, args, None);
            if found.is_empty() {
                let mut providers: Vec<String> = registry
                    .iter()
                    .map(|model| model.provider().to_owned())
                    .collect();
                providers.sort();
                providers.dedup();
                let known = providers.join(", ");
                return Ok(usage(&format!(
                    "no model has this provider; known providers: {known}"
                )));
            }
            list(&found, args.json, &mut out)?;
        }
    }
    out.flush()?;
    Ok(Verdict::Yes)
}

/// Lists the models of a provider whose names contain a part.
fn listed(registry: &Models, args: &ModelsArgs, part: Option<&str>) -> Vec<Model> {
    let part = part.unwrap_or_default().to_ascii_lowercase();
    registry
        .iter()
        .filter(|model| {
            let provider = args.provider.as_deref();
            provider.is_none_or(|provider| provider.eq_ignore_ascii_case(model.provider()))
        })
        .filter(|model| {
            let mut names = std::iter::once(model.id()).chain(model.aliases());
            names.any(|name| name.to_ascii_lowercase().contains(&part))
        })
        .collect()
}

fn list(models: &[Model], json: bool, out: &mut impl Write) -> io::Result<()> {
    if !json {
        writeln!(
            out,
            "{:<44} {:<10} {:>10} {:>10} {:>10} {:>8} {:>8}  encoding",
            "model", "provider", "window", "input", "output", "$/M in", "$/M out"
        )?;
    }
    for model in models {
        if json {
            json_line(out, model)?;
            continue;
        }
        let price = model.price();
        let dollars = |amount: Option<f64>| amount.map_or("-".to_owned(), |x| x.to_string());
        writeln!(
            out,
            "{:<44} {:<10} {:>10} {:>10} {:>10} {:>8} {:>8}  {}",
            model.id(),
            model.provider(),
            size(model.context_window()),
            size(model.max_input_tokens()),
            size(model.max_output_tokens()),
            dollars(price.input),
            dollars(price.output),
            model.encoding_name().unwrap_or("-"),
        )?;
    }
    Ok(())
}

fn size(tokens: Option<u64>) -> String {
    tokens.map_or("-".to_owned(), grouped)
}

fn show(model: &Model, out: &mut impl Write) -> io::Result<()> {
    let mut row = |label: &str, value: String| writeln!(out, "{label:<18} {value}");
    row("model", model.id().to_owned())?;
    if model.name() != model.id() {
        row("requested", model.name().to_owned())?;
    }
    let sure = if model.matched().is_certain() {
        ""
    } else {
        ", may not be this model"
    };
    row("matched by", format!("{}{sure}", model.matched()))?;
    if let Some(host) = model.host() {
        row("host", host.as_str().to_owned())?;
    }
    if let Some(asked) = model.routed_from() {
        row("answers for", asked.to_owned())?;
    }
    if let Some(day) = model.name_as_of() {
        row("name as of", day.to_string())?;
    }
    if let Some(to) = model.moves_to() {
        let sure = if to.sure { "" } else { ", by price and limits" };
        row(
            "moves",
            format!("led to {} on {}{sure}", to.model, to.as_of),
        )?;
    }
    row("provider", model.provider().to_owned())?;
    row("kind", model.kind().as_str().to_owned())?;
    row("context window", size(model.context_window()))?;
    row("input limit", size(model.max_input_tokens()))?;
    row("output limit", size(model.max_output_tokens()))?;
    if let Some(note) = model.limits_note() {
        row("", note.to_owned())?;
    }
    row(
        "encoding",
        model.encoding_name().unwrap_or("not public").to_owned(),
    )?;
    row("billed by", model.billing().as_str().to_owned())?;
    let price = model.price();
    let dollars =
        |amount: Option<f64>| amount.map_or("-".to_owned(), |amount| format!("${amount}"));
    row(
        "price per 1M",
        format!(
            "input {}, cached input {}, output {}",
            dollars(price.input),
            dollars(price.cached_input),
            dollars(price.output)
        ),
    )?;
    row(
        "",
        format!(
            "{} tier, {} price on {}",
            price.tier, price.basis, price.day
        ),
    )?;
    let abilities = model.abilities();
    if let Some(reasoning) = abilities.reasoning {
        let efforts = abilities.efforts.filter(|efforts| !efforts.is_empty());
        let efforts = efforts.map_or(String::new(), |efforts| format!("; efforts {efforts}"));
        row("reasoning", format!("{reasoning}{efforts}"))?;
    }
    if let Some(date) = model.release_date() {
        row("released", date.to_owned())?;
    }
    if let Some(day) = model.shutdown_date() {
        let successor = model.successor();
        let successor = successor.map_or(String::new(), |id| format!("; successor {id}"));
        row("shut down on", format!("{day}{successor}"))?;
    }
    for route in model.routes() {
        row(
            "answered by",
            format!("{} from {}", route.model, route.from),
        )?;
    }
    if let Some(status) = model.status() {
        row("status", status.to_owned())?;
    }
    for (nth, source) in model.sources().enumerate() {
        let label = if nth == 0 { "sources" } else { "" };
        let dated = if source.date.is_empty() {
            source.what
        } else {
            source.date
        };
        row(label, format!("{} ({dated})", source.name))?;
    }
    Ok(())
}
