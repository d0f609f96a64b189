//! `tokenfit count`.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use tokenfit::learn::Learned;
use tokenfit::model::ServiceTier;
use tokenfit::reply::{Cost, CostBefore};
use tokenfit::report::CountReport;
use tokenfit::{Accuracy, Encoding, Envelope, Error, Model, Models, RequestCount, TokenCount};

use crate::answers::{Answers, Asked, default_model, host_of, request_of};
use crate::args::CountArgs;
use crate::input::{self, Input, Source};
use crate::learn;
use crate::models;
use crate::output::{FailureError, Placed, Verdict, grouped, message};
use crate::terminal::{When, clear_progress, out_is_colored};

#[derive(Serialize)]
struct CountOutput<'a> {
    #[serde(flatten)]
    count: &'a RequestCount,
    /// In US dollars; null if no price is known.
    cost_usd: Option<CostBefore>,
}

/// Number of requests that were counted, and their total cost.
#[derive(Default)]
struct Total {
    requests: u64,
    tokens: u64,
    input: Cost,
    /// From the upper bounds of the inputs and the output limits.
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
            grouped(self.requests),
            grouped(self.tokens)
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

/// Formats a cost as one line: the input with its bounds, the output up to its limit.
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
        words += &format!(", output up to {most} (at most {} tokens)", grouped(tokens));
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
    learned: Option<Learned>,
    answered: usize,
    total: Total,
}

