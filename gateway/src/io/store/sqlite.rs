//! The embedded store: one SQLite file in WAL mode, which several processes may have open at once (the old and the
//! new program during an upgrade, commands beside a running server).
//!
//! What was acknowledged survives the death of the process: a commit is in the system's page cache before it is
//! answered. With `synchronous = NORMAL` it reaches the disk at the next checkpoint only, so that a power cut may take
//! the last moments with it, without harming the file. That is enough here: losing a session costs a login, and
//! nothing that must outlive a power cut is kept in a store. It does not remove expired records by itself; they count
//! as absent, and [`SqliteStore::sweep`] removes them.

use super::{Entry, Inserted, Key, Replaced, Store, StoreFault, Ttl, Version, within_deadline};
use crate::domain::time::Timestamp;
use crate::io::clock::Clock;
use async_trait::async_trait;
use bytes::Bytes;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, Sqlite};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Records in one SQLite file.
pub struct SqliteStore {
    /// One connection, because SQLite has one writer at a time: here they queue in order, instead of polling the file.
    writer: SqlitePool,
    /// Readers never wait for the writer (WAL).
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens the file, and makes it (readable by its owner only) if there is none.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a store.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreFault> {
        let named = |why: &dyn std::fmt::Display| StoreFault(format!("{}: {why}", path.display()));
        create_private(path).await.map_err(|error| named(&error))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(OPENING_PATIENCE)
            .disable_statement_logging();
        prepare(&options).await.map_err(|error| named(&error))?;
        let options = options.busy_timeout(PATIENCE);
        let pool = |most| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(|error| named(&error))?;
        let readers = pool(READERS)
            .connect_with(options)
            .await
            .map_err(|error| named(&error))?;
        Ok(Self { writer, readers, clock })
    }

    /// Removes what has expired, in batches, so that no verb waits long for it; how many records that were.
    ///
    /// # Errors
    /// When a batch was not done in time; those before it are.
    pub async fn sweep(&self) -> Result<u64, StoreFault> {
        let mut swept = 0;
        loop {
            let batch = self
                .change(sqlx::query(SWEEP).bind(self.clock.now().as_millis()).bind(BATCH))
                .await?;
            swept += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(swept);
            }
        }
    }

    /// Runs a statement; how many rows it changed.
    async fn change(&self, statement: Query<'_, Sqlite, SqliteArguments>) -> Result<u64, StoreFault> {
        within_deadline(async { Ok(statement.execute(&self.writer).await.map_err(fault)?.rows_affected()) }).await
    }

    /// Runs a statement that returns what it changed. It is run to its end, because SQLite commits there, not at the
    /// first row: what is returned here is done.
    async fn change_returning(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<Option<SqliteRow>, StoreFault> {
        within_deadline(async { Ok(statement.fetch_all(&self.writer).await.map_err(fault)?.pop()) }).await
    }

    fn times(&self, ttl: Ttl) -> Times {
        let now = self.clock.now();
        Times {
            now: now.as_millis(),
            ends_at: end(now, ttl),
        }
    }
}

