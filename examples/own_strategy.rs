//! A strategy of your own: drops the assistant's shortest answers first.
//!
//! ```console
//! cargo run --example own_strategy
//! ```

use tokenfit::fit::{Draft, DropOldest, Fitter, Strategy};
use tokenfit::request::GroupKind;
use tokenfit::{Budget, Error, Models, Request};

struct DropSmallTalk;

impl Strategy for DropSmallTalk {
    fn propose(&self, draft: &mut Draft<'_>) {
        for group in draft.groups() {
            let is_short = group.kind() == GroupKind::Answer && draft.size_of(group.index()) < 12;
            if is_short && !draft.is_done() {
                draft.drop_group(group.index()); // refused if a keep rule protects it
            }
        }
    }

    fn name(&self) -> &str {
        "drop_small_talk"
    }
}

pub(crate) fn run() -> Result<String, Error> {
    let request = Request::parse(
        r#"{"model": "gpt-4o", "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Which beds are dry?"},
            {"role": "assistant", "content": "Beds 3 and 7 are dry; the valve of bed 7 sticks, so please open it by hand first."},
            {"role": "user", "content": "Thanks. And bed 4?"}]}"#,
    )?;
    let budget = Budget::new(&Models::builtin().for_request(&request)?).limit_input(58);
    let fitter = Fitter::new(budget)
        .then(DropSmallTalk)
        .then(DropOldest::new());
    let fitted = fitter.fit(&request)?;
    Ok(fitted.receipt().to_string())
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
