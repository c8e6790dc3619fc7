//! What the directory says of a person, and the fields of it that they may change: `name` and `email`.

use askama::Template;

use super::address::AddressProblem;
use super::problem::ShownProblem;
use super::{Ask, Done, Form, Item, Section, Sheet};
use crate::RenderFault;

/// Who somebody is, as the directory has it.
#[derive(Clone, Debug)]
pub struct ProfilePage {
    /// What they log in with.
    pub username: String,
    /// What people call them, or what they have just typed.
    pub name: String,
    /// Where mail reaches them; may be empty.
    pub email: String,
    /// What they have just typed for an address; may be empty.
    pub typed_email: String,
    /// What they may change; nothing where the directory is looked after elsewhere.
    pub changes: Option<ProfileForms>,
    /// The address that waits for its code, and where that is typed.
    pub waiting: Option<(Ask, String)>,
    /// Their phones.
    pub phones: Vec<Item>,
    /// Where another phone is added; nothing where that is not offered.
    pub add_phone_url: Option<String>,
    /// What was just done.
    pub done: Option<Done>,
    /// Why the page is shown again.
    pub problem: Option<ProfileProblem>,
}

/// Where changes go.
#[derive(Clone, Debug)]
pub struct ProfileForms {
    /// Another name.
    pub name: Form,
    /// Another address.
    pub email: Form,
}

/// Why the page is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileProblem {
    /// No name, or one that is too long.
    Name,
    /// It is about the address.
    Address(AddressProblem),
}

impl ProfileProblem {
    fn show(self, sheet: &Sheet<'_>) -> Result<ShownProblem, RenderFault> {
        match self {
            Self::Name => Ok(ShownProblem {
                text: sheet.say("register-no-name")?,
                blames_fields: true,
            }),
            Self::Address(problem) => problem.show(sheet),
        }
    }
}

impl ProfilePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(ProfileView {
            sheet,
            page: self,
            current: Section::Profile,
            done: self.done,
            problem: self.problem.map(|problem| problem.show(sheet)).transpose()?,
        }
        .render()?)
    }
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfileView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a ProfilePage,
    current: Section,
    done: Option<Done>,
    problem: Option<ShownProblem>,
}

impl ProfileView<'_> {
    fn blames_name(&self) -> bool {
        self.page.problem == Some(ProfileProblem::Name)
    }

    fn blames_email(&self) -> bool {
        matches!(self.page.problem, Some(ProfileProblem::Address(_)))
    }
}
