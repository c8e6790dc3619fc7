//! Randomness; the only place that draws it.

use crate::domain::authenticator::challenge::Code;
use crate::domain::id::Id;
use crate::domain::secret::Token;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Draws random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy {
    /// A fresh id.
    pub fn id<K>(&self) -> Id<K> {
        let mut bytes = [0_u8; 16];
        self.fill(&mut bytes);
        Id::from_bytes(bytes)
    }

    /// A fresh token.
    pub fn token(&self) -> Token {
        let mut bytes = [0_u8; 32];
        self.fill(&mut bytes);
        Token::from_bytes(bytes)
    }

    /// A fresh code of six digits, each as likely as any other: draws again above the largest multiple of a million.
    pub fn code(&self) -> Code {
        const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
        loop {
            let mut bytes = [0_u8; 4];
            self.fill(&mut bytes);
            let number = u32::from_be_bytes(bytes);
            if number < FAIR {
                return Code::of_number(number);
            }
        }
    }
}

/// The operating system's generator, by way of aws-lc.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The system's generator.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    #[expect(clippy::panic, reason = "a machine without randomness must not issue a single token")]
    fn fill(&self, bytes: &mut [u8]) {
        if self.0.fill(bytes).is_err() {
            panic!("the system gives no randomness");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ() {
        let entropy: &dyn Entropy = &SystemEntropy::new();
        assert_ne!(entropy.token().hash(), entropy.token().hash());
        assert_eq!(entropy.code().expose().len(), 6);
    }
}
