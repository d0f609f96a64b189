//! Providers' wordings, as data.
//!
//! Used only where structure and codes leave a question open. Order is priority: of two wordings in
//! the same tier the earlier one decides. `phrase.rs` explains the notation. Each row has its
//! source above it, one source for the rows up to the next comment. "Recorded" means seen in
//! recordings of the API, "reported" in public issues.

mod limits;
mod quota;
mod service;
mod size;

use std::sync::LazyLock;

use super::phrase::{Group, Phrases};

static GROUPS: &[&[Group]] = &[quota::GROUPS, size::GROUPS, limits::GROUPS, service::GROUPS];

/// Table with its look-up, built once: a constant that the compiler cannot yet compute.
pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(GROUPS));

#[cfg(test)]
mod tests {
    #[test]
    fn each_wording_begins_with_a_word() {
        assert_eq!(super::PHRASES.faults(), Vec::<usize>::new());
    }
}
