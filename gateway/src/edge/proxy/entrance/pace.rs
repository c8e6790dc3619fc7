//! How slowly a client may send: ten seconds for a head, a kibibyte a second for a body. Pure: the moment is an argument.
//!
//! ```text
//! Head ----whole----> Exchange <----body is here---- Body
//!  ^  \                  |  \---a body is expected--->/
//!  |   \-first byte- Resting <--answered, kept alive--/
//!  HTTP/2: Preface ----24 bytes----> Streams (streams.rs)
//! ```
//! A body is judged by the time its sender was waited for: an upstream that takes it slowly is nobody's fault here. Time
//! is earned by sending and spent by making us wait.

use super::head::{Grown, Head};
use super::streams::{Clients, Streams};
use std::time::Duration;
use tokio::time::Instant;

/// How long a body may be waited for before its rate counts.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The least that must come in a second.
pub(super) const RATE: u32 = 1024;
/// How long the sender of a body may be silent, whatever came before.
pub(super) const SILENCE: Duration = Duration::from_secs(60);
/// What an HTTP/2 client says first (RFC 9113 section 3.4).
const PREFACE: usize = 24;

/// Where a connection is, and how much time its client has left.
#[derive(Debug)]
pub(super) struct Pace {
    header_timeout: Duration,
    stage: Stage,
    /// Since when the client is waited for.
    since: Option<Instant>,
    gave_up: Option<Late>,
}

#[derive(Debug)]
enum Stage {
    /// A head is under way, and must be whole by then.
    Head { head: Head, until: Instant },
    /// A body is under way, and this much time is left.
    Body { left: Duration },
    /// It is our turn.
    Exchange,
    /// It is the client's turn whether to ask again.
    Resting,
    /// The first bytes of HTTP/2 are under way.
    Preface {
        bytes: usize,
        until: Instant,
        after: Box<Streams>,
    },
    /// HTTP/2.
    Streams(Box<Streams>),
}

/// Why a client is not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// It said nothing.
    Silent,
    /// Its head came too slowly.
    Head,
    /// Its head is too large.
    TooLarge,
    /// Its body came too slowly.
    Body,
    /// It said a great deal that is no request, or makes one of HTTP/2 too large.
    Flood,
}

impl Pace {
    /// A new connection of HTTP/1.
    pub(super) fn http1(header_timeout: Duration, now: Instant) -> Self {
        let stage = Stage::Head {
            head: Head::default(),
            until: now + header_timeout,
        };
        Self {
            header_timeout,
            stage,
            since: None,
            gave_up: None,
        }
    }

    /// A new connection of HTTP/2, and whose requests it carries.
    pub(super) fn http2(clients: Clients, header_timeout: Duration, now: Instant) -> Self {
        let stage = Stage::Preface {
            bytes: 0,
            until: now + header_timeout,
            after: Box::new(Streams::new(clients, header_timeout)),
        };
        Self {
            header_timeout,
            stage,
            since: None,
            gave_up: None,
        }
    }

    /// Bytes have come.
    ///
    /// # Errors
    /// When they make a head that is too large, or are a flood.
    pub(super) fn received(&mut self, piece: &[u8], now: Instant) -> Result<(), Late> {
        let waited = self.since.take().map_or(Duration::ZERO, |since| now - since);
        if matches!(self.stage, Stage::Resting) {
            self.stage = Stage::Head {
                head: Head::default(),
                until: now + self.header_timeout,
            };
        }
        match &mut self.stage {
            Stage::Head { head, .. } => match head.take(piece) {
                Grown::Unfinished => {}
                Grown::Whole => self.stage = Stage::Exchange,
                Grown::TooLarge => return Err(Late::TooLarge),
            },
            Stage::Body { left } => {
                let earned = Duration::from_secs(piece.len() as u64) / RATE;
                *left = (left.saturating_sub(waited) + earned).min(SILENCE);
            }
            Stage::Preface { bytes, after, .. } => {
                let (preface, rest) = piece.split_at(piece.len().min(PREFACE - *bytes));
                *bytes += preface.len();
                let taken = after.received(rest, now);
                if *bytes == PREFACE {
                    let unused = Streams::new(Clients::One, Duration::ZERO);
                    let streams = std::mem::replace(after, Box::new(unused));
                    self.stage = Stage::Streams(streams);
                }
                return taken;
            }
            Stage::Streams(streams) => return streams.received(piece, now),
            Stage::Exchange | Stage::Resting => {}
        }
        Ok(())
    }

    /// The client is waited for; until when, if not for ever.
    pub(super) fn awaited(&mut self, now: Instant) -> Option<Instant> {
        let since = *self.since.get_or_insert(now);
        match &mut self.stage {
            Stage::Head { until, .. } | Stage::Preface { until, .. } => Some(*until),
            Stage::Body { left } => Some(since + *left),
            Stage::Streams(streams) => streams.awaited(now),
            Stage::Exchange | Stage::Resting => None,
        }
    }

