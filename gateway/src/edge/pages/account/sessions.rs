//! Where the owner is logged in, and how that ends.

use super::gate::{Turned, look};
use super::shown::{self, done};
use crate::domain::assurance::Method;
use crate::domain::secret::TokenHash;
use crate::edge::pages::csrf::{Form, Pressed};
use crate::edge::pages::told::{kind, moment};
use crate::edge::pages::visitor::{OwnPage, SESSIONS, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::own_sessions::{self, Ending};
use auth_pages::{DeviceItem, Page, Proven, SessionItem, SessionsPage};
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// Which session ends.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Chosen {
    session: String,
}

/// The open sessions.
pub(in crate::edge::pages) async fn page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(query): Query<shown::Query>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Sessions).await?;
    let sessions = own_sessions::sessions(&desk.outside, &owner).await?;
    let devices = own_sessions::devices(&desk.outside, &owner).await?;
    let form = |leaf: &str| sight::form(&desk, &visitor, format!("{SESSIONS}/{leaf}"));
    let page = SessionsPage {
        sessions: sessions
            .into_iter()
            .map(|session| SessionItem {
                id: session.id.to_string(),
                opened: moment(session.opened_at),
                seen: moment(session.seen_at),
                ends: moment(session.ends_at),
                here: session.id == owner.known.session.id,
                source: session.source,
                proven: session.methods.into_iter().filter_map(proven).collect(),
            })
            .collect(),
        devices: devices
            .into_iter()
            .map(|known| DeviceItem {
                id: known.device.to_string(),
                since: moment(known.since),
                used: known.used_at.map(moment).unwrap_or_default(),
                here: visitor.visit().device == Some(known.device),
                source: known.source,
            })
            .collect(),
        forget: form("forget")?,
        end: form("end")?,
        end_others: form("end-others")?,
        done: done(&query),
    };
    let response = sight::of(&visitor).show(StatusCode::OK, &Page::Sessions(page));
    Ok(super::with_login_cookie(&visitor, response))
}

/// Which browser is forgotten.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Forgotten {
    device: String,
}

/// Forgets a browser.
pub(in crate::edge::pages) async fn forget(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Forgotten>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Sessions).await?;
    if let Ok(device) = TokenHash::try_from(fields.device) {
        own_sessions::forget_device(&desk.outside, &owner, device).await?;
    }
    Ok(reply::see_other(&format!("{SESSIONS}?done=forgotten")))
}

fn proven(method: Method) -> Option<Proven> {
    match method {
        Method::Password => Some(Proven::Password),
        Method::EmergencyCode => Some(Proven::EmergencyCode),
        Method::Totp | Method::Sms | Method::Voice | Method::Email | Method::Webauthn => kind(method).map(Proven::By),
    }
}

/// Ends one.
pub(in crate::edge::pages) async fn end(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Chosen>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Sessions).await?;
    if let Ok(session) = fields.session.parse() {
        own_sessions::end_sessions(&desk.outside, &desk.revocations, &owner, Ending::One(session)).await?;
    }
    Ok(reply::see_other(&format!("{SESSIONS}?done=ended")))
}

/// Ends all but the one that asks.
pub(in crate::edge::pages) async fn end_others(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Sessions).await?;
    own_sessions::end_sessions(&desk.outside, &desk.revocations, &owner, Ending::Others).await?;
    Ok(reply::see_other(&format!("{SESSIONS}?done=ended")))
}
