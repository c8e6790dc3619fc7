//! A user's own account: who is logged in, where to go, which authenticators there are.

use askama::Template;

use super::{Choice, Form, Section, Sheet};
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
    /// What should be set up.
    pub missing: Vec<Missing>,
    /// Logs out.
    pub logout: Form,
}

/// Something an account should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A second factor.
    SecondFactor,
    /// Emergency codes.
    EmergencyCodes,
    /// More emergency codes: few are left.
    MoreEmergencyCodes,
    /// The first code of something that was begun.
    Verification,
    /// Something in place of what was lost: the last login was by an emergency code.
    Replacement,
}

impl Missing {
    fn text(self) -> &'static str {
        match self {
            Self::SecondFactor => "missing-second-factor",
            Self::EmergencyCodes => "missing-emergency-codes",
            Self::MoreEmergencyCodes => "missing-more-emergency-codes",
            Self::Verification => "missing-verification",
            Self::Replacement => "missing-replacement",
        }
    }

    fn url(self) -> &'static str {
        match self {
            Self::SecondFactor | Self::Verification | Self::Replacement => "/.vestibule/account/security",
            Self::EmergencyCodes | Self::MoreEmergencyCodes => "/.vestibule/account/emergency-codes",
        }
    }
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
            current: Section::Overview,
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
    current: Section,
}
