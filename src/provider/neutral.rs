//! A request between two formats: what all of them can say, borrowed from the original.
//!
//! The reader of a format fills it, the writer of another format writes it. Strings stay as they
//! are spelled in the JSON, so text is neither decoded nor escaped again. Everything that a reader
//! or a writer omits is noted as an edit; a part that it cannot carry over is an [`Unfit`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use super::choice::Choice;
use crate::edit::{Action, Edit};
use crate::json::{Kind, Value};
use crate::model::{Abilities, Effort, Host};
use crate::request::json_string;
use crate::shown::is_shown_field;

/// Reason of every edit of a translation.
const REASON: &str = "translation";

/// Request between two formats.
#[derive(Default)]
pub(crate) struct Neutral<'r> {
    /// Text of the application's instructions, in order.
    pub(crate) instructions: Vec<Piece<'r>>,
    /// Turns of user and assistant, in order.
    pub(crate) turns: Vec<Turn<'r>>,
    pub(crate) tools: Vec<Function<'r>>,
    pub(crate) settings: Settings<'r>,
}

/// Settings, each with its place.
#[derive(Default)]
pub(crate) struct Settings<'r> {
    pub(crate) choice: Option<(Choice<'r>, String)>,
    pub(crate) parallel: Option<(bool, String)>,
    pub(crate) max_output: Option<u64>,
    pub(crate) temperature: Option<Value<'r>>,
    pub(crate) top_p: Option<Value<'r>>,
    pub(crate) top_k: Option<Placed<'r>>,
    pub(crate) seed: Option<Placed<'r>>,
    pub(crate) presence_penalty: Option<Placed<'r>>,
    pub(crate) frequency_penalty: Option<Placed<'r>>,
    /// Strings, each with its place.
    pub(crate) stop: Vec<Placed<'r>>,
    pub(crate) stream: Option<bool>,
    /// Id of the end user.
    pub(crate) user: Option<Placed<'r>>,
    pub(crate) form: Option<(Form<'r>, String)>,
    pub(crate) thinking: Option<(Thinking, String)>,
}

/// Value with its place.
pub(crate) type Placed<'r> = (Value<'r>, String);

/// Form of the answer.
pub(crate) enum Form<'r> {
    /// Any JSON object.
    Json,
    /// JSON of a schema, with its name, description, and whether it was strict.
    Schema {
        name: Option<Value<'r>>,
        description: Option<Value<'r>>,
        schema: Value<'r>,
        strict: Option<bool>,
    },
}

/// Requested reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thinking {
    Off,
    /// Reasoning, at the effort that the model chooses or at this one.
    On(Option<Effort>),
}

/// Speaker of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Assistant,
}

/// Turn: everything that one speaker says before the other.
pub(crate) struct Turn<'r> {
    pub(crate) speaker: Speaker,
    pub(crate) pieces: Vec<Piece<'r>>,
}

/// Piece of a turn, with its place.
pub(crate) struct Piece<'r> {
    pub(crate) at: String,
    pub(crate) offset: usize,
    pub(crate) what: What<'r>,
}

