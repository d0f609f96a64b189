//! `tokenfit key`: checks whether an API key looks like one. The key is never shown.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Read, Write};

use serde::Serialize;
use tokenfit::check::key::{check_key, environment_variables};

use crate::args::KeyArgs;
use crate::output::{Verdict, json_line};

/// Longer input is not a key.
const MAX_BYTES: u64 = 65_536;

#[derive(Serialize)]
struct KeyOutput<'a> {
    ok: bool,
    provider: &'a str,
    /// Name of the environment variable, or `stdin`.
    source: &'a str,
    fault: Option<&'a str>,
    message: Option<String>,
}

pub(crate) fn run(args: &KeyArgs) -> io::Result<Verdict> {
    if args.source.as_deref().is_some_and(|source| source != "-") {
        writeln!(
            io::stderr(),
            "error: a key must not be an argument, because it would stay in the shell's history; \
             pipe it in with `-`, or name its variable with `--env`"
        )?;
        return Ok(Verdict::CouldNotTell);
    }
    let (source, key) = read(args)?;
    let fault = check_key(args.provider, &key);
    let answer = KeyOutput {
        ok: fault.is_none(),
        provider: args.provider.as_str(),
        source: &source,
        fault: fault.map(|fault| fault.as_str()),
        message: fault.map(|fault| fault.to_string()),
    };
    let mut out = io::stdout().lock();
    if args.json {
        json_line(&mut out, &answer)?;
    } else {
        match &answer.message {
            Some(message) => writeln!(out, "{source}: {message}")?,
            None => writeln!(
                out,
                "{source}: looks like a key of `{}`; only a request shows whether it is valid",
                answer.provider
            )?,
        }
    }
    Ok(match fault {
        Some(_) => Verdict::No,
        None => Verdict::Yes,
    })
}

/// Reads the key and names its source: standard input for `-`, else the first variable that is set,
/// else standard input if something is piped in. A variable that is not set is not named, because
/// the value given as its name can be the key itself.
fn read(args: &KeyArgs) -> io::Result<(String, String)> {
    let variables: Vec<&OsStr> = match &args.env {
        Some(name) => vec![name],
        None => environment_variables(args.provider)
            .iter()
            .map(OsStr::new)
            .collect(),
    };
    let set = variables
        .iter()
        .find_map(|name| Some((name.to_string_lossy().into_owned(), env::var_os(name)?)));
    match set {
        Some((name, key)) if args.source.is_none() => {
            Ok((name, key.to_string_lossy().into_owned()))
        }
        _ if args.source.is_some() || (args.env.is_none() && !io::stdin().is_terminal()) => {
            let mut bytes = Vec::new();
            io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?;
            let text = String::from_utf8_lossy(&bytes);
            // The line break at the end was added by the pipe.
            let key = text.strip_suffix('\n').unwrap_or(&text);
            let key = key.strip_suffix('\r').unwrap_or(key);
            Ok(("stdin".to_owned(), key.to_owned()))
        }
        _ => {
            let known = environment_variables(args.provider).first();
            let source = known.filter(|_| args.env.is_none());
            Ok((source.copied().unwrap_or("env").to_owned(), String::new()))
        }
    }
}
