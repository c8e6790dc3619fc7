//! What undoes changes, and what removes all second factors of a person at an operator's word.

use super::authenticators::{Which, changed, lock, retire};
use super::rows::EMERGENCY_CODES;
use super::{Objected, Reset};
use crate::domain::audit::AuditRecord;
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::notice::{Change, Notice};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::{Database, Transaction, WITHDRAWN, write_audit};
use crate::io::telemetry::observe;
use sqlx::Row;

/// Undoes a change as far as it can be, ends all sessions, and freezes the account; once.
pub(super) async fn object(database: &Database, notice: &Notice, record: AuditRecord) -> Result<Objected, Fault> {
    let (notice, told) = (notice.clone(), record.clone());
    let objected = database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, notice.user).await?;
            let query = sqlx::query("UPDATE notices SET objected_at = $2 WHERE id = $1 AND objected_at = 0");
            let query = query.bind(notice.id.to_string()).bind(record.at.as_millis());
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Objected::Before, transaction));
            }
            undo(&mut transaction, &notice, record.at).await?;
            for statement in [
                "DELETE FROM pending WHERE user_id = $1 AND $2 > 0",
                "DELETE FROM devices WHERE user_id = $1 AND $2 > 0",
                "UPDATE accounts SET frozen_at = $2 WHERE user_id = $1",
                "UPDATE users SET proofs_since = $2 WHERE id = $1",
            ] {
                let query = sqlx::query(statement).bind(notice.user.to_string());
                query.bind(record.at.as_millis()).execute(&mut *transaction).await?;
            }
            changed(&mut transaction, notice.user, &record).await?;
            Ok((Objected::Now, transaction))
        })
        .await?;
    if objected == Objected::Now {
        observe(&told);
    }
    Ok(objected)
}

/// Whoever made the change may have gone on from there: what was added since goes with it.
async fn undo(transaction: &mut Transaction, notice: &Notice, now: Timestamp) -> Result<(), sqlx::Error> {
    let user = notice.user;
    if notice.change != Change::ResetPlanned {
        retire(transaction, user, Which::AddedSince(notice.at), now).await?;
    }
    match notice.change {
        Change::Added { replaced: None, .. } => Ok(()),
        Change::Added { replaced: Some(id), .. }
        | Change::Removed { authenticator: id, .. }
        | Change::EmergencyCodesDeleted(id) => restore(transaction, user, Former::This(id)).await,
        // The list that gave way to the new one, or all there was.
        Change::EmergencyCodesMade | Change::Reset => restore(transaction, user, Former::RemovedAt(notice.at)).await,
        Change::ResetPlanned => {
            let query = sqlx::query("UPDATE accounts SET reset_at = 0, reset_reason = '' WHERE user_id = $1");
            query.bind(user.to_string()).execute(&mut **transaction).await?;
            Ok(())
        }
        Change::PasswordChanged => {
            let query = sqlx::query("UPDATE users SET password = $3 WHERE id = $1 AND password_set_at = $2");
            let query = query.bind(user.to_string()).bind(notice.at.as_millis()).bind(WITHDRAWN);
            query.execute(&mut **transaction).await?;
            Ok(())
        }
        // A code that was used stays used.
        Change::EmergencyCodeUsed | Change::SecondFactorLocked | Change::Objected => Ok(()),
    }
}

/// What is brought back.
enum Former {
    /// The one of this id.
    This(AuthenticatorId),
    /// What was removed at this moment.
    RemovedAt(Timestamp),
}

