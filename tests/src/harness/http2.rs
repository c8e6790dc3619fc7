//! HTTP/2 frame by frame, over TLS, as no well-behaved client would send them (RFC 9113).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificates::Authority;
use super::patience::soon;
use super::visitor::install_crypto;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RESET: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GO_AWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

pub(crate) struct Http2 {
    stream: TlsStream<TcpStream>,
}

pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered with this status.
    Answered(u16),
    /// Its stream was reset, with this error code.
    Reset(u32),
    /// The whole connection was ended, with this error code.
    GoneAway(u32),
    /// The connection was closed without a word.
    Closed,
}

impl Http2 {
    /// Connects from this address, and says what a client has to say first.
    pub(crate) async fn connect(from: Ipv4Addr, port: u16, authority: &Authority) -> Http2 {
        install_crypto();
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(authority.file()).expect("a certificate");
        roots.add(root).expect("an authority");
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((from, 0).into()).expect("an address of ours");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = socket.connect(server).await.expect("somebody who listens");
        let name = ServerName::try_from("app.localhost").expect("a name");
        let connector = TlsConnector::from(Arc::new(config));
        let stream = soon("a TLS handshake", connector.connect(name, stream)).await;
        let mut http2 = Http2 {
            stream: stream.expect("TLS"),
        };
        http2.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        http2.send(frame(SETTINGS, 0, 0, &[])).await;
        http2
    }

    /// Sends bytes; whoever has closed does not take them.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = self.stream.write_all(bytes.as_ref()).await;
        let _ = match sent {
            Ok(()) => self.stream.flush().await,
            closed => closed,
        };
    }

    /// The next frame; nothing once the other side has closed. Settings are acknowledged.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        soon("a frame", self.stream.read_exact(&mut head)).await.ok()?;
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, l0, l1, l2]) as usize];
        soon("a payload", self.stream.read_exact(&mut payload)).await.ok()?;
        if kind == SETTINGS && flags & ACK == 0 {
            self.send(frame(SETTINGS, ACK, 0, &[])).await;
        }
        let stream = u32::from_be_bytes([s0, s1, s2, s3]);
        Some(Frame { kind, stream, payload })
    }

    /// What becomes of the request on this stream.
    pub(crate) async fn outcome(&mut self, stream: u32) -> Outcome {
        while let Some(frame) = self.next().await {
            match frame.kind {
                HEADERS if frame.stream == stream => return Outcome::Answered(status(&frame.payload)),
                RESET if frame.stream == stream => return Outcome::Reset(number(&frame.payload)),
                GO_AWAY => return Outcome::GoneAway(number(frame.payload.get(4..).unwrap_or_default())),
                _ => {}
            }
        }
        Outcome::Closed
    }

    /// Waits until the other side has closed, and answers nothing to what it says before.
    pub(crate) async fn closed(&mut self) {
        let mut away = vec![0; 64 * 1024];
        while let Ok(1..) = self.stream.read(&mut away).await {}
    }

    /// Sends what `more` makes of the numbers from 0 on, until the other side closes; at how many it had enough. What it
    /// says meanwhile is read away.
    pub(crate) async fn flood(self, most: u32, more: impl Fn(u32) -> Vec<u8>) -> Option<u32> {
        let (mut reader, mut writer) = split(self.stream);
        let mut sent = 0;
        let closed = async {
            let mut away = vec![0; 64 * 1024];
            while let Ok(1..) = reader.read(&mut away).await {}
        };
        let flood = async {
            while sent < most {
                let batch: Vec<u8> = (sent..sent + 10).flat_map(&more).collect();
                if writer.write_all(&batch).await.is_err() || writer.flush().await.is_err() {
                    return true;
                }
                sent += 10;
            }
            false
        };
        let ended = soon("the end of a flood", async {
            tokio::select! {
                () = closed => true,
                ended = flood => ended,
            }
        })
        .await;
        ended.then_some(sent)
    }
}

/// A frame on the wire.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields as they are in a header block, each written out (RFC 7541 section 6.2.2).
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let literal = |text: &str| [integer(text.len()), text.as_bytes().to_vec()].concat();
    fields
        .iter()
        .flat_map(|(name, value)| [vec![0], literal(name), literal(value)].concat())
        .collect()
}

/// A number in seven bits and more (RFC 7541 section 5.1).
fn integer(number: usize) -> Vec<u8> {
    let Some(mut rest) = number.checked_sub(127) else {
        return vec![u8::try_from(number).expect("seven bits")];
    };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).expect("seven bits") | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).expect("seven bits"));
    bytes
}

/// A whole GET.
pub(crate) fn get(stream: u32, host: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", host),
        (":path", path),
    ];
    let fields = block(&[&own, more].concat());
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &fields)
}

/// The head of a POST whose body is to come.
pub(crate) fn post(stream: u32, host: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", host),
        (":path", "/"),
    ];
    let fields = block(&[&own, more].concat());
    frame(HEADERS, END_HEADERS, stream, &fields)
}

fn number(bytes: &[u8]) -> u32 {
    let first = bytes.first_chunk::<4>().expect("four bytes");
    u32::from_be_bytes(*first)
}

/// The status at the beginning of a header block: one of those that have a number (RFC 7541 appendix A), or written out in
/// three digits, each in five or six bits (appendix B) or in eight.
fn status(block: &[u8]) -> u16 {
    // Whoever changes the size of the table says so first.
    let start = block.iter().position(|byte| byte & 0xe0 != 0x20).expect("a field");
    match block[start..] {
        [0x88, ..] => 200,
        [0x89, ..] => 204,
        [0x8a, ..] => 206,
        [0x8b, ..] => 304,
        [0x8c, ..] => 400,
        [0x8d, ..] => 404,
        [0x8e, ..] => 500,
        [0x08 | 0x48, 3, one, two, three, ..] => [one, two, three]
            .iter()
            .fold(0, |all, digit| all * 10 + u16::from(digit - b'0')),
        [0x08 | 0x48, length @ (0x82 | 0x83), ref rest @ ..] => {
            let bits: String = rest[..usize::from(length & 0x7f)]
                .iter()
                .map(|byte| format!("{byte:08b}"))
                .collect();
            let mut bits = bits.as_str();
            let mut all = 0;
            for _ in 0..3 {
                let length = if bits.starts_with("000") { 5 } else { 6 };
                let code = u16::from_str_radix(&bits[..length], 2).expect("bits");
                all = all * 10 + if length == 5 { code } else { code - 0b01_1001 + 3 };
                bits = &bits[length..];
            }
            all
        }
        _ => panic!("no status in {block:02x?}"),
    }
}

mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_in_each_way_to_write_them() {
        assert_eq!(status(&[0x8c, 0x40]), 400);
        assert_eq!(status(&[0x20, 0x48, 3, b'4', b'2', b'1', 0]), 421);
        // "302", and "307" with its padding (RFC 7541 appendix C.6).
        assert_eq!(status(&[0x48, 0x82, 0x64, 0x02, 0x58]), 302);
        assert_eq!(status(&[0x48, 0x83, 0x64, 0x0e, 0xff]), 307);
    }

    #[test]
    fn long_fields_have_long_lengths() {
        assert_eq!(integer(126), [126]);
        assert_eq!(integer(127), [127, 0]);
        assert_eq!(integer(1337), [127, 0xba, 0x09]);
    }
}
