//! Setting up what is missing, as steps of the login itself: no session is opened, and no application opens, before the
//! last of them.

use super::pursue::copy;
use super::{Logins, Outcome, Visit};
use crate::domain::assurance::Method;
use crate::domain::authenticator::Face;
use crate::domain::authenticator::challenge::Asked;
use crate::domain::enrolment::{self, Enrolment, Stage};
use crate::domain::grace::Grace;
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::login::{Event, Login, Next, State, Step, step};
use crate::domain::secret::Secret;
use crate::domain::throttle::Wait;
use crate::domain::user::User;
use crate::flow::Fault;
use crate::flow::budget::{Charges, charge_emergency_list};
use crate::flow::enrol::{self, Person, Proof, Proving, Wish};
use crate::flow::question::Delivery;
use crate::io::store::{Replaced, Version};

/// What a person sets up now, as a page shows it.
#[derive(Debug)]
pub struct Bench {
    /// What it may be.
    pub methods: Vec<Method>,
    /// The how manyeth of how many pieces it is.
    pub progress: (usize, usize),
    /// How far it is.
    pub stage: BenchStage,
    /// How long it may wait.
    pub grace: Grace,
}

/// How far it is.
#[derive(Debug)]
pub enum BenchStage {
    /// Its kind or address is wanted.
    Choosing,
    /// It was begun before and can be taken up or left; nothing where it is not pending any more.
    Unfinished(Option<Face>),
    /// Its first right answer is wanted.
    Proving(Proving),
    /// Emergency codes are to be made.
    Codes,
    /// They were made, and shown.
    HandedOut,
}

/// What comes of an act while setting up.
#[derive(Debug)]
pub enum Enrolled {
    /// On to what is wanted next; this became of sending a code.
    On(Delivery),
    /// These codes are to be shown now, once.
    Codes(Vec<Secret<String>>),
    /// The answer was wrong.
    Wrong,
    /// Too many wrong answers.
    Throttled(Wait),
    /// Another code can be had only after this long.
    TooSoon(Wait),
    /// Too many lists of emergency codes were made; another only after this long.
    TooManyLists(Wait),
    /// The number is on too many accounts.
    OnTooManyAccounts,
    /// The mailbox is somebody else's.
    Anothers,
    /// This cannot be set up here.
    NotWanted,
    /// The login leads on, out of setting up.
    Login(Outcome),
}

impl Logins {
    /// What is set up now; nothing when this login does not wait for that.
    ///
    /// # Errors
    /// When something that must be asked fails.
    pub async fn bench(&self, visit: &Visit) -> Result<Option<Bench>, Fault> {
        let Some((login, enrolment, _)) = self.load_enrolling(visit).await? else {
            return Ok(None);
        };
        let Some(user) = self.outside.directory.user(login.user).await? else {
            return Ok(None);
        };
        let person = self.person(visit, (&login, &user)).await?;
        let unfinished = enrolment.unfinished();
        let stage = match &enrolment.stage {
            Stage::HandedOut => BenchStage::HandedOut,
            Stage::Choosing | Stage::Proving(_) if enrolment.hands_out_codes() => BenchStage::Codes,
            Stage::Choosing => match unfinished {
                Some(id) => BenchStage::Unfinished(self.face_of_pending(user.id, id).await?),
                None => BenchStage::Choosing,
            },
            Stage::Proving(asked) => match enrol::show(&self.outside, &person, asked).await? {
                Some(proving) => BenchStage::Proving(proving),
                None => BenchStage::Choosing,
            },
        };
        let left = enrolment.missing().len();
        Ok(Some(Bench {
            methods: enrolment.piece().to_vec(),
            progress: (enrolment.began_with.saturating_sub(left) + 1, enrolment.began_with),
            stage,
            grace: enrolment.grace(),
        }))
    }

    async fn face_of_pending(&self, user: UserId, id: AuthenticatorId) -> Result<Option<Face>, Fault> {
        let pending = self.outside.credentials.pending(user).await?;
        let found = pending.iter().find(|one| one.authenticator.id == id);
        Ok(found.map(|one| one.authenticator.face()))
    }

