//! `[forward_auth]`: fronts that ask us about requests and forward them themselves.

use super::words;
use crate::config::Https;
use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::domain::front::{Certified, Fronts, SharedSecret};
use crate::domain::secret::Secret;
use std::path::PathBuf;

/// Shorter ones could be guessed: so many characters of base64 hold 128 bits.
const SHORTEST: usize = 22;

/// Who may ask: trusted peers, or, where there is a secret or an authority, whoever knows the one or is certified by the
/// other; and that authority.
pub(super) fn read(section: &Section<'_>, https: Option<&Https>) -> (Fronts, Option<PathBuf>) {
    let secret = section.secret("secret_file").map(|secret| shared(section, &secret));
    let authority = section.optional("authority", words::path);
    if authority.is_some() && https.is_none() {
        let message = "certificates are shown in TLS, and there is none";
        section.report(
            "authority",
            flaw(message, "add listen.https, or use secret_file instead"),
        );
    }
    let fronts = match (secret, &authority) {
        (None, None) => Fronts::TrustedPeers,
        (secret, None) => Fronts::Proving(secret, Certified::Nobody),
        (secret, Some(_)) => Fronts::Proving(secret, Certified::Fronts),
    };
    (fronts, authority)
}

fn shared(section: &Section<'_>, secret: &Secret<String>) -> SharedSecret {
    let text = secret.expose();
    // It travels in a header, where spaces at its ends would be lost.
    if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "the secret is too short, or not plain characters without spaces";
        section.report("secret_file", flaw(message, "write one with: openssl rand -base64 33"));
    }
    SharedSecret::of(secret)
}
