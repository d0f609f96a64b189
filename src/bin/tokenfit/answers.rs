//! Shared by the commands that answer request by request: reading requests, reporting failures, and
//! the verdict.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::model::Host;
use tokenfit::report::FitText;
use tokenfit::{Budget, Envelope, Error, ErrorKind, Format, Models, Request};

use crate::args::{DefaultModel, Requests};
use crate::files;
use crate::input::{self, Input, Source};
use crate::output::{Failure, FailureError, Placed, Verdict, json_line, message, on_one_line};
use crate::remedies;
use crate::terminal;
use crate::terminal::{Progress, When, clear_progress};

/// Destination of the requests that a command writes.
#[derive(Debug, Default)]
pub(crate) enum Destination {
    /// Standard output: a single document as it was spelled, several on one line each.
    #[default]
    Out,
    /// The file that the request was read from.
    InPlace,
    /// A file of the same name in a folder.
    Folder(PathBuf),
}

/// Number of requests by verdict.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) yes: u64,
    pub(crate) no: u64,
    pub(crate) unsure: u64,
    /// Requests that could not be read.
    pub(crate) unread: u64,
}

/// Standard output, and the verdict for the exit code.
pub(crate) struct Answers {
    pub(crate) out: io::StdoutLock<'static>,
    pub(crate) json: bool,
    pub(crate) verdict: Verdict,
    /// Whether several inputs are read, so that answers for people name their input.
    pub(crate) several: bool,
    pub(crate) destination: Destination,
    /// Content for the file of the current input.
    file: Vec<u8>,
    /// Whether every request of the current input has a result.
    file_is_whole: bool,
    pub(crate) tally: Tally,
    progress: When,
}

/// One request of the inputs, with its envelope.
pub(crate) struct Asked<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) envelope: Envelope<'a>,
    /// The whole line or document.
    pub(crate) text: &'a [u8],
    file: Option<String>,
}

impl Asked<'_> {
    /// Id of the envelope, to be echoed.
    pub(crate) fn id(&self) -> Option<&RawValue> {
        let id = self.envelope.id_json()?;
        serde_json::from_str::<&RawValue>(id).ok()
    }

    /// Line of the input at which the request begins.
    pub(crate) fn line(&self) -> usize {
        self.source.line + self.envelope.lines_before()
    }

    /// Adds the position of this request to an answer.
    pub(crate) fn placed<T>(&self, answer: T) -> Placed<'_, T> {
        Placed {
            id: self.id(),
            file: self.file.as_deref(),
            line: self.line(),
            column: self.envelope.column(),
            answer,
        }
    }
}

impl Answers {
    pub(crate) fn new(json: bool) -> Answers {
        Answers {
            out: io::stdout().lock(),
            json,
            verdict: Verdict::Yes,
            several: false,
            destination: Destination::Out,
            file: Vec::new(),
            file_is_whole: true,
            tally: Tally::default(),
            progress: When::Never,
        }
    }

    pub(crate) fn judge(&mut self, verdict: Verdict) {
        self.verdict = self.verdict.max(verdict);
    }

