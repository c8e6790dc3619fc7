//! What companies tell and ask us about codes that they carry. Nothing of it proves anybody.

use super::{Fault, Outside, sending};
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::id::ChallengeId;
use crate::domain::parcel::{Arrival, Parcel, Receipt, Worth};
use crate::domain::sending::Block;
use crate::io::courier::{Destination, Handed, Letter, Tells, Undelivered};
use crate::io::store::Replaced;
use crate::io::telemetry::{Heard, observe_receipt};
use std::time::Duration;

pub use crate::io::courier::{Answered, Callback};

/// For how long a company may tell what became of a message; later it is of an unknown one.
const MEMORY: Duration = Duration::from_secs(24 * 3600);
/// How often a parcel is written that others write too: two companies and ourselves.
const TRIES: u32 = 8;

/// Answers the company behind a courier.
///
/// # Errors
/// When the store fails.
pub async fn called_back(outside: &Outside, courier: &str, callback: &Callback) -> Result<Answered, Fault> {
    outside.couriers.called_back(courier, callback).await
}

/// Hands a letter to a courier; what its company tells of it later is found under the letter's parcel. Where that cannot be
/// written down nothing will be told of it, and the letter goes out all the same.
pub(super) async fn hand_over(
    outside: &Outside,
    (destination, number): (Destination<'_>, Option<&PhoneNumber>),
    letter: &Letter<'_>,
) -> Result<(), Undelivered> {
    let unfollowed = |fault: Fault| tracing::warn!(%fault, "what becomes of a message will not be known");
    // Before it is sent: a receipt may be quicker than the company's own answer.
    if let (Some(parcel), Some(number)) = (letter.parcel(), number) {
        let fresh = Parcel::new(number.country(), outside.clock.now());
        let inserted = outside.records.insert(&parcel.to_string(), &fresh, MEMORY).await;
        let _ = inserted.map_err(|fault| unfollowed(fault.into()));
    }
    let handed = match outside.couriers.send(destination, letter).await {
        Ok(handed) => handed,
        Err(undelivered) => {
            if let Some(number) = number.filter(|_| undelivered.is_certain()) {
                sending::take_back(outside, &Block::of(number)).await;
            }
            return Err(undelivered);
        }
    };
    if let (Some(parcel), Handed::Followed(taken)) = (letter.parcel(), handed) {
        let changed = change(outside, parcel, |parcel| (parcel.taken_by(taken.clone()), ())).await;
        let _ = changed.map_err(unfollowed);
    }
    Ok(())
}

/// What a company was told of its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thanked {
    /// It was heard, whatever it was worth; it need not be sent again.
    Heard,
    /// There is nothing here.
    Nothing,
}

/// Notes what the company behind a courier tells of a message.
///
/// # Errors
/// When the store fails; the company will tell it again.
pub async fn note(outside: &Outside, courier: &str, callback: &Callback) -> Result<Thanked, Fault> {
    let receipt = match outside.couriers.told(courier, callback) {
        Tells::Receipt(receipt) => receipt,
        Tells::Forged => {
            observe_receipt(courier, &Heard::Forged);
            return Ok(Thanked::Nothing);
        }
        Tells::Nothing => return Ok(Thanked::Nothing),
    };
    let now = outside.clock.now();
    let noted = change(outside, receipt.parcel, |parcel| {
        let country = parcel.country.clone();
        let (parcel, worth) = parcel.note(courier, &receipt, now);
        (parcel, (country, worth))
    })
    .await?;
    observe_receipt(courier, &heard(&receipt, noted));
    Ok(Thanked::Heard)
}

fn heard(receipt: &Receipt, noted: Option<(String, Worth)>) -> Heard<'_> {
    let message = receipt.message.as_str();
    match noted {
        None => Heard::Unknown(message),
        Some((_, Worth::OfAnother)) => Heard::OfAnother(message),
        Some((_, Worth::Repeated)) => Heard::Repeated(message),
        Some((_, Worth::Late(_))) => Heard::Late(message),
        Some((country, Worth::News(after))) => Heard::News {
            message,
            arrival: receipt.arrival,
            country,
            after,
        },
    }
}

/// How far the message with this challenge's code is; nothing where nobody tells.
pub(super) async fn arrival(outside: &Outside, challenge: Option<ChallengeId>) -> Result<Option<Arrival>, Fault> {
    let Some(challenge) = challenge else { return Ok(None) };
    let found = outside.records.get::<Parcel>(&challenge.to_string()).await?;
    Ok(found.and_then(|(parcel, _)| parcel.arrival()))
}

/// Changes a parcel, whoever else does meanwhile; nothing where there is none.
async fn change<T>(
    outside: &Outside,
    parcel: ChallengeId,
    how: impl Fn(Parcel) -> (Parcel, T) + Send,
) -> Result<Option<T>, Fault> {
    let name = parcel.to_string();
    for _ in 0..TRIES {
        let Some((parcel, version)) = outside.records.get::<Parcel>(&name).await? else {
            return Ok(None);
        };
        let (parcel, said) = how(parcel);
        if outside.records.replace(&name, version, &parcel, MEMORY).await? == Replaced::Done {
            return Ok(Some(said));
        }
    }
    Err(Fault::new("store", "a parcel is written to all the time"))
}
