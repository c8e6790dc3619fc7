//! Names of things: 128 random bits, written as 26 lower-case letters and digits.
//!
//! An id is not a secret and proves nothing; what proves something is a [`Token`](super::secret::Token).

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// Names a user.
pub type UserId = Id<marker::User>;
/// Names a session.
pub type SessionId = Id<marker::Session>;
/// Names a login under way.
pub type LoginId = Id<marker::Login>;
/// Names an authenticator.
pub type AuthenticatorId = Id<marker::Authenticator>;
/// Names a challenge.
pub type ChallengeId = Id<marker::Challenge>;
/// Names a recovery under way.
pub type RecoveryId = Id<marker::Recovery>;
/// Names a registration under way.
pub type RegistrationId = Id<marker::Registration>;
/// Names a form that is kept for its sender.
pub type FormId = Id<marker::Form>;
/// Names one claim on such a form.
pub type ClaimId = Id<marker::Claim>;
/// Names one charge on a budget.
pub type ChargeId = Id<marker::Charge>;
/// Names one row of a log (audit, revocation, spend).
pub type RowId = Id<marker::Row>;

/// What the ids of this module name; never built.
pub mod marker {
    /// A person in the directory.
    #[derive(Debug)]
    pub enum User {}
    /// What a finished login leaves.
    #[derive(Debug)]
    pub enum Session {}
    /// The state from first page to open session.
    #[derive(Debug)]
    pub enum Login {}
    /// One enrolled thing that proves a user.
    #[derive(Debug)]
    pub enum Authenticator {}
    /// A question put to one authenticator.
    #[derive(Debug)]
    pub enum Challenge {}
    /// A forgotten password on its way to a new one.
    #[derive(Debug)]
    pub enum Recovery {}
    /// A new account on its way.
    #[derive(Debug)]
    pub enum Registration {}
    /// A form that is kept for its sender.
    #[derive(Debug)]
    pub enum Form {}
    /// Whoever sends such a form.
    #[derive(Debug)]
    pub enum Claim {}
    /// One attempt counted on a budget.
    #[derive(Debug)]
    pub enum Charge {}
    /// A row of an append-only log.
    #[derive(Debug)]
    pub enum Row {}
}

/// 128 bits that name one `K`.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "")]
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

/// The text is not an id.
#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

impl<K> Id<K> {
    /// An id of these bytes, which the caller drew at random or derived from a secret.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// The bytes as drawn.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.bytes
    }
}

impl<K> std::str::FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = BASE32_NOPAD
            .decode(text.to_ascii_uppercase().as_bytes())
            .map_err(|_| NotAnId)?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| NotAnId)?))
    }
}

impl<K> TryFrom<String> for Id<K> {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl<K> From<Id<K>> for String {
    fn from(id: Id<K>) -> Self {
        id.to_string()
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&BASE32_NOPAD.encode(&self.bytes).to_ascii_lowercase())
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K> Eq for Id<K> {}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() -> Result<(), NotAnId> {
        let id = UserId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse::<UserId>()?, id);
        assert_eq!(id.to_string().len(), 26);
        Ok(())
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "short",
            "not base32 at all!!!!!!!!!",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text:?}");
        }
    }
}
