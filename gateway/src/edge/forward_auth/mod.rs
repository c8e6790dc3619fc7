//! Forward-auth: a front that forwards requests itself asks us about each, and lets it pass only when we say 200. The
//! same [`Door`] decides as for what passes through us; only how the question is read and how the answer is phrased
//! differ, in one small file per dialect. `config/fronts/` has a tested configuration of each front.
//!
//! What holds behind which mode (with the numbers of the laws). *Us*: nothing is left to do. *Front*: its
//! configuration must do it, and the files in `config/fronts/` do. *Nobody*: it cannot be had there.
//!
//! | what | through us | behind a front that asks |
//! |---|---|---|
//! | every reading of the path is admitted (7) | us | us; the front must ask about the path as it came, and forward that |
//! | the host that is asked about is the one that is served | us | front: it names the application by its own routing, not by what the client says |
//! | who came is ours alone to say (8) | us | front: drops every spelling the client sent, then sets what our 200 says |
//! | upstreams see no cookie of ours (9) | us | front: sends on the `Cookie` of our 200, which has all but ours |
//! | upstreams set no cookie of ours (9) | us | nobody |
//! | odd framing is refused | us | front, as far as it does by itself |
//! | a refusal looks like one: 303, 401, 403, 503 (6) | us | us; nginx: the front (401 with `Location`, 403, 500) |
//! | an outage is closed (5, 6) | us | front: no answer of ours is a no |
//! | `session_cookies` go when somebody leaves | us | nobody, unless the front hands on `Set-Cookie` of our 200 |
//! | `logout_path` ends the session | us | us |
//! | WebSockets from foreign pages are refused | us | us |
//! | streams end with the session | us | nobody: what has begun goes on |
//! | a form sent too late is kept and offered again | us | nobody: it must be filled in again |
//! | `[application.answers]`, `timeout`, more than one server | us | front's own |
//! | senders are counted, slow ones cut off | us | us for what is asked, by the address the front names; front for the rest |
//!
//! Without a [`Permit`](crate::domain::policy::Permit) there is no 200: only `admitted` makes one. Our own pages are
//! never admitted; the front passes them through to us.

mod envoy;
mod forward;
mod nginx;
mod question;

pub use question::Odd;

use super::arrival::Arrival;
use super::cookie;
use super::door::{Door, Passage, Way, identity, read};
use super::reply;
use crate::domain::application::Application;
use crate::domain::front::Fronts;
use crate::domain::path::Path;
use crate::domain::return_to::is_ours;
use crate::domain::settings::{Settings, Site};
use crate::flow::{Circumstances, Fault};
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CONTENT_LENGTH, COOKIE, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SET_COOKIE, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use ipnet::IpNet;
use question::Question;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const NGINX: &str = "/.vestibule/authorize/nginx";
const FORWARD: &str = "/.vestibule/authorize/forward";
const ENVOY: &str = "/.vestibule/authorize/envoy";

/// The header by which a front shows that it knows the secret.
const SECRET: HeaderName = HeaderName::from_static("vestibule-secret");

/// How a front asks, and how it wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// nginx.
    Nginx,
    /// Caddy, Traefik, HAProxy.
    Forward,
    /// Envoy.
    Envoy,
}

impl Dialect {
    /// The dialect that is spoken at this path.
    pub fn at(path: &str) -> Option<Self> {
        match path {
            NGINX => Some(Self::Nginx),
            FORWARD => Some(Self::Forward),
            _ => {
                let rest = path.strip_prefix(ENVOY)?;
                (rest.is_empty() || rest.starts_with('/')).then_some(Self::Envoy)
            }
        }
    }

    fn ask(self, head: &Parts) -> Result<Question, Odd> {
        match self {
            Self::Nginx => nginx::ask(&head.headers),
            Self::Forward => forward::ask(&head.headers),
            Self::Envoy => envoy::ask(head),
        }
    }

    /// An answer as this dialect says it.
    pub fn phrase(self, answer: Response) -> Response {
        match self {
            Self::Nginx => nginx::phrase(answer),
            Self::Forward | Self::Envoy => answer,
        }
    }
}

/// Who asks.
#[derive(Debug)]
pub struct Asker {
    /// The address at the other end of the connection.
    pub peer: IpAddr,
    /// The configuration this question is answered by.
    pub settings: Arc<Settings>,
    /// What the answer is named.
    pub request_id: String,
}

/// A request that somebody else holds, as if it had arrived here.
pub struct Asked {
    /// How it came to its front.
    pub arrival: Arrival,
    /// Whose it is.
    pub application: Arc<Application>,
    /// Its head.
    pub head: Parts,
}

