//! A phone number in the one international spelling (E.164).

use crate::domain::secret::Secret;
use std::fmt;

/// A telephone number, `+` and up to fifteen digits; shown in full only to couriers and to its owner.
pub struct PhoneNumber(Secret<String>);

/// The text is not a phone number that can be called from abroad.
#[derive(Debug, thiserror::Error)]
#[error("write the number in international form, like +33 6 12 34 56 78")]
pub struct NotANumber;

impl PhoneNumber {
    /// Reads a number in international form.
    ///
    /// # Errors
    /// When it has no country code or is not a valid number of that country's plan.
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        if text.len() > 40 || !text.trim_start().starts_with('+') {
            return Err(NotANumber);
        }
        let number = phonenumber::parse(None, text.trim()).map_err(|_| NotANumber)?;
        if !phonenumber::is_valid(&number) {
            return Err(NotANumber);
        }
        Ok(Self(Secret::new(
            number.format().mode(phonenumber::Mode::E164).to_string(),
        )))
    }

    /// A number that was parsed when it was enrolled; only its form is looked at, since number plans change.
    ///
    /// # Errors
    /// When it is not `+` and digits.
    pub fn kept(text: &str) -> Result<Self, NotANumber> {
        let digits = text.strip_prefix('+').ok_or(NotANumber)?;
        let fits = (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(NotANumber)
        }
    }

    /// The number as dialled, for couriers.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The last two digits: `••• •• 12`.
    pub fn masked(&self) -> String {
        let digits = self.0.expose();
        format!(
            "••• •• {}",
            digits.get(digits.len().saturating_sub(2)..).unwrap_or_default()
        )
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_one_spelling_and_shown_masked() -> Result<(), NotANumber> {
        for text in ["+33612345612", "+33 6 12 34 56 12", " +33 (0)6-12.34.56.12"] {
            let number = PhoneNumber::parse(text)?;
            assert_eq!(
                (number.expose(), number.masked().as_str()),
                ("+33612345612", "••• •• 12")
            );
            assert_eq!(format!("{number:?}"), "••• •• 12");
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for text in ["", "0612345678", "+", "+999123", "+331", "hello", "+1 555"] {
            assert!(PhoneNumber::parse(text).is_err(), "{text}");
        }
    }
}
