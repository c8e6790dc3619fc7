//! A client's connection as Pingora sees it: the same, but whoever is too slow or says too much is told so and gone.
//!
//! No phase of Pingora's runs before a head is complete, so what becomes of one that never is can only be decided here.
//! The phases say through [`Line`] where a request is.

use super::crowd::Place;
use super::pace::{Late, Pace};
use async_trait::async_trait;
use pingora::http::ResponseHeader;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::tls::SslDigest;
use pingora::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, Stream, TimingDigest,
    UniqueID, UniqueIDType,
};
use pingora::proxy::Session;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long, and for how many bytes, the rest of what a refused client sends is read away: closing at once could take
/// the answer along.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// What the phases know of the connection a request came by.
#[derive(Debug)]
pub(in crate::edge::proxy) struct Line {
    /// Who connected, as far as it can be believed.
    pub(in crate::edge::proxy) peer: IpAddr,
    /// What it came over.
    pub(in crate::edge::proxy) wire: Wire,
    pace: Mutex<Pace>,
}

/// What a connection came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge::proxy) enum Wire {
    /// Nothing between.
    Plain,
    /// TLS that we end.
    Tls,
    /// The same, with the certificate of a front that may ask us.
    Front,
}

impl Line {
    pub(super) fn new((peer, wire): (IpAddr, Wire), pace: Pace) -> Self {
        Self {
            peer,
            wire,
            pace: Mutex::new(pace),
        }
    }

    /// The line a request came by.
    pub(in crate::edge::proxy) fn of(session: &Session) -> Option<Arc<Self>> {
        let known = session.as_downstream().digest()?.proxy_digest.as_ref()?;
        known.user_data.as_ref()?.downcast_ref::<Arc<Self>>().cloned()
    }

    /// A request goes through whose body is still to come.
    pub(in crate::edge::proxy) fn body_begins(&self) {
        self.pace().body_begins();
    }

    /// Its body is here, or not wanted any more.
    pub(in crate::edge::proxy) fn body_ends(&self) {
        self.pace().body_ends();
    }

    /// A request was answered.
    pub(in crate::edge::proxy) fn answered(&self) {
        self.pace().answered();
    }

    /// Whether a body came too slowly.
    pub(in crate::edge::proxy) fn is_late(&self) -> bool {
        self.pace().gave_up() == Some(Late::Body)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Stream,
    line: Arc<Line>,
    known: Arc<ProxyDigest>,
    timer: Option<Pin<Box<Sleep>>>,
    end: End,
    _place: Place,
}

#[derive(Debug)]
enum End {
    /// There is none yet.
    Open,
    /// These bytes are still to be said.
    Saying(&'static [u8]),
    /// Everything is said, and so much more will be read away.
    Lingering(usize),
    /// The client is not read from any more.
    Gone,
}

impl Watched {
    /// Watches this connection; its place among others is given up with it.
    ///
    /// # Errors
    /// Never, but Pingora's type says so.
    pub(super) fn new(inner: Stream, line: Arc<Line>, place: Place) -> pingora::Result<Self> {
        let response = Box::new(ResponseHeader::build(200, Some(0))?);
        let known = Arc::new(ProxyDigest::new(response, Some(Box::new(Arc::clone(&line)))));
        Ok(Self {
            inner,
            line,
            known,
            timer: None,
            end: End::Open,
            _place: place,
        })
    }

    /// Whether the client has had its time; asks to be called again when it has.
    fn is_time_up(&mut self, turn: &mut Context<'_>, until: Instant) -> bool {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(turn).is_ready()
    }

    fn read(&mut self, turn: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<io::Result<()>, Late>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(turn, buffer) {
            Poll::Ready(Ok(())) => {
                let piece = buffer.filled().get(before..).unwrap_or_default();
                let received = self.line.pace().received(piece, Instant::now());
                if received.is_err() {
                    buffer.set_filled(before);
                }
                Poll::Ready(received.map(Ok))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Ok(Err(error))),
            Poll::Pending => {
                let until = self.line.pace().awaited(Instant::now());
                match until {
                    Some(until) if self.is_time_up(turn, until) => Poll::Ready(Err(self.line.pace().late())),
                    Some(_) | None => Poll::Pending,
                }
            }
        }
    }

