//! An authenticator app (RFC 6238): SHA-1, 30 s, 6 to 8 digits, one step of drift either way.

use super::challenge::Code;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder};
use zeroize::Zeroizing;

/// Length of a time step, in seconds.
const STEP: u64 = 30;
/// Length of a key, in bytes: 160 bits (RFC 4226 section 4, R6).
pub const KEY_BYTES: usize = 20;

/// An enrolled app: its key, how many digits it shows, and the last time step that was accepted.
#[derive(Debug)]
pub struct Totp {
    key: Secret<Vec<u8>>,
    digits: Digits,
    last_step: LastStep,
}

/// How many digits an app shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Almost every app.
    Six,
    /// Some.
    Seven,
    /// A few.
    Eight,
}

impl Digits {
    /// The number of digits as written in a command or a record.
    pub fn from_count(count: u8) -> Option<Self> {
        match count {
            6 => Some(Self::Six),
            7 => Some(Self::Seven),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// The number itself.
    pub fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }
}

/// The newest time step that was ever accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastStep {
    /// No code was accepted yet.
    Never,
    /// This one; only later ones count.
    Step(u64),
}

impl Totp {
    /// An app as enrolled.
    pub fn new(key: Secret<Vec<u8>>, digits: Digits, last_step: LastStep) -> Self {
        Self { key, digits, last_step }
    }

    /// How many digits it shows.
    pub fn digits(&self) -> Digits {
        self.digits
    }

    /// The last time step that was accepted.
    pub fn last_step(&self) -> LastStep {
        self.last_step
    }

    /// The key, to be sealed.
    pub fn key(&self) -> &Secret<Vec<u8>> {
        &self.key
    }

    /// The time step whose code this is: the present one, the one before, or the one after. A step that was accepted
    /// once is still recognised here; the spend refuses it, or shows the same login its result again.
    pub fn verify(&self, code: &Code, now: Timestamp) -> Option<u64> {
        let present = now.as_seconds() / STEP;
        let newest = match self.last_step {
            LastStep::Never => 0,
            LastStep::Step(step) => step,
        };
        let mut found = None;
        for step in present.saturating_sub(1)..=present + 1 {
            let right: bool = self.code_at(step).as_bytes().ct_eq(code.expose().as_bytes()).into();
            if right && step >= newest {
                found = Some(step);
            }
        }
        found
    }

    /// What the app is given at enrolment (the `otpauth` URI that QR codes carry); shown once.
    pub fn uri(&self, issuer: &str, account: &str) -> Secret<String> {
        let named = self
            .builder()
            .with_issuer(Some(issuer.replace(':', " ")))
            .with_account_name(account.replace(':', " "));
        Secret::new(named.build_noncompliant().to_url().unwrap_or_default())
    }

    /// The key as a person types it into an app: base 32, in groups of four.
    pub fn key_text(&self) -> Secret<String> {
        let whole = Zeroizing::new(data_encoding::BASE32_NOPAD.encode(self.key.expose()));
        let letters = whole.chars().enumerate();
        let spaced = letters.flat_map(|(at, letter)| {
            let gap = (at > 0 && at % 4 == 0).then_some(' ');
            gap.into_iter().chain([letter])
        });
        Secret::new(spaced.collect())
    }

    fn code_at(&self, step: u64) -> Zeroizing<String> {
        Zeroizing::new(self.builder().build_noncompliant().generate(step * STEP).to_string())
    }

    fn builder(&self) -> Builder {
        let shape = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(self.digits.count())
            .with_step_duration(STEP);
        shape.with_secret(self.key.expose().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1.
    const RFC_KEY: &[u8] = b"12345678901234567890";

    fn app(digits: Digits, last_step: LastStep) -> Totp {
        Totp::new(Secret::new(RFC_KEY.to_vec()), digits, last_step)
    }

    fn verify(app: &Totp, typed: &str, second: i64) -> Option<u64> {
        app.verify(
            &Code::parse(typed, app.digits().count())?,
            Timestamp::from_millis(second * 1000),
        )
    }

    #[test]
    fn the_codes_of_the_rfc_are_right() {
        let table = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_234_567_890, "89005924"),
            (20_000_000_000, "65353130"),
        ];
        for (second, code) in table {
            assert_eq!(
                verify(&app(Digits::Eight, LastStep::Never), code, second),
                u64::try_from(second / 30).ok()
            );
            assert!(verify(&app(Digits::Seven, LastStep::Never), &code[1..], second).is_some());
            assert!(verify(&app(Digits::Six, LastStep::Never), &code[2..], second).is_some());
        }
    }

    #[test]
    fn one_step_of_drift_and_no_more() {
        let app = app(Digits::Six, LastStep::Never);
        for (second, expected) in [
            (0, false),
            (29, false),
            (30, true),
            (60, true),
            (119, true),
            (120, false),
        ] {
            assert_eq!(verify(&app, "359152", second).is_some(), expected, "{second}");
        }
    }

    #[test]
    fn a_step_before_the_last_accepted_one_is_wrong() {
        assert_eq!(verify(&app(Digits::Eight, LastStep::Step(2)), "94287082", 59), None);
        assert_eq!(
            verify(&app(Digits::Eight, LastStep::Step(1)), "94287082", 59),
            Some(1),
            "the spend decides whose it was"
        );
    }

    #[test]
    fn the_uri_names_issuer_account_and_key() {
        let uri = app(Digits::Seven, LastStep::Never).uri("Example: Inc", "ann");
        for part in [
            "otpauth://totp/",
            "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "digits=7",
            "issuer=Example",
        ] {
            assert!(uri.expose().contains(part), "{part}");
        }
    }
}