/// Reads a question.
///
/// # Errors
/// Why the answer can only be no.
pub fn read(dialect: Dialect, asker: Asker, head: &Parts) -> Result<Asked, Odd> {
    prove(&asker, &head.headers)?;
    let settings = asker.settings;
    let question = dialect.ask(head)?;
    let site = settings.site(&question.host).ok_or(Odd::Elsewhere)?;
    let application = match &site {
        Site::Application(application) | Site::Shared(application) => Arc::clone(application),
        Site::Portal => return Err(Odd::Elsewhere),
    };
    if !question.is_undisputed(&head.headers, (&settings, &application)) {
        return Err(Odd::Conflict);
    }
    let path = Path::parse(question.target.path()).map_err(|_| Odd::Malformed)?;
    if path.readings().any(|reading| is_ours(&reading.to_lowercase())) {
        return Err(Odd::Ours);
    }
    // Whoever may ask is believed in where the request came from, too.
    let trusted = [
        settings.trusted_proxies.as_slice(),
        &[IpNet::from(asker.peer.to_canonical())],
    ]
    .concat();
    let source = read::source(asker.peer, &head.headers, &trusted).map_err(|read::Unnamed| Odd::Malformed)?;
    let circumstances = Circumstances {
        request_id: asker.request_id,
        source,
        language: read::language(&head.headers),
    };
    let head = head_of(question, (&head.headers, &application))?;
    Ok(Asked {
        arrival: Arrival::new((settings, site), circumstances, &head.headers),
        application,
        head,
    })
}

/// Answers a question: 200 with everything an application is told, or what the door says instead.
pub async fn answer(dialect: Dialect, door: &Door, asked: Asked) -> Response {
    let Asked {
        arrival,
        application,
        head,
    } = asked;
    let (id, origin) = (arrival.circumstances.request_id.clone(), application.origin.clone());
    let answer = match door.admit(arrival, &application, &head).await {
        Way::Answered(answer) => answer,
        // Its front has the form; we could neither keep it nor send it.
        Way::Posted(posted) => door.unsent(*posted, &head),
        Way::Through(passage) => match admitted(&passage, (door, &head.headers)) {
            Ok(answer) => reply::dress(answer, Some(&origin), &id),
            Err(fault) => door.closed(&fault, &head, &id),
        },
    };
    dialect.phrase(answer)
}

/// Notes for operators why a question was odd: each reason is counted, and written down the first time it is met.
pub fn note(odd: Odd, request_id: &str) {
    static NOTED: AtomicU8 = AtomicU8::new(0);
    let (bit, label, why) = match odd {
        Odd::Stranger => (
            1,
            "stranger",
            "who asks is not in listen.trusted_proxies, or does not show what forward_auth.secret_file holds",
        ),
        Odd::Missing => (2, "missing", "method, host or URL is missing"),
        Odd::Doubled => (4, "doubled", "a header is there twice"),
        Odd::Malformed => (
            8,
            "malformed",
            "method, host, URL or X-Forwarded-For cannot be read, or is relative",
        ),
        Odd::Conflict => (16, "conflict", "headers disagree about method, scheme, host or URL"),
        Odd::Elsewhere => (32, "elsewhere", "no application has the host"),
        Odd::Ours => (
            64,
            "ours",
            "the front must pass /.vestibule/ through instead of asking about it",
        ),
    };
    metrics::counter!("vestibule_questions_refused_total", "why" => label).increment(1);
    if NOTED.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        tracing::warn!(target: "forward_auth", request = request_id, why, "refused a question of a front; config/fronts has files that work; said once for each reason");
    }
}

/// Whether the asker may be told who somebody is.
fn prove(asker: &Asker, headers: &HeaderMap) -> Result<(), Odd> {
    let proven = match &asker.settings.fronts {
        Fronts::TrustedPeers => asker.settings.trusts(asker.peer),
        Fronts::Knowing(secret) => secret.is(one(headers, &SECRET).map_err(|_| Odd::Stranger)?),
    };
    if proven { Ok(()) } else { Err(Odd::Stranger) }
}

/// The one value of this name.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a [u8], Odd> {
    let value = read::one(headers, name).map_err(|read::Doubled| Odd::Doubled)?;
    value.map(HeaderValue::as_bytes).ok_or(Odd::Missing)
}

/// The head of the request that is asked about, without what was added for us, and without its framing, which is its
/// front's.
fn head_of(question: Question, (headers, application): (&HeaderMap, &Application)) -> Result<Parts, Odd> {
    let mut head = http::Request::new(()).into_parts().0;
    head.method = question.method;
    head.uri = Uri::from(question.target);
    head.headers = headers.clone();
    for name in [SECRET, CONTENT_LENGTH, TRANSFER_ENCODING] {
        head.headers.remove(name);
    }
    let host = application.origin.authority().to_string();
    head.headers
        .insert(HOST, HeaderValue::from_str(&host).map_err(|_| Odd::Malformed)?);
    // Fronts take `Upgrade` away, but not what belongs to it (RFC 6455 section 4.1).
    if headers.contains_key(SEC_WEBSOCKET_KEY) || headers.contains_key(SEC_WEBSOCKET_VERSION) {
        head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    Ok(head)
}

/// 200, with every identity header, the assertion, and the cookies that the upstream may see.
fn admitted(passage: &Passage, (door, headers): (&Door, &HeaderMap)) -> Result<Response, Fault> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::OK;
    let cookies = cookie::without_ours(headers).unwrap_or(HeaderValue::from_static(""));
    answer.headers_mut().insert(COOKIE, cookies);
    for line in &passage.farewell {
        answer.headers_mut().append(SET_COOKIE, line.clone());
    }
    for (name, value) in identity::of(passage, &door.assertions)?.lines() {
        answer.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
