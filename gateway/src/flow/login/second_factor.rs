//! From the password to the session: asking, judging answers, another method, a new code, starting over.

use super::pursue::copy;
use super::{Logins, Outcome, Visit};
use crate::domain::assurance::Method;
use crate::domain::audit::{AuditEvent, Door, LoginEnd};
use crate::domain::authenticator::challenge::Asked;
use crate::domain::authenticator::{Authenticator, Unspent, Verdict};
use crate::domain::id::AuthenticatorId;
use crate::domain::login::{Event, Login, Next, Offer, State, Step, step};
use crate::domain::parcel::Arrival;
use crate::domain::secret::{Secret, Token};
use crate::domain::throttle::{From, Room, Wait};
use crate::flow::Fault;
use crate::flow::budget::{Charges, charge_second_factor, raise_alarm, refund};
use crate::flow::carrying;
use crate::flow::question::{self, Delivery};
use crate::flow::sending;
use crate::io::credentials::Spent;
use crate::io::store::{Replaced, Version};
use std::time::Duration;

/// An answer to the second factor, as typed.
#[derive(Debug)]
pub struct Answer {
    /// Which authenticator the page named; nothing when the field is no id.
    pub authenticator: Option<AuthenticatorId>,
    /// What was typed.
    pub code: Secret<String>,
}

impl Logins {
    /// The question a login waits with, without sending anything; nothing when it waits with none.
    ///
    /// # Errors
    /// When something that must be asked fails.
    pub async fn resume(&self, visit: &Visit, token: &Token) -> Result<Option<Outcome>, Fault> {
        let Some((login, _)) = self.load(token).await? else {
            return Ok(None);
        };
        match &login.state {
            State::Asking(asked) => self.shown(visit, (&login, asked), token).await,
            State::Enrolling(_) if self.stands(&login).await? => Ok(Some(Outcome::Enrol(copy(token)))),
            State::Enrolling(_) => {
                self.outside.records.take::<Login>(&token.hash().to_string()).await?;
                Ok(None)
            }
            State::Undecided | State::Finished(_) | State::Ended(_) => Ok(None),
        }
    }

    /// The question that an answer just given was to, even if the login is finished meanwhile.
    ///
    /// # Errors
    /// When something that must be asked fails.
    pub async fn asked(&self, visit: &Visit) -> Result<Option<Outcome>, Fault> {
        let Some((login, _)) = self.load(&visit.login).await? else {
            return Ok(None);
        };
        match login.question() {
            Some(asked) => self.shown(visit, (&login, asked), &visit.login).await,
            None => Ok(None),
        }
    }

