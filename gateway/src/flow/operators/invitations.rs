//! One-use links: to make an account, and to the first password of an administrator.
//!
//! Only a keyed hash of a link is kept; whoever loses it is handed another, and the one before it ends.

use super::shown::moment;
use super::{Outcome, Refusal, record};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::invitation::{ADMINISTRATOR_LIFE, ADMINISTRATORS, Guest, Invitation, Invited, LIFE};
use crate::domain::registration::Mode;
use crate::domain::registration::form::login_name;
use crate::domain::secret::Token;
use crate::domain::settings::Settings;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User, UserName};
use crate::flow::registration::link;
use crate::flow::{Fault, Outside};
use crate::io::directory::{Added, HandedOver, Offered, Withdrawn};
use serde::Serialize;

/// A link that was just handed out.
#[derive(Debug)]
pub struct Link {
    /// What it carries.
    pub token: Token,
    /// When it ends.
    pub expires_at: String,
}

/// An administrator to be added.
#[derive(Debug)]
pub struct Administrator {
    /// What they type to log in.
    pub name: UserName,
    /// What people call them.
    pub display_name: String,
    /// Where mail reaches them; it receives no codes, because their second factor is theirs to set up.
    pub mailbox: Option<Mailbox>,
    /// The groups they belong to besides.
    pub groups: Vec<String>,
}

/// A link that can be used.
#[derive(Clone, Debug, Serialize)]
pub struct ListedInvitation {
    /// What it is for.
    pub purpose: Purpose,
    /// The address to be registered, or the login name of whoever gets a password.
    pub to: String,
    /// What people call them; may be empty.
    pub display_name: String,
    /// The groups they will belong to.
    pub groups: Vec<String>,
    /// When it ends.
    pub expires_at: String,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Making an account.
    Account,
    /// Choosing a first password.
    FirstPassword,
}

/// Ends the invitation of an address.
///
/// # Errors
/// When SQL fails.
pub async fn uninvite(outside: &Outside, mailbox: &Mailbox) -> Result<Outcome<()>, Fault> {
    let Some(newcomers) = outside.directory.newcomers() else {
        return Ok(Outcome::Refused(Refusal::MadeElsewhere));
    };
    let record = unnamed(outside, AuditEvent::GuestUninvited);
    Ok(match newcomers.withdraw(mailbox, record).await? {
        Withdrawn::Done => Outcome::Done(()),
        Withdrawn::NotThere => Outcome::Refused(Refusal::NotInvited),
    })
}

/// Invites somebody to make an account, by a letter that the gateway sends; what comes of it is until when the link
/// works. An earlier invitation of that address ends.
///
/// # Errors
/// When SQL fails.
pub async fn invite(outside: &Outside, settings: &Settings, guest: Guest) -> Result<Outcome<String>, Fault> {
    let offered = invite_by(outside, settings, (guest, HandedOver::ByEmail)).await?;
    Ok(offered.map(|link| link.expires_at))
}

/// The same, by a link that the operator hands over.
///
/// # Errors
/// When SQL fails.
pub async fn invite_in_person(outside: &Outside, settings: &Settings, guest: Guest) -> Result<Outcome<Link>, Fault> {
    invite_by(outside, settings, (guest, |_| HandedOver::InPerson)).await
}

async fn invite_by(
    outside: &Outside,
    settings: &Settings,
    (guest, by): (Guest, fn(Token) -> HandedOver),
) -> Result<Outcome<Link>, Fault> {
    if settings.registration.mode == Mode::Closed {
        return Ok(Outcome::Refused(Refusal::RegistrationClosed));
    }
    if login_name(&guest.mailbox).is_none() {
        return Ok(Outcome::Refused(Refusal::AddressUnfit));
    }
    let invitation = Invitation {
        invited: Invited::Guest(guest),
        expires_at: outside.clock.now() + LIFE,
    };
    let record = unnamed(outside, AuditEvent::GuestInvited);
    offer(outside, (invitation, by), (record, Refusal::AddressKnown)).await
}

