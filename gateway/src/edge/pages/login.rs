//! The first page: name and password. Also where browsers with a session come by on their way to another host.

use super::csrf::Form;
use super::depart::{self, Came};
use super::visitor::{ENROL, LOGIN, PASSWORD, SECOND_FACTOR, Visitor};
use super::{Closed, Desk, look, refusal};
use crate::domain::assurance::Need;
use crate::domain::audit::LoginEnd;
use crate::domain::policy::{Decision, own_changes, own_pages};
use crate::domain::secret::Secret;
use crate::domain::settings::Site;
use crate::domain::time::Timestamp;
use crate::domain::user::{Known, Secrecy, Subject};
use crate::edge::cookie::{self, Jar};
use crate::edge::reply;
use crate::flow::login::{Outcome, Typed};
use crate::flow::opening::Opened;
use crate::flow::question::Delivery;
use auth_pages::{LoginPage, Page, Problem, Trouble};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;

/// What the first page asks for.
#[derive(Deserialize)]
pub(super) struct Fields {
    username: String,
    password: String,
}

/// Shows the page, unless the browser is further already.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Closed> {
    if !visitor.is_on_portal() {
        let home = visitor.arrival.origin().as_str();
        return Ok(refusal::login_address(
            &desk.outside,
            &visitor.arrival,
            (&format!("{home}/"), &headers),
        )?);
    }
    if let Some((_, known)) = visitor.session.clone() {
        return with_session(&desk, &visitor, (&known, Came::ByNavigation)).await;
    }
    if visitor.brought_login && desk.logins.resume(&visitor.visit(), &visitor.login).await?.is_some() {
        return Ok(reply::see_other(&visitor.page(SECOND_FACTOR)));
    }
    show(&desk, &visitor, (StatusCode::OK, String::new(), None))
}

/// Judges what was typed.
pub(super) async fn submit(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Fields>,
) -> Result<Response, Closed> {
    if !visitor.is_on_portal() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let username = fields.username.clone();
    let typed = Typed {
        username: fields.username,
        password: Secret::new(fields.password),
    };
    let outcome = desk.logins.password(&visitor.visit(), typed).await?;
    match outcome {
        Outcome::Wrong => show(
            &desk,
            &visitor,
            (StatusCode::UNPROCESSABLE_ENTITY, username, Some(Problem::Wrong)),
        ),
        Outcome::Busy => {
            let page = show(
                &desk,
                &visitor,
                (StatusCode::SERVICE_UNAVAILABLE, username, Some(Problem::Busy)),
            )?;
            Ok(reply::retry_after(page, crate::edge::fault::RETRY_AFTER))
        }
        Outcome::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let page = show(
                &desk,
                &visitor,
                (
                    StatusCode::TOO_MANY_REQUESTS,
                    username,
                    Some(Problem::Throttled { wait_seconds }),
                ),
            )?;
            Ok(reply::retry_after(page, wait_seconds))
        }
        Outcome::Ask(..)
        | Outcome::AskPassword
        | Outcome::Enrol(_)
        | Outcome::Opened(_)
        | Outcome::TooSoon(_)
        | Outcome::Refused(_)
        | Outcome::Gone => proceed(&desk, &visitor, outcome),
    }
}

/// Phrases everything a login can lead to but a wrong answer.
pub(super) fn proceed(desk: &Desk, visitor: &Visitor, outcome: Outcome) -> Result<Response, Closed> {
    let origin = visitor.arrival.origin();
    match outcome {
        Outcome::Ask(question, token) => {
            let address = match question.delivery {
                Delivery::NotNeeded | Delivery::Sent => visitor.page(SECOND_FACTOR),
                Delivery::Failed => visitor.marked_page(SECOND_FACTOR, super::second_factor::UNDELIVERED),
            };
            Ok(reply::with_cookie(
                reply::see_other(&address),
                Jar::Login.set(origin, &token),
            ))
        }
        Outcome::Enrol(token) => Ok(reply::with_cookie(
            reply::see_other(&visitor.page(ENROL)),
            Jar::Login.set(origin, &token),
        )),
        Outcome::Opened(opened) => {
            let on_their_way = depart::after_form(&visitor.bound_for(desk, &opened.return_to));
            let response = with_session_cookies((desk, visitor), &opened, on_their_way);
            Ok(reply::with_cookie(response, Jar::Login.expire(origin)))
        }
        Outcome::AskPassword => show(desk, visitor, (StatusCode::OK, String::new(), None)),
        Outcome::Refused(why) => Ok(ended(visitor, why)),
        Outcome::Gone | Outcome::Wrong | Outcome::Throttled(_) | Outcome::Busy | Outcome::TooSoon(_) => {
            Ok(ended(visitor, LoginEnd::Abandoned))
        }
    }
}

