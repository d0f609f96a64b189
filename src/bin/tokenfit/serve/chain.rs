//! The chain of a request: the model that it names, then the fallbacks, each with its rate budget.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use tokenfit::Models;
use tokenfit::call::Target;
use tokenfit::model::Host;
use tokenfit::reply::rate::{HostRule, Limit, RateBudget, RateClass};
#[cfg(feature = "redis")]
use tokenfit::reply::rate::{Lost, SharedBudget, SharedSettings};

use super::upstream::{Base, base_url};
use crate::args::{FallbackArg, ServeArgs};

/// First word of the names of fallbacks; the target that a request names never has it.
const FALLBACK: &str = "fallback";

/// Maximum number of models with rate budgets of their own. Further ones share one.
const MAX_BUDGETS: usize = 1_000;

/// Words in the names of headers and parameters that contain a secret or name an account.
const PRIVATE: &[&str] = &[
    "auth",
    "cookie",
    "key",
    "organization",
    "project",
    "secret",
    "token",
];

/// A model that gets a request after another one failed.
struct Fallback {
    target: Target,
    place: Option<Place>,
}

/// A base URL other than the upstream, and its key.
struct Place {
    base: Base,
    key: Option<String>,
}

pub(super) struct Chain {
    upstream: String,
    fallbacks: Vec<Fallback>,
    budgets: Option<Budgets>,
}

impl Chain {
    pub(super) fn new(args: &ServeArgs, base: &Uri, models: &Models) -> Result<Chain, String> {
        let mut fallbacks = Vec::new();
        for (nth, fallback) in args.fallback.iter().enumerate() {
            fallbacks.push(Fallback::new(args, fallback, nth, models)?);
        }
        let unused = args.key_env.iter().find(|key| {
            let is_its = |one: &FallbackArg| one.url.as_ref() == Some(&key.url);
            !args.fallback.iter().any(is_its)
        });
        if let Some(key) = unused {
            return Err(format!(
                "--key-env: no fallback has the URL `{}`; write it as in --fallback",
                key.url
            ));
        }
        Ok(Chain {
            upstream: place_name(base),
            fallbacks,
            budgets: Budgets::new(args)?,
        })
    }

    /// Returns the base URLs of fallbacks.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Uri> {
        let places = self.fallbacks.iter().filter_map(|one| one.place.as_ref());
        places.map(|place| place.base.0.as_ref())
    }

    /// Returns the targets of a request that names the first one.
    pub(super) fn of(&self, named: Target) -> Vec<Target> {
        let named = match named.name().starts_with(FALLBACK) {
            true => named.named("unknown"),
            false => named,
        };
        let mut chain = Vec::with_capacity(1 + self.fallbacks.len());
        for fallback in &self.fallbacks {
            let target = fallback.target.clone();
            let is_named = fallback.place.is_none() && id(&target) == id(&named);
            if is_named {
                continue;
            }
            let place = fallback.place.as_ref();
            let place = place.map(|place| place_name(&place.base.0));
            chain.push(self.with_budget(target, place.as_deref().unwrap_or(&self.upstream)));
        }
        chain.insert(0, self.with_budget(named, &self.upstream));
        chain
    }

    fn with_budget(&self, target: Target, place: &str) -> Target {
        match &self.budgets {
            Some(budgets) => budgets.apply(target, place),
            None => target,
        }
    }

    /// Sends a request for a fallback to its base URL, with its own key only.
    pub(super) fn route(&self, target: &Target, parts: &mut Parts) {
        let is_it = |one: &&Fallback| one.target.name() == target.name();
        let found = self.fallbacks.iter().find(is_it);
        if let Some(place) = found.and_then(|fallback| fallback.place.as_ref()) {
            parts.extensions.insert(place.base.clone());
            replace_key(&mut parts.headers, place.key.as_deref());
            without_secrets(&mut parts.uri);
        }
    }
}

fn id(target: &Target) -> &str {
    target.model().map_or(target.name(), |model| model.id())
}

fn place_name(base: &Uri) -> String {
    let authority = base.authority().map_or("", |one| one.as_str());
    format!("{authority}{}", base.path().trim_end_matches('/'))
}

impl Fallback {
    fn new(
        args: &ServeArgs,
        fallback: &FallbackArg,
        nth: usize,
        models: &Models,
    ) -> Result<Fallback, String> {
        let model = models
            .get(&fallback.model)
            .map_err(|error| format!("--fallback: {error}"))?;
        let mut target = Target::new(&model);
        let host = match &fallback.url {
            Some(url) => Host::of_url(url),
            None => args.host,
        };
        if let Some(host) = host {
            target = target.at_host(host);
        }
        let place = match &fallback.url {
            Some(url) => {
                let base = Base(Arc::new(base_url(url, "--fallback")?));
                let named = args.key_env.iter().find(|key| key.url == *url);
                let read = |name: &String| {
                    std::env::var(name)
                        .map_err(|_| format!("--key-env: the variable `{name}` is not set"))
                };
                let key = named.map(|key| read(&key.name)).transpose()?;
                Some(Place { base, key })
            }
            None => None,
        };
        let name = format!("{FALLBACK} {} ({})", nth + 1, model.id());
        Ok(Fallback {
            target: target.named(name),
            place,
        })
    }
}

fn is_private(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PRIVATE.iter().any(|word| name.contains(word))
}