/// Adds an administrator without a password, and hands out the link to it; to one who is there and has none, another link.
///
/// # Errors
/// When SQL fails.
pub async fn add_administrator(outside: &Outside, new: Administrator) -> Result<Outcome<Link>, Fault> {
    let (id, now) = (outside.entropy.id(), outside.clock.now());
    let mut groups = new.groups;
    groups.push(ADMINISTRATORS.to_owned());
    groups.sort();
    groups.dedup();
    let user = User {
        id,
        name: new.name,
        display_name: new.display_name,
        email: new
            .mailbox
            .map(|mailbox| mailbox.as_str().to_owned())
            .unwrap_or_default(),
        groups,
        standing: Standing::Active,
        proofs_since: now,
        outlasting: None,
        created_at: now,
        password_from: PasswordFrom::NotYet,
        secrecy: Secrecy::Kept,
    };
    let added = record(outside, AuditEvent::UserAdded, id);
    let user = match outside.directory.add(&user, added).await? {
        Added::New => user,
        Added::AddressTaken => return Ok(Outcome::Refused(Refusal::AddressTaken)),
        Added::NameTaken => match outside.directory.find(&user.name).await? {
            Some(there) if there.groups.iter().any(|group| group == ADMINISTRATORS) => there,
            Some(_) | None => return Ok(Outcome::Refused(Refusal::NoAdministrator)),
        },
    };
    let invitation = Invitation {
        invited: Invited::Member(user.id),
        expires_at: now + ADMINISTRATOR_LIFE,
    };
    let record = record(outside, AuditEvent::FirstPasswordOffered, user.id);
    let by_hand = |_| HandedOver::InPerson;
    offer(outside, (invitation, by_hand), (record, Refusal::HasPassword)).await
}

/// The links that can be used.
///
/// # Errors
/// When SQL fails.
pub async fn invitations(outside: &Outside) -> Result<Vec<ListedInvitation>, Fault> {
    let Some(newcomers) = outside.directory.newcomers() else {
        return Ok(Vec::new());
    };
    let mut listed = Vec::new();
    for Invitation { invited, expires_at } in newcomers.invitations(outside.clock.now()).await? {
        let expires_at = moment(expires_at)?;
        listed.push(match invited {
            Invited::Guest(guest) => ListedInvitation {
                purpose: Purpose::Account,
                to: guest.mailbox.as_str().to_owned(),
                display_name: guest.display_name,
                groups: guest.groups,
                expires_at,
            },
            Invited::Member(id) => match outside.directory.user(id).await? {
                Some(user) => ListedInvitation {
                    purpose: Purpose::FirstPassword,
                    to: user.name.as_str().to_owned(),
                    display_name: user.display_name,
                    groups: user.groups,
                    expires_at,
                },
                None => continue,
            },
        });
    }
    Ok(listed)
}

/// A record about nobody who is in the directory.
fn unnamed(outside: &Outside, event: AuditEvent) -> AuditRecord {
    AuditRecord {
        id: outside.entropy.id(),
        at: outside.clock.now(),
        user: None,
        origin: Origin::Command,
        event,
    }
}

async fn offer(
    outside: &Outside,
    (invitation, by): (Invitation, fn(Token) -> HandedOver),
    (record, needless): (AuditRecord, Refusal),
) -> Result<Outcome<Link>, Fault> {
    let Some(newcomers) = outside.directory.newcomers() else {
        return Ok(Outcome::Refused(Refusal::MadeElsewhere));
    };
    let (token, expires_at) = (outside.entropy.token(), moment(invitation.expires_at)?);
    let (name, copy) = (link::name(outside, &token)?, Token::from_bytes(*token.expose()));
    Ok(match newcomers.offer((name, by(copy)), &invitation, record).await? {
        Offered::Done => Outcome::Done(Link { token, expires_at }),
        Offered::Needless => Outcome::Refused(needless),
    })
}
