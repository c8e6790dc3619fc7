//! Life of a request, as Pingora's phases: each is a line or two that calls what does the work.
//!
//! ```text
//! entrance/ ............. before there is a request: counted, watched (no phase of Pingora's)
//! request_filter ........ screen, read, admit; answers of ours end here
//! upstream_peer ......... whose turn it is
//! upstream_request_filter strip, then set (demands the permit)
//! response_filter ....... nothing of the upstream's may pass for ours; a stream is looked after (ending.rs)
//! fail_to_proxy ......... 502 and 504 with our own page
//! ```

mod arrive;
pub mod balance;
pub mod ending;
pub mod entrance;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod health;
mod names;
mod outgoing;
mod plain;
pub mod protocol;
mod resend;
mod respond;
mod screen;
mod shares;
mod tally;
pub mod trust;
mod tunnel;
mod upstream;
mod validation;

use crate::domain::settings::Settings;
use crate::domain::user::Subject;
use crate::edge::door::{Door, Passage, Way};
use crate::flow::certification::Certification;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use balance::{Balance, Exchange};
use bytes::Bytes;
use entrance::Line;
use http::Method;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::HttpPeer;
use pingora::proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};
use pingora::{Error, ErrorSource, ErrorType, Result};
pub use shares::Shares;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
pub use tally::{Answers, RequestIds};

/// The gateway as Pingora runs it.
pub struct Gateway {
    /// The configuration; each request pins one.
    pub settings: Arc<ArcSwap<Settings>>,
    /// Admits requests.
    pub door: Door,
    /// The applications' servers.
    pub balance: Arc<Balance>,
    /// Names requests.
    pub request_ids: RequestIds,
    /// Counts answers.
    pub answers: Answers,
    /// Knows what authorities of certificates may ask for.
    pub certification: Arc<Certification>,
    /// Counts requests of each sender.
    pub shares: Shares,
    /// Whether a successor has taken over, so that clients should connect anew.
    pub leaving: Arc<AtomicBool>,
    /// Who takes admitted requests on.
    pub forwarding: Forwarding,
}

/// Who takes admitted requests on to their applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// We do, to the servers the configuration names; what has none is asked about, and never comes through us.
    Ours,
    /// The proxy that we are a part of, wherever it likes.
    Theirs,
}

/// What is known of a request on its way through the phases.
#[derive(Default)]
pub struct Journey {
    request_id: String,
    line: Option<Arc<Line>>,
    held: shares::Held,
    body: Body,
    passage: Option<Box<Passage>>,
    resend: Option<resend::Resend>,
    watch: Option<ending::Watch>,
    tries: usize,
}

/// Whether more of a request is expected than its head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Body {
    /// Nothing, or no more.
    #[default]
    Here,
    /// It is under way.
    UnderWay,
}

