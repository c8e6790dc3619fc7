//! What the directory says of a person, changed by themselves as far as it lets them.
//!
//! Another address counts once a code that was sent there has come back; until then mail goes where it went. The old
//! one is told, and is told of what follows for as long as changes can be objected to. An address that is somebody else's is
//! asked for its code like any other, so that nobody learns of it but who reads its mail; then it is refused.

use super::account::{self, Done, Owner};
use super::enrol::{self, Judged};
use super::question::{self, Scene};
use super::{Fault, Outside};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::{Asked, DIGITS};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::{Authenticator, Face, Kind};
use crate::domain::id::{AuthenticatorId, LoginId};
use crate::domain::registration::form::LONGEST_NAME;
use crate::domain::secret::Secret;
use crate::domain::throttle::Wait;
use crate::io::directory::{Changed, Moving};
use crate::io::store::records::NewAddress;
use crate::io::store::{Inserted, Replaced, Version};
use std::time::Duration;

/// How long a new address waits for its code.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Who looks after what the directory says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// People do it themselves.
    Themselves,
    /// It is done elsewhere.
    Elsewhere,
}

/// Who looks after what the directory says of people.
pub fn keeper(outside: &Outside) -> Keeper {
    match outside.directory.profiles() {
        Some(_) => Keeper::Themselves,
        None => Keeper::Elsewhere,
    }
}

/// A new address that waits for its code.
#[derive(Debug)]
pub struct Unproven {
    /// What its code names.
    pub id: AuthenticatorId,
    /// How it appears.
    pub face: Face,
    /// How many digits its code has.
    pub digits: u8,
    /// How long until another code can be had.
    pub resend_after: Duration,
}

/// Calls the owner something else; whether that can be a name.
///
/// # Errors
/// When SQL fails.
pub async fn rename(outside: &Outside, owner: &Owner<'_>, typed: &str) -> Result<bool, Fault> {
    let name = typed.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    let Some(profiles) = outside.directory.profiles().filter(|_| fits) else {
        return Ok(false);
    };
    let user = owner.known.user.id;
    let record = outside.record(AuditEvent::NameChanged, Some(user), owner.circumstances);
    let (Changed::Done | Changed::NoSuchUser | Changed::AddressTaken) =
        profiles.rename(user, name.to_owned(), record).await?;
    Ok(true)
}

/// Sends a code to another address, in place of any other that waits.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn begin(outside: &Outside, owner: &Owner<'_>, to: Mailbox) -> Result<Done, Fault> {
    if outside.directory.profiles().is_none() {
        return Ok(Done::NotOffered);
    }
    if to.as_str().eq_ignore_ascii_case(&owner.known.user.email) {
        return Ok(Done::AlreadyThere);
    }
    ask(outside, owner, mailbox(outside.entropy.id(), to, outside)).await
}

/// Sends another code to the address that waits.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn send_again(outside: &Outside, owner: &Owner<'_>) -> Result<Done, Fault> {
    match waiting(outside, owner).await? {
        Some((waiting, to, _)) => ask(outside, owner, mailbox(waiting.asked.authenticator(), to, outside)).await,
        None => Ok(Done::NotThere),
    }
}

/// The new address that waits for its code.
///
/// # Errors
/// When the store fails.
pub async fn unproven(outside: &Outside, owner: &Owner<'_>) -> Result<Option<Unproven>, Fault> {
    let found = waiting(outside, owner).await?;
    Ok(found.map(|(waiting, to, _)| Unproven {
        id: waiting.asked.authenticator(),
        face: mailbox(waiting.asked.authenticator(), to, outside).face(),
        digits: DIGITS,
        resend_after: wait(outside, &waiting.asked),
    }))
}

