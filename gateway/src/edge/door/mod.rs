//! The door itself: what becomes of a request that has arrived, whether it is to pass through us or a front asks about
//! it. Reads, admits, phrases; forwards nothing, and knows no server and no protocol.

mod farewell;
pub mod identity;
mod posted;
pub mod read;
pub mod sender;

pub use posted::{Keepable, Posted};

use super::arrival::Arrival;
use super::pages::{Asked, Pages, Told};
use super::reply;
use crate::domain::access::{AccessRequest, Audience};
use crate::domain::application::{Application, GetBodies};
use crate::domain::policy::{Decision, Permit};
use crate::domain::settings::Site;
use crate::flow::admit::Admission;
use crate::flow::assertion::Assertions;
use crate::flow::revocation::Revocations;
use crate::flow::subject::Subjects;
use crate::flow::{Fault, Outside};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Admits requests, and answers those that do not pass.
pub struct Door {
    /// What flows call.
    pub outside: Outside,
    /// Decides.
    pub admission: Admission,
    /// Finds out who asks.
    pub subjects: Arc<Subjects>,
    /// What has been revoked.
    pub revocations: Arc<Revocations>,
    /// Signs.
    pub assertions: Assertions,
    /// Our own pages.
    pub pages: Pages,
}

/// What becomes of a request.
pub enum Way {
    /// It may go on to its upstream.
    Through(Box<Passage>),
    /// It is a form whose sender must log in first: to be kept, or to be told off.
    Posted(Box<Posted>),
    /// It is answered by us.
    Answered(Response),
}

/// A request that was admitted.
pub struct Passage {
    /// How it came.
    pub arrival: Arrival,
    /// The proof.
    pub permit: Permit,
    /// What was decided.
    pub request: AccessRequest,
    /// `Set-Cookie` lines that the answer carries because somebody leaves.
    pub farewell: Vec<HeaderValue>,
}

/// What cannot be decided in this time is answered with 503 (Law 6).
pub(super) const PATIENCE: Duration = Duration::from_millis(950);

impl Door {
    /// An answer in place of one that cannot be given.
    pub fn instead(&self, status: StatusCode, head: &Parts, request_id: &str) -> Response {
        self.pages.failed(status.as_u16(), &head.headers, request_id)
    }

    /// Step 4: who is it, and may it pass?
    pub async fn admit(&self, arrival: Arrival, application: &Arc<Application>, head: &Parts) -> Way {
        let id = &arrival.circumstances.request_id;
        if !application.http_methods.contains(&head.method) {
            return Way::Answered(self.instead(StatusCode::METHOD_NOT_ALLOWED, head, id));
        }
        let bare = application.get_bodies == GetBodies::Accepted || !read::has_body(&head.headers);
        if matches!(head.method, Method::GET | Method::HEAD) && !bare {
            return Way::Answered(self.instead(StatusCode::BAD_REQUEST, head, id));
        }
        let Ok(request) = read::access(head, arrival.circumstances.source) else {
            return Way::Answered(self.instead(StatusCode::BAD_REQUEST, head, id));
        };
        let presented = arrival.presented.as_ref();
        if !read::may_upgrade(&head.headers, application, presented) {
            return Way::Answered(self.instead(StatusCode::FORBIDDEN, head, id));
        }
        let cookie = presented
            .cloned()
            .map(|presented| (presented, arrival.settings.session));
        match in_time("admission", self.admission.admit(application, &request, cookie)).await {
            Ok(decision) => self.phrase((arrival, decision), request, head).await,
            Err(fault) => Way::Answered(self.closed(&fault, head, id)),
        }
    }

    /// What could not be decided or written.
    pub fn closed(&self, fault: &Fault, head: &Parts, id: &str) -> Response {
        super::fault::report(fault, id);
        self.instead(StatusCode::SERVICE_UNAVAILABLE, head, id)
    }

    /// Step 6: the decision as an answer, or the way through.
    async fn phrase(&self, (arrival, decision): (Arrival, Decision), request: AccessRequest, head: &Parts) -> Way {
        let subject = match &decision {
            Decision::Admit(permit) => Some(permit.subject()),
            Decision::Authenticate(_) | Decision::Refuse(_) => None,
        };
        let left = match &arrival.site {
            Site::Application(application) | Site::Shared(application) => {
                self.farewell((&arrival, application), subject, (&request, &head.headers))
                    .await
            }
            Site::Portal => Ok(Vec::new()),
        };
        let farewell = match left {
            Ok(lines) => lines,
            Err(fault) => return Way::Answered(self.closed(&fault, head, &arrival.circumstances.request_id)),
        };
        let told = match decision {
            Decision::Admit(permit) => {
                return Way::Through(Box::new(Passage {
                    arrival,
                    permit,
                    request,
                    farewell,
                }));
            }
            Decision::Authenticate(_) if request.audience == Audience::PostedForm => {
                return Way::Posted(Box::new(Posted { arrival, farewell }));
            }
            Decision::Authenticate(_) => Told::LogInFirst,
            Decision::Refuse(_) => Told::Refused,
        };
        let asked = Asked {
            audience: request.audience,
            target: read::target(head),
            headers: &head.headers,
        };
        let answer = self.pages.tell(&arrival, told, &asked);
        Way::Answered(with_all(answer, farewell))
    }
}

/// What cannot be found out in time is an outage (Law 6).
pub(super) async fn in_time<T>(what: &'static str, found: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.unwrap_or_else(|_| Err(Fault::new(what, "no answer in 950 ms")))
}

fn with_all(answer: Response, lines: Vec<HeaderValue>) -> Response {
    let with = |answer, line| reply::with_cookie(answer, Some(line));
    lines.into_iter().fold(answer, with)
}
