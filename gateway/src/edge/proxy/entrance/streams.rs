//! What one connection of HTTP/2 may take of our time: heads and bodies must come in as with HTTP/1, and what is not part of
//! any request is on a budget (CVE-2019-9511 to -9518, CVE-2023-44487, CVE-2024-27316, CVE-2025-8671). Pure: the moment is
//! an argument.
//!
//! A body is judged stream by stream, and only while its sender could go on: as long as there is room in its window and in
//! the connection's. So both directions are watched: what comes in, and the room that we grant.
//!
//! Over the connection of a trusted proxy come the requests of many people, and it cannot be told whose a frame was: there
//! only what no proxy lets one of them do to the others ends the connection, a frame or a head that stops half-way. The proxy
//! itself has to see to the rest.

use super::super::protocol::WINDOW;
use super::super::screen::MOST_BYTES;
use super::budget::Budget;
use super::frames::{Frame, Kind, Part, Reader};
use super::pace::{Late, PATIENCE, RATE, SILENCE};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Whose requests a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clients {
    /// One client's, who answers for all of them.
    One,
    /// Those of whoever comes through a trusted proxy.
    Many,
}

/// The room for bodies that a connection begins with (RFC 9113 section 6.9.2).
const ROOM: i64 = 65_535;
/// With less room than this a sender may wait for more.
const LITTLE_ROOM: i64 = 4 * 1024;
/// Bodies under way that are told apart; more requests than are allowed at a time have none.
const MOST_BODIES: usize = 256;
/// Frames that carry nothing: so many at once, and so many a second.
const IDLE: Budget = Budget::of(1000, 50);
/// What a frame of a request or an answer adds to them, and each kibibyte.
const EARNED: u32 = 4;
/// Streams that either side gives up: so many at once, and so many a second.
const RESETS: Budget = Budget::of(200, 10);

/// Where a connection is.
#[derive(Debug)]
pub(super) struct Streams {
    clients: Clients,
    header_timeout: Duration,
    received: Reader,
    sent: Reader,
    /// When what must be whole began: a header block, or a frame other than of a body.
    begun: Option<Instant>,
    block: Option<Block>,
    bodies: HashMap<u32, Upload>,
    room: i64,
    /// Since when the client is waited for.
    since: Option<Instant>,
    idle: Budget,
    resets: Budget,
    /// Bytes that do not make a kibibyte yet.
    crumbs: usize,
    /// Whether there was too much of anything.
    flooded: bool,
}

/// A header block under way.
#[derive(Clone, Copy, Debug)]
struct Block {
    bytes: usize,
    /// The stream whose body follows it.
    opens: Option<u32>,
}

/// A body under way.
#[derive(Clone, Copy, Debug)]
struct Upload {
    left: Duration,
    room: i64,
}

impl Streams {
    /// A connection that has said no more than its preface.
    pub(super) fn new(clients: Clients, header_timeout: Duration) -> Self {
        Self {
            clients,
            header_timeout,
            received: Reader::default(),
            sent: Reader::default(),
            begun: None,
            block: None,
            bodies: HashMap::new(),
            room: ROOM,
            since: None,
            idle: IDLE,
            resets: RESETS,
            crumbs: 0,
            flooded: false,
        }
    }

    /// Bytes have come.
    ///
    /// # Errors
    /// When they are a flood, or make a header block that is too large.
    pub(super) fn received(&mut self, piece: &[u8], now: Instant) -> Result<(), Late> {
        self.settle(now);
        self.since = None;
        self.earn(piece.len());
        let mut rest = piece;
        while !rest.is_empty() {
            self.begun.get_or_insert(now);
            let (part, after) = self.received.next(rest);
            rest = after;
            let Some(part) = part else { break };
            if part.begins {
                self.begins(&part.frame, now);
            }
            self.goes_on(&part);
            if part.ends {
                self.ends(&part.frame);
            }
            if self.block.is_none() && (part.ends || part.frame.kind == Kind::Data) {
                self.begun = None;
            }
        }
        match self.clients {
            Clients::One if self.flooded => Err(Late::Flood),
            Clients::One | Clients::Many => Ok(()),
        }
    }

    /// Bytes of ours were taken by the client's side.
    pub(super) fn sent(&mut self, piece: &[u8], now: Instant) {
        self.settle(now);
        self.earn(piece.len());
        let mut rest = piece;
        while !rest.is_empty() {
            let (part, after) = self.sent.next(rest);
            rest = after;
            let Some(Part {
                frame, begins, ends, ..
            }) = part
            else {
                break;
            };
            match frame.kind {
                Kind::Data | Kind::Headers if begins => self.idle.add(EARNED),
                // What a client makes us give up costs it as much as what it gives up itself.
                Kind::Reset if begins => self.spend(Of::Resets, now),
                Kind::WindowUpdate if ends => self.grant(frame),
                Kind::Data | Kind::Headers | Kind::Reset | Kind::WindowUpdate | Kind::Continuation | Kind::Other => {}
            }
            if ends && (frame.ends_stream || frame.kind == Kind::Reset) {
                self.bodies.remove(&frame.stream);
            }
        }
    }

