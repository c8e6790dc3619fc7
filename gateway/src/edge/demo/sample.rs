//! The sample application: a little legacy server in plain HTML that has no idea of logins and believes whatever
//! `Remote-User` it is sent. It shows everything it receives, so that one can see what the gateway adds and takes away.

mod streams;

use super::html::{escaped, page};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use http_body_util::BodyExt;

/// The largest form it reads, in bytes.
const LARGEST_FORM: usize = 64 * 1024;

/// The application.
pub fn router() -> Router {
    Router::new()
        .route("/headers", any(headers))
        .route("/form", get(form).post(posted))
        .route("/live", get(streams::live))
        .route("/events", get(streams::events))
        .route("/socket", any(streams::socket))
        .route("/public/", get(open_to_all))
        .fallback(anything)
}

/// Any page: who came, and everything that was received.
async fn anything(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(length) = length_of(body).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let hello = match person(&parts.headers) {
        Some(name) => format!("<h1>Hello, {}</h1>", escaped(&name)),
        None => "<h1>Hello, stranger</h1>".to_owned(),
    };
    let rows = [
        ("method", parts.method.to_string()),
        ("path", parts.uri.path().to_owned()),
        ("query", parts.uri.query().unwrap_or_default().to_owned()),
        ("body", format!("{length} bytes")),
    ];
    let rows: String = rows.iter().map(|(name, value)| row(name, value, "")).collect();
    let text = "<p class=\"soft\">This is the intranet of 2006. It never asks who you are; it believes what its server is told.</p>";
    let headers: String = received(&parts.headers)
        .iter()
        .map(|(name, value)| row(name, value, class(name)))
        .collect();
    let body = format!(
        "{hello}{text}{NAVIGATION}<section><h2>The request</h2><table>{rows}</table></section>\
         <section><h2>The headers that came with it</h2><table>{headers}</table></section>"
    );
    Html(page("Intranet", "", &body)).into_response()
}

const NAVIGATION: &str = "<nav><a href=\"/\">Start</a><a href=\"/reports/2006?page=2\">A deep link</a><a href=\"/form\">A form</a>\
     <a href=\"/live\">Live</a><a href=\"/public/\">Open to all</a><a href=\"/headers\">Headers as JSON</a></nav>";

/// Counts a body of any size without keeping it.
async fn length_of(mut body: Body) -> Option<u64> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let bytes = frame.ok()?.into_data().map_or(0, |bytes| bytes.len());
        length += u64::try_from(bytes).unwrap_or_default();
    }
    Some(length)
}

/// Whoever the server says it is.
fn person(headers: &HeaderMap) -> Option<String> {
    let user = headers.get("remote-user")?;
    Some(String::from_utf8_lossy(user.as_bytes()).into_owned()).filter(|name| !name.is_empty())
}

/// Names and values in the order they came.
fn received(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

fn row(name: &str, value: &str, class: &str) -> String {
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}</th><td><code>{}</code></td></tr>",
        escaped(name),
        escaped(value)
    )
}

/// What tells who came stands out.
fn class(name: &str) -> &'static str {
    if name.starts_with("remote-") || name == "vestibule-assertion" {
        "ours"
    } else {
        ""
    }
}

async fn headers(headers: HeaderMap) -> Response {
    let text = serde_json::to_string(&received(&headers)).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn open_to_all(headers: HeaderMap) -> Html<String> {
    let who = person(&headers).map_or("nobody in particular".to_owned(), |name| escaped(&name));
    let body = format!(
        "<h1>Open to all</h1>{NAVIGATION}<section><p>No login was needed for this page. You came as {who}.</p></section>"
    );
    Html(page("Open to all", "", &body))
}

async fn form() -> Html<String> {
    let body = format!(
        "<h1>Expenses</h1>{NAVIGATION}<section><form method=\"post\" action=\"/form\"><label for=\"what\">What for</label>\
         <input id=\"what\" name=\"what\" value=\"Train\"><label for=\"amount\">Amount</label>\
         <input id=\"amount\" name=\"amount\" inputmode=\"decimal\" value=\"42\"> <button>Send</button></form></section>"
    );
    Html(page("Expenses", "", &body))
}

/// Says what was posted.
async fn posted(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let rows: String = url::form_urlencoded::parse(&bytes)
        .map(|(name, value)| row(&name, &value, ""))
        .collect();
    let who = person(&parts.headers).map_or("a stranger".to_owned(), |name| escaped(&name));
    let body =
        format!("<h1>Thank you</h1>{NAVIGATION}<section><p>This came from {who}:</p><table>{rows}</table></section>");
    Html(page("Thank you", "", &body)).into_response()
}

#[cfg(test)]
mod tests;
