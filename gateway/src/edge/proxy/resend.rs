//! A form on its way after all. The body is read and kept when its sender has to log in first; once they have, and have
//! said yes, one load of the form's own address becomes the form: decided like any request, claimed, and only then sent.

use super::{Gateway, Journey, respond};
use crate::domain::access::Audience;
use crate::domain::application::Application;
use crate::domain::id::{FormId, UserId};
use crate::domain::saved_form::Rules;
use crate::domain::secret::Token;
use crate::domain::user::Subject;
use crate::edge::arrival::Arrival;
use crate::edge::cookie::Jar;
use crate::edge::door::read::{self, target};
use crate::edge::door::{self, Door, Passage, Posted, Way};
use crate::edge::pages::NotSent;
use crate::flow::saved_form::{self, Claim, Claimed};
use crate::flow::{Fault, Outside};
use axum::response::Response;
use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, ORIGIN,
    RANGE, REFERER, TRANSFER_ENCODING,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use pingora::http::RequestHeader;
use pingora::proxy::Session;
use std::sync::Arc;
use std::time::Duration;

/// What a browser says of a page load that does not hold for the form.
const OF_THE_PAGE: [HeaderName; 8] = [
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
    IF_RANGE,
    RANGE,
    REFERER,
    TRANSFER_ENCODING,
];
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(120);

/// A form that this request has become.
pub(super) struct Resend {
    claim: Option<Claim>,
    body: Bytes,
    head: Vec<(HeaderName, HeaderValue)>,
    stage: Stage,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not a byte of it has left us.
    Here,
    /// Some may have.
    Out,
}

impl Gateway {
    /// Keeps a form, or says that it is not kept before anything of it is read.
    pub(super) async fn keep(&self, posted: Posted, (session, journey): (&mut Session, &mut Journey)) -> Response {
        let head: Parts = (**session.req_header()).clone();
        let id = posted.arrival.circumstances.request_id.clone();
        let keepable = match self.door.keepable(&posted, &head).await {
            Ok(Some(keepable)) if session.req_header().raw_path() == target(&head).as_bytes() => keepable,
            Ok(_) => return self.door.unsent(posted, &head),
            Err(fault) => return self.door.closed(&fault, &head, &id),
        };
        journey.body_begins();
        let body = respond::read_whole(session, (keepable.length, PATIENCE)).await;
        journey.body_ends();
        match body {
            Ok(body) if body.len() == keepable.length => {
                let kept = self.door.keep(posted, (keepable, body.into()), &head.headers).await;
                kept.unwrap_or_else(|fault| self.door.closed(&fault, &head, &id))
            }
            Ok(_) => self.broken_off(StatusCode::BAD_REQUEST, session, (&head, &id)),
            Err(status) => self.broken_off(status, session, (&head, &id)),
        }
    }

    fn broken_off(&self, status: StatusCode, session: &mut Session, (head, id): (&Parts, &str)) -> Response {
        session.set_keepalive(None);
        self.door.instead(status, head, id)
    }

    /// The form that a load of a page is to become; nothing where it is what it looks like, or no such load: what a page
    /// fetches, or a browser looks at ahead, may have the same address.
    pub(super) async fn wanted(&self, arrival: &Arrival, head: &Parts) -> Result<Option<Wanted>, Fault> {
        let origin = arrival.origin();
        if head.method != Method::GET || read::has_body(&head.headers) || !read::is_meant(&head.headers) {
            return Ok(None);
        }
        let Some((wish, browser)) = Jar::Sending
            .read(origin, &head.headers)
            .zip(Jar::Form.read(origin, &head.headers))
        else {
            return Ok(None);
        };
        let page = read::access(head, arrival.circumstances.source);
        if !page.is_ok_and(|request| request.audience == Audience::Page) {
            return Ok(None);
        }
        let outside = &self.door.outside;
        let found = async {
            let Some(id) = saved_form::wished(outside, &wish, target(head)).await? else {
                return Ok(None);
            };
            let form = saved_form::find(outside, &browser, id).await?;
            let form = form.filter(|form| form.origin == origin.as_str() && form.target == target(head));
            Ok(form.map(|_| Wanted { id, browser }))
        };
        door::in_time("forms", found).await
    }

