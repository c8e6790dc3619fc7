//! Passwords that came from a mailbox: written down as such, until something else has spoken for their user.

use super::change::{Objection, change};
use super::{Changed, Recovered};
use crate::domain::audit::AuditRecord;
use crate::domain::id::{RecoveryId, UserId};
use crate::io::Fault;
use crate::io::credentials::Revoked;
use crate::io::sql::{Database, write_audit, write_revocation};
use crate::io::telemetry::observe;

/// Replaces the password by this hash, once in a recovery, and outdates everything proven before. Who has none waits for
/// an operator, or for the link to it: nothing was forgotten, and a mailbox must not be a way around that link. Nor is
/// one that mail has gone to before, and goes to no more.
pub(super) async fn recover(
    database: &Database,
    (id, hash): (UserId, String),
    (recovery, address): (RecoveryId, String),
    record: AuditRecord,
) -> Result<Recovered, Fault> {
    let told = record.clone();
    let recovered = database
        .transaction(|mut transaction| async move {
            let spend = sqlx::query(
                "INSERT INTO spends (mark, spent_by, at) VALUES ($1, $2, $3) ON CONFLICT (mark) DO NOTHING",
            );
            let spend = spend.bind(recovery.to_string()).bind(id.to_string());
            if spend
                .bind(record.at.as_millis())
                .execute(&mut *transaction)
                .await?
                .rows_affected()
                == 0
            {
                return Ok((Recovered::Spent, transaction));
            }
            let update = sqlx::query(
                "UPDATE users SET password = $2, proofs_since = $3, password_set_at = $3, password_by_mailbox_at = $3,
                 password_compromised_at = 0
                 WHERE id = $1 AND standing = 'active' AND password <> '' AND lower(email) = lower($4)",
            );
            let update = update.bind(id.to_string()).bind(hash).bind(record.at.as_millis());
            let update = update.bind(address);
            if update.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Recovered::Spent, transaction));
            }
            write_revocation(&mut transaction, record.id, record.at, Revoked::Facts(id)).await?;
            write_audit(&mut transaction, &record).await?;
            Ok((Recovered::Done, transaction))
        })
        .await?;
    if recovered == Recovered::Done {
        observe(&told);
    }
    Ok(recovered)
}

/// Lets codes by e-mail complete logins again.
pub(super) async fn trust(database: &Database, id: UserId, record: AuditRecord) -> Result<Changed, Fault> {
    let update = sqlx::query("UPDATE users SET password_by_mailbox_at = 0 WHERE id = $1").bind(id.to_string());
    change(database, (id, update, Objection::Ignored), None, record).await
}
