//! Connections to the server, and the policy while it is lost.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Client, Connection, Script};

use super::super::class::RateError;

/// Maximum number of idle connections kept.
const MAX_IDLE: usize = 16;

/// Policy while the server does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lost {
    /// No request is admitted.
    Closed,
    /// All requests are admitted, uncounted.
    Open,
    /// Requests are admitted to this share of every limit, in percent, by a budget in this process.
    /// For `n` machines use `90 / n`.
    Local(u64),
}

/// Settings of a [`SharedBudget`](super::SharedBudget).
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::{Lost, SharedSettings};
///
/// let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45)).timeout_ms(100);
/// assert_eq!(settings.timeout_ms, 100);
/// let settings = settings.pause_ms(2_000).lease_ms(60_000);
/// assert_eq!((settings.pause_ms, settings.lease_ms), (2_000, 60_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedSettings {
    /// Name of the budget: all machines with the same name share it. Never a key or other secret;
    /// it becomes part of the server's keys.
    pub name: String,
    /// Timeout in milliseconds for connecting and for one answer. A call takes at most four times
    /// as long.
    pub timeout_ms: u64,
    /// Pause in milliseconds after the server did not answer.
    pub pause_ms: u64,
    /// Time in milliseconds that a request holds its concurrency slot if its machine disappears.
    pub lease_ms: u64,
    /// Policy while the server does not answer.
    pub lost: Lost,
}

impl SharedSettings {
    /// Creates settings for a budget: 250 ms timeout, 1 s pause, 15 minutes lease, closed while the
    /// server is lost.
    ///
    /// ```
    /// let settings = tokenfit::reply::rate::SharedSettings::new("openai:gpt-4o");
    /// assert_eq!((settings.timeout_ms, settings.pause_ms, settings.lease_ms), (250, 1_000, 900_000));
    /// ```
    pub fn new(name: impl Into<String>) -> SharedSettings {
        SharedSettings {
            name: name.into(),
            timeout_ms: 250,
            pause_ms: 1_000,
            lease_ms: 900_000,
            lost: Lost::Closed,
        }
    }

    /// Sets the policy while the server does not answer.
    ///
    /// ```
    /// use tokenfit::reply::rate::{Lost, SharedSettings};
    ///
    /// let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));    // two machines
    /// assert_eq!(settings.lost, Lost::Local(45));
    /// ```
    #[must_use]
    pub fn lost(mut self, lost: Lost) -> SharedSettings {
        self.lost = lost;
        self
    }

    /// Sets the timeout in milliseconds for connecting and for one answer. 0 counts as 1.
    ///
    /// ```
    /// let settings = tokenfit::reply::rate::SharedSettings::new("openai:gpt-4o").timeout_ms(100);
    /// assert_eq!(settings.timeout_ms, 100);
    /// ```
    #[must_use]
    pub fn timeout_ms(mut self, timeout_ms: u64) -> SharedSettings {
        self.timeout_ms = timeout_ms.max(1);
        self
    }

    /// Sets the pause in milliseconds after the server did not answer.
    ///
    /// ```
    /// let settings = tokenfit::reply::rate::SharedSettings::new("openai:gpt-4o").pause_ms(2_000);
    /// assert_eq!(settings.pause_ms, 2_000);
    /// ```
    #[must_use]
    pub fn pause_ms(mut self, pause_ms: u64) -> SharedSettings {
        self.pause_ms = pause_ms;
        self
    }

    /// Sets the time in milliseconds that a request holds its concurrency slot if its machine
    /// disappears.
    ///
    /// ```
    /// let settings = tokenfit::reply::rate::SharedSettings::new("openai:gpt-4o").lease_ms(60_000);
    /// assert_eq!(settings.lease_ms, 60_000);
    /// ```
    #[must_use]
    pub fn lease_ms(mut self, lease_ms: u64) -> SharedSettings {
        self.lease_ms = lease_ms;
        self
    }
}

/// Reason why a shared budget cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharedError {
    /// The limits are invalid.
    #[error(transparent)]
    Limits(#[from] RateError),
    /// A limit is unknown; machines cannot learn one together from nothing.
    #[error("limit {index} has no known amount; set one (headers correct it)")]
    UnknownAmount {
        /// Index of the limit, from 0.
        index: usize,
    },
    /// The address is not a Redis URL. It is not shown, because it may contain a password.
    #[error("the server's address is not a Redis URL; write `redis://host:port`")]
    Address,
    /// The name is empty, too long, or has characters other than letters, digits and `-_.:/`.
    #[error(
        "the budget's name has {length} bytes or characters that are not allowed; use 1 to 200 of `A-Za-z0-9-_.:/`"
    )]
    Name {
        /// Length in bytes.
        length: usize,
    },
}

/// The server does not answer, or not as expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unreachable;

/// A small pool of connections, each used by one call at a time.
pub(super) struct Server {
    client: Client,
    script: Script,
    keys: [String; 2],
    timeout: Duration,
    idle: Mutex<Vec<Connection>>,
}

impl Server {
    pub(super) fn new(address: &str, settings: &SharedSettings) -> Result<Server, SharedError> {
        let name = &settings.name;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b);
        if name.is_empty() || name.len() > 200 || !name.bytes().all(allowed) {
            return Err(SharedError::Name { length: name.len() });
        }
        Ok(Server {
            client: Client::open(address).map_err(|_| SharedError::Address)?,
            script: Script::new(include_str!("budget.lua")),
            // Braces keep both keys on one node of a cluster. The number is the version of the
            // script.
            keys: [
                format!("tokenfit:rate:1:{{{name}}}"),
                format!("tokenfit:rate:1:{{{name}}}:open"),
            ],
            timeout: Duration::from_millis(settings.timeout_ms),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Runs the script, for at most four timeouts: connect, run, and load the script if the server
    /// lacks it.
    pub(super) fn call(&self, args: &[String]) -> Result<Vec<i64>, Unreachable> {
        let idle = self.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let mut invocation = self.script.prepare_invoke();
        for key in &self.keys {
            invocation.key(key);
        }
        for arg in args {
            invocation.arg(arg);
        }
        match invocation.invoke::<Vec<i64>>(&mut connection) {
            Ok(reply) => {
                let mut idle = self.lock();
                if idle.len() < MAX_IDLE {
                    idle.push(connection);
                }
                Ok(reply)
            }
            // The connection may still receive the late answer, so it is closed. So are the others,
            // which are most likely dead too.
            Err(_) => {
                self.lock().clear();
                Err(Unreachable)
            }
        }
    }

    fn connect(&self) -> Result<Connection, Unreachable> {
        let connection = self
            .client
            .get_connection_with_timeout(self.timeout)
            .map_err(|_| Unreachable)?;
        connection
            .set_read_timeout(Some(self.timeout))
            .map_err(|_| Unreachable)?;
        connection
            .set_write_timeout(Some(self.timeout))
            .map_err(|_| Unreachable)?;
        Ok(connection)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
