//! `tokenfit count`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::model::ServiceTier;
use tokenfit::reply::{Cost, CostBefore};
use tokenfit::report::CountReport;
use tokenfit::{Accuracy, Encoding, Envelope, Error, Model, Models, RequestCount, TokenCount};

use crate::answers::{Answers, host_of, id_of, request_of};
use crate::args::CountArgs;
use crate::input::{self, Source};
use crate::models;
use crate::output::{FailureError, Verdict, json_line, message};

#[derive(Serialize)]
struct CountOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    count: &'a RequestCount,
    /// In US dollars; null where no price is known.
    cost_usd: Option<CostBefore>,
}

/// Requests that were counted, and what they cost together.
#[derive(Default)]
struct Total {
    requests: u64,
    tokens: u64,
    input: Cost,
    /// With the upper bounds of the input and the limits of the output.
    up_to: Cost,
    unpriced: u64,
    unbounded: u64,
}

impl Total {
    fn add(&mut self, count: &RequestCount, cost: Option<&CostBefore>) {
        self.requests += 1;
        self.tokens = self.tokens.saturating_add(count.tokens());
        let Some(cost) = cost else {
            self.unpriced += 1;
            return;
        };
        self.input += cost.input;
        match cost.up_to() {
            Some(most) => self.up_to += most,
            None => self.unbounded += 1,
        }
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "total: {} requests, {} tokens",
            self.requests, self.tokens
        )?;
        if self.unpriced < self.requests {
            write!(f, "; input {}", self.input)?;
            if self.unbounded + self.unpriced < self.requests {
                write!(f, ", with output up to {}", self.up_to)?;
            }
        }
        if self.unpriced > 0 {
            write!(f, "; {} without a known price", self.unpriced)?;
        }
        if self.unbounded > 0 {
            write!(f, "; {} without a known bound", self.unbounded)?;
        }
        Ok(())
    }
}

/// One line: the input within its bounds, the output up to its limit.
fn cost_in_words(cost: &CostBefore) -> String {
    let mut words = format!("cost: input {}", cost.input);
    match cost.input_upper {
        Some(most) if most != cost.input => words += &format!(" (up to {most})"),
        Some(_) => {}
        None => words += " (no upper bound)",
    }
    if let (Some(most), Some(tokens)) = (cost.output_up_to, cost.max_output_tokens)
        && tokens > 0
    {
        words += &format!(", output up to {most} (at most {tokens} tokens)");
    }
    words + &format!("; {} prices of {}", cost.tier.as_str(), cost.day)
}

#[derive(Serialize)]
struct TextAnswer {
    tokens: u64,
    encoding: &'static str,
    bytes: usize,
    accuracy: Accuracy,
    lower: u64,
    upper: Option<u64>,
}

struct Command<'a> {
    args: &'a CountArgs,
    models: Models,
    answers: Answers,
    answered: usize,
    total: Total,
}

pub(crate) fn run(args: &CountArgs) -> io::Result<Verdict> {
    let Some(registry) = models::registry(&args.overrides, args.at, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let registry = args.images.told(registry);
    let mut command = Command {
        args,
        models: registry,
        answers: Answers::new(args.json),
        answered: 0,
        total: Total::default(),
    };
    input::each_input(&args.files, |path, input| {
        let whole = Source::whole(path);
        let read = match input {
            Err(error) => Err(error),
            Ok(input) if args.text => match input::whole(input) {
                Ok(text) => return command.text(whole, &text),
                Err(error) => Err(error),
            },
            Ok(input) => input::each_json(input, path, args.lines, |source, text| {
                command.request(source, text)
            }),
        };
        match read {
            Err(error) => command.answers.unread(whole, error),
            Ok(()) => Ok(()),
        }
    })?;
    command.answers.out.flush()?;
    if args.total {
        message(&command.total.to_string());
    }
    Ok(command.answers.verdict)
}

impl Command<'_> {
    fn request(&mut self, source: Source<'_>, text: &[u8]) -> io::Result<()> {
        let envelope = match Envelope::parse(text) {
            Ok(envelope) => envelope,
            Err(error) => return self.answers.refuse(source, None, 0, error),
        };
        let id = id_of(&envelope);
        match self.count(&envelope) {
            Ok((count, cost_usd)) => {
                self.total.add(&count, cost_usd.as_ref());
                if !self.args.json {
                    return self.table(source, envelope.id(), &count, cost_usd.as_ref());
                }
                let answer = CountOutput {
                    id,
                    count: &count,
                    cost_usd,
                };
                json_line(&mut self.answers.out, &answer)
            }
            Err(error) => self
                .answers
                .refuse(source, id, envelope.lines_before(), error),
        }
    }

    fn count(&self, envelope: &Envelope<'_>) -> Result<(RequestCount, Option<CostBefore>), Error> {
        let request = request_of(self.args.format.0, envelope)?;
        let model = match self.args.model.as_deref().or(envelope.model()) {
            Some(name) => self.models.get(name)?,
            None => self.models.for_request(&request)?,
        };
        let model = match host_of(self.args.host, envelope) {
            Some(host) => model.at_host(host),
            None => model,
        };
        let count = model.count(&request);
        let mut query = request.price_query();
        if envelope.is_batch() {
            query = query.tier(ServiceTier::Batch);
        }
        let cost = CostBefore::of(&model, &request, &count, &query);
        Ok((count, cost))
    }

    fn table(
        &mut self,
        source: Source<'_>,
        id: Option<&str>,
        count: &RequestCount,
        cost: Option<&CostBefore>,
    ) -> io::Result<()> {
        // One request needs no heading.
        if self.answered > 0 {
            writeln!(self.answers.out)?;
        }
        if source.one_of_many || self.args.files.len() > 1 || id.is_some() {
            match id {
                Some(id) => writeln!(self.answers.out, "{} ({id})", source.name())?,
                None => writeln!(self.answers.out, "{}", source.name())?,
            }
        }
        self.answered += 1;
        write!(self.answers.out, "{}", CountReport::new(count))?;
        match cost {
            Some(cost) => writeln!(self.answers.out, "{}", cost_in_words(cost))?,
            None => writeln!(self.answers.out, "cost: no price known")?,
        }
        self.answers.out.flush()
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
                let error = FailureError {
                    kind: "invalid_text",
                    message: reason,
                    line: Some(line),
                    ..FailureError::default()
                };
                return self
                    .answers
                    .fail(source, None, Verdict::CouldNotTell, error);
            }
        };
        let model = match self
            .args
            .model
            .as_deref()
            .map(|name| self.models.get(name))
            .transpose()
        {
            Ok(model) => model,
            Err(error) => return self.answers.refuse(source, None, 0, error),
        };
        let encoding = self
            .args
            .encoding
            .or(model.as_ref().and_then(Model::encoding))
            .unwrap_or(Encoding::O200K_BASE);
        let count = match &model {
            Some(model) => model.count_text(text),
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
            return json_line(&mut self.answers.out, &answer);
        }
        if self.args.files.len() > 1 {
            write!(self.answers.out, "{}: ", source.name())?;
        }
        writeln!(
            self.answers.out,
            "{count} tokens ({encoding}), {} bytes",
            text.len()
        )?;
        self.answers.out.flush()
    }
}
