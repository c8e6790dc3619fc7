//! The way in and on: name and password, the page that leaves for an application, the form that came too late.

use askama::Template;

use super::problem::ShownProblem;
use super::{Form, Problem, Sheet};
use crate::RenderFault;

/// Name and password: the fields `username` and `password`.
#[derive(Clone, Debug)]
pub struct LoginPage {
    /// Where it goes.
    pub form: Form,
    /// What to fill in as the name: empty, or what was typed before.
    pub username: String,
    /// Where a forgotten password is replaced, if it can be here.
    pub recover_url: Option<String>,
    /// Where a new account is made, if it can be here.
    pub register_url: Option<String>,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

impl LoginPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let problem = self
            .problem
            .map(|problem| problem.show(sheet, "login-wrong"))
            .transpose()?;
        Ok(LoginView {
            sheet,
            page: self,
            problem,
        }
        .render()?)
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a LoginPage,
    problem: Option<ShownProblem>,
}

/// A small page that leaves for another origin by itself, with a link for browsers that stay. A redirect after a
/// form may not do so under `form-action 'self'`.
#[derive(Clone, Debug)]
pub struct LeavePage {
    /// An absolute `http` or `https` URL that was proven to be ours to send people to.
    pub url: String,
}

impl LeavePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(LeaveView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "leave.html")]
struct LeaveView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a LeavePage,
}

/// Somebody sent a form to an application after the session had ended: it was not passed on.
#[derive(Clone, Debug)]
pub struct NotSentPage {
    /// Where to log in.
    pub login_url: String,
}

impl NotSentPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(NotSentView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "not_sent.html")]
struct NotSentView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a NotSentPage,
}
