//! `tokenfit learn`, and the calibration that `count` applies.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokenfit::learn::{Billed, Calibration, Claim, Drift, Learned, LearnedRule};
use tokenfit::model::Host;
use tokenfit::reply::Usage;
use tokenfit::reply::usage::Origin;
use tokenfit::{Envelope, Error, ErrorKind, Model, Models, Request};

use crate::answers::{Answers, Asked, host_of, request_of};
use crate::args::LearnArgs;
use crate::input;
use crate::models;
use crate::output::{FailureError, Verdict, json_line, message};
use crate::terminal::When;

/// Host of requests that name none.
const VENDOR: &str = "vendor";

/// Fields of a line beside those of an envelope.
#[derive(Default, Deserialize)]
struct LedgerLine<'a> {
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    answer: Option<&'a RawValue>,
    #[serde(default)]
    billed: Option<u64>,
    #[serde(default)]
    cached: u64,
    #[serde(default)]
    at: Option<u64>,
}

/// Output of `learn`: a file for `--models` and for `--calibration`.
#[derive(Serialize)]
struct LearnOutput<'a> {
    models: Vec<OverrideRow>,
    calibration: &'a Calibration,
    rules: Vec<LearnedRule>,
    drifts: Vec<Drift>,
}

/// Override of a model that the registry does not have.
#[derive(Serialize)]
struct OverrideRow {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    why: &'static str,
}

/// Name of the host that observations of a request are kept under.
pub(crate) fn host_name(asked: Option<Host>, envelope: &Envelope<'_>) -> String {
    asked
        .map(Host::as_str)
        .or(envelope.host())
        .unwrap_or(VENDOR)
        .to_owned()
}

struct Command<'a> {
    args: &'a LearnArgs,
    models: Models,
    calibration: Calibration,
    /// Names that the registry does not have.
    unlisted: Vec<String>,
    lines: u64,
    without_usage: u64,
}

pub(crate) fn run(args: &LearnArgs, progress: When) -> io::Result<Verdict> {
    let Some(models) = models::registry(&args.overrides, None, false)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let mut command = Command {
        args,
        models,
        calibration: Calibration::default(),
        unlisted: Vec::new(),
        lines: 0,
        without_usage: 0,
    };
    for path in &args.calibration {
        match file(path) {
            Ok(File { calibration, .. }) => command.calibration.merge(&calibration),
            Err(text) => {
                message(&text);
                return Ok(Verdict::CouldNotTell);
            }
        }
    }
    let mut answers = Answers::new(false);
    answers.show_progress(progress);
    answers.each(
        input::inputs(&args.files),
        true,
        |answers, asked| match command.observe(asked) {
            Ok(()) => Ok(()),
            Err(error) => answers.refuse(asked, error),
        },
    )?;
    let drifts = command.write(&mut answers)?;
    Ok(answers
        .verdict
        .max(if drifts { Verdict::No } else { Verdict::Yes }))
}

