//! Counts a request and prices it before it is sent.
//!
//! ```console
//! cargo run --example count_and_price
//! ```

use std::fmt::Write;

use tokenfit::reply::CostBefore;
use tokenfit::{Error, Models, Request};

pub(crate) fn run() -> Result<String, Error> {
    let body = include_str!("support_agent.json");
    let request = Request::parse(body)?;
    let model = Models::builtin().for_request(&request)?;
    let count = model.count(&request);

    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} tokens, {}",
        model.id(),
        count.tokens(),
        count.accuracy()
    );
    for place in count.uncertain() {
        let _ = writeln!(out, "  not exact: {}: {}", place.pointer, place.reason);
    }
    // `None`: the registry has no price for this model.
    if let Some(cost) = CostBefore::of(&model, &request, &count, &request.price_query()) {
        let _ = writeln!(out, "input {}", cost.input);
        if let Some(most) = cost.up_to() {
            let _ = writeln!(out, "input and output together at most {most}");
        }
    }
    Ok(out)
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
