//! Notices on their way: told to everybody they are for, tried again where that fails, and objected to.
//!
//! What is claimed is told within a lease; a process that dies in between leaves it to the next. So a notice may arrive
//! twice, and is never lost.

use super::{Circumstances, Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::{RowId, UserId};
use crate::domain::notice::{Address, Notice, Say, recipients, wait_after};
use crate::domain::secret::KeyedHash;
use crate::domain::settings::Settings;
use crate::io::courier::{Destination, Letter, NoticeLetter, Undelivered};
use crate::io::credentials::{DueNotice, NextTry, Objected, Reset};
use crate::io::keys::Purpose;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a claimed notice is left to its claimer: longer than all couriers may take for all addresses.
const LEASE: Duration = Duration::from_secs(120);

/// What stands in the link of a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Which notice.
    pub notice: RowId,
    /// What only whoever was sent it knows.
    pub proof: String,
}

impl Link {
    /// As it stands in an address. A proof that came from elsewhere is encoded, whatever it is.
    pub fn query(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }
}

/// Tells what is due; `page` is the path where changes are objected to, on the portal.
///
/// # Errors
/// When SQL or the keys fail; what was not told is due again later.
pub async fn deliver(outside: &Outside, settings: &Settings, page: &str) -> Result<(), Fault> {
    for due in outside.credentials.claim_notices(outside.clock.now(), LEASE).await? {
        let link = link(outside, due.notice.id)?;
        let portal = settings.portal.origin.as_str();
        let url = format!("{portal}{page}?{}", link.query());
        let notice = due.notice.id;
        if let Err(fault) = tell(outside, due, (&url, &settings.support)).await {
            tracing::warn!(%notice, %fault, "a notice must wait");
        }
    }
    Ok(())
}

async fn tell(outside: &Outside, due: DueNotice, (url, support): (&str, &str)) -> Result<(), Fault> {
    let DueNotice {
        notice,
        tries,
        mut told,
    } = due;
    let contacts = outside.credentials.contacts(notice.user).await?;
    let user = outside.directory.user(notice.user).await?;
    let profile = user.and_then(|user| Mailbox::parse(&user.email).ok());
    let all = recipients(&notice, profile.as_ref(), &contacts);
    let mut left = all.len();
    for (address, say) in &all {
        let name = outside
            .keys
            .pseudonym(Purpose::Scope, &[b"notice", address.expose().as_bytes()])?;
        if told.contains(&name) {
            left -= 1;
            continue;
        }
        let letter = NoticeLetter {
            notice: &notice,
            objection: Some(url).filter(|_| *say == Say::Objects && notice.can_be_objected_to()),
            support,
        };
        let destination = match address {
            Address::Mailbox(mailbox) => Destination::Mailbox(mailbox),
            Address::Phone(number) => Destination::Phone(number),
        };
        match outside.couriers.send(destination, &Letter::Notice(&letter)).await {
            Ok(_) => {
                left -= 1;
                told.push(name);
            }
            Err(Undelivered(faults)) => faults
                .iter()
                .for_each(|fault| tracing::warn!(notice = %notice.id, %fault, "a notice was not delivered")),
        }
    }
    let next = next(outside, &notice, tries, (left, all.len()));
    outside.credentials.settle_notice((notice.id, tries), &told, next).await
}

fn next(outside: &Outside, notice: &Notice, tries: u32, (left, wanted): (usize, usize)) -> NextTry {
    let now = outside.clock.now();
    let event = if left == 0 && wanted > 0 {
        AuditEvent::NoticeSent {
            notice: notice.id,
            addresses: wanted,
        }
    } else if wanted == 0 || notice.is_over(now) {
        AuditEvent::NoticeNotSent { notice: notice.id }
    } else {
        return NextTry::At(now + wait_after(tries));
    };
    NextTry::Never(own_record(outside, event, notice.user))
}

/// The link to the page where a change can be objected to. It follows from the notice, so that nothing secret is kept.
fn link(outside: &Outside, notice: RowId) -> Result<Link, Fault> {
    let proof = outside.keys.pseudonym(Purpose::Objection, &[notice.as_bytes()])?;
    Ok(Link { notice, proof })
}

/// The notice behind a link; nothing where the link is none of ours, too old, or was used.
///
/// # Errors
/// When SQL or the keys fail.
pub async fn behind(outside: &Outside, given: &Link) -> Result<Option<Notice>, Fault> {
    let ours = link(outside, given.notice)?;
    let hash = |link: &Link| outside.keys.hash(Purpose::Objection, &[link.proof.as_bytes()]);
    let (ours, given_hash): (KeyedHash, KeyedHash) = (hash(&ours)?, hash(given)?);
    if !ours.matches(&given_hash) {
        return Ok(None);
    }
    let notice = outside.credentials.notice(given.notice).await?;
    let now = outside.clock.now();
    Ok(notice.filter(|notice| notice.can_be_objected_to() && !notice.is_over(now)))
}

/// Undoes the change behind a link as far as it can be, ends all sessions, and lets nothing be changed for now; whether
/// the link was good.
///
/// # Errors
/// When SQL or the keys fail.
pub async fn object(outside: &Outside, link: &Link, circumstances: &Circumstances) -> Result<bool, Fault> {
    let Some(notice) = behind(outside, link).await? else {
        return Ok(false);
    };
    let event = AuditEvent::ChangeObjected { notice: notice.id };
    let record = outside.record(event, Some(notice.user), circumstances);
    let (Objected::Now | Objected::Before) = outside.credentials.object(&notice, record).await?;
    Ok(true)
}

/// Removes the second factors whose removal was planned and not objected to.
///
/// # Errors
/// When SQL fails.
pub async fn reset_what_is_due(outside: &Outside) -> Result<(), Fault> {
    for (user, reason) in outside.credentials.resets_due(outside.clock.now()).await? {
        let record = own_record(outside, AuditEvent::SecondFactorReset { reason }, user);
        let done = outside
            .credentials
            .reset_second_factor(user, Reset::IfDue, record)
            .await;
        if let Err(fault) = done {
            tracing::warn!(%user, %fault, "a planned removal of second factors must wait");
        }
    }
    Ok(())
}

fn own_record(outside: &Outside, event: AuditEvent, user: UserId) -> AuditRecord {
    AuditRecord {
        id: outside.entropy.id(),
        at: outside.clock.now(),
        user: Some(user),
        origin: Origin::Program,
        event,
    }
}
