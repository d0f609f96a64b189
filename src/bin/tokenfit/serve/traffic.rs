//! Traffic since the start: numbers and words of this crate, for the page and for Prometheus.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokenfit::call::{Call, GiveUpReason, Then};
use tokenfit::count::RequestCount;
use tokenfit::reply::cost::Rates;
use tokenfit::request::Role;
use tokenfit::{Model, Request};

use super::metrics::Metrics;

/// Calls that are listed.
const MAX_RECENT: usize = 60;

/// Models that are listed; further ones are added up as `others`.
const MAX_MODELS: usize = 100;

/// Minimum time between two counts for the context map, so that the map takes little of a busy
/// server's time.
const MAP_PAUSE: Duration = Duration::from_millis(100);

/// Largest request that is counted for the context map, in bytes.
const MAX_MAPPED: usize = 4 << 20;

/// Everything since the start.
pub(super) struct Traffic {
    pub(super) metrics: Metrics,
    since_ms: u64,
    totals: Mutex<Totals>,
}

#[derive(Default)]
struct Totals {
    ends: BTreeMap<&'static str, u64>,
    errors: BTreeMap<&'static str, u64>,
    models: BTreeMap<String, OfModel>,
    recent: VecDeque<Recent>,
    next_id: u64,
    last_map: Option<Instant>,
}

#[derive(Default, Clone, Serialize)]
struct OfModel {
    requests: u64,
    input_tokens: u64,
    output_tokens: u64,
    cost_usd: f64,
    /// Answers without usage or without a known price.
    unpriced: u64,
}

/// One call.
#[derive(Clone, Serialize)]
struct Recent {
    #[serde(skip)]
    id: u64,
    at_ms: u64,
    model: String,
    end: &'static str,
    /// Kind of the last error, also of a call that ended well after it.
    error: Option<&'static str>,
    status: Option<u16>,
    sends: u32,
    edits: usize,
    took_ms: u64,
    context: Option<Context>,
}

/// Use of the window.
#[derive(Clone, Serialize)]
struct Context {
    window: Option<u64>,
    tokens: u64,
    parts: Vec<(&'static str, u64)>,
}

/// The JSON of the page.
#[derive(Serialize)]
struct Page<'t> {
    data_version: &'static str,
    since_ms: u64,
    now_ms: u64,
    ends: &'t BTreeMap<&'static str, u64>,
    errors: &'t BTreeMap<&'static str, u64>,
    models: Vec<ModelRow<'t>>,
    recent: Vec<&'t Recent>,
}

#[derive(Serialize)]
struct ModelRow<'t> {
    model: &'t str,
    #[serde(flatten)]
    totals: &'t OfModel,
}

impl Traffic {
    pub(super) fn new() -> Traffic {
        Traffic {
            metrics: Metrics::default(),
            since_ms: now_ms(),
            totals: Mutex::default(),
        }
    }

    /// Records a call that is over.
    pub(super) fn call(self: &Arc<Self>, call: &Call) {
        self.metrics.call(call);
        let target = call.target();
        let model = target.and_then(|target| target.model());
        let name = match (model, target) {
            (Some(model), _) => model.id(),
            (None, Some(target)) => target.name(),
            (None, None) => "unknown",
        };
        let tries = call.tries();
        let failed = tries.iter().filter(|one| one.then != Then::Done);
        let kinds: Vec<&'static str> = failed
            .filter_map(|one| match (&one.error, one.unsendable) {
                (Some(error), _) => Some(error.kind().as_str()),
                (None, unsendable) => unsendable,
            })
            .collect();
        let now_ms = now_ms();
        let began_ms = tries.first().map_or(now_ms, |one| one.began_ms);
        let id = {
            let mut totals = self.lock();
            for kind in &kinds {
                *totals.errors.entry(kind).or_default() += 1;
            }
            let end = end(call);
            *totals.ends.entry(end).or_default() += 1;
            totals.of_model(name).add(call, model);
            let id = totals.next_id;
            totals.push(Recent {
                id,
                at_ms: now_ms,
                model: name.to_owned(),
                end,
                error: kinds.last().copied(),
                status: tries.last().and_then(|one| one.status),
                sends: call.sends(),
                edits: call.receipts().iter().map(|one| one.edits.len()).sum(),
                took_ms: now_ms.saturating_sub(began_ms),
                context: None,
            });
            id
        };
        if let Some(model) = model {
            let request = call.prepared().unwrap_or(call.request());
            self.map(id, model, request);
        }
    }

