//! Invitations on their way by e-mail: sent, tried again where that fails, given up when the link ends.
//!
//! What is claimed is sent within a lease; a process that dies in between leaves it to the next. So an invitation may
//! arrive twice, with the same link, and is never lost.

use super::{Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::invitation::{Invitation, Invited};
use crate::domain::notice::wait_after;
use crate::domain::secret::Token;
use crate::io::courier::{CourierFault, Destination, InvitationLetter, Letter, Undelivered};
use crate::io::credentials::NextTry;
use std::time::Duration;

/// How long a claimed letter is left to its claimer: longer than all couriers may take for all that are claimed at once.
const LEASE: Duration = Duration::from_secs(120);

/// Sends what is due; `address` is the page behind a link.
///
/// # Errors
/// When SQL fails; what was not sent is due again later.
pub async fn deliver(outside: &Outside, address: impl Fn(&Token) -> String + Send + Sync) -> Result<(), Fault> {
    let Some(newcomers) = outside.directory.newcomers() else {
        return Ok(());
    };
    for due in newcomers.claim_letters(outside.clock.now(), LEASE).await? {
        let (next, faults) = match &due.sendable {
            Some((token, invitation)) => send(outside, (invitation, due.tries), &address(token)).await,
            None => (never(outside, AuditEvent::InvitationNotSent), Vec::new()),
        };
        newcomers.settle_letter((&due.link, due.tries), next).await?;
        let said = |fault| tracing::warn!(%fault, "an invitation was not delivered");
        faults.iter().for_each(said);
    }
    Ok(())
}

async fn send(outside: &Outside, (invitation, tries): (&Invitation, u32), url: &str) -> (NextTry, Vec<CourierFault>) {
    let expires_at = invitation.expires_at;
    let Invited::Guest(guest) = &invitation.invited else {
        return (never(outside, AuditEvent::InvitationNotSent), Vec::new());
    };
    let letter = InvitationLetter { url, expires_at };
    let to = Destination::Mailbox(&guest.mailbox);
    match outside.couriers.send(to, &Letter::Invitation(&letter)).await {
        Ok(_) => (never(outside, AuditEvent::InvitationSent), Vec::new()),
        Err(Undelivered(faults)) => {
            let next = outside.clock.now() + wait_after(tries);
            let next = if next < expires_at {
                NextTry::At(next)
            } else {
                never(outside, AuditEvent::InvitationNotSent)
            };
            (next, faults)
        }
    }
}

fn never(outside: &Outside, event: AuditEvent) -> NextTry {
    NextTry::Never(AuditRecord {
        id: outside.entropy.id(),
        at: outside.clock.now(),
        user: None,
        origin: Origin::Program,
        event,
    })
}
