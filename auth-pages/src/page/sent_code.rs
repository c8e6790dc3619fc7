//! The page that asks for a code that was sent to somebody who is not logging in: the words differ, the form does not.

use askama::Template;

use super::problem::{ResendWait, ShownProblem};
use super::{Form, Problem, Sheet};
use crate::RenderFault;

/// What such a page knows, whatever it is for.
pub(super) struct SentCode<'a> {
    /// The key of its heading.
    pub(super) heading: &'static str,
    /// What it says above the field.
    pub(super) lead: String,
    /// Where the code goes.
    pub(super) form: &'a Form,
    /// Asks for another code, if there may be one.
    pub(super) resend: Option<&'a Form>,
    /// Seconds until then; 0: at once.
    pub(super) resend_wait_seconds: u64,
    /// Back to the first page.
    pub(super) restart_url: &'a str,
    /// How many digits the code has.
    pub(super) digits: u8,
    /// Why the page is shown again.
    pub(super) problem: Option<Problem>,
}

impl SentCode<'_> {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let digits = [("digits", self.digits.into())];
        let view = SentCodeView {
            sheet,
            page: self,
            heading: sheet.say(self.heading)?,
            label: sheet.texts.say_with("code-label", &digits)?,
            format: sheet.texts.say_with("code-format", &digits)?,
            resend_wait: self.resend_wait(sheet)?,
            problem: self
                .problem
                .map(|problem| problem.show(sheet, "code-wrong"))
                .transpose()?,
        };
        Ok(view.render()?)
    }

    /// Says nothing if there is no wait, or if the problem above says it already.
    fn resend_wait(&self, sheet: &Sheet<'_>) -> Result<Option<ResendWait>, RenderFault> {
        match (self.resend, self.resend_wait_seconds, self.problem) {
            (None, _, _) | (_, 0, _) | (_, _, Some(Problem::ResendTooSoon { .. })) => Ok(None),
            (_, seconds, _) => ResendWait::say(sheet, seconds).map(Some),
        }
    }
}

#[derive(Template)]
#[template(path = "sent_code.html")]
struct SentCodeView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a SentCode<'a>,
    heading: String,
    label: String,
    format: String,
    resend_wait: Option<ResendWait>,
    problem: Option<ShownProblem>,
}

impl SentCodeView<'_> {
    /// Room for a code typed with a space before, between or after its digits.
    fn max_length(&self) -> u16 {
        u16::from(self.page.digits) * 2 + 1
    }
}