    /// Records the verdict of one request, and counts the request.
    pub(crate) fn judge_one(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Yes => self.tally.yes += 1,
            Verdict::No => self.tally.no += 1,
            Verdict::CouldNotTell => self.tally.unsure += 1,
        }
        self.judge(verdict);
    }

    pub(crate) fn show_progress(&mut self, when: When) {
        self.progress = when;
    }

    /// Passes every text of the inputs on, as one document or line by line, and reports what cannot
    /// be read.
    pub(crate) fn each_text(
        &mut self,
        inputs: Vec<Input>,
        lines: bool,
        mut answer: impl FnMut(&mut Answers, Source<'_>, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.several = inputs.len() > 1;
        let mut progress = Progress::new(self.progress, inputs.len());
        for input in inputs {
            progress.next_input();
            self.file_is_whole = true;
            let path = input.path().map(Path::to_owned);
            let target = self.target(&input);
            let read = input.open().and_then(|input| {
                input::each_json(input, path.as_deref(), lines, |source, text| {
                    answer(self, source, text)?;
                    progress.tick(text.len());
                    Ok(())
                })
            });
            if let Err(error) = read {
                self.unread(Source::whole(path.as_deref()), error)?;
            }
            self.write_file(path.as_deref(), target)?;
        }
        clear_progress();
        self.out.flush()
    }

    /// Passes every request of the inputs on.
    pub(crate) fn each(
        &mut self,
        inputs: Vec<Input>,
        lines: bool,
        mut answer: impl FnMut(&mut Answers, &Asked<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.each_text(inputs, lines, |answers, source, text| {
            let envelope = match Envelope::parse(text) {
                Ok(envelope) => envelope,
                Err(error) => return answers.refuse_text(source, error),
            };
            let file = source.path.map(|path| path.display().to_string());
            answer(
                answers,
                &Asked {
                    source,
                    envelope,
                    text,
                    file,
                },
            )
        })
    }

    /// Returns the file that the requests of an input are written to.
    fn target(&self, input: &Input) -> Option<PathBuf> {
        match (&self.destination, input) {
            (Destination::InPlace, Input::File { path, .. }) => Some(path.clone()),
            (Destination::Folder(folder), Input::File { below, .. }) => Some(folder.join(below)),
            _ => None,
        }
    }

    /// Writes the file of an input if all of its requests have a result.
    fn write_file(&mut self, path: Option<&Path>, target: Option<PathBuf>) -> io::Result<()> {
        let text = std::mem::take(&mut self.file);
        let Some(target) = target else {
            return Ok(());
        };
        if !self.file_is_whole {
            message(&format!(
                "{}: not written, because not all of its requests have a result",
                target.display()
            ));
            return Ok(());
        }
        let made = target.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = made.and_then(|()| files::replace(&target, &text)) {
            return self.unread(Source::whole(path), error);
        }
        Ok(())
    }

    /// Reports an input that could not be read; an error of a closed output is returned instead.
    pub(crate) fn unread(&mut self, source: Source<'_>, error: io::Error) -> io::Result<()> {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Err(error);
        }
        let error = FailureError {
            kind: "io",
            message: error.to_string(),
            ..FailureError::default()
        };
        self.fail_text(source, error)
    }

    /// Reports an error of input that is not an envelope.
    fn refuse_text(&mut self, source: Source<'_>, error: Error) -> io::Result<()> {
        let error = error.below(source.line - 1);
        let mut failure = FailureError::of(&error);
        failure.line = failure.line.or(Some(source.line));
        self.fail_text(source, failure)
    }

    /// Reports an error of which only the input is known.
    pub(crate) fn fail_text(
        &mut self,
        source: Source<'_>,
        error: FailureError<'_>,
    ) -> io::Result<()> {
        let file = source.path.map(|path| path.display().to_string());
        let placed = Placed {
            id: None,
            file: file.as_deref(),
            line: source.line,
            column: 1,
            answer: Failure { error },
        };
        self.tally.unread += 1;
        self.fail_at(&source, placed, Verdict::CouldNotTell)
    }

    /// Reports an error in place of an answer.
    pub(crate) fn refuse(&mut self, asked: &Asked<'_>, error: Error) -> io::Result<()> {
        // Line numbers of the error count from the start of the request; readers need those of the
        // input.
        let error = error.below(asked.line() - 1);
        let verdict = match error.kind() {
            ErrorKind::CannotFit | ErrorKind::Refused | ErrorKind::Untranslatable => Verdict::No,
            _ => Verdict::CouldNotTell,
        };
        let mut failure = FailureError::of(&error);
        failure.line = failure
            .line
            .or(asked.source.one_of_many.then(|| asked.line()));
        self.fail(asked, verdict, failure)
    }

    pub(crate) fn fail(
        &mut self,
        asked: &Asked<'_>,
        verdict: Verdict,
        error: FailureError<'_>,
    ) -> io::Result<()> {
        match verdict {
            Verdict::CouldNotTell => self.tally.unread += 1,
            _ => self.tally.no += 1,
        }
        self.fail_at(&asked.source, asked.placed(Failure { error }), verdict)
    }

    fn fail_at(
        &mut self,
        source: &Source<'_>,
        failure: Placed<'_, Failure<'_>>,
        verdict: Verdict,
    ) -> io::Result<()> {
        self.judge(verdict);
        self.file_is_whole = false;
        if self.json {
            return self.line(&failure);
        }
        self.out.flush()?;
        let error = &failure.answer.error;
        match error.cannot_fit {
            Some(cannot_fit) => {
                let shown = FitText::of_cannot_fit(cannot_fit);
                let mut text = shown.in_file(&source.name()).to_string();
                for option in remedies::options_for(cannot_fit) {
                    text.push_str(&format!("  {option}\n"));
                }
                message(&text);
            }
            None => {
                let mut text = format!("{}: {}", source.name(), error.message);
                for line in error.excerpt.into_iter().flat_map(str::lines) {
                    text.push_str(&format!("\n  | {line}"));
                }
                message(&text);
            }
        }
        Ok(())
    }

    /// Writes one answer as JSON.
    pub(crate) fn line(&mut self, answer: &impl Serialize) -> io::Result<()> {
        clear_progress();
        json_line(&mut self.out, answer)
    }

    /// Writes a request: its bytes, and a line break if they end without one. A line of a batch
    /// file keeps its envelope.
    pub(crate) fn request(&mut self, asked: &Asked<'_>, request: &Request<'_>) -> io::Result<()> {
        self.text(asked, request.as_bytes())
    }

    /// Writes a request from its bytes.
    pub(crate) fn text(&mut self, asked: &Asked<'_>, request: &[u8]) -> io::Result<()> {
        let mut text = match asked.envelope.is_batch() {
            true => asked.envelope.with_request(request),
            false => request.to_vec(),
        };
        let to_file = !matches!(self.destination, Destination::Out);
        let is_listed = self.several && !to_file;
        if asked.source.one_of_many || is_listed {
            on_one_line(&mut text);
        }
        // The end of the input stays as it is, except in a list and on a screen.
        let is_shown = !to_file && terminal::out_is_terminal();
        if (asked.source.ended || is_listed || is_shown) && text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        if to_file {
            self.file.extend_from_slice(&text);
            return Ok(());
        }
        clear_progress();
        self.out.write_all(&text)?;
        self.out.flush()
    }

    /// Writes one line about all requests if there were several; `no` is the word for a negative
    /// verdict.
    pub(crate) fn sum_up(&self, yes: &str, no: &str) {
        let Tally {
            yes: well,
            no: not,
            unsure,
            unread,
        } = self.tally;
        if self.json || well + not + unsure + unread < 2 {
            return;
        }
        let parts = [
            (well, yes),
            (not, no),
            (unsure, "not sure"),
            (unread, "unreadable"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        message(&format!(
            "{} requests: {}",
            well + not + unsure + unread,
            parts.join(", ")
        ));
    }
}

/// Parses the request of an envelope in the requested format, else in the envelope's, else in the
/// one that its shape and its host show.
pub(crate) fn request_of<'a>(
    format: Option<Format>,
    host: Option<Host>,
    envelope: &Envelope<'a>,
) -> Result<Request<'a>, Error> {
    match (format.or(envelope.format()), host_of(host, envelope)) {
        (Some(format), _) => Request::parse_as(format, envelope.request()),
        (None, Some(host)) => Request::parse_at(host, envelope.request()),
        (None, None) => Request::parse(envelope.request()),
    }
}

