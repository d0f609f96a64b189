//! A plan's edits → the edits of the request's JSON. `provider/` writes strings and answers in each
//! format.

use super::cut;
use crate::edit::Action;
use crate::json::Kind;
use crate::request::{
    CallKind, Edits, Groups, Message, Part, PartIndex, PartKind, Request, Role, Slot, ToolCall,
    ToolResult, json_string,
};

/// Whether a part is an image, audio, video or file.
pub(super) fn is_media(part: &Part<'_>) -> bool {
    matches!(
        part.kind(),
        PartKind::Image | PartKind::Audio | PartKind::Video | PartKind::File
    )
}

/// Returns a part of a message, or of one of its results.
pub(super) fn part_at<'r>(
    message: &Message<'r>,
    result: Option<usize>,
    part: PartIndex,
) -> Option<Part<'r>> {
    match result {
        None => message.parts().nth(part.get()),
        Some(result) => {
            let result = message.tool_results().nth(result)?;
            (!result.is_whole_message()).then(|| result.parts().nth(part.get()))?
        }
    }
}

/// Whether a result can be any string: a screenshot or a list of patches cannot.
pub(super) fn can_clear(result: &ToolResult<'_>) -> bool {
    let (wire, value) = (result.format().wire(), result.value());
    !result.is_hosted() && (wire.answer)(value).is_some() && (wire.answer_is_free)(value)
}

/// Whether the arguments of a call can be an empty object.
pub(super) fn can_clear_arguments(call: &ToolCall<'_>) -> bool {
    matches!(call.kind(), CallKind::Function | CallKind::LegacyFunction)
        && call.arguments_node().is_some()
}

/// Whether text can replace an image, audio or file part.
pub(super) fn can_replace_media(
    message: &Message<'_>,
    result: Option<usize>,
    part: &Part<'_>,
) -> bool {
    let of_result = match result {
        Some(result) => message.tool_results().nth(result),
        None => message
            .tool_results()
            .find(|result| result.is_whole_message()),
    };
    let wire = message.format().wire();
    part.is_in_list()
        && wire.has_history
        && of_result.is_none_or(|result| {
            !wire.only_media_beside_answers && (wire.answer_is_free)(result.value())
        })
}

/// Whether a string can be cut: not if it is signed or empty.
pub(super) fn can_shorten(part: &Part<'_>) -> bool {
    let signatures = part.format().wire().signatures;
    let signed = signatures
        .iter()
        .any(|field| part.value().get_some(field).is_some());
    part.kind() == PartKind::Text && part.text_value().is_some() && !signed
}

/// Whether an edit is possible in a message.
pub(super) fn is_possible(message: &Message<'_>, action: &Action) -> bool {
    match action {
        Action::ClearedResult { result, .. } => message
            .tool_results()
            .nth(*result)
            .is_some_and(|result| can_clear(&result)),
        Action::ClearedArguments { call, .. } => message
            .tool_calls()
            .nth(*call)
            .is_some_and(|call| can_clear_arguments(&call)),
        Action::DroppedMedia { result, part, .. } => part_at(message, *result, *part)
            .is_some_and(|part| is_media(&part) && can_replace_media(message, *result, &part)),
        Action::DroppedReasoning { part, .. } => {
            message.parts().nth(part.get()).is_some_and(|part| {
                matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning)
            })
        }
        Action::ShortenedText { result, part, .. } => {
            part_at(message, *result, *part).is_some_and(|part| can_shorten(&part))
        }
        _ => false,
    }
}

/// Text of the edited request, and which messages are unchanged.
pub(super) struct Written {
    pub(super) text: String,
    /// For each remaining message, in order: its original position, and whether it is unchanged.
    pub(super) origins: Vec<(usize, bool)>,
}

/// Edits of one message.
#[derive(Default, Clone)]
struct Fate {
    gone: bool,
    touched: bool,
    /// Parts to remove from its content.
    parts: Vec<usize>,
}

