//! What waits for its first right answer, and the move to what counts.

use super::authenticators::{Which, changed, insert, lock, retire};
use super::claims::{Claim, take_turn};
use super::rows::{PENDING_COLUMNS, Sealed, Table, seal, unseal};
use super::{Confirmation, Confirmed, Pending};
use crate::domain::assurance::Authentication;
use crate::domain::authenticator::{Authenticator, Kind, Mark};
use crate::domain::id::{AuthenticatorId, UserId};
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Database, Transaction};
use crate::io::telemetry::observe;
use sqlx::Row;

/// How many may wait at once; the oldest give way.
const MOST: i64 = 8;

/// Writes something that is to be proven.
pub(super) async fn put((database, keys): (&Database, &KeyRing), user: UserId, pending: &Pending) -> Result<(), Fault> {
    let row = seal(keys, (Table::Pending, user), &pending.authenticator)?;
    let (id, at) = (pending.authenticator.id, pending.authenticator.added_at);
    let (description, replaces) = (pending.authenticator.description.clone(), replaced(pending));
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "INSERT INTO pending
                 (id, user_id, kind, channel, description, sealed, address, digits, replaces, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
                .bind(replaces)
                .bind(at.as_millis())
                .execute(&mut *transaction)
                .await?;
            let query = sqlx::query(
                "DELETE FROM pending WHERE user_id = $1 AND id NOT IN
                 (SELECT id FROM pending WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2)",
            );
            query
                .bind(user.to_string())
                .bind(MOST)
                .execute(&mut *transaction)
                .await?;
            Ok(((), transaction))
        })
        .await
}

/// What waits, oldest first.
pub(super) async fn of(database: &Database, keys: &KeyRing, user: UserId) -> Result<Vec<Pending>, Fault> {
    let text = format!("SELECT {PENDING_COLUMNS} FROM pending WHERE user_id = $1 ORDER BY created_at, id");
    let query = sqlx::query(sqlx::AssertSqlSafe(text));
    let rows = database
        .read(query.bind(user.to_string()).fetch_all(database.pool()))
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let replaces: String = row.try_get("replaces").map_err(|error| Fault::new("sql", error))?;
        Ok(Pending {
            authenticator: unseal(row, keys, (Table::Pending, user), |_| Vec::new())?,
            replaces: replaces.parse().ok(),
        })
    };
    rows.iter().map(read).collect()
}

/// Forgets what waits.
pub(super) async fn discard(database: &Database, (user, id): (UserId, AuthenticatorId)) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("DELETE FROM pending WHERE user_id = $1 AND id = $2");
            query
                .bind(user.to_string())
                .bind(id.to_string())
                .execute(&mut *transaction)
                .await?;
            Ok(((), transaction))
        })
        .await
}