    /// How far the message is whose code the login waits for; nothing where nobody tells.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn arrival(&self, token: &Token) -> Result<Option<Arrival>, Fault> {
        let asked = self.load(token).await?;
        let challenge = asked.and_then(|(login, _)| login.question().and_then(Asked::challenge));
        carrying::arrival(&self.outside, challenge).await
    }

    async fn shown(
        &self,
        visit: &Visit,
        (login, asked): (&Login, &Asked),
        token: &Token,
    ) -> Result<Option<Outcome>, Fault> {
        let authenticators = self.outside.credentials.authenticators(login.user).await?;
        let question = self.show(login, asked, (&authenticators, visit), Delivery::NotNeeded);
        Ok(question.map(|question| Outcome::Ask(question, copy(token))))
    }

    /// Judges an answer.
    ///
    /// # Errors
    /// When something that must be asked or written fails; the attempt may then have been counted, never judged twice.
    pub async fn answer(&self, visit: &Visit, answer: &Answer) -> Result<Outcome, Fault> {
        let Some((login, version)) = self.load(&visit.login).await? else {
            return Ok(Outcome::Gone);
        };
        let Some(asked) = login.question().cloned() else {
            return Ok(Outcome::Gone);
        };
        // Whoever knows only the password of before spends none of its owner's budget.
        if !self.stands(&login).await? {
            return Ok(Outcome::Gone);
        }
        let from = self.device(visit, &login).await?;
        let charges = match charge_second_factor(&self.outside, login.user, from).await? {
            Charges::Counted(charges) => charges,
            Charges::MustWait(wait) => return self.throttled(visit, &login, wait).await,
        };
        let authenticators = self.outside.credentials.authenticators(login.user).await?;
        let method = authenticators
            .iter()
            .find(|one| one.id == asked.authenticator())
            .map(Authenticator::method);
        let Some(method) = method else { return Ok(Outcome::Gone) };
        if !question::count_try(&self.outside, &asked).await? {
            // It is not looked at, so it is no last try; there may be a right one before it.
            return self.rejected(visit, (login, version), (method, Room::Left)).await;
        }
        let event = match self.judge(&authenticators, &asked, answer) {
            Verdict::Wrong => {
                return self.rejected(visit, (login, version), (method, charges.room)).await;
            }
            Verdict::Correct(unspent) => {
                refund(&self.outside, charges).await?;
                let event = self.spend(visit, &login, unspent, &authenticators).await?;
                self.count_proven((&event, &asked), &authenticators).await;
                event
            }
        };
        self.advance(visit, (login, version), event, &authenticators).await
    }

    /// A wrong answer is written down. The last one that the account bears ends the login, and its owner is told.
    pub(super) async fn rejected(
        &self,
        visit: &Visit,
        (login, version): (Login, Version),
        (method, room): (Method, Room),
    ) -> Result<Outcome, Fault> {
        let user = login.user;
        let outcome = self.advance(visit, (login, version), Event::Wrong(method), &[]).await?;
        if room == Room::Left {
            return Ok(outcome);
        }
        raise_alarm(&self.outside, user, &visit.circumstances).await?;
        for _ in 0..8 {
            let Some((login, version)) = self.load(&visit.login).await? else {
                return Ok(Outcome::Gone);
            };
            let step = step(login, Event::Exhausted, self.outside.clock.now());
            // It was finished before: the session that it opened stays.
            let Next::Refuse(_) = step.next else {
                return Ok(outcome);
            };
            if self.save((&step.login, Some(version)), &visit.login).await? == Replaced::Done {
                self.write_down(visit, &step).await?;
                return Ok(Outcome::Refused(LoginEnd::TooManyFailures));
            }
        }
        Err(Fault::new("store", "a login is written to all the time"))
    }

    /// Asks another authenticator, which sends a code where it takes one.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn choose(&self, visit: &Visit, authenticator: AuthenticatorId) -> Result<Outcome, Fault> {
        let Some((login, version)) = self.load(&visit.login).await? else {
            return Ok(Outcome::Gone);
        };
        let authenticators = self.outside.credentials.authenticators(login.user).await?;
        let Some(chosen) = authenticators
            .iter()
            .find(|one| one.id == authenticator && login.need.accepts(one.method()))
        else {
            return Ok(self.resume(visit, &visit.login).await?.unwrap_or(Outcome::Gone));
        };
        let (now, method) = (self.outside.clock.now(), chosen.method());
        let sent = login
            .sent
            .iter()
            .find(|challenge| challenge.authenticator == authenticator)
            .cloned();
        if let Some((challenge, wait)) =
            sent.and_then(|sent| question::resend_wait(&sent, now).map(|wait| (sent, wait)))
        {
            if login
                .question()
                .is_some_and(|asked| asked.authenticator() == authenticator)
            {
                return Ok(Outcome::TooSoon(wait));
            }
            let step = step(login, Event::Chosen(Asked::Sent(challenge), method), now);
            return self
                .follow(visit, (step, Some(version), &visit.login), &authenticators)
                .await;
        }
        let step = Step {
            login,
            next: Next::Choose(Offer { authenticator, method }),
            audit: None,
        };
        self.follow(visit, (step, Some(version), &visit.login), &authenticators)
            .await
    }

    /// Sends a new code to the authenticator that is being asked; the old code dies, no counter is reset.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn resend(&self, visit: &Visit) -> Result<Outcome, Fault> {
        let Some((login, _)) = self.load(&visit.login).await? else {
            return Ok(Outcome::Gone);
        };
        match login.question() {
            Some(Asked::Sent(challenge)) => self.choose(visit, challenge.authenticator).await,
            Some(Asked::App(_) | Asked::Listed(_)) | None => {
                Ok(self.resume(visit, &visit.login).await?.unwrap_or(Outcome::Gone))
            }
        }
    }

    /// Ends a login at its person's wish.
    ///
    /// # Errors
    /// When something that must be written fails.
    pub async fn abandon(&self, visit: &Visit) -> Result<(), Fault> {
        let Some((login, version)) = self.load(&visit.login).await? else {
            return Ok(());
        };
        self.advance(visit, (login, version), Event::Abandoned, &[]).await?;
        Ok(())
    }

    /// Pursues the first step of a new login.
    pub(super) async fn pursue(
        &self,
        visit: &Visit,
        (step, token): (Step, &Token),
        authenticators: &[Authenticator],
    ) -> Result<Outcome, Fault> {
        self.follow(visit, (step, None, token), authenticators).await
    }

    pub(super) async fn load(&self, token: &Token) -> Result<Option<(Login, Version)>, Fault> {
        let found = self.outside.records.get::<Login>(&token.hash().to_string()).await?;
        let now = self.outside.clock.now();
        Ok(found.filter(|(login, _)| !login.is_over(now)))
    }

    pub(super) async fn device(&self, visit: &Visit, login: &Login) -> Result<From, Fault> {
        let known = match visit.device {
            Some(device) => self.outside.credentials.knows_device(login.user, device).await?,
            None => false,
        };
        Ok(if known { From::KnownDevice } else { From::UnknownDevice })
    }

    /// One record an hour is enough to tell that somebody with the password keeps trying.
    pub(super) async fn throttled(&self, visit: &Visit, login: &Login, wait: Wait) -> Result<Outcome, Fault> {
        let hour = Duration::from_secs(3600);
        if self
            .outside
            .records
            .count("throttled", &login.user.to_string(), hour)
            .await?
            == 1
        {
            let event = AuditEvent::Throttled {
                door: Door::SecondFactor,
            };
            let record = self.outside.record(event, Some(login.user), &visit.circumstances);
            self.outside.credentials.record(record).await?;
            // Whoever gave the last answer may have died before they could.
            raise_alarm(&self.outside, login.user, &visit.circumstances).await?;
        }
        Ok(Outcome::Throttled(wait))
    }

    /// Compares; everything that must be counted has been.
    fn judge(&self, authenticators: &[Authenticator], asked: &Asked, answer: &Answer) -> Verdict {
        if answer.authenticator != Some(asked.authenticator()) {
            return Verdict::Wrong;
        }
        let Some(authenticator) = authenticators.iter().find(|one| one.id == asked.authenticator()) else {
            return Verdict::Wrong;
        };
        let response = question::response(&self.outside, asked, (authenticator, answer.code.expose()));
        response.map_or(Verdict::Wrong, |response| {
            authenticator.verify(&response, self.outside.clock.now())
        })
    }

    /// A code that was sent, and typed: the numbers around its phone fare the better.
    async fn count_proven(&self, (event, asked): (&Event, &Asked), authenticators: &[Authenticator]) {
        let authenticator = authenticators.iter().find(|one| one.id == asked.authenticator());
        let block = authenticator.and_then(sending::block);
        match event {
            Event::Proven(..) => sending::prove(&self.outside, block.as_ref(), &asked.name()).await,
            Event::Wrong(_)
            | Event::Resumed(_)
            | Event::Chosen(..)
            | Event::Enrolling(_)
            | Event::Enrolled(_)
            | Event::Exhausted
            | Event::Abandoned => {}
        }
    }

    async fn spend(
        &self,
        visit: &Visit,
        login: &Login,
        unspent: Unspent,
        authenticators: &[Authenticator],
    ) -> Result<Event, Fault> {
        let (method, ..) = unspent.parts();
        let event = AuditEvent::FactorAccepted {
            method,
            login: login.id,
        };
        let record = self.outside.record(event, Some(login.user), &visit.circumstances);
        Ok(
            match self.outside.credentials.commit(unspent, login.id, record).await? {
                Spent::Ours(proof) => Event::Proven(proof, self.holdings(visit, login.user, authenticators).await?),
                Spent::Used => Event::Wrong(method),
            },
        )
    }

    /// Steps, saves, and steps again from what is there when somebody else saved first.
    async fn advance(
        &self,
        visit: &Visit,
        (login, version): (Login, Version),
        event: Event,
        authenticators: &[Authenticator],
    ) -> Result<Outcome, Fault> {
        match event {
            Event::Wrong(method) => {
                let step = step(login, Event::Wrong(method), self.outside.clock.now());
                self.write_down(visit, &step).await?;
                Ok(Outcome::Wrong)
            }
            Event::Proven(..)
            | Event::Resumed(_)
            | Event::Chosen(..)
            | Event::Enrolling(_)
            | Event::Enrolled(_)
            | Event::Exhausted
            | Event::Abandoned => {
                let step = step(login, event, self.outside.clock.now());
                self.follow(visit, (step, Some(version), &visit.login), authenticators)
                    .await
            }
        }
    }
}
