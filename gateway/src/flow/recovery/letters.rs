//! Behind the queue: who was named, whether they may be sent a code, and the sending of it.

use super::hash;
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::{RecoveryId, UserId};
use crate::domain::recovery::{Event, LIFE, Next, Recovery, Sent, Step, step};
use crate::domain::secret::TokenHash;
use crate::domain::user::{Standing, User, UserName};
use crate::flow::budget::{Charges, charge_recovery_code};
use crate::flow::{Circumstances, Fault, Outside};
use crate::io::courier::{CodeLetter, Destination, Handed, Letter as Carried, Occasion, Undelivered};
use crate::io::store::Replaced;

/// Something that must not keep its asker waiting.
pub(super) enum Letter {
    /// A code for whoever was named, if they are somebody.
    Code {
        /// The token of the browser that asked.
        token: TokenHash,
        /// The recovery it asked for.
        recovery: RecoveryId,
        /// Who was named, as typed.
        typed: String,
        /// The host of the page where the code is to be typed.
        host: String,
        /// The request.
        circumstances: Circumstances,
    },
    /// A wrong answer.
    Rejected {
        /// In which recovery.
        recovery: RecoveryId,
        /// Whose; nothing where it was nobody's.
        user: Option<UserId>,
        /// The request.
        circumstances: Circumstances,
    },
}

pub(super) async fn handle(outside: Outside, letter: Letter) -> Result<(), Fault> {
    let outside = &outside;
    match letter {
        Letter::Code {
            token,
            recovery,
            typed,
            host,
            circumstances,
        } => match addressee(outside, &typed).await? {
            Some((user, mailbox)) => {
                let Some(code) = prepare(outside, (token, recovery), &user).await? else {
                    return Ok(());
                };
                let letter = CodeLetter {
                    occasion: Occasion::Recovery,
                    code: &code,
                    life: LIFE,
                    host: &host,
                    origin: circumstances.source,
                    language: &circumstances.language,
                    parcel: None,
                };
                let sent = outside
                    .couriers
                    .send(Destination::Mailbox(&mailbox), &Carried::Code(&letter))
                    .await;
                record(outside, sent, (recovery, user.id), &circumstances).await
            }
            None => Ok(()),
        },
        Letter::Rejected {
            recovery,
            user: Some(user),
            circumstances,
        } => {
            let event = AuditEvent::RecoveryCodeRejected { recovery };
            let record = outside.record(event, Some(user), &circumstances);
            outside.credentials.record(record).await
        }
        Letter::Rejected { user: None, .. } => Ok(()),
    }
}

/// Whom somebody meant, and the one address that the directory has of them; nothing where they may not recover.
async fn addressee(outside: &Outside, typed: &str) -> Result<Option<(User, Mailbox)>, Fault> {
    let mut found = None;
    if let Ok(name) = UserName::parse(typed) {
        found = outside.directory.find(&name).await?;
    }
    if found.is_none()
        && let Ok(mailbox) = Mailbox::parse(typed)
    {
        found = outside.directory.find_by_mailbox(&mailbox).await?;
    }
    Ok(found
        .filter(|user| user.standing == Standing::Active)
        .and_then(|user| Mailbox::parse(&user.email).ok().map(|mailbox| (user, mailbox))))
}

/// Draws the code, once the account's budget bears it and the recovery is saved; nothing where it must not go out.
async fn prepare(
    outside: &Outside,
    (token, id): (TokenHash, RecoveryId),
    user: &User,
) -> Result<Option<crate::domain::authenticator::challenge::Code>, Fault> {
    if let Charges::MustWait(_) = charge_recovery_code(outside, user.id).await? {
        return Ok(None);
    }
    let name = token.to_string();
    let Some((recovery, version)) = outside.records.get::<Recovery>(&name).await? else {
        return Ok(None);
    };
    // The browser asked anew meanwhile.
    if recovery.id != id {
        return Ok(None);
    }
    let code = outside.entropy.code();
    let answer = hash(outside, id, &code)?;
    let sent = Sent { user: user.id, answer };
    let Step { recovery, next } = step(recovery, Event::Addressed(sent, user.email.clone()));
    let saved = next == Next::Send && outside.records.replace(&name, version, &recovery, LIFE).await? == Replaced::Done;
    Ok(saved.then_some(code))
}

async fn record(
    outside: &Outside,
    sent: Result<Handed, Undelivered>,
    (recovery, user): (RecoveryId, UserId),
    circumstances: &Circumstances,
) -> Result<(), Fault> {
    let event = match sent {
        Ok(_) => AuditEvent::RecoveryCodeSent { recovery },
        Err(Undelivered(faults)) => {
            faults
                .iter()
                .for_each(|fault| tracing::warn!(%fault, "a code was not delivered"));
            AuditEvent::RecoveryCodeNotSent { recovery }
        }
    };
    outside
        .credentials
        .record(outside.record(event, Some(user), circumstances))
        .await
}
