//! Servers in front that ask us about requests, instead of sending them through us: how they prove that they may.

use super::secret::Secret;
use aws_lc_rs::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// Who may ask about requests, and is then told who sent them.
#[derive(Clone, Debug)]
pub enum Fronts {
    /// The peers that may say where a request came from.
    TrustedPeers,
    /// Whoever knows the secret, where there is one, or shows a certificate, where some are certified; nobody else.
    Proving(Option<SharedSecret>, Certified),
}

/// Who is certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certified {
    /// No front is.
    Nobody,
    /// Fronts are.
    Fronts,
}

/// What the other end of a connection has shown of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// The certificate of a front, which was good when the connection began.
    Certificate,
}

impl Fronts {
    /// Whether a peer may ask that is trusted, or has shown this, or knows a secret. The secret is asked for only where it
    /// counts.
    pub fn may_ask<'a>(&self, is_trusted: bool, shown: Shown, known: impl FnOnce() -> Option<&'a [u8]>) -> bool {
        match self {
            Self::TrustedPeers => is_trusted,
            Self::Proving(_, Certified::Fronts) if shown == Shown::Certificate => true,
            Self::Proving(Some(secret), _) => known().is_some_and(|known| secret.is(known)),
            Self::Proving(None, _) => false,
        }
    }
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
    fn one_of_the_proofs_that_count_is_enough() {
        let secret = || Some(SharedSecret::of(&Secret::new("correct horse".to_owned())));
        for (fronts, certificate, right, wrong, trusted) in [
            (Fronts::TrustedPeers, false, false, false, true),
            (Fronts::Proving(secret(), Certified::Nobody), false, true, false, false),
            (Fronts::Proving(None, Certified::Fronts), true, false, false, false),
            (Fronts::Proving(secret(), Certified::Fronts), true, true, false, false),
        ] {
            let asks = |trusted, shown, known| fronts.may_ask(trusted, shown, || known);
            assert_eq!(asks(false, Shown::Certificate, None), certificate, "{fronts:?}");
            assert_eq!(
                asks(false, Shown::Nothing, Some(&b"correct horse"[..])),
                right,
                "{fronts:?}"
            );
            assert_eq!(asks(false, Shown::Nothing, Some(&b"battery"[..])), wrong, "{fronts:?}");
            assert_eq!(asks(true, Shown::Nothing, None), trusted, "{fronts:?}");
            assert!(!asks(false, Shown::Nothing, None), "{fronts:?}");
        }
    }

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let secret = SharedSecret::of(&Secret::new("correct horse".to_owned()));
        assert!(secret.is(b"correct horse"));
        for other in [&b""[..], b"correct hors", b"correct horse ", b"Correct horse"] {
            assert!(!secret.is(other));
        }
    }
}
