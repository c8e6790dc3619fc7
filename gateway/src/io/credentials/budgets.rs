//! Budgets: a tally per scope, read, judged and written in one transaction that holds the row's lock.

use super::{Charged, Scope};
use crate::domain::audit::AuditRecord;
use crate::domain::id::ChargeId;
use crate::domain::throttle::{Attempt, Budget, Tally};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::{Database, Transaction, write_audit};
use crate::io::telemetry::observe;

/// Counts an attempt; committed before this returns, whatever becomes of the caller.
pub(super) async fn charge(
    database: &Database,
    scope: &Scope,
    budget: Budget,
    attempt: Attempt,
) -> Result<Charged, Fault> {
    database
        .transaction(|mut transaction| async move {
            let tally = lock(&mut transaction, scope, attempt.at).await?;
            let (tally, charged) = match tally.charge(budget, attempt) {
                Ok(tally) => (tally, Charged::Counted),
                Err((tally, wait)) => (tally, Charged::MustWait(wait)),
            };
            write(&mut transaction, scope, &tally).await?;
            Ok((charged, transaction))
        })
        .await
}

/// Takes a charge back.
pub(super) async fn refund(database: &Database, scope: &Scope, charge: ChargeId) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            let tally = lock(&mut transaction, scope, Timestamp::from_millis(0)).await?;
            write(&mut transaction, scope, &tally.refund(charge)).await?;
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
