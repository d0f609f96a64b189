//! tokenfit with the clients of other crates.
//!
//! | file | contents |
//! |---|---|
//! | `types.rs` | counts and fits a request of async-openai's types |
//! | `openai.rs` | async-openai whose requests are checked, repaired, fitted and retried |
//! | `middleware.rs` | the same for every request of a reqwest client, by reqwest-middleware |

pub mod middleware;
pub mod openai;
#[cfg(test)]
mod provider;
pub mod types;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The layer of both clients.
pub fn layer() -> tokenfit::call::CallLayer {
    use tokenfit::call::{CallLayer, Caller};
    let caller = Caller::new()
        .repair(tokenfit::check::RepairPolicy::default())
        .fit(tokenfit::fit::Preset::Agent);
    CallLayer::new(caller, &tokenfit::Models::builtin(), tokio::time::sleep)
}
