//! What an admitted request looks like to its upstream: nothing of ours that the client sent, and everything we say of
//! its sender exactly once. Demands a [`Permit`]; without one nothing is forwarded.

use crate::domain::application::Scheme;
use crate::domain::identity::Identity;
use crate::domain::policy::Permit;
use crate::edge::cookie;
use crate::edge::door::{Passage, identity};
use crate::edge::reply::REQUEST_ID;
use crate::flow::Fault;
use crate::flow::assertion::Assertions;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, EXPECT, FORWARDED};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use pingora::http::RequestHeader;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// Room for what is usually said.
const SAID: usize = 12;

/// Rewrites the head of an admitted request. How a client spelled the names of its headers is not kept, as it would not
/// be over HTTP/2: names have no case, and to keep one beside each costs as much as all the rest of this.
///
/// # Errors
/// When the assertion cannot be signed or a header cannot be written; nothing may be forwarded then.
pub(super) fn prepare(request: &mut RequestHeader, passage: &Passage, assertions: &Assertions) -> Result<(), Fault> {
    let is_absolute = !request.raw_path().starts_with(b"/");
    // What is no text is lost from the head's parts.
    let no_text = !is_absolute && !request.raw_path_is_utf8();
    let no_text = no_text.then(|| request.raw_path().to_vec());
    let in_its_place = RequestHeader::build_no_case(Method::GET, b"/", Some(0)).map_err(unwritable)?;
    let mut head = Parts::from(std::mem::replace(request, in_its_place));
    strip(&mut head.headers, &passage.permit);
    if is_absolute {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        head.uri = target.parse().unwrap_or(head.uri);
    }
    say(&mut head.headers, passage, assertions)?;
    *request = RequestHeader::from(head);
    no_text.map_or(Ok(()), |target| request.set_raw_path(&target).map_err(unwritable))
}

/// Says everything that only we may say.
fn say(headers: &mut HeaderMap, passage: &Passage, assertions: &Assertions) -> Result<(), Fault> {
    let permit = &passage.permit;
    let origin = &permit.application().origin;
    let source = passage.arrival.circumstances.source;
    let scheme = match origin.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = origin.authority().to_string();
    let node = source.to_string();
    let (open, close) = if source.is_ipv6() { ("\"[", "]\"") } else { ("", "") };
    let forwarded = ["for=", open, &node, close, ";host=\"", &host, "\";proto=", scheme].concat();
    headers.reserve(SAID);
    headers.insert(FORWARDED, value(forwarded)?);
    headers.insert(FORWARDED_FOR, value(node)?);
    headers.insert(FORWARDED_HOST, value(host)?);
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
    headers.insert(REQUEST_ID, value(passage.arrival.circumstances.request_id.clone())?);
    for (name, value) in identity::of(passage, assertions)?.lines() {
        headers.insert(name.clone(), value.clone());
    }
    let basic = permit.application().identity.basic();
    if let Some(secret) = basic.and_then(|basic| basic.authorization(permit.subject())) {
        headers.insert(AUTHORIZATION, value(secret.expose().to_owned())?);
    }
    Ok(())
}

/// Takes away what only we may say, and our cookies.
fn strip(headers: &mut HeaderMap, permit: &Permit) {
    for name in forbidden(headers, &permit.application().identity) {
        headers.remove(&name);
    }
    headers.remove(EXPECT);
    let cookies = cookie::without_ours(headers);
    headers.remove(COOKIE);
    if let Some(cookies) = cookies {
        headers.insert(COOKIE, cookies);
    }
}

fn forbidden(headers: &HeaderMap, identity: &Identity) -> Vec<HeaderName> {
    headers.keys().filter(|name| identity.forbids(name)).cloned().collect()
}

fn value(text: String) -> Result<HeaderValue, Fault> {
    HeaderValue::from_maybe_shared(Bytes::from(text)).map_err(unwritable)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::new("upstream request", error)
}
