//! Ids of calls that the server does not accept: renamed in the call and in its results.
//!
//! A new id has nine letters and digits, a form that every provider accepts
//! (docs/evidence/validation_other_providers.md, section F), and differs from all other ids of the
//! request.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::case::{Case, Rewritten};
use crate::edit::{Action, Edit};
use crate::request::{Edits, json_string};

/// Renames every id that a finding names, wherever it occurs. Linear.
pub(super) fn rename(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let layout = request.layout();
    let ids = || {
        let calls = layout.calls.iter().filter_map(|call| call.id);
        let results = layout.results.iter().filter_map(|result| result.call_id);
        calls.chain(results).map(|id| request.value(id))
    };
    let mut wrong: HashMap<Cow<'_, str>, (Option<String>, &'static str)> = HashMap::new();
    for finding in &case.findings {
        if let Some(id) = request
            .value_at(finding.offset())
            .and_then(|value| value.as_str())
            .filter(|id| !id.is_empty())
        {
            wrong.entry(id).or_insert((None, finding.code));
        }
    }
    let taken: HashSet<Cow<'_, str>> = ids().filter_map(|id| id.as_str()).collect();
    let mut edits = Edits::default();
    let mut done = Vec::new();
    let mut next = 0_u32;
    // In the order of the request, so that equal requests get equal ids.
    for message in request.messages() {
        let calls = message.tool_calls().filter_map(|call| call.id_place());
        let results = message
            .tool_results()
            .filter_map(|result| Some((result.id_value()?, result.pointer())));
        for (value, pointer) in calls.chain(results) {
            let Some(id) = value.as_str() else {
                continue;
            };
            let Some((renamed, code)) = wrong.get_mut(&id) else {
                continue;
            };
            let new = renamed.get_or_insert_with(|| {
                loop {
                    next += 1;
                    let id = format!("call{next:05}");
                    if !taken.contains(id.as_str()) {
                        return id;
                    }
                }
            });
            let json = json_string(new);
            let size = (value.raw().len(), json.len());
            done.push(Edit::at(Action::RenamedId, pointer, *code, size).of_call(new, None));
            edits.replace(value, json);
        }
    }
    Some((edits.apply(request.text()), done))
}
