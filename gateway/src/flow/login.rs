//! Life of a login: the only place where an answer is judged.
//!
//! ```text
//! load the login -> charge the attempt (durable) -> verify (pure) -> refund if right -> commit the spend (one winner)
//!                -> step (pure) -> save (or reload and step again) -> ask, open or refuse
//! ```
//!
//! Before the password nothing is kept anywhere: the first page is remade from the cookie and the sealed return
//! target, so strangers can fill no store.

mod enrolling;
mod pursue;
mod second_factor;
mod unfinished;

pub use enrolling::{Bench, BenchStage, Enrolled};
pub use second_factor::Answer;

use super::opening::Opened;
use super::question::Delivery;
use super::return_target::ReturnTarget;
use super::revocation::Revocations;
use super::strangers::Strangers;
use super::{Circumstances, Fault, Outside, budget};
use crate::domain::access::AccessRequest;
use crate::domain::assurance::{Authentication, Level, Need};
use crate::domain::audit::LoginEnd;
use crate::domain::authenticator::{Authenticator, Face};
use crate::domain::enrolment;
use crate::domain::id::{AuthenticatorId, SessionId, UserId};
use crate::domain::login::{Aim, Event, Holdings, Login, State, step};
use crate::domain::password::Password;
use crate::domain::path::Path;
use crate::domain::policy::{Decision, decide, own_changes, own_pages};
use crate::domain::recovery::{counting, narrowed};
use crate::domain::secret::{Secret, Token, TokenHash};
use crate::domain::session::Session;
use crate::domain::settings::Settings;
use crate::domain::throttle::{From, Wait};
use crate::domain::user::{Known, Subject, User, UserName};
use crate::io::directory::PasswordCheck;
use std::sync::Arc;
use std::time::Duration;

/// Logs people in.
pub struct Logins {
    outside: Outside,
    revocations: Arc<Revocations>,
    strangers: Arc<Strangers>,
}

/// What every step of a login is told of its request.
#[derive(Clone)]
pub struct Visit {
    /// The configuration this request is answered by.
    pub settings: Arc<Settings>,
    /// The request.
    pub circumstances: Circumstances,
    /// The login cookie.
    pub login: Arc<Token>,
    /// The cookie of a browser that was here before.
    pub device: Option<TokenHash>,
    /// The session this browser has on the portal's host.
    pub before: Option<(TokenHash, Arc<Known>)>,
    /// Where the person wants to go.
    pub target: Option<ReturnTarget>,
    /// The same, sealed as it came; empty where there is none.
    pub return_to: String,
}

/// What a person typed on the first page.
#[derive(Debug)]
pub struct Typed {
    /// The login name.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

/// What comes of one step of a login.
#[derive(Debug)]
pub enum Outcome {
    /// Ask this; the login goes on under this token.
    Ask(Question, Token),
    /// Ask for the password.
    AskPassword,
    /// Something must be set up first; the login goes on under this token.
    Enrol(Token),
    /// The session is open.
    Opened(Opened),
    /// The answer was wrong; ask again.
    Wrong,
    /// Too many wrong answers; ask again after this long.
    Throttled(Wait),
    /// Too much to do; ask again in a moment.
    Busy,
    /// A new code can be had only after this long.
    TooSoon(Wait),
    /// The login leads nowhere.
    Refused(LoginEnd),
    /// There is no such login, or not any more.
    Gone,
}

/// The question a login waits with, as the person sees it.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who is asked.
    pub authenticator: AuthenticatorId,
    /// How it appears.
    pub face: Face,
    /// How many digits the answer has.
    pub digits: u8,
    /// What became of sending a code just now.
    pub delivery: Delivery,
    /// How long until another code can be had.
    pub resend_after: Duration,
    /// What else could be asked.
    pub others: Vec<(AuthenticatorId, Face)>,
}

impl Logins {
    /// Logs in by these.
    pub fn new(outside: Outside, revocations: Arc<Revocations>, strangers: Arc<Strangers>) -> Self {
        Self {
            outside,
            revocations,
            strangers,
        }
    }

