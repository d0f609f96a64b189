//! Chat templates of open-weight models (feature `templates`).
//!
//! A server of an open-weight model writes the prompt with the Jinja template that the model is
//! published with. [`ChatTemplate`] runs it, and
//! [`Models::chat_template`](crate::Models::chat_template) counts requests by the result.
//!
//! ```text
//! source ─▶ prepared (`source.rs`) ─▶ minijinja with the filters of `values.rs` ─▶ prompt ─▶ marks and text (`marks.rs`)
//! ```
//!
//! # Limits
//!
//! A template is a program. It gets 200,000 units of work and 16 for every byte of the request; a
//! unit is an instruction or 64 bytes that it creates. So it executes a number of instructions
//! linear in the request, and creates at most 12.8 MB and 1 KB for every byte of it. Values cannot
//! be nested without end or contain themselves, and an expression has at most 400 tokens, so the
//! stack is bounded too. There are no files, no clock and no randomness.
//!
//! An instruction that compares or searches strings takes time linear in them and is not charged
//! for it. A template of an honest maker takes time linear in the request, about 25 ns for a unit
//! (measured 2026-11); one that was written to be slow can take as many comparisons as it has
//! units. Use templates of makers whose weights you use.

mod marks;
mod operands;
mod source;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::{Environment, ErrorKind, Value};
use serde::Deserialize;

use crate::Error;
use crate::error::Inner;
use crate::model::Day;
pub(crate) use marks::Marks;

/// Longest template; the longest published ones have about 20 KB.
const MAX_BYTES: usize = 256 << 10;
/// Most lines of a prepared template, and the longest of them: the engine counts both in 16 bits.
const MAX_LINES: usize = 60_000;
/// Longest `tokenizer_config.json`; with thousands of added tokens it has less than 1 MB.
const MAX_CONFIG_BYTES: usize = 16 << 20;
/// Units of work of any rendering, and of one for each byte of its request.
const WORK: u64 = 200_000;
const WORK_PER_BYTE: u64 = 16;
/// Depth of loops and macros, where a macro is 4.
const MAX_RECURSION: usize = 100;

/// Chat template of an open-weight model: a Jinja template as transformers, vLLM and similar
/// programs run it.
///
/// Known to templates: `messages`, `tools`, `add_generation_prompt` (true), `bos_token` and the
/// other special tokens of a `tokenizer_config.json`, `enable_thinking` and `reasoning_effort` if
/// the request sets them, and the fields of its `chat_template_kwargs`; `raise_exception`,
/// `strftime_now` (the beginning of the day), `tojson` as in Python, Python's methods of strings,
/// lists and dicts, `{% generation %}`, `break` and `continue`. Arguments of calls are objects, not
/// strings. Blocks trim white space around them, as in transformers.
///
/// Cheap to clone.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Request};
/// use tokenfit::template::ChatTemplate;
///
/// let template = ChatTemplate::parse(
///     "{% for message in messages %}<|user|>{{ message.content }}{% endfor %}<|assistant|>",
/// )?;
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// assert_eq!(template.render(&request, "2026-11-28".parse()?)?, "<|user|>Hello<|assistant|>");
///
/// // Two special tokens and `Hello`, in the vocabulary of the model.
/// let models = Models::builtin()
///     .overrides(r#"[{"id": "our-tune", "encoding": "deepseek_v3"}]"#)?
///     .chat_template("our-tune", template);
/// assert_eq!(models.get("our-tune")?.count(&request).tokens(), 3);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct ChatTemplate {
    inner: Arc<Compiled>,
}

struct Compiled {
    environment: Environment<'static>,
    /// Whether a template for requests with tools exists.
    has_tool_use: bool,
    /// Special tokens by their names: `bos_token`.
    special: BTreeMap<String, String>,
    marks: Marks,
    /// Words of the source that tell what it reads.
    reads_parts: bool,
    knows_developer: bool,
}

const DEFAULT: &str = "default";
const TOOL_USE: &str = "tool_use";

