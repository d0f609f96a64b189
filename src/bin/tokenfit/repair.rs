//! `tokenfit repair`.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;
use tokenfit::check::{Displaced, Finding, Missing, OutOfRange, RepairPolicy, Repaired};
use tokenfit::edit::Receipt;
use tokenfit::model::Day;
use tokenfit::{Envelope, Request};

use crate::answers::{Answers, budget_of, id_of};
use crate::args::{DisplacedArg, MissingArg, OutOfRangeArg, RepairArgs};
use crate::input::{self, Source};
use crate::models;
use crate::output::{Lines, UndoLine, Verdict, json_line, message};

#[derive(Serialize)]
struct RepairOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    request: &'a Request<'a>,
    receipt: &'a Receipt,
    remaining: &'a [Finding],
    day: Option<Day>,
}

#[derive(Serialize)]
struct ReceiptLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    receipt: &'a Receipt,
    remaining: &'a [Finding],
}

fn policy(args: &RepairArgs) -> RepairPolicy {
    RepairPolicy::none()
        .on_missing(match args.missing {
            MissingArg::Answer => Missing::Answer(args.placeholder.clone()),
            MissingArg::Drop => Missing::Drop,
            MissingArg::Keep => Missing::Keep,
        })
        .on_displaced(match args.displaced {
            DisplacedArg::Move => Displaced::Move,
            DisplacedArg::Drop => Displaced::Drop,
            DisplacedArg::Keep => Displaced::Keep,
        })
        .drop_orphans(!args.keep_orphans)
        .drop_duplicates(!args.keep_duplicates)
        .drop_empty(!args.keep_empty)
        .join_roles(!args.keep_roles)
        .on_out_of_range(match args.out_of_range {
            OutOfRangeArg::Keep => OutOfRange::Keep,
            OutOfRangeArg::Clamp => OutOfRange::Clamp,
            OutOfRangeArg::Drop => OutOfRange::Drop,
        })
        .drop_unsupported(args.drop_unsupported)
}

pub(crate) fn run(args: &RepairArgs) -> io::Result<Verdict> {
    let requests = &args.requests;
    let Some(registry) = models::registry(&requests.overrides, requests.at, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let registry = requests.images.told(registry);
    let models = registry;
    let policy = policy(args);
    let mut answers = Answers::new(requests.json);
    let mut lines = |path: Option<&Path>| match Lines::create(path) {
        Ok(lines) => Ok(Some(lines)),
        Err(error) => answers.unread(Source::whole(path), error).map(|()| None),
    };
    let (Some(mut receipts), Some(mut undos)) = (
        lines(args.receipt.as_deref())?,
        lines(args.undo.as_deref())?,
    ) else {
        return Ok(answers.verdict);
    };
    input::each_input(&requests.files, |path, input| {
        let read = input.and_then(|input| {
            input::each_json(input, path, requests.lines, |source, text| {
                let envelope = match Envelope::parse(text) {
                    Ok(envelope) => envelope,
                    Err(error) => return answers.refuse(source, None, 0, error),
                };
                let id = id_of(&envelope);
                let repaired = budget_of(requests, &models, &envelope).and_then(|budget| {
                    let body = envelope.request();
                    match requests.format.0.or(envelope.format()) {
                        Some(format) => budget.repair_bytes_as(format, body, &policy),
                        None => budget.repair_bytes(body, &policy),
                    }
                });
                let repaired = match repaired {
                    Ok(repaired) => repaired,
                    Err(error) => {
                        return answers.refuse(source, id, envelope.lines_before(), error);
                    }
                };
                if !repaired.report().is_ok() {
                    answers.judge(Verdict::No);
                }
                if undos.are_wanted() {
                    let undo = repaired.undo();
                    undos.write(&UndoLine { id, undo })?;
                }
                receipts.write(&ReceiptLine {
                    id,
                    receipt: repaired.receipt(),
                    remaining: repaired.remaining(),
                })?;
                if !requests.json && !receipts.are_wanted() {
                    in_words(source, &repaired);
                }
                if requests.json {
                    let answer = RepairOutput {
                        id,
                        request: repaired.request(),
                        receipt: repaired.receipt(),
                        remaining: repaired.remaining(),
                        day: requests.at,
                    };
                    return json_line(&mut answers.out, &answer);
                }
                answers.request(repaired.request())
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

/// What was done and what is left, a line each.
fn in_words(source: Source<'_>, repaired: &Repaired<'_>) {
    for edit in &repaired.receipt().edits {
        message(&format!("{}: {edit}", source.name()));
    }
    for finding in repaired.remaining() {
        message(&format!("{}: left: {finding}", source.name()));
    }
}