pub(crate) fn run(args: &CountArgs, progress: When) -> io::Result<Verdict> {
    let Some(models) = models::registry(&args.overrides, args.at, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let Some((models, learned)) = learn::learned(args.calibration.as_deref(), models, args.json)?
    else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = args.images.told(models);
    let mut answers = Answers::new(args.json);
    let mut command = Command {
        args,
        models,
        learned,
        answered: 0,
        total: Total::default(),
    };
    let inputs = input::inputs(&args.files);
    if args.text {
        texts(&mut answers, &command, inputs)?;
        return Ok(answers.verdict);
    }
    answers.show_progress(progress);
    answers.each(inputs, args.lines, |answers, asked| {
        command.request(answers, asked)
    })?;
    if args.total || (!args.json && command.total.requests > 1) {
        message(&command.total.to_string());
    }
    Ok(answers.verdict)
}

/// Counts each input as one string; with `--lines`, each line as a JSON string.
fn texts(answers: &mut Answers, command: &Command<'_>, inputs: Vec<Input>) -> io::Result<()> {
    if command.args.lines {
        return answers.each_text(
            inputs,
            true,
            |answers, source, line| match serde_json::from_slice::<String>(line) {
                Ok(text) => command.text(answers, source, text.as_bytes()),
                Err(_) => {
                    let error = FailureError {
                        kind: "invalid_text",
                        message: "the line is not a JSON string; quote it as JSON".to_owned(),
                        line: Some(source.line),
                        ..FailureError::default()
                    };
                    answers.fail_text(source, error)
                }
            },
        );
    }
    answers.several = inputs.len() > 1;
    for input in inputs {
        let path = input.path().map(Path::to_owned);
        let source = Source::whole(path.as_deref());
        match input.open().and_then(input::whole) {
            Err(error) => answers.unread(source, error)?,
            Ok(text) => command.text(answers, source, &text)?,
        }
    }
    answers.out.flush()
}

impl Command<'_> {
    fn request(&mut self, answers: &mut Answers, asked: &Asked<'_>) -> io::Result<()> {
        match self.count(&asked.envelope) {
            Ok((count, cost_usd)) => {
                answers.judge_one(Verdict::Yes);
                self.total.add(&count, cost_usd.as_ref());
                if !answers.json {
                    return self.table(answers, asked, &count, cost_usd.as_ref());
                }
                answers.line(&asked.placed(CountOutput {
                    count: &count,
                    cost_usd,
                }))
            }
            Err(error) => answers.refuse(asked, error),
        }
    }

    fn count(&self, envelope: &Envelope<'_>) -> Result<(RequestCount, Option<CostBefore>), Error> {
        let args = self.args;
        let request = request_of(args.format.0, args.host, envelope)?;
        let (asked, format) = (args.model.as_deref(), args.format.0);
        let default = default_model(asked, &args.default_model, format, args.host, envelope);
        let named = asked.or(envelope.model()).or(default.as_deref());
        let model = match named {
            Some(name) => self.models.get(name)?,
            None => self.models.for_request(&request)?,
        };
        let model = match host_of(args.host, envelope) {
            Some(host) => model.at_host(host),
            None => model,
        };
        let mut count = model.count(&request);
        if let Some(learned) = &self.learned {
            count = learned.apply(&learn::host_name(args.host, envelope), &request, count);
        }
        let mut query = request.price_query();
        if envelope.is_batch() {
            query = query.tier(ServiceTier::Batch);
        }
        let cost = CostBefore::of(&model, &request, &count, &query);
        Ok((count, cost))
    }

    fn table(
        &mut self,
        answers: &mut Answers,
        asked: &Asked<'_>,
        count: &RequestCount,
        cost: Option<&CostBefore>,
    ) -> io::Result<()> {
        clear_progress();
        let out = &mut answers.out;
        if self.answered > 0 {
            writeln!(out)?;
        }
        // A single request needs no heading.
        if asked.source.one_of_many || answers.several || asked.envelope.id().is_some() {
            let name = asked.source.name();
            match asked.envelope.id() {
                Some(id) => writeln!(out, "{name} ({id})")?,
                None => writeln!(out, "{name}")?,
            }
        }
        self.answered += 1;
        let report = CountReport::new(count).colored(out_is_colored());
        let given = self.args.format.0.or(asked.envelope.format());
        match (given, report.to_string().split_once('\n')) {
            (None, Some((first, rest))) => {
                write!(out, "{first}; read as {}\n{rest}", count.format())?
            }
            _ => write!(out, "{report}")?,
        }
        match cost {
            Some(cost) => writeln!(out, "{}", cost_in_words(cost))?,
            None => writeln!(out, "cost: no price known")?,
        }
        out.flush()
    }

    fn text(&self, answers: &mut Answers, source: Source<'_>, text: &[u8]) -> io::Result<()> {
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let before = &text[..error.valid_up_to()];
                let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
                let reason = format!(
                    "the input is not UTF-8 at byte {}; convert it to UTF-8 first",
                    error.valid_up_to()
                );
                let error = FailureError {
                    kind: "invalid_text",
                    message: reason,
                    line: Some(line),
                    ..FailureError::default()
                };
                return answers.fail_text(source, error);
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
            Err(error) => return answers.fail_text(source, FailureError::of(&error)),
        };
        let encoding = self
            .args
            .encoding
            .or(model.as_ref().and_then(Model::encoding))
            .unwrap_or(Encoding::O200K_BASE);
        let count = match &model {
            Some(model) => model.count_text(text),
            None => TokenCount::exact((encoding.count(text) + encoding.frame_tokens()) as u64),
        };
        if answers.json {
            let file = source.path.map(|path| path.display().to_string());
            return answers.line(&Placed {
                id: None,
                file: file.as_deref(),
                line: source.line,
                column: 1,
                answer: TextAnswer {
                    tokens: count.tokens(),
                    encoding: encoding.name(),
                    bytes: text.len(),
                    accuracy: count.accuracy(),
                    lower: count.lower(),
                    upper: count.upper(),
                },
            });
        }
        if answers.several {
            write!(answers.out, "{}: ", source.name())?;
        }
        let (tokens, bytes) = (CountText(count), grouped(text.len() as u64));
        writeln!(answers.out, "{tokens} ({encoding}), {bytes} bytes")?;
        answers.out.flush()
    }
}

/// Formats a count: `6,435 tokens`, `about 6,435 (6,000 to 7,000) tokens`.
struct CountText(TokenCount);

impl std::fmt::Display for CountText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.0;
        let tokens = grouped(count.tokens());
        let unit = if count.tokens() == 1 {
            "token"
        } else {
            "tokens"
        };
        match (count.accuracy(), count.upper()) {
            (Accuracy::Exact, _) => write!(f, "{tokens} {unit}"),
            (_, Some(upper)) if upper == count.lower() => write!(f, "about {tokens} {unit}"),
            (_, Some(upper)) => write!(
                f,
                "about {tokens} ({} to {}) {unit}",
                grouped(count.lower()),
                grouped(upper)
            ),
            (_, None) => write!(
                f,
                "about {tokens} ({} or more) {unit}",
                grouped(count.lower())
            ),
        }
    }
}
