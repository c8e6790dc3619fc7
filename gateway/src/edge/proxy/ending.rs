//! Streams end with the session: what may go on for hours is decided again every few seconds, and broken off once the
//! rules no longer admit it. Downloads are no streams, and finish.
//!
//! Pingora has no phase that could end an exchange in which nothing moves. So every request is answered in a race
//! against a word, which the watch over its stream may give. What is no stream pays nothing for it: nobody listens for
//! the word of a request that nothing watches over.

use crate::domain::access::AccessRequest;
use crate::domain::host::Authority;
use crate::domain::settings::{Settings, Site};
use crate::domain::user::Subject;
use crate::edge::door::Passage;
use crate::flow::Fault;
use crate::flow::admit::Admission;
use crate::flow::subject::Presented;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use futures_util::task::AtomicWaker;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use pingora::apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream};
use pingora::http::ResponseHeader;
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v2::server::H2Options;
use pingora::server::ShutdownWatch;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often a stream is decided again. The revocation log is read four times a second and a decision takes less than
/// one, so that every stream ends within 5 s of its session.
const PERIOD: Duration = Duration::from_secs(4);
/// What is not decided in this time is not admitted.
const PATIENCE: Duration = Duration::from_millis(700);
/// Answers that go on until somebody ends them.
const STREAMS: [&str; 3] = ["text/event-stream", "application/grpc", "multipart/x-mixed-replace"];

tokio::task_local! {
    /// Ends the request that is answered in this task.
    static WORD: Arc<Word>;
}

/// What ends a request that is being answered.
#[derive(Default)]
struct Word {
    stage: AtomicU8,
    listener: AtomicWaker,
}

/// Nobody will give the word.
const UNWATCHED: u8 = 0;
/// Somebody may.
const WATCHED: u8 = 1;
/// Somebody has.
const GIVEN: u8 = 2;

impl Word {
    fn give(&self) {
        self.stage.store(GIVEN, Ordering::Release);
        self.listener.wake();
    }

    /// Whether it is given; asks to be called again when it is, if it may be.
    fn is_given(&self, turn: &Context<'_>) -> bool {
        if self.stage.load(Ordering::Acquire) == UNWATCHED {
            return false;
        }
        // First listen, then look: what is given in between is heard.
        self.listener.register(turn.waker());
        self.stage.load(Ordering::Acquire) == GIVEN
    }
}

/// Answers requests, each until it is done or its word is given.
pub struct Endings<A>(Arc<A>);

impl<A> Endings<A> {
    /// Of whatever `inside` answers.
    pub fn of(inside: A) -> Self {
        Self(Arc::new(inside))
    }
}

#[async_trait]
impl<A: HttpServerApp + Send + Sync + 'static> HttpServerApp for Endings<A> {
    async fn process_new_http(
        self: &Arc<Self>,
        session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        let word = Arc::new(Word::default());
        let mut answer = pin!(WORD.scope(Arc::clone(&word), self.0.process_new_http(session, shutdown)));
        // Once the word is given the answer is dropped, and with the request both of its connections.
        poll_fn(|turn| match answer.as_mut().poll(turn) {
            Poll::Pending if word.is_given(turn) => Poll::Ready(None),
            answered @ (Poll::Ready(_) | Poll::Pending) => answered,
        })
        .await
    }

    fn h2_options(&self) -> Option<H2Options> {
        self.0.h2_options()
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        self.0.server_options()
    }

    async fn http_cleanup(&self) {
        self.0.http_cleanup().await;
    }
}

/// Whether an answer is a stream: a WebSocket, or one of the kinds that have no end of their own.
pub(super) fn is_stream(answer: &ResponseHeader) -> bool {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().trim_start().to_ascii_lowercase();
    answer.status == StatusCode::SWITCHING_PROTOCOLS || STREAMS.iter().any(|stream| kind.starts_with(stream))
}

/// Looks after one stream, as long as it is kept.
pub(super) struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to look after the stream that a request led to.
pub(super) fn watch(passage: &Passage, settings: &Arc<ArcSwap<Settings>>, admission: &Admission) -> Option<Watch> {
    let word = WORD.try_with(Arc::clone).ok()?;
    word.stage.store(WATCHED, Ordering::Release);
    let question = Question {
        settings: Arc::clone(settings),
        admission: admission.clone(),
        host: passage.arrival.host().clone(),
        request: passage.request.clone(),
        subject: passage.permit.subject().clone(),
        presented: passage.arrival.presented.clone(),
    };
    let id = passage.arrival.circumstances.request_id.clone();
    Some(Watch(tokio::spawn(async move {
        loop {
            tokio::time::sleep(PERIOD).await;
            match question.ask().await {
                Ok(Answer::GoesOn) => {}
                Ok(Answer::Ends) => break,
                Err(fault) => {
                    crate::edge::fault::report(&fault, &id);
                    break;
                }
            }
        }
        metrics::counter!("vestibule_streams_ended_total").increment(1);
        word.give();
    })))
}

/// What a stream was admitted by.
struct Question {
    settings: Arc<ArcSwap<Settings>>,
    admission: Admission,
    host: Authority,
    request: AccessRequest,
    subject: Subject,
    presented: Option<Presented>,
}

/// Whether a stream may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    GoesOn,
    Ends,
}

impl Question {
    /// Asks the rules of now: they may have been changed since.
    async fn ask(&self) -> Result<Answer, Fault> {
        let settings = self.settings.load_full();
        let application = match settings.site(&self.host) {
            Some(Site::Application(application) | Site::Shared(application)) => application,
            Some(Site::Portal) | None => return Ok(Answer::Ends),
        };
        let from = (&self.subject, self.presented.as_ref(), settings.session);
        let asked = self.admission.still_admits(&application, &self.request, from);
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(true)) => Ok(Answer::GoesOn),
            Ok(Ok(false)) => Ok(Answer::Ends),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(Fault::new("admission", "a stream could not be decided again in time")),
        }
    }
}
