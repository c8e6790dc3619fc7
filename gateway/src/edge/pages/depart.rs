//! Leaving the portal for where the person wanted to go.

use super::visitor::{TICKET, Visitor};
use super::{Desk, look};
use crate::domain::session::Session;
use crate::edge::reply;
use crate::flow::circle::{self, Round};
use crate::flow::{Fault, ticket};
use auth_pages::{LeavePage, Page, Trouble};
use axum::response::Response;
use http::StatusCode;

/// Whether the browser came here by a form: a page must then stand between the form and another origin, because
/// `form-action 'self'` holds for the redirects after it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// By a link or a redirect of an application.
    ByNavigation,
    /// By a form of ours, and one redirect to this page.
    ByForm,
}

/// Where to go right after a form: to the place itself when it is on this host, else to the page that leaves.
pub(super) fn after_form(visitor: &Visitor) -> Response {
    match visitor.target() {
        None => reply::see_other(visitor.own_page.path()),
        Some(target) if target.to.application().origin.authority() == visitor.host() => {
            reply::see_other(target.to.as_str())
        }
        Some(_) => reply::see_other(&visitor.page(TICKET)),
    }
}

/// Goes to the place, with a ticket where it is on another host, unless it has come back from there too often.
pub(super) async fn go(desk: &Desk, visitor: &Visitor, (session, came): (&Session, Came)) -> Result<Response, Fault> {
    let Some(target) = visitor.target() else {
        return Ok(reply::see_other(visitor.own_page.path()));
    };
    if circle::count(&desk.outside, session, &target.to).await? == Round::Circle {
        let login_url = target.to.as_str().to_owned();
        return Ok(look::of(visitor).trouble(Trouble::Circle { login_url }));
    }
    let origin = &target.to.application().origin;
    if origin.authority() == visitor.host() {
        return Ok(reply::see_other(target.to.as_str()));
    }
    let address = match ticket::issue(&desk.outside, session, target).await? {
        Some(ticket) => format!("{}/.vestibule/ticket?ticket={}", origin.as_str(), ticket.to_text()),
        None => target.to.as_str().to_owned(),
    };
    Ok(match came {
        Came::ByNavigation => reply::see_other(&address),
        Came::ByForm => look::of(visitor).show(StatusCode::OK, &Page::Leave(LeavePage { url: address })),
    })
}