/// Content of a piece.
pub(crate) enum What<'r> {
    /// Text: a JSON string as spelled.
    Text(&'r str),
    Image(Media<'r>),
    Audio(Media<'r>),
    /// File, and its name as a JSON string.
    File(Media<'r>, Option<Cow<'r, str>>),
    Call(Call<'r>),
    Result(Answer<'r>),
}

/// Call of a function.
pub(crate) struct Call<'r> {
    /// Id; empty until [`Neutral::link`] gives one.
    pub(crate) id: Cow<'r, str>,
    pub(crate) name: Cow<'r, str>,
    /// Arguments: the JSON of an object.
    pub(crate) arguments: Cow<'r, str>,
}

/// Result of a call.
pub(crate) struct Answer<'r> {
    /// Id of the call; empty until [`Neutral::link`] finds it.
    pub(crate) id: Cow<'r, str>,
    /// Name of the function, as far as it is known.
    pub(crate) name: Cow<'r, str>,
    pub(crate) pieces: Vec<Piece<'r>>,
    pub(crate) is_error: bool,
}

/// Media of a message.
pub(crate) enum Media<'r> {
    Inline {
        mime: Cow<'r, str>,
        base64: Cow<'r, str>,
    },
    Url(Cow<'r, str>),
}

/// Function that the model may call.
pub(crate) struct Function<'r> {
    pub(crate) at: String,
    pub(crate) offset: usize,
    /// Name as a JSON string.
    pub(crate) name: Value<'r>,
    pub(crate) description: Option<Value<'r>>,
    pub(crate) schema: Option<Value<'r>>,
}

/// Reads a function from an object that holds its schema in a field of this name. Other fields are
/// noted, except those of `known`.
pub(crate) fn function_of<'r>(
    value: Value<'r>,
    at: String,
    schema_field: &str,
    known: &[&str],
    notes: &mut Notes,
) -> Result<Function<'r>, Unfit> {
    let [mut title, mut description, mut schema] = [None; 3];
    for (key, value) in value.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        match &*name {
            "name" => title = Some(value),
            "description" => description = Some(value),
            // The default.
            "strict" if value.as_bool() == Some(false) => {}
            field if field == schema_field => schema = Some(value),
            field if known.contains(&field) => {}
            _ => notes.field(&at, &name, value),
        }
    }
    match title.filter(|title| title.kind() == Kind::String) {
        Some(name) => Ok(Function {
            at,
            offset: value.span().start,
            name,
            description: description.filter(|text| text.kind() == Kind::String),
            schema: schema.filter(|schema| schema.kind() == Kind::Object),
        }),
        None => Err(unfit(
            "tool_name",
            "a function has no name",
            "set `name`",
            at,
            value,
        )),
    }
}

/// Answer between two formats.
pub(crate) struct Reply<'r> {
    pub(crate) id: Option<Cow<'r, str>>,
    pub(crate) model: Option<Cow<'r, str>>,
    /// Text and calls, in order.
    pub(crate) pieces: Vec<Piece<'r>>,
    pub(crate) stop: Stop,
}

/// Reason for which an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    End,
    /// The output limit, or the end of the window.
    Length,
    Calls,
    /// The model or a filter declined.
    Filter,
}

/// Facts about the model that a request is written for.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'m> {
    pub(crate) name: &'m str,
    pub(crate) host: Option<Host>,
    pub(crate) abilities: &'m Abilities,
    pub(crate) max_output: Option<u64>,
}

impl Facts<'_> {
    /// Whether the model is known to accept an effort.
    pub(crate) fn accepts(&self, effort: Effort) -> bool {
        let efforts = self.abilities.efforts;
        efforts.is_some_and(|efforts| efforts.contains(effort))
    }
}

/// Part of a request that has no counterpart in the other format.
#[derive(Debug)]
pub(crate) struct Unfit {
    /// Stable word.
    pub(crate) code: &'static str,
    pub(crate) what: Cow<'static, str>,
    pub(crate) remedy: &'static str,
    pub(crate) pointer: String,
    pub(crate) offset: usize,
}

/// Creates an [`Unfit`] of a value.
#[cold]
pub(crate) fn unfit(
    code: &'static str,
    what: impl Into<Cow<'static, str>>,
    remedy: &'static str,
    pointer: impl Into<String>,
    value: Value<'_>,
) -> Unfit {
    Unfit {
        code,
        what: what.into(),
        remedy,
        pointer: pointer.into(),
        offset: value.span().start,
    }
}

impl Piece<'_> {
    /// Creates an [`Unfit`] of the piece.
    #[cold]
    pub(crate) fn unfit(
        &self,
        code: &'static str,
        what: &'static str,
        remedy: &'static str,
    ) -> Unfit {
        Unfit {
            code,
            what: what.into(),
            remedy,
            pointer: self.at.clone(),
            offset: self.offset,
        }
    }

    /// Returns whether the piece is text of white space only. Linear in its leading blanks.
    pub(crate) fn is_blank(&self) -> bool {
        match self.what {
            What::Text(text) => is_blank(text),
            _ => false,
        }
    }
}

/// Whether a JSON string as spelled has only white space.
pub(crate) fn is_blank(spelled: &str) -> bool {
    let mut rest = inside(spelled);
    loop {
        rest = rest.trim_start();
        let Some(escape) = rest.strip_prefix('\\') else {
            return rest.is_empty();
        };
        match escape.as_bytes().first() {
            Some(b'n' | b't' | b'r' | b'f') => rest = &escape[1..],
            _ => return false,
        }
    }
}

