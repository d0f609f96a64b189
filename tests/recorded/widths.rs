//! Width of the bounds over all recorded requests whose count is not called exact.

use crate::score::{Score, percent};
use crate::{claude, gemini, hosts, openai, others};
use tokenfit::{Accuracy, Models, TokenCount};

#[test]
#[ignore = "needs the recordings"]
fn bounds_are_narrow_over_everything() {
    let scored = |scores: Vec<Score>| -> Vec<(u64, TokenCount)> {
        scores
            .iter()
            .filter(|score| !score.hidden)
            .map(|score| (score.expected, score.total))
            .collect()
    };
    let groups = [
        ("OpenAI", openai::totals()),
        ("Claude", scored(claude::scores())),
        ("Gemini", scored(gemini::scores())),
        (
            "public templates",
            scored(hosts::scores(&Models::builtin())),
        ),
        ("other vendors", scored(others::scores())),
    ];
    let mut all = Vec::new();
    for (name, totals) in groups {
        print(name, &totals);
        all.extend(totals);
    }
    let (held, width) = print("all", &all);
    assert!(all.len() > 3_000 && held >= 97.0, "{} {held}", all.len());
    assert!(width <= 15.0, "{width}");
}

/// Prints and returns the share of bounds that hold, and their median width where the count is not
/// called exact, in percent of the bill. No upper bound is an endless width.
fn print(name: &str, totals: &[(u64, TokenCount)]) -> (f64, f64) {
    let holds = |&&(billed, total): &&(u64, TokenCount)| {
        total.lower() <= billed && total.upper().is_none_or(|upper| billed <= upper)
    };
    let held = percent(totals.iter().filter(holds).count(), totals.len());
    let mut widths: Vec<f64> = totals
        .iter()
        .filter(|(_, total)| total.accuracy() != Accuracy::Exact)
        .map(|&(billed, total)| match total.upper() {
            Some(upper) => 100.0 * (upper - total.lower()) as f64 / billed.max(1) as f64,
            None => f64::INFINITY,
        })
        .collect();
    widths.sort_by(f64::total_cmp);
    let median = widths.get(widths.len() / 2).copied().unwrap_or_default();
    println!(
        "{name:<20} {:>5}  in bounds {held:>5.1} %  not called exact {:>5}, median width {median:>5.1} %",
        totals.len(),
        widths.len(),
    );
    (held, median)
}
