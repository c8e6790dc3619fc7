//! Links that wait to be e-mailed: written with the link, claimed by whoever sends them, gone once they are sent.

use super::{DueLetter, links};
use crate::domain::secret::Token;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::credentials::NextTry;
use crate::io::keys::{KeyRing, Purpose};
use crate::io::sql::{Database, Transaction, write_audit};
use crate::io::telemetry::observe;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::time::Duration;

/// The token of a link, sealed to its name.
pub(super) struct SealedToken(Vec<u8>);

/// How many are claimed at once.
const HANDFUL: i64 = 8;

pub(super) fn seal(keys: &KeyRing, link: &str, token: &Token) -> Result<SealedToken, Fault> {
    keys.seal(Purpose::Invitation, link.as_bytes(), token.expose())
        .map(SealedToken)
}

/// Leaves a letter to be sent from now on.
pub(super) async fn write(
    transaction: &mut Transaction,
    (link, token): (String, SealedToken),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let query = sqlx::query("INSERT INTO invitation_letters (name, token, due_at, tries) VALUES ($1, $2, $3, 0)");
    let query = query.bind(link).bind(token.0).bind(now.as_millis());
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// Claims what is to be sent now, or can be sent no more; letters whose links were used, replaced or withdrawn go.
pub(super) async fn claim(
    database: &Database,
    keys: &KeyRing,
    now: Timestamp,
    lease: Duration,
) -> Result<Vec<DueLetter>, Fault> {
    let waiting = sqlx::query_scalar("SELECT count(*) FROM invitation_letters WHERE due_at <= $1");
    let waiting: i64 = database
        .read(waiting.bind(now.as_millis()).fetch_one(database.pool()))
        .await?;
    if waiting == 0 {
        return Ok(Vec::new());
    }
    let rows = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "DELETE FROM invitation_letters WHERE due_at <= $1 AND NOT EXISTS
                 (SELECT 1 FROM invitations
                  WHERE invitations.name = invitation_letters.name AND used_at = 0)",
            );
            query.bind(now.as_millis()).execute(&mut *transaction).await?;
            let query = sqlx::query(
                "UPDATE invitation_letters SET due_at = $2, tries = tries + 1
                 WHERE due_at <= $1
                   AND name IN (SELECT name FROM invitation_letters WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
                 RETURNING name, token, tries",
            );
            let query = query
                .bind(now.as_millis())
                .bind((now + lease).as_millis())
                .bind(HANDFUL);
            let rows = query.fetch_all(&mut *transaction).await?;
            Ok((rows, transaction))
        })
        .await?;
    let mut due = Vec::new();
    for row in &rows {
        let (link, sealed, tries) = read(row).map_err(|error| Fault::new("sql", error))?;
        let token = open(keys, &link, &sealed);
        if token.is_none() {
            tracing::error!("an invitation cannot be read by these keys; invite its address again");
        }
        let sendable = token.zip(links::find(database, &link, now).await?);
        due.push(DueLetter { link, sendable, tries });
    }
    Ok(due)
}

/// Writes down when a letter is tried again, or takes it off; nothing where somebody else has claimed it since.
pub(super) async fn settle(database: &Database, (link, tries): (String, u32), next: NextTry) -> Result<(), Fault> {
    let told = database
        .transaction(|mut transaction| async move {
            let query = match &next {
                NextTry::At(due) => {
                    sqlx::query("UPDATE invitation_letters SET due_at = $3 WHERE name = $1 AND tries = $2")
                        .bind(link)
                        .bind(i64::from(tries))
                        .bind(due.as_millis())
                }
                NextTry::Never(_) => sqlx::query("DELETE FROM invitation_letters WHERE name = $1 AND tries = $2")
                    .bind(link)
                    .bind(i64::from(tries)),
            };
            let ours = query.execute(&mut *transaction).await?.rows_affected() > 0;
            match next {
                NextTry::Never(record) if ours => {
                    write_audit(&mut transaction, &record).await?;
                    Ok((Some(record), transaction))
                }
                NextTry::Never(_) | NextTry::At(_) => Ok((None, transaction)),
            }
        })
        .await?;
    told.iter().for_each(observe);
    Ok(())
}

fn open(keys: &KeyRing, link: &str, sealed: &[u8]) -> Option<Token> {
    let bytes = keys.open(Purpose::Invitation, link.as_bytes(), sealed).ok()?;
    bytes.as_slice().try_into().ok().map(Token::from_bytes)
}

fn read(row: &AnyRow) -> Result<(String, Vec<u8>, u32), sqlx::Error> {
    let tries: i64 = row.try_get("tries")?;
    Ok((
        row.try_get("name")?,
        row.try_get("token")?,
        u32::try_from(tries).unwrap_or(u32::MAX),
    ))
}
