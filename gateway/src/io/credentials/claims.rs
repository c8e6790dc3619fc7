//! One mailbox belongs to one person: their mail goes there, or their codes do.
//!
//! Whoever gives a mailbox or a number to an account takes their turn first, before any other lock, so that of two at once
//! the second sees what the first has written. Mailboxes that were set up before their hashes were kept are not seen.

use crate::domain::id::UserId;
use crate::io::Fault;
use crate::io::keys::{KeyRing, Purpose};
use crate::io::sql::Transaction;

/// What comes of enrolling something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// It counts from now on.
    Done,
    /// Its mailbox is somebody else's; nothing was changed.
    Anothers,
    /// Its number is on as many accounts as it may be; nothing was changed.
    OnTooManyAccounts,
}

/// A mailbox that is to be somebody's.
#[derive(Clone)]
pub(in crate::io) struct Claim {
    mailbox: String,
    /// What the rows of authenticators have of it.
    hash: String,
}

impl Claim {
    /// A claim to this mailbox.
    pub(in crate::io) fn to(keys: &KeyRing, mailbox: &str) -> Result<Self, Fault> {
        let hash = keys.pseudonym(Purpose::Scope, &[b"mailbox", mailbox.to_lowercase().as_bytes()])?;
        let mailbox = mailbox.to_owned();
        Ok(Self { mailbox, hash })
    }

    /// The keyed hash by which it is compared, whatever the case of its letters.
    pub(in crate::io) fn hash(self) -> String {
        self.hash
    }

    /// Whether it is somebody else's; nobody's where it is empty.
    pub(in crate::io) async fn is_anothers(
        &self,
        transaction: &mut Transaction,
        user: UserId,
    ) -> Result<bool, sqlx::Error> {
        let query = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM users WHERE id <> $1 AND email <> '' AND lower(email) = lower($2))
             + (SELECT count(*) FROM authenticators WHERE user_id <> $1 AND address = $3)",
        );
        let query = query.bind(user.to_string()).bind(self.mailbox.clone());
        let found: i64 = query.bind(self.hash.clone()).fetch_one(&mut **transaction).await?;
        Ok(found > 0 && !self.mailbox.is_empty())
    }
}

/// Waits until nobody else gives an address to an account, and keeps others waiting until the transaction ends.
pub(in crate::io) async fn take_turn(transaction: &mut Transaction) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE turns SET taken = taken + 1 WHERE name = 'addresses'")
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
