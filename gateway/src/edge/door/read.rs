//! From a screened request to what flows understand. Believes nothing but the peer's address and what trusted
//! proxies add to it.

use crate::domain::access::{AccessRequest, Hints};
use crate::domain::application::Application;
use crate::domain::host::Authority;
use crate::domain::path::{NotAPath, Path};
use crate::flow::subject::Presented;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Whose page a request comes from (W3C Fetch Metadata).
pub const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// The host a request was sent to; nothing when it names none.
pub fn authority(headers: &HeaderMap) -> Option<Authority> {
    Authority::parse(headers.get(HOST)?.to_str().ok()?).ok()
}

/// What a request asks for: path and query, as sent.
pub fn target(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("/", |target| target.as_str())
}

/// The one value of this name, where there is any.
///
/// # Errors
/// [`Doubled`] when there are several.
pub fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Doubled> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Doubled),
    }
}

/// What may be said once was said several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubled;

/// Where a request came from: the peer, or, as long as the last known sender is a trusted proxy, whom that one names,
/// from the right.
///
/// # Errors
/// [`Unnamed`] when a trusted proxy names somebody who is no address: nobody may then pass for the proxy itself.
pub fn source(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, Unnamed> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let mut sender = peer.to_canonical();
    let mut lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut named: Vec<&[u8]> = Vec::new();
    while is_trusted(&sender) {
        if named.is_empty() {
            let Some(line) = lines.next() else { break };
            named = line.as_bytes().split(|byte| *byte == b',').collect();
        }
        let name = named.pop().unwrap_or_default();
        sender = address(name).ok_or(Unnamed)?;
    }
    Ok(sender)
}

/// A trusted proxy named a sender that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed;

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

/// The language its sender reads; a short text that is only compared.
pub fn language(headers: &HeaderMap) -> String {
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .take(100)
        .collect()
}

/// Whether a WebSocket may be asked for (RFC 6455 section 10.2): browsers open one from any page to any site, cookies
/// along, and say only in `Origin` whose page it was. Whoever says nothing is no browser, and passes without our cookie
/// alone.
pub fn may_upgrade(headers: &HeaderMap, application: &Application, presented: Option<&Presented>) -> bool {
    if !headers.contains_key(UPGRADE) {
        return true;
    }
    match one(headers, &ORIGIN) {
        Ok(None) => presented.is_none(),
        Ok(Some(origin)) => std::iter::once(&application.origin)
            .chain(&application.websocket_origins)
            .any(|ours| ours.as_str().as_bytes() == origin.as_bytes()),
        Err(Doubled) => false,
    }
}

/// Whether more than a head is announced.
pub fn has_body(headers: &HeaderMap) -> bool {
    let empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    !empty || headers.contains_key(TRANSFER_ENCODING)
}

/// Whether a person meant to go where a request goes: no foreign page sent them, and no browser looks ahead.
pub fn is_meant(headers: &HeaderMap) -> bool {
    let foreign = headers
        .get(FETCH_SITE)
        .is_some_and(|site| site.as_bytes() == b"cross-site");
    !foreign && !headers.contains_key(PURPOSE)
}

/// The request as the rules see it.
///
/// # Errors
/// When nobody could read its path.
pub fn access(head: &Parts, source: IpAddr) -> Result<AccessRequest, NotAPath> {
    let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let grpc = text(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/grpc"));
    let hints = Hints {
        method: &head.method,
        fetch_mode: text(FETCH_MODE),
        fetch_dest: text(FETCH_DEST),
        accept: text(ACCEPT),
        stream: grpc || head.headers.contains_key(UPGRADE),
    };
    Ok(AccessRequest {
        method: head.method.clone(),
        path: Path::parse(head.uri.path())?,
        source,
        audience: hints.audience(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_say_where_a_request_came_from() -> Result<(), Box<dyn std::error::Error>> {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse()?];
        for (peer, forwarded, trusted, expected) in [
            ("9.9.9.9", "1.1.1.1", &proxies[..], Some("9.9.9.9")),
            ("10.0.0.1", "1.1.1.1", &[][..], Some("10.0.0.1")),
            ("10.0.0.1", "1.1.1.1", &proxies[..], Some("1.1.1.1")),
            ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", &proxies[..], Some("1.1.1.1")),
            ("10.0.0.1", "1.1.1.1:1234", &proxies[..], Some("1.1.1.1")),
            ("10.0.0.1", "[2001:db8::1]:443", &proxies[..], Some("2001:db8::1")),
            ("10.0.0.1", "junk", &proxies[..], None),
            ("10.0.0.1", "6.6.6.6, unknown", &proxies[..], None),
            ("10.0.0.1", "6.6.6.6,", &proxies[..], None),
            ("::ffff:10.0.0.1", "2.2.2.2", &proxies[..], Some("2.2.2.2")),
        ] {
            let headers = HeaderMap::from_iter([(FORWARDED_FOR, forwarded.parse()?)]);
            let expected = expected.map(str::parse::<IpAddr>).transpose()?;
            assert_eq!(
                source(peer.parse()?, &headers, trusted).ok(),
                expected,
                "{peer} {forwarded}"
            );
        }
        Ok(())
    }
}
