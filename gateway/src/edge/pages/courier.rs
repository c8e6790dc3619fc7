//! What companies that carry codes ask of us. They have no cookie and no form of ours; each signs what it asks.
//!
//! Whoever signs wrongly, or asks for what is no longer there, is told that there is nothing here.

use super::{Closed, Desk};
use crate::flow::carrying::{self, Answered, Callback, Thanked};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;

/// More than any company sends, in bytes.
const MOST: usize = 16 * 1024;

/// Answers a request about a call.
pub(super) async fn called_back(
    State(desk): State<Arc<Desk>>,
    Path((name, _)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Closed> {
    let Some(callback) = callback(&uri, &headers, &body) else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    Ok(match carrying::called_back(&desk.outside, &name, &callback).await? {
        Answered::Script(script) => {
            let headers = [(CONTENT_TYPE, "application/xml"), (CACHE_CONTROL, "no-store")];
            (headers, script).into_response()
        }
        Answered::Nothing => StatusCode::NOT_FOUND.into_response(),
    })
}

/// Notes what became of a message. The company is thanked whatever that was worth, so that it does not tell it again.
pub(super) async fn receipt(
    State(desk): State<Arc<Desk>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Closed> {
    let Some(callback) = callback(&uri, &headers, &body) else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    Ok(match carrying::note(&desk.outside, &name, &callback).await? {
        Thanked::Heard => StatusCode::NO_CONTENT.into_response(),
        Thanked::Nothing => StatusCode::NOT_FOUND.into_response(),
    })
}

/// What a company says, unless it is more than any of them would.
fn callback(uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Option<Callback> {
    if body.len() > MOST {
        return None;
    }
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Some(Callback {
        target: target.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: body.to_vec(),
    })
}
