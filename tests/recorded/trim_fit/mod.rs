//! Trimming cases of other libraries: what each removes from a history, and the invariants of every
//! trimming.
//!
//! The file is not part of the crate. An exact case states one library's policy: it is translated
//! to ours first (`peers.rs`), and intended differences are in a table with reasons. Invariants are
//! checked on every case that names them (`invariants.rs`), or listed as future work.

mod case;
mod counters;
mod exact;
mod invariants;
mod peers;
mod rules;
mod run;

use std::collections::BTreeMap;

use crate::common::shared;
use case::Case;
use tokenfit::fit::Preset;

/// Exact cases that are not met, by id or its prefix, with the reason.
const DIFFERENT: &[(&[&str], &str)] = &[
    (
        &["langmem-*", "llama-summary-part", "autogen-head-tail"],
        "a summary or a note stands for what went: a later part",
    ),
    (
        &[
            "lc-first-30-allow-partial",
            "lc-last-30-include-system-allow-partial-end-on-human",
            "lc-mixed-content-with-partial",
        ],
        "it takes one text part of a message out; a text of ours is cut, and its part stays",
    ),
    (
        &[
            "lc-diff-chat-first-1-e",
            "lc-diff-tool-first-1-e",
            "lc-diff-tool-last-0--",
            "lc-diff-tool-first-0--",
            "gemini-split-after-last",
        ],
        "nothing would be left, and no provider takes a request without messages",
    ),
    (
        &["gemini-split-call-at-end", "af-diff-tools-orphan-1"],
        "what it leaves has a call without its result: refused",
    ),
    (
        &["af-diff-trunc-nonadj-8-8-0"],
        "what it leaves has a message between a call and its result: refused",
    ),
    (
        &["af-group-ambiguous-duplicate-id"],
        "of two open calls of one id the first is answered; it takes the result to be nobody's",
    ),
    (
        &["af-window-config-compact_to"],
        "a low mark above the high one counts as the high one, and is no error",
    ),
    (
        &["lc-sum-config-*"],
        "marks have no sign and no kind: the setting cannot be written",
    ),
    (
        &["lc-sum-clause-*"],
        "a fitter has one mark, of one counter: conditions of several are the caller's",
    ),
    (
        &["lc-sum-token-retention-pair"],
        "it keeps more than its limit for the sake of a pair; the pair goes here",
    ),
    (
        &["lc-edit-exclude"],
        "it puts a placeholder in the place of a shorter result; nothing is made longer here",
    ),
    (
        &["litellm-maxtokens-*"],
        "what the answer may take is the caller's: the check names it, and a fitter leaves it",
    ),
    (
        &["vercel-prune-06", "vercel-prune-07", "vercel-prune-11"],
        "it takes one call out of a message that has others or text; a message of ours goes as a whole",
    ),
    (
        &["turnsafe-fit-thinking-strip-5"],
        "it ends with the assistant's answer, which the model that binds its thinking refuses",
    ),
];

/// Invariants of a case that are not checked yet, with the reason: by the name of the invariant, or
/// by the id of the case.
const LATER: &[(&[&str], &str)] = &[
    (
        &[
            "summariser_calls",
            "summariser_calls_at_most",
            "summariser_input_never_repeats_a_message",
            "summary_not_larger_than_replaced",
            "no_message_lost_between_summaries",
            "hook_target_tokens_positive",
            "history_not_lost",
            "af-collapse-zero",
            "haystack-note-*",
        ],
        "summaries, and notes that stand for what went",
    ),
    (
        &[
            "real_usage_wins_over_estimate",
            "usage_anchor_ignored",
            "no_retrigger",
        ],
        "conversations that learn from what a provider reports",
    ),
];

/// Invariants that do not hold, with the reason.
const NOT_HELD: &[(&str, &str)] = &[
    (
        "world-tool-use-block-repr",
        "a call is billed by its rendering, whose tags are longer than the compact JSON",
    ),
    (
        "world-empty-tool-id",
        "a result that names no call is refused, and not repaired: whose it is cannot be told",
    ),
    (
        "world-reserve-larger-than-window",
        "a reserve that leaves nothing is an error of the budget; what the request asks for is left as it is",
    ),
    (
        "world-registry-row-output-equals-window",
        "nothing is reserved but what the caller or the request asks for, so a row like this takes nothing away",
    ),
    (
        "world-compaction-reserve-vs-sent-max",
        "a reserve that the caller states is taken instead of what the request asks for",
    ),
];

