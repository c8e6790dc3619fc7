//! Several tabs of one browser: there is one login for all of them, so a page may be out of date because another tab
//! went on. It then goes on, too; nothing of what was sent from it is used.

use super::depart;
use super::login::may_see_own_page;
use super::visitor::{LOGIN, METHODS, RESEND, SECOND_FACTOR, Visitor};
use super::{Closed, Desk, look};
use crate::domain::policy::Decision;
use crate::domain::user::Subject;
use crate::edge::reply;
use crate::flow::login::Outcome;
use auth_pages::{LoginPage, Page, Problem, Trouble};
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use serde_json::json;
use std::sync::Arc;

/// The mark in the address of a form that is shown again because the browser brought no cookie.
const AGAIN: &str = "again";

/// Whether the browser can go on from the page that asks, because another tab has done what it waits for.
pub(super) async fn here(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Response {
    reply::json(StatusCode::OK, &json!({ "onward": leads_onward(&desk, &visitor) }))
}

fn leads_onward(desk: &Desk, visitor: &Visitor) -> bool {
    let Some((_, known)) = &visitor.session else {
        return false;
    };
    let subject = Subject::User(Arc::clone(known));
    let wanted = |target| desk.logins.wanted(&visitor.visit(), target, &subject);
    match visitor.target().and_then(wanted) {
        Some(Decision::Admit(_) | Decision::Refuse(_)) => true,
        Some(Decision::Authenticate(_)) => false,
        None => may_see_own_page(desk, visitor, known),
    }
}

/// What a form of ours is answered that was sent from a page which is out of date.
pub(super) async fn out_of_date(desk: &Desk, visitor: &Visitor, sent_to: &Uri) -> Result<Response, Closed> {
    let of_a_login = [LOGIN, SECOND_FACTOR, METHODS, RESEND].contains(&sent_to.path());
    if !of_a_login || !visitor.is_on_portal() {
        return show(visitor, &Page::Trouble(Trouble::Stale));
    }
    if visitor.session.is_some() {
        return Ok(depart::after_form(visitor));
    }
    if !visitor.brought_login && has_mark(sent_to) {
        let login_url = visitor.page(LOGIN);
        return show(visitor, &Page::Trouble(Trouble::NoCookies { login_url }));
    }
    // Whoever has moved on from the password only follows; a later form with a wrong token is refused.
    if visitor.brought_login
        && sent_to.path() == LOGIN
        && let Some(Outcome::Ask(..)) = desk.logins.resume(&visitor.visit(), &visitor.login).await?
    {
        return Ok(reply::see_other(&visitor.page(SECOND_FACTOR)));
    }
    let action = match visitor.brought_login {
        true => visitor.page(LOGIN),
        false => visitor.marked_page(LOGIN, AGAIN),
    };
    let page = LoginPage {
        form: look::form(desk, visitor, action)?,
        username: String::new(),
        recover_url: None,
        register_url: None,
        problem: Some(Problem::OutOfDate),
    };
    show(visitor, &Page::Login(page))
}

fn has_mark(sent_to: &Uri) -> bool {
    sent_to
        .query()
        .is_some_and(|query| query.split('&').any(|mark| mark == AGAIN))
}

fn show(visitor: &Visitor, page: &Page) -> Result<Response, Closed> {
    let response = look::of(visitor).show(StatusCode::FORBIDDEN, page);
    Ok(super::login::with_login_cookie(visitor, response))
}
