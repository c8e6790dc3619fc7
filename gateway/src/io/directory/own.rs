//! What people change about themselves.

use super::change::{Objection, change};
use super::{Changed, Seen};
use crate::domain::audit::AuditRecord;
use crate::domain::id::{SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::credentials::{Claim, Firsts};
use crate::io::sql::Database;

/// Replaces the password by this hash and outdates everything proven before but in one session: the one it is done in,
/// unless something has outdated that itself, or somebody has objected to a change.
pub(super) async fn change_password(
    database: &Database,
    (id, hash): (UserId, String),
    of: Seen,
    record: AuditRecord,
) -> Result<Changed, Fault> {
    let update = sqlx::query(
        "UPDATE users SET password = $2, proofs_since = $3, password_set_at = $3, password_compromised_at = 0,
         kept_session = $4
         WHERE id = $1 AND proofs_since = $5
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.user_id = users.id AND a.frozen_at > $3)",
    );
    let update = update.bind(id.to_string()).bind(hash).bind(record.at.as_millis());
    let update = update
        .bind(kept(of.session, record.at))
        .bind(of.proofs_since.as_millis());
    change(database, (id, update, Objection::Forbids), None, record).await
}

/// What `kept_session` says of a session that outlasts what outdated proofs at this moment, and nothing later.
fn kept(session: SessionId, at: Timestamp) -> String {
    format!("{session}@{}", at.as_millis())
}

/// The session that outlasts what outdated proofs last; nothing where it was kept from something else.
pub(super) fn outlasting(kept: &str, proofs_since: Timestamp) -> Option<SessionId> {
    let (session, at) = kept.split_once('@')?;
    let at: i64 = at.parse().ok()?;
    let session = session.parse().ok();
    session.filter(|_| at == proofs_since.as_millis())
}

/// Calls a user something else.
pub(super) async fn rename(
    database: &Database,
    (id, name): (UserId, String),
    record: AuditRecord,
) -> Result<Changed, Fault> {
    let update = sqlx::query("UPDATE users SET display_name = $2 WHERE id = $1");
    let update = update.bind(id.to_string()).bind(name);
    change(database, (id, update, Objection::Ignored), None, record).await
}

/// Has mail go elsewhere, unless it has been moved meanwhile, goes to somebody else there, what was proven in this session
/// has been outdated, or somebody has objected to a change.
pub(super) async fn move_mail(
    database: &Database,
    (id, from, to): (UserId, String, String),
    (former, claim, of): (Firsts, Claim, Seen),
    record: AuditRecord,
) -> Result<Changed, Fault> {
    let update = sqlx::query(
        "UPDATE users SET email = $3, email_set_at = $4 WHERE id = $1 AND email = $2 AND proofs_since = $5
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.user_id = users.id AND a.frozen_at > $4)",
    );
    let update = update.bind(id.to_string()).bind(from).bind(to);
    let update = update.bind(record.at.as_millis()).bind(of.proofs_since.as_millis());
    change(
        database,
        (id, update, Objection::Forbids),
        Some((former, claim)),
        record,
    )
    .await
}
