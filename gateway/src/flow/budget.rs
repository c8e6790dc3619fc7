//! Which budgets an attempt is counted on (ASVS 5.0 V6.3.1): all must bear it.

use super::login::Visit;
use super::{Circumstances, Fault, Outside};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::id::{ChargeId, UserId};
use crate::domain::limits::Source;
use crate::domain::throttle::{
    Attempt, Budget, EMERGENCY_LISTS, From, OWN_CHANGES, PASSWORD_KNOWN_DEVICE, PASSWORD_SOURCE,
    PASSWORD_UNKNOWN_DEVICES, RECOVERY_ACCOUNT, RECOVERY_SOURCE, REGISTRATION_ADDRESS, REGISTRATION_BLOCK,
    REGISTRATION_NUMBER, REGISTRATION_SOURCE, Room, SECOND_FACTOR, Wait,
};
use crate::domain::user::UserName;
use crate::io::credentials::{Alarms, Charged, Scope};
use crate::io::hashing::Place;
use crate::io::keys::Purpose;
use std::net::IpAddr;

/// What comes of charging several budgets.
pub(super) enum Charges {
    /// Counted on all of them.
    Counted(Counted),
    /// One of them cannot bear it yet.
    MustWait(Wait),
}

/// A counted attempt.
pub(super) struct Counted {
    id: ChargeId,
    on: Vec<(Scope, Budget)>,
    /// Whether all of the budgets bear another one.
    pub(super) room: Room,
}

/// Counts a password: on the known device's own budget, or on the account's budget for unknown devices; and on the
/// source's. Strangers can wear out the latter two only.
pub(super) async fn charge_password(
    outside: &Outside,
    name: &UserName,
    (from, visit): (From, &Visit),
) -> Result<Charges, Fault> {
    let own = match (from, visit.device) {
        (From::KnownDevice, Some(device)) => (
            scope(outside, "password-device", device.as_bytes())?,
            PASSWORD_KNOWN_DEVICE,
        ),
        (From::KnownDevice, None) | (From::UnknownDevice, _) => (
            scope(outside, "password-account", name.as_str().as_bytes())?,
            PASSWORD_UNKNOWN_DEVICES,
        ),
    };
    let source = (source_scope(outside, visit.circumstances.source)?, PASSWORD_SOURCE);
    match from {
        From::KnownDevice => charge(outside, vec![own], from).await,
        From::UnknownDevice => charge(outside, vec![source, own], from).await,
    }
}

/// Counts an attempt that names nobody.
pub(super) async fn charge_source(outside: &Outside, visit: &Visit) -> Result<Charges, Fault> {
    let source = (source_scope(outside, visit.circumstances.source)?, PASSWORD_SOURCE);
    charge(outside, vec![source], From::UnknownDevice).await
}

/// Counts an answer to a second factor: one budget for the account, whatever the method, tab or node (Law 3).
pub(super) async fn charge_second_factor(outside: &Outside, user: UserId, from: From) -> Result<Charges, Fault> {
    charge(
        outside,
        vec![(second_factor_scope(outside, user)?, SECOND_FACTOR)],
        from,
    )
    .await
}

/// Says that the second factor's budget has no room left: its owner is told once, and a password that somebody elsewhere
/// must know is marked. Doing it again does nothing, so whoever finds no room does it, should the one before have died.
pub(super) async fn raise_alarm(outside: &Outside, user: UserId, circumstances: &Circumstances) -> Result<(), Fault> {
    let record = |event| outside.record(event, Some(user), circumstances);
    let alarms = Alarms {
        user,
        locked: record(AuditEvent::SecondFactorLocked),
        compromised: record(AuditEvent::PasswordCompromised),
    };
    let scope = second_factor_scope(outside, user)?;
    outside.credentials.raise_alarm(&scope, alarms).await
}

/// The name of the budget of an account's second factor.
pub(super) fn second_factor_scope(outside: &Outside, user: UserId) -> Result<Scope, Fault> {
    scope(outside, "second-factor", user.as_bytes())
}

/// Counts somebody who forgot a password, whoever that is.
pub(super) async fn charge_recovery(outside: &Outside, source: IpAddr) -> Result<Charges, Fault> {
    let scope = scope(outside, "password-recovery-source", &prefix(source))?;
    charge(outside, vec![(scope, RECOVERY_SOURCE)], From::UnknownDevice).await
}

