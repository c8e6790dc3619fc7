//! "This was not me": what was changed, and what objecting to it does. Opened from a notice, without a login.
//!
//! Opening the page changes nothing, because programs that look into e-mails open it too; only its button does.

use askama::Template;

use super::{Form, Sheet};
use crate::{Change, RenderFault};

/// Asks whether a change was made by somebody else.
#[derive(Clone, Debug)]
pub struct ObjectionPage {
    /// Objects.
    pub form: Form,
    /// What was changed.
    pub change: Change,
    /// When, as text.
    pub at: String,
    /// From which address; may be empty.
    pub origin: String,
}

/// The change is undone as far as it can be, and nothing else can be changed for now.
#[derive(Clone, Debug)]
pub struct ObjectedPage {
    /// Where to log in.
    pub login_url: String,
}

impl ObjectionPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(ObjectionView {
            sheet,
            page: self,
            change: self.change.say(&sheet.texts)?,
        }
        .render()?)
    }
}

impl ObjectedPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(ObjectedView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "objection.html")]
struct ObjectionView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a ObjectionPage,
    change: String,
}

#[derive(Template)]
#[template(path = "objected.html")]
struct ObjectedView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a ObjectedPage,
}
