//! How much one sender may ask of the gateway, and how slowly.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// What a sender may take, whoever they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the head of a request may take to arrive whole.
    pub header_timeout: Duration,
    /// Connections of everybody together.
    pub connections: u32,
    /// Connections of one source.
    pub connections_per_source: u32,
    /// Requests of one source.
    pub source: Requests,
    /// Requests of one session.
    pub session: Requests,
}

/// How many requests one sender may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests {
    /// In a second.
    pub per_second: u32,
    /// Not answered yet.
    pub at_a_time: u32,
}

/// Who is counted as one: an IPv4 address, or the /64 that one IPv6 subscriber has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// The source of this address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_one_source() -> Result<(), std::net::AddrParseError> {
        for (one, two, same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1", "::ffff:10.0.0.1", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ] {
            let sources = (Source::of(one.parse()?), Source::of(two.parse()?));
            assert_eq!(sources.0 == sources.1, same, "{one} {two}");
        }
        Ok(())
    }
}
