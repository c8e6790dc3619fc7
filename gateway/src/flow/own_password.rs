//! A password changed by its owner.

use super::account::Owner;
use super::budget::{Charges, charge_password, place, refund};
use super::login::Visit;
use super::{Fault, Outside};
use crate::domain::audit::AuditEvent;
use crate::domain::password::{Password, Standard, Unfit};
use crate::domain::secret::Secret;
use crate::domain::throttle::Wait;
use crate::io::directory::{Changed, PasswordCheck};

/// What comes of changing the password.
#[derive(Debug)]
pub enum PasswordChange {
    /// It is changed; all other sessions are over.
    Done,
    /// The present one was wrong.
    Wrong,
    /// Too many wrong ones.
    Throttled(Wait),
    /// The new one is the present one.
    Unchanged,
    /// Too much to do.
    Busy,
    /// The new one will not do.
    Unfit(Unfit),
}

/// Changes the password, which ends all sessions but the one it is done in. The present one is counted and judged as at a login.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn change_password(
    outside: &Outside,
    (owner, visit): (&Owner<'_>, &Visit),
    (present, new): (Secret<String>, Secret<String>),
) -> Result<PasswordChange, Fault> {
    // Dated before anything is awaited: an objection in between comes first.
    let record = outside.record(AuditEvent::PasswordSet, Some(owner.known.user.id), owner.circumstances);
    let name = &owner.known.user.name;
    let new = match Password::chosen(new, &Standard::of_user(owner.settings, &owner.known.user)) {
        Ok(new) => new,
        Err(unfit) => return Ok(PasswordChange::Unfit(unfit)),
    };
    let Ok(present) = Password::typed(present) else {
        return Ok(PasswordChange::Wrong);
    };
    if present.expose() == new.expose() {
        return Ok(PasswordChange::Unchanged);
    }
    let Some(place) = place(outside, owner.from, visit.circumstances.source) else {
        return Ok(PasswordChange::Busy);
    };
    let charges = match charge_password(outside, name, (owner.from, visit)).await? {
        Charges::Counted(charges) => charges,
        Charges::MustWait(wait) => return Ok(PasswordChange::Throttled(wait)),
    };
    match outside.directory.check_password(name, present, place).await? {
        PasswordCheck::Correct(..) => refund(outside, charges).await?,
        PasswordCheck::Wrong => return Ok(PasswordChange::Wrong),
        PasswordCheck::Busy => {
            refund(outside, charges).await?;
            return Ok(PasswordChange::Busy);
        }
    }
    match outside
        .directory
        .change_password(owner.known.user.id, new, owner.seen(), record)
        .await?
    {
        Changed::Done => Ok(PasswordChange::Done),
        Changed::NoSuchUser | Changed::AddressTaken => Ok(PasswordChange::Wrong),
    }
}
