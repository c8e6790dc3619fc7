//! Our answers in place of an application's: log in first, not allowed, not possible. People get pages, programs get
//! JSON; neither learns more than that.

use super::visitor::LOGIN;
use super::{Desk, look};
use crate::domain::access::Audience;
use crate::domain::id::FormId;
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::Token;
use crate::domain::settings::Site;
use crate::edge::arrival::Arrival;
use crate::edge::cookie::Jar;
use crate::edge::{fault, reply};
use crate::flow::return_target::{ReturnTarget, seal};
use crate::flow::{Fault, Outside};
use auth_pages::{FormSavedPage, NotSentPage, Page, Trouble};
use axum::response::Response;
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

/// What a request is told that the rules did not admit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It needs a login, or more of one.
    LogInFirst,
    /// It may not pass, whoever sends it.
    Refused,
}

/// The request that is told so.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Who reads the answer.
    pub audience: Audience,
    /// Path and query as sent.
    pub target: &'a str,
    /// Its header.
    pub headers: &'a HeaderMap,
}

/// Phrases what a request is told.
pub(super) fn tell(desk: &Desk, arrival: &Arrival, told: Told, asked: &Asked<'_>) -> Response {
    let id = &arrival.circumstances.request_id;
    let response = match (told, asked.audience) {
        (Told::Refused, Audience::Page | Audience::PostedForm) => {
            let page = Page::Trouble(Trouble::Refused);
            look::Look::new(&arrival.settings, &arrival.circumstances.language, id).show(StatusCode::FORBIDDEN, &page)
        }
        (Told::Refused, Audience::Machine) => reply::json(StatusCode::FORBIDDEN, &json!({ "error": "refused" })),
        (Told::LogInFirst, Audience::Page) => match to_login(desk, arrival, asked) {
            Ok(response) => response,
            Err(broken) => return closed(desk, broken, (asked.headers, id)),
        },
        (Told::LogInFirst, Audience::PostedForm) => {
            let page = Page::NotSent(NotSentPage {
                login_url: LOGIN.to_owned(),
            });
            look::Look::new(&arrival.settings, &arrival.circumstances.language, id)
                .show(StatusCode::UNAUTHORIZED, &page)
        }
        (Told::LogInFirst, Audience::Machine) => match login_for_machines(desk, arrival) {
            Ok(login_url) => reply::json(
                StatusCode::UNAUTHORIZED,
                &json!({ "error": "login_required", "login_url": login_url }),
            ),
            Err(broken) => return closed(desk, broken, (asked.headers, id)),
        },
    };
    reply::dress(response, Some(arrival.origin()), id)
}

fn closed(desk: &Desk, broken: Fault, asked: (&HeaderMap, &str)) -> Response {
    fault::report(&broken, asked.1);
    failed(desk, StatusCode::SERVICE_UNAVAILABLE.as_u16(), asked)
}

/// Where a program should send its person: the portal, and from there to the application's first page. No cookie is
/// set, so the browser first gets its nonce there.
fn login_for_machines(desk: &Desk, arrival: &Arrival) -> Result<String, Fault> {
    let portal = arrival.settings.portal.origin.as_str();
    let home = format!("{}/", arrival.origin().as_str());
    Ok(match ReturnTo::parse(&arrival.settings, &home) {
        Ok(to) => format!(
            "{portal}{LOGIN}?to={}",
            seal(&desk.outside, &ReturnTarget { to, nonce: None })?
        ),
        Err(_) => format!("{portal}{LOGIN}"),
    })
}

/// Sends a browser to the login page, with the way back sealed.
fn to_login(desk: &Desk, arrival: &Arrival, asked: &Asked<'_>) -> Result<Response, Fault> {
    let here = format!("{}{}", arrival.origin().as_str(), asked.target);
    login_address(&desk.outside, arrival, (&here, asked.headers))
}

/// Says that a form was kept, and where to log in to be offered it.
pub(super) fn saved(
    desk: &Desk,
    arrival: &Arrival,
    ((form, target), headers): ((FormId, &str), &HeaderMap),
) -> Result<Response, Fault> {
    let (login_url, cookie) = way_to_offer(&desk.outside, arrival, ((form, target), headers))?;
    let settings = &arrival.settings;
    let application = match &arrival.site {
        Site::Application(application) | Site::Shared(application) => application.name.clone(),
        Site::Portal => String::new(),
    };
    let page = Page::FormSaved(FormSavedPage {
        login_url,
        application,
        minutes: settings.saved_forms.keep.as_secs() / 60,
    });
    let id = &arrival.circumstances.request_id;
    let response = look::Look::new(settings, &arrival.circumstances.language, id).show(StatusCode::UNAUTHORIZED, &page);
    Ok(reply::dress(
        reply::with_cookie(response, cookie),
        Some(arrival.origin()),
        id,
    ))
}

