//! The one database pool behind directory and credentials: SQLite or PostgreSQL under one SQL text.
//!
//! Knows how to connect, migrate, keep deadlines, and write audit records, notices and revocations; what the other tables mean is its users' business.

mod chain;

pub use chain::{Chain, Link};

use super::Fault;
use super::credentials::Revoked;
use crate::domain::audit::{AuditRecord, Origin};
use crate::domain::id::{RowId, UserId};
use crate::domain::notice::change;
use crate::domain::time::Timestamp;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use std::fs::OpenOptions;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// In place of the hash of a password that an objection took away: no password is right, and its owner may recover. Empty
/// is a password that nobody has set yet.
pub const WITHDRAWN: &str = "!";

/// Who waits for the end of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A request, which is refused when there is none in time (Law 6).
    Request,
    /// An operator's command, which would have to be given again.
    Operator,
}

impl Asker {
    /// How long a whole operation may take, waiting for a connection included.
    fn patience(self) -> Duration {
        match self {
            Self::Request => Duration::from_millis(900),
            Self::Operator => Duration::from_secs(10),
        }
    }
}

/// A transaction on either database, which knows where its audit records go.
pub struct Transaction {
    inner: sqlx::Transaction<'static, sqlx::Any>,
    chain: Chain,
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// An open database with the schema of this version.
#[derive(Clone)]
pub struct Database {
    pool: AnyPool,
    /// SQLite has one writer at a time; inside a process they queue here, first come first served, instead of polling.
    writer: Option<Arc<Mutex<()>>>,
    chain: Chain,
    asker: Asker,
}

/// What makes the schema. A newer version's stays readable by this one, so that nodes can be rolled back one by one.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.set_ignore_missing(true);
    migrations
}

impl Database {
    /// Opens (and makes) a SQLite file.
    ///
    /// # Errors
    /// When the file cannot be opened or migrated.
    pub async fn sqlite(path: &Path, chain: Chain, asker: Asker) -> Result<Self, Fault> {
        install_default_drivers();
        let unusable = |why: &dyn std::fmt::Display| Fault::new("sql", format!("{}: {why}", path.display()));
        let absolute = std::path::absolute(path).map_err(|error| unusable(&error))?;
        let url = url::Url::from_file_path(absolute).map_err(|()| unusable(&"not a path"))?;
        let url = url.as_str().replacen("file://", "sqlite://", 1) + "?mode=rwc";
        make_private(path).map_err(|error| unusable(&error))?;
        // The pool would try a broken file again until it gives up, and then say only that.
        let mut first = AnyConnection::connect(&url).await.map_err(|error| unusable(&error))?;
        durable(&mut first, asker).await.map_err(|error| unusable(&error))?;
        first.close().await.map_err(|error| unusable(&error))?;
        let options = pool(asker)
            .max_connections(4)
            .after_connect(move |connection, _| Box::pin(durable(connection, asker)));
        Ok(Self {
            writer: Some(Arc::default()),
            ..Self::open(options, &url, (chain, asker)).await?
        })
    }

    /// Connects to PostgreSQL.
    ///
    /// # Errors
    /// When it cannot be reached or migrated.
    pub async fn postgres(url: &str, chain: Chain, asker: Asker) -> Result<Self, Fault> {
        let options = pool(asker)
            .max_connections(16)
            .after_connect(|connection, _| Box::pin(let_go(connection)));
        Self::open(options, url, (chain, asker)).await
    }

    async fn open(options: AnyPoolOptions, url: &str, (chain, asker): (Chain, Asker)) -> Result<Self, Fault> {
        install_default_drivers();
        let pool = tokio::time::timeout(Duration::from_secs(10), options.connect(url)).await;
        let pool = pool
            .map_err(|_| Fault::new("sql", "no connection in 10 s"))?
            .map_err(fault)?;
        migrations()
            .run(&pool)
            .await
            .map_err(|error| Fault::new("sql", format!("migration: {error}")))?;
        Ok(Self {
            pool,
            writer: None,
            chain,
            asker,
        })
    }

