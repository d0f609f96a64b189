//! `tokenfit models`.

use std::io::{self, Write};

use tokenfit::{Counter, Model};

use crate::args::ModelsArgs;
use crate::output::{Failure, FailureError, Verdict, json_line, message};

pub(crate) fn run(args: &ModelsArgs) -> io::Result<Verdict> {
    let counter = Counter::new();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let Some(name) = &args.name else {
        list(&counter, args.json, &mut out)?;
        out.flush()?;
        return Ok(Verdict::Yes);
    };
    match counter.model(name) {
        Ok(model) if args.json => json_line(&mut out, &model)?,
        Ok(model) => show(&model, &mut out)?,
        Err(error) if args.json => {
            let failure = FailureError {
                kind: error.kind().as_str(),
                message: error.to_string(),
                pointer: error.pointer(),
                line: error.line(),
            };
            json_line(
                &mut out,
                &Failure {
                    id: None,
                    error: failure,
                },
            )?;
            return Ok(Verdict::CouldNotTell);
        }
        Err(error) => {
            message(&error.to_string());
            return Ok(Verdict::CouldNotTell);
        }
    }
    out.flush()?;
    Ok(Verdict::Yes)
}

fn list(counter: &Counter, json: bool, out: &mut impl Write) -> io::Result<()> {
    if !json {
        writeln!(
            out,
            "{:<44} {:<10} {:>10} {:>10} {:>10}  encoding",
            "model", "provider", "window", "input", "output"
        )?;
    }
    for model in counter.registry().models() {
        if json {
            json_line(out, &model)?;
        } else {
            writeln!(
                out,
                "{:<44} {:<10} {:>10} {:>10} {:>10}  {}",
                model.id(),
                model.provider(),
                size(model.context_window()),
                size(model.max_input_tokens()),
                size(model.max_output_tokens()),
                model.encoding_name().unwrap_or("-"),
            )?;
        }
    }
    Ok(())
}

fn size(tokens: Option<u64>) -> String {
    tokens.map_or("-".to_owned(), |tokens| tokens.to_string())
}

fn show(model: &Model, out: &mut impl Write) -> io::Result<()> {
    let mut row = |label: &str, value: String| writeln!(out, "{label:<18} {value}");
    row("model", model.id().to_owned())?;
    if model.name() != model.id() {
        row("asked for", model.name().to_owned())?;
    }
    row("provider", model.provider().to_owned())?;
    row("kind", model.kind().as_str().to_owned())?;
    row("context window", size(model.context_window()))?;
    row("input limit", size(model.max_input_tokens()))?;
    row("output limit", size(model.max_output_tokens()))?;
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
    if let Some(date) = model.shutdown_date() {
        row("shut down on", date.to_owned())?;
    }
    if let Some(status) = model.status() {
        row("status", status.to_owned())?;
    }
    for (nth, source) in model.sources().enumerate() {
        let label = if nth == 0 { "sources" } else { "" };
        row(label, format!("{} ({})", source.name, source.date))?;
    }
    Ok(())
}
