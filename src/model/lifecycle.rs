//! Life cycle of a model: release, shutdown, routes to other models.

use serde::Serialize;

use super::table::REGISTRY_DAY;
use super::{Day, Model};

/// Route by which the vendor answers requests for a model with another one.
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
    /// Id of the model that answers.
    pub model: &'m str,
    /// First day.
    pub from: Day,
    /// Last day, if there is one.
    pub until: Option<Day>,
    /// Whether the answer is billed at that model's price.
    pub billed_as_target: bool,
}

/// Model that a moving name led to.
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
    /// Id of the model.
    pub model: &'m str,
    /// Day on which it led there; other days may differ.
    pub as_of: Day,
    /// False if inferred only from equal prices and limits.
    pub sure: bool,
}

impl Model {
    /// Returns the day that answers about this model are for, if one was set: see
    /// [`Models::on`](super::Models::on).
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

    /// Returns the day on which the name was seen to lead to this model, if the name moves.
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

    /// Returns the model that the id led to, if the id itself is a moving name.
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

    /// Returns the requested id, if the vendor answers with this model instead on the
    /// [day](Model::day).
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

    /// Iterates over the vendor's routes to other models, in the order of time.
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

    /// Returns the id of the model that answers on a day, if it is another one.
    pub(super) fn route_on(&self, day: Day) -> Option<&str> {
        // A route applies to the vendor's own API and the hosts it names; every host of today's
        // routes is the vendor's.
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

    /// Returns the release date, `YYYY-MM-DD` or `YYYY-MM`.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-5.6-sol")?.release_date(), Some("2026-07-09"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn release_date(&self) -> Option<&str> {
        self.entry().release_date.some()
    }

    /// Returns the first day on which it no longer answers, even if that day has passed: the host's
    /// if the registry knows it, otherwise the vendor's, for the snapshot if the name has its own
    /// date. This crate reads no clock; compare it with the current date.
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

    /// Returns the successor named by the vendor.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4o")?.successor(), Some("gpt-6-luna"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn successor(&self) -> Option<&str> {
        self.entry().successor.some()
    }

    /// Returns whether it is known not to answer on a day (by default the registry's).
    pub(crate) fn is_shut_down(&self, day: Option<Day>) -> bool {
        let day = day.or(self.day).unwrap_or(REGISTRY_DAY);
        match self.shutdown_date() {
            Some(shut_down) => shut_down <= day,
            None => self.status() == Some("removed"),
        }
    }
}
