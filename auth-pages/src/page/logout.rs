//! The way out: the question and the farewell.

use askama::Template;

use super::{Form, Sheet};
use crate::RenderFault;

/// "Log out?" A form, because a link must not end a session.
#[derive(Clone, Debug)]
pub struct LogoutPage {
    /// Where it goes.
    pub form: Form,
}

impl LogoutPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(LogoutView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a LogoutPage,
}

/// The session has ended.
#[derive(Clone, Debug)]
pub struct LoggedOutPage {
    /// Where to log in again.
    pub login_url: String,
}

impl LoggedOutPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(LoggedOutView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOutView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a LoggedOutPage,
}
