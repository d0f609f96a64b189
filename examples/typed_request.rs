//! Types of a client crate, in and out: anything that implements serde's traits works.
//! `examples/clients/` has the same with async-openai.
//!
//! ```console
//! cargo run --example typed_request
//! ```

use serde::{Deserialize, Serialize};
use tokenfit::fit::Preset;
use tokenfit::{Budget, Error, Models, Request};

#[derive(Serialize, Deserialize)]
struct Chat {
    model: String,
    messages: Vec<Message>,
}

#[derive(Serialize, Deserialize)]
struct Message {
    role: String,
    content: String,
}

pub(crate) fn run() -> Result<String, Error> {
    let message = |role: &str, content: &str| Message {
        role: role.into(),
        content: content.into(),
    };
    let mut messages = Vec::new();
    for bed in 1..=20 {
        messages.push(message("user", &format!("Is bed {bed} dry?")));
        messages.push(message("assistant", &format!("Bed {bed} is dry.")));
    }
    messages.push(message("user", "Which beds are dry?"));
    let chat = Chat {
        model: "gpt-4o".into(),
        messages,
    };

    let request = Request::from_serialize(&chat)?;
    let budget = Budget::new(&Models::builtin().for_request(&request)?).limit_input(100);
    let fitted = Preset::TruncateToLimit.fitter(budget).fit(&request)?;
    let chat: Chat = fitted.request().to_typed()?;
    Ok(format!(
        "{} messages for {}\n",
        chat.messages.len(),
        chat.model
    ))
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
