//! An account that somebody makes for themselves, from the form to the last code, as one total transition table.
//!
//! ```text
//!   Asked --Addressed--> Sent --right answer--> Proven ..begins, under a token of its own..> Numbered --+ Addressed: another code
//!   ^ |                   | ^                     |   (where a number is to be proven)       |   ^      |
//!   | +--any answer       | +-- wrong answer      |                                          |   +------+
//!   +------ AskedAgain ---+                       +----- Joined -----> Finished <--- Joined -+
//! ```
//!
//! Pure. Nothing of an account exists before the last right answer, and all of it does after it. A registration of an
//! address that has an account stays `Asked` for good, and behaves like any other until then: its owner is told by
//! e-mail, and nobody else. What a form must hold is judged in [`form`], openly, before anybody is looked up.

pub mod form;

use super::authenticator::mailbox::Mailbox;
use super::authenticator::phone::{Channel, Phone, PhoneNumber};
use super::id::{RegistrationId, UserId};
use super::secret::KeyedHash;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long a code is good for (SP 800-63B section 3.1.3.2 allows no more).
pub const LIFE: Duration = Duration::from_secs(600);
/// How many answers are looked at for the address, and for the number: in a registration, not for a code.
pub const TRIES: u32 = 5;

/// What operators have decided about new accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who may make one.
    pub mode: Mode,
    /// With addresses of which domains, where everybody may.
    pub domains: Domains,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nobody: operators make them.
    Closed,
    /// Whoever has an invitation.
    Invite,
    /// Everybody.
    Open,
}

/// Of which domains an address may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domains {
    /// Of any.
    All,
    /// Of one of these exactly, in lower case; a domain below one is another.
    Only(Vec<String>),
}

impl Domains {
    /// Whether addresses of its domain may be used. No secret: whoever asks is told.
    pub fn admit(&self, mailbox: &Mailbox) -> bool {
        let domain = mailbox.as_str().rsplit_once('@').map(|(_, domain)| domain);
        match self {
            Self::All => true,
            Self::Only(domains) => domains.iter().any(|one| Some(one.as_str()) == domain),
        }
    }
}

/// A registration under way, as kept (sealed) in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registration {
    /// Its name; part of the hash of its codes, so that a code is worth nothing elsewhere.
    pub id: RegistrationId,
    /// When the last code was asked for.
    pub asked_at: Timestamp,
    /// Who will have the account.
    pub applicant: Applicant,
    /// How far it is.
    pub state: State,
}

/// Who will have the account. As text, because nothing of it is used before it is read back and found to be sound.
#[derive(Clone, Serialize, Deserialize)]
pub struct Applicant {
    /// The id of the account to come, by which it is made once.
    pub user: UserId,
    /// What people call them.
    pub display_name: String,
    /// The name of the invitation they came with.
    pub invitation: Option<String>,
    mailbox: String,
    number: String,
    channel: String,
    kept: String,
}

impl Applicant {
    /// Somebody with this address and phone, and what the directory is to keep of their password.
    pub fn new(
        (user, display_name): (UserId, String),
        (mailbox, phone): (&Mailbox, Option<&Phone>),
        kept: String,
        invitation: Option<String>,
    ) -> Self {
        let number = phone.map_or("", |phone| phone.number.expose());
        Self {
            user,
            display_name,
            invitation,
            mailbox: mailbox.as_str().to_owned(),
            number: number.to_owned(),
            channel: phone.map_or("", |phone| phone.channel.word()).to_owned(),
            kept,
        }
    }

    /// Their address.
    pub fn mailbox(&self) -> Option<Mailbox> {
        Mailbox::parse(&self.mailbox).ok()
    }

    /// Their phone, where one is to be proven.
    pub fn phone(&self) -> Option<Phone> {
        let number = PhoneNumber::kept(&self.number).ok()?;
        let channel = Channel::from_word(&self.channel)?;
        Some(Phone { number, channel })
    }

    /// What the directory is to keep of their password.
    pub fn kept(&self) -> &str {
        &self.kept
    }
}

impl fmt::Debug for Applicant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Applicant({})", self.user)
    }
}

