//! What was changed about an account, as its owner is told: on the page "this was not me" and in notices.

use crate::RenderFault;
use crate::texts::Texts;

/// A change that its owner is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A second factor was added.
    Added(Method),
    /// A second factor was removed.
    Removed(Method),
    /// A second factor took the place of another of its kind.
    Replaced(Method),
    /// New emergency codes were made.
    EmergencyCodesMade,
    /// An emergency code opened the account.
    EmergencyCodeUsed,
    /// The emergency codes were deleted.
    EmergencyCodesDeleted,
    /// The password was changed.
    PasswordChanged,
    /// Mail goes to another address.
    AddressMoved,
    /// An operator removed every second factor.
    SecondFactorReset,
    /// An operator will remove every second factor, unless somebody objects.
    SecondFactorResetPlanned,
    /// Too many wrong codes: the second factor is locked for a while.
    SecondFactorLocked,
    /// Somebody who reads an address of the account said that a change was not theirs.
    Objected,
}

/// The kind of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// An authenticator app.
    App,
    /// A phone, by text message.
    Sms,
    /// A phone, by call.
    Voice,
    /// A mailbox.
    Email,
}

impl Change {
    /// Every change, some by more than one method.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 15] = [
        Self::Added(Method::App),
        Self::Added(Method::Sms),
        Self::Added(Method::Voice),
        Self::Added(Method::Email),
        Self::Removed(Method::App),
        Self::Replaced(Method::Sms),
        Self::EmergencyCodesMade,
        Self::EmergencyCodeUsed,
        Self::EmergencyCodesDeleted,
        Self::PasswordChanged,
        Self::AddressMoved,
        Self::SecondFactorReset,
        Self::SecondFactorResetPlanned,
        Self::SecondFactorLocked,
        Self::Objected,
    ];

    /// One sentence: "A second step was added to your account: Phone call."
    pub(crate) fn say(self, texts: &Texts<'_>) -> Result<String, RenderFault> {
        let key = match self {
            Self::Added(_) => "change-added",
            Self::Removed(_) => "change-removed",
            Self::Replaced(_) => "change-replaced",
            Self::EmergencyCodesMade => "change-codes-made",
            Self::EmergencyCodeUsed => "change-code-used",
            Self::EmergencyCodesDeleted => "change-codes-deleted",
            Self::PasswordChanged => "change-password",
            Self::AddressMoved => "change-address",
            Self::SecondFactorReset => "change-reset",
            Self::SecondFactorResetPlanned => "change-reset-planned",
            Self::SecondFactorLocked => "change-locked",
            Self::Objected => "change-objected",
        };
        match self.method() {
            Some(method) => {
                let name = texts.say(method.name())?;
                texts.say_with(key, &[("method", name.into())])
            }
            None => texts.say(key),
        }
    }

    fn method(self) -> Option<Method> {
        match self {
            Self::Added(method) | Self::Removed(method) | Self::Replaced(method) => Some(method),
            Self::EmergencyCodesMade
            | Self::EmergencyCodeUsed
            | Self::EmergencyCodesDeleted
            | Self::PasswordChanged
            | Self::AddressMoved
            | Self::SecondFactorReset
            | Self::SecondFactorResetPlanned
            | Self::SecondFactorLocked
            | Self::Objected => None,
        }
    }
}

impl Method {
    /// The key of its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => "method-totp",
            Self::Sms => "method-sms",
            Self::Voice => "method-voice",
            Self::Email => "method-email",
        }
    }
}
