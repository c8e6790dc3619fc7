//! What undoes changes, and what removes all second factors of a person at an operator's word.

use super::authenticators::{Which, changed, lock, retire};
use super::{Objected, Reset};
use crate::domain::audit::AuditRecord;
use crate::domain::id::UserId;
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
                "UPDATE users SET proofs_since = $2 WHERE id = $1 AND proofs_since < $2",
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

/// Whoever made the change may have gone on from there: what was added since goes with it, and so do a password and an
/// address that were set since. Nothing comes back: whoever objects has shown that they read an address, and not who they are.
async fn undo(transaction: &mut Transaction, notice: &Notice, now: Timestamp) -> Result<(), sqlx::Error> {
    let user = notice.user;
    if notice.change == Change::ResetPlanned && call_off(transaction, user).await? {
        return Ok(());
    }
    if notice.change == Change::EmergencyCodeUsed {
        retire(transaction, user, Which::EmergencyCodes, now).await?;
    }
    retire(transaction, user, Which::AddedSince(notice.at), UNTOLD).await?;
    let query = sqlx::query("UPDATE users SET password = $3 WHERE id = $1 AND password_set_at >= $2");
    let query = query.bind(user.to_string()).bind(notice.at.as_millis()).bind(WITHDRAWN);
    query.execute(&mut **transaction).await?;
    let query = sqlx::query("UPDATE users SET email = '' WHERE id = $1 AND email_set_at >= $2");
    let query = query.bind(user.to_string()).bind(notice.at.as_millis());
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// When what an objection takes off counts as removed: so long ago that its address is told nothing more.
const UNTOLD: Timestamp = Timestamp::from_millis(1);

/// Takes a planned removal back; whether there was one that has not happened yet.
async fn call_off(transaction: &mut Transaction, user: UserId) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("UPDATE accounts SET reset_at = 0, reset_reason = '' WHERE user_id = $1 AND reset_at > 0");
    let query = query.bind(user.to_string());
    Ok(query.execute(&mut **transaction).await?.rows_affected() > 0)
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

/// Removes all second factors of a user and ends their sessions, at once or if it is due; whether it did. The operator's
/// word lifts what an objection froze.
pub(super) async fn reset(database: &Database, user: UserId, when: Reset, record: AuditRecord) -> Result<bool, Fault> {
    let told = record.clone();
    let done = database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let query = sqlx::query(
                "UPDATE accounts SET reset_at = 0, reset_reason = '', frozen_at = 0
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
                "DELETE FROM devices WHERE user_id = $1 AND $2 > 0",
                "UPDATE users SET proofs_since = $2 WHERE id = $1 AND proofs_since < $2",
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