/// Brings back what was removed; a list of emergency codes only where there is no other.
async fn restore(transaction: &mut Transaction, user: UserId, which: Former) -> Result<(), sqlx::Error> {
    let (id, removed_at) = match which {
        Former::This(id) => (id.to_string(), 0),
        Former::RemovedAt(at) => (String::new(), at.as_millis()),
    };
    for statement in [
        "INSERT INTO authenticators
         (id, user_id, kind, channel, description, sealed, address, digits, last_step, spent_by, created_at)
         SELECT id, user_id, kind, channel, description, sealed, address, digits, last_step, '', created_at
         FROM former_authenticators f
         WHERE user_id = $1 AND (id = $2 OR removed_at = $3) AND NOT (kind = $4 AND EXISTS
             (SELECT 1 FROM authenticators a WHERE a.user_id = f.user_id AND a.kind = $4))",
        "DELETE FROM former_authenticators WHERE user_id = $1 AND (id = $2 OR removed_at = $3) AND $4 <> ''
         AND id IN (SELECT id FROM authenticators WHERE user_id = $1)",
    ] {
        let query = sqlx::query(statement).bind(user.to_string()).bind(id.clone());
        let query = query.bind(removed_at).bind(EMERGENCY_CODES);
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Notes when all second factors of a user are to be removed; a later note takes the place of an earlier.
pub(super) async fn plan_reset(
    database: &Database,
    user: UserId,
    (due, reason): (Timestamp, String),
    record: AuditRecord,
) -> Result<(), Fault> {
    note_reset(database, user, (due.as_millis(), reason), record)
        .await
        .map(drop)
}

/// Takes the note back; whether there was one.
pub(super) async fn cancel_reset(database: &Database, user: UserId, record: AuditRecord) -> Result<bool, Fault> {
    note_reset(database, user, (0, String::new()), record).await
}

async fn note_reset(
    database: &Database,
    user: UserId,
    (due, reason): (i64, String),
    record: AuditRecord,
) -> Result<bool, Fault> {
    let told = record.clone();
    let noted = database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let query = sqlx::query(
                "UPDATE accounts SET reset_at = $2, reset_reason = $3
                 WHERE user_id = $1 AND ($2 > 0 OR reset_at > 0)",
            );
            let query = query.bind(user.to_string()).bind(due).bind(reason);
            let noted = query.execute(&mut *transaction).await?.rows_affected() > 0;
            if noted {
                write_audit(&mut transaction, &record).await?;
            }
            Ok((noted, transaction))
        })
        .await?;
    if noted {
        observe(&told);
    }
    Ok(noted)
}

/// The resets whose time has come, with the operator's reasons.
pub(super) async fn resets_due(database: &Database, now: Timestamp) -> Result<Vec<(UserId, String)>, Fault> {
    let query = sqlx::query(
        "SELECT user_id, reset_reason FROM accounts WHERE reset_at > 0 AND reset_at <= $1 ORDER BY reset_at",
    );
    let rows = database
        .read(query.bind(now.as_millis()).fetch_all(database.pool()))
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let user: String = row.try_get("user_id").map_err(|error| Fault::new("sql", error))?;
        let reason: String = row.try_get("reset_reason").map_err(|error| Fault::new("sql", error))?;
        Ok((user.parse().map_err(|error| Fault::new("sql", error))?, reason))
    };
    rows.iter().map(read).collect()
}

/// Removes all second factors of a user and ends their sessions, at once or if it is due; whether it did.
pub(super) async fn reset(database: &Database, user: UserId, when: Reset, record: AuditRecord) -> Result<bool, Fault> {
    let told = record.clone();
    let done = database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let query = sqlx::query(
                "UPDATE accounts SET reset_at = 0, reset_reason = ''
                 WHERE user_id = $1 AND ($2 = 0 OR (reset_at > 0 AND reset_at <= $2))",
            );
            let limit = match when {
                Reset::Now => 0,
                Reset::IfDue => record.at.as_millis(),
            };
            let query = query.bind(user.to_string()).bind(limit);
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((false, transaction));
            }
            retire(
                &mut transaction,
                user,
                Which::AddedSince(Timestamp::from_millis(0)),
                record.at,
            )
            .await?;
            for statement in [
                "DELETE FROM pending WHERE user_id = $1 AND $2 > 0",
                "UPDATE users SET proofs_since = $2 WHERE id = $1",
            ] {
                let query = sqlx::query(statement).bind(user.to_string());
                query.bind(record.at.as_millis()).execute(&mut *transaction).await?;
            }
            changed(&mut transaction, user, &record).await?;
            Ok((true, transaction))
        })
        .await?;
    if done {
        observe(&told);
    }
    Ok(done)
}
