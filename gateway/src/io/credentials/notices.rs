//! Notices: written with the change they tell of, claimed by whoever delivers them, kept until objections end.

use super::authenticators::lock;
use super::rows::{COLUMNS, FORMER_COLUMNS, Table, unseal};
use super::{DueNotice, NextTry, Restrictions};
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::id::{RowId, UserId};
use crate::domain::notice::{Changes, Contact, Notice, change};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Database, write_audit};
use crate::io::telemetry::observe;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::time::Duration;

/// How many are claimed at once.
const HANDFUL: i64 = 8;

/// Claims what is to be told now; nobody else gets it until the lease is over, and if the claimer dies, somebody does.
pub(super) async fn claim(database: &Database, now: Timestamp, lease: Duration) -> Result<Vec<DueNotice>, Fault> {
    let waiting = sqlx::query_scalar("SELECT count(*) FROM notices WHERE due_at > 0 AND due_at <= $1");
    let waiting: i64 = database
        .read(waiting.bind(now.as_millis()).fetch_one(database.pool()))
        .await?;
    if waiting == 0 {
        return Ok(Vec::new());
    }
    let rows = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "UPDATE notices SET due_at = $2, tries = tries + 1
                 WHERE due_at > 0 AND due_at <= $1
                   AND id IN (SELECT id FROM notices WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $3)
                 RETURNING id, user_id, event, at, source, tries, told, objected_at",
            );
            let query = query
                .bind(now.as_millis())
                .bind((now + lease).as_millis())
                .bind(HANDFUL);
            let rows = query.fetch_all(&mut *transaction).await?;
            Ok((rows, transaction))
        })
        .await?;
    let told = |row: &AnyRow| {
        due(row).inspect_err(|error| tracing::error!(%error, "a notice cannot be read by this version or these keys"))
    };
    Ok(rows.iter().filter_map(|row| told(row).ok()).collect())
}

fn due(row: &AnyRow) -> Result<DueNotice, sqlx::Error> {
    let told: String = row.try_get("told")?;
    Ok(DueNotice {
        notice: read(row)?,
        tries: u32::try_from(row.try_get::<i64, _>("tries")?).unwrap_or(u32::MAX),
        told: told.split_whitespace().map(str::to_owned).collect(),
    })
}

/// Writes down whom a notice has reached, and when it is tried again; nothing where somebody else has claimed it since.
pub(super) async fn settle(
    database: &Database,
    (id, tries): (RowId, u32),
    told: &[String],
    next: NextTry,
) -> Result<(), Fault> {
    let told = told.join(" ");
    let (due, record) = match next {
        NextTry::At(due) => (due.as_millis(), None),
        NextTry::Never(record) => (0, Some(record)),
    };
    let observed = record.clone();
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("UPDATE notices SET told = $2, due_at = $3 WHERE id = $1 AND tries = $4");
            let query = query.bind(id.to_string()).bind(told).bind(due).bind(i64::from(tries));
            let ours = query.execute(&mut *transaction).await?.rows_affected() > 0;
            if let Some(record) = &record
                && ours
            {
                write_audit(&mut transaction, record).await?;
            }
            Ok((ours, transaction))
        })
        .await
        .map(|ours| observed.iter().filter(|_| ours).for_each(observe))
}

/// The notice of this name, unless somebody has objected.
pub(super) async fn of(database: &Database, id: RowId) -> Result<Option<Notice>, Fault> {
    let query = sqlx::query("SELECT id, user_id, event, at, source FROM notices WHERE id = $1 AND objected_at = 0");
    let row = database
        .read(query.bind(id.to_string()).fetch_optional(database.pool()))
        .await?;
    row.as_ref().map(|row| read(row).map_err(unreadable)).transpose()
}

/// Every authenticator that a user has or had.
pub(super) async fn contacts(database: &Database, keys: &KeyRing, user: UserId) -> Result<Vec<Contact>, Fault> {
    let mut contacts = Vec::new();
    for (columns, table) in [(COLUMNS, "authenticators"), (FORMER_COLUMNS, "former_authenticators")] {
        let text = format!("SELECT {columns} FROM {table} WHERE user_id = $1 ORDER BY created_at, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(text));
        let rows = database
            .read(query.bind(user.to_string()).fetch_all(database.pool()))
            .await?;
        for row in &rows {
            contacts.push(Contact {
                authenticator: unseal(row, keys, (Table::Authenticators, user), |_| Vec::new())?,
                removed_at: row.try_get("removed_at").ok().map(Timestamp::from_millis),
            });
        }
    }
    Ok(contacts)
}

/// What holds for an account; nothing special where none of its authenticators ever changed.
pub(super) async fn restrictions(database: &Database, user: UserId) -> Result<Restrictions, Fault> {
    let query = sqlx::query("SELECT frozen_at, reset_at FROM accounts WHERE user_id = $1");
    let row = database
        .read(query.bind(user.to_string()).fetch_optional(database.pool()))
        .await?;
    let Some(row) = row else {
        return Ok(Restrictions::default());
    };
    let frozen_at: i64 = row.try_get("frozen_at").map_err(unreadable)?;
    let reset_at: i64 = row.try_get("reset_at").map_err(unreadable)?;
    Ok(Restrictions {
        changes: if frozen_at > 0 { Changes::Frozen } else { Changes::Free },
        reset_due: (reset_at > 0).then(|| Timestamp::from_millis(reset_at)),
    })
}

/// Lets an account be changed again.
pub(super) async fn unfreeze(database: &Database, user: UserId, record: AuditRecord) -> Result<(), Fault> {
    let told = record.clone();
    database
        .transaction(|mut transaction| async move {
            lock(&mut transaction, user).await?;
            let query = sqlx::query("UPDATE accounts SET frozen_at = 0 WHERE user_id = $1");
            query.bind(user.to_string()).execute(&mut *transaction).await?;
            write_audit(&mut transaction, &record).await?;
            Ok(((), transaction))
        })
        .await?;
    observe(&told);
    Ok(())
}

fn read(row: &AnyRow) -> Result<Notice, sqlx::Error> {
    let broken = |error: &dyn std::fmt::Display| sqlx::Error::Decode(format!("a notice: {error}").into());
    let (id, user): (String, String) = (row.try_get("id")?, row.try_get("user_id")?);
    let (event, source): (String, String) = (row.try_get("event")?, row.try_get("source")?);
    let event: AuditEvent = serde_json::from_str(&event).map_err(|error| broken(&error))?;
    Ok(Notice {
        id: id.parse().map_err(|error| broken(&error))?,
        user: user.parse().map_err(|error| broken(&error))?,
        change: change(&event).ok_or_else(|| broken(&"nobody is told of that"))?,
        at: Timestamp::from_millis(row.try_get("at")?),
        source: source.parse().ok(),
    })
}

fn unreadable(error: sqlx::Error) -> Fault {
    Fault::new("sql", error)
}
