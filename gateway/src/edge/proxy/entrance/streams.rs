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
        let since = *self.since.get_or_insert(now);
        let body = self.least_left().map(|left| since + left);
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
mod tests {
    use super::super::frames::tests::wire;
    use super::*;

    const TEN: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const RESET: u8 = 3;
    const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;
    const CONTINUATION: u8 = 9;
    const END_STREAM: u8 = 1;
    const END_HEADERS: u8 = 4;

    fn of(clients: Clients) -> (Streams, Instant) {
        let (mut streams, now) = (Streams::new(clients, TEN), Instant::now());
        // As much room as there is for the bodies of a connection.
        streams.sent(&wire(WINDOW_UPDATE, 0, 0, &0xf_0000_u32.to_be_bytes()), now);
        (streams, now)
    }

    #[test]
    fn a_header_block_must_be_whole_in_time() {
        for clients in [Clients::One, Clients::Many] {
            let (mut streams, start) = of(clients);
            assert_eq!(streams.awaited(start), None, "nobody has to ask");
            let head = wire(HEADERS, END_STREAM, 1, b"abc");
            assert_eq!(streams.received(&head[..4], start), Ok(()));
            assert_eq!(streams.awaited(start), Some(start + TEN), "not even a frame's head");
            let later = start + SECOND * 8;
            assert_eq!(streams.received(&head[4..], later), Ok(()));
            assert_eq!(
                (streams.awaited(later), streams.late()),
                (Some(start + TEN), Late::Silent)
            );
            assert_eq!(streams.received(&wire(CONTINUATION, 0, 1, b"d"), later), Ok(()));
            assert_eq!(streams.awaited(later), Some(start + TEN), "its parts have one deadline");
            assert_eq!(
                streams.received(&wire(CONTINUATION, END_HEADERS, 1, b"e"), later),
                Ok(())
            );
            assert_eq!(streams.awaited(later), None);
            let ping = wire(PING, 0, 0, &[0; 8]);
            assert_eq!(streams.received(&ping[..16], later), Ok(()));
            assert_eq!(
                streams.awaited(later),
                Some(later + TEN),
                "nor may any other frame stop half-way"
            );
        }
    }

    #[test]
    fn a_header_block_is_no_larger_than_a_head_may_be() {
        for (clients, expected) in [(Clients::One, Err(Late::Flood)), (Clients::Many, Ok(()))] {
            let (mut streams, now) = of(clients);
            let half = vec![0; MOST_BYTES / 2];
            assert_eq!(streams.received(&wire(HEADERS, END_STREAM, 1, &half), now), Ok(()));
            assert_eq!(streams.received(&wire(CONTINUATION, 0, 1, &half), now), Ok(()));
            assert_eq!(streams.received(&wire(CONTINUATION, 0, 1, b"x"), now), expected);
        }
    }

    #[test]
    fn each_body_must_keep_its_rate() {
        let (mut streams, start) = of(Clients::One);
        let both = [wire(HEADERS, END_HEADERS, 1, b"a"), wire(HEADERS, END_HEADERS, 3, b"a")].concat();
        assert_eq!(streams.received(&both, start), Ok(()));
        assert_eq!(streams.awaited(start), Some(start + PATIENCE));
        let mut now = start;
        for _ in 0..4 {
            now += SECOND;
            assert_eq!(streams.received(&wire(DATA, 0, 1, &[0; 2048]), now), Ok(()));
            assert_eq!(streams.awaited(now), Some(start + PATIENCE), "the other stands still");
        }
        assert_eq!(streams.late(), Late::Body);
        assert_eq!(streams.received(&wire(DATA, END_STREAM, 3, b""), now), Ok(()));
        assert_eq!(streams.awaited(now), Some(now + SECOND * 9), "5 - 4 + 8 seconds");
        assert_eq!(streams.received(&wire(RESET, 0, 1, &[0; 4]), now), Ok(()));
        assert_eq!(streams.awaited(now), None);
    }

