//! A protected site: its public address, its upstreams, its rules and the names of its identity headers.

use super::appearance::Appearance;
use super::host::Authority;
use super::identity::{Binding, Identity};
use super::leaving::Leaving;
use super::policy::Policy;
use super::saved_form::UnsentForms;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A protected application.
#[derive(Clone, Debug)]
pub struct Application {
    /// What people call it.
    pub name: String,
    /// Where browsers find it.
    pub origin: Origin,
    /// The servers it really runs on; none where only a front that asks us reaches them.
    pub upstreams: Vec<Upstream>,
    /// How they are spoken to in TLS, where that is not as everywhere.
    pub upstream_tls: Option<UpstreamTls>,
    /// How long its servers may take.
    pub patience: Patience,
    /// Who may do what.
    pub policy: Policy,
    /// How it is told who came.
    pub identity: Identity,
    /// What its assertions are good for.
    pub binding: Binding,
    /// Sites besides its own whose pages may open a WebSocket to it.
    pub websocket_origins: Vec<Origin>,
    /// What browsers are told with its answers.
    pub appearance: Appearance,
    /// How a person's visit ends.
    pub leaving: Leaving,
    /// The HTTP methods it understands; anything else is refused before the rules are asked.
    pub http_methods: Vec<http::Method>,
    /// Whether its GET requests may have a body.
    pub get_bodies: GetBodies,
    /// What becomes of forms that are sent when a session has ended.
    pub unsent_forms: UnsentForms,
}

/// Whether GET and HEAD may have a body, which most servers do not expect, and some then take for another request
/// (RFC 9110 section 9.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetBodies {
    /// They are refused.
    Refused,
    /// The application reads them.
    Accepted,
}

/// Scheme, host and port of a site, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: Box<str>,
    authority: Authority,
    scheme: Scheme,
}

/// How browsers reach a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the plain; only on this machine.
    Http,
    /// By TLS.
    Https,
}

/// The URL is not the address of a site.
#[derive(Debug, thiserror::Error)]
pub enum NotAnOrigin {
    /// Neither http nor https, or no host.
    #[error("write it as https://host or https://host:port")]
    Malformed,
    /// It has a path, a query, a fragment or user information.
    #[error("give scheme, host and port only, without a path")]
    MoreThanOrigin,
    /// Plain http to a host that is not this machine.
    #[error("plain http is only safe on this machine (localhost, *.localhost, 127.0.0.0/8); use https")]
    PlainHttp,
}

impl Origin {
    /// Reads the address of a site.
    ///
    /// # Errors
    /// When it is no http(s) URL, says more than an origin, or is plain http beyond this machine.
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let url = url::Url::parse(text).map_err(|_| NotAnOrigin::Malformed)?;
        let authority = Authority::of(&url).map_err(|_| NotAnOrigin::Malformed)?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(NotAnOrigin::Malformed),
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(NotAnOrigin::MoreThanOrigin);
        }
        if scheme == Scheme::Http && !authority.is_loopback() {
            return Err(NotAnOrigin::PlainHttp);
        }
        Ok(Self {
            text: url.origin().ascii_serialization().into(),
            authority,
            scheme,
        })
    }

    /// As browsers write it in `Origin` (RFC 6454 section 6.2): no slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// How browsers reach it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }
}

/// One server an application runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Whether it is spoken to in TLS.
    pub scheme: Scheme,
    /// Its name or address; also the name its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// What an application's servers show and are shown in TLS, by files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTls {
    /// Where the configuration says so.
    pub at: String,
    /// Who certifies them, in PEM; whoever this machine trusts where there is nobody.
    pub authority: Option<PathBuf>,
    /// What they are shown, in PEM: a chain, and the key of its first certificate.
    pub shown: Option<(PathBuf, PathBuf)>,
    /// The name in their certificates, where it is not the one they are reached by.
    pub name: Option<String>,
}

impl UpstreamTls {
    /// All files.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let shown = self.shown.iter_mut().flat_map(|(chain, key)| [chain, key]);
        self.authority.iter_mut().chain(shown)
    }

    /// The same, to look at.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let shown = self.shown.iter().flat_map(|(chain, key)| [chain, key]);
        self.authority.iter().chain(shown)
    }
}

/// How long an application's servers may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To accept a connection.
    pub connect: Duration,
    /// To begin an answer, and between two parts of it.
    pub answer: Duration,
}

/// All sites of the gateway by the host they are asked under.
#[derive(Clone, Debug, Default)]
pub struct Applications(HashMap<Authority, Arc<Application>>);

impl Applications {
    /// The applications of a configuration, each under its own host.
    pub fn new(applications: impl IntoIterator<Item = Application>) -> Self {
        Self(
            applications
                .into_iter()
                .map(|one| (one.origin.authority().clone(), Arc::new(one)))
                .collect(),
        )
    }

    /// The application asked under this host.
    pub fn at(&self, authority: &Authority) -> Option<&Arc<Application>> {
        self.0
            .get(authority)
            .or_else(|| self.0.get(&authority.without_default_port()?))
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Application> {
        self.0.values_mut().map(Arc::make_mut)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Application>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_site_and_nothing_more() {
        for (text, expected) in [
            ("https://Pay.Example.com/", "https://pay.example.com"),
            ("https://a.example:443", "https://a.example"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(Origin::parse(text).ok().as_ref().map(Origin::as_str), Some(expected));
        }
        for text in [
            "",
            "pay.example.com",
            "ftp://x",
            "https://a/b",
            "https://a?x",
            "https://u@a",
            "http://pay.example.com",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}
