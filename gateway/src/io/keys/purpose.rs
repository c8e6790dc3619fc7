//! What keys are for.

/// What a key is for. The label goes into the derivation, so that what was made for one purpose is noise for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Records in the store: sessions, tokens, logins, tickets.
    Record,
    /// Authenticators at rest: TOTP keys, phone numbers.
    Authenticator,
    /// Return targets on their way through the browser.
    ReturnTarget,
    /// One-time codes.
    Code,
    /// Form tokens.
    Csrf,
    /// A token made from the token before it.
    NextToken,
    /// Names of budgets, so that no login name or address is kept.
    Scope,
    /// What a session is called towards one application.
    Pairwise,
    /// Links by which changes are objected to.
    Objection,
    /// The chain of the audit.
    Audit,
    /// One-use links that wait to be e-mailed.
    Invitation,
    /// Keys of certificates that were ordered, and of the accounts they were ordered by.
    Certificate,
}

impl Purpose {
    pub(super) const ALL: [Self; 12] = [
        Self::Record,
        Self::Authenticator,
        Self::ReturnTarget,
        Self::Code,
        Self::Csrf,
        Self::NextToken,
        Self::Scope,
        Self::Pairwise,
        Self::Objection,
        Self::Audit,
        Self::Invitation,
        Self::Certificate,
    ];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Record => "vestibule record",
            Self::Authenticator => "vestibule authenticator",
            Self::ReturnTarget => "vestibule return target",
            Self::Code => "vestibule code",
            Self::Csrf => "vestibule csrf",
            Self::NextToken => "vestibule next token",
            Self::Scope => "vestibule scope",
            Self::Pairwise => "vestibule pairwise",
            Self::Objection => "vestibule objection",
            Self::Audit => "vestibule audit",
            Self::Invitation => "vestibule invitation",
            Self::Certificate => "vestibule certificate",
        }
    }
}
