//! What never ends: events and a WebSocket, and a page that shows both.

use super::super::html::page;
use super::NAVIGATION;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::interval;

/// Counts, one event a second, the first at once.
pub(super) async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(unfold(
        (interval(Duration::from_secs(1)), 0_u64),
        |(mut clock, count)| async move {
            clock.tick().await;
            Some((
                Ok(Event::default().data(count.to_string())),
                (clock, count.saturating_add(1)),
            ))
        },
    ))
}

/// Sends back whatever it is sent.
pub(super) async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let sent = match message {
            Message::Text(_) | Message::Binary(_) => socket.send(message).await,
            // The library answers these.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Shows both.
pub(super) async fn live() -> Html<String> {
    Html(page("Live", "", &format!("<h1>Live</h1>{NAVIGATION}{LIVE}")))
}

const LIVE: &str = "<section><h2>Events</h2><p>Seconds since this page was opened: <code id=\"tick\">…</code></p></section>\
<section><h2>WebSocket</h2><form id=\"say\"><label for=\"text\">Say something</label><input id=\"text\" value=\"hello\"> \
<button>Send</button></form><p>It came back as: <code id=\"echo\">…</code></p></section>\
<script>const at=id=>document.getElementById(id);\
new EventSource('/events').onmessage=event=>{at('tick').textContent=event.data};\
const socket=new WebSocket(location.origin.replace('http','ws')+'/socket');\
socket.onmessage=event=>{at('echo').textContent=event.data};\
at('say').onsubmit=event=>{event.preventDefault();socket.send(at('text').value)}</script>";
