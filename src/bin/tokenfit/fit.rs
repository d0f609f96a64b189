//! `tokenfit fit`.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::edit::Receipt;
use tokenfit::fit::{Plan, Preset, Progress, SummaryHealth};
use tokenfit::model::Day;
use tokenfit::report::FitText;
use tokenfit::{Budget, Envelope, Error, Fitted, Fitter, Models, Request};

use crate::answers::{Answers, budget_of, host_of, id_of, request_of};
use crate::args::FitArgs;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Lines, UndoLine, Verdict, json_line, message};
use crate::strategies::{STOP_AFTER, StrategyArg, SummariesArg};
use crate::summarizer::Summarizer;

#[derive(Serialize)]
struct FitOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    request: &'a Request<'a>,
    receipt: &'a Receipt,
    day: Option<Day>,
}

#[derive(Serialize)]
struct PlanAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    plan: &'a Plan,
    day: Option<Day>,
}

#[derive(Serialize)]
struct ReceiptLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

/// The command while it runs.
struct Run<'a> {
    args: &'a FitArgs,
    models: Models,
    answers: Answers,
    receipts: Lines,
    undos: Lines,
    summarizer: Option<Summarizer<'a>>,
    /// How it went with the last summaries, of whatever request.
    health: SummaryHealth,
}

/// What is answered.
enum Done<'r> {
    Planned(Plan),
    Fitted(Fitted<'r>, Receipt),
}

