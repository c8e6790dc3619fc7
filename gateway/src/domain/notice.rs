//! Notices: what people are told of changes to their account, and how they object (SP 800-63B section 4.6).
//!
//! A notice follows from the audit record of a change and is written in the same transaction, so that no change can go
//! untold. It is told to every address that the account has, but not to the one that the change itself added; an address
//! removed lately is told too, without a way to object.

use super::assurance::Method;
use super::audit::AuditEvent;
use super::authenticator::mailbox::Mailbox;
use super::authenticator::phone::{Channel, PhoneNumber};
use super::authenticator::{Authenticator, Kind};
use super::id::{AuthenticatorId, RowId, UserId};
use super::time::Timestamp;
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;

/// How long a change can be objected to, and how long an address that was removed is still told.
pub const OBJECTION_LIFE: Duration = Duration::from_secs(10 * 24 * 3600);

/// The first wait after a notice could not be delivered; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What the owner of an account is told.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its name: that of the audit record.
    pub id: RowId,
    /// Whose account was changed.
    pub user: UserId,
    /// What was changed.
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// From which address; nothing for a command of an operator.
    pub source: Option<IpAddr>,
}

/// A change that its owner is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A second factor was added.
    Added {
        /// Its kind.
        method: Method,
        /// Which.
        authenticator: AuthenticatorId,
        /// What it took the place of.
        replaced: Option<AuthenticatorId>,
    },
    /// A second factor was removed.
    Removed(Method),
    /// Emergency codes were made.
    EmergencyCodesMade,
    /// The emergency codes were deleted.
    EmergencyCodesDeleted,
    /// An emergency code stood in for a second factor.
    EmergencyCodeUsed,
    /// There is another password.
    PasswordChanged,
    /// There is another password, by a code in the mailbox.
    PasswordRecovered,
    /// Mail goes to another address.
    AddressMoved,
    /// Too many wrong codes.
    SecondFactorLocked,
    /// Somebody else must be thought to know the password.
    PasswordCompromised,
    /// All second factors will be removed.
    ResetPlanned,
    /// All second factors were removed.
    Reset,
    /// Somebody objected to a change.
    Objected,
}

/// The change that an event means to whom it is about; nothing for what nobody is told.
pub fn change(event: &AuditEvent) -> Option<Change> {
    match *event {
        AuditEvent::AuthenticatorAdded {
            method: Method::EmergencyCode,
            ..
        } => Some(Change::EmergencyCodesMade),
        AuditEvent::AuthenticatorAdded {
            method,
            authenticator,
            replaced,
        } => Some(Change::Added {
            method,
            authenticator,
            replaced,
        }),
        AuditEvent::AuthenticatorRemoved {
            method: Method::EmergencyCode,
            ..
        } => Some(Change::EmergencyCodesDeleted),
        AuditEvent::AuthenticatorRemoved { method, .. } => Some(Change::Removed(method)),
        AuditEvent::FactorAccepted {
            method: Method::EmergencyCode,
            ..
        } => Some(Change::EmergencyCodeUsed),
        AuditEvent::PasswordSet => Some(Change::PasswordChanged),
        AuditEvent::PasswordRecovered { .. } => Some(Change::PasswordRecovered),
        AuditEvent::AddressMoved => Some(Change::AddressMoved),
        AuditEvent::SecondFactorLocked => Some(Change::SecondFactorLocked),
        AuditEvent::PasswordCompromised => Some(Change::PasswordCompromised),
        AuditEvent::SecondFactorReset { .. } => Some(Change::Reset),
        AuditEvent::SecondFactorResetPlanned { .. } => Some(Change::ResetPlanned),
        AuditEvent::ChangeObjected { .. } => Some(Change::Objected),
        AuditEvent::PasswordAccepted
        | AuditEvent::PasswordRejected { .. }
        | AuditEvent::Throttled { .. }
        | AuditEvent::CodeSent { .. }
        | AuditEvent::CodeNotSent { .. }
        | AuditEvent::CodesDenied { .. }
        | AuditEvent::BlockStopped { .. }
        | AuditEvent::FactorAccepted { .. }
        | AuditEvent::FactorRejected { .. }
        | AuditEvent::LoginEnded { .. }
        | AuditEvent::SessionOpened { .. }
        | AuditEvent::SessionRaised { .. }
        | AuditEvent::SessionEnded { .. }
        | AuditEvent::UserAdded
        | AuditEvent::NameChanged
        | AuditEvent::UserDisabled
        | AuditEvent::UserEnabled
        | AuditEvent::FirstPasswordSet
        | AuditEvent::GuestInvited
        | AuditEvent::GuestUninvited
        | AuditEvent::FirstPasswordOffered
        | AuditEvent::FirstPasswordChosen
        | AuditEvent::RegistrationCodeSent { .. }
        | AuditEvent::RegistrationCodeNotSent { .. }
        | AuditEvent::RegistrationOfKnownAddress { .. }
        | AuditEvent::UserRegistered { .. }
        | AuditEvent::RecoveryCodeSent { .. }
        | AuditEvent::RecoveryCodeNotSent { .. }
        | AuditEvent::RecoveryCodeRejected { .. }
        | AuditEvent::DeviceForgotten
        | AuditEvent::KeyMade { .. }
        | AuditEvent::FailuresForgiven
        | AuditEvent::MailboxTrusted
        | AuditEvent::ChangesUnfrozen
        | AuditEvent::SecondFactorResetCancelled
        | AuditEvent::NoticeSent { .. }
        | AuditEvent::NoticeNotSent { .. }
        | AuditEvent::InvitationSent
        | AuditEvent::InvitationNotSent
        | AuditEvent::CertificateIssued { .. }
        | AuditEvent::CertificateNotIssued { .. } => None,
    }
}

