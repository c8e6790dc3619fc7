//! A form that was sent when its session had ended: kept, offered again, on its way. What is in it is never shown.

use askama::Template;

use super::{Form, Sheet};
use crate::RenderFault;

/// A form came after the session had ended: it was not passed on, but kept.
#[derive(Clone, Debug)]
pub struct FormSavedPage {
    /// Where to log in, and then be asked whether to send it.
    pub login_url: String,
    /// The application it is for.
    pub application: String,
    /// For how long it is kept.
    pub minutes: u64,
}

/// "Send the form you filled in?"
#[derive(Clone, Debug)]
pub struct FormOfferPage {
    /// Sends it.
    pub form: Form,
    /// The application it is for.
    pub application: String,
    /// When it was filled in, as text.
    pub at: String,
    /// Where to go without sending it.
    pub home_url: String,
}

/// The form leaves by itself, with a link for browsers that stay.
#[derive(Clone, Debug)]
pub struct FormUnderWayPage {
    /// Where to: a whole URL, proven to be an application's.
    pub url: String,
}

impl FormSavedPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let minutes = ("minutes", self.minutes.into());
        let text = sheet.texts.say_with(
            "form-saved-text",
            &[("application", self.application.as_str().into()), minutes],
        )?;
        Ok(FormSavedView {
            sheet,
            page: self,
            text,
        }
        .render()?)
    }
}

impl FormOfferPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(FormOfferView { sheet, page: self }.render()?)
    }
}

impl FormUnderWayPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(FormUnderWayView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "form/saved.html")]
struct FormSavedView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a FormSavedPage,
    text: String,
}

#[derive(Template)]
#[template(path = "form/offer.html")]
struct FormOfferView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a FormOfferPage,
}

#[derive(Template)]
#[template(path = "form/under_way.html")]
struct FormUnderWayView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a FormUnderWayPage,
}
