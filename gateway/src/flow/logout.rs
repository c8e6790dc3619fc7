//! The end of a session that its owner asked for: gone from every node within a second.

use super::revocation::Revocations;
use super::{Circumstances, Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, SessionEnd};
use crate::domain::id::{SessionId, UserId};
use crate::domain::session::Session;
use crate::domain::user::Known;

/// Ends a session: written to the revocation log before it is acknowledged, then removed from the store.
///
/// # Errors
/// When the log cannot be written; the session then still stands.
pub async fn end(
    outside: &Outside,
    revocations: &Revocations,
    ended: (&Known, SessionEnd),
    circumstances: &Circumstances,
) -> Result<(), Fault> {
    let (known, why) = ended;
    end_one(
        outside,
        revocations,
        (known.session.id, known.user.id, why),
        circumstances,
    )
    .await
}

/// Ends a session by its id and its owner's.
///
/// # Errors
/// When the log cannot be written; the session then still stands.
pub(super) async fn end_one(
    outside: &Outside,
    revocations: &Revocations,
    (session, user, why): (SessionId, UserId, SessionEnd),
    circumstances: &Circumstances,
) -> Result<(), Fault> {
    let record = outside.record(AuditEvent::SessionEnded { session, why }, Some(user), circumstances);
    end_recorded(outside, session, record).await?;
    revocations.add(session, outside.clock.now());
    Ok(())
}

/// Ends a session with this record of it; other nodes, and this one where nobody tells it sooner, read that in the log.
///
/// # Errors
/// When the log cannot be written; the session then still stands.
pub(super) async fn end_recorded(outside: &Outside, session: SessionId, record: AuditRecord) -> Result<(), Fault> {
    outside.credentials.end_session(session, record).await?;
    // The log has ended it already; a store that fails now keeps a record that nobody accepts.
    if let Err(fault) = outside.records.take::<Session>(&session.to_string()).await {
        tracing::warn!(%fault, "an ended session stays in the store until it expires");
    }
    Ok(())
}
