//! A redirect target proven to belong to an application (Law 10).

use super::application::Application;
use super::host::Authority;
use super::id::FormId;
use super::settings::Settings;
use http::Method;
use std::sync::Arc;

/// Where a person goes once logged in; always a page of a configured application, or the offer to send a form there.
#[derive(Clone, Debug)]
pub struct ReturnTo {
    url: url::Url,
    application: Arc<Application>,
    offer: Option<Offer>,
}

/// The offer of a form that is kept, on its application's host.
#[derive(Clone, Debug)]
struct Offer {
    form: FormId,
    url: String,
}

/// The URL is not a page of any application.
#[derive(Debug, thiserror::Error)]
#[error("not a page of an application")]
pub struct Foreign;

impl ReturnTo {
    /// Reads a URL, which may come from anywhere.
    ///
    /// # Errors
    /// When it is not `http(s)`, has user information, is not on a configured application, or is one of our own pages.
    pub fn parse(settings: &Settings, text: &str) -> Result<Self, Foreign> {
        let url = url::Url::parse(text).map_err(|_| Foreign)?;
        let application = Authority::of(&url)
            .ok()
            .and_then(|authority| settings.applications.at(&authority))
            .ok_or(Foreign)?;
        let same = url.origin().ascii_serialization() == application.origin.as_str();
        let plain = url.username().is_empty() && url.password().is_none() && !text.contains(char::is_control);
        if same && plain && !is_ours(url.path()) {
            Ok(Self {
                application: Arc::clone(application),
                url,
                offer: None,
            })
        } else {
            Err(Foreign)
        }
    }

    /// To be offered this form, which is for the page, instead of the page.
    #[must_use]
    pub fn offering(self, form: FormId) -> Self {
        let url = format!("{}{FORM}{form}", self.application.origin.as_str());
        Self {
            offer: Some(Offer { form, url }),
            ..self
        }
    }

    /// The URL to go to, as browsers understand it.
    pub fn as_str(&self) -> &str {
        self.offer.as_ref().map_or(self.url.as_str(), |offer| &offer.url)
    }

    /// The URL of the page: where to go, or where a form is for.
    pub fn page(&self) -> &str {
        self.url.as_str()
    }

    /// The form that is offered.
    pub fn form(&self) -> Option<FormId> {
        self.offer.as_ref().map(|offer| offer.form)
    }

    /// What is asked of the page in the end.
    pub fn method(&self) -> Method {
        match self.offer {
            Some(_) => Method::POST,
            None => Method::GET,
        }
    }

    /// The page's path, without the query.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The application it belongs to.
    pub fn application(&self) -> &Arc<Application> {
        &self.application
    }
}

/// Where a form that is kept is offered, by its id.
pub const FORM: &str = "/.vestibule/form/";

/// Everything of ours on a host lives under this.
pub const PREFIX: &str = "/.vestibule/";

/// Whether a path is one of our own pages.
pub fn is_ours(path: &str) -> bool {
    path.starts_with(PREFIX) || path == "/.vestibule"
}