    /// Runs one operation in one transaction, within the deadline; anything but `Ok` rolls it back.
    ///
    /// The first statement of the operation must write, so that SQLite takes its lock at once instead of failing to
    /// upgrade a read lock later.
    ///
    /// # Errors
    /// What the operation says, or that it took too long.
    pub async fn transaction<T: Send, F>(&self, operation: impl FnOnce(Transaction) -> F + Send) -> Result<T, Fault>
    where
        F: Future<Output = Result<(T, Transaction), sqlx::Error>> + Send,
    {
        self.within(async {
            let _turn = match &self.writer {
                Some(writer) => Some(writer.lock().await),
                None => None,
            };
            let begun = Transaction {
                inner: self.pool.begin().await?,
                chain: self.chain.clone(),
            };
            let (value, transaction) = operation(begun).await?;
            transaction.inner.commit().await?;
            Ok(value)
        })
        .await
    }

    /// Runs one reading operation, within the deadline.
    ///
    /// # Errors
    /// What the operation says, or that it took too long.
    pub async fn read<T>(&self, operation: impl Future<Output = Result<T, sqlx::Error>> + Send) -> Result<T, Fault> {
        self.within(operation).await
    }

    /// The pool, for reading operations.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    async fn within<T>(&self, operation: impl Future<Output = Result<T, sqlx::Error>> + Send) -> Result<T, Fault> {
        let patience = self.asker.patience();
        match tokio::time::timeout(patience, operation).await {
            Ok(done) => done.map_err(fault),
            Err(_) => Err(Fault::new("sql", format!("no answer in {} ms", patience.as_millis()))),
        }
    }

    /// Whether the database answers at all.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.within(async { self.pool.acquire().await?.ping().await }).await
    }
}

/// Writes an audit record in the transaction of what it records (Law 14), and the notice of a change with it, so that
/// none goes untold.
///
/// # Errors
/// What the database says.
pub async fn write_audit(transaction: &mut Transaction, record: &AuditRecord) -> Result<(), sqlx::Error> {
    let chain = transaction.chain.clone();
    chain.add(transaction, record).await?;
    match record.user {
        Some(user) if change(&record.event).is_some() => write_notice(transaction, user, record).await,
        Some(_) | None => Ok(()),
    }
}

async fn write_notice(transaction: &mut Transaction, user: UserId, record: &AuditRecord) -> Result<(), sqlx::Error> {
    let event = serde_json::to_string(&record.event).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let source = match &record.origin {
        Origin::Request { source, .. } => source.to_string(),
        Origin::Command | Origin::Program => String::new(),
    };
    let query = sqlx::query(
        "INSERT INTO notices (id, user_id, event, at, source, due_at, tries, told, objected_at)
         VALUES ($1, $2, $3, $4, $5, $4, 0, '', 0) ON CONFLICT (id) DO NOTHING",
    );
    let query = query.bind(record.id.to_string()).bind(user.to_string()).bind(event);
    query
        .bind(record.at.as_millis())
        .bind(source)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Writes a line of the revocation log in the transaction of what caused it.
///
/// # Errors
/// What the database says.
pub async fn write_revocation(
    transaction: &mut Transaction,
    id: RowId,
    at: Timestamp,
    what: Revoked,
) -> Result<(), sqlx::Error> {
    let (kind, target) = match what {
        Revoked::Session(session) => ("session", session.to_string()),
        Revoked::Facts(user) => ("facts", user.to_string()),
    };
    let query = sqlx::query(
        "INSERT INTO revocations (id, kind, target, at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
    );
    query
        .bind(id.to_string())
        .bind(kind)
        .bind(target)
        .bind(at.as_millis())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn pool(asker: Asker) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .acquire_timeout(asker.patience())
        .idle_timeout(Duration::from_secs(300))
}

/// Makes the file where it is missing; nobody else may read it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let options = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    options.map(drop)
}

/// WAL lets readers and one writer work side by side; FULL makes what is acknowledged survive a power cut.
async fn durable(connection: &mut AnyConnection, asker: Asker) -> Result<(), sqlx::Error> {
    // A little less than the whole, so that the database can say what it waited for.
    let busy = asker.patience().as_millis() - 50;
    let settings = format!("PRAGMA busy_timeout = {busy}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    connection.execute(sqlx::AssertSqlSafe(settings)).await?;
    Ok(())
}

/// A node that dies in the middle of a transaction, or is cut off, must not hold rows until TCP gives it up.
async fn let_go(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    connection
        .execute("SET idle_in_transaction_session_timeout = '3s'")
        .await?;
    Ok(())
}

/// The driver's words; they name tables and addresses, never bound values.
fn fault(error: sqlx::Error) -> Fault {
    Fault::new("sql", error)
}

#[cfg(test)]
mod tests;
