//! What carries one-time codes to people.
//!
//! A courier is handed a destination and what to say; the words themselves come from [`Wording`], so that couriers
//! know no language and pages know no gateway. Which courier is tried, and which takes over when one fails, is in
//! [`failover`]. A courier sends once and tells what it knows of the outcome; it never tries again by itself.

mod circuit;
#[cfg(test)]
mod company;
pub mod email;
mod exchange;
pub mod failover;
pub mod http;
pub mod outbox;
pub mod sms;
pub mod template;
pub mod twilio;
pub mod voice;

pub use failover::{Couriers, Handed, Routes, Undelivered};

use crate::domain::authenticator::challenge::Code;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::id::ChallengeId;
use crate::domain::notice::Notice;
use crate::domain::parcel::Receipt;
use crate::domain::time::Timestamp;
use async_trait::async_trait;
use std::net::IpAddr;
use std::time::Duration;

/// Where a code goes.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// By SMS.
    Phone(&'a PhoneNumber),
    /// By a call that reads it out.
    Call(&'a PhoneNumber),
    /// By e-mail.
    Mailbox(&'a Mailbox),
}

/// What a courier carries.
#[derive(Clone, Copy, Debug)]
pub enum Letter<'a> {
    /// A one-time code.
    Code(&'a CodeLetter<'a>),
    /// What was changed about an account.
    Notice(&'a NoticeLetter<'a>),
    /// The way to an account.
    Invitation(&'a InvitationLetter<'a>),
}

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Completing a login.
    Login,
    /// Replacing a forgotten password.
    Recovery,
    /// Making an account.
    Registration,
    /// The same, where there is one of that address already: its owner is told so, and no code.
    KnownAddress,
}

/// A code to carry.
#[derive(Debug)]
pub struct CodeLetter<'a> {
    /// What it is for.
    pub occasion: Occasion,
    /// The code.
    pub code: &'a Code,
    /// How long it is good for.
    pub life: Duration,
    /// The host of the page where it is to be typed, for the phone to fill it in there only.
    pub host: &'a str,
    /// Where it was asked for.
    pub origin: IpAddr,
    /// The language of the page that asked for it, as in `Accept-Language`.
    pub language: &'a str,
    /// What companies are to call the message when they tell what became of it; nothing where nobody waits for that.
    pub parcel: Option<ChallengeId>,
}

/// A notice to carry.
#[derive(Debug)]
pub struct NoticeLetter<'a> {
    /// What its reader is told.
    pub notice: &'a Notice,
    /// The page where they object; nothing where they cannot.
    pub objection: Option<&'a str>,
    /// How to reach support, in the operator's words; may be empty.
    pub support: &'a str,
}

/// An invitation to carry.
#[derive(Debug)]
pub struct InvitationLetter<'a> {
    /// The page where the account is made; it works once.
    pub url: &'a str,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Letter<'_> {
    /// What companies are to call the message when they tell what became of it.
    pub fn parcel(&self) -> Option<ChallengeId> {
        match self {
            Self::Code(letter) => letter.parcel,
            Self::Notice(_) | Self::Invitation(_) => None,
        }
    }

    /// How long it is worth carrying.
    pub fn life(&self) -> Duration {
        match self {
            Self::Code(letter) => letter.life,
            Self::Notice(_) | Self::Invitation(_) => UNHURRIED,
        }
    }
}

/// What carries no code and has not arrived after this long is not carried on: a notice's other copies say the same.
const UNHURRIED: Duration = Duration::from_secs(24 * 3600);

/// A message in the words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailText {
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// A call in the words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallText {
    /// The language to be spoken (BCP 47): `en-US`.
    pub language: String,
    /// Whose call it is, and to press a key; no code, because a mailbox may listen.
    pub invitation: String,
    /// What follows the key: the digits, apart from each other, twice.
    pub code: String,
    /// What is said where no key was pressed.
    pub farewell: String,
}

/// Puts a letter into words; implemented by whoever knows the languages.
pub trait Wording: Send + Sync {
    /// The text of an SMS.
    ///
    /// # Errors
    /// When the texts are broken.
    fn sms(&self, letter: &Letter<'_>) -> Result<String, CourierFault>;
    /// What is said in a call.
    ///
    /// # Errors
    /// When the texts are broken.
    fn call(&self, letter: &Letter<'_>) -> Result<CallText, CourierFault>;
    /// The text of an e-mail.
    ///
    /// # Errors
    /// When the texts are broken.
    fn email(&self, letter: &Letter<'_>) -> Result<EmailText, CourierFault>;
}

/// A courier could not hand a message over. The text names the courier and what the company answered, never the
/// code or the whole address.
#[derive(Debug, thiserror::Error)]
#[error("courier {courier}: {why}")]
pub struct CourierFault {
    /// Which courier.
    pub courier: String,
    /// What it answered.
    pub why: String,
    /// What became of the message.
    pub fate: Fate,
}

/// What became of a message that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The company would not carry it; it carries others.
    Refused,
    /// The company could not be asked at all.
    Unreachable,
    /// The company was asked and did not answer as it should; perhaps the message is on its way.
    Unclear,
}

/// A message that a courier has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The company calls it this.
    As(String),
    /// The company gave it no name.
    Unnamed,
}

/// A request of a company about something it carries for us.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Path and query of the request, as it came.
    pub target: String,
    /// The value of its header, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body, form-encoded or JSON as the company has it.
    pub body: Vec<u8>,
}

/// What a company is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// What is to be said next in a call, as XML.
    Script(String),
    /// The request is not the company's, or not about anything that is still carried.
    Nothing,
}

/// What a request of a company tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tells {
    /// What became of a message.
    Receipt(Receipt),
    /// Nothing: the company has not signed it.
    Forged,
    /// Nothing: the company tells nothing, or not this way.
    Nothing,
}

/// Carries codes.
#[async_trait]
pub trait Courier: Send + Sync {
    /// The name in configuration, logs and metrics.
    fn name(&self) -> &str;
    /// Whether it serves such destinations at all.
    fn serves(&self, destination: Destination<'_>) -> bool;
    /// Hands one message over; returns when the company (or the mail server) has accepted it.
    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault>;
    /// Answers a request of the company, once its signature is right.
    ///
    /// # Errors
    /// When the store fails.
    async fn called_back(&self, _: &Callback) -> Result<Answered, super::Fault> {
        Ok(Answered::Nothing)
    }
    /// Whether the company tells what becomes of its messages.
    fn tells(&self) -> bool {
        false
    }
    /// What a request of the company tells of a message, once its signature is right.
    fn told(&self, _: &Callback) -> Tells {
        Tells::Nothing
    }
}
