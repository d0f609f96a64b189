//! The built command: stdin, files, exit codes, JSON.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod check;
mod documents;
mod fit;
mod general;
mod hostile;
mod learn;
mod port;
mod remedies;
mod reply;
mod running;
mod summarize;
#[cfg(all(feature = "templates", feature = "tokenizers"))]
mod templates;
