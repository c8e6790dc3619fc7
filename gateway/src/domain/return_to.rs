//! A redirect target proven to belong to an application (Law 10).

use super::application::Application;
use super::host::Authority;
use super::settings::Settings;
use std::sync::Arc;

/// Where a person goes once logged in; always a page of a configured application.
#[derive(Clone, Debug)]
pub struct ReturnTo {
    url: url::Url,
    application: Arc<Application>,
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
            })
        } else {
            Err(Foreign)
        }
    }

    /// The URL, as browsers understand it.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Its path, without the query.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The application it belongs to.
    pub fn application(&self) -> &Arc<Application> {
        &self.application
    }
}

/// Everything of ours on a host lives under this.
pub const PREFIX: &str = "/.vestibule/";

/// Whether a path is one of our own pages.
pub fn is_ours(path: &str) -> bool {
    path.starts_with(PREFIX) || path == "/.vestibule"
}
