//! Who makes an account: by registering, or by a link of an operator's. Only where people are made here at all.
//!
//! Links are known by name, a keyed hash of their token; the token itself never comes here.

#[cfg(feature = "contract")]
pub mod contract;
mod letters;
mod links;
mod sql;

use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::Authenticator;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::UserId;
use crate::domain::invitation::Invitation;
use crate::domain::password::Password;
use crate::domain::secret::Token;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::io::Fault;
use crate::io::credentials::NextTry;
use crate::io::hashing::Place;
use async_trait::async_trait;
use std::time::Duration;

/// A person who has proven everything, with all that their account begins with.
#[derive(Debug)]
pub struct Newcomer {
    /// The person.
    pub user: User,
    /// What is kept of their password.
    pub kept: String,
    /// What they have proven.
    pub authenticators: Vec<Authenticator>,
    /// The name of the link they came with, which is used up by it.
    pub invitation: Option<String>,
    /// On how many accounts a phone number may be.
    pub most_accounts: i64,
}

/// What comes of hashing a newcomer's password.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// This would be kept of it.
    As(String),
    /// Too many are being hashed.
    Busy,
}

/// What comes of making an account.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is made, by this call or an earlier one for the same id.
    Done,
    /// There is an account of that name or address; nothing was changed.
    Taken,
    /// The link was used or has ended; nothing was changed.
    LinkEnded,
    /// The number is on too many accounts; nothing was changed.
    OnTooManyAccounts,
}

/// How a link gets to whom it is for.
#[derive(Debug)]
pub enum HandedOver {
    /// By the operator.
    InPerson,
    /// By e-mail, which takes its token.
    ByEmail(Token),
}

/// A letter to be sent now, claimed by whoever asked.
#[derive(Debug)]
pub struct DueLetter {
    /// The name of its link.
    pub link: String,
    /// The token of its link, and whom that is for; nothing once the link has ended, or these keys cannot read it.
    pub sendable: Option<(Token, Invitation)>,
    /// How often it was tried, this time included.
    pub tries: u32,
}

/// What comes of handing out a link.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It works, and the one before it for the same person does not any more.
    Done,
    /// There is nothing to hand out: the address has an account, or the person a password. Nothing works now.
    Needless,
}

/// What comes of ending an invitation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Its link does not work any more.
    Done,
    /// The address has none that works.
    NotThere,
}

/// What comes of setting a first password by a link.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is in force.
    Done,
    /// The link was used or has ended, or its person has a password or may not log in.
    LinkEnded,
}

/// Lets people make accounts.
#[async_trait]
pub trait Newcomers: Send + Sync {
    /// What would be kept of a password; nothing is written down.
    async fn keep(&self, password: Password, place: Place) -> Result<Kept, Fault>;
    /// Whether somebody logs in with this address or gets mail at it, whatever the case of its letters.
    async fn knows(&self, mailbox: &Mailbox) -> Result<bool, Fault>;
    /// Makes an account with everything that belongs to it, once for an id, in one transaction.
    async fn join(&self, newcomer: Newcomer, record: AuditRecord) -> Result<Joined, Fault>;
    /// Hands out a link of this name; one that goes by e-mail is due at once.
    async fn offer(
        &self,
        link: (String, HandedOver),
        invitation: &Invitation,
        record: AuditRecord,
    ) -> Result<Offered, Fault>;
    /// Claims the letters that are to be sent now, and those that can be sent no more; if the claimer dies, they are due
    /// again after the lease. What was used, replaced or withdrawn meanwhile is dropped.
    async fn claim_letters(&self, now: Timestamp, lease: Duration) -> Result<Vec<DueLetter>, Fault>;
    /// Writes down when the letter of this link is tried again, or that it is no more; nothing where somebody else has
    /// claimed it since.
    async fn settle_letter(&self, of: (&str, u32), next: NextTry) -> Result<(), Fault>;
    /// Ends the invitation of an address.
    async fn withdraw(&self, mailbox: &Mailbox, record: AuditRecord) -> Result<Withdrawn, Fault>;
    /// What the link of this name is for; nothing when it was used or has ended.
    async fn invitation(&self, link: &str, now: Timestamp) -> Result<Option<Invitation>, Fault>;
    /// The links that can be used, by when they end.
    async fn invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, Fault>;
    /// Sets the first password of the person whom the link is for, and uses the link up.
    async fn accept(&self, (link, user): (&str, UserId), kept: String, record: AuditRecord) -> Result<Accepted, Fault>;
}
