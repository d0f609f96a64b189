//! What the commands that answer request by request share: reading each, saying why one has no answer, the verdict.

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
use crate::terminal::{Progress, When, clear_progress};

/// Where requests go that were asked for.
#[derive(Debug, Default)]
pub(crate) enum Destination {
    /// Standard output: a document as it came, several ones on a line each.
    #[default]
    Out,
    /// The file that the request is from.
    InPlace,
    /// A file of the same name below a folder.
    Folder(PathBuf),
}

/// How many requests were answered how.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) yes: u64,
    pub(crate) no: u64,
    pub(crate) unsure: u64,
    /// Those that could not be read.
    pub(crate) unread: u64,
}

/// Standard output, and what there is to say by the exit code.
pub(crate) struct Answers {
    pub(crate) out: io::StdoutLock<'static>,
    pub(crate) json: bool,
    pub(crate) verdict: Verdict,
    /// More than one input is read: answers for people name theirs.
    pub(crate) several: bool,
    pub(crate) destination: Destination,
    /// What is written to the file of the input that is being read.
    file: Vec<u8>,
    /// Whether all of that input was answered.
    file_is_whole: bool,
    pub(crate) tally: Tally,
    progress: When,
}

/// One text of the inputs: a request with what is around it.
pub(crate) struct Asked<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) envelope: Envelope<'a>,
    file: Option<String>,
}

impl Asked<'_> {
    /// The id of the envelope, to be echoed.
    pub(crate) fn id(&self) -> Option<&RawValue> {
        let id = self.envelope.id_json()?;
        serde_json::from_str::<&RawValue>(id).ok()
    }

    /// The line of the input at which the request begins.
    pub(crate) fn line(&self) -> usize {
        self.source.line + self.envelope.lines_before()
    }

    /// An answer at the place of this question.
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

    /// The same for one request, which is counted.
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

    /// Hands every text of the inputs on, as one document or line by line, and answers for what cannot be read.
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

    /// Hands every request of the inputs on.
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
                    file,
                },
            )
        })
    }

    /// The file that the requests of an input are written to.
    fn target(&self, input: &Input) -> Option<PathBuf> {
        match (&self.destination, input) {
            (Destination::InPlace, Input::File { path, .. }) => Some(path.clone()),
            (Destination::Folder(folder), Input::File { below, .. }) => Some(folder.join(below)),
            _ => None,
        }
    }

    /// Writes the file of an input that was answered as a whole.
    fn write_file(&mut self, path: Option<&Path>, target: Option<PathBuf>) -> io::Result<()> {
        let text = std::mem::take(&mut self.file);
        let Some(target) = target else {
            return Ok(());
        };
        if !self.file_is_whole {
            message(&format!(
                "{}: not written, as not all of its requests have a result",
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

    /// What could not be read from an input, unless it is that nobody reads our output.
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

    /// An error in the place of an answer, of a text that was no envelope.
    fn refuse_text(&mut self, source: Source<'_>, error: Error) -> io::Result<()> {
        let error = error.below(source.line - 1);
        let mut failure = FailureError::of(&error);
        failure.line = failure.line.or(Some(source.line));
        self.fail_text(source, failure)
    }

    /// An error in the place of an answer of which only the input is known.
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

    /// An error in the place of an answer.
    pub(crate) fn refuse(&mut self, asked: &Asked<'_>, error: Error) -> io::Result<()> {
        // The lines that the error names are those of the request; the reader's are those of the input.
        let error = error.below(asked.line() - 1);
        let verdict = match error.kind() {
            ErrorKind::CannotFit | ErrorKind::Refused => Verdict::No,
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

    /// One answer in JSON.
    pub(crate) fn line(&mut self, answer: &impl Serialize) -> io::Result<()> {
        clear_progress();
        json_line(&mut self.out, answer)
    }

    /// A request that was asked for: its bytes, and an end of the line where they have none. A line of a batch file stays
    /// one: its other fields are as they came.
    pub(crate) fn request(&mut self, asked: &Asked<'_>, request: &Request<'_>) -> io::Result<()> {
        self.text(asked, request.as_bytes())
    }

    /// The same from the bytes of a request.
    pub(crate) fn text(&mut self, asked: &Asked<'_>, request: &[u8]) -> io::Result<()> {
        let mut text = match asked.envelope.is_batch() {
            true => asked.envelope.with_request(request),
            false => request.to_vec(),
        };
        let to_file = !matches!(self.destination, Destination::Out);
        if asked.source.one_of_many || (self.several && !to_file) {
            on_one_line(&mut text);
        }
        if text.last() != Some(&b'\n') {
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

    /// One line about all requests, for people who gave more than one; `no` is the word for a no.
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

/// The request of an envelope, in the format that was asked for, that the envelope tells, or that its shape shows.
pub(crate) fn request_of<'a>(
    format: Option<Format>,
    envelope: &Envelope<'a>,
) -> Result<Request<'a>, Error> {
    match format.or(envelope.format()) {
        Some(format) => Request::parse_as(format, envelope.request()),
        None => Request::parse(envelope.request()),
    }
}

/// The host that serves a request: as asked for, else as its envelope names it.
pub(crate) fn host_of(asked: Option<Host>, envelope: &Envelope<'_>) -> Option<Host> {
    // A host that is not told apart here is still not the model's own vendor.
    let named = envelope
        .host()
        .map(|host| host.parse().unwrap_or(Host::Other));
    asked.or(named)
}

/// The model of a request that names none, and of which nobody else says it.
pub(crate) fn default_model(
    asked: Option<&str>,
    defaults: &[DefaultModel],
    format: Option<Format>,
    envelope: &Envelope<'_>,
) -> Option<String> {
    if defaults.is_empty() || asked.or(envelope.model()).is_some() {
        return None;
    }
    let request = request_of(format, envelope).ok()?;
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

/// The budget that a request is compared with. A model that was named on the command line must be known.
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
            match default_model(None, &args.default_model, format, envelope) {
                Some(name) => Budget::lenient_for(models, &name),
                None => Budget::lenient(models),
            }
        }
    };
    if let Some(host) = host_of(args.host, envelope) {
        budget = budget.at_host(host);
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
