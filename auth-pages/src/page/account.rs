//! A user's own account: who is logged in, where to go, which authenticators there are.

use askama::Template;

use super::{Choice, Form, Sheet};
use crate::RenderFault;

/// What a user sees of the own account.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// The user's name as people say it; may be empty.
    pub display_name: String,
    /// The name used to log in.
    pub username: String,
    /// The e-mail address; may be empty.
    pub email: String,
    /// The groups the user is in.
    pub groups: Vec<String>,
    /// The second factors the user has.
    pub methods: Vec<Choice>,
    /// The applications the user may open: name and URL.
    pub applications: Vec<(String, String)>,
    /// Logs out.
    pub logout: Form,
}

impl AccountPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let name = if self.display_name.trim().is_empty() {
            &self.username
        } else {
            &self.display_name
        };
        let heading = sheet
            .texts
            .say_with("account-heading", &[("name", name.as_str().into())])?;
        Ok(AccountView {
            sheet,
            page: self,
            heading,
        }
        .render()?)
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a AccountPage,
    heading: String,
}
