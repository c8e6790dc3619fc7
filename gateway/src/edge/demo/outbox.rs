//! The outbox: the messages that would have gone to phones and mailboxes, for people to look at and programs to read.
//!
//! It shows whole numbers and codes; so it belongs to the demo, on the operators' listener, and to nothing else.

use super::html::{escaped, page};
use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use std::sync::Arc;

/// A message as it would have arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxMessage {
    /// How it went.
    pub channel: Channel,
    /// The whole number or address.
    pub to: String,
    /// The subject of an e-mail; empty for all others.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// When (RFC 3339).
    pub at: String,
}

/// How a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// To a phone, as text.
    Sms,
    /// To a phone, as a call: what is said in it.
    Voice,
    /// To a mailbox.
    Email,
}

/// All messages so far, oldest first.
pub type Messages = Arc<dyn Fn() -> Vec<OutboxMessage> + Send + Sync>;

/// Serves the messages at `/`: a page that keeps itself up to date, or JSON for whoever asks for that.
pub fn router(messages: Messages) -> Router {
    Router::new().route("/", get(async move |headers: HeaderMap| answer(&headers, &messages())))
}

fn answer(headers: &HeaderMap, messages: &[OutboxMessage]) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let body = if accept.contains("application/json") {
        let json = serde_json::to_string(messages).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/json")], json).into_response()
    } else {
        Html(shown(messages)).into_response()
    };
    ([(header::CACHE_CONTROL, "no-store"), (header::VARY, "Accept")], body).into_response()
}

/// Newest first, because that is the code somebody waits for.
fn shown(messages: &[OutboxMessage]) -> String {
    let all: String = messages.iter().rev().map(article).collect();
    let all = if all.is_empty() {
        "<section><p>Nothing yet. Log in, and the code arrives here.</p></section>".to_owned()
    } else {
        all
    };
    let body = format!(
        "<h1>Outbox</h1><p class=\"soft\">What would have been sent; newest first. This page keeps itself up to date.</p>{all}"
    );
    page("Outbox", "<meta http-equiv=\"refresh\" content=\"3\">", &body)
}

fn article(message: &OutboxMessage) -> String {
    let OutboxMessage {
        channel,
        to,
        subject,
        text,
        at,
    } = message;
    let by = match channel {
        Channel::Sms => "SMS",
        Channel::Voice => "Call",
        Channel::Email => "E-mail",
    };
    let subject = if subject.is_empty() {
        String::new()
    } else {
        format!("<h2>{}</h2>", marked(subject))
    };
    format!(
        "<article><p class=\"soft\">{by} to <strong>{}</strong>, <time>{}</time></p>{subject}<pre>{}</pre></article>",
        escaped(to),
        escaped(at),
        marked(text)
    )
}

/// Text in HTML, with six digits in a row standing out.
fn marked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        html.push_str(&escaped(before));
        html.push_str(&if digits.len() == 6 {
            format!("<span class=\"code\">{digits}</span>")
        } else {
            digits.to_owned()
        });
        rest = after;
    }
    html + &escaped(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use tower::ServiceExt;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn message(channel: Channel, text: &str) -> OutboxMessage {
        OutboxMessage {
            channel,
            to: "+33612345612".into(),
            subject: String::new(),
            text: text.into(),
            at: "2026-01-02T03:04:05.678Z".into(),
        }
    }

    async fn ask(accept: &str) -> Result<String, Box<dyn std::error::Error>> {
        let messages = vec![
            message(Channel::Sms, "<first> 123456"),
            message(Channel::Email, "second"),
        ];
        let router = Router::new().nest("/outbox", router(Arc::new(move || messages.clone())));
        let answer = router
            .oneshot(
                Request::builder()
                    .uri("/outbox")
                    .header("Accept", accept)
                    .body(Body::empty())?,
            )
            .await?;
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        Ok(String::from_utf8(
            to_bytes(answer.into_body(), 1 << 20).await?.to_vec(),
        )?)
    }

    #[tokio::test]
    async fn programs_get_the_oldest_first() -> Outcome {
        let expected = serde_json::json!([
            {"channel": "sms", "to": "+33612345612", "subject": "", "text": "<first> 123456", "at": "2026-01-02T03:04:05.678Z"},
            {"channel": "email", "to": "+33612345612", "subject": "", "text": "second", "at": "2026-01-02T03:04:05.678Z"},
        ]);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&ask("application/json").await?)?,
            expected
        );
        Ok(())
    }

    #[tokio::test]
    async fn people_get_the_newest_first_with_codes_that_stand_out() -> Outcome {
        let text = ask("text/html,*/*").await?;
        assert!(text.find("<pre>second") < text.find("<pre>&lt;first"), "{text}");
        assert!(
            text.contains("&lt;first&gt; <span class=\"code\">123456</span>")
                && text.contains("http-equiv=\"refresh\""),
            "{text}"
        );
        Ok(())
    }

    #[test]
    fn only_six_digits_in_a_row_are_a_code() {
        assert_eq!(
            marked("1 12345 1234567 a123456b <"),
            "1 12345 1234567 a<span class=\"code\">123456</span>b &lt;"
        );
    }
}
