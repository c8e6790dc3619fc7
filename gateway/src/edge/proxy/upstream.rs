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
use http::header::{AUTHORIZATION, COOKIE, EXPECT, FORWARDED};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use pingora::http::RequestHeader;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Rewrites the head of an admitted request.
///
/// # Errors
/// When the assertion cannot be signed or a header cannot be written; nothing may be forwarded then.
pub(super) fn prepare(request: &mut RequestHeader, passage: &Passage, assertions: &Assertions) -> Result<(), Fault> {
    let permit = &passage.permit;
    strip(request, permit);
    let origin = &permit.application().origin;
    let source = passage.arrival.circumstances.source;
    let scheme = match origin.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = origin.authority().to_string();
    let node = if source.is_ipv6() {
        format!("\"[{source}]\"")
    } else {
        source.to_string()
    };
    set(request, FORWARDED_FOR, &source.to_string())?;
    set(request, FORWARDED_PROTO, scheme)?;
    set(request, FORWARDED_HOST, &host)?;
    set(
        request,
        FORWARDED,
        &format!("for={node};host=\"{host}\";proto={scheme}"),
    )?;
    set(request, REQUEST_ID, &passage.arrival.circumstances.request_id)?;
    for (name, value) in identity::of(passage, assertions)? {
        request
            .insert_header(name, value)
            .map_err(|error| Fault::new("upstream request", error))?;
    }
    let basic = permit.application().identity.basic();
    if let Some(secret) = basic.and_then(|basic| basic.authorization(permit.subject())) {
        set(request, AUTHORIZATION, secret.expose())?;
    }
    Ok(())
}

/// Takes away what only we may say, our cookies, and the absolute form of the target.
fn strip(request: &mut RequestHeader, permit: &Permit) {
    for name in forbidden(&request.headers, &permit.application().identity) {
        request.remove_header(&name);
    }
    request.remove_header(&EXPECT);
    let cookies = cookie::without_ours(&request.headers);
    request.remove_header(&COOKIE);
    if let Some(cookies) = cookies {
        // A value joined from valid values is valid.
        let _ = request.insert_header(COOKIE, cookies);
    }
    if !request.raw_path().starts_with(b"/") {
        let target = request.uri.path_and_query().map_or("/", |target| target.as_str());
        if let Ok(uri) = target.parse::<Uri>() {
            request.set_uri(uri);
        }
    }
}

fn forbidden(headers: &HeaderMap, identity: &Identity) -> Vec<HeaderName> {
    headers.keys().filter(|name| identity.forbids(name)).cloned().collect()
}

fn set(request: &mut RequestHeader, name: HeaderName, value: &str) -> Result<(), Fault> {
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| Fault::new("upstream request", error))?;
    request
        .insert_header(name, value)
        .map_err(|error| Fault::new("upstream request", error))
}
