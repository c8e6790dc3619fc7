//! What an application is told of who came, and which names only we may use for it (Law 8).
//!
//! A server behind us may see `Remote-User`, `REMOTE_USER` and `remote.user` as one name (CGI, WSGI, PHP). So names are
//! compared folded, and whatever a client sends under a name that folds to one of ours is dropped.

use super::assurance::acr;
use super::user::{Known, Subject};
use http::HeaderName;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The header that carries the signed assertion.
pub const ASSERTION: HeaderName = HeaderName::from_static("vestibule-assertion");

/// Under which names an application is told who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityNames {
    /// The login name.
    pub user: HeaderName,
    /// What people call them.
    pub name: HeaderName,
    /// Where mail reaches them.
    pub email: HeaderName,
    /// Their groups, separated by commas.
    pub groups: HeaderName,
}

impl Default for IdentityNames {
    fn default() -> Self {
        Self {
            user: HeaderName::from_static("remote-user"),
            name: HeaderName::from_static("remote-name"),
            email: HeaderName::from_static("remote-email"),
            groups: HeaderName::from_static("remote-groups"),
        }
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

/// How an application is told who came, and which names its clients may therefore not use.
#[derive(Clone, Debug)]
pub struct Identity {
    names: IdentityNames,
    /// Sorted.
    reserved: Vec<String>,
}

impl Identity {
    /// Tells it under these names; reserves them, the default ones and all that speak for the sender.
    pub fn under(names: IdentityNames) -> Self {
        let defaults = IdentityNames::default();
        let ours = [&names, &defaults].map(|names| [&names.user, &names.name, &names.email, &names.groups]);
        let ours = ours.iter().flatten().map(|name| key(&fold(name.as_str())).to_owned());
        let reserved: BTreeSet<String> = ours.chain(SPOKEN_FOR.map(str::to_owned)).collect();
        let reserved = reserved.into_iter().collect();
        Self { names, reserved }
    }

    /// Whether a client's header must not pass: it folds to a reserved name or to our own family, or has a `_`,
    /// which no well-known header has and which CGI servers cannot tell from `-`.
    pub fn forbids(&self, name: &HeaderName) -> bool {
        let name = name.as_str();
        let folded = if name.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
            Cow::Owned(fold(name))
        } else {
            Cow::Borrowed(name)
        };
        let key = key(&folded);
        let family = |family: &str| {
            key.strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let reserved = || self.reserved.binary_search_by(|one| one.as_str().cmp(key)).is_ok();
        name.contains('_') || FAMILIES.into_iter().any(family) || reserved()
    }

    /// The identity headers of a request: every name exactly once, with an empty value where there is none.
    pub fn headers(&self, subject: &Subject) -> [(HeaderName, String); 4] {
        let (user, name, email, groups) = match subject {
            Subject::Anonymous => Default::default(),
            Subject::User(known) => {
                let user = &known.user;
                let groups = encode(&user.groups.join(","));
                (
                    encode(user.name.as_str()),
                    encode(&user.display_name),
                    encode(&user.email),
                    groups,
                )
            }
        };
        let names = &self.names;
        [
            (&names.user, user),
            (&names.name, name),
            (&names.email, email),
            (&names.groups, groups),
        ]
        .map(|(name, value)| (name.clone(), value))
    }
}

/// The longest value of an identity header, in bytes.
const LONGEST_VALUE: usize = 4096;

/// Control characters, `%` and everything beyond ASCII percent-encoded (ASVS 5.0 V4.2.5), cut at a whole character.
fn encode(value: &str) -> String {
    let is_plain = |letter: char| matches!(letter, ' '..='~') && letter != '%';
    if value.len() <= LONGEST_VALUE && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut encoded = String::with_capacity(value.len());
    for letter in value.chars() {
        let mut bytes = [0_u8; 4];
        let piece = if is_plain(letter) {
            letter.to_string()
        } else {
            letter
                .encode_utf8(&mut bytes)
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect()
        };
        if encoded.len() + piece.len() > LONGEST_VALUE {
            break;
        }
        encoded.push_str(&piece);
    }
    encoded
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
}

impl Claims {
    /// The claims about a user.
    pub fn about(known: &Known, envelope: Envelope) -> Self {
        let Known { session, user, .. } = known;
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_our_names_passes() -> Result<(), http::header::InvalidHeaderName> {
        let identity = Identity::under(IdentityNames {
            user: HeaderName::from_static("sm-user"),
            ..IdentityNames::default()
        });
        for name in [
            "Remote-User",
            "REMOTE-USER",
            "remote_user",
            "Remote.User",
            "remote~user",
            "Remote-Groups",
            "SM_USER",
            "sm.user",
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
        ] {
            assert!(!identity.forbids(&HeaderName::from_bytes(name.as_bytes())?), "{name}");
        }
        Ok(())
    }

    #[test]
    fn values_survive_any_server() {
        assert_eq!(encode("Zoë\r\nX: 1 100%"), "Zo%C3%AB%0D%0AX: 1 100%25");
        assert!(encode(&"é".repeat(5000)).len() <= LONGEST_VALUE);
    }

    #[test]
    fn an_anonymous_subject_has_every_header_empty() {
        assert!(
            Identity::under(IdentityNames::default())
                .headers(&Subject::Anonymous)
                .iter()
                .all(|(_, value)| value.is_empty())
        );
    }
}