/// Writes the request with its edits, and with another model's name. Edits of content that the
/// request does not have are ignored: the caller has validated them.
pub(super) fn write(
    request: &Request<'_>,
    groups: &Groups,
    edits: &[&Action],
    model: Option<&str>,
    summary: Option<&str>,
) -> Written {
    let count = request.messages().len();
    let mut fates = vec![Fate::default(); count];
    let mut json = Edits::default();
    let mut summarized = None;
    for edit in edits {
        let (gone, replaced) = match edit {
            Action::DroppedGroup { group } => (std::slice::from_ref(group), &[][..]),
            Action::Summarized {
                groups,
                replaces,
                message,
                ..
            } => {
                summarized = summary.map(|summary| (*message, summary));
                (&groups[..], &replaces[..])
            }
            _ => continue,
        };
        let of_groups = gone
            .iter()
            .filter_map(|&group| groups.get(group))
            .flat_map(|group| group.messages());
        for &message in of_groups.chain(replaced) {
            fates[message].gone = true;
        }
    }
    // The last edit of a place counts; of two edits of a value the first one is used.
    for edit in edits.iter().rev() {
        let Some(index) = edit
            .message()
            .filter(|&index| index < count && !fates[index].gone)
        else {
            continue;
        };
        let message = request.message(index);
        let fate = &mut fates[index];
        fate.touched = true;
        if let Action::DroppedReasoning { part, .. } = edit {
            fate.parts.push(part.get());
        }
        edit_in(&message, edit, &mut json);
    }
    for (message, fate) in request.messages().zip(&mut fates) {
        take_parts(&message, fate, &mut json);
    }
    forget_reasoning(request, &mut fates, &mut json);
    arrange(request, &fates, summarized, &mut json);
    if let Some(model) = model {
        rename(request, model, &mut json);
    }
    Written {
        text: json.apply(request.text()),
        // A summary has the origin of the message it replaces.
        origins: (0..count)
            .filter(|&index| !fates[index].gone || summarized.is_some_and(|(at, _)| at == index))
            .map(|index| (index, !fates[index].touched && !fates[index].gone))
            .collect(),
    }
}

/// Writes an edit inside of a message, unless it takes a part of it away.
fn edit_in(message: &Message<'_>, edit: &Action, json: &mut Edits) {
    match edit {
        Action::ClearedResult {
            result,
            placeholder,
            ..
        } => {
            if let Some(result) = message.tool_results().nth(*result) {
                clear(&result, placeholder, json);
            }
        }
        Action::ClearedArguments { call, .. } => {
            if let Some(arguments) = message
                .tool_calls()
                .nth(*call)
                .and_then(|call| call.arguments_node())
            {
                let empty = match arguments.kind() {
                    Kind::String => r#""{}""#,
                    _ => "{}",
                };
                json.replace(arguments, empty.to_owned());
            }
        }
        Action::DroppedMedia {
            result,
            part,
            placeholder,
            ..
        } => {
            if let Some(part) = part_at(message, *result, *part) {
                let text = json_string(placeholder);
                let text = (message.format().wire().text_part)(message.role(), &text);
                json.replace(part.value(), text);
            }
        }
        Action::ShortenedText {
            result,
            part,
            first_bytes,
            last_bytes,
            marker,
            ..
        } => {
            if let Some(part) = part_at(message, *result, *part)
                && let (Some(value), Some(text)) = (part.text_value(), part.text())
            {
                let short = cut::joined(&text, *first_bytes, *last_bytes, marker);
                json.replace(value, json_string(&short));
            }
        }
        _ => {}
    }
}

/// Returns the place of an edit inside of a message: its pointer, and the bytes of its JSON before
/// and after the edit. Linear in the place.
pub(super) fn place_of(request: &Request<'_>, edit: &Action) -> (String, (u64, u64)) {
    let message = &request.message(edit.message().unwrap_or_default());
    let of_part = |part: Part<'_>| (part.pointer(), part.value().span());
    let found = match edit {
        Action::ClearedResult { result, .. } => {
            let result = message.tool_results().nth(*result);
            result.map(|result| (result.pointer(), result.value().span()))
        }
        Action::ClearedArguments { call, .. } => {
            let call = message.tool_calls().nth(*call);
            call.map(|call| (call.pointer(), call.value().span()))
        }
        Action::DroppedMedia { result, part, .. } | Action::ShortenedText { result, part, .. } => {
            part_at(message, *result, *part).map(of_part)
        }
        Action::DroppedReasoning { part, .. } => message.parts().nth(part.get()).map(of_part),
        _ => None,
    };
    let (pointer, span) = found.unwrap_or_else(|| (message.pointer(), message.value().span()));
    let before = span.len() as u64;
    if matches!(edit, Action::DroppedReasoning { .. }) {
        return (pointer, (before, 0));
    }
    let mut json = Edits::default();
    edit_in(message, edit, &mut json);
    (pointer, (before, json.len_in(request.text(), span) as u64))
}

