//! The whole login, from the password to the open session, as one total transition table.
//!
//! ```text
//!             Proven/Resumed             Chosen                    Proven
//!  Undecided ----------------> Undecided -------> Asking(asked) ----------> Finished
//!      |      |                    |               |  ^   |    |               |
//!      |      | something is       | nothing       |  +---+    | the same      | the same answer again:
//!      |      v missing            v would do      v Wrong,    v               v the same session again
//!      |   Enrolling(…) --------> Ended <------- Ended Chosen  Enrolling(…)   Finished
//!      |      |  ^  |
//!      |      |  +--+ set up piece by piece (`enrolment::step`)
//!      v      v
//!  Finished  Finished
//! ```
//!
//! Only the password opens the way to set up the *first* second factor of an account. Whoever has one proves it before
//! anything is added.
//!
//! Pure: each step consumes the old state and says what happens next; sending codes and saving the state is the
//! caller's work. A step-up is the same login with the session's authentications already in it.

use super::assurance::{Authentication, Method, Need};
use super::audit::{AuditEvent, LoginEnd};
use super::authenticator::challenge::{Asked, Challenge};
use super::enrolment::{self, Enrolled, Enrolment, Piece};
use super::grace::Grace;
use super::id::{AuthenticatorId, LoginId, SessionId, UserId};
use super::notice::Changes;
use super::session::Session;
use super::time::Timestamp;
use lacking::{demanded, enrol, enrolling, pursued, resumed, taken_up};
use serde::{Deserialize, Serialize};
use std::time::Duration;

mod lacking;

/// How long a login may take.
pub const LIFE: Duration = Duration::from_secs(900);

/// A login under way, as kept (sealed) in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Its name. The session it opens has the same one, so that opening twice opens once.
    pub id: LoginId,
    /// Who gave the password.
    pub user: UserId,
    /// What must be proven.
    pub need: Need,
    /// What is proven.
    pub authentications: Vec<Authentication>,
    /// When it began.
    pub began_at: Timestamp,
    /// What it leads to.
    pub aim: Aim,
    /// The sealed return target it began with, for pages that are opened without it; empty where there was none.
    pub return_to: String,
    /// The newest challenge sent to each phone or mailbox, so that going back to one asks it again without sending.
    pub sent: Vec<Challenge>,
    /// How far it is.
    pub state: State,
}

/// What a login leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// A new session.
    Open,
    /// More proof in this session.
    Raise(SessionId),
}

impl Aim {
    /// The session that is to be raised.
    pub fn raised(self) -> Option<SessionId> {
        match self {
            Self::Open => None,
            Self::Raise(session) => Some(session),
        }
    }
}

/// How far a login is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No second factor was asked for yet.
    Undecided,
    /// This one was asked for.
    Asking(Asked),
    /// What is missing is being set up.
    Enrolling(Enrolment),
    /// The session is open; the last question is kept, so that a repeated answer is recognised.
    Finished(Answered),
    /// It leads nowhere any more.
    Ended(LoginEnd),
}

/// What the last answer of a finished login was to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The password was enough.
    Password,
    /// The last piece of what was missing was set up.
    Enrolment,
    /// This question.
    Question(Asked),
}

/// Something that happened to a login.
#[derive(Debug)]
pub enum Event {
    /// A right answer was spent (or the password was right).
    Proven(Authentication, Holdings),
    /// A session needs more proof, or must set something up; nothing was answered yet.
    Resumed(Holdings),
    /// This question is put now: the first one, another method, or a new code.
    Chosen(Asked, Method),
    /// The answer was wrong, old, used, or for something else.
    Wrong(Method),
    /// That was the last wrong answer that the account bears for a while.
    Exhausted,
    /// Something is being set up.
    Enrolling(enrolment::Event),
    /// What was set up has given its first right answer.
    Enrolled(Authentication),
    /// The person starts over.
    Abandoned,
}

