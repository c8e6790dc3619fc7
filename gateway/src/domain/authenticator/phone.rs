//! Phones: a number in the one international spelling (E.164), and how codes reach it.
//!
//! What kind of line a number is comes from the number plans alone; nobody is asked (SP 800-63B section 3.1.3.1 would
//! have the network asked, which takes a company's look-up service).

use crate::domain::assurance::Method;
use crate::domain::secret::Secret;
use phonenumber::metadata::DATABASE;
use phonenumber::{PhoneNumber as Parsed, Type};
use std::fmt;

/// A phone that receives codes.
#[derive(Debug)]
pub struct Phone {
    /// Its number.
    pub number: PhoneNumber,
    /// How codes reach it.
    pub channel: Channel,
}

/// How a code reaches a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By text message.
    Sms,
    /// By a call that reads it out.
    Voice,
}

impl Channel {
    /// The word used in forms and records.
    pub fn word(self) -> &'static str {
        self.method().word()
    }

    /// The channel of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Sms, Self::Voice]
            .into_iter()
            .find(|channel| channel.word() == word)
    }

    /// The method that a phone reached so is.
    pub fn method(self) -> Method {
        match self {
            Self::Sms => Method::Sms,
            Self::Voice => Method::Voice,
        }
    }
}

/// Why a person cannot enrol this phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It cannot be dialled, or has no country code.
    NotANumber,
    /// Its country is not served.
    Country,
    /// A landline shows no text messages; a call would reach it.
    NoTextMessages,
    /// Whoever is called, or the caller, pays more than for a call.
    Costly,
    /// A pager, a company's exchange, a voice mailbox: nobody's own phone.
    NobodysOwn,
}

/// Which countries' numbers are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Countries {
    /// All of them.
    All,
    /// Only these (ISO 3166-1 alpha-2, upper case).
    Only(Vec<String>),
}

impl Countries {
    /// Whether numbers of this country are served. One whose country nobody knows is only where all are.
    pub fn serve(&self, country: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Only(served) => country.is_some_and(|country| served.iter().any(|one| one == country)),
        }
    }

    /// What a number of the first of them starts with; of all of them, that of an example.
    pub fn calling_code(&self) -> String {
        let first = match self {
            Self::All => None,
            Self::Only(served) => served.first(),
        };
        let country = first.and_then(|country| DATABASE.by_id(country));
        format!("+{}", country.map_or(33, |country| country.country_code()))
    }
}

impl Phone {
    /// Reads the number a person wants to enrol (SECURITY OB7).
    ///
    /// # Errors
    /// [`Unfit`], which a person may be told.
    pub fn chosen(text: &str, channel: Channel, countries: &Countries) -> Result<Self, Unfit> {
        let parsed = read(text).ok_or(Unfit::NotANumber)?;
        if !countries.serve(country(&parsed).as_deref()) {
            return Err(Unfit::Country);
        }
        match (parsed.number_type(&DATABASE), channel) {
            (Type::Mobile | Type::FixedLineOrMobile | Type::PersonalNumber, _) | (Type::FixedLine, Channel::Voice) => {
                Ok(Self {
                    number: PhoneNumber::of(&parsed),
                    channel,
                })
            }
            (Type::FixedLine, Channel::Sms) => Err(Unfit::NoTextMessages),
            (Type::PremiumRate | Type::SharedCost | Type::TollFree, _) => Err(Unfit::Costly),
            (_, _) => Err(Unfit::NobodysOwn),
        }
    }
}

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
        read(text).map(|parsed| Self::of(&parsed)).ok_or(NotANumber)
    }

    fn of(parsed: &Parsed) -> Self {
        Self(Secret::new(parsed.format().mode(phonenumber::Mode::E164).to_string()))
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

    /// Its country (ISO 3166-1 alpha-2); nothing for a number that belongs to none.
    pub fn country(&self) -> Option<String> {
        country(&phonenumber::parse(None, self.expose()).ok()?)
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

fn country(parsed: &Parsed) -> Option<String> {
    parsed.country().id().map(|id| id.as_ref().to_owned())
}

fn read(text: &str) -> Option<Parsed> {
    if text.len() > 40 || !text.trim_start().starts_with('+') {
        return None;
    }
    let parsed = phonenumber::parse(None, text.trim()).ok()?;
    phonenumber::is_valid(&parsed).then_some(parsed)
}

/// Reads the number plans of all countries, which is done once and takes a tenth of a second: before there are requests, so
/// that none has to wait for it.
pub fn read_number_plans() {
    let _ = DATABASE.by_id("FR");
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

    #[test]
    fn countries_say_what_their_numbers_start_with() {
        let only = |country: &str| Countries::Only(vec![country.to_owned(), "FR".to_owned()]);
        for (countries, expected) in [(only("GB"), "+44"), (only("US"), "+1"), (Countries::All, "+33")] {
            assert_eq!(countries.calling_code(), expected);
        }
    }

    #[test]
    fn only_phones_that_are_somebodys_own_are_enrolled() {
        let france = Countries::Only(vec!["FR".to_owned()]);
        for (text, channel, countries, expected) in [
            ("+33 6 12 34 56 78", Channel::Sms, &Countries::All, None),
            ("+33 6 12 34 56 78", Channel::Voice, &france, None),
            ("+33 1 42 68 53 00", Channel::Sms, &france, Some(Unfit::NoTextMessages)),
            ("+33 1 42 68 53 00", Channel::Voice, &france, None),
            ("+33 899 70 00 00", Channel::Voice, &france, Some(Unfit::Costly)),
            ("+44 7400 123456", Channel::Sms, &france, Some(Unfit::Country)),
            ("+44 7400 123456", Channel::Sms, &Countries::All, None),
            (
                "+44 5600 123456",
                Channel::Sms,
                &Countries::All,
                Some(Unfit::NobodysOwn),
            ),
            ("06 12 34 56 78", Channel::Sms, &Countries::All, Some(Unfit::NotANumber)),
        ] {
            assert_eq!(
                Phone::chosen(text, channel, countries).err(),
                expected,
                "{text} {channel:?}"
            );
        }
    }
}
