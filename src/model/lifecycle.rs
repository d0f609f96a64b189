//! When a model comes and goes, and which model answers in its place.

use serde::Serialize;

use super::table::REGISTRY_DAY;
use super::{Day, Model};

/// From a day on the vendor answers requests for a model with another one.
///
/// # Examples
///
/// ```
/// let model = tokenfit::Models::builtin().get("gemini-2.5-pro")?;
/// let route = model.routes().next().expect("announced");
/// assert_eq!((route.model, route.from.to_string().as_str()), ("gemini-3.8-flash", "2026-12-01"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RoutedTo<'m> {
    /// The id of the model that answers.
    pub model: &'m str,
    /// The first day.
    pub from: Day,
    /// The last day, where there is one.
    pub until: Option<Day>,
    /// The answer is billed at that model's price.
    pub billed_as_target: bool,
}

/// What a name that moves led to.
///
/// # Examples
///
/// ```
/// let model = tokenfit::Models::builtin().get("devstral-latest")?;
/// let to = model.moves_to().expect("a moving id");
/// assert_eq!((to.model, to.sure), ("devstral-2512", true));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MovesTo<'m> {
    /// The id of the model.
    pub model: &'m str,
    /// The day on which it led there; not a promise for any other.
    pub as_of: Day,
    /// False where it was told from equal prices and limits alone.
    pub sure: bool,
}

impl Model {
    /// The day that answers about this model are for, where one was given: see [`Models::on`](super::Models::on).
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin();
    /// assert_eq!(models.get("gpt-4o")?.day(), None);
    /// let day = "2026-12-01".parse()?;
    /// assert_eq!(models.on(day).get("gpt-4o")?.day(), Some(day));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// The day on which the name was seen to lead to this model, where it is a name that leads to another one from time to
    /// time.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// let model = models.get("mistral-small-latest")?;
    /// assert_eq!((model.id(), model.name_as_of().map(|day| day.to_string()).as_deref()), ("mistral-small-2603", Some("2026-03-16")));
    /// assert_eq!(models.get("gpt-4o")?.name_as_of(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name_as_of(&self) -> Option<Day> {
        self.as_of
    }

    /// Where the id is itself a name that moves: the model it led to.
    ///
    /// ```
    /// assert!(tokenfit::Models::builtin().get("gpt-4o")?.moves_to().is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn moves_to(&self) -> Option<MovesTo<'_>> {
        let entry = self.entry();
        Some(MovesTo {
            model: entry.moves_to.some()?,
            as_of: entry.moves_to_as_of.unwrap_or(REGISTRY_DAY),
            sure: entry.moves_to_is_sure,
        })
    }

    /// The id that was asked for, where the vendor answers with this model in its place on the [day](Model::day).
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin().on("2026-12-02".parse()?);
    /// let model = models.get("gemini-2.5-pro")?;
    /// assert_eq!((model.name(), model.id()), ("gemini-2.5-pro", "gemini-3.8-flash"));
    /// assert_eq!(model.routed_from(), Some("gemini-2.5-pro"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn routed_from(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| &*asked.id)
    }

    /// When the vendor answers (or answered) with other models, in the order of time.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4o")?.routes().count(), 0);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn routes(&self) -> impl Iterator<Item = RoutedTo<'_>> {
        self.entry().routes.iter().map(|route| RoutedTo {
            model: &route.model,
            from: route.from,
            until: route.until,
            billed_as_target: route.billed_as_target,
        })
    }

    /// The id of the model that answers on a day, where it is another one.
    pub(super) fn route_on(&self, day: Day) -> Option<&str> {
        // The vendor's own API and the hosts that a route names; every host of today's routes is the vendor's.
        let here = |hosts: &[super::Host]| match self.host {
            None => {
                hosts.is_empty()
                    || hosts
                        .iter()
                        .any(|host| host.vendor() == Some(self.provider()))
            }
            Some(host) => hosts.contains(&host),
        };
        let mut routes = self.entry().routes.iter();
        routes
            .find(|route| {
                route.from <= day
                    && route.until.is_none_or(|until| day <= until)
                    && here(&route.hosts)
            })
            .map(|route| &*route.model)
    }

    /// The day it was released, `YYYY-MM-DD` or `YYYY-MM`.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-5.6-sol")?.release_date(), Some("2026-07-09"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn release_date(&self) -> Option<&str> {
        self.entry().release_date.some()
    }

    /// The first day on which it does not answer any more, also where that day has passed: at its host, where the registry
    /// knows that; else the vendor's, of the snapshot where the name is one with a date of its own. This crate reads no
    /// clock; compare it with the day you have.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// let day = |name| Ok::<_, tokenfit::Error>(models.get(name)?.shutdown_date().map(|day| day.to_string()));
    /// assert_eq!(day("gpt-4o")?.as_deref(), Some("2027-01-14"));
    /// assert_eq!(day("azure/gpt-4o")?.as_deref(), Some("2027-04-14"));
    /// assert_eq!(day("gpt-6-sol")?, None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "deprecation_date")]
    pub fn shutdown_date(&self) -> Option<Day> {
        let entry = self.entry();
        let at_host = self.host.and_then(|host| {
            entry
                .at_host(host, self.variant)
                .find_map(|row| row.shutdown_date)
        });
        let mut snapshots = entry.snapshot_deprecations.iter();
        let of_snapshot = || {
            snapshots
                .find(|(snapshot, _)| **snapshot == *self.listed_name())
                .map(|(_, day)| *day)
        };
        at_host.or_else(of_snapshot).or(entry.shutdown_date)
    }

    /// The model that the vendor names in its place.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4o")?.successor(), Some("gpt-6-luna"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn successor(&self) -> Option<&str> {
        self.entry().successor.some()
    }

    /// Whether it is known not to answer on a day any more. Without a day, on that of the registry.
    pub(crate) fn is_shut_down(&self, day: Option<Day>) -> bool {
        let day = day.or(self.day).unwrap_or(REGISTRY_DAY);
        match self.shutdown_date() {
            Some(shut_down) => shut_down <= day,
            None => self.status() == Some("removed"),
        }
    }
}
