//! The door itself: what becomes of a request that has arrived, whether it is to pass through us or a front asks about
//! it. Reads, admits, phrases; forwards nothing, and knows no server and no protocol.

mod farewell;
pub mod identity;
mod posted;
pub mod read;

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
use crate::flow::subject::{Presented, Subjects};
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
    /// The session cookie it came with.
    pub presented: Option<Presented>,
    /// `Set-Cookie` lines that the answer carries because somebody leaves.
    pub farewell: Vec<HeaderValue>,
}

/// What cannot be decided in this time is answered with 503 (Law 6).
pub const PATIENCE: Duration = Duration::from_millis(950);

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
        let presented = arrival.presented.clone();
        if !read::may_upgrade(&head.headers, application, presented.as_ref()) {
            return Way::Answered(self.instead(StatusCode::FORBIDDEN, head, id));
        }
        let cookie = presented.clone().map(|presented| (presented, arrival.settings.session));
        let decided = tokio::time::timeout(PATIENCE, self.admission.admit(application, &request, cookie)).await;
        match decided.unwrap_or_else(|_| Err(Fault::new("admission", "no decision in 950 ms"))) {
            Ok(decision) => self.phrase((arrival, decision, presented), request, head).await,
            Err(fault) => Way::Answered(self.closed(&fault, head, id)),
        }
    }

    /// What could not be decided or written.
    pub fn closed(&self, fault: &Fault, head: &Parts, id: &str) -> Response {
        super::fault::report(fault, id);
        self.instead(StatusCode::SERVICE_UNAVAILABLE, head, id)
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
            Err(fault) => return Way::Answered(self.closed(&fault, head, &arrival.circumstances.request_id)),
        };
        let told = match decision {
            Decision::Admit(permit) => {
                return Way::Through(Box::new(Passage {
                    arrival,
                    permit,
                    request,
                    presented,
                    farewell,
                }));
            }
            Decision::Authenticate(_) if request.audience == Audience::PostedForm => {
                return Way::Posted(Box::new(Posted {
                    arrival,
                    presented,
                    farewell,
                }));
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
