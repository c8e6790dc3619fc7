//! What we call: clock, randomness, keys, store, directory, credentials, couriers.
//!
//! Each folder has its trait in `mod.rs` and the backends beside it. Nothing here decides anything about a login; a
//! backend either does what it was asked or says that it could not ([`Fault`]).

pub mod clock;
pub mod courier;
pub mod credentials;
pub mod deliveries;
pub mod directory;
pub mod entropy;
pub mod hashing;
pub mod issuance;
pub mod issuer;
pub mod keys;
pub mod sql;
pub mod store;
pub mod telemetry;

/// Something we depend on did not do what it was asked; the door stays closed.
///
/// The text is for operators: it names what was called and what it answered, never a secret.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Fault {
    /// What was called: `store`, `sql`, `keys`, …
    pub what: &'static str,
    /// What it answered.
    pub why: String,
}

impl Fault {
    /// A fault of `what`, with its own words.
    pub fn new(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self {
            what,
            why: why.to_string(),
        }
    }
}

impl From<store::StoreFault> for Fault {
    fn from(fault: store::StoreFault) -> Self {
        Self::new("store", fault.0)
    }
}