    /// Judges a password, and begins a login if it is right.
    ///
    /// # Errors
    /// When something that must be asked or written fails; nothing was judged or nobody was told.
    pub async fn password(&self, visit: &Visit, typed: Typed) -> Result<Outcome, Fault> {
        let (Ok(name), Ok(password)) = (UserName::parse(&typed.username), Password::typed(typed.password)) else {
            return self.reject_unreadable(visit).await;
        };
        let from = self.device_of(visit, &name).await?;
        let Some(place) = budget::place(&self.outside, from, visit.circumstances.source) else {
            return Ok(Outcome::Busy);
        };
        let charges = match budget::charge_password(&self.outside, &name, (from, visit)).await? {
            budget::Charges::Counted(charges) => charges,
            budget::Charges::MustWait(wait) => {
                self.strangers.reject();
                return Ok(Outcome::Throttled(wait));
            }
        };
        match self.outside.directory.check_password(&name, password, place).await? {
            PasswordCheck::Correct(user, proof) => {
                budget::refund(&self.outside, charges).await?;
                self.begin(visit, user, proof).await
            }
            PasswordCheck::Wrong => {
                self.strangers.reject();
                Ok(Outcome::Wrong)
            }
            PasswordCheck::Busy => {
                budget::refund(&self.outside, charges).await?;
                Ok(Outcome::Busy)
            }
        }
    }

