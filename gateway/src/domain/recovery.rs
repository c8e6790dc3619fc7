//! A forgotten password, from the question who forgot it to the new one, as one total transition table.
//!
//! ```text
//!  Asked --Addressed--> Sent --right answer--> Answered        the same answer again: the same again
//!    |                   ^ |                       :
//!    | any answer        +-+ wrong answer          : begins, under a token of its own
//!    v                                             v
//!  Asked                                        Choosing --Replaced--> Finished
//! ```
//!
//! Pure. A recovery of somebody unknown stays `Asked` for good, and behaves like any other until then. It never signs in
//! and never touches a second factor; and since a mailbox must not count twice, [`narrowed`] keeps codes by e-mail from
//! completing a login after it.

use super::assurance::{Method, Need};
use super::id::{RecoveryId, UserId};
use super::secret::KeyedHash;
use super::time::Timestamp;
use super::user::{PasswordFrom, User};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a code is good for, and after it how long a new password may be chosen (SP 800-63B section 4.2.1.2).
pub const LIFE: Duration = Duration::from_secs(600);
/// How many answers to one code are looked at.
pub const TRIES: u32 = 5;

/// A recovery under way, as kept (sealed) in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recovery {
    /// Its name; part of the hash of its code, so that a code is worth nothing elsewhere.
    pub id: RecoveryId,
    /// When it got this far.
    pub began_at: Timestamp,
    /// The address that its code went to; empty before, and where an earlier version has not kept it.
    #[serde(default)]
    pub address: String,
    /// How far it is.
    pub state: State,
}

/// How far a recovery is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody was named; nothing was sent, or will be.
    Asked,
    /// A code is on its way.
    Sent(Sent),
    /// The code came back right; what follows is a recovery under another token.
    Answered(Sent),
    /// This user may choose a new password.
    Choosing(UserId),
    /// The password was replaced.
    Finished,
}

/// A code that was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// To whom.
    pub user: UserId,
    /// The keyed hash of it.
    pub answer: KeyedHash,
}

/// Something that happened to a recovery.
#[derive(Debug)]
pub enum Event {
    /// It was for somebody with this address, and this code goes there.
    Addressed(Sent, String),
    /// This came back.
    Answered(KeyedHash),
    /// The new password is in force.
    Replaced,
}

/// Where a recovery has led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The code may go out.
    Send,
    /// The answer is wrong, or there is nothing that it could be right for.
    Wrong,
    /// This user may choose a new password.
    Choose(UserId),
    /// It is done.
    Finish,
    /// That does not happen to a recovery this far.
    Refuse,
}

/// One step of a recovery.
#[must_use]
#[derive(Debug)]
pub struct Step {
    /// The recovery after it.
    pub recovery: Recovery,
    /// What happens now.
    pub next: Next,
}

impl Recovery {
    /// A recovery of whoever was named.
    pub fn begin(id: RecoveryId, now: Timestamp) -> Self {
        Self {
            id,
            began_at: now,
            address: String::new(),
            state: State::Asked,
        }
    }

    /// What follows a right answer.
    pub fn choosing(&self, user: UserId, now: Timestamp) -> Self {
        Self {
            id: self.id,
            began_at: now,
            address: self.address.clone(),
            state: State::Choosing(user),
        }
    }

    /// Whether this is the answer that it waits for, or had.
    pub fn expects(&self, answer: &KeyedHash) -> bool {
        match &self.state {
            State::Sent(sent) | State::Answered(sent) => sent.answer.matches(answer),
            State::Asked | State::Choosing(_) | State::Finished => false,
        }
    }

    /// Whether it is too old to go on.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.began_at) >= LIFE
    }
}

/// Takes a recovery one step further.
pub fn step(recovery: Recovery, event: Event) -> Step {
    let Recovery {
        id,
        began_at,
        mut address,
        state,
    } = recovery;
    let (state, next) = match (state, event) {
        (State::Asked, Event::Addressed(sent, to)) => {
            address = to;
            (State::Sent(sent), Next::Send)
        }
        (State::Sent(sent), Event::Answered(answer)) if sent.answer.matches(&answer) => {
            let next = Next::Choose(sent.user);
            (State::Answered(sent), next)
        }
        (State::Answered(sent), Event::Answered(answer)) if sent.answer.matches(&answer) => {
            let next = Next::Choose(sent.user);
            (State::Answered(sent), next)
        }
        (state @ (State::Asked | State::Sent(_) | State::Answered(_)), Event::Answered(_)) => (state, Next::Wrong),
        (State::Choosing(_) | State::Finished, Event::Replaced) => (State::Finished, Next::Finish),
        (state @ (State::Asked | State::Sent(_) | State::Answered(_)), Event::Replaced)
        | (state @ (State::Sent(_) | State::Answered(_)), Event::Addressed(..))
        | (state @ (State::Choosing(_) | State::Finished), Event::Addressed(..) | Event::Answered(_)) => {
            (state, Next::Refuse)
        }
    };
    Step {
        recovery: Recovery {
            id,
            began_at,
            address,
            state,
        },
        next,
    }
}

/// What operators have decided about forgotten passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a forgotten password is replaced by.
    pub password: Replacement,
    /// When codes by e-mail complete logins again after that.
    pub email_delay: EmailDelay,
}

/// What a forgotten password is replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Nothing: an operator must help.
    None,
    /// A code by e-mail.
    Email,
}

/// When codes by e-mail complete logins again after a password was replaced by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailDelay {
    /// Once another method has, or an operator says so; never by time alone.
    Never,
    /// So long after it, too.
    After(Duration),
}

/// The need as this user has to meet it now: while their password comes from their mailbox, a code sent there is no
/// second factor.
pub fn narrowed(need: Need, user: &User, delay: EmailDelay, now: Timestamp) -> Need {
    Need {
        methods: counting(need.methods, user, delay, now),
        ..need
    }
}

/// The methods among these that count for this user now. What does not count is not asked for either: proving it would
/// open the way to set up another.
pub fn counting(methods: Vec<Method>, user: &User, delay: EmailDelay, now: Timestamp) -> Vec<Method> {
    let counts_again = match (user.password_from, delay) {
        (PasswordFrom::Elsewhere | PasswordFrom::Withdrawn | PasswordFrom::NotYet, _) => true,
        (PasswordFrom::Mailbox(_), EmailDelay::Never) => false,
        (PasswordFrom::Mailbox(since), EmailDelay::After(delay)) => now.since(since) >= delay,
    };
    let counts = |method: &Method| counts_again || *method != Method::Email;
    methods.into_iter().filter(counts).collect()
}

#[cfg(test)]
mod tests;
