//! The pages about oneself, and the way out.

pub(super) mod enrol;
pub(super) mod gate;
pub(super) mod password;
pub(super) mod profile;
pub(super) mod security;
pub(super) mod sessions;
mod shown;

use super::csrf::Pressed;
use super::login::with_login_cookie;
use super::visitor::{LOGIN, LOGOUT, OwnPage, Visitor};
use super::{Closed, Desk, look};
use crate::domain::assurance::{Authentication, Method};
use crate::domain::audit::SessionEnd;
use crate::domain::authenticator::Face;
use crate::domain::authenticator::emergency::FEW;
use crate::domain::settings::Site;
use crate::domain::user::Known;
use crate::edge::cookie::{self, Jar};
use crate::edge::reply;
use crate::flow::account::Own;
use crate::flow::{account, logout};
use auth_pages::{AccountPage, Choice, LoggedOutPage, LogoutPage, Missing, Page};
use axum::extract::State;
use axum::response::Response;
use gate::Turned;
use http::StatusCode;
use std::sync::Arc;

/// Shows who is logged in, by what, and where they can go.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Turned> {
    let owner = gate::look(&desk, &visitor, OwnPage::Overview).await?;
    let (settings, known) = (owner.settings, &owner.known);
    let own = account::authenticators(&desk.outside, &owner).await?;
    let pending = account::waiting(&desk.outside, &owner).await?;
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
        missing: missing(known, &own, &pending),
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
    Ok(with_login_cookie(&visitor, response))
}

/// What an account should have, and lacks.
fn missing(known: &Known, own: &[Own], pending: &[Own]) -> Vec<Missing> {
    let codes = own.iter().find_map(|one| match one.face {
        Face::EmergencyCodes { left } => Some(left),
        Face::App { .. } | Face::Sms { .. } | Face::Voice { .. } | Face::Email { .. } => None,
    });
    let factors = own.len() - usize::from(codes.is_some());
    let lacks = [
        (factors == 0).then_some(Missing::SecondFactor),
        by_emergency_code(known).then_some(Missing::Replacement),
        (!pending.is_empty()).then_some(Missing::Verification),
        match codes {
            None => (factors > 0).then_some(Missing::EmergencyCodes),
            Some(left) => (left < FEW).then_some(Missing::MoreEmergencyCodes),
        },
    ];
    lacks.into_iter().flatten().collect()
}

/// Whether the newest second factor of the session was an emergency code, and nothing was set up since.
fn by_emergency_code(known: &Known) -> bool {
    let mut factors = known.session.authentications.iter().rev().map(Authentication::method);
    factors.find(|method| *method != Method::Password) == Some(Method::EmergencyCode)
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
    Ok(with_login_cookie(&visitor, response))
}

/// Ends the session, or the login under way. Our cookies are expired by name; the device stays known.
pub(super) async fn logout(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
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
            let response = reply::with_cookie(reply::see_other(LOGOUT), Jar::Session.expire(origin));
            match &visitor.arrival.site {
                Site::Shared(application) => cookie::expire_sessions(application)
                    .fold(response, |response, line| reply::with_cookie(response, Some(line))),
                Site::Portal | Site::Application(_) => response,
            }
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
