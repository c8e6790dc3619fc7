//! The browsers that completed a login of a user before.

use super::KnownDevice;
use crate::domain::audit::AuditRecord;
use crate::domain::id::UserId;
use crate::domain::secret::TokenHash;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::{Database, write_audit};
use crate::io::telemetry::observe;
use sqlx::Row;
use std::net::IpAddr;

/// Whether a browser is one of them.
pub(super) async fn knows(database: &Database, user: UserId, device: TokenHash) -> Result<bool, Fault> {
    let query = sqlx::query_scalar("SELECT count(*) FROM devices WHERE token_hash = $1 AND user_id = $2");
    let query = query.bind(device.to_string()).bind(user.to_string());
    let found: i64 = database.read(query.fetch_one(database.pool())).await?;
    Ok(found > 0)
}

/// Makes a browser known, or notes that a known one was used again.
pub(super) async fn know(
    database: &Database,
    (user, device): (UserId, TokenHash),
    (now, source): (Timestamp, IpAddr),
) -> Result<(), Fault> {
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "INSERT INTO devices (token_hash, user_id, created_at, last_used_at, source) VALUES ($1, $2, $3, $3, $4)
                 ON CONFLICT (token_hash) DO UPDATE SET last_used_at = $3, source = $4 WHERE devices.user_id = $2",
            );
            let query = query.bind(device.to_string()).bind(user.to_string());
            let query = query.bind(now.as_millis()).bind(source.to_string());
            query.execute(&mut *transaction).await?;
            Ok(((), transaction))
        })
        .await
}

/// All of a user's, the one used last first.
pub(super) async fn of(database: &Database, user: UserId) -> Result<Vec<KnownDevice>, Fault> {
    let query = sqlx::query(
        "SELECT token_hash, created_at, last_used_at, source FROM devices WHERE user_id = $1
         ORDER BY last_used_at DESC, created_at DESC, token_hash",
    );
    let rows = database
        .read(query.bind(user.to_string()).fetch_all(database.pool()))
        .await?;
    let unreadable = |error: sqlx::Error| Fault::new("sql", error);
    let read = |row: &sqlx::any::AnyRow| {
        let device: String = row.try_get("token_hash").map_err(unreadable)?;
        let used: i64 = row.try_get("last_used_at").map_err(unreadable)?;
        Ok(KnownDevice {
            device: TokenHash::try_from(device).map_err(|error| Fault::new("sql", error))?,
            since: Timestamp::from_millis(row.try_get("created_at").map_err(unreadable)?),
            used_at: (used > 0).then(|| Timestamp::from_millis(used)),
            source: row.try_get("source").map_err(unreadable)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Forgets one of a user's; whether it was one.
pub(super) async fn forget(
    database: &Database,
    (user, device): (UserId, TokenHash),
    record: AuditRecord,
) -> Result<bool, Fault> {
    let told = record.clone();
    let forgotten = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("DELETE FROM devices WHERE token_hash = $1 AND user_id = $2");
            let query = query.bind(device.to_string()).bind(user.to_string());
            let forgotten = query.execute(&mut *transaction).await?.rows_affected() > 0;
            if forgotten {
                write_audit(&mut transaction, &record).await?;
            }
            Ok((forgotten, transaction))
        })
        .await?;
    if forgotten {
        observe(&told);
    }
    Ok(forgotten)
}
