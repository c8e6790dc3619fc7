//! Where a request came from: the peer, or, as long as the last known sender is a trusted proxy, whom that one names, from
//! the right, hop by hop. Pure.
//!
//! Proxies name their client in `X-Forwarded-For` or in `Forwarded` (RFC 7239). Most know one of them and pass the other on
//! as it came, so only the one that the operator names is read: in the other, anybody may say to be anyone.

use crate::domain::settings::SenderHeader;
use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The most parameters of one element; RFC 7239 knows four.
const MOST_PARAMETERS: usize = 8;

/// Whom to believe.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// The proxies that may name a sender.
    pub proxies: &'a [IpNet],
    /// Where they do.
    pub header: SenderHeader,
}

/// A trusted proxy named a sender that is no address, or named it where nothing is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed;

/// The sender of a request that `peer` handed to us.
///
/// # Errors
/// [`Unnamed`]: nobody may then pass for the proxy itself.
pub fn sender(peer: IpAddr, headers: &HeaderMap, trust: Trust<'_>) -> Result<IpAddr, Unnamed> {
    let mut sender = peer.to_canonical();
    if !trust.covers(sender) {
        return Ok(sender);
    }
    let (read, other) = match trust.header {
        SenderHeader::XForwardedFor => (FORWARDED_FOR, FORWARDED),
        SenderHeader::Forwarded => (FORWARDED, FORWARDED_FOR),
    };
    if !headers.contains_key(&read) && headers.contains_key(other) {
        return Err(Unnamed);
    }
    let mut lines = headers.get_all(&read).iter().rev();
    let mut named = Hops::new();
    while trust.covers(sender) {
        if named.is_empty() {
            let Some(line) = lines.next() else { break };
            named = trust.hops(line.as_bytes()).ok_or(Unnamed)?;
        }
        sender = named.pop().flatten().ok_or(Unnamed)?;
    }
    Ok(sender)
}

impl Trust<'_> {
    fn hops(&self, line: &[u8]) -> Option<Hops> {
        match self.header {
            SenderHeader::XForwardedFor => Some(line.split(|byte| *byte == b',').map(address).collect()),
            SenderHeader::Forwarded => elements(line),
        }
    }

    fn covers(&self, address: IpAddr) -> bool {
        self.proxies
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    }
}

/// The senders that one line names, from the left; nothing for one that is no address.
type Hops = Vec<Option<IpAddr>>;

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(name: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(name).ok()?.trim();
    let bare = text
        .parse()
        .ok()
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    let address: Option<IpAddr> = bare.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

/// The elements of a `Forwarded` line (RFC 7239 section 4). Quotes can only be told from the left, so a line is read as a
/// whole, and nothing of a malformed one is believed.
fn elements(line: &[u8]) -> Option<Hops> {
    let mut rest = std::str::from_utf8(line).ok()?.trim_matches(BLANK);
    let mut hops = Hops::new();
    loop {
        let (hop, after) = element(rest)?;
        hops.push(hop);
        match after.strip_prefix(',') {
            Some(more) => rest = more.trim_start_matches(BLANK),
            None if after.is_empty() => return Some(hops),
            None => return None,
        }
    }
}

/// One element, and what follows it: whom it is `for`, where it says so. Each parameter may be there once.
fn element(text: &str) -> Option<(Option<IpAddr>, &str)> {
    let mut names: Vec<&str> = Vec::new();
    let (mut hop, mut rest) = (None, text);
    loop {
        let (name, after) = token(rest)?;
        let (value, after) = value(after.strip_prefix('=')?)?;
        if names.len() == MOST_PARAMETERS || names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        names.push(name);
        if name.eq_ignore_ascii_case("for") {
            hop = node(&value);
        }
        rest = after.trim_start_matches(BLANK);
        match rest.strip_prefix(';') {
            Some(more) => rest = more.trim_start_matches(BLANK),
            None => return Some((hop, rest)),
        }
    }
}

const BLANK: [char; 2] = [' ', '\t'];

/// A token (RFC 9110 section 5.6.2), and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let end = text.bytes().position(|byte| !is_part(byte)).unwrap_or(text.len());
    if end == 0 { None } else { text.split_at_checked(end) }
}

