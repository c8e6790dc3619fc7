//! What an application is told of who came, and which names only we may use for it (Law 8).
//!
//! A server behind us may see `Remote-User`, `REMOTE_USER` and `remote.user` as one name (CGI, WSGI, PHP). So names are
//! compared folded, and whatever a client sends under a name that folds to one of ours is dropped.

pub mod basic;
pub mod template;

use super::assurance::acr;
use super::user::{Known, Subject};
use basic::Basic;
use http::header::InvalidHeaderValue;
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use template::{Encoding, Place, Template};

/// The header that carries the signed assertion.
pub const ASSERTION: HeaderName = HeaderName::from_static("vestibule-assertion");

/// One header by which an application is told who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Its name.
    pub name: HeaderName,
    /// What it says of a user.
    pub value: Template,
    /// How it says what is not plain ASCII.
    pub encoding: Encoding,
}

impl Telling {
    /// Says this, percent-encoded where need be.
    pub fn new(name: HeaderName, value: Template) -> Self {
        let encoding = Encoding::Percent;
        Self { name, value, encoding }
    }

    /// What applications are told unless somebody wants it otherwise: login name, name, address and groups.
    pub fn usual() -> [Self; 4] {
        [
            ("remote-user", Place::Username),
            ("remote-name", Place::Name),
            ("remote-email", Place::Email),
            ("remote-groups", Place::Groups),
        ]
        .map(|(name, place)| Self::new(HeaderName::from_static(name), Template::of(place)))
    }
}

/// Names that say where a request came from or who sent it, as front servers and other gateways write them; only we
/// speak for both. Without `x-`, which is as often left out as written.
const SPOKEN_FOR: [&str; 16] = [
    "real-ip",
    "client-ip",
    "cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "rewrite-url",
    "http-method",
    "http-method-override",
    "method-override",
    "url-scheme",
    "front-end-https",
    "proxy",
    "proxy-user",
    "remote-addr",
    "authenticated-user",
];
/// Whole families of such names.
const FAMILIES: [&str; 5] = [
    "forwarded",
    "original",
    "auth-request",
    "ms-client-principal",
    "vestibule",
];
/// Families of older gateways, whose applications believe more names of them than we say: SiteMinder's and WebSEAL's.
/// Where we say one, clients may say none.
const OLDER_FAMILIES: [&str; 2] = ["sm", "iv"];

/// A header name as the least careful server reads it: lower case, everything but letters and digits the same.
pub fn fold(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect()
}

/// A folded name without the `x-` that may or may not stand before it.
fn key(folded: &str) -> &str {
    folded.strip_prefix("x-").unwrap_or(folded)
}

/// All that one request tells its application of who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told(Vec<(HeaderName, HeaderValue)>);

impl Told {
    /// Its lines; each name is there once.
    pub fn lines(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0
    }
}

/// How an application is told who came, and which names its clients may therefore not use.
#[derive(Clone, Debug)]
pub struct Identity {
    tellings: Vec<Telling>,
    basic: Option<Basic>,
    /// Sorted.
    reserved: Vec<String>,
    older: Vec<&'static str>,
}

impl Identity {
    /// Tells it by these headers, and perhaps by `Authorization`; reserves their names, the usual ones and all that
    /// speak for the sender.
    pub fn new(tellings: Vec<Telling>, basic: Option<Basic>) -> Self {
        let usual = Telling::usual();
        let ours = tellings.iter().chain(&usual).map(|telling| fold(telling.name.as_str()));
        let ours: Vec<String> = ours.map(|folded| key(&folded).to_owned()).collect();
        let older = OLDER_FAMILIES.into_iter();
        let older = older
            .filter(|family| ours.iter().any(|name| is_of(name, family)))
            .collect();
        let authorization = basic.iter().map(|_| "authorization".to_owned());
        let spoken_for = SPOKEN_FOR.map(str::to_owned);
        let reserved: BTreeSet<String> = ours.into_iter().chain(spoken_for).chain(authorization).collect();
        Self {
            tellings,
            basic,
            reserved: reserved.into_iter().collect(),
            older,
        }
    }

    /// Whether a client's header must not pass: it folds to a reserved name or to one of a family of which all are, or
    /// has a `_`, which no well-known header has and which CGI servers cannot tell from `-`.
    pub fn forbids(&self, name: &HeaderName) -> bool {
        let name = name.as_str();
        let folded = if name.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
            Cow::Owned(fold(name))
        } else {
            Cow::Borrowed(name)
        };
        let key = key(&folded);
        let mut families = FAMILIES.iter().chain(&self.older);
        let reserved = || self.reserved.binary_search_by(|one| one.as_str().cmp(key)).is_ok();
        name.contains('_') || families.any(|family| is_of(key, family)) || reserved()
    }

    /// The identity headers of a request and the assertion: every name exactly once, with an empty value where there is
    /// none, or none that can be written as it is asked for.
    ///
    /// # Errors
    /// When a value is none for a header; the request must not pass then.
    pub fn headers(&self, subject: &Subject, assertion: String) -> Result<Told, InvalidHeaderValue> {
        let tellings = self.tellings.iter().map(|telling| {
            let text = match subject {
                Subject::Anonymous => String::new(),
                Subject::User(known) => telling.value.write(&known.user, telling.encoding).unwrap_or_default(),
            };
            (telling.name.clone(), text)
        });
        let all = tellings.chain([(ASSERTION, assertion)]);
        let lines = all.map(|(name, text)| Ok((name, HeaderValue::try_from(text)?)));
        lines.collect::<Result<Vec<_>, _>>().map(Told)
    }

    /// How the application wants its users to authenticate, where it wants that.
    pub fn basic(&self) -> Option<&Basic> {
        self.basic.as_ref()
    }
}

