//! `[forward_auth]`: fronts that ask us about requests and forward them themselves.

use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::domain::front::{Fronts, SharedSecret};

/// Shorter ones could be guessed: so many characters of base64 hold 128 bits.
const SHORTEST: usize = 22;

/// Who may ask: trusted peers, or, where there is a secret, whoever knows it.
pub(super) fn read(section: &Section<'_>) -> Fronts {
    let Some(secret) = section.secret("secret_file") else {
        return Fronts::TrustedPeers;
    };
    let text = secret.expose();
    // It travels in a header, where spaces at its ends would be lost.
    if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "the secret is too short, or not plain characters without spaces";
        section.report("secret_file", flaw(message, "write one with: openssl rand -base64 33"));
    }
    Fronts::Knowing(SharedSecret::of(&secret))
}
