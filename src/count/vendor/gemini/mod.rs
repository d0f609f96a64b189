//! Gemini, on the Gemini API, Vertex and through gateways, in any format.
//!
//! ```text
//! messages, settings            here
//! calls and results             turns.rs
//! definitions                   tools.rs
//! images, sound, files          media.rs
//! ```
//!
//! `rules/gemini*.rs` has the numbers, `render/gemini/` the server's renderings. Where it is not
//! known which side serves a request, the likely one is counted and the bounds hold both. Without
//! the vocabulary `proxy.rs` estimates the strings.

mod media;
mod tools;
mod turns;

use std::borrow::Cow;
use std::collections::HashMap;

use super::counter::Counter;
use crate::count::render::gemini::Pieces;
use crate::count::rules::{self, AnswerSchema, GeminiChoice, GeminiRules, Room};
use crate::count::{Accuracy, RuleSet, TokenCount};
use crate::model::{Match, Model};
use crate::provider::Vendor;
use crate::request::{Message, Part, PartKind, Role};

/// Maximum error of text in a format that is not Google's.
const FOREIGN_TEXT: Room = Room::of(2, 4);

/// State of the count of one request.
struct Gemini<'c> {
    choice: GeminiChoice,
    /// Whether the request is in Google's own format, at Google.
    native: bool,
    /// Whether the host, a gateway, names the tool in its answer.
    names_answers: bool,
    /// Names of the calls so far, by id and in order.
    called: HashMap<Cow<'c, str>, Cow<'c, str>>,
    open: std::collections::VecDeque<Cow<'c, str>>,
    /// Calls and results so far.
    linked: u64,
    /// Whether the current message has results.
    answers: bool,
    instructed: bool,
    previous: Option<Role>,
}

pub(super) fn count(counter: &mut Counter<'_>) -> RuleSet {
    let model = counter.model;
    let request = counter.request;
    let choice = rules::gemini_rules(model);
    let mut gemini = Gemini {
        choice,
        native: request.format().wire().vendor == Vendor::Google,
        names_answers: model.host() == Some(crate::model::Host::Vercel),
        called: HashMap::new(),
        open: std::collections::VecDeque::new(),
        linked: 0,
        answers: false,
        instructed: false,
        previous: None,
    };
    let public = counter.proxy.is_public();
    if !public {
        counter.parts.doubt(
            "/model",
            match model.encoding_name() {
                Some(_) => {
                    "the vocabulary of Gemini models is not in this program (feature `gemma`)"
                }
                None => "the vocabulary of this model is not public",
            },
        );
    }
    gemini.origin(counter);
    counter.messages(|counter, message| gemini.message(counter, message));
    gemini.tools(counter);
    counter.hosted_tools();
    gemini.answer_schema(counter);
    gemini.room(counter);
    choice.rules.rule_set()
}

/// Returns whether recordings of a model were exact. The aliases that move were recorded too.
fn is_seen(model: &Model, seen: &[&str]) -> bool {
    is_certain(model) && seen.contains(&model.id())
}

fn is_certain(model: &Model) -> bool {
    let named = model.matched().is_certain() || model.matched() == Match::MovingName;
    named && !model.counting_is_overridden()
}

