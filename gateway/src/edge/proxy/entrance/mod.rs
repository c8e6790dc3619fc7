//! Below Pingora's phases: what becomes of a connection before any request of it is read.
//!
//! ```text
//! accepted -> counted (crowd.rs) -> who is it (proxy_protocol.rs) -> TLS (tls.rs, certificates.rs, fronts.rs)
//!          -> watched (watched.rs; pace.rs decides, with head.rs for HTTP/1, frames.rs and streams.rs for HTTP/2)
//!          -> Pingora's phases
//! ```
//! Until it is watched, a connection has as long as the head of a request; whoever makes no use of it is closed without a
//! word.

mod budget;
pub mod certificates;
mod crowd;
mod frames;
mod fronts;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod head;
mod pace;
mod proxy_protocol;
mod streams;
mod tls;
mod watched;

use crate::domain::limits::Source;
use crate::domain::settings::{ProxyProtocol, Settings};
use arc_swap::ArcSwap;
use async_trait::async_trait;
use certificates::Certificates;
use crowd::Crowd;
use pace::Pace;
use pingora::apps::ServerApp;
use pingora::protocols::l4::stream::Stream as Socket;
use pingora::protocols::{ALPN, GetSocketDigest, SocketDigest, Stream};
use pingora::server::ShutdownWatch;
use proxy_protocol::SpeaksFor;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use streams::Clients;
use tls::Tls;
use tokio::time::Instant;
use watched::Watched;
pub(super) use watched::{Line, Wire};

/// How long a connection that came at the last moment may be without a request.
const FIRST_WORDS: Duration = Duration::from_secs(1);

/// Lets connections in to what answers requests.
pub struct Entrance<A> {
    inside: Arc<A>,
    settings: Arc<ArcSwap<Settings>>,
    crowd: Arc<Crowd>,
    tls: Option<Tls>,
}

impl<A> Entrance<A> {
    /// The entrance to `inside`, in the plain.
    pub fn new(inside: A, settings: Arc<ArcSwap<Settings>>) -> Self {
        Self {
            inside: Arc::new(inside),
            settings,
            crowd: Arc::default(),
            tls: None,
        }
    }

    /// The same with TLS for whoever connects to this port.
    pub fn with_tls(self, port: u16, certificates: Arc<Certificates>) -> Self {
        Self {
            tls: Some(Tls::new(port, certificates)),
            ..self
        }
    }

    /// The connection with a watch over it; nothing when it is closed at once.
    async fn admit(&self, stream: Stream) -> Option<Watched> {
        let settings = self.settings.load_full();
        let limits = &settings.limits;
        let mut place = self.crowd.enter(limits)?;
        let mut socket = stream.into_any().downcast::<Socket>().ok()?;
        let known = socket.get_socket_digest()?;
        let begin = async {
            let peer = sender(&settings, &mut socket, inet(&known, SocketDigest::peer_addr)?).await?;
            let mut clients = clients(&settings, peer);
            if clients == Clients::One {
                place = place.of(Source::of(peer), limits)?;
            }
            let port = inet(&known, SocketDigest::local_addr)?.port();
            let (wire, stream): (Wire, Stream) = match self.tls.as_ref().filter(|tls| tls.port == port) {
                Some(tls) => tls.accept(*socket).await?,
                None => (Wire::Plain, socket),
            };
            if wire == Wire::Front {
                place = place.of_many();
                clients = Clients::Many;
            }
            Some(((peer, clients), wire, stream, place))
        };
        let begun = tokio::time::timeout(limits.header_timeout, begin).await;
        let ((peer, clients), wire, stream, place) = begun.ok().flatten()?;
        let now = Instant::now();
        let pace = match stream.selected_alpn_proto() {
            Some(ALPN::H2) => Pace::http2(clients, limits.header_timeout, now),
            Some(_) | None => Pace::http1(limits.header_timeout, now),
        };
        Watched::new(stream, Arc::new(Line::new((peer, wire), pace)), place).ok()
    }
}

#[async_trait]
impl<A: ServerApp + Send + Sync + 'static> ServerApp for Entrance<A> {
    async fn process_new(self: &Arc<Self>, stream: Stream, shutdown: &ShutdownWatch) -> Option<Stream> {
        let watched = self.admit(stream).await?;
        self.inside.process_new(Box::new(watched), shutdown).await
    }

    /// Nobody connects any more. Whoever has just connected is given the time to say what for, before Pingora closes
    /// every connection without a request.
    async fn cleanup(&self) {
        tokio::time::sleep(FIRST_WORDS).await;
        self.inside.cleanup().await;
    }
}

/// Whose requests this peer brings.
fn clients(settings: &Settings, peer: IpAddr) -> Clients {
    if settings.trusts(peer) {
        Clients::Many
    } else {
        Clients::One
    }
}

/// Who connected, or whom a trusted balancer speaks for.
async fn sender(settings: &Settings, socket: &mut Socket, peer: SocketAddr) -> Option<IpAddr> {
    let peer = peer.ip().to_canonical();
    match settings.proxy_protocol {
        ProxyProtocol::Off => Some(peer),
        ProxyProtocol::Required if !settings.trusts(peer) => None,
        ProxyProtocol::Required => match proxy_protocol::read(socket).await.ok()? {
            SpeaksFor::Client(client) => Some(client),
            SpeaksFor::Itself => Some(peer),
        },
    }
}

type PeerAddress = pingora::protocols::l4::socket::SocketAddr;

fn inet(known: &SocketDigest, end: fn(&SocketDigest) -> Option<&PeerAddress>) -> Option<SocketAddr> {
    end(known)?.as_inet().copied()
}
