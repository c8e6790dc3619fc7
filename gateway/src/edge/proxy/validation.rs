//! What an authority of certificates asks a host of ours in the plain (HTTP-01, RFC 8555 section 8.3): it is answered
//! before anything else, for tokens that are outstanding, and goes to no application.

use crate::edge::door::read;
use crate::edge::reply;
use crate::flow::Fault;
use crate::flow::certification::Certification;
use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

const PLACE: &str = "/.well-known/acme-challenge/";

/// The token that is asked for, if this is such a question.
pub(super) fn token(head: &Parts) -> Option<&str> {
    let asks = head.method == Method::GET;
    head.uri
        .path()
        .strip_prefix(PLACE)
        .filter(|_| asks && head.uri.query().is_none())
}

/// The answer; nothing where no such token is outstanding at this host.
pub(super) async fn answer(certification: &Certification, head: &Parts) -> Result<Option<Response>, Fault> {
    let (Some(token), Some(authority)) = (token(head), read::authority(&head.headers)) else {
        return Ok(None);
    };
    let answer = certification.answer(authority.host(), token).await?;
    Ok(answer.map(|answer| {
        let mut response = Response::new(Body::from(answer));
        let kind = HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }))
}

/// The authority asks again, when the store is back.
pub(super) fn unanswerable() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    reply::retry_after(response, 5)
}
