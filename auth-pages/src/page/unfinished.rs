//! A phone that somebody began to set up and did not finish, asked for once more at their next login.

use askama::Template;

use super::{Ask, Form, Sheet};
use crate::RenderFault;

/// Offers to go on with it, to leave it for now, or to forget it.
#[derive(Clone, Debug)]
pub struct UnfinishedPage {
    /// What it will be; nothing when it was forgotten or finished elsewhere meanwhile.
    pub ask: Option<Ask>,
    /// Sends a code to it.
    pub send: Form,
    /// Leaves it for now.
    pub later: Form,
    /// Forgets it.
    pub forget: Form,
}

impl UnfinishedPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(UnfinishedView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "enrol/unfinished.html")]
struct UnfinishedView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a UnfinishedPage,
}
