//! Every strategy and preset on real conversations at five budgets: no result has a fault that the
//! check refuses, unless the conversation had it before.
//!
//! The conversations are not part of the crate. A sample runs by default; `TOKENFIT_FULL=1` runs
//! all.

use std::collections::{BTreeMap, BTreeSet};

use tokenfit::check::Severity;
use tokenfit::fit::{
    ClearToolResults, Cut, DropByScore, DropMedia, DropMiddle, DropOldest, DropReasoning,
    DropRounds, Fitter, KeepLast, KeepStart, MessageCounter, Preset, Shorten,
};
use tokenfit::{Budget, CheckReport, ErrorKind, Models, Request};

use crate::common::{full, shared};
use crate::fit_recorded::{FILES, PERCENT, model_of};

type Make = fn(Budget) -> Fitter;

/// Each strategy by itself; what its name is at the command, or what it is.
const STRATEGIES: &[(&str, Make)] = &[
    ("clear_tool_results", |budget| {
        Fitter::new(budget).then(ClearToolResults::keep_last(1))
    }),
    ("drop_media", |budget| {
        Fitter::new(budget).then(DropMedia::keep_last_turns(0))
    }),
    ("drop_reasoning", |budget| {
        Fitter::new(budget).then(DropReasoning::keep_last_turns(0))
    }),
    ("drop_rounds", |budget| {
        Fitter::new(budget).then(DropRounds::keep_last(1))
    }),
    ("drop_oldest", |budget| {
        Fitter::new(budget).then(DropOldest::new())
    }),
    ("drop_oldest:groups", |budget| {
        Fitter::new(budget).then(DropOldest::groups())
    }),
    ("drop_oldest:turns", |budget| {
        Fitter::new(budget).then(DropOldest::turns())
    }),
    ("drop_middle", |budget| {
        Fitter::new(budget).then(DropMiddle::new())
    }),
    ("drop_by_score", |budget| {
        Fitter::new(budget).then(DropByScore::new(|_, group| {
            (group.index().get() * 7 % 5) as f64
        }))
    }),
    ("keep_last", |budget| {
        Fitter::new(budget).then(KeepLast::turns(2))
    }),
    ("keep_last_messages", |budget| {
        Fitter::new(budget).then(KeepLast::messages(5))
    }),
    ("keep_last_groups", |budget| {
        Fitter::new(budget).then(KeepLast::groups(3))
    }),
    ("keep_start", |budget| {
        Fitter::new(budget).then(KeepStart::new())
    }),
    ("shorten", |budget| {
        let shorten = Shorten::new(Cut::ends(100)).in_open_round();
        Fitter::new(budget).then(shorten)
    }),
    ("limit, drop_oldest", |budget| {
        let fitter = Fitter::new(budget).limit_messages(Cut::ends(200));
        fitter.then(DropOldest::new())
    }),
];

/// Codes and number of the refused findings.
fn refused(report: &CheckReport) -> BTreeSet<&'static str> {
    let findings = report.findings().iter();
    let refused = findings.filter(|finding| finding.severity == Severity::Refused);
    refused.map(|finding| finding.code).collect()
}

#[derive(Default)]
struct Tally {
    fitted: usize,
    cannot: usize,
    /// Typed refusals: what the request has to keep is refused.
    refused: usize,
    /// Results with a fault that the conversation had before.
    had_faults: usize,
}

#[test]
#[ignore = "needs the recordings"]
fn no_result_is_refused() {
    let models = Models::builtin();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut wrong = Vec::new();
    let every = if full() { 1 } else { 37 };
    let mut conversations = 0;
    for &(file, format, default) in FILES {
        let path = shared(&format!("corpus/{file}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        for (nth, line) in text.lines().enumerate().filter(|(nth, _)| nth % every == 0) {
            let request = Request::parse_as(format, line).unwrap();
            let model = model_of(&models, &request, default);
            let size = model.count_messages(&request).size();
            let whole = Budget::new(&model).reserve_output(0);
            let before = refused(&whole.check(&request));
            conversations += 1;
            let presets = Preset::ALL
                .iter()
                .map(|preset| (preset.as_str(), None, Some(*preset)));
            let strategies = STRATEGIES
                .iter()
                .map(|(name, make)| (*name, Some(make), None));
            for (name, make, preset) in strategies.chain(presets) {
                for &percent in PERCENT {
                    let budget = whole.clone().limit_input((size * percent / 100).max(1));
                    let fitter = match (make, preset) {
                        (Some(make), _) => make(budget.clone()),
                        (None, preset) => preset.unwrap().fitter(budget.clone()),
                    };
                    let tally = tallies.entry(name).or_default();
                    match fitter.fit(&request) {
                        Ok(fitted) => {
                            tally.fitted += 1;
                            let after = refused(&budget.check(fitted.request()));
                            tally.had_faults += usize::from(!after.is_empty());
                            let new: Vec<&&str> = after.difference(&before).collect();
                            if !new.is_empty() {
                                wrong.push(format!(
                                    "{file}:{} {name} {percent} %: {new:?}",
                                    nth + 1
                                ));
                            }
                        }
                        Err(error) => match error.kind() {
                            ErrorKind::CannotFit => tally.cannot += 1,
                            ErrorKind::Refused => tally.refused += 1,
                            kind => {
                                wrong.push(format!("{file}:{} {name} {percent} %: {kind}", nth + 1))
                            }
                        },
                    }
                }
            }
        }
    }
    println!("{conversations} conversations");
    println!("strategy             fitted cannot fit  refused  with a fault as before");
    let (mut fitted, mut had) = (0, 0);
    for (name, tally) in &tallies {
        println!(
            "{name:20} {:6} {:10} {:8} {:6}",
            tally.fitted, tally.cannot, tally.refused, tally.had_faults
        );
        fitted += tally.fitted;
        had += tally.had_faults;
    }
    println!(
        "{fitted} results; {} with a new fault, {had} with one that was there before",
        wrong.len()
    );
    assert!(fitted > 500);
    wrong.truncate(100);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
