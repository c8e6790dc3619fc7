//! What may wait for another day: what a person began to set up on their account and left unfinished, which the next
//! login asks for again, and what policy demands, as long as its grace lasts.

use super::enrolling::Enrolled;
use super::{Logins, Visit};
use crate::domain::assurance::Method;
use crate::domain::enrolment;
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::login::{Event, step};
use crate::flow::Fault;
use crate::flow::enrol;
use crate::io::store::Replaced;

impl Logins {
    /// The phone that a user began to set up last and did not finish.
    pub(super) async fn unfinished(&self, user: UserId) -> Result<Option<(AuthenticatorId, Method)>, Fault> {
        let pending = self.outside.credentials.pending(user).await?;
        let phones = pending.iter().map(|one| &one.authenticator);
        let mut phones = phones.filter(|one| matches!(one.method(), Method::Sms | Method::Voice));
        Ok(phones.next_back().map(|phone| (phone.id, phone.method())))
    }

    /// Sends a code to what was left unfinished.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn take_up(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        let Some((login, enrolment, version)) = self.load_enrolling(visit).await? else {
            return self.elsewhere(visit).await;
        };
        let (Some(id), Some(user)) = (enrolment.unfinished(), self.outside.directory.user(login.user).await?) else {
            return self.elsewhere(visit).await;
        };
        let person = self.person(visit, (&login, &user)).await?;
        let Some(drawn) = enrol::ask_anew(&self.outside, &person, id).await? else {
            return self.postpone(visit).await;
        };
        let event = Event::Enrolling(enrolment::Event::Begun(drawn.asked.clone()));
        let step = step(login.clone(), event, self.outside.clock.now());
        if self.save((&step.login, Some(version)), &visit.login).await? == Replaced::Stale {
            return self.elsewhere(visit).await;
        }
        let delivery = enrol::send(&self.outside, &person, (&drawn.asked, drawn.code.as_ref())).await?;
        Ok(Enrolled::On(delivery))
    }

    /// Leaves what may wait for another day; what policy demands at once cannot be left.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn postpone(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        self.advance_enrolment(visit, || Event::Enrolling(enrolment::Event::Postponed))
            .await
    }

    /// Forgets what was left unfinished.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn forget_unfinished(&self, visit: &Visit) -> Result<Enrolled, Fault> {
        if let Some((login, enrolment, _)) = self.load_enrolling(visit).await?
            && let Some(id) = enrolment.unfinished()
        {
            self.outside.credentials.discard_pending(login.user, id).await?;
        }
        self.postpone(visit).await
    }
}
