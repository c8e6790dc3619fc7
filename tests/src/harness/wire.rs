//! HTTP/1.1 byte for byte, from either side: what no well-behaved client or server would send can be sent here, and
//! bodies of any size pass without being kept.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::patience::soon;

const CHUNK: usize = 64 * 1024;

/// What of a body is kept to be looked at.
const KEPT: usize = 1024 * 1024;

pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
}

/// The first lines of a request or response.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// `GET / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// A body, its framing taken off.
#[derive(Debug)]
pub(crate) struct Body {
    /// Its first mebibyte.
    pub(crate) kept: Vec<u8>,
    pub(crate) length: u64,
    /// Whether it is a beginning of [`pattern`].
    pub(crate) is_pattern: bool,
}

impl Wire {
    pub(crate) async fn connect(port: u16) -> Wire {
        Wire::over(
            TcpStream::connect(("127.0.0.1", port))
                .await
                .expect("somebody who listens"),
        )
    }

    /// From an address of this machine's own, so that the other side sees another source.
    pub(crate) async fn connect_from(source: Ipv4Addr, port: u16) -> Wire {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((source, 0).into()).expect("an address of ours");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Wire::over(socket.connect(server).await.expect("somebody who listens"))
    }

    pub(crate) fn over(stream: TcpStream) -> Wire {
        Wire {
            stream: BufReader::with_capacity(CHUNK, stream),
        }
    }

    /// Fails where the other side has closed; what it said before can still be read.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref()).await
    }

    /// Sends a body of `length` bytes, of [`pattern`].
    pub(crate) async fn send_pattern(&mut self, length: u64) -> std::io::Result<()> {
        let mut sent = 0;
        while sent < length {
            let piece = pattern(sent, CHUNK.min(usize::try_from(length - sent).unwrap_or(CHUNK)));
            self.send(piece).await?;
            sent += piece.len() as u64;
        }
        Ok(())
    }

    /// The next head, or `None` where the other side closed instead.
    pub(crate) async fn head(&mut self) -> Option<Head> {
        let start = self.line().await?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Some(Head { start, headers });
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// The next head on a connection that may stay quiet for as long as it likes.
    pub(crate) async fn head_or_end(&mut self) -> Option<Head> {
        self.stream.fill_buf().await.ok().filter(|bytes| !bytes.is_empty())?;
        self.head().await
    }

    /// The body that belongs to `head`.
    pub(crate) async fn body(&mut self, head: &Head) -> Body {
        let mut body = Body {
            kept: Vec::new(),
            length: 0,
            is_pattern: true,
        };
        if head.values("transfer-encoding") == ["chunked"] {
            while let Some(size) = self.chunk_size().await.filter(|size| *size > 0) {
                self.read_into(&mut body, size).await;
                self.line().await;
            }
            self.line().await;
        } else if let Some(length) = head.value("content-length") {
            self.read_into(&mut body, length.parse().expect("a length")).await;
        } else if head.start.starts_with("HTTP/") && !["101", "204", "304"].contains(&head.status_text()) {
            self.read_into(&mut body, u64::MAX).await;
        }
        body
    }

    /// Whatever arrives next, at least one byte; empty at the end.
    pub(crate) async fn some(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; CHUNK];
        let length = soon("more bytes", self.stream.read(&mut bytes)).await.unwrap_or(0);
        bytes.truncate(length);
        bytes
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        soon("a line", self.stream.read_until(b'\n', &mut line))
            .await
            .ok()
            .filter(|length| *length > 0)?;
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn chunk_size(&mut self) -> Option<u64> {
        u64::from_str_radix(&self.line().await?, 16).ok()
    }

    /// Reads `length` bytes, or less where the other side closes before.
    async fn read_into(&mut self, body: &mut Body, length: u64) {
        let mut left = length;
        while left > 0 {
            let buffer = soon("more of a body", self.stream.fill_buf()).await.unwrap_or(&[]);
            if buffer.is_empty() {
                return;
            }
            let taken = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            body.take(&buffer[..taken]);
            self.stream.consume(taken);
            left -= taken as u64;
        }
    }
}

impl Head {
    pub(crate) fn status(&self) -> u16 {
        self.status_text()
            .parse()
            .unwrap_or_else(|_| panic!("no status in {:?}", self.start))
    }

    /// The target of a request.
    pub(crate) fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let same = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    }

    fn status_text(&self) -> &str {
        self.target()
    }
}

impl Body {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.is_pattern &= bytes == pattern(self.length, bytes.len());
        self.kept.extend(bytes.iter().take(KEPT - self.kept.len()));
        self.length += bytes.len() as u64;
    }
}

/// One request on a connection of its own, as written; the answer, or `None` where the connection was just closed.
pub(crate) async fn exchange(port: u16, request: impl AsRef<[u8]>) -> Option<(Head, Body)> {
    let mut wire = Wire::connect(port).await;
    // The gateway may close before it has read everything; its answer counts.
    let _ = wire.send(request).await;
    let head = wire.head().await?;
    let body = wire.body(&head).await;
    Some((head, body))
}

/// `length` bytes (at most 64 KiB) of an endless text, from `offset` on.
pub(crate) fn pattern(offset: u64, length: usize) -> &'static [u8] {
    /// Two rounds, so that every piece is in one place.
    static ROUNDS: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let round: Vec<u8> = (0..CHUNK as u32)
            .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        [round.as_slice(), round.as_slice()].concat()
    });
    let start = usize::try_from(offset % CHUNK as u64).expect("less than a chunk");
    &ROUNDS[start..start + length]
}
