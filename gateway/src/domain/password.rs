//! What a person types as a password, before it is hashed.

mod guessed;

use super::policy::Whom;
use super::secret::Secret;
use super::settings::Settings;
use super::user::{User, UserName};
use unicode_normalization::UnicodeNormalization;

/// The most that is hashed, in bytes as typed (ASVS 5.0 V15.2.2).
pub const LONGEST: usize = 1024;
/// The least of a new password, in characters, where a second factor must stand beside it (SP 800-63B section 3.1.1.2).
const BESIDE_ANOTHER: usize = 8;
/// The least where policy asks for nothing else.
const ALONE: usize = 15;
/// What is looked for in a password has at least this many characters.
const TELLING: usize = 4;

/// A password as typed, in NFKC, so that every keyboard that writes it writes the same (RFC 8265 recommends one
/// form; ASVS V6.2.8 would keep bytes as received, which locks people out who change keyboards).
#[derive(Debug)]
pub struct Password(Secret<String>);

/// What the new password of somebody is measured by.
#[derive(Clone, Debug)]
pub struct Standard {
    least: usize,
    /// What their password must not contain, in lower case.
    names: Vec<String>,
    /// What their password must be more than, in lower case.
    words: Vec<String>,
}

impl Standard {
    /// For somebody of this login name, address (may be empty) and groups.
    pub fn of(settings: &Settings, name: &UserName, (email, groups): (&str, &[String])) -> Self {
        let host = settings.portal.origin.authority();
        let words = host.host().split('.').chain(settings.brand.split_whitespace());
        let least = if settings.duty.binds(groups) {
            BESIDE_ANOTHER
        } else {
            ALONE
        };
        Self::made((least, words), name, email)
    }

    /// For somebody of this name and address, with this length and these words of the organisation's.
    pub(super) fn made<'a>(
        (least, words): (usize, impl Iterator<Item = &'a str>),
        name: &'a UserName,
        email: &'a str,
    ) -> Self {
        let (local, domain) = email.split_once('@').unwrap_or_default();
        // Of somebody whose name is an address, what stands before the @ is told as easily.
        let before_at = name.as_str().split('@').next().unwrap_or_default();
        let parts = before_at
            .split(['.', '-', '_', '+'])
            .chain(local.split(['.', '-', '_', '+']));
        Self {
            least,
            names: telling([name.as_str(), before_at, email, local].into_iter().chain(parts)),
            words: telling(words.chain(domain.split('.'))),
        }
    }

    /// For this user.
    pub fn of_user(settings: &Settings, user: &User) -> Self {
        Self::of(settings, &user.name, (&user.email, &user.groups))
    }

    /// How many characters are enough for everybody, told where it is not known whose password it will be.
    pub fn least_for_all(settings: &Settings) -> usize {
        match settings.duty.whom {
            Whom::Everyone => BESIDE_ANOTHER,
            Whom::Nobody | Whom::Groups(_) => ALONE,
        }
    }

    /// How many characters a password has at least.
    pub fn least(&self) -> usize {
        self.least
    }

    /// Whether a password, in lower case, is built around what everybody knows.
    fn is_told_by(&self, plain: &str) -> bool {
        let rest = self
            .words
            .iter()
            .fold(plain.to_owned(), |rest, word| rest.replace(word, ""));
        let little = rest.len() < plain.len() && rest.chars().count() < BESIDE_ANOTHER;
        little || self.names.iter().any(|name| plain.contains(name))
    }
}

/// What is long enough to be looked for, in lower case.
fn telling<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let long = words.filter(|word| word.chars().count() >= TELLING);
    long.map(str::to_lowercase).collect()
}

/// Why a text cannot become somebody's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Longer than anything we hash.
    #[error("a password has at most {LONGEST} bytes")]
    TooLong,
    /// Too short to resist guessing.
    #[error("a password has at least {least} characters")]
    TooShort {
        /// How many characters it must have.
        least: usize,
    },
    /// It is a name or address of its owner or contains it, or is little but a word of the organisation's.
    #[error("a password must not contain the login name or address, and must be more than a name of this place")]
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

    /// Takes a new password.
    ///
    /// # Errors
    /// When it is too long, too short, told by what everybody knows of its owner, or found within a million guesses.
    pub fn chosen(text: Secret<String>, standard: &Standard) -> Result<Self, Unfit> {
        let password = Self::typed(text)?;
        let plain = password.0.expose();
        if plain.chars().count() < standard.least {
            return Err(Unfit::TooShort { least: standard.least });
        }
        if standard.is_told_by(&plain.to_lowercase()) {
            return Err(Unfit::ContainsName);
        }
        let known: Vec<&str> = standard
            .names
            .iter()
            .chain(&standard.words)
            .map(String::as_str)
            .collect();
        if guessed::contains(plain) || zxcvbn::zxcvbn(plain, &known).score() < zxcvbn::Score::Two {
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
    use super::*;

    fn standard(least: usize) -> Standard {
        Standard {
            least,
            names: telling(["annabel", "smith"].into_iter()),
            words: telling(["Example", "login", "com"].into_iter()),
        }
    }

    fn chosen(text: &str, least: usize) -> Result<Password, Unfit> {
        Password::chosen(Secret::new(text.to_owned()), &standard(least))
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
            ("SimplyUntouch", Some(Unfit::TooCommon)),
            ("1234567", Some(Unfit::TooShort { least: 8 })),
            ("Annabel2026", Some(Unfit::ContainsName)),
            ("blackSMITH and anvil", Some(Unfit::ContainsName)),
            ("Example2026!", Some(Unfit::ContainsName)),
            ("login-example-login", Some(Unfit::ContainsName)),
            ("an example of seven apples", None),
            (&"tram violet 48 harbour ".repeat(44), None),
            (&"x".repeat(1025), Some(Unfit::TooLong)),
        ] {
            assert_eq!(chosen(text, 8).err(), expected, "{text}");
        }
        assert_eq!(chosen("violet trams 4", 15).err(), Some(Unfit::TooShort { least: 15 }));
        assert_eq!(chosen("violet trams 48", 15).err(), None);
    }

    #[test]
    fn every_byte_counts_and_keyboards_do_not() -> Result<(), Unfit> {
        let long = |end: &str| chosen(&format!("{}{end}", "tram violet 48 ".repeat(5)), 8);
        assert_ne!(long("b")?.expose(), long("c")?.expose());
        assert_eq!(
            chosen("e\u{301}tudiante", 8)?.expose(),
            chosen("étudiante", 8)?.expose()
        );
        Ok(())
    }
}
