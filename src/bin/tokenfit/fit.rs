//! `tokenfit fit`.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::fit::{Plan, Receipt, Undo};
use tokenfit::report::FitText;
use tokenfit::{Budget, Counter, Envelope, Error, Fitted, Fitter, Request};

use crate::answers::{Answers, budget_of, host_of, id_of, request_of};
use crate::args::FitArgs;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Lines, Verdict, json_line, message};

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    request: &'a Request<'a>,
    receipt: &'a Receipt,
}

#[derive(Serialize)]
struct PlanAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    plan: &'a Plan,
}

#[derive(Serialize)]
struct ReceiptLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

#[derive(Serialize)]
struct UndoLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    /// Nothing to undo where nothing was done.
    undo: Option<Undo>,
}

/// The command while it runs.
struct Run<'a> {
    args: &'a FitArgs,
    counter: Counter,
    answers: Answers,
    receipts: Lines,
    undos: Lines,
}

/// What is answered.
enum Done<'r> {
    Planned(Plan),
    Fitted(Fitted<'r>, Receipt),
}

pub(crate) fn run(args: &FitArgs) -> io::Result<Verdict> {
    let requests = &args.requests;
    let Some(registry) = models::registry(&requests.overrides, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
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
        counter: Counter::with_registry(registry),
        answers,
        receipts,
        undos,
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
        match self.fit(&envelope, &request) {
            Ok(Done::Planned(plan)) => self.show(source, id, &plan),
            Ok(Done::Fitted(fitted, receipt)) => {
                self.write(source, id, &request, &fitted, &receipt)
            }
            Err(error) => self.answers.refuse(source, id, lines_before, error),
        }
    }

    fn fit<'r>(
        &self,
        envelope: &Envelope<'_>,
        request: &'r Request<'r>,
    ) -> Result<Done<'r>, Error> {
        let fitter = self.fitter(envelope, request)?;
        if self.args.plan {
            return fitter.plan(request).map(Done::Planned);
        }
        let fitted = fitter.fit(request)?;
        let receipt = fitter.receipt(request, &fitted)?;
        Ok(Done::Fitted(fitted, receipt))
    }

    /// The fitter that the arguments ask for, for one request.
    fn fitter(&self, envelope: &Envelope<'_>, request: &Request<'_>) -> Result<Fitter, Error> {
        let args = self.args;
        let budget = budget_of(&args.requests, &self.counter, envelope, || {
            Budget::of(&self.counter, request)
        })?;
        if let (None, Some(name)) = (budget.model(), envelope.model()) {
            // The fitter can say this of the model that the request names, not of the envelope's.
            self.counter.model(name)?;
        }
        let host = host_of(args.requests.host, envelope);
        let mut fitter = if args.strategy.is_empty() {
            args.preset.fitter(budget)
        } else {
            let (placeholder, marker) = (args.placeholder.as_deref(), args.marker.as_deref());
            args.strategy
                .iter()
                .fold(Fitter::new(budget), |fitter, strategy| {
                    strategy.add_to(fitter, placeholder, marker)
                })
        };
        for keep in &args.keep {
            fitter = keep.add_to(fitter);
        }
        if let Some(level) = args.high_water {
            fitter = level.high_of(fitter);
        }
        if let Some(level) = args.low_water {
            fitter = level.low_of(fitter);
        }
        for name in &args.fallback {
            let model = self.counter.model(name)?;
            fitter = fitter.fallbacks(&[match host {
                Some(host) => model.at_host(host),
                None => model,
            }]);
        }
        Ok(fitter)
    }

    fn show(&mut self, source: Source<'_>, id: Option<&RawValue>, plan: &Plan) -> io::Result<()> {
        if self.args.requests.json {
            return json_line(&mut self.answers.out, &PlanAnswer { id, plan });
        }
        let shown = FitText::of_plan(plan).in_file(&source.name()).to_string();
        self.answers.out.write_all(shown.as_bytes())?;
        self.answers.out.flush()
    }

    fn write(
        &mut self,
        source: Source<'_>,
        id: Option<&RawValue>,
        request: &Request<'_>,
        fitted: &Fitted<'_>,
        receipt: &Receipt,
    ) -> io::Result<()> {
        let json = self.args.requests.json;
        if self.undos.are_wanted() {
            // First: who has the fitted request can be sure to have what takes it back.
            let undo = fitted.edited().map(|edited| edited.undo());
            self.undos.write(&UndoLine { id, undo })?;
        }
        self.receipts.write(&ReceiptLine { id, receipt })?;
        if !json && !self.receipts.are_wanted() {
            let shown = FitText::new(receipt).in_file(&source.name()).to_string();
            message(&shown);
        }
        let request = fitted.edited().map_or(request, |edited| edited.request());
        if json {
            let answer = Answer {
                id,
                request,
                receipt,
            };
            return json_line(&mut self.answers.out, &answer);
        }
        self.answers.request(request)
    }
}
