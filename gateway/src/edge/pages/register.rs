//! A new account: the form, the code from the mailbox, the code from the phone. The same answers for every address.

use super::csrf::{Form, Pressed};
use super::recover::{number, weak};
use super::setting_up::unfit as unfit_number;
use super::visitor::{LOGIN, REGISTER_CODE, REGISTER_NUMBER, REGISTER_RESEND, Visitor};
use super::{Closed, Desk, look};
use crate::domain::authenticator::challenge::DIGITS;
use crate::domain::authenticator::phone::{self, Channel};
use crate::domain::password::Standard;
use crate::domain::registration::Mode;
use crate::domain::registration::form::channel;
use crate::domain::secret::Secret;
use crate::edge::cookie::Jar;
use crate::edge::link::REGISTER;
use crate::edge::{fault, reply};
use crate::flow::question::Delivery;
use crate::flow::registration::{Answered, Begun, Linked, Resent, Scene, Stage, Typed, Unfit};
use auth_pages::{
    AddressProblem, NumberProof, Page, Problem, RegisterEmail, RegisterNumber, RegisterPage, RegisterProblem,
    RegisterProvePage, RegisterTarget, RegisteredPage, Trouble,
};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// What the form asks for.
#[derive(Deserialize)]
pub(super) struct Fields {
    name: String,
    email: String,
    #[serde(default)]
    number: String,
    new_password: String,
}

/// A code.
#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// Marks the page of a code that could not be sent.
const UNDELIVERED: &str = "undelivered=1";

/// Where accounts are made by everybody; nothing where they are not.
pub(super) fn link(desk: &Desk, visitor: &Visitor) -> Option<String> {
    match desk.registrations.mode(&visitor.arrival.settings) {
        Mode::Open => Some(visitor.page(REGISTER)),
        Mode::Closed | Mode::Invite => None,
    }
}

/// Shows the form: to whoever was invited, and where everybody may register.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    let blank = Written::default();
    show(&desk, &visitor, (StatusCode::OK, blank, None)).await
}

/// Judges the form, and begins.
pub(super) async fn begin(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Fields>,
) -> Result<Response, Closed> {
    let written = Written {
        name: fields.name.clone(),
        email: fields.email.clone(),
        number: fields.number.clone(),
    };
    let typed = Typed {
        name: fields.name,
        email: fields.email,
        number: fields.number,
        password: Secret::new(fields.new_password),
    };
    let link = visitor.invitation();
    if visitor.came_by_broken_link() {
        return show(&desk, &visitor, (StatusCode::NOT_FOUND, written, None)).await;
    }
    let begun = desk
        .registrations
        .begin(&visitor.login, (typed, link.as_ref()), &scene(&visitor))
        .await?;
    match begun {
        Begun::Perhaps => Ok(reply::see_other(&visitor.linked_page(REGISTER_CODE))),
        Begun::Unfit(unfit) => {
            let shown = (StatusCode::UNPROCESSABLE_ENTITY, written, Some(problem(unfit)));
            show(&desk, &visitor, shown).await
        }
        Begun::LinkEnded => Ok(look::of(&visitor).trouble(Trouble::LinkEnded)),
        Begun::Closed => Ok(closed(&desk, &visitor)),
        Begun::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let problem = Some(RegisterProblem::Other(Problem::Throttled { wait_seconds }));
            let page = show(&desk, &visitor, (StatusCode::TOO_MANY_REQUESTS, written, problem)).await?;
            Ok(reply::retry_after(page, wait_seconds))
        }
        Begun::Busy => {
            let problem = Some(RegisterProblem::Other(Problem::Busy));
            let page = show(&desk, &visitor, (StatusCode::SERVICE_UNAVAILABLE, written, problem)).await?;
            Ok(reply::retry_after(page, fault::RETRY_AFTER))
        }
    }
}