/// A token or a quoted string (RFC 9110 section 5.6.4) without its quotes, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text).map(|(token, rest)| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            character => value.push(character),
        }
    }
}

/// A node (RFC 7239 section 6): an address of version 4, or one of version 6 in brackets, and perhaps a port or what stands
/// for one. `unknown` and obfuscated names are no addresses.
fn node(text: &str) -> Option<IpAddr> {
    let (address, port): (IpAddr, &str) = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        (address.parse::<Ipv6Addr>().ok()?.into(), port)
    } else {
        let (address, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (address.parse::<Ipv4Addr>().ok()?.into(), port)
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then(|| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text.strip_prefix('_') {
        Some(hidden) => !hidden.is_empty() && hidden.bytes().all(is_part),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tried = Result<(), Box<dyn std::error::Error>>;

    /// What becomes of these lines, from a peer, with `10.0.0.0/8` and `2001:db8:a::/48` trusted.
    fn came(
        peer: &str,
        header: SenderHeader,
        lines: &[(HeaderName, &str)],
    ) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse()?, "2001:db8:a::/48".parse()?];
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse()?);
        }
        let trust = Trust {
            proxies: &proxies,
            header,
        };
        Ok(sender(peer.parse()?, &headers, trust)
            .ok()
            .map(|sender| sender.to_string()))
    }

    #[test]
    fn only_trusted_proxies_say_where_a_request_came_from() -> Tried {
        for (peer, forwarded, expected) in [
            ("9.9.9.9", "1.1.1.1", Some("9.9.9.9")),
            ("10.0.0.1", "1.1.1.1", Some("1.1.1.1")),
            ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", Some("1.1.1.1")),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", Some("10.0.0.3")),
            ("10.0.0.1", "1.1.1.1:1234", Some("1.1.1.1")),
            ("10.0.0.1", "[2001:db8::1]:443", Some("2001:db8::1")),
            ("2001:db8:a::1", "[2001:db8::1]", Some("2001:db8::1")),
            ("10.0.0.1", "junk", None),
            ("10.0.0.1", "6.6.6.6, unknown", None),
            ("10.0.0.1", "6.6.6.6,", None),
            ("::ffff:10.0.0.1", "2.2.2.2", Some("2.2.2.2")),
        ] {
            let found = came(peer, SenderHeader::XForwardedFor, &[(FORWARDED_FOR, forwarded)])?;
            assert_eq!(found.as_deref(), expected, "{peer} {forwarded}");
        }
        Ok(())
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_says() -> Tried {
        for (line, expected) in [
            ("for=1.1.1.1", Some("1.1.1.1")),
            ("For=1.1.1.1;proto=https;by=10.0.0.1;host=a.example", Some("1.1.1.1")),
            ("proto=https ; FOR=\"1.1.1.1:80\"", Some("1.1.1.1")),
            ("for=6.6.6.6, for=1.1.1.1, for=10.0.0.2", Some("1.1.1.1")),
            ("for=6.6.6.6,for=1.1.1.1\t,\tfor=\"10.0.0.2:_hidden\"", Some("1.1.1.1")),
            ("for=\"[2001:db8::1]\"", Some("2001:db8::1")),
            ("for=\"[2001:db8::1]:4711\"", Some("2001:db8::1")),
            ("for=\"[::ffff:1.1.1.1]\"", Some("1.1.1.1")),
            ("for=\"\\1.1.1.1\"", Some("1.1.1.1")),
            ("for=\"6.6.6.6, for=7.7.7.7\", for=1.1.1.1", Some("1.1.1.1")),
            ("for=1.1.1.1;note=\"a,for=6.6.6.6\"", Some("1.1.1.1")),
            ("for=1.1.1.1;note=\"a\\\",for=6.6.6.6\"", Some("1.1.1.1")),
            // Nobody is named, or nobody who is an address.
            ("for=unknown", None),
            ("for=_hidden", None),
            ("for=\"_hidden:80\"", None),
            ("for=6.6.6.6, proto=https", None),
            ("for=6.6.6.6, for=unknown", None),
            ("for=\"[1.1.1.1]\"", None),
            ("for=\"2001:db8::1\"", None),
            ("for=\"[2001:db8::1\"", None),
            ("for=\"[2001:db8::1]x\"", None),
            ("for=\"1.1.1.1:\"", None),
            ("for=\"1.1.1.1:123456\"", None),
            ("for=\"1.1.1.1:_\"", None),
            ("for=\"\"", None),
            // Malformed, so that others may read it otherwise.
            ("", None),
            ("for", None),
            ("for=", None),
            ("for=1.1.1.1,", None),
            ("for=1.1.1.1, ,for=10.0.0.2", None),
            ("for=1.1.1.1;", None),
            ("for=[2001:db8::1]", None),
            ("for=1.1.1.1:80", None),
            ("for =1.1.1.1", None),
            ("for=1.1.1.1 for=6.6.6.6", None),
            ("for=\"1.1.1.1", None),
            ("for=\"1.1.1.1\"x", None),
            ("for=1.1.1.1;for=6.6.6.6", None),
            ("for=1.1.1.1;FOR=6.6.6.6", None),
            ("1.1.1.1", None),
            ("=1.1.1.1", None),
            ("for=6.6.6.6, x\", for=1.1.1.1", None),
        ] {
            let found = came("10.0.0.1", SenderHeader::Forwarded, &[(FORWARDED, line)])?;
            assert_eq!(found.as_deref(), expected, "{line}");
        }
        Ok(())
    }

    #[test]
    fn lines_are_one_list() -> Tried {
        let lines = [(FORWARDED, "for=6.6.6.6, for=1.1.1.1"), (FORWARDED, "for=10.0.0.2")];
        let found = came("10.0.0.1", SenderHeader::Forwarded, &lines)?;
        assert_eq!(found.as_deref(), Some("1.1.1.1"));
        // What is left of the sender was not written by anybody who is believed.
        let lines = [(FORWARDED, "\"junk"), (FORWARDED, "for=1.1.1.1")];
        let found = came("10.0.0.1", SenderHeader::Forwarded, &lines)?;
        assert_eq!(found.as_deref(), Some("1.1.1.1"));
        Ok(())
    }

    #[test]
    fn an_element_has_few_parameters() -> Tried {
        let line = |count: u32| {
            let more: String = (1..count).map(|number| format!(";p{number}=x")).collect();
            format!("for=1.1.1.1{more}")
        };
        for (count, expected) in [(8, Some("1.1.1.1")), (9, None)] {
            let found = came("10.0.0.1", SenderHeader::Forwarded, &[(FORWARDED, &line(count))])?;
            assert_eq!(found.as_deref(), expected, "{count}");
        }
        Ok(())
    }

    #[test]
    fn only_the_header_that_was_named_counts() -> Tried {
        let (one, other) = ((FORWARDED_FOR, "1.1.1.1"), (FORWARDED, "for=2.2.2.2"));
        for (peer, header, lines, expected) in [
            (
                "10.0.0.1",
                SenderHeader::XForwardedFor,
                vec![one.clone(), other.clone()],
                Some("1.1.1.1"),
            ),
            (
                "10.0.0.1",
                SenderHeader::Forwarded,
                vec![one.clone(), other.clone()],
                Some("2.2.2.2"),
            ),
            ("10.0.0.1", SenderHeader::XForwardedFor, vec![other.clone()], None),
            ("10.0.0.1", SenderHeader::Forwarded, vec![one.clone()], None),
            ("10.0.0.1", SenderHeader::Forwarded, vec![], Some("10.0.0.1")),
            ("9.9.9.9", SenderHeader::XForwardedFor, vec![other], Some("9.9.9.9")),
            ("9.9.9.9", SenderHeader::Forwarded, vec![one], Some("9.9.9.9")),
        ] {
            let found = came(peer, header, &lines)?;
            assert_eq!(found.as_deref(), expected, "{peer} {header:?} {lines:?}");
        }
        Ok(())
    }
}
