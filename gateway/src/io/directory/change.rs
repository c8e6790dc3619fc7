//! One change of one user: what is written, who is told, and what is recorded go together or not at all.

use super::Changed;
use crate::domain::audit::AuditRecord;
use crate::domain::id::UserId;
use crate::domain::user::UserName;
use crate::io::Fault;
use crate::io::credentials::{Claim, Firsts, Revoked, lock, take_turn};
use crate::io::sql::{Database, Transaction, write_audit, write_revocation};
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
/// still hear of changes, and it is recorded, all in one transaction. Where mail moves, it does not move to somebody else's.
pub(super) async fn change(
    database: &Database,
    (id, update, objection): (UserId, Update, Objection),
    moved: Option<(Firsts, Claim)>,
    record: AuditRecord,
) -> Result<Changed, Fault> {
    let told = record.clone();
    let changed = database
        .transaction(|mut transaction| async move {
            if let Some((_, claim)) = &moved {
                take_turn(&mut transaction).await?;
                if claim.is_anothers(&mut transaction, id).await? {
                    return Ok((Changed::AddressTaken, transaction));
                }
            }
            if objection == Objection::Forbids {
                lock(&mut transaction, id).await?;
            }
            if update.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Changed::NoSuchUser, transaction));
            }
            if let Some((gone, _)) = moved {
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

/// Whether there is somebody of this name.
pub(super) async fn is_there(transaction: &mut Transaction, name: &UserName) -> Result<bool, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT count(*) FROM users WHERE name = $1");
    let found: i64 = query
        .bind(name.as_str().to_owned())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(found > 0)
}
