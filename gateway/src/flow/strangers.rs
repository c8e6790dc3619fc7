//! Failures of people who proved nothing: counted in memory, recorded together, never waited for.
//!
//! A stranger can cause any number of them, so each is one increment; they fill neither the audit nor anybody's time.

use super::{Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use std::sync::atomic::{AtomicU32, Ordering};

/// Wrong passwords since the last record.
#[derive(Debug, Default)]
pub struct Strangers {
    rejected: AtomicU32,
}

impl Strangers {
    /// Counts one.
    pub fn reject(&self) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
    }

    /// Records how many there were since the last time, if any; called every few seconds.
    ///
    /// # Errors
    /// When the audit cannot be written; they are then counted into the next record.
    pub async fn flush(&self, outside: &Outside) -> Result<(), Fault> {
        let times = self.rejected.swap(0, Ordering::Relaxed);
        if times == 0 {
            return Ok(());
        }
        let record = AuditRecord {
            id: outside.entropy.id(),
            at: outside.clock.now(),
            user: None,
            origin: Origin::Program,
            event: AuditEvent::PasswordRejected { times },
        };
        let written = outside.credentials.record(record).await;
        if written.is_err() {
            self.rejected.fetch_add(times, Ordering::Relaxed);
        }
        written
    }
}
