//! `tokenfit undo`: restores the original requests from the edited ones and the file of `--undo`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use serde::Deserialize;
use tokenfit::edit::Undo;

use crate::answers::{Answers, Asked};
use crate::args::UndoArgs;
use crate::input::{self, Source};
use crate::output::{FailureError, Verdict};

/// A line of the file of `--undo`; `null` for a request that was not edited.
#[derive(Deserialize)]
struct UndoLine {
    undo: Option<Undo>,
}

pub(crate) fn run(args: &UndoArgs) -> io::Result<Verdict> {
    let mut answers = Answers::new(false);
    let undos = match File::open(&args.undo) {
        Ok(file) => BufReader::new(file),
        Err(error) => {
            answers.unread(Source::whole(Some(&args.undo)), error)?;
            return Ok(answers.verdict);
        }
    };
    let mut undos = undos.lines();
    answers.each(input::inputs(&args.files), args.lines, |answers, asked| {
        let undo = match undos.next() {
            None => {
                Err("no line is left for this request; use the file that the same fit or repair wrote".to_owned())
            }
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(line)) => serde_json::from_str::<UndoLine>(&line)
                .map_err(|_| "this line was not written by `--undo` of `tokenfit fit` or `tokenfit repair`".to_owned()),
        };
        let undone = undo.and_then(|line| match line.undo {
            None => Ok(asked.envelope.request().to_vec()),
            Some(undo) => undone(&undo, asked).ok_or_else(|| {
                "this is not the request that was edited; use the bytes that `tokenfit fit` or `tokenfit repair` wrote"
                    .to_owned()
            }),
        });
        match undone {
            Ok(request) => {
                answers.judge_one(Verdict::Yes);
                answers.text(asked, &request)
            }
            Err(message) => {
                let message = format!("{}: {message}", args.undo.display());
                let error = FailureError {
                    kind: "invalid_undo",
                    message,
                    ..FailureError::default()
                };
                answers.fail(asked, Verdict::CouldNotTell, error)
            }
        }
    })?;
    Ok(answers.verdict)
}

/// Returns the original request. A line break that was added when the request was written is not
/// part of it.
fn undone(undo: &Undo, asked: &Asked<'_>) -> Option<Vec<u8>> {
    let text = asked.envelope.request();
    undo.apply(text)
        .or_else(|| undo.apply(text.strip_suffix(b"\n")?))
        .or_else(|| undo.apply(text.trim_ascii()))
}