/// Now and the end of a record, in milliseconds.
struct Times {
    now: i64,
    ends_at: i64,
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert(&self, key: &Key, value: Bytes, ttl: Ttl) -> Result<Inserted, StoreFault> {
        let Times { now, ends_at } = self.times(ttl);
        let changed = self
            .change(
                sqlx::query(INSERT)
                    .bind(key.as_str())
                    .bind(&*value)
                    .bind(ends_at)
                    .bind(now),
            )
            .await?;
        Ok(if changed == 0 { Inserted::Exists } else { Inserted::New })
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreFault> {
        let query = sqlx::query(GET).bind(key.as_str()).bind(self.clock.now().as_millis());
        let row = within_deadline(async { query.fetch_optional(&self.readers).await.map_err(fault) }).await?;
        row.map(|row| {
            Ok(Entry {
                value: value(&row)?,
                version: Version(row.try_get::<i64, _>(1).map_err(fault)?.cast_unsigned()),
            })
        })
        .transpose()
    }

    async fn replace(&self, key: &Key, seen: Version, value: Bytes, ttl: Ttl) -> Result<Replaced, StoreFault> {
        let Times { now, ends_at } = self.times(ttl);
        let statement = sqlx::query(REPLACE)
            .bind(key.as_str())
            .bind(&*value)
            .bind(ends_at)
            .bind(now)
            .bind(seen.0.cast_signed());
        let changed = self.change(statement).await?;
        Ok(if changed == 0 { Replaced::Stale } else { Replaced::Done })
    }

    async fn take(&self, key: &Key) -> Result<Option<Bytes>, StoreFault> {
        let row = self
            .change_returning(sqlx::query(TAKE).bind(key.as_str()).bind(self.clock.now().as_millis()))
            .await?;
        row.map(|row| value(&row)).transpose()
    }

    async fn count(&self, key: &Key, window: Ttl) -> Result<u32, StoreFault> {
        let Times { now, ends_at } = self.times(window);
        let row = self
            .change_returning(sqlx::query(COUNT).bind(key.as_str()).bind(ends_at).bind(now))
            .await?;
        let row = row.ok_or_else(|| StoreFault("a count returned nothing".to_owned()))?;
        Ok(u32::try_from(row.try_get::<i64, _>(0).map_err(fault)?).unwrap_or(u32::MAX))
    }

    async fn ping(&self) -> Result<(), StoreFault> {
        within_deadline(async { sqlx::query(PING).execute(&self.readers).await.map_err(fault).map(drop) }).await
    }
}

/// Makes the file if there is none, for its owner's eyes only; SQLite gives the files beside it the same mode.
async fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await.map(drop)
}

/// Switches to WAL and makes the table, waiting for whoever does the same at this moment.
async fn prepare(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    connection.close().await
}

fn end(now: Timestamp, ttl: Ttl) -> i64 {
    (now + ttl.0.max(Duration::from_millis(1))).as_millis()
}

fn value(row: &SqliteRow) -> Result<Bytes, StoreFault> {
    row.try_get::<Vec<u8>, _>(0).map(Bytes::from).map_err(fault)
}

/// The text of a fault of SQLite; sqlx puts no bound value into it.
fn fault(error: sqlx::Error) -> StoreFault {
    StoreFault(error.to_string())
}

/// How long a statement waits for another process to finish writing: shorter than a verb's deadline, so that a
/// statement that was given up is not done behind the caller's back a moment later.
const PATIENCE: Duration = Duration::from_millis(800);
/// The same while opening, where nobody waits for a page.
const OPENING_PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
/// How many expired records are removed in one statement.
const BATCH: i64 = 500;

/// A count is a record without a value, whose version says how many. `random()` is SQLite's own generator: a version
/// has to be unlike every other one of its record, also after a take, but it is no secret.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS record (
        key     TEXT    NOT NULL PRIMARY KEY,
        value   BLOB    NOT NULL,
        version INTEGER NOT NULL,
        ends_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS record_ends_at ON record (ends_at);";
const INSERT: &str = "
    INSERT INTO record (key, value, version, ends_at) VALUES ($1, $2, random() & 9223372036854775807, $3)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, ends_at = excluded.ends_at
    WHERE record.ends_at <= $4";
const GET: &str = "SELECT value, version FROM record WHERE key = $1 AND ends_at > $2";
const REPLACE: &str = "
    UPDATE record SET value = $2, version = random() & 9223372036854775807, ends_at = $3
    WHERE key = $1 AND ends_at > $4 AND version = $5";
const TAKE: &str = "DELETE FROM record WHERE key = $1 AND ends_at > $2 RETURNING value";
const COUNT: &str = "
    INSERT INTO record (key, value, version, ends_at) VALUES ($1, x'', 1, $2)
    ON CONFLICT (key) DO UPDATE SET
        version = CASE WHEN record.ends_at > $3 THEN record.version + 1 ELSE 1 END,
        ends_at = CASE WHEN record.ends_at > $3 THEN record.ends_at ELSE excluded.ends_at END
    RETURNING version";
const PING: &str = "SELECT 1 FROM record LIMIT 1";
const SWEEP: &str = "DELETE FROM record WHERE key IN (SELECT key FROM record WHERE ends_at <= $1 LIMIT $2)";

#[cfg(test)]
mod tests;
