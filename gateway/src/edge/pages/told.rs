//! From a change to what its owner is told: on the page "this was not me" and in notices.

use crate::domain::assurance::Method;
use crate::domain::notice::Change;
use crate::domain::time::Timestamp;

/// The change as people read it; nothing for a kind of second factor that cannot be set up.
pub fn change(change: Change) -> Option<auth_pages::Change> {
    use auth_pages::Change as Words;
    match change {
        Change::Added { method, replaced, .. } => match replaced {
            Some(_) => kind(method).map(Words::Replaced),
            None => kind(method).map(Words::Added),
        },
        Change::Removed(method) => kind(method).map(Words::Removed),
        Change::EmergencyCodesMade => Some(Words::EmergencyCodesMade),
        Change::EmergencyCodesDeleted => Some(Words::EmergencyCodesDeleted),
        Change::EmergencyCodeUsed => Some(Words::EmergencyCodeUsed),
        Change::PasswordChanged | Change::PasswordRecovered => Some(Words::PasswordChanged),
        Change::AddressMoved => Some(Words::AddressMoved),
        Change::SecondFactorLocked => Some(Words::SecondFactorLocked),
        Change::PasswordCompromised => Some(Words::PasswordCompromised),
        Change::ResetPlanned => Some(Words::SecondFactorResetPlanned),
        Change::Reset => Some(Words::SecondFactorReset),
        Change::Objected => Some(Words::Objected),
    }
}

/// A second factor as people read it; nothing for one that cannot be set up.
pub(super) fn kind(method: Method) -> Option<auth_pages::Method> {
    match method {
        Method::Totp => Some(auth_pages::Method::App),
        Method::Sms => Some(auth_pages::Method::Sms),
        Method::Voice => Some(auth_pages::Method::Voice),
        Method::Email => Some(auth_pages::Method::Email),
        Method::Password | Method::Webauthn | Method::EmergencyCode => None,
    }
}

/// A moment to the minute, in UTC.
pub fn moment(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The last day before a moment, in UTC.
pub(super) fn day_before(end: Timestamp) -> String {
    let last = jiff::Timestamp::from_millisecond(end.as_millis() - 1).unwrap_or_default();
    last.strftime("%Y-%m-%d").to_string()
}