impl ChatTemplate {
    /// Parses the source of a template, such as the content of `chat_template.jinja`. Special
    /// tokens are recognized by their shape (`<|…|>`, `[INST]`), unless the model's tokenizer is a
    /// `TokenizerJson`, which lists them.
    ///
    /// Linear in the source.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidTemplate`](crate::ErrorKind::InvalidTemplate) if it is not a Jinja
    /// template, is longer than 256 KiB, refers to other files, has an expression of more than 400
    /// tokens or 12 brackets in each other, or a line of more than 60,000 bytes. The error shows
    /// nothing of the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::ErrorKind;
    /// use tokenfit::template::ChatTemplate;
    ///
    /// assert!(ChatTemplate::parse("{{ messages[0].content }}").is_ok());
    /// let error = ChatTemplate::parse("{% include 'other' %}").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidTemplate);
    /// ```
    pub fn parse(source: &str) -> Result<ChatTemplate, Error> {
        compile([(DEFAULT, source)], BTreeMap::new(), None)
    }

    /// Reads the content of a `tokenizer_config.json`: its `chat_template`, and special tokens.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); also if the file is not JSON or has no template.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::template::ChatTemplate;
    ///
    /// let template = ChatTemplate::from_tokenizer_config(
    ///     br#"{"bos_token": "<s>", "chat_template": "{{ bos_token }}{{ messages[0].content }}"}"#,
    /// )?;
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": "Hi"}]"#)?;
    /// assert_eq!(template.render(&request, "2026-11-28".parse()?)?, "<s>Hi");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn from_tokenizer_config(json: &[u8]) -> Result<ChatTemplate, Error> {
        if json.len() > MAX_CONFIG_BYTES {
            return Err(invalid("the file is longer than 16 MiB"));
        }
        let damaged = |_| invalid("the file is not a `tokenizer_config.json`");
        let config: Config = serde_json::from_slice(json).map_err(damaged)?;
        let special: BTreeMap<String, String> = config
            .others
            .into_iter()
            .filter(|(name, _)| name.ends_with("_token"))
            .filter_map(|(name, value)| Some((name, Token::content(value)?)))
            .collect();
        let added = config.added_tokens_decoder.into_values();
        let mut marks: Vec<String> = added.map(|token| token.content).collect();
        let listed = !marks.is_empty();
        marks.extend(special.values().cloned());
        let marks = listed.then_some(marks);
        match config.chat_template {
            Some(Templates::One(source)) => compile([(DEFAULT, &*source)], special, marks),
            Some(Templates::Named(list)) => {
                let named = |name: &str| {
                    let found = list.iter().find(|template| template.name == name);
                    found.map(|template| &*template.template)
                };
                let sources = [DEFAULT, TOOL_USE]
                    .into_iter()
                    .filter_map(|name| Some((name, named(name)?)));
                compile(sources, special, marks)
            }
            None => Err(invalid("the file has no `chat_template`")),
        }
    }

    /// Renders values that a caller prepared for a request of `bytes` bytes.
    pub(crate) fn run(
        &self,
        variables: BTreeMap<String, Value>,
        has_tools: bool,
        day: Day,
        bytes: usize,
    ) -> Result<String, Refusal> {
        let mut environment = self.inner.environment.clone();
        environment.set_fuel(Some(
            WORK.saturating_add(WORK_PER_BYTE.saturating_mul(bytes as u64)),
        ));
        environment.add_function("strftime_now", move |format: String| {
            values::strftime(day, &format)
        });
        for (name, token) in &self.inner.special {
            environment.add_global(name.clone(), token.clone());
        }
        let name = match has_tools && self.inner.has_tool_use {
            true => TOOL_USE,
            false => DEFAULT,
        };
        let template = environment
            .get_template(name)
            .map_err(|error| Refusal::of(&error))?;
        template
            .render(minijinja::value::Serde(variables))
            .map_err(|error| Refusal::of(&error))
    }

    /// Returns the special tokens that were found with the template.
    pub(crate) fn marks(&self) -> &Marks {
        &self.inner.marks
    }

    /// Returns whether the template reads the parts of a content; other templates expect a string.
    pub(crate) fn reads_parts(&self) -> bool {
        self.inner.reads_parts
    }

    /// Returns whether the template has a role for developers; other templates have system alone.
    pub(crate) fn knows_developer(&self) -> bool {
        self.inner.knows_developer
    }
}

/// Shows nothing of the template.
impl fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatTemplate").finish_non_exhaustive()
    }
}

