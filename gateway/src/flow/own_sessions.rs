//! Where somebody is logged in, and how they end it.

use super::account::Owner;
use super::revocation::Revocations;
use super::{Fault, Outside, logout};
use crate::domain::audit::{AuditEvent, SessionEnd};
use crate::domain::id::SessionId;
use crate::domain::secret::TokenHash;
use crate::io::credentials::{KnownDevice, ListedSession};

/// The open sessions of the owner, newest first.
///
/// # Errors
/// When SQL fails.
pub async fn sessions(outside: &Outside, owner: &Owner<'_>) -> Result<Vec<ListedSession>, Fault> {
    outside
        .credentials
        .sessions(owner.known.user.id, outside.clock.now())
        .await
}

/// Which sessions end.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// This one, if it is the owner's.
    One(SessionId),
    /// All but the one that asks.
    Others,
}

/// Ends sessions of the owner, on every node within a second.
///
/// # Errors
/// When the log cannot be written; what was not ended by then still stands.
pub async fn end_sessions(
    outside: &Outside,
    revocations: &Revocations,
    owner: &Owner<'_>,
    ending: Ending,
) -> Result<(), Fault> {
    for session in sessions(outside, owner).await? {
        let ends = match ending {
            Ending::One(id) => session.id == id,
            Ending::Others => session.id != owner.known.session.id,
        };
        if ends {
            let ended = (session.id, owner.known.user.id, SessionEnd::Owner);
            logout::end_one(outside, revocations, ended, owner.circumstances).await?;
        }
    }
    Ok(())
}

/// The browsers that completed a login of the owner before, the one used last first.
///
/// # Errors
/// When SQL fails.
pub async fn devices(outside: &Outside, owner: &Owner<'_>) -> Result<Vec<KnownDevice>, Fault> {
    outside.credentials.devices(owner.known.user.id).await
}

/// Forgets a browser of the owner: it is treated like any other from now on. Sessions in it go on.
///
/// # Errors
/// When SQL fails.
pub async fn forget_device(outside: &Outside, owner: &Owner<'_>, device: TokenHash) -> Result<(), Fault> {
    let user = owner.known.user.id;
    let record = outside.record(AuditEvent::DeviceForgotten, Some(user), owner.circumstances);
    outside.credentials.forget_device(user, device, record).await.map(drop)
}
