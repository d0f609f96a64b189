//! What the commands that answer request by request share: reading each, saying why one has no answer, the verdict.

use std::io::{self, Write};

use serde_json::value::RawValue;
use tokenfit::model::Host;
use tokenfit::report::FitText;
use tokenfit::{Budget, Envelope, Error, ErrorKind, Format, Models, Request};

use crate::args::Requests;
use crate::input::Source;
use crate::output::{Failure, FailureError, Verdict, json_line, message};

/// Standard output, and what there is to say by the exit code.
pub(crate) struct Answers {
    pub(crate) out: io::StdoutLock<'static>,
    pub(crate) json: bool,
    pub(crate) verdict: Verdict,
}

impl Answers {
    pub(crate) fn new(json: bool) -> Answers {
        Answers {
            out: io::stdout().lock(),
            json,
            verdict: Verdict::Yes,
        }
    }

    pub(crate) fn judge(&mut self, verdict: Verdict) {
        self.verdict = self.verdict.max(verdict);
    }

    /// What could not be read from an input, unless it is that nobody reads our output.
    pub(crate) fn unread(&mut self, source: Source<'_>, error: io::Error) -> io::Result<()> {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Err(error);
        }
        // Among the lines of answers nothing else says which input it was.
        let reason = if self.json {
            format!("{}: {error}", source.name())
        } else {
            error.to_string()
        };
        let error = FailureError {
            kind: "io",
            message: reason,
            ..FailureError::default()
        };
        self.fail(source, None, Verdict::CouldNotTell, error)
    }

    /// An error in the place of an answer.
    pub(crate) fn refuse(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        lines_before: usize,
        error: Error,
    ) -> io::Result<()> {
        // The lines that the error names are those of the request; the reader's are those of the input.
        let error = error.below(source.line - 1 + lines_before);
        let verdict = match error.kind() {
            ErrorKind::CannotFit | ErrorKind::Refused => Verdict::No,
            _ => Verdict::CouldNotTell,
        };
        let mut failure = FailureError::of(&error);
        failure.line = failure.line.or(source.one_of_many.then_some(source.line));
        self.fail(source, id, verdict, failure)
    }

    pub(crate) fn fail(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        verdict: Verdict,
        error: FailureError<'_>,
    ) -> io::Result<()> {
        self.judge(verdict);
        if self.json {
            return json_line(&mut self.out, &Failure { id, error });
        }
        self.out.flush()?;
        match error.cannot_fit {
            Some(cannot_fit) => {
                let shown = FitText::of_cannot_fit(cannot_fit);
                message(&shown.in_file(&source.name()).to_string());
            }
            None => message(&format!("{}: {}", source.name(), error.message)),
        }
        Ok(())
    }

    /// A request that was asked for: its bytes, and an end of the line where they have none.
    pub(crate) fn request(&mut self, request: &Request<'_>) -> io::Result<()> {
        self.out.write_all(request.as_bytes())?;
        if request.as_bytes().last() != Some(&b'\n') {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }
}

/// The id of an envelope, to be echoed.
pub(crate) fn id_of<'a>(envelope: &Envelope<'a>) -> Option<&'a RawValue> {
    envelope
        .id_json()
        .and_then(|id| serde_json::from_str::<&RawValue>(id).ok())
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

/// The budget that a request is compared with. A model that was named on the command line must be known.
pub(crate) fn budget_of(
    args: &Requests,
    models: &Models,
    envelope: &Envelope<'_>,
) -> Result<Budget, Error> {
    let mut budget = match (args.model.as_deref(), envelope.model()) {
        (Some(name), _) => Budget::new(&models.get(name)?),
        (None, Some(name)) => Budget::lenient_for(models, name),
        (None, None) => Budget::lenient(models),
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