/// The portal's login page that leads to the offer of a form.
pub(super) fn way_to_offer(
    outside: &Outside,
    arrival: &Arrival,
    ((form, target), headers): ((FormId, &str), &HeaderMap),
) -> Result<(String, Option<HeaderValue>), Fault> {
    let here = format!("{}{target}", arrival.origin().as_str());
    match ReturnTo::parse(&arrival.settings, &here) {
        Ok(to) => login_for(outside, arrival, (to.offering(form), headers)),
        Err(_) => Err(Fault::new("forms", "a form that is for no page of an application")),
    }
}

/// The redirect to the portal's login page that leads back to `here`; on another host than the portal's the browser
/// gets a nonce, so that the ticket it brings back is good in no other browser.
pub(super) fn login_address(
    outside: &Outside,
    arrival: &Arrival,
    (here, headers): (&str, &HeaderMap),
) -> Result<Response, Fault> {
    let Ok(to) = ReturnTo::parse(&arrival.settings, here) else {
        let portal = arrival.settings.portal.origin.as_str();
        return Ok(reply::see_other(&format!("{portal}{LOGIN}")));
    };
    let (address, cookie) = login_for(outside, arrival, (to, headers))?;
    Ok(reply::with_cookie(reply::see_other(&address), cookie))
}

/// The same address, with the cookie that goes with it.
fn login_for(
    outside: &Outside,
    arrival: &Arrival,
    (to, headers): (ReturnTo, &HeaderMap),
) -> Result<(String, Option<HeaderValue>), Fault> {
    let portal = arrival.settings.portal.origin.as_str();
    let nonce = match arrival.site {
        Site::Portal | Site::Shared(_) => None,
        Site::Application(_) => Some(
            Jar::Login
                .read(arrival.origin(), headers)
                .unwrap_or_else(|| outside.entropy.token()),
        ),
    };
    let sealed = seal(
        outside,
        &ReturnTarget {
            to,
            nonce: nonce.as_ref().map(Token::hash),
        },
    )?;
    let cookie = nonce.and_then(|nonce| Jar::Login.set(arrival.origin(), &nonce));
    Ok((format!("{portal}{LOGIN}?to={sealed}"), cookie))
}

/// How long who asked too much at once has to wait, in seconds.
const A_MOMENT: u64 = 1;

/// An answer in place of one that cannot be given.
pub(super) fn failed(desk: &Desk, status: u16, (headers, request_id): (&HeaderMap, &str)) -> Response {
    let (trouble, word) = trouble(status);
    let status = StatusCode::from_u16(trouble.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let settings = desk.settings.load();
    let response = if reply::accepts_html(headers) {
        let language = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        look::Look::new(&settings, language, request_id).show(status, &Page::Trouble(trouble))
    } else {
        reply::json(status, &json!({ "error": word, "request_id": request_id }))
    };
    let response = match status {
        StatusCode::TOO_MANY_REQUESTS => reply::retry_after(response, A_MOMENT),
        StatusCode::SERVICE_UNAVAILABLE => reply::retry_after(response, fault::RETRY_AFTER),
        _ => response,
    };
    // Whose host it was may be unknown; where people log in by TLS, they come to every host of ours by TLS.
    reply::dress(response, Some(&settings.portal.origin), request_id)
}

fn trouble(status: u16) -> (Trouble, &'static str) {
    match status {
        403 => (Trouble::Refused, "refused"),
        404 => (Trouble::NotFound, "not_found"),
        405 => (Trouble::MethodNotAllowed, "method_not_allowed"),
        408 => (Trouble::Timeout, "timeout"),
        413 => (Trouble::TooLarge, "too_large"),
        421 => (Trouble::Misdirected, "misdirected"),
        429 => (Trouble::TooMany { wait_seconds: A_MOMENT }, "too_many_requests"),
        431 => (Trouble::HeadersTooLarge, "headers_too_large"),
        502 => (Trouble::UpstreamDown, "upstream_down"),
        503 => (Trouble::Unavailable, "unavailable"),
        504 => (Trouble::UpstreamSlow, "upstream_slow"),
        400..=499 => (Trouble::BadRequest, "bad_request"),
        _ => (Trouble::Fault, "fault"),
    }
}