/// Moves what gave its first right answer to what counts, and removes what it replaces. The answer is spent by that: of
/// many that try, one moves it; the same login asking again is told the same.
pub(super) async fn confirm(
    (database, keys): (&Database, &KeyRing),
    pending: Pending,
    confirmation: Confirmation,
) -> Result<Confirmed, Fault> {
    let Confirmation {
        user,
        unspent,
        login,
        most_accounts,
        record,
    } = confirmation;
    let (method, id, mark) = unspent.parts();
    let prover = unspent.prover();
    let row = seal(keys, (Table::Authenticators, user), &pending.authenticator)?;
    let claim = claim(keys, &pending.authenticator)?;
    let (description, replaces) = (pending.authenticator.description.clone(), replaced(&pending));
    let (at, told) = (record.at, record.clone());
    let first_step = match mark {
        Mark::Step(step) => i64::try_from(step).unwrap_or(i64::MAX),
        Mark::Challenge(_) | Mark::Listed(_) => row.last_step,
    };
    let moved = database
        .transaction(|mut transaction| async move {
            take_turn(&mut transaction).await?;
            lock(&mut transaction, user).await?;
            if let Some(refused) = unfit(&mut transaction, user, (&row, claim.as_ref()), most_accounts).await? {
                return Ok((Move::Refused(refused), transaction));
            }
            let query = sqlx::query("DELETE FROM pending WHERE user_id = $1 AND id = $2");
            let gone = query
                .bind(user.to_string())
                .bind(id.to_string())
                .execute(&mut *transaction)
                .await?;
            if gone.rows_affected() == 0 {
                let query = sqlx::query_scalar("SELECT count(*) FROM authenticators WHERE id = $1 AND spent_by = $2");
                let ours: i64 = query
                    .bind(id.to_string())
                    .bind(login.to_string())
                    .fetch_one(&mut *transaction)
                    .await?;
                return Ok((if ours == 1 { Move::Before } else { Move::Gone }, transaction));
            }
            insert(&mut transaction, (id, user), (row, description, at)).await?;
            let query =
                sqlx::query("UPDATE authenticators SET last_step = $2, spent_by = $3, last_used_at = $4 WHERE id = $1");
            let query = query
                .bind(id.to_string())
                .bind(first_step)
                .bind(login.to_string())
                .bind(at.as_millis());
            query.execute(&mut *transaction).await?;
            if !replaces.is_empty() {
                retire(&mut transaction, user, Which::This(replaces), at).await?;
            }
            changed(&mut transaction, user, &record).await?;
            Ok((Move::Now, transaction))
        })
        .await?;
    Ok(match moved {
        Move::Now => {
            observe(&told);
            Confirmed::Ours(Authentication::proven(method, prover, at))
        }
        Move::Before => Confirmed::Ours(Authentication::proven(method, prover, at)),
        Move::Gone => Confirmed::Gone,
        Move::Refused(Unfit::TooMany) => Confirmed::OnTooManyAccounts,
        Move::Refused(Unfit::Anothers) => Confirmed::Anothers,
    })
}

enum Move {
    /// By this call.
    Now,
    /// By an earlier call of the same login.
    Before,
    /// By somebody else, or it was discarded.
    Gone,
    /// It may not be theirs.
    Refused(Unfit),
}

/// Why an address may not be somebody's.
pub(super) enum Unfit {
    /// The number is on as many accounts as it may.
    TooMany,
    /// The mailbox is somebody else's.
    Anothers,
}

/// Why an address may not be this user's.
pub(super) async fn unfit(
    transaction: &mut Transaction,
    user: UserId,
    (row, claim): (&Sealed, Option<&Claim>),
    most_accounts: i64,
) -> Result<Option<Unfit>, sqlx::Error> {
    if let Some(claim) = claim {
        let anothers = claim.is_anothers(transaction, user).await?;
        return Ok(anothers.then_some(Unfit::Anothers));
    }
    if !row.address.is_empty() && accounts(transaction, user, &row.address).await? >= most_accounts {
        return Ok(Some(Unfit::TooMany));
    }
    Ok(None)
}

/// The claim that comes with an authenticator, if it is a mailbox.
pub(super) fn claim(keys: &KeyRing, authenticator: &Authenticator) -> Result<Option<Claim>, Fault> {
    match &authenticator.kind {
        Kind::Mailbox(mailbox) => Claim::to(keys, mailbox.as_str()).map(Some),
        Kind::Totp(_) | Kind::Phone(_) | Kind::EmergencyCodes(_) => Ok(None),
    }
}

/// On how many other accounts an address is.
async fn accounts(transaction: &mut Transaction, user: UserId, address: &str) -> Result<i64, sqlx::Error> {
    let query =
        sqlx::query_scalar("SELECT count(DISTINCT user_id) FROM authenticators WHERE address = $1 AND user_id <> $2");
    query
        .bind(address.to_owned())
        .bind(user.to_string())
        .fetch_one(&mut **transaction)
        .await
}

fn replaced(pending: &Pending) -> String {
    pending.replaces.map(|id| id.to_string()).unwrap_or_default()
}