/// The cases of this part: the others are compared with the check and the repair, or concern errors
/// of providers.
fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(shared("cases/trim.jsonl")).unwrap();
    let others = ["validate", "repair", "validate_repair", "classify_error"];
    text.lines()
        .map(Case::read)
        .filter(|case| !others.contains(&case.kind.as_str()))
        .collect()
}

/// Whether a table names a case: in full, or by a prefix that ends in `*`.
fn names(ids: &[&str], id: &str) -> bool {
    ids.iter().any(|name| match name.strip_suffix('*') {
        Some(beginning) => id.starts_with(beginning),
        None => *name == id,
    })
}

#[test]
#[ignore = "needs the recordings"]
fn exact_cases() {
    let cases = cases();
    let mut share: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut different = vec![0; DIFFERENT.len()];
    for case in cases.iter().filter(|case| case.all["match"] == "exact") {
        let (met, all) = share.entry(case.peer.clone()).or_default();
        *all += 1;
        let known = DIFFERENT.iter().position(|(ids, _)| names(ids, &case.id));
        match (exact::judge(case), known) {
            (Ok(()), None) => *met += 1,
            (Ok(()), Some(_)) => wrong.push(format!("{}: met, but in the table", case.id)),
            (Err(what), None) => wrong.push(format!("{}: {what}", case.id)),
            (Err(_), Some(entry)) => different[entry] += 1,
        }
    }
    for (peer, (met, all)) in &share {
        println!("{peer}: {met} of {all}");
    }
    let sum = |of: fn(&(usize, usize)) -> usize| share.values().map(of).sum::<usize>();
    println!("all: {} of {}", sum(|one| one.0), sum(|one| one.1));
    for ((ids, why), number) in DIFFERENT.iter().zip(different) {
        println!("different on purpose, {number} ({}): {why}", ids.join(", "));
        assert!(number > 0, "nothing of the table's {ids:?} is left");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the recordings"]
fn what_must_hold() {
    let cases = cases();
    let (mut checked, mut of_cases) = (BTreeMap::<String, usize>::new(), 0);
    let mut wrong = Vec::new();
    let mut later = vec![Vec::new(); LATER.len()];
    let mut not_held = vec![0; NOT_HELD.len()];
    for case in &cases {
        let (mut tried, before) = (None, checked.values().sum::<usize>());
        for invariant in case.invariants() {
            let name = invariant.as_str().or(invariant["name"].as_str()).unwrap();
            let postponed = LATER
                .iter()
                .position(|(ids, _)| names(ids, name) || names(ids, &case.id));
            if let Some(entry) = postponed {
                later[entry].push(format!("{}/{name}", case.id));
                continue;
            }
            let tried = tried.get_or_insert_with(|| invariants::tried(case));
            let known = NOT_HELD.iter().position(|(id, _)| *id == case.id);
            match (invariants::holds(tried, &invariant), known) {
                (None, _) => wrong.push(format!("{}: no check of {invariant}", case.id)),
                (Some(Err(what)), None) => wrong.push(format!("{}: {what}", case.id)),
                (Some(Err(_)), Some(entry)) => not_held[entry] += 1,
                (Some(Ok(())), _) => *checked.entry(name.to_owned()).or_default() += 1,
            }
        }
        of_cases += usize::from(checked.values().sum::<usize>() > before);
    }
    println!(
        "{} invariants of {of_cases} cases hold: {checked:?}",
        checked.values().sum::<usize>()
    );
    let timed: usize = ["counts_in_linear_time", "terminates_fast"]
        .iter()
        .filter_map(|name| checked.get(*name))
        .sum();
    println!("of {timed} that ask for speed only that they end is checked: benchmarks time it");
    for ((_, why), ids) in LATER.iter().zip(later) {
        println!("later, {}: {why}: {}", ids.len(), ids.join(", "));
        assert!(!ids.is_empty(), "nothing is left for later of: {why}");
    }
    for ((id, why), number) in NOT_HELD.iter().zip(not_held) {
        println!("not held, {number}: {id}: {why}");
        assert!(number > 0, "{id} holds, but is in the table");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the recordings"]
fn every_case_by_every_preset() {
    let cases = cases();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| !case.messages.is_empty()) {
        for &preset in Preset::ALL {
            for percent in [80, 50, 20] {
                match invariants::faults(case, preset, percent) {
                    Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
                    Err(what) => {
                        wrong.push(format!("{} by {preset} at {percent} %: {what}", case.id))
                    }
                }
            }
        }
    }
    println!("{outcomes:?}, {} wrong", wrong.len());
    assert!(outcomes["edited"] > outcomes["refused"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
