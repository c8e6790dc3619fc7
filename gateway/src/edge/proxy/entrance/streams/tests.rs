//! Heads, bodies and floods, frame by frame.

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
