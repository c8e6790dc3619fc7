//! The second page: the code, another method, a new code.

use super::csrf::{Form, Pressed};
use super::login::{ended, proceed};
use super::visitor::{ENROL, LOGIN, LOGOUT, METHODS, RESEND, SECOND_FACTOR, Visitor};
use super::{Closed, Desk, arrival, look};
use crate::domain::audit::LoginEnd;
use crate::domain::authenticator::Face;
use crate::domain::secret::Secret;
use crate::edge::reply;
use crate::flow::login::{Answer, Outcome, Question};
use auth_pages::{Choice, MethodsPage, Page, Problem, SecondFactorPage};
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use serde::Deserialize;
use std::sync::Arc;

/// The mark in the query of a page whose code could not be delivered.
pub(super) const UNDELIVERED: &str = "undelivered";

/// What the page asks for.
#[derive(Deserialize)]
pub(super) struct Fields {
    authenticator: String,
    code: String,
}

/// Which method was chosen.
#[derive(Deserialize)]
pub(super) struct Chosen {
    authenticator: String,
}

/// Shows what the login waits for. Loading it again sends nothing.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor, uri: Uri) -> Result<Response, Closed> {
    let undelivered = uri
        .query()
        .is_some_and(|query| query.split('&').any(|mark| mark == UNDELIVERED));
    match desk.logins.resume(&visitor.visit(), &visitor.login).await? {
        Some(Outcome::Ask(question, _)) => {
            let problem = undelivered.then_some(Problem::NotDelivered);
            show(&desk, &visitor, (&question, StatusCode::OK, problem)).await
        }
        Some(Outcome::Enrol(_)) => Ok(reply::see_other(&visitor.page(ENROL))),
        Some(_) | None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Judges an answer.
pub(super) async fn submit(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Fields>,
) -> Result<Response, Closed> {
    let answer = Answer {
        authenticator: fields.authenticator.parse().ok(),
        code: Secret::new(fields.code),
    };
    let visit = visitor.visit();
    match desk.logins.answer(&visit, &answer).await? {
        Outcome::Wrong => again(&desk, &visitor, (StatusCode::UNPROCESSABLE_ENTITY, Problem::Wrong)).await,
        Outcome::Throttled(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let page = again(
                &desk,
                &visitor,
                (StatusCode::TOO_MANY_REQUESTS, Problem::Throttled { wait_seconds }),
            )
            .await?;
            Ok(reply::retry_after(page, wait_seconds))
        }
        outcome @ (Outcome::Ask(..)
        | Outcome::AskPassword
        | Outcome::Enrol(_)
        | Outcome::Opened(_)
        | Outcome::Busy
        | Outcome::TooSoon(_)
        | Outcome::Refused(_)
        | Outcome::Gone) => proceed(&desk, &visitor, outcome),
    }
}

/// Shows every method that would do.
pub(super) async fn methods(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    let Some(Outcome::Ask(question, _)) = desk.logins.resume(&visitor.visit(), &visitor.login).await? else {
        return Ok(reply::see_other(&visitor.page(LOGIN)));
    };
    let choice = |(authenticator, face): (String, &Face)| Choice {
        authenticator,
        ask: look::ask(face),
    };
    let own = (question.authenticator.to_string(), &question.face);
    let choices = std::iter::once(own)
        .chain(question.others.iter().map(|(id, face)| (id.to_string(), face)))
        .map(choice)
        .collect();
    let form = look::form(&desk, &visitor, visitor.page(METHODS))?;
    let page = Page::Methods(MethodsPage {
        form,
        choices,
        back_url: visitor.page(SECOND_FACTOR),
    });
    Ok(look::of(&visitor).show(StatusCode::OK, &page))
}

/// Asks another authenticator.
pub(super) async fn choose(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Chosen>,
) -> Result<Response, Closed> {
    let Ok(authenticator) = fields.authenticator.parse() else {
        return Ok(reply::see_other(&visitor.page(METHODS)));
    };
    let outcome = desk.logins.choose(&visitor.visit(), authenticator).await?;
    put(&desk, &visitor, outcome).await
}

/// Sends a new code.
pub(super) async fn resend(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let outcome = desk.logins.resend(&visitor.visit()).await?;
    put(&desk, &visitor, outcome).await
}

async fn put(desk: &Desk, visitor: &Visitor, outcome: Outcome) -> Result<Response, Closed> {
    match outcome {
        Outcome::TooSoon(wait) => {
            let wait_seconds = wait.0.as_secs().max(1);
            let page = again(
                desk,
                visitor,
                (StatusCode::TOO_MANY_REQUESTS, Problem::ResendTooSoon { wait_seconds }),
            )
            .await?;
            Ok(reply::retry_after(page, wait_seconds))
        }
        outcome @ (Outcome::Ask(..)
        | Outcome::AskPassword
        | Outcome::Enrol(_)
        | Outcome::Opened(_)
        | Outcome::Wrong
        | Outcome::Throttled(_)
        | Outcome::Busy
        | Outcome::Refused(_)
        | Outcome::Gone) => proceed(desk, visitor, outcome),
    }
}

/// The same question again, with what was wrong.
async fn again(desk: &Desk, visitor: &Visitor, (status, problem): (StatusCode, Problem)) -> Result<Response, Closed> {
    match desk.logins.asked(&visitor.visit()).await? {
        Some(Outcome::Ask(question, _)) => show(desk, visitor, (&question, status, Some(problem))).await,
        Some(_) | None => Ok(ended(visitor, LoginEnd::Abandoned)),
    }
}

async fn show(
    desk: &Desk,
    visitor: &Visitor,
    (question, status, problem): (&Question, StatusCode, Option<Problem>),
) -> Result<Response, Closed> {
    let resends = match question.face {
        Face::App { .. } | Face::EmergencyCodes { .. } => None,
        Face::Sms { .. } | Face::Voice { .. } | Face::Email { .. } => {
            Some(look::form(desk, visitor, visitor.page(RESEND))?)
        }
    };
    let page = SecondFactorPage {
        form: look::form(desk, visitor, visitor.page(SECOND_FACTOR))?,
        resend: resends,
        methods_url: (!question.others.is_empty()).then(|| visitor.page(METHODS)),
        cancel: look::form(desk, visitor, visitor.page(LOGOUT))?,
        authenticator: question.authenticator.to_string(),
        ask: look::ask(&question.face),
        digits: question.digits,
        sent: arrival::known(desk, visitor).await,
        resend_wait_seconds: question.resend_after.as_secs(),
        problem,
    };
    Ok(look::of(visitor).show(status, &Page::SecondFactor(page)))
}
