//! What operators do: people, their passwords and authenticators, and the question why a request would pass.
//!
//! Whoever runs a command on this machine can read its key files and may do all of this; nothing here asks who it is.
//! Each change is recorded in the transaction that makes it. What was typed is read, and what comes of it put into
//! words, by the edge.

mod audit;
mod invitations;
mod keys;
mod reset;
mod sessions;
mod shown;
mod supposition;

pub use audit::{Happened, Head, Verdict, Wanted, audit, audit_heads, verify_audit};
pub use invitations::{
    Administrator, Link, ListedInvitation, Purpose, add_administrator, invitations, invite, invite_in_person, uninvite,
};
pub use keys::{Key, KeyKind, KeyUse, Resealed, keys, reseal, rotate_keys};
pub use reset::{When, cancel_reset, reset_second_factor};
pub use sessions::{Ended, OpenSession, Whose, end_sessions, sessions};
pub use shown::{
    Listed, Proved, Scope, Shown, ShownAuthenticator, ShownPassword, ShownSession, enrolled_apps, list, show, standard,
};
pub use supposition::{Proven, Supposition, Who, suppose};

use super::budget::second_factor_scope;
use super::{Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::{Channel, Phone, PhoneNumber};
use crate::domain::authenticator::totp::{Digits, KEY_BYTES, LastStep, Totp};
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::UserId;
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User, UserName};
use crate::io::credentials::Enrolled;
use crate::io::directory::{Added, Changed};

/// What comes of a command.
#[must_use]
#[derive(Debug)]
pub enum Outcome<T> {
    /// It is done; this came of it.
    Done(T),
    /// Nothing was changed.
    Refused(Refusal),
}

/// Why a command changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is somebody of that name already.
    NameTaken,
    /// Their address is somebody else's.
    AddressTaken,
    /// There is nobody of that name.
    NoSuchUser,
    /// Their number is on as many accounts as it may be.
    OnTooManyAccounts,
    /// They have this very address already.
    AlreadyEnrolled,
    /// Nobody vouches for the phone; enrolment by its owner does not exist yet.
    Unverified,
    /// No open session has that id.
    NoSuchSession,
    /// No removal of their second factors is planned.
    NothingPlanned,
    /// Nobody makes an account here, not even by invitation.
    RegistrationClosed,
    /// The address has an account, or is somebody's login name.
    AddressKnown,
    /// The address could not be a login name.
    AddressUnfit,
    /// They have a password already.
    HasPassword,
    /// They are there, and no administrator.
    NoAdministrator,
    /// The address has no invitation that works.
    NotInvited,
    /// People are not made in this directory.
    MadeElsewhere,
}

/// A person to be added.
#[derive(Debug)]
pub struct NewUser {
    /// What they type to log in.
    pub name: UserName,
    /// What people call them.
    pub display_name: String,
    /// Where mail reaches them.
    pub mail: Mail,
    /// The groups they belong to, in any order.
    pub groups: Vec<String>,
    /// Their first password.
    pub password: Password,
}

/// What a new person's mailbox is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail {
    /// They have none.
    None,
    /// Applications are told it; no code goes there.
    Profile(Mailbox),
    /// The same, and it receives codes. An operator who sets an address vouches for it.
    ProfileAndCodes(Mailbox),
}

/// An authenticator app to be enrolled.
#[derive(Clone, Copy, Debug)]
pub struct NewApp<'a> {
    /// How many digits it shows.
    pub digits: Digits,
    /// What the app calls us.
    pub issuer: &'a str,
    /// What its owner calls it; may be empty.
    pub description: &'a str,
}

/// A phone to be enrolled.
#[derive(Debug)]
pub struct NewPhone {
    /// Its number.
    pub number: PhoneNumber,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// Who says that it is theirs.
    pub proof: Proof,
    /// On how many accounts a number may be.
    pub most_accounts: i64,
}

/// Who says that a phone belongs to its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The operator, who has made sure.
    Verified,
    /// Nobody yet.
    Missing,
}

