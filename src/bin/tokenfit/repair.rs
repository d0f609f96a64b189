//! `tokenfit repair`.

use std::io;
use std::path::Path;

use serde::Serialize;
use tokenfit::check::{
    Displaced, Finding, Missing, OutOfRange, RefusedMedia, RepairPolicy, Repaired,
};
use tokenfit::edit::Receipt;
use tokenfit::model::Day;
use tokenfit::{Budget, Request};

use crate::answers::{Answers, budget_of, target_of};
use crate::args::{DisplacedArg, FixArg, MissingArg, OutOfRangeArg, RepairArgs};
use crate::files;
use crate::input::{self, Source};
use crate::models;
use crate::output::{Lines, UndoLine, Verdict, message, usage};
use crate::terminal::When;

#[derive(Serialize)]
struct RepairOutput<'a> {
    request: &'a Request<'a>,
    receipt: &'a Receipt,
    remaining: &'a [Finding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    options: &'a [Remedy],
    day: Option<Day>,
}

#[derive(Serialize)]
struct ReceiptLine<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    remaining: &'a [Finding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    options: &'a [Remedy],
}

/// An option that fixes what this repair leaves.
#[derive(Serialize)]
struct Remedy {
    option: &'static str,
    /// Codes of the findings.
    fixes: Vec<&'static str>,
}

/// Options that fix something only if they are set, with their setters.
type Setting = fn(RepairPolicy) -> RepairPolicy;
const OPTIONS: &[(&str, Setting)] = &[
    ("--drop-unsupported", |policy| policy.drop_unsupported(true)),
    ("--out-of-range clamp", |policy| {
        policy.on_out_of_range(OutOfRange::Clamp)
    }),
    ("--out-of-range drop", |policy| {
        policy.on_out_of_range(OutOfRange::Drop)
    }),
    ("--fix ids", |policy| policy.rename_ids(true)),
    ("--fix media", |policy| {
        policy.on_refused_media(RefusedMedia::Drop)
    }),
    ("--fix items", |policy| policy.fix_items(true)),
    ("--fix schemas", |policy| policy.clean_schemas(true)),
    ("--fix tools-as-text", |policy| policy.tools_as_text(true)),
    ("--fix cache-marks", |policy| policy.drop_cache_marks(true)),
    ("--fix thinking", |policy| policy.fix_thinking(true)),
];

/// Tries each option on the repaired request, and names those that leave less.
fn options_for(budget: &Budget, policy: &RepairPolicy, repaired: &Repaired<'_>) -> Vec<Remedy> {
    let count = |findings: &[Finding], code: &str| {
        let of_code = findings.iter().filter(|finding| finding.code == code);
        of_code.count()
    };
    let fixed_by = |policy: RepairPolicy| -> Vec<&'static str> {
        let Ok(again) = budget.repair(repaired.request(), &policy) else {
            return Vec::new();
        };
        let mut codes: Vec<&'static str> = repaired.remaining().iter().map(|f| f.code).collect();
        codes.dedup();
        codes.retain(|code| count(again.remaining(), code) < count(repaired.remaining(), code));
        codes
    };
    // Without anything to gain one try is enough.
    let all = OPTIONS
        .iter()
        .fold(policy.clone(), |policy, (_, set)| set(policy));
    if repaired.remaining().is_empty() || fixed_by(all).is_empty() {
        return Vec::new();
    }
    let mut remedies: Vec<Remedy> = Vec::new();
    for (option, set) in OPTIONS {
        let mut fixes = fixed_by(set(policy.clone()));
        // The first of two options for one fault is enough.
        fixes.retain(|code| !remedies.iter().any(|known| known.fixes.contains(code)));
        if !fixes.is_empty() {
            remedies.push(Remedy { option, fixes });
        }
    }
    remedies
}

