//! Expiring records: sessions, logins, tokens, tickets, send quotas.
//!
//! Every verb is atomic and touches one key, so that Redis Cluster can hold the records. Losing the store logs people
//! out; it neither opens nor locks anything, because budgets and spends are kept elsewhere.

#[cfg(feature = "contract")]
pub mod contract;
pub mod records;
pub mod redis;
pub mod sqlite;

use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::time::Duration;

/// The name of a record, `family:name`; the name is a hash or a random id, never something a visitor chose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The record `name` of a family.
    pub fn new(family: &str, name: impl fmt::Display) -> Self {
        Self(format!("{family}:{name}"))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a record is kept from now on; at least a millisecond.
#[derive(Clone, Copy, Debug)]
pub struct Ttl(pub Duration);

/// Which writing of a record was read. Two writings of a record never have the same version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u64);

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was written.
    pub value: Bytes,
    /// Which writing it was.
    pub version: Version,
}

/// What came of an insert.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The record is new.
    New,
    /// There is one already; nothing was changed.
    Exists,
}

/// What came of a replace.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The record holds the new value.
    Done,
    /// Somebody else wrote or removed it since it was read; nothing was changed.
    Stale,
}

/// The store did not answer in time, or not with what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("store: {0}")]
pub struct StoreFault(pub String);

/// Single-key atomic verbs over expiring records.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes a record that must not exist yet.
    async fn insert(&self, key: &Key, value: Bytes, ttl: Ttl) -> Result<Inserted, StoreFault>;
    /// Reads a record that has not expired.
    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreFault>;
    /// Overwrites a record if it is still the one that was read.
    async fn replace(&self, key: &Key, seen: Version, value: Bytes, ttl: Ttl) -> Result<Replaced, StoreFault>;
    /// Removes a record and returns it; of many takers exactly one gets it.
    async fn take(&self, key: &Key) -> Result<Option<Bytes>, StoreFault>;
    /// Counts one more in the window that began with the first count, and returns how many there are.
    async fn count(&self, key: &Key, window: Ttl) -> Result<u32, StoreFault>;
    /// Whether the store answers at all.
    async fn ping(&self) -> Result<(), StoreFault>;
}

/// How long a verb may take: an outage has to be answered within a second (Law 6).
const DEADLINE: Duration = Duration::from_millis(900);

/// A verb, given up at its deadline. One that was given up may still have been done.
async fn within_deadline<T>(verb: impl Future<Output = Result<T, StoreFault>> + Send) -> Result<T, StoreFault> {
    match tokio::time::timeout(DEADLINE, verb).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreFault("no answer within 900 ms".to_owned())),
    }
}