impl Command<'_> {
    fn observe(&mut self, asked: &Asked<'_>) -> Result<(), Error> {
        self.lines += 1;
        let envelope = &asked.envelope;
        let line: LedgerLine<'_> = std::str::from_utf8(asked.text)
            .ok()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let Some(billed) = billed(&line)? else {
            self.without_usage += 1;
            return Ok(());
        };
        let request = request_of(self.args.format.0, self.args.host, envelope)?;
        let named = self.args.model.as_deref().or(envelope.model());
        let model = self.model(named, &request)?;
        let model = match host_of(self.args.host, envelope) {
            Some(host) => model.at_host(host),
            None => model,
        };
        let host = host_name(self.args.host, envelope);
        // Without a time, the order of the lines is that of the answers.
        let at = line.at.unwrap_or(self.lines);
        let count = model.count(&request);
        self.calibration
            .observe(&host, &request, &count, billed, at);
        Ok(())
    }

    /// Returns the model of a request. A name that the registry does not have becomes a model of
    /// which nothing is known.
    fn model(&mut self, named: Option<&str>, request: &Request<'_>) -> Result<Model, Error> {
        let found = match named {
            Some(name) => self.models.get(name),
            None => self.models.for_request(request),
        };
        let name = named.map(str::to_owned);
        let name = name.or_else(|| request.model().map(|name| name.into_owned()));
        match (found, name) {
            (Err(error), Some(name)) if error.kind() == ErrorKind::UnknownModel => {
                let row = serde_json::json!({"id": name}).to_string();
                self.models = self.models.clone().overrides(row)?;
                self.unlisted.push(name.clone());
                self.models.get(&name)
            }
            (found, _) => found,
        }
    }

    /// Writes the file, and what was learned for people. Returns whether a rule drifted.
    fn write(&self, answers: &mut Answers) -> io::Result<bool> {
        let learned = self.calibration.learn();
        let rules: Vec<LearnedRule> = learned.rules().collect();
        let drifts = self.calibration.drifts();
        let models = self.unlisted.iter().map(|name| OverrideRow {
            id: name.clone(),
            encoding: rules
                .iter()
                .find(|rule| rule.model == *name && is_certain(rule))
                .map(|rule| rule.encoding),
            why: "learned from usage",
        });
        json_line(
            &mut answers.out,
            &LearnOutput {
                models: models.collect(),
                calibration: &self.calibration,
                rules: rules.clone(),
                drifts: drifts.clone(),
            },
        )?;
        for rule in &rules {
            message(&rule.to_string());
        }
        for drift in &drifts {
            message(&drift.to_string());
        }
        if self.without_usage > 0 {
            message(&format!(
                "{} of {} lines have no usage of one request; set `usage`, `answer` or `billed`",
                self.without_usage, self.lines
            ));
        }
        if self.calibration.is_empty() {
            message("nothing was learned: no line has a request with its usage");
        }
        answers.out.flush()?;
        Ok(!drifts.is_empty())
    }
}

/// Whether the vocabulary of a rule is more than a guess.
fn is_certain(rule: &LearnedRule) -> bool {
    rule.claims
        .values()
        .any(|claim| matches!(claim, Claim::Exact { .. }))
}

/// Bill of a line. `None` if it does not state the input of one request.
fn billed(line: &LedgerLine<'_>) -> Result<Option<Billed>, Error> {
    if let Some(tokens) = line.billed {
        return Ok(Some(Billed::new(tokens).cached(line.cached)));
    }
    let text = match (line.answer, line.usage) {
        (Some(answer), _) => answer.get().to_owned(),
        (None, Some(usage)) => format!("{{\"usage\": {}}}", usage.get()),
        (None, None) => return Ok(None),
    };
    let usage = Usage::parse(text.as_bytes(), &Origin::new())?;
    Ok(Billed::of(&usage))
}

/// A file that `learn` wrote.
pub(crate) struct File {
    pub(crate) calibration: Calibration,
    /// The models that it adds.
    pub(crate) text: Vec<u8>,
}

/// Reads a file that `learn` wrote. The error is for people.
pub(crate) fn file(path: &Path) -> Result<File, String> {
    #[derive(Deserialize)]
    struct Stored {
        calibration: Calibration,
    }
    let name = path.display();
    let text = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    match serde_json::from_slice::<Stored>(&text) {
        Ok(Stored { calibration }) => Ok(File { calibration, text }),
        Err(error) => Err(format!(
            "{name}: not a calibration (line {}, column {}); make one with `tokenfit learn`",
            error.line(),
            error.column()
        )),
    }
}

/// Reads the calibration of `--calibration`, and adds its models. Reports errors; then it returns
/// `None`.
pub(crate) fn learned(
    path: Option<&Path>,
    models: Models,
    json: bool,
) -> io::Result<Option<(Models, Option<Learned>)>> {
    let Some(path) = path else {
        return Ok(Some((models, None)));
    };
    let read = file(path).and_then(|file| {
        let models = models
            .overrides(file.text)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((models, Some(file.calibration.learn())))
    });
    match read {
        Ok(read) => Ok(Some(read)),
        Err(text) => {
            let error = FailureError {
                kind: "invalid_calibration",
                message: text,
                ..FailureError::default()
            };
            models::refuse(error, json)?;
            Ok(None)
        }
    }
}