    #[test]
    fn a_frame_of_a_body_may_come_in_small_pieces() {
        let (mut streams, mut now) = of(Clients::One);
        let head = wire(HEADERS, END_HEADERS, 1, b"a");
        let data = wire(DATA, END_STREAM, 1, &[0; 16 * 1024]);
        assert_eq!(streams.received(&[head, data[..9].to_vec()].concat(), now), Ok(()));
        for piece in data[9..].chunks(1024) {
            assert!(streams.awaited(now) > Some(now + SECOND));
            now += SECOND;
            assert_eq!(streams.received(piece, now), Ok(()));
        }
        assert_eq!(streams.awaited(now), None);
    }

    #[test]
    fn whoever_has_no_room_is_not_waited_for() {
        let (mut streams, start) = of(Clients::One);
        assert_eq!(streams.received(&wire(HEADERS, END_HEADERS, 1, b"a"), start), Ok(()));
        for _ in 0..4 {
            assert_eq!(streams.received(&wire(DATA, 0, 1, &[0; 16 * 1024]), start), Ok(()));
        }
        assert_eq!(streams.awaited(start), None);
        let later = start + SECOND * 300;
        streams.sent(&wire(WINDOW_UPDATE, 0, 1, &65_536_u32.to_be_bytes()), later);
        assert_eq!(streams.awaited(later), Some(later + SILENCE), "its time was not spent");
        streams.sent(&wire(HEADERS, END_STREAM | END_HEADERS, 1, b"a"), later);
        assert_eq!(streams.awaited(later), None, "it is answered");
    }

    #[test]
    fn what_carries_nothing_is_on_a_budget() {
        for (frame, most) in [
            (wire(PING, 0, 0, &[0; 8]), 1030),
            (wire(4, 0, 0, &[]), 1030),
            (wire(2, 0, 1, &[0; 5]), 1030),
            (wire(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]), 1030),
            (wire(DATA, 0, 1, &[]), 1030),
            (wire(0x10, 0, 1, &[]), 1030),
            (wire(RESET, 0, 1, &[0; 4]), 201),
        ] {
            let (mut streams, now) = of(Clients::One);
            let at = (0..5000).find(|_| streams.received(&frame, now) == Err(Late::Flood));
            assert!(at.is_some_and(|at| at >= 200 && at <= most), "{frame:?} {at:?}");
            let (mut streams, now) = of(Clients::Many);
            assert!((0..5000).all(|_| streams.received(&frame, now) == Ok(())), "{frame:?}");
        }
    }

    #[test]
    fn what_a_client_makes_us_give_up_counts_as_its_own() {
        let (mut streams, now) = of(Clients::One);
        for _ in 0..201 {
            streams.sent(&wire(RESET, 0, 1, &[0; 4]), now);
        }
        assert_eq!(streams.received(b"x", now), Err(Late::Flood));
    }

    #[test]
    fn whoever_asks_and_listens_may_say_more() {
        let (mut streams, mut now) = of(Clients::One);
        for number in 0..20_000_u32 {
            now += Duration::from_micros(100);
            let stream = number * 2 + 1;
            assert_eq!(streams.received(&wire(HEADERS, 5, stream, b"a"), now), Ok(()));
            streams.sent(&wire(DATA, END_STREAM, stream, &[0; 16 * 1024]), now);
            for _ in 0..2 {
                assert_eq!(streams.received(&wire(WINDOW_UPDATE, 0, stream, &[0; 4]), now), Ok(()));
            }
        }
        for _ in 0..100 {
            now += SECOND * 5;
            assert_eq!(streams.received(&wire(PING, 0, 0, &[0; 8]), now), Ok(()));
            assert_eq!(streams.received(&wire(RESET, 0, 1, &[0; 4]), now), Ok(()));
        }
    }

    #[test]
    fn one_of_many_ends_nothing() {
        let (mut streams, start) = of(Clients::Many);
        assert_eq!(streams.received(&wire(HEADERS, END_HEADERS, 1, b"a"), start), Ok(()));
        assert_eq!(streams.awaited(start), None);
    }
}
