//! Where a browser gets its ticket, on the portal, and where it brings it: an application's own host, which then has
//! its own cookie.

use super::depart::Came;
use super::login::with_session;
use super::visitor::{LOGIN, Visitor};
use super::{Closed, Desk, look};
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::Token;
use crate::domain::settings::Site;
use crate::edge::cookie::{self, Jar};
use crate::edge::reply;
use crate::flow::ticket::{Before, Brought, redeem as take};
use auth_pages::Trouble;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// The ticket in the query.
#[derive(Deserialize)]
pub(super) struct Fields {
    ticket: String,
}

/// The page that leaves: a browser with a session, just logged in by a form, goes on to where it wanted to go.
async fn hand_out(desk: &Desk, visitor: &Visitor) -> Result<Response, Closed> {
    match &visitor.session {
        Some((_, known)) => with_session(desk, visitor, (known, Came::ByForm)).await,
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Takes the ticket and goes where the person wanted to go.
pub(super) async fn redeem(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    fields: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, Closed> {
    let application = match &visitor.arrival.site {
        Site::Application(application) => application,
        Site::Portal | Site::Shared(_) => return hand_out(&desk, &visitor).await,
    };
    let ticket = fields.ok().and_then(|Query(fields)| Token::parse(&fields.ticket).ok());
    if !visitor.brought_login {
        return Ok(without_cookies(&visitor));
    }
    let Some(ticket) = ticket else {
        return Ok(unusable(&visitor));
    };
    let brought = Brought {
        ticket,
        nonce: visitor.login.hash(),
        host: visitor.host().clone(),
        replaces: visitor.presented,
    };
    let Some(redeemed) = take(&desk.outside, brought, visitor.arrival.settings.session).await? else {
        return Ok(unusable(&visitor));
    };
    if let Some(old) = &visitor.presented {
        desk.subjects.forget(old);
    }
    let origin = &application.origin;
    let address = match ReturnTo::parse(&visitor.arrival.settings, &redeemed.return_to) {
        Ok(to) => match redeemed.form {
            Some(form) => to.offering(form).as_str().to_owned(),
            None => to.as_str().to_owned(),
        },
        Err(_) => format!("{}/", origin.as_str()),
    };
    let mut response = reply::with_cookie(reply::see_other(&address), Jar::Session.set(origin, &redeemed.token));
    if redeemed.before == Before::Unknown {
        for line in cookie::expire_sessions(application) {
            response = reply::with_cookie(response, Some(line));
        }
    }
    // The nonce stays: other tabs of this browser were given it, too, and bring their own tickets.
    Ok(response)
}

/// The nonce that this browser was given is not there: it keeps no cookies, or it is not the one that asked.
fn without_cookies(visitor: &Visitor) -> Response {
    let login_url = format!("{}/", visitor.arrival.origin().as_str());
    look::of(visitor).trouble(Trouble::NoCookies { login_url })
}

/// Used, late, or meant for another browser: the application's first page begins anew.
fn unusable(visitor: &Visitor) -> Response {
    let login_url = format!("{}/", visitor.arrival.origin().as_str());
    look::of(visitor).trouble(Trouble::LoginEnded { login_url })
}
