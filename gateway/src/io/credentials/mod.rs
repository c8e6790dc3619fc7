//! Authenticators, budgets, spends, known devices, the session index, the revocation log and the audit.
//!
//! Everything here is durable before it is acknowledged, and what is worth recording is recorded in the same
//! transaction (Law 14).

mod authenticators;
mod budgets;
#[cfg(feature = "contract")]
pub mod contract;
mod firsts;
mod pending;
mod rows;
mod sessions;
mod spends;
pub mod sql;

pub(in crate::io) use firsts::Firsts;

use super::Fault;
use crate::domain::assurance::Authentication;
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Authenticator, Unspent};
use crate::domain::id::{AuthenticatorId, ChargeId, LoginId, SessionId, UserId};
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;
use crate::domain::throttle::{Attempt, Budget, Wait};
use crate::domain::time::Timestamp;
use async_trait::async_trait;
use serde::Serialize;
use std::net::IpAddr;

/// The name of a budget; holds no login name and no address in the plain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope(pub String);

/// What comes of charging a budget.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The attempt is counted, and may be made.
    Counted,
    /// It may not be made yet.
    MustWait(Wait),
}

/// What comes of spending a right answer.
#[must_use]
#[derive(Debug)]
pub enum Spent {
    /// This login used it, now or in an earlier try whose answer was lost.
    Ours(Authentication),
    /// Another login used it before.
    Used,
}

/// Something that a person sets up, before its first right answer.
#[derive(Debug)]
pub struct Pending {
    /// What it will be.
    pub authenticator: Authenticator,
    /// What goes when it comes; nothing when it is one more.
    pub replaces: Option<AuthenticatorId>,
}

/// The first right answer of something pending.
#[derive(Debug)]
pub struct Confirmation {
    /// Whose it is.
    pub user: UserId,
    /// The answer.
    pub unspent: Unspent,
    /// What it was given in.
    pub login: LoginId,
    /// On how many accounts a phone number may be.
    pub most_accounts: i64,
    /// The record of it.
    pub record: AuditRecord,
}

/// What comes of a first right answer.
#[must_use]
#[derive(Debug)]
pub enum Confirmed {
    /// It counts from now on, by this call or an earlier one of the same login.
    Ours(Authentication),
    /// It is not pending any more.
    Gone,
    /// Its number is on too many accounts.
    OnTooManyAccounts,
}

/// What must be left when an authenticator is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// One second factor.
    One,
    /// Nothing.
    Nothing,
}

/// What comes of removing an authenticator.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Done,
    /// It must stay: it is the last.
    IsTheLast,
    /// The user has none of that id.
    NotThere,
}

/// One line of the revocation log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was written, by the clock of the node that wrote it.
    pub at: Timestamp,
    /// What it ends.
    pub what: Revoked,
}

/// What a line of the revocation log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// One session.
    Session(SessionId),
    /// What nodes remember of a user: it is out of date, and may say by now that older proofs count no more.
    Facts(UserId),
}

/// A session as its owner and operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedSession {
    /// Which.
    pub id: SessionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// Where from.
    pub source: String,
}

/// A session about to be opened.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The session.
    pub session: &'a Session,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// Where from.
    pub source: IpAddr,
}

/// What proves people, and what they have done with it.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Counts an attempt on a budget, durably, before anything is compared (Law 1).
    async fn charge(&self, scope: &Scope, budget: Budget, attempt: Attempt) -> Result<Charged, Fault>;
    /// Takes the charge of a right answer back.
    async fn refund(&self, scope: &Scope, charge: ChargeId) -> Result<(), Fault>;
    /// Forgives all failures counted on a budget.
    async fn forgive(&self, scope: &Scope, record: AuditRecord) -> Result<(), Fault>;
    /// Spends a right answer for a login; of all logins that try, exactly one gets it (Law 2).
    async fn commit(&self, unspent: Unspent, login: LoginId, record: AuditRecord) -> Result<Spent, Fault>;
    /// Writes a record that stands alone.
    async fn record(&self, record: AuditRecord) -> Result<(), Fault>;
    /// The authenticators of a user, oldest first.
    async fn authenticators(&self, user: UserId) -> Result<Vec<Authenticator>, Fault>;
    /// Gives a user an authenticator; a list of emergency codes takes the place of the one before.
    async fn add_authenticator(
        &self,
        user: UserId,
        authenticator: &Authenticator,
        record: AuditRecord,
    ) -> Result<(), Fault>;
    /// Removes an authenticator, unless it must stay.
    async fn remove_authenticator(
        &self,
        user: UserId,
        authenticator: AuthenticatorId,
        keep: Keep,
        record: AuditRecord,
    ) -> Result<Removed, Fault>;
    /// Calls a user's authenticator something else.
    async fn describe(&self, user: UserId, authenticator: AuthenticatorId, description: String) -> Result<(), Fault>;
    /// Makes a user's authenticator the one that is asked first.
    async fn prefer(&self, user: UserId, authenticator: AuthenticatorId) -> Result<(), Fault>;
    /// Writes down what a user sets up; it counts for nothing yet.
    async fn put_pending(&self, user: UserId, pending: &Pending) -> Result<(), Fault>;
    /// What a user has begun to set up, oldest first.
    async fn pending(&self, user: UserId) -> Result<Vec<Pending>, Fault>;
    /// Forgets what a user has begun to set up.
    async fn discard_pending(&self, user: UserId, authenticator: AuthenticatorId) -> Result<(), Fault>;
    /// Makes what was pending count, by its first right answer; of all that try, exactly one does (Law 2).
    async fn confirm(&self, pending: Pending, confirmation: Confirmation) -> Result<Confirmed, Fault>;
    /// Whether this browser completed a login of this user before.
    async fn knows_device(&self, user: UserId, device: TokenHash) -> Result<bool, Fault>;
    /// Makes a browser known as one that completed a login of this user.
    async fn know_device(&self, user: UserId, device: TokenHash, now: Timestamp) -> Result<(), Fault>;
    /// Enters a session into the index; opening twice opens once.
    async fn open_session(&self, opening: Opening<'_>, record: AuditRecord) -> Result<(), Fault>;
    /// Records that more was proven in a session; every node then reads its user's sessions anew.
    async fn raise_session(&self, user: UserId, record: AuditRecord) -> Result<(), Fault>;
    /// Ends a session on every node.
    async fn end_session(&self, session: SessionId, record: AuditRecord) -> Result<(), Fault>;
    /// The sessions of a user that nobody has ended and that are not over.
    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<ListedSession>, Fault>;
    /// The lines of the revocation log since that moment, oldest first.
    async fn revocations(&self, since: Timestamp) -> Result<Vec<Revocation>, Fault>;
    /// Forgets what can matter no more: spends, ended sessions, revocations and password tallies before that moment.
    async fn sweep(&self, before: Timestamp) -> Result<(), Fault>;
    /// Whether they can be asked at all.
    async fn ping(&self) -> Result<(), Fault>;
}