    /// The client is waited for; until when, if not for ever.
    pub(super) fn awaited(&mut self, now: Instant) -> Option<Instant> {
        self.since.get_or_insert(now);
        self.until()
    }

    /// Until when the client is waited for at this moment, if it is and not for ever.
    pub(super) fn until(&self) -> Option<Instant> {
        let body = self.since.zip(self.least_left()).map(|(since, left)| since + left);
        self.head_until().into_iter().chain(body).min()
    }

    /// What to make of it that the time is up.
    pub(super) fn late(&self) -> Late {
        let body = self.since.zip(self.least_left()).map(|(since, left)| since + left);
        match (self.head_until(), body) {
            (None, Some(_)) => Late::Body,
            (Some(head), Some(body)) if body < head => Late::Body,
            (Some(_), Some(_)) | (_, None) => Late::Silent,
        }
    }

    fn head_until(&self) -> Option<Instant> {
        self.begun.map(|begun| begun + self.header_timeout)
    }

    fn begins(&mut self, frame: &Frame, now: Instant) {
        let empty = frame.length == 0;
        match frame.kind {
            Kind::Headers => {
                let is_new = !frame.ends_stream && !self.bodies.contains_key(&frame.stream);
                self.idle.add(EARNED);
                self.block = Some(Block {
                    bytes: 0,
                    opens: is_new.then_some(frame.stream),
                });
            }
            Kind::Reset => self.spend(Of::Resets, now),
            Kind::Data if empty && !frame.ends_stream => self.spend(Of::Idle, now),
            Kind::Data => self.idle.add(1),
            Kind::Continuation if empty => self.spend(Of::Idle, now),
            Kind::Continuation => {}
            Kind::WindowUpdate | Kind::Other => self.spend(Of::Idle, now),
        }
    }

    fn goes_on(&mut self, part: &Part) {
        let bytes = i64::try_from(part.bytes).unwrap_or(i64::MAX);
        match part.frame.kind {
            Kind::Headers | Kind::Continuation => {
                if let Some(block) = &mut self.block {
                    block.bytes += part.bytes;
                    self.flooded |= block.bytes > MOST_BYTES;
                }
            }
            Kind::Data => {
                self.room -= bytes;
                if let Some(body) = self.bodies.get_mut(&part.frame.stream) {
                    body.room -= bytes;
                    let earned = Duration::from_secs(part.bytes as u64) / RATE;
                    body.left = (body.left + earned).min(SILENCE);
                }
            }
            Kind::Reset | Kind::WindowUpdate | Kind::Other => {}
        }
    }

    fn ends(&mut self, frame: &Frame) {
        if frame.ends_headers
            && let Some(Block {
                opens: Some(stream), ..
            }) = self.block.take()
            && self.bodies.len() < MOST_BODIES
        {
            let body = Upload {
                left: PATIENCE,
                room: i64::from(WINDOW),
            };
            self.bodies.insert(stream, body);
        }
        if frame.ends_stream || frame.kind == Kind::Reset {
            self.bodies.remove(&frame.stream);
        }
    }

    fn grant(&mut self, frame: Frame) {
        let more = i64::from(frame.number & 0x7fff_ffff);
        if frame.stream == 0 {
            self.room += more;
        } else if let Some(body) = self.bodies.get_mut(&frame.stream) {
            body.room += more;
        }
    }

    /// Takes the time that was waited from those who could have sent.
    fn settle(&mut self, now: Instant) {
        let Some(since) = &mut self.since else { return };
        let waited = now.saturating_duration_since(std::mem::replace(since, now));
        if self.room >= LITTLE_ROOM {
            for body in self.bodies.values_mut().filter(|body| body.room >= LITTLE_ROOM) {
                body.left = body.left.saturating_sub(waited);
            }
        }
    }

    /// The time of the body that has least of it among those that could be sent.
    fn least_left(&self) -> Option<Duration> {
        if self.clients == Clients::Many || self.room < LITTLE_ROOM {
            return None;
        }
        let waited_for = self.bodies.values().filter(|body| body.room >= LITTLE_ROOM);
        waited_for.map(|body| body.left).min()
    }

    fn earn(&mut self, bytes: usize) {
        let bytes = self.crumbs + bytes;
        self.crumbs = bytes % 1024;
        self.idle.add(u32::try_from(bytes / 1024).unwrap_or(u32::MAX));
    }

    fn spend(&mut self, of: Of, now: Instant) {
        let budget = match of {
            Of::Idle => &mut self.idle,
            Of::Resets => &mut self.resets,
        };
        self.flooded |= budget.spend(now).is_err();
    }
}

#[derive(Clone, Copy)]
enum Of {
    Idle,
    Resets,
}

#[cfg(test)]
mod tests;