/// What a person has, and what they lack.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// What can be asked for, in order.
    pub offers: Vec<Offer>,
    /// Everything they have, offered or not.
    pub enrolled: Enrolled,
    /// What they must set up before they get anywhere.
    pub missing: Vec<Piece>,
    /// How long that may wait.
    pub grace: Grace,
    /// A phone that they began to set up on their account, and left.
    pub unfinished: Option<(AuthenticatorId, Method)>,
    /// Whether they may set anything up.
    pub changes: Changes,
}

/// A second factor the person has, in the order in which it should be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub authenticator: AuthenticatorId,
    /// How it proves.
    pub method: Method,
}

/// What a login waits for, or where it has led.
#[derive(Debug)]
pub enum Next {
    /// Put a question to this authenticator, then step again with [`Event::Chosen`].
    Choose(Offer),
    /// Wait for the answer to this question.
    Ask(Asked),
    /// Wait for the person to set up what is missing.
    Enrol,
    /// Ask for the password again: nothing else the person has would do.
    AskPassword,
    /// Open the session, or raise the one this login aims at.
    Open,
    /// It ends here.
    Refuse(LoginEnd),
}

/// One step of a login.
#[must_use]
#[derive(Debug)]
pub struct Step {
    /// The login after it.
    pub login: Login,
    /// What happens now.
    pub next: Next,
    /// What to record; nothing where the person merely looked around.
    pub audit: Option<AuditEvent>,
}

impl Login {
    /// The login that begins with a right password.
    pub fn begin(id: LoginId, user: UserId, need: Need, now: Timestamp) -> Self {
        Self {
            id,
            user,
            need,
            authentications: Vec::new(),
            began_at: now,
            aim: Aim::Open,
            return_to: String::new(),
            sent: Vec::new(),
            state: State::Undecided,
        }
    }

    /// The login that asks more of an open session.
    pub fn raise(id: LoginId, session: &Session, need: Need, now: Timestamp) -> Self {
        let (user, authentications) = (session.user, session.authentications.clone());
        Self {
            id,
            user,
            need,
            authentications,
            began_at: now,
            aim: Aim::Raise(session.id),
            return_to: String::new(),
            sent: Vec::new(),
            state: State::Undecided,
        }
    }

    /// The session this login opens or raises.
    pub fn session(&self) -> SessionId {
        match self.aim {
            Aim::Open => SessionId::from_bytes(*self.id.as_bytes()),
            Aim::Raise(session) => session,
        }
    }

    /// The question whose answer would be looked at now.
    pub fn question(&self) -> Option<&Asked> {
        match &self.state {
            State::Asking(asked) | State::Finished(Answered::Question(asked)) => Some(asked),
            State::Undecided
            | State::Enrolling(_)
            | State::Finished(Answered::Password | Answered::Enrolment)
            | State::Ended(_) => None,
        }
    }

    /// Whether it is too old to go on.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.began_at) >= LIFE
    }
}