    /// Counts a request by its parts, after the call and seldom enough to take little time.
    fn map(self: &Arc<Self>, id: u64, model: &Model, request: &Request<'static>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let last = self.lock().last_map;
        if last.is_some_and(|last| last.elapsed() < MAP_PAUSE)
            || request.as_bytes().len() > MAX_MAPPED
        {
            return;
        }
        self.lock().last_map = Some(Instant::now());
        let (traffic, model, request) = (Arc::clone(self), model.clone(), request.clone());
        runtime.spawn_blocking(move || {
            let context = Context::of(&model.count(&request));
            let mut totals = traffic.lock();
            if let Some(recent) = totals.recent.iter_mut().find(|one| one.id == id) {
                recent.context = Some(context);
            }
        });
    }

    /// Records a request that is not readable, and was answered here.
    pub(super) fn unreadable(&self) {
        let mut totals = self.lock();
        *totals.ends.entry("refused").or_default() += 1;
        *totals.errors.entry("unreadable").or_default() += 1;
    }

    /// Writes the JSON of the page.
    pub(super) fn json(&self) -> String {
        let totals = self.lock();
        let row = |(model, totals)| ModelRow { model, totals };
        let page = Page {
            data_version: tokenfit::data_version(),
            since_ms: self.since_ms,
            now_ms: now_ms(),
            ends: &totals.ends,
            errors: &totals.errors,
            models: totals
                .models
                .iter()
                .map(|(model, totals)| row((model.as_str(), totals)))
                .collect(),
            recent: totals.recent.iter().rev().collect(),
        };
        serde_json::to_string(&page).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Totals {
    fn of_model(&mut self, name: &str) -> &mut OfModel {
        let is_listed = self.models.len() < MAX_MODELS || self.models.contains_key(name);
        let name = if is_listed { name } else { "others" };
        self.models.entry(name.to_owned()).or_default()
    }

    fn push(&mut self, recent: Recent) {
        self.next_id += 1;
        self.recent.push_back(recent);
        if self.recent.len() > MAX_RECENT {
            self.recent.pop_front();
        }
    }
}

impl OfModel {
    fn add(&mut self, call: &Call, model: Option<&Model>) {
        self.requests += 1;
        let Some(usage) = call.usage() else {
            self.unpriced += u64::from(call.give_up_reason().is_none());
            return;
        };
        self.input_tokens += usage.billed_input();
        self.output_tokens += usage.billed_output();
        let query = usage.price_query();
        let rates = model.and_then(|model| Rates::of(model, &query?));
        match rates {
            Some(rates) => self.cost_usd += rates.cost(usage).pico() as f64 / 1e12,
            None => self.unpriced += 1,
        }
    }
}

/// Returns how a call ended, in one word.
fn end(call: &Call) -> &'static str {
    let mut edits = call.receipts().iter().flat_map(|receipt| &receipt.edits);
    match call.give_up_reason() {
        Some(GiveUpReason::Cancelled) => "cancelled",
        Some(GiveUpReason::NotSendable) => "refused",
        Some(_) => "failed",
        None if edits.clone().any(|edit| !edit.action.is_repair()) => "fitted",
        None if edits.next().is_some() => "repaired",
        None => "passed",
    }
}

impl Context {
    fn of(count: &RequestCount) -> Context {
        let of_roles = |roles: &[Role]| -> u64 {
            let messages = count.messages().iter();
            let of_roles = messages.filter(|message| roles.contains(&message.role));
            of_roles.map(|message| message.tokens.tokens()).sum()
        };
        let parts = [
            ("instructions", of_roles(&[Role::System, Role::Developer])),
            ("user", of_roles(&[Role::User])),
            ("assistant", of_roles(&[Role::Assistant])),
            ("tool results", of_roles(&[Role::Tool, Role::Function])),
            ("other roles", of_roles(&[Role::Other])),
            ("tool definitions", count.tools().tokens()),
            ("response schema", count.schema().tokens()),
            ("images and files", count.images().tokens()),
            ("framing", count.framing().tokens()),
        ];
        Context {
            window: count.context_window(),
            tokens: count.tokens(),
            parts: parts
                .into_iter()
                .filter(|(_, tokens)| *tokens > 0)
                .collect(),
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
