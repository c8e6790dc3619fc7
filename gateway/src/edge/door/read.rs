//! From a screened request to what flows understand. Where it came from is in `sender.rs`.

use crate::domain::access::{AccessRequest, Hints};
use crate::domain::application::Application;
use crate::domain::host::Authority;
use crate::domain::path::{NotAPath, Path};
use crate::flow::subject::Presented;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;

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
