//! From what is recorded of a change to what its owner is told: on the page "this was not me" and in notices.

use crate::domain::assurance::Method;
use crate::domain::audit::AuditEvent;
use crate::domain::time::Timestamp;
use auth_pages::Change;

/// The change as people read it; nothing for what nobody is told.
pub fn change(event: &AuditEvent) -> Option<Change> {
    match event {
        AuditEvent::AuthenticatorAdded { method, replaced, .. } => match (kind(*method), replaced) {
            (Some(kind), Some(_)) => Some(Change::Replaced(kind)),
            (Some(kind), None) => Some(Change::Added(kind)),
            (None, _) => Some(Change::EmergencyCodesMade),
        },
        AuditEvent::AuthenticatorRemoved { method, .. } => {
            Some(kind(*method).map_or(Change::EmergencyCodesDeleted, Change::Removed))
        }
        AuditEvent::FactorAccepted {
            method: Method::EmergencyCode,
            ..
        } => Some(Change::EmergencyCodeUsed),
        AuditEvent::PasswordSet | AuditEvent::PasswordRecovered { .. } => Some(Change::PasswordChanged),
        AuditEvent::SecondFactorLocked => Some(Change::SecondFactorLocked),
        AuditEvent::SecondFactorResetPlanned { .. } => Some(Change::SecondFactorResetPlanned),
        AuditEvent::SecondFactorReset { .. } => Some(Change::SecondFactorReset),
        AuditEvent::ChangeObjected { .. } => Some(Change::Objected),
        _ => None,
    }
}

/// Emergency codes are no kind of their own, they stand in for one.
fn kind(method: Method) -> Option<auth_pages::Method> {
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
