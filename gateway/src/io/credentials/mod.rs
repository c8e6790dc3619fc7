//! Authenticators, budgets, spends, known devices, the session index, the revocation log and the audit.
//!
//! Everything here is durable before it is acknowledged, and what is worth recording is recorded in the same
//! transaction (Law 14).

mod audit;
mod authenticators;
mod budgets;
mod claims;
#[cfg(feature = "contract")]
pub mod contract;
mod devices;
mod firsts;
mod notices;
mod objections;
mod pending;
mod resealing;
mod rows;
mod sessions;
mod spends;
pub mod sql;
mod sweep;

pub(in crate::io) use authenticators::lock;
pub use claims::Enrolled;
pub(in crate::io) use claims::{Claim, take_turn};
pub(in crate::io) use firsts::Firsts;

use super::Fault;
use super::sql::Link;
use crate::domain::assurance::{Authentication, Method};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Authenticator, Unspent};
use crate::domain::id::{AuthenticatorId, ChargeId, LoginId, RowId, SessionId, UserId};
use crate::domain::notice::{Changes, Contact, Notice};
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;
use crate::domain::throttle::{Attempt, Budget, Room, Wait};
use crate::domain::time::Timestamp;
use async_trait::async_trait;
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;

/// The name of a budget; holds no login name and no address in the plain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope(pub String);

/// What comes of charging budgets.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The attempt is counted on all of them, and may be made; whether they bear another.
    Counted(Room),
    /// One of them does not bear it yet; it is counted on those before.
    MustWait(Wait),
}

/// What is recorded when the budget of a second factor has no room left.
#[derive(Debug)]
pub struct Alarms {
    /// Whose it is.
    pub user: UserId,
    /// That it is locked, if that is news.
    pub locked: AuditRecord,
    /// That the password is compromised, if it must be thought to be.
    pub compromised: AuditRecord,
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
    /// Its mailbox is somebody else's.
    Anothers,
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

/// A record of the audit, as it was written: JSON, whose shape is that of [`AuditRecord`] when it was written.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Audited(pub serde_json::Value);

/// Which records of the audit are wanted.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Not older than this.
    pub since: Timestamp,
    /// Only about this user, if there is one.
    pub user: Option<UserId>,
    /// Only of this kind; empty is any.
    pub kind: String,
    /// At most so many, the newest.
    pub most: i64,
}

/// What comes of reading the audit's chains.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every record is what was written there.
    Whole {
        /// How many records there are.
        records: usize,
        /// How many nodes have written them.
        chains: usize,
    },
    /// This one is the first that is not.
    Broken {
        /// The node that wrote it.
        node: String,
        /// The how manyeth of that node.
        seq: i64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A notice that is to be told now.
#[derive(Debug)]
pub struct DueNotice {
    /// What is told.
    pub notice: Notice,
    /// The how manyeth try this is.
    pub tries: u32,
    /// Keyed hashes of the addresses it has reached.
    pub told: Vec<String>,
}

/// When a notice is tried again.
#[derive(Debug)]
pub enum NextTry {
    /// At this moment, for the addresses it has not reached.
    At(Timestamp),
    /// No more; this says why.
    Never(AuditRecord),
}

/// What comes of an objection.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objected {
    /// It took effect.
    Now,
    /// One before it did.
    Before,
}

/// What holds for an account beside what proves its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// Whether anything may be changed: an objection forbids it until an operator, or a login with two factors, lifts that.
    pub changes: Changes,
    /// When all second factors will be removed, if that is planned.
    pub reset_due: Option<Timestamp>,
}

/// When a user's second factors are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// At once.
    Now,
    /// If that is planned, and its time has come.
    IfDue,
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
    /// When a request came in it last, to within minutes.
    pub seen_at: Timestamp,
    /// Where from.
    pub source: String,
    /// What was proven in it so far.
    pub methods: Vec<Method>,
}

/// A browser that completed a login of its user before.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    /// The hash of its cookie.
    pub device: TokenHash,
    /// Since when it is known.
    pub since: Timestamp,
    /// When it completed a login last, if that was noted.
    pub used_at: Option<Timestamp>,
    /// Where from; may be empty.
    pub source: String,
}

