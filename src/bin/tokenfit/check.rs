//! `tokenfit check`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::report::CheckText;
use tokenfit::{CheckReport, Envelope};

use crate::answers::{Answers, budget_of, id_of, request_of};
use crate::args::CheckArgs;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Verdict, json_line};

#[derive(Serialize)]
struct CheckOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    report: &'a CheckReport,
}

pub(crate) fn run(args: &CheckArgs) -> io::Result<Verdict> {
    let args = &args.requests;
    let Some(registry) = models::registry(&args.overrides, args.at, args.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = args.images.told(registry);
    let mut answers = Answers::new(args.json);
    input::each_input(&args.files, |path, input| {
        let read = input.and_then(|input| {
            input::each_json(input, path, args.lines, |source, text| {
                let envelope = match Envelope::parse(text) {
                    Ok(envelope) => envelope,
                    Err(error) => return answers.refuse(source, None, 0, error),
                };
                let id = id_of(&envelope);
                let lines_before = envelope.lines_before();
                let budget = match budget_of(args, &models, &envelope) {
                    // Who asks wants to know how long it is, also when it is far from any limit.
                    Ok(budget) => budget.always_count(),
                    Err(error) => return answers.refuse(source, id, lines_before, error),
                };
                let body = envelope.request();
                let report = match args.format.0.or(envelope.format()) {
                    Some(format) => budget.check_bytes_as(format, body),
                    None => budget.check_bytes(body),
                };
                // What is no JSON could not be checked.
                if report.format().is_none()
                    && let Err(error) = request_of(args.format.0, &envelope)
                {
                    return answers.refuse(source, id, lines_before, error);
                }
                if !report.is_ok() {
                    answers.judge(Verdict::No);
                }
                if args.json {
                    return json_line(
                        &mut answers.out,
                        &CheckOutput {
                            id,
                            report: &report,
                        },
                    );
                }
                let shown = CheckText::of_bytes(&report, body)
                    .in_file(&source.input())
                    .beginning_at(source.line + lines_before, envelope.column())
                    .to_string();
                answers.out.write_all(shown.as_bytes())?;
                answers.out.flush()
            })
        });
        match read {
            Err(error) => answers.unread(Source::whole(path), error),
            Ok(()) => Ok(()),
        }
    })?;
    answers.out.flush()?;
    Ok(answers.verdict)
}
