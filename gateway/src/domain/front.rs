//! Servers in front that ask us about requests, instead of sending them through us: how they prove that they may.

use super::secret::Secret;
use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// Who may ask about requests, and is then told who sent them.
#[derive(Clone, Debug)]
pub enum Fronts {
    /// The peers that may say where a request came from.
    TrustedPeers,
    /// Whoever knows the secret, and nobody else.
    Knowing(SharedSecret),
}

/// What fronts and we know; only its hash is kept.
#[derive(Clone)]
pub struct SharedSecret([u8; 32]);

impl SharedSecret {
    /// The secret of an operator.
    pub fn of(secret: &Secret<String>) -> Self {
        Self(hash(secret.expose().as_bytes()))
    }

    /// Whether this is the secret. How long that takes says nothing of it, not even its length.
    pub fn is(&self, shown: &[u8]) -> bool {
        self.0.ct_eq(&hash(shown)).into()
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SharedSecret(…)")
    }
}

fn hash(text: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let secret = SharedSecret::of(&Secret::new("correct horse".to_owned()));
        assert!(secret.is(b"correct horse"));
        for other in [&b""[..], b"correct hors", b"correct horse ", b"Correct horse"] {
            assert!(!secret.is(other));
        }
    }
}
