//! `tokenfit check`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::report::CheckText;
use tokenfit::{Budget, CheckReport, Envelope};

use crate::answers::{Answers, body_of, budget_of, id_of};
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
                let body = match body_of(args.format.0, &envelope) {
                    Ok(body) => body,
                    Err(error) => return answers.refuse(source, id, lines_before, error),
                };
                let budget =
                    match budget_of(args, &models, &envelope, || Budget::of_body(&models, &body)) {
                        Ok(budget) => budget,
                        Err(error) => return answers.refuse(source, id, lines_before, error),
                    };
                // Who asks wants to know how long it is, also when it is far from any limit.
                let report = budget.always_count().check_body(&body);
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
                let shown = CheckText::of_body(&report, &body)
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