    /// Begins to set something up, if it is what is missing.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn set_up(&self, visit: &Visit, wish: Wish) -> Result<Enrolled, Fault> {
        let Some((login, enrolment, version)) = self.load_enrolling(visit).await? else {
            return self.elsewhere(visit).await;
        };
        // What was begun on the account's own pages, at its highest level, is all that may be taken up.
        let settled = enrolment.unfinished().is_some() || wish.replaces.is_some();
        if settled || !enrolment.piece().contains(&wish.what.method()) {
            return Ok(Enrolled::NotWanted);
        }
        let Some(user) = self.outside.directory.user(login.user).await? else {
            return Ok(Enrolled::Login(Outcome::Gone));
        };
        let person = self.person(visit, (&login, &user)).await?;
        if let Some(Asked::Sent(challenge)) = enrolment.asked()
            && let Some(wait) = crate::flow::question::resend_wait(challenge, self.outside.clock.now())
            && matches!(wish.what, enrol::What::Phone(_) | enrol::What::Mailbox(_))
        {
            return Ok(Enrolled::TooSoon(wait));
        }
        let left = enrolment.asked().map(Asked::authenticator);
        let drawn = enrol::begin(&self.outside, &person, wish).await?;
        let event = Event::Enrolling(enrolment::Event::Begun(drawn.asked.clone()));
        let step = step(login.clone(), event, self.outside.clock.now());
        if self.save((&step.login, Some(version)), &visit.login).await? == Replaced::Stale {
            return self.elsewhere(visit).await;
        }
        if let Some(left) = left {
            self.outside.credentials.discard_pending(user.id, left).await?;
        }
        let delivery = enrol::send(&self.outside, &person, (&drawn.asked, drawn.code.as_ref())).await?;
        Ok(Enrolled::On(delivery))
    }

    /// Judges the first answer of what is being set up.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn prove(
        &self,
        visit: &Visit,
        (authenticator, code): (Option<AuthenticatorId>, &Secret<String>),
    ) -> Result<Enrolled, Fault> {
        let Some((login, enrolment, version)) = self.load_enrolling(visit).await? else {
            return self.elsewhere(visit).await;
        };
        let asked = enrolment
            .asked()
            .filter(|asked| Some(asked.authenticator()) == authenticator);
        let (Some(asked), Some(user)) = (asked, self.outside.directory.user(login.user).await?) else {
            return self.elsewhere(visit).await;
        };
        let person = self.person(visit, (&login, &user)).await?;
        match enrol::prove(&self.outside, &person, (asked, code)).await? {
            Proof::Right(proof) => self.advance_enrolment(visit, || Event::Enrolled(proof.clone())).await,
            Proof::Wrong(method, room) => {
                let outcome = self.rejected(visit, (login, version), (method, room)).await?;
                if let Outcome::Wrong = outcome {
                    return Ok(Enrolled::Wrong);
                }
                Ok(Enrolled::Login(outcome))
            }
            Proof::Throttled(wait) => {
                let _ = self.throttled(visit, &login, wait).await?;
                Ok(Enrolled::Throttled(wait))
            }
            Proof::Gone => self.elsewhere(visit).await,
            Proof::OnTooManyAccounts => Ok(Enrolled::OnTooManyAccounts),
            Proof::Anothers => Ok(Enrolled::Anothers),
        }
    }

    /// Sends another code to what is being set up.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn prove_again(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        let Some((login, enrolment, version)) = self.load_enrolling(visit).await? else {
            return self.elsewhere(visit).await;
        };
        let (Some(asked), Some(user)) = (enrolment.asked(), self.outside.directory.user(login.user).await?) else {
            return self.elsewhere(visit).await;
        };
        let person = self.person(visit, (&login, &user)).await?;
        let drawn = match enrol::ask_again(&self.outside, &person, asked).await? {
            Some(Ok(drawn)) => drawn,
            Some(Err(wait)) => return Ok(Enrolled::TooSoon(wait)),
            None => return self.elsewhere(visit).await,
        };
        let event = Event::Enrolling(enrolment::Event::Begun(drawn.asked.clone()));
        let step = step(login.clone(), event, self.outside.clock.now());
        if self.save((&step.login, Some(version)), &visit.login).await? == Replaced::Stale {
            return self.elsewhere(visit).await;
        }
        Ok(Enrolled::On(
            enrol::send(&self.outside, &person, (&drawn.asked, drawn.code.as_ref())).await?,
        ))
    }

    /// Goes back to choosing what to set up.
    ///
    /// # Errors
    /// When something that must be written fails.
    pub async fn drop_pending(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        self.advance_enrolment(visit, || Event::Enrolling(enrolment::Event::Dropped))
            .await
    }

    /// Makes emergency codes, to be shown now.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn hand_out_codes(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        let Some((login, enrolment, _)) = self.load_enrolling(visit).await? else {
            return self.elsewhere(visit).await;
        };
        let Some(user) = self.outside.directory.user(login.user).await? else {
            return self.elsewhere(visit).await;
        };
        if !enrolment.hands_out_codes() {
            return Ok(Enrolled::On(Delivery::NotNeeded));
        }
        if let Charges::MustWait(wait) = charge_emergency_list(&self.outside, user.id).await? {
            return Ok(Enrolled::TooManyLists(wait));
        }
        let person = self.person(visit, (&login, &user)).await?;
        let codes = enrol::make_codes(&self.outside, &person).await?;
        let made = self
            .advance_enrolment(visit, || Event::Enrolling(enrolment::Event::Made))
            .await?;
        Ok(if matches!(made, Enrolled::On(_)) {
            Enrolled::Codes(codes)
        } else {
            made
        })
    }

    /// The person has kept the codes.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn codes_kept(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        self.advance_enrolment(visit, || Event::Enrolling(enrolment::Event::Kept))
            .await
    }

    /// Steps and saves, again from what is there when somebody else saved first.
    pub(super) async fn advance_enrolment(
        &self,
        visit: &Visit,
        event: impl Fn() -> Event + Send,
    ) -> Result<Enrolled, Fault> {
        for _ in 0..8 {
            let Some((login, version)) = self.load(&visit.login).await? else {
                return Ok(Enrolled::Login(Outcome::Gone));
            };
            let finished = matches!(login.state, State::Finished(_));
            let Step { login, next, audit } = step(login, event(), self.outside.clock.now());
            let settled = finished || self.save((&login, Some(version)), &visit.login).await? == Replaced::Done;
            if !settled {
                continue;
            }
            return Ok(match next {
                Next::Enrol => Enrolled::On(Delivery::NotNeeded),
                Next::Open => Enrolled::Login(self.open(visit, (&login, &visit.login)).await?),
                Next::Refuse(why) => {
                    self.write_down(
                        visit,
                        &Step {
                            login,
                            next: Next::Refuse(why),
                            audit,
                        },
                    )
                    .await?;
                    Enrolled::Login(Outcome::Refused(why))
                }
                Next::AskPassword | Next::Choose(_) | Next::Ask(_) => self.elsewhere(visit).await?,
            });
        }
        Err(Fault::new("store", "a login is written to all the time"))
    }

    /// The login, if it waits for something to be set up. What was proven before the password changed, or before somebody
    /// objected to a change, sets nothing up any more.
    pub(super) async fn load_enrolling(&self, visit: &Visit) -> Result<Option<(Login, Enrolment, Version)>, Fault> {
        let Some((login, version)) = self.load(&visit.login).await? else {
            return Ok(None);
        };
        let State::Enrolling(enrolment) = login.state.clone() else {
            return Ok(None);
        };
        Ok(self.stands(&login).await?.then_some((login, enrolment, version)))
    }

    /// Whether its user may still use what was proven in a login.
    pub(super) async fn stands(&self, login: &Login) -> Result<bool, Fault> {
        let user = self.outside.directory.user(login.user).await?;
        Ok(user.is_some_and(|user| user.stands_by(&login.authentications, login.aim.raised())))
    }

    /// The login waits for something else (another tab went on, a button was pressed twice): on to that.
    pub(super) async fn elsewhere(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        let Some((login, _)) = self.load(&visit.login).await? else {
            return Ok(Enrolled::Login(Outcome::Gone));
        };
        Ok(match login.state {
            State::Enrolling(_) => Enrolled::On(Delivery::NotNeeded),
            State::Finished(_) => Enrolled::Login(self.open(visit, (&login, &visit.login)).await?),
            State::Undecided | State::Asking(_) => {
                let outcome = self.resume(visit, &visit.login).await?;
                Enrolled::Login(outcome.unwrap_or(Outcome::Enrol(copy(&visit.login))))
            }
            State::Ended(why) => Enrolled::Login(Outcome::Refused(why)),
        })
    }

    pub(super) async fn person<'a>(
        &'a self,
        visit: &'a Visit,
        (login, user): (&Login, &'a User),
    ) -> Result<Person<'a>, Fault> {
        Ok(Person {
            user,
            login: login.id,
            from: self.device(visit, login).await?,
            settings: &visit.settings,
            circumstances: &visit.circumstances,
        })
    }
}
