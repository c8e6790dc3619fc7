//! TLS of the listener: 1.2 and 1.3, HTTP/2 offered first, sessions resumed by tickets that no server has to keep.

use super::certificates::Certificates;
use super::fronts::Authority;
use super::watched::Wire;
use arc_swap::ArcSwap;
use pingora::listeners::tls::Acceptor;
use pingora::protocols::Stream;
use pingora::protocols::l4::stream::Stream as Socket;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::version::{TLS12, TLS13};
use std::sync::Arc;

/// Ends TLS on one port.
pub(super) struct Tls {
    /// The port of the listener.
    pub(super) port: u16,
    certificates: Arc<Certificates>,
    ready: ArcSwap<Ready>,
}

/// How handshakes are made while these certify fronts.
struct Ready {
    fronts: Option<Arc<Authority>>,
    acceptor: Acceptor,
}

impl Tls {
    /// Shows these certificates to whoever connects to this port.
    pub(super) fn new(port: u16, certificates: Arc<Certificates>) -> Self {
        let ready = ArcSwap::from_pointee(Ready::by(&certificates));
        Self {
            port,
            certificates,
            ready,
        }
    }

    /// The connection as it is within, and what it came over; nothing when the two cannot agree.
    pub(super) async fn accept(&self, socket: Socket) -> Option<(Wire, Stream)> {
        let ready = self.ready();
        match ready.acceptor.tls_handshake(socket).await {
            Ok(inner) => {
                let wire = ready.wire(&inner.ssl_digest()?.cert_digest)?;
                Some((wire, Box::new(inner)))
            }
            Err(error) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
        }
    }

    fn ready(&self) -> Arc<Ready> {
        let ready = self.ready.load_full();
        let same = match (&ready.fronts, self.certificates.fronts()) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, &two),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            return ready;
        }
        let fresh = Arc::new(Ready::by(&self.certificates));
        self.ready.store(Arc::clone(&fresh));
        fresh
    }
}

impl Ready {
    fn by(certificates: &Arc<Certificates>) -> Self {
        let fronts = certificates.fronts();
        let config = ServerConfig::builder_with_protocol_versions(&[&TLS13, &TLS12]);
        let config = match &fronts {
            Some(authority) => config.with_client_cert_verifier(Arc::clone(authority) as Arc<_>),
            None => config.with_no_client_auth(),
        };
        let mut config = config.with_cert_resolver(Arc::clone(certificates) as Arc<_>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        match Ticketer::new() {
            Ok(ticketer) => config.ticketer = ticketer,
            Err(error) => tracing::warn!(%error, "no tickets: TLS sessions will not be resumed"),
        }
        let acceptor = Acceptor::from_server_config(Arc::new(config));
        Self { fronts, acceptor }
    }

    /// What a connection came over whose client has shown the certificate of this hash, or none; nothing when that was
    /// good once and is no more.
    fn wire(&self, shown: &[u8]) -> Option<Wire> {
        match &self.fronts {
            _ if shown.is_empty() => Some(Wire::Tls),
            Some(authority) if authority.knows(shown) => Some(Wire::Front),
            Some(_) | None => None,
        }
    }
}
