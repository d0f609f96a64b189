//! A plan's edits → the edits of the request's JSON: what a placeholder looks like in each format, and where things stand.

use std::borrow::Cow;

use super::cut;
use super::draft::is_media;
use super::plan::Edit;
use crate::json::{Kind, Value};
use crate::request::{
    CallKind, Edits, Format, Groups, Message, Part, PartKind, Request, Role, Slot, ToolCall,
    ToolResult, json_string,
};

/// A part of a message, or of one of its results.
pub(super) fn part_at<'r>(
    message: &Message<'r>,
    result: Option<usize>,
    part: usize,
) -> Option<Part<'r>> {
    match result {
        None => message.parts().nth(part),
        Some(result) => {
            let result = message.tool_results().nth(result)?;
            (!result.is_whole_message()).then(|| result.parts().nth(part))?
        }
    }
}

/// The type of the item that a result is, in the format where results are items.
fn item_type<'r>(result: &ToolResult<'r>) -> Option<Cow<'r, str>> {
    result.value().get("type").and_then(|kind| kind.as_str())
}

/// The value that holds what a tool answered.
fn answer<'r>(format: Format, result: &ToolResult<'r>) -> Option<Value<'r>> {
    let value = result.value();
    match format {
        Format::OpenAiChat | Format::Anthropic => value.get("content"),
        Format::OpenAiResponses => value.get("output"),
        Format::Gemini => function_response(value)?.get("response"),
        Format::BedrockConverse => value.get("toolResult")?.get("content"),
        Format::Embeddings | Format::Completions => None,
    }
}

fn function_response(part: Value<'_>) -> Option<Value<'_>> {
    part.get_some("functionResponse")
        .or(part.get_some("function_response"))
}

/// Whether a result may be any text: a screenshot or a list of patches may not.
pub(super) fn can_clear(result: &ToolResult<'_>) -> bool {
    let format = result.format();
    if result.is_hosted() || answer(format, result).is_none() {
        return false;
    }
    format != Format::OpenAiResponses
        || item_type(result).is_some_and(|kind| {
            matches!(&*kind, "function_call_output" | "custom_tool_call_output")
        })
}

/// Whether the arguments of a call may be an empty object.
pub(super) fn can_clear_arguments(call: &ToolCall<'_>) -> bool {
    matches!(call.kind(), CallKind::Function | CallKind::LegacyFunction)
        && call.arguments_node().is_some()
}

/// Whether a text may stand in the place of a part that is an image, a sound or a file.
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
    let listed = part.is_in_list();
    match message.format() {
        // Beside the object that a function answered only media may stand.
        Format::Gemini => listed && of_result.is_none(),
        Format::OpenAiResponses => listed && of_result.is_none_or(|result| can_clear(&result)),
        Format::Embeddings | Format::Completions => false,
        _ => listed,
    }
}

/// Whether a text may be cut: not what is signed, and not an empty one.
pub(super) fn can_shorten(part: &Part<'_>) -> bool {
    let signed = ["thoughtSignature", "thought_signature"]
        .iter()
        .any(|field| part.value().get_some(field).is_some());
    part.kind() == PartKind::Text && part.text_value().is_some() && !signed
}

/// Whether an edit has its place in a message.
pub(super) fn is_possible(message: &Message<'_>, edit: &Edit) -> bool {
    match edit {
        Edit::Summarize { .. } | Edit::DropGroup { .. } => false,
        Edit::ClearResult { result, .. } => message
            .tool_results()
            .nth(*result)
            .is_some_and(|result| can_clear(&result)),
        Edit::ClearArguments { call, .. } => message
            .tool_calls()
            .nth(*call)
            .is_some_and(|call| can_clear_arguments(&call)),
        Edit::DropMedia { result, part, .. } => part_at(message, *result, *part)
            .is_some_and(|part| is_media(&part) && can_replace_media(message, *result, &part)),
        Edit::DropReasoning { part, .. } => message.parts().nth(*part).is_some_and(|part| {
            matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning)
        }),
        Edit::Shorten { result, part, .. } => {
            part_at(message, *result, *part).is_some_and(|part| can_shorten(&part))
        }
    }
}

