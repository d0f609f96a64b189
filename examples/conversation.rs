//! Keeps a growing conversation under a limit, saves it and resumes it.
//!
//! ```console
//! cargo run --example conversation
//! ```

use tokenfit::fit::{Conversation, ConversationState, Fitter, Preset};
use tokenfit::{Budget, Error, Models, Request};

fn fitter() -> Result<Fitter, Error> {
    let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(120);
    Ok(Preset::CacheFriendly.fitter(budget))
}

pub(crate) fn run() -> Result<String, Error> {
    let start = Request::parse(
        r#"{"model": "gpt-4o", "messages": [{"role": "system", "content": "You water plants."}]}"#,
    )?;
    let mut conversation = Conversation::new(fitter()?, &start)?;
    let mut out = String::new();
    for bed in 1..=9 {
        conversation.push(&format!(
            r#"{{"role": "user", "content": "Water bed {bed}, please."}}"#
        ))?;
        let view = conversation.view()?; // what to send
        out += &format!(
            "turn {bed}: send {} of {} messages\n",
            view.messages().len(),
            conversation.len()
        );
        conversation.push(&format!(
            r#"{{"role": "assistant", "content": "Bed {bed} is watered."}}"#
        ))?;
        conversation.observe(view.as_bytes().len() as u64 / 4); // the `prompt_tokens` of the answer
    }

    // The state is plain data; it contains the messages. Pass the fitter again when you resume.
    let saved = serde_json::to_string(conversation.state()).expect("plain data");
    let state: ConversationState = serde_json::from_str(&saved).expect("as it was written");
    let mut resumed = Conversation::resume(fitter()?, state)?;
    out += &format!("resumed with {} messages\n", resumed.len());
    assert_eq!(resumed.view()?.as_bytes(), conversation.view()?.as_bytes());
    Ok(out)
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
