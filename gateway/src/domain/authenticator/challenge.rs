//! A question put to a phone or a mailbox: a code that was sent, known to us only by its keyed hash.

use crate::domain::id::{AuthenticatorId, ChallengeId};
use crate::domain::secret::{KeyedHash, Secret};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many digits a sent code has (SP 800-63B section 3.1.3.2).
pub const DIGITS: u8 = 6;
/// How long a sent code is good for.
pub const LIFE: Duration = Duration::from_secs(300);
/// How many answers to one challenge are looked at.
pub const TRIES: u32 = 5;

/// A challenge that waits for its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Challenge {
    /// Its name; part of the hash, so that a code is worth nothing elsewhere.
    pub id: ChallengeId,
    /// Who must answer.
    pub authenticator: AuthenticatorId,
    /// The keyed hash of the right answer.
    pub answer: KeyedHash,
    /// When it was put.
    pub at: Timestamp,
}

impl Challenge {
    /// Whether this is the right answer, in time, from the authenticator that was asked.
    pub fn is_answered_by(&self, authenticator: AuthenticatorId, answer: &KeyedHash, now: Timestamp) -> bool {
        let right = self.answer.matches(answer);
        right && self.authenticator == authenticator && now < self.at + LIFE
    }
}

/// The question that was put to an authenticator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// For the digits on an app.
    App(AuthenticatorId),
    /// For a code from the list.
    Listed(AuthenticatorId),
    /// For the code that was sent.
    Sent(Challenge),
}

impl Asked {
    /// The challenge whose code was sent; nothing where none is.
    pub fn challenge(&self) -> Option<ChallengeId> {
        match self {
            Self::App(_) | Self::Listed(_) => None,
            Self::Sent(challenge) => Some(challenge.id),
        }
    }

    /// Names the question: two codes sent to one phone are two questions.
    pub fn name(&self) -> String {
        match self {
            Self::App(id) | Self::Listed(id) => id.to_string(),
            Self::Sent(challenge) => challenge.id.to_string(),
        }
    }

    /// Who was asked.
    pub fn authenticator(&self) -> AuthenticatorId {
        match self {
            Self::App(id) | Self::Listed(id) => *id,
            Self::Sent(challenge) => challenge.authenticator,
        }
    }
}

/// What is left of a person's typing once spaces and dashes are gone: ASCII digits, as many as asked for.
#[derive(Debug)]
pub struct Code(Secret<String>);

impl Code {
    /// Reads what a person typed (or a phone filled in). Anything that is not exactly this many digits is no code,
    /// and wrong before it is compared.
    pub fn parse(typed: &str, digits: u8) -> Option<Self> {
        let kept: String = typed
            .chars()
            .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '-' | '\t'))
            .take(11)
            .collect();
        let fits = kept.len() == usize::from(digits) && kept.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(Secret::new(kept)))
    }

    /// A code of as many digits as sent codes have, from a number drawn evenly below a million.
    pub fn of_number(number: u32) -> Self {
        Self(Secret::new(format!("{:06}", number % 1_000_000)))
    }

    /// The digits.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_the_digits_asked_for_are_a_code() {
        for typed in ["123456", "123 456", " 123-456 "] {
            assert_eq!(Code::parse(typed, 6).as_ref().map(Code::expose), Some("123456"));
        }
        for typed in [
            "",
            "1",
            "12345",
            "1234567",
            "12345a",
            "１２３４５６",
            "0x1234",
            "123456789012345",
        ] {
            assert!(Code::parse(typed, 6).is_none(), "{typed}");
        }
        assert_eq!(Code::of_number(7).expose(), "000007");
    }

    #[test]
    fn an_answer_counts_for_its_own_challenge_in_time() {
        let hash = |byte| KeyedHash::from_bytes([byte; 32]);
        let (phone, other) = (
            AuthenticatorId::from_bytes([1; 16]),
            AuthenticatorId::from_bytes([2; 16]),
        );
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let challenge = Challenge {
            id: ChallengeId::from_bytes([3; 16]),
            authenticator: phone,
            answer: hash(9),
            at: at(0),
        };
        for (who, answer, now, expected) in [
            (phone, 9, 299, true),
            (phone, 9, 300, false),
            (phone, 8, 0, false),
            (other, 9, 0, false),
        ] {
            assert_eq!(challenge.is_answered_by(who, &hash(answer), at(now)), expected);
        }
    }
}
