//! Passwords that are guessed first (SECURITY PW6), looked up without letter case.
//!
//! What the file is made of, and how, says `guessed.md` beside it.

use aws_lc_rs::digest::{SHA256, digest};

/// The first bytes of a hash of each, sorted.
static MARKS: &[u8] = include_bytes!("guessed.bin");
const MARK: usize = 4;

/// Whether a password, in NFKC, is among them.
pub(super) fn contains(password: &str) -> bool {
    let hash = digest(&SHA256, password.to_lowercase().as_bytes());
    let (marks, _) = MARKS.as_chunks::<MARK>();
    hash.as_ref()
        .first_chunk::<MARK>()
        .is_some_and(|mark| marks.binary_search(mark).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_thousand_passwords_are_known_in_any_case() {
        let (marks, rest) = MARKS.as_chunks::<MARK>();
        assert!(marks.len() >= 100_000 && rest.is_empty());
        assert!(marks.is_sorted());
        for known in [
            "password1",
            "PassWord1",
            "iloveyou2",
            "ILOVEYOU2",
            "1qaz2wsx3edc",
            "liverpool123",
        ] {
            assert!(contains(known), "{known}");
        }
        for unknown in [
            "tram violet 48 harbour",
            "пароль-пароль",
            "seven green apples on a sill",
        ] {
            assert!(!contains(unknown), "{unknown}");
        }
    }
}