/// What came of sealing anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many rows are sealed by the key in use now, and were not.
    pub rows: u64,
    /// Rows that stay as they were, because they cannot be opened: their ids, each with why.
    pub unopened: Vec<String>,
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
    /// Counts an attempt on budgets, one after another, durably, before anything is compared (Law 1).
    async fn charge(&self, budgets: &[(Scope, Budget)], attempt: Attempt) -> Result<Charged, Fault>;
    /// Notes that the second factor's budget has no room left: its owner is told once, and a password that somebody
    /// elsewhere must know is marked as compromised, which ends all sessions.
    async fn raise_alarm(&self, scope: &Scope, alarms: Alarms) -> Result<(), Fault>;
    /// Takes the charge of a right answer back from all budgets it was counted on.
    async fn refund(&self, budgets: &[(Scope, Budget)], charge: ChargeId) -> Result<(), Fault>;
    /// Forgives all failures counted on a budget.
    async fn forgive(&self, scope: &Scope, record: AuditRecord) -> Result<(), Fault>;
    /// Spends a right answer for a login; of all logins that try, exactly one gets it (Law 2).
    async fn commit(&self, unspent: Unspent, login: LoginId, record: AuditRecord) -> Result<Spent, Fault>;
    /// Writes a record that stands alone.
    async fn record(&self, record: AuditRecord) -> Result<(), Fault>;
    /// The authenticators of a user, oldest first.
    async fn authenticators(&self, user: UserId) -> Result<Vec<Authenticator>, Fault>;
    /// Gives a user an authenticator; a list of emergency codes takes the place of the one before. A number may be on
    /// `most_accounts`, if that is said.
    async fn add_authenticator(
        &self,
        user: UserId,
        authenticator: &Authenticator,
        most_accounts: Option<i64>,
        record: AuditRecord,
    ) -> Result<Enrolled, Fault>;
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
    /// Makes a browser known as one that completed a login of this user, or notes that it did again.
    async fn know_device(&self, user: UserId, device: TokenHash, seen: (Timestamp, IpAddr)) -> Result<(), Fault>;
    /// The known browsers of a user, the one used last first.
    async fn devices(&self, user: UserId) -> Result<Vec<KnownDevice>, Fault>;
    /// Forgets a known browser of a user; whether it was one.
    async fn forget_device(&self, user: UserId, device: TokenHash, record: AuditRecord) -> Result<bool, Fault>;
    /// Enters a session into the index; opening twice opens once.
    async fn open_session(&self, opening: Opening<'_>, record: AuditRecord) -> Result<(), Fault>;
    /// Records that more was proven in a session, which is this now; every node then reads its user's sessions anew.
    async fn raise_session(&self, session: &Session, record: AuditRecord) -> Result<(), Fault>;
    /// Notes that a request came in a session, for its owner to read; not told to nodes, and not recorded.
    async fn note_seen(&self, session: SessionId, at: Timestamp) -> Result<(), Fault>;
    /// Ends a session on every node.
    async fn end_session(&self, session: SessionId, record: AuditRecord) -> Result<(), Fault>;
    /// The sessions of a user that nobody has ended and that are not over.
    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<ListedSession>, Fault>;
    /// The lines of the revocation log since that moment, oldest first.
    async fn revocations(&self, since: Timestamp) -> Result<Vec<Revocation>, Fault>;
    /// Claims the notices that are to be told now; if the claimer dies, they are due again after the lease.
    async fn claim_notices(&self, now: Timestamp, lease: Duration) -> Result<Vec<DueNotice>, Fault>;
    /// Writes down whom this try at a notice has reached, by keyed hashes of the addresses, and when it is tried again.
    async fn settle_notice(&self, of: (RowId, u32), told: &[String], next: NextTry) -> Result<(), Fault>;
    /// The notice of this name, unless somebody has objected to its change.
    async fn notice(&self, notice: RowId) -> Result<Option<Notice>, Fault>;
    /// Every authenticator that a user has or had.
    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, Fault>;
    /// Undoes a change as far as it can be, ends all sessions of its user, and freezes their account.
    async fn object(&self, notice: &Notice, record: AuditRecord) -> Result<Objected, Fault>;
    /// What about a user's account may be changed, and will be.
    async fn restrictions(&self, user: UserId) -> Result<Restrictions, Fault>;
    /// Lets a user's account be changed again.
    async fn unfreeze(&self, user: UserId, record: AuditRecord) -> Result<(), Fault>;
    /// Notes when, and why, all second factors of a user are to be removed.
    async fn plan_reset(&self, user: UserId, plan: (Timestamp, String), record: AuditRecord) -> Result<(), Fault>;
    /// Takes that note back; whether there was one.
    async fn cancel_reset(&self, user: UserId, record: AuditRecord) -> Result<bool, Fault>;
    /// The users whose second factors are to be removed now, with the reasons.
    async fn resets_due(&self, now: Timestamp) -> Result<Vec<(UserId, String)>, Fault>;
    /// Removes all second factors of a user and ends their sessions; whether it did.
    async fn reset_second_factor(&self, user: UserId, when: Reset, record: AuditRecord) -> Result<bool, Fault>;
    /// What happened, newest first.
    async fn audit(&self, selection: &Selection) -> Result<Vec<Audited>, Fault>;
    /// The ends of the audit's chains.
    async fn audit_heads(&self) -> Result<Vec<Link>, Fault>;
    /// Whether the audit is as it was written; `known` are ends of its chains that were kept elsewhere.
    async fn verify_audit(&self, known: &[Link]) -> Result<Verified, Fault>;
    /// Seals anew, by the key in use, what older ones have sealed. Stopped anywhere, it is begun again and goes on.
    async fn reseal(&self) -> Result<Resealed, Fault>;
    /// Forgets what can matter no more: spends, ended sessions, revocations and password tallies before that moment.
    async fn sweep(&self, before: Timestamp) -> Result<(), Fault>;
    /// Whether they can be asked at all.
    async fn ping(&self) -> Result<(), Fault>;
}
