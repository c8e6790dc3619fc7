//! How fast people change their own accounts: each change is told to all their addresses, so that a flood of changes would
//! be a flood of notices. What comes too fast is not done, and nothing of it is kept.

use super::account::Owner;
use super::budget::{Charges, charge_emergency_list, charge_own_change};
use super::{Fault, Outside};
use crate::domain::throttle::Wait;

/// What is to be done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Something is changed.
    Change,
    /// A list of emergency codes is made.
    EmergencyCodes,
}

/// Whether the owner may do it now.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// They may; it is counted.
    Borne,
    /// Only after this long.
    TooFast(Wait),
}

/// Counts what the owner is about to do.
///
/// # Errors
/// When SQL fails.
pub async fn count(outside: &Outside, owner: &Owner<'_>, act: Act) -> Result<Pace, Fault> {
    let user = owner.known.user.id;
    let charges = match act {
        Act::Change => charge_own_change(outside, user).await?,
        Act::EmergencyCodes => charge_emergency_list(outside, user).await?,
    };
    Ok(match charges {
        Charges::Counted(_) => Pace::Borne,
        Charges::MustWait(wait) => Pace::TooFast(wait),
    })
}