/// How far a registration is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The form was good; nothing was sent, or will be.
    Asked,
    /// A code is on its way to the address.
    Sent(KeyedHash),
    /// It came back right; where a number is to be proven, that is a registration under another token.
    Proven(KeyedHash),
    /// The address is proven; a code is on its way to the number.
    Numbered(KeyedHash),
    /// The account is made, by this last code.
    Finished(KeyedHash),
}

/// Something that happened to a registration.
#[derive(Debug)]
pub enum Event {
    /// This code goes to the address, which has no account, or to the number.
    Addressed(KeyedHash),
    /// Another code to the address is asked for.
    AskedAgain,
    /// This came back.
    Answered(KeyedHash),
    /// The account is made.
    Joined,
}

/// Where a registration has led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The code may go out.
    Send,
    /// Whether a code goes out is found out behind the queue.
    Queue,
    /// The answer is wrong, or there is nothing that it could be right for.
    Wrong,
    /// The number is to be proven.
    ProveNumber,
    /// The account is to be made.
    Join,
    /// It is done.
    Finish,
    /// That does not happen to a registration this far.
    Refuse,
}

/// One step of a registration.
#[must_use]
#[derive(Debug)]
pub struct Step {
    /// The registration after it.
    pub registration: Registration,
    /// What happens now.
    pub next: Next,
}

impl Registration {
    /// A registration of whoever filled the form in.
    pub fn begin(id: RegistrationId, applicant: Applicant, now: Timestamp) -> Self {
        Self {
            id,
            asked_at: now,
            applicant,
            state: State::Asked,
        }
    }

    /// The same one, which goes on with the number; this code is on its way there.
    pub fn numbered(&self, answer: KeyedHash, now: Timestamp) -> Self {
        Self {
            asked_at: now,
            state: State::Numbered(answer),
            ..self.clone()
        }
    }

    /// The same one, with another code asked for now.
    #[must_use]
    pub fn asked_again(self, now: Timestamp) -> Self {
        Self { asked_at: now, ..self }
    }

    /// Whether this is the answer that it waits for, or had.
    pub fn expects(&self, answer: &KeyedHash) -> bool {
        match &self.state {
            State::Asked => false,
            State::Sent(code) | State::Proven(code) | State::Numbered(code) | State::Finished(code) => {
                code.matches(answer)
            }
        }
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.asked_at) >= LIFE
    }
}

/// What becomes of a registration by an event.
pub fn step(registration: Registration, event: Event) -> Step {
    let Registration {
        id,
        asked_at,
        applicant,
        state,
    } = registration;
    let proven = match applicant.phone() {
        Some(_) => Next::ProveNumber,
        None => Next::Join,
    };
    let (state, next) = match (state, event) {
        (State::Asked, Event::Addressed(code)) => (State::Sent(code), Next::Send),
        (State::Numbered(_), Event::Addressed(code)) => (State::Numbered(code), Next::Send),
        (State::Asked | State::Sent(_), Event::AskedAgain) => (State::Asked, Next::Queue),
        (State::Sent(code) | State::Proven(code), Event::Answered(answer)) if code.matches(&answer) => {
            (State::Proven(code), proven)
        }
        (State::Numbered(code), Event::Answered(answer)) if code.matches(&answer) => {
            (State::Numbered(code), Next::Join)
        }
        (State::Finished(code), Event::Answered(answer)) if code.matches(&answer) => {
            (State::Finished(code), Next::Finish)
        }
        (state, Event::Answered(_)) => (state, Next::Wrong),
        (State::Proven(code) | State::Numbered(code) | State::Finished(code), Event::Joined) => {
            (State::Finished(code), Next::Finish)
        }
        (state @ (State::Sent(_) | State::Proven(_) | State::Finished(_)), Event::Addressed(_))
        | (state @ (State::Proven(_) | State::Numbered(_) | State::Finished(_)), Event::AskedAgain)
        | (state @ (State::Asked | State::Sent(_)), Event::Joined) => (state, Next::Refuse),
    };
    Step {
        registration: Registration {
            id,
            asked_at,
            applicant,
            state,
        },
        next,
    }
}

#[cfg(test)]
mod tests;