/// Adds a person. Until the last step, the password, nobody can log in as them; should a step fail, the other
/// commands complete what is there.
///
/// # Errors
/// When SQL or the hashing fails.
pub async fn add_user(outside: &Outside, new: NewUser) -> Result<Outcome<UserId>, Fault> {
    let (email, codes) = match new.mail {
        Mail::None => (String::new(), None),
        Mail::Profile(mailbox) => (mailbox.as_str().to_owned(), None),
        Mail::ProfileAndCodes(mailbox) => (mailbox.as_str().to_owned(), Some(mailbox)),
    };
    let mut groups = new.groups;
    groups.sort();
    groups.dedup();
    let (id, proofs_since) = (outside.entropy.id(), outside.clock.now());
    let (name, display_name) = (new.name, new.display_name);
    let user = User {
        id,
        name,
        display_name,
        email,
        groups,
        standing: Standing::Active,
        proofs_since,
        outlasting: None,
        created_at: proofs_since,
        password_from: PasswordFrom::Elsewhere,
        secrecy: Secrecy::Kept,
    };
    let record = record(outside, AuditEvent::UserAdded, id);
    match outside.directory.add(&user, record).await? {
        Added::NameTaken => return Ok(Outcome::Refused(Refusal::NameTaken)),
        Added::AddressTaken => return Ok(Outcome::Refused(Refusal::AddressTaken)),
        Added::New => {}
    }
    if let Some(mailbox) = codes
        && let Outcome::Refused(refusal) = enrol(outside, id, (String::new(), Kind::Mailbox(mailbox)), None).await?
    {
        return Ok(Outcome::Refused(refusal));
    }
    give_password(outside, (id, AuditEvent::FirstPasswordSet), new.password)
        .await
        .map(|outcome| outcome.map(|()| id))
}

/// Gives a person a new password, which ends all their sessions.
///
/// # Errors
/// When SQL or the hashing fails.
pub async fn set_password(outside: &Outside, name: &UserName, password: Password) -> Result<Outcome<()>, Fault> {
    match outside.directory.find(name).await? {
        Some(user) => give_password(outside, (user.id, AuditEvent::PasswordSet), password).await,
        None => Ok(Outcome::Refused(Refusal::NoSuchUser)),
    }
}

/// Lets a person log in, or no more, which ends all their sessions.
///
/// # Errors
/// When SQL fails.
pub async fn set_standing(outside: &Outside, name: &UserName, standing: Standing) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let event = match standing {
        Standing::Active => AuditEvent::UserEnabled,
        Standing::Disabled => AuditEvent::UserDisabled,
    };
    let record = record(outside, event, user.id);
    Ok(changed(
        outside.directory.set_standing(user.id, standing, record).await?,
    ))
}

/// Enrols an authenticator app under a new key. What comes of it is what the app is to be given (an `otpauth` URI).
///
/// # Errors
/// When SQL fails.
pub async fn add_totp(outside: &Outside, name: &UserName, app: NewApp<'_>) -> Result<Outcome<Secret<String>>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let mut key = vec![0_u8; KEY_BYTES];
    outside.entropy.fill(&mut key);
    let totp = Totp::new(Secret::new(key), app.digits, LastStep::Never);
    let uri = totp.uri(app.issuer, user.name.as_str());
    let app = (app.description.to_owned(), Kind::Totp(totp));
    Ok(enrol(outside, user.id, app, None).await?.map(|()| uri))
}

/// Enrols a phone that somebody vouches for.
///
/// # Errors
/// When SQL fails.
pub async fn add_phone(outside: &Outside, name: &UserName, phone: NewPhone) -> Result<Outcome<()>, Fault> {
    match phone.proof {
        Proof::Missing => Ok(Outcome::Refused(Refusal::Unverified)),
        Proof::Verified => {
            let (number, channel) = (phone.number, Channel::Sms);
            let phone_kind = Kind::Phone(Phone { number, channel });
            add_address(
                outside,
                name,
                (phone.description, phone_kind),
                Some(phone.most_accounts),
            )
            .await
        }
    }
}

