//! What is read before there is a request, as `tests/fuzz` calls it; in no other build.

use super::frames::Reader;
use super::proxy_protocol::{self, SpeaksFor};
use super::streams::{Clients, Streams};
use futures_util::FutureExt;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// The stream and length of each whole frame, read in pieces of this size.
pub fn frames(bytes: &[u8], size: usize) -> Vec<(u32, u32)> {
    let (mut reader, mut all) = (Reader::default(), Vec::new());
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            let (part, rest) = reader.next(piece);
            piece = rest;
            let ended = part.filter(|part| part.ends);
            all.extend(ended.map(|part| (part.frame.stream, part.frame.length)));
        }
    }
    all
}

/// Whether a client that says this at once, in pieces of this size, is not listened to any longer.
pub fn is_flood(bytes: &[u8], size: usize) -> bool {
    let mut streams = Streams::new(Clients::One, Duration::from_secs(10));
    let now = Instant::now();
    bytes.chunks(size).any(|piece| streams.received(piece, now).is_err())
}

/// Whom a balancer speaks for, if for anybody but itself, and how much follows what it says; nothing where it is refused.
pub fn balancer(bytes: &[u8]) -> Option<(Option<IpAddr>, usize)> {
    let mut rest = bytes;
    let said = proxy_protocol::read(&mut rest).now_or_never()?.ok()?;
    let client = match said {
        SpeaksFor::Client(client) => Some(client),
        SpeaksFor::Itself => None,
    };
    Some((client, rest.len()))
}
