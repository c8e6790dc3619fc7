//! What a front asks: the request it holds back until we have answered. Believed only when it is said once, whole, and
//! by everybody who says it alike.

use super::{nginx, one};
use crate::domain::application::{Application, Scheme};
use crate::domain::host::Authority;
use crate::domain::settings::Settings;
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, Method};

/// Names under which fronts say what is asked, each in its own dialect.
pub(super) const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
pub(super) const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
pub(super) const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
pub(super) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(super) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(super) const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

/// Why a question has no answer but no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// It comes from somebody who may not ask.
    Stranger,
    /// Something is not said.
    Missing,
    /// Something is said twice.
    Doubled,
    /// Something cannot be read, or is relative.
    Malformed,
    /// Something is said in two ways that differ.
    Conflict,
    /// It is about no application.
    Elsewhere,
    /// It is about one of our own pages, which no front may open.
    Ours,
}

/// A request as its front describes it.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    /// Where the dialect says it.
    pub(super) scheme: Option<Scheme>,
    pub(super) host: Authority,
    /// Path and query, as sent.
    pub(super) target: PathAndQuery,
}

impl Question {
    /// Whether everybody who says the same in another way agrees: a front routes by one of them, and must not ask us
    /// about another.
    pub(super) fn is_undisputed(&self, headers: &HeaderMap, (settings, own): (&Settings, &Application)) -> bool {
        let all = |name: &HeaderName, agrees: &dyn Fn(&str) -> bool| {
            let mut values = headers.get_all(name).iter();
            values.all(|value| value.to_str().is_ok_and(agrees))
        };
        let is_own = |host: &Authority| {
            let other = settings.applications.at(host);
            other.is_some_and(|other| other.origin == own.origin)
        };
        let same_host = |text: &str| Authority::parse(text).is_ok_and(|host| is_own(&host));
        // The front may find us under a name of ours, or of its own; only another application's would be odd.
        let not_another = |text: &str| {
            let known = Authority::parse(text).ok();
            known.is_none_or(|host| settings.applications.at(&host).is_none() || is_own(&host))
        };
        let same_scheme = |text: &str| scheme(text) == Ok(own.origin.scheme());
        let same_method = |text: &str| text == self.method.as_str();
        self.scheme.is_none_or(|scheme| scheme == own.origin.scheme())
            && all(&HOST, &not_another)
            && all(&ORIGINAL_METHOD, &same_method)
            && all(&FORWARDED_METHOD, &same_method)
            && all(&FORWARDED_PROTO, &same_scheme)
            && all(&FORWARDED_HOST, &same_host)
            && headers
                .get_all(FORWARDED_URI)
                .iter()
                .all(|uri| uri.as_bytes() == self.target.as_str().as_bytes())
            && headers.get_all(ORIGINAL_URL).iter().all(|url| {
                nginx::url(url.as_bytes()).is_ok_and(|(scheme, host, target)| {
                    scheme == own.origin.scheme() && is_own(&host) && target == self.target
                })
            })
    }
}

/// The method of this name.
pub(super) fn method(headers: &HeaderMap, name: &HeaderName) -> Result<Method, Odd> {
    Method::from_bytes(one(headers, name)?).map_err(|_| Odd::Malformed)
}

/// The host of this name.
pub(super) fn host(headers: &HeaderMap, name: &HeaderName) -> Result<Authority, Odd> {
    let text = std::str::from_utf8(one(headers, name)?).map_err(|_| Odd::Malformed)?;
    Authority::parse(text).map_err(|_| Odd::Malformed)
}

/// How browsers reach a site, in one word.
pub(super) fn scheme(text: &str) -> Result<Scheme, Odd> {
    match text {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        _ => Err(Odd::Malformed),
    }
}

/// Path and query of a request line, byte for byte; nothing a parser would mend or cut off.
pub(super) fn target(bytes: &[u8]) -> Result<PathAndQuery, Odd> {
    let sound = bytes.starts_with(b"/") && bytes.iter().all(|byte| *byte > b' ' && !matches!(byte, b'#' | 0x7f));
    let text = std::str::from_utf8(bytes).ok().filter(|_| sound);
    let target: Option<PathAndQuery> = text.and_then(|text| text.parse().ok());
    target
        .filter(|target| target.as_str().as_bytes() == bytes)
        .ok_or(Odd::Malformed)
}
