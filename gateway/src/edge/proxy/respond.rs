//! Writing an answer of ours to the client, and reading the body of a request to our pages.

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body_util::BodyExt;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use std::time::Duration;

/// The most bytes a form of ours may have.
const LARGEST_FORM: usize = 16 * 1024;
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an unread body is read away, so that the answer is not lost with the connection.
const DRAIN: usize = 64 * 1024;

/// The body of a request to our pages, whole.
///
/// # Errors
/// The status to answer with when it is too large (413) or too slow (408), and when it breaks off (400).
pub(super) async fn read_form(session: &mut Session) -> Result<Bytes, StatusCode> {
    read_whole(session, (LARGEST_FORM, PATIENCE)).await
}

/// A body of at most so many bytes that takes no longer than this.
///
/// # Errors
/// As for [`read_form`].
pub(super) async fn read_whole(
    session: &mut Session,
    (largest, patience): (usize, Duration),
) -> Result<Bytes, StatusCode> {
    if declared_length(session).is_some_and(|length| length > largest) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if expects_continue(session) {
        session
            .write_continue_response()
            .await
            .map_err(|_| StatusCode::BAD_REQUEST)?;
    }
    let read = async {
        let mut body = BytesMut::new();
        while let Some(piece) = session.read_request_body().await.map_err(|_| StatusCode::BAD_REQUEST)? {
            body.extend_from_slice(&piece);
            if body.len() > largest {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(patience, read)
        .await
        .unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

/// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1).
pub(super) fn expects_continue(session: &Session) -> bool {
    let expect = session.get_header(http::header::EXPECT);
    expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Writes an answer whole, or piece by piece when its length is not known.
///
/// # Errors
/// When the client is gone.
pub(super) async fn write(session: &mut Session, response: Response) -> Result<()> {
    let (parts, body) = response.into_parts();
    let length = axum::body::HttpBody::size_hint(&body).exact();
    let mut header = ResponseHeader::build(parts.status, Some(parts.headers.len() + 3))?;
    for (name, value) in &parts.headers {
        header.append_header(name.clone(), value.clone())?;
    }
    match length {
        Some(length) => header.insert_header(CONTENT_LENGTH, length)?,
        None => header.insert_header(TRANSFER_ENCODING, "chunked")?,
    }
    let unread = drain(session).await;
    if unread {
        session.set_keepalive(None);
        header.insert_header(CONNECTION, "close")?;
    }
    let head_only = session.req_header().method == http::Method::HEAD || length == Some(0);
    session.write_response_header(Box::new(header), head_only).await?;
    if head_only {
        Ok(())
    } else {
        write_body(session, body).await
    }
}

async fn write_body(session: &mut Session, mut body: Body) -> Result<()> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Error::because(ErrorType::InternalError, "a page broke off", error))?;
        if let Ok(piece) = frame.into_data() {
            session.write_response_body(Some(piece), false).await?;
        }
    }
    session.write_response_body(None, true).await
}

/// Reads away what the client still sends, up to a limit; whether something is left.
async fn drain(session: &mut Session) -> bool {
    if expects_continue(session) || declared_length(session).is_some_and(|length| length > DRAIN) {
        return !session.is_body_done();
    }
    let mut seen = 0;
    let all = async {
        while seen <= DRAIN {
            match session.read_request_body().await {
                Ok(Some(piece)) => seen += piece.len(),
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
        true
    };
    tokio::time::timeout(Duration::from_secs(1), all).await.unwrap_or(true)
}

fn declared_length(session: &Session) -> Option<usize> {
    session.get_header(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
