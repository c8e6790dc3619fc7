//! The number: a code by text message (or call), only ever for whoever has proven an address before.
//!
//! Whoever sells the messages of a network profits from every one (SECURITY DO5): so many go to one number, to the
//! thousand numbers around it, and in an hour in all.

use super::{Answered, Registrations, Resent, Scene, hash};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::Code;
use crate::domain::authenticator::phone::{Channel, Phone};
use crate::domain::registration::{Event, LIFE, Next, Registration, State, Step, step};
use crate::domain::secret::Token;
use crate::domain::sending::Block;
use crate::flow::Fault;
use crate::flow::budget::{Charges, charge_registration_number};
use crate::flow::question::Delivery;
use crate::flow::sending;
use crate::io::courier::{CodeLetter, Destination, Letter as Carried, Occasion, Undelivered};
use crate::io::store::{Inserted, Replaced, Version};
use std::time::Duration;

/// How many messages registrations may cause in an hour, whoever they are of.
const TEXTS: u32 = 300;

impl Registrations {
    /// What follows a right code from the address goes on under another token, which only this answer to this browser
    /// carries. The same answer again leads there again, and sends nothing.
    pub(super) async fn prove_number(
        &self,
        token: &Token,
        (registration, version): (&Registration, Version),
        scene: &Scene<'_>,
    ) -> Result<Answered, Fault> {
        let Some(phone) = registration.applicant.phone() else {
            return Ok(Answered::Gone);
        };
        let next = self
            .outside
            .keys
            .next_token(token, &[b"registration", registration.id.as_bytes()])?;
        // Stale: another answer to the same code saved it, or a new registration has begun here and this one is over.
        if self.save(token, (registration, version)).await? == Replaced::Stale
            && !self.is_proven(token, registration).await?
        {
            return Ok(Answered::Gone);
        }
        let code = self.outside.entropy.code();
        let answer = hash(&self.outside, registration.id, ("number", &code))?;
        let numbered = registration.numbered(answer, self.outside.clock.now());
        let name = next.hash().to_string();
        let delivery = match self.outside.records.insert(&name, &numbered, LIFE).await? {
            Inserted::New => self.text((&numbered, &phone), &code, scene).await?,
            Inserted::Exists => Delivery::Sent,
        };
        Ok(Answered::Number(next, delivery))
    }

    /// Another code to the number.
    pub(super) async fn text_again(
        &self,
        token: &Token,
        (registration, version): (Registration, Version),
        scene: &Scene<'_>,
    ) -> Result<Resent, Fault> {
        let Some(phone) = registration.applicant.phone() else {
            return Ok(Resent::Gone);
        };
        let code = self.outside.entropy.code();
        let answer = hash(&self.outside, registration.id, ("number", &code))?;
        let Step { registration, next } = step(registration, Event::Addressed(answer));
        if next != Next::Send {
            return Ok(Resent::Gone);
        }
        let again = registration.asked_again(self.outside.clock.now());
        match self.save(token, (&again, version)).await? {
            Replaced::Done => Ok(match self.text((&again, &phone), &code, scene).await? {
                Delivery::NotNeeded | Delivery::Sent => Resent::Again,
                Delivery::Failed => Resent::Failed,
            }),
            // Another tab was quicker.
            Replaced::Stale => Ok(Resent::Again),
        }
    }

    /// Hands the code to a courier, as far as budgets let another message out.
    async fn text(
        &self,
        (registration, phone): (&Registration, &Phone),
        code: &Code,
        scene: &Scene<'_>,
    ) -> Result<Delivery, Fault> {
        if let Charges::MustWait(_) = charge_registration_number(&self.outside, &phone.number).await? {
            return Ok(Delivery::Failed);
        }
        // Before what logins share with registrations is counted: what is denied here must use nothing up of it.
        let hour = Duration::from_secs(3600);
        if self.outside.records.count("registration-texts", "all", hour).await? > TEXTS {
            tracing::warn!("registrations cause too many messages; no more go out this hour");
            return Ok(Delivery::Failed);
        }
        if !sending::may_text(
            &self.outside,
            (&phone.number, None),
            (scene.settings, scene.circumstances),
        )
        .await?
        {
            return Ok(Delivery::Failed);
        }
        let destination = match phone.channel {
            Channel::Sms => Destination::Phone(&phone.number),
            Channel::Voice => Destination::Call(&phone.number),
        };
        let letter = CodeLetter {
            occasion: Occasion::Registration,
            code,
            life: LIFE,
            host: scene.host,
            origin: scene.circumstances.source,
            language: &scene.circumstances.language,
            parcel: None,
        };
        let (registration, method) = (registration.id, phone.channel.method());
        let (event, delivery) = match self.outside.couriers.send(destination, &Carried::Code(&letter)).await {
            Ok(_) => {
                let event = AuditEvent::RegistrationCodeSent { registration, method };
                (event, Delivery::Sent)
            }
            Err(undelivered) => {
                if undelivered.is_certain() {
                    sending::take_back(&self.outside, &Block::of(&phone.number)).await;
                }
                let Undelivered(faults) = undelivered;
                faults
                    .iter()
                    .for_each(|fault| tracing::warn!(%fault, "a code was not delivered"));
                let event = AuditEvent::RegistrationCodeNotSent { registration, method };
                (event, Delivery::Failed)
            }
        };
        let record = self.outside.record(event, None, scene.circumstances);
        self.outside.credentials.record(record).await?;
        Ok(delivery)
    }

    async fn is_proven(&self, token: &Token, registration: &Registration) -> Result<bool, Fault> {
        let found = self.load(token).await?;
        Ok(found.is_some_and(|(found, _)| found.id == registration.id && matches!(found.state, State::Proven(_))))
    }
}
