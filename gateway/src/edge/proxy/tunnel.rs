//! Connections for WebSockets: the first read after a write waits one turn.
//!
//! Pingora ends a tunnel right after its 101 when the upstream's answer is read before the (empty) body of the handshake
//! was passed on (cloudflare/pingora#946): the end of that body is then taken for the end of the tunnel. Both are ready at
//! once when the upstream answers at once. Letting the read wait one turn makes the body go first, always.

use async_trait::async_trait;
use pingora::connectors::l4::Connect;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::l4::stream::Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use pingora::{Error, ErrorType, Result};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Makes such connections, each within this time.
#[derive(Debug)]
pub(super) struct InTurn(pub(super) Duration);

#[async_trait]
impl Connect for InTurn {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let address = address
            .as_inet()
            .ok_or_else(|| Error::explain(ErrorType::ConnectNoRoute, "not an internet address").into_up())?;
        let socket = match tokio::time::timeout(self.0, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return Err(Error::because(ErrorType::ConnectError, "tunnel", error).into_up()),
            Err(_) => return Err(Error::explain(ErrorType::ConnectTimedout, "tunnel").into_up()),
        };
        // Messages are small and must not wait for one another; a socket that cannot do that still works.
        let _ = socket.set_nodelay(true);
        let polite = Polite { socket, wrote: false };
        Ok(VirtualSocketStream::new(Box::new(polite)).into())
    }
}

#[derive(Debug)]
struct Polite {
    socket: TcpStream,
    /// Whether something was written since the last read.
    wrote: bool,
}

impl VirtualSocket for Polite {
    fn set_socket_option(&self, option: VirtualSockOpt) -> io::Result<()> {
        if matches!(option, VirtualSockOpt::NoDelay) {
            self.socket.set_nodelay(true)
        } else {
            Ok(())
        }
    }
}

impl AsyncRead for Polite {
    fn poll_read(mut self: Pin<&mut Self>, turn: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.wrote) {
            turn.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_read(turn, buffer)
    }
}

impl AsyncWrite for Polite {
    fn poll_write(mut self: Pin<&mut Self>, turn: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wrote = true;
        Pin::new(&mut self.socket).poll_write(turn, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(turn)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, turn: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(turn)
    }
}
