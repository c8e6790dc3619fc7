//! How far the message with a code is: on the page, and for a page that stays open as a small stream of events.
//!
//! The stream ends once nothing more can be told, and after a while in any case; whoever still waits then connects again
//! by themselves, as browsers do, and whoever has been told everything is turned away.

use super::visitor::Visitor;
use super::{Closed, Desk};
use crate::domain::parcel::Arrival;
use auth_pages::{Language, Sent};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use http::{HeaderMap, StatusCode};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, interval};

/// How often is looked.
const PERIOD: Duration = Duration::from_secs(1);
/// How often a stream looks before it ends.
const LOOKS: u32 = 60;
/// How often something is sent, so that it is noticed that nobody listens any more.
const ALIVE: Duration = Duration::from_secs(10);
/// The last event there is, and the header in which a browser that connects again says which it has had.
const DELIVERED: &str = "delivered";
const LAST: &str = "last-event-id";

/// The same as a page shows it.
pub(super) fn shown(arrival: Arrival) -> Sent {
    match arrival {
        Arrival::OnItsWay => Sent::OnItsWay,
        Arrival::NotDelivered => Sent::NotDelivered,
        Arrival::Delivered => Sent::Delivered,
    }
}

/// What the page says of it; nothing where nobody tells, or it cannot be read: the code can be typed all the same.
pub(super) async fn known(desk: &Desk, visitor: &Visitor) -> Option<Sent> {
    match desk.logins.arrival(&visitor.login).await {
        Ok(arrival) => arrival.map(shown),
        Err(fault) => {
            tracing::warn!(%fault, "a page does not say how far its message is");
            None
        }
    }
}

/// Tells what the page shows, each time it changes. The login's cookie says which message.
pub(super) async fn events(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, Closed> {
    let was_told = headers.get(LAST).is_some_and(|last| last == DELIVERED);
    if was_told || desk.logins.arrival(&visitor.login).await?.is_none() {
        // 204 tells a browser not to connect again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let watch = Watch {
        desk,
        visitor,
        clock: interval(PERIOD),
        looks: LOOKS,
        last: None,
    };
    let alive = KeepAlive::new().interval(ALIVE);
    Ok(Sse::new(unfold(watch, Watch::next)).keep_alive(alive).into_response())
}

/// Somebody who waits.
struct Watch {
    desk: Arc<Desk>,
    visitor: Visitor,
    clock: Interval,
    looks: u32,
    last: Option<Arrival>,
}

impl Watch {
    /// What is next to be told; nothing once there is nothing more, or the store fails.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while self.looks > 0 && self.last != Some(Arrival::Delivered) {
            self.looks -= 1;
            self.clock.tick().await;
            let arrival = self.desk.logins.arrival(&self.visitor.login).await.ok()??;
            if self.last != Some(arrival) {
                self.last = Some(arrival);
                let language = Language::from_accept_language(&self.visitor.arrival.circumstances.language);
                let words = shown(arrival).words(language).ok()?;
                let event = match arrival {
                    Arrival::Delivered => Event::default().id(DELIVERED),
                    Arrival::OnItsWay | Arrival::NotDelivered => Event::default(),
                };
                return Some((Ok(event.data(words)), self));
            }
        }
        None
    }
}
