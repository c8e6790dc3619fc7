//! One change of one user: what is written, who is told, and what is recorded go together or not at all.

use super::Changed;
use crate::domain::audit::AuditRecord;
use crate::domain::id::UserId;
use crate::io::Fault;
use crate::io::credentials::{Firsts, Revoked, lock};
use crate::io::sql::{Database, write_audit, write_revocation};
use crate::io::telemetry::observe;

/// An `UPDATE users … WHERE id = …` that hits its user or nobody.
pub(super) type Update = sqlx::query::Query<'static, sqlx::Any, <sqlx::Any as sqlx::Database>::Arguments>;

/// What an objection means to an update.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    /// The update asks whether there was one; so none may come in between.
    Forbids,
    /// Nothing.
    Ignored,
}

/// Changes a user by this update. When it hits, nodes are told to read the user anew, the addresses that are gone with it
/// still hear of changes, and it is recorded, all in one transaction.
pub(super) async fn change(
    database: &Database,
    (id, update, objection): (UserId, Update, Objection),
    gone: Option<Firsts>,
    record: AuditRecord,
) -> Result<Changed, Fault> {
    let told = record.clone();
    let changed = database
        .transaction(|mut transaction| async move {
            if objection == Objection::Forbids {
                lock(&mut transaction, id).await?;
            }
            if update.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Changed::NoSuchUser, transaction));
            }
            if let Some(gone) = gone {
                gone.write_gone(&mut transaction, id, record.at).await?;
            }
            write_revocation(&mut transaction, record.id, record.at, Revoked::Facts(id)).await?;
            write_audit(&mut transaction, &record).await?;
            Ok((Changed::Done, transaction))
        })
        .await?;
    if changed == Changed::Done {
        observe(&told);
    }
    Ok(changed)
}
