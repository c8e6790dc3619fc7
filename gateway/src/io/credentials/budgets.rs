//! Budgets: a tally per scope, read, judged and written in one transaction that holds the row's lock.

use super::{Alarms, Charged, Revoked, Scope};
use crate::domain::audit::AuditRecord;
use crate::domain::id::{ChargeId, UserId};
use crate::domain::throttle::{Attempt, Budget, Room, SECOND_FACTOR, Tally};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::{Database, Transaction, write_audit, write_revocation};
use crate::io::telemetry::observe;

/// Counts an attempt; committed before this returns, whatever becomes of the caller. Whoever charges the same budgets
/// names them in the same order, so that no two wait for each other.
pub(super) async fn charge(
    database: &Database,
    budgets: &[(Scope, Budget)],
    attempt: Attempt,
) -> Result<Charged, Fault> {
    database
        .transaction(|mut transaction| async move {
            let mut left = Room::Left;
            for (scope, budget) in budgets {
                let tally = lock(&mut transaction, scope, attempt.at).await?;
                match tally.charge(*budget, attempt) {
                    Ok(tally) => {
                        left = left.and(tally.room(*budget, attempt));
                        write(&mut transaction, scope, &tally).await?;
                    }
                    Err((tally, wait)) => {
                        write(&mut transaction, scope, &tally).await?;
                        return Ok((Charged::MustWait(wait), transaction));
                    }
                }
            }
            Ok((Charged::Counted(left), transaction))
        })
        .await
}

/// Tells of a budget without room, as far as that is news, and marks a compromised password; all in one transaction.
pub(super) async fn raise_alarm(database: &Database, scope: &Scope, alarms: Alarms) -> Result<(), Fault> {
    let Alarms {
        user,
        locked,
        compromised,
    } = alarms;
    let (told_locked, told_compromised) = (locked.clone(), compromised.clone());
    let (news, marked) = database
        .transaction(|mut transaction| async move {
            let tally = lock(&mut transaction, scope, locked.at).await?;
            let (tally, alarm) = tally.raise_alarm(SECOND_FACTOR, locked.at);
            write(&mut transaction, scope, &tally).await?;
            if alarm.news {
                write_audit(&mut transaction, &locked).await?;
            }
            let marked = match alarm.compromised {
                Some(since) => mark(&mut transaction, (user, since), &compromised).await?,
                None => false,
            };
            Ok(((alarm.news, marked), transaction))
        })
        .await?;
    if news {
        observe(&told_locked);
    }
    if marked {
        observe(&told_compromised);
    }
    Ok(())
}

/// Marks a password as compromised, which outdates whatever was proven by it; whether it was not marked yet. A password
/// that was set since strangers began to fail is another than the one they know.
async fn mark(
    transaction: &mut Transaction,
    (user, since): (UserId, Timestamp),
    record: &AuditRecord,
) -> Result<bool, sqlx::Error> {
    let query = sqlx::query(
        "UPDATE users SET password_compromised_at = $2, proofs_since = $2
         WHERE id = $1 AND password_compromised_at = 0 AND password_set_at < $3",
    );
    let query = query.bind(user.to_string()).bind(record.at.as_millis());
    let query = query.bind(since.as_millis());
    if query.execute(&mut **transaction).await?.rows_affected() == 0 {
        return Ok(false);
    }
    write_revocation(transaction, record.id, record.at, Revoked::Facts(user)).await?;
    write_audit(transaction, record).await?;
    Ok(true)
}

/// Takes a charge back from all of them.
pub(super) async fn refund(database: &Database, budgets: &[(Scope, Budget)], charge: ChargeId) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            for (scope, _) in budgets {
                let tally = lock(&mut transaction, scope, Timestamp::from_millis(0)).await?;
                write(&mut transaction, scope, &tally.refund(charge)).await?;
            }
            Ok(((), transaction))
        })
        .await
}

/// Forgets all charges.
pub(super) async fn forgive(database: &Database, scope: &Scope, record: AuditRecord) -> Result<(), Fault> {
    let told = record.clone();
    database
        .transaction(|mut transaction| async move {
            write(&mut transaction, scope, &Tally::default()).await?;
            write_audit(&mut transaction, &record).await?;
            Ok(((), transaction))
        })
        .await?;
    observe(&told);
    Ok(())
}

/// Reads a tally and keeps everybody else from it until the transaction ends: the first statement writes.
async fn lock(transaction: &mut Transaction, scope: &Scope, at: Timestamp) -> Result<Tally, sqlx::Error> {
    let query = sqlx::query_scalar(
        "INSERT INTO budgets (scope, tally, changes, at) VALUES ($1, '', 1, $2)
         ON CONFLICT (scope) DO UPDATE SET changes = budgets.changes + 1,
             at = CASE WHEN budgets.at < $2 THEN $2 ELSE budgets.at END
         RETURNING tally",
    );
    let text: String = query
        .bind(scope.0.clone())
        .bind(at.as_millis())
        .fetch_one(&mut **transaction)
        .await?;
    if text.is_empty() {
        Ok(Tally::default())
    } else {
        serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

async fn write(transaction: &mut Transaction, scope: &Scope, tally: &Tally) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(tally).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let query = sqlx::query("UPDATE budgets SET tally = $2 WHERE scope = $1");
    query
        .bind(scope.0.clone())
        .bind(text)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
