//! From what a flow says to what `auth_pages` shows.

use super::Desk;
use crate::domain::authenticator::Face;
use crate::domain::settings::Settings;
use crate::domain::throttle::Wait;
use crate::edge::reply;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use auth_pages::{Ask, Frame, Language, Page, Trouble};

/// What a page is shown in.
pub(super) struct Look<'a> {
    settings: &'a Settings,
    language: Language,
    request_id: &'a str,
}

impl<'a> Look<'a> {
    /// The look for a reader of these languages.
    pub(super) fn new(settings: &'a Settings, language: &str, request_id: &'a str) -> Self {
        Self {
            settings,
            language: Language::from_accept_language(language),
            request_id,
        }
    }

    /// The page as an answer.
    pub(super) fn show(&self, status: StatusCode, page: &Page) -> Response {
        let support = Some(self.settings.support.as_str()).filter(|text| !text.is_empty());
        let frame = Frame {
            language: self.language,
            brand: &self.settings.brand,
            request_id: self.request_id,
            support,
        };
        match page.render(&frame) {
            Ok(text) => reply::html(status, text),
            Err(fault) => {
                tracing::error!(request = self.request_id, %fault, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Why it does not go on, under the status that says so.
    pub(super) fn trouble(&self, trouble: Trouble) -> Response {
        let status = StatusCode::from_u16(trouble.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.show(status, &Page::Trouble(trouble))
    }
}

/// The look of a visitor's page.
pub(super) fn of(visitor: &super::Visitor) -> Look<'_> {
    let arrival = &visitor.arrival;
    Look::new(
        &arrival.settings,
        &arrival.circumstances.language,
        &arrival.circumstances.request_id,
    )
}

/// An authenticator as a page shows it.
pub(super) fn ask(face: &Face) -> Ask {
    match face.clone() {
        Face::App { description } => Ask::App { description },
        Face::Sms { to } => Ask::Sms { to },
        Face::Voice { to } => Ask::Voice { to },
        Face::EmergencyCodes { left } => Ask::EmergencyCode { left },
        Face::Email { to } => Ask::Email { to },
    }
}

/// A form of ours that posts to this address.
pub(super) fn form(
    desk: &Desk,
    visitor: &super::Visitor,
    action: String,
) -> Result<auth_pages::Form, crate::flow::Fault> {
    Ok(auth_pages::Form {
        action,
        csrf: super::csrf::token(desk, visitor)?,
    })
}

/// An account was changed too often; nothing was done now.
pub(super) fn too_many_changes(visitor: &super::Visitor, wait: Wait) -> Response {
    let wait_seconds = wait.0.as_secs().max(1);
    let page = of(visitor).trouble(Trouble::TooManyChanges { wait_seconds });
    reply::retry_after(page, wait_seconds)
}
