//! `tokenfit fit`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokenfit::edit::Receipt;
use tokenfit::fit::{FitStep, Plan, Preset, SummaryHealth};
use tokenfit::model::Day;
use tokenfit::report::FitText;
use tokenfit::{Budget, Envelope, Error, Fitted, Fitter, Models, Request};

use crate::answers::{Answers, Asked, budget_of, default_model, host_of, request_of};
use crate::args::FitArgs;
use crate::files;
use crate::input::{self, Source};
use crate::models;
use crate::output::{FailureError, Lines, UndoLine, Verdict, grouped, message, usage};
use crate::strategies::{LevelArg, STOP_AFTER, StrategyArg, SummariesArg};
use crate::summarizer::Summarizer;
use crate::terminal::{self, When};

#[derive(Serialize)]
struct FitOutput<'a> {
    request: &'a Request<'a>,
    receipt: &'a Receipt,
    day: Option<Day>,
}

#[derive(Serialize)]
struct PlanAnswer<'a> {
    plan: &'a Plan,
    day: Option<Day>,
}

/// A line of a file of plans, as written by `--plan --json`.
#[derive(Deserialize)]
struct PlanLine {
    plan: Plan,
}

/// State of the command while it runs.
struct Run<'a> {
    args: &'a FitArgs,
    models: Models,
    receipts: Lines,
    undos: Lines,
    plans: Option<std::io::Lines<BufReader<File>>>,
    summarizer: Option<Summarizer<'a>>,
    /// Circuit-breaker state of summaries, over all requests.
    health: SummaryHealth,
}

/// Outcome for one request.
enum Done<'r> {
    Planned(Plan),
    Fitted(Fitted<'r>, Receipt),
}

/// Reason why there is no outcome.
enum Failed {
    Error(Error),
    /// The options cannot be satisfied; the command's own message.
    Usage(&'static str, String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Error(error)
    }
}

