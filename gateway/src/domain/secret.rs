//! Values that must not be seen: wiped when dropped, never printed, compared in constant time.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A value that is wiped when dropped and never printed; reading it is greppable as `.expose()`.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that hashes, seals or sends it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// 256 random bits that prove their holder: the value of a cookie or of a one-use link.
#[derive(Debug)]
pub struct Token(Secret<[u8; 32]>);

/// The text is not a token of ours.
#[derive(Debug, thiserror::Error)]
#[error("not a token")]
pub struct NotAToken;

impl Token {
    /// A token of these bytes, which the caller drew at random or derived from another token and a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads the text of a cookie or link.
    ///
    /// # Errors
    /// When the text is not exactly what [`Token::to_text`] writes.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let mut bytes = [0_u8; 32];
        if text.len() != 43 || URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok() != Some(bytes.len()) {
            return Err(NotAToken);
        }
        Ok(Self::from_bytes(bytes))
    }

    /// The text for the browser: 43 characters of base64url.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose())
    }

    /// What is stored instead of the token.
    pub fn hash(&self) -> TokenHash {
        let mut hash = [0_u8; 32];
        hash.copy_from_slice(digest(&SHA256, self.0.expose()).as_ref());
        TokenHash(hash)
    }

    /// The bytes, for deriving another token.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// SHA-256 of a [`Token`]; finds a record, and gives nothing to whoever reads the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for TokenHash {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAToken)?))
    }
}

/// A keyed hash (HMAC-SHA-256) of something a person types, bound to what it is for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyedHash([u8; 32]);

impl KeyedHash {
    /// The hash made by the key ring.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether both hashes are of the same value, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl From<KeyedHash> for String {
    fn from(hash: KeyedHash) -> Self {
        URL_SAFE_NO_PAD.encode(hash.0)
    }
}

impl TryFrom<String> for KeyedHash {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAToken)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_nothing_else_is_one() -> Result<(), NotAToken> {
        let token = Token::from_bytes([9; 32]);
        assert_eq!(Token::parse(&token.to_text())?.hash(), token.hash());
        for text in [
            "",
            "a",
            &"=".repeat(43),
            &"A".repeat(44),
            &format!("{}é", "A".repeat(41)),
        ] {
            assert!(Token::parse(text).is_err(), "{text:?}");
        }
        Ok(())
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new(String::from("hunter2"))), "Secret(…)");
    }
}