fn is_of(key: &str, family: &str) -> bool {
    key.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What an assertion says (RFC 7519); signed for one application by the key ring.
#[derive(Clone, Debug, Serialize)]
pub struct Claims {
    /// Who says so: the portal's origin.
    pub iss: String,
    /// To whom: the application's origin.
    pub aud: String,
    /// About whom: the user's id, which outlives a change of name.
    pub sub: String,
    /// Their login name.
    pub preferred_username: String,
    /// What people call them.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their groups.
    pub groups: Vec<String>,
    /// How they proved it (RFC 8176).
    pub amr: Vec<&'static str>,
    /// How sure that makes us.
    pub acr: &'static str,
    /// When they last proved it, in seconds since 1970.
    pub auth_time: u64,
    /// The session, named differently to each application.
    pub sid: String,
    /// When this was said.
    pub iat: u64,
    /// From when it holds.
    pub nbf: u64,
    /// Until when it holds.
    pub exp: u64,
    /// Names this assertion.
    pub jti: String,
    /// The method it is good for, where it is good for one request (RFC 9449 section 4.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub htm: Option<String>,
    /// The URL it is good for, then: without its query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub htu: Option<String>,
}

/// What an assertion is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Whatever is asked in the session.
    Session,
    /// The method and the URL it was signed for.
    Request,
}

/// How long an assertion holds, in seconds; it is reused for half of that.
pub const ASSERTION_LIFE: u64 = 60;

/// What only the caller can know of an assertion.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The portal's origin.
    pub issuer: String,
    /// The application's origin.
    pub audience: String,
    /// The session's name for this application.
    pub sid: String,
    /// A fresh name for the assertion.
    pub jti: String,
    /// Now, in seconds since 1970.
    pub now: u64,
    /// The method and the URL it is good for, if not for all.
    pub request: Option<(String, String)>,
}

impl Claims {
    /// The claims about a user.
    pub fn about(known: &Known, envelope: Envelope) -> Self {
        let Known { session, user, .. } = known;
        let (htm, htu) = envelope.request.unzip();
        Self {
            iss: envelope.issuer,
            aud: envelope.audience,
            sub: user.id.to_string(),
            preferred_username: user.name.as_str().to_owned(),
            name: user.display_name.clone(),
            email: user.email.clone(),
            groups: user.groups.clone(),
            amr: super::assurance::amr(&session.authentications),
            acr: acr(&session.authentications),
            auth_time: session.authenticated_at().as_seconds(),
            sid: envelope.sid,
            iat: envelope.now,
            nbf: envelope.now,
            exp: envelope.now + ASSERTION_LIFE,
            jti: envelope.jti,
            htm,
            htu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    #[test]
    fn no_spelling_of_our_names_passes() -> Result<(), http::header::InvalidHeaderName> {
        let identity = Identity::new(vec![telling("sm-user"), telling("x-clerk")], None);
        for name in [
            "Remote-User",
            "REMOTE-USER",
            "remote_user",
            "Remote.User",
            "remote~user",
            "Remote-Groups",
            "SM_USER",
            "sm.user",
            "SM-User-DN",
            "X-SM-UniversalID",
            "Clerk",
            "x.clerk",
            "Vestibule-Assertion",
            "vestibule_assertion",
            "Vestibule-Anything",
            "X-Forwarded-For",
            "x_forwarded_for",
            "X.Real.IP",
            "Proxy",
            "Forwarded",
            "X_Anything",
            "X-Remote-User",
            "X-Forwarded-Email",
            "X-Forwarded-Preferred-Username",
            "X-Forwarded",
            "X-Auth-Request-User",
            "X-Original-URL",
            "X-Client-IP",
            "X-Method-Override",
            "Front-End-Https",
        ] {
            assert!(identity.forbids(&HeaderName::from_bytes(name.as_bytes())?), "{name}");
        }
        for name in [
            "Accept",
            "X-Requested-With",
            "Authorization",
            "Remote-Users",
            "Vestibules",
            "Cookie",
            "SMTP-Id",
            "IV-User",
        ] {
            assert!(!identity.forbids(&HeaderName::from_bytes(name.as_bytes())?), "{name}");
        }
        Ok(())
    }

    #[test]
    fn an_anonymous_subject_has_every_header_empty() {
        let worded = Template::parse("uid={username},ou=people");
        let worded = worded.map(|value| Telling::new(HeaderName::from_static("x-dn"), value));
        let tellings = Telling::usual().into_iter().chain(worded).collect();
        let identity = Identity::new(tellings, None);
        let told = identity.headers(&Subject::Anonymous, String::new());
        let lines = told.as_ref().map(Told::lines).unwrap_or_default();
        assert!(lines.len() == 6 && lines.iter().all(|(_, value)| value.is_empty()));
    }

    #[test]
    fn whoever_authenticates_us_is_the_only_one() {
        let basic = Template::parse("ann").map(|username| Basic::new(username, Secret::new("x".to_owned())));
        let identity = Identity::new(Vec::new(), basic.ok());
        for name in ["authorization", "x-authorization", "x.authorization"] {
            assert!(identity.forbids(&HeaderName::from_static(name)), "{name}");
        }
    }

    fn telling(name: &'static str) -> Telling {
        Telling::new(HeaderName::from_static(name), Template::of(Place::Username))
    }
}
