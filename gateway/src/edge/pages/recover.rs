//! A forgotten password: who it is, the code from their mailbox, the new password. The same answers for whoever is named.

use super::csrf::Form;
use super::visitor::{LOGIN, RECOVER, RECOVER_CODE, RECOVER_PASSWORD, Visitor};
use super::{Closed, Desk, look};
use crate::domain::authenticator::challenge::DIGITS;
use crate::domain::password::{LONGEST, Standard, Unfit};
use crate::domain::recovery::{LIFE, Replacement};
use crate::domain::secret::Secret;
use crate::domain::user::UserName;
use crate::edge::cookie::Jar;
use crate::edge::{fault, reply};
use crate::flow::recovery::{Answered, Asked, Chosen, Stage};
use auth_pages::{
    NewPasswordPage, NewPasswordProblem, Page, PasswordIs, Problem, RecoverCodePage, RecoverPage, RecoveredPage,
    WeakPassword,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// Who forgot it.
#[derive(Deserialize)]
pub(super) struct Named {
    username: String,
}

/// The code from the mailbox.
#[derive(Deserialize)]
pub(super) struct Typed {
    code: String,
}

/// The password from now on.
#[derive(Deserialize)]
pub(super) struct New {
    new_password: String,
}

/// Where passwords are recovered; nothing where an operator must help.
pub(super) fn link(visitor: &Visitor) -> Option<String> {
    match visitor.arrival.settings.recovery.password {
        Replacement::Email => Some(visitor.page(RECOVER)),
        Replacement::None => None,
    }
}

/// Asks who forgot their password.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    show(&desk, &visitor, (StatusCode::OK, String::new(), None))
}

/// Begins a recovery of whoever was named.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Named>,
) -> Result<Response, Closed> {
    if link(&visitor).is_none() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let named = fields.username;
    let asked = (named.clone(), visitor.host().host());
    let circumstances = &visitor.arrival.circumstances;
    match desk.recoveries.ask(&visitor.login, asked, circumstances).await? {
        Asked::Perhaps => Ok(reply::see_other(&visitor.page(RECOVER_CODE))),
        Asked::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let problem = Some(Problem::Throttled { wait_seconds });
            let page = show(&desk, &visitor, (StatusCode::TOO_MANY_REQUESTS, named, problem))?;
            Ok(reply::retry_after(page, wait_seconds))
        }
        Asked::Busy => {
            let problem = Some(Problem::Busy);
            let page = show(&desk, &visitor, (StatusCode::SERVICE_UNAVAILABLE, named, problem))?;
            Ok(reply::retry_after(page, fault::RETRY_AFTER))
        }
    }
}

/// Asks for the code, in a browser that waits for one.
pub(super) async fn code_page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    match desk.recoveries.stage(&visitor.login).await? {
        Stage::Code => show_code(&desk, &visitor, (StatusCode::OK, None)),
        Stage::Password(_) => Ok(reply::see_other(&visitor.page(RECOVER_PASSWORD))),
        Stage::Nothing => Ok(reply::see_other(&visitor.page(RECOVER))),
    }
}

/// Judges the code.
pub(super) async fn answer(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Typed>,
) -> Result<Response, Closed> {
    let (code, circumstances) = (Secret::new(fields.code), &visitor.arrival.circumstances);
    match desk.recoveries.answer(&visitor.login, &code, circumstances).await? {
        Answered::Right(token) => {
            let cookie = Jar::Login.set(visitor.arrival.origin(), &token);
            let response = reply::see_other(&visitor.page(RECOVER_PASSWORD));
            Ok(reply::with_cookie(response, cookie))
        }
        Answered::Wrong => {
            let shown = (StatusCode::UNPROCESSABLE_ENTITY, Some(Problem::Wrong));
            show_code(&desk, &visitor, shown)
        }
        Answered::Gone => gone(&desk, &visitor),
    }
}

