//! Who a request is from.

use super::assurance::Authentication;
use super::enrolment::Enrolled;
use super::id::{SessionId, UserId};
use super::session::Session;
use super::time::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// A login name in its one spelling: NFKC, lower case, without space around it. Budgets count per canonical name, so
/// that `Ann`, `ann ` and `ＡＮＮ` share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct UserName(Box<str>);

/// The longest login name, in bytes after normalisation.
const LONGEST_NAME: usize = 128;

/// The text is not a login name.
#[derive(Debug, thiserror::Error)]
#[error("a name has 1 to {LONGEST_NAME} bytes, no spaces inside and no control characters")]
pub struct NotAName;

impl UserName {
    /// Brings a name into its one spelling.
    ///
    /// # Errors
    /// When nothing is left of it, it is too long, or it has spaces or control characters inside.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        if text.len() > 4 * LONGEST_NAME {
            return Err(NotAName);
        }
        let name: String = text.nfkc().collect::<String>().trim().to_lowercase().nfkc().collect();
        let fits = !name.is_empty() && name.len() <= LONGEST_NAME;
        if fits && !name.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
            Ok(Self(name.into()))
        } else {
            Err(NotAName)
        }
    }

    /// The name in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person in the directory.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    /// Stays the same when the name changes.
    pub id: UserId,
    /// What the person types to log in.
    pub name: UserName,
    /// What people call them; the login name where the directory has none.
    pub display_name: String,
    /// Where mail reaches them; empty where the directory has none.
    pub email: String,
    /// The groups they belong to, sorted.
    pub groups: Vec<String>,
    /// Whether they may log in at all.
    pub standing: Standing,
    /// What was proven before this moment counts no more: the password was changed or the user disabled then.
    pub proofs_since: Timestamp,
    /// The session whose proofs count all the same: its owner changed the password in it.
    pub outlasting: Option<SessionId>,
    /// When their account was made.
    pub created_at: Timestamp,
    /// Where their password comes from.
    pub password_from: PasswordFrom,
    /// Whether it is still a secret.
    pub secrecy: Secrecy,
}

/// Whether somebody else must be thought to know a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// Nothing says so.
    Kept,
    /// Somebody elsewhere has failed at the second factor too often: it leads nowhere but to the choice of another.
    Compromised,
}

/// Where a user's password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordFrom {
    /// From themselves, who knew the one before, or from an operator.
    Elsewhere,
    /// From whoever reads their mailbox: at this moment it replaced a forgotten one, by a code sent there.
    Mailbox(Timestamp),
    /// From nowhere any more: an objection to a change took it away.
    Withdrawn,
    /// From nowhere yet.
    NotYet,
}

/// Whether a user may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They may.
    Active,
    /// An operator has disabled them.
    Disabled,
}

impl User {
    /// Whether they may use what was proven at these moments, in this session if it was in one.
    pub fn stands_by(&self, authentications: &[Authentication], session: Option<SessionId>) -> bool {
        let outlasts = session.is_some() && session == self.outlasting;
        let stands = |proof: &Authentication| outlasts || proof.at() >= self.proofs_since;
        self.standing == Standing::Active && authentications.iter().all(stands)
    }
}

/// A user with a session, and what was known of them when the session was last read.
#[derive(Clone, Debug)]
pub struct Known {
    /// The session that this request belongs to.
    pub session: Session,
    /// The person.
    pub user: Arc<User>,
    /// What second factors they have.
    pub enrolled: Enrolled,
}

/// Who a request is from: nobody we know, or a user.
#[derive(Clone, Debug)]
pub enum Subject {
    /// No session, or none that stands.
    Anonymous,
    /// A user with a session.
    User(Arc<Known>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_name_are_one() -> Result<(), NotAName> {
        for text in ["ann", "Ann", " ann\t", "ＡＮＮ", "aɴn".replace('ɴ', "N").as_str()] {
            assert_eq!(UserName::parse(text)?.as_str(), "ann", "{text:?}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "   ", "a b", "a\0b", "a\nb", &"x".repeat(129), &"x".repeat(10_000)] {
            assert!(UserName::parse(text).is_err(), "{text:?}");
        }
    }
}
