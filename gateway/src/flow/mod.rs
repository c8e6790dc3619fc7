//! What connects deciding and calling: load, decide, perform, in that order.
//!
//! Flows know what happens in a login and what must be durable before what. They know no HTTP, no page and no
//! backend; they return what happened, and the edge puts it into an answer.

pub mod account;
pub mod admit;
pub mod assertion;
mod budget;
pub mod carrying;
pub mod certification;
pub mod circle;
pub mod draft;
pub mod enrol;
pub mod form_token;
pub mod invitations;
pub mod login;
pub mod logout;
pub mod notices;
pub mod opening;
pub mod operators;
pub mod own_password;
pub mod own_sessions;
pub mod pace;
pub mod postroom;
pub mod profile;
pub mod question;
pub mod readiness;
pub mod recovery;
pub mod registration;
pub mod return_target;
pub mod revocation;
pub mod saved_form;
pub mod sending;
pub mod strangers;
pub mod subject;
pub mod ticket;

use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::id::UserId;
use crate::io::clock::Clock;
use crate::io::courier::Couriers;
use crate::io::credentials::Credentials;
use crate::io::deliveries::Deliveries;
use crate::io::directory::Directory;
use crate::io::entropy::Entropy;
use crate::io::keys::KeyRing;
use crate::io::store::records::Records;
use sending::Denials;
use std::net::IpAddr;
use std::sync::Arc;

pub use crate::io::Fault;

/// Everything flows call.
#[derive(Clone)]
pub struct Outside {
    /// Tells the moment.
    pub clock: Arc<dyn Clock>,
    /// Draws tokens and codes.
    pub entropy: Arc<dyn Entropy>,
    /// Seals, hashes and signs.
    pub keys: Arc<KeyRing>,
    /// Sessions, logins, tokens, tickets.
    pub records: Records,
    /// People and their passwords.
    pub directory: Arc<dyn Directory>,
    /// Their authenticators, and everything that must be durable.
    pub credentials: Arc<dyn Credentials>,
    /// What carries codes.
    pub couriers: Arc<Couriers>,
    /// How messages to phones fare.
    pub deliveries: Deliveries,
    /// Codes that were not to be sent.
    pub denials: Arc<Denials>,
}

/// The circumstances of a request that flows must know.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The id its answer carries.
    pub request_id: String,
    /// The address it came from.
    pub source: IpAddr,
    /// The language its sender reads, as in `Accept-Language`.
    pub language: String,
}

impl Outside {
    /// An audit record of something that happens now. Whoever writes it down also tells logs and metrics of it.
    pub fn record(&self, event: AuditEvent, user: Option<UserId>, circumstances: &Circumstances) -> AuditRecord {
        let origin = Origin::Request {
            id: circumstances.request_id.clone(),
            source: circumstances.source,
        };
        AuditRecord {
            id: self.entropy.id(),
            at: self.clock.now(),
            user,
            origin,
            event,
        }
    }
}
