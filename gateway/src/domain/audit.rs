//! Everything worth recording, as one closed list. The audit table, metrics and log lines all derive from it.

use super::assurance::Method;
use super::id::{AuthenticatorId, LoginId, RecoveryId, RegistrationId, RowId, SessionId, UserId};
use super::sending::{Block, Bound};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One thing that happened, with its circumstances.
#[derive(Clone, Debug, Serialize)]
pub struct AuditRecord {
    /// Names the record.
    pub id: RowId,
    /// When.
    pub at: Timestamp,
    /// Whom it is about, where somebody is known.
    pub user: Option<UserId>,
    /// Where it came from.
    pub origin: Origin,
    /// What.
    pub event: AuditEvent,
}

/// Where something came from.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A request by a browser.
    Request {
        /// The id its answer carries.
        id: String,
        /// The address it came from.
        source: IpAddr,
    },
    /// A command of an operator on this machine.
    Command,
    /// The program itself.
    Program,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditEvent {
    /// A right password; not yet a login.
    PasswordAccepted,
    /// Wrong passwords, unknown or disabled users; counted together, since strangers can cause any number of them.
    PasswordRejected {
        /// How many since the record before.
        times: u32,
    },
    /// An attempt refused because too many failed before.
    Throttled {
        /// Which budget refused it.
        door: Door,
    },
    /// A code was handed to a courier.
    CodeSent {
        /// By what way.
        method: Method,
        /// In which login.
        login: LoginId,
    },
    /// A code could not be sent.
    CodeNotSent {
        /// By what way.
        method: Method,
        /// In which login.
        login: LoginId,
    },
    /// Codes that were not to be sent, by what did not let them go; counted together, since whoever has a password can
    /// ask for any number of them.
    CodesDenied {
        /// What did not.
        bound: Bound,
        /// How many since the record before.
        times: u32,
    },
    /// A thousand numbers were sent codes that nobody typed, and are sent no more for a day.
    BlockStopped {
        /// What they begin with.
        block: Block,
        /// How many codes were sent there.
        sent: u32,
        /// How many of them were typed.
        proven: u32,
    },
    /// A right second factor, spent.
    FactorAccepted {
        /// How.
        method: Method,
        /// In which login.
        login: LoginId,
    },
    /// A wrong, old or used second factor.
    FactorRejected {
        /// How.
        method: Method,
        /// In which login.
        login: LoginId,
    },
    /// A login that ends without a session.
    LoginEnded {
        /// Which.
        login: LoginId,
        /// Why.
        why: LoginEnd,
    },
    /// A session was opened.
    SessionOpened {
        /// Which.
        session: SessionId,
        /// What was proven for it.
        methods: Vec<Method>,
    },
    /// More was proven in an open session.
    SessionRaised {
        /// Which.
        session: SessionId,
        /// What is proven in it now.
        methods: Vec<Method>,
    },
    /// A session was ended before its time.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Why.
        why: SessionEnd,
    },
    /// A person was added to the directory.
    UserAdded,
    /// A person may no longer log in.
    UserDisabled,
    /// A person may log in again.
    UserEnabled,
    /// A new person was given a password.
    FirstPasswordSet,
    /// A person was given another password, or chose one.
    PasswordSet,
    /// A person was given an authenticator, or has set one up.
    AuthenticatorAdded {
        /// Of what kind.
        method: Method,
        /// Which.
        authenticator: AuthenticatorId,
        /// What it took the place of.
        replaced: Option<AuthenticatorId>,
    },
    /// An authenticator was removed.
    AuthenticatorRemoved {
        /// Of what kind.
        method: Method,
        /// Which.
        authenticator: AuthenticatorId,
    },
    /// People call them something else.
    NameChanged,
    /// Their mail goes to another address.
    AddressMoved,
    /// The second factor bears no more answers for a while: somebody with the password has tried too often.
    SecondFactorLocked,
    /// Somebody elsewhere has failed at the second factor so often that they must know the password: all sessions are over,
    /// and the next login leads to the choice of another one.
    PasswordCompromised,
    /// An operator will have a person's second factors removed, unless somebody objects.
    SecondFactorResetPlanned {
        /// When.
        due: Timestamp,
        /// Why, in the operator's words.
        reason: String,
    },
    /// The planned removal will not happen.
    SecondFactorResetCancelled,
    /// All second factors of a person were removed, as planned or at once.
    SecondFactorReset {
        /// Why, in the operator's words.
        reason: String,
    },
    /// Whoever reads an address of the account said that a change was not theirs; it is undone, all sessions are over,
    /// and nothing can be changed for now.
    ChangeObjected {
        /// The notice, by the record of the change.
        notice: RowId,
    },
    /// An operator lets a person change their account again.
    ChangesUnfrozen,
    /// A notice has reached whom it was for.
    NoticeSent {
        /// The notice, by the record of the change.
        notice: RowId,
        /// How many addresses.
        addresses: usize,
    },
    /// A notice did not reach everybody it was for, and is given up.
    NoticeNotSent {
        /// The notice, by the record of the change.
        notice: RowId,
    },
    /// A code for a forgotten password was handed to a courier.
    RecoveryCodeSent {
        /// In which recovery.
        recovery: RecoveryId,
    },
    /// A code for a forgotten password could not be sent.
    RecoveryCodeNotSent {
        /// In which recovery.
        recovery: RecoveryId,
    },
    /// A wrong code for a forgotten password.
    RecoveryCodeRejected {
        /// In which recovery.
        recovery: RecoveryId,
    },
    /// A forgotten password was replaced, by a code sent to the mailbox.
    PasswordRecovered {
        /// In which recovery.
        recovery: RecoveryId,
    },
    /// Somebody was invited to make an account.
    GuestInvited,
    /// An invitation was handed to a courier.
    InvitationSent,
    /// An invitation ended before any courier took it.
    InvitationNotSent,
    /// An invitation was ended before its time.
    GuestUninvited,
    /// A person was given a link to their first password.
    FirstPasswordOffered,
    /// They have set it by that link.
    FirstPasswordChosen,
    /// A code for a new account was handed to a courier.
    RegistrationCodeSent {
        /// In which registration.
        registration: RegistrationId,
        /// By what way.
        method: Method,
    },
    /// A code for a new account could not be sent.
    RegistrationCodeNotSent {
        /// In which registration.
        registration: RegistrationId,
        /// By what way.
        method: Method,
    },
    /// Somebody tried to register an address that has an account; its owner was told.
    RegistrationOfKnownAddress {
        /// In which registration.
        registration: RegistrationId,
    },
    /// A person has made their account.
    UserRegistered {
        /// In which registration.
        registration: RegistrationId,
        /// The second factors that it begins with.
        methods: Vec<Method>,
    },
    /// A browser that completed logins before is one like any other from now on.
    DeviceForgotten,
    /// A key was made, to be used a while later.
    KeyMade {
        /// Its name, such as `sealing`.
        name: String,
        /// The how manyeth of that name.
        number: u32,
    },
    /// An operator forgave the failures at a second factor.
    FailuresForgiven,
    /// An operator said that codes by e-mail complete logins again after that.
    MailboxTrusted,
    /// An authority has issued the certificate of a host.
    CertificateIssued {
        /// The host.
        name: String,
        /// How long it is good.
        until: Timestamp,
    },
    /// An order for the certificate of a host has failed.
    CertificateNotIssued {
        /// The host.
        name: String,
        /// Why, in the authority's words or in those of what could not be reached.
        why: String,
    },
}

