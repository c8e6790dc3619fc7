//! Life of a request, steps 2 to 6: from a head off the wire to a permit or an answer.

use super::entrance::{Line, Wire};
use super::shares::{Held, TooMany};
use super::{Forwarding, Gateway, Journey, plain, respond, screen, validation};
use crate::domain::application::Application;
use crate::domain::front::Shown;
use crate::domain::limits::Source;
use crate::domain::return_to::is_ours;
use crate::domain::settings::{Plain, ProxyProtocol, Settings, Site};
use crate::edge::arrival::Arrival;
use crate::edge::door::sender::{Trust, Unnamed, sender};
use crate::edge::door::{Way, read};
use crate::edge::forward_auth::{self, Asked, Asker, Dialect, Odd};
use crate::edge::reply;
use crate::flow::Circumstances;
use axum::body::Body;
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use http::{StatusCode, Version};
use pingora::http::RequestHeader;
use pingora::proxy::Session;
use std::net::IpAddr;
use std::sync::Arc;

/// Why a request does not arrive.
enum Turned {
    /// Nothing of it may be believed.
    Away(StatusCode),
    /// It should have gone elsewhere.
    Elsewhere(Box<Response>),
}

impl From<StatusCode> for Turned {
    fn from(status: StatusCode) -> Self {
        Self::Away(status)
    }
}

/// Gives a request of HTTP/2 the `Host` that its `:authority` stands for (RFC 9113 section 8.3.1).
///
/// # Errors
/// When it is no value for a field.
pub(super) fn name_host(head: &mut RequestHeader) -> pingora::Result<()> {
    match head.uri.authority().map(|authority| authority.as_str().to_owned()) {
        Some(authority) if head.version == Version::HTTP_2 && !head.headers.contains_key(HOST) => {
            head.insert_header(HOST, authority)
        }
        Some(_) | None => Ok(()),
    }
}

/// Who connected, and over what. Where the entrance is another's, the connection itself must say so: what a balancer says
/// of it, nobody has heard there.
fn came(session: &Session, line: Option<&Line>, settings: &Settings) -> Result<(IpAddr, Wire), StatusCode> {
    match (line, settings.proxy_protocol) {
        (Some(line), _) => Ok((line.peer, line.wire)),
        (None, ProxyProtocol::Required) => Err(StatusCode::INTERNAL_SERVER_ERROR),
        (None, ProxyProtocol::Off) => {
            let peer = session.client_addr().and_then(|peer| peer.as_inet());
            let secure = session.digest().is_some_and(|digest| digest.ssl_digest.is_some());
            let wire = if secure { Wire::Tls } else { Wire::Plain };
            let peer = peer.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
            Ok((peer.ip().to_canonical(), wire))
        }
    }
}

/// A question that has no answer but no, whatever is wrong with it.
fn turned(odd: Odd, request_id: &str) -> Turned {
    forward_auth::note(odd, request_id);
    Turned::Away(StatusCode::FORBIDDEN)
}

/// What has arrived.
enum Arrived {
    /// A request on a host of ours.
    Request(Arrival),
    /// A front's question about one.
    Question(Dialect, Box<Asked>),
    /// An authority's question, before it certifies that a host is ours.
    Validation(IpAddr),
}

impl Gateway {
    /// Screens, reads and admits a request.
    pub(super) async fn open(&self, session: &mut Session, journey: &mut Journey) -> Way {
        match self.arrive(session, journey) {
            Ok(Arrived::Request(arrival)) => self.receive(arrival, session, journey).await,
            Ok(Arrived::Question(dialect, asked)) => Way::Answered(self.answer((dialect, *asked), journey).await),
            Ok(Arrived::Validation(peer)) => self.validate(peer, session, journey).await,
            Err(turned) => self.turn(turned, session, &journey.request_id),
        }
    }

    fn turn(&self, turned: Turned, session: &mut Session, request_id: &str) -> Way {
        session.set_keepalive(None);
        Way::Answered(match turned {
            Turned::Away(status) => self.instead(status, session.req_header(), request_id),
            Turned::Elsewhere(response) => reply::dress(*response, None, request_id),
        })
    }

    /// An authority's question. What it asks for is looked up in the store, so whoever asks counts as any sender.
    async fn validate(&self, peer: IpAddr, session: &mut Session, journey: &mut Journey) -> Way {
        let settings = self.settings.load_full();
        let source = (!settings.trusts(peer)).then(|| Source::of(peer));
        match self.shares.take(&settings.limits, (source, None)) {
            Ok(held) => journey.held = held,
            Err(TooMany) => return self.turn(StatusCode::TOO_MANY_REQUESTS.into(), session, &journey.request_id),
        }
        let head = session.req_header();
        let turned = match validation::answer(&self.certification, head).await {
            Ok(Some(response)) => Turned::Elsewhere(Box::new(response)),
            Ok(None) => plain::elsewhere(head, &settings)
                .map_or_else(Turned::Away, |response| Turned::Elsewhere(Box::new(response))),
            Err(fault) => {
                crate::edge::fault::report(&fault, &journey.request_id);
                Turned::Elsewhere(Box::new(validation::unanswerable()))
            }
        };
        self.turn(turned, session, &journey.request_id)
    }