pub(crate) fn run(args: &FitArgs) -> io::Result<Verdict> {
    if let Some(wrong) = misplaced_summaries(args) {
        message(wrong);
        return Ok(Verdict::CouldNotTell);
    }
    let requests = &args.requests;
    let Some(registry) = models::registry(&requests.overrides, requests.at, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let registry = requests.images.told(registry);
    let mut answers = Answers::new(requests.json);
    let mut lines = |path: Option<&Path>| match Lines::create(path) {
        Ok(lines) => Ok(Some(lines)),
        Err(error) => answers.unread(Source::whole(path), error).map(|()| None),
    };
    let (Some(receipts), Some(undos)) = (
        lines(args.receipt.as_deref())?,
        lines(args.undo.as_deref())?,
    ) else {
        return Ok(answers.verdict);
    };
    let mut run = Run {
        args,
        models: registry,
        answers,
        receipts,
        undos,
        summarizer: args
            .summarize_with
            .as_ref()
            .map(|program| Summarizer::new(program, Duration::from_secs(args.summarize_timeout))),
        health: SummaryHealth::default(),
    };
    input::each_input(&requests.files, |path, input| {
        let read = input.and_then(|input| {
            input::each_json(input, path, requests.lines, |source, text| {
                run.answer(source, text)
            })
        });
        match read {
            Err(error) => run.answers.unread(Source::whole(path), error),
            Ok(()) => Ok(()),
        }
    })?;
    run.answers.out.flush()?;
    Ok(run.answers.verdict)
}

impl Run<'_> {
    fn answer(&mut self, source: Source<'_>, text: &[u8]) -> io::Result<()> {
        let envelope = match Envelope::parse(text) {
            Ok(envelope) => envelope,
            Err(error) => return self.answers.refuse(source, None, 0, error),
        };
        let id = id_of(&envelope);
        let lines_before = envelope.lines_before();
        let request = match request_of(self.args.requests.format.0, &envelope) {
            Ok(request) => request,
            Err(error) => return self.answers.refuse(source, id, lines_before, error),
        };
        match self.fit(source, &envelope, &request) {
            Ok(Done::Planned(plan)) => self.show(source, id, &plan),
            Ok(Done::Fitted(fitted, receipt)) => self.write(source, id, &fitted, &receipt),
            Err(error) => self.answers.refuse(source, id, lines_before, error),
        }
    }

    fn fit<'r>(
        &mut self,
        source: Source<'_>,
        envelope: &Envelope<'_>,
        request: &'r Request<'_>,
    ) -> Result<Done<'r>, Error> {
        let fitter = self.fitter(envelope)?;
        if self.args.plan {
            return fitter.plan(request).map(Done::Planned);
        }
        let fitted = self.summarized(source, &fitter, request)?;
        let receipt = fitter.receipt(request, &fitted)?;
        Ok(Done::Fitted(fitted, receipt))
    }

    /// The fitted request, with what summaries it takes.
    fn summarized<'r>(
        &mut self,
        source: Source<'_>,
        fitter: &Fitter,
        request: &'r Request<'_>,
    ) -> Result<Fitted<'r>, Error> {
        let Some(summarizer) = &self.summarizer else {
            return fitter.fit(request);
        };
        let say = |what: &str| message(&format!("{}: {what}", source.name()));
        let mut progress = fitter.start_in(request, self.health)?;
        loop {
            let job = match progress {
                Progress::NeedSummary(job) => job,
                Progress::Done(fitted, health) => {
                    if health.failures > self.health.failures {
                        say(if health.failures < STOP_AFTER {
                            "fitted without a summary"
                        } else {
                            "fitted without a summary; the program is not run again"
                        });
                    }
                    self.health = health;
                    return Ok(fitted);
                }
            };
            let answer = summarizer.ask(&job);
            if let Err(reason) = &answer {
                say(&format!("no summary at try {}: {reason}", job.attempt));
            }
            let next = match &answer {
                Ok(summary) => fitter.supply(request, &job, summary),
                Err(_) => fitter.fail(request, &job),
            };
            progress = match next {
                Ok(next) => next,
                Err(error) => {
                    // It was run for nothing: that is not to go on for every line.
                    self.health.failures = self.health.failures.saturating_add(1);
                    return Err(error);
                }
            };
            if let (Ok(_), Progress::NeedSummary(next)) = (&answer, &progress)
                && let Some(reason) = &next.refused
            {
                say(&format!("no summary at try {}: {reason}", job.attempt));
            }
        }
    }

    /// The fitter that the arguments ask for, for one request.
    fn fitter(&self, envelope: &Envelope<'_>) -> Result<Fitter, Error> {
        let args = self.args;
        let budget = budget_of(&args.requests, &self.models, envelope)?;
        if let (None, Some(name)) = (budget.model(), envelope.model()) {
            // The fitter can say this of the model that the request names, not of the envelope's.
            self.models.get(name)?;
        }
        let host = host_of(args.requests.host, envelope);
        let mut fitter = self.strategies(budget);
        for keep in &args.keep {
            fitter = fitter.also_keep(|rules| keep.add_to(rules));
        }
        if let Some(level) = args.high_water {
            fitter = level.high_of(fitter);
        }
        if let Some(level) = args.low_water {
            fitter = level.low_of(fitter);
        }
        for name in &args.fallback {
            let model = self.models.get(name)?;
            fitter = fitter.fallbacks(&[match host {
                Some(host) => model.at_host(host),
                None => model,
            }]);
        }
        Ok(fitter)
    }

    fn strategies(&self, budget: Budget) -> Fitter {
        let args = self.args;
        let summaries = self.summarizer.as_ref().map(|_| SummariesArg {
            tokens: args.summary_tokens,
            role: args.summary_role.into(),
        });
        if args.strategy.is_empty() {
            let plain = args.preset.fitter(budget.clone());
            let with = summaries.map(|summaries| summaries.policy(None));
            return with
                .and_then(|summaries| args.preset.fitter_with_summaries(budget, summaries))
                .unwrap_or(plain);
        }
        let (placeholder, marker) = (args.placeholder.as_deref(), args.marker.as_deref());
        let add = |fitter, strategy: &StrategyArg| {
            strategy.add_to(fitter, placeholder, marker, summaries.as_ref())
        };
        let says_where = args
            .strategy
            .iter()
            .any(|strategy| matches!(strategy, StrategyArg::Summarize(_)));
        let first_drop = args.strategy.iter().position(StrategyArg::drops);
        let (before, behind) = args
            .strategy
            .split_at(first_drop.unwrap_or(args.strategy.len()));
        let mut fitter = before.iter().fold(Fitter::new(budget), add);
        if !says_where {
            fitter = add(fitter, &StrategyArg::Summarize(None));
        }
        behind.iter().fold(fitter, add)
    }

    fn show(&mut self, source: Source<'_>, id: Option<&RawValue>, plan: &Plan) -> io::Result<()> {
        if self.args.requests.json {
            return json_line(
                &mut self.answers.out,
                &PlanAnswer {
                    id,
                    plan,
                    day: self.args.requests.at,
                },
            );
        }
        let shown = FitText::of_plan(plan).in_file(&source.name()).to_string();
        self.answers.out.write_all(shown.as_bytes())?;
        self.answers.out.flush()
    }

    fn write(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        fitted: &Fitted<'_>,
        receipt: &Receipt,
    ) -> io::Result<()> {
        let json = self.args.requests.json;
        if self.undos.are_wanted() {
            // First: who has the fitted request can be sure to have what takes it back.
            let undo = fitted.undo();
            self.undos.write(&UndoLine { id, undo })?;
        }
        self.receipts.write(&ReceiptLine { id, receipt })?;
        if !json && !self.receipts.are_wanted() {
            let shown = FitText::new(receipt).in_file(&source.name()).to_string();
            message(&shown);
        }
        let request = fitted.request();
        if json {
            let answer = FitOutput {
                id,
                request,
                receipt,
                day: self.args.requests.at,
            };
            return json_line(&mut self.answers.out, &answer);
        }
        self.answers.request(request)
    }
}

/// What is wrong with what was said about summaries.
fn misplaced_summaries(args: &FitArgs) -> Option<&'static str> {
    let places = args
        .strategy
        .iter()
        .filter(|strategy| matches!(strategy, StrategyArg::Summarize(_)))
        .count();
    if args.summarize_with.is_none() {
        return (places > 0).then_some(
            "the strategy `summarize` needs a program that writes summaries; add --summarize-with 'PROGRAM ARG...'",
        );
    }
    if places > 1 {
        return Some("the strategy `summarize` can stand in one place only");
    }
    (args.strategy.is_empty() && args.preset == Preset::TruncateToLimit).then_some(
        "the preset `truncate_to_limit` has no place for summaries; leave --summarize-with out, or take another",
    )
}