    /// Asks more of an open session, if the return target needs more.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn raise(&self, visit: &Visit, known: &Known, need: Need) -> Result<Outcome, Fault> {
        let authenticators = self.outside.credentials.authenticators(known.user.id).await?;
        let begun = Login::raise(
            self.outside.entropy.id(),
            &known.session,
            self.narrowed(visit, need, &known.user),
            self.outside.clock.now(),
        );
        let login = Login {
            return_to: visit.return_to.clone(),
            ..begun
        };
        let holdings = self.holdings_of(visit, &known.user, &authenticators).await?;
        let step = step(login, Event::Resumed(holdings), self.outside.clock.now());
        self.pursue(visit, (step, &self.outside.entropy.token()), &authenticators)
            .await
    }

    /// Raises the session in which its owner has just set something up, where their own pages would ask them for it
    /// next: they have proven it. Nothing where that is not needed, or would not do.
    ///
    /// # Errors
    /// When something that must be asked or written fails; what was set up stays.
    pub async fn raise_by(&self, visit: &Visit, known: &Known, proof: Authentication) -> Result<Option<Opened>, Fault> {
        let now = self.outside.clock.now();
        let authenticators = self.outside.credentials.authenticators(known.user.id).await?;
        let need = own_changes(&visit.settings, &known.user, &enrolled(&authenticators), now);
        let need = self.narrowed(visit, need, &known.user);
        let mut login = Login::raise(self.outside.entropy.id(), &known.session, need, now);
        if login.need.is_met_by(&login.authentications, now) {
            return Ok(None);
        }
        login.authentications.push(proof);
        if !login.need.is_met_by(&login.authentications, now) {
            return Ok(None);
        }
        let outcome = self.open(visit, (&login, &self.outside.entropy.token())).await?;
        let Outcome::Opened(opened) = outcome else {
            return Ok(None);
        };
        Ok(Some(opened))
    }

    /// Whether the login cookie stands for a raise of this session that would do: loading a page again, or opening it
    /// in another tab, must send no second code.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_raising(&self, visit: &Visit, known: &Known, need: &Need) -> Result<bool, Fault> {
        let need = self.narrowed(visit, need.clone(), &known.user);
        let pending = self.load(&visit.login).await?.map(|(login, _)| login);
        Ok(pending.is_some_and(|login| {
            let same = login.aim == Aim::Raise(known.session.id) && login.need == need;
            same && matches!(login.state, State::Asking(_) | State::Enrolling(_))
        }))
    }

    /// A name or password that cannot be anybody's costs what a wrong one costs.
    async fn reject_unreadable(&self, visit: &Visit) -> Result<Outcome, Fault> {
        let nobody = UserName::parse("nobody").map_err(|error| Fault::new("login", error))?;
        let empty = Password::typed(Secret::new(String::new())).map_err(|error| Fault::new("login", error))?;
        let Some(place) = budget::place(&self.outside, From::UnknownDevice, visit.circumstances.source) else {
            return Ok(Outcome::Busy);
        };
        if let budget::Charges::MustWait(wait) = budget::charge_source(&self.outside, visit).await? {
            return Ok(Outcome::Throttled(wait));
        }
        self.strangers.reject();
        match self.outside.directory.check_password(&nobody, empty, place).await? {
            PasswordCheck::Busy => Ok(Outcome::Busy),
            PasswordCheck::Correct(..) | PasswordCheck::Wrong => Ok(Outcome::Wrong),
        }
    }

    pub(super) async fn device_of(&self, visit: &Visit, name: &UserName) -> Result<From, Fault> {
        let Some(device) = visit.device else {
            return Ok(From::UnknownDevice);
        };
        let Some(user) = self.outside.directory.find(name).await? else {
            return Ok(From::UnknownDevice);
        };
        Ok(if self.outside.credentials.knows_device(user.id, device).await? {
            From::KnownDevice
        } else {
            From::UnknownDevice
        })
    }

    async fn begin(&self, visit: &Visit, user: User, proof: Authentication) -> Result<Outcome, Fault> {
        let now = self.outside.clock.now();
        let authenticators = self.outside.credentials.authenticators(user.id).await?;
        // The same password sent twice from the same page leads to the same login.
        let token = self
            .outside
            .keys
            .next_token(&visit.login, &[b"login", user.id.as_bytes()])?;
        if let Some(outcome) = self.resume(visit, &token).await? {
            return Ok(outcome);
        }
        let session = Session {
            id: SessionId::from_bytes([0; 16]),
            user: user.id,
            authentications: vec![proof.clone()],
            opened_at: now,
            last_seen_at: now,
        };
        let known = Arc::new(Known {
            session,
            user: Arc::new(user),
            enrolled: enrolled(&authenticators),
        });
        let need = self.narrowed(visit, self.need(visit, &known), &known.user);
        let begun = Login::begin(self.outside.entropy.id(), known.user.id, need, now);
        let login = Login {
            return_to: visit.return_to.clone(),
            ..begun
        };
        let holdings = self.holdings_of(visit, &known.user, &authenticators).await?;
        let step = step(login, Event::Proven(proof, holdings), now);
        self.pursue(visit, (step, &token), &authenticators).await
    }

    /// What must be proven to get where the person wants to go.
    fn need(&self, visit: &Visit, known: &Arc<Known>) -> Need {
        let ours = own_pages(&visit.settings, &known.user, &known.enrolled, self.outside.clock.now());
        let subject = Subject::User(Arc::clone(known));
        match visit
            .target
            .as_ref()
            .and_then(|target| self.wanted(visit, target, &subject))
        {
            Some(Decision::Authenticate(need)) => need,
            Some(Decision::Admit(_)) => Need {
                level: Level::OneFactor,
                ..ours
            },
            Some(Decision::Refuse(_)) | None => ours,
        }
    }

    /// The same need, while a mailbox must not count twice.
    fn narrowed(&self, visit: &Visit, need: Need, user: &User) -> Need {
        narrowed(
            need,
            user,
            visit.settings.recovery.email_delay,
            self.outside.clock.now(),
        )
    }

    /// What the rules say of the page a person wants to go to.
    pub fn wanted(&self, visit: &Visit, target: &ReturnTarget, subject: &Subject) -> Option<Decision> {
        let path = Path::parse(target.to.path()).ok()?;
        let request = AccessRequest {
            method: target.to.method(),
            ..AccessRequest::page_load(path, visit.circumstances.source)
        };
        Some(decide(
            target.to.application(),
            &request,
            subject,
            self.outside.clock.now(),
        ))
    }

    /// What the user of a login has, and lacks.
    async fn holdings(&self, visit: &Visit, user: UserId, authenticators: &[Authenticator]) -> Result<Holdings, Fault> {
        let user = self.outside.directory.user(user).await?;
        match user {
            Some(user) => self.holdings_of(visit, &user, authenticators).await,
            None => Ok(Holdings::default()),
        }
    }

    async fn holdings_of(
        &self,
        visit: &Visit,
        user: &User,
        authenticators: &[Authenticator],
    ) -> Result<Holdings, Fault> {
        let (settings, enrolled) = (&visit.settings, enrolled(authenticators));
        let (delay, now) = (settings.recovery.email_delay, self.outside.clock.now());
        let methods = counting(settings.methods.clone(), user, delay, now);
        Ok(Holdings {
            offers: super::question::offers(authenticators, &methods),
            missing: settings.duty.missing(user, &enrolled, &settings.enrolable),
            grace: settings.duty.grace.left(user.created_at, now),
            enrolled,
            unfinished: self.unfinished(user.id).await?,
            changes: self.outside.credentials.restrictions(user.id).await?.changes,
        })
    }
}

/// The second factors among these.
pub fn enrolled(authenticators: &[Authenticator]) -> enrolment::Enrolled {
    enrolment::Enrolled::new(authenticators.iter().map(Authenticator::method).collect())
}
