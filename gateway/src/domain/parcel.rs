//! A message on its way to a phone, and what its carrier tells of it. Nothing of this proves anybody.

use super::authenticator::challenge::LIFE;
use super::id::ChallengeId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A message that carries a code, by the challenge that the code answers. Two companies may have sent it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    /// When it was handed over.
    pub sent_at: Timestamp,
    /// Where to (ISO 3166-1 alpha-2); empty where nobody knows.
    pub country: String,
    /// Who took it, if that company tells what becomes of it.
    pub taken: Option<Taken>,
    /// What was told so far, one of each company.
    pub told: Vec<Told>,
}

/// A message as a company knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The courier.
    pub courier: String,
    /// The company's name for the message.
    pub message: String,
}

/// The newest that a company told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Of which message.
    pub of: Taken,
    /// What.
    pub arrival: Arrival,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// Somewhere.
    OnItsWay,
    /// It will not arrive.
    NotDelivered,
    /// On the phone.
    Delivered,
}

/// What a company tells of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which message, by our name.
    pub parcel: ChallengeId,
    /// Which message, by the company's.
    pub message: String,
    /// What.
    pub arrival: Arrival,
}

/// What a receipt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Something new, so long after the message was handed over.
    News(Duration),
    /// The same, when the code was worth nothing any more.
    Late(Duration),
    /// Nothing new: it was told before, or something later was.
    Repeated,
    /// Nothing: it is about another message than the one that was sent.
    OfAnother,
}

impl Parcel {
    /// One that nobody has taken yet.
    pub fn new(country: Option<String>, now: Timestamp) -> Self {
        Self {
            sent_at: now,
            country: country.unwrap_or_default(),
            taken: None,
            told: Vec::new(),
        }
    }

    /// The parcel once this company has taken it.
    #[must_use]
    pub fn taken_by(self, taken: Taken) -> Self {
        Self {
            taken: Some(taken),
            ..self
        }
    }

    /// The parcel after a receipt of this courier's, and what that was worth.
    #[must_use]
    pub fn note(mut self, courier: &str, receipt: &Receipt, now: Timestamp) -> (Self, Worth) {
        let of = Taken {
            courier: courier.to_owned(),
            message: receipt.message.clone(),
        };
        let mut known = self.taken.iter().chain(self.told.iter().map(|told| &told.of));
        if known.any(|known| known.courier == of.courier && known.message != of.message) {
            return (self, Worth::OfAnother);
        }
        let arrival = receipt.arrival;
        match self.told.iter_mut().find(|told| told.of == of) {
            Some(told) if told.arrival >= arrival => return (self, Worth::Repeated),
            Some(told) => told.arrival = arrival,
            None => self.told.push(Told { of, arrival }),
        }
        let since = now.since(self.sent_at);
        let worth = if since < LIFE {
            Worth::News(since)
        } else {
            Worth::Late(since)
        };
        (self, worth)
    }

    /// How far it is, as far as anybody tells; it has arrived if one of two copies has.
    pub fn arrival(&self) -> Option<Arrival> {
        let told = self.told.iter().map(|told| told.arrival).max();
        told.or(self.taken.as_ref().map(|_| Arrival::OnItsWay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(message: &str, arrival: Arrival) -> Receipt {
        Receipt {
            parcel: ChallengeId::from_bytes([1; 16]),
            message: message.to_owned(),
            arrival,
        }
    }

    #[test]
    fn receipts_are_told_apart_in_any_order() {
        use Arrival::{Delivered, NotDelivered, OnItsWay};
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let news = |seconds| Worth::News(Duration::from_secs(seconds));
        let taken = Taken {
            courier: "one".to_owned(),
            message: "m1".to_owned(),
        };
        let mut parcel = Parcel::new(Some("FR".to_owned()), at(0));
        assert_eq!(parcel.arrival(), None);
        parcel = parcel.taken_by(taken);
        assert_eq!(parcel.arrival(), Some(OnItsWay));
        for (courier, message, arrival, second, worth, then) in [
            ("one", "m2", Delivered, 1, Worth::OfAnother, OnItsWay),
            ("one", "m1", OnItsWay, 1, news(1), OnItsWay),
            ("one", "m1", NotDelivered, 2, news(2), NotDelivered),
            ("one", "m1", OnItsWay, 3, Worth::Repeated, NotDelivered),
            ("two", "m9", Delivered, 4, news(4), Delivered),
            ("two", "m9", Delivered, 5, Worth::Repeated, Delivered),
            ("two", "m8", Delivered, 5, Worth::OfAnother, Delivered),
            ("one", "m1", Delivered, 300, Worth::Late(LIFE), Delivered),
        ] {
            let (next, found) = parcel.note(courier, &receipt(message, arrival), at(second));
            assert_eq!((found, next.arrival()), (worth, Some(then)), "{courier} {message}");
            parcel = next;
        }
    }

    #[test]
    fn a_receipt_may_be_quicker_than_the_answer_of_its_company() {
        let now = Timestamp::from_millis(0);
        let (parcel, worth) = Parcel::new(None, now).note("one", &receipt("m1", Arrival::Delivered), now);
        assert_eq!(
            (worth, parcel.arrival()),
            (Worth::News(Duration::ZERO), Some(Arrival::Delivered))
        );
    }
}
