//! The authenticators that count: read, added, removed, named, preferred.
//!
//! Every change locks its user's row in `accounts` first, so that two changes at once happen one after the other: the
//! last two second factors cannot remove each other.

use super::claims::take_turn;
use super::pending::{Unfit, claim, unfit};
use super::rows::{COLUMNS, EMERGENCY_CODES, Sealed, Table, seal, unseal};
use super::{Enrolled, Keep, Removed, Revoked};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::secret::KeyedHash;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Database, Transaction, write_audit, write_revocation};
use crate::io::telemetry::observe;
use sqlx::Row;

/// The authenticators of a user, oldest first.
pub(super) async fn of(database: &Database, keys: &KeyRing, user: UserId) -> Result<Vec<Authenticator>, Fault> {
    let text = format!("SELECT {COLUMNS} FROM authenticators WHERE user_id = $1 ORDER BY created_at, id");
    let query = sqlx::query(sqlx::AssertSqlSafe(text));
    let rows = database
        .read(query.bind(user.to_string()).fetch_all(database.pool()))
        .await?;
    let lists = rows.iter().any(|row| {
        row.try_get::<String, _>("kind")
            .is_ok_and(|kind| kind == EMERGENCY_CODES)
    });
    let unused = if lists {
        unused_codes(database, user).await?
    } else {
        Vec::new()
    };
    let of_list = |id: AuthenticatorId| {
        let own = unused.iter().filter(|(list, _)| *list == id);
        own.map(|(_, code)| *code).collect()
    };
    rows.iter()
        .map(|row| unseal(row, keys, (Table::Authenticators, user), of_list))
        .collect()
}

async fn unused_codes(database: &Database, user: UserId) -> Result<Vec<(AuthenticatorId, KeyedHash)>, Fault> {
    let query = sqlx::query(
        "SELECT c.authenticator_id, c.hash FROM emergency_codes c JOIN authenticators a ON a.id = c.authenticator_id
         WHERE a.user_id = $1 AND c.used_at = 0",
    );
    let rows = database
        .read(query.bind(user.to_string()).fetch_all(database.pool()))
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let id: String = row
            .try_get("authenticator_id")
            .map_err(|error| Fault::new("sql", error))?;
        let hash: String = row.try_get("hash").map_err(|error| Fault::new("sql", error))?;
        let id = id.parse().map_err(|error| Fault::new("sql", error))?;
        let hash = KeyedHash::try_from(hash).map_err(|error| Fault::new("sql", error))?;
        Ok((id, hash))
    };
    rows.iter().map(read).collect()
}

/// Writes a new authenticator; nodes are told to read the user anew, and it is recorded, all in one transaction. A new
/// list of emergency codes takes the place of the old one. An address that may not be this user's is refused.
pub(super) async fn add(
    (database, keys): (&Database, &KeyRing),
    user: UserId,
    (authenticator, most_accounts): (&Authenticator, Option<i64>),
    record: AuditRecord,
) -> Result<Enrolled, Fault> {
    let row = seal(keys, (Table::Authenticators, user), authenticator)?;
    let claim = claim(keys, authenticator)?;
    let (id, description) = (authenticator.id, authenticator.description.clone());
    let codes = match &authenticator.kind {
        Kind::EmergencyCodes(codes) => codes.unused().to_vec(),
        Kind::Totp(_) | Kind::Phone(_) | Kind::Mailbox(_) => Vec::new(),
    };
    let (told, most) = (record.clone(), most_accounts.unwrap_or(i64::MAX));
    let enrolled = database
        .transaction(|mut transaction| async move {
            take_turn(&mut transaction).await?;
            lock(&mut transaction, user).await?;
            match unfit(&mut transaction, user, (&row, claim.as_ref()), most).await? {
                Some(Unfit::Anothers) => return Ok((Enrolled::Anothers, transaction)),
                Some(Unfit::TooMany) => return Ok((Enrolled::OnTooManyAccounts, transaction)),
                None => {}
            }
            if !codes.is_empty() {
                retire(&mut transaction, user, Which::EmergencyCodes, record.at).await?;
            }
            insert(&mut transaction, (id, user), (row, description, record.at)).await?;
            for code in codes {
                let query = sqlx::query(
                    "INSERT INTO emergency_codes (authenticator_id, hash, used_at, spent_by) VALUES ($1, $2, 0, '')",
                );
                query
                    .bind(id.to_string())
                    .bind(String::from(code))
                    .execute(&mut *transaction)
                    .await?;
            }
            changed(&mut transaction, user, &record).await?;
            Ok((Enrolled::Done, transaction))
        })
        .await?;
    if enrolled == Enrolled::Done {
        observe(&told);
    }
    Ok(enrolled)
}

