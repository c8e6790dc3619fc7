//! How many codes go to phones. Whoever sells the messages of a network earns by every one that we send there ("SMS
//! pumping"), so there is a most for each number, account and network, for the thousand numbers around one, for a country,
//! and for everybody together; and a thousand numbers that type none of their codes are sent no more. Arithmetic only.

use super::authenticator::phone::PhoneNumber;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// How many codes may go out to phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// To one number, whoever's it is.
    pub number: Cap,
    /// For one account, whatever its numbers.
    pub account: Cap,
    /// Asked for from one network.
    pub network: Cap,
    /// To the thousand numbers around one.
    pub block: Cap,
    /// To one country.
    pub country: Cap,
    /// In all.
    pub all: Cap,
    /// How many of those to a block must be typed.
    pub proven: Share,
}

/// A most, in windows that begin with the first code counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// In an hour.
    pub hour: u32,
    /// In a day.
    pub day: u32,
}

/// A least share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Not looked at before so many were sent.
    pub after: u32,
    /// Of a hundred.
    pub percent: u32,
}

/// What did not let a code go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The number is of a country that is not served.
    NotServed,
    /// The number has had its most.
    Number,
    /// The account has.
    Account,
    /// The network it was asked for from has.
    Network,
    /// The thousand numbers around it have.
    Block,
    /// The thousand numbers around it do not type their codes.
    Unproven,
    /// Its country has had its most.
    Country,
    /// Everybody together has.
    All,
}

/// A thousand numbers: one of them without its last three digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block(String);

impl Block {
    /// The one that a number is in.
    pub fn of(number: &PhoneNumber) -> Self {
        let digits = number.expose();
        Self(
            digits
                .get(..digits.len().saturating_sub(3))
                .unwrap_or(digits)
                .to_owned(),
        )
    }

    /// The digits that its numbers begin with.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}…", self.0)
    }
}

/// How a block fares since its counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fare {
    /// Codes sent.
    pub sent: u32,
    /// Codes typed.
    pub proven: u32,
}

impl Fare {
    /// Whether so few of the codes were typed that no more should go there.
    pub fn is_poor(self, share: Share) -> bool {
        let (sent, proven) = (u64::from(self.sent), u64::from(self.proven));
        self.sent > share.after && proven * 100 < sent * u64::from(share.percent)
    }
}

/// How long a block's codes are counted together, and how long one that was stopped is sent none.
pub const MEMORY: Duration = Duration::from_secs(24 * 3600);

/// Since when counts of a block are of today.
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    now - MEMORY
}

/// Who is counted as one network: 256 addresses of IPv4, or what one site has of IPv6.
pub fn network(source: IpAddr) -> String {
    match source.to_canonical() {
        IpAddr::V4(address) => {
            let [one, two, three, _] = address.octets();
            format!("{one}.{two}.{three}")
        }
        IpAddr::V6(address) => {
            let [one, two, three, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::authenticator::phone::{Countries, NotANumber};

    #[test]
    fn a_block_is_poor_once_enough_were_sent_and_few_typed() {
        let share = Share { after: 50, percent: 25 };
        for (sent, proven, poor) in [
            (50, 0, false),
            (51, 0, true),
            (51, 13, false),
            (51, 12, true),
            (400, 100, false),
        ] {
            assert_eq!(Fare { sent, proven }.is_poor(share), poor, "{sent} {proven}");
        }
    }

    #[test]
    fn neighbours_share_a_block_and_a_network() -> Result<(), Box<dyn std::error::Error>> {
        let block = |text| PhoneNumber::parse(text).map(|number| Block::of(&number));
        assert_eq!(block("+33612345000")?, block("+33612345999")?);
        assert_ne!(block("+33612345000")?, block("+33612346000")?);
        assert_eq!(block("+33612345000")?.to_string(), "+33612345…");
        for (one, two, same) in [
            ("10.0.0.1", "10.0.0.200", true),
            ("10.0.0.1", "::ffff:10.0.0.2", true),
            ("10.0.0.1", "10.0.1.1", false),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", true),
            ("2001:db8:1::1", "2001:db8:2::1", false),
        ] {
            assert_eq!(network(one.parse()?) == network(two.parse()?), same, "{one} {two}");
        }
        Ok(())
    }

    #[test]
    fn only_listed_countries_are_served() -> Result<(), NotANumber> {
        let france = Countries::Only(vec!["FR".to_owned()]);
        for (text, countries, served) in [
            ("+33612345678", &france, true),
            ("+447400123456", &france, false),
            ("+447400123456", &Countries::All, true),
        ] {
            let country = PhoneNumber::parse(text)?.country();
            assert_eq!(countries.serve(country.as_deref()), served, "{text}");
        }
        assert!(!france.serve(None));
        Ok(())
    }
}
