//! `tokenfit check`.

use std::io::{self, Write};

use tokenfit::check::{Finding, codes};
use tokenfit::report::{CheckJson, CheckText};
use tokenfit::{CheckReport, Models};

use crate::answers::{Answers, Asked, budget_of, request_of};
use crate::args::{CheckArgs, Requests};
use crate::input;
use crate::models;
use crate::output::Verdict;
use crate::remedies;
use crate::terminal::{self, When};

pub(crate) fn run(args: &CheckArgs, progress: When) -> io::Result<Verdict> {
    let args = &args.requests;
    let Some(models) = models::registry(&args.overrides, args.at, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = args.images.told(models);
    let mut answers = Answers::new(args.json);
    answers.show_progress(progress);
    answers.each(input::inputs(&args.files), args.lines, |answers, asked| {
        let budget = match budget_of(args, &models, &asked.envelope) {
            // The report shows the size, also when the request is far from any limit.
            Ok(budget) => budget.always_count(),
            Err(error) => return answers.refuse(asked, error),
        };
        let body = asked.envelope.request();
        let report = match args.format.0.or(asked.envelope.format()) {
            Some(format) => budget.check_bytes_as(format, body),
            None => budget.check_bytes(body),
        };
        // Input that is not JSON could not be checked.
        if report.format().is_none()
            && let Err(error) = request_of(args.format.0, args.host, &asked.envelope)
        {
            return answers.refuse(asked, error);
        }
        answers.judge_one(verdict_of(&report));
        if answers.json {
            let json = CheckJson::of_bytes(&report, body)
                .beginning_at(asked.line(), asked.envelope.column());
            return answers.line(&asked.placed(json));
        }
        show(answers, asked, args, &models, &report, body)
    })?;
    answers.sum_up("ok", "refused");
    Ok(answers.verdict)
}

/// Returns whether the provider accepts the request. Without the model the size is unknown, so the
/// verdict cannot be positive.
fn verdict_of(report: &CheckReport) -> Verdict {
    let findings = report.findings();
    if !report.is_ok() {
        Verdict::No
    } else if findings
        .iter()
        .any(|finding| finding.code == codes::UNKNOWN_MODEL)
    {
        Verdict::CouldNotTell
    } else {
        Verdict::Yes
    }
}

fn show(
    answers: &mut Answers,
    asked: &Asked<'_>,
    args: &Requests,
    models: &Models,
    report: &CheckReport,
    body: &[u8],
) -> io::Result<()> {
    let file = asked.source.input();
    let mut name = asked.source.name();
    if let Some(id) = asked.envelope.id() {
        name.push_str(&format!(" ({id})"));
    }
    // The shape of a request can be another format's: its reader sees what was assumed.
    let given = args.format.0.or(asked.envelope.format());
    if let (None, Some(assumed)) = (given, report.format()) {
        name.push_str(&format!(", read as {assumed}"));
    }
    let mut text = CheckText::of_bytes(report, body)
        .in_file(&file)
        .summed_up_as(&name)
        .beginning_at(asked.line(), asked.envelope.column())
        .colored(terminal::out_is_colored());
    if let Some(width) = terminal::width_of_out() {
        text = text.width(width);
    }
    let mut shown = text.to_string();
    let is_unknown = |finding: &Finding| finding.code == codes::UNKNOWN_MODEL;
    if report.findings().iter().any(is_unknown) {
        let request = request_of(args.format.0, args.host, &asked.envelope).ok();
        let own = request.as_ref().and_then(|request| request.model());
        let error = match asked.envelope.model().or(own.as_deref()) {
            Some(name) => models
                .get(name)
                .err()
                .map(|error| remedies::message_of(&error)),
            None => Some(remedies::MISSING_MODEL.to_owned()),
        };
        if let Some(error) = error {
            shown.push_str(&format!("  {error}\n"));
        }
    }
    terminal::clear_progress();
    answers.out.write_all(shown.as_bytes())?;
    answers.out.flush()
}
