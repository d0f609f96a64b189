//! Rules of a fitter, each on a small history of its own: what goes, what stays, and what is left alone.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

use tokenfit::fit::{DropOldest, Fitter, Words};
use tokenfit::{Budget, Counter, Request};

#[test]
fn nothing_to_take_out_is_unchanged() {
    // Above the mark and within the limit, and all of it is kept.
    let budget = Budget::without_model(&Counter::new()).limit_input(10);
    let fitter = Fitter::new(budget)
        .counting_with(Words)
        .high_water_tokens(3)
        .then(DropOldest::new());
    let request = Request::parse(r#"[{"role": "user", "content": "Is bed four dry?"}]"#).unwrap();
    assert!(fitter.fit(&request).unwrap().is_unchanged());
    assert!(fitter.plan(&request).unwrap().is_empty());
}