/// Asks for the code that this browser waits for.
pub(super) async fn code_page(
    State(desk): State<Arc<Desk>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Closed> {
    let undelivered = query.is_some_and(|query| query.split('&').any(|part| part == UNDELIVERED));
    show_code(&desk, &visitor, undelivered.then_some(Problem::NotDelivered)).await
}

/// Judges a code.
pub(super) async fn answer(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Code>,
) -> Result<Response, Closed> {
    if is_closed(&desk, &visitor) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let code = Secret::new(fields.code);
    match desk
        .registrations
        .answer(&visitor.login, &code, &scene(&visitor))
        .await?
    {
        Answered::Number(token, delivery) => {
            let address = match delivery {
                Delivery::NotNeeded | Delivery::Sent => visitor.linked_page(REGISTER_NUMBER),
                Delivery::Failed => undelivered(&visitor.linked_page(REGISTER_NUMBER)),
            };
            let cookie = Jar::Login.set(visitor.arrival.origin(), &token);
            Ok(reply::with_cookie(reply::see_other(&address), cookie))
        }
        Answered::Done => Ok(done(&visitor)),
        Answered::Wrong => show_code(&desk, &visitor, Some(Problem::Wrong)).await,
        Answered::Taken => over(&desk, &visitor, RegisterProblem::Taken).await,
        Answered::OnTooManyAccounts => {
            let problem = RegisterProblem::Number(AddressProblem::TooManyAccounts);
            over(&desk, &visitor, problem).await
        }
        Answered::LinkEnded => Ok(look::of(&visitor).trouble(Trouble::LinkEnded)),
        Answered::Gone => gone(&desk, &visitor).await,
    }
}

/// Sends another code.
pub(super) async fn resend(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    if is_closed(&desk, &visitor) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let problem = match desk.registrations.resend(&visitor.login, &scene(&visitor)).await? {
        Resent::Again => return Ok(reply::see_other(&visitor.linked_page(REGISTER_CODE))),
        Resent::Failed => Problem::NotDelivered,
        Resent::TooSoon(wait) => Problem::ResendTooSoon {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Resent::Throttled(wait) => Problem::Throttled {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Resent::Gone => return gone(&desk, &visitor).await,
    };
    show_code(&desk, &visitor, Some(problem)).await
}

/// What was typed about a person, to be shown again; never the password.
#[derive(Default)]
struct Written {
    name: String,
    email: String,
    number: String,
}

fn scene(visitor: &Visitor) -> Scene<'_> {
    Scene {
        settings: &visitor.arrival.settings,
        host: visitor.host().host(),
        circumstances: &visitor.arrival.circumstances,
    }
}

fn is_closed(desk: &Desk, visitor: &Visitor) -> bool {
    desk.registrations.mode(&visitor.arrival.settings) == Mode::Closed
}

/// The same page, which also says that the code could not be sent.
fn undelivered(page: &str) -> String {
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}{UNDELIVERED}")
}

/// Nobody registers here: there is no such page. Or not without an invitation.
fn closed(desk: &Desk, visitor: &Visitor) -> Response {
    if is_closed(desk, visitor) {
        StatusCode::NOT_FOUND.into_response()
    } else {
        look::of(visitor).trouble(Trouble::RegistrationClosed)
    }
}

fn done(visitor: &Visitor) -> Response {
    let login_url = visitor.page(LOGIN);
    look::of(visitor).show(StatusCode::OK, &Page::Registered(RegisteredPage { login_url }))
}

/// The registration is too old, or another one has begun: it starts again, and nothing was made.
async fn gone(desk: &Desk, visitor: &Visitor) -> Result<Response, Closed> {
    let problem = Some(RegisterProblem::Other(Problem::OutOfDate));
    show(desk, visitor, (StatusCode::FORBIDDEN, Written::default(), problem)).await
}

/// Everything was proven, and there will be no account all the same; who proved it may know why.
async fn over(desk: &Desk, visitor: &Visitor, problem: RegisterProblem) -> Result<Response, Closed> {
    let shown = (StatusCode::CONFLICT, Written::default(), Some(problem));
    show(desk, visitor, shown).await
}

async fn show(
    desk: &Desk,
    visitor: &Visitor,
    (status, written, problem): (StatusCode, Written, Option<RegisterProblem>),
) -> Result<Response, Closed> {
    let (email, name) = match (desk.registrations.mode(&visitor.arrival.settings), visitor.invitation()) {
        (Mode::Open | Mode::Invite, None) if visitor.came_by_broken_link() => {
            return Ok(look::of(visitor).trouble(Trouble::LinkEnded));
        }
        (Mode::Closed, _) | (Mode::Invite, None) => return Ok(closed(desk, visitor)),
        (Mode::Open, None) => (RegisterEmail::Typed(written.email), written.name),
        (Mode::Open | Mode::Invite, Some(link)) => match desk.registrations.linked(&link).await? {
            Some(Linked::Guest(guest)) => {
                let name = if written.name.is_empty() {
                    guest.display_name
                } else {
                    written.name
                };
                (RegisterEmail::Invited(guest.mailbox.as_str().to_owned()), name)
            }
            Some(Linked::Member(_)) | None => return Ok(look::of(visitor).trouble(Trouble::LinkEnded)),
        },
    };
    let settings = &visitor.arrival.settings;
    let number = channel(&settings.enrolable).map(|channel| RegisterNumber {
        typed: written.number,
        country_code: settings.countries.calling_code(),
        proof: match channel {
            Channel::Sms => NumberProof::Text,
            Channel::Voice => NumberProof::Call,
        },
    });
    let page = Page::Register(RegisterPage {
        form: look::form(desk, visitor, visitor.linked_page(REGISTER))?,
        name,
        email,
        number,
        least: self::number(Standard::least_for_all(&visitor.arrival.settings)),
        login_url: visitor.page(LOGIN),
        problem,
    });
    let response = look::of(visitor).show(status, &page);
    Ok(super::login::with_login_cookie(visitor, response))
}

async fn show_code(desk: &Desk, visitor: &Visitor, problem: Option<Problem>) -> Result<Response, Closed> {
    if is_closed(desk, visitor) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let (sent_to, path, wait) = match desk.registrations.stage(&visitor.login).await? {
        Stage::Nothing => return Ok(reply::see_other(&visitor.linked_page(REGISTER))),
        Stage::Address(address, wait) => (RegisterTarget::Email(address), REGISTER_CODE, wait),
        Stage::Number(phone, wait) => (target(&phone), REGISTER_NUMBER, wait),
    };
    let page = Page::RegisterProve(RegisterProvePage {
        form: look::form(desk, visitor, visitor.linked_page(path))?,
        resend: Some(look::form(desk, visitor, visitor.linked_page(REGISTER_RESEND))?),
        resend_wait_seconds: seconds(wait),
        restart_url: visitor.linked_page(REGISTER),
        sent_to,
        digits: DIGITS,
        problem,
    });
    let status = match problem {
        None | Some(Problem::NotDelivered) => StatusCode::OK,
        Some(Problem::Wrong | Problem::OutOfDate) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(Problem::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        Some(Problem::Throttled { .. } | Problem::ResendTooSoon { .. }) => StatusCode::TOO_MANY_REQUESTS,
    };
    Ok(look::of(visitor).show(status, &page))
}

/// Where a code went, in full: whoever sees it has typed it a moment ago.
fn target(phone: &phone::Phone) -> RegisterTarget {
    let number = phone.number.expose().to_owned();
    match phone.channel {
        Channel::Sms => RegisterTarget::Sms(number),
        Channel::Voice => RegisterTarget::Voice(number),
    }
}

/// Whole seconds, never too few.
fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

fn problem(unfit: Unfit) -> RegisterProblem {
    match unfit {
        Unfit::Name => RegisterProblem::Name,
        Unfit::Address => RegisterProblem::Email(AddressProblem::NotAnAddress),
        Unfit::Domain => RegisterProblem::DomainNotAdmitted,
        Unfit::Number(unfit) => RegisterProblem::Number(unfit_number(unfit)),
        Unfit::Password(unfit) => RegisterProblem::Weak(weak(unfit)),
    }
}