fn policy(args: &RepairArgs) -> RepairPolicy {
    let asked = |what| args.fix.contains(&what);
    if args.target.is_some() {
        let missing = match args.missing {
            MissingArg::Answer => Missing::Answer(args.placeholder.clone()),
            MissingArg::Drop => Missing::Drop,
            MissingArg::Keep => Missing::Keep,
        };
        return RepairPolicy::port().on_missing(missing);
    }
    RepairPolicy::none()
        .rename_ids(asked(FixArg::Ids))
        .on_refused_media(match asked(FixArg::Media) {
            true => RefusedMedia::Drop,
            false => RefusedMedia::Keep,
        })
        .fix_items(asked(FixArg::Items))
        .clean_schemas(asked(FixArg::Schemas))
        .tools_as_text(asked(FixArg::ToolsAsText))
        .drop_cache_marks(asked(FixArg::CacheMarks))
        .fix_thinking(asked(FixArg::Thinking))
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

pub(crate) fn run(args: &RepairArgs, progress: When) -> io::Result<Verdict> {
    let requests = &args.requests;
    let Some(models) = models::registry(&requests.overrides, requests.at, requests.json)? else {
        return Ok(Verdict::CouldNotTell);
    };
    let models = requests.images.told(models);
    let policy = policy(args);
    let inputs = input::inputs(&requests.files);
    let named = |option, path: Option<&'_ Path>| path.map(|path| (option, path.to_owned()));
    let written = [
        named("--receipt", args.receipt.as_deref()),
        named("--undo", args.undo.as_deref()),
    ];
    let written = written.iter().flatten();
    let written: Vec<(&str, &Path)> = written.map(|(o, path)| (*o, path.as_path())).collect();
    let destination =
        match files::prepare(&args.output, &inputs, &requests.overrides, &[], &written) {
            Ok(destination) => destination,
            Err(wrong) => return Ok(usage(&wrong)),
        };
    let mut answers = Answers::new(requests.json);
    answers.destination = destination;
    answers.show_progress(progress);
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
    answers.each(inputs, requests.lines, |answers, asked| {
        let budget = match &args.target {
            Some(target) => target_of(requests, &models, target),
            None => budget_of(requests, &models, &asked.envelope),
        };
        let (budget, repaired) = match budget.and_then(|budget| {
            let body = asked.envelope.request();
            let format = requests.format.0.or(asked.envelope.format());
            let repaired = match (format, &args.target) {
                (format, Some(_)) => budget.port_bytes(format, body, &policy),
                (Some(format), None) => budget.repair_bytes_as(format, body, &policy),
                (None, None) => budget.repair_bytes(body, &policy),
            }?;
            Ok((budget, repaired))
        }) {
            Ok(done) => done,
            Err(error) => return answers.refuse(asked, error),
        };
        let options = options_for(&budget, &policy, &repaired);
        answers.judge_one(match repaired.report().is_ok() {
            true => Verdict::Yes,
            false => Verdict::No,
        });
        if undos.are_wanted() {
            let undo = repaired.undo();
            undos.write(&asked.placed(UndoLine { undo }))?;
        }
        receipts.write(&asked.placed(ReceiptLine {
            receipt: repaired.receipt(),
            remaining: repaired.remaining(),
            options: &options,
        }))?;
        if !requests.json && !receipts.are_wanted() {
            in_words(asked.source, &repaired, &options);
        }
        if requests.json {
            return answers.line(&asked.placed(RepairOutput {
                request: repaired.request(),
                receipt: repaired.receipt(),
                remaining: repaired.remaining(),
                options: &options,
                day: requests.at,
            }));
        }
        answers.request(asked, repaired.request())
    })?;
    if args.receipt.is_none() {
        answers.sum_up("well", "still refused");
    }
    Ok(answers.verdict)
}

/// Writes the edits and the remaining findings, one per line, with the option that fixes each.
fn in_words(source: Source<'_>, repaired: &Repaired<'_>, options: &[Remedy]) {
    for edit in &repaired.receipt().edits {
        message(&format!("{}: {edit}", source.name()));
    }
    for finding in repaired.remaining() {
        message(&format!("{}: left: {finding}", source.name()));
        let fixes = |remedy: &&Remedy| remedy.fixes.contains(&finding.code);
        if let Some(remedy) = options.iter().find(fixes) {
            message(&format!("  {} fixes it", remedy.option));
        }
    }
}