/// Takes a login one step further.
pub fn step(login: Login, event: Event, now: Timestamp) -> Step {
    match (login.state.clone(), event) {
        (State::Ended(why), _) => stay(login, Next::Refuse(why)),
        (State::Undecided | State::Asking(_) | State::Enrolling(_), Event::Exhausted) => {
            end(login, LoginEnd::TooManyFailures)
        }
        (
            State::Finished(_),
            Event::Proven(..)
            | Event::Exhausted
            | Event::Enrolled(_)
            | Event::Enrolling(enrolment::Event::Kept | enrolment::Event::Postponed),
        ) => stay(login, Next::Open),
        (State::Finished(Answered::Question(asked)), Event::Wrong(method)) => rejected(login, method, Next::Ask(asked)),
        (
            State::Finished(_),
            Event::Resumed(_) | Event::Chosen(..) | Event::Wrong(_) | Event::Enrolling(_) | Event::Abandoned,
        ) => end(login, LoginEnd::Abandoned),
        (State::Undecided | State::Asking(_), Event::Proven(authentication, holdings)) => {
            proven(login, authentication, &holdings, now)
        }
        (State::Undecided | State::Asking(_), Event::Resumed(holdings)) => resumed(login, holdings, now),
        (State::Undecided | State::Asking(_), Event::Chosen(asked, _)) => chosen(login, asked),
        (State::Asking(asked), Event::Wrong(method)) => rejected(login, method, Next::Ask(asked)),
        (State::Undecided, Event::Wrong(_)) => stay(login, Next::AskPassword),
        (State::Undecided, Event::Enrolling(_) | Event::Enrolled(_)) => stay(login, Next::AskPassword),
        (State::Asking(asked), Event::Enrolling(_) | Event::Enrolled(_)) => stay(login, Next::Ask(asked)),
        (State::Enrolling(enrolment), Event::Enrolling(event)) => enrol(login, enrolment::step(enrolment, event), now),
        (State::Enrolling(enrolment), Event::Enrolled(authentication)) => {
            let stepped = enrolment::step(enrolment, enrolment::Event::Proven(authentication.method()));
            enrol(with(login, authentication), stepped, now)
        }
        (State::Enrolling(_), Event::Wrong(method)) => rejected(login, method, Next::Enrol),
        (State::Enrolling(_), Event::Proven(..) | Event::Resumed(_) | Event::Chosen(..)) => stay(login, Next::Enrol),
        (State::Undecided | State::Asking(_) | State::Enrolling(_), Event::Abandoned) => {
            end(login, LoginEnd::Abandoned)
        }
    }
}

fn proven(login: Login, authentication: Authentication, holdings: &Holdings, now: Timestamp) -> Step {
    let audit = Some(accepted(&login, authentication.method()));
    let login = with(login, authentication);
    if !login.need.is_met_by(&login.authentications, now) {
        return Step {
            audit,
            ..pursued(login, holdings)
        };
    }
    if let Some(enrolment) = demanded(&login, holdings) {
        return Step {
            audit,
            ..enrolling(login, (enrolment, holdings.changes))
        };
    }
    if let Some(unfinished) = taken_up(&login, holdings) {
        return Step {
            audit,
            ..enrolling(login, (Enrolment::take_up(unfinished), Changes::Free))
        };
    }
    let answered = match login.state {
        State::Asking(asked) => Answered::Question(asked),
        State::Undecided | State::Enrolling(_) | State::Finished(_) | State::Ended(_) => Answered::Password,
    };
    Step {
        login: Login {
            state: State::Finished(answered),
            ..login
        },
        next: Next::Open,
        audit,
    }
}

fn with(mut login: Login, authentication: Authentication) -> Login {
    login.authentications.push(authentication);
    login
}

fn accepted(login: &Login, method: Method) -> AuditEvent {
    match method {
        Method::Password => AuditEvent::PasswordAccepted,
        Method::Totp | Method::Sms | Method::Voice | Method::Email | Method::Webauthn | Method::EmergencyCode => {
            AuditEvent::FactorAccepted {
                method,
                login: login.id,
            }
        }
    }
}

fn chosen(mut login: Login, asked: Asked) -> Step {
    if let Asked::Sent(challenge) = &asked {
        login
            .sent
            .retain(|older| older.authenticator != challenge.authenticator);
        login.sent.push(challenge.clone());
    }
    let next = Next::Ask(asked.clone());
    stay(
        Login {
            state: State::Asking(asked),
            ..login
        },
        next,
    )
}

fn stay(login: Login, next: Next) -> Step {
    Step {
        login,
        next,
        audit: None,
    }
}

fn rejected(login: Login, method: Method, next: Next) -> Step {
    let audit = AuditEvent::FactorRejected {
        method,
        login: login.id,
    };
    Step {
        login,
        next,
        audit: Some(audit),
    }
}

fn end(login: Login, why: LoginEnd) -> Step {
    let audit = AuditEvent::LoginEnded { login: login.id, why };
    Step {
        login: Login {
            state: State::Ended(why),
            ..login
        },
        next: Next::Refuse(why),
        audit: Some(audit),
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
