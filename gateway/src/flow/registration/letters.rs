//! Behind the queue: whether the address has an account, what may be sent there, and the sending of it.

use super::hash;
use crate::domain::assurance::Method;
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::Code;
use crate::domain::id::RegistrationId;
use crate::domain::registration::{Event, LIFE, Next, Registration, State, Step, step};
use crate::domain::secret::TokenHash;
use crate::flow::budget::{Charges, charge_registration_address};
use crate::flow::{Circumstances, Fault, Outside};
use crate::io::courier::{CodeLetter, Destination, Letter as Carried, Occasion, Undelivered};
use crate::io::store::{Replaced, Version};

/// A code for an address, if it has no account; else word to its owner.
pub(super) struct Letter {
    /// The token of the browser that asked.
    pub(super) token: TokenHash,
    /// The registration it asked in.
    pub(super) registration: RegistrationId,
    /// The host of the page where the code is to be typed.
    pub(super) host: String,
    /// The request.
    pub(super) circumstances: Circumstances,
}

pub(super) async fn handle(outside: Outside, letter: Letter) -> Result<(), Fault> {
    let outside = &outside;
    let name = letter.token.to_string();
    let Some((registration, version)) = outside.records.get::<Registration>(&name).await? else {
        return Ok(());
    };
    // The browser asked anew meanwhile, or another letter was quicker.
    if registration.id != letter.registration || !matches!(registration.state, State::Asked) {
        return Ok(());
    }
    let (Some(mailbox), Some(newcomers)) = (registration.applicant.mailbox(), outside.directory.newcomers()) else {
        return Ok(());
    };
    if let Charges::MustWait(_) = charge_registration_address(outside, &mailbox).await? {
        return Ok(());
    }
    let code = outside.entropy.code();
    let occasion = if newcomers.knows(&mailbox).await? {
        Occasion::KnownAddress
    } else if prepare(outside, (&name, registration, version), &code).await? {
        Occasion::Registration
    } else {
        return Ok(());
    };
    let carried = CodeLetter {
        occasion,
        code: &code,
        life: LIFE,
        host: &letter.host,
        origin: letter.circumstances.source,
        language: &letter.circumstances.language,
        parcel: None,
    };
    let sent = outside
        .couriers
        .send(Destination::Mailbox(&mailbox), &Carried::Code(&carried))
        .await;
    if let Err(Undelivered(faults)) = &sent {
        faults
            .iter()
            .for_each(|fault| tracing::warn!(%fault, "a letter about a registration was not delivered"));
    }
    let (registration, method) = (letter.registration, Method::Email);
    let event = match (sent, occasion) {
        (Ok(_), Occasion::KnownAddress) => AuditEvent::RegistrationOfKnownAddress { registration },
        (Ok(_), Occasion::Login | Occasion::Recovery | Occasion::Registration) => {
            AuditEvent::RegistrationCodeSent { registration, method }
        }
        (Err(_), _) => AuditEvent::RegistrationCodeNotSent { registration, method },
    };
    outside
        .credentials
        .record(outside.record(event, None, &letter.circumstances))
        .await
}

/// Saves what the code is to be compared with; not when the registration has changed meanwhile.
async fn prepare(
    outside: &Outside,
    (name, registration, version): (&str, Registration, Version),
    code: &Code,
) -> Result<bool, Fault> {
    let answer = hash(outside, registration.id, ("address", code))?;
    let Step { registration, next } = step(registration, Event::Addressed(answer));
    Ok(next == Next::Send && outside.records.replace(name, version, &registration, LIFE).await? == Replaced::Done)
}
