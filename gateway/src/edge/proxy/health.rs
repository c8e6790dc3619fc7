//! Whether an application's server is well: whoever takes a connection in time is. Nothing is sent over it.

use async_trait::async_trait;
use pingora::lb::Backend;
use pingora::lb::health_check::HealthCheck;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::{Error, ErrorType, Result};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a server may take to accept a connection.
const WAIT: Duration = Duration::from_secs(1);

/// Connects. Costs nothing to make, unlike Pingora's own, each of which reads all certificates this machine trusts.
pub(super) struct Connects;

#[async_trait]
impl HealthCheck for Connects {
    async fn check(&self, server: &Backend) -> Result<()> {
        let SocketAddr::Inet(address) = server.addr else {
            return Err(Error::explain(ErrorType::InternalError, "a server without an address"));
        };
        match timeout(WAIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Error::because(ErrorType::ConnectError, "connecting", error)),
            Err(_) => Err(Error::explain(ErrorType::ConnectTimedout, "no connection in 1s")),
        }
    }

    fn health_threshold(&self, _success: bool) -> usize {
        1
    }
}
