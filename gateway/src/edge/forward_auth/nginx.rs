//! nginx (`auth_request`, and ingress-nginx). It asks by `X-Original-Method` and `X-Original-URL`, which its
//! configuration writes down itself. It understands 200, 401 and 403: a page load that must log in first is 401 with
//! the place to go in `Location`. Whatever else it hears is 500 to its client, so an outage is closed, too.

use super::one;
use super::question::{self, ORIGINAL_METHOD, ORIGINAL_URL, Odd, Question};
use crate::domain::application::Scheme;
use crate::domain::host::Authority;
use axum::response::Response;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};

/// What is asked.
pub(super) fn ask(headers: &HeaderMap) -> Result<Question, Odd> {
    let (scheme, host, target) = url(one(headers, &ORIGINAL_URL)?)?;
    Ok(Question {
        method: question::method(headers, &ORIGINAL_METHOD)?,
        scheme: Some(scheme),
        host,
        target,
    })
}

/// A whole URL, its path and query byte for byte.
pub(super) fn url(bytes: &[u8]) -> Result<(Scheme, Authority, PathAndQuery), Odd> {
    let (scheme, rest) = match (bytes.strip_prefix(b"https://"), bytes.strip_prefix(b"http://")) {
        (Some(rest), _) => (Scheme::Https, rest),
        (None, Some(rest)) => (Scheme::Http, rest),
        (None, None) => return Err(Odd::Malformed),
    };
    let slash = rest.iter().position(|byte| *byte == b'/').ok_or(Odd::Malformed)?;
    let (host, target) = rest.split_at_checked(slash).ok_or(Odd::Malformed)?;
    let host = std::str::from_utf8(host).map_err(|_| Odd::Malformed)?;
    let host = Authority::parse(host).map_err(|_| Odd::Malformed)?;
    Ok((scheme, host, question::target(target)?))
}

/// The answer in its words.
pub(super) fn phrase(mut answer: Response) -> Response {
    let status = match answer.status() {
        StatusCode::SEE_OTHER => StatusCode::UNAUTHORIZED,
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => answer.status(),
        refused if refused.is_client_error() => StatusCode::FORBIDDEN,
        other => other,
    };
    *answer.status_mut() = status;
    answer
}
