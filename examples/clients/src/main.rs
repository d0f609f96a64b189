//! Run with `cargo run --manifest-path examples/clients/Cargo.toml`. Nothing is sent.

use tokenfit_clients::{Result, types};

fn main() -> Result<()> {
    let typed = types::conversation()?;
    let count = tokenfit::count(&serde_json::to_vec(&typed)?)?;
    println!("{count}");
    let fitted = types::fit(&typed, 100)?;
    println!(
        "{} of {} messages remain",
        fitted.messages.len(),
        typed.messages.len()
    );
    Ok(())
}