/// A text as a part of the content that another part stood in.
fn text_part(message: &Message<'_>, text: &str) -> String {
    let text = json_string(text);
    match message.format() {
        Format::Gemini | Format::BedrockConverse => format!(r#"{{"text": {text}}}"#),
        Format::OpenAiResponses if message.role() == Role::Assistant => {
            format!(r#"{{"type": "output_text", "text": {text}}}"#)
        }
        Format::OpenAiResponses => format!(r#"{{"type": "input_text", "text": {text}}}"#),
        _ => format!(r#"{{"type": "text", "text": {text}}}"#),
    }
}

/// A text as what a tool answered.
fn text_answer(format: Format, text: &str) -> String {
    let text = json_string(text);
    match format {
        Format::Gemini => format!(r#"{{"result": {text}}}"#),
        Format::BedrockConverse => format!(r#"[{{"text": {text}}}]"#),
        _ => text,
    }
}

/// What is to be written: the text of the edited request, and which of the messages are as they came.
pub(super) struct Written {
    pub(super) text: String,
    /// For each message that is left, in order: the one that it was, and whether it is untouched.
    pub(super) origins: Vec<(usize, bool)>,
}

/// What becomes of one message.
#[derive(Default, Clone)]
struct Fate {
    gone: bool,
    touched: bool,
    /// Parts of its content that leave.
    parts: Vec<usize>,
}

/// Writes the request with its edits, and with another model's name. What an edit names and the request does not have is
/// passed over: the caller has made sure.
pub(super) fn write(
    request: &Request<'_>,
    groups: &Groups,
    edits: &[&Edit],
    model: Option<&str>,
    summary: Option<&str>,
) -> Written {
    let count = request.messages().len();
    let mut fates = vec![Fate::default(); count];
    let mut json = Edits::default();
    let mut summarized = None;
    for edit in edits {
        let (gone, replaced) = match edit {
            Edit::DropGroup { group } => (std::slice::from_ref(group), &[][..]),
            Edit::Summarize {
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
    // The last edit of a place counts; of two edits of a value the first is taken.
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
        match edit {
            Edit::Summarize { .. } | Edit::DropGroup { .. } => {}
            Edit::ClearResult {
                result,
                placeholder,
                ..
            } => {
                if let Some(result) = message.tool_results().nth(*result) {
                    clear(&result, placeholder, &mut json);
                }
            }
            Edit::ClearArguments { call, .. } => {
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
            Edit::DropMedia {
                result,
                part,
                placeholder,
                ..
            } => {
                if let Some(part) = part_at(&message, *result, *part) {
                    json.replace(part.value(), text_part(&message, placeholder));
                }
            }
            Edit::DropReasoning { part, .. } => fate.parts.push(*part),
            Edit::Shorten {
                result,
                part,
                first_bytes,
                last_bytes,
                marker,
                ..
            } => {
                if let Some(part) = part_at(&message, *result, *part)
                    && let (Some(value), Some(text)) = (part.text_value(), part.text())
                {
                    let short = cut::joined(&text, *first_bytes, *last_bytes, marker);
                    json.replace(value, json_string(&short));
                }
            }
        }
    }
    for (message, fate) in request.messages().zip(&mut fates) {
        take_parts(&message, fate, &mut json);
    }
    arrange(request, &fates, summarized, &mut json);
    if let Some(model) = model {
        rename(request, model, &mut json);
    }
    Written {
        text: json.apply(request.text()),
        // A summary has the origin that it stands in the place of.
        origins: (0..count)
            .filter(|&index| !fates[index].gone || summarized.is_some_and(|(at, _)| at == index))
            .map(|index| (index, !fates[index].touched && !fates[index].gone))
            .collect(),
    }
}

fn clear(result: &ToolResult<'_>, placeholder: &str, json: &mut Edits) {
    let format = result.format();
    let Some(answer) = answer(format, result) else {
        return;
    };
    json.replace(answer, text_answer(format, placeholder));
    // Pictures that stand beside the object that a function answered.
    if format == Format::Gemini
        && let Some(response) = function_response(result.value())
        && response.get("parts").is_some()
    {
        json.drop_entries(response, &["parts"]);
    }
}

/// Takes parts out of a message's content; a message of nothing else goes as a whole.
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

/// Takes messages out: of the list, and those that are fields of the request.
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
            // What stands outside of the list has its summary in front of it.
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
