//! Summarises the oldest messages with a closure: sync, and async without any particular runtime.
//!
//! ```console
//! cargo run --example summaries
//! ```

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokenfit::fit::{Fitter, Preset, SummaryJob};
use tokenfit::{Budget, Error, Models, Request};

/// Stands for a call to a model. A real one sends `job.to_chat("gpt-4o-mini")` and returns the text
/// of the answer.
fn summarize(job: &SummaryJob) -> Result<String, std::io::Error> {
    Ok(format!(
        "{} messages about dry beds were exchanged.",
        job.covers.len()
    ))
}

fn history() -> Result<Request<'static>, Error> {
    let messages: Vec<_> = (0..40)
        .map(|nth| {
            let role = if nth % 2 == 0 { "user" } else { "assistant" };
            let content =
                format!("Remark {nth}: bed {nth} is dry again, and its valve still sticks.");
            serde_json::json!({"role": role, "content": content})
        })
        .collect();
    Request::from_serialize(&serde_json::json!({"model": "gpt-4o", "messages": messages}))
}

fn fitter() -> Result<Fitter, Error> {
    let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(500);
    Ok(Preset::SummarizeConversation.fitter(budget))
}

pub(crate) fn run() -> Result<String, Error> {
    let (request, fitter) = (history()?, fitter()?);
    // The summary is measured. One that is empty or too long is refused, and after a few tries the
    // fit continues without it.
    let fitted = fitter.fit_with(&request, summarize)?;
    let waited = block_on(fitter.fit_with_async(&request, async |job| summarize(job)))?;
    assert_eq!(fitted.as_bytes(), waited.as_bytes());
    let first = fitted.request().messages().next();
    let first = first
        .map(|message| message.text().into_owned())
        .unwrap_or_default();
    Ok(format!(
        "{} of {} messages left; the first is:\n{first}\n",
        fitted.request().messages().len(),
        request.messages().len()
    ))
}

/// Runs a future to its end. An application uses its runtime instead.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
