//! How messages to phones fare: those to the thousand numbers around one. In SQL, so that all nodes count together and a
//! store that was flushed forgets nothing.

#[cfg(feature = "contract")]
pub mod contract;

use super::Fault;
use super::sql::{Database, Transaction, write_audit};
use super::telemetry::observe;
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::id::RowId;
use crate::domain::sending::{Block, Fare, Share, forgotten_before};
use crate::domain::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What is known of messages to phones.
#[derive(Clone)]
pub struct Deliveries {
    database: Database,
}

/// Whether a block may be sent to.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may; this one is counted.
    Open,
    /// It is sent nothing for a while.
    Stopped,
}

/// How a row of a block is to be read.
struct Counted {
    fare: Fare,
    stopped: bool,
}

impl Deliveries {
    /// Kept in this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Counts a code to a block, before it is sent; one that makes the block's share too poor stops it, and `row` names the
    /// record of that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, block: &Block, share: Share, (now, row): (Timestamp, RowId)) -> Result<Standing, Fault> {
        let block = block.clone();
        let (standing, told) = self
            .database
            .transaction(|mut transaction| async move {
                let Counted { fare, stopped } = count(&mut transaction, &block, now).await?;
                if stopped {
                    return Ok(((Standing::Stopped, None), transaction));
                }
                if !fare.is_poor(share) {
                    return Ok(((Standing::Open, None), transaction));
                }
                let record = stopping(&block, fare, (now, row));
                stop(&mut transaction, &block, now).await?;
                write_audit(&mut transaction, &record).await?;
                Ok(((Standing::Stopped, Some(record)), transaction))
            })
            .await?;
        told.iter().for_each(observe);
        Ok(standing)
    }

    /// Counts a code no more that has not left after all: it says nothing about whoever it was for. What has stopped a block
    /// stays as it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_back(&self, block: &Block) -> Result<(), Fault> {
        let query = "UPDATE number_blocks SET sent = sent - 1 WHERE block = $1 AND sent > 0 AND stopped_at = 0";
        self.of_one(query, block).await
    }

    /// Counts a code that was typed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove(&self, block: &Block) -> Result<(), Fault> {
        let query = "UPDATE number_blocks SET proven = proven + 1 WHERE block = $1";
        self.of_one(query, block).await
    }

    async fn of_one(&self, query: &'static str, block: &Block) -> Result<(), Fault> {
        let query = sqlx::query(query).bind(block.as_str().to_owned());
        self.database
            .transaction(|mut transaction| async move {
                query.execute(&mut *transaction).await?;
                Ok(((), transaction))
            })
            .await
    }

    /// Forgets what is counted no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Fault> {
        let query = sqlx::query("DELETE FROM number_blocks WHERE began_at <= $1 AND stopped_at <= $1");
        let query = query.bind(forgotten_before(now).as_millis());
        self.database
            .transaction(|mut transaction| async move {
                query.execute(&mut *transaction).await?;
                Ok(((), transaction))
            })
            .await
    }
}

/// One more of a block that is not stopped; the counts begin anew after a day, and a day after it was stopped.
async fn count(transaction: &mut Transaction, block: &Block, now: Timestamp) -> Result<Counted, sqlx::Error> {
    let row = sqlx::query(
        "INSERT INTO number_blocks (block, began_at, sent, proven, stopped_at) VALUES ($1, $2, 1, 0, 0)
         ON CONFLICT (block) DO UPDATE SET
             sent = CASE WHEN number_blocks.began_at <= $3 AND number_blocks.stopped_at <= $3 THEN 1
                         WHEN number_blocks.stopped_at > $3 THEN number_blocks.sent
                         ELSE number_blocks.sent + 1 END,
             proven = CASE WHEN number_blocks.began_at <= $3 AND number_blocks.stopped_at <= $3 THEN 0
                           ELSE number_blocks.proven END,
             stopped_at = CASE WHEN number_blocks.stopped_at <= $3 THEN 0 ELSE number_blocks.stopped_at END,
             began_at = CASE WHEN number_blocks.began_at <= $3 AND number_blocks.stopped_at <= $3 THEN $2
                             ELSE number_blocks.began_at END
         RETURNING sent, proven, stopped_at",
    )
    .bind(block.as_str().to_owned())
    .bind(now.as_millis())
    .bind(forgotten_before(now).as_millis())
    .fetch_one(&mut **transaction)
    .await?;
    let number = |column| -> Result<u32, sqlx::Error> {
        let number: i64 = AnyRow::try_get(&row, column)?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    };
    Ok(Counted {
        fare: Fare {
            sent: number("sent")?,
            proven: number("proven")?,
        },
        stopped: row.try_get::<i64, _>("stopped_at")? > 0,
    })
}

async fn stop(transaction: &mut Transaction, block: &Block, now: Timestamp) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE number_blocks SET stopped_at = $2 WHERE block = $1");
    let query = query.bind(block.as_str().to_owned()).bind(now.as_millis());
    query.execute(&mut **transaction).await.map(drop)
}

/// The block is not told the one that stopped it, so that is not among what was sent.
fn stopping(block: &Block, fare: Fare, (now, row): (Timestamp, RowId)) -> AuditRecord {
    AuditRecord {
        id: row,
        at: now,
        user: None,
        origin: Origin::Program,
        event: AuditEvent::BlockStopped {
            block: block.clone(),
            sent: fare.sent.saturating_sub(1),
            proven: fare.proven,
        },
    }
}