/// How long an idle connection of a client is kept, in seconds.
const KEEP_ALIVE: u64 = 75;
/// How long a client may take to accept a part of an answer.
const ACCEPTANCE: Duration = Duration::from_secs(60);

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Journey;

    fn new_ctx(&self) -> Journey {
        Journey::default()
    }

    async fn request_filter(&self, session: &mut Session, journey: &mut Journey) -> Result<bool> {
        let leaving = self.leaving.load(Ordering::Relaxed);
        session.set_keepalive((!leaving).then_some(KEEP_ALIVE));
        session.set_write_timeout(Some(ACCEPTANCE));
        journey.line = Line::of(session);
        arrive::name_host(session.req_header_mut())?;
        journey.request_id = self.request_ids.next();
        match self.open(session, journey).await {
            Way::Through(passage) => {
                if respond::expects_continue(session) {
                    session.write_continue_response().await?;
                }
                journey.passage = Some(passage);
                if !session.as_mut().is_body_empty() {
                    journey.body_begins();
                }
                Ok(false)
            }
            Way::Posted(posted) => {
                let response = self.door.unsent(*posted, session.req_header());
                respond::write(session, response).await.map(|()| true)
            }
            Way::Answered(response) => respond::write(session, response).await.map(|()| true),
        }
    }

    async fn upstream_peer(&self, session: &mut Session, journey: &mut Journey) -> Result<Box<HttpPeer>> {
        let passage = journey.passage.as_deref().ok_or_else(no_permit)?;
        journey.tries += 1;
        let exchange = Exchange::of(&session.req_header().headers);
        self.balance.peer(passage.permit.application(), exchange)
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        let passage = journey.passage.as_deref().ok_or_else(no_permit)?;
        if let Some(resend) = &journey.resend {
            resend.rewrite(request)?;
        }
        upstream::prepare(request, passage, &self.door.assertions).map_err(|fault| {
            crate::edge::fault::report(&fault, &journey.request_id);
            Error::explain(ErrorType::HTTPStatus(503), "the request could not be prepared")
        })?;
        if let Some(resend) = &mut journey.resend {
            resend.leaves();
        }
        Ok(())
    }

    async fn request_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        end_of_stream: bool,
        journey: &mut Journey,
    ) -> Result<()> {
        if let Some(resend) = &mut journey.resend {
            *body = Some(resend.body());
        }
        if end_of_stream {
            journey.body_ends();
        }
        Ok(())
    }

    async fn response_filter(
        &self,
        _session: &mut Session,
        response: &mut ResponseHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        outgoing::prepare(response, journey.passage.as_deref(), &journey.request_id)?;
        if let (Some(resend), false) = (&mut journey.resend, response.status.is_informational()) {
            resend.answered(&self.door.outside);
            outgoing::keep_nowhere(response)?;
        }
        if let Some(passage) = journey.passage.as_deref().filter(|_| ending::is_stream(response)) {
            journey.watch = ending::watch(passage, &self.settings, &self.door.admission);
        }
        Ok(())
    }

    /// A request may be tried at another server as long as no byte of it was sent to the first.
    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        journey: &mut Journey,
        mut error: Box<Error>,
    ) -> Box<Error> {
        let servers = journey
            .passage
            .as_ref()
            .map_or(1, |passage| passage.permit.application().upstreams.len());
        error.set_retry(journey.tries < servers.max(2));
        error
    }

    /// Once bytes were sent, only what does no harm twice is sent again, and only over a connection that had been
    /// idle too long (ASVS 5.0 V13.2.6).
    fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        journey: &mut Journey,
        client_reused: bool,
    ) -> Box<Error> {
        let mut error = error.more_context(format!("Peer: {peer}"));
        let harmless = matches!(
            session.req_header().method,
            Method::GET | Method::HEAD | Method::OPTIONS
        );
        let again = client_reused && harmless && journey.resend.is_none() && session.as_mut().is_body_empty();
        error.set_retry(again);
        error
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, journey: &mut Journey) -> FailToProxy {
        let late = journey.line.as_ref().is_some_and(|line| line.is_late());
        let status = if late { 408 } else { status_of(error) };
        let of_form = match (&mut journey.resend, &journey.passage) {
            (Some(resend), Some(passage)) => resend.failed(&self.door, (&passage.arrival, status)).await,
            (Some(_) | None, _) => None,
        };
        let written = session.as_downstream().response_written().is_some();
        if status > 0 && !written {
            let headers = session.req_header().headers.clone();
            let instead = || self.door.pages.failed(status, &headers, &journey.request_id);
            let response = of_form.unwrap_or_else(instead);
            // The client may be gone; there is nobody else to tell.
            let _ = respond::write(session, response).await;
        }
        FailToProxy {
            error_code: status,
            can_reuse_downstream: false,
        }
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, journey: &mut Journey) {
        journey.body_ends();
        if let Some(line) = &journey.line {
            line.answered();
        }
        let status = session
            .response_written()
            .map_or(0, |response| response.status.as_u16());
        self.answers.count(status);
        tracing::debug!(target: "access", request = journey.request_id, status, error = error.map(|error| error.etype().as_str()).unwrap_or_default());
    }

    fn suppress_error_log(&self, _session: &Session, _journey: &Journey, _error: &Error) -> bool {
        // Pingora's line would carry the path, whose query may hold anything; ours names the request.
        true
    }

    fn suppress_proxy_warn_log(
        &self,
        _session: &Session,
        _journey: &Journey,
        _error: &Error,
        _context: ProxyWarnLogContext,
    ) -> bool {
        true
    }
}

impl Journey {
    /// What the request is called in logs, and in `X-Request-Id`; empty before it has arrived.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The address of the application that an admitted request is for: `https://app.example.com`.
    pub fn application(&self) -> Option<&str> {
        let permit = &self.passage.as_deref()?.permit;
        Some(permit.application().origin.as_str())
    }

    /// Whose request was admitted, by their login name; nothing where no session came with it, or nothing was
    /// admitted.
    pub fn user(&self) -> Option<&str> {
        match self.passage.as_deref()?.permit.subject() {
            Subject::Anonymous => None,
            Subject::User(known) => Some(known.user.name.as_str()),
        }
    }

    fn body_begins(&mut self) {
        if let Some(line) = &self.line {
            line.body_begins();
            self.body = Body::UnderWay;
        }
    }

    fn body_ends(&mut self) {
        if let (Some(line), Body::UnderWay) = (&self.line, std::mem::take(&mut self.body)) {
            line.body_ends();
        }
    }
}

fn no_permit() -> Box<Error> {
    Error::explain(ErrorType::InternalError, "a request without a permit")
}

/// The status a failure is answered with; 0 when the client itself is gone.
fn status_of(error: &Error) -> u16 {
    match (error.etype(), error.esource()) {
        (ErrorType::HTTPStatus(status), _) => *status,
        (
            ErrorType::ConnectTimedout
            | ErrorType::ReadTimedout
            | ErrorType::WriteTimedout
            | ErrorType::TLSHandshakeTimedout,
            ErrorSource::Upstream,
        ) => 504,
        (_, ErrorSource::Upstream) => 502,
        (ErrorType::ConnectNoRoute, _) => 502,
        (ErrorType::WriteError | ErrorType::ReadError | ErrorType::ConnectionClosed, ErrorSource::Downstream) => 0,
        (_, ErrorSource::Downstream) => 400,
        (_, ErrorSource::Internal | ErrorSource::Unset) => 500,
    }
}
