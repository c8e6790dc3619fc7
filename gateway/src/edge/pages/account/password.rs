//! The password, changed by its owner.

use super::gate::{Turned, act, change};
use crate::domain::password::Standard;
use crate::domain::secret::Secret;
use crate::domain::user::Secrecy;
use crate::edge::pages::csrf::Form;
use crate::edge::pages::recover::{number, weak};
use crate::edge::pages::visitor::{OwnPage, PASSWORD, SECURITY, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::account::Owner;
use crate::flow::own_password::{PasswordChange, change_password};
use auth_pages::{NewPasswordProblem, Page, PasswordPage, Problem, WeakPassword};
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
    let why = compromised.then_some(NewPasswordProblem::Compromised);
    show(&desk, &visitor, (&owner, StatusCode::OK, why))
}

/// Changes it. All sessions end with the old password but this one.
pub(in crate::edge::pages) async fn submit(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Fields>,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::Password).await?;
    let passwords = (Secret::new(fields.password), Secret::new(fields.new_password));
    let (status, problem) = match change_password(&desk.outside, (&owner, &visitor.visit()), passwords).await? {
        PasswordChange::Done => {
            if let Some((token, _)) = &visitor.session {
                desk.subjects.forget(token);
            }
            return Ok(reply::see_other(&format!("{SECURITY}?done=password")));
        }
        PasswordChange::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            NewPasswordProblem::Other(Problem::Wrong),
        ),
        PasswordChange::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let problem = NewPasswordProblem::Other(Problem::Throttled { wait_seconds });
            let page = show(&desk, &visitor, (&owner, StatusCode::TOO_MANY_REQUESTS, Some(problem)))?;
            return Ok(reply::retry_after(page, wait_seconds));
        }
        PasswordChange::Unchanged => (
            StatusCode::UNPROCESSABLE_ENTITY,
            NewPasswordProblem::Weak(WeakPassword::Unchanged),
        ),
        PasswordChange::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            NewPasswordProblem::Other(Problem::Busy),
        ),
        PasswordChange::Unfit(unfit) => (StatusCode::UNPROCESSABLE_ENTITY, NewPasswordProblem::Weak(weak(unfit))),
    };
    show(&desk, &visitor, (&owner, status, Some(problem)))
}

fn show(
    desk: &Desk,
    visitor: &Visitor,
    (owner, status, problem): (&Owner<'_>, StatusCode, Option<NewPasswordProblem>),
) -> Result<Response, Turned> {
    let user = &owner.known.user;
    let page = PasswordPage {
        form: sight::form(desk, visitor, PASSWORD.to_owned())?,
        username: user.name.as_str().to_owned(),
        least: number(Standard::of_user(owner.settings, user).least()),
        problem,
    };
    Ok(super::with_login_cookie(
        visitor,
        sight::of(visitor).show(status, &Page::Password(page)),
    ))
}
