//! Images, files and audio that a server refuses: removed, or declared with the type of their data.

use super::case::{Case, Rewritten};
use super::policy::RefusedMedia;
use crate::edit::{Action, Edit};
use crate::json::{Kind, Value};
use crate::media::Media;
use crate::request::{Edits, Part, PartKind, Role, Slot, json_string};

/// Replaces a part that is the only one in its message.
pub(super) const REMOVED: &str = "[media removed: the provider does not accept it]";

/// A media part, and the list that contains it.
struct Place<'r> {
    part: Part<'r>,
    list: Option<Value<'r>>,
    role: Role,
}

fn places<'m>(case: &'m Case<'_, '_>) -> Vec<Place<'m>> {
    let wire = case.request.format().wire();
    let mut out = Vec::new();
    for message in case.request.messages() {
        let list = |value: Option<Value<'m>>| value.filter(|list| list.kind() == Kind::Array);
        let own = list(message.content_value());
        out.extend(message.parts().filter(is_media).map(|part| Place {
            part,
            list: own,
            role: message.role(),
        }));
        for result in message.tool_results() {
            if !result.is_whole_message() {
                let list = list((wire.answer)(result.value()));
                out.extend(result.parts().filter(is_media).map(|part| Place {
                    part,
                    list,
                    role: Role::User,
                }));
            }
        }
    }
    out
}

fn is_media(part: &Part<'_>) -> bool {
    matches!(
        part.kind(),
        PartKind::Image | PartKind::Audio | PartKind::Video | PartKind::File
    )
}

/// Removes the parts that findings name. Linear in the parts for each finding.
pub(super) fn take_out(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let wire = request.format().wire();
    let mut edits = Edits::default();
    let mut done = Vec::new();
    // Lists that lose blocks, and the positions of these blocks.
    let mut losing: Vec<(Value<'_>, Vec<usize>)> = Vec::new();
    let places = places(case);
    for place in &places {
        let value = place.part.value();
        let span = value.span();
        let Some(finding) = case
            .findings
            .iter()
            .find(|finding| span.contains(&finding.offset()))
        else {
            continue;
        };
        let listed = place
            .list
            .filter(|_| place.part.is_in_list())
            .and_then(|list| {
                let nth = list.items().position(|item| item.id() == value.id())?;
                Some((list, nth))
            });
        let text = match &case.policy.media {
            RefusedMedia::Replace(text) => Some(text.as_str()),
            RefusedMedia::Drop => {
                let gone = losing
                    .iter()
                    .find(|(list, _)| Some(list.id()) == place.list.map(|list| list.id()))
                    .map_or(0, |(_, gone)| gone.len());
                let alone = listed.is_none_or(|(list, _)| list.items().count() <= gone + 1);
                alone.then_some(REMOVED)
            }
            RefusedMedia::Keep => return None,
        };
        let pointer = place.part.pointer();
        let before = span.len();
        let after = match (text, listed) {
            (None, Some((list, nth))) => {
                match losing.iter_mut().find(|(other, _)| other.id() == list.id()) {
                    Some((_, gone)) => gone.push(nth),
                    None => losing.push((list, vec![nth])),
                }
                0
            }
            (text, _) => {
                let json = (wire.text_part)(place.role, &json_string(text.unwrap_or(REMOVED)));
                let after = json.len();
                edits.replace(value, json);
                after
            }
        };
        done.push(Edit::at(
            Action::RemovedMedia,
            pointer,
            finding.code,
            (before, after),
        ));
    }
    for (list, gone) in losing {
        let slots = (0..list.items().count())
            .filter(|nth| !gone.contains(nth))
            .map(Slot::Keep)
            .collect();
        edits.arrange(list, slots);
    }
    Some((edits.apply(request.text()), done))
}

/// Sets the declared type to that of the data.
pub(super) fn name_kind(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    let places = places(case);
    for finding in &case.findings {
        let Some(named) = request.value_at(finding.offset()) else {
            continue;
        };
        let Some(place) = places
            .iter()
            .find(|place| place.part.value().span().contains(&finding.offset()))
        else {
            continue;
        };
        let value = place.part.value();
        let data = value
            .get_path(&["source", "data"])
            .or(value.get_path(&["image", "source", "bytes"]))
            .and_then(|data| data.as_str());
        let Some(kind) = data.and_then(|data| Media::of_base64(&data).kind()) else {
            continue;
        };
        let word = match named.as_str() {
            Some(word) if word.contains('/') => kind.media_type(),
            _ => kind
                .media_type()
                .rsplit_once('/')
                .map_or("", |(_, word)| word),
        };
        let json = json_string(word);
        done.push(Edit::at(
            Action::RenamedMediaType,
            finding.pointer.clone(),
            finding.code,
            (named.raw().len(), json.len()),
        ));
        edits.replace(named, json);
    }
    Some((edits.apply(request.text()), done))
}
