//! What a URL on the command line is about.

use crate::domain::application::Application;
use crate::domain::host::Authority;
use crate::domain::path::Path;
use crate::domain::return_to::is_ours;
use crate::domain::settings::{Settings, Site};
use std::sync::Arc;

/// A page of an application.
#[derive(Debug)]
pub(super) struct Target {
    /// The application.
    pub(super) application: Arc<Application>,
    /// The path, exactly as written: what a browser would tidy up, another client sends as it is.
    pub(super) path: Path,
}

/// No rule is asked about this URL.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unexplained {
    /// It is no URL of a web page.
    #[error("write --url as https://host/path")]
    NotAUrl,
    /// It is one of our own pages, or on the portal's host, where there is nothing else.
    #[error("only the gateway's own pages are there; no rule is about them")]
    Ours,
    /// Nobody can read its path.
    #[error("nobody can read this path; the gateway answers 400")]
    NotAPath,
    /// It is on a host that no application has.
    #[error("no application has this host; the gateway answers 421. There is: {0}")]
    NoApplication(String),
}

impl Target {
    /// Finds the application of a URL.
    pub(super) fn read(settings: &Settings, text: &str) -> Result<Self, Unexplained> {
        let url = url::Url::parse(text).map_err(|_| Unexplained::NotAUrl)?;
        let authority = Authority::of(&url).map_err(|_| Unexplained::NotAUrl)?;
        let sent = path_as_written(text).unwrap_or(url.path());
        let path = Path::parse(sent).map_err(|_| Unexplained::NotAPath);
        match settings.site(&authority) {
            None => Err(no_application(settings)),
            Some(Site::Portal) => Err(Unexplained::Ours),
            Some(Site::Application(_) | Site::Shared(_)) if is_ours(sent) => Err(Unexplained::Ours),
            Some(Site::Application(application) | Site::Shared(application)) => Ok(Self {
                application,
                path: path?,
            }),
        }
    }
}

fn path_as_written(text: &str) -> Option<&str> {
    let (_, rest) = text.trim().split_once("://")?;
    let whole = rest.get(rest.find(['/', '\\', '?', '#'])?..)?;
    let path = whole.split(['?', '#']).next()?;
    path.starts_with('/').then_some(path)
}

fn no_application(settings: &Settings) -> Unexplained {
    let mut all: Vec<&str> = settings
        .applications
        .iter()
        .map(|application| application.origin.as_str())
        .collect();
    all.sort_unstable();
    Unexplained::NoApplication(all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_taken_as_written() {
        for (url, expected) in [
            ("http://a/public/../secret?x=/y#z", Some("/public/../secret")),
            ("http://a/%2e%2e/b;c=1", Some("/%2e%2e/b;c=1")),
            ("http://a//b\\c", Some("//b\\c")),
            ("http://a", None),
            ("http://a?x", None),
            ("http://a\\b", None),
        ] {
            assert_eq!(path_as_written(url), expected, "{url}");
        }
    }
}