/// Asks for the new password, in a browser that may choose one.
pub(super) async fn password_page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    match desk.recoveries.stage(&visitor.login).await? {
        Stage::Password(name) => show_password(&desk, &visitor, (StatusCode::OK, name, None)),
        Stage::Code => Ok(reply::see_other(&visitor.page(RECOVER_CODE))),
        Stage::Nothing => Ok(reply::see_other(&visitor.page(RECOVER))),
    }
}

/// Replaces the password.
pub(super) async fn replace(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<New>,
) -> Result<Response, Closed> {
    let password = Secret::new(fields.new_password);
    let place = (visitor.arrival.settings.as_ref(), &visitor.arrival.circumstances);
    match desk.recoveries.replace(&visitor.login, password, place).await? {
        Chosen::Done => {
            let login_url = visitor.page(LOGIN);
            let page = Page::Recovered(RecoveredPage { login_url });
            Ok(look::of(&visitor).show(StatusCode::OK, &page))
        }
        Chosen::Unfit(unfit, name) => {
            let weak = NewPasswordProblem::Weak(weak(unfit));
            let shown = (StatusCode::UNPROCESSABLE_ENTITY, name, Some(weak));
            show_password(&desk, &visitor, shown)
        }
        Chosen::Busy(name) => {
            let busy = NewPasswordProblem::Other(Problem::Busy);
            let shown = (StatusCode::SERVICE_UNAVAILABLE, name, Some(busy));
            let page = show_password(&desk, &visitor, shown)?;
            Ok(reply::retry_after(page, fault::RETRY_AFTER))
        }
        Chosen::Gone => gone(&desk, &visitor),
    }
}

pub(super) fn weak(unfit: Unfit) -> WeakPassword {
    match unfit {
        Unfit::TooLong => WeakPassword::TooLong { most: number(LONGEST) },
        Unfit::TooShort { least } => WeakPassword::TooShort { least: number(least) },
        Unfit::ContainsName => WeakPassword::ContainsName,
        Unfit::TooCommon => WeakPassword::TooCommon,
    }
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The recovery is too old, or another one has begun: it starts again, and nothing was changed.
fn gone(desk: &Desk, visitor: &Visitor) -> Result<Response, Closed> {
    let shown = (StatusCode::FORBIDDEN, String::new(), Some(Problem::OutOfDate));
    show(desk, visitor, shown)
}

fn show(
    desk: &Desk,
    visitor: &Visitor,
    (status, username, problem): (StatusCode, String, Option<Problem>),
) -> Result<Response, Closed> {
    let Some(action) = link(visitor) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let page = Page::Recover(RecoverPage {
        form: look::form(desk, visitor, action)?,
        login_url: visitor.page(LOGIN),
        username,
        problem,
    });
    let response = look::of(visitor).show(status, &page);
    Ok(super::login::with_login_cookie(visitor, response))
}

fn show_code(
    desk: &Desk,
    visitor: &Visitor,
    (status, problem): (StatusCode, Option<Problem>),
) -> Result<Response, Closed> {
    let page = Page::RecoverCode(RecoverCodePage {
        form: look::form(desk, visitor, visitor.page(RECOVER_CODE))?,
        resend: None,
        resend_wait_seconds: 0,
        restart_url: visitor.page(RECOVER),
        digits: DIGITS,
        minutes: u32::try_from(LIFE.as_secs() / 60).unwrap_or(u32::MAX),
        problem,
    });
    Ok(look::of(visitor).show(status, &page))
}

fn show_password(
    desk: &Desk,
    visitor: &Visitor,
    (status, name, problem): (StatusCode, UserName, Option<NewPasswordProblem>),
) -> Result<Response, Closed> {
    let page = Page::NewPassword(NewPasswordPage {
        form: look::form(desk, visitor, visitor.page(RECOVER_PASSWORD))?,
        username: name.as_str().to_owned(),
        is: PasswordIs::Another,
        least: number(Standard::least_for_all(&visitor.arrival.settings)),
        problem,
    });
    Ok(look::of(visitor).show(status, &page))
}
