//! What was issued to this installation: accounts with authorities, certificates with their keys, and how orders went.
//! Every node reads it, and one at a time orders.
//!
//! Keys are sealed by the key directory, as everything secret in SQL is; whoever reads the database has none of them.

mod bundle;
#[cfg(feature = "contract")]
pub mod contract;
pub mod sql;

pub use bundle::{Bundle, Unfit};

use super::Fault;
use super::issuer::AccountKey;
use crate::domain::audit::AuditRecord;
use crate::domain::time::Timestamp;
use async_trait::async_trait;

/// What an order is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The authority, by its name.
    pub issuer: String,
    /// The host.
    pub host: String,
}

/// What was known of a host when somebody decided to order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// See [`Standing::serial`].
    pub serial: i64,
    /// See [`Standing::wait_until`].
    pub wait_until: Timestamp,
}

/// What is known of one host.
#[derive(Debug)]
pub struct Standing {
    /// The host.
    pub host: String,
    /// Its certificate, where one was issued that these keys can open.
    pub bundle: Option<Bundle>,
    /// Grows with each certificate.
    pub serial: i64,
    /// How many orders have failed or were never finished since the last certificate.
    pub failures: u32,
    /// Nothing is ordered before.
    pub wait_until: Timestamp,
    /// Why the last order failed, or the certificate cannot be read; empty where all is well.
    pub problem: String,
}

impl Standing {
    /// A host that nothing was ordered for yet.
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            bundle: None,
            serial: 0,
            failures: 0,
            wait_until: Timestamp::from_millis(0),
            problem: String::new(),
        }
    }

    /// What others must not have changed by the time an order begins.
    pub fn seen(&self) -> Seen {
        Seen {
            serial: self.serial,
            wait_until: self.wait_until,
        }
    }
}

/// Whether an order may be placed.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// By whoever asked, who has counted it already.
    Ours,
    /// By somebody else.
    Theirs,
}

/// The accounts, certificates and orders of an installation.
#[async_trait]
pub trait Issuance: Send + Sync {
    /// The key of the account with an authority: the one there is, or else `fresh` from now on.
    async fn account(&self, issuer: &str, fresh: &AccountKey) -> Result<AccountKey, Fault>;
    /// What is known of every host that anything was ordered for from this authority.
    async fn all(&self, issuer: &str) -> Result<Vec<Standing>, Fault>;
    /// Counts an order as failed before it is placed, so that one that is never finished has counted; of those who have
    /// seen the same exactly one may place it.
    async fn begin(&self, wanted: &Wanted, seen: Seen, wait_until: Timestamp) -> Result<Begun, Fault>;
    /// Whoever has begun is still at it: nobody else begins before this moment.
    async fn extend(&self, wanted: &Wanted, wait_until: Timestamp) -> Result<(), Fault>;
    /// Keeps what was issued, for all nodes; no failure is counted any more.
    async fn keep(&self, wanted: &Wanted, issued: (&Bundle, Timestamp), record: AuditRecord) -> Result<(), Fault>;
    /// Notes why an order failed, and until when nothing is ordered.
    async fn fail(&self, wanted: &Wanted, next: (Timestamp, &str), record: AuditRecord) -> Result<(), Fault>;
}
