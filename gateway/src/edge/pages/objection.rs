//! "This was not me": the page behind the link of a notice. Opening it changes nothing, because programs that look into
//! e-mails open it too; its button does, without a login.

use super::csrf::Pressed;
use super::login::with_login_cookie;
use super::told::{change, moment};
use super::visitor::{LOGIN, Visitor};
use super::{Closed, Desk, look};
use crate::edge::link::OBJECTION;
use crate::flow::notices::{self, Link};
use auth_pages::{ObjectedPage, ObjectionPage, Page, Trouble};
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// Asks whether a change was made by somebody else.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    Query(link): Query<Link>,
    visitor: Visitor,
) -> Result<Response, Closed> {
    let notice = notices::behind(&desk.outside, &link).await?;
    let Some((notice, change)) = notice.and_then(|notice| change(notice.change).map(|change| (notice, change))) else {
        return Ok(look::of(&visitor).trouble(Trouble::LinkEnded));
    };
    let action = format!("{OBJECTION}?{}", link.query());
    let page = ObjectionPage {
        form: look::form(&desk, &visitor, action)?,
        change,
        at: moment(notice.at),
        origin: notice.source.map(|source| source.to_string()).unwrap_or_default(),
    };
    let response = look::of(&visitor).show(StatusCode::OK, &Page::Objection(page));
    Ok(with_login_cookie(&visitor, response))
}

/// Undoes the change.
pub(super) async fn submit(
    State(desk): State<Arc<Desk>>,
    Query(link): Query<Link>,
    Pressed(visitor): Pressed,
) -> Result<Response, Closed> {
    let circumstances = &visitor.arrival.circumstances;
    if notices::object(&desk.outside, &link, circumstances).await? {
        let page = ObjectedPage {
            login_url: LOGIN.to_owned(),
        };
        Ok(look::of(&visitor).show(StatusCode::OK, &Page::Objected(page)))
    } else {
        Ok(look::of(&visitor).trouble(Trouble::LinkEnded))
    }
}