/// Enrols a mailbox; the operator vouches for it.
///
/// # Errors
/// When SQL fails.
pub async fn add_email(outside: &Outside, name: &UserName, mailbox: Mailbox) -> Result<Outcome<()>, Fault> {
    add_address(outside, name, (String::new(), Kind::Mailbox(mailbox)), None).await
}

/// Lets codes by e-mail complete logins again of a person whose password came from their mailbox.
///
/// # Errors
/// When SQL fails.
pub async fn trust_mailbox(outside: &Outside, name: &UserName) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let record = record(outside, AuditEvent::MailboxTrusted, user.id);
    Ok(changed(outside.directory.trust_mailbox(user.id, record).await?))
}

/// Forgives the failures at a person's second factor, so that they can try again at once.
///
/// # Errors
/// When SQL fails.
pub async fn unlock(outside: &Outside, name: &UserName) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let record = record(outside, AuditEvent::FailuresForgiven, user.id);
    let scope = second_factor_scope(outside, user.id)?;
    outside.credentials.forgive(&scope, record).await?;
    Ok(Outcome::Done(()))
}

/// Lets a person change their account again, after somebody objected to a change.
///
/// # Errors
/// When SQL fails.
pub async fn unfreeze(outside: &Outside, name: &UserName) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let record = record(outside, AuditEvent::ChangesUnfrozen, user.id);
    outside.credentials.unfreeze(user.id, record).await?;
    Ok(Outcome::Done(()))
}

async fn give_password(
    outside: &Outside,
    (user, event): (UserId, AuditEvent),
    password: Password,
) -> Result<Outcome<()>, Fault> {
    let record = record(outside, event, user);
    Ok(changed(outside.directory.set_password(user, password, record).await?))
}

/// Enrols an address that the user does not have yet.
async fn add_address(
    outside: &Outside,
    name: &UserName,
    (description, kind): (String, Kind),
    most_accounts: Option<i64>,
) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let there = outside.credentials.authenticators(user.id).await?;
    if there
        .iter()
        .any(|authenticator| is_same_address(&authenticator.kind, &kind))
    {
        return Ok(Outcome::Refused(Refusal::AlreadyEnrolled));
    }
    enrol(outside, user.id, (description, kind), most_accounts).await
}

fn is_same_address(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::Phone(one), Kind::Phone(other)) => one.number.expose() == other.number.expose(),
        (Kind::Mailbox(one), Kind::Mailbox(other)) => one == other,
        (
            Kind::Totp(_) | Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_),
            Kind::Totp(_) | Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_),
        ) => false,
    }
}

async fn enrol(
    outside: &Outside,
    user: UserId,
    (description, kind): (String, Kind),
    most_accounts: Option<i64>,
) -> Result<Outcome<()>, Fault> {
    let authenticator = Authenticator::new(outside.entropy.id(), description, kind, outside.clock.now());
    let record = record(
        outside,
        AuditEvent::AuthenticatorAdded {
            method: authenticator.method(),
            authenticator: authenticator.id,
            replaced: None,
        },
        user,
    );
    let enrolled = outside
        .credentials
        .add_authenticator(user, &authenticator, most_accounts, record)
        .await?;
    Ok(match enrolled {
        Enrolled::Done => Outcome::Done(()),
        Enrolled::Anothers => Outcome::Refused(Refusal::AddressTaken),
        Enrolled::OnTooManyAccounts => Outcome::Refused(Refusal::OnTooManyAccounts),
    })
}

fn record(outside: &Outside, event: AuditEvent, user: UserId) -> AuditRecord {
    AuditRecord {
        id: outside.entropy.id(),
        at: outside.clock.now(),
        user: Some(user),
        origin: Origin::Command,
        event,
    }
}

fn changed(changed: Changed) -> Outcome<()> {
    match changed {
        Changed::NoSuchUser => Outcome::Refused(Refusal::NoSuchUser),
        Changed::AddressTaken => Outcome::Refused(Refusal::AddressTaken),
        Changed::Done => Outcome::Done(()),
    }
}

impl<T> Outcome<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(change(value)),
            Self::Refused(refusal) => Outcome::Refused(refusal),
        }
    }
}

#[cfg(test)]
mod tests;