/// Counts a code that goes to an account's mailbox for a forgotten password.
pub(super) async fn charge_recovery_code(outside: &Outside, user: UserId) -> Result<Charges, Fault> {
    let scope = scope(outside, "password-recovery-account", user.as_bytes())?;
    charge(outside, vec![(scope, RECOVERY_ACCOUNT)], From::UnknownDevice).await
}

/// Counts a change that somebody makes to their own account.
pub(super) async fn charge_own_change(outside: &Outside, user: UserId) -> Result<Charges, Fault> {
    let scope = scope(outside, "own-change", user.as_bytes())?;
    charge(outside, vec![(scope, OWN_CHANGES)], From::KnownDevice).await
}

/// Counts a list of emergency codes that is to be made.
pub(super) async fn charge_emergency_list(outside: &Outside, user: UserId) -> Result<Charges, Fault> {
    let scope = scope(outside, "emergency-list", user.as_bytes())?;
    charge(outside, vec![(scope, EMERGENCY_LISTS)], From::KnownDevice).await
}

/// Counts somebody who registers, whoever that is.
pub(super) async fn charge_registration(outside: &Outside, source: IpAddr) -> Result<Charges, Fault> {
    let scope = scope(outside, "registration-source", &prefix(source))?;
    charge(outside, vec![(scope, REGISTRATION_SOURCE)], From::UnknownDevice).await
}

/// Counts what goes to an address that somebody registers.
pub(super) async fn charge_registration_address(outside: &Outside, mailbox: &Mailbox) -> Result<Charges, Fault> {
    let address = mailbox.as_str().to_lowercase();
    let scope = scope(outside, "registration-address", address.as_bytes())?;
    charge(outside, vec![(scope, REGISTRATION_ADDRESS)], From::UnknownDevice).await
}

/// Counts a code that goes to a number that somebody registers.
pub(super) async fn charge_registration_number(outside: &Outside, number: &PhoneNumber) -> Result<Charges, Fault> {
    let digits = number.expose();
    let block = digits.get(..digits.len().saturating_sub(3)).unwrap_or(digits);
    let budgets = vec![
        (
            scope(outside, "registration-number", digits.as_bytes())?,
            REGISTRATION_NUMBER,
        ),
        (
            scope(outside, "registration-block", block.as_bytes())?,
            REGISTRATION_BLOCK,
        ),
    ];
    charge(outside, budgets, From::UnknownDevice).await
}

/// Takes the charges of a right answer back.
pub(super) async fn refund(outside: &Outside, counted: Counted) -> Result<(), Fault> {
    outside.credentials.refund(&counted.on, counted.id).await
}

/// A place among those whose passwords are judged; nothing when there is none for them. It is taken before anything is
/// counted, so that what a flood is refused costs no SQL.
pub(super) fn place(outside: &Outside, from: From, source: IpAddr) -> Option<Place> {
    let stranger = match from {
        From::KnownDevice => None,
        From::UnknownDevice => Some(Source::of(source)),
    };
    outside.directory.place(stranger)
}

async fn charge(outside: &Outside, on: Vec<(Scope, Budget)>, from: From) -> Result<Charges, Fault> {
    let attempt = Attempt {
        id: outside.entropy.id(),
        at: outside.clock.now(),
        from,
    };
    Ok(match outside.credentials.charge(&on, attempt).await? {
        Charged::Counted(room) => Charges::Counted(Counted {
            id: attempt.id,
            on,
            room,
        }),
        Charged::MustWait(wait) => Charges::MustWait(wait),
    })
}

fn scope(outside: &Outside, family: &str, name: &[u8]) -> Result<Scope, Fault> {
    Ok(Scope(format!(
        "{family}:{}",
        outside.keys.pseudonym(Purpose::Scope, &[family.as_bytes(), name])?
    )))
}

fn source_scope(outside: &Outside, source: IpAddr) -> Result<Scope, Fault> {
    scope(outside, "password-source", &prefix(source))
}

/// One IPv4 address, or the /64 that one IPv6 subscriber has.
fn prefix(source: IpAddr) -> Vec<u8> {
    match source.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}