impl<'c> Gemini<'c> {
    fn rules(&self) -> &'static GeminiRules {
        self.choice.rules
    }

    /// Records why a request is not billed by a certain rule.
    fn origin(&self, counter: &mut Counter<'c>) {
        let model = counter.model;
        let reason = if self.choice.or.is_some() && !self.native {
            "the gateway sends requests to the Gemini API or to Vertex, which bill differently"
        } else if !self.native {
            "requests in this format were rarely recorded"
        } else if self.choice.undated {
            "the day on which the alias moved to another generation is not known"
        } else if !is_seen(model, self.rules().seen_on.text) {
            "requests to this model or host were not always exact, or not recorded"
        } else {
            return;
        };
        counter.parts.doubt("/model", reason);
    }

    /// Returns whether text is exact.
    fn is_exact(&self, model: &Model) -> bool {
        self.native && !self.choice.undated && is_seen(model, self.rules().seen_on.text)
    }

    /// Counts by the rules, and widens the bounds by the rules of the other side.
    fn by_both(&self, of: impl Fn(&'static GeminiRules) -> TokenCount) -> TokenCount {
        let tokens = of(self.choice.rules);
        let Some(or) = self.choice.or else {
            return tokens;
        };
        let other = of(or);
        if tokens == other {
            return tokens;
        }
        TokenCount::between(
            tokens.tokens(),
            tokens.lower().min(other.lower()),
            tokens.most().max(other.most()),
        )
    }

    /// Counts a rendering.
    fn pieces(&self, counter: &Counter<'c>, pieces: &Pieces<'_>) -> TokenCount {
        let strings: TokenCount = pieces.strings.iter().map(|text| counter.text(text)).sum();
        strings + TokenCount::exact(pieces.beside)
    }

    fn message(&mut self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        self.answers = message.tool_results().len() > 0;
        // The content of a tool's message is its answer.
        let whole = message
            .tool_results()
            .any(|result| result.is_whole_message());
        for part in message.parts().filter(|_| !whole) {
            tokens += self.part(counter, &part);
        }
        tokens += self.calls(counter, message);
        tokens += self.results(counter, message);
        if self.has_role(message) {
            tokens += self.by_both(|rules| TokenCount::exact(rules.role));
        }
        self.previous = Some(message.role());
        self.judged(counter.model, tokens)
    }

    /// Limits the claim of a count to the evidence.
    fn judged(&self, model: &Model, tokens: TokenCount) -> TokenCount {
        if self.is_exact(model) {
            return tokens;
        }
        let stretch = if is_certain(model) {
            0
        } else {
            self.rules().stretch
        };
        tokens.at_most(Accuracy::Calibrated, stretch)
    }

    /// Returns whether a message becomes a content with a role. Gateways join instructions, and the
    /// results of one turn.
    fn has_role(&mut self, message: &Message<'c>) -> bool {
        if self.native {
            return message.spells_role();
        }
        if message.role().is_instructions() {
            return !std::mem::replace(&mut self.instructed, true);
        }
        let is_result = |role: Role| matches!(role, Role::Tool | Role::Function);
        !(is_result(message.role()) && self.previous.is_some_and(is_result))
    }

    /// Counts a part that is not a call or a result.
    fn part(&mut self, counter: &mut Counter<'c>, part: &Part<'c>) -> TokenCount {
        match part.kind() {
            PartKind::Image | PartKind::Audio | PartKind::Video | PartKind::File => {
                self.media(counter, part)
            }
            _ => counter.part(part),
        }
    }

    /// Counts the schema of the answer.
    fn answer_schema(&self, counter: &mut Counter<'c>) {
        let request = counter.request;
        let Some(format) = request.layout().response_format else {
            return;
        };
        let value = request.value(format);
        let schema = match self.native {
            true => Some(value),
            false => value.get_path(request.format().wire().answer_schema),
        };
        let Some(schema) = schema else {
            return;
        };
        let tokens = self.by_both(|rules| {
            let strings = || {
                self.pieces(
                    counter,
                    &crate::count::render::gemini::plain::schema(schema),
                )
                .most()
            };
            let most = match rules.answer_schema {
                AnswerSchema::Free => return TokenCount::ZERO,
                AnswerSchema::Above(more) => strings().saturating_add(more),
                AnswerSchema::Since(day, more) => {
                    let began = day.parse::<crate::model::Day>().ok();
                    match counter.model.day() {
                        Some(day) if Some(day) < began => return TokenCount::ZERO,
                        _ => strings().saturating_add(more),
                    }
                }
            };
            TokenCount::between(0, 0, most)
        });
        if tokens.accuracy() != Accuracy::Exact {
            counter
                .parts
                .doubt("", "a schema of the answer may be billed");
        }
        counter.parts.schema += tokens;
    }

    /// Applies the maximum error, once per request: below to the messages, in order, above to the
    /// framing.
    fn room(&self, counter: &mut Counter<'c>) {
        let rules = self.rules();
        let exact = self.is_exact(counter.model);
        let mut room = if exact {
            Room::of(0, 0)
        } else {
            rules.text_room
        };
        if !self.native {
            room = FOREIGN_TEXT;
        }
        if self.linked > 0 {
            room = rules.call_room;
            counter
                .parts
                .doubt("", "calls and results may cost a few tokens more or less");
            // Numbers of 2.5 cost up to three tokens more.
            room.above += rules.per_call_above * self.linked;
        }
        if !self.native {
            let gateway = self.choice.gateway;
            let tools = if counter.request.tools().len() > 0 {
                gateway.tools
            } else {
                0
            };
            room.above += tools + gateway.linked * self.linked;
        }
        if room == Room::of(0, 0) {
            return;
        }
        let accuracy = Accuracy::Calibrated;
        let mut below = room.below;
        for message in &mut counter.parts.messages {
            let less = below.min(message.tokens.lower());
            message.tokens = message.tokens.with_room(accuracy, less, 0);
            below -= less;
        }
        counter.parts.framing += TokenCount::ZERO.with_room(accuracy, 0, room.above);
    }
}
