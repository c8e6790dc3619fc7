//! What people are enrolled with, and how an answer is verified.
//!
//! Verification is pure. A right answer yields an [`Unspent`], which is worth nothing until `io/credentials` has
//! committed it as spent: the same code never counts for two logins.

pub mod challenge;
pub mod mailbox;
pub mod phone;
pub mod totp;

use super::assurance::{Method, Prover};
use super::id::AuthenticatorId;
use super::secret::KeyedHash;
use super::time::Timestamp;
use challenge::{Challenge, Code};
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
}

/// What an authenticator is, and what it takes to verify its answers.
#[derive(Debug)]
pub enum Kind {
    /// An authenticator app.
    Totp(totp::Totp),
    /// A phone that receives SMS.
    Phone(phone::PhoneNumber),
    /// A mailbox.
    Mailbox(mailbox::Mailbox),
}

/// An answer as it came from the person, made comparable.
#[derive(Debug)]
pub enum Response<'a> {
    /// The digits shown by an app.
    Digits(Code),
    /// The keyed hash of the digits that answer this challenge.
    Sent(&'a Challenge, KeyedHash),
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
    prover: Prover,
    mark: Mark,
}

/// What makes a right answer unique, so that it can be spent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The time step of an app's code; only a later one is ever accepted again (RFC 6238 section 5.2).
    Step(AuthenticatorId, u64),
    /// The challenge that was answered.
    Challenge(super::id::ChallengeId),
}

impl Unspent {
    /// How it was proven, by what, and what must be marked as used.
    pub fn parts(&self) -> (Method, Prover, Mark) {
        (self.method, self.prover, self.mark)
    }
}

impl Authenticator {
    /// How it proves.
    pub fn method(&self) -> Method {
        match &self.kind {
            Kind::Totp(_) => Method::Totp,
            Kind::Phone(_) => Method::Sms,
            Kind::Mailbox(_) => Method::Email,
        }
    }

    /// How many digits its codes have.
    pub fn digits(&self) -> u8 {
        match &self.kind {
            Kind::Totp(totp) => totp.digits().count(),
            Kind::Phone(_) | Kind::Mailbox(_) => challenge::DIGITS,
        }
    }

    /// Whether the response is right for this authenticator at this moment. An answer to another authenticator's
    /// challenge, or of the wrong kind, is wrong.
    pub fn verify(&self, response: &Response<'_>, now: Timestamp) -> Verdict {
        let mark = match (&self.kind, response) {
            (Kind::Totp(totp), Response::Digits(code)) => totp.verify(code, now).map(|step| Mark::Step(self.id, step)),
            (Kind::Phone(_) | Kind::Mailbox(_), Response::Sent(challenge, hash)) => challenge
                .is_answered_by(self.id, hash, now)
                .then_some(Mark::Challenge(challenge.id)),
            (Kind::Totp(_), Response::Sent(..)) | (Kind::Phone(_) | Kind::Mailbox(_), Response::Digits(_)) => None,
        };
        match mark {
            Some(mark) => Verdict::Correct(Unspent {
                method: self.method(),
                prover: Prover::Authenticator(self.id),
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
            Kind::Phone(number) => Face::Sms { to: number.masked() },
            Kind::Mailbox(mailbox) => Face::Email { to: mailbox.masked() },
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
    /// A phone, by its last digits.
    Sms {
        /// `••• •• 12`
        to: String,
    },
    /// A mailbox, by its first letter and domain.
    Email {
        /// `a•••@example.com`
        to: String,
    },
}
