//! Spends: a right answer becomes an [`Authentication`] here and nowhere else, for exactly one login.

use super::Spent;
use crate::domain::assurance::Authentication;
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Mark, Unspent};
use crate::domain::id::{AuthenticatorId, ChallengeId, LoginId};
use crate::io::Fault;
use crate::io::sql::{Database, Transaction, write_audit};
use crate::io::telemetry::observe;

/// Marks the answer as used by this login. The same login asking again (its answer was lost, a button was pressed
/// twice) is told the same.
pub(super) async fn commit(
    database: &Database,
    unspent: Unspent,
    login: LoginId,
    record: AuditRecord,
) -> Result<Spent, Fault> {
    let (method, prover, mark) = unspent.parts();
    let (at, told) = (record.at, record.clone());
    let owner = database
        .transaction(|mut transaction| async move {
            let owner = match mark {
                Mark::Step(authenticator, step) => take_step(&mut transaction, authenticator, step, login).await?,
                Mark::Challenge(challenge) => take_challenge(&mut transaction, challenge, login, &record).await?,
            };
            if owner == Owner::Now {
                write_audit(&mut transaction, &record).await?;
            }
            Ok((owner, transaction))
        })
        .await?;
    if owner == Owner::Now {
        observe(&told);
    }
    Ok(match owner {
        Owner::Now | Owner::Before => Spent::Ours(Authentication::proven(method, prover, at)),
        Owner::Another => Spent::Used,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// This login, by this call.
    Now,
    /// This login, by an earlier call.
    Before,
    /// Some other login.
    Another,
}

/// Only a later step than the last one is new (RFC 6238 section 5.2); compare and set in one statement.
async fn take_step(
    transaction: &mut Transaction,
    authenticator: AuthenticatorId,
    step: u64,
    login: LoginId,
) -> Result<Owner, sqlx::Error> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let query = sqlx::query("UPDATE authenticators SET last_step = $2, spent_by = $3 WHERE id = $1 AND last_step < $2");
    let won = query
        .bind(authenticator.to_string())
        .bind(step)
        .bind(login.to_string())
        .execute(&mut **transaction)
        .await?
        .rows_affected();
    if won == 1 {
        return Ok(Owner::Now);
    }
    let query =
        sqlx::query_scalar("SELECT count(*) FROM authenticators WHERE id = $1 AND last_step = $2 AND spent_by = $3");
    let ours: i64 = query
        .bind(authenticator.to_string())
        .bind(step)
        .bind(login.to_string())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(if ours == 1 { Owner::Before } else { Owner::Another })
}

async fn take_challenge(
    transaction: &mut Transaction,
    challenge: ChallengeId,
    login: LoginId,
    record: &AuditRecord,
) -> Result<Owner, sqlx::Error> {
    let query =
        sqlx::query("INSERT INTO spends (mark, spent_by, at) VALUES ($1, $2, $3) ON CONFLICT (mark) DO NOTHING");
    let query = query
        .bind(challenge.to_string())
        .bind(login.to_string())
        .bind(record.at.as_millis());
    if query.execute(&mut **transaction).await?.rows_affected() == 1 {
        return Ok(Owner::Now);
    }
    let query = sqlx::query_scalar("SELECT spent_by FROM spends WHERE mark = $1");
    let owner: String = query.bind(challenge.to_string()).fetch_one(&mut **transaction).await?;
    Ok(if owner == login.to_string() {
        Owner::Before
    } else {
        Owner::Another
    })
}