/// Hands out what a finished login has opened, or what an open session was raised to.
pub(super) fn with_session_cookies(
    (desk, visitor): (&Desk, &Visitor),
    opened: &Opened,
    response: Response,
) -> Response {
    if let Some((old, _)) = &visitor.session {
        desk.subjects.forget(old);
    }
    let origin = visitor.arrival.origin();
    let mut response = reply::with_cookie(response, Jar::Session.set(origin, &opened.token));
    let same = visitor.session.as_ref().map(|(_, known)| known.user.id) == Some(opened.user);
    if let (Site::Shared(application), false) = (&visitor.arrival.site, same) {
        for line in cookie::expire_sessions(application) {
            response = reply::with_cookie(response, Some(line));
        }
    }
    if let Some(device) = &opened.device {
        response = reply::with_cookie(response, Jar::Device.set(origin, device));
    }
    response
}

/// The login has led nowhere; a new one may be begun.
pub(super) fn ended(visitor: &Visitor, why: LoginEnd) -> Response {
    let trouble = match why {
        LoginEnd::NotEnrolled => Trouble::NotEnrolled,
        LoginEnd::ChangesFrozen => Trouble::ChangesFrozen,
        LoginEnd::TooManyFailures | LoginEnd::Abandoned => Trouble::LoginEnded {
            login_url: visitor.page(LOGIN),
        },
    };
    let mut response = look::of(visitor).trouble(trouble);
    if why == LoginEnd::TooManyFailures {
        // It answers a wrong code.
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    reply::with_cookie(response, Jar::Login.expire(visitor.arrival.origin()))
}

/// Sets the login cookie of a visitor who came without one.
pub(super) fn with_login_cookie(visitor: &Visitor, response: Response) -> Response {
    if visitor.brought_login {
        return response;
    }
    reply::with_cookie(response, Jar::Login.set(visitor.arrival.origin(), &visitor.login))
}

/// A browser with a session: on to where it wants to go, or to what is still missing for that.
pub(super) async fn with_session(
    desk: &Desk,
    visitor: &Visitor,
    (known, came): (&Arc<Known>, Came),
) -> Result<Response, Closed> {
    let visit = visitor.visit();
    if known.user.secrecy == Secrecy::Compromised {
        return to_new_password(desk, visitor, known).await;
    }
    let subject = Subject::User(Arc::clone(known));
    let wanted = visitor
        .target()
        .and_then(|target| desk.logins.wanted(&visit, target, &subject));
    let need = match wanted {
        Some(Decision::Admit(_)) => return Ok(depart::go(desk, visitor, (&known.session, came)).await?),
        Some(Decision::Refuse(_)) => {
            return Ok(look::of(visitor).trouble(Trouble::Refused));
        }
        // Whatever the proofs look like from here: going there now would only lead back.
        Some(Decision::Authenticate(need)) => need,
        None if may_see_own_page(desk, visitor, known) => {
            return Ok(depart::go(desk, visitor, (&known.session, came)).await?);
        }
        None => own_need(visitor, known, desk.outside.clock.now()),
    };
    raise(desk, visitor, (known, need)).await
}

async fn raise(desk: &Desk, visitor: &Visitor, (known, need): (&Arc<Known>, Need)) -> Result<Response, Closed> {
    let visit = visitor.visit();
    if visitor.brought_login && desk.logins.is_raising(&visit, known, &need).await? {
        return Ok(reply::see_other(&visitor.page(SECOND_FACTOR)));
    }
    let outcome = desk.logins.raise(&visit, known, need).await?;
    proceed(desk, visitor, outcome)
}

/// Whoever has a password that others seem to know gets nowhere before they have another.
async fn to_new_password(desk: &Desk, visitor: &Visitor, known: &Arc<Known>) -> Result<Response, Closed> {
    let now = desk.outside.clock.now();
    let need = own_changes(&visitor.arrival.settings, &known.user, &known.enrolled, now);
    if need.is_met_by(&known.session.authentications, now) {
        return Ok(reply::see_other(PASSWORD));
    }
    raise(desk, visitor, (known, need)).await
}

/// Whether a session suffices for the page of our own that its browser wants.
pub(super) fn may_see_own_page(desk: &Desk, visitor: &Visitor, known: &Known) -> bool {
    let now = desk.outside.clock.now();
    let owes = visitor
        .arrival
        .settings
        .duty
        .is_owed_by(&known.user, &known.enrolled, now);
    !owes && own_need(visitor, known, now).is_met_by(&known.session.authentications, now)
}

fn own_need(visitor: &Visitor, known: &Known, now: Timestamp) -> Need {
    let settings = &visitor.arrival.settings;
    match visitor.own_page.wants_fresh_proof() {
        true => own_changes(settings, &known.user, &known.enrolled, now),
        false => own_pages(settings, &known.user, &known.enrolled, now),
    }
}

fn show(
    desk: &Desk,
    visitor: &Visitor,
    (status, username, problem): (StatusCode, String, Option<Problem>),
) -> Result<Response, Closed> {
    let form = look::form(desk, visitor, visitor.page(LOGIN))?;
    let response = look::of(visitor).show(
        status,
        &Page::Login(LoginPage {
            form,
            username,
            recover_url: super::recover::link(visitor),
            register_url: super::register::link(desk, visitor),
            problem,
        }),
    );
    Ok(with_login_cookie(visitor, response))
}
