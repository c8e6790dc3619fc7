//! TLS of the listener: 1.2 and 1.3, HTTP/2 offered first, sessions resumed by tickets that no server has to keep.

use super::certificates::Certificates;
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
    acceptor: Acceptor,
}

impl Tls {
    /// Shows these certificates to whoever connects to this port.
    pub(super) fn new(port: u16, certificates: Arc<Certificates>) -> Self {
        let mut config = ServerConfig::builder_with_protocol_versions(&[&TLS13, &TLS12])
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        match Ticketer::new() {
            Ok(ticketer) => config.ticketer = ticketer,
            Err(error) => tracing::warn!(%error, "no tickets: TLS sessions will not be resumed"),
        }
        Self {
            port,
            acceptor: Acceptor::from_server_config(Arc::new(config)),
        }
    }

    /// The connection as it is within; nothing when the two cannot agree.
    pub(super) async fn accept(&self, socket: Socket) -> Option<Stream> {
        match self.acceptor.tls_handshake(socket).await {
            Ok(inner) => Some(Box::new(inner)),
            Err(error) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
        }
    }
}