/// Where attempts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// At the password.
    Password,
    /// At the second factor.
    SecondFactor,
}

/// Why a login ended without a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginEnd {
    /// The person has no authenticator that the policy accepts.
    NotEnrolled,
    /// Something must be set up, and somebody objected to a change of the account.
    ChangesFrozen,
    /// The last wrong answer that the account bears for a while was given in it.
    TooManyFailures,
    /// The person started over.
    Abandoned,
}

/// Why a session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its owner logged out.
    Logout,
    /// Its owner logged in again in the same browser.
    Replaced,
    /// Its owner ended it from another session.
    Owner,
    /// An operator ended it.
    Operator,
    /// The user was disabled, or the password changed.
    Account,
}

impl AuditEvent {
    /// The word for this event in logs and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::PasswordAccepted => "password_accepted",
            Self::PasswordRejected { .. } => "password_rejected",
            Self::Throttled { .. } => "throttled",
            Self::CodeSent { .. } => "code_sent",
            Self::CodeNotSent { .. } => "code_not_sent",
            Self::CodesDenied { .. } => "codes_denied",
            Self::BlockStopped { .. } => "block_stopped",
            Self::FactorAccepted { .. } => "factor_accepted",
            Self::FactorRejected { .. } => "factor_rejected",
            Self::LoginEnded { .. } => "login_ended",
            Self::SessionOpened { .. } => "session_opened",
            Self::SessionRaised { .. } => "session_raised",
            Self::SessionEnded { .. } => "session_ended",
            Self::UserAdded => "user_added",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::FirstPasswordSet => "first_password_set",
            Self::PasswordSet => "password_set",
            Self::AuthenticatorAdded { .. } => "authenticator_added",
            Self::AuthenticatorRemoved { .. } => "authenticator_removed",
            Self::NameChanged => "name_changed",
            Self::AddressMoved => "address_moved",
            Self::SecondFactorLocked => "second_factor_locked",
            Self::PasswordCompromised => "password_compromised",
            Self::SecondFactorResetPlanned { .. } => "second_factor_reset_planned",
            Self::SecondFactorResetCancelled => "second_factor_reset_cancelled",
            Self::SecondFactorReset { .. } => "second_factor_reset",
            Self::ChangeObjected { .. } => "change_objected",
            Self::ChangesUnfrozen => "changes_unfrozen",
            Self::NoticeSent { .. } => "notice_sent",
            Self::NoticeNotSent { .. } => "notice_not_sent",
            Self::RecoveryCodeSent { .. } => "recovery_code_sent",
            Self::RecoveryCodeNotSent { .. } => "recovery_code_not_sent",
            Self::RecoveryCodeRejected { .. } => "recovery_code_rejected",
            Self::PasswordRecovered { .. } => "password_recovered",
            Self::GuestInvited => "guest_invited",
            Self::InvitationSent => "invitation_sent",
            Self::InvitationNotSent => "invitation_not_sent",
            Self::GuestUninvited => "guest_uninvited",
            Self::FirstPasswordOffered => "first_password_offered",
            Self::FirstPasswordChosen => "first_password_chosen",
            Self::RegistrationCodeSent { .. } => "registration_code_sent",
            Self::RegistrationCodeNotSent { .. } => "registration_code_not_sent",
            Self::RegistrationOfKnownAddress { .. } => "registration_of_known_address",
            Self::UserRegistered { .. } => "user_registered",
            Self::DeviceForgotten => "device_forgotten",
            Self::KeyMade { .. } => "key_made",
            Self::FailuresForgiven => "failures_forgiven",
            Self::MailboxTrusted => "mailbox_trusted",
            Self::CertificateIssued { .. } => "certificate_issued",
            Self::CertificateNotIssued { .. } => "certificate_not_issued",
        }
    }
}
