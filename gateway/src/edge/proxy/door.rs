//! Life of a request, steps 2 to 6: from a head off the wire to a permit or an answer.

use super::balance::Exchange;
use super::{Gateway, Journey, Passage, read, respond, screen};
use crate::domain::access::AccessRequest;
use crate::domain::application::Application;
use crate::domain::policy::Decision;
use crate::domain::return_to::is_ours;
use crate::domain::settings::Site;
use crate::edge::arrival::Arrival;
use crate::edge::pages::{Asked, Told};
use crate::flow::{Circumstances, Fault};
use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use pingora::proxy::Session;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// What becomes of a request.
pub(super) enum Way {
    /// It goes on to its upstream.
    Through(Passage),
    /// It is answered by us.
    Answered(Response),
}

/// What cannot be decided in this time is answered with 503 (Law 6).
const PATIENCE: Duration = Duration::from_millis(950);

impl Gateway {
    /// Screens, reads and admits a request.
    pub(super) async fn open(&self, session: &mut Session, journey: &Journey) -> Way {
        let head: Parts = (**session.req_header()).clone();
        let id = &journey.request_id;
        let raw = session
            .as_downstream()
            .as_http1()
            .map_or(Ok(()), |http1| screen::raw(&http1.get_headers_raw_bytes()));
        if let Err(screened) = raw.and_then(|()| screen::screen(&head, session.req_header().raw_path())) {
            session.set_keepalive(None);
            return Way::Answered(self.pages.failed(screened.status().as_u16(), &head.headers, id));
        }
        let settings = self.settings.load_full();
        let site = read::authority(&head.headers).and_then(|authority| settings.site(&authority));
        let Some(site) = site else {
            return Way::Answered(self.pages.failed(421, &head.headers, id));
        };
        let peer = session
            .client_addr()
            .and_then(|address| address.as_inet())
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        let source = read::source(peer, &head.headers, &settings.trusted_proxies);
        let circumstances = Circumstances {
            request_id: id.clone(),
            source,
            language: read::language(&head.headers),
        };
        let arrival = Arrival {
            settings,
            site,
            circumstances,
        };
        match arrival.site.clone() {
            site if is_ours(head.uri.path()) || matches!(site, Site::Portal) => {
                Way::Answered(self.serve(session, arrival, head).await)
            }
            Site::Application(application) | Site::Shared(application) => {
                self.admit(arrival, &application, &head).await
            }
            Site::Portal => Way::Answered(self.pages.failed(404, &head.headers, id)),
        }
    }

    /// One of our own pages.
    async fn serve(&self, session: &mut Session, arrival: Arrival, head: Parts) -> Response {
        let id = arrival.circumstances.request_id.clone();
        let body = match respond::read_form(session).await {
            Ok(body) => body,
            Err(status) => {
                session.set_keepalive(None);
                return self.pages.failed(status.as_u16(), &head.headers, &id);
            }
        };
        self.pages
            .answer(arrival, http::Request::from_parts(head, Body::from(body)))
            .await
    }

    /// Step 4: who is it, and may it pass?
    async fn admit(&self, arrival: Arrival, application: &Arc<Application>, head: &Parts) -> Way {
        let id = arrival.circumstances.request_id.clone();
        if !application.http_methods.contains(&head.method) {
            return Way::Answered(
                self.pages
                    .failed(StatusCode::METHOD_NOT_ALLOWED.as_u16(), &head.headers, &id),
            );
        }
        let Ok(request) = read::access(head, arrival.circumstances.source) else {
            return Way::Answered(self.pages.failed(StatusCode::BAD_REQUEST.as_u16(), &head.headers, &id));
        };
        let cookie = arrival
            .presented(&head.headers)
            .map(|presented| (presented, arrival.settings.session));
        let decided = tokio::time::timeout(PATIENCE, self.admission.admit(application, &request, cookie)).await;
        match decided.unwrap_or_else(|_| Err(Fault::new("admission", "no decision in 950 ms"))) {
            Ok(decision) => self.phrase((arrival, decision), &request, head),
            Err(fault) => {
                crate::edge::fault::report(&fault, &id);
                Way::Answered(
                    self.pages
                        .failed(StatusCode::SERVICE_UNAVAILABLE.as_u16(), &head.headers, &id),
                )
            }
        }
    }

    /// Step 6: the decision as an answer, or the way through.
    fn phrase(&self, (arrival, decision): (Arrival, Decision), request: &AccessRequest, head: &Parts) -> Way {
        let told = match decision {
            Decision::Admit(permit) => {
                let exchange = if is_stream(&head.headers) {
                    Exchange::Stream
                } else {
                    Exchange::Answer
                };
                return Way::Through(Passage {
                    arrival,
                    permit,
                    exchange,
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
        Way::Answered(self.pages.tell(&arrival, told, &asked))
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    let events = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    events || headers.contains_key(UPGRADE)
}