/// Judges a code: it is counted like any second factor, compared, and mail goes to the new address.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn prove(outside: &Outside, owner: &Owner<'_>, typed: &Secret<String>) -> Result<Done, Fault> {
    let (user, profiles) = (&owner.known.user, outside.directory.profiles());
    let (Some(profiles), Some((waiting, to, _))) = (profiles, waiting(outside, owner).await?) else {
        return Ok(Done::NotThere);
    };
    let record = outside.record(AuditEvent::AddressMoved, Some(user.id), owner.circumstances);
    let new = mailbox(waiting.asked.authenticator(), to, outside);
    match enrol::judge(outside, (user.id, owner.from), (&waiting.asked, &new), typed).await? {
        Judged::Right(_) => {}
        Judged::Wrong(room) => return account::rejected(outside, owner, room).await,
        Judged::Throttled(wait) => return Ok(Done::Throttled(wait)),
    }
    let moving = Moving {
        from: user.email.clone(),
        former: Mailbox::parse(&user.email)
            .ok()
            .map(|old| mailbox(outside.entropy.id(), old, outside)),
        to: waiting.to,
    };
    let moved = profiles.move_mail(user.id, moving, owner.seen(), record).await?;
    forget(outside, owner).await?;
    Ok(match moved {
        Changed::Done => Done::Yes,
        Changed::NoSuchUser => Done::NotThere,
        Changed::AddressTaken => Done::Anothers,
    })
}

/// Forgets the address that waits.
///
/// # Errors
/// When the store fails.
pub async fn forget(outside: &Outside, owner: &Owner<'_>) -> Result<(), Fault> {
    outside.records.take::<NewAddress>(&name(owner)).await?;
    Ok(())
}

async fn ask(outside: &Outside, owner: &Owner<'_>, new: Authenticator) -> Result<Done, Fault> {
    let user = owner.known.user.id;
    let before = waiting(outside, owner).await?;
    if let Some((waiting, ..)) = &before {
        let left = wait(outside, &waiting.asked);
        if !left.is_zero() {
            return Ok(Done::TooSoon(Wait(left)));
        }
    }
    let may_send = question::may_ask(outside, (user, &new), (owner.settings, owner.circumstances)).await?;
    if !may_send && before.is_some() {
        // The code that was sent before stays good.
        return Ok(Done::Waits(new.id, question::Delivery::Failed));
    }
    let drawn = question::draw(outside, &new)?;
    let (Kind::Mailbox(to), Some(code)) = (&new.kind, &drawn.code) else {
        return Ok(Done::NotOffered);
    };
    let record = NewAddress {
        user,
        to: to.as_str().to_owned(),
        asked: drawn.asked,
    };
    // Of two at once one is kept, and only its code is sent.
    if !keep(outside, owner, (&record, before.map(|(.., version)| version))).await? {
        return Ok(Done::TooSoon(Wait(question::RESEND_GAP)));
    }
    if !may_send {
        return Ok(Done::Waits(new.id, question::Delivery::Failed));
    }
    let scene = Scene {
        host: owner.settings.portal.origin.authority().host(),
        challenge: record.asked.challenge(),
        circumstances: owner.circumstances,
    };
    let login = LoginId::from_bytes(*new.id.as_bytes());
    let delivery = question::send(outside, (user, login), (&new, code), &scene).await?;
    Ok(Done::Waits(new.id, delivery))
}

/// Writes down what waits, in place of what was read before; not when somebody else has written meanwhile.
async fn keep(
    outside: &Outside,
    owner: &Owner<'_>,
    (record, before): (&NewAddress, Option<Version>),
) -> Result<bool, Fault> {
    let (records, name) = (&outside.records, name(owner));
    Ok(match before {
        Some(version) => records.replace(&name, version, record, PATIENCE).await? == Replaced::Done,
        None => records.insert(&name, record, PATIENCE).await? == Inserted::New,
    })
}

async fn waiting(outside: &Outside, owner: &Owner<'_>) -> Result<Option<(NewAddress, Mailbox, Version)>, Fault> {
    let found = outside.records.get::<NewAddress>(&name(owner)).await?;
    let own = found.filter(|(waiting, _)| waiting.user == owner.known.user.id);
    Ok(own.and_then(|(waiting, version)| {
        let to = Mailbox::parse(&waiting.to).ok()?;
        Some((waiting, to, version))
    }))
}

fn wait(outside: &Outside, asked: &Asked) -> Duration {
    match asked {
        Asked::Sent(challenge) => {
            question::resend_wait(challenge, outside.clock.now()).map_or(Duration::ZERO, |wait| wait.0)
        }
        Asked::App(_) | Asked::Listed(_) => Duration::ZERO,
    }
}

/// The mailbox as what a code is asked of; it is no second factor.
fn mailbox(id: AuthenticatorId, to: Mailbox, outside: &Outside) -> Authenticator {
    Authenticator::new(id, String::new(), Kind::Mailbox(to), outside.clock.now())
}

fn name(owner: &Owner<'_>) -> String {
    owner.known.user.id.to_string()
}
