//! The session index and the revocation log.

use super::{ListedSession, Opening, Revocation, Revoked};
use crate::domain::assurance::{Authentication, Method, is_full};
use crate::domain::audit::AuditRecord;
use crate::domain::id::{SessionId, UserId};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::{Database, Transaction, write_audit, write_revocation};
use crate::io::telemetry::observe;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Enters a session. The second time nothing changes and nothing is recorded.
pub(super) async fn open(database: &Database, opening: Opening<'_>, record: AuditRecord) -> Result<(), Fault> {
    let (session, source) = (opening.session, opening.source);
    let (id, user, at) = (
        session.id.to_string(),
        session.user.to_string(),
        session.opened_at.as_millis(),
    );
    let ends_at = opening.ends_at.as_millis();
    let told = record.clone();
    let new = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "INSERT INTO sessions (id, user_id, opened_at, ends_at, ended_at, source, methods)
                 VALUES ($1, $2, $3, $4, 0, $5, $6)
                 ON CONFLICT (id) DO NOTHING",
            );
            let query = query
                .bind(id.clone())
                .bind(user.clone())
                .bind(at)
                .bind(ends_at)
                .bind(source.to_string())
                .bind(methods(session));
            let new = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if new {
                thaw(&mut transaction, session).await?;
                write_audit(&mut transaction, &record).await?;
            }
            Ok((new, transaction))
        })
        .await?;
    if new {
        observe(&told);
    }
    Ok(())
}

/// Records that more was proven: every node reads the line within 250 ms, and with it the new strength of each token.
pub(super) async fn raise(database: &Database, session: &Session, record: AuditRecord) -> Result<(), Fault> {
    let told = record.clone();
    database
        .transaction(|mut transaction| async move {
            write_revocation(&mut transaction, record.id, record.at, Revoked::Facts(session.user)).await?;
            thaw(&mut transaction, session).await?;
            let query = sqlx::query("UPDATE sessions SET methods = $2 WHERE id = $1");
            let query = query.bind(session.id.to_string()).bind(methods(session));
            query.execute(&mut *transaction).await?;
            write_audit(&mut transaction, &record).await?;
            Ok(((), transaction))
        })
        .await?;
    observe(&told);
    Ok(())
}

/// What was proven in a session, as words.
fn methods(session: &Session) -> String {
    let mut words: Vec<&str> = session
        .authentications
        .iter()
        .map(|proof| proof.method().word())
        .collect();
    words.dedup();
    words.join(" ")
}

/// Two factors given after somebody objected to a change are its owner's: the account can be changed again.
async fn thaw(transaction: &mut Transaction, session: &Session) -> Result<(), sqlx::Error> {
    let first = session.authentications.iter().map(Authentication::at).min();
    if let Some(first) = first
        && is_full(&session.authentications)
    {
        let query =
            sqlx::query("UPDATE accounts SET frozen_at = 0 WHERE user_id = $1 AND frozen_at > 0 AND frozen_at <= $2");
        let query = query.bind(session.user.to_string()).bind(first.as_millis());
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Ends a session: every node reads the line within 250 ms.
pub(super) async fn end(database: &Database, session: SessionId, record: AuditRecord) -> Result<(), Fault> {
    let told = record.clone();
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at = 0");
            query
                .bind(session.to_string())
                .bind(record.at.as_millis())
                .execute(&mut *transaction)
                .await?;
            write_revocation(&mut transaction, record.id, record.at, Revoked::Session(session)).await?;
            write_audit(&mut transaction, &record).await?;
            Ok(((), transaction))
        })
        .await?;
    observe(&told);
    Ok(())
}

/// Notes that a request came in a session.
pub(super) async fn note_seen(database: &Database, session: SessionId, at: Timestamp) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2");
            let query = query.bind(session.to_string()).bind(at.as_millis());
            query.execute(&mut *transaction).await?;
            Ok(((), transaction))
        })
        .await
}

/// The open sessions of a user, newest first. A session opened before the user's proofs were reset is over.
pub(super) async fn of(database: &Database, user: UserId, now: Timestamp) -> Result<Vec<ListedSession>, Fault> {
    let query = sqlx::query(
        "SELECT s.id, s.opened_at, s.ends_at, s.last_seen_at, s.source, s.methods FROM sessions s
         LEFT JOIN users u ON u.id = s.user_id
         WHERE s.user_id = $1 AND s.ended_at = 0 AND s.ends_at > $2 AND (s.opened_at >= COALESCE(u.proofs_since, 0)
              OR u.kept_session = s.id || '@' || CAST(u.proofs_since AS text))
         ORDER BY s.opened_at DESC",
    );
    let rows = database
        .read(
            query
                .bind(user.to_string())
                .bind(now.as_millis())
                .fetch_all(database.pool()),
        )
        .await?;
    rows.iter()
        .map(|row| listed(row).map_err(|error| Fault::new("sql", error)))
        .collect()
}

/// The lines of the log since that moment.
pub(super) async fn revocations(database: &Database, since: Timestamp) -> Result<Vec<Revocation>, Fault> {
    let query = sqlx::query("SELECT kind, target, at FROM revocations WHERE at >= $1 ORDER BY at");
    let rows = database
        .read(query.bind(since.as_millis()).fetch_all(database.pool()))
        .await?;
    rows.iter()
        .map(|row| line(row).map_err(|error| Fault::new("sql", error)))
        .collect()
}

fn listed(row: &AnyRow) -> Result<ListedSession, sqlx::Error> {
    let words: String = row.try_get("methods")?;
    let opened_at = Timestamp::from_millis(row.try_get("opened_at")?);
    Ok(ListedSession {
        id: row.try_get::<String, _>("id")?.parse().map_err(undecodable)?,
        opened_at,
        ends_at: Timestamp::from_millis(row.try_get("ends_at")?),
        seen_at: Timestamp::from_millis(row.try_get("last_seen_at")?).max(opened_at),
        source: row.try_get("source")?,
        methods: words.split_whitespace().filter_map(Method::from_word).collect(),
    })
}

fn line(row: &AnyRow) -> Result<Revocation, sqlx::Error> {
    let target: String = row.try_get("target")?;
    let what = match row.try_get::<String, _>("kind")?.as_str() {
        "session" => Revoked::Session(target.parse().map_err(undecodable)?),
        "facts" => Revoked::Facts(target.parse().map_err(undecodable)?),
        other => {
            return Err(sqlx::Error::Decode(
                format!("a revocation of an unknown kind: {other}").into(),
            ));
        }
    };
    Ok(Revocation {
        at: Timestamp::from_millis(row.try_get("at")?),
        what,
    })
}

fn undecodable(error: crate::domain::id::NotAnId) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