    /// A request: one of our pages, or on its way to an application.
    async fn receive(&self, arrival: Arrival, session: &mut Session, journey: &mut Journey) -> Way {
        match self.hold(&arrival) {
            Ok(held) => journey.held = held,
            Err(TooMany) => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                return Way::Answered(self.instead(status, session.req_header(), &journey.request_id));
            }
        }
        let ours = is_ours(session.req_header().uri.path());
        match arrival.site.clone() {
            // A front that asks us should have forwarded it.
            Site::Application(application) | Site::Shared(application)
                if !ours && application.upstreams.is_empty() && self.forwarding == Forwarding::Ours =>
            {
                let status = StatusCode::MISDIRECTED_REQUEST;
                Way::Answered(self.instead(status, session.req_header(), &journey.request_id))
            }
            Site::Application(application) | Site::Shared(application) if !ours => {
                let way = self.forward((arrival, &application), session, journey).await;
                if let Way::Answered(response) = &way
                    && matches!(
                        response.status(),
                        StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED
                    )
                {
                    session.set_keepalive(None);
                }
                way
            }
            Site::Portal | Site::Application(_) | Site::Shared(_) => Way::Answered(self.serve(session, arrival).await),
        }
    }

    /// A request for an application: as it came, or, where its sender wants that, the form that was kept for this address.
    /// Whoever takes requests on by themselves sends no form of ours, so none is kept there.
    async fn forward(
        &self,
        (arrival, application): (Arrival, &Arc<Application>),
        session: &mut Session,
        journey: &mut Journey,
    ) -> Way {
        let head = session.req_header();
        if self.forwarding == Forwarding::Theirs {
            return self.door.admit(arrival, application, head).await;
        }
        match self.wanted(&arrival, head).await {
            Ok(None) => {}
            Ok(Some(wanted)) => {
                let (way, resend) = self.resend(arrival, (application, wanted), head).await;
                journey.resend = resend;
                return way;
            }
            Err(fault) => {
                let id = &arrival.circumstances.request_id;
                return Way::Answered(self.door.closed(&fault, head, id));
            }
        }
        match self.door.admit(arrival, application, head).await {
            Way::Posted(posted) => Way::Answered(self.keep(*posted, (session, journey)).await),
            way @ (Way::Through(_) | Way::Answered(_)) => way,
        }
    }

    /// A front's question, whose sender counts as if the request had come here.
    async fn answer(&self, (dialect, asked): (Dialect, Asked), journey: &mut Journey) -> Response {
        match self.hold(&asked.arrival) {
            Ok(held) => {
                journey.held = held;
                forward_auth::answer(dialect, &self.door, asked).await
            }
            Err(TooMany) => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                dialect.phrase(self.instead(status, &asked.head, &journey.request_id))
            }
        }
    }

    /// Steps 2 and 3: whether anything of the head may be believed, and whose host it was sent to.
    fn arrive(&self, session: &Session, journey: &Journey) -> Result<Arrived, Turned> {
        let head = session.req_header();
        let raw = session
            .as_downstream()
            .as_http1()
            .map(|http1| screen::raw(&http1.get_headers_raw_bytes()));
        raw.unwrap_or(Ok(()))
            .and_then(|()| screen::screen(head, head.raw_path()))
            .map_err(screen::Screened::status)?;
        let settings = self.settings.load_full();
        let (peer, wire) = came(session, journey.line.as_deref(), &settings)?;
        let request_id = journey.request_id.clone();
        if let Some(dialect) = Dialect::at(head.uri.path()) {
            let asker = Asker {
                peer,
                shown: if wire == Wire::Front {
                    Shown::Certificate
                } else {
                    Shown::Nothing
                },
                settings,
                request_id,
            };
            let asked = forward_auth::read(dialect, asker, head).map_err(|odd| turned(odd, &journey.request_id))?;
            return Ok(Arrived::Question(dialect, Box::new(asked)));
        }
        if wire == Wire::Plain && settings.plain == Plain::Redirected {
            if self.certification.is_on() && validation::token(head).is_some() {
                return Ok(Arrived::Validation(peer));
            }
            return Err(Turned::Elsewhere(Box::new(plain::elsewhere(head, &settings)?)));
        }
        let site = read::authority(&head.headers).and_then(|authority| settings.site(&authority));
        let site = site.ok_or(StatusCode::MISDIRECTED_REQUEST)?;
        let trust = Trust {
            proxies: &settings.trusted_proxies,
            header: settings.sender_header,
        };
        let circumstances = Circumstances {
            request_id,
            source: sender(peer, &head.headers, trust).map_err(|Unnamed| StatusCode::BAD_REQUEST)?,
            language: read::language(&head.headers),
        };
        Ok(Arrived::Request(Arrival::new(
            (settings, site),
            circumstances,
            &head.headers,
        )))
    }

    /// An answer in place of one that cannot be given.
    fn instead(&self, status: StatusCode, head: &Parts, request_id: &str) -> Response {
        self.door.instead(status, head, request_id)
    }

    /// Whether its sender may ask so much; a trusted proxy that speaks for nobody is no sender.
    fn hold(&self, arrival: &Arrival) -> Result<Held, TooMany> {
        let source = arrival.circumstances.source;
        let source = (!arrival.settings.trusts(source)).then(|| Source::of(source));
        let session = arrival.presented.as_ref().map(|presented| &presented.token);
        self.shares.take(&arrival.settings.limits, (source, session))
    }

    /// One of our own pages.
    async fn serve(&self, session: &mut Session, arrival: Arrival) -> Response {
        let head: Parts = (**session.req_header()).clone();
        match respond::read_form(session).await {
            Ok(body) => {
                self.door
                    .pages
                    .answer(arrival, http::Request::from_parts(head, Body::from(body)))
                    .await
            }
            Err(status) => {
                session.set_keepalive(None);
                self.instead(status, &head, &arrival.circumstances.request_id)
            }
        }
    }
}
