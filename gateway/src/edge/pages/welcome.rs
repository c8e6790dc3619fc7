//! The first password of whoever an operator has added, by a one-use link. Opening it changes nothing; its form does.

use super::csrf::Form;
use super::recover::{number, weak};
use super::visitor::{LOGIN, Visitor};
use super::{Closed, Desk, look};
use crate::domain::password::Standard;
use crate::domain::secret::Secret;
use crate::domain::user::UserName;
use crate::edge::link::FIRST_PASSWORD;
use crate::edge::{fault, reply};
use crate::flow::registration::{Linked, Welcomed};
use auth_pages::{NewPasswordPage, NewPasswordProblem, Page, PasswordIs, Problem, RegisteredPage, Trouble};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// The password.
#[derive(Deserialize)]
pub(super) struct First {
    new_password: String,
}

/// Asks for the password.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    let Some(link) = visitor.invitation() else {
        return Ok(look::of(&visitor).trouble(Trouble::LinkEnded));
    };
    match desk.registrations.linked(&link).await? {
        Some(Linked::Member(name)) => show(&desk, &visitor, (StatusCode::OK, name, None)),
        Some(Linked::Guest(_)) | None => Ok(look::of(&visitor).trouble(Trouble::LinkEnded)),
    }
}

/// Sets it.
pub(super) async fn choose(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<First>,
) -> Result<Response, Closed> {
    let Some(link) = visitor.invitation() else {
        return Ok(look::of(&visitor).trouble(Trouble::LinkEnded));
    };
    let password = Secret::new(fields.new_password);
    let place = (visitor.arrival.settings.as_ref(), &visitor.arrival.circumstances);
    match desk.registrations.welcome(&link, password, place).await? {
        Welcomed::Done => {
            let login_url = visitor.page(LOGIN);
            let page = Page::Registered(RegisteredPage { login_url });
            Ok(look::of(&visitor).show(StatusCode::OK, &page))
        }
        Welcomed::Unfit(unfit, name) => {
            let weak = NewPasswordProblem::Weak(weak(unfit));
            show(&desk, &visitor, (StatusCode::UNPROCESSABLE_ENTITY, name, Some(weak)))
        }
        Welcomed::Busy(name) => {
            let busy = NewPasswordProblem::Other(Problem::Busy);
            let page = show(&desk, &visitor, (StatusCode::SERVICE_UNAVAILABLE, name, Some(busy)))?;
            Ok(reply::retry_after(page, fault::RETRY_AFTER))
        }
        Welcomed::LinkEnded => Ok(look::of(&visitor).trouble(Trouble::LinkEnded)),
    }
}

fn show(
    desk: &Desk,
    visitor: &Visitor,
    (status, name, problem): (StatusCode, UserName, Option<NewPasswordProblem>),
) -> Result<Response, Closed> {
    let page = Page::NewPassword(NewPasswordPage {
        form: look::form(desk, visitor, visitor.linked_page(FIRST_PASSWORD))?,
        username: name.as_str().to_owned(),
        is: PasswordIs::TheFirst,
        least: number(Standard::least_for_all(&visitor.arrival.settings)),
        problem,
    });
    let response = look::of(visitor).show(status, &page);
    Ok(super::login::with_login_cookie(visitor, response))
}
