//! Pursuing what a step of a login says: the login is saved, then something is asked, opened or refused.
//!
//! Of parallel answers one saves first; the others step again from what is there, with what they have proven.

use super::{Logins, Outcome, Question, Visit};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::Authenticator;
use crate::domain::authenticator::challenge::{Asked, Code};
use crate::domain::id::AuthenticatorId;
use crate::domain::login::{Event, Holdings, LIFE, Login, Next, State, Step, step};
use crate::domain::secret::Token;
use crate::flow::Fault;
use crate::flow::opening::{Place, open};
use crate::flow::question::{self, Delivery, Scene};
use crate::io::store::{Inserted, Replaced, Version};
use std::time::Duration;

/// How long a finished login is kept, so that an answer whose reply was lost can be repeated.
const AFTERGLOW: Duration = Duration::from_secs(120);

impl Logins {
    /// Does what a step says: saves the login, then asks, opens or refuses.
    pub(super) async fn follow(
        &self,
        visit: &Visit,
        (mut stepped, version, token): (Step, Option<Version>, &Token),
        authenticators: &[Authenticator],
    ) -> Result<Outcome, Fault> {
        let mut code = None;
        if let Next::Choose(offer) = stepped.next {
            self.write_down(visit, &stepped).await?;
            let Some(authenticator) = authenticators.iter().find(|one| one.id == offer.authenticator) else {
                return Ok(Outcome::Gone);
            };
            let may_send = question::may_ask(
                &self.outside,
                (stepped.login.user, authenticator),
                (&visit.settings, &visit.circumstances),
            )
            .await?;
            if !may_send && let State::Asking(asked) = &stepped.login.state {
                let still = self.show(&stepped.login, asked, (authenticators, visit), Delivery::Failed);
                return Ok(still.map_or(Outcome::Gone, |question| Outcome::Ask(question, copy(token))));
            }
            let question = question::draw(&self.outside, authenticator)?;
            code = question.code.map(|code| (authenticator, code, may_send));
            stepped = step(
                stepped.login,
                Event::Chosen(question.asked, offer.method),
                self.outside.clock.now(),
            );
        } else {
            self.write_down(visit, &stepped).await?;
        }
        let Step { login, next, .. } = stepped;
        if !matches!(next, Next::AskPassword) && self.save((&login, version), token).await? == Replaced::Stale {
            return self.again(visit, (login, next), token).await;
        }
        match next {
            Next::Ask(asked) => {
                let delivery = match &code {
                    Some((authenticator, code, true)) => self.send(visit, &login, (authenticator, code)).await?,
                    Some((_, _, false)) => Delivery::Failed,
                    None => Delivery::NotNeeded,
                };
                let question = self.show(&login, &asked, (authenticators, visit), delivery);
                Ok(question.map_or(Outcome::Gone, |question| Outcome::Ask(question, copy(token))))
            }
            Next::Enrol => Ok(Outcome::Enrol(copy(token))),
            Next::Choose(_) | Next::AskPassword => Ok(Outcome::AskPassword),
            Next::Open => self.open(visit, (&login, token)).await,
            Next::Refuse(why) => Ok(Outcome::Refused(why)),
        }
    }

    /// Somebody else saved this login first. What was proven stays proven: a finished login shows its result, and a
    /// login that only asks shows what it asks now.
    async fn again(&self, visit: &Visit, (login, next): (Login, Next), token: &Token) -> Result<Outcome, Fault> {
        match next {
            Next::Open => self.open_again(visit, &login, token).await,
            Next::Choose(_) | Next::Ask(_) | Next::Enrol | Next::AskPassword | Next::Refuse(_) => {
                Ok(self.resume(visit, token).await?.unwrap_or(Outcome::Gone))
            }
        }
    }

