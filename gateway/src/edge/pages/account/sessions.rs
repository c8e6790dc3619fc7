//! Where the owner is logged in, and how that ends.

use super::gate::{Turned, look};
use super::shown::{self, done};
use crate::edge::pages::csrf::Form;
use crate::edge::pages::second_factor::Nothing;
use crate::edge::pages::told::moment;
use crate::edge::pages::visitor::{OwnPage, SESSIONS, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::own_sessions::{self, Ending};
use auth_pages::{Page, SessionItem, SessionsPage};
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
    let form = |leaf: &str| sight::form(&desk, &visitor, format!("{SESSIONS}/{leaf}"));
    let page = SessionsPage {
        sessions: sessions
            .into_iter()
            .map(|session| SessionItem {
                id: session.id.to_string(),
                opened: moment(session.opened_at),
                ends: moment(session.ends_at),
                here: session.id == owner.known.session.id,
                source: session.source,
            })
            .collect(),
        end: form("end")?,
        end_others: form("end-others")?,
        done: done(&query),
    };
    let response = sight::of(&visitor).show(StatusCode::OK, &Page::Sessions(page));
    Ok(super::with_login_cookie(&visitor, response))
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
    Form {
        visitor,
        fields: Nothing {},
    }: Form<Nothing>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Sessions).await?;
    own_sessions::end_sessions(&desk.outside, &desk.revocations, &owner, Ending::Others).await?;
    Ok(reply::see_other(&format!("{SESSIONS}?done=ended")))
}
