//! The second factors as people see them: how an answer is asked for, and where a code goes.

/// How the second factor is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A code that an authenticator app shows.
    App {
        /// The user's own name for it, such as "Work phone"; may be empty.
        description: String,
    },
    /// A code by text message.
    Sms {
        /// The number, already masked.
        to: String,
    },
    /// A code by phone call.
    Voice {
        /// The number, already masked.
        to: String,
    },
    /// A code by e-mail.
    Email {
        /// The address, already masked.
        to: String,
    },
    /// A code from the list kept for emergencies.
    EmergencyCode {
        /// How many are left.
        left: usize,
    },
}

/// One authenticator that a user may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The id that the form sends back in the field `authenticator`.
    pub authenticator: String,
    /// What it is.
    pub ask: Ask,
}

impl Ask {
    /// The key of its name: "Authenticator app", "Text message".
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::App { .. } => "method-totp",
            Self::Sms { .. } => "method-sms",
            Self::Voice { .. } => "method-voice",
            Self::Email { .. } => "method-email",
            Self::EmergencyCode { .. } => "method-emergency",
        }
    }

    /// The key of the words that lead to its detail, for those who do not see the icon: "Text message to".
    pub(super) fn way(&self) -> &'static str {
        match self {
            Self::App { .. } => "code-where-totp",
            Self::Sms { .. } => "code-where-sms",
            Self::Voice { .. } => "code-where-voice",
            Self::Email { .. } => "code-where-email",
            Self::EmergencyCode { .. } => "code-where-emergency",
        }
    }

    /// Which one it is, or where its code goes; empty if there is nothing to say.
    pub(super) fn detail(&self) -> &str {
        match self {
            Self::App { description } => description,
            Self::EmergencyCode { .. } => "",
            Self::Sms { to } | Self::Voice { to } | Self::Email { to } => to,
        }
    }

    /// Whether its code travels to the user, so that it can be read on the way, and sent again.
    pub(super) fn is_sent(&self) -> bool {
        match self {
            Self::App { .. } | Self::EmergencyCode { .. } => false,
            Self::Sms { .. } | Self::Voice { .. } | Self::Email { .. } => true,
        }
    }

    /// The key of what is thought of it, where something is.
    pub(super) fn badge(&self) -> Option<&'static str> {
        match self {
            Self::App { .. } => Some("method-recommended"),
            Self::Sms { .. } | Self::Voice { .. } | Self::Email { .. } => Some("method-less-secure"),
            Self::EmergencyCode { .. } => None,
        }
    }

    /// Whether it is a phone call.
    pub(super) fn is_call(&self) -> bool {
        matches!(self, Self::Voice { .. })
    }
}
