//! What a person types as a password, before it is hashed.

use super::secret::Secret;
use unicode_normalization::UnicodeNormalization;

/// The most that is hashed, in bytes as typed (ASVS 5.0 V15.2.2).
pub const LONGEST: usize = 1024;
/// The least of a new password, in characters, since a second factor stands beside it (SP 800-63B section 3.1.1.2).
pub const SHORTEST: usize = 8;

/// A password as typed, in NFKC, so that every keyboard that writes it writes the same (RFC 8265 recommends one
/// form; ASVS V6.2.8 would keep bytes as received, which locks people out who change keyboards).
#[derive(Debug)]
pub struct Password(Secret<String>);

/// Why a text cannot become somebody's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Longer than anything we hash.
    #[error("a password has at most {LONGEST} bytes")]
    TooLong,
    /// Too short to resist guessing.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// It is the login name, or contains it.
    #[error("a password must not contain the login name")]
    ContainsName,
    /// It is among the first that somebody guesses.
    #[error("this password is among the first that are guessed")]
    TooCommon,
}

impl Password {
    /// Takes what was typed at a login.
    ///
    /// # Errors
    /// [`Unfit::TooLong`]; nothing else is judged at a login.
    pub fn typed(text: Secret<String>) -> Result<Self, Unfit> {
        if text.expose().len() > LONGEST {
            return Err(Unfit::TooLong);
        }
        Ok(Self(Secret::new(text.expose().nfkc().collect())))
    }

    /// Takes a new password of this user.
    ///
    /// # Errors
    /// When it is too long, too short, contains the login name, or would be found within a million guesses.
    pub fn chosen(text: Secret<String>, name: &super::user::UserName) -> Result<Self, Unfit> {
        let password = Self::typed(text)?;
        let plain = password.0.expose();
        if plain.chars().count() < SHORTEST {
            return Err(Unfit::TooShort);
        }
        // Of somebody whose name is an address, what stands before the @ is told as easily.
        let whole = name.as_str();
        let names = [whole, whole.split('@').next().unwrap_or(whole)];
        if names
            .iter()
            .any(|name| name.len() >= 4 && plain.to_lowercase().contains(name))
        {
            return Err(Unfit::ContainsName);
        }
        if zxcvbn::zxcvbn(plain, &names).score() < zxcvbn::Score::Two {
            return Err(Unfit::TooCommon);
        }
        Ok(password)
    }

    /// The bytes to hash.
    pub fn expose(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::user::UserName;
    use super::*;

    fn chosen(text: &str) -> Result<Password, Unfit> {
        let name = UserName::parse("annabel").map_err(|_| Unfit::TooShort)?;
        Password::chosen(Secret::new(text.to_owned()), &name)
    }

    #[test]
    fn new_passwords_are_judged_by_length_name_and_how_soon_they_are_guessed() {
        for (text, expected) in [
            ("correct horse", None),
            ("пароль-пароль", None),
            ("        ", Some(Unfit::TooCommon)),
            ("password1", Some(Unfit::TooCommon)),
            ("qwertyuiop", Some(Unfit::TooCommon)),
            ("aaaaaaaaaaaa", Some(Unfit::TooCommon)),
            ("1234567", Some(Unfit::TooShort)),
            ("Annabel2026", Some(Unfit::ContainsName)),
            (&"tram violet 48 harbour ".repeat(44), None),
            (&"x".repeat(1025), Some(Unfit::TooLong)),
        ] {
            assert_eq!(chosen(text).err(), expected, "{text}");
        }
    }

    #[test]
    fn every_byte_counts_and_keyboards_do_not() -> Result<(), Unfit> {
        let long = |end: &str| chosen(&format!("{}{end}", "tram violet 48 ".repeat(5)));
        assert_ne!(long("b")?.expose(), long("c")?.expose());
        assert_eq!(chosen("e\u{301}tudiante")?.expose(), chosen("étudiante")?.expose());
        Ok(())
    }
}
