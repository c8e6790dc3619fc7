//! Requests in the plain where we end TLS ourselves: page loads are sent there, anything else is told off. What was sent
//! in the plain is known to others already, so nothing of it is forwarded.

use crate::domain::settings::Settings;
use crate::edge::door::read;
use axum::body::Body;
use axum::response::Response;
use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

/// Where a request in the plain should have gone.
///
/// # Errors
/// 421 for a host that is none of ours, 403 for what cannot be asked again by itself.
pub(super) fn elsewhere(head: &Parts, settings: &Settings) -> Result<Response, StatusCode> {
    let authority = read::authority(&head.headers).ok_or(StatusCode::MISDIRECTED_REQUEST)?;
    let origin = settings
        .origin_named(&authority)
        .ok_or(StatusCode::MISDIRECTED_REQUEST)?;
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return Err(StatusCode::FORBIDDEN);
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let place = HeaderValue::from_str(&format!("{}{target}", origin.as_str())).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}