/// Reason why a template does not render a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The template called `raise_exception`.
    Raised,
    /// More work than a template may take.
    Work,
    Failed,
}

/// Detail of an error that a template raised itself.
const RAISED: &str = "raised by the template";

impl Refusal {
    fn of(error: &minijinja::Error) -> Refusal {
        match error.kind() {
            ErrorKind::OutOfFuel => Refusal::Work,
            _ if error.detail() == Some(RAISED) => Refusal::Raised,
            _ => Refusal::Failed,
        }
    }

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Refusal::Raised => "the chat template refuses the request",
            Refusal::Work => "the chat template takes too much work for the request",
            Refusal::Failed => "the chat template fails for the request",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        invalid(refusal.reason())
    }
}

fn invalid(what: &'static str) -> Error {
    Inner::Template { what }.into()
}

/// Compiles templates by their names; special tokens are listed, or recognized by their shape.
fn compile<'s>(
    sources: impl IntoIterator<Item = (&'static str, &'s str)>,
    special: BTreeMap<String, String>,
    marks: Option<Vec<String>>,
) -> Result<ChatTemplate, Error> {
    let mut environment = environment();
    let mut likely: Vec<String> = special.values().cloned().collect();
    let (mut has_default, mut has_tool_use) = (false, false);
    let (mut reads_parts, mut knows_developer) = (false, false);
    for (name, source) in sources {
        if source.len() > MAX_BYTES {
            return Err(invalid("the template is longer than 256 KiB"));
        }
        let prepared = source::prepare(source).map_err(invalid)?;
        let mut lines = prepared.split('\n');
        if lines.clone().count() > MAX_LINES || lines.any(|line| line.len() > MAX_LINES) {
            return Err(invalid("a line of the template is too long"));
        }
        // The error of the engine shows the source.
        environment
            .add_template_owned(name, prepared)
            .map_err(|_| invalid("the template is not a Jinja template"))?;
        has_default |= name == DEFAULT;
        has_tool_use |= name == TOOL_USE;
        reads_parts |= ["['type']", "[\"type\"]", ".type", "['text']", ".text"]
            .iter()
            .any(|word| source.contains(word));
        knows_developer |= source.contains("developer");
        likely.extend(source::likely_marks(source));
    }
    if !has_default {
        return Err(invalid("there is no template named `default`"));
    }
    let is_listed = marks.is_some();
    Ok(ChatTemplate {
        inner: Arc::new(Compiled {
            environment,
            has_tool_use,
            special,
            marks: Marks::new(marks.unwrap_or(likely), is_listed),
            reads_parts,
            knows_developer,
        }),
    })
}

/// The environment of transformers, less what chat templates do not use.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_recursion_limit(MAX_RECURSION);
    environment.set_unknown_method_callback(values::method);
    environment.set_formatter(values::written);
    let syntax = minijinja::syntax::SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    // Filters that nest values, and functions that show the state.
    for filter in [
        "batch", "chain", "format", "groupby", "pprint", "slice", "zip",
    ] {
        environment.remove_filter(filter);
    }
    environment.remove_global("debug");
    environment.add_filter("kept", values::kept);
    environment.add_filter("named", values::named);
    environment.add_filter("once", values::once);
    environment.add_filter("text", values::text);
    environment.add_filter("tojson", values::tojson);
    environment.add_function("raise_exception", |_: Value| -> Result<Value, _> {
        Err(minijinja::Error::new(ErrorKind::InvalidOperation, RAISED))
    });
    environment
}

/// The members of a `tokenizer_config.json` that matter here.
#[derive(Deserialize)]
struct Config {
    chat_template: Option<Templates>,
    #[serde(default)]
    added_tokens_decoder: BTreeMap<String, AddedToken>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Templates {
    One(String),
    Named(Vec<NamedTemplate>),
}

#[derive(Deserialize)]
struct NamedTemplate {
    name: String,
    template: String,
}

#[derive(Deserialize)]
struct AddedToken {
    content: String,
}

/// A special token: its text, or an object with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Token {
    Text(String),
    Added(AddedToken),
}

impl Token {
    fn content(value: serde_json::Value) -> Option<String> {
        match serde_json::from_value(value) {
            Ok(Token::Text(content) | Token::Added(AddedToken { content })) => Some(content),
            Err(_) => None,
        }
    }
}
