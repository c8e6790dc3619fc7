//! A forgotten password: who it is, the code that was e-mailed, and the end. The new password is in `new_password.rs`.
//!
//! No page here tells whether there is an account of that name, or what its address is.

use askama::Template;

use super::problem::ShownProblem;
use super::sent_code::SentCode;
use super::{Form, Problem, Sheet};
use crate::RenderFault;

/// Asks whose password was forgotten: the field `username`, which takes an e-mail address too.
#[derive(Clone, Debug)]
pub struct RecoverPage {
    /// Where it goes.
    pub form: Form,
    /// What to fill in: empty, or what was typed before.
    pub username: String,
    /// Back to the login.
    pub login_url: String,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

/// Asks for the code that was e-mailed, if there was anybody to e-mail it to: the field `code`.
#[derive(Clone, Debug)]
pub struct RecoverCodePage {
    /// Where the code goes.
    pub form: Form,
    /// Asks for another code, if there may be one.
    pub resend: Option<Form>,
    /// Seconds until then; 0: at once.
    pub resend_wait_seconds: u64,
    /// Back to the page that asks for the name.
    pub restart_url: String,
    /// How many digits the code has.
    pub digits: u8,
    /// For how many minutes it works.
    pub minutes: u32,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

/// The password is changed; the login is still to come.
#[derive(Clone, Debug)]
pub struct RecoveredPage {
    /// Where to log in.
    pub login_url: String,
}

impl RecoverPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let problem = self
            .problem
            .map(|problem| problem.show(sheet, "recover-wrong"))
            .transpose()?;
        Ok(RecoverView {
            sheet,
            page: self,
            problem,
        }
        .render()?)
    }
}

impl RecoverCodePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let values = [("digits", self.digits.into()), ("minutes", self.minutes.into())];
        let page = SentCode {
            heading: "recover-code-heading",
            lead: sheet.texts.say_with("recover-code-lead", &values)?,
            form: &self.form,
            resend: self.resend.as_ref(),
            resend_wait_seconds: self.resend_wait_seconds,
            restart_url: &self.restart_url,
            digits: self.digits,
            problem: self.problem,
        };
        page.render(sheet)
    }
}

impl RecoveredPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(RecoveredView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoverView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a RecoverPage,
    problem: Option<ShownProblem>,
}

#[derive(Template)]
#[template(path = "recovered.html")]
struct RecoveredView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a RecoveredPage,
}
