//! What a balancer says before everything else: who really connected (HAProxy's PROXY protocol, versions 1 and 2).
//!
//! Read only from peers that are trusted, and then demanded: a connection that may come with or without it would let
//! anybody say it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Version 2 begins with this.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, its end included.
const LONGEST: usize = 107;
/// The most that may follow the head of version 2; nobody's extensions are larger.
const MOST: u16 = 4096;

/// Whom a balancer speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpeaksFor {
    /// Somebody who connected to it.
    Client(IpAddr),
    /// Itself, as when it looks whether we are well.
    Itself,
}

/// Reads it, and not a byte more.
///
/// # Errors
/// When there is none, or it is malformed, or the connection breaks off.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<SpeaksFor> {
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    let said = if start == SIGNATURE {
        let (command, family) = (stream.read_u8().await?, stream.read_u8().await?);
        let length = stream.read_u16().await?;
        let mut rest = vec![0; usize::from(length.min(MOST))];
        stream.read_exact(&mut rest).await?;
        if length > MOST {
            None
        } else {
            version2(command, family, &rest)
        }
    } else {
        let mut line = start.to_vec();
        while !line.ends_with(b"\r\n") && line.len() < LONGEST {
            line.push(stream.read_u8().await?);
        }
        version1(&line)
    };
    said.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn version1(line: &[u8]) -> Option<SpeaksFor> {
    let line = std::str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let mut words = line.strip_prefix("PROXY ")?.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(SpeaksFor::Itself);
    }
    let (source, destination) = (words.next()?, words.next()?);
    let ports = [words.next()?, words.next()?];
    let sound = ports.iter().all(|port| port.parse::<u16>().is_ok()) && words.next().is_none();
    let source = match family {
        "TCP4" => (
            IpAddr::V4(source.parse().ok()?),
            destination.parse::<Ipv4Addr>().is_ok(),
        ),
        "TCP6" => (
            IpAddr::V6(source.parse().ok()?),
            destination.parse::<Ipv6Addr>().is_ok(),
        ),
        _ => return None,
    };
    (sound && source.1).then_some(SpeaksFor::Client(source.0.to_canonical()))
}

fn version2(command: u8, family: u8, rest: &[u8]) -> Option<SpeaksFor> {
    let source = match (command, family) {
        (0x20, _) | (0x21, 0x00) => return Some(SpeaksFor::Itself),
        (0x21, 0x11) if rest.len() >= 12 => IpAddr::from(<[u8; 4]>::try_from(rest.get(..4)?).ok()?),
        (0x21, 0x21) if rest.len() >= 36 => IpAddr::from(<[u8; 16]>::try_from(rest.get(..16)?).ok()?),
        _ => return None,
    };
    Some(SpeaksFor::Client(source.to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(bytes: &[u8]) -> Option<SpeaksFor> {
        let all = [bytes, b"GET"].concat();
        let mut stream = all.as_slice();
        let said = read(&mut stream).await.ok()?;
        assert_eq!(stream, b"GET", "{}", bytes.escape_ascii());
        Some(said)
    }

    fn version2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE, [command, family].as_slice(), &length, rest].concat()
    }

    #[tokio::test]
    async fn both_versions_name_the_client() {
        let client = |text: &str| Some(SpeaksFor::Client(text.parse().unwrap()));
        let (four, six) = (
            [192, 0, 2, 7, 10, 0, 0, 1, 1, 2, 3, 4],
            [[0x20; 16], [1; 16], [0; 16]].concat(),
        );
        for (bytes, expected) in [
            (
                b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 443\r\n".to_vec(),
                client("192.0.2.7"),
            ),
            (
                b"PROXY TCP6 2001:db8::7 ::1 4000 443\r\n".to_vec(),
                client("2001:db8::7"),
            ),
            (
                b"PROXY TCP6 ::ffff:192.0.2.7 ::1 4000 443\r\n".to_vec(),
                client("192.0.2.7"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), Some(SpeaksFor::Itself)),
            (b"PROXY UNKNOWN ff ff 1 2\r\n".to_vec(), Some(SpeaksFor::Itself)),
            (version2(0x21, 0x11, &four), client("192.0.2.7")),
            (
                version2(0x21, 0x11, &[four.as_slice(), &[4, 0, 1, 9]].concat()),
                client("192.0.2.7"),
            ),
            (
                version2(0x21, 0x21, &six),
                client("2020:2020:2020:2020:2020:2020:2020:2020"),
            ),
            (version2(0x20, 0x00, &[]), Some(SpeaksFor::Itself)),
        ] {
            assert_eq!(said(&bytes).await, expected, "{}", bytes.escape_ascii());
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for bytes in [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4000\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 443 1\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 70000\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 4000 443\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.7 10.0.0.1 4000 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 443\n".to_vec(),
            [b"PROXY ".as_slice(), &[b'x'; 200]].concat(),
            version2(0x31, 0x11, &[0; 12]),
            version2(0x22, 0x11, &[0; 12]),
            version2(0x21, 0x11, &[0; 11]),
            version2(0x21, 0x31, &[0; 216]),
            version2(0x21, 0x11, &[0; 5000]),
        ] {
            assert_eq!(said(&bytes).await, None, "{}", bytes.escape_ascii());
        }
    }
}