/// Returns a JSON string as spelled without its quotes.
pub(crate) fn inside(spelled: &str) -> &str {
    let end = spelled.len().saturating_sub(1).max(1);
    spelled.get(1..end).unwrap_or_default()
}

/// Edits of a translation.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) edits: Vec<Edit>,
}

impl Notes {
    /// Notes an edit of `before` bytes that become `after`.
    pub(crate) fn add(
        &mut self,
        action: Action,
        at: impl Into<String>,
        before: usize,
        after: usize,
    ) {
        let edit = Edit::at(action, at.into(), REASON, (before, after));
        self.edits.push(edit);
    }

    /// Notes a dropped value.
    pub(crate) fn dropped(&mut self, action: Action, at: impl Into<String>, value: Value<'_>) {
        self.add(action, at, value.raw().len(), 0);
    }

    /// Notes a field of an object that is not carried over. The place is that of the object if the
    /// key may be the caller's text.
    pub(crate) fn field(&mut self, object: &str, key: &str, value: Value<'_>) {
        let action = match key {
            "cache_control" => Action::DroppedCacheMark,
            _ if object.is_empty() => Action::DroppedSetting,
            _ => Action::DroppedField,
        };
        let at = match is_shown_field(key) {
            true => format!("{object}/{}", key.replace('~', "~0").replace('/', "~1")),
            false => object.to_owned(),
        };
        self.dropped(action, at, value);
    }
}

/// Reads a data URL: MIME type and base64, borrowed where the URL is.
pub(crate) fn data_url<'r>(url: &Cow<'r, str>) -> Option<(Cow<'r, str>, Cow<'r, str>)> {
    let is_data = url
        .get(..5)
        .is_some_and(|head| head.eq_ignore_ascii_case("data:"));
    let comma = url.find(',').filter(|_| is_data)?;
    let head = &url[5..comma];
    let mime = head.strip_suffix(";base64")?;
    // Parameters such as `;charset=utf-8` say nothing about bytes.
    let mime = mime.split(';').next().unwrap_or_default();
    let mime = 5..5 + mime.len();
    Some(match url {
        Cow::Borrowed(url) => (Cow::Borrowed(&url[mime]), Cow::Borrowed(&url[comma + 1..])),
        Cow::Owned(url) => (
            Cow::Owned(url[mime].to_owned()),
            Cow::Owned(url[comma + 1..].to_owned()),
        ),
    })
}

/// Writes media as a data URL, or the URL, as a JSON string.
pub(crate) fn as_url(media: &Media<'_>) -> String {
    match media {
        Media::Url(url) => json_string(url),
        Media::Inline { mime, base64 } => {
            let head = json_string(&format!("data:{mime};base64,"));
            let data = json_string(base64);
            format!("\"{}{}\"", inside(&head), inside(&data))
        }
    }
}

/// Whether a URL is fetched over HTTP.
pub(crate) fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

/// Returns the arguments of a call, given as text, as the JSON of an object.
pub(crate) fn object_of_text(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.trim().is_empty() {
        // Models write no arguments as an empty string.
        return Some(Cow::Borrowed("{}"));
    }
    let document = crate::json::Document::parse(Cow::Borrowed(&*text), |_| false).ok()?;
    let is_object = document.root().kind() == Kind::Object;
    is_object.then_some(text)
}

impl<'r> Neutral<'r> {
    /// Adds pieces to the last turn if it has the same speaker, else as a new turn.
    pub(crate) fn say(&mut self, speaker: Speaker, pieces: Vec<Piece<'r>>) {
        if pieces.is_empty() {
            return;
        }
        match self.turns.last_mut() {
            Some(turn) if turn.speaker == speaker => turn.pieces.extend(pieces),
            _ => self.turns.push(Turn { speaker, pieces }),
        }
    }