fn clear(result: &ToolResult<'_>, placeholder: &str, json: &mut Edits) {
    let (wire, value) = (result.format().wire(), result.value());
    let Some(answer) = (wire.answer)(value) else {
        return;
    };
    json.replace(answer, (wire.text_answer)(&json_string(placeholder)));
    if let Some((object, fields)) = (wire.beside_answer)(value) {
        json.drop_entries(object, fields);
    }
}

/// Removes parts from a message's content; a message without other content is removed.
fn take_parts(message: &Message<'_>, fate: &mut Fate, json: &mut Edits) {
    if fate.gone || fate.parts.is_empty() {
        return;
    }
    let parts: Vec<Part<'_>> = message.parts().collect();
    let leaves = |index: usize| fate.parts.contains(&index);
    let marks = |part: &Part<'_>| part.kind() == PartKind::CacheMark;
    if message.tool_calls().len() == 0
        && parts
            .iter()
            .enumerate()
            .all(|(index, part)| leaves(index) || marks(part))
    {
        fate.gone = true;
        return;
    }
    let Some(content) = message
        .content_value()
        .filter(|content| content.kind() == Kind::Array)
    else {
        return;
    };
    let blocks: Vec<usize> = fate
        .parts
        .iter()
        .filter_map(|&index| parts.get(index))
        .map(|part| part.block_index())
        .collect();
    let slots = (0..content.items().count())
        .filter(|block| !blocks.contains(block))
        .map(Slot::Keep)
        .collect();
    json.arrange(content, slots);
}

/// Removes the ids of items whose reasoning is removed: the server knows from its id what reasoning
/// preceded an item, and refuses the item without it.
fn forget_reasoning(request: &Request<'_>, fates: &mut [Fate], json: &mut Edits) {
    let wire = request.format().wire();
    if wire.item_id.is_empty() {
        return;
    }
    let mut lost = false;
    for (message, fate) in request.messages().zip(fates) {
        if message.is_reasoning_item() {
            // After reasoning that stays, the following items have theirs.
            lost = fate.gone || !fate.parts.is_empty();
        } else if message.role() != Role::Assistant || message.tool_results().len() > 0 {
            lost = false;
        } else if lost && !fate.gone && message.value().get_some(wire.item_id).is_some() {
            json.drop_entries(message.value(), &[wire.item_id]);
            fate.touched = true;
        }
    }
}

/// Removes messages: from the list, and those that are fields of the request.
fn arrange(
    request: &Request<'_>,
    fates: &[Fate],
    summarized: Option<(usize, &str)>,
    json: &mut Edits,
) {
    if !fates.iter().any(|fate| fate.gone) {
        return;
    }
    let list = request.list_value();
    let mut stays = vec![true; list.items().count()];
    let mut fields = Vec::new();
    let mut summary_at = None;
    for message in request
        .messages()
        .filter(|message| fates[message.index()].gone)
    {
        if summarized.is_some_and(|(at, _)| at == message.index()) {
            // A message outside of the list gets its summary before it.
            summary_at = Some(message.list_index().unwrap_or_default());
        }
        match message.list_index() {
            Some(item) => {
                if let Some(stays) = stays.get_mut(item) {
                    *stays = false;
                }
            }
            None => fields.extend(message.field_name()),
        }
    }
    if list.kind() == Kind::Array {
        let mut slots = Vec::with_capacity(stays.len());
        for (item, stays) in stays.into_iter().enumerate() {
            if let Some((_, summary)) = summarized.filter(|_| summary_at == Some(item)) {
                slots.push(Slot::New(summary.to_owned()));
            }
            if stays {
                slots.push(Slot::Keep(item));
            }
        }
        json.arrange(list, slots);
    }
    if !fields.is_empty() {
        let object = request.fields();
        json.drop_entries(object, &fields);
    }
}

fn rename(request: &Request<'_>, model: &str, json: &mut Edits) {
    let object = request.fields();
    if object.kind() != Kind::Object {
        return;
    }
    match request.model_value() {
        Some(value) => json.replace(value, json_string(model)),
        None => {
            let mut slots = vec![Slot::New(format!(r#""model": {}"#, json_string(model)))];
            slots.extend((0..object.entries().count()).map(Slot::Keep));
            json.arrange(object, slots);
        }
    }
}
