//! Removing all second factors of a person who has lost them.
//!
//! The operator starts it and says why; who it concerns is told, and can stop it for a day (ASVS 5.0 V6.4.4, V6.4.6).
//! The operator neither sees nor chooses what comes after: the next login sets it up.

use super::shown::moment;
use super::{Outcome, Refusal, record};
use crate::domain::audit::AuditEvent;
use crate::domain::user::UserName;
use crate::flow::{Fault, Outside};
use crate::io::credentials::Reset;
use std::time::Duration;

/// How long the person concerned can stop it.
const DELAY: Duration = Duration::from_secs(24 * 3600);

/// When second factors are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A day from now.
    Later,
    /// At once: the operator has made sure who asks.
    Now,
}

/// Removes all second factors of a person, or plans to; what comes of it is the moment when it is done (RFC 3339, UTC).
///
/// # Errors
/// When SQL fails.
pub async fn reset_second_factor(
    outside: &Outside,
    name: &UserName,
    (when, reason): (When, String),
) -> Result<Outcome<String>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let now = outside.clock.now();
    match when {
        When::Later => {
            let due = now + DELAY;
            let event = AuditEvent::SecondFactorResetPlanned {
                due,
                reason: reason.clone(),
            };
            let record = record(outside, event, user.id);
            outside.credentials.plan_reset(user.id, (due, reason), record).await?;
            Ok(Outcome::Done(moment(due)?))
        }
        When::Now => {
            let record = record(outside, AuditEvent::SecondFactorReset { reason }, user.id);
            let credentials = &outside.credentials;
            let _ = credentials.reset_second_factor(user.id, Reset::Now, record).await?;
            Ok(Outcome::Done(moment(now)?))
        }
    }
}

/// Takes a planned removal back.
///
/// # Errors
/// When SQL fails.
pub async fn cancel_reset(outside: &Outside, name: &UserName) -> Result<Outcome<()>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    let record = record(outside, AuditEvent::SecondFactorResetCancelled, user.id);
    if outside.credentials.cancel_reset(user.id, record).await? {
        Ok(Outcome::Done(()))
    } else {
        Ok(Outcome::Refused(Refusal::NothingPlanned))
    }
}
