//! Spends: a right answer becomes an [`Authentication`] here and nowhere else, for exactly one login.

use super::Spent;
use crate::domain::assurance::{Authentication, Method};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Mark, Unspent};
use crate::domain::id::{AuthenticatorId, ChallengeId, LoginId, UserId};
use crate::domain::secret::KeyedHash;
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
    let (method, authenticator, mark) = unspent.parts();
    let prover = unspent.prover();
    let (at, told) = (record.at, record.clone());
    let owner = database
        .transaction(|mut transaction| async move {
            let owner = match mark {
                Mark::Step(step) => take_step(&mut transaction, authenticator, step, login).await?,
                Mark::Challenge(challenge) => take_challenge(&mut transaction, challenge, login, &record).await?,
                Mark::Listed(code) => cross_off(&mut transaction, (authenticator, code), login, &record).await?,
            };
            if owner == Owner::Now {
                let query = sqlx::query("UPDATE authenticators SET last_used_at = $2 WHERE id = $1");
                let query = query.bind(authenticator.to_string()).bind(record.at.as_millis());
                query.execute(&mut *transaction).await?;
                if method != Method::Email
                    && let Some(user) = record.user
                {
                    vouch(&mut transaction, user).await?;
                }
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

/// Something else than the mailbox has spoken for the user: a password that came from the mailbox is theirs.
async fn vouch(transaction: &mut Transaction, user: UserId) -> Result<(), sqlx::Error> {
    let query =
        sqlx::query("UPDATE users SET password_by_mailbox_at = 0 WHERE id = $1 AND password_by_mailbox_at <> 0");
    query.bind(user.to_string()).execute(&mut **transaction).await?;
    Ok(())
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

/// Each code of a list works once; compare and set in one statement.
async fn cross_off(
    transaction: &mut Transaction,
    (list, code): (AuthenticatorId, KeyedHash),
    login: LoginId,
    record: &AuditRecord,
) -> Result<Owner, sqlx::Error> {
    let query = sqlx::query(
        "UPDATE emergency_codes SET used_at = $3, spent_by = $4 WHERE authenticator_id = $1 AND hash = $2 AND used_at = 0",
    );
    let query = query.bind(list.to_string()).bind(String::from(code));
    let query = query.bind(record.at.as_millis()).bind(login.to_string());
    if query.execute(&mut **transaction).await?.rows_affected() == 1 {
        return Ok(Owner::Now);
    }
    let query = sqlx::query_scalar(
        "SELECT count(*) FROM emergency_codes WHERE authenticator_id = $1 AND hash = $2 AND spent_by = $3",
    );
    let query = query
        .bind(list.to_string())
        .bind(String::from(code))
        .bind(login.to_string());
    let ours: i64 = query.fetch_one(&mut **transaction).await?;
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