    /// What we have sent may have given the client room to go on, and nobody reads before it does: waits for it from now on.
    fn keep_watch(&mut self, turn: &mut Context<'_>) {
        let until = self.line.pace().until();
        if let (Some(until), End::Open) = (until, &self.end)
            && self.is_time_up(turn, until)
        {
            turn.waker().wake_by_ref();
        }
    }

    fn refuse(&mut self, late: Late) {
        self.line.pace().give_up(late);
        self.end = match late {
            Late::Head => End::Saying(TOO_SLOW),
            Late::TooLarge => End::Saying(TOO_LARGE),
            Late::Silent | Late::Body | Late::Flood => End::Gone,
        };
    }

    fn say(&mut self, turn: &mut Context<'_>, words: &'static [u8]) -> Poll<io::Result<()>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(turn, words))?;
        let left = words.get(written..).unwrap_or_default();
        self.end = if left.is_empty() || written == 0 {
            self.timer = None;
            End::Lingering(LINGER_BYTES)
        } else {
            End::Saying(left)
        };
        Poll::Ready(Ok(()))
    }

    /// Reads away what still comes, until the client closes or has had its time.
    fn linger(&mut self, turn: &mut Context<'_>, left: usize) -> Poll<()> {
        ready!(Pin::new(&mut self.inner).poll_flush(turn)).unwrap_or_default();
        let mut space = [0_u8; 2048];
        let mut away = ReadBuf::new(&mut space);
        let until = self.timer.as_ref().map(|timer| timer.deadline());
        if self.is_time_up(turn, until.unwrap_or(Instant::now() + LINGER)) {
            self.end = End::Gone;
            return Poll::Ready(());
        }
        let read = ready!(Pin::new(&mut self.inner).poll_read(turn, &mut away));
        let count = away.filled().len();
        self.end = if read.is_err() || count == 0 || count >= left {
            End::Gone
        } else {
            End::Lingering(left - count)
        };
        Poll::Ready(())
    }
}

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const TOO_LARGE: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, turn: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.end {
                End::Open => match ready!(self.read(turn, buffer)) {
                    Ok(read) => return Poll::Ready(read),
                    Err(late) => self.refuse(late),
                },
                End::Saying(words) => {
                    if ready!(self.say(turn, words)).is_err() {
                        self.end = End::Gone;
                    }
                }
                End::Lingering(left) => ready!(self.linger(turn, left)),
                End::Gone => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, turn: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(turn, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            let piece = bytes.get(..*count).unwrap_or_default();
            self.line.pace().sent(piece, Instant::now());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(turn);
        self.keep_watch(turn);
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(turn)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        turn: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(turn, pieces);
        if let Poll::Ready(Ok(count)) = &written {
            let (mut left, now) = (*count, Instant::now());
            let mut pace = self.line.pace();
            for piece in pieces {
                let (piece, _) = piece.split_at(piece.len().min(left));
                left -= piece.len();
                pace.sent(piece, now);
            }
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[async_trait]
impl Shutdown for Watched {
    async fn shutdown(&mut self) {
        self.inner.shutdown().await;
    }
}

impl UniqueID for Watched {
    fn id(&self) -> UniqueIDType {
        self.inner.id()
    }
}

impl Ssl for Watched {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.inner.get_ssl_digest()
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.inner.selected_alpn_proto()
    }
}

impl GetTimingDigest for Watched {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.inner.get_timing_digest()
    }

    fn get_read_pending_time(&self) -> Duration {
        self.inner.get_read_pending_time()
    }

    fn get_write_pending_time(&self) -> Duration {
        self.inner.get_write_pending_time()
    }
}

impl GetProxyDigest for Watched {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        Some(Arc::clone(&self.known))
    }
}

impl GetSocketDigest for Watched {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.inner.get_socket_digest()
    }
}

#[async_trait]
impl Peek for Watched {}

#[cfg(test)]
mod tests;