impl Notice {
    /// Whether objecting does anything: it undoes the change as far as it can be, and stops whoever made it.
    pub fn can_be_objected_to(&self) -> bool {
        !matches!(
            self.change,
            Change::SecondFactorLocked | Change::PasswordCompromised | Change::Objected
        )
    }

    /// Whether it is too late to object.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.at) >= OBJECTION_LIFE
    }

    /// What the change added to the account.
    fn added(&self) -> Option<AuthenticatorId> {
        if let Change::Added { authenticator, .. } = self.change {
            Some(authenticator)
        } else {
            None
        }
    }
}

/// Whether anything about an account may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changes {
    /// It may.
    #[default]
    Free,
    /// Somebody objected to a change: only whoever proves two factors sets anything up.
    Frozen,
}

/// How long to wait after so many failed tries at delivering a notice.
pub fn wait_after(tries: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1).min(16)));
    doubled.min(LONGEST_WAIT)
}

/// An authenticator that the account has or had.
#[derive(Debug)]
pub struct Contact {
    /// The authenticator.
    pub authenticator: Authenticator,
    /// When it was removed; nothing while it stands.
    pub removed_at: Option<Timestamp>,
}

/// Where a notice goes.
#[derive(Clone, Copy, Debug)]
pub enum Address<'a> {
    /// By e-mail.
    Mailbox(&'a Mailbox),
    /// By text message.
    Phone(&'a PhoneNumber),
}

/// Whether whoever reads an address may object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// The address belonged to the account when it was changed.
    Objects,
    /// It was removed before, or by this change.
    OnlyHears,
}

/// Who is told: every mailbox of the account but the one that the change added, those removed lately without a say; and
/// phones that take text messages where there is no mailbox, or where a mailbox has made the change. `profile` is the address that the directory has.
pub fn recipients<'a>(
    notice: &Notice,
    profile: Option<&'a Mailbox>,
    contacts: &'a [Contact],
) -> Vec<(Address<'a>, Say)> {
    let added = contacts
        .iter()
        .find(|contact| Some(contact.authenticator.id) == notice.added())
        .and_then(|contact| address(&contact.authenticator));
    let known = contacts.iter().filter_map(|contact| {
        let say = say(notice, contact)?;
        Some((address(&contact.authenticator)?, say))
    });
    // An address that has just come says nothing of its coming.
    let profile = profile.filter(|_| notice.change != Change::AddressMoved);
    let profile = profile.map(|mailbox| (Address::Mailbox(mailbox), Say::Objects));
    let mut all: Vec<(Address<'a>, Say)> = Vec::new();
    for (address, say) in profile.into_iter().chain(known) {
        if added.as_ref().is_some_and(|added| added.is_same(&address)) {
            continue;
        }
        match all.iter_mut().find(|(there, _)| there.is_same(&address)) {
            Some((_, there)) if say == Say::Objects => *there = Say::Objects,
            Some(_) => {}
            None => all.push((address, say)),
        }
    }
    let by_mail = all.iter().any(|(address, _)| matches!(address, Address::Mailbox(_)));
    if by_mail && notice.change != Change::PasswordRecovered {
        all.retain(|(address, _)| matches!(address, Address::Mailbox(_)));
    }
    all
}

/// What an authenticator's reader may do about a notice; nothing when it came later, or was removed too long before.
fn say(notice: &Notice, contact: &Contact) -> Option<Say> {
    if contact.authenticator.added_at > notice.at {
        return None;
    }
    match contact.removed_at {
        None => Some(Say::Objects),
        Some(removed_at) if removed_at > notice.at => Some(Say::Objects),
        Some(removed_at) if notice.at.since(removed_at) < OBJECTION_LIFE => Some(Say::OnlyHears),
        Some(_) => None,
    }
}

fn address(authenticator: &Authenticator) -> Option<Address<'_>> {
    match &authenticator.kind {
        Kind::Mailbox(mailbox) => Some(Address::Mailbox(mailbox)),
        Kind::Phone(phone) if phone.channel == Channel::Sms => Some(Address::Phone(&phone.number)),
        Kind::Phone(_) | Kind::Totp(_) | Kind::EmergencyCodes(_) => None,
    }
}

impl Address<'_> {
    /// The address in the plain, as it is told apart from others.
    pub fn expose(&self) -> String {
        match self {
            Self::Mailbox(mailbox) => mailbox.as_str().to_lowercase(),
            Self::Phone(number) => number.expose().to_owned(),
        }
    }

    fn is_same(&self, other: &Address<'_>) -> bool {
        self.expose() == other.expose()
    }
}

#[cfg(test)]
mod tests;
