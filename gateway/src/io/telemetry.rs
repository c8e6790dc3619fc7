//! Log lines and counters, derived from audit records and nothing else.

use crate::domain::audit::{AuditRecord, Origin};

/// Tells operators what was recorded: one structured line and one count.
pub fn observe(record: &AuditRecord) {
    let kind = record.event.word();
    metrics::counter!("vestibule_events_total", "kind" => kind).increment(1);
    let user = record.user.map(|user| user.to_string()).unwrap_or_default();
    let detail = serde_json::to_string(&record.event).unwrap_or_default();
    match &record.origin {
        Origin::Request { id, source } => tracing::info!(target: "audit", kind, user, request = id, %source, detail),
        Origin::Command => tracing::info!(target: "audit", kind, user, by = "command", detail),
        Origin::Program => tracing::info!(target: "audit", kind, user, by = "program", detail),
    }
}
