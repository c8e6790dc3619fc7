//! The authenticators that an account begins with, written in the transaction that makes it.

use super::authenticators::{Which, insert, retire};
use super::rows::{PHONE, Sealed, Table, seal};
use crate::domain::authenticator::Authenticator;
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::Transaction;
use std::time::Duration;

/// Authenticators sealed to the rows they will have.
pub(in crate::io) struct Firsts(Vec<(AuthenticatorId, String, Sealed)>);

impl Firsts {
    /// Seals what this user begins with.
    pub(in crate::io) fn seal(keys: &KeyRing, user: UserId, all: &[Authenticator]) -> Result<Self, Fault> {
        let sealed = |one: &Authenticator| {
            let row = seal(keys, (Table::Authenticators, user), one)?;
            Ok((one.id, one.description.clone(), row))
        };
        all.iter().map(sealed).collect::<Result<_, Fault>>().map(Self)
    }

    /// The keyed hash of the phone number among them; empty where there is none.
    pub(in crate::io) fn number(&self) -> String {
        let found = self.0.iter().find(|(_, _, row)| row.kind == PHONE);
        found.map(|(_, _, row)| row.address.clone()).unwrap_or_default()
    }

    /// Writes them.
    pub(in crate::io) async fn write(
        self,
        transaction: &mut Transaction,
        user: UserId,
        at: Timestamp,
    ) -> Result<(), sqlx::Error> {
        for (id, description, row) in self.0 {
            insert(transaction, (id, user), (row, description, at)).await?;
        }
        Ok(())
    }

    /// Writes them as removed a moment after, so that whoever reads them hears of what is done in this one.
    pub(in crate::io) async fn write_gone(
        self,
        transaction: &mut Transaction,
        user: UserId,
        at: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<String> = self.0.iter().map(|(id, ..)| id.to_string()).collect();
        self.write(transaction, user, at).await?;
        for id in ids {
            retire(transaction, user, Which::This(id), at + Duration::from_millis(1)).await?;
        }
        Ok(())
    }
}
