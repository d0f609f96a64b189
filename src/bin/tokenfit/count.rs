//! `tokenfit count`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::model::Host;
use tokenfit::report::CountReport;
use tokenfit::{
    Accuracy, Counter, Encoding, Envelope, Error, Model, Request, RequestCount, TokenCount,
};

use crate::args::CountArgs;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Failure, FailureError, Verdict, json_line, message};

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    count: &'a RequestCount,
}

#[derive(Serialize)]
struct TextAnswer {
    tokens: u64,
    encoding: &'static str,
    bytes: usize,
    accuracy: Accuracy,
    lower: u64,
    upper: u64,
}

struct Command<'a> {
    args: &'a CountArgs,
    counter: Counter,
    out: io::StdoutLock<'static>,
    verdict: Verdict,
    answered: usize,
}

pub(crate) fn run(args: &CountArgs) -> io::Result<Verdict> {
    let Some(registry) = models::registry(&args.overrides, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let mut command = Command {
        args,
        counter: Counter::with_registry(registry),
        out: io::stdout().lock(),
        verdict: Verdict::Yes,
        answered: 0,
    };
    input::each_input(&args.files, |path, input| {
        let source = Source {
            path,
            line: 1,
            one_of_many: false,
        };
        let read = match input {
            Err(error) => Err(error),
            Ok(input) if args.text => match input::whole(input) {
                Ok(text) => return command.text(source, &text),
                Err(error) => Err(error),
            },
            Ok(input) => input::each_json(input, path, args.lines, |source, text| {
                command.request(source, text)
            }),
        };
        match read {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                // Among the lines of answers nothing else says which input it was.
                let reason = if args.json {
                    format!("{}: {error}", source.name())
                } else {
                    error.to_string()
                };
                command.fail(source, None, "io", reason, None, None)
            }
            other => other,
        }
    })?;
    command.out.flush()?;
    Ok(command.verdict)
}

impl Command<'_> {
    fn request(&mut self, source: Source<'_>, text: &[u8]) -> io::Result<()> {
        let envelope = match Envelope::parse(text) {
            Ok(envelope) => envelope,
            Err(error) => return self.refuse(source, None, 0, error),
        };
        let id = envelope
            .id_json()
            .and_then(|id| serde_json::from_str::<&RawValue>(id).ok());
        match self.count(&envelope) {
            Ok(count) if self.args.json => json_line(&mut self.out, &Answer { id, count: &count }),
            Ok(count) => self.table(source, envelope.id(), &count),
            Err(error) => self.refuse(source, id, envelope.lines_before(), error),
        }
    }

    fn count(&self, envelope: &Envelope<'_>) -> Result<RequestCount, Error> {
        let request = match self.args.format.0.or(envelope.format()) {
            Some(format) => Request::parse_as(format, envelope.request())?,
            None => Request::parse(envelope.request())?,
        };
        let model = match self.args.model.as_deref().or(envelope.model()) {
            Some(name) => self.counter.model(name)?,
            None => self.counter.model_of(&request)?,
        };
        // A host that is not told apart here is still not the model's own vendor.
        let named = envelope
            .host()
            .map(|host| host.parse().unwrap_or(Host::Other));
        let model = match self.args.host.or(named) {
            Some(host) => model.at_host(host),
            None => model,
        };
        Ok(self.counter.count(&model, &request))
    }

    fn table(
        &mut self,
        source: Source<'_>,
        id: Option<&str>,
        count: &RequestCount,
    ) -> io::Result<()> {
        // One request needs no heading.
        if self.answered > 0 {
            writeln!(self.out)?;
        }
        if source.one_of_many || self.args.files.len() > 1 || id.is_some() {
            match id {
                Some(id) => writeln!(self.out, "{} ({id})", source.name())?,
                None => writeln!(self.out, "{}", source.name())?,
            }
        }
        self.answered += 1;
        write!(self.out, "{}", CountReport::new(count))?;
        self.out.flush()
    }

    fn text(&mut self, source: Source<'_>, text: &[u8]) -> io::Result<()> {
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let before = &text[..error.valid_up_to()];
                let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
                let reason = format!(
                    "the text is not UTF-8 at byte {}; convert it first",
                    error.valid_up_to()
                );
                return self.fail(source, None, "invalid_text", reason, None, Some(line));
            }
        };
        let model = match self
            .args
            .model
            .as_deref()
            .map(|name| self.counter.model(name))
            .transpose()
        {
            Ok(model) => model,
            Err(error) => return self.refuse(source, None, 0, error),
        };
        let encoding = self
            .args
            .encoding
            .or(model.as_ref().and_then(Model::encoding))
            .unwrap_or(Encoding::O200K_BASE);
        let count = match &model {
            Some(model) => self.counter.count_text(model, text),
            None => TokenCount::exact(encoding.count(text) as u64),
        };
        if self.args.json {
            let answer = TextAnswer {
                tokens: count.tokens(),
                encoding: encoding.name(),
                bytes: text.len(),
                accuracy: count.accuracy(),
                lower: count.lower(),
                upper: count.upper(),
            };
            return json_line(&mut self.out, &answer);
        }
        if self.args.files.len() > 1 {
            write!(self.out, "{}: ", source.name())?;
        }
        writeln!(
            self.out,
            "{count} tokens ({encoding}), {} bytes",
            text.len()
        )?;
        self.out.flush()
    }

    fn refuse(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        lines_before: usize,
        error: Error,
    ) -> io::Result<()> {
        // The lines that the error names are those of the request; the reader's are those of the input.
        let error = error.below(source.line - 1 + lines_before);
        let line = error.line().or(source.one_of_many.then_some(source.line));
        self.fail(
            source,
            id,
            error.kind().as_str(),
            error.to_string(),
            error.pointer(),
            line,
        )
    }

    fn fail(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        kind: &str,
        reason: String,
        pointer: Option<&str>,
        line: Option<usize>,
    ) -> io::Result<()> {
        self.verdict = Verdict::CouldNotTell;
        if self.args.json {
            let error = FailureError {
                kind,
                message: reason,
                pointer,
                line,
            };
            json_line(&mut self.out, &Failure { id, error })
        } else {
            self.out.flush()?;
            message(&format!("{}: {reason}", source.name()));
            Ok(())
        }
    }
}