    /// Decides about the form, claims it, and lets it through.
    pub(super) async fn resend(
        &self,
        arrival: Arrival,
        (application, wanted): (&Arc<Application>, Wanted),
        head: &Parts,
    ) -> (Way, Option<Resend>) {
        let (settings, id) = (Arc::clone(&arrival.settings), arrival.circumstances.request_id.clone());
        let mut posted = head.clone();
        posted.method = Method::POST;
        let mut passage = match self.door.admit(arrival, application, &posted).await {
            Way::Through(passage) => passage,
            Way::Posted(posted) => {
                // More has to be proven; the form waits meanwhile.
                let saved = (wanted.id, target(head));
                let page = self.door.pages.saved(&posted.arrival, saved, &head.headers);
                let page = page.unwrap_or_else(|fault| self.door.closed(&fault, head, &id));
                return (Way::Answered(page), None);
            }
            Way::Answered(answer) => return (Way::Answered(answer), None),
        };
        let Subject::User(known) = passage.permit.subject() else {
            return (self.not_sent(&passage, NotSent::Gone), None);
        };
        match self.claim(wanted, (known.user.id, settings.saved_forms)).await {
            Ok(Claimed::Mine(claim)) => match Resend::of(claim, application) {
                Ok(resend) => {
                    passage.farewell.extend(Jar::Sending.expire(&application.origin));
                    (Way::Through(passage), Some(resend))
                }
                Err(fault) => (Way::Answered(self.door.closed(&fault, head, &id)), None),
            },
            Ok(Claimed::Gone(form)) => (self.not_sent(&passage, NotSent::of(&form)), None),
            Ok(Claimed::Nothing) => (self.not_sent(&passage, NotSent::Gone), None),
            Err(fault) => (Way::Answered(self.door.closed(&fault, head, &id)), None),
        }
    }

    /// Claims it. Whoever gives up waiting for that leaves nothing claimed behind.
    async fn claim(&self, Wanted { id, browser }: Wanted, whose: (UserId, Rules)) -> Result<Claimed, Fault> {
        let outside = self.door.outside.clone();
        let mut claiming = tokio::spawn(async move { saved_form::claim(&outside, (&browser, id), whose).await });
        match tokio::time::timeout(door::PATIENCE, &mut claiming).await {
            Ok(claimed) => claimed.unwrap_or_else(|broken| Err(Fault::new("forms", broken))),
            Err(_) => {
                let outside = self.door.outside.clone();
                tokio::spawn(async move {
                    if let Ok(Ok(Claimed::Mine(claim))) = claiming.await {
                        claim.take_back(outside);
                    }
                });
                Err(Fault::new("forms", "not claimed in 950 ms"))
            }
        }
    }

    fn not_sent(&self, passage: &Passage, why: NotSent) -> Way {
        Way::Answered(self.door.pages.not_sent(&passage.arrival, why))
    }
}

/// A form that a browser wants sent.
pub(super) struct Wanted {
    id: FormId,
    browser: Token,
}

impl Resend {
    fn of(claim: Claim, application: &Application) -> Result<Self, Fault> {
        let text = |text: &str| HeaderValue::from_str(text).map_err(|error| Fault::new("forms", error));
        let body = Bytes::from_owner(Arc::clone(&claim.content.body.0));
        let mut head = vec![
            (CONTENT_TYPE, text(&claim.content.content_type)?),
            (CONTENT_LENGTH, HeaderValue::from(body.len())),
            (ORIGIN, text(application.origin.as_str())?),
        ];
        if let Some(referer) = &claim.content.referer {
            head.push((REFERER, text(referer)?));
        }
        Ok(Self {
            claim: Some(claim),
            body,
            head,
            stage: Stage::Here,
        })
    }

    /// Makes the head that of the form.
    pub(super) fn rewrite(&self, request: &mut RequestHeader) -> pingora::Result<()> {
        request.set_method(Method::POST);
        for name in &OF_THE_PAGE {
            request.remove_header(name);
        }
        for (name, value) in &self.head {
            request.insert_header(name, value)?;
        }
        Ok(())
    }

    /// From here on some of it may have left us.
    pub(super) fn leaves(&mut self) {
        self.stage = Stage::Out;
    }

    /// What is in it, once: it is sent at the head's heels, and needed here no more.
    pub(super) fn body(&mut self) -> Bytes {
        std::mem::take(&mut self.body)
    }

    /// The application has answered; nobody has to wait until that is written down.
    pub(super) fn answered(&mut self, outside: &Outside) {
        if let Some(claim) = self.claim.take() {
            let outside = outside.clone();
            tokio::spawn(async move { claim.answered(&outside).await });
        }
    }

    /// No answer came: what to say. The form waits again if not a byte of it has left us.
    pub(super) async fn failed(&mut self, door: &Door, (arrival, status): (&Arrival, u16)) -> Option<Response> {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        let why = match (self.stage, self.claim.take()) {
            (Stage::Here, Some(claim)) => NotSent::Waits(status, claim.release(&door.outside).await?),
            (Stage::Here, None) => return None,
            (Stage::Out, _) => NotSent::Lost(status),
        };
        Some(door.pages.not_sent(arrival, why))
    }
}