/// Removes everything private, and sets the key as the client set its own.
fn replace_key(headers: &mut HeaderMap, key: Option<&str>) {
    let is_key = |name: &HeaderName| name == AUTHORIZATION || name.as_str().contains("key");
    let own = headers.keys().find(|name| is_key(name)).cloned();
    let private: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_private(name.as_str()))
        .cloned()
        .collect();
    for name in private {
        headers.remove(name);
    }
    let Some(key) = key else {
        return;
    };
    let name = own.unwrap_or(AUTHORIZATION);
    let value = match name == AUTHORIZATION {
        true => format!("Bearer {key}"),
        false => key.to_owned(),
    };
    if let Ok(mut value) = HeaderValue::from_str(&value) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

/// Removes private parameters from the query.
fn without_secrets(uri: &mut Uri) {
    let Some(query) = uri.query() else {
        return;
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !is_private(pair.split('=').next().unwrap_or_default()))
        .collect();
    let path = match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    };
    if let Ok(path) = path.parse() {
        *uri = path;
    }
}

/// Rate budgets by model and base URL.
struct Budgets {
    limits: Vec<Limit>,
    #[cfg(feature = "redis")]
    redis: Option<(String, Lost)>,
    own: Mutex<BTreeMap<String, RateBudget>>,
    #[cfg(feature = "redis")]
    shared: Mutex<BTreeMap<String, SharedBudget>>,
}

impl Budgets {
    fn new(args: &ServeArgs) -> Result<Option<Budgets>, String> {
        let limits: Vec<Limit> = [
            (RateClass::Requests, args.requests_per_minute),
            (RateClass::Tokens, args.tokens_per_minute),
        ]
        .into_iter()
        .filter_map(|(class, amount)| Some(Limit::per_minute(class, amount?)))
        .collect();
        if limits.is_empty() {
            return Ok(None);
        }
        RateBudget::new(HostRule::of(Host::Other), &limits)
            .map_err(|error| format!("--tokens-per-minute, --requests-per-minute: {error}"))?;
        let budgets = Budgets {
            limits,
            #[cfg(feature = "redis")]
            redis: args.redis.clone().map(|url| {
                let lost = match args.redis_lost {
                    0 => Lost::Closed,
                    percent => Lost::Local(percent),
                };
                (url, lost)
            }),
            own: Mutex::default(),
            #[cfg(feature = "redis")]
            shared: Mutex::default(),
        };
        #[cfg(feature = "redis")]
        if let Some((url, lost)) = &budgets.redis {
            budgets
                .share(url, *lost, "serve", Host::Other)
                .map_err(|error| format!("--redis: {error}"))?;
        }
        Ok(Some(budgets))
    }

    fn apply(&self, target: Target, place: &str) -> Target {
        let (host, name) = (target.host(), format!("{place}:{}", id(&target)));
        #[cfg(feature = "redis")]
        if let Some((url, lost)) = &self.redis {
            let shared = found(&self.shared, name, |name| {
                self.share(url, *lost, name, host).ok()
            });
            return match shared {
                Some(budget) => target.shared_rate(budget),
                None => target,
            };
        }
        let own = found(&self.own, name, |_| {
            RateBudget::new(HostRule::of(host), &self.limits).ok()
        });
        match own {
            Some(budget) => target.rate(budget),
            None => target,
        }
    }

    #[cfg(feature = "redis")]
    fn share(
        &self,
        url: &str,
        lost: Lost,
        name: &str,
        host: Host,
    ) -> Result<SharedBudget, tokenfit::reply::rate::SharedError> {
        // Names of models have characters that a shared budget's name does not allow.
        let safe = |c: char| match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | ':' | '/' => c,
            _ => '_',
        };
        let name: String = name.chars().map(safe).take(200).collect();
        let settings = SharedSettings::new(name).lost(lost);
        SharedBudget::new(url, settings, HostRule::of(host), &self.limits)
    }
}

/// Returns the budget of a name, made if there is none.
fn found<B: Clone>(
    budgets: &Mutex<BTreeMap<String, B>>,
    name: String,
    make: impl FnOnce(&str) -> Option<B>,
) -> Option<B> {
    let mut budgets = budgets.lock().unwrap_or_else(PoisonError::into_inner);
    let name = match budgets.len() < MAX_BUDGETS || budgets.contains_key(&name) {
        true => name,
        false => "others".to_owned(),
    };
    if let Some(budget) = budgets.get(&name) {
        return Some(budget.clone());
    }
    let budget = make(&name)?;
    budgets.insert(name, budget.clone());
    Some(budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallback_gets_its_own_key_only() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer client"),
            ("cookie", "session"),
            ("openai-organization", "org"),
            ("content-type", "application/json"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut without = headers.clone();
        replace_key(&mut headers, Some("own"));
        assert_eq!(headers["authorization"], "Bearer own");
        assert_eq!(headers.len(), 2);
        replace_key(&mut without, None);
        assert_eq!(without.len(), 1);

        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("client"));
        replace_key(&mut headers, Some("own"));
        assert_eq!(
            (headers.len(), &headers["x-api-key"]),
            (1, &"own".parse().expect("a header"))
        );

        let mut uri = "/v1beta/models/m:generateContent?key=client&alt=sse"
            .parse()
            .expect("a path");
        without_secrets(&mut uri);
        assert_eq!(uri, "/v1beta/models/m:generateContent?alt=sse");
    }
}
