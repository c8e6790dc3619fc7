//! What people are enrolled with, and how an answer is verified.
//!
//! Verification is pure. A right answer yields an [`Unspent`], which is worth nothing until `io/credentials` has
//! committed it as spent: the same code never counts for two logins.

pub mod challenge;
pub mod emergency;
pub mod mailbox;
pub mod phone;
pub mod totp;

use super::assurance::{Method, Prover};
use super::id::AuthenticatorId;
use super::secret::KeyedHash;
use super::time::Timestamp;
use challenge::{Challenge, Code};
use phone::Channel;
use serde::Serialize;

/// One enrolled thing that proves a user. Passwords are the directory's business.
#[derive(Debug)]
pub struct Authenticator {
    /// Its name.
    pub id: AuthenticatorId,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// What it is.
    pub kind: Kind,
    /// Whether its owner wants to be asked for it first.
    pub preference: Preference,
    /// When it was enrolled.
    pub added_at: Timestamp,
    /// When it last proved its owner; nothing when it never did.
    pub last_used_at: Option<Timestamp>,
}

/// Whether an authenticator is asked before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// Its owner chose it to be asked first.
    First,
    /// In the order of the configuration.
    Usual,
}

/// What an authenticator is, and what it takes to verify its answers.
#[derive(Debug)]
pub enum Kind {
    /// An authenticator app.
    Totp(totp::Totp),
    /// A phone that receives text messages or calls.
    Phone(phone::Phone),
    /// A mailbox.
    Mailbox(mailbox::Mailbox),
    /// Codes on paper.
    EmergencyCodes(emergency::EmergencyCodes),
}

/// An answer as it came from the person, made comparable.
#[derive(Debug)]
pub enum Response<'a> {
    /// The digits shown by an app.
    Digits(Code),
    /// The keyed hash of the digits that answer this challenge.
    Sent(&'a Challenge, KeyedHash),
    /// The keyed hash of a code from the list.
    Listed(KeyedHash),
}

/// What an answer is worth.
#[must_use]
#[derive(Debug)]
pub enum Verdict {
    /// It is right; commit it before acting on it.
    Correct(Unspent),
    /// It is wrong, old, or for something else.
    Wrong,
}

/// A right answer that has not been used yet.
#[must_use]
#[derive(Debug)]
pub struct Unspent {
    method: Method,
    authenticator: AuthenticatorId,
    mark: Mark,
}

/// What makes a right answer unique, so that it can be spent once.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    /// The time step of an app's code; only a later one is ever accepted again (RFC 6238 section 5.2).
    Step(u64),
    /// The challenge that was answered.
    Challenge(super::id::ChallengeId),
    /// The code that was crossed off the list.
    Listed(KeyedHash),
}

impl Unspent {
    /// How it was proven, by what, and what must be marked as used.
    pub fn parts(&self) -> (Method, AuthenticatorId, Mark) {
        (self.method, self.authenticator, self.mark)
    }

    /// Who proved it, once it is spent.
    pub fn prover(&self) -> Prover {
        Prover::Authenticator(self.authenticator)
    }
}

impl Authenticator {
    /// One that is enrolled now and was never used.
    pub fn new(id: AuthenticatorId, description: String, kind: Kind, now: Timestamp) -> Self {
        Self {
            id,
            description,
            kind,
            preference: Preference::Usual,
            added_at: now,
            last_used_at: None,
        }
    }

    /// How it proves.
    pub fn method(&self) -> Method {
        match &self.kind {
            Kind::Totp(_) => Method::Totp,
            Kind::Phone(phone) => phone.channel.method(),
            Kind::Mailbox(_) => Method::Email,
            Kind::EmergencyCodes(_) => Method::EmergencyCode,
        }
    }

    /// How many characters its codes have.
    pub fn digits(&self) -> u8 {
        match &self.kind {
            Kind::Totp(totp) => totp.digits().count(),
            Kind::Phone(_) | Kind::Mailbox(_) => challenge::DIGITS,
            Kind::EmergencyCodes(_) => emergency::CHARACTERS,
        }
    }

    /// Whether the response is right for this authenticator at this moment. An answer to another authenticator's
    /// challenge, or of the wrong kind, is wrong.
    pub fn verify(&self, response: &Response<'_>, now: Timestamp) -> Verdict {
        let mark = match (&self.kind, response) {
            (Kind::Totp(totp), Response::Digits(code)) => totp.verify(code, now).map(Mark::Step),
            (Kind::Phone(_) | Kind::Mailbox(_), Response::Sent(challenge, hash)) => challenge
                .is_answered_by(self.id, hash, now)
                .then_some(Mark::Challenge(challenge.id)),
            (Kind::EmergencyCodes(codes), Response::Listed(hash)) => codes.has(hash).then_some(Mark::Listed(*hash)),
            (Kind::Totp(_), Response::Sent(..) | Response::Listed(_))
            | (Kind::Phone(_) | Kind::Mailbox(_), Response::Digits(_) | Response::Listed(_))
            | (Kind::EmergencyCodes(_), Response::Digits(_) | Response::Sent(..)) => None,
        };
        match mark {
            Some(mark) => Verdict::Correct(Unspent {
                method: self.method(),
                authenticator: self.id,
                mark,
            }),
            None => Verdict::Wrong,
        }
    }

    /// How a person recognises it on a page, with its address masked.
    pub fn face(&self) -> Face {
        match &self.kind {
            Kind::Totp(_) => Face::App {
                description: self.description.clone(),
            },
            Kind::Phone(phone) => {
                let to = phone.number.masked();
                match phone.channel {
                    Channel::Sms => Face::Sms { to },
                    Channel::Voice => Face::Voice { to },
                }
            }
            Kind::Mailbox(mailbox) => Face::Email { to: mailbox.masked() },
            Kind::EmergencyCodes(codes) => Face::EmergencyCodes { left: codes.left() },
        }
    }
}

/// How an authenticator appears to a person who has given the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// An app, by what its owner calls it.
    App {
        /// May be empty.
        description: String,
    },
    /// A phone that gets text messages, by its last digits.
    Sms {
        /// `••• •• 12`
        to: String,
    },
    /// A phone that is called, by its last digits.
    Voice {
        /// `••• •• 12`
        to: String,
    },
    /// A mailbox, by its first letter and domain.
    Email {
        /// `a•••@example.com`
        to: String,
    },
    /// Codes on paper.
    EmergencyCodes {
        /// How many were not used.
        left: usize,
    },
}
