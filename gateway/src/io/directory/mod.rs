//! People, their groups and their passwords.

mod change;
#[cfg(feature = "contract")]
pub mod contract;
mod mailboxes;
pub mod newcomers;
mod own;
pub mod profiles;
pub mod sql;

pub use newcomers::{Accepted, DueLetter, HandedOver, Joined, Kept, Newcomer, Newcomers, Offered, Withdrawn};
pub use profiles::{Moving, Profiles};

use super::Fault;
use super::hashing::Place;
use crate::domain::assurance::Authentication;
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::{RecoveryId, SessionId, UserId};
use crate::domain::limits::Source;
use crate::domain::password::Password;
use crate::domain::time::Timestamp;
use crate::domain::user::{Standing, User, UserName};
use async_trait::async_trait;

/// What comes of checking a password.
#[must_use]
#[derive(Debug)]
pub enum PasswordCheck {
    /// It is right, and its owner may log in.
    Correct(User, Authentication),
    /// Unknown or disabled user, no password, wrong password: one answer, at one cost.
    Wrong,
    /// Too many are being checked; nothing was compared.
    Busy,
}

/// What comes of adding a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// They are new.
    New,
    /// There is somebody of that name; nothing was changed.
    NameTaken,
    /// Their address is somebody else's; nothing was changed.
    AddressTaken,
}

/// What comes of changing a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is nobody of that id.
    NoSuchUser,
    /// The address is somebody else's; nothing was changed.
    AddressTaken,
}

/// The session in which an owner changes something, as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The session.
    pub session: SessionId,
    /// Since when proofs of its user counted then.
    pub proofs_since: Timestamp,
}

/// What comes of replacing a forgotten password.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// It is replaced.
    Done,
    /// This recovery has replaced it before, or its user has none or may not log in any more.
    Spent,
    /// Too many are being hashed; nothing was changed.
    Busy,
}

/// Who may log in, and by what password.
#[async_trait]
pub trait Directory: Send + Sync {
    /// A place among those whose passwords are checked, for a stranger of this source or for a known device; nothing when
    /// there is none for them. It is taken before an attempt is counted.
    fn place(&self, stranger: Option<Source>) -> Option<Place>;
    /// Checks a password; unknown users cost the same as known ones.
    async fn check_password(&self, name: &UserName, password: Password, place: Place) -> Result<PasswordCheck, Fault>;
    /// The user of this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, Fault>;
    /// The user of this name.
    async fn find(&self, name: &UserName) -> Result<Option<User>, Fault>;
    /// The one user whose mail goes to this address, whatever the case of its letters; nothing when there are several.
    async fn find_by_mailbox(&self, mailbox: &Mailbox) -> Result<Option<User>, Fault>;
    /// Everybody, by name.
    async fn all(&self) -> Result<Vec<User>, Fault>;
    /// Adds a user without a password.
    async fn add(&self, user: &User, record: AuditRecord) -> Result<Added, Fault>;
    /// Lets a user log in, or no more; ends all their sessions in the latter case.
    async fn set_standing(&self, id: UserId, standing: Standing, record: AuditRecord) -> Result<Changed, Fault>;
    /// Gives a user a new password and ends all their sessions. Only an operator's stands apart from what a mailbox
    /// allowed before: whoever came in by that may have set this one.
    async fn set_password(&self, id: UserId, password: Password, record: AuditRecord) -> Result<Changed, Fault>;
    /// Replaces a password by its owner's choice and ends all their sessions but the one it is done in; nothing is done
    /// when what was proven in that counts no more by then.
    async fn change_password(
        &self,
        id: UserId,
        password: Password,
        of: Seen,
        record: AuditRecord,
    ) -> Result<Changed, Fault>;
    /// Replaces a forgotten password by what a code in the mailbox of this address allowed, once in a recovery, and ends
    /// all sessions; nothing is done once mail goes elsewhere.
    async fn recover_password(
        &self,
        id: UserId,
        password: Password,
        by: (RecoveryId, String),
        record: AuditRecord,
    ) -> Result<Recovered, Fault>;
    /// Lets codes by e-mail complete logins of a user again, whose password came from the mailbox.
    async fn trust_mailbox(&self, id: UserId, record: AuditRecord) -> Result<Changed, Fault>;
    /// Who makes an account in it; nothing where people are made elsewhere.
    fn newcomers(&self) -> Option<&dyn Newcomers>;
    /// Who lets people change their own entries; nothing where those are kept elsewhere.
    fn profiles(&self) -> Option<&dyn Profiles>;
    /// Whether the directory answers at all.
    async fn ping(&self) -> Result<(), Fault>;
}