/// Removes an authenticator. Where the last second factor must stay, it stays.
pub(super) async fn remove(
    database: &Database,
    (user, id): (UserId, AuthenticatorId),
    keep: Keep,
    record: AuditRecord,
) -> Result<Removed, Fault> {
    let told = record.clone();
    let removed = database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let own = sqlx::query("SELECT id, kind FROM authenticators WHERE user_id = $1");
            let rows = own.bind(user.to_string()).fetch_all(&mut *transaction).await?;
            let mut there = Vec::with_capacity(rows.len());
            for row in &rows {
                there.push((row.try_get::<String, _>("id")?, row.try_get::<String, _>("kind")?));
            }
            let id = id.to_string();
            let Some((_, kind)) = there.iter().find(|(one, _)| *one == id) else {
                return Ok((Removed::NotThere, transaction));
            };
            let others = there.iter().any(|(one, kind)| *one != id && kind != EMERGENCY_CODES);
            if keep == Keep::One && !others && kind != EMERGENCY_CODES {
                return Ok((Removed::IsTheLast, transaction));
            }
            retire(&mut transaction, user, Which::This(id), record.at).await?;
            changed(&mut transaction, user, &record).await?;
            Ok((Removed::Done, transaction))
        })
        .await?;
    if removed == Removed::Done {
        observe(&told);
    }
    Ok(removed)
}

/// Gives an authenticator another description.
pub(super) async fn describe(
    database: &Database,
    (user, id): (UserId, AuthenticatorId),
    description: String,
) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("UPDATE authenticators SET description = $3 WHERE user_id = $1 AND id = $2");
            query
                .bind(user.to_string())
                .bind(id.to_string())
                .bind(description)
                .execute(&mut *transaction)
                .await?;
            Ok(((), transaction))
        })
        .await
}

/// Makes an authenticator the one that is asked first.
pub(super) async fn prefer(database: &Database, (user, id): (UserId, AuthenticatorId)) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let query = sqlx::query(
                "UPDATE authenticators SET preferred = CASE WHEN id = $2 THEN 1 ELSE 0 END WHERE user_id = $1",
            );
            query
                .bind(user.to_string())
                .bind(id.to_string())
                .execute(&mut *transaction)
                .await?;
            Ok(((), transaction))
        })
        .await
}

/// Keeps everybody else from changing this user's authenticators until the transaction ends.
pub(in crate::io) async fn lock(transaction: &mut Transaction, user: UserId) -> Result<(), sqlx::Error> {
    let query = sqlx::query(
        "INSERT INTO accounts (user_id, changes) VALUES ($1, 1)
         ON CONFLICT (user_id) DO UPDATE SET changes = accounts.changes + 1",
    );
    query.bind(user.to_string()).execute(&mut **transaction).await?;
    Ok(())
}

/// Every node reads the user anew, and the change is recorded. A change that was under way when somebody objected to
/// another does not come through.
pub(super) async fn changed(
    transaction: &mut Transaction,
    user: UserId,
    record: &AuditRecord,
) -> Result<(), sqlx::Error> {
    let query = sqlx::query_scalar("SELECT count(*) FROM accounts WHERE user_id = $1 AND frozen_at > $2");
    let query = query.bind(user.to_string()).bind(record.at.as_millis());
    let frozen: i64 = query.fetch_one(&mut **transaction).await?;
    if frozen > 0 {
        return Err(sqlx::Error::Protocol("somebody objected to a change meanwhile".into()));
    }
    write_revocation(transaction, record.id, record.at, Revoked::Facts(user)).await?;
    write_audit(transaction, record).await
}

/// Writes a row of `authenticators`.
pub(super) async fn insert(
    transaction: &mut Transaction,
    (id, user): (AuthenticatorId, UserId),
    (row, description, at): (Sealed, String, Timestamp),
) -> Result<(), sqlx::Error> {
    let query = sqlx::query(
        "INSERT INTO authenticators
         (id, user_id, kind, channel, description, sealed, address, digits, last_step, spent_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10)",
    );
    let query = query
        .bind(id.to_string())
        .bind(user.to_string())
        .bind(row.kind)
        .bind(row.channel);
    let query = query
        .bind(description)
        .bind(row.sealed)
        .bind(row.address)
        .bind(row.digits);
    query
        .bind(row.last_step)
        .bind(at.as_millis())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// What is removed.
pub(super) enum Which {
    /// The one of this id.
    This(String),
    /// The list of codes.
    EmergencyCodes,
    /// Everything that was added at this moment or later.
    AddedSince(Timestamp),
}

/// Moves authenticators to the former ones.
pub(super) async fn retire(
    transaction: &mut Transaction,
    user: UserId,
    which: Which,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let (id, kind, since) = match which {
        Which::This(id) => (id, String::new(), i64::MAX),
        Which::EmergencyCodes => (String::new(), EMERGENCY_CODES.to_owned(), i64::MAX),
        Which::AddedSince(since) => (String::new(), String::new(), since.as_millis()),
    };
    for statement in [
        "INSERT INTO former_authenticators
         SELECT id, user_id, kind, channel, description, sealed, address, digits, last_step, created_at, $4
         FROM authenticators WHERE user_id = $1 AND (id = $2 OR kind = $3 OR created_at >= $5)",
        "DELETE FROM authenticators WHERE user_id = $1 AND (id = $2 OR kind = $3 OR created_at >= $5) AND $4 > 0",
    ] {
        let query = sqlx::query(statement)
            .bind(user.to_string())
            .bind(id.clone())
            .bind(kind.clone());
        let query = query.bind(at.as_millis()).bind(since);
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}
