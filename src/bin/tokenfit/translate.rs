//! `tokenfit translate`.

use std::io;

use serde::Serialize;
use tokenfit::Request;
use tokenfit::check::{Finding, RepairPolicy};
use tokenfit::edit::Receipt;
use tokenfit::translate::Translated;

use crate::answers::{Answers, request_of, target_of};
use crate::args::TranslateArgs;
use crate::files;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Lines, Verdict, message, usage};
use crate::terminal::When;

#[derive(Serialize)]
struct TranslateOutput<'a> {
    format: &'static str,
    request: &'a Request<'a>,
    #[serde(flatten)]
    done: Done<'a>,
}

/// Edits and findings of one request.
#[derive(Serialize)]
struct Done<'a> {
    /// Edits of the translation: places in the original request.
    receipt: &'a Receipt,
    /// Edits that adapted it to the model: places in the translated request.
    port: &'a Receipt,
    remaining: &'a [Finding],
}

impl<'a> Done<'a> {
    fn of(translated: &'a Translated) -> Done<'a> {
        let [receipt, port] = translated.receipts();
        Done {
            receipt,
            port,
            remaining: translated.remaining(),
        }
    }
}

pub(crate) fn run(args: &TranslateArgs, progress: When) -> io::Result<Verdict> {
    let requests = &args.requests;
    let Some(models) = models::registry(&requests.overrides, requests.at, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = requests.images.told(models);
    let policy = RepairPolicy::port();
    let inputs = input::inputs(&requests.files);
    let receipt = args.receipt.as_deref();
    let written: Vec<_> = receipt
        .map(|path| ("--receipt", path))
        .into_iter()
        .collect();
    let destination =
        match files::prepare(&args.output, &inputs, &requests.overrides, &[], &written) {
            Ok(destination) => destination,
            Err(wrong) => return Ok(usage(&wrong)),
        };
    let mut answers = Answers::new(requests.json);
    answers.destination = destination;
    answers.show_progress(progress);
    let mut receipts = match Lines::create(receipt) {
        Ok(lines) => lines,
        Err(error) => {
            answers.unread(Source::whole(receipt), error)?;
            return Ok(answers.verdict);
        }
    };
    answers.each(inputs, requests.lines, |answers, asked| {
        let translated = target_of(requests, &models, &args.to).and_then(|budget| {
            // The host is the target's.
            let request = request_of(requests.format.0, None, &asked.envelope)?;
            budget.translate(&request, args.to_format.0, &policy)
        });
        let translated = match translated {
            Ok(translated) => translated,
            Err(error) => return answers.refuse(asked, error),
        };
        answers.judge_one(match translated.report().is_ok() {
            true => Verdict::Yes,
            false => Verdict::No,
        });
        receipts.write(&asked.placed(Done::of(&translated)))?;
        if requests.json {
            return answers.line(&asked.placed(TranslateOutput {
                format: translated.request().format().as_str(),
                request: translated.request(),
                done: Done::of(&translated),
            }));
        }
        if !receipts.are_wanted() {
            in_words(asked.source, &translated);
        }
        answers.request(asked, translated.request())
    })?;
    if args.receipt.is_none() {
        answers.sum_up("well", "refused");
    }
    Ok(answers.verdict)
}

/// Writes the edits and the remaining findings, one per line.
fn in_words(source: Source<'_>, translated: &Translated) {
    for edit in translated.receipts().iter().flat_map(|one| &one.edits) {
        message(&format!("{}: {edit}", source.name()));
    }
    for finding in translated.remaining() {
        message(&format!("{}: left: {finding}", source.name()));
    }
}