    /// The same as far as what we have sent since may have changed it.
    pub(super) fn until(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Streams(streams) => streams.until(),
            Stage::Head { .. } | Stage::Body { .. } | Stage::Exchange | Stage::Resting | Stage::Preface { .. } => None,
        }
    }

    /// What to make of it that the time is up.
    pub(super) fn late(&self) -> Late {
        match &self.stage {
            Stage::Head { head, .. } if !head.is_empty() => Late::Head,
            Stage::Body { .. } => Late::Body,
            Stage::Streams(streams) => streams.late(),
            Stage::Head { .. } | Stage::Exchange | Stage::Resting | Stage::Preface { .. } => Late::Silent,
        }
    }

    /// Bytes of ours were taken by the client's side.
    pub(super) fn sent(&mut self, piece: &[u8], now: Instant) {
        match &mut self.stage {
            // We speak first.
            Stage::Preface { after: streams, .. } | Stage::Streams(streams) => streams.sent(piece, now),
            Stage::Head { .. } | Stage::Body { .. } | Stage::Exchange | Stage::Resting => {}
        }
    }

    /// The client is not waited for any more.
    pub(super) fn give_up(&mut self, late: Late) {
        self.gave_up = Some(late);
    }

    /// Why it is not, if so.
    pub(super) fn gave_up(&self) -> Option<Late> {
        self.gave_up
    }

    /// A request goes through whose body is still to come.
    pub(super) fn body_begins(&mut self) {
        match &self.stage {
            Stage::Streams(_) | Stage::Preface { .. } => {}
            Stage::Head { .. } | Stage::Body { .. } | Stage::Exchange | Stage::Resting => {
                self.since = None;
                self.stage = Stage::Body { left: PATIENCE };
            }
        }
    }

    /// Its body is here, or not wanted any more.
    pub(super) fn body_ends(&mut self) {
        match &self.stage {
            Stage::Body { .. } => self.stage = Stage::Exchange,
            Stage::Head { .. } | Stage::Exchange | Stage::Resting | Stage::Preface { .. } | Stage::Streams(_) => {}
        }
    }

    /// A request was answered.
    pub(super) fn answered(&mut self) {
        match &self.stage {
            Stage::Streams(_) | Stage::Preface { .. } => {}
            Stage::Head { .. } | Stage::Body { .. } | Stage::Exchange | Stage::Resting => self.stage = Stage::Resting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);
    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn ready(pace: &mut Pace, now: Instant) {
        assert_eq!(pace.received(HEAD, now), Ok(()));
        assert_eq!(pace.awaited(now), None);
    }

    #[test]
    fn a_head_has_one_deadline_however_it_dribbles() {
        let start = Instant::now();
        let mut pace = Pace::http1(TEN, start);
        assert_eq!((pace.awaited(start), pace.late()), (Some(start + TEN), Late::Silent));
        for second in 1..9 {
            let now = start + SECOND * second;
            assert_eq!(pace.received(b"X", now), Ok(()));
            assert_eq!((pace.awaited(now), pace.late()), (Some(start + TEN), Late::Head));
        }
    }

    #[test]
    fn the_next_head_has_its_own_from_its_first_byte_on() {
        let start = Instant::now();
        let mut pace = Pace::http1(TEN, start);
        ready(&mut pace, start);
        pace.answered();
        let later = start + SECOND * 70;
        assert_eq!(pace.awaited(later), None);
        assert_eq!(pace.received(b"G", later), Ok(()));
        assert_eq!(pace.awaited(later), Some(later + TEN));
    }

    #[test]
    fn a_body_must_keep_its_rate_while_it_is_waited_for() {
        let start = Instant::now();
        let mut pace = Pace::http1(TEN, start);
        ready(&mut pace, start);
        pace.body_begins();
        assert_eq!(pace.awaited(start), Some(start + PATIENCE));
        let mut now = start;
        for _ in 0..4 {
            now += SECOND;
            assert_eq!(pace.received(b"x", now), Ok(()));
            assert!(pace.awaited(now) > Some(now));
        }
        now += SECOND;
        assert_eq!(pace.received(b"x", now), Ok(()));
        let end = pace.awaited(now);
        assert!(end < Some(now + SECOND) && pace.late() == Late::Body, "{end:?}");
        assert_eq!(pace.received(&[0; 100 * 1024], now), Ok(()));
        assert_eq!(pace.awaited(now), Some(now + SILENCE));
        pace.body_ends();
        assert_eq!(pace.awaited(now), None);
    }

    #[test]
    fn whoever_is_not_waited_for_spends_nothing() {
        let start = Instant::now();
        let mut pace = Pace::http1(TEN, start);
        ready(&mut pace, start);
        pace.body_begins();
        let later = start + SECOND * 300;
        assert_eq!(pace.received(b"x", later), Ok(()), "nobody was reading meanwhile");
        assert!(pace.awaited(later) >= Some(later + PATIENCE));
    }

    #[test]
    fn http2_must_begin_in_time_and_keep_its_bodies_coming() {
        let start = Instant::now();
        let mut pace = Pace::http2(Clients::One, TEN, start);
        assert_eq!(pace.received(&[0; 23], start), Ok(()));
        assert_eq!((pace.awaited(start), pace.late()), (Some(start + TEN), Late::Silent));
        // The last byte of the preface, and a request whose body is to come.
        assert_eq!(pace.received(&[0, 0, 0, 1, 1, 4, 0, 0, 0, 1, 0x82], start), Ok(()));
        assert_eq!((pace.awaited(start), pace.late()), (Some(start + PATIENCE), Late::Body));
        pace.body_begins();
        pace.body_ends();
        pace.answered();
        assert_eq!(
            pace.awaited(start),
            Some(start + PATIENCE),
            "the frames say where a body is"
        );
        pace.sent(&[0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88], start);
        assert_eq!(pace.awaited(start), None);
    }
}
