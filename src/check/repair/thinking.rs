//! Fixes thinking: its type, the reasoning that a thinking model requires, and dependent settings.
//!
//! Source: docs/evidence/validation_other_providers.md, section F.

use super::super::server::Dialect;
use super::case::{Case, Rewritten};
use super::items::add_entry;
use crate::edit::{Action, Edit};
use crate::request::Edits;

/// Maximum number of thinking tokens by effort.
const LOW_BELOW: u64 = 4_000;
const MEDIUM_BELOW: u64 = 16_000;
/// Smallest thinking budget.
const LEAST_BUDGET: u64 = 1_024;

fn done(case: &Case<'_, '_>, action: Action, field: &str, size: (usize, usize)) -> Option<Edit> {
    let code = case.findings.first()?.code;
    let pointer = format!("{}/{field}", case.request.layout().root);
    Some(Edit::at(action, pointer, code, size))
}

/// Changes the type: `enabled` becomes `adaptive` with an effort by its budget; `adaptive` becomes
/// `enabled` with half of the output limit; `disabled` is removed.
pub(super) fn change_type(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let root = request.fields();
    let thinking = root.get_some("thinking")?;
    let [kind, budget] = thinking.get_all(["type", "budget_tokens"]);
    let kind = kind?.as_str()?;
    let mut edits = Edits::default();
    let before = thinking.raw().len();
    let max_tokens = root
        .get_some("max_tokens")
        .and_then(|most| most.as_u64())
        .unwrap_or_default();
    let json = match &*kind {
        "enabled" => r#"{"type": "adaptive"}"#.to_owned(),
        "adaptive" if max_tokens > LEAST_BUDGET => {
            let budget = (max_tokens / 2).max(LEAST_BUDGET);
            format!(r#"{{"type": "enabled", "budget_tokens": {budget}}}"#)
        }
        _ => {
            edits.drop_entries(root, &["thinking"]);
            let edit = done(case, Action::DroppedSetting, "thinking", (before, 0))?;
            return Some((edits.apply(request.text()), vec![edit]));
        }
    };
    let mut all = vec![done(
        case,
        Action::ChangedThinking,
        "thinking",
        (before, json.len()),
    )?];
    edits.replace(thinking, json);
    if kind == "enabled"
        && root.get_some("output_config").is_none()
        && let Some(budget) = budget.and_then(|budget| budget.as_u64())
    {
        let effort = if budget < LOW_BELOW {
            "low"
        } else if budget < MEDIUM_BELOW {
            "medium"
        } else {
            "high"
        };
        let entry = format!(r#""output_config": {{"effort": "{effort}"}}"#);
        add_entry(&mut edits, root, &entry);
        let size = (0, entry.len());
        all.push(done(case, Action::AddedField, "output_config", size)?);
    }
    Some((edits.apply(request.text()), all))
}

/// Removes `top_p`, so that `temperature` remains.
pub(super) fn drop_top_p(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let root = request.fields();
    let (object, field, place) = match root.get_some("inferenceConfig") {
        Some(config) => (config, "topP", "inferenceConfig/topP"),
        None => (root, "top_p", "top_p"),
    };
    let before = object.get(field)?.raw().len();
    let mut edits = Edits::default();
    edits.drop_entries(object, &[field]);
    let edit = done(case, Action::DroppedSetting, place, (before, 0))?;
    Some((edits.apply(request.text()), vec![edit]))
}

/// Adds an empty `reasoning_content` to messages with calls: DeepSeek accepts an empty string,
/// Moonshot a blank one.
pub(super) fn add_reasoning(case: &Case<'_, '_>) -> Option<Rewritten> {
    let entry = match case.dialect {
        Dialect::DeepSeek => r#""reasoning_content": """#,
        _ => r#""reasoning_content": " ""#,
    };
    add_everywhere(case, Action::AddedField, entry)
}

/// Signs calls with the placeholder that the API accepts for calls that it did not make.
pub(super) fn sign(case: &Case<'_, '_>) -> Option<Rewritten> {
    let entry = r#""thoughtSignature": "skip_thought_signature_validator""#;
    add_everywhere(case, Action::AddedField, entry)
}

fn add_everywhere(case: &Case<'_, '_>, action: Action, entry: &str) -> Option<Rewritten> {
    let code = case.findings.first()?.code;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for finding in &case.findings {
        let Some(value) = case.request.value_at(finding.offset()) else {
            continue;
        };
        add_entry(&mut edits, value, entry);
        let size = (0, entry.len());
        done.push(Edit::at(
            action.clone(),
            finding.pointer.clone(),
            code,
            size,
        ));
    }
    Some((edits.apply(case.request.text()), done))
}