/// Returns the host that serves a request: the requested one, else the one that its envelope names.
pub(crate) fn host_of(asked: Option<Host>, envelope: &Envelope<'_>) -> Option<Host> {
    // A host that is unknown here is still not the model's own vendor.
    let named = envelope
        .host()
        .map(|host| host.parse().unwrap_or(Host::Other));
    asked.or(named)
}

/// Returns the model for a request that names none, unless its envelope names one.
pub(crate) fn default_model(
    asked: Option<&str>,
    defaults: &[DefaultModel],
    format: Option<Format>,
    host: Option<Host>,
    envelope: &Envelope<'_>,
) -> Option<String> {
    if defaults.is_empty() || asked.or(envelope.model()).is_some() {
        return None;
    }
    let request = request_of(format, host, envelope).ok()?;
    if request.model().is_some() {
        return None;
    }
    let of_format = |default: &&DefaultModel| default.format == Some(request.format());
    let of_any = |default: &&DefaultModel| default.format.is_none();
    let default = defaults
        .iter()
        .find(of_format)
        .or_else(|| defaults.iter().find(of_any));
    default.map(|default| default.name.clone())
}

/// Returns the budget that a request is compared with. A model named on the command line must be
/// known.
pub(crate) fn budget_of(
    args: &Requests,
    models: &Models,
    envelope: &Envelope<'_>,
) -> Result<Budget, Error> {
    let mut budget = match (args.model.as_deref(), envelope.model()) {
        (Some(name), _) => Budget::new(&models.get(name)?),
        (None, Some(name)) => Budget::lenient_for(models, name),
        (None, None) => {
            let format = args.format.0;
            match default_model(None, &args.default_model, format, args.host, envelope) {
                Some(name) => Budget::lenient_for(models, &name),
                None => Budget::lenient(models),
            }
        }
    };
    if let Some(host) = host_of(args.host, envelope) {
        budget = budget.at_host(host);
    }
    if envelope.counts() {
        budget = budget.only_counting();
    }
    if let Some(tokens) = args.reserve_output {
        budget = budget.reserve_output(tokens);
    }
    if let Some(tokens) = args.max_input {
        budget = budget.limit_input(tokens);
    }
    if args.closed_registry {
        budget = budget.closed_registry();
    }
    Ok(budget.margin(args.margin))
}

/// Returns the budget of the model that a request is made ready for.
pub(crate) fn target_of(
    requests: &Requests,
    models: &Models,
    target: &str,
) -> Result<Budget, Error> {
    let budget = Budget::new(&models.get(target)?).margin(requests.margin);
    Ok(match requests.host {
        Some(host) => budget.at_host(host),
        None => budget,
    })
}
