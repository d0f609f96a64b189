//! Fits an agent's history under a limit and prints the receipt.
//!
//! ```console
//! cargo run --example fit_agent
//! ```

use tokenfit::fit::Preset;
use tokenfit::{Budget, Error, Models, Request};

pub(crate) fn run() -> Result<String, Error> {
    let request = Request::parse(include_str!("support_agent.json"))?;
    let model = Models::builtin().for_request(&request)?;
    let budget = Budget::new(&model).reserve_output(500).limit_input(1_200);

    // The agent preset clears large old tool results before it drops whole rounds.
    let fitter = Preset::Agent
        .fitter(budget)
        .also_keep(|keep| keep.last_turns(1));
    match fitter.fit(&request) {
        Ok(fitted) => {
            let _send: &[u8] = fitted.as_bytes();
            Ok(match fitted.is_unchanged() {
                true => "unchanged\n".to_owned(),
                false => fitted.receipt().to_string(),
            })
        }
        Err(error) => match error.cannot_fit() {
            // The smallest size that can be reached, and suggestions.
            Some(cannot_fit) => Ok(format!("{cannot_fit}\n")),
            None => Err(error),
        },
    }
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
