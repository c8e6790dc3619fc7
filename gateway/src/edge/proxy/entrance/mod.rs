//! Below Pingora's phases: what becomes of a connection before any request of it is read.
//!
//! ```text
//! accepted -> counted (crowd.rs) -> watched (watched.rs; pace.rs and head.rs decide) -> Pingora's phases
//! ```

mod crowd;
mod head;
mod pace;
mod watched;

use crate::domain::limits::Source;
use crate::domain::settings::Settings;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use crowd::Crowd;
use pace::Pace;
use pingora::apps::ServerApp;
use pingora::protocols::{ALPN, Stream};
use pingora::server::ShutdownWatch;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::Instant;
pub(super) use watched::Line;
use watched::Watched;

/// Lets connections in to what answers requests.
pub struct Entrance<A> {
    inside: Arc<A>,
    settings: Arc<ArcSwap<Settings>>,
    crowd: Arc<Crowd>,
}

impl<A> Entrance<A> {
    /// The entrance to `inside`.
    pub fn new(inside: A, settings: Arc<ArcSwap<Settings>>) -> Self {
        Self {
            inside: Arc::new(inside),
            settings,
            crowd: Arc::default(),
        }
    }

    /// The connection with a watch over it; nothing when it is closed at once.
    fn admit(&self, stream: Stream) -> Option<Watched> {
        let settings = self.settings.load();
        let limits = &settings.limits;
        let place = self.crowd.enter(limits)?;
        let peer = peer(&stream)?;
        let place = if settings.trusts(peer) {
            place
        } else {
            place.of(Source::of(peer), limits)?
        };
        let now = Instant::now();
        let pace = match stream.selected_alpn_proto() {
            Some(ALPN::H2) => Pace::http2(limits.header_timeout, now),
            Some(_) | None => Pace::http1(limits.header_timeout, now),
        };
        Watched::new(stream, Arc::new(Line::new(peer, pace)), place).ok()
    }
}

#[async_trait]
impl<A: ServerApp + Send + Sync + 'static> ServerApp for Entrance<A> {
    async fn process_new(self: &Arc<Self>, stream: Stream, shutdown: &ShutdownWatch) -> Option<Stream> {
        let watched = self.admit(stream)?;
        self.inside.process_new(Box::new(watched), shutdown).await
    }

    async fn cleanup(&self) {
        self.inside.cleanup().await;
    }
}

fn peer(stream: &Stream) -> Option<IpAddr> {
    let known = stream.get_socket_digest()?;
    Some(known.peer_addr()?.as_inet()?.ip().to_canonical())
}
