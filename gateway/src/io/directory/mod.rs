//! People, their groups and their passwords.

#[cfg(feature = "contract")]
pub mod contract;
pub mod sql;

use super::Fault;
use crate::domain::assurance::Authentication;
use crate::domain::audit::AuditRecord;
use crate::domain::id::UserId;
use crate::domain::password::Password;
use crate::domain::throttle::From;
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
}

/// What comes of changing a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is nobody of that id.
    NoSuchUser,
}

/// Who may log in, and by what password.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Checks a password; unknown users cost the same as known ones.
    async fn check_password(&self, name: &UserName, password: Password, from: From) -> Result<PasswordCheck, Fault>;
    /// The user of this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, Fault>;
    /// The user of this name.
    async fn find(&self, name: &UserName) -> Result<Option<User>, Fault>;
    /// Everybody, by name.
    async fn all(&self) -> Result<Vec<User>, Fault>;
    /// Adds a user without a password.
    async fn add(&self, user: &User, record: AuditRecord) -> Result<Added, Fault>;
    /// Lets a user log in, or no more; ends all their sessions in the latter case.
    async fn set_standing(&self, id: UserId, standing: Standing, record: AuditRecord) -> Result<Changed, Fault>;
    /// Gives a user a new password and ends all their sessions.
    async fn set_password(&self, id: UserId, password: Password, record: AuditRecord) -> Result<Changed, Fault>;
    /// Whether the directory answers at all.
    async fn ping(&self) -> Result<(), Fault>;
}