    /// Steps again from what is there, with the proof just given, until it is saved or the login leads elsewhere.
    async fn open_again(&self, visit: &Visit, login: &Login, token: &Token) -> Result<Outcome, Fault> {
        for _ in 0..8 {
            let found = self.load(token).await?.zip(login.authentications.last().cloned());
            let Some(((other, version), proof)) = found else {
                return Ok(Outcome::Gone);
            };
            let finished = matches!(other.state, State::Finished(_));
            let Step { login, next, .. } = step(
                other,
                Event::Proven(proof, Holdings::default()),
                self.outside.clock.now(),
            );
            match next {
                // Nothing changes any more, so nothing is saved; a hundred of these come at once.
                Next::Open if finished => return self.open(visit, (&login, token)).await,
                Next::Open if self.save((&login, Some(version)), token).await? == Replaced::Done => {
                    return self.open(visit, (&login, token)).await;
                }
                Next::Open => {}
                Next::Refuse(why) => return Ok(Outcome::Refused(why)),
                Next::Enrol => return Ok(Outcome::Enrol(copy(token))),
                Next::Choose(_) | Next::Ask(_) | Next::AskPassword => return Ok(Outcome::Gone),
            }
        }
        Err(Fault::new("store", "a login is written to all the time"))
    }

    pub(super) async fn save(
        &self,
        (login, version): (&Login, Option<Version>),
        token: &Token,
    ) -> Result<Replaced, Fault> {
        let name = token.hash().to_string();
        let ttl = match login.state {
            State::Finished(_) | State::Ended(_) => AFTERGLOW,
            State::Undecided | State::Asking(_) | State::Enrolling(_) => LIFE,
        };
        Ok(match version {
            Some(version) => self.outside.records.replace(&name, version, login, ttl).await?,
            None => match self.outside.records.insert(&name, login, ttl).await? {
                Inserted::New => Replaced::Done,
                Inserted::Exists => Replaced::Stale,
            },
        })
    }

    /// What was proven by the spend is recorded with it; everything else a step says is recorded here.
    pub(super) async fn write_down(&self, visit: &Visit, step: &Step) -> Result<(), Fault> {
        match &step.audit {
            None | Some(AuditEvent::FactorAccepted { .. }) => Ok(()),
            Some(event) => {
                let record = self
                    .outside
                    .record(event.clone(), Some(step.login.user), &visit.circumstances);
                self.outside.credentials.record(record).await
            }
        }
    }

    async fn send(&self, visit: &Visit, login: &Login, message: (&Authenticator, &Code)) -> Result<Delivery, Fault> {
        let scene = Scene {
            host: visit.settings.portal.origin.authority().host(),
            challenge: login.question().and_then(Asked::challenge),
            circumstances: &visit.circumstances,
        };
        question::send(&self.outside, (login.user, login.id), message, &scene).await
    }

    pub(super) async fn open(&self, visit: &Visit, (login, token): (&Login, &Token)) -> Result<Outcome, Fault> {
        let place = Place {
            host: visit.settings.portal.origin.authority(),
            limits: visit.settings.session,
            circumstances: &visit.circumstances,
            before: visit.before.clone(),
            device: visit.device,
        };
        let opened = open(&self.outside, &self.revocations, (login, token), &place).await?;
        Ok(opened.map_or(Outcome::Gone, Outcome::Opened))
    }

    /// The question as the person sees it.
    pub(super) fn show(
        &self,
        login: &Login,
        asked: &Asked,
        (authenticators, visit): (&[Authenticator], &Visit),
        delivery: Delivery,
    ) -> Option<Question> {
        let find = |id: AuthenticatorId| authenticators.iter().find(|one| one.id == id);
        let asks = find(asked.authenticator())?;
        let offers = question::offers(authenticators, &visit.settings.methods).into_iter();
        let others = offers.filter(|offer| offer.authenticator != asks.id && login.need.accepts(offer.method));
        let wait = match asked {
            Asked::Sent(challenge) => question::resend_wait(challenge, self.outside.clock.now()).map(|wait| wait.0),
            Asked::App(_) | Asked::Listed(_) => None,
        };
        Some(Question {
            authenticator: asks.id,
            face: asks.face(),
            digits: asks.digits(),
            delivery,
            resend_after: wait.unwrap_or_default(),
            others: others
                .filter_map(|offer| Some((offer.authenticator, find(offer.authenticator)?.face())))
                .collect(),
        })
    }
}

/// The same token once more, for the cookie of the answer.
pub(super) fn copy(token: &Token) -> Token {
    Token::from_bytes(*token.expose())
}