    /// Gives every call an id, and every result the id and name of its call. A result without an id
    /// belongs to the first open call of its name. Linear.
    pub(crate) fn link(&mut self, notes: &mut Notes) {
        let mut taken: HashSet<String> = HashSet::new();
        for piece in self.turns.iter().flat_map(|turn| &turn.pieces) {
            if let What::Call(call) = &piece.what {
                taken.insert(call.id.clone().into_owned());
            }
        }
        let mut names: HashMap<String, Cow<'r, str>> = HashMap::new();
        // Open calls that got their id here, by name.
        let mut open: HashMap<Cow<'r, str>, VecDeque<String>> = HashMap::new();
        let mut next = 0_u32;
        for piece in self.turns.iter_mut().flat_map(|turn| &mut turn.pieces) {
            match &mut piece.what {
                What::Call(call) => {
                    if call.id.is_empty() {
                        let id = loop {
                            next += 1;
                            let id = format!("call_{next}");
                            if taken.insert(id.clone()) {
                                break id;
                            }
                        };
                        notes.add(Action::RenamedId, piece.at.clone(), 0, id.len());
                        let of_name = open.entry(call.name.clone()).or_default();
                        of_name.push_back(id.clone());
                        call.id = Cow::Owned(id);
                    }
                    names.insert(call.id.clone().into_owned(), call.name.clone());
                }
                What::Result(result) => {
                    if result.id.is_empty()
                        && let Some(id) = open
                            .get_mut(&result.name)
                            .and_then(|of_name| of_name.pop_front())
                    {
                        result.id = Cow::Owned(id);
                    }
                    if let Some(name) = names.get(&*result.id) {
                        result.name = name.clone();
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a choice makes the model call.
pub(crate) fn forces_call(choice: &Choice<'_>) -> bool {
    matches!(choice, Choice::Any | Choice::Tool(_))
}

/// Writer of one JSON object or list.
pub(crate) struct Json {
    pub(crate) text: String,
}

impl Json {
    pub(crate) fn open(bracket: char) -> Json {
        Json {
            text: bracket.to_string(),
        }
    }

    /// Adds a field with a JSON value.
    pub(crate) fn field(&mut self, name: &str, value: &str) -> &mut Json {
        self.comma();
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
        self.text.push_str(value);
        self
    }

    /// Adds a field whose name is a JSON string.
    pub(crate) fn entry(&mut self, name: &str, value: &str) {
        self.comma();
        self.text.push_str(name);
        self.text.push(':');
        self.text.push_str(value);
    }

    /// Adds a field if it has a value.
    pub(crate) fn some(&mut self, name: &str, value: Option<&str>) -> &mut Json {
        if let Some(value) = value {
            self.field(name, value);
        }
        self
    }

    /// Adds an item with a JSON value.
    pub(crate) fn item(&mut self, value: &str) {
        self.comma();
        self.text.push_str(value);
    }

    fn comma(&mut self) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    pub(crate) fn close(&mut self, bracket: char) -> String {
        self.text.push(bracket);
        std::mem::take(&mut self.text)
    }
}

/// Writes a list of JSON values.
pub(crate) fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut list = Json::open('[');
    for item in items {
        list.item(item.as_ref());
    }
    list.close(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_recognized_as_spelled() {
        for (spelled, blank) in [
            (r#""""#, true),
            (r#"" ""#, true),
            (r#"" \n\t\r ""#, true),
            (r#""a""#, false),
            (r#"" \\ ""#, false),
            (r#""\u0020""#, false),
            (r#""\n.""#, false),
        ] {
            assert_eq!(is_blank(spelled), blank, "{spelled}");
        }
    }

    #[test]
    fn data_urls_are_split() {
        let of = |url: &'static str| data_url(&Cow::Borrowed(url));
        let png = of("data:image/png;base64,AAAA").unwrap();
        assert_eq!((&*png.0, &*png.1), ("image/png", "AAAA"));
        let owned = data_url(&Cow::Owned(
            "DATA:text/plain;charset=x;base64,QQ==".to_owned(),
        ));
        let owned = owned.unwrap();
        assert_eq!((&*owned.0, &*owned.1), ("text/plain", "QQ=="));
        for url in [
            "data:,x",
            "data:image/png,AA",
            "https://example.com/,",
            "däta",
            "",
        ] {
            assert!(of(url).is_none(), "{url}");
        }
    }

    #[test]
    fn arguments_are_objects() {
        let of = |text: &'static str| object_of_text(Cow::Borrowed(text));
        assert_eq!(of(r#"{"a": 1}"#).as_deref(), Some(r#"{"a": 1}"#));
        assert_eq!(of(" ").as_deref(), Some("{}"));
        for text in ["[1]", "{", "x", "null", "{} {}"] {
            assert!(of(text).is_none(), "{text}");
        }
    }
}
