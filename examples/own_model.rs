//! A model of your own, an Azure deployment's name, and a corrected price.
//!
//! ```console
//! cargo run --example own_model
//! ```

use tokenfit::model::PriceQuery;
use tokenfit::{Error, Models};

pub(crate) fn run() -> Result<String, Error> {
    let models = Models::builtin()
        .alias("prod-chat", "azure/gpt-4o")? // a deployment
        .overrides(
            r#"[{"id": "garden-7b", "context_window": 32000, "max_output_tokens": 4000, "encoding": "o200k_base"},
                {"id": "gpt-4o-mini", "prices": [{"standard": {"input": 0.12, "output": 0.48}}]}]"#,
        )?;
    let body = r#"{"messages": [{"role": "user", "content": "Hello"}]}"#;
    let request = tokenfit::Request::parse(body)?;

    let mut out = String::new();
    for name in ["prod-chat", "garden-7b"] {
        let model = models.get(name)?;
        let count = model.count(&request);
        out += &format!(
            "{name}: {} tokens, {}, window {:?}\n",
            count.tokens(),
            count.accuracy(),
            model.context_window()
        );
    }
    let price = models.get("gpt-4o-mini")?.price_for(&PriceQuery::new());
    out += &format!(
        "gpt-4o-mini: input {:?} dollars per million tokens\n",
        price.input
    );
    // A name that is not known is an error with the nearest names.
    if let Err(error) = models.get("gpt-4o-mimi") {
        out += &format!("{error}\n");
    }
    Ok(out)
}

#[allow(dead_code, reason = "the tests call `run`")]
fn main() -> Result<(), Error> {
    print!("{}", run()?);
    Ok(())
}
