//! Life of a request, steps 2 to 6: from a head off the wire to a permit or an answer.

use super::balance::Exchange;
use super::entrance::Wire;
use super::shares::{Held, TooMany};
use super::{Gateway, Journey, Passage, plain, read, respond, screen};
use crate::domain::access::AccessRequest;
use crate::domain::application::{Application, GetBodies};
use crate::domain::limits::Source;
use crate::domain::policy::Decision;
use crate::domain::return_to::is_ours;
use crate::domain::settings::{Plain, Site};
use crate::edge::arrival::Arrival;
use crate::edge::pages::{Asked, Told};
use crate::edge::reply;
use crate::flow::subject::Presented;
use crate::flow::{Circumstances, Fault};
use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use pingora::proxy::Session;
use std::sync::Arc;
use std::time::Duration;

/// What becomes of a request.
pub(super) enum Way {
    /// It goes on to its upstream.
    Through(Passage),
    /// It is answered by us.
    Answered(Response),
}

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

/// What cannot be decided in this time is answered with 503 (Law 6).
const PATIENCE: Duration = Duration::from_millis(950);

impl Gateway {
    /// Screens, reads and admits a request.
    pub(super) async fn open(&self, session: &mut Session, journey: &mut Journey) -> Way {
        let arrival = match self.arrive(session, journey) {
            Ok(arrival) => arrival,
            Err(turned) => {
                session.set_keepalive(None);
                return Way::Answered(match turned {
                    Turned::Away(status) => self.instead(status, session.req_header(), &journey.request_id),
                    Turned::Elsewhere(response) => reply::dress(*response, None, &journey.request_id),
                });
            }
        };
        match self.hold(&arrival, &session.req_header().headers) {
            Ok(held) => journey.held = held,
            Err(TooMany) => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                return Way::Answered(self.instead(status, session.req_header(), &journey.request_id));
            }
        }
        let ours = is_ours(session.req_header().uri.path());
        match arrival.site.clone() {
            Site::Application(application) | Site::Shared(application) if !ours => {
                let way = self.admit(arrival, &application, session.req_header()).await;
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

    /// Steps 2 and 3: whether anything of the head may be believed, and whose host it was sent to.
    fn arrive(&self, session: &Session, journey: &Journey) -> Result<Arrival, Turned> {
        let head = session.req_header();
        let raw = session
            .as_downstream()
            .as_http1()
            .map(|http1| screen::raw(&http1.get_headers_raw_bytes()));
        raw.unwrap_or(Ok(()))
            .and_then(|()| screen::screen(head, head.raw_path()))
            .map_err(screen::Screened::status)?;
        let settings = self.settings.load_full();
        let line = journey.line.as_ref().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        if line.wire == Wire::Plain && settings.plain == Plain::Redirected {
            return Err(Turned::Elsewhere(Box::new(plain::elsewhere(head, &settings)?)));
        }
        let site = read::authority(&head.headers).and_then(|authority| settings.site(&authority));
        let site = site.ok_or(StatusCode::MISDIRECTED_REQUEST)?;
        let circumstances = Circumstances {
            request_id: journey.request_id.clone(),
            source: read::source(line.peer, &head.headers, &settings.trusted_proxies)
                .map_err(|read::Unnamed| StatusCode::BAD_REQUEST)?,
            language: read::language(&head.headers),
        };
        Ok(Arrival {
            settings,
            site,
            circumstances,
        })
    }

    /// Whether its sender may ask so much; a trusted proxy that speaks for nobody is no sender.
    fn hold(&self, arrival: &Arrival, headers: &HeaderMap) -> Result<Held, TooMany> {
        let source = arrival.circumstances.source;
        let source = (!arrival.settings.trusts(source)).then(|| Source::of(source));
        let presented = arrival.presented(headers);
        let session = presented.as_ref().map(|presented| &presented.token);
        self.shares.take(&arrival.settings.limits, (source, session))
    }

    /// An answer in place of one that cannot be given.
    fn instead(&self, status: StatusCode, head: &Parts, request_id: &str) -> Response {
        self.pages.failed(status.as_u16(), &head.headers, request_id)
    }

    /// One of our own pages.
    async fn serve(&self, session: &mut Session, arrival: Arrival) -> Response {
        let head: Parts = (**session.req_header()).clone();
        match respond::read_form(session).await {
            Ok(body) => {
                self.pages
                    .answer(arrival, http::Request::from_parts(head, Body::from(body)))
                    .await
            }
            Err(status) => {
                session.set_keepalive(None);
                self.instead(status, &head, &arrival.circumstances.request_id)
            }
        }
    }

    /// Step 4: who is it, and may it pass?
    async fn admit(&self, arrival: Arrival, application: &Arc<Application>, head: &Parts) -> Way {
        let id = &arrival.circumstances.request_id;
        if !application.http_methods.contains(&head.method) {
            return Way::Answered(self.instead(StatusCode::METHOD_NOT_ALLOWED, head, id));
        }
        let bare = application.get_bodies == GetBodies::Accepted || !screen::has_body(&head.headers);
        if matches!(head.method, Method::GET | Method::HEAD) && !bare {
            return Way::Answered(self.instead(StatusCode::BAD_REQUEST, head, id));
        }
        let Ok(request) = read::access(head, arrival.circumstances.source) else {
            return Way::Answered(self.instead(StatusCode::BAD_REQUEST, head, id));
        };
        let presented = arrival.presented(&head.headers);
        if !read::may_upgrade(&head.headers, application, presented.as_ref()) {
            return Way::Answered(self.instead(StatusCode::FORBIDDEN, head, id));
        }
        let cookie = presented.clone().map(|presented| (presented, arrival.settings.session));
        let decided = tokio::time::timeout(PATIENCE, self.admission.admit(application, &request, cookie)).await;
        match decided.unwrap_or_else(|_| Err(Fault::new("admission", "no decision in 950 ms"))) {
            Ok(decision) => self.phrase((arrival, decision, presented), request, head).await,
            Err(fault) => self.closed(&fault, head, id),
        }
    }

    /// What could not be decided or written.
    fn closed(&self, fault: &Fault, head: &Parts, id: &str) -> Way {
        crate::edge::fault::report(fault, id);
        Way::Answered(self.instead(StatusCode::SERVICE_UNAVAILABLE, head, id))
    }

    /// Step 6: the decision as an answer, or the way through.
    async fn phrase(
        &self,
        (arrival, decision, presented): (Arrival, Decision, Option<Presented>),
        request: AccessRequest,
        head: &Parts,
    ) -> Way {
        let subject = match &decision {
            Decision::Admit(permit) => Some(permit.subject()),
            Decision::Authenticate(_) | Decision::Refuse(_) => None,
        };
        let left = match &arrival.site {
            Site::Application(application) | Site::Shared(application) => {
                let who = (subject, presented.as_ref());
                self.farewell((&arrival, application), who, (&request, &head.headers))
                    .await
            }
            Site::Portal => Ok(Vec::new()),
        };
        let farewell = match left {
            Ok(lines) => lines,
            Err(fault) => return self.closed(&fault, head, &arrival.circumstances.request_id),
        };
        let told = match decision {
            Decision::Admit(permit) => {
                let exchange = exchange(&head.headers);
                return Way::Through(Passage {
                    arrival,
                    permit,
                    exchange,
                    request,
                    presented,
                    farewell,
                });
            }
            Decision::Authenticate(_) => Told::LogInFirst,
            Decision::Refuse(_) => Told::Refused,
        };
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let asked = Asked {
            audience: request.audience,
            target,
            headers: &head.headers,
        };
        let answer = self.pages.tell(&arrival, told, &asked);
        Way::Answered(
            farewell
                .into_iter()
                .fold(answer, |answer, line| reply::with_cookie(answer, Some(line))),
        )
    }
}

fn exchange(headers: &HeaderMap) -> Exchange {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if headers.contains_key(UPGRADE) {
        Exchange::Tunnel
    } else if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        Exchange::Stream
    } else {
        Exchange::Answer
    }
}
