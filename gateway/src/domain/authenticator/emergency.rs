//! Emergency codes: ten codes on paper, for the day the phone is lost (SECURITY 1.4).
//!
//! 80 random bits each, written as sixteen characters of Crockford's base 32, which has no letter that is mistaken for
//! another. We keep keyed hashes, bound to their set, of those that were not used.

use crate::domain::secret::{KeyedHash, Secret};

/// How many codes a set has.
pub const CODES: usize = 10;
/// Below this many left, their owner is told to make new ones.
pub const FEW: usize = 3;
/// Random bytes of a code.
pub const BYTES: usize = 10;
/// Characters of a code.
pub const CHARACTERS: u8 = 16;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One code, in its one spelling.
#[derive(Debug)]
pub struct EmergencyCode(Secret<String>);

impl EmergencyCode {
    /// The code of these bytes, drawn at random.
    pub fn of_bytes(bytes: [u8; BYTES]) -> Self {
        let number = bytes
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let letter = |at: u8| {
            let five = (number >> (5 * (u32::from(CHARACTERS) - 1 - u32::from(at)))) & 31;
            usize::try_from(five)
                .ok()
                .and_then(|five| ALPHABET.get(five))
                .map_or('0', |byte| char::from(*byte))
        };
        Self(Secret::new((0..CHARACTERS).map(letter).collect()))
    }

    /// Reads what a person typed: any letter case, with or without spaces and dashes, `O` for `0`, `I` and `L` for `1`.
    pub fn parse(typed: &str) -> Option<Self> {
        let kept = typed
            .chars()
            .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '-' | '\t'))
            .take(32);
        let folded: Option<String> = kept
            .map(|letter| match letter.to_ascii_uppercase() {
                'O' => Some('0'),
                'I' | 'L' => Some('1'),
                other => u8::try_from(other)
                    .ok()
                    .filter(|byte| ALPHABET.contains(byte))
                    .map(char::from),
            })
            .collect();
        folded
            .filter(|code| code.len() == usize::from(CHARACTERS))
            .map(|code| Self(Secret::new(code)))
    }

    /// The sixteen characters.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The code as it is shown, once: `1A2B-3C4D-5E6F-7G8H`.
    pub fn grouped(&self) -> Secret<String> {
        let letters: Vec<char> = self.0.expose().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Secret::new(groups.join("-"))
    }
}

/// The codes of a set that were not used yet.
#[derive(Debug)]
pub struct EmergencyCodes {
    unused: Vec<KeyedHash>,
}

impl EmergencyCodes {
    /// A set of which these are left.
    pub fn new(unused: Vec<KeyedHash>) -> Self {
        Self { unused }
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.unused.len()
    }

    /// What is left.
    pub fn unused(&self) -> &[KeyedHash] {
        &self.unused
    }

    /// Whether one of them is this; every one is looked at.
    pub fn has(&self, code: &KeyedHash) -> bool {
        self.unused.iter().filter(|one| one.matches(code)).count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_paper_and_hurry() {
        let code = EmergencyCode::of_bytes([0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(code.expose(), "0123456789ABCDEF");
        assert_eq!(code.grouped().expose(), "0123-4567-89AB-CDEF");
        for typed in [
            "0123-4567-89ab-cdef",
            " O123 4567 89AB CDEF",
            "oi23456789abcdef",
            "0l23-456789abcdef",
        ] {
            assert_eq!(
                EmergencyCode::parse(typed).as_ref().map(EmergencyCode::expose),
                Some("0123456789ABCDEF")
            );
        }
        for typed in [
            "",
            "0123456789ABCDE",
            "0123456789ABCDEF0",
            "0123456789ABCDEU",
            "0123456789ABCDÉF",
            "123456",
        ] {
            assert!(EmergencyCode::parse(typed).is_none(), "{typed}");
        }
    }
}
