//! The page about oneself, and the way out.

use super::csrf::Form;
use super::second_factor::Nothing;
use super::visitor::{ACCOUNT, LOGIN, LOGOUT, Visitor};
use super::{Closed, Desk, look};
use crate::domain::audit::SessionEnd;
use crate::domain::policy::own_pages;
use crate::edge::cookie::Jar;
use crate::edge::reply;
use crate::flow::{account, logout};
use auth_pages::{AccountPage, Choice, LoggedOutPage, LogoutPage, Page};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// Shows who is logged in, by what, and where they can go.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    let settings = &visitor.arrival.settings;
    if !visitor.is_on_portal() {
        return Ok(reply::see_other(&format!(
            "{}{ACCOUNT}",
            settings.portal.origin.as_str()
        )));
    }
    let Some((_, known)) = visitor.session.clone() else {
        return Ok(reply::see_other(LOGIN));
    };
    let need = own_pages(settings, &known.user, known.enrolment);
    if !need.is_met_by(&known.session.authentications, desk.outside.clock.now()) {
        return Ok(reply::see_other(LOGIN));
    }
    let own = account::authenticators(&desk.outside, known.user.id).await?;
    let mut applications: Vec<(String, String)> = settings
        .applications
        .iter()
        .map(|one| (one.name.clone(), one.origin.as_str().to_owned()))
        .collect();
    applications.sort();
    let page = AccountPage {
        display_name: known.user.display_name.clone(),
        username: known.user.name.as_str().to_owned(),
        email: known.user.email.clone(),
        groups: known.user.groups.clone(),
        methods: own
            .iter()
            .map(|one| Choice {
                authenticator: one.id.to_string(),
                ask: look::ask(&one.face),
            })
            .collect(),
        applications,
        logout: look::form(&desk, &visitor, LOGOUT.to_owned())?,
    };
    let response = look::of(&visitor).show(StatusCode::OK, &Page::Account(page));
    Ok(super::login::with_login_cookie(&visitor, response))
}

/// Asks whether to log out; a link alone ends nothing.
pub(super) async fn confirm_logout(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    if !visitor.is_on_portal() {
        return Ok(reply::see_other(&format!(
            "{}{LOGOUT}",
            visitor.arrival.settings.portal.origin.as_str()
        )));
    }
    if visitor.session.is_none() {
        return Ok(logged_out(&visitor));
    }
    let page = Page::Logout(LogoutPage {
        form: look::form(&desk, &visitor, LOGOUT.to_owned())?,
    });
    let response = look::of(&visitor).show(StatusCode::OK, &page);
    Ok(super::login::with_login_cookie(&visitor, response))
}

/// Ends the session, or the login under way. Our cookies are expired by name; the device stays known.
pub(super) async fn logout(
    State(desk): State<Arc<Desk>>,
    Form {
        visitor,
        fields: Nothing {},
    }: Form<Nothing>,
) -> Result<Response, Closed> {
    let origin = visitor.arrival.origin();
    desk.logins.abandon(&visitor.visit()).await?;
    let response = match &visitor.session {
        Some((_, known)) => {
            logout::end(
                &desk.outside,
                &desk.revocations,
                (known, SessionEnd::Logout),
                &visitor.arrival.circumstances,
            )
            .await?;
            reply::with_cookie(reply::see_other(LOGOUT), Jar::Session.expire(origin))
        }
        None => reply::see_other(&visitor.page(LOGIN)),
    };
    Ok(reply::with_cookie(response, Jar::Login.expire(origin)))
}

fn logged_out(visitor: &Visitor) -> Response {
    look::of(visitor).show(
        StatusCode::OK,
        &Page::LoggedOut(LoggedOutPage {
            login_url: LOGIN.to_owned(),
        }),
    )
}
