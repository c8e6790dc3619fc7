//! Where a browser brings its ticket: an application's own host, which then has its own cookie.

use super::visitor::Visitor;
use super::{Closed, Desk, look};
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::Token;
use crate::domain::settings::Site;
use crate::edge::cookie::Jar;
use crate::edge::reply;
use crate::flow::ticket::{Brought, redeem as take};
use auth_pages::{Page, Trouble};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// The ticket in the query.
#[derive(Deserialize)]
pub(super) struct Fields {
    ticket: String,
}

/// Takes the ticket and goes where the person wanted to go.
pub(super) async fn redeem(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    fields: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, Closed> {
    let Site::Application(application) = &visitor.arrival.site else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let ticket = fields.ok().and_then(|Query(fields)| Token::parse(&fields.ticket).ok());
    let Some(ticket) = ticket.filter(|_| visitor.brought_login) else {
        return Ok(unusable(&visitor));
    };
    let brought = Brought {
        ticket,
        nonce: visitor.login.hash(),
        host: visitor.host().clone(),
        replaces: visitor.session.as_ref().map(|(token, _)| *token),
    };
    let Some(redeemed) = take(&desk.outside, brought, visitor.arrival.settings.session).await? else {
        return Ok(unusable(&visitor));
    };
    let origin = &application.origin;
    let address = match ReturnTo::parse(&visitor.arrival.settings, &redeemed.return_to) {
        Ok(to) => to.as_str().to_owned(),
        Err(_) => format!("{}/", origin.as_str()),
    };
    let response = reply::with_cookie(reply::see_other(&address), Jar::Session.set(origin, &redeemed.token));
    Ok(reply::with_cookie(response, Jar::Login.expire(origin)))
}

/// Used, late, or meant for another browser: the application's first page begins anew.
fn unusable(visitor: &Visitor) -> Response {
    let login_url = format!("{}/", visitor.arrival.origin().as_str());
    look::of(visitor).show(StatusCode::FORBIDDEN, &Page::Trouble(Trouble::LoginEnded { login_url }))
}
