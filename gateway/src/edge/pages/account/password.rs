//! The password, changed by its owner.

use super::gate::{Turned, change};
use crate::domain::password::Unfit;
use crate::domain::secret::Secret;
use crate::domain::user::Secrecy;
use crate::edge::cookie::Jar;
use crate::edge::pages::csrf::Form;
use crate::edge::pages::visitor::{LOGIN, OwnPage, PASSWORD, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::own_password::{PasswordChange, change_password};
use auth_pages::{Page, PasswordPage, PasswordProblem, Problem};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// The present password, and the one to come.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Fields {
    password: String,
    new_password: String,
}

/// Asks for both.
pub(in crate::edge::pages) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Password).await?;
    let compromised = owner.known.user.secrecy == Secrecy::Compromised;
    let why = compromised.then_some(PasswordProblem::Compromised);
    show(&desk, &visitor, (StatusCode::OK, why))
}

/// Changes it. All sessions end with the old password, this one too: the next login is by the new one.
pub(in crate::edge::pages) async fn submit(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Fields>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Password).await?;
    let passwords = (Secret::new(fields.password), Secret::new(fields.new_password));
    let (status, problem) = match change_password(&desk.outside, (&owner, &visitor.visit()), passwords).await? {
        PasswordChange::Done => {
            let origin = visitor.arrival.origin();
            return Ok(reply::with_cookie(reply::see_other(LOGIN), Jar::Session.expire(origin)));
        }
        PasswordChange::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, PasswordProblem::Login(Problem::Wrong)),
        PasswordChange::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let problem = PasswordProblem::Login(Problem::Throttled { wait_seconds });
            let page = show(&desk, &visitor, (StatusCode::TOO_MANY_REQUESTS, Some(problem)))?;
            return Ok(reply::retry_after(page, wait_seconds));
        }
        PasswordChange::Unchanged => (StatusCode::UNPROCESSABLE_ENTITY, PasswordProblem::Unchanged),
        PasswordChange::Busy => (StatusCode::SERVICE_UNAVAILABLE, PasswordProblem::Login(Problem::Busy)),
        PasswordChange::Unfit(unfit) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            match unfit {
                Unfit::TooLong => PasswordProblem::TooLong,
                Unfit::TooShort => PasswordProblem::TooShort,
                Unfit::ContainsName => PasswordProblem::ContainsName,
                Unfit::TooCommon => PasswordProblem::TooCommon,
            },
        ),
    };
    show(&desk, &visitor, (status, Some(problem)))
}

fn show(
    desk: &Desk,
    visitor: &Visitor,
    (status, problem): (StatusCode, Option<PasswordProblem>),
) -> Result<Response, Turned> {
    let username = visitor
        .session
        .as_ref()
        .map(|(_, known)| known.user.name.as_str().to_owned());
    let page = PasswordPage {
        form: sight::form(desk, visitor, PASSWORD.to_owned())?,
        username: username.unwrap_or_default(),
        problem,
    };
    Ok(super::with_login_cookie(
        visitor,
        sight::of(visitor).show(status, &Page::Password(page)),
    ))
}