pub(crate) fn run(args: &FitArgs, progress: When) -> io::Result<Verdict> {
    if let Some(wrong) = contradiction(args) {
        return Ok(usage(&wrong));
    }
    let requests = &args.requests;
    let Some(models) = models::registry(&requests.overrides, requests.at, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = requests.images.told(models);
    for name in &args.fallback {
        if let Err(error) = models.get(name) {
            return Ok(usage(&format!("--fallback: {error}")));
        }
    }
    let inputs = input::inputs(&requests.files);
    let named = |option, path: &'_ Option<PathBuf>| path.clone().map(|path| (option, path));
    let read = named("--apply", &args.apply);
    let read: Vec<(&str, &Path)> = read.iter().map(|(o, path)| (*o, path.as_path())).collect();
    let written = [
        named("--receipt", &args.receipt),
        named("--undo", &args.undo),
    ];
    let written = written.iter().flatten();
    let written: Vec<(&str, &Path)> = written.map(|(o, path)| (*o, path.as_path())).collect();
    let overrides = &requests.overrides;
    let destination = match files::prepare(&args.output, &inputs, overrides, &read, &written) {
        Ok(destination) => destination,
        Err(wrong) => return Ok(usage(&wrong)),
    };
    let mut answers = Answers::new(requests.json);
    answers.destination = destination;
    answers.show_progress(progress);
    let mut opened = |path: Option<&Path>, open: &mut dyn FnMut(&Path) -> io::Result<()>| {
        let Some(path) = path else { return Ok(true) };
        match open(path) {
            Ok(()) => Ok(true),
            Err(error) => answers
                .unread(Source::whole(Some(path)), error)
                .map(|()| false),
        }
    };
    let (mut receipts, mut undos, mut plans) = (Lines::none(), Lines::none(), None);
    let all = opened(args.receipt.as_deref(), &mut |path| {
        Lines::create(Some(path)).map(|lines| receipts = lines)
    })? && opened(args.undo.as_deref(), &mut |path| {
        Lines::create(Some(path)).map(|lines| undos = lines)
    })? && opened(args.apply.as_deref(), &mut |path| {
        File::open(path).map(|file| plans = Some(BufReader::new(file).lines()))
    })?;
    if !all {
        return Ok(answers.verdict);
    }
    let mut run = Run {
        args,
        models,
        receipts,
        undos,
        plans,
        summarizer: args
            .summarize_with
            .as_ref()
            .map(|program| Summarizer::new(program, Duration::from_secs(args.summarize_timeout))),
        health: SummaryHealth::default(),
    };
    answers.each(inputs, requests.lines, |answers, asked| {
        run.answer(answers, asked)
    })?;
    if args.receipt.is_none() {
        answers.sum_up("fit", "cannot be made to fit");
    }
    Ok(answers.verdict)
}

impl Run<'_> {
    fn answer(&mut self, answers: &mut Answers, asked: &Asked<'_>) -> io::Result<()> {
        let requests = &self.args.requests;
        let request = match request_of(requests.format.0, requests.host, &asked.envelope) {
            Ok(request) => request,
            Err(error) => return answers.refuse(asked, error),
        };
        let done = self.fit(asked, &request);
        if done.is_ok() {
            answers.judge_one(Verdict::Yes);
        }
        match done {
            Ok(Done::Planned(plan)) => self.show(answers, asked, &plan),
            Ok(Done::Fitted(fitted, receipt)) => self.write(answers, asked, &fitted, &receipt),
            Err(Failed::Error(error)) => answers.refuse(asked, error),
            Err(Failed::Usage(kind, message)) => {
                let error = FailureError {
                    kind,
                    message,
                    line: Some(asked.line()),
                    ..FailureError::default()
                };
                answers.fail(asked, Verdict::CouldNotTell, error)
            }
        }
    }

    fn fit<'r>(&mut self, asked: &Asked<'_>, request: &'r Request<'_>) -> Result<Done<'r>, Failed> {
        let fitter = self.fitter(&asked.envelope)?;
        if let Some(pin) = fitter.unmatched_pins(request).first() {
            let message = format!("--keep protects nothing: {pin}");
            return Err(Failed::Usage("unmatched_pin", message));
        }
        if let (Some(high), Some(low)) = (self.args.high_water, self.args.low_water)
            && let Some(limit) = fitter.budget().max_input(request)?
            && low.of(limit) > high.of(limit)
        {
            let message = format!(
                "--low-water is {}, above --high-water of {}; lower it",
                grouped(low.of(limit)),
                grouped(high.of(limit))
            );
            return Err(Failed::Usage("invalid_budget", message));
        }
        if self.args.plan {
            return Ok(fitter.plan(request).map(Done::Planned)?);
        }
        let fitted = match &mut self.plans {
            Some(plans) => {
                let plan =
                    next_plan(plans).map_err(|wrong| Failed::Usage("invalid_plan", wrong))?;
                fitter.apply(request, &plan)?
            }
            None => self.summarized(asked.source, &fitter, request)?,
        };
        let receipt = fitter.receipt(request, &fitted)?;
        Ok(Done::Fitted(fitted, receipt))
    }

    /// Returns the fitted request, after asking for the summaries it needs.
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
                FitStep::NeedSummary(job) => job,
                FitStep::Done(fitted, health) => {
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
                    // The program ran for nothing; count that as a failure, so that it does not run
                    // again for every line.
                    self.health.failures = self.health.failures.saturating_add(1);
                    return Err(error);
                }
            };
            if let (Ok(_), FitStep::NeedSummary(next)) = (&answer, &progress)
                && let Some(reason) = &next.refused
            {
                say(&format!("no summary at try {}: {reason}", job.attempt));
            }
        }
    }

    /// Builds the fitter for one request from the options.
    fn fitter(&self, envelope: &Envelope<'_>) -> Result<Fitter, Error> {
        let args = self.args;
        let requests = &args.requests;
        let budget = budget_of(requests, &self.models, envelope)?;
        let (format, defaults) = (requests.format.0, &requests.default_model);
        let default = default_model(None, defaults, format, self.args.requests.host, envelope);
        if let (None, Some(name)) = (budget.model(), default.as_deref().or(envelope.model())) {
            // The fitter reports an unknown model of the request; that of the envelope must be
            // checked here.
            self.models.get(name)?;
        }
        let host = host_of(requests.host, envelope);
        let mut fitter = self.strategies(budget).send_refused(args.send_refused);
        for keep in &args.keep {
            fitter = fitter.also_keep(|rules| keep.add_to(rules));
        }
        if let Some(level) = args.high_water {
            fitter = level.high_of(fitter);
        }
        if let Some(level) = args.low_water {
            fitter = level.low_of(fitter);
        }
        if args.fresh {
            fitter = fitter.turn_by_turn(false);
        }
        if args.clamp_output {
            fitter = fitter.clamp_output(args.min_output);
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

    fn show(&self, answers: &mut Answers, asked: &Asked<'_>, plan: &Plan) -> io::Result<()> {
        if answers.json {
            let day = self.args.requests.at;
            return answers.line(&asked.placed(PlanAnswer { plan, day }));
        }
        let name = asked.source.name();
        let shown = FitText::of_plan(plan)
            .in_file(&name)
            .colored(terminal::out_is_colored());
        write!(answers.out, "{shown}")?;
        answers.out.flush()
    }

    fn write(
        &mut self,
        answers: &mut Answers,
        asked: &Asked<'_>,
        fitted: &Fitted<'_>,
        receipt: &Receipt,
    ) -> io::Result<()> {
        if self.undos.are_wanted() {
            // Written first, so that whoever has the fitted request can restore the original.
            let undo = fitted.undo();
            self.undos.write(&asked.placed(UndoLine { undo }))?;
        }
        self.receipts.write(&asked.placed(receipt))?;
        if !answers.json && !self.receipts.are_wanted() {
            let name = asked.source.name();
            let shown = FitText::new(receipt)
                .in_file(&name)
                .every_edit(self.args.verbose)
                .colored(terminal::error_is_colored());
            message(&shown.to_string());
        }
        let request = fitted.request();
        if answers.json {
            let day = self.args.requests.at;
            return answers.line(&asked.placed(FitOutput {
                request,
                receipt,
                day,
            }));
        }
        answers.request(asked, request)
    }
}

/// Reads the plan for the next request.
fn next_plan(plans: &mut std::io::Lines<BufReader<File>>) -> Result<Plan, String> {
    let again = "make it again with `tokenfit fit --plan --json`";
    match plans.next() {
        None => Err(format!(
            "--apply: no plan is left for this request; {again}"
        )),
        Some(Err(error)) => Err(format!("--apply: {error}")),
        Some(Ok(line)) => serde_json::from_str::<PlanLine>(&line)
            .map(|line| line.plan)
            .map_err(|_| format!("--apply: this line is not a plan; {again}")),
    }
}

/// Returns a message if the options contradict each other.
fn contradiction(args: &FitArgs) -> Option<String> {
    let both = match (args.low_water, args.high_water) {
        (Some(LevelArg::Fraction(low)), Some(LevelArg::Fraction(high))) => low > high,
        (Some(LevelArg::Tokens(low)), Some(LevelArg::Tokens(high))) => low > high,
        _ => false,
    };
    if both {
        return Some("--low-water is above --high-water; lower it".to_owned());
    }
    for (nth, keep) in args.keep.iter().enumerate() {
        if args.keep[..nth].iter().any(|other| keep.contradicts(other)) {
            return Some(format!(
                "--keep {} contradicts an earlier rule; remove one of them",
                keep.spelled()
            ));
        }
    }
    if let Some(program) = &args.summarize_with
        && let Err(wrong) = program.can_be_run()
    {
        return Some(format!("--summarize-with: {wrong}"));
    }
    misplaced_summaries(args).map(str::to_owned)
}

/// Returns a message if options for summaries are missing or out of place.
fn misplaced_summaries(args: &FitArgs) -> Option<&'static str> {
    let places = args
        .strategy
        .iter()
        .filter(|strategy| matches!(strategy, StrategyArg::Summarize(_)))
        .count();
    let preset = args.strategy.is_empty().then_some(args.preset);
    if args.summarize_with.is_none() {
        if places > 0 {
            return Some(
                "the strategy `summarize` needs a program that writes summaries; add --summarize-with 'PROGRAM ARG...'",
            );
        }
        // A plan shows the edits without a summary.
        return (preset == Some(Preset::SummarizeConversation) && !args.plan).then_some(
            "the preset `summarize_conversation` needs a program that writes summaries; add --summarize-with 'PROGRAM \
             ARG...', or use --preset sliding_window, which drops the oldest messages",
        );
    }
    if places > 1 {
        return Some("the strategy `summarize` can only be used once");
    }
    (preset == Some(Preset::TruncateToLimit)).then_some(
        "the preset `truncate_to_limit` has no place for summaries; remove --summarize-with, or use another preset",
    )
}
