//! One-use links that operators hand out: to make an account, or to set the first password of one.
//!
//! A link carries a token of 256 bits and is known to us only by a keyed hash of it. Opening one changes nothing, since
//! programs that look into e-mails open it too; only the form behind it does.

use super::authenticator::mailbox::Mailbox;
use super::id::UserId;
use super::time::Timestamp;
use std::time::Duration;

/// How long somebody invited has to make their account.
pub const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a link to an administrator's first password works: it is used at once, by whoever has just printed it.
pub const ADMINISTRATOR_LIFE: Duration = Duration::from_secs(15 * 60);
/// The group that makes somebody an administrator. Rules may demand it like any other.
pub const ADMINISTRATORS: &str = "administrators";

/// A link that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Who may use it, and for what.
    pub invited: Invited,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// Who may use a link, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// Somebody new may make an account of this address.
    Guest(Guest),
    /// Somebody whom an operator has added may set their first password.
    Member(UserId),
}

/// Somebody new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Their address, which is what they log in with; they must still prove it.
    pub mailbox: Mailbox,
    /// What people call them, as far as the operator knows; may be empty, and they may change it.
    pub display_name: String,
    /// The groups they will belong to.
    pub groups: Vec<String>,
}
