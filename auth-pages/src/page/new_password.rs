//! A new password: why one is not taken, and the page that asks for one after the old was forgotten.

use askama::Template;

use super::problem::ShownProblem;
use super::{Form, Problem, Sheet};
use crate::RenderFault;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakPassword {
    /// Fewer characters than there must be.
    TooShort {
        /// How many there must be.
        least: u32,
    },
    /// More characters than there may be.
    TooLong {
        /// How many there may be.
        most: u32,
    },
    /// Among those that are guessed first.
    TooCommon,
    /// It holds the person's name, e-mail address, or a word of the organisation.
    ContainsName,
}

impl WeakPassword {
    pub(super) fn show(self, sheet: &Sheet<'_>) -> Result<ShownProblem, RenderFault> {
        let text = match self {
            Self::TooShort { least } => sheet.texts.say_with("weak-too-short", &[("count", least.into())]),
            Self::TooLong { most } => sheet.texts.say_with("weak-too-long", &[("count", most.into())]),
            Self::TooCommon => sheet.say("weak-too-common"),
            Self::ContainsName => sheet.say("weak-contains-name"),
        }?;
        Ok(ShownProblem {
            text,
            blames_fields: true,
        })
    }
}

/// What a new password is to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordIs {
    /// It takes the place of a forgotten one.
    Another,
    /// It is their first.
    TheFirst,
}

/// Asks for a new password: the field `new_password`.
#[derive(Clone, Debug)]
pub struct NewPasswordPage {
    /// Where it goes.
    pub form: Form,
    /// Whose it is; shown with their first one, and there for password managers.
    pub username: String,
    /// What it is to them.
    pub is: PasswordIs,
    /// How many characters it must have.
    pub least: u32,
    /// Why the page is shown again.
    pub problem: Option<NewPasswordProblem>,
}

/// Why a page that asks for a new password is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordProblem {
    /// The password is not good enough.
    Weak(WeakPassword),
    /// It is not about the password.
    Other(Problem),
}

impl NewPasswordProblem {
    /// `wrong`: the key of the page's one wording for [`Problem::Wrong`].
    pub(super) fn show(self, sheet: &Sheet<'_>, wrong: &str) -> Result<ShownProblem, RenderFault> {
        match self {
            Self::Weak(weak) => weak.show(sheet),
            Self::Other(problem) => problem.show(sheet, wrong),
        }
    }
}

impl NewPasswordPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let (heading, lead) = match self.is {
            PasswordIs::Another => ("new-password-heading", sheet.say("new-password-lead")?),
            PasswordIs::TheFirst => {
                let name = [("name", self.username.as_str().into())];
                (
                    "first-password-heading",
                    sheet.texts.say_with("first-password-lead", &name)?,
                )
            }
        };
        let view = NewPasswordView {
            sheet,
            page: self,
            heading: sheet.say(heading)?,
            lead,
            hint: say_least(sheet, self.least)?,
            problem: self
                .problem
                .map(|problem| problem.show(sheet, "new-password-wrong"))
                .transpose()?,
        };
        Ok(view.render()?)
    }
}

/// How long a new password must be.
pub(super) fn say_least(sheet: &Sheet<'_>, least: u32) -> Result<String, RenderFault> {
    sheet.texts.say_with("new-password-hint", &[("count", least.into())])
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPasswordView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a NewPasswordPage,
    heading: String,
    lead: String,
    hint: String,
    problem: Option<ShownProblem>,
}
